"""Steps of a log, many at once: most lines of a log are steps, and all written alike."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.logs.decimals import Wholes
from tui_optim.logs.numerals import Numerals
from tui_optim.training.bounds import FURTHEST, LONGEST_TIME
from tui_optim.training.series import Array

STEP = b'{"event":"step",'
END = b"}}\n"


def other_lines(lines: bytes) -> list[tuple[int, int, int]]:
    """Of each line that is no step: how many steps are before it, where it begins, where it ends.

    The last one is empty, after the last steps.
    """
    text = np.frombuffer(lines, np.uint8)
    begin = np.concatenate([[0], np.flatnonzero(text == ord("\n")) + 1])
    kind = _cut(lines, begin[:-1] + STEP.index(b"step"), 4).view(np.uint32)
    others = np.append(np.flatnonzero(kind != np.frombuffer(b"step", np.uint32)), len(kind))
    steps = others - np.concatenate([[0], others[:-1] + 1])
    ends = begin.take(others + 1, mode="clip")
    return list(zip(steps.tolist(), begin[others].tolist(), ends.tolist(), strict=True))


class StepReader:
    """Reads steps that are written as `encode` writes those of some runs.

    Such lines differ in their numbers only. The commas tell where these are; then all lines at once
    are looked at, whether all else is as it should be, and all numbers are read: some ten times as
    fast as JSON's reader is with one line after the other. The result is the same to the last bit.
    """

    def __init__(self, runs: Sequence[str]) -> None:
        names = [json.dumps(run).encode() + b":" for run in runs]
        losses = [b',"loss":{' + names[0], *(b"," + name for name in names[1:])]
        self._before = [STEP + b'"iteration":', b',"samples":', b',"seconds":', *losses]
        """What stands before each number."""
        self._ends = np.cumsum([text.count(b",") for text in self._before])
        """Which comma is behind each number; behind the last one is the end of the line."""

    def read(self, lines: bytes, after: int) -> tuple[Array, Array] | None:
        """Positions (n, 3) and losses (n, K) of the lines, NaN where null.

        None where any of them is written otherwise, or is not what it should be: all are of a right
        type and go forward from the iteration `after`.
        """
        places = self._places(lines)
        if places is None:
            return None
        numerals = Numerals(lines, *(at.ravel() for at in places))
        table = numerals.values([*self._before, END])
        if table is None or np.isinf(table).any():
            return None
        if not ((table[:, 2] >= 0) & (table[:, 2] <= LONGEST_TIME)).all():
            return None
        if not numerals.whole.reshape(table.shape)[:, :2].all() or table[:, :2].max() > FURTHEST:
            return None
        iterations = table[:, 0]
        forward = iterations[0] > after and bool((iterations[1:] > iterations[:-1]).all())
        return (table[:, :3], table[:, 3:]) if forward else None

    def _places(self, lines: bytes) -> tuple[Wholes, Wholes] | None:
        """Where the numbers begin and end, (n, 3 + K) each; None where all else is otherwise."""
        text = np.frombuffer(lines, np.uint8)
        found = np.flatnonzero((text == ord(",")) | (text == ord("\n")))
        if not len(found) or len(found) % (self._ends[-1] + 1):
            return None
        marks = found.reshape(-1, self._ends[-1] + 1)
        end = marks[:, self._ends]
        end[:, -1] += 1 - len(END)
        start = np.empty_like(end)
        at = np.concatenate([[0], marks[:-1, -1] + 1])
        for i, expected in enumerate(self._before):
            if _cut(lines, at, len(expected)).tobytes() != expected * len(at):
                return None
            start[:, i] = at + len(expected)
            at = end[:, i]
        if _cut(lines, at, len(END)).tobytes() != END * len(at) or (start >= end).any():
            return None
        return start, end


def _cut(text: bytes, at: Wholes, length: int) -> NDArray[Any]:
    """So many bytes of a text at each place, ascending; at its end there may be less."""
    text += bytes(max(0, at[-1] + length - len(text)))
    return np.ndarray((len(text) - length + 1,), f"S{length}", text, 0, (1,))[at]
