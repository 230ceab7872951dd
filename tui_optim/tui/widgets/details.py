"""The layers of the selected run, large: histograms, and the course of what matters over time."""

from collections.abc import Iterator

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_optim.tui.text import bins, columns, share, short
from tui_optim.tui.view import AXIS_LABELS, color, layer_colors
from tui_optim.tui.widgets.chart import Chart, Line, Plot
from tui_optim.tui.widgets.pane import Pane, Shown

COURSES = {
    "std": "std of the outputs",
    "delta_rms": "δ rms: the error that arrives",
    "gradient_norm": "‖∇W‖",
}


class HistogramsPane(Pane):
    """A histogram of each layer's outputs; the hidden layers share one axis."""

    def __init__(self) -> None:
        super().__init__("Outputs", "histograms")

    def draw(self, shown: Shown, width: int, height: int) -> Text:
        """A few lines a layer, as there is room."""
        history = shown.training.history
        run = shown.view.run(history)
        self.border_title = f"Outputs of {run}, layer by layer"
        probe = history.layers.get(run)
        if probe is None:
            return Text("waiting for the first probe", "dim")
        each = max(1, height // len(probe.layers))
        colors = layer_colors(len(probe.layers))
        lines: list[Text] = []
        for layer, style in zip(probe.layers, colors, strict=True):
            picture = max(1, each - 2)
            cells = min(60, width - 2)
            rows = columns(bins(layer.histogram, cells), picture, ascii_only=shown.view.ascii)
            if each > 1:
                text = (
                    f"{layer.index} {layer.name}  mean {short(layer.mean)}  std {short(layer.std)}"
                )
                if layer.dead is not None:
                    text += f"  dead {share(layer.dead)}"
                lines.append(Text(text[:width]))
            lines += [Text(row, style) for row in rows]
            if each > 2 and layer.histogram is not None:
                low, high = short(layer.histogram.low), short(layer.histogram.high)
                lines.append(Text(low + high.rjust(max(1, cells - len(low))), "dim"))
        return Text("\n").join(lines[:height])


class CourseChart(Chart):
    """The course of one statistic of the selected run's layers, a curve a layer."""

    def __init__(self, statistic: str) -> None:
        super().__init__(id=statistic.replace("_", "-"), classes="pane")
        self.border_title = COURSES[statistic]
        self._statistic = statistic

    def show(self, shown: Shown) -> None:
        """Draw what is known of each layer."""
        history, view = shown.training.history, shown.view
        run = view.run(history)
        probe = history.layers.get(run)
        lines = []
        if probe is not None:
            colors = layer_colors(len(probe.layers))
            for layer, style in zip(probe.layers, colors, strict=True):
                points = max(10, self.content_size.width)
                curve = history.layer_curve(run, layer.index, self._statistic, points)
                marker = str(layer.index % 10)
                lines.append(Line(getattr(curve, view.axis), curve.mean, style, marker=marker))
        self.ascii = view.ascii
        self.plot = Plot(tuple(lines), True, AXIS_LABELS[view.axis])


class DetailsView(Horizontal):
    """View 2."""

    def compose(self) -> ComposeResult:
        """Histograms to the left, courses to the right."""
        yield HistogramsPane()
        with Vertical(id="courses"):
            for statistic in COURSES:
                yield CourseChart(statistic)

    def show(self, shown: Shown) -> None:
        """Draw all of it."""
        self.query_one(HistogramsPane).show(shown)
        for chart in self.query(CourseChart):
            chart.show(shown)


class MatrixPane(Pane):
    """View 3: all runs × all layers, a small histogram or a shaded number each."""

    def __init__(self) -> None:
        super().__init__("All runs, all layers", "matrix")

    def draw(self, shown: Shown, width: int, height: int) -> Text:
        """A block of lines a run, a column a layer."""
        history, view = shown.training.history, shown.view
        probes = {run: history.layers[run] for run in history.runs if run in history.layers}
        if not probes:
            return Text("waiting for the first probe", "dim")
        layers = max(len(probe.layers) for probe in probes.values())
        names = min(max(len(run) for run in history.runs) + 4, width // 3)
        cells = max(3, (width - names) // layers - 1)
        rows = max(1, (height - 2) // len(history.runs) - 1) if view.statistic == "histogram" else 1
        head = " " * names + " ".join(
            f"layer {index}".ljust(cells)[:cells] for index in range(1, layers + 1)
        )
        lines = [Text(head[:width], "dim")]
        for run in history.runs:
            lines += self._run(shown, run, names, cells, min(rows, 5))
        return Text("\n").join(lines[:height])

    def _run(self, shown: Shown, run: str, names: int, cells: int, rows: int) -> Iterator[Text]:
        history, view = shown.training.history, shown.view
        style = color(history, run)
        label = f"{view.sign(history, run)} {run}"
        probe = history.layers.get(run)
        if probe is None:
            yield Text.assemble(
                (label.ljust(names)[:names], style),
                ("diverged" if run in history.diverged else "–", "dim"),
            )
            return
        if view.statistic == "histogram":
            pictures = [
                columns(bins(layer.histogram, cells), rows, ascii_only=view.ascii)
                for layer in probe.layers
            ]
            for row in range(rows):
                name = label if row == rows - 1 else ""
                line = Text(name.ljust(names)[:names], style, no_wrap=True)
                line.append(" ".join(picture[row] for picture in pictures), style)
                yield line
            yield Text()
            return
        line = Text(label.ljust(names)[:names], style, no_wrap=True)
        for layer in probe.layers:
            value = getattr(layer, view.statistic)
            shares = view.statistic in ("saturated", "dead")
            line.append((share(value) if shares else short(value)).center(cells)[:cells] + " ")
        yield line
