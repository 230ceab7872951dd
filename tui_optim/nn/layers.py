"""What a stack of networks is made of: their traits, their layers, and the memory of a pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self, TypeVar

import numpy as np

from tui_optim.nn.activations import Activation
from tui_optim.nn.arrays import Booleans, Floats
from tui_optim.nn.regularizers import Dropout, Dropped

T = TypeVar("T")


@dataclass(frozen=True)
class Traits:
    """What tells a network from others of its shape, besides its parameters.

    Attributes:
        activation: of the hidden layers.
        output_activation: of the output layer, in front of the softmax; None: it is linear.
        batch_norm: whether the hidden layers' pre-activations are normalized.
        dropout: the rate at which the hidden layers' outputs are dropped in training.
    """

    activation: Activation
    output_activation: Activation | None = None
    batch_norm: bool = False
    dropout: float = 0.0


def segments(values: Iterable[T]) -> list[tuple[slice, T]]:
    """Neighbouring rows with an equal value, so that each is computed in one call."""
    found = []
    start = 0
    for value, rows in groupby(values):
        stop = start + len(list(rows))
        found.append((slice(start, stop), value))
        start = stop
    return found


@dataclass(frozen=True)
class Layer:
    """One layer of all K networks, as views of the columns of theta and gradient."""

    weights: Floats  # (K, inputs, outputs)
    biases: Floats  # (K, 1, outputs)
    weight_gradients: Floats
    bias_gradients: Floats

    @property
    def inputs(self) -> int:
        """How many numbers come in."""
        return int(self.weights.shape[1])

    @property
    def outputs(self) -> int:
        """How many units it has."""
        return int(self.weights.shape[2])


@dataclass(frozen=True)
class Buffers:
    """Where a pass over B samples is computed; a list has one array a layer.

    What only batch normalization, dropout or an output activation needs is empty without it.
    """

    outputs: list[Floats]  # (K, B, units), after the activation; of the output layer, the logits
    errors: list[Floats]  # hidden layers: ∂L/∂outputs, then ∂L/∂pre-activations
    scratch: list[Floats]  # hidden layers, all in the same memory; so is mask
    mask: list[Booleans]
    logits: Floats  # (K, C, B): the memory of the last outputs, see `softmax_cross_entropy`
    ones: Floats  # (1, B)
    normalized: list[Floats]  # hidden layers: x̂ of batch normalization
    dropped: list[Dropped]  # hidden layers
    slopes: Floats  # (K, C, B): the output activation's derivative; slopes_mask for it
    slopes_mask: Booleans

    @classmethod
    def allocate(
        cls,
        networks: int,
        samples: int,
        units: Sequence[int],
        dtype: np.dtype[np.floating],
        *,
        batch_norm: bool,
        dropout: Dropout | None,
        output_activation: bool,
    ) -> Self:
        """Memory for K networks with so many units a layer and B samples."""
        *hidden, classes = units
        errors = [np.empty((networks, samples, count), dtype) for count in hidden]
        scratch = np.empty(networks * samples * max(hidden, default=0), dtype)
        mask = np.empty(scratch.shape, np.bool_)
        logits = np.empty((networks, classes, samples), dtype)
        slopes = np.empty(logits.shape if output_activation else 0, dtype)
        return cls(
            outputs=[np.empty_like(array) for array in errors] + [logits.mT],
            errors=errors,
            scratch=[scratch[: array.size].reshape(array.shape) for array in errors],
            mask=[mask[: array.size].reshape(array.shape) for array in errors],
            logits=logits,
            ones=np.ones((1, samples), dtype),
            normalized=[np.empty_like(array) for array in errors] if batch_norm else [],
            dropped=[dropout.allocate(array) for array in errors] if dropout else [],
            slopes=slopes,
            slopes_mask=np.empty(slopes.shape, np.bool_),
        )
