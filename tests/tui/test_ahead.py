"""Keys that are typed before the screen they are for is there."""

import asyncio

import pytest
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList

from tui_optim.tui.ahead import TypedAhead


class Slow(ModalScreen):
    """A dialog on a busy machine."""

    def compose(self):
        yield OptionList(*"abcdef")

    async def on_mount(self):
        await asyncio.sleep(0.2)


def chosen(kind, turns):
    """What is at the mark after o, and two keys for it, with so many turns of others between."""

    class Opener(kind):
        BINDINGS = [("o", "open"), ("down", "below")]

        def action_open(self):
            self.push_screen(Slow())

    async def look():
        app = Opener()
        async with app.run_test() as pilot:
            for key in ("o", "down", "down"):
                app.post_message(Key(key, None))
                for _ in range(turns):
                    await asyncio.sleep(0)
            await pilot.pause(0.4)
            return app.screen.query_one(OptionList).highlighted

    return asyncio.run(look())


@pytest.mark.parametrize("turns", [0, 8])
def test_keys_wait_for_the_screen_that_is_being_opened(turns):
    assert chosen(TypedAhead, turns) == 2


def test_keys_on_their_way_are_the_dialogs(at_hand):
    async def steps(app, hands):
        await hands.press("o", "down", "down", "space")
        await hands.until(lambda: app.screen is not app.main and app.focused)
        await hands.until(lambda: len(app.focused.selected) == 3)
        assert set(app.focused.selected) == {"sgd", "adam", "momentum"}
        assert not app.training.control.paused
        assert app.main.view.selected == ""

    at_hand(steps)


def test_keys_after_q_are_for_nobody(drive):
    async def steps(app, hands):
        await hands.press("q", "space", "down")
        await hands.until(lambda: app._exit)

    drive(steps)
