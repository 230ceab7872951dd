"""View 4 by real key presses and clicks; the training goes on meanwhile."""

import asyncio
import time

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widgets import SelectionList

from tui_optim.tui.landscape import Landscape
from tui_optim.tui.view import View
from tui_optim.tui.widgets.landscape import LandscapeView, PathsPane, Picture


@pytest.fixture
def landscape(at_hand):
    """Runs an async function of the app, of hands on its keys, and of view 4 as at first."""

    def run(steps):
        async def at_first(app, hands):
            view = app.main.query_one(LandscapeView)
            view.state = Landscape.on("bowl")
            await hands.press("4")
            await hands.until(lambda: app.focused is app.main.query_one(Picture))
            await steps(app, hands, view)

        at_hand(at_first)

    return run


def test_it_runs_by_itself_and_every_key_changes_it(landscape):
    async def steps(app, hands, view):
        history = app.training.history
        await hands.until(lambda: view.state.step > 1)
        await hands.press("space")
        assert view.state.paused
        assert not app.training.control.paused, "what trains goes on"
        at = view.state.step
        await hands.press("n", "n")
        assert view.state.step == at + 2
        await hands.press("down", "down", "up")
        assert view.state.selected == 1
        rates = [place.lr for place in view.state.places]
        await hands.press("right_square_bracket", "left_curly_bracket")
        assert [place.lr for place in view.state.places] == [
            rate * factor for rate, factor in zip(rates, (0.5, 1, 0.5, 0.5, 0.5), strict=True)
        ]
        assert history.learning_rate("adam") == 0.001
        await hands.press("left_square_bracket", "right_curly_bracket")
        assert view.state.places[1].lr == rates[1]
        await hands.press("v")
        assert view.state.hidden == {1}
        await hands.press("greater_than_sign", "greater_than_sign", "less_than_sign", "m")
        assert (view.state.pace, view.state.steps) == (20, 60)
        x, y = view.state.begin
        await hands.press("shift+right", "shift+right", "shift+up", "shift+left", "shift+down")
        assert view.state.begin == (x + 0.5, y)
        await hands.press("t")
        assert view.state.surface == "beale"
        await hands.press("r")
        assert not view.state.paused
        assert app.training.history is history

    landscape(steps)


def test_other_views_have_their_keys_back(landscape):
    async def steps(app, hands, view):
        await hands.press("3", "t", "down")
        assert app.main.view.statistic == "std"
        assert app.main.view.selected == "adam"
        assert view.state.surface == "bowl"
        assert view.state.selected == 0
        await hands.press("shift+up")
        assert view.state.start is None

    landscape(steps)


def test_a_click_puts_the_start_there_or_selects(landscape):
    async def steps(_app, hands, view):
        await hands.click(Picture, offset=(40, 10))
        x, y = view.state.begin
        assert (x, y) != view.state.ground.start
        assert -10 < x < 10
        assert 0 < y < 5
        await hands.click(PathsPane, offset=(6, 4))
        assert view.state.selected == 2
        rate = view.state.places[1].lr
        for turned, factor in ((MouseScrollUp, 2), (MouseScrollUp, 4), (MouseScrollDown, 2)):
            pane = view.query_one(PathsPane)
            pane.post_message(turned(pane, 3, 3, 0, 0, 0, False, False, False))
            await hands.settle()
            assert view.state.selected == 1
            assert view.state.places[1].lr == factor * rate

    landscape(steps)


def test_which_optimizers_run_is_chosen_in_a_dialog(landscape):
    async def steps(app, hands, view):
        await hands.press("o")
        await hands.pause()
        rows = app.screen.query_one(SelectionList)
        assert rows.selected == ["sgd", "momentum", "adagrad", "rmsprop", "adam"]
        rows.deselect_all()
        await hands.press("enter")
        assert app.screen is not app.main, "one at least"
        rows.select("adam")
        rows.select("sgd")
        await hands.press("enter")
        await hands.pause()
        assert [place.name for place in view.state.places] == ["sgd", "adam"]
        app.main.draw()
        assert "start (or a click)" in str(app.screen.query_one(PathsPane).render())

    landscape(steps)


def test_only_lines_that_change_are_drawn_and_time_that_is_not_seen_does_not_count(landscape):
    async def steps(app, hands, view):
        await hands.press("space")
        app.main.draw()
        await hands.pause()
        picture = app.screen.query_one(Picture)
        drawn = []
        picture.refresh = lambda *regions, **_: drawn.extend(regions)
        app.main.draw()
        assert drawn == []
        await hands.press("n")
        assert 0 < len(drawn) < picture.content_size.height
        await hands.press("r", "1")
        at, began = view.state.time, time.monotonic()
        await asyncio.sleep(0.7)
        await hands.press("4", "space")
        seen = time.monotonic() - began - 0.7  # on a busy machine it takes a while to come back
        assert view.state.time - at < (seen + 0.5) * view.state.pace

    landscape(steps)


def test_it_is_there_at_every_size_and_in_ascii(drive):
    async def steps(app, hands):
        app.main.look(View(ascii=True))
        await hands.press("4")
        picture, paths = app.screen.query_one(Picture), app.screen.query_one(PathsPane)
        for size in ((60, 16), (80, 24), (200, 60)):
            await hands.resize_terminal(*size)
            await hands.until(lambda: picture.content_size.width > 25)
            assert picture.content_size.height > 5
            assert paths.content_size.height > 2
            seen = "".join(picture.render_line(y).text for y in range(picture.content_size.height))
            assert "+" in seen
            assert seen.isascii()
            assert str(paths.render()).isascii()

    drive(steps)
