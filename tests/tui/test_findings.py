"""Findings on the screens: the pane, the marks, and the screen that explains them."""

import asyncio
from dataclasses import replace

import pytest
from textual.app import App
from textual.widgets import OptionList, Static

from tui_optim.events import Finding
from tui_optim.experiment import Experiment
from tui_optim.lessons import FOR_FINDING
from tui_optim.training.control import Control
from tui_optim.training.findings import open_findings
from tui_optim.training.trainer import Trainer
from tui_optim.tui.screens.findings import FindingsScreen
from tui_optim.tui.session import Training
from tui_optim.tui.view import View
from tui_optim.tui.widgets.findings import NOTHING_WRONG, FindingsPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.matrix import MatrixPane
from tui_optim.tui.widgets.pane import Shown

DEEP = Experiment(
    data="blobs",
    activation="sigmoid",
    initializer="xavier",
    hidden="10x5",
    compare="optimizer=adam:lr=0.03,sgd,momentum",
    iterations=60,
    probe_every=5,
)
"""Adam gets over the vanishing gradient, the others do not."""


@pytest.fixture(scope="module")
def deep():
    """The training, over."""
    training = Training(DEEP, Control())
    for event in Trainer(DEEP, training.control):
        training.history.add(event)
    return training


@pytest.fixture
def healthy():
    """A training in which nothing was found yet."""
    experiment = Experiment(data="blobs", hidden="8x2", iterations=1, compare="optimizer=sgd,adam")
    training = Training(experiment, Control())
    for event in Trainer(experiment, training.control):
        training.history.add(event)
    return training


class Alone(App):
    """A widget, or a screen, and what the screen gives."""

    def __init__(self, make, shown=None):
        super().__init__()
        self.make, self.shown, self.given = make, shown, []

    def compose(self):
        if self.shown:
            yield self.make()

    def on_mount(self):
        if not self.shown:
            self.push_screen(self.make(), self.given.append)


def lines(training, view=None, size=(60, 12), make=FindingsPane):
    """What a pane shows."""

    async def look():
        app = Alone(make, Shown(training, None, view or View()))
        async with app.run_test(size=size) as pilot:
            pane = app.query_one(make)
            pane.show(app.shown)
            await pilot.pause()
            strips = [pane.render_line(y) for y in range(pane.size.height)]
            return [strip.text.rstrip() for strip in strips]

    return asyncio.run(look())


def nothing(_run):
    """Selects no run."""


def explained(training, *keys, view=None, size=(80, 24), lesson_for=FOR_FINDING.get):
    """The rows, the explanation and the line of keys after some keys; and what was given."""

    async def look():
        app = Alone(lambda: FindingsScreen(training.history, view or View(), lesson_for, nothing))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            rows, status, foot = map(app.screen.query_one, (OptionList, "#status", "#keys"))
            await pilot.press(*keys)
            prompts = [str(row.prompt) for row in rows.options]
            return prompts, str(status.content), str(foot.content), app.given

    return asyncio.run(look())


def test_the_disease_is_named_once_for_all_runs_that_have_it(deep):
    text = lines(deep)
    assert text[0].strip() == "▲ vanishing gradient ▲ ■"
    assert " ".join(text[1:3]).split()[:4] == ["▲", "Layer", "1:", "the"]
    assert "try ReLU with He (keys a, i)." in " ".join(" ".join(text).split())
    past = next(line for line in text if "no longer" in line)
    assert past.strip().startswith("★ Layer 1: vanishing gradient no longer")


def test_nothing_wrong_is_said(healthy):
    assert lines(healthy)[0].strip() == NOTHING_WRONG


def test_the_newest_comes_first_and_long_ones_are_cut(healthy):
    for n in (1, 2, 3):
        message = f"{n} says a good deal more than one line of the pane holds, and then the end"
        healthy.history.add(Finding(n, "sgd", None, f"kind {n}", 0.5, 0.3, message, resolved=False))
    each = [
        [
            f"▲ kind {n} ■",
            f"{n} says a good deal more than one line",
            "of the pane holds, and then the end",
        ]
        for n in (3, 2, 1)
    ]
    for height, shown in {
        2: [each[0][0], "3 says a good deal more than one …"],
        5: [*each[0], each[1][0], each[2][0]],
        6: [*each[0], *each[1]],
        9: [*each[0], *each[1], *each[2]],
    }.items():
        text = [line.strip() for line in lines(healthy, size=(40, height))]
        assert text == shown


@pytest.mark.parametrize("ascii_only", [False, True])
def test_korean_is_kept_whole(deep, ascii_only):
    view = View(language="ko", ascii=ascii_only)
    for width in (31, 36, 43):  # where lines break in different places
        text = lines(deep, view, (width, 12))
        said = "".join("".join(text).split())
        assert "층마다기울기를줄입니다.ReLU활성화함수와He초기화를써보세요(a,i키)." in said
    assert text[0].strip() == ("! 기울기 소실 c b" if ascii_only else "▲ 기울기 소실 ▲ ■")


