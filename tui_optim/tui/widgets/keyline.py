"""The line of the most used keys at the bottom."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Static

from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.text import safe_text

MOST = 8


class KeyLine(Static):
    """The most used of the keys that are in force, as many as there is room for; a click presses.

    Textual's footer has a widget a key: to lay those out took longer than all panes together.

    Args:
        keys: by their names, the most needed first. They stand in the order of their bindings.
        only_enabled: leave out what the source does not obey, instead of dimming it.

    Attributes:
        shown: the names of the keys that are on the screen.
    """

    COMPONENT_CLASSES = {"keyline--key", "keyline--hovered"}

    def __init__(self, keys: Sequence[str], *, only_enabled: bool = False) -> None:
        super().__init__()
        self.shown: tuple[str, ...] = ()
        self._keys, self._only_enabled = keys, only_enabled
        self._hovered: str | None = None
        self._line = Text()

    def on_mount(self) -> None:
        """What is in force changes with the view and with the training's state."""
        self.screen.bindings_updated_signal.subscribe(self, self.draw)
        self.app.theme_changed_signal.subscribe(self, self._recolor)

    def _recolor(self, _theme: Theme) -> None:
        self.call_after_refresh(self.draw, self.screen)

    def on_resize(self) -> None:
        """There is room for more, or less."""
        self.draw(self.screen)

    def draw(self, screen: Screen[object]) -> None:
        """Show what is in force on a screen, if that differs from what is shown."""
        items = self._items(screen.active_bindings)
        self.shown = tuple(items)
        line = Text(" ", no_wrap=True)
        room = self.size.width - 1 - sum(item.cell_len for item in items.values())
        line.append_text(Text(" " * (1 + (room >= 2 * len(items) - 2))).join(items.values()))
        line = safe_text(line, self.app.has_class("-ascii"))
        if line != self._line:
            self._line = line
            self.update(line, layout=False)

    def _items(self, active: dict[str, ActiveBinding]) -> dict[str, Text]:
        """The most needed keys that there is room for, in the order of the bindings."""
        items: dict[str, Text] = {}
        room = self.size.width - 1
        for key in self._keys:
            if key not in active or (self._only_enabled and not active[key].enabled):
                continue
            item = self._item(key, active[key])
            if item.cell_len > room or len(items) == MOST:
                break
            room -= item.cell_len + 1
            items[key] = item
        return {binding.key: items[binding.key] for binding in BINDINGS if binding.key in items}

    def _item(self, key: str, active: ActiveBinding) -> Text:
        name = self.app.get_key_display(active.binding)
        style = self.get_component_rich_style("keyline--key", partial=True)
        item = Text.assemble((name, style), f" {active.binding.description}")
        if not active.enabled:
            item.stylize("dim")
        if key == self._hovered:
            item.stylize(self.get_component_rich_style("keyline--hovered", partial=True))
        item.stylize(Style(meta={"key": key}))
        return item

    # The mouse.

    def on_click(self, event: events.Click) -> None:
        """Press the key."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what a key does."""
        self._hover(event.style.meta.get("key"))

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._hover(None)

    def _hover(self, key: str | None) -> None:
        if key != self._hovered:
            self._hovered = key
            active = self.screen.active_bindings.get(key or "")
            self.tooltip = active.tooltip if active is not None else None
            self.draw(self.screen)
