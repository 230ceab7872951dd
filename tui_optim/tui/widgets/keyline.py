"""The line of the most used keys at the bottom."""

from textual.app import ComposeResult
from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer, each key with its own class, so that style sheets can drop some."""

    def compose(self) -> ComposeResult:
        """The keys."""
        for widget in super().compose():
            if key := getattr(widget, "key", ""):
                widget.add_class(f"-{key}")
            yield widget
