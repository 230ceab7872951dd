"""The main screen: the views, of which one is seen at a time."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Footer, Static

from tui_optim.tui.widgets.details import DetailsView, MatrixPane
from tui_optim.tui.widgets.findings import FindingsPane
from tui_optim.tui.widgets.header import Header
from tui_optim.tui.widgets.layers import LayersPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.pane import Pane, Shown
from tui_optim.tui.widgets.runs import RunsPane

VIEWS = ("overview", "details", "matrix")


class MainScreen(Screen[None]):
    """Header, one of the views, a line for what has just happened, and the keys."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (150, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (22, "-middle"), (34, "-tall")]

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield Static("Too small: at least 60 × 16 are needed.", id="too-small")
        yield Header(id="header")
        with ContentSwitcher(initial=VIEWS[0], id="views"):
            with Vertical(id="overview"):
                with Horizontal(id="upper"):
                    yield LossPane()
                    with Vertical(id="side"):
                        yield RunsPane()
                        yield FindingsPane()
                yield LayersPane()
            yield DetailsView(id="details")
            yield MatrixPane()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The chart is what a first key is about."""
        self.query_one(LossPane).focus()

    def show(self, shown: Shown) -> None:
        """Draw what is on the screen."""
        if not self.query(Header):  # not laid out yet, or closing
            return
        self.query_one(Header).show(shown)
        match self.query_one("#views", ContentSwitcher).current:
            case "overview":
                self.query_one(LossPane).show(shown)
                for pane in self.query("#overview Pane").results(Pane):
                    pane.show(shown)
            case "details":
                self.query_one(DetailsView).show(shown)
            case _:
                self.query_one(MatrixPane).show(shown)

    def choose(self, view: int) -> None:
        """Show a view by its number, from 1."""
        self.minimize()
        self.query_one("#views", ContentSwitcher).current = VIEWS[view - 1]

    def zoom(self) -> None:
        """Give the whole screen to the pane with the focus, or take it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)
