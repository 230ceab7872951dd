"""Charts of curves, in braille dots or in letters. The only file that knows plotext.

plotext's time grows with every dot (some 8 µs each, more to join two), and all of it holds the
interpreter lock that a training waits for. So the curves are scaled, thinned, joined and gathered
to one character a cell by a few NumPy calls for all of them together; plotext is left the canvas,
on which it places, overlays and colours those characters.
"""

import math
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

import numpy as np
import plotext as plt
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Span, Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_optim.tui.text import fitted, run_name, safe, spread
from tui_optim.tui.widgets.axes import Integers, apart, x_axis, y_axis
from tui_optim.tui.widgets.plot import (
    Line,
    Plot,
    all_points,
    clipped,
    joined_dots,
    last_points,
    visible_range,
)

__all__ = ["Chart", "Line", "Plot", "draw"]

Row = list[tuple[str, str]]  # a line of the picture: pieces of text, each with its "#rrggbb" or ""
Layer = tuple[str, list[int], list[str]]  # a colour; cells, row by row from the top; what is there

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # braille's, by row
LEAST_NAME = 8  # the cells that a name must have at least, where it does not fit
DARK = ("#121212", "#9a9a9a", "#5c5c5c", "#303030")  # background, labels, axes, grid
LIGHT = ("#e8e8e8", "#5f5f5f", "#a0a0a0", "#cacaca")


def draw(plot: Plot, width: int, height: int, *, ascii: bool = False, dark: bool = True) -> Text:  # noqa: A002
    """Exactly `height` lines of `width` cells, of 7-bit characters and Hangul if `ascii`."""
    _set_up()
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

    def on_mount(self) -> None:
        """Others may have used plotext before; while it is on the screen, nobody does."""
        _set_up()

    @property
    def plot(self) -> Plot:
        """What is shown. One that differs from it is drawn at the next refresh."""
        return self._plot

    @plot.setter
    def plot(self, plot: Plot) -> None:
        if plot != self._plot:
            self._plot = plot
            self.refresh(Region(0, 0, *self.content_size))  # not the border

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual asks for these; all of the picture is drawn when some are."""
        self._redraw()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """A line of the picture."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.content_size.width)

    def _redraw(self) -> None:
        (width, height), dark = self.content_size, self.app.current_theme.dark
        wanted = (self._plot, width, height, self.ascii, dark, self.visual_style)
        if wanted != self._drawn:
            self._drawn, self.drawings = wanted, self.drawings + 1
            base = self.visual_style.rich_style
            self._strips = [
                Strip([Segment(text, _style(color, base)) for text, color in _joined(row)], width)
                for row in _Picture(self._plot, width, height, self.ascii, dark).rows()
            ]


def _joined(row: Row) -> Row:
    """The same to the eye in fewer pieces: a blank one has no colour of its own."""
    joined: Row = []
    for text, color in row:
        if joined and text and (color == joined[-1][1] or not text.strip()):
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        elif text:
            joined.append((text, color))
    return joined


# The picture: the canvas with the curves, and what is around it.


