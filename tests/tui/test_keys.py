"""Every key of the main screen, pressed in the real app; and what lies over it."""

import asyncio
import csv
import re
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.command import CommandInput, CommandList

from tui_optim.training.checkpoint import Checkpoint
from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.dialogs import (
    CompareDialog,
    DataDialog,
    NetworkDialog,
    OptimizersDialog,
)
from tui_optim.tui.screens.help import HelpScreen
from tui_optim.tui.screens.messages import MessagesScreen


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


def is_whole(path):
    return Checkpoint.read(path).iteration > 0


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
    "k": ((), lambda _app: any(map(is_whole, Path().glob("tui-optim-*.ckpt")))),
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
    "F": ((), said("nothing wrong so far")),
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
    "4": ((), shows("#picture")),
    "t": (("3",), view("statistic", "std")),
    "z": ((), lambda app: app.screen.maximized is not None),
    "question_mark": ((), over(HelpScreen)),
    "e": ((), over(MessagesScreen)),
    "w": ((), lambda app: any("written" in text for _, text in app.messages)),
    "q": ((), lambda app: not app.is_running or app._exit),
}
"""What is pressed before each key, and what is so after it."""


def test_every_key_is_in_the_table():
    elsewhere = ("lessons.", "view-4.")  # have tests of their own
    keys = [binding.key for binding in BINDINGS if not binding.id.startswith(elsewhere)]
    assert list(KEYS) == keys


@pytest.mark.parametrize("key", KEYS)
def test_a_key_does_what_it_says(key, tmp_path, monkeypatch, at_hand, drive):
    monkeypatch.chdir(tmp_path)
    before, condition = KEYS[key]

    async def steps(app, hands):
        await hands.press(*before)
        if key != "1":
            assert key in ("n", "r") or not condition(app)
        await hands.press(key)
        await hands.until(lambda: condition(app))

    (drive if key == "q" else at_hand)(steps)


def test_t_chooses_in_view_2_what_the_last_chart_shows(at_hand):
    async def steps(app, hands):
        chart = app.main.query_one("#chosen")
        for course, said in (("update_ratio", "‖ΔW‖/‖W‖"), ("step_size", "‖ΔW‖/‖∇W‖")):
            await hands.press("2", "t")
            await hands.until(lambda said=said: said in str(chart.border_title))
            assert app.main.view.course == course
        await hands.press("t")
        assert app.main.view.course == "gradient_norm"
        assert app.main.view.statistic == "histogram"

    at_hand(steps)


def test_w_writes_while_it_trains_at_full_speed(tmp_path, monkeypatch, drive, long):
    monkeypatch.chdir(tmp_path)

    async def steps(app, _hands):
        for _ in range(8):
            app.action_write()
            await asyncio.sleep(0.01)

    experiment = long.replace(compare="seed=0,1,2,3,4,5,6,7")
    drive(steps, experiment=experiment, size=(60, 16), pace=None)
    (path,) = list(tmp_path.glob("*.csv"))[:1]
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows[0]) == 3 + 3 * 8
    assert {len(row) for row in rows} == {len(rows[0])}
    assert next(tmp_path.glob("*.svg")).read_text("utf-8").startswith("<svg")


