"""Signals that end a program in order, and in the end at once."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

try:
    import termios
except ImportError:
    termios = None  # type: ignore[assignment]  # Windows has none

INTERRUPTED = 130
"""The exit code of a process that a signal ended."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""An interruption, a polite end, and the terminal's hanging up, which Windows does not know."""

HANGING_UP = getattr(signal, "SIGHUP", None)
PATIENCE = 30.0
"""Seconds that the end has; a large checkpoint on a slow disk takes some."""
SAME = 1.0
"""Seconds in which another SIGINT means the same as the first signal."""
UNFINISHED: set[Path] = set()
"""Files that are being written and of no use before they are whole: an end at once removes them."""
SHOW_CURSOR = b"\x1b[?25h\n"


@contextmanager
def interruptible(
    interrupt: Callable[[], None],
    *,
    patience: float = PATIENCE,
    restore: bytes = SHOW_CURSOR,
    hang_up: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Call `interrupt` at the first of SIGNALS; then there is time to end in order.

    Whoever ends a process often tells it several times: a shell and the system both of the same
    hanging up, a service manager with a second signal, fingers that are not sure. Once the ending
    has begun, only a SIGINT that comes more than SAME seconds later ends the process at once.
    What remains of the process after this ignores them all.

    Args:
        interrupt: asks for the end.
        patience: seconds after which the process is ended, if it has not ended by itself: it may
            wait for a terminal that is dead.
        restore: what is written to the terminal before the process is ended so.
        hang_up: called instead at each hanging up before that, which then ends nothing.
    """
    # What is ignored (nohup, a script's background job) stays ignored.
    before = {each: signal.getsignal(each) for each in SIGNALS}
    signals = [each for each in SIGNALS if before[each] is not signal.SIG_IGN]
    modes = _terminal_modes()
    began: float | None = None  # when the ending did

    def leave(_signal: int, _frame: FrameType | None) -> None:
        for path in UNFINISHED:
            with suppress(OSError):
                path.unlink()
        _restore_terminal(modes, restore)
        os._exit(INTERRUPTED)

    def receive(number: int, frame: FrameType | None) -> None:
        nonlocal began
        if began is not None:
            if number == signal.SIGINT and time.monotonic() - began > SAME:
                leave(number, frame)
        elif hang_up is not None and number == HANGING_UP:
            hang_up()
        else:
            began = time.monotonic()
            if hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, leave)
                signal.setitimer(signal.ITIMER_REAL, patience)
            interrupt()

    for each in signals:
        signal.signal(each, receive)
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each in signals:  # what is left of a process that ends is short
            signal.signal(each, before[each] if began is None else signal.SIG_IGN)


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
