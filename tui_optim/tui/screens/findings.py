"""The findings, and what is to be known of each: what was measured, why, and what helps."""

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_optim.errors import inert
from tui_optim.events import Finding
from tui_optim.training.advice import explanation, sentence, title
from tui_optim.training.findings import open_findings, past_findings
from tui_optim.training.reading import Reading
from tui_optim.tui.screens.help import FramedScreen
from tui_optim.tui.text import fitted, run_name, safe, safe_text
from tui_optim.tui.view import View
from tui_optim.tui.widgets.findings import MARK, MARK_STYLE, run_sign

NAME = 16
"""The cells that a run's name has at most."""

REMEDIES = {
    "a": "activation(1)",
    "i": "initializer(1)",
    "left_square_bracket": "rate(0.5)",
    "right_square_bracket": "rate(2)",
    "left_curly_bracket": "rates(0.5)",
    "right_curly_bracket": "rates(2)",
}
"""What the keys do that remedies name; they act on the run of the finding at the mark."""


class FindingsScreen(FramedScreen[str]):
    """What holds, the newest first, then what held before; gives the name of a lesson, or None.

    Args:
        history: of the training, as it stands.
        view: how it is shown.
        lesson_for: the lesson on a kind of finding, if there is one to be opened.
        select: selects a run, for the remedy's key to act on.
    """

    TITLE = "Findings"
    KEYS = "[b]↑ ↓[/b]: another"
    BINDINGS = [
        Binding("enter", "accept", "its lesson", priority=True),
        Binding("q,F", "leave"),
        *(Binding(key, f"remedy({action!r})") for key, action in REMEDIES.items()),
    ]

    def __init__(
        self,
        history: Reading,
        view: View,
        lesson_for: Callable[[str], str | None],
        select: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._history, self._view = history, view
        self._lesson_for, self._select = lesson_for, select
        held = reversed(open_findings(history.findings))
        past = reversed(past_findings(history.findings))
        self._findings: list[tuple[Finding, Finding | None]] = [(each, None) for each in held]
        self._findings += past
        name = max(cell_len(inert(found.run)) for found, _ in self._findings)
        when = max(len(_when(*each)) for each in self._findings)
        self._columns = min(name, NAME), max(when, len("iteration"))
        if any(lesson_for(found.kind) for found, _ in self._findings):
            self.KEYS = f"{self.KEYS} · [@click=screen.accept][b]enter[/b]: its lesson[/]"

    def content(self) -> ComposeResult:
        """A line a finding, under what its columns are."""
        name, when = self._columns
        yield Static(f"    {'run':{name}}  {'iteration':>{when}}  finding", id="head")
        yield OptionList(*(Option(self._row(*each)) for each in self._findings), compact=True)

    def on_mount(self) -> None:
        """Explain the first."""
        self.query_one(OptionList).highlighted = 0

    @on(OptionList.OptionHighlighted)
    def explain(self) -> None:
        """Say what is to be known of the finding at the mark, and select its run."""
        found, gone = self._marked
        self._select(found.run)
        info = self._history.started.run(found.run) if self._history.started else None
        lines = explanation(found, self._view.language, info).split("\n")
        if gone is not None:
            lines.insert(0, sentence(gone, self._view.language, info))
        texts = [safe_text(_line(line), self._view.ascii) for line in lines]
        self.query_one("#status", Static).update(Text("\n").join(texts))

    @on(OptionList.OptionSelected)
    def action_accept(self) -> None:
        """Give the lesson on the finding at the mark."""
        lesson = self._lesson_for(self._marked[0].kind)
        if lesson is not None:
            self.dismiss(lesson)

    def action_leave(self) -> None:
        """Close with nothing; the run is selected that was."""
        self._select(self._view.selected)
        super().action_leave()

    def action_remedy(self, action: str) -> None:
        """Close, and do it to the run of the finding at the mark."""
        self.dismiss(None)
        self.app.call_later(self.app.run_action, f"app.{action}")

    @property
    def _marked(self) -> tuple[Finding, Finding | None]:
        return self._findings[self.query_one(OptionList).highlighted or 0]

    def _row(self, found: Finding, gone: Finding | None) -> Text:
        """The run, when it was found and when it was over, what it is."""
        view, dark = self._view, self.app.current_theme.dark
        style = "dim" if gone else ""
        row = Text(no_wrap=True, overflow="ellipsis")
        row.append(" " if gone else MARK, MARK_STYLE).append(" ")
        row.append_text(run_sign(found.run, self._history, view, dark))
        name, when = self._columns
        row.append(
            f" {fitted(run_name(inert(found.run), name), name)}  {_when(found, gone):>{when}}  ",
            style,
        )
        row.append(title(found.kind, view.language, found.layer), style or "bold")
        row.plain = safe(row.plain, view.ascii)
        return row


def _when(found: Finding, gone: Finding | None) -> str:
    """When it was found, and when it was over."""
    return f"{found.iteration:,}" + (f"–{gone.iteration:,}" if gone else "")


def _line(line: str) -> Text:
    """With the word that it begins with, if there is one, in bold."""
    head, colon, rest = line.partition(": ")
    return Text.assemble((head + colon, "bold"), rest) if len(head) < 10 and colon else Text(line)
