"""The app in a real terminal: the keys, the ways to leave it, and what is left behind."""

import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tui_optim.logs.jsonl import read
from tui_optim.training.checkpoint import Checkpoint

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

RACE = ("--iterations", 10**9, "--hidden", "20x2", "--compare", "optimizer=sgd,adam")
AT_THE_TERMINAL = ("sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1')
"""The terminal that the leader of a session opens first is its own, whose hanging up ends it."""
FOR_THE_TERMINAL = ("sh", "-c", 'exec 3<"$0" 3<&- "$@" >"$0" 2>&1')
"""The same, but standard input stays what it is."""
PROGRAM = (sys.executable, "-W", "error", "-m", "tui_optim")
SECONDS = 30
PROMPTLY = 3
"""Seconds in which a process that is asked to end has ended; on a busy machine, twice as many as it
took to open, which is more work."""

TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[\d;:?<>=$]*)(?P<code>[A-Za-z])"
    r"|\x1b\].*?\x07|\x1b[^\[\]]|(?P<break>[\r\n])|(?P<text>[^\x1b\r\n]+)"
)
QUESTION, ANSWER = "\x1b[?2026$p", b"\x1b[?2026;2$y"  # whether it draws without tearing: it does
MODES_BEFORE = {"7": "h", "25": "h"}
"""A terminal wraps lines and shows the cursor; all other modes that the app sets are off."""


class Terminal:
    """A pseudo-terminal: what is printed to it, and how the alternate screen looks."""

    def __init__(self, columns, lines):
        self.ours, self.theirs = pty.openpty()
        self.modes = termios.tcgetattr(self.theirs)
        self.raw = ""
        self.process = self.promptly = None
        self._undecoded, self._at = b"", 0
        self._row = self._column = 0
        self._rows = {}
        self.resize(columns, lines)

    def resize(self, columns, lines):
        """Another size; the system tells the program in front."""
        self.columns, self.lines = columns, lines
        self._rows.clear()  # so that what is seen was drawn anew
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def screen(self):
        """What is on the screen, a string a line."""
        rows = (self._rows.get(row, {}) for row in range(self.lines))
        return [
            "".join(row.get(column, " ") for column in range(self.columns)).rstrip() for row in rows
        ]

    def shows(self, pattern):
        return re.search(pattern, "\n".join(self.screen)) is not None

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def until(self, condition, seconds=SECONDS):
        """Read until something is so; it is the terminal's part that a program waits for."""
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, "\n".join(self.screen) + repr(self.raw[-2000:])
            self._read(0.02)

    def until_it_ended(self):
        """Read until the process has ended, and what it has printed; its exit code."""
        self.until(lambda: self.process.poll() is not None, self.promptly)
        while self._read(0):
            pass
        return self.process.returncode

    def hang_up(self):
        """Close it as a terminal's window is closed."""
        for end in (self.ours, self.theirs):
            os.close(end)
        self.ours = self.theirs = None

    def _read(self, seconds):
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        self._undecoded += os.read(self.ours, 2**16)
        text = self._undecoded.decode(errors="ignore")
        if len(text.encode()) == len(self._undecoded):  # else a character is cut in two
            self.raw, self._undecoded = self.raw + text, b""
            if QUESTION in text:
                os.write(self.ours, ANSWER)
            self._obey()
        return True

    def _obey(self):
        """Move the cursor and put characters: all that Textual's drawing consists of."""
        while token := TOKEN.match(self.raw, self._at):
            self._at = token.end()
            if token["code"] == "H":
                row, column = (int(number or 1) for number in token["numbers"].split(";"))
                self._row, self._column = row - 1, column - 1
            elif token["break"] == "\r":
                self._column = 0
            elif token["break"] == "\n":
                self._row += 1
            else:
                for character in token["text"] or "":
                    self._rows.setdefault(self._row, {})[self._column] = character
                    self._column += 1


