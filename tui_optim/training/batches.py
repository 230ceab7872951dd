"""Batches: the examples of minibatches, gathered from the training set once for all runs.

Most pixels of a handwritten digit are 0, and of a minibatch of MNIST about a third of the features
are 0 in every example. They add nothing to the first layer's products, so these are computed
without them: a quarter of the whole work less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tui_optim.nn.arrays import Floats, Integers
from tui_optim.training.pool import ComputePool
from tui_optim.training.sampling import Minibatch

WORTHWHILE = 0.8
"""Features are left out where at most this share of them is not 0 throughout the minibatch."""


@dataclass(frozen=True)
class Batch:
    """The examples of one minibatch.

    Attributes:
        minibatch: which they are.
        x: (B, features); where some features are left out (B, len(features)).
        labels: (B,).
        features: the features that x holds, all others being 0; None where it holds all.
    """

    minibatch: Minibatch
    x: Floats
    labels: Integers
    features: Integers | None


class Gatherer:
    """Gathers minibatches of a training set x (N, features) with labels (N,).

    The arrays that a call gives are overwritten by the next.
    """

    def __init__(self, x: Floats, labels: Integers, batch_size: int) -> None:
        self._x, self._labels = x, labels
        self._size = min(batch_size, len(x)) * x.shape[1]  # numbers a minibatch
        self._slots: list[Floats] = []  # a minibatch each
        self._rows: list[Floats] = []  # a thread's own, to gather whole examples in
        self._nonzero: NDArray[np.uint8] | None = None  # eight features a byte
        if np.count_nonzero(x) <= WORTHWHILE * x.size:
            self._nonzero = np.packbits(x != 0, axis=1)

    def gather(self, minibatches: Sequence[Minibatch], pool: ComputePool) -> list[Batch]:
        """The examples of some minibatches, in order; the pool's threads share the work."""
        hands = min(pool.threads, len(minibatches))
        self._grow(self._slots, len(minibatches))
        self._grow(self._rows, hands)
        batches: dict[int, Batch] = {}

        def work(hand: int) -> None:
            for slot in range(hand, len(minibatches), hands):
                batches[slot] = self._batch(minibatches[slot], self._slots[slot], self._rows[hand])

        pool.run([partial(work, hand) for hand in range(hands)])
        return [batches[slot] for slot in range(len(minibatches))]

    def _grow(self, arrays: list[Floats], count: int) -> None:
        while len(arrays) < count:
            arrays.append(np.empty(self._size, self._x.dtype))

    def _batch(self, minibatch: Minibatch, slot: Floats, scratch: Floats) -> Batch:
        examples, width = minibatch.examples, self._x.shape[1]
        features = self._used_features(examples)
        rows = slot if features is None else scratch
        x = rows[: len(examples) * width].reshape(len(examples), width)
        # "clip" (no index is out of range) lets NumPy write into `out` without a copy.
        np.take(self._x, examples, axis=0, out=x, mode="clip")
        if features is not None:
            some = slot[: len(examples) * len(features)].reshape(len(examples), len(features))
            x = np.take(x, features, axis=1, out=some, mode="clip")
        return Batch(minibatch, x, self._labels[examples], features)

    def _used_features(self, examples: Integers) -> Integers | None:
        """The features that are not 0 in all of these examples, where that leaves out many."""
        if self._nonzero is None:
            return None
        width = self._x.shape[1]
        used = np.bitwise_or.reduce(self._nonzero[examples], axis=0)
        features = np.flatnonzero(np.unpackbits(used, count=width))
        return features if len(features) <= WORTHWHILE * width else None