def test_the_picture_has_no_message_on_it_and_korean_in_its_cells(tmp_path, monkeypatch, drive):
    monkeypatch.chdir(tmp_path)

    async def steps(app, hands):
        await app.run_action("app.lesson('zero-init')")
        app.main.view = replace(app.main.view, language="ko")
        app.main.read(app.bookmark)
        app.say("written: a picture")
        await hands.settle()
        await hands.press("w")
        await hands.until(lambda: said("tui-optim-")(app))

    drive(steps)
    svg = next(tmp_path.glob("*.svg")).read_text("utf-8")
    assert "written" not in svg
    cell = 12.2
    texts = re.findall(r'textLength="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    korean = [(float(n) / cell, cell_len(unescape(text))) for n, text in texts if "층" in text]
    assert korean
    assert all(n == pytest.approx(cells) for n, cells in korean)


def test_k_says_where_and_refuses_where_nothing_is_trained(tmp_path, monkeypatch, at_hand, long):
    monkeypatch.chdir(tmp_path)

    async def steps(app, hands):
        await hands.press("k")
        await hands.until(lambda: said(f"checkpoint: {tmp_path}/tui-optim-2")(app))
        await hands.until(lambda: any(tmp_path.glob("*.ckpt")))
        app.session.start(long.replace(data="no-such-data"))
        await hands.press("k")
        await hands.until(lambda: said("nothing is trained yet")(app))
        assert len(list(tmp_path.iterdir())) == 1

    at_hand(steps)


@pytest.mark.parametrize(
    ("key", "keys", "name", "value"),
    [
        ("h", ("8", "tab"), "hidden", (88, 88)),
        ("o", ("space",), "compare", (("optimizer", ("sgd", "adam", "gd")),)),
    ],
)
def test_what_a_dialog_answers_is_trained(key, keys, name, value, at_hand):
    async def steps(app, hands):
        before = app.session.current
        await hands.press(key)
        await hands.until(lambda: app.screen is not app.main)
        await hands.settle()
        if key == "h":
            app.screen.query_one("#hidden Input").value = "88x2"
        else:
            await hands.press(*keys)
        await hands.press("enter")
        await hands.until(lambda: app.session.current is not before)
        assert getattr(app.session.current.experiment, name) == value
        assert app.screen is app.main

    at_hand(steps)


def test_the_palette_finds_a_key_by_its_name(at_hand):
    async def steps(app, hands):
        await hands.press("ctrl+p")
        await hands.until(lambda: isinstance(app.focused, CommandInput))
        await hands.press(*"linear")
        found = app.screen.query_one(CommandList)
        await hands.until(lambda: found.options and "linear" in str(found.options[0].prompt))
        await hands.press("enter")
        await hands.until(lambda: not app.main.view.log_y)

    at_hand(steps)


def test_prints_and_warnings_become_messages(drive):
    async def steps(app, hands):
        print("a", 1, "b")  # noqa: T201  prints are tested
        print("look out: here", 1, file=sys.stderr)  # noqa: T201  likewise
        print("far " * 40 + "away")  # noqa: T201  likewise
        await hands.pause(0.1)
        texts = [text for _, text in app.messages]
        assert "a 1 b" in texts
        assert "look out: here 1" in texts
        assert list(app.warnings) == ["look out: here 1"]
        await hands.press("e")
        await hands.until(lambda: app.screen is not app.main)
        await hands.settle()
        said = {str(each.content)[10:]: each for each in app.screen.query("#body Static")}
        assert said["a 1 b"].region.height == 1
        assert said["far " * 40 + "away"].region.height == 3, "none is cut"

    drive(steps)


def test_the_largest_seed_is_followed_by_none(drive, long):
    async def steps(app, hands):
        before = app.session.current
        await hands.press("R")
        assert app.session.current is before
        assert any("seed" in text for _, text in app.messages)

    drive(steps, experiment=long.replace(seed=2**63 - 1))


def test_after_the_end_m_goes_on_even_when_paused(drive, long):
    async def steps(app, hands):
        history = app.session.current.history
        await hands.until(lambda: history.ended is not None)
        await hands.press("space", "m")
        await hands.until(lambda: history.iteration == 20)

    drive(steps, experiment=long.replace(iterations=10))


def test_a_restart_on_the_same_data_does_not_load_them_again(at_hand):
    async def steps(app, hands):
        before = app.session.current.dataset
        await hands.press("i")
        assert app.session.current.dataset is before
        await hands.press("R")  # other blobs
        assert app.session.current.dataset is not before
        assert app.session.ghost.trainer is None

    at_hand(steps)


def test_ctrl_c_quits_from_the_palette(drive):
    async def steps(app, hands):
        await hands.press("ctrl+p")
        await hands.until(lambda: app.screen is not app.main)
        await hands.press("ctrl+c")
        await hands.until(lambda: app._exit)

    drive(steps)
