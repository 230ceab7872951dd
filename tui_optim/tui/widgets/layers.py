"""The layers of the selected run, a line each: outputs, spread, gradients."""

import math
from collections.abc import Collection

from rich.text import Text

from tui_optim.events import LayerStatistics
from tui_optim.training.findings import open_findings
from tui_optim.tui.text import bar, bins, fitted, share, short, sparkline, spread
from tui_optim.tui.widgets.findings import MARK, MARK_STYLE
from tui_optim.tui.widgets.pane import Pane, Shown

NAME, HISTOGRAM, NUMBER, BAR = 15, 15, 9, 20
"""The cells of each column; histogram and bar have more where there is room."""
MOST_SCALE = 3
IN_ORDER = ("mean", "std", "dead", "off", "δ rms", "‖∇W‖", "Δ/‖W‖", "‖W‖")
TELLING = ("std", "δ rms", "off", "‖∇W‖", "Δ/‖W‖", "dead", "mean", "‖W‖")
"""The columns of numbers; as room gives out the most telling are kept longest."""
DECADES = 6
"""The bar of a gradient that is so many powers of ten below the largest is empty."""


class LayersPane(Pane):
    """The last probe of the selected run."""

    def __init__(self) -> None:
        super().__init__("Layers", "layers")

    def wanted(self, shown: Shown) -> int:
        """A line a layer and the head."""
        history = shown.training.history
        layers = history.started.layers if history.started else ()
        probe = None if layers else history.layers.get(shown.view.run(history))  # a log's end alone
        return 1 + len(probe.layers if probe else layers)

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """A line a layer, the first layer first; of too many, evenly chosen ones."""
        history = shown.training.history
        run = shown.view.run(history)
        probe = history.layers.get(run)
        if probe is None or not probe.layers:
            self.entitle(shown, f"Layers of {run}" if run else "Layers")
            diverged = "it diverged before its first probe" if run in history.diverged else ""
            return [Text(diverged or shown.waiting, "dim")]
        layers = [probe.layers[i] for i in spread(len(probe.layers), max(height - 1, 1))]
        missing = len(layers) < len(probe.layers)
        note = f"{len(layers)} of {len(probe.layers)}: 2 shows all" if missing else ""
        self.entitle(shown, f"Layers of {run}", note)
        marked = {each.layer for each in open_findings(history.findings) if each.run == run}
        table = _Table(width, layers, shown.view.color(history, run, dark=self.dark), marked)
        return [table.head(), *map(table.line, layers)]


class _Table:
    """What there is room for in a line, and how large the largest gradient is."""

    def __init__(
        self,
        width: int,
        layers: list[LayerStatistics],
        style: str,
        marked: Collection[int | None],
    ) -> None:
        self.width, self.style, self.marked = width, style, marked
        spare = width - NAME - len(IN_ORDER) * NUMBER
        self.scale = max(1, min(MOST_SCALE, spare // (HISTOGRAM + BAR)))
        room = (width - NAME - self.scale * HISTOGRAM) // NUMBER
        kept = TELLING[: max(room, 0)]
        self.titles = [title for title in IN_ORDER if title in kept]
        left = width - NAME - self.scale * HISTOGRAM - len(self.titles) * NUMBER - 3
        self.bar = min(left, self.scale * BAR) if left >= 10 else 0
        self.off = "off" if "relu" in layers[0].name else "satur."
        gradients = [layer.gradient_norm for layer in layers if layer.gradient_norm]
        self.most = max(gradients, default=1.0)

    def head(self) -> Text:
        """The titles."""
        titles = [self.off if title == "off" else title for title in self.titles]
        head = f"   {'layer':<{NAME - 3}}{'outputs':<{self.scale * HISTOGRAM}}"
        head += "".join(f"{title:>{NUMBER}}" for title in titles)
        if self.bar:
            head += "   " + "‖∇W‖, log"[: self.bar]
        return Text(head[: self.width], "dim", no_wrap=True)

    def line(self, layer: LayerStatistics) -> Text:
        """A layer."""
        line = Text(no_wrap=True)
        line.append(MARK if layer.index in self.marked else " ", MARK_STYLE)
        line.append(f"{layer.index:>2} {fitted(layer.name, NAME - 4)}"[: NAME - 1])
        line.append(sparkline(bins(layer.histogram, self.scale * HISTOGRAM)), self.style)
        values = {
            "mean": short(layer.mean),
            "std": short(layer.std),
            "dead": share(layer.dead),
            "off": share(layer.saturated),
            "δ rms": short(layer.delta_rms),
            "‖∇W‖": short(layer.gradient_norm),
            "Δ/‖W‖": short(layer.update_ratio),
            "‖W‖": short(layer.weight_norm),
        }
        line.append("".join(f"{values[title]:>{NUMBER}}" for title in self.titles))
        if self.bar:
            line.append(
                "   " + bar(_log_share(layer.gradient_norm, self.most), self.bar), self.style
            )
        line.truncate(self.width)
        return line


def _log_share(value: float | None, most: float) -> float:
    """1 for the largest, 0 for what is DECADES powers of ten below it."""
    if not value or value <= 0:
        return 0.0
    return max(0.0, 1 + math.log10(value / most) / DECADES)
