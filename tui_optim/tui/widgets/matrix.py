"""View 3: all runs × all layers, a small histogram or a shaded number each."""

import math
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.text import Text

from tui_optim.events import Layers, LayerStatistics
from tui_optim.training.findings import open_findings
from tui_optim.tui.text import (
    NOTHING,
    bins,
    brief,
    columns,
    fitted,
    joined,
    run_name,
    short,
    spread,
)
from tui_optim.tui.view import STATISTIC_LABELS, STATISTICS, heat
from tui_optim.tui.widgets.findings import MARK, MARK_STYLE
from tui_optim.tui.widgets.pane import Pane, Shown
from tui_optim.tui.widgets.runs import window

SHARES = ("saturated", "dead")
HISTOGRAM, SHADE = 6, 1
"""The least cells of a layer."""
MOST_HISTOGRAM, MOST_SHADE = 14, 4
"""The most lines of a run, with the empty one between runs."""
LEAST_NAME, SCALE_CELLS = 12, 24


class MatrixPane(Pane):
    """A block of lines a run, a column a layer."""

    def __init__(self) -> None:
        super().__init__("All runs, all layers", "matrix")

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """The blocks; of too many runs those around the selected one."""
        history, statistic = shown.training.history, shown.view.statistic
        after = STATISTICS[(STATISTICS.index(statistic) + 1) % len(STATISTICS)]
        title = f"All runs, all layers – {STATISTIC_LABELS[statistic]}"
        self.entitle(shown, title, f"t: {STATISTIC_LABELS[after]}")
        probes = {run: history.layers[run] for run in history.runs if run in history.layers}
        probes = {run: probe for run, probe in probes.items() if probe.layers}
        if not probes:
            return [Text(shown.waiting, "dim")]
        scale = None if statistic == "histogram" else _Scale(statistic, probes)
        room = max(1, height - 1 - 2 * (scale is not None))
        grid = _Grid(shown, probes, width, room, scale)
        lines = [grid.head()]
        for run in grid.runs:
            lines += grid.block(run, shown.view.color(history, run, dark=self.dark))
        if scale is not None:
            lines += [Text(), scale.legend(grid.names, width)]
        return lines[:height]


class _Scale:
    """From the values of a statistic to shades: shares as they are, all else by its logarithm."""

    def __init__(self, statistic: str, probes: Mapping[str, Layers]) -> None:
        self.shares, self.statistic = statistic in SHARES, statistic
        values = (getattr(layer, statistic) for probe in probes.values() for layer in probe.layers)
        positive = [value for value in values if value and value > 0]
        self.low, self.high = min(positive, default=1.0), max(positive, default=1.0)
        if self.shares:
            self.low, self.high = 0.0, 1.0

    def shade(self, value: float) -> float:
        """From 0 to 1."""
        if self.shares or value <= 0:
            return min(max(value, 0.0), 1.0)
        decades = math.log10(self.high / self.low)
        return math.log10(value / self.low) / decades if decades else 0.5

    def said(self, value: float, cells: int) -> str:
        """A value, if there is room."""
        percent = 100 * value
        forms = (
            (f"{percent:.0f} %", f"{percent:.0f}") if self.shares else (short(value), brief(value))
        )
        return next((form for form in forms if len(form) <= cells), "")

    def legend(self, indent: int, width: int) -> Text:
        """The shades between the least and the greatest value."""
        line = Text(" " * indent + f"{self.said(self.low, 9)} ", no_wrap=True)
        cells = max(2, min(SCALE_CELLS, width - indent - 28))
        for i in range(cells):
            line.append(" ", f"on {heat(i / (cells - 1))[0]}")
        line.append(f" {self.said(self.high, 9)}")
        return line.append("" if self.shares else "  log scale", "dim")


