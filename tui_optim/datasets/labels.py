"""Labels as a file has them, whole numbers or text or whatever, to classes 0 .. C-1."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.files import printable, quoted
from tui_optim.errors import InputError

MAX_CLASSES = 1_000
"""More distinct labels than this are never classes."""
FEW = 20
"""So many distinct labels, of whatever kind, always are; more must look like it."""
LEAST_EXAMPLES = 5
"""Of each label, on average, where there are more than `FEW`: four to train on, one to test on."""
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
    names, positions = classes(texts, where, len(labels))
    return names, positions[inverse]


def classes(
    distinct: list[str] | list[float], where: str, examples: int
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Order and name the distinct labels: as numbers where all are finite numbers, else as text.

    More than `FEW` labels are taken for a quantity or an identifier, and refused, unless each has
    `LEAST_EXAMPLES` on average and they, where they are numbers, count the classes: whole numbers
    from 0 or 1 without a gap.

    Args:
        distinct: Distinct labels in any order. Two that are the same number ("1", "1.0") are one
            class.
        where: What they are, for a message.
        examples: How many examples have them.

    Returns:
        The classes' names in order, and the class of each of `distinct`.

    Raises:
        InputError: They are a quantity or an identifier, or one is longer than `MAX_LABEL`.
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
        _check_shared(len(order), examples, where)
        return tuple(order), _positions(texts, order)
    ascending = sorted(set(numbers))
    _check_counting(ascending, where)
    _check_shared(len(ascending), examples, where)
    return tuple(_name(number) for number in ascending), _positions(numbers, ascending)


def _check_counting(ascending: list[float], where: str) -> None:
    first, count = ascending[0], len(ascending)
    counting = first in (0, 1) and ascending == list(range(int(first), int(first) + count))
    if count > FEW and not counting:
        raise InputError(
            f"{where} holds {count} distinct numbers from {_name(first)} to "
            f"{_name(ascending[-1])}, a quantity it seems: needed are class labels (more than "
            f"{FEW} must be text, or whole numbers from 0 or 1 without a gap)"
        )


def _check_shared(count: int, examples: int, where: str) -> None:
    if count > FEW and examples < LEAST_EXAMPLES * count:
        raise InputError(
            f"{where} holds {count} distinct values in {examples:,} examples, a quantity or an "
            f"identifier it seems: needed are class labels (more than {FEW} must have at least "
            f"{LEAST_EXAMPLES} examples each, on average)"
        )


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
