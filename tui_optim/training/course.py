"""Courses: how the layers of a run have gone, from its probes, in bounded memory."""

import math
from dataclasses import fields

import numpy as np

from tui_optim.events import Layers, LayerStatistics
from tui_optim.training.deferred import Deferred, Probe
from tui_optim.training.series import Array, Curve, Series

LAYER_STATISTICS = tuple(
    field.name
    for field in fields(LayerStatistics)
    if field.name not in ("index", "name", "histogram")
)
"""The statistics of a layer that have a course over time."""

MOST_PROBES = 256
LONGEST_DEFERRED = 32 * 1024
"""A longer line is not kept, but decoded at once."""


class Course:
    """The statistics of a run's layers over every n-th probe.

    Of too many probes every second is dropped, and n is doubled. Those of a log are decoded when
    the course is looked at.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[Array, Deferred | Array]] = []  # position (3,), what was there
        self._every = 1
        self._count = 0
        self._furthest = -math.inf
        self._series: Series | None = None  # of the rows, once somebody has looked

    def add(self, probe: Probe, samples: int, seconds: float) -> None:
        """Take in a probe, and how far the training was; it must go forward to be of use."""
        if probe.iteration <= self._furthest:
            return
        self._furthest = probe.iteration
        self._count += 1
        if (self._count - 1) % self._every:
            return
        if len(self._rows) == MOST_PROBES:
            self._rows = self._rows[::2]
            self._every *= 2
        position = np.array([probe.iteration, samples, seconds], float)
        if isinstance(probe, Deferred) and len(probe.line) <= LONGEST_DEFERRED:
            self._rows.append((position, probe))
        else:
            self._rows.append((position, _row(probe)))
        self._series = None

    def curve(self, index: int, statistic: str, points: int) -> Curve:
        """The course of one of LAYER_STATISTICS of a layer (index from 1)."""
        if self._series is None:
            self._series = self._decoded()
        column = (index - 1) * len(LAYER_STATISTICS) + LAYER_STATISTICS.index(statistic)
        if not 0 <= column < self._series.columns:
            return Series(1, 2).curve(0, points)
        return self._series.curve(column, points)

    def _decoded(self) -> Series:
        """All rows; those of another number of layers than the last has are left out."""
        self._rows = [(at, _row(r) if isinstance(r, Deferred) else r) for at, r in self._rows]
        values = [(at, row) for at, row in self._rows if isinstance(row, np.ndarray) and len(row)]
        columns = len(values[-1][1]) if values else 0
        alike = [(at, row) for at, row in values if len(row) == columns]
        series = Series(columns, MOST_PROBES)
        if alike:
            series.extend(*map(np.array, zip(*alike, strict=True)))
        return series


def _row(probe: Probe) -> Array:
    """The statistics of all layers one after the other; none where it turns out to be no probe."""
    event = probe.event() if isinstance(probe, Deferred) else probe
    layers = event.layers if isinstance(event, Layers) else ()
    values = [getattr(layer, name) for layer in layers for name in LAYER_STATISTICS]
    return np.array(values, float)
