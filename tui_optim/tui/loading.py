"""Loading: data that are read beside the training and the screens, before they are trained on."""

from dataclasses import dataclass

from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError
from tui_optim.experiment import Experiment
from tui_optim.training.trainer import load_dataset
from tui_optim.tui.session import Worker

PATIENCE = 0.1
"""Seconds to wait for the thread: a file that is being read is read to its end, for nobody."""


@dataclass(eq=False)
class Loading:
    """Data that are being read, or were.

    Attributes:
        experiment: what is to be trained on them.
        dataset: the data, once they are there.
        failure: why they cannot be had, in a line.
    """

    experiment: Experiment
    dataset: Dataset | None = None
    failure: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is known how it went."""
        return self.dataset is not None or self.failure is not None


class Loader:
    """Reads what was asked for last, in one thread, which is started when it is needed."""

    def __init__(self) -> None:
        self._asked: Loading | None = None
        self._begun: Loading | None = None
        self._worker: Worker | None = None

    def load(self, experiment: Experiment) -> Loading:
        """Begin to read the data of an experiment."""
        self._asked = loading = Loading(experiment)
        if self._worker is None:
            self._worker = Worker(self._work, self._failed)
            self._worker.open()
        self._worker.wake()
        return loading

    def take(self, experiment: Experiment) -> Dataset | None:
        """What was read for this experiment, which is given away, if it was the last."""
        asked, self._asked = self._asked, None
        return asked.dataset if asked is not None and asked.experiment == experiment else None

    def close(self) -> None:
        """End the thread."""
        self._asked = None
        if self._worker is not None:
            self._worker.close(PATIENCE)

    # In the thread.

    def _work(self) -> bool:
        loading = self._asked
        if loading is None or loading is self._begun:
            return False
        self._begun = loading
        loading.dataset = load_dataset(loading.experiment, self._check_wanted)
        return True

    def _failed(self, why: str) -> None:
        if self._begun is not None:
            self._begun.failure = why

    def _check_wanted(self, *_progress: object) -> None:
        """Break off a download that nobody waits for any more."""
        if self._asked is not self._begun:
            raise InputError("nobody waits for it any more")
