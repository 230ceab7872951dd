"""The trainer: an experiment made into a stream of events."""

import math
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from tui_optim import datasets
from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError
from tui_optim.events import RESUMED, Change, Ended, Event, Layers, PerRun, Reason, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.nn import OPTIMIZERS, MLPStack, build
from tui_optim.training.batches import Gatherer
from tui_optim.training.checkpoint import Checkpoint, CheckpointWriter
from tui_optim.training.control import Control, Request, Turn
from tui_optim.training.diagnosis import Diagnosis
from tui_optim.training.evaluation import Evaluator
from tui_optim.training.group import Group, Run, deal
from tui_optim.training.opening import started
from tui_optim.training.pool import ComputePool, usable_cores
from tui_optim.training.sampling import Minibatches
from tui_optim.training.saved import Saved, State
from tui_optim.training.stopwatch import Stopwatch

LOOKAHEAD_SECONDS = 0.02


class Trainer:
    """Trains the runs of an experiment side by side; iterating over it yields its events.

    After the end it can be iterated over again, to go on for the iterations that
    `Control.extend` added.

    Args:
        experiment: what to train.
        control: what may be asked of the training from outside.
        dataset: the data, if they are loaded already.
        lookahead: how many iterations may be computed before the first of them is told of; the
            compute threads then meet less often, which is faster, but what is asked of the
            control takes effect up to so many iterations (or some 20 ms) later.
        writer: writes the checkpoints.
        resume: a checkpoint of this experiment to go on from, bit for bit as the training would
            have that wrote it. It tells `started` as that did, then the settings that were changed
            by hand, then that it has `resumed`.

    Attributes:
        diagnosis: reads the events and puts its findings among them.

    Raises:
        InputError: when the experiment's data cannot be had, or are not the checkpoint's.
    """

    def __init__(
        self,
        experiment: Experiment,
        control: Control | None = None,
        dataset: Dataset | None = None,
        *,
        lookahead: int = 1,
        writer: CheckpointWriter | None = None,
        resume: Checkpoint | None = None,
    ) -> None:
        self.experiment = experiment
        self.control = control or Control()
        self.lookahead = lookahead
        self.dataset = dataset or load_dataset(experiment)
        self.runs = tuple(Run(spec) for spec in experiment.runs)
        self.control.bind([run.name for run in self.runs])
        self.threads = min(experiment.threads or usable_cores(), len(self.runs))
        self.iteration = 0
        self.samples = 0
        self.iterations = experiment.iterations
        self._set_up_networks()
        self.diagnosis = Diagnosis()
        self._clock = Stopwatch()
        self._pool = ComputePool(self.threads)
        self._set_up_data()
        self._untold: Iterator[Event] = iter(())  # of what was computed; a reader may have left
        self._telling = False  # whether some of it is untold
        self._duration = 0.0  # seconds an iteration took lately
        self._changes = 0  # told since the last iteration
        self._began = ""  # when; told already, where it is known
        self._writer = writer or CheckpointWriter()
        self._written: tuple[int, ...] | None = None  # the moment of the last checkpoint
        self._opened = self._resumed = self._remembers = False
        if resume is not None:
            resume.restore(self)

    def _set_up_networks(self) -> None:
        experiment, dataset = self.experiment, self.dataset
        self.sizes = (dataset.features, *experiment.widths, dataset.classes)
        dealt = deal(self.runs, self.threads)
        rows = [run for runs in dealt for run in runs]
        traits = [run.traits for run in rows]
        self.stack = MLPStack(self.sizes, traits, self._dtype, experiment.seed)
        self.stack.initialize([run.initializer for run in rows], [run.spec.seed for run in rows])
        self.groups = []
        for runs in dealt:
            first = rows.index(runs[0])
            part = self.stack.part(slice(first, first + len(runs)))
            self.groups.append(Group(part, runs))

    def _set_up_data(self) -> None:
        experiment, dataset = self.experiment, self.dataset
        x_train, x_test = (
            x.astype(self._dtype, copy=False) for x in (dataset.x_train, dataset.x_test)
        )
        self._minibatches = Minibatches(
            len(x_train), experiment.batch_size, experiment.sampling, experiment.seed
        )
        self._gatherer = Gatherer(x_train, dataset.y_train, experiment.batch_size)
        self._evaluator = Evaluator(
            dataset,
            x_train,
            x_test,
            groups=self.groups,
            pool=self._pool,
            names=[run.name for run in self.runs],
        )

    @property
    def _dtype(self) -> np.dtype[np.floating]:
        return np.dtype(self.experiment.dtype)

    def __iter__(self) -> Iterator[Event]:
        opening = self._opening()
        yield from opening if self._remembers else self.diagnosis.follow(opening)
        try:
            with self._pool:
                reason = yield from self._clock.time(self._train())
        except Exception:
            yield self._ended("failed")
            raise
        yield self._ended(reason)

    def _opening(self) -> Iterator[Event]:
        """Tell what begins; of a training that goes on, with the settings in force."""
        if self._opened:
            return
        self._began = self._began or datetime.now(UTC).isoformat(timespec="seconds")
        yield self._started()
        if self._resumed:
            for run in self.runs:
                if run.optimizer.lr != build(OPTIMIZERS, run.spec.optimizer, "optimizer").lr:
                    yield Change(self.iteration, run.name, "lr", run.optimizer.lr)
            if self.iterations != self.experiment.iterations:
                yield Change(self.iteration, None, "iterations", self.iterations)
            yield self._change(None, RESUMED, True)
        self._opened = True

    def _started(self) -> Started:
        return started(
            self.experiment,
            self.dataset,
            threads=self.threads,
            time=self._began,
            parameters=self.stack.theta.shape[1],
        )

    def _train(self) -> Generator[Event, None, Reason]:
        while True:
            for event in self._untold:  # noqa: UP028  closing this closes not what is untold
                yield event
            for request in self.control.take_requests():
                yield from self.diagnosis.follow(self._apply(request))
            reason = self.control.stop_reason
            if reason is None and self.iteration >= self.iterations:
                reason = "completed"
            self._write_if_due(last=reason is not None)
            if reason is not None:
                return reason
            with self._clock.stopped():
                turn = self.control.wait_for_turn()
            if turn in (Turn.GO, Turn.BY_HAND):
                events = self._advance(by_hand=turn is Turn.BY_HAND)
                self._untold = self.diagnosis.follow(events)

    def _advance(self, *, by_hand: bool) -> Iterator[Event]:
        """Compute one iteration or, where `lookahead` allows, some, and tell of each."""
        self._telling = True
        count = 1 if by_hand or self.control.pace is not None else self._stretch()
        minibatches = [self._minibatches.next() for _ in range(count)]
        end = self.iteration + count
        last = end == self.iterations
        probe = by_hand or _due(end, self.experiment.probe_every, last or end == 1)
        began = self.seconds
        batches = self._gatherer.gather(minibatches, self._pool)
        self._pool.run([partial(group.advance, batches, probe=probe) for group in self.groups])
        self._duration = (self.seconds - began) / count
        for index, batch in enumerate(minibatches):
            self.iteration += 1
            self.samples += len(batch)
            self._changes = 0
            seconds = round(began + (index + 1) * self._duration, 6)
            yield Step(self.iteration, self.samples, seconds, self._losses(index))
        if probe:
            statistics = {name: s for group in self.groups for name, s in group.statistics.items()}
            for run in self.runs:
                if run.name in statistics:
                    yield Layers(self.iteration, run.name, statistics[run.name])
        if self._evaluation_is_due(last=last):
            yield from self._evaluate(whole=last)
        self._telling = False

    def _stretch(self) -> int:
        """How many iterations to compute in one go: up to where something else is to be done."""
        if self._duration == 0:  # nothing is known yet; the first iteration is probed besides
            return 1
        count = min(self.lookahead, int(LOOKAHEAD_SECONDS / self._duration))
        experiment = self.experiment
        for every in (experiment.probe_every, experiment.eval_every, self._writer.every):
            if every:
                count = min(count, every - self.iteration % every)
        return max(1, min(count, self.iterations - self.iteration))

    def _losses(self, index: int) -> PerRun:
        losses = {run: loss for group in self.groups for run, loss in group.losses[index].items()}
        return {
            run.name: losses[run.name] if math.isfinite(losses[run.name]) else None
            for run in self.runs
        }

    def _evaluation_is_due(self, *, last: bool) -> bool:
        return last or _due(self.iteration, self.experiment.eval_every)

    def _evaluate(self, *, whole: bool) -> Iterator[Event]:
        """Score on a sample of the test part, or on the whole of it, and on some training data."""

        def stopping() -> bool:
            return self.control.stop_reason is not None

        evaluation = self._evaluator.evaluate(self.iteration, stopping, whole=whole)
        if evaluation is not None:
            yield evaluation

    def _apply(self, request: Request) -> Iterator[Event]:
        """Do what was asked, and where that changes a setting, say so."""
        if request.setting == "checkpoint":
            self.write_checkpoint(request.path)
        elif request.setting == "iterations":
            self.iterations = max(self.iterations, self.iteration) + int(request.value or 0)
            yield self._change(None, "iterations", self.iterations)
        elif request.setting in ("pace", "paused"):
            yield self._change(None, request.setting, request.value)
        else:
            factor = request.setting == "lr_factor"
            for run in self.runs:
                if request.run in (None, run.name):
                    value = float(request.value or 0)
                    lr = run.optimizer.lr * value if factor else value
                    if 0 < lr < math.inf:  # halved or doubled so often, it might not be
                        run.optimizer.lr = lr
                        yield self._change(run.name, "lr", lr)

    def _change(self, run: str | None, setting: str, value: float | bool | None) -> Change:
        self._changes += 1
        return Change(self.iteration, run, setting, value)

    # Checkpoints.

    def write_checkpoint(self, path: str | Path | None = None) -> None:
        """Write a checkpoint; to the writer's own file if None.

        While a reader is amid the events, it is to ask the control for one instead: iterations may
        have been computed that were not yet told of.

        Raises:
            InputError: when nothing is trained yet; when it cannot be written, and the writer does
                not tell so otherwise.
            RuntimeError: when there are events still to be told.
        """
        if not self.iteration:
            raise InputError("nothing is trained yet: there is nothing to go on from")
        if self._telling:
            raise RuntimeError("there are events still to be told: use Control.checkpoint")
        with self._clock.stopped():
            self._writer.write(
                self.experiment, self.dataset.sha256, self._state(), Path(path) if path else None
            )

    def write_requested(self) -> None:
        """After the end, write the checkpoints that were asked for since; nothing else changes."""
        for request in self.control.take_requests("checkpoint"):
            self.write_checkpoint(request.path)

    def _write_if_due(self, *, last: bool) -> None:
        """Write the checkpoint of every so many iterations, or of the end."""
        moment = (self.iteration, self._changes, self._evaluator.iteration)
        due = last or _due(self.iteration, self._writer.every)
        if self._writer.path and self.iteration and due and moment != self._written:
            self._written = moment
            self.write_checkpoint()

    def _state(self) -> State:
        """Everything that the iterations have made, and that the next depend on."""
        states = {name: state for group in self.groups for name, state in group.states().items()}
        dropping = (group.dropout_state for group in self.groups)
        return {
            "began": self._began,
            "iteration": self.iteration,
            "iterations": self.iterations,
            "samples": self.samples,
            "seconds": self.seconds,
            "changes": self._changes,
            "evaluation": self._evaluator.state(),
            "diagnosis": self.diagnosis.state(self._started()),
            "minibatches": self._minibatches.state(),
            "dropout": next((state for state in dropping if state is not None), None),
            "runs": [states[run.name] for run in self.runs],
        }

    @property
    def state_bytes(self) -> int:
        """How many bytes a state can take, or some more.

        Of each parameter: itself, two numbers of the optimizer's, and gd's sum.
        """
        order = np.dtype(np.intp).itemsize * len(self.dataset.y_train)
        networks = 4 * self.stack.theta.nbytes + self.stack.running.nbytes
        return networks + order + Diagnosis.state_bytes(self._started())

    def restore(self, saved: Saved) -> None:
        """Go on from a state.

        Raises:
            InputError: where it is none of such a training.
        """
        self._began, self._resumed = saved.text("began"), True
        self.iterations = saved.whole("iterations", 1)
        self.iteration = saved.whole("iteration", 1, self.iterations)
        self.samples = saved.whole("samples", 1)
        self._clock = Stopwatch(saved.number("seconds", least=0))
        self._changes = saved.whole("changes")
        self._evaluator.restore(saved.part("evaluation"))
        self._minibatches.restore(saved.part("minibatches"))
        if saved.has("diagnosis"):  # else it begins anew: version 0.2.0 wrote none
            self.diagnosis.restore(self._started(), saved.part("diagnosis"))
            self._remembers = True
        names = [run.name for run in self.runs]
        states = dict(zip(names, saved.parts("runs", len(names)), strict=True))
        for group in self.groups:
            group.restore(states)
            if saved.has("dropout") and group.stack.dropout is not None:
                saved.restore_random("dropout", group.stack.dropout.random)
        last = self.iteration == self.iterations
        if self._evaluator.iteration < self.iteration and self._evaluation_is_due(last=last):
            # An interruption broke it off.
            self._untold = self.diagnosis.follow(self._evaluate(whole=last))

    @property
    def seconds(self) -> float:
        """Time spent training: without pauses, waiting for the pace, and what readers take."""
        return self._clock.seconds

    def _ended(self, reason: Reason) -> Ended:
        scores = self._evaluator.scores if reason == "completed" else None
        names = [run.name for run in self.runs]
        loss, accuracy = (scores.loss, scores.accuracy) if scores else ({}, {})
        return Ended(
            reason,
            self.iteration,
            round(self.seconds, 6),
            {name: loss.get(name) for name in names},
            {name: accuracy.get(name) for name in names},
        )


def _due(iteration: int, every: int, besides: bool = False) -> bool:
    """Whether it is time for what is done every so many iterations (0: never)."""
    return every > 0 and (besides or iteration % every == 0)


def load_dataset(experiment: Experiment, progress: datasets.Progress | None = None) -> Dataset:
    """The data that an experiment is on.

    Raises:
        InputError: when they cannot be had.
    """
    return datasets.load(
        experiment.data,
        data_dir=experiment.data_dir,
        target=experiment.target,
        seed=experiment.seed,
        train_size=experiment.train_size,
        progress=progress,
    )
