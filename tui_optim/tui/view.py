"""View: how the screens show a training; and the signs and colours that runs keep everywhere."""

from dataclasses import dataclass, replace
from itertools import cycle
from typing import Self

from tui_optim.training.history import History
from tui_optim.training.smoothing import SMOOTHERS

AXES = ("iteration", "samples", "seconds")
AXIS_LABELS = {"iteration": "iterations", "samples": "samples seen", "seconds": "seconds"}
SMOOTHINGS = ("off", *SMOOTHERS)
SMOOTHING_LABELS = {
    "off": "raw",
    "ema0.6": "smoothed 0.6",
    "ema0.9": "smoothed 0.9",
    "kaiser": "smoothed as in the lecture",
}
STATISTICS = ("histogram", "std", "saturated", "dead", "delta_rms")
STATISTIC_LABELS = {
    "histogram": "outputs",
    "std": "std of the outputs",
    "saturated": "saturated or off",
    "dead": "dead units",
    "delta_rms": "δ rms",
}

# Okabe and Ito's colours, which the colour-blind can tell apart, then lighter ones of the same
# hues; each has a sign of its own, so that nothing depends on colour alone.
COLORS = (
    "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#4c82d0", "#bdb03a", "#9a9a9a",
    "#ffc966", "#a6dcf7", "#5fd3b0", "#e8b4d0", "#ff9a5c", "#9db8e8", "#e6dc80", "#cfcfcf",
)  # fmt: skip
SIGNS = "●■▲◆▼★✚◉□△◇▽☆✦○▣"
ASCII_SIGNS = "abcdefghijklmnop"


@dataclass(frozen=True)
class View:
    """What a person has chosen to see; immutable, so that a change is seen.

    Attributes:
        selected: the name of the run that the layers are shown of; "" is the first.
        hidden: the runs that are left out of the chart.
        axis: one of AXES.
        log_y: whether the loss is on a logarithmic axis.
        smoothing: one of SMOOTHINGS.
        ghost: whether the training before this one is shown, too.
        statistic: what the cells of all runs and layers show, one of STATISTICS.
        ascii: whether to draw with ASCII characters only.
    """

    selected: str = ""
    hidden: frozenset[str] = frozenset()
    axis: str = "iteration"
    log_y: bool = True
    smoothing: str = "ema0.6"
    ghost: bool = True
    statistic: str = "histogram"
    ascii: bool = False

    def run(self, history: History) -> str:
        """The selected run, or the first where there is none of that name."""
        if self.selected in history.runs or not history.runs:
            return self.selected
        return history.runs[0]

    def moved(self, history: History, by: int) -> Self:
        """With the run selected that is so many further down."""
        if not history.runs:
            return self
        index = history.runs.index(self.run(history)) + by
        return replace(self, selected=history.runs[index % len(history.runs)])

    def toggled(self, run: str) -> Self:
        """With a run hidden that was shown, or shown that was hidden."""
        return replace(self, hidden=self.hidden ^ {run})

    def next(self, field: str, values: tuple[str, ...]) -> Self:
        """With a field at the value after its present one."""
        after = values[(values.index(getattr(self, field)) + 1) % len(values)]
        return replace(self, **{field: after})  # type: ignore[arg-type]

    def sign(self, history: History, run: str) -> str:
        """A run's sign."""
        signs = ASCII_SIGNS if self.ascii else SIGNS
        return signs[history.runs.index(run) % len(signs)]


def color(history: History, run: str) -> str:
    """A run's colour, by its place among the runs."""
    return COLORS[history.runs.index(run) % len(COLORS)]


def layer_colors(layers: int) -> list[str]:
    """A colour a layer, first to last."""
    colors = cycle(COLORS)
    return [next(colors) for _ in range(layers)]
