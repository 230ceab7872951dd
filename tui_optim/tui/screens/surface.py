"""The dialog of view 4: which optimizers run on the surface."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets.selection_list import Selection

from tui_optim.nn.optimizers import OPTIMIZERS
from tui_optim.tui.landscape import Landscape
from tui_optim.tui.screens.dialogs import CheckList
from tui_optim.tui.screens.help import FramedScreen


class SurfaceDialog(FramedScreen[tuple[str, ...]]):
    """Asks for optimizers by name; gives them, or None when left.

    Args:
        state: what runs now.
    """

    TITLE = "Which optimizers run on the surface"
    KEYS = "[b]space[/b]: choose · [@click=screen.accept][b]enter[/b]: run these[/]"
    BINDINGS = [Binding("enter", "accept", "run these", priority=True)]

    def __init__(self, state: Landscape) -> None:
        super().__init__()
        self._ground = state.ground
        self._before = {spec.partition(":")[0] for spec in state.specs}

    def content(self) -> ComposeResult:
        """All optimizers there are, but gd, which is sgd where there are no minibatches."""
        names = [name for name, kind in OPTIMIZERS.items() if not kind.full_batch]
        rows = (Selection(self._row(name), name, name in self._before) for name in names)
        yield CheckList(*rows, compact=True)

    def _row(self, name: str) -> Content:
        return Content.assemble(f"{name:<10} ", (f"lr {self._ground.rates[name]:g}", "dim"))

    def action_accept(self) -> None:
        """Close with what is chosen."""
        chosen = self.query_one(CheckList).selected
        if chosen:
            self.dismiss(tuple(name for name in OPTIMIZERS if name in chosen))
        else:
            self.say("choose at least one optimizer", "-refused")
