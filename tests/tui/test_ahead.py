"""Keys that are typed before the screen they are for is there."""

import asyncio

import pytest
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList

from tui_optim.tui.ahead import TypedAhead


class Slow(ModalScreen):
    """A dialog on a busy machine."""

    def compose(self):
        yield Input()

    async def on_mount(self):
        await asyncio.sleep(0.05)


class Opener(TypedAhead):
    BINDINGS = [("o", "open")]

    def compose(self):
        yield OptionList("below")

    def action_open(self):
        self.push_screen(Slow())


@pytest.mark.parametrize("turns", [0, 1, 2, 8])
def test_keys_wait_for_the_screen_that_is_being_opened(turns, hands):
    async def main():
        app = Opener()
        async with app.run_test():
            for key in "oab":
                app.post_message(Key(key, key))
                for _ in range(turns):  # of others, in which the key before gets on
                    await asyncio.sleep(0)
            await hands(app).until(lambda: isinstance(app.focused, Input) and app.focused.value)
            await hands(app).settle()
            assert app.focused.value == "ab"

    asyncio.run(main())
