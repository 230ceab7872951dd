"""Results: what a training has shown, in the words that claims are written in."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.dataset import Dataset
from tui_optim.training.reading import Reading

ALL = 2048
"""More points than a curve has."""


class UnknownError(LookupError):
    """What is asked for has not been measured, or not yet."""


@dataclass(frozen=True)
class Results:
    """A training and the data it was on; what is not known of it raises `UnknownError`."""

    history: Reading
    dataset: Dataset | None = None

    def layer(self, run: str, index: int, statistic: str, iteration: float | None = None) -> float:
        """A statistic of a layer at the probe nearest an iteration, or at the last one.

        Args:
            run: its name.
            index: of the layer, from 1.
            statistic: a field of `LayerStatistics`.
            iteration: where; 1 is the first probe.
        """
        curve = self.history.layer_curve(run, index, statistic, ALL)
        return _at(curve.iteration, curve.mean, iteration)

    def growth(
        self, run: str, statistic: str, first: int, last: int, iteration: float | None = None
    ) -> float:
        """The factor a layer by which a statistic grows from one layer to a later one.

        It is the geometric mean, (x_last / x_first) ^ (1 / (last - first)).
        """
        begin, end = (self.layer(run, i, statistic, iteration) for i in (first, last))
        return float((end / begin) ** (1 / (last - first)))

    def loss(self, run: str, iteration: float | None = None, smoothing: str = "off") -> float:
        """The training loss at an iteration, or at the last one; ∞ once the run has diverged."""
        diverged = self.history.diverged.get(run)
        if diverged is not None and (iteration is None or iteration >= diverged):
            return math.inf
        curve = self.history.curve(run, smoothing, ALL)
        return _at(curve.iteration, curve.mean, iteration)

    def lowest_loss(self, run: str) -> float:
        """The lowest training loss that a run had at any iteration."""
        return _extreme(self.history.curve(run, "off", ALL).minimum, np.min)

    def highest_score(self, run: str, key: str = "accuracy") -> float:
        """The highest score of all evaluations, see `score`."""
        return _extreme(self.history.evaluation_curve(run, key, ALL).mean, np.max)

    def score(self, run: str, key: str = "accuracy", iteration: float | None = None) -> float:
        """The "accuracy" or "loss" on the test part, or "train_accuracy" or "train_loss".

        At the evaluation nearest an iteration, or at the last one.
        """
        curve = self.history.evaluation_curve(run, key, ALL)
        return _at(curve.iteration, curve.mean, iteration)

    def guessing(self) -> float:
        """The loss of guessing the training set's class frequencies: their entropy, -Σ p ln p."""
        if self.dataset is None:
            raise UnknownError
        p = np.bincount(self.dataset.y_train) / len(self.dataset.y_train)
        return -float(np.sum(p * np.log(p, where=p > 0, out=np.zeros_like(p))))

    def samples_until(self, run: str, loss: float, smoothing: str = "ema0.9") -> float:
        """How many samples a run has seen when its smoothed training loss falls to this value."""
        curve = self.history.curve(run, smoothing, ALL)
        there = np.flatnonzero(curve.mean <= loss)
        if not len(there):
            raise UnknownError(run)
        return float(curve.samples[there[0]])


def _extreme(
    values: NDArray[np.float64], choose: Callable[[NDArray[np.float64]], np.float64]
) -> float:
    known = values[~np.isnan(values)]
    if not len(known):
        raise UnknownError
    return float(choose(known))


def _at(
    iterations: NDArray[np.float64], values: NDArray[np.float64], iteration: float | None
) -> float:
    if not len(values):
        raise UnknownError
    nearest = -1 if iteration is None else int(np.abs(iterations - iteration).argmin())
    value = float(values[nearest])
    if np.isnan(value):
        raise UnknownError
    return value
