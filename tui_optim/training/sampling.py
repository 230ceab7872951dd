"""Minibatches: which training examples are seen when, the same for all runs."""

from dataclasses import dataclass

import numpy as np

from tui_optim.nn.arrays import Floats, Integers
from tui_optim.nn.network import SAMPLING, stream


@dataclass(frozen=True)
class Minibatch:
    """The examples of one iteration; x and labels are overwritten by the next one's."""

    x: Floats  # (B, features)
    labels: Integers  # (B,)
    ends_epoch: bool

    def __len__(self) -> int:
        return len(self.labels)


class Minibatches:
    """Draws minibatches from a training set.

    With `sampling` "epoch" the examples are shuffled anew each epoch and each is seen once, the
    last minibatch of an epoch being what is left; with "replacement" every minibatch is drawn from
    all of them.
    """

    def __init__(
        self, x: Floats, labels: Integers, batch_size: int, sampling: str, seed: int
    ) -> None:
        self._x, self._labels = x, labels
        self._size = min(batch_size, len(labels))
        self._replacement = sampling == "replacement"
        self._random = stream(seed, SAMPLING)
        self._order = np.empty(0, np.intp)
        self._position = 0
        self._batch_x = np.empty((self._size, x.shape[1]), x.dtype)
        self._batch_labels = np.empty(self._size, labels.dtype)

    def next(self) -> Minibatch:
        """The next minibatch."""
        if self._replacement:
            return self._gather(self._random.integers(len(self._labels), size=self._size), False)
        if self._position == len(self._order):
            self._order = self._random.permutation(len(self._labels))
            self._position = 0
        chosen = self._order[self._position : self._position + self._size]
        self._position += len(chosen)
        return self._gather(chosen, self._position == len(self._order))

    def _gather(self, chosen: Integers, ends_epoch: bool) -> Minibatch:
        x, labels = self._batch_x[: len(chosen)], self._batch_labels[: len(chosen)]
        # "clip" (no index is out of range) lets NumPy write into `out` without a copy.
        np.take(self._x, chosen, axis=0, out=x, mode="clip")
        np.take(self._labels, chosen, out=labels, mode="clip")
        return Minibatch(x, labels, ends_epoch)
