"""Pane: a titled part of the screen that is drawn anew only when what it shows has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Static

from tui_optim.tui.source import Subject
from tui_optim.tui.text import safe, safe_text
from tui_optim.tui.view import View, difference


@dataclass(frozen=True)
class Shown:
    """What all panes draw from: the training, the one before it, and how to show them."""

    training: Subject
    ghost: Subject | None
    view: View

    @property
    def before(self) -> Subject | None:
        """The ghost, where it is to be seen: one of the same data, with runs of the same names."""
        ghost, now = self.ghost, self.training
        if ghost is None or not self.view.ghost:
            return None
        if ghost.experiment and now.experiment:
            data = {(each.data, each.target) for each in (ghost.experiment, now.experiment)}
            if len(data) > 1:
                return None
        runs = now.history.runs  # none while its data are loaded
        return None if runs and set(runs).isdisjoint(ghost.history.runs) else ghost

    @property
    def said_before(self) -> str:
        """What the ghost is, in few words."""
        if self.before is None:
            return ""
        before, now = self.before.experiment, self.training.experiment
        had = difference(before, now) if before and now else ""
        return f"before ({had})" if had else "before"

    @property
    def cursor(self) -> float | None:
        """Where on the x axis the moment is that is looked at, if it is not the last."""
        training = self.training
        return None if training.moment is None else getattr(training.history, self.view.axis)

    @property
    def waiting(self) -> str:
        """Why there is nothing to be seen yet."""
        if self.training.failure is not None:
            return "it cannot go on: key 1 shows why"
        if self.training.history.started is None:
            return self.training.waiting
        return "waiting for the first probe"


class Titled(Widget):
    """A widget with titles on its border, which are written only where they have changed."""

    _titles = ("", "")

    def entitle(self, shown: Shown, title: str, subtitle: str = "") -> None:
        """Write them; names in them are no markup."""
        titles = (safe(title, shown.view.ascii), safe(subtitle, shown.view.ascii))
        if titles != self._titles:
            self._titles = titles
            self.border_title, self.border_subtitle = map(Text, titles)


class Pane(Titled, Static, can_focus=True):
    """A pane of text. Subclasses say in `draw` what it shows; a click or Tab focuses it."""

    def __init__(self, title: str, id: str) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._shown: Shown | None = None
        self._drawn: list[Text] | None = None
        self._wanted = 1

    def show(self, shown: Shown) -> None:
        """Draw, if it is on the screen and differs from what it showed."""
        self._shown = shown
        if not self.display or self.content_size.area == 0:
            return
        wanted = self.wanted(shown)
        if wanted != self._wanted:
            self._wanted = wanted
            self.refresh(layout=True)
            if wanted > self.content_size.height:  # it may be given room for all
                self.call_after_refresh(self.on_resize)
                return
        width, height = self.content_size
        lines = [safe_text(line, shown.view.ascii) for line in self.draw(shown, width, height)]
        before, self._drawn = self._drawn, lines
        if before is None:
            self.refresh()
        elif changed := list(_changed(before, lines)):
            self.refresh(*(Region(0, line, width, 1) for line in changed))

    def render(self) -> Text:
        """What was drawn last."""
        return Text("\n").join(self._drawn or [])

    def draw(self, shown: Shown, width: int, height: int) -> list[Text]:
        """The lines of the pane, at most `height` of `width` cells."""
        raise NotImplementedError

    def wanted(self, shown: Shown) -> int:  # noqa: ARG002
        """How many lines it would have, were there room; for a height of auto."""
        return 1

    @property
    def dark(self) -> bool:
        """Whether the theme is a dark one."""
        return self.app.current_theme.dark

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Textual asks this where the height is auto."""
        return self._wanted

    def on_resize(self) -> None:
        """What was drawn does not fit any more."""
        self._drawn = None
        if self._shown is not None:
            self.show(self._shown)


def _changed(before: list[Text], after: list[Text]) -> Iterator[int]:
    """The lines that differ: no others go through the line to a terminal far away."""
    for line, (old, new) in enumerate(zip_longest(before, after)):
        if old != new or old.style != new.style:
            yield line
