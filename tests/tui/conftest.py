"""What the tests of the screens share: an app that trains, quick hands on its keys, and logs."""

import asyncio
import threading
import time

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import encode
from tui_optim.training.trainer import Trainer
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.session import Session
from tui_optim.tui.view import View

LONG = Experiment(data="blobs", hidden="8x2", compare="optimizer=sgd,adam", iterations=10**7)
LOGGED = Experiment(
    data="blobs",
    hidden="8x2",
    compare="optimizer=sgd,adam",
    iterations=60,
    probe_every=10,
    eval_every=20,
)


class Hands(Pilot):
    """Presses keys as fast as a terminal sends what was typed ahead.

    Textual's own pilot waits after each key until the processor idles, which it does not while a
    training runs.
    """

    async def press(self, *keys):
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            self.app.post_message(Key(key, character))
        await self.settle()

    async def settle(self):
        """Let the messages come to rest, each widget's in turn."""
        for _ in range(4):
            await self.pause(0)

    async def until(self, condition, seconds=20):
        """Wait until something is so."""
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, "it did not come about in time"
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def hands():
    """Makes the hands on the keys of an app."""
    return Hands


@pytest.fixture(scope="session")
def long():
    """A training that does not come to its end."""
    return LONG


@pytest.fixture(scope="session")
def drive():
    """Runs an async function of an app of its own, which trains, and of hands on its keys."""

    def run(steps, experiment=LONG, size=(120, 40), pace=30):
        async def main():
            app = TuiOptim(Session(experiment, pace=pace))
            async with app.run_test(size=size):
                hands = Hands(app)
                await hands.until(lambda: app.session.current.history.iteration > 5)
                await steps(app, hands)

        before = set(threading.enumerate())
        asyncio.run(main())
        assert set(threading.enumerate()) <= before

    return run


@pytest.fixture(scope="module")
def at_hand():
    """The same in an app that is opened once, and is as at first for each function."""

    async def as_at_first(app):
        app.clear_notifications()
        app.messages.clear()
        while app.screen is not app.main:
            app.pop_screen()
        app.action_close_lesson()
        app.main.query_one("#views").current = "overview"
        app.main.query_one("#loss").focus()
        app.main.look(View())
        app.session.start(LONG)
        app.session.ghost = None
        app.training.control.set_pace(30)
        history = app.session.current.history
        await Hands(app).until(lambda: history.iteration > 1)

    def run(steps):
        async def main():
            await as_at_first(app)
            await steps(app, Hands(app))
            app.training.control.pause()  # it costs other tests nothing

        runner.run(main())

    with asyncio.Runner() as runner:
        app = TuiOptim(Session(LONG))
        opened = app.run_test(size=(120, 40))
        runner.run(opened.__aenter__())
        yield run
        runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def logged():
    """The events of a short training, of 60 iterations and some options, as lines of a log."""
    known = {}

    def lines(**options):
        key = repr(options)
        if key not in known:
            events = Trainer(LOGGED.replace(**options))
            known[key] = [f"{encode(event)}\n" for event in events]
        return known[key]

    return lines
