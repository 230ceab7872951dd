"""The runs: each one's sign, loss, accuracy, learning rate, and what it was before."""

import numpy as np
from rich.text import Text
from textual import events
from textual.message import Message

from tui_optim.report import percent
from tui_optim.tui.text import NOTHING, short, sparkline
from tui_optim.tui.view import color
from tui_optim.tui.widgets.pane import Pane, Shown

COURSE_CELLS = 8


class RunsPane(Pane):
    """A table of the runs; the selected one is marked, a click selects."""

    class Selected(Message):
        """A run was clicked."""

        def __init__(self, run: str) -> None:
            super().__init__()
            self.run = run

    def __init__(self) -> None:
        super().__init__("Runs", "runs")
        self._rows: list[str] = []

    def draw(self, shown: Shown, width: int, height: int) -> Text:
        """A line a run; columns give way to the room there is."""
        history = shown.training.history
        selected = shown.view.run(history)
        self._rows = list(_window(history.runs, selected, height - 1))
        names = max((len(run) for run in self._rows), default=3)
        names = max(4, min(names, width - 24))
        lines = [self._head(names, width, shown)]
        lines += [self._line(shown, run, names, width, run == selected) for run in self._rows]
        return Text("\n").join(lines)

    def _head(self, names: int, width: int, shown: Shown) -> Text:
        head = "    " + "run".ljust(names) + "     loss  accuracy"
        if width >= names + 36:
            head += "     rate"
        if width >= names + 58 and shown.before is not None:
            head += "       before"
        return Text(head[:width], "dim")

    def _line(self, shown: Shown, run: str, names: int, width: int, selected: bool) -> Text:
        history, view = shown.training.history, shown.view
        arrow = ">" if view.ascii else "▸"
        line = Text(f"{arrow if selected else ' '} ", no_wrap=True)
        line.append(view.sign(history, run), color(history, run))
        name = run if len(run) <= names else run[: names - 1] + "…"
        line.append(f" {name:<{names}}", "bold" if selected else "")
        diverged = history.diverged.get(run)
        if diverged is not None:
            line.append(f"  diverged at {diverged}", "bold red")
        else:
            line.append(f" {short(history.loss.get(run)):>8}")
            line.append(f"  {percent(history.accuracy(run)):>8}")
        if width >= names + 36 and diverged is None:
            line.append(f" {'lr ' + short(history.learning_rate(run)):>9}", "dim")
        if width >= names + 46 and diverged is None:
            line.append(" " + self._course(shown, run), color(history, run))
        if width >= names + 58:
            line.append(self._before(shown, run), "dim")
        if run in view.hidden:
            line.stylize("dim strike")
        line.truncate(width, overflow="ellipsis")
        return line

    def _course(self, shown: Shown, run: str) -> str:
        """The loss of late, as a small curve."""
        means = shown.training.history.curve(run, "off", COURSE_CELLS).mean
        finite = means[np.isfinite(means)]
        if len(finite) < 2 or finite.max() == finite.min():
            return " " * COURSE_CELLS
        heights = 0.1 + 0.9 * (finite - finite.min()) / (finite.max() - finite.min())
        return sparkline(list(heights), ascii_only=shown.view.ascii).ljust(COURSE_CELLS)

    def _before(self, shown: Shown, run: str) -> str:
        before = shown.before
        if before is None or run not in before.history.runs:
            return ""
        history = before.history
        if run in history.diverged:
            return "  diverged"
        loss, accuracy = history.loss.get(run), history.accuracy(run)
        return f"  {short(loss):>7} {percent(accuracy) if accuracy is not None else NOTHING:>8}"

    def on_click(self, event: events.Click) -> None:
        """Select the run that was clicked."""
        row = event.get_content_offset_capture(self).y - 1
        if 0 <= row < len(self._rows):
            self.post_message(self.Selected(self._rows[row]))


def _window(runs: tuple[str, ...], selected: str, height: int) -> tuple[str, ...]:
    """As many runs as there is room for, the selected one among them."""
    if len(runs) <= height or selected not in runs:
        return runs[: max(height, 0)]
    first = min(max(0, runs.index(selected) - height // 2), len(runs) - height)
    return runs[first : first + height]
