"""Findings: what the diagnosis says, and what has happened to the training."""

from rich.text import Text

from tui_optim.training.findings import open_findings
from tui_optim.tui.widgets.pane import Pane, Shown

MARK, MARK_STYLE = "▲", "bold yellow"
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

    def __init__(self) -> None:
        super().__init__("Findings", "findings")

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """The findings; a line that says so where there are none."""
        texts = self._texts(shown)[:height] or [Text("nothing wrong so far", "dim")]
        lines = [line for text in texts for line in text.wrap(self.app.console, width)]
        return lines[:height]

    def _texts(self, shown: Shown) -> list[Text]:
        failure, history = shown.training.failure, shown.training.history
        if failure is not None:
            why = failure.strip().splitlines()[-1]
            return [Text(_FAILED, "bold red"), Text(why), Text(), Text.assemble(*_WAYS_ON)]
        return [
            Text.assemble((f"{MARK} ", MARK_STYLE), finding.message)
            for finding in reversed(open_findings(history.findings))
        ]
