"""Lessons in the app, by real key presses: pages, claims, the list, the table of remedies."""

import math

import pytest
from textual.widgets import OptionList, Static

from tui_optim.language import Words
from tui_optim.lessons import FOR_FINDING, LESSONS, everything, find
from tui_optim.lessons.lesson import Lesson, Row, SurfacePage, TablePage
from tui_optim.training.findings import open_findings
from tui_optim.tui.bookmark import Bookmark
from tui_optim.tui.screens.lessons import LessonsScreen
from tui_optim.tui.view import View
from tui_optim.tui.widgets.functions import FunctionChart, FunctionsView
from tui_optim.tui.widgets.landscape import LandscapeView
from tui_optim.tui.widgets.lesson import LessonPane
from tui_optim.tui.widgets.remedies import RemediesView

W = Words("Dead units", "죽은 유닛")
TABLE = Lesson(
    "remedies",
    Words("Remedies", "처방"),
    (
        TablePage(
            title=W,
            see=W,
            why=W,
            attempt=W,
            rows=tuple(Row(W, W, W, W, name) for name in ("no-such", "zero-init")),
        ),
    ),
)


def pane(app):
    return app.main.query_one(LessonPane)


def said(app):
    return "\n".join(str(part.content) for part in pane(app).query(Static))


def test_a_lesson_is_chosen_read_and_closed(at_hand):
    async def steps(app, hands):
        before = app.training
        await hands.press("L", "p")
        assert not pane(app).display
        assert app.training is before, "no lesson is open"
        await hands.press("l")
        assert isinstance(app.screen, LessonsScreen)
        names = [lesson.name for lesson in everything()]
        rows = app.screen.query_one(OptionList)
        assert [option.id for option in rows.options] == names
        rows.highlighted = names.index("zero-init")
        await hands.press("enter")
        await hands.until(lambda: app.screen is app.main)
        title = f"Lesson {LESSONS.index('zero-init') + 1}/15 · zero-init 1/3"
        await hands.until(lambda: str(pane(app).border_title) == title)
        assert app.training.experiment == find("zero-init").pages[0].experiment()
        assert app.training.control.pace == 10
        assert app.session.ghost.history is before.history
        assert not app.main.view.ghost, "it has nothing to do with the lesson"
        await hands.press("p")
        assert app.bookmark.index == 1
        assert app.training.experiment == find("zero-init").pages[1].experiment()
        await hands.press("P", "P")
        assert app.bookmark.lesson.name == names[names.index("zero-init") - 1]
        assert app.bookmark.index == len(app.bookmark.lesson.pages) - 1
        await hands.press("p", "l")
        assert app.screen.query_one(OptionList).highlighted == names.index("zero-init")
        await hands.press("escape", "L")
        assert not pane(app).display
        await hands.press("L")
        assert pane(app).display
        await hands.press("escape")
        assert not pane(app).display
        assert app.bookmark is None
        await hands.press("escape")
        assert app.training.experiment == before.experiment

    at_hand(steps)


def test_a_lesson_that_is_closed_gives_back_the_experiment_before_it(at_hand):
    async def steps(app, hands):
        await hands.press("2", "t", "s")
        await hands.until(lambda: app.training.history.iteration > 0)
        before, view = app.training, app.main.view
        before.control.set_pace(7)
        for name in ("zero-init", "optimizers"):
            app.action_lesson(name)
        assert app.training.experiment != before.experiment
        await hands.press("escape")
        assert app.training.experiment == before.experiment
        assert app.training.control.pace == 7
        assert app.main.view == view
        assert app.main.current == "details"
        assert app.session.ghost.history is before.history
        assert app.messages[-1][1].startswith("back to your experiment, from its start")
        again = app.training
        app.action_lesson("landscape")  # which trains nothing
        await hands.press("escape")
        assert app.training is again
        assert app.main.current == "details"

    at_hand(steps)


def test_what_is_tried_in_a_lesson_is_seen_beside_what_was_before(at_hand):
    async def steps(app, hands):
        app.action_lesson("zero-init")
        await hands.until(lambda: app.training.history.iteration > 1)
        lesson = app.training
        await hands.press("a")
        assert app.main.view.ghost
        assert app.session.ghost.history is lesson.history
        app.action_lesson("nothing of the kind")
        assert any("no lesson" in text for _, text in app.messages)
        assert app.bookmark.lesson.name == "zero-init"

    at_hand(steps)


def test_the_claims_of_a_training_are_measured_as_it_goes_on(at_hand):
    async def steps(app, hands):
        app.action_lesson("zero-init")
        await hands.until(lambda: "not yet" in said(app))
        assert "✓ holds" not in said(app), "it has not ended"
        app.training.control.set_pace(100)
        await hands.until(lambda: "✓ so far" in said(app))
        app.training.control.set_pace(None)
        await hands.until(lambda: app.training.history.ended is not None)
        await hands.until(lambda: said(app).count("✓ holds") == 3)
        await hands.press("A", "A")  # sigmoid: there the output layer has something to learn from
        assert app.training.experiment.activation == "sigmoid"
        app.training.control.set_pace(None)
        training = app.training
        await hands.until(lambda: training.history.ended is not None)
        await hands.until(lambda: "✗ does not hold here" in said(app))

    at_hand(steps)


