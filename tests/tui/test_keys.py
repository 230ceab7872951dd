"""Every key of the main screen, pressed in the real app; and what lies over it."""

import asyncio
import csv
import sys

import pytest

from tui_optim.experiment import Experiment
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.dialogs import (
    CompareDialog,
    DataDialog,
    NetworkDialog,
    OptimizersDialog,
)
from tui_optim.tui.screens.help import HelpScreen
from tui_optim.tui.screens.messages import MessagesScreen
from tui_optim.tui.session import Session

LONG = Experiment(data="blobs", hidden="8x2", compare="optimizer=sgd,adam", iterations=10**7)


def drive(steps, experiment=LONG, size=(120, 40), pace=30):
    async def main():
        app = TuiOptim(Session(experiment, pace=pace))
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.session.current.history.iteration > 5)
            await steps(app, pilot)
        return app

    return asyncio.run(main())


async def until(pilot, condition):
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.025)
    raise AssertionError("it did not come about in time")


def option(name, value):
    return lambda app: getattr(app.session.current.experiment, name) == value


def view(name, value):
    return lambda app: getattr(app.main.view, name) == value


def rates(sgd, adam):
    def check(app):
        history = app.session.current.history
        return (history.learning_rate("sgd"), history.learning_rate("adam")) == (sgd, adam)

    return check


def shows(selector):
    return lambda app: app.screen.query_one(selector).region.area > 0


def over(kind):
    return lambda app: isinstance(app.screen, kind)


def said(text):
    return lambda app: any(text in message for _, message in app.messages)


def paused(app):
    return app.session.current.history.paused


KEYS = {
    "space": ((), paused),
    "n": (("space",), lambda app: app.session.current.history.layers["sgd"].iteration > 1),
    "less_than_sign": ((), lambda app: app.session.current.control.pace == 10),
    "greater_than_sign": ((), lambda app: app.session.current.control.pace == 100),
    "m": ((), lambda app: app.session.current.history.iterations == 2 * 10**7),
    "i": ((), option("initializer", "zeros")),
    "I": ((), option("initializer", "xavier")),
    "a": ((), option("activation", "leaky_relu")),
    "A": ((), option("activation", "tanh")),
    "r": ((), lambda app: app.session.ghost is not None and app.main.view.ghost),
    "R": ((), option("seed", 1)),
    "c": ((), over(CompareDialog)),
    "o": ((), over(OptimizersDialog)),
    "d": ((), over(DataDialog)),
    "h": ((), over(NetworkDialog)),
    "left_square_bracket": ((), rates(0.005, 0.001)),
    "right_square_bracket": ((), rates(0.02, 0.001)),
    "left_curly_bracket": ((), rates(0.005, 0.0005)),
    "right_curly_bracket": ((), rates(0.02, 0.002)),
    "up": ((), view("selected", "adam")),
    "down": ((), view("selected", "adam")),
    "v": ((), view("hidden", {"sgd"})),
    "g": ((), view("ghost", False)),
    "comma": ((), said("go back in its log")),
    "full_stop": ((), said("go back in its log")),
    "left_parenthesis": ((), said("go back in its log")),
    "right_parenthesis": ((), said("go back in its log")),
    "home": ((), said("go back in its log")),
    "end": ((), said("go back in its log")),
    "f": ((), said("go back in its log")),
    "x": ((), view("axis", "samples")),
    "y": ((), view("log_y", False)),
    "s": ((), view("smoothing", "ema0.9")),
    "1": (("2",), shows("#loss")),
    "2": ((), shows("#histograms")),
    "3": ((), shows("#matrix")),
    "t": (("3",), view("statistic", "std")),
    "z": ((), lambda app: app.screen.maximized is not None),
    "question_mark": ((), over(HelpScreen)),
    "e": ((), over(MessagesScreen)),
    "w": ((), lambda app: any("written" in text for _, text in app.messages)),
    "q": ((), lambda app: not app.is_running or app._exit),
}
"""What is pressed before each key, and what is so after it."""


