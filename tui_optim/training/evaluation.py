"""Evaluation: loss and accuracy on examples that are not being trained on, and on some that are."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from tui_optim.datasets.dataset import Dataset, stratified_sample
from tui_optim.events import Evaluation
from tui_optim.nn import softmax_cross_entropy
from tui_optim.nn.arrays import Floats, Integers
from tui_optim.training.group import Group
from tui_optim.training.pool import ComputePool
from tui_optim.training.saved import Saved, State

EXAMPLES = 1000
"""How many examples of each part an evaluation uses while the training goes on."""

CHUNK = 250
"""How many are computed between two looks at whether to stop."""


@dataclass(frozen=True)
class Scores:
    """Mean loss and accuracy by run name; None for a diverged run."""

    loss: Mapping[str, float | None]
    accuracy: Mapping[str, float | None]


class Evaluator:
    """Scores all runs, on a sample of each part of the data or on the whole of the test part.

    Args:
        dataset: the data.
        x_train: its training inputs, and x_test its test inputs, in the networks' dtype.
        groups: of runs.
        pool: computes.
        names: of the runs, in the order in which they are told of.

    Attributes:
        iteration: of the last evaluation; 0 before the first.
        scores: on the test part, then.
    """

    def __init__(
        self,
        dataset: Dataset,
        x_train: Floats,
        x_test: Floats,
        *,
        groups: Sequence[Group],
        pool: ComputePool,
        names: Sequence[str],
    ) -> None:
        self._groups, self._pool, self._names = groups, pool, names
        self._test = (x_test, dataset.y_test)
        some = stratified_sample(dataset.y_test, EXAMPLES, 0)
        self._some_test = (x_test[some], dataset.y_test[some])
        some = stratified_sample(dataset.y_train, EXAMPLES, 0)
        self._some_train = (x_train[some], dataset.y_train[some])
        self.iteration = 0
        self.scores: Scores | None = None

    def evaluate(
        self, iteration: int, stopping: Callable[[], bool], *, whole: bool
    ) -> Evaluation | None:
        """Evaluate after an iteration; None where `stopping` became true before the end."""
        x, labels = self._test if whole else self._some_test
        test = score(self._groups, self._pool, x, labels, stopping)
        train = score(self._groups, self._pool, *self._some_train, stopping)
        if test is None or train is None:
            return None
        self.iteration, self.scores = iteration, test
        parts = (test.loss, test.accuracy, train.loss, train.accuracy)
        ordered = [{name: part[name] for name in self._names} for part in parts]
        return Evaluation(iteration, len(labels), *ordered)

    def state(self) -> State:
        """When the last was, and what it gave."""
        return {"iteration": self.iteration, "scores": self.scores and asdict(self.scores)}

    def restore(self, saved: Saved) -> None:
        """Go on from a state.

        Raises:
            InputError: where it is none of such a training.
        """
        self.iteration = saved.whole("iteration")
        if saved.has("scores"):
            scores = saved.part("scores")
            keys = ("loss", "accuracy")
            self.scores = Scores(*(scores.per_run(key, self._names) for key in keys))


def score(
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

    def score_group(group: Group) -> None:
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

    pool.run([partial(score_group, group) for group in groups])
    return None if stopping() else Scores(loss, accuracy)
