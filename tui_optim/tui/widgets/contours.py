"""A contour picture of a surface with paths over it: its numbers as cells, without a widget."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.nn.landscapes import Surface
from tui_optim.tui.landscape import Landscape
from tui_optim.tui.view import between
from tui_optim.tui.widgets.axes import Floats, Integers, x_axis

Cell = tuple[str, str]  # a character and its colour
Cells = dict[tuple[int, int], Cell]  # by row, from the top, and column

BANDS = 12
BEND = 0.45
"""Heights to this power are apart as the bands are: near a minimum they would be one band else."""
DECADES = 6
"""On a logarithmic surface, what is so many powers of ten below the highest is the lowest band."""
DARK = ("#0a1118", "#10212f", "#1c3145", "#33405a", "#504d69", "#6d5a70")
LIGHT = ("#fbfcfd", "#e6eef3", "#d0dde8", "#bfc9dc", "#b5b6d0", "#b2a5c0")
GREYS = 25
"""The steps from black to white of a terminal's 256 colours."""
LEVELS = " .:-=+*#%"
"""The bands where there are no colours, two or more of them a character."""
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
START, MINIMUM = "○◎"
ASCII = {START: "o", MINIMUM: "+", "✗": "x"}


def bands(surface: Surface, width: int, height: int) -> Integers:
    """The band of each point of a grid over the surface, (height, width), the top row first."""
    (left, right), (low, high) = surface.x_bounds, surface.y_bounds
    x = left + (np.arange(width) + 0.5) / width * (right - left)
    y = high - (np.arange(height) + 0.5) / height * (high - low)
    heights = surface.value(*np.meshgrid(x, y))
    bottom = min(float(surface.value(*np.array(minimum))) for minimum in surface.minima)
    share = np.maximum(heights - bottom, 0) / (float(heights.max()) - bottom)
    if surface.logarithmic:
        share = 1 + np.log10(np.maximum(share, 10.0**-DECADES)) / DECADES
    else:
        share **= BEND
    return np.minimum(share * BANDS, BANDS - 1).astype(np.int64)


def ramp(*, dark: bool, greys: bool = False) -> list[str]:
    """The bands' colours, from the lowest, in steps of equal lightness.

    Args:
        dark: whether they are for light curves on a dark ground.
        greys: whether they are those of a terminal's 256 colours that lie as close together.
    """
    if greys:
        steps = (band + 1 if dark else GREYS - 1 - band for band in range(BANDS))
        levels = (f"{round(255 * step / GREYS):02x}" for step in steps)
        return [f"#{level * 3}" for level in levels]
    return [between(DARK if dark else LIGHT, band / (BANDS - 1)) for band in range(BANDS)]


@dataclass(frozen=True)
class Frame:
    """The cells that a surface is drawn on.

    Attributes:
        surface: what is drawn.
        width: cells across.
        height: cells down.
        ascii: whether paths are letters and not dots.
    """

    surface: Surface
    width: int
    height: int
    ascii: bool

    def shares(self, points: Floats) -> Floats:
        """Where points (n, 2) lie: 0 … 1 from the left and from the top, else outside."""
        (left, right), (low, high) = self.surface.x_bounds, self.surface.y_bounds
        x, y = points[:, 0], points[:, 1]
        return np.column_stack([(x - left) / (right - left), (high - y) / (high - low)])

    def point(self, column: int, row: int) -> tuple[float, float]:
        """The point in the middle of a cell."""
        (left, right), (low, high) = self.surface.x_bounds, self.surface.y_bounds
        x = left + (column + 0.5) / self.width * (right - left)
        return x, high - (row + 0.5) / self.height * (high - low)

    def labels(self) -> tuple[dict[int, str], dict[int, str]]:
        """What stands under the columns and beside the rows."""
        x = x_axis(np.array(self.surface.x_bounds), self.width, 1)
        y = x_axis(np.array(self.surface.y_bounds), self.height, 1)
        return x.labels, {self.height - 1 - cell: label for cell, label in y.labels.items()}

    def cell(self, point: tuple[float, float] | Floats) -> tuple[int, int]:
        """Row and column of a point; of one outside, at the edge."""
        share = np.clip(self.shares(np.array([point]))[0], 0, 1)
        column, row = np.minimum(
            share * (self.width, self.height), (self.width - 1, self.height - 1)
        )
        return int(row), int(column)

    def trail(self, points: Floats, letter: str) -> Iterator[tuple[tuple[int, int], str]]:
        """The cells that a path goes through, each with its dots, or with a letter."""
        across, down = (1, 1) if self.ascii else (2, 4)
        size = np.array([self.width * across, self.height * down])
        dots = _line(np.floor(self.shares(points) * size))
        column, row = dots[np.all((dots >= 0) & (dots < size), axis=1)].T
        cells = row // down * self.width + column // across
        if self.ascii:
            patterns = dict.fromkeys(cells.tolist(), letter)
        else:
            gathered = np.zeros(self.width * self.height, np.int64)
            np.bitwise_or.at(gathered, cells, DOTS[row % 4, column % 2])
            patterns = {at: chr(0x2800 + gathered[at]) for at in np.unique(cells).tolist()}
        for at, pattern in patterns.items():
            yield divmod(at, self.width), pattern


def overlay(state: Landscape, frame: Frame, *, dark: bool, colored: bool = True) -> Cells:
    """What lies over the bands: minima, paths with the selected one on top, the start, heads.

    Args:
        state: what is shown.
        frame: what it is drawn on.
        dark: whether the bands are dark.
        colored: whether paths have colours of their own; else they are as clear as can be.
    """
    mark = ASCII if frame.ascii else {}
    ink = "#ffffff" if dark else "#000000"
    cells: Cells = {}
    for minimum in frame.surface.minima:
        cells[frame.cell(minimum)] = (mark.get(MINIMUM, MINIMUM), ink)
    seen = [index for index in range(len(state.specs)) if index not in state.hidden]
    seen.sort(key=lambda index: index == state.selected)
    heads: Cells = {}
    for index in seen:
        points = state.paths.points[index, : state.step + 1]
        known = points[~np.isnan(points).any(axis=1)]
        color = state.color(index, dark=dark) if colored else ink
        sign = state.sign(index, ascii_only=frame.ascii)
        cells |= {at: (dots, color) for at, dots in frame.trail(known, sign)}
        head = mark.get("✗", "✗") if len(known) < len(points) else sign.upper()
        heads[frame.cell(known[-1])] = (head, color)
    cells[frame.cell(state.begin)] = (mark.get(START, START), ink)
    return cells | heads


def _line(corners: NDArray[np.float64]) -> Integers:
    """The dots on the way from corner to corner, (n, 2)."""
    if len(corners) < 2:
        return corners.astype(np.int64)
    steps = np.maximum(np.abs(np.diff(corners, axis=0)).max(axis=1), 1).astype(np.int64)
    leg = np.repeat(np.arange(len(steps)), steps)
    done = (np.arange(len(leg)) - np.repeat(np.cumsum(steps) - steps, steps) + 1) / steps[leg]
    between = corners[leg] + done[:, None] * np.diff(corners, axis=0)[leg]
    dots: Integers = np.rint(np.concatenate([corners[:1], between])).astype(np.int64)
    return dots
