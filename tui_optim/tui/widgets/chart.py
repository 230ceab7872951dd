"""Charts of curves, in braille dots or in letters. The only file that knows plotext.

plotext's time grows with every dot (some 8 µs each, more to join two), and all of it holds the
interpreter lock that a training waits for. So the curves are scaled, thinned, joined and gathered
to one character a cell by a few NumPy calls for all of them together; plotext is left the canvas,
on which it places, overlays and colours those characters.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import plotext as plt
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Span, Text
from textual.strip import Strip
from textual.widget import Widget

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Row = list[tuple[str, str]]  # a line of the picture: pieces of text, each with its "#rrggbb" or ""
Layer = tuple[str, list[int], list[str]]  # a colour; cells, row by row from the top; what is there

SHOWN = 0.985  # the share of the values that a y range is made for
GUTTER = 7  # the cells of the longest label
LARGEST, SMALLEST = 1e300, 1e-300  # differences of more overflow, those of less vanish
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # braille's, by row
DARK = ("#121212", "#9a9a9a", "#5c5c5c", "#303030")  # background, labels, axes, grid
LIGHT = ("#e8e8e8", "#5f5f5f", "#a0a0a0", "#cacaca")


@dataclass(frozen=True, eq=False)
class Line:
    """One curve.

    Attributes:
        x: where its points are, ascending.
        y: their values; NaN where there is nothing (a run that had diverged).
        color: "#rrggbb".
        faint: drawn dim and behind the others, without a say in the y range: raw values behind a
            smoothed curve, ghosts.
        end_mark: a character for its last finite point, where a run diverged.
        marker: its letter in ASCII, where faint lines are dotted; by default a, b, c …
    """

    x: Floats
    y: Floats
    color: str
    faint: bool = False
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
        return len(self.x), self.color, self.faint, self.end_mark, self.marker


@dataclass(frozen=True)
class Plot:
    """What a chart shows, as a value: of two equal ones the second need not be drawn.

    Attributes:
        lines: the curves; later ones lie over earlier ones, all over the faint ones.
        log_y: whether y is logarithmic; zero and what is below lie at the lower edge then.
        x_label: said at the end of the x axis.
        y_label: said above the y axis, in a line of its own.
        marks: findings as (x, character, color), shown on the x axis.
        empty: said where there is nothing to draw.
    """

    lines: tuple[Line, ...]
    log_y: bool
    x_label: str
    y_label: str = ""
    marks: tuple[tuple[float, str, str], ...] = ()
    empty: str = "waiting for data"


def draw(plot: Plot, width: int, height: int, *, ascii: bool = False, dark: bool = True) -> Text:  # noqa: A002
    """Exactly `height` lines of `width` cells, of 7-bit characters if `ascii`."""
    parts, spans, at = [], [], 0
    for row in _Picture(plot, width, height, ascii, dark).rows():
        for text, color in row:
            parts.append(text)
            spans.append(Span(at, at := at + len(text), _style(color)))
        parts.append("\n")
        at += 1
    return Text("".join(parts[:-1]), spans=spans, no_wrap=True, end="")


class Chart(Widget, can_focus=True):
    """Shows a plot, as large as itself.

    Attributes:
        ascii: whether to draw with 7-bit characters from the next drawing on.
        drawings: how many there have been: one for each plot, size or theme that came to be seen.
    """

    DEFAULT_CSS = "Chart { width: 1fr; height: 1fr; }"

    def __init__(
        self,
        plot: Plot | None = None,
        *,
        id: str | None = None,  # noqa: A002  Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.ascii = False
        self.drawings = 0
        self._plot = plot or Plot((), log_y=False, x_label="")
        self._drawn: object = None
        self._strips: list[Strip] = []

    @property
    def plot(self) -> Plot:
        """What is shown. One that differs from it is drawn at the next refresh."""
        return self._plot

    @plot.setter
    def plot(self, plot: Plot) -> None:
        if plot != self._plot:
            self._plot = plot
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of the picture; all of it is drawn when one is asked for."""
        (width, height), dark = self.content_size, self.app.current_theme.dark
        wanted = (self._plot, width, height, self.ascii, dark, self.visual_style)
        if wanted != self._drawn:
            self._drawn, self.drawings = wanted, self.drawings + 1
            base = self.visual_style.rich_style
            self._strips = [
                Strip([Segment(text, _style(color, base)) for text, color in row if text], width)
                for row in _Picture(self._plot, width, height, self.ascii, dark).rows()
            ]
        return self._strips[y] if y < len(self._strips) else Strip.blank(width)


