"""Signals that end a program in order, and in the end at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

INTERRUPTED = 130
"""The exit code of a process that a signal ended."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""An interruption, a polite end, and the terminal's hanging up, which Windows does not know."""


@contextmanager
def interruptible(interrupt: Callable[[], None]) -> Iterator[None]:
    """Call `interrupt` at the first of SIGNALS; a second one ends the process."""
    # What is ignored (nohup, a script's background job) stays ignored.
    signals = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.getsignal(each) for each in signals}

    def first(_signal: int, _frame: FrameType | None) -> None:
        for each in signals:  # a second one may come while a write waits for its reader
            signal.signal(each, leave)
        interrupt()

    for each in signals:
        signal.signal(each, first)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def leave(_signal: int = 0, _frame: FrameType | None = None) -> None:
    """End the process at once, with a cursor in its terminal."""
    with suppress(OSError, ValueError):
        if sys.__stderr__ is not None and sys.__stderr__.isatty():
            os.write(sys.__stderr__.fileno(), b"\x1b[?25h\n")
    os._exit(INTERRUPTED)


def leave_within(seconds: float) -> None:
    """End the process if it has not ended by itself by then: it may wait for a dead terminal."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, leave)
        signal.setitimer(signal.ITIMER_REAL, seconds)
