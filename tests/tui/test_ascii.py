"""With --ascii every cell of every screen is a 7-bit character, whatever draws it."""

import asyncio

from tui_optim.tui.app import TuiOptim
from tui_optim.tui.session import Session
from tui_optim.tui.view import View

MAIN = ("2", "3", "t", "4", "1", "i", "F", "l")
OVER = {  # keys that open what lies over the main screen, and those pressed there
    "c": [("space",), ("escape",), ("tab", "x")],
    "o": [("space",)],
    "d": [("end",), ("tab", *"no.csv"), ("enter",)],
    "h": [tuple("0x")],
    "question_mark": [("end",)],
    "e": [()],
    "ctrl+p": [("z",), ("down",)],
}


def seen(app):
    """The lines of the screen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def test_every_cell_of_every_screen_is_ascii(long, hands, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def main():
        experiment = long.replace(compare="lr=0.1,1e30", optimizer="sgd")
        app = TuiOptim(Session(experiment, pace=60), view=View(ascii=True))
        looked_at = 0

        def look(what):
            nonlocal looked_at
            lines = seen(app)
            assert {c for line in lines for c in line if not c.isascii()} == set(), (what, lines)
            looked_at += app.screen is not app.main

        async with app.run_test(size=(110, 34)):
            fingers = hands(app)
            await fingers.until(lambda: app.session.current.history.iteration > 5)
            for key in MAIN:
                await fingers.press(key)
                look(key)
                while app.screen is not app.main:
                    app.pop_screen()
            for key, steps in OVER.items():
                await fingers.press(key)
                await fingers.until(lambda: app.screen is not app.main)
                await fingers.settle()
                look(key)
                for keys in steps:
                    await fingers.press(*keys)
                    look((key, keys))
                while app.screen is not app.main:
                    app.pop_screen()
                await fingers.settle()
            assert looked_at > 10

    asyncio.run(main())
