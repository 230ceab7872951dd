"""The ways to leave the app in a real terminal: signals, and its hanging up."""

import signal
import sys
import time

import pytest

from tui_optim.training.checkpoint import Checkpoint

SECONDS = 30
FULL_SOON = (
    *(sys.executable, "-W", "error", "-c"),
    "import sys, textual.drivers._writer_thread as writer, tui_optim.cli\n"
    "writer.MAX_QUEUED_WRITES = 16\n"
    "sys.exit(tui_optim.cli.main())",
)
"""The program, with less room than Textual's 30 between who draws and who writes: the terminal's
hanging up, of which the writer dies, finds it full each time instead of now and then."""


def training(_terminal):
    pass


def paused(terminal):
    terminal.type(" ")
    terminal.until(lambda: terminal.shows("‖"))


def in_a_dialog(terminal):
    terminal.type("c")
    terminal.until(lambda: terminal.shows("What to compare"))


def in_the_lessons(terminal):
    terminal.type("l")
    terminal.until(lambda: terminal.shows("Dead ReLU"))


TERM, HUP = signal.SIGTERM, signal.SIGHUP


@pytest.mark.parametrize(
    ("number", "doing"),
    [
        (TERM, training),
        (HUP, in_a_dialog),
        *(pytest.param(TERM, each, marks=pytest.mark.thorough) for each in (paused, in_a_dialog)),
        *(pytest.param(HUP, each, marks=pytest.mark.thorough) for each in (training, paused)),
    ],
)
def test_a_signal_ends_it_in_order(open_app, log, doing, number):
    terminal = open_app()
    doing(terminal)
    terminal.process.send_signal(number)
    code = terminal.until_it_ended()
    terminal.leaves_no_process()
    assert [events[-1].event for events in log()] == ["ended"]
    assert (log()[0][-1].reason, code) == ("interrupted", 130)
    terminal.was_restored()


def test_two_signals_end_it_at_once_and_restore_the_terminal(open_app, log):
    terminal = open_app()
    for _ in range(2):
        terminal.process.send_signal(signal.SIGTERM)
        time.sleep(0.03)
    assert terminal.until_it_ended() == 130
    terminal.leaves_no_process()
    assert log()
    terminal.was_restored()


@pytest.mark.parametrize(
    "doing", [training, pytest.param(paused, marks=pytest.mark.thorough), in_a_dialog]
)
def test_a_closed_terminal_ends_it_in_order(open_app, log, tmp_path, doing):
    terminal = open_app("--checkpoint", tmp_path / "a.ckpt", program=FULL_SOON)
    doing(terminal)
    terminal.hang_up()
    code = terminal.process.wait(terminal.promptly)
    terminal.leaves_no_process()
    assert [events[-1].event for events in log()] == ["ended"]
    ended = log()[0][-1]
    assert (ended.reason, code) == ("interrupted", 130)
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration == ended.iterations


@pytest.mark.parametrize("doing", [paused, in_the_lessons])
def test_told_to_keep_going_it_only_leaves_the_screen(open_app, log, tmp_path, doing):
    words = ("--iterations", 600, "--pace", 200, "--keep-going", "--checkpoint", tmp_path / "a")
    terminal = open_app(*words)
    doing(terminal)
    terminal.hang_up()
    assert terminal.process.wait(SECONDS) == 0  # at full speed now
    terminal.leaves_no_process()
    *_, ended = log()[0]
    assert (ended.event, ended.reason, ended.iterations) == ("ended", "completed", 600)
    assert Checkpoint.read(tmp_path / "a").iteration == 600


def test_told_to_keep_going_it_trains_though_it_was_left_before_it_was_there(open_app, log):
    terminal = open_app("--iterations", 100, "--keep-going", as_far_as=r"\x1b\[\?1049h")
    terminal.hang_up()
    assert terminal.process.wait(SECONDS) == 0
    terminal.leaves_no_process()
    assert log()[0][-1].reason == "completed"


def test_told_to_keep_going_it_leaves_a_line_that_stood_still_before(open_app, log):
    words = ("--iterations", 1000, "--pace", 200, "--keep-going", "--fps", 10)
    terminal = open_app(*words, program=FULL_SOON)
    limit = time.monotonic() + SECONDS
    while log()[0][-1].iteration < 600:  # nobody reads: soon nothing more can be written
        assert time.monotonic() < limit
        time.sleep(0.1)
    terminal.hang_up()
    assert terminal.process.wait(SECONDS) == 0
    terminal.leaves_no_process()
    assert log()[0][-1].reason == "completed"


def test_having_left_the_screen_it_obeys_a_signal(open_app, log):
    terminal = open_app("--keep-going")
    terminal.hang_up()
    at = log()[0][-1].iteration
    terminal.process.send_signal(signal.SIGHUP)  # the shell tells of it, too
    limit = time.monotonic() + SECONDS
    while log()[0][-1].iteration < at + 500:
        assert time.monotonic() < limit
        time.sleep(0.05)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(terminal.promptly) == 130
    terminal.leaves_no_process()
    assert log()[0][-1].reason == "interrupted"