def test_the_claims_of_a_surface_are_known_when_the_paths_are_at_their_end(at_hand):
    async def steps(app, hands):
        page = find("landscape").pages[0]
        assert isinstance(page, SurfacePage)
        app.action_lesson("landscape")
        view = app.main.query_one(LandscapeView)
        await hands.until(lambda: said(app).count("not yet known") == len(page.claims))
        assert view.state.surface == page.surface
        assert (view.state.steps, view.state.pace) == (page.steps, page.pace)
        view.become(view.state.after(1e9))
        holding = sum(claim.expected is True for claim in page.claims)
        await hands.until(lambda: said(app).count("✓ holds") >= holding)
        await hands.press("o")
        app.screen.dismiss(("nesterov",))
        view.state = view.state.after(1e9)
        await hands.until(lambda: "not yet known" in said(app))  # of those that do not run

    at_hand(steps)


def test_the_functions_are_drawn_while_the_training_goes_on(at_hand):
    async def steps(app, hands):
        before = app.training
        app.action_lesson("activations")
        charts = app.main.query_one(FunctionsView).query(FunctionChart)
        await hands.until(lambda: charts.last().plot.lines)
        titles = [str(chart.border_title) for chart in charts]
        assert titles == ["sigmoid", "tanh", "relu", "leaky_relu"]
        function, derivative = charts.first().plot.lines
        assert (function.y[0], derivative.y.max()) == (pytest.approx(1 / (1 + math.exp(6))), 0.25)
        await hands.until(lambda: all(chart.region.area > 0 for chart in charts))
        await hands.until(lambda: said(app).count("✓ holds") == len(app.bookmark.page.claims))
        await hands.press("1")
        assert pane(app).display
        assert app.training is before
        await hands.until(lambda: app.main.query_one("#loss").region.area > 0)
        app.action_lesson("activations")
        await hands.press("escape")
        assert app.main.current == "overview", "it has no number to come back to it by"

    at_hand(steps)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_line_of_the_table_leads_to_its_lesson(at_hand, language):
    async def steps(app, hands):
        app.main.look(View(language=language))
        app.read(Bookmark(TABLE))
        await hands.until(lambda: isinstance(app.focused, OptionList))
        view = app.main.query_one(RemediesView)
        await hands.until(lambda: W[language] in app.focused.render_line(0).text)  # laid out
        lines = [app.focused.render_line(y).text for y in range(4)]
        assert lines[0].count(W[language]) == 4
        assert view.border_title == TABLE.title[language]
        await hands.press("enter")
        assert any("no-such" in text for _, text in app.messages)
        await hands.press("down", "enter")
        await hands.until(lambda: app.bookmark.lesson.name == "zero-init")
        assert find("zero-init").pages[0].title[language] in said(app)

    at_hand(steps)


@pytest.mark.parametrize(("size", "beside"), [((80, 24), False), ((120, 40), True)])
def test_it_lies_beside_the_views_or_under_them_where_there_is_no_room(drive, size, beside):
    async def steps(app, hands):
        lesson, chart = pane(app), app.main.query_one("#loss")
        app.main.set_focus(None)
        app.action_lesson("zero-init")
        app.training.control.set_pace(100)
        await hands.until(lambda: app.focused is chart and "✓ so far" in said(app))
        app.training.control.pause()
        await hands.until(lambda: lesson.region.area > 0)
        assert chart.content_size.height >= 8
        assert chart.content_size.width >= 36
        assert (lesson.region.x > chart.region.x) == beside
        assert (app.main.query_one("#layers").region.area > 0) == beside
        if not beside:
            at = app.bookmark
            await hands.press("pagedown")
            assert lesson.scroll_y == lesson.max_scroll_y > 0
            assert app.bookmark == at
            app.main.set_focus(None)
            await hands.press("pageup", "pagedown", "pagedown")
            assert app.bookmark.index == at.index + 1
            await hands.until(lambda: app.focused is chart)
        lesson.focus()
        await hands.until(lambda: app.focused is lesson)
        await hands.press("z")
        await hands.until(lambda: lesson.size.width > size[0] - 6)
        await hands.press("escape")
        assert app.bookmark is not None, "it took the zoom back first"
        await hands.press("escape")
        assert app.bookmark is None
        await hands.until(lambda: app.main.query_one("#layers").region.area > 0)

    drive(steps, size=size)


def test_the_last_page_says_that_it_is():
    lessons = everything()
    last = Bookmark(lessons[-1], len(lessons[-1].pages) - 1)
    assert last.turned(1) == last
    assert Bookmark(lessons[0]).turned(-1) == Bookmark(lessons[0])
    first = Bookmark(lessons[-1])
    assert first.turned(-1).lesson == lessons[-2]
    assert first.turned(-1).turned(1) == first


def test_a_finding_leads_to_its_lesson(at_hand, long):
    async def steps(app, hands):
        app.session.start(long.replace(initializer="zeros", activation="relu", probe_every=10))
        app.training.control.set_pace(None)
        await hands.until(lambda: open_findings(app.training.history.findings))
        app.training.control.pause()
        found = open_findings(app.training.history.findings)[-1]
        await hands.press("F", "enter")
        await hands.until(lambda: app.bookmark is not None)
        assert app.bookmark.lesson.name == FOR_FINDING[found.kind]

    at_hand(steps)
