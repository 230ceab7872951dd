"""Trainings headless in a real terminal: what a person sees, and what goes into files beside it."""

import json
import os
import re
import select
import struct
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

SECONDS = 30
IN_FRONT = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Makes standard input the terminal whose Ctrl-C is the program's."""
RACE = ("--headless", "--iterations", "200", "--hidden", "50x2")


class Terminal:
    """A pseudo-terminal; what is printed to it, raw and as a person sees it at the end."""

    def __init__(self, columns, lines):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        modes = termios.tcgetattr(self.theirs)
        modes[3] &= ~termios.ECHO  # what is typed is not on the screen
        termios.tcsetattr(self.theirs, termios.TCSANOW, modes)
        self.columns = columns
        self.raw = ""

    def read(self, until=None):
        """Read until a pattern came, or else until nobody can print any more."""
        limit = time.monotonic() + SECONDS
        received = self.raw.encode()
        while until is None or not re.search(until.encode(), received):
            left = limit - time.monotonic()
            assert left > 0, received[-1000:]
            if not select.select([self.ours], [], [], left)[0]:
                continue
            try:
                piece = os.read(self.ours, 2**16)
            except OSError:  # how Linux says that all have closed it
                piece = b""
            if not piece:
                break
            received += piece
        self.raw = received.decode()

    def screen(self):
        """The lines, the ones that scrolled away too, once every control sequence was obeyed."""
        rows, row, column = [""], 0, 0
        for code, character in re.findall(r"\x1b\[([0-9;?]*[A-Za-z])|(.)", self.raw, re.DOTALL):
            if code in ("", "2K", "1A"):
                if code == "2K":
                    rows[row] = ""
                elif code == "1A":
                    row -= 1
                elif character == "\r":
                    column = 0
                elif character == "\n":
                    row += 1
                else:
                    if column == self.columns:
                        row, column = row + 1, 0
                    rows += [""] * (row + 1 - len(rows))
                    rows[row] = (
                        f"{rows[row]:<{column}}"[:column] + character + rows[row][column + 1 :]
                    )
                    column += 1
                assert row >= 0
                rows += [""] * (row + 1 - len(rows))
            else:
                assert code in ("?25l", "?25h") or code.endswith("m"), f"unexpected: {code}"
        return [line.rstrip() for line in rows]


@pytest.fixture
def terminal(request):
    opened = Terminal(*getattr(request, "param", (80, 24)))
    yield opened
    os.close(opened.ours)


@pytest.fixture
def run(start, environment, terminal):
    """Runs the program; what is not said to go elsewhere goes to the terminal."""

    def begin(*words, wait=True, **elsewhere):
        streams = {"stdin": terminal.theirs, "stdout": terminal.theirs, "stderr": terminal.theirs}
        process = start(
            *words,
            program=(sys.executable, "-c", IN_FRONT, "-W", "error", "-m", "tui_optim"),
            start_new_session=True,
            **streams | {"env": environment | {"TERM": "xterm-256color"}} | elsewhere,
        )
        os.close(terminal.theirs)
        if wait:
            terminal.read()
            assert process.wait(SECONDS) == 0
        return process

    return begin


def untimed(text):
    """The lines of an output, the summary without its times."""
    assert re.search(r" in [\d.]+ s, [\d,]+ steps per second", text)
    return [line.rstrip() for line in re.sub(r" in [\d.]+ s,.*", "", text).rstrip().split("\n")]


@pytest.fixture(scope="module")
def race(cli):
    """The lines that a race prints where there is no terminal."""
    return untimed(cli(*RACE).stdout)


@pytest.mark.parametrize("terminal", [(80, 24), (120, 40)], indirect=True, ids=["80x24", "120x40"])
def test_a_bar_while_training_and_whole_lines_at_the_end(race, run, terminal):
    run(*RACE)
    assert re.search(r"training [^/]+━[^/]* 1/200 · [\d,]+ it/s ", terminal.raw)
    seen = terminal.screen()
    assert not any("━" in line or "it/s" in line for line in seen)
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")
    rest = "\n".join(seen)
    # First what is trained, in as many lines as it takes.
    said, rest = rest[: rest.index("iteration  ")], rest[rest.index("iteration  ") :]
    assert "training 6 runs of 64-50-50-10 on digits" in said.replace("\n", " ")
    assert untimed(rest) == race


def test_findings_stand_above_the_bar(run, terminal):
    words = ("--data", "blobs", "--activation", "sigmoid", "--hidden", "10x5", "--lang", "ko")
    run("--headless", *words, "--optimizer", "sgd", "--iterations", "200")
    seen = " ".join(" ".join(terminal.screen()).split())
    assert "━" in terminal.raw
    assert "━" not in seen
    assert len(re.findall("1층: 기울기가 출력층의 [^ ]+배입니다. sigmoid 활성화 함수가", seen)) == 2
    assert seen.count("써 보세요 (a 키).") == 2


def test_standard_error_to_a_file(race, run, terminal, tmp_path):
    with (tmp_path / "err").open("wb") as err:
        run(*RACE, stderr=err)
    said = (tmp_path / "err").read_text(encoding="utf-8")
    assert re.fullmatch(r"(tui-optim: (training 6 runs|iteration) [^\n\x1b\r]+\n)+", said)
    assert "━" not in terminal.raw
    assert "\x1b[2K" not in terminal.raw
    assert untimed("\n".join(terminal.screen())) == race


