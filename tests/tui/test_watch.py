"""The screens over logs, by real key presses."""

import asyncio
import csv
import os
import threading

import pytest

from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.help import HelpScreen
from tui_optim.tui.screens.logs import LogsScreen
from tui_optim.tui.view import View
from tui_optim.tui.watch import WatchApp, open_logs
from tui_optim.tui.watching import Watching
from tui_optim.tui.widgets.header import Header
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.runs import RunsPane


def drive(steps, *sources, folder=None, size=(120, 40), view=None):
    async def main():
        app = WatchApp(Watching(open_logs(sources), folder), view=view)
        async with app.run_test(size=size) as pilot:
            await steps(app, pilot)
        assert [t for t in threading.enumerate() if t.name.startswith("tui-optim")] == []

    asyncio.run(main())


async def until(pilot, condition):
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.025)
    raise AssertionError("it did not come about in time")


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


def test_every_pane_shows_the_moment_and_the_chart_the_whole_course(path):
    async def steps(app, pilot):
        await until(pilot, lambda: "done · 60/60" in header(app))
        pane, chart = app.main.query_one(RunsPane), app.main.query_one(LossPane)
        end, course = lines(pane), chart.plot.lines
        assert "iteration" not in str(pane.border_subtitle)
        assert chart.plot.cursor is None
        await pilot.press("home", "full_stop", "full_stop")
        await until(pilot, lambda: "◷ 20/60" in header(app))
        assert lines(pane) != end
        assert "iteration 20" in str(pane.border_subtitle)
        assert (chart.plot.cursor, chart.plot.lines) == (20, course)
        assert "┆" in "".join(lines(chart))
        await pilot.press("x", "2")
        await until(pilot, lambda: app.main.query_one("#std").plot.cursor is not None)
        samples = app.watching.current.history.samples
        assert app.main.query_one("#std").plot.cursor == samples > 20
        await pilot.press("1", "right_parenthesis")
        await until(pilot, lambda: "done" in header(app))
        await pilot.press("left_parenthesis", "end", "f")
        await until(pilot, lambda: "◷ 60/60" in header(app))

    drive(steps, path)


def test_what_a_log_does_not_obey_is_dimmed_and_says_why(path):
    async def steps(app, pilot):
        await until(pilot, lambda: app.watching.moments)
        enabled = {key: active.enabled for key, active in app.screen.active_bindings.items()}
        refused = {b.key for b in BINDINGS if app.refusal(b) is not None}
        assert {
            "space",
            "n",
            "m",
            "i",
            "a",
            "r",
            "c",
            "o",
            "d",
            "h",
            "left_curly_bracket",
        } <= refused
        assert refused.isdisjoint({"comma", "f", "x", "up", "2", "w", "e", "q", "question_mark"})
        assert all(not enabled[key] for key in refused)
        for key, why in (("space", "paused"), ("i", "cannot be changed"), ("d", "FOLDER")):
            await pilot.press(key)
            await until(pilot, lambda why=why: why in said(app))
        assert app.screen is app.main
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause()
        dimmed = [str(label.content) for label in app.screen.query(".keys.-dimmed")]
        assert {"space", "i", "r"} <= set(dimmed)
        assert {"f", "?"}.isdisjoint(dimmed)

    drive(steps, path)


def test_a_growing_log_is_followed(path):
    text = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(text[:40]) + text[40][:30], encoding="utf-8")  # half a line waits

    async def steps(app, pilot):
        await until(pilot, lambda: "▶" in header(app))
        with path.open("a", encoding="utf-8") as file:
            file.write(text[40][30:] + "".join(text[41:]))
        await until(pilot, lambda: "done · 60/60" in header(app))
        path.write_text("".join(text[:20]), encoding="utf-8")
        await until(pilot, lambda: "cut short" in said(app))
        assert app.watching.current.notes == ()

    drive(steps, path)


def test_a_folder_lists_its_logs_and_new_ones_appear(path, logged):
    os.utime(path, (1, 1))
    other = path.with_name("\x1b[1mother.jsonl")
    other.write_text("".join(logged(initializer="zeros")[:40]), encoding="utf-8")
    path.with_name("notes.txt").write_text("no log", encoding="utf-8")

    async def steps(app, pilot):
        await until(pilot, lambda: isinstance(app.screen, LogsScreen))
        options = app.screen.query_one("OptionList")
        await until(pilot, lambda: options.option_count == 2)
        rows = [str(options.get_option_at_index(row).prompt) for row in (0, 1)]
        assert "\\x1b[1mother" in rows[0]
        assert "done" not in rows[0]
        assert rows[1].split() == ["run", "Jan", "01", "00:00", "2", "runs", "60", "done", "blobs"]
        path.with_name("new.jsonl").write_text("".join(logged(seed=1)), encoding="utf-8")
        await until(pilot, lambda: options.option_count == 3)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.watching.path == path)
        await until(pilot, lambda: "done · 60/60" in header(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, LogsScreen))
        await pilot.pause(0.1)
        path.unlink()
        other.unlink()
        path.with_name("new.jsonl").unlink()
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        await pilot.press("up")

    drive(steps, other, folder=path.parent, size=(80, 24))


def test_a_pipe_is_watched_and_what_was_shown_is_written(path, logged):
    reading, writing = os.pipe()

    async def steps(app, pilot):
        await pilot.pause(0.1)
        await pilot.press("comma")
        await until(pilot, lambda: "nothing has been read yet" in said(app))
        os.write(writing, "".join(logged()[:60]).encode())
        await until(pilot, lambda: app.watching.moments)
        os.close(writing)
        await until(pilot, lambda: "cut short" in header(app))
        await pilot.press("w")
        await until(pilot, lambda: "written" in said(app))
        (table,) = path.parent.glob("*.csv")
        rows = list(csv.reader(table.read_text("utf-8").splitlines()))
        assert rows[0][3] == "sgd minimum"
        assert len(rows) == app.watching.current.history.iteration + 1

    drive(steps, reading, view=View(ascii=True))
    os.close(reading)
