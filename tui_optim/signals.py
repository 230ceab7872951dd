"""Signals that end a program in order, and in the end at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

INTERRUPTED = 130
"""The exit code of a process that a signal ended."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""An interruption, a polite end, and the terminal's hanging up, which Windows does not know."""

HANGING_UP = getattr(signal, "SIGHUP", None)
SHOW_CURSOR = b"\x1b[?25h\n"


@contextmanager
def interruptible(
    interrupt: Callable[[], None],
    *,
    patience: float | None = None,
    restore: bytes = SHOW_CURSOR,
    hang_up: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Call `interrupt` at the first of SIGNALS; a second one ends the process.

    But not a second hanging up: a shell and the system both tell of the same one.

    Args:
        interrupt: asks for the end.
        patience: seconds after which the process is ended, if it has not ended by itself: it may
            wait for a terminal that is dead.
        restore: what is written to the terminal before the process is ended so.
        hang_up: called instead at each hanging up, which then ends nothing.
    """
    # What is ignored (nohup, a script's background job) stays ignored.
    signals = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.getsignal(each) for each in signals}
    modes = _terminal_modes()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        _restore_terminal(modes, restore)
        os._exit(INTERRUPTED)

    def first(_signal: int, _frame: FrameType | None) -> None:
        for each in signals:  # a second one may come while a write waits for its reader
            signal.signal(each, signal.SIG_IGN if each == HANGING_UP else leave)
        if patience is not None and hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, leave)
            signal.setitimer(signal.ITIMER_REAL, patience)
        interrupt()

    def hung_up(_signal: int, _frame: FrameType | None) -> None:
        if hang_up is not None:
            hang_up()

    for each in signals:
        signal.signal(each, hung_up if hang_up is not None and each == HANGING_UP else first)
    if hang_up is not None:
        signals = [each for each in signals if each != HANGING_UP]
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in before.items():
            signal.signal(each, handler)


def _terminal_modes() -> list[Any] | None:
    """How the terminal of standard error treats what is typed; None where there is none."""
    if termios is not None and sys.__stderr__ is not None and sys.__stderr__.isatty():
        with suppress(OSError, termios.error):
            return termios.tcgetattr(sys.__stderr__)
    return None


def _restore_terminal(modes: list[Any] | None, written: bytes) -> None:
    if modes is not None and sys.__stderr__ is not None:
        with suppress(OSError, termios.error):
            os.write(sys.__stderr__.fileno(), written)
            termios.tcsetattr(sys.__stderr__, termios.TCSANOW, modes)
