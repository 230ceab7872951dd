"""Standard input, output and error: a terminal among them, and what to do when they are gone."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TextIO

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]  # Windows has none

PREFIX = "tui-optim: "
"""Before what is said on standard error."""
DUMB = ("dumb", "unknown")
"""What TERM says of a terminal that can do nothing but print; Textual draws nothing there."""


def say(line: str) -> None:
    """Print a line on standard error.

    Raises:
        OSError: when it cannot be written.
    """
    print(f"{PREFIX}{line}", file=sys.stderr, flush=True)


def mention(line: str) -> None:
    """Print a line on standard error, where that can be written."""
    try:
        say(line)
    except OSError:
        abandon(sys.stderr)


def abandon(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter's exit does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):  # a stream that is no file
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def can_draw() -> bool:
    """Whether screens can be seen, which Textual draws on standard error: neither is redirected."""
    return sys.stdout.isatty() and sys.stderr.isatty() and not is_dumb()


def is_dumb() -> bool:
    """Whether a terminal cannot move its cursor, and so draw nothing."""
    return os.environ.get("TERM", "").lower() in DUMB


def no_screens() -> str:
    """Why no screens are opened, where they would be."""
    return f"TERM={os.environ['TERM']}: no screens" if is_dumb() else "no terminal"


def can_write(text: str, stream: TextIO) -> bool:
    """Whether a stream's encoding has what a text needs."""
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def is_file(stream: TextIO) -> bool:
    """Whether what is written goes to a regular file: a pipe's other end may draw on a terminal."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # no file at all
        return False


def claimed(file: IO[bytes]) -> bool:
    """Whether a regular file is ours to write, until it is closed; False where another claims it.

    Whoever does not ask may write it all the same; and where files cannot be claimed, all are ours.
    """
    if fcntl is None or not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that does not know of it
        pass
    return True


def keep_aside(path: Path) -> Path | None:
    """Rename a file that is about to be begun anew, so that what was there is not lost.

    One backup is kept, as editors do: an older one is replaced. A link stays one.

    Returns:
        The name with a `~`; None where there is nothing to lose: no regular file, or an empty one.

    Raises:
        OSError: when it cannot be renamed.
    """
    place = path.resolve()
    if not place.is_file() or place.stat().st_size == 0:
        return None
    return place.replace(place.with_name(f"{place.name}~"))


def terminal_for_input() -> int | None:
    """Put the terminal in the place of standard input, for a program that reads keys from there.

    Returns:
        A descriptor of what standard input was; None where the process has no terminal.
    """
    if sys.__stdin__ is None:
        return None
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return None
    given = os.dup(sys.__stdin__.fileno())
    os.dup2(terminal, sys.__stdin__.fileno())
    os.close(terminal)
    return given
