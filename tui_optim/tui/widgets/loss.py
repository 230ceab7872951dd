"""The loss chart: a curve a run, raw behind smooth, the training before this one as a ghost."""

from collections.abc import Iterator

import numpy as np

from tui_optim.training.reading import Reading
from tui_optim.training.series import Curve
from tui_optim.tui.text import joined
from tui_optim.tui.view import AXIS_LABELS, LEAST, SMOOTHING_LABELS, View
from tui_optim.tui.widgets.chart import Chart
from tui_optim.tui.widgets.findings import MARK
from tui_optim.tui.widgets.pane import Shown, Titled
from tui_optim.tui.widgets.plot import Line, Mark, Plot


class LossPane(Titled, Chart, can_focus=True):
    """The training loss of all runs that are not hidden."""

    def __init__(self) -> None:
        super().__init__(id="loss", classes="pane")
        self._key: object = None
        self._shown: Shown | None = None

    def on_resize(self) -> None:
        """In a view that comes back it has its size only after that was drawn."""
        if self._shown is not None:
            self.show(self._shown)

    def show(self, shown: Shown) -> None:
        """Draw, if there are new iterations or another view of them."""
        self._shown = shown
        history, view, before = shown.training.whole, shown.view, shown.before
        dark = self.app.current_theme.dark
        waiting, cursor = shown.waiting, shown.cursor
        ended = (history.ended, tuple(history.diverged), len(history.findings))
        look = (view, before, cursor, self.content_size, dark, waiting)
        key = (history, history.iteration, ended, look)
        if key == self._key or not self.display or not self.content_size.area:
            return
        self._key = key
        scale = "log y" if view.log_y else "linear y"
        parts = (SMOOTHING_LABELS[view.smoothing], scale, AXIS_LABELS[view.axis])
        notes = [f"╌╌ {shown.said_before}"] if before is not None else []
        if view.hidden.intersection(history.runs):
            notes.append(f"{len(view.hidden.intersection(history.runs))} hidden")
        width = self.content_size.width
        said = joined(parts, " · ", max(width - 12, 12))
        self.entitle(shown, " – ".join(filter(None, ["Loss", said])), joined(notes, " · ", width))
        self.ascii = view.ascii
        ghost = before.history if before is not None else None
        self.plot = loss_plot(
            history, view, width, dark, before=ghost, cursor=cursor, waiting=waiting
        )


def loss_plot(
    history: Reading,
    view: View,
    width: int,
    dark: bool,
    *,
    before: Reading | None = None,
    cursor: float | None = None,
    waiting: str = "",
) -> Plot:
    """The runs that are not hidden, and behind them those of the training before, as a plot."""
    points = max(10, width)
    lines = _ghosts(before, history, view, points, dark) if before is not None else []
    lines += _lines(history, view, points, dark)
    return Plot(
        tuple(lines),
        view.log_y,
        AXIS_LABELS[view.axis],
        marks=tuple(_marks(history, view, points, dark)),
        y_range=(0.0, view.top) if view.top and not view.log_y else None,
        cursor=cursor,
        empty=waiting,
    )


def _lines(history: Reading, view: View, points: int, dark: bool) -> list[Line]:
    faint, clear = [], []
    for run in history.runs:
        if run in view.hidden:
            continue
        style, sign = view.color(history, run, dark=dark), view.sign(history, run)
        raw = history.curve(run, "off", points)
        smooth = raw if view.smoothing == "off" else history.curve(run, view.smoothing, points)
        if len(smooth.mean) < 2:  # the lecture's window needs some points before it gives any
            smooth = raw
        end = ("x" if view.ascii else "✗") if run in history.diverged else ""
        x, y = _course(raw, view)
        if smooth is not raw:
            faint.append(Line(x, y, style, faint=True))
            x, y = _course(smooth, view)
        clear.append(Line(x, y, style, sign=sign, name=run, end_mark=end, marker=sign))
    return faint + clear


def _ghosts(before: Reading, now: Reading, view: View, points: int, dark: bool) -> list[Line]:
    """The curves before, of the runs that there are now: dim and broken, in the same colours."""
    smoothing = "ema0.9" if view.smoothing == "off" else view.smoothing
    shown = (run for run in now.runs or before.runs if run not in view.hidden)
    return [
        Line(
            *_course(before.curve(run, smoothing, points), view),
            view.color(now if now.runs else before, run, dark=dark),
            faint=True,
            broken=True,
            weighs=True,
            sign=view.sign(now if now.runs else before, run),
        )
        for run in shown
        if run in before.runs
    ]


def _marks(history: Reading, view: View, points: int, dark: bool) -> Iterator[Mark]:
    """Where something was found, in the colour of its run."""
    for found in history.findings:
        if not found.resolved and found.run not in view.hidden:
            curve = history.curve(found.run, "off", points)
            if len(curve.iteration):
                x = np.interp(found.iteration, curve.iteration, getattr(curve, view.axis))
                yield float(x), MARK, view.color(history, found.run, dark=dark)


def _course(curve: Curve, view: View) -> tuple[np.ndarray, np.ndarray]:
    return getattr(curve, view.axis), np.maximum(curve.mean, LEAST)