class _Picture:
    """One drawing of a plot: the scales, and what there is room for around the curves."""

    def __init__(self, plot: Plot, width: int, height: int, ascii_only: bool, dark: bool) -> None:
        self.plot, self.width, self.height, self.ascii = plot, width, height, ascii_only
        self.background, self.label, self.axis, self.grid = DARK if dark else LIGHT
        self.lines = sorted(plot.lines, key=lambda line: not line.faint)
        self.points = all_points(self.lines)
        self.blank = min(width, height, len(self.points.x)) < 1
        if self.blank:
            return
        # As room gives out, first the y label goes, then the x axis, then the y axis.
        self.head, self.foot = bool(plot.y_label) and height >= 8, height >= 5
        across, down = (1, 1) if ascii_only else (2, 4)
        visible = plot.y_range or visible_range(self.lines, self.points, plot.log_y)
        self.y = y_axis(visible, plot.log_y, height - self.head - 2 * self.foot, down)
        self.points, self.leaving = clipped(self.points, self.y.exceeded(self.points.y))
        margin = max(map(len, self.y.labels.values())) + 1
        self.margin = margin if width >= margin + 12 else 0
        self.ends = {int(self.points.line[i]): i for i in last_points(self.points)}
        room = width // 6
        self.names = {i: self._name(self.lines[i], room) for i in self.ends if self.lines[i].name}
        widest = max(map(cell_len, self.names.values()), default=0)
        fits = 0 < widest <= room or room >= LEAST_NAME
        self.beside = 1 + min(widest, room) if widest and fits and self.margin else 0
        self.x = x_axis(self.points.x, width - self.margin - self.beside, across)

    def rows(self) -> list[Row]:
        """Its lines from the top, each in pieces that are as wide as the picture together."""
        if self.blank:
            said = safe(self.plot.empty, self.ascii)
            said = " " * ((self.width - cell_len(said)) // 2) + said
            lines = [said if i == (self.height - 1) // 2 else "" for i in range(self.height)]
            return [[(set_cell_size(line, self.width), self.label)] for line in lines]
        rows = _canvas(self._layers(), self.x.cells, self.y.cells)
        edge, tick, corner, grid = "|++ " if self.ascii else "│┤└┈"
        names = self._names_by_row()
        for cell, row in enumerate(reversed(rows)):
            label = self.y.labels.get(cell)
            if label is not None:
                row[:] = [(t, c) if c else (t.replace(" ", grid), self.grid) for t, c in row]
            if self.margin:
                said = (label or "").rjust(self.margin - 1)
                row[:0] = [(said, self.label), (edge if label is None else tick, self.axis)]
            row.append(names.get(cell, (" " * self.beside, "")))
        if self.head:
            said = " " * self.margin + safe(self.plot.y_label, self.ascii)
            rows.insert(0, [(set_cell_size(said, self.width), self.label)])
        if self.foot:
            start = [(corner.rjust(self.margin), self.axis)] if self.margin else []
            rule = [*start, *self._rule(), (" " * self.beside, "")]
            rows += [rule, [(self._under(), self.label)]]
        return rows

    def _name(self, line: Line, cells: int) -> str:
        name = run_name(line.name, max(cells, LEAST_NAME) - cell_len(line.sign) - 1)
        return safe(f"{line.sign} {name}".strip(), self.ascii)

    def _names_by_row(self) -> dict[int, tuple[str, str]]:
        """The names beside the curves' ends; of too many for the rows, evenly chosen ones."""
        if not self.beside:
            return {}
        ends = list(self.names)
        cells = self.y.cell(self.points.y[[self.ends[i] for i in ends]]).tolist()
        order = sorted(zip(cells, ends, strict=True))
        kept = [order[k] for k in spread(len(order), self.y.cells)]
        rows = apart([cell for cell, _ in kept], self.y.cells)
        return {
            row: (
                " " + safe(fitted(self.names[i], self.beside - 1), self.ascii),
                self.lines[i].color,
            )
            for row, (_, i) in zip(rows, kept, strict=True)
        }

    def _rule(self) -> Row:
        """The line of the x axis: ticks, marks, and the label at its right end."""
        rule, tick = "-+" if self.ascii else "─┬"
        label = f" {safe(self.plot.x_label, self.ascii)}".rstrip()
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
        """The cursor, then of each line the cells that no later one covers, and its sign."""
        x, y, points, width = self.x, self.y, self.points, self.x.cells
        across, down = x.place(points.x), y.cells * y.dots - 1 - y.place(points.y)
        columns, rows, line = joined_dots(across, down, points)
        broken = np.array([each.broken for each in self.lines])
        whole = ~(broken[line] & (columns // x.dots % 2 > 0))
        columns, rows, line = columns[whole], rows[whole], line[whole]
        cell = rows // y.dots * width + columns // x.dots
        owner = np.full(width * y.cells, -1)
        owner[cell] = line  # of several dots in a cell the last one's, which is the line on top
        seen = owner[cell] == line
        pattern = np.zeros(len(owner), np.int64)
        np.bitwise_or.at(pattern, cell[seen], DOTS[rows[seen] % 4, columns[seen] % 2])
        signs = self._signs(down // y.dots * width + across // x.dots, owner)
        layers, faint = self._cursor(), sum(line.faint for line in self.lines)
        for i, curve in enumerate(self.lines):
            cells = np.flatnonzero(owner == i)
            color = curve.color
            if curve.faint:
                color = _dimmed(color, self.background, 0.6 if curve.broken else 0.4)
            letter = "." if curve.faint else _glyph(curve.marker, chr(97 + (i - faint) % 26), True)
            drawn = [
                signs.get(at) or (letter if self.ascii else chr(0x2800 + dots))
                for at, dots in zip(cells.tolist(), pattern[cells].tolist(), strict=True)
            ]
            layers.append((color, cells.tolist(), drawn))
        return layers

    def _cursor(self) -> list[Layer]:
        x, width = self.plot.cursor, self.x.cells
        if x is None or not math.isfinite(x):
            return []
        column = int(self.x.cell(np.array([x]))[0])
        cells = list(range(column, width * self.y.cells, width))
        return [(self.label, cells, ["|" if self.ascii else "┆"] * len(cells))]

    def _signs(self, cell: Integers, owner: Integers) -> dict[int, str]:
        """What is drawn in the place of dots, by cells, which are the lines' then.

        Arrows where lines leave the range, signs at their ends; crosses win.
        """
        signs = {}
        for point in self.leaving:
            i, at = int(self.points.line[point]), int(cell[point])
            if not self.lines[i].faint:
                owner[at], signs[at] = i, "^" if self.ascii else "↑"
        ends = ((self.lines[i], i, int(cell[end])) for i, end in self.ends.items())
        for line, i, at in sorted(ends, key=lambda end: bool(end[0].end_mark)):
            covered = line.faint and owner[at] >= 0 and not self.lines[owner[at]].faint
            if (line.end_mark or line.sign) and not covered:
                owner[at] = i
                sign = (line.end_mark, "x") if line.end_mark else (line.sign, "o")
                signs[at] = _glyph(*sign, self.ascii)
        return signs


@lru_cache(1024)
def _style(color: str, base: Style | None = None) -> Style:
    return (base or Style()) + Style(color=color or None)


@lru_cache(1024)
def _dimmed(color: str, background: str, share: float) -> str:
    pairs = [(int(color[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def _glyph(text: str, fallback: str, ascii_only: bool) -> str:
    """The first character, if it is fit to stand in a cell."""
    fit = text[:1].isprintable() and cell_len(text[:1]) == 1
    return text[0] if fit and (text[0].isascii() or not ascii_only) else fallback


# plotext.


def _set_up() -> None:
    """Leave of plotext's figure the canvas alone, once: that takes nearly as long as to draw."""
    plt.clear_figure()
    plt.limit_size(False, False)
    plt.theme("clear")
    plt.frame(False)
    plt.xfrequency(0)
    plt.yfrequency(0)


def _canvas(layers: list[Layer], width: int, height: int) -> list[Row]:
    """The layers one over the other, as plotext draws them.

    plotext has one figure for the whole process, which is emptied each time. It is given our
    colours by number, which come back as codes of its 256 colours and are replaced by ours.
    """
    plt.clear_data()
    plt.plot_size(width, height)
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
