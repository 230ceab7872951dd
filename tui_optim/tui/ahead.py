"""Keys that are typed ahead: those after one that opens a screen are for that screen."""

import asyncio
from contextlib import suppress

from textual.events import Event, Key
from textual.message import Message

from tui_optim.tui.jamo import KoreanKeys

PATIENCE = 2.0
"""Seconds that keys wait for a screen at most."""


class TypedAhead(KoreanKeys):
    """An app that keeps keys for the screen that is being opened.

    A key goes to the widget with the focus and comes back to the app, which acts on it. So others
    may be on their way to the screen below already when one opens a screen.
    """

    _opened = 0.0  # when the screen on top could take keys

    async def on_event(self, event: Event) -> None:
        """Send keys to a new screen that were meant for it, and wait for it before the next."""
        if not isinstance(event, Key):
            await super().on_event(event)
            return
        if not self.screen_stack:  # it is closing
            return
        if event.is_forwarded and event.time < self._opened:
            event = Key(event.key, event.character)
        screens = len(self.screen_stack)
        await super().on_event(event)
        if len(self.screen_stack) > screens:
            await self._wait_for_screen()
            self._opened = Message().time

    async def _wait_for_screen(self) -> None:
        """Until it is laid out and has its focus."""
        ready = asyncio.Event()
        self.screen.call_after_refresh(ready.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), PATIENCE)
