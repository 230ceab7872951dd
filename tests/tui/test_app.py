"""The app by real key presses."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tui_optim.experiment import Experiment
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.screens.main import MainScreen
from tui_optim.tui.session import Session
from tui_optim.tui.widgets.layers import LayersPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.runs import RunsPane

LONG = Experiment(data="blobs", hidden="8x2", compare="optimizer=sgd,adam", iterations=10**7)

Steps = Callable[[TuiOptim, Pilot[None]], Awaitable[None]]


def drive(steps: Steps, size: tuple[int, int] = (120, 40), experiment: Experiment = LONG) -> None:
    async def main() -> None:
        app = TuiOptim(Session(experiment, pace=30))  # a press waits for an idle processor
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.session.current.history.iteration > 5)
            await steps(app, pilot)
        assert [t for t in threading.enumerate() if t.name.startswith("tui-optim")] == []

    asyncio.run(main())


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.025)
    raise AssertionError("it did not come about in time")


def test_space_pauses_n_steps_and_space_resumes():
    async def steps(app, pilot):
        history = app.session.current.history
        await pilot.press("space")
        await until(pilot, lambda: history.paused)
        at = history.iteration
        await pilot.press("n", "n")
        await until(pilot, lambda: history.iteration == at + 2)
        await pilot.press("space")
        await until(pilot, lambda: history.iteration > at + 10)

    drive(steps)


@pytest.mark.parametrize(
    ("key", "axis", "value"),
    [
        ("i", "initializer", "zeros"),
        ("I", "initializer", "xavier"),
        ("a", "activation", "leaky_relu"),
        ("A", "activation", "tanh"),
        ("R", "seed", 1),
        ("r", "seed", 0),
    ],
)
def test_a_switch_restarts_at_once_and_leaves_a_ghost(key, axis, value):
    async def steps(app, pilot):
        before = app.session.current
        await pilot.press(key)
        assert getattr(app.session.current.experiment, axis) == value
        assert app.session.ghost.history is before.history
        await until(pilot, lambda: app.session.current.history.iteration > 10)

    drive(steps)


def test_a_compared_axis_is_not_switched():
    async def steps(app, pilot):
        before = app.session.current
        await pilot.press("a")
        assert app.session.current is before

    drive(steps, experiment=LONG.replace(compare="activation=relu,tanh"))


def test_learning_rates_change_while_it_trains():
    async def steps(app, pilot):
        history = app.session.current.history
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: history.learning_rate("sgd") == 0.02)
        assert history.learning_rate("adam") == 0.001
        await pilot.press("left_curly_bracket")
        await until(pilot, lambda: history.learning_rate("adam") == 0.0005)
        assert history.learning_rate("sgd") == 0.01

    drive(steps)


def test_the_pace_is_slowed_and_freed():
    async def steps(app, pilot):
        control = app.session.current.control
        paces = []
        for key in ("less_than_sign",) * 3 + ("greater_than_sign",) * 4:
            await pilot.press(key)
            paces.append(control.pace)
        assert paces == [10, 1, 1, 10, 100, None, None]  # from 30

    drive(steps)


def test_arrows_select_and_v_hides_and_a_click_selects():
    async def steps(app, pilot):
        history = app.session.current.history
        assert app.main.view.run(history) == "sgd"
        await pilot.press("down")
        assert app.main.view.run(history) == "adam"
        assert app.screen.query_one(LayersPane).border_title == "Layers of adam"
        await pilot.press("v")
        assert app.main.view.hidden == {"adam"}
        await pilot.click(RunsPane, offset=(6, 2))
        assert app.main.view.run(history) == "sgd"

    drive(steps)


def test_the_view_of_the_chart():
    async def steps(app, pilot):
        chart = app.screen.query_one(LossPane)
        await until(pilot, lambda: chart.border_title is not None)
        seen = [chart.border_title]
        for key in ("x", "y", "s", "x", "s", "s"):
            await pilot.press(key)
            seen.append(chart.border_title)
        assert "iterations" in seen[0]
        assert "samples seen" in seen[1]
        assert "linear" in seen[2]
        assert "0.9" in seen[3]
        assert "seconds" in seen[4]
        assert "lecture" in seen[5]
        assert "raw" in seen[6]
        await pilot.press("g")
        assert not app.main.view.ghost

    drive(steps)


def test_zoom_and_views():
    async def steps(app, pilot):
        screen = app.screen
        assert isinstance(screen, MainScreen)
        await pilot.press("z")
        assert screen.maximized is screen.query_one(LossPane)
        await pilot.press("z")
        assert screen.maximized is None
        for key, pane in (("2", "#histograms"), ("3", "#matrix"), ("1", "#loss")):
            await pilot.press(key)
            await pilot.pause()
            assert screen.query_one(pane).region.area > 0
            await pilot.press("z")
            assert screen.maximized is screen.query_one(pane)
            await pilot.press("z")

    drive(steps)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
def test_chart_and_runs_are_on_the_screen_at_every_size(size):
    async def steps(app, pilot):
        await pilot.pause(0.5)
        for pane in (LossPane, RunsPane):
            assert app.screen.query_one(pane).region.area > 0
        shown = app.screen.query_one(LayersPane).region.area > 0
        assert shown == (size[1] >= 24)

    drive(steps, size=size)


def test_a_screen_that_is_too_small_says_so_and_recovers():
    async def steps(app, pilot):
        assert app.screen.query_one("#too-small").display
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.screen.query_one("#too-small").display
        assert app.screen.query_one(LossPane).region.area > 0

    drive(steps, size=(50, 12))


def test_it_goes_on_for_as_many_iterations_again():
    async def steps(app, pilot):
        history = app.session.current.history
        await until(pilot, lambda: history.ended is not None)
        await pilot.press("m")
        await until(pilot, lambda: history.iteration == 20)

    drive(steps, experiment=LONG.replace(iterations=10))
