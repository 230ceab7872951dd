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
INTEGER = rb"(?:0|[1-9]\d*+)"
FLOAT = rb"-?+%b(?:\.\d++)?+(?:[eE][-+]?+\d++)?+" % INTEGER
NULL, NAN = b":null", b":nan"  # in JSON, and to `float`
WHOLE, NUMBER, LOSS = rb"(%b)" % INTEGER, rb"(%b)" % FLOAT, rb"(%b|nan)" % FLOAT
"""As JSON writes them."""


class StepReader:
    """Reads steps that are written as `encode` writes those of some runs.

    A pattern finds the numbers of all lines at once, several times as fast as JSON's reader is with
    one line after the other. The result is the same to the last bit.
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
        if NAN in lines:  # which is not JSON, unless it is in a name
            return None
        found = self._pattern.findall(lines.replace(NULL, NAN))
        if not found or len(found) != lines.count(b"\n"):
            return None
        numbers = np.fromiter(map(float, chain.from_iterable(found)), float)
        table = numbers.reshape(len(found), self._columns)
        iterations = table[:, 0]
        forward = iterations[0] > after and bool((iterations[1:] > iterations[:-1]).all())
        if not forward or table[:, :2].max() > FURTHEST or np.isinf(table).any():
            return None
        return table[:, :3], table[:, 3:]
