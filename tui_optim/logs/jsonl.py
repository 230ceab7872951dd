"""The log: JSON Lines, schema 1, one event a line."""

import errno
import json
import math
from collections import abc
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from io import FileIO
from pathlib import Path
from types import NoneType, TracebackType, UnionType
from typing import Any, Literal, Self, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from tui_optim.errors import InputError
from tui_optim.events import EVENTS, Event, Step
from tui_optim.streams import claimed, keep_aside

LONGEST_LINE = 1024 * 1024
"""A line with more characters is no event of ours and is skipped."""
NO_ROOM = "another file, or make room"
ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), NO_ROOM),
    errno.ENOENT: "a file in a folder that is there",
    errno.EISDIR: "a file in it",
}
"""What to name where a log cannot be written, by the reason."""


def encode(event: Event) -> str:
    """One event as a line of JSON, without the line's end."""
    return json.dumps(
        {"event": event.event, **_plain(event)}, separators=(",", ":"), allow_nan=False
    )


def decode(line: str) -> Event | None:
    """The event that a line holds, or None where it is of a kind that is not known here.

    Keys that are not known are skipped.

    Raises:
        ValueError: when the line is no event: not JSON, or a key is missing or of a wrong type.
    """
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        if "set_int_max_str_digits" in str(error):  # advice for those who write programs
            raise ValueError("a number has too many digits") from None
        raise
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        raise ValueError("not an event")  # noqa: TRY004  one kind of error for a bad line
    kind = EVENTS.get(value["event"])
    return None if kind is None else _builder(cast(Hashable, kind))(value, value["event"])


class Thinning:
    """Hands on all events but, of the steps, only some.

    Those are the first and each one whose iteration is a multiple of `every`; besides the one at
    which a run diverges and the last one before any other event, so that what is told of an
    iteration comes with its loss.

    Args:
        every: as above; 1 hands on all.
        write: takes what is handed on.

    Raises:
        InputError: when `every` is not at least 1.
    """

    def __init__(self, every: int, write: Callable[[Event], None]) -> None:
        if every < 1:
            raise InputError(f"log-every={every}: expected at least 1")
        self._every, self._write = every, write
        self._held: Step | None = None
        self._diverged: frozenset[str] = frozenset()

    def __call__(self, event: Event) -> None:
        """Hand on an event, or hold it back."""
        held, self._held = self._held, None
        if isinstance(event, Step):
            if self._every > 1 and not self._is_due(event):
                self._held = event
                return
        elif held is not None:
            self._write(held)
        self._write(event)

    def _is_due(self, step: Step) -> bool:
        diverged = frozenset(run for run, loss in step.loss.items() if loss is None)
        newly, self._diverged = diverged - self._diverged, diverged
        return step.iteration == 1 or step.iteration % self._every == 0 or bool(newly)


class LogWriter:
    """Writes events to a file as they happen; a process that is killed leaves what it did.

    Each event is handed to the operating system at once, so that a reader that follows the file
    sees it, also while the training is paused.

    Args:
        path: of the file; it is begun anew, or continued. Where it is begun anew, a regular file
            that is not empty is renamed to `FILE~` first, over an older one of that name.
        every: of the steps, write those that `Thinning` hands on.
        keep: how many bytes of a file that is continued are kept; the rest goes with the first
            event.

    Attributes:
        path: of the file.
        kept: where what was there is kept; None where nothing was.

    Raises:
        InputError: when `every` is not at least 1, another training writes the file, or it cannot
            be written, here or later (a full disk).
    """

    def __init__(self, path: str | Path, every: int = 1, keep: int | None = None) -> None:
        self.path = Path(path)
        self.write = Thinning(every, self._append)
        """Append an event, or hold it back as `every` asks for."""
        self._keep = keep
        self.kept: Path | None = None
        try:
            self._file = self._opened()
            if keep is None and (kept := keep_aside(self.path)):
                self.kept = kept
                self._file.close()
                self._file = self._opened()
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            raise error if isinstance(error, InputError) else self._failure(error) from None

    @property
    def notice(self) -> str:
        """What has become of what was there, in a line; "" where nothing was."""
        kept = self.kept
        return f"what {str(self.path)!r} held is now in {kept.name!r}" if kept else ""

    def _opened(self) -> FileIO:
        file = self.path.open("ab", buffering=0)
        if not claimed(file):
            file.close()
            raise InputError(f"log {str(self.path)!r}: another training is writing it")
        return file

    def _append(self, event: Event) -> None:
        line = encode(event).encode() + b"\n"
        try:
            if self._keep is not None:
                self._file.truncate(self._keep)
                self._keep = None
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise self._failure(error) from None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _failure(self, error: OSError | ValueError) -> InputError:
        reason = getattr(error, "strerror", None) or error
        return InputError(
            f"log {str(self.path)!r} cannot be written: {reason}; name "
            + ADVICE.get(getattr(error, "errno", 0), "another file")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def read(path: str | Path, skipped: Callable[[int, str], None] | None = None) -> Iterator[Event]:
    """The events of a log, in order.

    Args:
        path: of the file.
        skipped: called with the number and the fault of each line that is no event.

    Raises:
        InputError: when the file cannot be read.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and not line.endswith("\n"):
                    event, fault = None, "too long"
                    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                        pass
                else:
                    event, fault = _decoded(line)
                if event is not None:
                    yield event
                elif fault and skipped is not None:
                    skipped(number, fault)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"log {str(path)!r} cannot be read: {reason}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _decoded(line: str) -> tuple[Event | None, str]:
    try:
        return decode(line), ""
    except ValueError as error:
        return None, str(error)


def _plain(value: Any) -> Any:
    """A value made of events' dataclasses as one made of dicts, for JSON."""
    if is_dataclass(value):
        names = _names(value.__class__)
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return [_plain(item) for item in value]
    return value


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


# From JSON to the events' types: for each type a function, made once, that checks a value and
# makes it of that type. A log may have millions of values.

Builder: TypeAlias = Callable[[Any, str], Any]
"""Takes a value from JSON and where it stands, for the message of a ValueError."""


def _wrong(where: str) -> ValueError:
    return ValueError(f"{where} is of a wrong type")


@cache
def _builder(expected: Any) -> Builder:
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):
        return _union_builder(arguments)
    if origin is Literal:
        return _literal_builder(arguments)
    if is_dataclass(expected):
        return _dataclass_builder(expected)
    if origin is tuple:
        return _wholes if arguments[0] is int else _tuple_builder(_builder(arguments[0]))
    if origin is abc.Mapping:
        return _mapping_builder(_builder(arguments[1]))
    return {float: _number, int: _whole, Any: _anything}.get(expected) or _plain_builder(expected)


