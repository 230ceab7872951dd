"""K multilayer perceptrons of one shape, computed together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Self, TypeAlias

import numpy as np

from tui_optim.nn.activations import Activation
from tui_optim.nn.arrays import Booleans, Floats, Integers, Losses
from tui_optim.nn.initializers import Initializer
from tui_optim.nn.losses import softmax_cross_entropy

WEIGHTS, SAMPLING, DROPOUT = 0, 1, 2
"""Spawn keys of the random streams that one seed gives."""

ErrorHook: TypeAlias = Callable[[int, Floats], None]


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
    """Where a pass over B samples is computed; a list has one array a layer."""

    outputs: list[Floats]  # (K, B, units), after the activation; of the output layer, the logits
    errors: list[Floats]  # hidden layers: ∂L/∂outputs, then ∂L/∂pre-activations
    scratch: list[Floats]  # hidden layers, all in the same memory; so is mask
    mask: list[Booleans]
    logits: Floats  # (K, C, B): the memory of the last outputs, see `softmax_cross_entropy`
    ones: Floats  # (1, B)


class MLPStack:
    """K perceptrons of one shape, whose parameters are the rows of one array.

    A layer computes a = f(x W + b); the output layer is linear and goes into softmax
    cross-entropy. K = 1 is a single network.

    Attributes:
        sizes: the layers' widths, from the features to the classes.
        activations: one a network, for all its hidden layers.
        theta: (K, P), the parameters; of each layer the weights (inputs × outputs), then biases.
        gradient: (K, P), ∂L/∂θ of the last backward pass.
        layers: views of theta and gradient, first to last.
        weight_columns: where a row of theta holds each layer's weights.
        dtype: of all arrays.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[Activation],
        dtype: type[np.floating] | np.dtype[np.floating] = np.float32,
    ) -> None:
        shape = (len(activations), count_parameters(sizes))
        self._set(tuple(sizes), tuple(activations), np.zeros(shape, dtype), np.zeros(shape, dtype))

    def part(self, rows: slice) -> Self:
        """The networks of some rows: the same parameters, buffers of their own.

        Parts of disjoint rows can be computed in different threads.
        """
        part = type(self).__new__(type(self))
        part._set(self.sizes, self.activations[rows], self.theta[rows], self.gradient[rows])
        return part

    def _set(
        self,
        sizes: tuple[int, ...],
        activations: tuple[Activation, ...],
        theta: Floats,
        gradient: Floats,
    ) -> None:
        self.sizes, self.activations = sizes, activations
        self.theta, self.gradient, self.dtype = theta, gradient, theta.dtype
        self.layers: list[Layer] = []
        self.weight_columns: list[slice] = []
        start = 0
        for inputs, outputs in pairwise(sizes):
            weights = slice(start, start + inputs * outputs)
            biases = slice(weights.stop, weights.stop + outputs)
            shape = (len(activations), inputs, outputs)
            self.layers.append(
                Layer(
                    theta[:, weights].reshape(shape),
                    theta[:, None, biases],
                    gradient[:, weights].reshape(shape),
                    gradient[:, None, biases],
                )
            )
            self.weight_columns.append(weights)
            start = biases.stop
        self._segments = _segments(activations)
        self._buffers: dict[int, Buffers] = {}
        self._some_rows: Floats | None = None  # of the first layer, see `_first_rows`

    def initialize(self, initializers: Sequence[Initializer], seeds: Sequence[int]) -> None:
        """Draw the weights of each network anew and set its biases to 0.

        Equal seeds draw the same standard-normal numbers, whatever the initializer and the dtype.

        Args:
            initializers: one a network.
            seeds: one a network.
        """
        rows = range(len(self.theta))
        for row, initializer, seed in zip(rows, initializers, seeds, strict=True):
            random = stream(seed, WEIGHTS)
            for layer in self.layers:
                draw = random.standard_normal((layer.inputs, layer.outputs))
                with np.errstate(over="ignore"):  # then the loss is not finite: it has diverged
                    layer.weights[row] = initializer.deviation(layer.inputs) * draw
                layer.biases[row] = 0

    def forward(self, x: Floats, features: Integers | None = None) -> Floats:
        """Compute all layers' outputs for a batch x, the same for all networks.

        Args:
            x: (B, features), or (B, n) with the `features` alone.
            features: (n,), the features that x holds, all others being 0; all if None.

        Returns:
            The logits (K, C, B): a buffer, which the next pass overwrites.
        """
        buffers = self.buffers(len(x))
        weights = [layer.weights for layer in self.layers]
        if features is not None:
            some = self._first_rows(len(features))
            weights[0] = np.take(weights[0], features, axis=1, out=some, mode="clip")
        *hidden, last = self.layers
        inputs = x
        for index, layer in enumerate(hidden):
            outputs, scratch = buffers.outputs[index], buffers.scratch[index]
            np.matmul(inputs, weights[index], out=outputs)
            outputs += layer.biases
            for rows, activation in self._segments:
                activation.forward(outputs[rows], scratch[rows])
            inputs = outputs
        np.matmul(weights[-1].mT, inputs.mT, out=buffers.logits)
        np.add(buffers.logits, last.biases.mT, out=buffers.logits)
        return buffers.logits

    def loss(self, x: Floats, labels: Integers) -> Losses:
        """The mean cross-entropy (K,) of a batch x (B, features) with labels (B,)."""
        return softmax_cross_entropy(self.forward(x), labels)

    def backward(
        self,
        x: Floats,
        labels: Integers,
        on_error: ErrorHook | None = None,
        features: Integers | None = None,
    ) -> Losses:
        """Write ∂L/∂θ for a batch into `gradient`; the last call must be `forward` with this x.

        L is each network's mean cross-entropy over the batch. The logits are overwritten, so each
        `backward` takes a `forward` of its own.

        Args:
            x: (B, features), or (B, n) with the `features` alone.
            labels: (B,), the class of each sample.
            on_error: called with each layer's index from 0, last to first, and its
                ∂L/∂outputs (K, B, units) before that is overwritten by ∂L/∂pre-activations.
            features: as for `forward`.

        Returns:
            The losses (K,).
        """
        buffers = self.buffers(len(x))
        last = len(self.layers) - 1
        loss = softmax_cross_entropy(buffers.logits, labels, gradient=True)
        errors = buffers.outputs[last]  # ∂L/∂logits has taken the logits' place
        for index in range(last, -1, -1):
            layer = self.layers[index]
            if on_error is not None:
                on_error(index, errors)
            if index < last:
                outputs, scratch = buffers.outputs[index], buffers.scratch[index]
                for rows, activation in self._segments:
                    activation.derivative(outputs[rows], scratch[rows], buffers.mask[index][rows])
                errors *= scratch
            if index == 0 and features is not None:
                self._first_gradients(x, errors, features)
            else:
                inputs = buffers.outputs[index - 1].mT if index else x.T
                np.matmul(inputs, errors, out=layer.weight_gradients)
            np.matmul(buffers.ones, errors, out=layer.bias_gradients)
            if index:
                errors = np.matmul(errors, layer.weights.mT, out=buffers.errors[index - 1])
        return loss

    def _first_gradients(self, x: Floats, errors: Floats, features: Integers) -> None:
        """Write the gradients of the first layer's weights; those of features left out are 0."""
        gradients = self._first_rows(len(features) + 1)
        np.matmul(x.T, errors, out=gradients[:, :-1])
        gradients[:, -1] = 0
        places = np.full(self.sizes[0], len(features))
        places[features] = np.arange(len(features))
        np.take(gradients, places, axis=1, out=self.layers[0].weight_gradients, mode="clip")

    def _first_rows(self, count: int) -> Floats:
        """Memory for so many rows of the first layer's weights, or of their gradients."""
        networks, features, units = self.layers[0].weights.shape
        if self._some_rows is None:
            self._some_rows = np.empty(networks * (features + 1) * units, self.dtype)
        return self._some_rows[: networks * count * units].reshape(networks, count, units)

    def buffers(self, samples: int) -> Buffers:
        """The arrays that a pass over that many samples uses; made once for each number."""
        if samples not in self._buffers:
            self._buffers[samples] = self._allocate(samples)
        return self._buffers[samples]

    def _allocate(self, samples: int) -> Buffers:
        networks, (*hidden, classes) = len(self.theta), self.sizes[1:]
        errors = [np.empty((networks, samples, units), self.dtype) for units in hidden]
        scratch = np.empty(networks * samples * max(hidden, default=0), self.dtype)
        mask = np.empty(scratch.shape, np.bool_)
        logits = np.empty((networks, classes, samples), self.dtype)
        return Buffers(
            outputs=[np.empty_like(array) for array in errors] + [logits.mT],
            errors=errors,
            scratch=[scratch[: array.size].reshape(array.shape) for array in errors],
            mask=[mask[: array.size].reshape(array.shape) for array in errors],
            logits=logits,
            ones=np.ones((1, samples), self.dtype),
        )


def stream(seed: int, purpose: int) -> np.random.Generator:
    """One of the independent random streams of a seed: WEIGHTS, SAMPLING or DROPOUT."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose,)))


def count_parameters(sizes: Sequence[int]) -> int:
    """P: the weights and biases of one network with layers of these sizes."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))


def _segments(activations: Sequence[Activation]) -> list[tuple[slice, Activation]]:
    """Neighbouring rows with an equal activation, so that each is computed in one call."""
    segments = []
    start = 0
    for activation, rows in groupby(activations):
        stop = start + len(list(rows))
        segments.append((slice(start, stop), activation))
        start = stop
    return segments
