"""Tails: what there is to read of a file that may grow, or of a pipe, without waiting for more."""

import os
import select
import stat
from pathlib import Path
from typing import Protocol

from tui_optim.errors import InputError

CHUNK = 512 * 1024
FINGERPRINT = 128
"""So many of the first and of the last bytes read are looked at again: another log may have been
written over them. It begins with the time.
"""


class Tail(Protocol):
    """Reads on where it left off.

    Attributes:
        done: how many bytes have been read.
        ended: whether there will never be more.
    """

    done: int
    ended: bool

    @property
    def size(self) -> int | None:
        """How many bytes there are; None where nobody knows."""

    def read(self) -> bytes:
        """Some bytes more, or none where there are none now."""

    def renewed(self) -> str:
        """What is new under the name, and read from its beginning then; "" where nothing is."""

    def close(self) -> None:
        """Read no more."""


def open_tail(source: Path | int, part: tuple[int, int] | None = None) -> Tail:
    """The tail of a file, or a part of one, by its path, or of a pipe by its descriptor.

    Raises:
        InputError: when it cannot be read.
    """
    if isinstance(source, int):
        return PipeTail(source, own=False)
    if part is not None:
        return PartTail(source, *part)
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise unreadable(source, error) from None
    if stat.S_ISREG(mode):
        return FileTail(source, descriptor)
    if stat.S_ISDIR(mode):
        os.close(descriptor)
        raise InputError(f"log {str(source)!r} is a folder: name a file in it")
    return PipeTail(descriptor, own=True)


def unreadable(source: object, error: OSError | ValueError) -> InputError:
    """A log that cannot be read, and why."""
    reason = getattr(error, "strerror", None) or error
    return InputError(f"log {str(source)!r} cannot be read: {reason}")


class FileTail:
    """Of a regular file. It is followed by its name: where another file has it, that is read."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._first = self._last = b""
        self._gone = False
        self.done = 0
        self.ended = False

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return os.fstat(self._descriptor).st_size

    def read(self) -> bytes:
        """Some bytes more, or none where there are none now."""
        data = os.read(self._descriptor, CHUNK)
        self.done += len(data)
        self._last = (self._last + data[-FINGERPRINT:])[-FINGERPRINT:]
        self._first = (self._first + data[:FINGERPRINT])[:FINGERPRINT]
        return data

    def renewed(self) -> str:
        """What is new under the name: the file cut short, written over, replaced or removed."""
        size = self.size
        if size < self.done or self._is_overwritten():
            self._begin(self._descriptor)
            return "was cut short: it is read anew"
        if size > self.done:  # first what is left of it
            return ""
        try:
            now, mine = self._path.stat(), os.fstat(self._descriptor)
        except OSError:
            gone, self._gone = self._gone, True
            return "" if gone else "was removed: what was read of it stays"
        if os.path.samestat(now, mine) or not stat.S_ISREG(now.st_mode):
            return ""
        before = self._descriptor
        self._begin(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        os.close(before)  # at last, for another thread may ask for the size meanwhile
        return "was replaced: the new one is read"

    def _is_overwritten(self) -> bool:
        marks = (0, self._first), (self.done - len(self._last), self._last)
        return any(os.pread(self._descriptor, len(mark), at) != mark for at, mark in marks)

    def _begin(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.lseek(descriptor, 0, os.SEEK_SET)
        self._first = self._last = b""
        self.done, self._gone = 0, False

    def close(self) -> None:
        """Read no more."""
        os.close(self._descriptor)


class PartTail:
    """Of a part of a regular file, which stays as it is: from one of its bytes to another."""

    def __init__(self, path: Path, begin: int, end: int) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            os.lseek(self._descriptor, begin, os.SEEK_SET)
        except OSError as error:
            raise unreadable(path, error) from None
        self.size = end - begin
        self.done = 0
        self.ended = False

    def read(self) -> bytes:
        """Some bytes more, or none where there are none left."""
        data = os.read(self._descriptor, min(CHUNK, self.size - self.done))
        self.done += len(data)
        return data

    def renewed(self) -> str:
        """Nothing is."""
        return ""

    def close(self) -> None:
        """Read no more."""
        os.close(self._descriptor)


class PipeTail:
    """Of a pipe, a terminal, or whatever else comes by a descriptor.

    The descriptor's flags stay as they are, for others may share it: it is read only where there
    is something. It is closed only where it is `own`.
    """

    def __init__(self, descriptor: int, *, own: bool) -> None:
        self._descriptor, self._own = descriptor, own
        self.done = 0
        self.ended = False

    @property
    def size(self) -> int | None:
        """How many bytes there are, where that is known."""
        status = os.fstat(self._descriptor)
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def read(self) -> bytes:
        """Some bytes more, or none where there are none now."""
        if self.ended or not select.select([self._descriptor], [], [], 0)[0]:
            return b""
        data = os.read(self._descriptor, CHUNK)
        self.done += len(data)
        self.ended = not data
        return data

    def renewed(self) -> str:
        """Nothing ever is."""
        return ""

    def close(self) -> None:
        """Read no more."""
        if self._own:
            os.close(self._descriptor)