def _number(value: Any, where: str) -> float:
    if value.__class__ is float and -math.inf < value < math.inf:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            if math.isfinite(value):
                return float(value)
        except OverflowError:  # a whole number beyond float's range
            pass
    raise _wrong(where)


def _optional_number(value: Any, where: str) -> float | None:
    if value.__class__ is float and -math.inf < value < math.inf:
        return value
    return None if value is None else _number(value, where)


def _whole(value: Any, where: str) -> int:
    if value.__class__ is int and abs(value) < 2**63:
        return value
    raise _wrong(where)


def _wholes(value: Any, where: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise _wrong(where)
    # All are looked at together, for a histogram has many.
    if set(map(type, value)) <= {int} and max(map(abs, value), default=0) < 2**63:
        return tuple(value)
    raise _wrong(where)


def _anything(value: Any, _where: str) -> Any:
    return value


def _plain_builder(kind: type) -> Builder:
    def build(value: Any, where: str) -> Any:
        if isinstance(value, kind):
            return value
        raise _wrong(where)

    return build


def _literal_builder(allowed: Sequence[Any]) -> Builder:
    def build(value: Any, where: str) -> Any:
        if isinstance(value, str) and value in allowed:
            return value
        raise _wrong(where)

    return build


def _tuple_builder(item: Builder) -> Builder:
    def build(value: Any, where: str) -> tuple[Any, ...]:
        if isinstance(value, list):
            return tuple([item(each, where) for each in value])
        raise _wrong(where)

    return build


def _mapping_builder(item: Builder) -> Builder:
    def build(value: Any, where: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return {key: item(each, where) for key, each in value.items()}
        raise _wrong(where)

    return build


def _union_builder(members: Sequence[Any]) -> Builder:
    """Of a union with None, what the rest is; of other unions, the first member that fits."""
    if set(members) == {float, NoneType}:
        return _optional_number
    builders = [_builder(member) for member in members if member is not NoneType]
    optional = NoneType in members

    def build(value: Any, where: str) -> Any:
        if value is None and optional:
            return None
        for builder in builders[:-1]:
            try:
                return builder(value, where)
            except ValueError:
                continue
        return builders[-1](value, where)

    return build


def _dataclass_builder(kind: Any) -> Builder:
    hints = get_type_hints(kind)
    parts = [(name, _builder(hints[name])) for name in _names(kind)]
    optional = {field.name for field in fields(kind) if field.default is not MISSING}

    def build(value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(where)
        try:
            return kind(*[part(value[name], name) for name, part in parts])
        except (KeyError, ValueError):  # one is missing, or wrong
            return build_carefully(value, where)

    def build_carefully(value: dict[str, Any], where: str) -> Any:
        built = {}
        for name, part in parts:
            if name in value:
                try:
                    built[name] = part(value[name], name)
                except ValueError as error:
                    raise ValueError(f"{where}.{error}") from None
            elif name not in optional:
                raise ValueError(f"{where}.{name} is missing")
        return kind(**built)

    return build
