"""Values of options, given as text, as TOML has them, or as Python's or NumPy's; bad ones refused.

Each function takes the option's name, for the message, and what is given; it raises `InputError`
for a value that cannot be.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tui_optim.errors import InputError
from tui_optim.nn.specs import (
    LARGEST_WHOLE,
    checked_number,
    checked_whole,
    plain,
    value_text,
)

T = TypeVar("T")

MOST_LAYERS = 64
MOST_UNITS = 10_000
WIDTHS = (
    "expected widths such as 100,50 or 100x4, or none: "
    f"up to {MOST_LAYERS} layers of up to {MOST_UNITS} units"
)
SWITCH = {"on": True, "off": False, "true": True, "false": False}


def optional(convert: Callable[..., T], name: str, value: Any, *arguments: Any) -> T | None:
    """What another function makes of the value, or None where none is given."""
    return None if value is None else convert(name, value, *arguments)


def text(name: str, value: Any) -> str:
    """Some text, or a path."""
    value = plain(value)
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise InputError(f"{name}={value_text(value)}: expected some text")
    return value


def choice(name: str, value: Any, allowed: Iterable[str]) -> str:
    """One of some words."""
    words, value = tuple(allowed), plain(value)
    word = value.strip() if isinstance(value, str) else value
    if word not in words:
        raise InputError(f"{name}={value_text(value)}: choose one of {', '.join(words)}")
    return str(word)


def whole(name: str, value: Any, least: int, most: int = LARGEST_WHOLE) -> int:
    """A whole number in a range."""
    return checked_whole(name, _read(int, value), least, most)


def number(name: str, value: Any, **bounds: float) -> float:
    """A finite number in a range: `above`, `least`, `below`."""
    return checked_number(name, _read(float, value), **bounds)


def switch(name: str, value: Any) -> bool:
    """On or off, true or false."""
    value = plain(value)
    on = SWITCH.get(value.strip()) if isinstance(value, str) else value
    if not isinstance(on, bool):
        raise InputError(f"{name}={value_text(value)}: expected on or off")
    return on


def widths(name: str, value: Any) -> tuple[int, ...]:
    """The widths of hidden layers: 100,50 or 100x4 or none, a number, or several."""
    value = plain(value)
    if isinstance(value, str):
        parts: Sequence[Any] = _width_texts(name, value)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        parts = value
    elif isinstance(value, int):
        parts = [value]
    else:
        raise InputError(f"{name}={value_text(value)}: {WIDTHS}")
    if len(parts) > MOST_LAYERS:
        raise InputError(f"{name}={value_text(value)}: at most {MOST_LAYERS} layers are possible")
    return tuple(whole(name, part, 1, MOST_UNITS) for part in parts)


def _width_texts(name: str, given: str) -> list[str]:
    """The width of each layer in a text such as 100,50x2."""
    parts: list[str] = []
    for part in [] if given.strip() == "none" else given.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:x([1-9]\d{0,8}))?\s*", part)
        if match is None:
            raise InputError(f"{name}={value_text(given)}: {WIDTHS}")
        parts += [match[1]] * min(int(match[2] or 1), MOST_LAYERS + 1)  # as many as are refused
    return parts


def pairs(name: str, value: Any) -> Iterable[tuple[Any, Any]]:
    """Axes with their values, in whichever form they are given; neither is checked yet."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return value.items()
    found: list[tuple[Any, Any]] = []
    for item in [value] if isinstance(value, str) or not isinstance(value, Sequence) else value:
        if isinstance(item, str):
            axis, _, listed = item.partition("=")
            found.append((axis, _listed(f"{name} {axis}", listed, axis)))
        elif isinstance(item, Sequence) and len(item) == 2:
            found.append((item[0], item[1]))
        else:
            raise InputError(
                f"{name}={value_text(item)}: expected AXIS=V1,V2,… such as lr=0.01,0.1"
            )
    return found


def _listed(name: str, given: str, axis: str) -> list[str]:
    values = given.split(",") if given.strip() else []
    if not all(map(str.strip, values)):
        raise InputError(f"{name}={value_text(given)}: a value is missing: expected {axis}=V1,V2")
    return values


def _read(kind: type[int] | type[float], value: Any) -> Any:
    """The number that a text is; anything else as it is, for those to judge who check numbers."""
    with contextlib.suppress(ValueError):
        return kind(value) if isinstance(value, str) else value
    return value
