"""The trainer: an experiment made into a stream of events."""

import math
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import numpy as np

from tui_optim import __version__, datasets
from tui_optim.datasets.dataset import Dataset, stratified_sample
from tui_optim.events import (
    SCHEMA,
    Change,
    DatasetInfo,
    Ended,
    Evaluation,
    Event,
    LayerInfo,
    Layers,
    PerRun,
    Reason,
    RunInfo,
    Started,
    Step,
)
from tui_optim.experiment import Experiment
from tui_optim.nn import MLPStack
from tui_optim.nn.arrays import Floats
from tui_optim.training.batches import Gatherer
from tui_optim.training.control import Control, Request, Turn
from tui_optim.training.evaluation import EXAMPLES, Scores, evaluate
from tui_optim.training.group import Group, Run
from tui_optim.training.pool import ComputePool, usable_cores
from tui_optim.training.sampling import Minibatches
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

    Raises:
        InputError: when the experiment's data cannot be had.
    """

    def __init__(
        self,
        experiment: Experiment,
        control: Control | None = None,
        dataset: Dataset | None = None,
        *,
        lookahead: int = 1,
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
        x_train = self.dataset.x_train.astype(self._dtype, copy=False)
        self._set_up_networks()
        self._set_up_evaluation(x_train)
        self._minibatches = Minibatches(
            len(x_train), experiment.batch_size, experiment.sampling, experiment.seed
        )
        self._gatherer = Gatherer(x_train, self.dataset.y_train, experiment.batch_size)
        self._clock = Stopwatch()
        self._pool = ComputePool(self.threads)
        self._untold: Iterator[Event] = iter(())  # of what was computed; a reader may have left
        self._duration = 0.0  # seconds an iteration took lately
        self._scores: Scores | None = None

    def _set_up_networks(self) -> None:
        experiment, dataset = self.experiment, self.dataset
        self.sizes = (dataset.features, *experiment.widths, dataset.classes)
        dealt = _deal(self.runs, self.threads)
        rows = [run for runs in dealt for run in runs]
        traits = [run.traits for run in rows]
        self.stack = MLPStack(self.sizes, traits, self._dtype, experiment.seed)
        self.stack.initialize([run.initializer for run in rows], [run.spec.seed for run in rows])
        self.groups = []
        for runs in dealt:
            first = rows.index(runs[0])
            part = self.stack.part(slice(first, first + len(runs)))
            self.groups.append(Group(part, runs))

    def _set_up_evaluation(self, x_train: Floats) -> None:
        dataset = self.dataset
        self._test = (dataset.x_test.astype(self._dtype, copy=False), dataset.y_test)
        some = stratified_sample(dataset.y_test, EXAMPLES, 0)
        self._some_test = (self._test[0][some], dataset.y_test[some])
        some = stratified_sample(dataset.y_train, EXAMPLES, 0)
        self._some_train = (x_train[some], dataset.y_train[some])

    @property
    def _dtype(self) -> np.dtype[np.floating]:
        return np.dtype(self.experiment.dtype)

    def __iter__(self) -> Iterator[Event]:
        if self.iteration == 0:
            yield self._started()
        try:
            with self._pool:
                reason = yield from self._clock.time(self._train())
        except Exception:
            yield self._ended("failed")
            raise
        yield self._ended(reason)

    def _train(self) -> Generator[Event, None, Reason]:
        while True:
            for event in self._untold:  # noqa: UP028  closing this closes not what is untold
                yield event
            for request in self.control.take_requests():
                yield from self._apply(request)
            if self.control.stop_reason is not None:
                return self.control.stop_reason
            if self.iteration >= self.iterations:
                return "completed"
            with self._clock.stopped():
                turn = self.control.wait_for_turn()
            if turn in (Turn.GO, Turn.BY_HAND):
                self._untold = self._advance(by_hand=turn is Turn.BY_HAND)

    def _advance(self, *, by_hand: bool) -> Iterator[Event]:
        """Compute one iteration or, where `lookahead` allows, some, and tell of each."""
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
            seconds = round(began + (index + 1) * self._duration, 6)
            yield Step(self.iteration, self.samples, seconds, self._losses(index))
        if probe:
            statistics = {name: s for group in self.groups for name, s in group.statistics.items()}
            for run in self.runs:
                if run.name in statistics:
                    yield Layers(self.iteration, run.name, statistics[run.name])
        if last or _due(self.iteration, self.experiment.eval_every):
            yield from self._evaluate(whole=last)

    def _stretch(self) -> int:
        """How many iterations to compute in one go: up to the next probe, evaluation or the end."""
        if self._duration == 0:  # nothing is known yet; the first iteration is probed besides
            return 1
        count = min(self.lookahead, int(LOOKAHEAD_SECONDS / self._duration))
        for every in (self.experiment.probe_every, self.experiment.eval_every):
            if every:
                count = min(count, every - self.iteration % every)
        return max(1, min(count, self.iterations - self.iteration))

    def _losses(self, index: int) -> PerRun:
        losses = {run: loss for group in self.groups for run, loss in group.losses[index].items()}
        return {
            run.name: losses[run.name] if math.isfinite(losses[run.name]) else None
            for run in self.runs
        }

    def _evaluate(self, *, whole: bool) -> Iterator[Event]:
        """Score on a sample of the test part, or on the whole of it, and on some training data."""
        x, labels = self._test if whole else self._some_test

        def stopping() -> bool:
            return self.control.stop_reason is not None

        test = evaluate(self.groups, self._pool, x, labels, stopping)
        train = evaluate(self.groups, self._pool, *self._some_train, stopping)
        if test is not None and train is not None:
            self._scores = test
            yield Evaluation(
                self.iteration,
                len(labels),
                self._by_run(test.loss),
                self._by_run(test.accuracy),
                self._by_run(train.loss),
                self._by_run(train.accuracy),
            )

    def _apply(self, request: Request) -> Iterator[Event]:
        """Change a setting, and say so."""
        if request.setting == "iterations":
            self.iterations = max(self.iterations, self.iteration) + int(request.value or 0)
            yield Change(self.iteration, None, "iterations", self.iterations)
        elif request.setting in ("pace", "paused"):
            yield Change(self.iteration, None, request.setting, request.value)
        else:
            factor = request.setting == "lr_factor"
            for run in self.runs:
                if request.run in (None, run.name):
                    value = float(request.value or 0)
                    lr = run.optimizer.lr * value if factor else value
                    if 0 < lr < math.inf:  # halved or doubled so often, it might not be
                        run.optimizer.lr = lr
                        yield Change(self.iteration, run.name, "lr", lr)

    @property
    def seconds(self) -> float:
        """Time spent training: without pauses, waiting for the pace, and what readers take."""
        return self._clock.seconds

    def _started(self) -> Started:
        dataset, classes = self.dataset, self.dataset.classes
        *hidden, _ = self.stack.layers
        return Started(
            schema=SCHEMA,
            version=__version__,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            threads=self.threads,
            experiment=self.experiment.options(),
            dataset=DatasetInfo(
                name=dataset.name,
                train=len(dataset.y_train),
                test=len(dataset.y_test),
                features=dataset.features,
                classes=classes,
                sha256=dataset.sha256,
            ),
            runs=tuple(
                RunInfo(spec.name, spec.optimizer, spec.activation, spec.initializer)
                for spec in (run.spec for run in self.runs)
            ),
            layers=tuple(
                LayerInfo(index, f"hidden {index}" if index <= len(hidden) else "output", *shape)
                for index, shape in enumerate(pairwise(self.sizes), 1)
            ),
            parameters=self.stack.theta.shape[1],
        )

    def _ended(self, reason: Reason) -> Ended:
        whole = reason == "completed" and self._scores is not None
        nothing = Scores({}, {})
        scores = self._scores if whole and self._scores is not None else nothing
        return Ended(
            reason,
            self.iteration,
            round(self.seconds, 6),
            self._by_run(scores.loss),
            self._by_run(scores.accuracy),
        )

    def _by_run(self, values: PerRun) -> PerRun:
        """In the order of the experiment's runs, None where there is no value."""
        return {run.name: values.get(run.name) for run in self.runs}


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


def _deal(runs: Sequence[Run], hands: int) -> list[list[Run]]:
    """Share the runs out so that the groups take about equally long."""
    dealt: list[list[Run]] = [[] for _ in range(hands)]
    costs = [0] * hands
    for run in sorted(runs, key=_cost, reverse=True):
        hand = costs.index(min(costs))
        dealt[hand].append(run)
        costs[hand] += _cost(run)
    return [sorted(hand, key=_kind) for hand in dealt]


def _cost(run: Run) -> int:
    """About how long an iteration of a run takes, beside that of others.

    A pass costs several times what an update does, and an update the more, the more state it has.
    """
    extra = 3 * run.traits.batch_norm + 2 * (run.traits.dropout > 0)
    return 8 + len(run.optimizer.state_names) + extra


def _kind(run: Run) -> tuple[str, bool, float, str]:
    """What neighbours have in common that are computed by one call."""
    spec = run.spec
    return spec.activation, spec.batch_norm, spec.dropout, spec.output_activation
