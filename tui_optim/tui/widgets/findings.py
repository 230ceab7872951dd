"""Findings: what the diagnosis says, and what has happened to the training."""

from rich.text import Text

from tui_optim.events import Finding
from tui_optim.training.history import History
from tui_optim.tui.widgets.pane import Pane, Shown

MARK, MARK_STYLE = "▲", "bold yellow"


_DIVERGED = "its loss is no longer a finite number. A smaller learning rate may help."
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

    def __init__(self) -> None:
        super().__init__("Findings", "findings")

    def draw(self, shown: Shown, width: int, height: int) -> Text:  # noqa: ARG002
        """The findings; a line that says so where there are none."""
        failure = shown.training.failure
        if failure is not None:
            return Text.assemble(
                ("✗ The training cannot go on.\n", "bold red"),
                failure.strip().splitlines()[-1],
                "\n\n",
                *_WAYS_ON,
            )
        history = shown.training.history
        lines = [
            Text.assemble((f"{MARK} ", MARK_STYLE), finding.message)
            for finding in reversed(open_findings(history))
        ]
        lines += [
            Text.assemble(
                ("✗ ", "bold red"),
                f"{run} diverged at iteration {iteration}: its loss ",
                "is no number any more. A smaller learning rate may help.",
            )
            for run, iteration in history.diverged.items()
        ]
        return Text("\n").join(lines[:height] or [Text("nothing found yet", "dim")])


def open_findings(history: History) -> list[Finding]:
    """What was found and still holds, the oldest first."""
    last: dict[object, Finding] = {}
    for each in history.findings:
        last.pop(key := (each.run, each.layer, each.kind), None)
        last[key] = each
    return [each for each in last.values() if not each.resolved]
