"""Keys that are typed ahead: those after one that opens or closes a screen are for the next."""

import asyncio
from contextlib import suppress

from textual.events import Event, Key
from textual.message import Message
from textual.screen import Screen

from tui_optim.tui.jamo import KoreanKeys

PATIENCE = 2.0
"""Seconds that keys wait for a screen at most."""


class TypedAhead(KoreanKeys):
    """An app in which a key that is typed after one that opens or closes a screen is the next's.

    For that the keys that open one must act at once, as bindings with priority do.
    """

    _on_top: Screen[object] | None = None
    _since = 0.0  # the time from which on keys are sent to it

    async def on_event(self, event: Event) -> None:
        """Send a key to the screen that is on top by now, and let the next wait for a new one."""
        if not isinstance(event, Key) or not self.screen_stack:  # without one it is closing
            await super().on_event(event)
            return
        if self.screen is not self._on_top:
            self._on_top = self.screen
            self._since = Message().time if event.is_forwarded else event.time
        if event.is_forwarded and event.time < self._since:  # it comes back from one below, or gone
            event = Key(event.key, event.character)
        screens = len(self.screen_stack)
        await super().on_event(event)
        if len(self.screen_stack) > screens:
            await self._wait_for_screen()

    async def _wait_for_screen(self) -> None:
        """Until it is laid out and has its focus."""
        ready = asyncio.Event()
        self.screen.call_after_refresh(ready.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), PATIENCE)
