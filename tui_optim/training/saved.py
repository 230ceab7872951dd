"""States: what a training consists of at a moment, told by each part of it and taken up again.

A state is made of numbers, texts, None, arrays, lists, and states by name. What comes back from a
file is checked, value by value, as it is taken.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui_optim.errors import InputError
from tui_optim.nn.specs import LARGEST_WHOLE, checked_number, checked_whole, value_text

State: TypeAlias = Mapping[str, Any]

Kind = TypeVar("Kind")
Scalar = TypeVar("Scalar", bound=np.generic)


class Saved:
    """A state that comes from a file.

    Args:
        state: what the file says it is.
        where: what it is of, for messages.

    Attributes:
        values: all there is, unchecked.

    Raises:
        InputError: by all methods too, where something is missing or cannot be.
    """

    def __init__(self, state: Any, where: str = "") -> None:
        if not isinstance(state, Mapping):
            raise InputError(f"{where or 'the state'} is no table of values")
        self.values = state
        self._where = where

    def has(self, name: str) -> bool:
        """Whether there is a value other than None."""
        return self.values.get(name) is not None

    def whole(self, name: str, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        """A whole number in a range."""
        return checked_whole(self._name(name), self._value(name), least, most)

    def number(self, name: str, **bounds: float) -> float:
        """A finite number in a range: `above`, `least`, `below`."""
        return checked_number(self._name(name), self._value(name), **bounds)

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._of_type(name, bool, "true or false")

    def text(self, name: str) -> str:
        """Some text."""
        return self._of_type(name, str, "text")

    def array(self, name: str, like: NDArray[Scalar]) -> NDArray[Scalar]:
        """An array of the type and shape of another."""
        found: NDArray[Scalar] = self._of_type(name, np.ndarray, "an array")
        if found.dtype != like.dtype or found.shape != like.shape:
            raise InputError(
                f"{self._name(name)} is {found.dtype} {found.shape}: "
                f"expected {like.dtype} {like.shape}"
            )
        return found

    def part(self, name: str) -> "Saved":
        """The state of a part."""
        return Saved(self._value(name), self._name(name))

    def parts(self, name: str, count: int) -> list["Saved"]:
        """The states of so many parts."""
        found = self._of_type(name, list, "a list")
        if len(found) != count:
            raise InputError(f"{self._name(name)} has {len(found)} entries: expected {count}")
        return [Saved(each, f"{self._name(name)}.{index}") for index, each in enumerate(found)]

    def per_run(self, name: str, runs: Sequence[str]) -> dict[str, float | None]:
        """A finite number, or None, for each run."""
        part = self.part(name)
        return {run: part.number(run) if part.has(run) else None for run in runs}

    def restore_random(self, name: str, random: np.random.Generator) -> None:
        """Put a generator of random numbers where it was."""
        bits, part = random.bit_generator, self.part(name)
        own, given = bits.state["bit_generator"], part.text("bit_generator")
        if given != own:
            raise InputError(f"{part._name('bit_generator')}={value_text(given)}: expected {own}")
        numbers = part.part("state")
        bits.state = {
            "bit_generator": own,
            "state": {key: numbers.whole(key, 0, 2**128 - 1) for key in ("state", "inc")},
            "has_uint32": part.whole("has_uint32", 0, 1),
            "uinteger": part.whole("uinteger", 0, 2**32 - 1),
        }

    def _value(self, name: str) -> Any:
        if name not in self.values:
            raise InputError(f"{self._name(name)} is missing")
        return self.values[name]

    def _of_type(self, name: str, kind: type[Kind], expected: str) -> Kind:
        value = self._value(name)
        if not isinstance(value, kind):
            raise InputError(f"{self._name(name)}={value_text(value)}: expected {expected}")
        return value

    def _name(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name