class _Grid:
    """What there is room for: which runs and layers, in how many cells and lines each."""

    def __init__(
        self,
        shown: Shown,
        probes: Mapping[str, Layers],
        width: int,
        height: int,
        scale: _Scale | None,
    ) -> None:
        self.history, self.view, self.scale = shown.training.history, shown.view, scale
        self.probes, self.width = probes, width
        runs = self.history.runs
        self.names = min(max(LEAST_NAME, *map(cell_len, runs)) + 3, width // 3)
        room = width - self.names
        self.layers = max((probe.layers for probe in probes.values()), key=len)
        most = max(1, room // (SHADE if scale else HISTOGRAM))
        self.chosen = spread(len(self.layers), most)
        self.cells = room // len(self.chosen)
        self.gap = int(self.cells > 3)  # between layers, within their cells
        self.selected = self.view.run(self.history)
        self.runs = window(runs, self.selected, height)
        most = MOST_SHADE if scale else MOST_HISTOGRAM
        lines = min(most, (height + 1) // len(self.runs))  # none is empty after the last
        self.rows, self.blank = max(1, lines - 1), lines > 1

    def _title(self, layer: int) -> str:
        """A layer's number, and its name where it is the same in all runs."""
        names = {p.layers[layer].name for p in self.probes.values() if layer < len(p.layers)}
        number = str(self.layers[layer].index)
        return f"{number} {names.pop()}" if len(names) == 1 else number

    def head(self) -> Text:
        """The layers, as far as their names do not run into one another."""
        inner = self.cells - self.gap
        full = {i: self._title(i) for i in self.chosen}
        fits = max(map(len, full.values())) <= inner
        head = ""
        for place, i in enumerate(self.chosen):
            name = full[i] if fits else str(self.layers[i].index)
            at = self.names + place * self.cells
            at += (inner - len(name)) // 2 if self.scale and len(name) < inner else 0
            if at > len(head):
                head = head.ljust(at) + name
        return Text(head[: self.width], "dim", no_wrap=True)

    def block(self, run: str, style: str) -> Iterator[Text]:
        """A run: its name and what is to be known of it, then its layers."""
        said = self._said(run)
        probe = self.probes.get(run)
        pictures = [self._cell(layer, style) for layer in self._layers(probe)]
        found = (each for each in open_findings(self.history.findings) if each.run == run)
        marked = {each.layer for each in found}
        marks = [layer.index in marked for layer in self._layers(probe)]
        for row in range(self.rows):
            name = fitted(said[row] if row < len(said) else "", self.names - 1)
            line = Text(no_wrap=True).append(name[:2], "dim" if row else style)
            line.append(name[2:], "dim" if row else "bold" if run == self.selected else "")
            for place, picture in enumerate(pictures):
                gap = 1 if place == 0 else self.gap
                line.append(MARK if marks[place] and gap and not row else " " * gap, MARK_STYLE)
                line.append(*picture[row])
            yield line
        if self.blank:
            yield Text()

    def _said(self, run: str) -> list[str]:
        probe, diverged = self.probes.get(run), self.history.diverged.get(run)
        sign = self.view.sign(self.history, run)
        sign = sign if diverged is None or self.rows > 1 else "✗"
        said = [f"{sign} {run_name(run, self.names - 3)}"]
        if diverged is not None:
            said.append(joined(["✗ diverged", f"at {diverged}"], " ", self.names - 1))
        if probe is None:
            said.append("no probe yet")
        elif self.scale is None and (histogram := probe.layers[0].histogram) is not None:
            said.append(f"{histogram.low:.3g} … {histogram.high:.3g}")
        return said

    def _layers(self, probe: Layers | None) -> list[LayerStatistics]:
        return [probe.layers[i] for i in self.chosen if i < len(probe.layers)] if probe else []

    def _cell(self, layer: LayerStatistics, style: str) -> list[tuple[str, str]]:
        """The lines of a run's layer, each with its style."""
        cells = self.cells - self.gap
        if self.scale is None:
            return [(line, style) for line in columns(bins(layer.histogram, cells), self.rows)]
        value = getattr(layer, self.view.statistic)
        if value is None:
            said, style = NOTHING, "dim"
        else:
            background, text = heat(self.scale.shade(value))
            said, style = self.scale.said(value, cells), f"{text} on {background}"
        middle = (self.rows - 1) // 2
        return [((said if row == middle else "").center(cells), style) for row in range(self.rows)]
