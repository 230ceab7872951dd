"""Findings: what the diagnosis says, and what has happened to the training."""

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.binding import Binding

from tui_optim.events import Finding
from tui_optim.training.advice import sentence, title
from tui_optim.training.findings import open_findings, past_findings
from tui_optim.training.reading import Reading
from tui_optim.tui.view import View
from tui_optim.tui.widgets.pane import Pane, Shown

MARK, MARK_STYLE = "▲", "bold yellow"
NOTHING_WRONG = "nothing wrong so far"
_FAILED = "✗ The training cannot go on."
_WAYS_ON = (
    ("r", "bold"),
    " tries again · ",
    ("d", "bold"),
    " other data · ",
    ("h", "bold"),
    " another network",
)


class FindingsPane(Pane):
    """What was found, the newest first; and why the training cannot go on."""

    BINDINGS = [Binding("enter", "app.findings", "explain", show=False)]

    def __init__(self) -> None:
        super().__init__("Findings", "findings")

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """What holds, by what it is; then, dim, what held before; each whole, or by its title."""
        lines: list[Text] = []
        left, cut = 0, False
        for texts in self._parts(shown):
            part, room = self._wrapped(texts, width), height - len(lines)
            if len(part) > room:
                cut, left = cut or not lines, left + bool(lines)
                if not lines and room:
                    _cut(part[room - 1], width)
                part = part[: room if not lines else min(room, len(texts) - 1)]
            lines += part
        note = f"F: {left} more" if left else "F: more" if cut else "F explains"
        found = shown.training.failure is None and shown.training.history.findings
        self.entitle(shown, "Findings", note if found else "")
        return lines

    def _wrapped(self, texts: Sequence[tuple[Text, int]], width: int) -> list[Text]:
        lines: list[Text] = []
        for text, indent in texts:
            wrapped = text.wrap(self.app.console, width - indent, overflow="fold")
            lines += (Text(" " * indent).append_text(line) for line in wrapped)
        return lines

    def _parts(self, shown: Shown) -> Iterator[list[tuple[Text, int]]]:
        """What belongs together: paragraphs, each with its indentation."""
        failure, history, view = shown.training.failure, shown.training.history, shown.view
        dark = self.dark
        if failure is not None:
            why = failure.strip().splitlines()[-1]
            texts = Text(_FAILED, "bold red"), Text(why), Text(), Text.assemble(*_WAYS_ON)
            yield [(text, 0) for text in texts]
            return
        for newest, *others in _groups(history):
            name = title(newest.kind, view.language)
            signs = [run_sign(each.run, history, view, dark) for each in (newest, *others)]
            head = Text(" ").join([Text(MARK, MARK_STYLE), Text(name, "bold"), *signs])
            said = Text(_said(newest, history, view))
            yield [(head, 0), (Text(" ").join([signs[0], said]) if others else said, 2)]
        for _, gone in reversed(past_findings(history.findings)):
            sign = run_sign(gone.run, history, view, dark)
            yield [(Text.assemble(sign, (f" {_said(gone, history, view)}", "dim")), 2)]
        if not history.findings:
            yield [(Text(NOTHING_WRONG, "dim"), 0)]


def _cut(line: Text, width: int) -> None:
    """Say that a line goes on that is not shown, if need be in the place of its last words."""
    line.rstrip()
    while line.cell_len > width - 2 and " " in line.plain.strip():
        line.right_crop(len(line) - line.plain.rindex(" "))
    line.append(" …")


def run_sign(run: str, history: Reading, view: View, dark: bool) -> Text:
    """A run's sign in its colour."""
    return Text(view.sign(history, run), view.color(history, run, dark=dark))


def _said(finding: Finding, history: Reading, view: View) -> str:
    info = history.started.run(finding.run) if history.started else None
    return sentence(finding, view.language, info)


def _groups(history: Reading) -> list[Sequence[Finding]]:
    """What holds, by kind, the newest first."""
    groups: dict[str, list[Finding]] = {}
    for each in reversed(open_findings(history.findings)):
        groups.setdefault(each.kind, []).append(each)
    return list(groups.values())
