"""The loss chart: a curve a run, raw behind smooth, the training before this one as a ghost."""

import numpy as np

from tui_optim.training.history import History
from tui_optim.training.series import Curve
from tui_optim.tui.view import AXIS_LABELS, SMOOTHING_LABELS, View, color
from tui_optim.tui.widgets.chart import Chart, Line, Plot
from tui_optim.tui.widgets.pane import Shown

GHOST = "#808080"
LEAST = 1e-8
"""Below this a loss in float32 is rounding; it would only stretch the logarithmic axis."""
MOST = 100.0
"""A diverging run is drawn up to so many times its first loss."""


class LossPane(Chart):
    """The training loss of all runs that are not hidden."""

    def __init__(self) -> None:
        super().__init__(id="loss", classes="pane")
        self._key: object = None

    def show(self, shown: Shown) -> None:
        """Draw, if there are new iterations or another view of them."""
        history, view, before = shown.training.history, shown.view, shown.before
        key = (history, history.iteration, view, before, self.content_size)
        if key == self._key or not self.display:
            return
        self._key = key
        scale = "log y" if view.log_y else "linear y"
        parts = (SMOOTHING_LABELS[view.smoothing], scale, AXIS_LABELS[view.axis])
        self.border_title = "Loss – " + " · ".join(parts)
        points = max(10, self.content_size.width)
        lines = []
        if before is not None:
            lines += _ghosts(before.history, view, points)
        lines += _lines(history, view, points)
        self.ascii = view.ascii
        self.plot = Plot(tuple(lines), view.log_y, AXIS_LABELS[view.axis])


def _lines(history: History, view: View, points: int) -> list[Line]:
    faint, clear = [], []
    for run in history.runs:
        if run in view.hidden:
            continue
        style, sign = color(history, run), view.sign(history, run)
        raw = history.curve(run, "off", points)
        smooth = raw if view.smoothing == "off" else history.curve(run, view.smoothing, points)
        if len(smooth.mean) < 2:  # the lecture's window needs some points before it gives any
            smooth = raw
        end = ("x" if view.ascii else "✗") if run in history.diverged else ""
        if smooth is not raw:
            faint.append(_line(raw, view, style, faint=True, marker=sign))
        clear.append(_line(smooth, view, style, end_mark=end, marker=sign))
    return faint + clear


def _ghosts(history: History, view: View, points: int) -> list[Line]:
    smoothing = "ema0.9" if view.smoothing == "off" else view.smoothing
    return [
        _line(history.curve(run, smoothing, points), view, GHOST, faint=True, marker=".")
        for run in history.runs
        if run not in view.hidden
    ]


def _line(
    curve: Curve, view: View, style: str, *, faint: bool = False, end_mark: str = "", marker: str
) -> Line:
    x: np.ndarray = getattr(curve, view.axis)
    y = np.maximum(curve.mean, LEAST)
    if end_mark and len(y):  # what a diverging run reaches at last would flatten all others
        y = np.minimum(y, MOST * y[0])
    return Line(x, y, style, faint=faint, end_mark=end_mark, marker=marker)
