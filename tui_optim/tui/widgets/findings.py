"""Findings: what the diagnosis says, and what has happened to the training."""

from rich.text import Text

from tui_optim.tui.widgets.pane import Pane, Shown


class FindingsPane(Pane):
    """What was found, the newest first; and what a person changed."""

    def __init__(self) -> None:
        super().__init__("Findings", "findings")

    def draw(self, shown: Shown, width: int, height: int) -> Text:  # noqa: ARG002
        """The findings; a line that says so where there are none."""
        failure = shown.training.failure
        if failure is not None:
            text = Text("The training cannot go on.\n", "bold red")
            text.append(failure.strip().splitlines()[-1])
            text.append("\n\nr tries again · d chooses other data · h another network", "dim")
            return text
        history = shown.training.history
        lines = [Text(finding.message) for finding in reversed(history.findings)]
        for run, iteration in history.diverged.items():
            what = f"{run} diverged at iteration {iteration}: its loss is no number any more"
            lines.append(Text(what, "red"))
        if not lines:
            lines = [Text("nothing found yet", "dim")]
        return Text("\n").join(lines[:height])
