"""The app by real key presses."""

import pytest

from tui_optim.tui.screens.main import MainScreen
from tui_optim.tui.widgets.layers import LayersPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.runs import RunsPane


def test_space_pauses_n_steps_and_space_resumes(at_hand):
    async def steps(app, hands):
        history = app.session.current.history
        await hands.press("space")
        await hands.until(lambda: history.paused)
        at = history.iteration
        await hands.press("n", "n")
        await hands.until(lambda: history.iteration == at + 2)
        await hands.press("space")
        await hands.until(lambda: history.iteration > at + 10)

    at_hand(steps)


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
def test_a_switch_restarts_at_once_and_leaves_a_ghost(key, axis, value, at_hand):
    async def steps(app, hands):
        before = app.session.current
        await hands.press(key)
        assert getattr(app.session.current.experiment, axis) == value
        assert app.session.ghost.history is before.history
        await hands.until(lambda: app.session.current.history.iteration > 10)

    at_hand(steps)


def test_a_compared_axis_is_not_switched(drive, long):
    async def steps(app, hands):
        before = app.session.current
        await hands.press("a")
        assert app.session.current is before

    drive(steps, experiment=long.replace(compare="activation=relu,tanh"))


def test_learning_rates_change_while_it_trains(at_hand):
    async def steps(app, hands):
        history = app.session.current.history
        await hands.press("right_square_bracket")
        assert app.messages[-1][1] == "learning rate of sgd doubled: 0.01 → 0.02"
        await hands.until(lambda: history.learning_rate("sgd") == 0.02)
        assert history.learning_rate("adam") == 0.001
        await hands.press("left_curly_bracket")
        await hands.until(lambda: history.learning_rate("adam") == 0.0005)
        assert history.learning_rate("sgd") == 0.01

    at_hand(steps)


def test_a_rate_is_said_from_what_was_asked_for_so_far(at_hand):
    async def steps(app, hands):
        await hands.press("right_square_bracket", "right_curly_bracket", "right_square_bracket")
        assert [text for _, text in app.messages][-3:] == [
            "learning rate of sgd doubled: 0.01 → 0.02",
            "learning rate of all runs doubled",
            "learning rate of sgd doubled: 0.04 → 0.08",
        ]
        await hands.until(lambda: app.training.history.learning_rate("sgd") == 0.08)

    at_hand(steps)


def test_at_the_end_keys_say_how_it_goes_on(drive, long):
    async def steps(app, hands):
        history = app.training.history
        await hands.until(lambda: history.ended is not None)
        said = {
            "space": "m goes on, r starts again",
            "n": "m goes on, r starts again",
            "right_square_bracket": "m goes on, and then [ ] change its rate",
            "left_curly_bracket": "m goes on, and then { } change the rates",
        }
        for key, hint in said.items():
            await hands.press(key)
            assert app.messages[-1][1] == f"the training is over: {hint}"
        assert not app.training.control.paused
        await hands.press("m", "right_square_bracket")
        await hands.until(lambda: history.learning_rate("sgd") == 0.02)
        assert app.messages[-1][1] == "learning rate of sgd doubled: 0.01 → 0.02"

    drive(steps, experiment=long.replace(iterations=10))


def test_the_pace_is_slowed_and_freed(at_hand):
    async def steps(app, hands):
        control = app.session.current.control
        paces = []
        for key in ("less_than_sign",) * 3 + ("greater_than_sign",) * 4:
            await hands.press(key)
            paces.append(control.pace)
        assert paces == [10, 1, 1, 10, 100, None, None]  # from 30

    at_hand(steps)


def test_arrows_select_and_v_hides_and_a_click_selects(at_hand):
    async def steps(app, hands):
        history = app.session.current.history
        assert app.main.view.run(history) == "sgd"
        await hands.press("down")
        assert app.main.view.run(history) == "adam"
        assert app.screen.query_one(LayersPane).border_title == "Layers of adam"
        await hands.press("v")
        assert app.main.view.hidden == {"adam"}
        await hands.click(RunsPane, offset=(6, 2))
        assert app.main.view.run(history) == "sgd"

    at_hand(steps)


def test_the_view_of_the_chart(at_hand):
    async def steps(app, hands):
        chart = app.screen.query_one(LossPane)
        await hands.until(lambda: chart.border_title is not None)
        seen = [chart.border_title]
        for key in ("x", "y", "s", "x", "s", "s"):
            await hands.press(key)
            seen.append(chart.border_title)
        assert "iterations" in seen[0]
        assert "samples seen" in seen[1]
        assert "linear" in seen[2]
        assert "0.9" in seen[3]
        assert "seconds" in seen[4]
        assert "lecture" in seen[5]
        assert "raw" in seen[6]
        await hands.press("g")
        assert not app.main.view.ghost

    at_hand(steps)