@pytest.mark.parametrize("axis", ["iteration", "samples"])
def test_marks_on_the_chart_where_it_was_found(deep, axis):
    async def look():
        app = Alone(LossPane, Shown(deep, None, View(axis=axis, hidden=frozenset({"sgd"}))))
        async with app.run_test(size=(60, 12)):
            pane = app.query_one(LossPane)
            pane.show(app.shown)
            return pane.plot.marks

    marks = asyncio.run(look())
    found = [each for each in deep.history.findings if not each.resolved and each.run != "sgd"]
    scale = 1 if axis == "iteration" else DEEP.batch_size
    assert [(x, sign) for x, sign, _ in marks] == [
        (pytest.approx(scale * each.iteration, rel=0.02), "▲") for each in found
    ]
    assert len({color for *_, color in marks}) == 2


def test_marks_on_the_layers_of_all_runs(deep):
    text = lines(deep, size=(100, 30), make=MatrixPane)
    marked = {line.split()[1]: line.index("▲", 5) for line in text if "▲" in line[5:]}
    assert marked == dict.fromkeys(("sgd", "momentum"), text[0].index("1 ") - 1)


def test_each_is_explained(deep):
    rows, said, keys, given = explained(deep)
    assert [row.split()[:3] for row in rows] == [
        ["▲", "▲", "momentum"],
        ["▲", "■", "sgd"],
        ["★", "adam:lr=0.03", "10–40"],
    ]
    assert rows[0].split()[3:] == ["10", "vanishing", "gradient,", "layer", "1"]
    assert max(map(len, rows)) <= 56, "on the narrowest screen, too"
    assert [line.partition(":")[0] for line in said.split("\n")] == ["Measured", "Why", "Remedy"]
    assert "below 0.01 it has vanished" in said
    assert "enter: its lesson" in keys
    assert given == []


def test_one_that_is_over_says_so_and_korean_is_spoken(deep):
    rows, said, *_ = explained(deep, "down", "down", view=View(language="ko"))
    assert rows[0].endswith("1층 기울기 소실")
    heads = [line.partition(":")[0] for line in said.split("\n")]
    assert heads == ["1층", "측정", "원인", "처방"]


def test_enter_gives_its_lesson_and_escape_nothing(deep):
    assert explained(deep, "enter")[-1] == ["vanishing-gradient"]
    assert explained(deep, "escape")[-1] == [None]
    *_, keys, given = explained(deep, "enter", lesson_for=lambda _kind: None)
    assert given == []
    assert "lesson" not in keys


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
def test_every_explanation_has_room(healthy, size):
    base = Finding(1, "sgd", 1, "", 1.2e-5, 1e-3, "", resolved=False)
    for kind in FOR_FINDING:
        healthy.history.add(replace(base, kind=kind))

    async def look():
        app = Alone(lambda: FindingsScreen(healthy.history, View(), FOR_FINDING.get, nothing))
        async with app.run_test(size=size) as pilot:
            status = app.screen.query_one("#status", Static)
            rows, frame = app.screen.query_one(OptionList), app.screen.query_one("#frame")
            for row in range(len(FOR_FINDING)):
                rows.highlighted = row
                for _ in range(4):
                    await pilot.pause(0)
                assert frame.content_region.contains_region(status.region)
                assert rows.region.height >= 2
                assert rows.region.bottom <= status.region.y

    asyncio.run(look())


def test_the_key_opens_them_and_the_pane_is_there_when_needed(drive):
    async def steps(app, hands):
        pane = app.main.query_one(FindingsPane)
        assert not pane.display
        await hands.press("F")
        assert app.messages[-1][1] == NOTHING_WRONG
        app.session.current.control.set_pace(None)
        await hands.until(lambda: app.session.current.history.findings)
        app.session.current.control.pause()
        app.main.draw()
        await hands.settle()
        assert pane.display
        await hands.press("F")
        assert isinstance(app.screen, FindingsScreen)
        newest = open_findings(app.session.current.history.findings)[-1]
        assert app.main.view.selected == newest.run, "the remedy's key acts on it"
        await hands.press("F")
        assert app.screen is app.main
        assert app.main.view.selected == "", "as it was"
        pane.focus()
        await hands.press("enter")
        assert isinstance(app.screen, FindingsScreen)
        await hands.press("left_square_bracket")
        assert app.screen is app.main
        assert app.main.view.selected == newest.run
        assert f"learning rate of {newest.run} halved" in app.messages[-1][1]

    drive(steps, replace(DEEP, probe_every=100, iterations=10**6), size=(80, 24))
