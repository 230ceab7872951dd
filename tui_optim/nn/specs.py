"""Names with settings, `name:key=value:key=value`, made into objects and back.

An activation, an initializer or an optimizer is a dataclass whose fields are its settings; a
registry maps the field's common names to these classes; `build` makes one from a spec.
"""

import dataclasses
import difflib
import math
import operator
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from tui_optim.errors import InputError

T = TypeVar("T", bound="Configurable")

LARGEST_WHOLE = 2**63 - 1
LONGEST_SHOWN = 60
"""Characters of a value in a message."""


def setting(
    default: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    shown: bool = False,
) -> Any:
    """A dataclass field that is a setting: its default and the open or closed range it lies in.

    A setting that is `shown` stands in the spec even where it has the default.
    """
    return dataclasses.field(
        default=default, metadata={"above": above, "least": least, "below": below, "shown": shown}
    )


@dataclass
class Configurable:
    """Base of everything that a spec can name; subclasses are dataclasses of settings.

    Raises:
        InputError: when a setting is not finite or not in its range.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for field in settings_of(type(self)).values():
            value = getattr(self, field.name)
            if isinstance(field.default, bool):
                if not isinstance(value, bool):
                    raise InputError(f"{field.name}={value!r}: expected true or false")
            else:
                setattr(self, field.name, _checked(field, value))

    @property
    def spec(self) -> str:
        """The spec that builds this: its name and the settings that are not at their default."""
        parts = [self.name]
        for field in settings_of(type(self)).values():
            value = getattr(self, field.name)
            if value != field.default or field.metadata["shown"]:
                parts.append(f"{field.name}={number_text(value)}")
        return ":".join(parts)

    def replace(self, **settings: Any) -> Self:
        """A new object of the same kind with some settings changed and no state."""
        own = {key: getattr(self, key) for key in settings_of(type(self))}
        return type(self)(**{**own, **settings})


def settings_of(kind: type[Configurable]) -> dict[str, dataclasses.Field[Any]]:
    """The settings of a class, by name, in the order in which it lists them."""
    return {field.name: field for field in dataclasses.fields(kind) if field.metadata}


def build(registry: Mapping[str, type[T]], spec: str, what: str) -> T:
    """Make the object that a spec such as `adam:lr=0.01:beta1=0.9` names.

    Args:
        registry: the classes to choose from, by name.
        spec: a name and, after colons, settings as key=value.
        what: what is being named, for the error message ("optimizer").

    Raises:
        InputError: names the bad part of the spec and lists what is allowed in its place.
    """
    name, *parts = spec.strip().split(":")
    if name not in registry:
        close = difflib.get_close_matches(name.lower(), registry, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise InputError(f"unknown {what} {name!r}{hint}: choose one of {', '.join(registry)}")
    kind = registry[name]
    allowed = settings_of(kind)
    values: dict[str, Any] = {}
    for part in parts:
        key, equals, text = part.partition("=")
        if key not in allowed or not equals:
            listed = ", ".join(f"{k}={number_text(f.default)}" for k, f in allowed.items())
            takes = f"takes {listed}" if listed else "takes no settings"
            raise InputError(f"{what} {spec!r}: {part!r} is not a setting; {name} {takes}")
        if key in values:
            raise InputError(f"{what} {spec!r}: {key} is given twice")
        values[key] = _parsed(allowed[key], text, f"{what} {spec!r}")
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{what} {spec!r}: {error}") from None


def _parsed(field: dataclasses.Field[Any], text: str, where: str) -> bool | float:
    if isinstance(field.default, bool):
        if text not in ("true", "false"):
            raise InputError(f"{where}: {field.name}={text!r}: expected true or false")
        return text == "true"
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: {field.name}={text!r}: expected a number") from None


def _checked(field: dataclasses.Field[Any], value: Any) -> float:
    bounds = {key: field.metadata[key] for key in ("above", "least", "below")}
    return checked_number(field.name, value, **bounds)


def checked_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
) -> float:
    """A finite number in an open or closed range, Python's or NumPy's, as a float.

    Raises:
        InputError: when it is no number or not in the range; names both.
    """
    limits = (("above", above), ("of at least", least), ("below", below))
    bounds = [f"{word} {bound:g}" for word, bound in limits if bound is not None]
    value, number = plain(value), math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # a whole number beyond float's range
            number = math.inf
    if (
        math.isfinite(number)
        and (above is None or number > above)
        and (least is None or number >= least)
        and (below is None or number < below)
    ):
        return number
    if number == math.inf and below is None:
        bounds.append(f"below {sys.float_info.max:.2g}")
    expected = " ".join(["expected a number", " and ".join(bounds)]).strip()
    shown = number_text(value) if isinstance(value, float) else value_text(value)
    raise InputError(f"{name}={shown}: {expected}")


def checked_whole(name: str, value: Any, least: int, most: int = LARGEST_WHOLE) -> int:
    """A whole number in a range, Python's or NumPy's, as an int.

    Raises:
        InputError: when it is no whole number or not in the range; names both.
    """
    value = plain(value)
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is not None and least <= number <= most:
        return number
    expected = f"of at least {least}"
    if most < LARGEST_WHOLE or (number is not None and number > most):
        expected = f"from {least} to {most}"
    raise InputError(f"{name}={value_text(value)}: expected a whole number {expected}")


def plain(value: Any) -> Any:
    """What NumPy made as Python has it: a number, a text, a list; anything else as it is."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def value_text(value: Any) -> str:
    """A value as a message shows it: as Python writes it, but of a very long one the beginning."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def number_text(value: Any) -> str:
    """A setting's value as a spec has it: as short as gives the same number back."""
    if isinstance(value, bool):
        return str(value).lower()
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
