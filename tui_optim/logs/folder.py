"""Folders of logs: which logs there are, and in a few words what each is of."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from tui_optim.errors import InputError
from tui_optim.events import Ended, Event, Reason, Started
from tui_optim.logs.jsonl import decode

ENDING = ".jsonl"
MOST_LOGS = 1000
"""Of more, the newest."""
DEEPEST, MOST_LOOKED_AT = 2, 1000
"""So many levels below the folder are looked into, for so many files at most."""
GLANCE = 64 * 1024
"""Bytes that are looked at to know what a file is."""
FEW = 20
"""Lines among them, at most, of which one must be an event."""


@dataclass(frozen=True)
class LogFile:
    """A log in a folder.

    Attributes:
        path: of the file.
        modified: when it was written to, in seconds since the epoch.
        started: the first event, where that is near.
        iteration: how far it goes, where that is told near its end.
        ended: why its last training has ended; None where it has not, so far as is known.
    """

    path: Path
    modified: float
    started: Started | None
    iteration: int | None
    ended: Reason | None


def sources(words: Sequence[str]) -> tuple[list[Path], Path | None]:
    """The logs that some words name, and the folder where they name that: its newest is first.

    Raises:
        InputError: when there is nothing of that name, it is no log, or the folder has none.
    """
    paths = [Path(word) for word in words]
    folders = [path for path in paths if path.is_dir()]
    if not folders:
        for path in paths:
            check_log(path)
        return paths, None
    if len(paths) > 1:
        raise InputError(f"{str(folders[0])!r} is a folder: name it alone, or logs in it")
    return [logs_in(folders[0])[0].path], folders[0]


def logs_in(folder: Path) -> list[LogFile]:
    """The logs in a folder and in those up to DEEPEST levels below it, the newest first.

    Raises:
        InputError: when it cannot be read, or there are none.
    """
    try:
        with os.scandir(folder) as entries:
            here = list(entries)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"folder {str(folder)!r} cannot be read: {reason}") from None
    found = []
    for path in (*_logs(here), *_below(here)):
        try:
            status = path.stat()
        except OSError:  # removed meanwhile
            continue
        found.append((status.st_mtime, status.st_size, path))
    if not found:
        raise InputError(
            f"folder {str(folder)!r} has no logs: "
            f"train with --log {folder / 'run.jsonl'}, or name another"
        )
    return [_log_file(*each) for each in sorted(found, reverse=True)[:MOST_LOGS]]


def name_in(folder: Path, path: Path) -> str:
    """What a log is called among those of a folder: its path there, without the ending."""
    return path.relative_to(folder).with_suffix("").as_posix()


def _logs(entries: Iterable[os.DirEntry[str]]) -> list[Path]:
    return [Path(e.path) for e in entries if e.name.endswith(ENDING) and e.is_file()]


def _below(entries: Iterable[os.DirEntry[str]]) -> Iterator[Path]:
    """The logs in the folders among some entries, level by level."""
    left = MOST_LOOKED_AT
    for _ in range(DEEPEST):
        found: list[os.DirEntry[str]] = []
        for entry in entries:
            hidden = entry.name.startswith(".")
            if not hidden and entry.is_dir(follow_symlinks=False):
                with suppress(OSError), os.scandir(entry) as inner:
                    found += islice(inner, left - len(found))
        yield from _logs(found)
        entries, left = found, left - len(found)


def check_log(path: Path) -> None:
    """See whether a file is a log, or may become one.

    Raises:
        InputError: when it is none, or cannot be read.
    """
    try:
        regular = stat.S_ISREG(path.stat().st_mode)  # a pipe gives its beginning only once
        beginning = _glance(path, 0) if regular else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"log {str(path)!r} cannot be read: {reason}") from None
    *lines, rest = beginning.split(b"\n", FEW)
    lines = [line for line in lines if line.strip()]
    begun = not lines and rest.lstrip()[:1] in (b"", b"{")
    if not (begun or any(_is_event(line) for line in lines or [rest])):
        raise InputError(
            f"{str(path)!r} is no log of a training: its first lines are no events "
            "(--log FILE.jsonl writes them)"
        )


@lru_cache(MOST_LOGS)
def _log_file(modified: float, size: int, path: Path) -> LogFile:
    try:
        first = _events(_glance(path, 0).split(b"\n", 1)[:1])
        last = _events(reversed(_glance(path, max(0, size - GLANCE)).rstrip().split(b"\n")[-FEW:]))
    except OSError:
        first = last = []
    started = first[0] if first and isinstance(first[0], Started) else None
    told = (getattr(e, "iterations" if isinstance(e, Ended) else "iteration", None) for e in last)
    iteration = next((each for each in told if each is not None), None)
    end = last[0].reason if last and isinstance(last[0], Ended) else None
    return LogFile(path, modified, started, iteration, end)


def _glance(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(GLANCE)


def _events(lines: Iterable[bytes]) -> list[Event]:
    events = []
    for line in lines:
        try:
            event = decode(line.decode("utf-8-sig", "replace"))
        except ValueError:
            continue
        if event is not None:
            events.append(event)
    return events


def _is_event(line: bytes) -> bool:
    try:
        decode(line.decode("utf-8-sig", "replace"))
    except ValueError:
        return False
    return True
