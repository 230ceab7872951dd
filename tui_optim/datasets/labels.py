"""Labels as a file has them, whole numbers or text or whatever, to classes 0 .. C-1."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.files import printable, quoted
from tui_optim.errors import InputError

MAX_CLASSES = 1_000
"""More distinct labels than this are taken for a quantity (or an identifier), and refused."""
MAX_FRACTIONAL = 20
"""So are more distinct labels than this where some are not whole numbers."""
MAX_LABEL = 100
"""Most characters of a class's name."""


def encode(labels: NDArray[Any], where: str) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Number the labels.

    Args:
        labels: Finite numbers or text, shape (n,).
        where: What they are, for a message.

    Returns:
        The classes' names in order, and the class of each example, shape (n,).

    Raises:
        InputError: The labels are no classes; `classes` says which are not.
    """
    values, inverse = np.unique(labels, return_inverse=True)
    distinct = values[: MAX_CLASSES + 1].tolist()
    texts = [v.decode(errors="backslashreplace") if isinstance(v, bytes) else v for v in distinct]
    names, positions = classes(texts, where)
    return names, positions[inverse]


def classes(
    distinct: list[str] | list[float], where: str
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Order and name the distinct labels: as numbers where all are finite numbers, else as text.

    Args:
        distinct: Distinct labels in any order. Two that are the same number ("1", "1.0") are one
            class.
        where: What they are, for a message.

    Returns:
        The classes' names in order, and the class of each of `distinct`.

    Raises:
        InputError: There are more than `MAX_CLASSES`, or more than `MAX_FRACTIONAL` and some not
            whole, or one is longer than `MAX_LABEL`.
    """
    if len(distinct) > MAX_CLASSES:
        raise InputError(
            f"{where} holds more than {MAX_CLASSES:,} distinct values, a quantity or an "
            f"identifier it seems: needed are class labels"
        )
    numbers = _numbers(distinct)
    if numbers is None:
        texts = [_text(str(label), where) for label in distinct]
        order = sorted(set(texts))
        return tuple(order), _positions(texts, order)
    ascending = sorted(set(numbers))
    if len(ascending) > MAX_FRACTIONAL and any(not float(n).is_integer() for n in ascending):
        raise InputError(
            f"{where} holds {len(ascending)} distinct numbers, not all whole, a quantity it seems: "
            "needed are class labels"
        )
    return tuple(_name(number) for number in ascending), _positions(numbers, ascending)


def _positions(labels: list[Any], order: list[Any]) -> NDArray[np.intp]:
    position = {label: index for index, label in enumerate(order)}
    return np.array([position[label] for label in labels], dtype=np.intp)


def _numbers(distinct: list[str] | list[float]) -> list[float] | None:
    try:
        numbers = [float(label) if isinstance(label, str) else label for label in distinct]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _name(number: float) -> str:
    exact = abs(number) < 2**53 and float(number).is_integer()
    return str(int(number)) if exact else repr(number)


def _text(label: str, where: str) -> str:
    if len(label) > MAX_LABEL:
        raise InputError(
            f"{where} holds the label {quoted(label)} of {len(label):,} characters: "
            f"at most {MAX_LABEL} make a class's name"
        )
    return printable(label, limit=MAX_LABEL)
