"""The app in a real terminal: a pseudo-terminal, and the program in it."""

import os
import re
import select
import struct
import subprocess
import sys
import time

import pytest

from tui_optim.logs.jsonl import read

try:
    import fcntl
    import pty
    import termios
except ImportError:  # Windows
    collect_ignore_glob = ["test_*.py"]

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

    def leaves_no_process(self):
        """Asserts that nothing of the program runs any more."""
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)

    def was_restored(self):
        """Asserts that the terminal is as it was; what was printed on it at last."""
        assert termios.tcgetattr(self.theirs) == self.modes
        last = dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.raw))
        assert {mode: last[mode] for mode in ("25", "1049")} == {"25": "h", "1049": "l"}
        assert last == {mode: MODES_BEFORE.get(mode, "l") for mode in last}
        assert len(re.findall(r"\x1b\[>\d+u", self.raw)) == self.raw.count("\x1b[<u")
        printed = self.raw.rpartition("\x1b[?1049l")[2]
        assert "Traceback" not in printed
        return re.sub(r"\x1b\[[\d;?]*[a-z]", "", printed)

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

    def begin(*words, columns=80, lines=24, program=PROGRAM, as_far_as="[\u2801-\u28ff]"):
        terminal, began = Terminal(columns, lines), time.monotonic()
        opened.append(terminal)
        terminal.process = start(
            *map(str, (*RACE, "--log", tmp_path / "log.jsonl", *words)),
            program=(*AT_THE_TERMINAL, os.ttyname(terminal.theirs), *program),
            env=environment | {"TERM": "xterm-256color"},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        terminal.until(lambda: re.search(as_far_as, terminal.raw))
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
