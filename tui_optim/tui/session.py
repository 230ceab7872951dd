"""The session: trainings that run beside the screens, one after the other, in one worker thread.

This is the only file of the screens' side that knows threads. The screens read a training's
`History`; what a person asks for goes to its `Control`.
"""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tui_optim.datasets.dataset import Dataset
from tui_optim.datasets.synthetic import PROBLEMS
from tui_optim.errors import InputError
from tui_optim.events import Event, Reason
from tui_optim.experiment import Experiment
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer, load_dataset

PATIENCE = 5.0
"""Seconds to wait for the worker; it needs 0.2 at most, but where it waits for a network."""
LOOKAHEAD = 8
"""Iterations between two meetings of the compute threads: some 20 ms at most."""


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
    """

    experiment: Experiment
    control: Control
    history: History = field(default_factory=History)
    failure: str | None = None
    dataset: Dataset | None = None
    trainer: Trainer | None = None


class Session:
    """Holds the training that is on the screen and the one before it, its ghost.

    There is one worker thread, however often a training is restarted: a restart asks the running
    one to stop and leaves the new one where the worker finds it.

    Args:
        experiment: the first to train.
        dataset: its data, if they are loaded already.
        write: takes every event, for the log; an InputError from it ends the logging.
        pace: iterations a second at most; None is full speed.

    Attributes:
        current: the training on the screen.
        ghost: what is known of the one before it.
        log_failure: why no log is written any more.
        fault: the traceback of the last fault of ours.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset | None = None,
        write: Callable[[Event], None] | None = None,
        pace: float | None = None,
    ) -> None:
        self.current = Training(experiment, Control(pace=pace), dataset=dataset)
        self.ghost: Training | None = None
        self.log_failure: str | None = None
        self.fault: str | None = None
        self._write = write
        self._condition = threading.Condition()
        self._done: Training | None = None  # the last one that ran to its end
        self._closing = False
        # A daemon, for one that waits for a network must not keep the process.
        self._thread = threading.Thread(target=self._work, name="tui-optim-training", daemon=True)

    def open(self) -> None:
        """Start the worker, and with it the first training."""
        self._thread.start()

    def stop(self, reason: Reason = "stopped") -> None:
        """Ask the training and the worker to end, whatever they are doing."""
        with self._condition:
            self._closing = True
            self.current.control.stop(reason)
            self._condition.notify_all()

    def close(self) -> None:
        """End the training and the worker, and wait for it."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def start(self, experiment: Experiment) -> None:
        """Train another experiment instead; what was trained becomes the ghost."""
        with self._condition:
            before = self.current
            if before.history.iteration:  # its networks and data are not needed any more
                self.ghost = Training(before.experiment, before.control, before.history)
            control = Control(pace=before.control.pace)
            self.current = Training(experiment, control, dataset=_reusable(before, experiment))
            before.control.stop()
            self._condition.notify_all()

    def extend(self, iterations: int) -> None:
        """Go on for so many iterations more, also after the end."""
        with self._condition:
            self.current.control.extend(iterations)
            self._condition.notify_all()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(self._has_work)
                if self._closing:
                    return
                training = self._done = self.current
            try:
                self._train(training)
            except InputError as error:
                training.failure = str(error)
            except MemoryError:
                training.failure = "not enough memory: try fewer or smaller layers, or fewer runs"
            except Exception as error:  # noqa: BLE001  the screen tells, and stays usable
                training.failure = f"a fault of ours: {type(error).__name__}: {error}"
                self.fault = traceback.format_exc()

    def _has_work(self) -> bool:
        training = self.current
        more = training.failure is None and training.control.extension_pending
        return self._closing or self._done is not training or more

    def _train(self, training: Training) -> None:
        if training.trainer is None:
            experiment = training.experiment
            training.dataset = training.dataset or load_dataset(
                experiment, partial(self._check_wanted, training)
            )
            training.trainer = Trainer(
                experiment, training.control, training.dataset, lookahead=LOOKAHEAD
            )
        for event in training.trainer:
            training.history.add(event)
            self._log(event)

    def _check_wanted(self, training: Training, *_progress: object) -> None:
        """Break off a download that nobody waits for any more."""
        if self._closing or training is not self.current:
            raise InputError("the download was broken off")

    def _log(self, event: Event) -> None:
        if self._write is not None:
            try:
                self._write(event)
            except InputError as error:
                self.log_failure = str(error)
                self._write = None


def _reusable(before: Training, experiment: Experiment) -> Dataset | None:
    """The data of the training before, where those of an experiment are the same."""
    options = ["data", "data_dir", "target", "train_size"]
    if experiment.data in PROBLEMS:
        options.append("seed")
    same = all(getattr(before.experiment, name) == getattr(experiment, name) for name in options)
    return before.dataset if same else None
