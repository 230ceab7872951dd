"""Keys that are typed before the screen they are for is there."""

import asyncio

import pytest
from textual.binding import Binding
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
    BINDINGS = [Binding("o", "open", priority=True)]

    def compose(self):
        yield OptionList("below")

    def action_open(self):
        self.push_screen(Slow())


@pytest.mark.parametrize("turns", [0, 1, 2, 8])
def test_keys_wait_for_the_screen_that_is_being_opened(turns, hands):
    async def main():
        app = Opener()
        async with app.run_test():
            for key in "oabcdef":
                app.post_message(Key(key, key))
                for _ in range(turns):  # of others, in which the key before gets on
                    await asyncio.sleep(0)
            await hands(app).until(lambda: isinstance(app.focused, Input) and app.focused.value)
            await hands(app).until(lambda: len(app.focused.value) == 6)
            assert app.focused.value == "abcdef"

    asyncio.run(main())


def test_keys_that_are_typed_ahead_are_the_dialogs(at_hand):
    async def steps(app, hands):
        before = app.training.experiment
        await hands.press("h", "1", "2", "3", "enter")
        await hands.until(lambda: app.training.experiment != before)
        assert app.training.experiment.hidden == (123,)

    at_hand(steps)
