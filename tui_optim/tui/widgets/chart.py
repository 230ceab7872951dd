"""Charts of curves, in braille dots or in plain letters. The only file that knows plotext.

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

LARGEST, SMALLEST = 1e300, 1e-300  # differences beyond overflow, or vanish
SHOWN = 0.985  # the share of the values that a y range is made for
GUTTER = 7  # the cells of the longest label
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # braille's, by row


class _Look(NamedTuple):
    background: str
    label: str
    axis: str
    grid: str


DARK = _Look("#121212", "#9a9a9a", "#5c5c5c", "#303030")
LIGHT = _Look("#e8e8e8", "#5f5f5f", "#a0a0a0", "#cacaca")


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
    for row in _rows(plot, width, height, ascii, dark):
        for text, color in row:
            parts.append(text)
            spans.append(Span(at, at := at + len(text), _style(color)))
        parts.append("\n")
        at += 1
    return Text("".join(parts[:-1]), spans=spans, no_wrap=True, end="")


class Chart(Widget, can_focus=True):
    """Shows a plot, as large as itself.

    Attributes:
        ascii: whether the next drawing is of 7-bit characters only.
        drawings: how many there have been: one for each new plot, size or theme that was seen.
    """

    DEFAULT_CSS = "Chart { width: 1fr; height: 1fr; }"

    def __init__(
        self,
        plot: Plot | None = None,
        *,
        ascii: bool = False,  # noqa: A002
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.ascii = ascii
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
        width, height = self.content_size
        dark = self.app.current_theme.dark
        wanted = (self._plot, width, height, self.ascii, dark, self.visual_style)
        if wanted != self._drawn:
            self._drawn, self.drawings = wanted, self.drawings + 1
            base = self.visual_style.rich_style
            self._strips = [
                Strip([Segment(text, base + _style(color)) for text, color in row], width)
                for row in _rows(self._plot, width, height, self.ascii, dark)
            ]
        return self._strips[y] if y < len(self._strips) else Strip.blank(width)


# What is around the curves.


class _Axis(NamedTuple):
    """A stretch of numbers (of their logarithms, if `log`) over cells of so many dots each."""

    low: float
    high: float
    cells: int
    dots: int
    log: bool = False

    def place(self, values: Floats) -> Integers:
        """The dot that each value falls on; of what lies outside, the one at that edge."""
        scaled = np.log10(np.maximum(values, SMALLEST)) if self.log else values
        share = (np.clip(scaled, self.low, self.high) - self.low) / (self.high - self.low)
        return np.rint(share * (self.cells * self.dots - 1)).astype(np.int64)

    def cell(self, values: Floats, labels: Iterable[str]) -> dict[int, str]:
        """The labels of some values by their cells."""
        return dict(zip((self.place(values) // self.dots).tolist(), labels, strict=True))


class _Frame(NamedTuple):
    """The scales of the canvas and what there is room for around it."""

    x: _Axis
    y: _Axis
    x_labels: dict[int, str]
    y_labels: dict[int, str]
    margin: int  # cells left of the canvas: none, or those of the labels and the y axis
    head: bool  # a line for the y label
    foot: bool  # two lines for the x axis


def _rows(plot: Plot, width: int, height: int, ascii_only: bool, dark: bool) -> list[Row]:
    """The lines of the picture from the top, each in pieces that are `width` cells together."""
    look = DARK if dark else LIGHT
    lines = sorted(plot.lines, key=lambda line: not line.faint)
    points = _points(lines)
    if width < 1 or height < 1 or not len(points.x):
        said = _clean(plot.empty, ascii_only)
        said = set_cell_size(said, min(cell_len(said), width))
        said = set_cell_size(" " * ((width - cell_len(said)) // 2) + said, width)
        return [
            [(said if i == (height - 1) // 2 else " " * width, look.label)] for i in range(height)
        ]
    head, foot = bool(plot.y_label) and height >= 8, height >= 5
    across, down = (1, 1) if ascii_only else (2, 4)
    y, y_labels = _y_axis(lines, points, plot.log_y, height - head - 2 * foot, down)
    margin = max(map(len, y_labels.values())) + 1
    margin = margin if width >= margin + 12 else 0
    x, x_labels = _x_axis(points.x, width - margin, across)
    frame = _Frame(x, y, x_labels, y_labels, margin, head, foot)
    rows = _canvas(_layers(lines, points, frame, ascii_only, look), x.cells, y.cells)
    return _framed(rows, frame, plot, ascii_only, look)


def _framed(rows: list[Row], frame: _Frame, plot: Plot, ascii_only: bool, look: _Look) -> list[Row]:
    """The rows of the canvas with a grid behind them, the axes and all labels around them."""
    edge, tick, corner, grid = "|++ " if ascii_only else "│┤└┈"
    margin, width = frame.margin, frame.margin + frame.x.cells
    for cell, row in enumerate(reversed(rows)):
        label = frame.y_labels.get(cell)
        if label is not None:
            row[:] = [(t, c) if c else (t.replace(" ", grid), look.grid) for t, c in row]
        if margin:
            said = (label or "").rjust(margin - 1)
            row[:0] = [(said, look.label), (edge if label is None else tick, look.axis)]
    if frame.head:
        said = set_cell_size(" " * margin + _clean(plot.y_label, ascii_only), width)
        rows.insert(0, [(said, look.label)])
    if frame.foot:
        start = [(corner.rjust(margin), look.axis)] if margin else []
        rows += [start + _rule(frame, plot, ascii_only, look), [(_under(frame, width), look.label)]]
    return rows


def _rule(frame: _Frame, plot: Plot, ascii_only: bool, look: _Look) -> Row:
    """The line of the x axis: ticks, marks, and the label at its right end."""
    rule, tick = "-+" if ascii_only else "─┬"
    label = " " + _clean(plot.x_label, ascii_only)
    if label == " " or cell_len(label) > frame.x.cells // 2:
        label = ""
    length = frame.x.cells - cell_len(label)
    row = [(tick if cell in frame.x_labels else rule, look.axis) for cell in range(length)]
    for x, character, color in plot.marks:
        if math.isfinite(x):
            (cell,) = frame.x.cell(np.array([x]), [""])
            row[min(cell, length - 1)] = (_glyph(character, "^", ascii_only), color)
    pieces = ((list(same), color) for color, same in groupby(row, itemgetter(1)))
    return [*(("".join(t for t, _ in same), color) for same, color in pieces), (label, look.label)]


def _under(frame: _Frame, width: int) -> str:
    """The line under the x axis: labels centred under their ticks, as far as there is room."""
    text = ""
    for cell, label in frame.x_labels.items():
        at = min(frame.margin + cell - (len(label) - 1) // 2, width - len(label))
        if at >= len(text) + 2 * bool(text):
            text = text.ljust(at) + label
    return text.ljust(width)


@lru_cache(1024)
def _style(color: str) -> Style:
    return Style(color=color or None)


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


def _x_axis(x: Floats, cells: int, dots: int) -> tuple[_Axis, dict[int, str]]:
    """From the first point to the last; from 0, where that is near."""
    low, high = float(x.min()), float(x.max())
    low, high = _widened(0.0 if 0 < low <= 0.05 * high or 0 < low == high else low, high)
    ticks, step = _multiples(low, high, max(3, min(6, cells // 10)), inside=True)
    axis = _Axis(low, high, cells, dots)
    return axis, axis.cell(ticks, [_label(tick, step, max(-low, high)) for tick in ticks])


def _y_axis(
    lines: list[Line], points: "_Points", log: bool, cells: int, dots: int
) -> tuple[_Axis, dict[int, str]]:
    """The range that most values need, with a nice number at either end."""
    low, high = _visible(lines, points, log)
    most = max(3, min(6, cells // 2))
    if log and high > 2 * low:
        ticks, ends = _decades(low, high, max(3, cells // 2))
        labels = [_label(tick, tick, tick) for tick in ticks]
    else:
        ticks, step = _multiples(*_widened(low, high), most)
        ends = ticks[[0, -1]]
        labels = [_label(tick, step, max(abs(ticks))) for tick in ticks]
    low, high = np.log10(ends) if log else ends
    axis = _Axis(float(low), float(high), cells, dots, log)
    return axis, axis.cell(ticks, labels)


def _visible(lines: list[Line], points: "_Points", log: bool) -> tuple[float, float]:
    """The range of y that is worth seeing: no spike and no diverging run may flatten the rest.

    It is made for most values. The last of each line that goes on is followed beyond them, as long
    as that leaves half the height to the others.
    """
    solid = [i for i, line in enumerate(lines) if not line.faint] or range(len(lines))
    each = [y[y > 0] if log else y for y in (points.y[points.line == i] for i in solid)]
    each = [y for y in each if len(y)]
    if not each:
        return (0.1, 1.0) if log else (0.0, 1.0)
    # A run that stays far above its own beginning and above where the others ever were has
    # diverged, if not to infinity; when it has been there for long, no quantile leaves it out.
    far = 1e4 if log else 1e2
    common = sorted(float(abs(y).max()) for y in each)[(len(each) - 1) // 4]
    values = np.concatenate([y[abs(y) <= far * max(common, abs(y[0]))] for y in each])
    goes_on = [lines[i].y[-1] for i in solid if len(lines[i].y)]
    last = np.clip([y for y in goes_on if math.isfinite(y)], SMALLEST if log else -LARGEST, LARGEST)
    if log:
        values, last = np.log10(values), np.log10(last)
    low, high = float(values.min()), float(values.max())
    if (n := len(values)) >= 20:
        top = int(SHOWN * (n - 1))
        bottom = n - 1 - top if log else 0
        low, high = (float(v) for v in np.partition(values, (bottom, top))[[bottom, top]])
        near = last[abs(last - (low + high) / 2) <= 1.5 * (high - low or math.inf)]
        low, high = min(low, *near), max(high, *near)
    return (10.0**low, 10.0**high) if log else (low, high)


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range wide enough for short labels to differ in it."""
    scale = max(abs(low), abs(high))
    if scale == 0:
        return 0.0, 1.0
    middle, half = low + (high - low) / 2, max((high - low) / 2, 0.01 * scale)
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
    return step * np.arange(first, last + 1), step