# The picture: the canvas with the curves, and what is around it.


class _Picture:
    """One drawing of a plot: the scales, and what there is room for around the curves."""

    def __init__(self, plot: Plot, width: int, height: int, ascii_only: bool, dark: bool) -> None:
        self.plot, self.width, self.height, self.ascii = plot, width, height, ascii_only
        self.background, self.label, self.axis, self.grid = DARK if dark else LIGHT
        self.lines = sorted(plot.lines, key=lambda line: not line.faint)
        self.points = _points(self.lines)
        self.blank = min(width, height, len(self.points.x)) < 1
        if self.blank:
            return
        # As room gives out, first the y label goes, then the x axis, then the y axis.
        self.head, self.foot = bool(plot.y_label) and height >= 8, height >= 5
        across, down = (1, 1) if ascii_only else (2, 4)
        visible = _visible(self.lines, self.points, plot.log_y)
        self.y = _y_axis(visible, plot.log_y, height - self.head - 2 * self.foot, down)
        margin = max(map(len, self.y.labels.values())) + 1
        self.margin = margin if width >= margin + 12 else 0
        self.x = _x_axis(self.points.x, width - self.margin, across)

    def rows(self) -> list[Row]:
        """Its lines from the top, each in pieces that are as wide as the picture together."""
        if self.blank:
            said = _clean(self.plot.empty, self.ascii)
            said = " " * ((self.width - cell_len(said)) // 2) + said
            lines = [said if i == (self.height - 1) // 2 else "" for i in range(self.height)]
            return [[(set_cell_size(line, self.width), self.label)] for line in lines]
        rows = _canvas(self._layers(), self.x.cells, self.y.cells)
        edge, tick, corner, grid = "|++ " if self.ascii else "│┤└┈"
        for cell, row in enumerate(reversed(rows)):
            label = self.y.labels.get(cell)
            if label is not None:
                row[:] = [(t, c) if c else (t.replace(" ", grid), self.grid) for t, c in row]
            if self.margin:
                said = (label or "").rjust(self.margin - 1)
                row[:0] = [(said, self.label), (edge if label is None else tick, self.axis)]
        if self.head:
            said = " " * self.margin + _clean(self.plot.y_label, self.ascii)
            rows.insert(0, [(set_cell_size(said, self.width), self.label)])
        if self.foot:
            start = [(corner.rjust(self.margin), self.axis)] if self.margin else []
            rows += [start + self._rule(), [(self._under(), self.label)]]
        return rows

    def _rule(self) -> Row:
        """The line of the x axis: ticks, marks, and the label at its right end."""
        rule, tick = "-+" if self.ascii else "─┬"
        label = f" {_clean(self.plot.x_label, self.ascii)}".rstrip()
        label = label if cell_len(label) <= self.x.cells // 2 else ""
        length = self.x.cells - cell_len(label)
        row = [(tick if cell in self.x.labels else rule, self.axis) for cell in range(length)]
        for x, character, color in self.plot.marks:
            if math.isfinite(x):
                cell = int(self.x.cell(np.array([x]))[0])
                row[min(cell, length - 1)] = (_glyph(character, "^", self.ascii), color)
        pieces = [
            (color, "".join(t for t, _ in same)) for color, same in groupby(row, itemgetter(1))
        ]
        return [*((text, color) for color, text in pieces), (label, self.label)]

    def _under(self) -> str:
        """The line under the x axis: labels centred under their ticks, as far as there is room."""
        text = ""
        for cell, label in self.x.labels.items():
            at = min(self.margin + cell - (len(label) - 1) // 2, self.width - len(label))
            if at >= len(text) + 2 * bool(text):
                text = text.ljust(at) + label
        return text.ljust(self.width)

    def _layers(self) -> list[Layer]:
        """Of each line the cells that no later one covers; then the end marks."""
        x, y, points, width = self.x, self.y, self.points, self.x.cells
        across, down = x.place(points.x), y.cells * y.dots - 1 - y.place(points.y)
        columns, rows, line = _dots(across, down, points)
        cell = rows // y.dots * width + columns // x.dots
        owner = np.full(width * y.cells, -1)
        owner[cell] = line  # of several dots in a cell the last one's, which is the line on top
        seen = owner[cell] == line
        pattern = np.zeros(len(owner), np.int64)
        np.bitwise_or.at(pattern, cell[seen], DOTS[rows[seen] % 4, columns[seen] % 2])
        layers, faint = [], sum(line.faint for line in self.lines)
        for i, curve in enumerate(self.lines):
            cells = np.flatnonzero(owner == i)
            color = _dimmed(curve.color, self.background) if curve.faint else curve.color
            letter = "." if curve.faint else _glyph(curve.marker, chr(97 + (i - faint) % 26), True)
            braille = [chr(0x2800 + dots) for dots in pattern[cells].tolist()]
            layers.append((color, cells.tolist(), [letter] * len(cells) if self.ascii else braille))
        for i, curve in enumerate(self.lines):
            if curve.end_mark and len(own := np.flatnonzero(points.line == i)):
                at = int(down[own[-1]] // y.dots * width + across[own[-1]] // x.dots)
                layers.append((curve.color, [at], [_glyph(curve.end_mark, "x", self.ascii)]))
        return layers


@lru_cache(1024)
def _style(color: str, base: Style | None = None) -> Style:
    return (base or Style()) + Style(color=color or None)


@lru_cache(1024)
def _dimmed(color: str, background: str) -> str:
    pairs = [(int(color[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(0.4 * a + 0.6 * b):02x}" for a, b in pairs)


def _clean(text: str, ascii_only: bool) -> str:
    text = "".join(filter(str.isprintable, text))  # no control codes reach the terminal
    return text.encode("ascii", "replace").decode() if ascii_only else text


def _glyph(text: str, fallback: str, ascii_only: bool) -> str:
    """The first character, if it is fit to stand in a cell."""
    fit = text[:1].isprintable() and cell_len(text[:1]) == 1
    return text[0] if fit and (text[0].isascii() or not ascii_only) else fallback


# The axes.


class _Axis:
    """A stretch of numbers, or of their logarithms, over cells of so many dots each."""

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
        self.low, self.high = (math.log10(end) if log else float(end) for end in ends)
        self.labels = dict(zip(self.cell(ticks).tolist(), labels, strict=True))

    def place(self, values: Floats) -> Integers:
        """The dot that each value falls on; of what lies outside, the one at that edge."""
        scaled = np.log10(np.maximum(values, SMALLEST)) if self.log else values
        share = (np.clip(scaled, self.low, self.high) - self.low) / (self.high - self.low)
        return np.rint(share * (self.cells * self.dots - 1)).astype(np.int64)

    def cell(self, values: Floats) -> Integers:
        """The cell that each value falls on."""
        return self.place(values) // self.dots


def _x_axis(x: Floats, cells: int, dots: int) -> _Axis:
    """From the first point to the last; from 0, where that is near."""
    low, high = float(x.min()), float(x.max())
    ends = _widened(0.0 if 0 < low <= 0.05 * high or 0 < low == high else low, high)
    ticks, step = _multiples(*ends, max(3, min(6, cells // 10)), inside=True)
    return _Axis(ends, ticks, [_label(t, step, max(map(abs, ends))) for t in ticks], (cells, dots))


def _y_axis(visible: tuple[float, float], log: bool, cells: int, dots: int) -> _Axis:
    """Around what is to be visible, with a nice number at either end."""
    low, high = visible
    ticks, step = _multiples(*_widened(low, high), max(3, min(6, cells // 2)))
    if log and (high > 2 * low or ticks[0] <= 0):
        ticks, ends = _decades(low, high, max(3, cells // 2))
        return _Axis(ends, ticks, [_label(t, t, t) for t in ticks], (cells, dots), log=True)
    labels = [_label(t, step, max(abs(ticks))) for t in ticks]
    return _Axis(ticks[[0, -1]], ticks, labels, (cells, dots), log=log)


def _visible(lines: list[Line], points: "_Points", log: bool) -> tuple[float, float]:
    """The range of y that is worth seeing: no spike and no diverging run may flatten the rest.

    It is made for most values. The last of each line is followed beyond them, unless it is so far
    off that less than half the height would be left to the others.
    """
    solid = [i for i, line in enumerate(lines) if not line.faint] or range(len(lines))
    own = [(points.y[points.line == i], bool(lines[i].end_mark)) for i in solid]
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


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range wide enough for short labels to differ in it."""
    scale = max(abs(low), abs(high))
    if scale == 0:
        return 0.0, 1.0
    least = (0.002 if low >= 0.05 and high < 1e9 else 0.05) * scale
    middle, half = low + (high - low) / 2, max((high - low) / 2, least)
    return middle - half, middle + half


def _multiples(low: float, high: float, most: int, *, inside: bool = False) -> tuple[Floats, float]:
    """Multiples of a nice step around a range, or inside it: at most so many (3 or more)."""
    begin, end = (math.ceil, math.floor) if inside else (math.floor, math.ceil)
    slack = -1e-9 if inside else 1e-9  # 0.3 / 0.1 is a little less than 3
    exponent = math.floor(math.log10((high - low) / most))
    for step in (n * 10.0**e for e in range(exponent, exponent + 3) for n in (1, 2, 2.5, 5)):
        first, last = begin(low / step + slack), end(high / step - slack)
        if last - first < most:
            break
    return step * np.arange(first, last + 1, dtype=np.float64), step


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


# The curves.


class _Points(NamedTuple):
    """All finite points of all lines, one after the other."""

    x: Floats
    y: Floats
    line: Integers  # the index of its line
    linked: NDArray[np.bool_]  # whether it follows the one before it without a gap


def _points(lines: list[Line]) -> _Points:
    sizes = [min(len(line.x), len(line.y)) for line in lines]
    x = np.concatenate([np.empty(0), *(line.x[:n] for line, n in zip(lines, sizes, strict=True))])
    y = np.concatenate([np.empty(0), *(line.y[:n] for line, n in zip(lines, sizes, strict=True))])
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    line = np.repeat(np.arange(len(lines)), sizes)[known]
    linked = (np.diff(known, prepend=-2) == 1) & (np.diff(line, prepend=-1) == 0)
    x, y = (np.clip(v[known], -LARGEST, LARGEST) for v in (x, y))
    x, y = (np.where(abs(v) < SMALLEST, 0.0, v) for v in (x, y))
    return _Points(x, y, line, linked)


def _dots(across: Integers, down: Integers, points: _Points) -> tuple[Integers, Integers, Integers]:
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
    to = np.repeat(np.arange(len(steps)), steps)
    ahead = (np.cumsum(steps)[to] - 1 - np.arange(len(to))) / steps[to]  # the share still to go
    columns = across[to] - np.rint(ahead * over[to]).astype(np.int64)
    return columns, down[to] - np.rint(ahead * under[to]).astype(np.int64), line[to]


# plotext.


def _canvas(layers: list[Layer], width: int, height: int) -> list[Row]:
    """The layers one over the other, as plotext draws them.

    plotext has one figure for the whole process, so it is begun anew each time. It is given our
    colours by number, which come back as codes of its 256 colours and are replaced by ours.
    """
    plt.clear_figure()
    plt.limit_size(False, False)
    plt.plot_size(width, height)
    plt.theme("clear")
    plt.frame(False)
    plt.xfrequency(0)
    plt.yfrequency(0)
    plt.xlim(0, max(width - 1, 1))
    plt.ylim(0, max(height - 1, 1))
    colors = list(dict.fromkeys(color for color, _, _ in layers))
    for color, cells, characters in layers:
        columns, rows = [c % width for c in cells], [height - 1 - c // width for c in cells]
        plt.scatter(columns, rows, marker=characters, color=colors.index(color))
    return [_parsed(line, colors) for line in plt.build().split("\n")[:height]]


def _parsed(line: str, colors: list[str]) -> Row:
    """A line of plotext's text, in pieces of one colour."""
    row = []
    for piece in f"0m{line}".split("\x1b["):
        code, _, text = piece.partition("m")
        if text:
            row.append((text, colors[int(code[5:])] if code.startswith("38;5;") else ""))
    return row
