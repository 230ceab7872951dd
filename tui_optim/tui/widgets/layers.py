"""The layers of the selected run, a line each: outputs, spread, gradients."""

import math

from rich.text import Text

from tui_optim.events import LayerStatistics
from tui_optim.tui.text import bar, bins, share, short, sparkline
from tui_optim.tui.view import color
from tui_optim.tui.widgets.pane import Pane, Shown

HISTOGRAM_CELLS = 15
BAR_CELLS = 14
HEAD = "layer      outputs" + " " * 10


class LayersPane(Pane):
    """The last probe of the selected run."""

    def __init__(self) -> None:
        super().__init__("Layers", "layers")

    def draw(self, shown: Shown, width: int, height: int) -> Text:
        """A line a layer, the first layer first."""
        history = shown.training.history
        run = shown.view.run(history)
        self.border_title = f"Layers of {run}" if run else "Layers"
        probe = history.layers.get(run)
        if probe is None:
            diverged = "it had diverged before its first probe" if run in history.diverged else ""
            return Text(diverged or "waiting for the first probe", "dim")
        off = "off" if "relu" in probe.layers[0].name else "satur."
        head = f"{'layer':<12}{'outputs':<{HISTOGRAM_CELLS + 1}}"
        for title in _numbers(width, off):
            head += f"{title:>9}"
        if _has_bar(width):
            head += "   gradient ‖∇W‖, log"
        lines = [Text(head[:width], "dim")]
        gradients = [layer.gradient_norm for layer in probe.layers if layer.gradient_norm]
        most = max(gradients, default=1.0)
        style = color(history, run)
        shown_layers = probe.layers[: max(height - 1, 0)]
        lines += [
            self._line(layer, width, most=most, off=off, style=style, ascii_only=shown.view.ascii)
            for layer in shown_layers
        ]
        missing = len(probe.layers) - len(shown_layers)
        if missing > 0 and len(lines) > 1:
            lines[-1] = Text(f"… {missing + 1} more layers: key 2 shows all", "dim")
        return Text("\n").join(lines)

    def _line(
        self,
        layer: LayerStatistics,
        width: int,
        *,
        most: float,
        off: str,
        style: str,
        ascii_only: bool,
    ) -> Text:
        line = Text(f"{layer.index:>2} {layer.name:<9.9}", no_wrap=True)
        heights = bins(layer.histogram, HISTOGRAM_CELLS)
        line.append(sparkline(heights, ascii_only=ascii_only) + " ", style)
        values = {
            "mean": short(layer.mean),
            "std": short(layer.std),
            "dead": share(layer.dead),
            off: share(layer.saturated),
            "δ rms": short(layer.delta_rms),
            "‖∇W‖": short(layer.gradient_norm),
            "Δ/‖W‖": short(layer.update_ratio),
            "‖W‖": short(layer.weight_norm),
        }
        for title in _numbers(width, off):
            line.append(f"{values[title]:>9}")
        if _has_bar(width):
            line.append("   ")
            line.append(
                bar(_log_share(layer.gradient_norm, most), BAR_CELLS, ascii_only=ascii_only), style
            )
        line.truncate(width)
        return line


def _numbers(width: int, off: str) -> list[str]:
    """The columns that there is room for, the most telling kept longest."""
    in_order = ["mean", "std", "dead", off, "δ rms", "‖∇W‖", "Δ/‖W‖", "‖W‖"]
    telling = ["std", "δ rms", off, "‖∇W‖", "Δ/‖W‖", "dead", "mean", "‖W‖"]
    room = max(0, (width - 12 - HISTOGRAM_CELLS - 1) // 9)
    kept = telling[:room]
    return [title for title in in_order if title in kept]


def _has_bar(width: int) -> bool:
    return width >= 12 + HISTOGRAM_CELLS + 1 + 8 * 9 + 3 + BAR_CELLS


def _log_share(value: float | None, most: float, decades: float = 6.0) -> float:
    """1 for the largest, 0 for what is six decades below it."""
    if not value or value <= 0:
        return 0.0
    return max(0.0, 1 + math.log10(value / most) / decades)
