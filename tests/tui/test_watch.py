"""The screens over logs, by real key presses."""

import asyncio
import csv
import os
import threading

import pytest

from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.help import HelpColumn, HelpScreen
from tui_optim.tui.screens.logs import LogsScreen
from tui_optim.tui.view import View
from tui_optim.tui.watch import WatchApp, open_logs
from tui_optim.tui.watching import Watching
from tui_optim.tui.widgets.header import Header
from tui_optim.tui.widgets.keyline import KeyLine
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.runs import RunsPane


@pytest.fixture
def watch(hands):
    """Runs an async function of an app over logs, and of hands on its keys."""

    def run(steps, *sources, folder=None, size=(120, 40), view=None):
        async def main():
            app = WatchApp(Watching(open_logs(sources), folder), view=view)
            async with app.run_test(size=size):
                await steps(app, hands(app))

        before = set(threading.enumerate())
        asyncio.run(main())
        assert set(threading.enumerate()) <= before

    return run


def lines(widget):
    return [widget.render_line(y).text for y in range(widget.content_size.height)]


def header(app):
    return lines(app.main.query_one(Header))[0]


def said(app):
    return " ".join(text for _, text in app.messages)


@pytest.fixture
def path(tmp_path, logged, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.jsonl"
    path.write_text("".join(logged()), encoding="utf-8")
    return path


def test_every_pane_shows_the_moment_and_the_chart_the_whole_course(watch, path):
    async def steps(app, keys):
        await keys.until(lambda: "done · 60/60" in header(app))
        pane, chart = app.main.query_one(RunsPane), app.main.query_one(LossPane)
        await keys.until(lambda: all(len(line.x) == 60 for line in chart.plot.lines))  # laid out
        await keys.until(lambda: "adam" in "".join(lines(pane)))
        end, course = lines(pane), chart.plot.lines
        assert "20" not in str(pane.border_subtitle)
        assert chart.plot.cursor is None
        await keys.press("home", "full_stop", "full_stop")
        await keys.until(lambda: "◷ 20/60" in header(app))
        assert lines(pane) != end
        assert "at 20" in str(pane.border_subtitle)
        assert (chart.plot.cursor, chart.plot.lines) == (20, course)
        assert "┆" in "".join(lines(chart))
        await keys.press("x", "2")
        await keys.until(lambda: app.main.query_one("#std").plot.cursor is not None)
        samples = app.watching.current.history.samples
        assert app.main.query_one("#std").plot.cursor == samples > 20
        await keys.press("1", "right_parenthesis")
        await keys.until(lambda: "◷ 30/60" in header(app))
        await keys.press("left_parenthesis")
        await keys.until(lambda: "◷ 20/60" in header(app))
        await keys.press("f")
        await keys.until(lambda: "done" in header(app))
        await keys.press("f", "escape")
        assert "done" in header(app)
        assert "lessons" not in said(app)

    watch(steps, path)


def test_the_line_of_keys_shows_those_that_act_on_a_log(watch, path):
    async def steps(app, keys):
        await keys.press("escape")
        await keys.until(lambda: app.screen is app.main)
        await keys.until(lambda: app.watching.current.history.ended)
        line = app.screen.query_one(KeyLine)
        shown = [app.screen.active_bindings[key] for key in line.shown]
        keys_shown = " ".join(app.get_key_display(key.binding) for key in shown)
        assert keys_shown == "d , . home f x ? q"
        assert all(key.enabled for key in shown)
        for opened in ("question_mark", "e"):
            await keys.press(opened)
            await keys.until(lambda: app.screen is not app.main)
            await keys.press("q")
            await keys.until(lambda: app.screen is app.main)

    watch(steps, path, folder=path.parent, size=(80, 24))


def test_what_a_log_does_not_obey_is_dimmed_and_says_why(watch, path):
    async def steps(app, keys):
        await keys.until(lambda: app.watching.moments)
        enabled = {key: active.enabled for key, active in app.screen.active_bindings.items()}
        refused = {b.key for b in BINDINGS if app.refusal(b) is not None}
        assert {"space", "left_curly_bracket", "pagedown", *"nmiarcodhlk"} <= refused
        assert refused.isdisjoint({"comma", "f", "x", "up", "2", "w", "e", "q", "question_mark"})
        assert all(not enabled[key] for key in refused)
        for key, why in (("space", "paused"), ("i", "cannot be changed"), ("d", "FOLDER")):
            await keys.press(key)
            await keys.until(lambda why=why: why in said(app))
        assert app.screen is app.main
        await keys.press("question_mark")
        await keys.until(lambda: isinstance(app.screen, HelpScreen))
        await keys.pause()
        dimmed = [
            keys
            for column in app.screen.query(HelpColumn)
            for title, rows in column.groups
            for keys, text in rows
            if (title, text) in column.dimmed
        ]
        assert {"space", "i", "r", "l"} <= set(dimmed)
        assert dimmed.count("space") == 1  # in view 4 it does something
        assert {"f", "?"}.isdisjoint(dimmed)

    watch(steps, path)


def test_a_growing_log_is_followed(watch, path):
    text = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(text[:40]) + text[40][:30], encoding="utf-8")  # half a line waits

    async def steps(app, keys):
        await keys.until(lambda: "▶" in header(app))
        with path.open("a", encoding="utf-8") as file:
            file.write(text[40][30:] + "".join(text[41:]))
        await keys.until(lambda: "done · 60/60" in header(app))
        path.write_text("".join(text[:20]), encoding="utf-8")
        await keys.until(lambda: "cut short" in said(app))
        assert app.watching.current.notes == ()

    watch(steps, path)


