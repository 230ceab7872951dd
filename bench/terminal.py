"""A process in a pseudo-terminal, and what it prints there: how much, what, and when it comes.

There is no thread: whoever waits reads. A terminal that nobody reads stands still after some
kilobytes, so no time is spent but in the methods here.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

COLUMNS, LINES = 120, 40
SECONDS = 60.0  # after which what has not come will not come
AT_THE_TERMINAL = ("sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1')
"""The terminal that the leader of a session opens first is its own, whose hanging up ends it."""
UNSET = ("COLUMNS", "LINES", "NO_COLOR")
CONTROL = re.compile(r"\x1b\[[\d;:?<>=$]*[A-Za-z]")
QUESTION, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"  # whether it draws without tearing: it does


class Terminal:
    """A process that has a terminal of its own; it is killed when the context is left.

    Attributes:
        process: the process.
        started: when it was started, on the clock of `time.perf_counter`.
        printed: how many bytes have come.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._ours, self._theirs = pty.openpty()
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, size)
        inherited = {key: value for key, value in os.environ.items() if key not in UNSET}
        settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"}
        self._text = ""  # that has come since a pattern was last waited for
        self.printed = 0
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [*AT_THE_TERMINAL, os.ttyname(self._theirs), *words],
            env=inherited | settings,
            start_new_session=True,
        )

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def read(self, seconds: float) -> None:
        """Let it print for so long."""
        limit = time.perf_counter() + seconds
        while (left := limit - time.perf_counter()) > 0:
            self._receive(left)

    def find(self, pattern: str) -> float:
        """The time at which a text came that was not there before.

        Raises:
            RuntimeError: when it does not come.
        """
        self._text = ""
        limit = time.perf_counter() + SECONDS
        while time.perf_counter() < limit:
            if self._receive(0.1):
                now = time.perf_counter()
                if re.search(pattern, CONTROL.sub("", self._text)):
                    return now
            elif self.process.poll() is not None:
                break
        raise RuntimeError(f"{pattern!r} never came: {self._text[-1000:]!r}")

    def until(self, condition: Callable[[], bool]) -> None:
        """Let it print until something is so.

        Raises:
            RuntimeError: when it does not come about.
        """
        limit = time.perf_counter() + SECONDS
        while not condition():
            if time.perf_counter() > limit or self.process.poll() is not None:
                raise RuntimeError(f"it did not come about: {self._text[-1000:]!r}")
            self._receive(0.05)

    def end(self) -> float:
        """The time at which the process had ended, which somebody has asked of it."""
        limit = time.perf_counter() + SECONDS
        while self.process.poll() is None:
            if time.perf_counter() > limit:
                raise RuntimeError("it does not end")
            self._receive(0.001)
        return time.perf_counter()

    def hang_up(self) -> None:
        """Close the terminal, as its window is closed."""
        for end in {self._ours, self._theirs} - {-1}:
            os.close(end)
        self._ours = self._theirs = -1

    def _receive(self, seconds: float) -> bool:
        if self._ours < 0:
            time.sleep(seconds)
            return False
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        piece = os.read(self._ours, 2**16)
        self.printed += len(piece)
        # A character may be cut in two; no pattern waits for the one that is lost so.
        self._text += piece.decode(errors="ignore")
        if QUESTION in piece:
            os.write(self._ours, ANSWER)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()
