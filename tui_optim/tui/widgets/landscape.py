"""View 4: optimizers on their way down a surface, over a contour picture of it."""

import time
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

import numpy as np
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_optim.tui.landscape import Landscape, Place
from tui_optim.tui.text import joined, short
from tui_optim.tui.view import LEAST as LEAST_HEIGHT
from tui_optim.tui.widgets.chart import Chart
from tui_optim.tui.widgets.contours import (
    BANDS,
    LEVELS,
    MINIMUM,
    START,
    Cells,
    Frame,
    bands,
    overlay,
    ramp,
)
from tui_optim.tui.widgets.pane import Pane, Shown, Titled
from tui_optim.tui.widgets.plot import Line, Plot

Row = list[tuple[str, str, str]]  # of each cell a character, its colour and that behind it

MARGIN, FOOT = 6, 1
"""The cells for the labels beside the picture and under it."""
LEAST = (30, 8)
"""A smaller picture does without labels."""
LONGEST = 0.5
"""Seconds that pass between two pictures at most: what was not seen does not count."""
SIGN, NAME, RATE, HEIGHT, DISTANCE = 4, 9, 9, 9, 9
"""The cells of each column of the table, with the space before it."""
TABLE, GAP = SIGN + NAME + RATE + HEIGHT + DISTANCE, 4
HINTS = (
    ("t", "next surface"),
    ("o", "which optimizers"),
    ("[ ] { }", "learning rates (wheel)"),
    ("⇧ arrows", "start (or a click)"),
)


class Picture(Titled, Widget, can_focus=True):
    """The surface and the paths; a click puts the start there."""

    class Clicked(Message):
        """A point of the surface was clicked."""

        def __init__(self, x: float, y: float) -> None:
            super().__init__()
            self.x, self.y = x, y

    def __init__(self) -> None:
        super().__init__(id="picture", classes="pane")
        self._frame: Frame | None = None
        self._drawn: object = None
        self._ground: list[Row] = []
        self._over: Cells = {}
        self._left: dict[int, str] = {}
        self._foot = ""

    def show(self, shown: Shown, state: Landscape) -> None:
        """Draw what has changed."""
        width, height = self.content_size
        if not self.display or width * height == 0:
            return
        ground, ascii_only = state.ground, shown.view.ascii
        self.entitle(shown, f"Landscape – {ground.name}: {ground.formula}", course(state))
        dark = self.app.current_theme.dark
        labelled = width >= LEAST[0] and height >= LEAST[1]
        room = (width - MARGIN, height - FOOT) if labelled else (width, height)
        frame = Frame(ground, *room, ascii_only)
        over = overlay(state, frame, dark=dark, colored=not self.app.no_color)
        colors = [] if ascii_only else self._ramp(dark=dark)
        wanted = (frame, dark, colors)
        if wanted != self._drawn:
            self._drawn, self._frame, self._over = wanted, frame, over
            self._ground = _colors(frame, colors) if colors else _characters(frame)
            self._foot, self._left = _labels(frame) if labelled else ("", {})
            self.refresh(Region(0, 0, width, height))
        elif changed := {row for (row, _), _ in self._over.items() ^ over.items()}:
            self._over = over
            self.refresh(*(Region(0, row, width, 1) for row in changed))

    def _ramp(self, *, dark: bool) -> list[str]:
        """The bands' colours, as many as the terminal has; none where it has too few."""
        known = self.app.console.color_system
        if known in ("standard", "windows") or self.app.native_ansi_color:
            return []
        return ramp(dark=dark, greys=known == "256")

    def render_line(self, y: int) -> Strip:
        """A line of it: the bands, what lies over them, and the labels."""
        width, base = self.content_size.width, self.visual_style.rich_style
        muted = base + Style(dim=True)
        if y >= len(self._ground):
            return Strip([Segment(self._foot, muted)]).adjust_cell_length(width, base)
        cells = list(self._ground[y])
        for column, (_, _, behind) in enumerate(cells):
            if over := self._over.get((y, column)):
                cells[column] = (*over, behind)
        segments = [Segment(self._left.get(y, "").rjust(MARGIN - 1) + " ", muted)]
        for colors, same in groupby(cells, key=itemgetter(1, 2)):
            text = "".join(character for character, _, _ in same)
            segments.append(Segment(text, base + _style(*colors) if any(colors) else muted))
        return Strip(segments if self._foot else segments[1:])

    def on_click(self, event: events.Click) -> None:
        """Tell which point it was."""
        at = event.get_content_offset_capture(self)
        column = at.x - (MARGIN if self._foot else 0)
        frame = self._frame
        if frame is not None and 0 <= column < frame.width and 0 <= at.y < frame.height:
            self.post_message(self.Clicked(*frame.point(column, at.y)))