@pytest.fixture
def open_app(start, environment, tmp_path):
    """Opens the app in a terminal of some size, with a log, and waits for a chart with data."""
    opened = []

    def begin(*words, columns=80, lines=24):
        terminal, began = Terminal(columns, lines), time.monotonic()
        opened.append(terminal)
        terminal.process = start(
            *map(str, (*RACE, "--log", tmp_path / "log.jsonl", *words)),
            program=(*AT_THE_TERMINAL, os.ttyname(terminal.theirs), *PROGRAM),
            env=environment | {"TERM": "xterm-256color"},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        terminal.until(lambda: terminal.shows("[\u2801-\u28ff]"))
        terminal.promptly = max(PROMPTLY, 2 * (time.monotonic() - began))
        return terminal

    yield begin
    for terminal in opened:
        if terminal.ours is not None:
            terminal.hang_up()


@pytest.fixture
def in_terminal(start, environment):
    """Runs the program in a terminal of 80 by 24; what is given as its input is left to it."""
    opened = []

    def begin(*words, **input_):
        terminal = Terminal(80, 24)
        opened.append(terminal)
        terminal.process = start(
            *words,
            program=(
                *(FOR_THE_TERMINAL if input_ else AT_THE_TERMINAL),
                *(os.ttyname(terminal.theirs), *PROGRAM),
            ),
            env=environment | {"TERM": "xterm-256color"},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **input_,
        )
        terminal.promptly = 2 * PROMPTLY
        return terminal

    yield begin
    for terminal in opened:
        terminal.hang_up()


@pytest.fixture
def log(tmp_path):
    """The trainings in the log, as far as it has come: a list of events each, whole in order."""

    def trainings():
        found = []
        for event in read(tmp_path / "log.jsonl"):
            if event.event == "started":
                assert not found or found[-1][-1].event == "ended"
                found.append([])
            found[-1].append(event)
        for events in found:
            steps = [event.iteration for event in events if event.event == "step"]
            assert steps == list(range(1, len(steps) + 1))
            assert [event.event for event in events[:-1]].count("ended") == 0
        return found

    return trainings


def settings(trainings, name):
    return [events[0].experiment[name] for events in trainings]


def was_restored(terminal):
    """Asserts that the terminal is as it was; what was printed on it at last."""
    assert termios.tcgetattr(terminal.theirs) == terminal.modes
    last = dict(re.findall(r"\x1b\[\?(\d+)([hl])", terminal.raw))
    assert {mode: last[mode] for mode in ("25", "1049")} == {"25": "h", "1049": "l"}
    assert last == {mode: MODES_BEFORE.get(mode, "l") for mode in last}
    assert len(re.findall(r"\x1b\[>\d+u", terminal.raw)) == terminal.raw.count("\x1b[<u")
    printed = terminal.raw.rpartition("\x1b[?1049l")[2]
    assert "Traceback" not in printed
    return re.sub(r"\x1b\[[\d;?]*[a-z]", "", printed)


def leaves_no_process(terminal):
    with pytest.raises(ProcessLookupError):
        os.killpg(terminal.process.pid, 0)


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
    leaves_no_process(terminal)
    *_, last = trainings = log()
    assert [events[-1].reason for events in trainings] == ["stopped"] * 3
    assert settings(trainings, "activation") == ["relu", "relu", activation]
    assert settings(trainings, "initializer") == ["he", "zeros", "zeros"]
    table = was_restored(terminal)
    assert re.search(r"^\d  sgd .*\n\d  adam |^\d  adam .*\n\d  sgd ", table, re.MULTILINE)
    assert f"{last[-1].iterations:,} of 1,000,000,000 iterations of 2 runs in " in table


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


@pytest.mark.parametrize(
    "doing", [training, pytest.param(paused, marks=pytest.mark.thorough), in_a_dialog]
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_order(open_app, log, doing, number):
    terminal = open_app()
    doing(terminal)
    terminal.process.send_signal(number)
    code = terminal.until_it_ended()
    leaves_no_process(terminal)
    assert [events[-1].event for events in log()] == ["ended"]
    assert (log()[0][-1].reason, code) == ("interrupted", 130)
    was_restored(terminal)


def test_two_signals_end_it_at_once_and_restore_the_terminal(open_app, log):
    terminal = open_app()
    for _ in range(2):
        terminal.process.send_signal(signal.SIGTERM)
        time.sleep(0.03)
    assert terminal.until_it_ended() == 130
    leaves_no_process(terminal)
    assert log()
    was_restored(terminal)


@pytest.mark.parametrize("doing", [training, paused, in_a_dialog])
def test_a_closed_terminal_ends_it_in_order(open_app, log, tmp_path, doing):
    terminal = open_app("--checkpoint", tmp_path / "a.ckpt")
    doing(terminal)
    terminal.hang_up()
    code = terminal.process.wait(terminal.promptly)
    leaves_no_process(terminal)
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
    leaves_no_process(terminal)
    *_, ended = log()[0]
    assert (ended.event, ended.reason, ended.iterations) == ("ended", "completed", 600)
    assert Checkpoint.read(tmp_path / "a").iteration == 600


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
    leaves_no_process(terminal)
    assert log()[0][-1].reason == "interrupted"


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
    leaves_no_process(terminal)
    trainings = log()
    assert {events[-1].reason for events in trainings} == {"stopped"}
    assert set(settings(trainings[:-1], "seed")) == {0}
    assert 2 <= len(trainings) <= 102
    assert "runs in" in was_restored(terminal)


def test_a_pipe_without_a_training_is_refused_when_it_is_left(in_terminal):
    terminal = in_terminal("watch", "-", stdin=subprocess.DEVNULL)
    terminal.until(lambda: terminal.shows("input ended without a training"))
    terminal.type("q")
    assert terminal.until_it_ended() == 2
    said = was_restored(terminal).strip()
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
    leaves_no_process(terminal)
    assert "60 iterations of 2 runs in" in was_restored(terminal)


def test_a_lesson_is_opened_read_in_korean_and_left(in_terminal):
    terminal = in_terminal("lesson", "learning-rate", "--lang", "ko")
    terminal.until(lambda: terminal.shows("수업 7/15 · learning-rate 1/"))
    terminal.type("ㅔ")
    terminal.until(lambda: terminal.shows("learning-rate 2/"))
    terminal.type("\x1b[5~" + "4")
    terminal.until(lambda: terminal.shows("Landscape"))
    terminal.type("ㅂ")
    assert terminal.until_it_ended() == 0
    leaves_no_process(terminal)
    was_restored(terminal)