def test_every_key_is_in_the_table():
    assert list(KEYS) == [binding.key for binding in BINDINGS]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_does_what_it_says(key, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before, condition = KEYS[key]

    async def steps(app, pilot):
        await pilot.press(*before)
        await pilot.pause(0.1)
        if key != "1":
            assert key in ("n", "r") or not condition(app)
        await pilot.press(key)
        await until(pilot, lambda: condition(app))

    drive(steps)


def test_w_writes_while_it_trains_at_full_speed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def steps(app, _pilot):
        for _ in range(20):
            app.action_write()
            await asyncio.sleep(0.01)

    drive(steps, experiment=LONG.replace(compare="seed=0,1,2,3,4,5,6,7"), pace=None)
    (path,) = list(tmp_path.glob("*.csv"))[:1]
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows[0]) == 3 + 3 * 8
    assert {len(row) for row in rows} == {len(rows[0])}
    assert next(tmp_path.glob("*.svg")).read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("key", "keys", "name", "value"),
    [
        ("h", ("8", "tab"), "hidden", (88, 88)),
        ("o", ("space",), "compare", (("optimizer", ("sgd", "adam", "gd")),)),
    ],
)
def test_what_a_dialog_answers_is_trained(key, keys, name, value):
    async def steps(app, pilot):
        before = app.session.current
        await pilot.press(key)
        await pilot.pause(0.2)
        if key == "h":
            app.screen.query_one("#hidden Input").value = "88x2"
        else:
            await pilot.press(*keys)
        await pilot.press("enter")
        await until(pilot, lambda: app.session.current is not before)
        assert getattr(app.session.current.experiment, name) == value
        assert app.screen is app.main

    drive(steps)


def test_the_palette_finds_a_key_by_its_name():
    async def steps(app, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)
        assert app.screen is not app.main
        await pilot.press(*"linear")
        await pilot.pause(0.8)
        await pilot.press("enter")
        await pilot.pause(0.2)
        await pilot.press(*(["enter"] if app.screen is not app.main else []))
        await until(pilot, lambda: not app.main.view.log_y)

    drive(steps)


def test_prints_and_warnings_become_messages():
    async def steps(app, pilot):
        print("a", 1, "b")  # noqa: T201
        print("look out: here", 1, file=sys.stderr)  # noqa: T201
        await pilot.pause(0.1)
        texts = [text for _, text in app.messages]
        assert "a 1 b" in texts
        assert "look out: here 1" in texts
        assert list(app.warnings) == ["look out: here 1"]
        await pilot.press("e")
        await pilot.pause(0.2)
        assert any("a 1 b" in str(label.content) for label in app.screen.query("Label"))

    drive(steps)


def test_the_largest_seed_is_followed_by_none():
    async def steps(app, pilot):
        before = app.session.current
        await pilot.press("R")
        assert app.session.current is before
        assert any("seed" in text for _, text in app.messages)

    drive(steps, experiment=LONG.replace(seed=2**63 - 1))


def test_after_the_end_m_goes_on_even_when_paused():
    async def steps(app, pilot):
        history = app.session.current.history
        await until(pilot, lambda: history.ended is not None)
        await pilot.press("space", "m")
        await until(pilot, lambda: history.iteration == 20)

    drive(steps, experiment=LONG.replace(iterations=10))


def test_a_restart_on_the_same_data_does_not_load_them_again():
    async def steps(app, pilot):
        before = app.session.current.dataset
        await pilot.press("i")
        assert app.session.current.dataset is before
        await pilot.press("R")  # other blobs
        assert app.session.current.dataset is not before
        assert app.session.ghost.trainer is None

    drive(steps)


def test_ctrl_c_quits_from_the_palette():
    async def steps(app, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app._exit)

    drive(steps)
