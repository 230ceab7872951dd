"""Pane: a titled part of the screen that is drawn anew only when what it shows has changed."""

from dataclasses import dataclass

from rich.text import Text
from textual.widgets import Static

from tui_optim.tui.session import Training
from tui_optim.tui.view import View


@dataclass(frozen=True)
class Shown:
    """What all panes draw from: the training, the one before it, and how to show them."""

    training: Training
    ghost: Training | None
    view: View

    @property
    def before(self) -> Training | None:
        """The ghost, where it is to be seen."""
        return self.ghost if self.view.ghost else None


class Pane(Static, can_focus=True):
    """A pane of text. Subclasses say in `draw` what it shows; a click or Tab focuses it."""

    def __init__(self, title: str, id: str) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._drawn: Text | None = None

    def show(self, shown: Shown) -> None:
        """Draw, if it is on the screen and differs from what it showed."""
        if not self.display or self.content_size.area == 0:
            return
        text = self.draw(shown, self.content_size.width, self.content_size.height)
        if text != self._drawn or (self._drawn and text.spans != self._drawn.spans):
            self._drawn = text
            self.update(text)

    def draw(self, shown: Shown, width: int, height: int) -> Text:
        """The text of the pane, at most `height` lines of `width` cells."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """What was drawn does not fit any more."""
        self._drawn = None
