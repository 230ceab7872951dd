"""Axes: the scales of a chart, with nice numbers for ticks and labels that fit beside them."""

import math
from collections.abc import Iterable
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tui_optim.training.series import indices

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GUTTER = 7  # the cells of the longest label
LARGEST, SMALLEST = 1e300, 1e-300  # differences of more overflow, those of less vanish


class Axis:
    """A stretch of numbers, or of their logarithms, between two ends, over cells of dots."""

    def __init__(
        self,
        ends: Iterable[float],
        ticks: Floats,
        labels: list[str],
        size: tuple[int, int],
        *,
        log: bool = False,
    ) -> None:
        (self.cells, self.dots), self.log = size, log
        self.low, self.high = map(float, ends)
        self.labels = dict(zip(self.cell(ticks).tolist(), labels, strict=True))

    def place(self, values: Floats) -> Integers:
        """The dot that each value falls on; of what lies outside, the one at that edge."""
        share = (np.clip(self._scaled(values), self.low, self.high) - self.low) / (
            self.high - self.low
        )
        return np.rint(share * (self.cells * self.dots - 1)).astype(np.int64)

    def exceeded(self, values: Floats) -> NDArray[np.bool_]:
        """Whether each value lies above it."""
        return self._scaled(values) > self.high

    def _scaled(self, values: Floats) -> Floats:
        return np.log10(np.maximum(values, SMALLEST)) if self.log else values

    def cell(self, values: Floats) -> Integers:
        """The cell that each value falls on."""
        return self.place(values) // self.dots


def x_axis(x: Floats, cells: int, dots: int) -> Axis:
    """From the first point to the last; from 0, where that is near."""
    low, high = float(x.min()), float(x.max())
    ends = _widened(0.0 if 0 < low <= 0.05 * high or 0 < low == high else low, high)
    whole = bool((x == np.rint(x)).all())  # there is no iteration 1.5
    ticks, step = _multiples(*ends, max(3, min(6, cells // 10)), inside=True, whole=whole)
    return Axis(ends, ticks, [_label(t, step, max(map(abs, ends))) for t in ticks], (cells, dots))


def y_axis(visible: tuple[float, float], log: bool, cells: int, dots: int) -> Axis:
    """Around what is to be visible, with a nice number at either end."""
    low, high = visible
    ticks, step = _multiples(*_widened(low, high), max(3, min(6, cells // 2)))
    if log and (high > 2 * low or ticks[0] <= 0):
        ticks, ends = _decades(low, high, max(3, cells // 2))
        ends = _amid(np.log10(ends), cells, dots)
        return Axis(ends, ticks, [_label(t, t, t) for t in ticks], (cells, dots), log=True)
    labels = [_label(t, step, max(abs(ticks))) for t in ticks]
    return Axis(_amid(ticks[[0, -1]], cells, dots), ticks, labels, (cells, dots))


def _amid(ends: Floats, cells: int, dots: int) -> Floats:
    """The ends of an axis on which these lie amid the first and the last cell, as ticks do.

    Where dots are smaller than cells, a curve at a tick's value is so seen on its line.
    """
    if cells < 2:
        return ends
    low, high = ends
    dot = (high - low) / ((cells - 1) * dots)
    low -= dots // 2 * dot
    return np.array([low, low + (cells * dots - 1) * dot])


def apart(wanted: list[int], room: int) -> list[int]:
    """Where labels stand that want to stand there, in ascending order: a cell of their own each."""
    at = list(accumulate(wanted, lambda below, cell: max(below + 1, cell)))
    for i in range(len(at) - 1, -1, -1):
        at[i] = room = min(at[i], room - 1)
    return at


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range wide enough for short labels to differ in it."""
    scale = max(abs(low), abs(high))
    if scale == 0:
        return 0.0, 1.0
    least = (0.002 if low >= 0.05 and high < 1e9 else 0.05) * scale
    middle, half = low + (high - low) / 2, max((high - low) / 2, least)
    return middle - half, middle + half


def _multiples(
    low: float, high: float, most: int, *, inside: bool = False, whole: bool = False
) -> tuple[Floats, float]:
    """Multiples of a nice step around a range, or inside it: at most so many (3 or more)."""
    begin, end = (math.ceil, math.floor) if inside else (math.floor, math.ceil)
    slack = -1e-9 if inside else 1e-9  # 0.3 / 0.1 is a little less than 3
    exponent = math.floor(math.log10((high - low) / most))
    for step in (n * 10.0**e for e in range(exponent, exponent + 3) for n in (1, 2, 2.5, 5)):
        first, last = begin(low / step + slack), end(high / step - slack)
        if last - first < most and not (whole and step % 1):
            break
    return step * indices(first, last + 1).astype(np.float64), step


def _decades(low: float, high: float, most: int) -> tuple[Floats, Floats]:
    """Ticks, which are 1, 2 and 5 times powers of ten or only these, and the ends of the axis."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = np.array([n * 10.0**e for e in exponents for n in (1, 2, 5)])
    first = max(int(np.searchsorted(every, low * (1 + 1e-9))) - 1, 0)
    last = int(np.searchsorted(every, high * (1 - 1e-9)))
    ticks = every[first : last + 1]
    if len(ticks) > most and len(powers := ticks[-first % 3 :: 3]) > 1:
        ticks = powers[:: -(-len(powers) // most)]
    return ticks, every[[first, last]]


def _label(value: float, step: float, size: float) -> str:
    """A tick, with the digits that tell it from its neighbours where the largest is `size`."""
    if value == 0:
        return "0"
    if 2e-3 <= size < 1e9:
        big = abs(value) >= 1e3
        unit, sign = (1e6, "M") if abs(value) >= 1e6 else (1e3, "k") if big else (1.0, "")
        digits = len(f"{step / unit:.9f}".rstrip("0").partition(".")[2])
        text = f"{value / unit:.{digits}f}"
        text = f"{float(text):g}{sign}" if big else text
        if len(text) <= GUTTER:
            return text
    forms = (f"{value:.{digits}e}".split("e") for digits in (2, 1, 0))
    texts = [f"{float(mantissa):g}e{int(exponent)}" for mantissa, exponent in forms]
    return next((text for text in texts if len(text) <= GUTTER), texts[-1])