def _decades(low: float, high: float, most: int) -> tuple[Floats, Floats]:
    """Ticks, which are 1, 2 and 5 times powers of ten or only these, and the ends of the axis."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = np.array([n * 10.0**e for e in exponents for n in (1, 2, 5)])
    first = max(int(np.searchsorted(every, low * (1 + 1e-9))) - 1, 0)
    last = int(np.searchsorted(every, high * (1 - 1e-9)))
    ends = every[[first, last]]
    if last - first < most:
        return every[first : last + 1], ends
    powers = every[first + -first % 3 : last + 1 : 3]
    powers = powers[:: -(-len(powers) // most)]
    return powers if len(powers) > 1 else ends, ends


def _label(value: float, step: float, size: float) -> str:
    """A tick, with the digits that tell it from its neighbours where the largest is `size`."""
    if value == 0:
        return "0"
    if 2e-3 <= size < 1e9:
        unit, sign = next((u, s) for u, s in ((1e6, "M"), (1e3, "k"), (0, "")) if abs(value) >= u)
        unit = unit or 1.0
        digits = len(f"{step / unit:.9f}".rstrip("0").partition(".")[2])
        text = f"{value / unit:.{digits}f}"
        text = f"{float(text):g}k" if sign == "k" else f"{float(text):g}M" if sign else text
        if len(text) <= GUTTER:
            return text
    for digits in (2, 1, 0):
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
        if len(text) <= GUTTER:
            break
    return text


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
    if not len(first):
        return across, down, points.line
    last = np.append(first[1:], len(across)) - 1
    least, most = np.minimum.reduceat(down, first), np.maximum.reduceat(down, first)
    falls = down[first] <= down[last]
    down = np.column_stack([np.where(falls, least, most), np.where(falls, most, least)]).ravel()
    across, line = np.repeat(across[first], 2), np.repeat(points.line[first], 2)
    linked = np.column_stack([points.linked[first], np.full(len(first), True)]).ravel()
    over, under = np.diff(across, prepend=0), np.diff(down, prepend=0)
    steps = np.where(linked, np.maximum(np.maximum(abs(over), abs(under)), 1), 1)
    to = np.repeat(np.arange(len(steps)), steps)
    share = (np.cumsum(steps)[to] - 1 - np.arange(len(to))) / steps[to]  # of the way still to go
    columns = across[to] - np.rint(share * over[to]).astype(np.int64)
    return columns, down[to] - np.rint(share * under[to]).astype(np.int64), line[to]


def _layers(
    lines: list[Line], points: _Points, frame: _Frame, ascii_only: bool, look: _Look
) -> list[Layer]:
    """Of each line the cells that no later one covers; then the end marks."""
    x, y, width = frame.x, frame.y, frame.x.cells
    across, down = x.place(points.x), y.cells * y.dots - 1 - y.place(points.y)
    columns, rows, line = _dots(across, down, points)
    cell = rows // y.dots * width + columns // x.dots
    owner = np.full(width * y.cells, -1)
    owner[cell] = line  # of several dots in a cell the last one's, which is the line on top
    seen = owner[cell] == line
    pattern = np.zeros(len(owner), np.int64)
    if not ascii_only:
        np.bitwise_or.at(pattern, cell[seen], DOTS[rows[seen] % 4, columns[seen] % 2])
    layers, faint = [], sum(line.faint for line in lines)
    for i, curve in enumerate(lines):
        cells = np.flatnonzero(owner == i)
        color = _dimmed(curve.color, look.background) if curve.faint else curve.color
        letter = "." if curve.faint else _glyph(curve.marker, chr(97 + (i - faint) % 26), True)
        braille = [chr(0x2800 + dots) for dots in pattern[cells].tolist()]
        layers.append((color, cells.tolist(), [letter] * len(cells) if ascii_only else braille))
    for i, curve in enumerate(lines):
        if curve.end_mark and len(own := np.flatnonzero(points.line == i)):
            at = int(down[own[-1]] // y.dots * width + across[own[-1]] // x.dots)
            layers.append((curve.color, [at], [_glyph(curve.end_mark, "x", ascii_only)]))
    return layers


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
    for piece in ("0m" + line).split("\x1b["):
        code, _, text = piece.partition("m")
        if text:
            row.append((text, colors[int(code[5:])] if code.startswith("38;5;") else ""))
    return row
