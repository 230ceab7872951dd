"""The runs: each one's sign, loss, accuracy, learning rate, and what it was before.

What there is no column for is said of the selected run, below the table.
"""

from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message

from tui_optim.events import Ended
from tui_optim.training.findings import open_findings
from tui_optim.training.reading import Reading, scores
from tui_optim.training.together import scored_at
from tui_optim.tui.text import NOTHING, fitted, joined, run_name, share, short, sparkline
from tui_optim.tui.view import LEAST
from tui_optim.tui.widgets.findings import MARK, MARK_STYLE
from tui_optim.tui.widgets.pane import Pane, Shown

SIGN, LOSS, ACCURACY, BEFORE, RATE, COURSE = 4, 9, 9, 17, 9, 12
"""The cells of each column, with the space before it; the loss has room for a mark, too."""
LEAST_NAME = 8


@dataclass(frozen=True)
class _Columns:
    """What there is room for beside loss and accuracy."""

    name: int
    before: bool
    rate: bool
    course: bool

    @classmethod
    def of(cls, shown: Shown, width: int) -> "_Columns":
        """As room gives out: first the course goes, then the rate, the name's middle, the ghost."""
        longest = max(4, *map(cell_len, shown.training.history.runs))
        room = width - SIGN - LOSS - ACCURACY
        before = shown.before is not None and room >= LEAST_NAME + BEFORE
        room -= BEFORE * before
        rate = room > longest + RATE
        course = room > longest + RATE + COURSE
        return cls(max(3, min(longest + 1, room)), before, rate, course)


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

    def wanted(self, shown: Shown) -> int:
        """The head, a line a run, and what is said of the selected one."""
        runs = shown.training.history.runs
        return 1 + len(runs) + len(_below(shown, self.content_size.width) if runs else ())

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """A line a run; of too many for the room, those around the selected one."""
        history = shown.training.history
        experiment = shown.training.experiment
        axes = " × ".join(axis for axis, _ in experiment.axes) if experiment else ""
        title = f"Runs by {axes}" if axes else "Runs"
        if not history.runs:
            self._rows = []
            self.entitle(shown, title)
            return [Text(shown.waiting, "dim")]
        selected = shown.view.run(history)
        self._rows = list(window(history.runs, selected, height - 1))
        below, room = _below(shown, width), height - 1 - len(self._rows)
        few = [f"{len(self._rows)} of {len(history.runs)}"] * (len(self._rows) < len(history.runs))
        notes = [*few, *below[room:], *_evaluated(history)]
        self.entitle(shown, title, joined(notes, " · ", width - 4))
        columns = _Columns.of(shown, width)
        marked = {each.run for each in open_findings(history.findings)}
        lines = [self._head(columns, shown)]
        for run in self._rows:
            line = self._line(columns, shown, run, run == selected)
            if run in marked:
                line = _marked(line, SIGN + columns.name)
            line.truncate(width)
            lines.append(line)
        lines += [Text()] * (len(below) < room)
        return lines + [Text(line, "dim", no_wrap=True) for line in below[:room]]

    def _head(self, columns: _Columns, shown: Shown) -> Text:
        head = " " * SIGN + "run".ljust(columns.name)
        head += "loss".rjust(LOSS) + "accuracy".rjust(ACCURACY)
        if columns.before:
            head += " " + fitted(shown.said_before.rjust(BEFORE - 1), BEFORE - 1)
        if columns.rate:
            head += "rate".rjust(RATE)
        if columns.course:
            head += "  course"
        return Text(head, "dim", no_wrap=True)

    def _line(self, columns: _Columns, shown: Shown, run: str, selected: bool) -> Text:
        history, view = shown.training.history, shown.view
        style = view.color(history, run, dark=self.dark)
        line = Text("▸ " if selected else "  ", no_wrap=True)
        line.append(f"{view.sign(history, run)} ", style)
        name = run_name(run, columns.name - 1)  # a space is left before a mark
        name = fitted(name, min(cell_len(name), columns.name - 1))
        line.append(name, f"{'bold' * selected} {'strike' * (run in view.hidden)}")
        line.append(" " * (columns.name - cell_len(name)))
        diverged = history.diverged.get(run)
        if diverged is not None:
            said = joined(["  ✗ diverged", f"at {diverged}"], " ", LOSS + ACCURACY)
            line.append(said.ljust(LOSS + ACCURACY), "bold red")
        else:
            line.append(short(history.loss.get(run)).rjust(LOSS))
            line.append(share(history.accuracy(run), 1).rjust(ACCURACY))
        if columns.before:
            line.append(_before(shown, run).rjust(BEFORE), "dim")
        if columns.rate:
            line.append(_rate(history, run).rjust(RATE), "dim")
        if columns.course:
            line.append("  " + _course(history, run, log=view.log_y), style)
        if run in view.hidden:
            line.stylize("dim")
        return line

    def on_click(self, event: events.Click) -> None:
        """Select the run that was clicked."""
        row = event.get_content_offset_capture(self).y - 1
        if 0 <= row < len(self._rows):
            self.post_message(self.Selected(self._rows[row]))


def _evaluated(history: Reading) -> list[str]:
    """What the accuracy is of."""
    if len({scored_at(history, run) for run in history.runs} - {None}) > 1:
        return ["accuracies at different iterations"]
    event = scores(history)
    if event is None:
        return []
    if isinstance(event, Ended):
        return ["accuracy: whole test part"]
    return [f"test accuracy at {event.iteration:,}"]


def _rate(history: Reading, run: str) -> str:
    rate = history.learning_rate(run)
    return NOTHING if rate is None else f"{rate:.3g}"


def _course(history: Reading, run: str, *, log: bool) -> str:
    """The loss as a small curve below its highest point: from 0, or over a decade at least."""
    means = history.curve(run, "off", COURSE - 2).mean
    heights = np.maximum(means[np.isfinite(means)], LEAST)
    if not len(heights):
        return ""
    heights = np.log10(heights) if log else heights
    height = max(float(np.ptp(heights)), 1.0) if log else heights.max()
    return sparkline(np.maximum(1 - (heights.max() - heights) / height, 0.1))


def _before(shown: Shown, run: str) -> str:
    if shown.before is None or run not in shown.before.history.runs:
        return ""
    history = shown.before.history
    if run in history.diverged:
        return "✗ diverged"
    return f"{short(history.loss.get(run)):>9}{share(history.accuracy(run), 1):>8}"


def _below(shown: Shown, width: int) -> list[str]:
    """What there is no column for, of the selected run, in lines."""
    columns, run = _Columns.of(shown, width), shown.view.run(shown.training.history)
    rate = f": rate {_rate(shown.training.history, run)}"
    said = [] if columns.rate else [run_name(run, width - len(rate)) + rate]
    before = "" if columns.before else " ".join(_before(shown, run).split())
    said += [f"{shown.said_before}: {before}"] if before else []
    whole = " · ".join(said)
    return [whole] if whole and cell_len(whole) <= width else said


def _marked(line: Text, at: int) -> Text:
    """With the mark of a finding in the space after the name."""
    return Text.assemble(line[:at], (MARK, MARK_STYLE), line[at + 1 :], no_wrap=True)


def window(runs: tuple[str, ...], selected: str, height: int) -> tuple[str, ...]:
    """As many runs as there is room for, the selected one among them."""
    if len(runs) <= height or selected not in runs:
        return runs[: max(height, 0)]
    first = min(max(0, runs.index(selected) - height // 2), len(runs) - height)
    return runs[first : first + height]
