"""The messages: what was said while the app was open, warnings and stray prints among it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_optim.tui.screens.help import FramedScreen


class MessagesScreen(FramedScreen[None]):
    """All messages, the newest last.

    Args:
        messages: each with the time when it came.
    """

    TITLE = "Messages"
    BINDINGS = [Binding("e,q", "leave")]
    KEYS = "[b]↑ ↓[/b]: scroll"

    def __init__(self, messages: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._messages = messages

    def content(self) -> ComposeResult:
        """A paragraph a message, for a warning may be long."""
        for when, text in self._messages or [("", "nothing yet")]:
            yield Static(f"{when}  {text}".strip(), markup=False)

    def on_mount(self) -> None:
        """Let the keys scroll, from the newest."""
        body = self.query_one("#body", VerticalScroll)
        body.can_focus = True
        body.focus()
        body.scroll_end(animate=False)
