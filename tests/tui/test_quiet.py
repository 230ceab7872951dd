"""What goes over the line while nothing changes: nothing."""

import os
import select
import struct
import time

import pytest

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")


LIMIT = 20
"""Seconds in which everything here must have come about, on a busy machine too."""


def received(terminal, seconds):
    """What comes before nothing has come for so many seconds."""
    text, limit = b"", time.monotonic() + LIMIT
    while select.select([terminal], [], [], seconds)[0]:
        text += os.read(terminal, 2**16)
        assert time.monotonic() < limit, text[-2000:]
    return text


def test_over_a_finished_log_the_line_falls_silent(start, environment, logged, tmp_path):
    (tmp_path / "run.jsonl").write_text("".join(logged()), encoding="utf-8")
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    start(
        *("watch", "--fps", "10", "run.jsonl"),
        env=environment | {"TERM": "xterm-256color"},
        start_new_session=True,
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
    )
    text, limit = b"", time.monotonic() + LIMIT
    while b"done" not in text:
        assert time.monotonic() < limit, text
        text += received(ours, 0.1)
    received(ours, 1)  # ten ticks in which nothing comes, or it does not return
    os.close(theirs)
    os.close(ours)
