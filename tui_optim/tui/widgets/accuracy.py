"""The test accuracy: a curve a run, from evaluation to evaluation; where there is room for it."""

import numpy as np

from tui_optim.training.reading import Reading
from tui_optim.tui.text import run_name, share
from tui_optim.tui.view import AXIS_LABELS, View
from tui_optim.tui.widgets.chart import Chart
from tui_optim.tui.widgets.pane import Shown, Titled
from tui_optim.tui.widgets.plot import Line, Plot

MOST_POINTS = 200
NAMED = 60
"""The cells from which on there is room for names beside the curves' signs."""


class AccuracyPane(Titled, Chart, can_focus=True):
    """How much of the test part each run that is not hidden has right, in percent."""

    def __init__(self) -> None:
        super().__init__(id="accuracy", classes="pane")
        self._key: object = None
        self._shown: Shown | None = None

    def on_resize(self) -> None:
        """In a view that comes back it has its size only after that was drawn."""
        if self._shown is not None:
            self.show(self._shown)

    def show(self, shown: Shown) -> None:
        """Draw, if there is a new evaluation or another view of them."""
        self._shown = shown
        history, view, before = shown.training.whole, shown.view, shown.before
        dark = self.app.current_theme.dark
        named = self.content_size.width >= NAMED
        key = (history, history.runs, history.evaluation, view, before, shown.cursor, dark, named)
        if key == self._key or not self.display or not self.content_size.area:
            return
        self._key = key
        self.entitle(shown, "Test accuracy – %", _best(history, self.size.width - 4))
        lines = []
        if before is not None:
            lines += _lines(before.history, history, view, dark, broken=True, named=False)
        lines += _lines(history, history, view, dark, broken=False, named=named)
        label = AXIS_LABELS[view.axis]
        waiting = "waiting for the first evaluation"
        self.ascii = view.ascii
        values = np.concatenate([np.empty(0), *(line.y for line in lines)])
        known = values[np.isfinite(values)]
        self.plot = Plot(
            tuple(lines),
            False,
            label,
            y_range=(float(known.min()), float(known.max())) if len(known) else None,
            cursor=shown.cursor,
            empty=waiting,
        )


def _best(history: Reading, cells: int) -> str:
    known = {run: a for run in history.runs if (a := history.accuracy(run)) is not None}
    best = max(known, key=known.__getitem__, default="")
    if not best:
        return ""
    before, after = "best: ", f" {share(known[best], 1)}"
    return before + run_name(best, cells - len(before + after)) + after


def _lines(
    history: Reading, now: Reading, view: View, dark: bool, *, broken: bool, named: bool
) -> list[Line]:
    """The curves of a history, of the runs that there are now."""
    lines = []
    for run in now.runs:
        if run in history.runs and run not in view.hidden:
            curve = history.evaluation_curve(run, "accuracy", MOST_POINTS)
            lines.append(
                Line(
                    getattr(curve, view.axis),
                    100 * np.clip(curve.mean, 0, 1),  # whatever a log says
                    view.color(now, run, dark=dark),
                    faint=broken,
                    broken=broken,
                    sign=view.sign(now, run),
                    name=run if named else "",
                    end_mark="✗" if run in history.diverged else "",
                    marker=view.sign(now, run),
                )
            )
    return lines
