"""Logs printed once: a chart and a table, for scripts and small screens."""

import io
import os
import re
import struct
import sys
from contextlib import suppress

import pytest
from rich.cells import cell_len

from tui_optim import InputError
from tui_optim.tui.once import print_once

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")


@pytest.fixture
def log(tmp_path, logged):
    """Writes the log of a training."""

    def write(name="run.jsonl", **options):
        path = tmp_path / name
        path.write_text("".join(logged(**options)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def printed(monkeypatch):
    """Runs `print_once` with a stream of an encoding; the exit code and the lines."""

    def run(*paths, encoding="utf-8"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
        monkeypatch.setattr(sys, "stdout", stream)
        code = print_once(paths, "en")
        monkeypatch.undo()
        return code, stream.buffer.getvalue().decode(encoding).splitlines()

    return run


@pytest.fixture
def on_terminal(monkeypatch):
    """The same on a terminal of so many columns: all that came."""

    def run(path, columns):
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        monkeypatch.delenv("COLUMNS", raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        with os.fdopen(theirs, "w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            monkeypatch.setattr(sys, "__stdout__", stream)
            print_once([path], "en")
            monkeypatch.undo()
        received = b""
        with suppress(OSError):  # how Linux says that all has been read
            while piece := os.read(ours, 2**16):
                received += piece
        os.close(ours)
        return received.decode()

    return run


def test_a_chart_and_a_table_of_80_columns(log, printed):
    code, lines = printed(log(compare={"optimizer": ["sgd", "adam"]}))
    assert code == 0
    assert lines[0].startswith("Loss – smoothed 0.6")
    assert max(map(cell_len, lines)) <= 80
    text = "\n".join(lines)
    assert any("\u2800" < character <= "\u28ff" for character in text)
    assert re.search(r"[●■▲◆▼★] sgd\n", text), "its sign and name, where it ends"
    assert "test accuracy" in text
    assert lines[-1].startswith("60 iterations of 2 runs in")
    assert not any(line.endswith(" ") or "\x1b" in line for line in lines)


def test_several_logs_are_compared(log, printed):
    first = log("first.jsonl", optimizer="sgd", compare={"lr": ["0.1", "0.2"]})
    second = log("second.jsonl", optimizer="adam", compare={"lr": [0.01]}, iterations=20)
    _, lines = printed(first, second)
    text = "\n".join(lines)
    names = ("first lr=0.1", "first lr=0.2", "second")
    assert all(name in text for name in names)
    legend = r"\S first lr=0\.1   \S first lr=0\.2   \S second"
    assert re.search(legend, text), "no room beside the curves"


def test_without_braille_all_is_ascii(log, printed):
    _, lines = printed(log(), encoding="ascii")
    text = "\n".join(lines)
    assert text.isascii()
    assert re.search(r" [a-p] sgd\n", text)
    assert "Loss - smoothed" in text


def test_on_a_terminal_it_is_coloured_and_as_wide(log, on_terminal, monkeypatch):
    path = log()
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = on_terminal(path, 100)
    assert "\x1b[1m" in text
    assert "\x1b[3" in text
    monkeypatch.setenv("NO_COLOR", "1")
    text = on_terminal(path, 100)
    assert "\x1b[3" not in text
    assert max(map(cell_len, text.splitlines())) > 85


def test_a_log_that_others_have_written_in(log, printed, capsys):
    path = log()
    with path.open("a", encoding="utf-8") as file:
        file.write("no event\n")
    printed(path)
    assert "1 line of run skipped, the last is line" in capsys.readouterr().err


def test_of_more_runs_than_can_be_told_apart_some_are_left_out(log, printed, capsys):
    paths = [log(f"{n}.jsonl") for n in range(9)]
    _, lines = printed(*paths)
    assert "16 runs are shown, 2 left out (at most 16)" in capsys.readouterr().err
    assert [line[:19] for line in lines[-9:]] == [f"{n}: 60 iterations of" for n in range(9)]


def test_every_run_diverged(log, printed):
    code, lines = printed(log(optimizer="sgd", compare={"lr": [1e30]}, iterations=20))
    assert code == 3
    assert any("diverged at" in line for line in lines)


def test_a_pipe_is_read_to_its_end(log, printed):
    path = log()
    with path.open("rb") as file:
        code, lines = printed(file.fileno())
    assert (code, lines[-1].startswith("60 iterations")) == (0, True)


STEP = '{"event":"step","iteration":1,"samples":1,"seconds":1,"loss":{}}'


@pytest.mark.parametrize("text", ["", '{"event":"later"}\n', STEP])
def test_a_log_with_no_training_is_refused(text, tmp_path, printed):
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match="no training in run"):
        printed(path)