def test_a_folder_lists_its_logs_and_new_ones_appear(watch, path, logged):
    os.utime(path, (1, 1))
    other = path.with_name("\x1b[1mother.jsonl")
    other.write_text("".join(logged(initializer="zeros")[:40]), encoding="utf-8")
    path.with_name("notes.txt").write_text("no log", encoding="utf-8")

    async def steps(app, keys):
        await keys.until(lambda: isinstance(app.screen, LogsScreen))
        options = app.screen.query_one("OptionList")
        await keys.until(lambda: options.option_count == 2)
        rows = [str(options.get_option_at_index(row).prompt) for row in (0, 1)]
        assert "\\x1b[1mother" in rows[0]
        assert "done" not in rows[0]
        assert rows[1].split() == ["run", "Jan", "01", "00:00", "2", "runs", "60", "done", "blobs"]
        path.with_name("new.jsonl").write_text("".join(logged(seed=1)), encoding="utf-8")
        await keys.until(lambda: options.option_count == 3)
        await keys.press("down", "enter")
        await keys.until(lambda: app.watching.path == path)
        await keys.until(lambda: "done · 60/60" in header(app))
        await keys.press("d")
        await keys.until(lambda: isinstance(app.screen, LogsScreen))
        await keys.press("space", "up", "up", "space", "enter")
        await keys.until(lambda: app.watching.current.title == "2 logs")
        await keys.until(lambda: {"run sgd", "new adam"} <= set(app.watching.current.history.runs))
        await keys.press("d")
        await keys.until(lambda: isinstance(app.screen, LogsScreen))
        await keys.pause(0.1)
        path.unlink()
        other.unlink()
        path.with_name("new.jsonl").unlink()
        await keys.press("enter")
        await keys.until(lambda: app.screen is app.main)
        await keys.press("up")

    watch(steps, other, folder=path.parent, size=(80, 24))


def test_a_slow_folder_holds_up_nothing(watch, path, monkeypatch):
    there, scandir = threading.Event(), os.scandir

    def from_far_away(folder):
        assert there.wait(20)
        return scandir(folder)

    monkeypatch.setattr("os.scandir", from_far_away)

    async def steps(app, keys):
        await keys.until(lambda: isinstance(app.screen, LogsScreen))
        status = app.screen.query_one("#status")
        await keys.until(lambda: "looking into the folder" in " ".join(lines(status)))
        await keys.press("enter", "escape")  # there is nothing to choose, and the keys are obeyed
        await keys.until(lambda: app.screen is app.main)
        await keys.press("d")
        await keys.until(lambda: isinstance(app.screen, LogsScreen))
        options = app.screen.query_one("OptionList")
        assert options.option_count == 0
        there.set()
        await keys.until(lambda: options.option_count == 1)
        await keys.press("escape")
        await keys.until(lambda: threading.active_count() <= 1 + before)

    before = threading.active_count()
    try:
        watch(steps, path, folder=path.parent, size=(80, 24))
    finally:
        there.set()


def test_a_pipe_is_watched_and_what_was_shown_is_written(watch, path, logged):
    reading, writing = os.pipe()

    async def steps(app, keys):
        await keys.pause(0.1)
        await keys.press("comma")
        await keys.until(lambda: "nothing has been read yet" in said(app))
        os.write(writing, "".join(logged()[:60]).encode())
        await keys.until(lambda: app.watching.moments)
        os.close(writing)
        await keys.until(lambda: "cut short" in header(app))
        await keys.press("w")
        await keys.until(lambda: "written" in said(app))
        (table,) = path.parent.glob("*.csv")
        rows = list(csv.reader(table.read_text("utf-8").splitlines()))
        assert rows[0][3] == "sgd minimum"
        assert len(rows) == app.watching.current.history.iteration + 1

    watch(steps, reading, view=View(ascii=True))
    os.close(reading)
