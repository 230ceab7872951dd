"""Minibatches: which training examples are seen when, the same for all runs."""

from dataclasses import dataclass

import numpy as np

from tui_optim.errors import InputError
from tui_optim.nn.arrays import Integers
from tui_optim.nn.network import SAMPLING, stream
from tui_optim.training.saved import Saved, State


@dataclass(frozen=True)
class Minibatch:
    """The examples of one iteration.

    Attributes:
        examples: (B,), their indices in the training set.
        ends_epoch: whether it is the last one of an epoch.
    """

    examples: Integers
    ends_epoch: bool

    def __len__(self) -> int:
        return len(self.examples)


class Minibatches:
    """Draws minibatches of a training set with so many examples.

    With `sampling` "epoch" the examples are shuffled anew each epoch and each is seen once, the
    last minibatch of an epoch being what is left; with "replacement" every minibatch is drawn from
    all of them.
    """

    def __init__(self, examples: int, batch_size: int, sampling: str, seed: int) -> None:
        self._examples = examples
        self._size = min(batch_size, examples)
        self._replacement = sampling == "replacement"
        self._random = stream(seed, SAMPLING)
        self._order = np.empty(0, np.intp)
        self._position = 0

    def next(self) -> Minibatch:
        """The next minibatch."""
        if self._replacement:
            return Minibatch(self._random.integers(self._examples, size=self._size), False)
        if self._position == len(self._order):
            self._order = self._random.permutation(self._examples)
            self._position = 0
        chosen = self._order[self._position : self._position + self._size]
        self._position += len(chosen)
        return Minibatch(chosen, self._position == len(self._order))

    def state(self) -> State:
        """Where in the order it is, and what the next orders are drawn from."""
        return {
            "random": self._random.bit_generator.state,
            "order": self._order if len(self._order) else None,
            "position": self._position,
        }

    def restore(self, saved: Saved) -> None:
        """Go on from a state.

        Raises:
            InputError: where it is none of this training set.
        """
        order = self._order
        if saved.has("order"):
            every = np.arange(self._examples)
            order = saved.array("order", every)
            if not np.array_equal(np.sort(order), every):
                raise InputError("minibatches.order does not hold every example once")
        self._position = saved.whole("position", 0, len(order))
        self._order = order
        saved.restore_random("random", self._random)