def test_no_screens_where_they_could_not_be_seen(run, terminal, tmp_path):
    with (tmp_path / "err").open("wb") as err:
        run("--data", "blobs", "--hidden", "4", "--iterations", "20", stderr=err)
    said = (tmp_path / "err").read_text(encoding="utf-8")
    assert said.startswith("tui-optim: no terminal: training headless\n")
    assert "\x1b" not in said
    assert "20 iterations of 6 runs in" in "\n".join(terminal.screen())


def test_standard_output_to_a_file(race, run, terminal, tmp_path):
    with (tmp_path / "out").open("wb") as out:
        run(*RACE, stdout=out)
    text = (tmp_path / "out").read_text(encoding="utf-8")
    assert text.replace("\n", "").isprintable()
    assert untimed(text) == race
    assert "━" in terminal.raw
    said = " ".join(terminal.screen()).strip()
    assert re.fullmatch(r"tui-optim: training 6 runs of \S+ on digits .* threads: \d", said)


def test_events_stay_lines_of_json(run, terminal):
    run("--headless", "--json", "--quiet", "--iterations", "3")
    assert [json.loads(line)["event"] for line in terminal.raw.splitlines()][-1] == "ended"


def test_events_stay_lines_of_json_beside_the_bar(run, terminal):
    run("--headless", "--json", "--iterations", "3", "--hidden", "3", "--optimizer", "adam")
    lines = [line for line in re.split(r"\r\n|\x1b\[2K", terminal.raw) if line.startswith("{")]
    assert [json.loads(line)["event"] for line in lines][-1] == "ended"


def test_interrupted_from_the_keyboard(run, terminal, events, tmp_path):
    log = tmp_path / "a.jsonl"
    words = ("--iterations", "1000000000", "--hidden", "8", "--optimizer", "adam")
    process = run("--headless", *words, "--eval-every", "20", "--log", log, wait=False)
    terminal.read(until=r"\d\d/1,000,000,000 · [\d,]+ it/s")  # the bar goes on
    os.write(terminal.ours, b"\x03")
    terminal.read()
    assert process.wait(SECONDS) == 130
    assert events(log)[-1]["reason"] == "interrupted"
    seen = terminal.screen()
    assert " ".join(seen).rstrip().endswith("steps per second; interrupted")
    assert any(re.match(r"1  adam +\d+\.\d\d %", line) for line in seen)
    assert not any("━" in line for line in seen)
    assert "Traceback" not in terminal.raw
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")


@pytest.mark.parametrize("words", [("--data", "no.csv"), ("--log", "."), ("--fps", "99")])
def test_bad_input_opens_no_screen(run, terminal, words):
    process = run(*words, wait=False)
    terminal.read(until=r"\n|\x1b")
    assert re.fullmatch(r"tui-optim: [^\r\n\x1b]+\r\n", terminal.raw)
    assert process.wait(SECONDS) == 2


@pytest.mark.parametrize("terminal", [(60, 24)], indirect=True)
def test_runs_that_have_no_room_side_by_side_stand_in_rows(run, terminal):
    seeds = "seed=" + ",".join(map(str, range(8)))
    run("--headless", "--optimizer", "sgd", "--compare", seeds, "--iterations", "100")
    seen = terminal.screen()
    head = next(i for i, line in enumerate(seen) if line.startswith("iteration"))
    assert [len(line.split()) for line in seen[head : head + 6]] == [5, 4, 5, 4, 5, 4]
    assert seen[head + 1].split() == ["seed=4", "seed=5", "seed=6", "seed=7"]
    assert len({len(line) for line in seen[head : head + 6]}) == 1


def test_no_bar_where_a_pipe_may_end_at_the_terminal(run, terminal):
    run(*RACE, wait=False, stdout=subprocess.PIPE).communicate()
    terminal.read()
    assert "━" not in terminal.raw
    assert "training 6 runs" in terminal.raw


def test_events_through_a_pipe_leave_the_terminal_to_who_draws_them(run, terminal):
    run(*RACE, "--json", wait=False, stdout=subprocess.PIPE).communicate()
    terminal.read()
    assert terminal.raw == ""


@pytest.mark.parametrize("terminal", [(40, 24)], indirect=True)
def test_quiet_shows_no_bar_and_no_number_is_cut_on_a_narrow_terminal(run, terminal):
    run(*RACE, "--quiet")
    assert "━" not in terminal.raw
    table = [line.strip() for line in terminal.screen() if line]
    assert table[0].startswith("run  ")
    assert any(line.startswith("200 iterations of 6 runs in ") for line in table)
    rows = [line for line in table if re.match(r"\d  \w", line)]
    assert len(rows) == 6
    assert all(re.fullmatch(r"\d  \w+ +\d+\.\d\d %  +\d\.\d{4}", row) for row in rows)


def test_a_terminal_that_can_only_print_has_lines(run, terminal, environment):
    words = ("--iterations", "3", "--hidden", "4", "--optimizer", "adam")
    run(*words, env=environment | {"TERM": "dumb"})
    assert "tui-optim: TERM=dumb: no screens: training headless\r\n" in terminal.raw
    assert "\r\n3 iterations of 1 run in " in terminal.raw
    assert "\x1b" not in terminal.raw
