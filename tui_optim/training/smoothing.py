"""Smoothing of curves as they grow: what is given out once never changes.

A smoother takes blocks of rows (n, C), C curves side by side, and gives out smoothed rows. A value
that is NaN (a run that has diverged) gives NaN and leaves the others as they are.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

NOTHING = 1e-24
"""A weight that no float64 beside it feels."""


class Smoother(Protocol):
    """What takes raw rows and gives smoothed ones, perhaps `delay` rows later."""

    delay: int

    def push(self, rows: Rows) -> Rows:
        """The smoothed rows that have become known."""


class ExponentialAverage:
    """The exponential moving average, bias-corrected as in Adam (Kingma and Ba 2015, section 3).

    s ← β s + (1 − β) x,  y = s / (1 − βᵗ)

    It is causal: y looks at no later x.
    """

    delay = 0

    def __init__(self, beta: float, columns: int) -> None:
        self._beta = beta
        self._state = np.zeros(columns)
        self._seen = 0

    def push(self, rows: Rows) -> Rows:
        """The average after each row."""
        n = len(rows)
        if n == 0:
            return rows
        missing = np.isnan(rows)
        sums: Rows = np.where(missing, 0.0, (1 - self._beta) * rows)
        sums[0] += self._beta * self._state
        # Sums over the last 1, 2, 4 … rows, until the weights of those before are nothing.
        last = 1
        while last < n and (decay := self._beta**last) > NOTHING:
            sums[last:] += decay * sums[:-last]
            last *= 2
        self._state = sums[-1].copy()
        if self._beta**self._seen > NOTHING:  # later the bias is nothing
            steps = np.arange(self._seen + 1, self._seen + n + 1.0)
            sums /= (1 - self._beta**steps)[:, None]
        self._seen += n
        sums[missing] = np.nan
        return sums


class KaiserWindow:
    """The lecture's smoothing: a centred Kaiser window of 11 points with β = 2.

    y_t = Σ_j w_j x_{t+j}, j = −5 … 5; before the first point the curve is mirrored, as in the
    lecture's program. A point is given out when the five after it are known, and stays; so there
    is none before the sixth.
    """

    delay = 5
    _LENGTH = 11

    def __init__(self, columns: int) -> None:
        window = np.kaiser(self._LENGTH, 2)
        self._window = window / window.sum()
        self._tail = np.empty((0, columns))
        self._mirrored = False

    def push(self, rows: Rows) -> Rows:
        """The points that have five known points after them now."""
        known = np.concatenate([self._tail, rows])
        if not self._mirrored:
            if len(known) <= self.delay:
                self._tail = known
                return known[:0]
            known = np.concatenate([known[self.delay : 0 : -1], known])
            self._mirrored = True
        if len(known) < self._LENGTH:
            self._tail = known
            return known[:0]
        self._tail = known[1 - self._LENGTH :]
        smooth = [np.convolve(column, self._window, "valid") for column in known.T]
        return np.where(np.isnan(known[self.delay : -self.delay]), np.nan, np.transpose(smooth))


SMOOTHERS: Mapping[str, Callable[[int], Smoother]] = {
    "ema0.6": lambda columns: ExponentialAverage(0.6, columns),
    "ema0.9": lambda columns: ExponentialAverage(0.9, columns),
    "kaiser": KaiserWindow,
}
"""By name, how to make a smoother of so many curves."""
