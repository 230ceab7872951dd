"""Sessions in a real terminal: the keys, sizes, pipes, and what is left behind."""

import re
import subprocess
from pathlib import Path

import pytest


def settings(trainings, name):
    return [events[0].experiment[name] for events in trainings]


@pytest.mark.parametrize(
    ("columns", "lines", "keys"),
    [(80, 24, "iaq"), (120, 40, "ㅑㅁ\x03")],
    ids=["80x24", "120x40-korean"],
)
def test_a_session_from_the_first_chart_to_the_table(open_app, log, columns, lines, keys):
    i, a, leave = keys
    terminal = open_app("--pace", 200, columns=columns, lines=lines)

    terminal.type(i)
    terminal.until(lambda: settings(log(), "initializer") == ["he", "zeros"])
    terminal.type(a)
    terminal.until(lambda: len(log()) == 3)
    *_, activation = settings(log(), "activation")
    assert activation != "relu"
    terminal.until(lambda: terminal.shows(f"zeros(.|\n)*→ {activation}"))  # it says what changed

    terminal.type(" ")
    terminal.until(lambda: getattr(log()[-1][-1], "setting", "") == "paused")
    at = log()[-1][-1].iteration
    terminal.until(lambda: terminal.shows(rf"‖\D*{at}/"))
    terminal.type("nn")
    terminal.until(lambda: terminal.shows(rf"‖\D*{at + 2}/"))
    terminal.type(" ")
    terminal.until(lambda: terminal.shows("▶"))

    terminal.type("z")
    terminal.until(lambda: not terminal.shows("Runs"))
    assert terminal.shows("Loss")
    terminal.type("z")
    terminal.until(lambda: terminal.shows("Runs"))

    terminal.resize(50, 12)
    terminal.until(lambda: terminal.shows("Too small"))
    terminal.resize(columns + 20, lines + 10)
    terminal.until(lambda: len(terminal.screen[0]) > columns and terminal.screen[-1])
    terminal.until(lambda: terminal.shows("[\u2801-\u28ff]"))

    terminal.type(leave)
    assert terminal.until_it_ended() == 0
    terminal.leaves_no_process()
    *_, last = trainings = log()
    assert [events[-1].reason for events in trainings] == ["stopped"] * 3
    assert settings(trainings, "activation") == ["relu", "relu", activation]
    assert settings(trainings, "initializer") == ["he", "zeros", "zeros"]
    table = terminal.was_restored()
    assert re.search(r"^\d  sgd .*\n\d  adam |^\d  adam .*\n\d  sgd ", table, re.MULTILINE)
    assert f"{last[-1].iterations:,} of 1,000,000,000 iterations of 2 runs in " in table
    assert re.search(r"the log: tui-optim watch \S+\.jsonl", table)


def test_a_hundred_rapid_restarts_leave_one_worker_and_a_whole_log(open_app, log):
    terminal = open_app()
    threads = Path(f"/proc/{terminal.process.pid}/task")
    before = len(list(threads.glob("*")))  # none where there is no /proc
    terminal.type("r" * 100)
    terminal.type("R")
    terminal.until(lambda: settings(log(), "seed")[-1] == 1)
    terminal.until(lambda: len(list(threads.glob("*"))) == before)
    terminal.type("q")
    assert terminal.until_it_ended() == 0
    terminal.leaves_no_process()
    trainings = log()
    assert {events[-1].reason for events in trainings} == {"stopped"}
    assert set(settings(trainings[:-1], "seed")) == {0}
    assert 2 <= len(trainings) <= 102
    assert "runs in" in terminal.was_restored()


def test_a_pipe_without_a_training_is_refused_when_it_is_left(in_terminal):
    terminal = in_terminal("watch", "-", stdin=subprocess.DEVNULL)
    terminal.until(lambda: terminal.shows("input ended without a training"))
    terminal.type("q")
    assert terminal.until_it_ended() == 2
    said = terminal.was_restored().strip()
    assert re.fullmatch(r"tui-optim: the input ended without a training: [^\r\n]+", said)


def test_what_comes_through_a_pipe_is_watched_with_keys_from_the_terminal(
    in_terminal, start, logged, tmp_path
):
    (tmp_path / "run.jsonl").write_text("".join(logged()[:-1]), encoding="utf-8")
    follows = start("-n", "+1", "-f", "run.jsonl", program=("tail",))
    terminal = in_terminal("watch", "-", stdin=follows.stdout)
    terminal.until(lambda: terminal.shows("▶ 60/60"))
    terminal.type(" ")
    terminal.until(lambda: terminal.shows("a log cannot be paused"))
    terminal.type(",")
    terminal.until(lambda: terminal.shows("◷ 50/60"))
    terminal.type("f")
    terminal.until(lambda: terminal.shows("60/60"))
    terminal.type("q")
    assert terminal.until_it_ended() == 0
    terminal.leaves_no_process()
    assert "60 iterations of 2 runs in" in terminal.was_restored()


def test_a_lesson_is_opened_read_in_korean_and_left(in_terminal):
    terminal = in_terminal("lesson", "learning-rate", "--lang", "ko")
    terminal.until(lambda: terminal.shows("수업 7/15 · learning-rate 1/"))
    terminal.type("ㅔ")
    terminal.until(lambda: terminal.shows("learning-rate 2/"))
    terminal.type("\x1b[5~" + "4")
    terminal.until(lambda: terminal.shows("Landscape"))
    terminal.type("ㅂ")
    assert terminal.until_it_ended() == 0
    terminal.leaves_no_process()
    terminal.was_restored()
