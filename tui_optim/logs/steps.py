"""Steps of a log, many at once: most lines of a log are steps, and all written alike."""

import json
import re
from collections.abc import Sequence
from itertools import chain

import numpy as np

from tui_optim.training.bounds import FURTHEST
from tui_optim.training.series import Array

OTHERS = re.compile(rb'\n(?!\{"event":"step",|\Z)')
"""Before each line that is no step, but the first."""
STEP = b'{"event":"step",'
WHOLE, NUMBER, LOSS = rb"(\d++)", rb"([-+.\deE]++)", rb"([-+.\deEnul]++)"


class StepReader:
    """Reads steps that are written as `encode` writes those of some runs.

    A pattern finds the numbers in the lines and JSON's own reader reads them, all at once: five
    times as fast as one line after the other. The result is the same to the last bit.
    """

    def __init__(self, runs: Sequence[str]) -> None:
        losses = b",".join(re.escape(json.dumps(run).encode()) + b":" + LOSS for run in runs)
        self._pattern = re.compile(
            rb'^\{"event":"step","iteration":%b,"samples":%b,"seconds":%b,"loss":\{%b\}\}\n'
            % (WHOLE, WHOLE, NUMBER, losses),
            re.MULTILINE,
        )
        self._columns = 3 + len(runs)

    def read(self, lines: bytes, after: int) -> tuple[Array, Array] | None:
        """Positions (n, 3) and losses (n, K) of the lines, NaN where null.

        None where any of them is written otherwise, or is not what it should be: all are of a right
        type and go forward from the iteration `after`.
        """
        found = self._pattern.findall(lines)
        if not found or len(found) != lines.count(b"\n"):
            return None
        try:
            numbers = json.loads(b"[%b]" % b",".join(chain.from_iterable(found)))
            table = np.array(numbers, float).reshape(len(found), self._columns)
        except (ValueError, OverflowError):  # one is no number, or beyond all floats
            return None
        iterations = table[:, 0]
        forward = iterations[0] > after and bool((iterations[1:] > iterations[:-1]).all())
        if not forward or table[:, :2].max() > FURTHEST or np.isinf(table).any():
            return None
        return table[:, :3], table[:, 3:]
