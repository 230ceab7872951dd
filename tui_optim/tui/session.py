"""The session: trainings that run beside the screens, one after the other, in one worker thread.

This is the only file of the screens' side that knows threads. The screens read a training's
`History`; what a person asks for goes to its `Control`.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tui_optim.datasets.dataset import Dataset
from tui_optim.datasets.synthetic import PROBLEMS
from tui_optim.errors import InputError
from tui_optim.events import Event, Reason
from tui_optim.experiment import Experiment
from tui_optim.logs.resumption import Resumption
from tui_optim.training.checkpoint import CheckpointWriter
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer, load_dataset
from tui_optim.tui.keys import actions

PATIENCE = 5.0
"""Seconds to wait for the worker; it needs 0.2 at most, but where it waits for a network."""
AFTER_THE_END = {
    **dict.fromkeys(("pause", "step"), "m goes on, r starts again"),
    "rate": "m goes on, and then [ ] change its rate",
    "rates": "m goes on, and then { } change the rates",
}
"""What does nothing at the end, and what to do instead."""
LONGEST_HOLD = 0.1
"""Seconds; that the screens were slower must not hold the training up for good."""
PART = 0.1
"""Seconds of reading what a log holds, between two looks at whether it is still asked for."""
LOOKAHEAD = 8
"""Iterations between two meetings of the compute threads: some 20 ms at most."""


class Worker:
    """A thread beside the screens, which does one piece of work after another until it is ended.

    Args:
        work: does a piece and tells whether there was anything to do; it runs in the thread.
        failed: is told in a line, also there, why a piece of work could not be done.
        idle: where there was nothing to do, seconds until it is asked again; None: until woken.

    Attributes:
        closing: whether it is to end.
        fault: the traceback of the last fault of ours.
    """

    def __init__(
        self, work: Callable[[], bool], failed: Callable[[str], None], idle: float | None = None
    ) -> None:
        self.closing = False
        self.fault: str | None = None
        self._work, self._failed, self._idle = work, failed, idle
        self._woken = self._finishing = False
        self._condition = threading.Condition()
        # A daemon, for one that waits for a network must not keep the process.
        self._thread = threading.Thread(target=self._run, name="tui-optim-worker", daemon=True)

    def open(self) -> None:
        """Start it."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def stop(self) -> None:
        """Ask it to end after the piece of work that it is at."""
        self.closing = True
        self.wake()

    def finish(self) -> None:
        """Let it do what there is to do, and wait until it has ended."""
        self._finishing = True
        if self._thread.ident is None:  # the terminal hung up before the screens were there
            self._thread.start()
        self.wake()
        self._thread.join()

    def close(self, patience: float = PATIENCE) -> None:
        """End it, and wait for it so many seconds."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        more = True
        while True:
            with self._condition:
                if not (more or self._woken or self.closing):
                    if self._finishing:
                        return
                    self._condition.wait(self._idle)
                if self.closing:
                    return
                self._woken = False
            more = self._attempt()

    def _attempt(self) -> bool:
        try:
            return self._work()
        except InputError as error:
            self._failed(str(error))
        except MemoryError:
            self._failed("not enough memory: try fewer or smaller layers, or fewer runs")
        except Exception as error:  # noqa: BLE001  the screen tells, and stays usable
            self.fault = traceback.format_exc()
            self._failed(f"a fault of ours: {type(error).__name__}: {error}")
        return False  # what fails again and again must not take all of the processor


@dataclass(eq=False)
class Training:
    """One training of the session.

    Attributes:
        experiment: what is trained.
        control: takes what a person asks of it.
        history: what is known of it.
        failure: why it could not begin or go on, in a line; None where all is well.
        dataset: its data, once they are loaded.
        trainer: what trains, once it does.
        resume: how it goes on, where that is from a checkpoint.
        rates: the learning rates that were asked for, by runs.
    """

    experiment: Experiment
    control: Control
    history: History = field(default_factory=History)
    failure: str | None = None
    dataset: Dataset | None = None
    trainer: Trainer | None = None
    resume: Resumption | None = None
    rates: dict[str, float] = field(default_factory=dict)

    moment, title, notes = None, "", ()  # there is one, and it is shown as it is now

    @property
    def whole(self) -> History:
        return self.history

    @property
    def paused(self) -> bool:
        return self.control.paused  # at once, and not when the trainer gets to it

    @property
    def pace(self) -> float | None:
        return self.control.pace

    @property
    def going(self) -> bool:
        return self.history.ended is None and not self.control.paused

    busy = going

    @property
    def over(self) -> bool:
        """Whether it has come to its end, and was not asked to go on."""
        return self.history.ended is not None and not self.control.pending("iterations")

    @property
    def waiting(self) -> str:
        return f"loading {self.experiment.data} …"


class Session:
    """Holds the training that is on the screen and the one before it, its ghost.

    There is one worker thread, however often a training is restarted: a restart asks the running
    one to stop and leaves the new one where the worker finds it.

    Args:
        experiment: the first to train.
        dataset: its data, if they are loaded already.
        write: takes every event, for the log; an InputError from it ends the logging.
        pace: iterations a second at most; None is full speed.
        checkpoint: where every training writes its checkpoints, each over the one before; None:
            only where it is asked to.
        checkpoint_every: iterations between two; 0: only at an end.
        log_every: of the steps, the log has every so many.
        resume: how the first training goes on, where that is from a checkpoint.

    Attributes:
        current: the training on the screen.
        ghost: what is known of the one before it.
        notices: what a person is to be told.
        log_failure: why no log is written any more.
        writer: writes the checkpoints.
        has_written: whether it has written one where all trainings write theirs.

    Raises:
        InputError: when the checkpoint to go on from cannot be used, or those to be written have no
            folder.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset | None = None,
        write: Callable[[Event], None] | None = None,
        *,
        pace: float | None = None,
        checkpoint: str | None = None,
        checkpoint_every: int = 0,
        log_every: int = 1,
        resume: Resumption | None = None,
    ) -> None:
        self.current = Training(experiment, Control(pace=pace), dataset=dataset, resume=resume)
        self.ghost: Training | None = None
        self.notices: deque[str] = deque(maxlen=100)
        self.writer = CheckpointWriter(
            checkpoint, checkpoint_every, self._written, self.notices.append, log_every
        )
        self.log_failure: str | None = None
        self.has_written = False
        self._write = write
        self._done: Training | None = None  # the last one that ran to its end
        self._worker = Worker(self._work, self._failed)
        if resume is not None:  # one that cannot be used is refused here
            trainer = self.current.trainer = self._trainer(self.current)
            asked = trainer.iterations + resume.more  # also of what is trained after it
            self.current.experiment = experiment.replace(iterations=asked)

    @property
    def fault(self) -> str | None:
        """The traceback of the last fault of ours."""
        return self._worker.fault

    def open(self) -> None:
        """Start the worker, and with it the first training."""
        self._worker.open()

    def hold(self) -> None:
        """Let the training stand still while the screens answer a key."""
        self.current.control.hold(LONGEST_HOLD)

    def release(self) -> None:
        """Let it go on."""
        self.current.control.release()

    def stop(self, reason: Reason = "stopped") -> None:
        """Ask the training and the worker to end, whatever they are doing."""
        self._worker.stop()
        self.current.control.stop(reason)

    def finish(self) -> None:
        """Train to the end at full speed, though nobody watches any more, and end the worker."""
        control = self.current.control
        if control.paused:
            control.resume()
        if control.pace is not None:
            control.set_pace(None)
        self._worker.finish()

    def close(self) -> None:
        """End the training and the worker, and wait for it."""
        self.stop()
        self._worker.close()

    def refusal(self, action: str, parameters: tuple[object, ...]) -> str | None:  # noqa: ARG002
        """A training that runs cannot be gone back in; one that is over waits for m or r."""
        if action in actions("time"):
            return "time runs forward while it trains: go back in its log (tui-optim watch LOG)"
        if action in AFTER_THE_END and self.current.over:
            return f"the training is over: {AFTER_THE_END[action]}"
        return None

    def start(
        self,
        experiment: Experiment,
        control: Control | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        """Train another experiment instead; what was trained becomes the ghost.

        Args:
            experiment: what to train.
            control: takes what is asked of it; by default a new one of the same pace.
            dataset: its data, if they are loaded already.
        """
        before = self.current
        if before.history.iteration:  # its networks and data are not needed any more
            self.ghost = Training(before.experiment, before.control, before.history)
        control = control or Control(pace=before.control.pace)
        dataset = dataset or _reusable(before, experiment)
        self.current = Training(experiment, control, dataset=dataset)
        before.control.stop()
        self._worker.wake()

    def extend(self, iterations: int) -> None:
        """Go on for so many iterations more, also after the end."""
        self.current.control.extend(iterations)
        self._worker.wake()

    def checkpoint(self, path: Path) -> None:
        """Write a checkpoint of the training on the screen, soon, also after its end."""
        self.current.control.checkpoint(path)
        self._worker.wake()

    # What the worker does.

    def _work(self) -> bool:
        """Train what has not been trained to its end; whether there was anything."""
        training = self.current
        more = training.failure is None and training.control.pending("iterations")
        if training is self._done and not more:
            if training.trainer is not None:
                training.trainer.write_requested()
            return False
        self._done = training
        self._train(training)
        return True

    def _failed(self, why: str) -> None:
        if self._done is not None:
            self._done.failure = why

    def _train(self, training: Training) -> None:
        take: Callable[[Event], None] = partial(self._take, training)
        if training.trainer is None:
            training.trainer = self._trainer(training)
        past = training.resume.past if training.resume else None
        if past is not None and training.history.started is None:
            with closing(past.replay()) as replay:
                while not replay.caught_up:
                    if self._worker.closing or training is not self.current:
                        return
                    replay.advance(PART)
                    training.history = replay.history
            if training.resume and (missing := training.resume.missing(training.history.iteration)):
                self.notices.append(missing)
            take = past.then(take)
        for event in training.trainer:
            take(event)

    def _trainer(self, training: Training) -> Trainer:
        experiment, resume = training.experiment, training.resume
        training.dataset = training.dataset or load_dataset(
            experiment, partial(self._check_wanted, training)
        )
        if resume is not None and resume.more:
            training.control.extend(resume.more)
        return Trainer(
            experiment,
            training.control,
            training.dataset,
            lookahead=LOOKAHEAD,
            writer=self.writer,
            resume=resume.checkpoint if resume else None,
        )

    def _check_wanted(self, training: Training, *_progress: object) -> None:
        """Break off a download that nobody waits for any more."""
        if self._worker.closing or training is not self.current:
            raise InputError("the download was broken off")

    def _written(self, path: Path, failure: InputError | None) -> None:
        self.has_written |= failure is None and path == self.writer.path
        if failure is not None:
            self.notices.append(f"{failure}; the training goes on")

    def _take(self, training: Training, event: Event) -> None:
        training.history.add(event)
        self._log(event)

    def _log(self, event: Event) -> None:
        if self._write is not None:
            try:
                self._write(event)
            except InputError as error:
                self.log_failure = str(error)
                self.notices.append(f"{error}; the training goes on")
                self._write = None


def _reusable(before: Training, experiment: Experiment) -> Dataset | None:
    """The data of the training before, where those of an experiment are the same."""
    options = ["data", "data_dir", "target", "train_size"]
    if experiment.data in PROBLEMS:
        options.append("seed")
    same = all(getattr(before.experiment, name) == getattr(experiment, name) for name in options)
    return before.dataset if same else None
