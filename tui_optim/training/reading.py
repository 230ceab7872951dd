"""Reading: what can be read of a training, whatever it is read from."""

from collections.abc import Mapping
from typing import Protocol

from tui_optim.errors import InputError
from tui_optim.events import Change, Ended, Evaluation, Finding, Layers, Number, Started
from tui_optim.nn import OPTIMIZERS, build
from tui_optim.training.series import Curve


class Reading(Protocol):
    """A training as it stands: now (`History`), once (`Past`), or several as one (`Together`)."""

    @property
    def started(self) -> Started | None:
        """The first event, or None before it."""

    @property
    def ended(self) -> Ended | None:
        """The last event; None while it runs, also when it goes on after an end."""

    @property
    def runs(self) -> tuple[str, ...]:
        """The names of the runs."""

    @property
    def left_out(self) -> int:
        """How many runs there are besides, which are not read."""

    @property
    def iteration(self) -> int:
        """Of the last step."""

    @property
    def samples(self) -> int:
        """Seen up to the last step."""

    @property
    def seconds(self) -> float:
        """Of training up to the last step."""

    @property
    def loss(self) -> Mapping[str, Number]:
        """Of the last step, by run."""

    @property
    def paused(self) -> bool:
        """Whether the training is paused."""

    @property
    def pace(self) -> float | None:
        """Iterations a second at most; None is full speed."""

    @property
    def iterations(self) -> int:
        """How many are asked for."""

    @property
    def evaluation(self) -> Evaluation | None:
        """The last one."""

    @property
    def diverged(self) -> Mapping[str, int]:
        """The iteration at which a run diverged, by run."""

    @property
    def lr(self) -> Mapping[str, float]:
        """The learning rates in force where they were changed, by run."""

    @property
    def layers(self) -> Mapping[str, Layers]:
        """The last probe, by run."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The last ones, resolved or not, oldest first."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The last ones, oldest first."""

    @property
    def rate(self) -> float:
        """Iterations a second of training, lately."""

    def curve(self, run: str, smoothing: str = "off", points: int = 200) -> Curve:
        """A run's training loss, smoothed on the raw stream, then reduced."""

    def curves(self, points: int = 200) -> dict[str, Curve]:
        """Every run's training loss, all at the same moment and reduced to the same points."""

    def evaluation_curve(self, run: str, key: str, points: int = 200) -> Curve:
        """A run's course of "loss", "accuracy", "train_loss" or "train_accuracy"."""

    def layer_curve(self, run: str, index: int, statistic: str, points: int = 200) -> Curve:
        """The course of one of LAYER_STATISTICS of a layer (index from 1)."""

    def learning_rate(self, run: str) -> float | None:
        """The learning rate of a run in force."""

    def accuracy(self, run: str) -> float | None:
        """A run's test accuracy at the end, or else at the last evaluation."""

    def test_loss(self, run: str) -> float | None:
        """A run's test loss at the end, or else at the last evaluation."""

    def first_reached(self, run: str, accuracy: float) -> int | None:
        """The iteration of the first evaluation at which a run had that test accuracy."""


def learning_rate(started: Started | None, lr: Mapping[str, float], run: str) -> float | None:
    """The learning rate that was set, or else the one that the run's optimizer begins with."""
    if run in lr or started is None:
        return lr.get(run)
    specs = [info.optimizer for info in started.runs if info.name == run]
    try:
        return build(OPTIMIZERS, specs[0], "optimizer").lr if specs else None
    except InputError:  # the log of another version
        return None


def final(key: str, run: str, *events: Ended | Evaluation | None) -> float | None:
    """A run's "loss" or "accuracy" in the first of the events that has it."""
    for event in events:
        if event is not None and getattr(event, key).get(run) is not None:
            return float(getattr(event, key)[run])
    return None


def scores(reading: Reading) -> Ended | Evaluation | None:
    """What the test accuracies are of: the end, where it tells them, or the last evaluation."""
    ended = reading.ended
    if ended is not None and any(value is not None for value in ended.accuracy.values()):
        return ended
    return reading.evaluation
