"""What a chart is to show, as values; and of its curves the range and the dots worth drawing."""

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui_optim.training.series import indices
from tui_optim.tui.widgets.axes import LARGEST, SMALLEST, Floats, Integers

SHOWN = 0.985  # the share of the values that a y range is made for


@dataclass(frozen=True, eq=False)
class Line:
    """One curve.

    Attributes:
        x: where its points are, ascending.
        y: their values; NaN where there is nothing (a run that had diverged).
        color: "#rrggbb".
        faint: drawn dim and behind the others, without a say in the y range: raw values behind a
            smoothed curve, ghosts.
        weighs: whether it has a say in the y range although it is faint.
        broken: drawn with gaps: ghosts.
        sign: a character for its last finite point, by which it is known.
        name: said beside its end, after the sign, where there is room.
        end_mark: the character there instead of the sign, where a run diverged.
        marker: its letter in ASCII, where faint lines are dotted; by default a, b, c …
    """

    x: Floats
    y: Floats
    color: str
    faint: bool = False
    weighs: bool = False
    broken: bool = False
    sign: str = ""
    name: str = ""
    end_mark: str = ""
    marker: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and (
            self._manner() == other._manner()
            and np.array_equal(self.x, other.x, equal_nan=True)
            and np.array_equal(self.y, other.y, equal_nan=True)
        )

    def __hash__(self) -> int:
        return hash(self._manner())

    def _manner(self) -> tuple[object, ...]:
        drawn = self.color, self.faint, self.weighs, self.broken, self.end_mark, self.marker
        return (len(self.x), *drawn, self.sign, self.name)


Mark: TypeAlias = tuple[float, str, str]
"""Where it is on the x axis, its character and its colour."""


@dataclass(frozen=True)
class Plot:
    """What a chart shows, as a value: of two equal ones the second need not be drawn.

    Attributes:
        lines: the curves; later ones lie over earlier ones, all over the faint ones.
        log_y: whether y is logarithmic; zero and what is below lie at the lower edge then.
        x_label: said at the end of the x axis.
        y_label: said above the y axis, in a line of its own.
        marks: findings as (x, character, color), shown on the x axis.
        y_range: the ends of y; None where the curves decide.
        cursor: an x with a line down the chart behind the curves.
        empty: said where there is nothing to draw.
    """

    lines: tuple[Line, ...]
    log_y: bool
    x_label: str
    y_label: str = ""
    marks: tuple[Mark, ...] = ()
    y_range: tuple[float, float] | None = None
    cursor: float | None = None
    empty: str = "waiting for data"


class Points(NamedTuple):
    """All finite points of all lines, one after the other."""

    x: Floats
    y: Floats
    line: Integers  # the index of its line
    linked: NDArray[np.bool_]  # whether it follows the one before it without a gap


def all_points(lines: list[Line]) -> Points:
    """What is finite of all lines, at sizes that can be reckoned with."""
    sizes = [min(len(line.x), len(line.y)) for line in lines]
    x = np.concatenate([np.empty(0), *(line.x[:n] for line, n in zip(lines, sizes, strict=True))])
    y = np.concatenate([np.empty(0), *(line.y[:n] for line, n in zip(lines, sizes, strict=True))])
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    line = np.repeat(indices(0, len(lines)), sizes)[known]
    linked = (np.diff(known, prepend=-2) == 1) & (np.diff(line, prepend=-1) == 0)
    x, y = (np.clip(v[known], -LARGEST, LARGEST) for v in (x, y))
    x, y = (np.where(abs(v) < SMALLEST, 0.0, v) for v in (x, y))
    return Points(x, y, line, linked)


def clipped(points: Points, above: NDArray[np.bool_]) -> tuple[Points, list[int]]:
    """Without what lies above the range, but for the points on the way there and back.

    Returns:
        The points that are left, the first and last of each line among them; and the indices of
        those at which a line leaves the range.
    """
    first = np.diff(points.line, prepend=-1) != 0
    ends = first | (np.diff(points.line, append=-1) != 0)
    from_below = points.linked & ~np.roll(above, 1)
    to_below = np.append(points.linked[1:], False) & ~np.roll(above, -1)
    kept = np.flatnonzero(~above | from_below | to_below | ends)
    linked = points.linked[kept] & (np.diff(kept, prepend=-2) == 1)
    leaving = np.flatnonzero((above & (from_below | first))[kept])
    left = Points(points.x[kept], points.y[kept], points.line[kept], linked)
    return left, leaving.tolist()


def last_points(points: Points) -> list[int]:
    """The index of each line's last point."""
    return np.flatnonzero(np.diff(points.line, append=-1)).tolist()


def joined_dots(
    across: Integers, down: Integers, points: Points
) -> tuple[Integers, Integers, Integers]:
    """Columns, rows and lines of the dots on the way from point to point.

    Of the points in one column of dots only the lowest and the highest are visited.
    """
    first = np.flatnonzero((np.diff(across, prepend=-1) != 0) | ~points.linked)
    last = np.append(first[1:], len(across)) - 1
    least, most = np.minimum.reduceat(down, first), np.maximum.reduceat(down, first)
    falls = down[first] <= down[last]
    down = np.column_stack([np.where(falls, least, most), np.where(falls, most, least)]).ravel()
    across, line = np.repeat(across[first], 2), np.repeat(points.line[first], 2)
    linked = np.column_stack([points.linked[first], np.full(len(first), True)]).ravel()
    over, under = np.diff(across, prepend=0), np.diff(down, prepend=0)
    steps = np.where(linked, np.maximum(np.maximum(abs(over), abs(under)), 1), 1)
    to = np.repeat(indices(0, len(steps)), steps)
    ahead = (np.cumsum(steps)[to] - 1 - indices(0, len(to))) / steps[to]  # the share still to go
    columns = across[to] - np.rint(ahead * over[to]).astype(np.int64)
    return columns, down[to] - np.rint(ahead * under[to]).astype(np.int64), line[to]


def visible_range(lines: list[Line], points: Points, log: bool) -> tuple[float, float]:
    """The range of y that is worth seeing: no spike and no diverging run may flatten the rest.

    It is made for most values. The last of each line is followed beyond them, unless it is so far
    off that less than half the height would be left to the others.
    """
    weighty = [i for i, line in enumerate(lines) if line.weighs or not line.faint]
    indices = weighty or range(len(lines))
    own = [(points.y[points.line == i], bool(lines[i].end_mark)) for i in indices]
    each = [(kept, ended) for y, ended in own if len(kept := y[y > 0] if log else y)]
    each = each or [(np.array([0.1, 1.0]), False)]
    # What goes far above its own beginning and above where the other lines ever were diverges;
    # where that lasts for long no quantile leaves it out. Of a line that has ended so, nothing is
    # of interest that is any higher.
    tops = [float(np.median(abs(y)) if ended else abs(y).max()) for y, ended in each]
    common, far = sorted(tops)[(len(tops) - 1) // 4], 1e4 if log else 1e2
    kept = [y[abs(y) <= (1 if ended else far) * max(common, abs(y[0]))] for y, ended in each]
    values, last = np.concatenate(kept), np.array([y[-1] for y, ended in each if not ended])
    if log:
        values, last = np.log10(values), np.log10(last)
    n = len(values)
    top = int(SHOWN * (n - 1)) if n >= 20 else n - 1
    low, high = np.sort(values)[[n - 1 - top if log else 0, top]]
    near = last[abs(last - (low + high) / 2) <= 1.5 * (high - low or math.inf)]
    low, high = float(min([low, *near])), float(max([high, *near]))
    return (10.0**low, 10.0**high) if log else (low, high)
