"""How files are opened and spoken of: bounded, with one clear line where something is wrong.

Text out of a file can hold anything, terminal control sequences included. It reaches a message,
or a name in a `Dataset`, only through `quoted` and `printable`.
"""

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from tui_optim.errors import InputError, inert

MAX_VALUES = 2**28
"""Most numbers that one array of a file may hold: 1 GiB as float32, five times MNIST."""
DEFLATE_MOST = 1032
"""No byte compressed by DEFLATE (gzip, zip) stands for more than this: two bits for 258 bytes."""


def printable(text: str, limit: int = 60) -> str:
    """`text` with control characters written as escapes, cut to about `limit` characters."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return inert(short)


def quoted(text: str, limit: int = 60) -> str:
    """`printable`, between quotation marks."""
    return f"'{printable(text, limit)}'"


def shown(path: Path) -> str:
    """A path for a message; of a very long one the end, where the file's name is."""
    text = str(path)
    return quoted(text if len(text) <= 200 else "…" + text[-199:], limit=200)


def listed(names: Iterable[str], limit: int = 10) -> str:
    """Quoted names for a message, the first `limit` of them."""
    every = list(names)
    more = [f"… ({len(every)} in all)"] if len(every) > limit else []
    return ", ".join([quoted(name) for name in every[:limit]] + more)


def user_path(text: str | Path) -> Path:
    """A path as a person writes it, "~" for the home folder."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # there is no such user
        return Path(text)


def mode(path: Path) -> int | None:
    """The file mode of what is at `path`, None where nothing is.

    Raises:
        InputError: It cannot be seen, for want of permission say.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def is_folder(path: Path) -> bool:
    """Whether a folder is there; `mode` says what it raises."""
    found = mode(path)
    return found is not None and stat.S_ISDIR(found)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, int]]:
    """Open a regular file for reading; yields it and its size in bytes.

    Raises:
        InputError: It is absent, not a regular file (a pipe has no end to check), or not readable.
    """
    found = mode(path)
    if found is None:
        raise InputError(f"there is no file {shown(path)}")
    if not stat.S_ISREG(found):
        raise InputError(f"{shown(path)} is not a regular file: a data set is read from one")
    try:
        with path.open("rb") as file:
            yield file, path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> InputError:
    """The line for what the operating system says of a path."""
    return InputError(f"cannot read {shown(path)}: {error.strerror or error}")