class PathsPane(Pane):
    """A table of the optimizers on the surface; a click selects, the wheel changes the rate."""

    class Selected(Message):
        """An optimizer was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Scaled(Selected):
        """The wheel was turned over an optimizer."""

        def __init__(self, index: int, factor: float) -> None:
            super().__init__(index)
            self.factor = factor

    def __init__(self) -> None:
        super().__init__("Paths", "paths")
        self.state: Landscape | None = None

    def wanted(self, shown: Shown) -> int:
        """All there is to say."""
        return len(self.draw(shown, self.content_size.width, 99))

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """A line each, then where they began and what keys do, as far as there is room."""
        state = self.state
        if state is None:
            return []
        head = f"{'':{SIGN}}{'optimizer':<{NAME}}{'rate':>{RATE}}"
        head += f"{'f':>{HEIGHT}}" + f"{'distance':>{DISTANCE}}" * (width >= TABLE)
        lines = [Text(head[:width], "dim", no_wrap=True)]
        for index, place in enumerate(state.places):
            line = self._line(state, index, place, width, ascii_only=shown.view.ascii)
            line.truncate(width)
            lines.append(line)
        legend = [_legend(state, width), Text(), *_hints()]
        if width < TABLE + GAP + max(line.cell_len for line in legend):
            return [*lines, Text(), *legend][:height]
        lines += (Text() for _ in legend[len(lines) :])
        for line, beside in zip(lines, legend, strict=False):
            line.pad_right(TABLE + GAP - line.cell_len)
            line.append_text(beside)
        return lines[:height]

    def _line(
        self, state: Landscape, index: int, place: Place, width: int, *, ascii_only: bool
    ) -> Text:
        chosen = index == state.selected
        line = Text("▸ " if chosen else "  ", no_wrap=True)
        line.append(
            f"{state.sign(index, ascii_only=ascii_only)} ", state.color(index, dark=self.dark)
        )
        line.append(f"{place.name:<{NAME}}", "bold" if chosen else "")
        line.append(f"{place.lr:>{RATE}.3g}")
        if place.diverged is None:
            line.append(f"{short(place.height):>{HEIGHT}}")
            line.append(f"{short(place.distance):>{DISTANCE}}" * (width >= TABLE))
        else:
            room = min(width, TABLE) - line.cell_len
            said = joined(["  ✗ diverged", f"at {place.diverged}"], " ", room)
            line.append(said.rjust(room), "bold red")
        if index in state.hidden:
            line.stylize("dim strike", SIGN)
        return line

    def on_click(self, event: events.Click) -> None:
        """Select the optimizer that was clicked."""
        if (index := self._under(event)) is not None:
            self.post_message(self.Selected(index))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Double its learning rate."""
        self._scale(event, 2)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Halve it."""
        self._scale(event, 0.5)

    def _scale(self, event: events.MouseEvent, factor: float) -> None:
        if (index := self._under(event)) is not None:
            event.stop()
            self.post_message(self.Scaled(index, factor))

    def _under(self, event: events.MouseEvent) -> int | None:
        """The optimizer under the mouse."""
        index = event.get_content_offset_capture(self).y - 1
        return index if self.state is not None and 0 <= index < len(self.state.specs) else None


class HeightsChart(Titled, Chart, can_focus=True):
    """The height above the lowest minimum by steps, a curve an optimizer."""

    def __init__(self) -> None:
        super().__init__(id="heights", classes="pane")

    def show(self, shown: Shown, state: Landscape) -> None:
        """Draw the curves as far as the paths have come."""
        if not self.display:
            return
        dark, ascii_only = self.app.current_theme.dark, shown.view.ascii
        lowest = min(float(state.ground.value(*np.array(point))) for point in state.ground.minima)
        steps = np.arange(state.step + 1, dtype=np.float64)
        lines = []
        for index, values in enumerate(state.paths.values):
            if index not in state.hidden:
                y = np.maximum(values[: len(steps)] - lowest, LEAST_HEIGHT)
                color, sign = (
                    state.color(index, dark=dark),
                    state.sign(index, ascii_only=ascii_only),
                )
                end = "✗" if np.isnan(y[-1]) else ""
                lines.append(Line(steps, y, color, sign=sign, end_mark=end, marker=sign))
        self.entitle(shown, "f above its minimum · log y")
        self.ascii = ascii_only
        self.plot = Plot(tuple(lines), True, "steps")


class LandscapeView(Horizontal):
    """View 4.

    Attributes:
        state: what it shows.
    """

    def __init__(self) -> None:
        super().__init__(id="landscape")
        self.state = Landscape.on("bowl")
        self._shown: Shown | None = None
        self._at = 0.0

    def compose(self) -> ComposeResult:
        """The picture, and beside or under it the table, and how low each has come."""
        yield Picture()
        with Vertical(id="race"):
            yield PathsPane()
            yield HeightsChart()

    def show(self, shown: Shown) -> None:
        """Draw it, later by the time since it was drawn last."""
        now = time.monotonic()
        self.state = self.state.after(min(now - (self._at or now), LONGEST))
        self._at, self._shown = now, shown
        paths = self.query_one(PathsPane)
        paths.state = self.state
        paths.show(shown)
        self.query_one(Picture).show(shown, self.state)
        self.query_one(HeightsChart).show(shown, self.state)

    def become(self, state: Landscape) -> None:
        """Show something else, at once."""
        self.state = state
        if self._shown is not None:
            self.show(self._shown)

    def on_picture_clicked(self, message: Picture.Clicked) -> None:
        """Begin there."""
        self.become(self.state.begin_at(message.x, message.y))

    def on_paths_pane_selected(self, message: PathsPane.Selected) -> None:
        """Keys act on that one."""
        self.become(self.state.select(message.index - self.state.selected))

    def on_paths_pane_scaled(self, message: PathsPane.Scaled) -> None:
        """Its learning rate, and it is selected."""
        selected = self.state.select(message.index - self.state.selected)
        self.become(selected.scale(message.factor))


def _legend(state: Landscape, width: int) -> Text:
    x, y = state.begin
    parts = [f"{START} start at ({x:.4g}, {y:.4g})", f"{MINIMUM} minimum"]
    return Text(joined(parts, "   ", width), "dim", no_wrap=True)


def _hints() -> list[Text]:
    longest = max(len(keys) for keys, _ in HINTS)
    return [
        Text.assemble((keys.ljust(longest), "bold"), f"  {what}", style="dim", no_wrap=True)
        for keys, what in HINTS
    ]


def course(state: Landscape) -> str:
    """How far it is, and how fast."""
    parts = [f"step {state.step}/{state.steps}", f"{state.pace:g} a second"]
    return joined(["‖ paused"] * state.paused + parts, " · ", 60)


def _characters(frame: Frame) -> list[Row]:
    """The bands as characters, for a terminal of few colours."""
    characters = [LEVELS[band * len(LEVELS) // BANDS] for band in range(BANDS)]
    each = bands(frame.surface, frame.width, frame.height).tolist()
    return [[(characters[band], "", "") for band in row] for row in each]


def _colors(frame: Frame, colors: list[str]) -> list[Row]:
    """The bands as colours, two a cell, one over the other."""
    each = bands(frame.surface, frame.width, 2 * frame.height).tolist()
    return [
        [
            (" " if upper == lower else "▀", colors[upper], colors[lower])
            for upper, lower in zip(*pair, strict=True)
        ]
        for pair in zip(each[::2], each[1::2], strict=True)
    ]


def _labels(frame: Frame) -> tuple[str, dict[int, str]]:
    """The line under the picture, and what stands beside its rows."""
    under, left = frame.labels()
    line = ""
    for column, label in under.items():
        at = min(MARGIN + column - (len(label) - 1) // 2, MARGIN + frame.width - len(label))
        if at >= len(line) + bool(line):
            line = line.ljust(at) + label
    return line, left


@lru_cache(4096)
def _style(color: str, behind: str) -> Style:
    return Style(color=color or None, bgcolor=behind or None)
