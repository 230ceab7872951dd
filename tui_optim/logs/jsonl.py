"""The log: JSON Lines, schema 1, one event a line."""

import json
import math
from collections import abc
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, Literal, Self, Union, cast, get_args, get_origin, get_type_hints

from tui_optim.errors import InputError
from tui_optim.events import EVENTS, Event, Step

LONGEST_LINE = 8 * 1024 * 1024
"""A line with more characters is no event of ours and is skipped."""


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
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        raise ValueError("not an event")  # noqa: TRY004  one kind of error for a bad line
    kind = EVENTS.get(value["event"])
    return None if kind is None else _build(kind, value, value["event"])


class LogWriter:
    """Writes events to a file as they happen; a process that is killed leaves what it did.

    Each event is handed to the operating system at once, so that a reader that follows the file
    sees it, also while the training is paused.

    Args:
        path: of the file; it is begun anew.
        every: of the steps, write the first and then each one whose iteration is its multiple;
            besides the one at which a run diverges and the last one before any other event, so
            that what the log tells of an iteration has its loss.

    Raises:
        InputError: when `every` is not at least 1, or the file cannot be written, here or later (a
            full disk).
    """

    def __init__(self, path: str | Path, every: int = 1) -> None:
        if every < 1:
            raise InputError(f"log-every={every}: expected at least 1")
        self.path = Path(path)
        self._every = every
        self._held: Step | None = None
        self._diverged: frozenset[str] = frozenset()
        try:
            self._file = self.path.open("wb", buffering=0)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            raise self._failure(error) from None

    def write(self, event: Event) -> None:
        """Append an event, or hold it back as `every` asks for."""
        held, self._held = self._held, None
        if isinstance(event, Step):
            if self._every > 1 and not self._is_due(event):
                self._held = event
                return
        elif held is not None:
            self._append(held)
        self._append(event)

    def _is_due(self, step: Step) -> bool:
        diverged = frozenset(run for run, loss in step.loss.items() if loss is None)
        newly, self._diverged = diverged - self._diverged, diverged
        return step.iteration == 1 or step.iteration % self._every == 0 or bool(newly)

    def _append(self, event: Event) -> None:
        line = encode(event).encode() + b"\n"
        try:
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
            f"log {str(self.path)!r} cannot be written: {reason}; name another file, or make room"
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


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in _names(kind)}


def _build(expected: Any, value: Any, where: str) -> Any:
    """Check a value from JSON against a type of the events and make it of that type."""
    origin, arguments = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):
        # At most one member of a union of the events takes a given JSON value.
        fitting = [member for member in arguments if _fits(member, value)]
        expected = fitting[0] if fitting else expected
        origin, arguments = get_origin(expected), get_args(expected)
    if not _fits(expected, value):
        raise ValueError(f"{where} is of a wrong type")
    if is_dataclass(expected):
        return _build_dataclass(expected, value, where)
    if origin is tuple:
        return tuple(_build(arguments[0], item, where) for item in value)
    if origin is not None and origin is not Literal:
        return {key: _build(arguments[1], item, where) for key, item in value.items()}
    return float(value) if expected is float else value


def _fits(expected: Any, value: Any) -> bool:
    """Whether a JSON value is of the kind that a type is written as, whatever is inside it."""
    origin = get_origin(expected)
    if origin is Literal:
        return isinstance(value, str) and value in get_args(expected)
    if origin is tuple:
        return isinstance(value, list)
    if is_dataclass(expected) or origin is abc.Mapping:
        return isinstance(value, dict)
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
    if expected is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return expected is Any or (isinstance(expected, type) and isinstance(value, expected))


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float's range
        return False


def _build_dataclass(kind: Any, value: dict[str, Any], where: str) -> Any:
    defaults = {field.name for field in fields(kind) if field.default is not MISSING}
    built = {}
    for name, expected in _types(kind).items():
        if name in value:
            built[name] = _build(expected, value[name], f"{where}.{name}")
        elif name not in defaults:
            raise ValueError(f"{where}.{name} is missing")
    return kind(**built)