def test_zoom_and_views(at_hand):
    async def steps(app, hands):
        screen = app.screen
        assert isinstance(screen, MainScreen)
        await hands.press("z")
        assert screen.maximized is screen.query_one(LossPane)
        await hands.press("z")
        assert screen.maximized is None
        for key, pane in (("2", "#histograms"), ("3", "#matrix"), ("1", "#loss")):
            await hands.press(key)
            await hands.pause()
            assert screen.query_one(pane).region.area > 0
            await hands.press("z")
            assert screen.maximized is screen.query_one(pane)
            await hands.press("z")

    at_hand(steps)


def test_a_zoomed_pane_has_the_whole_screen_whatever_there_is(drive, long):
    async def steps(app, hands):
        await app.run_action("app.lesson('zero-init')")
        app.main.action_view(1)
        app.session.start(sick)
        await hands.until(lambda: app.training.history.findings)
        app.training.control.pause()
        app.main.draw()
        sizes = {}
        for pane in app.main.focus_chain:
            app.main.set_focus(pane)
            await hands.press("z")
            await hands.until(lambda: app.main.maximized and app.main.maximized.region.area)
            sizes[pane.id] = tuple(pane.region.size)
            await hands.press("z")
            await hands.until(lambda: app.main.maximized is None)
        assert sizes == dict.fromkeys(("loss", "runs", "findings", "lesson"), (60, 15))

    sick = long.replace(initializer="zeros", probe_every=2)
    drive(steps, experiment=sick, size=(60, 16))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
def test_chart_and_runs_are_on_the_screen_at_every_size(size, drive):
    async def steps(app, hands):
        panes = [app.screen.query_one(pane) for pane in (LossPane, RunsPane)]
        await hands.until(lambda: all(pane.region.area > 0 for pane in panes))
        await hands.settle()
        shown = app.screen.query_one(LayersPane).region.area > 0
        assert shown == (size[1] >= 24)

    drive(steps, size=size)


def test_a_screen_that_is_too_small_says_so_and_recovers(drive):
    async def steps(app, hands):
        assert app.screen.query_one("#too-small").display
        await hands.resize_terminal(80, 24)
        await hands.pause()
        assert not app.screen.query_one("#too-small").display
        assert app.screen.query_one(LossPane).region.area > 0

    drive(steps, size=(50, 12))


def test_it_goes_on_for_as_many_iterations_again(drive, long):
    async def steps(app, hands):
        history = app.session.current.history
        await hands.until(lambda: history.ended is not None)
        await hands.press("m")
        await hands.until(lambda: history.iteration == 20)

    drive(steps, experiment=long.replace(iterations=10))


def test_a_new_seed_moves_compared_seeds_on(drive, long):
    async def steps(app, hands):
        await hands.press("R")
        experiment = app.session.current.experiment
        assert experiment.axes == (("seed", ("3", "4", "5")),)
        assert experiment.seed == 1
        assert any("seeds 3, 4, 5" in text for _, text in app.messages)
        await hands.press("r")
        assert app.session.current.experiment == experiment

    drive(steps, experiment=long.replace(compare="seed=0,1,2", optimizer="sgd"))


def test_of_a_burst_of_messages_one_is_shown_and_what_is_repeated_is_kept_once(at_hand):
    async def steps(app, hands):
        await hands.press(*"rrrrrrrrrr", "R")
        await hands.settle()
        assert [text for _, text in app.messages] == [
            "restarted with seed 0",
            "restarted with seed 1",
        ]
        assert [each.message for each in app._notifications] == ["restarted with seed 1"]

    at_hand(steps)


def test_a_view_that_comes_back_is_whole_at_once_while_it_trains(at_hand):
    async def steps(app, hands):
        chart = app.main.query_one(LossPane)
        app.training.control.set_pace(None)
        await hands.until(lambda: app.training.history.iteration > 500)
        title = str(chart.border_title)
        await hands.press("2")
        await hands.until(lambda: not chart.content_size.area)
        await hands.press("1")
        await hands.until(lambda: chart.content_size.area)
        await hands.settle()
        assert str(chart.border_title) == title
        assert all(len(line.x) > 20 for line in chart.plot.lines)

    at_hand(steps)
