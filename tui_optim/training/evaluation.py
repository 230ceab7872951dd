"""Evaluation: loss and accuracy on examples that are not being trained on, and on some that are."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tui_optim.nn import softmax_cross_entropy
from tui_optim.nn.arrays import Floats, Integers
from tui_optim.training.group import Group
from tui_optim.training.pool import ComputePool

EXAMPLES = 1000
"""How many examples of each part an evaluation uses while the training goes on."""

CHUNK = 250
"""How many are computed between two looks at whether to stop."""


@dataclass(frozen=True)
class Scores:
    """Mean loss and accuracy by run name; None for a diverged run."""

    loss: Mapping[str, float | None]
    accuracy: Mapping[str, float | None]


def evaluate(
    groups: Sequence[Group],
    pool: ComputePool,
    x: Floats,
    labels: Integers,
    stopping: Callable[[], bool],
) -> Scores | None:
    """Score all runs on examples x (N, features) with labels (N,).

    Batch normalization uses its running averages, and nothing is dropped.

    Returns:
        None where `stopping` became true before the end.
    """
    loss: dict[str, float | None] = {}
    accuracy: dict[str, float | None] = {}

    def score(group: Group) -> None:
        total = np.zeros(len(group.runs))
        correct = np.zeros(len(group.runs))
        for start in range(0, len(labels), CHUNK):
            if stopping():
                return
            chunk = slice(start, start + CHUNK)
            logits = group.stack.forward(x[chunk], training=False)
            correct += (logits.argmax(axis=1) == labels[chunk]).sum(axis=1)
            total += softmax_cross_entropy(logits, labels[chunk]) * len(labels[chunk])
        for row, run in enumerate(group.runs):
            mean = total[row] / len(labels)
            usable = not run.diverged and math.isfinite(mean)
            loss[run.name] = float(mean) if usable else None
            accuracy[run.name] = float(correct[row] / len(labels)) if usable else None

    pool.run([partial(score, group) for group in groups])
    return None if stopping() else Scores(loss, accuracy)
