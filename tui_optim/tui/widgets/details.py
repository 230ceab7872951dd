"""View 2, the layers of the selected run, large: histograms, and the course of what matters."""

import numpy as np
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_optim.events import LayerStatistics
from tui_optim.tui.text import bins, columns, joined, run_name, share, short, sparkline, spread
from tui_optim.tui.view import AXIS_LABELS, layer_colors
from tui_optim.tui.widgets.chart import Chart
from tui_optim.tui.widgets.pane import Pane, Shown, Titled
from tui_optim.tui.widgets.plot import Line, Plot

TITLES = {
    "std": "std – the spread of the outputs",
    "delta_rms": "δ rms – the error that arrives",
    "gradient_norm": "‖∇W‖ – the weights' gradient",
    "update_ratio": "‖ΔW‖/‖W‖ – a step, by the weights",
    "step_size": "‖ΔW‖/‖∇W‖ – a step, by its gradient",
}
STD, ROOMY = 9, 36
"""The cells of a number beside a histogram, and the width of the pane that has room for it."""
MOST_ROWS = 12
MOST_CURVES = 16
"""More in one chart cannot be told apart."""


class HistogramsPane(Pane):
    """A histogram of each layer's outputs; the hidden layers share one axis."""

    def __init__(self) -> None:
        super().__init__("Outputs", "histograms")

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """A few lines a layer, as there is room; of too many layers, evenly chosen ones."""
        history = shown.training.history
        run = shown.view.run(history)
        probe = history.layers.get(run)
        if probe is None or not probe.layers:
            self.entitle(shown, "Outputs")
            return [Text(shown.waiting, "dim")]
        chosen = spread(len(probe.layers), max(height - 1, 1))
        missing = len(probe.layers) - len(chosen)
        note = f"{len(chosen)} of {len(probe.layers)} layers" if missing else ""
        if run in history.diverged:
            note = f"✗ diverged at {history.diverged[run]}, probed at {probe.iteration}"
        before, after = "Outputs of ", ", layer by layer"
        name = run_name(run, width - len(before + after))
        self.entitle(shown, f"{before}{name}{after}", note)
        colors = layer_colors(len(probe.layers), dark=self.dark)
        layers = [(probe.layers[i], colors[i]) for i in chosen]
        each = (height - 2) // len(layers)
        if each < 2:
            return [_head(width), *(_in_a_line(*layer, width) for layer in layers)]
        lines = []
        for layer, style in layers:
            lines += _in_lines(layer, style, width, min(each - 1, MOST_ROWS))
            if layer.histogram is not None and layer in probe.layers[-2:]:
                low, high = short(layer.histogram.low), short(layer.histogram.high)
                lines.append(Text(low + high.rjust(width - len(low)), "dim"))
        return lines[:height]


def _head(width: int) -> Text:
    head = "   " + "layer".ljust(11) + "outputs".ljust(_cells(width))
    head += "std".rjust(STD) if width >= ROOMY else ""
    return Text(head[:width], "dim", no_wrap=True)


def _cells(width: int) -> int:
    return max(7, min(30, width - 14 - STD * (width >= ROOMY)))


def _in_a_line(layer: LayerStatistics, style: str, width: int) -> Text:
    line = Text(f"{layer.index:>2} {layer.name:<10.10} ", no_wrap=True)
    line.append(sparkline(bins(layer.histogram, _cells(width))), style)
    line.append(short(layer.std).rjust(STD) if width >= ROOMY else "", "dim")
    line.truncate(width)
    return line


def _in_lines(layer: LayerStatistics, style: str, width: int, rows: int) -> list[Text]:
    said = [f"{layer.name}", f"std {short(layer.std)}", f"mean {short(layer.mean)}"]
    if layer.dead is not None and layer.saturated is not None:
        off = "off" if "relu" in layer.name else "saturated"
        said += [f"{off} {share(layer.saturated)}", f"dead {share(layer.dead)}"]
    head = Text.assemble((f"{layer.index} ", f"bold {style}"), joined(said, "  ", width - 3))
    return [head, *(Text(row, style) for row in columns(bins(layer.histogram, width), rows))]


class CourseChart(Titled, Chart, can_focus=True):
    """The course of one statistic of the selected run's layers, a curve a layer.

    There is no zero on a logarithmic axis: layers whose values are all 0 are named instead.

    Args:
        statistic: which; None: the one that is chosen.
    """

    def __init__(self, statistic: str | None = None) -> None:
        super().__init__(id=(statistic or "chosen").replace("_", "-"), classes="pane")
        self._statistic = statistic

    def show(self, shown: Shown) -> None:
        """Draw what is known of each layer, or of evenly chosen ones."""
        if not self.display:
            return
        history, view = shown.training.history, shown.view
        run, statistic = view.run(history), self._statistic or view.course
        probe = history.layers.get(run)
        lines, zeros = [], []
        if probe is not None:
            colors = layer_colors(len(probe.layers), dark=self.app.current_theme.dark)
            points = max(10, self.content_size.width)
            for i in spread(len(probe.layers), MOST_CURVES):
                index = probe.layers[i].index
                curve = history.layer_curve(run, index, statistic, points)
                x, y, marker = getattr(curve, view.axis), curve.mean, str(index % 10)
                if (y == 0).any() and not (y > 0).any():
                    zeros.append(index)
                else:
                    y = np.where(y > 0, y, np.nan)
                    lines.append(Line(x, y, colors[i], name=str(index), marker=marker))
        notes = [_all_zero(zeros)] if zeros else []
        notes += ["t: another"] * (self._statistic is None)
        self.entitle(shown, TITLES[statistic], " · ".join(notes))
        self.ascii = view.ascii
        empty = "0 in every layer" if zeros else shown.waiting
        label = AXIS_LABELS[view.axis]
        self.plot = Plot(tuple(lines), True, label, cursor=shown.cursor, empty=empty)


def _all_zero(layers: list[int]) -> str:
    """Which layers' values are all 0: layers 1–4 are 0."""
    if len(layers) == 1:
        return f"layer {layers[0]} is 0"
    whole = layers[-1] - layers[0] == len(layers) - 1
    said = f"{layers[0]}–{layers[-1]}" if whole else ", ".join(map(str, layers))
    return f"layers {said} are 0"


class DetailsView(Horizontal):
    """View 2."""

    def compose(self) -> ComposeResult:
        """Histograms to the left, courses to the right."""
        yield HistogramsPane()
        with Vertical(id="courses"):
            for statistic in ("std", "delta_rms", None):
                yield CourseChart(statistic)

    def show(self, shown: Shown) -> None:
        """Draw all of it."""
        self.query_one(HistogramsPane).show(shown)
        for chart in self.query(CourseChart):
            chart.show(shown)
