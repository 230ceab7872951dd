"""K multilayer perceptrons of one shape, computed together."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Self, TypeAlias

import numpy as np

from tui_optim.nn.activations import Activation
from tui_optim.nn.arrays import Floats, Integers, Losses
from tui_optim.nn.initializers import Initializer
from tui_optim.nn.layers import Buffers, Layer, Traits, segments
from tui_optim.nn.losses import softmax_cross_entropy
from tui_optim.nn.regularizers import BatchNorm, Dropout

WEIGHTS, SAMPLING, DROPOUT = 0, 1, 2
"""Spawn keys of the random streams that one seed gives."""

ErrorHook: TypeAlias = Callable[[int, Floats], None]


class MLPStack:
    """K perceptrons of one shape, whose parameters are the rows of one array.

    A hidden layer computes a = f(x W + b), with batch normalization f(BN(x W + b)), and in training
    hands on what dropout leaves of it; the output layer is linear, or has an activation, and goes
    into softmax cross-entropy. K = 1 is a single network.

    Attributes:
        sizes: the layers' widths, from the features to the classes.
        traits: one a network.
        theta: (K, P), the parameters; of each layer the weights (inputs × outputs), then biases.
            Where any network is normalized then of each hidden layer γ, then β; a network that is
            not leaves these columns alone.
        gradient: (K, P), ∂L/∂θ of the last backward pass.
        running: (K, R), the running averages of batch normalization; where any network is
            normalized of each hidden layer the mean, then the variance.
        layers: views of theta and gradient, first to last.
        norms: views of these and of running, of the hidden layers; none where none is normalized.
        weight_columns: where a row of theta holds each layer's weights.
        linear_columns: where it holds weights and biases, all but γ and β.
        dropout: what drops outputs, with its random numbers; None where no network does.
        dtype: of all arrays.

    Args:
        sizes: as above.
        traits: one a network; where it has no more, its activation will do.
        dtype: as above.
        seed: of the numbers that dropout draws.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        traits: Sequence[Traits | Activation],
        dtype: type[np.floating] | np.dtype[np.floating] = np.float32,
        seed: int = 0,
    ) -> None:
        networks = [Traits(each) if isinstance(each, Activation) else each for each in traits]
        normalized = any(each.batch_norm for each in networks)
        linear, parameters = (count_parameters(sizes, batch_norm=on) for on in (False, normalized))
        shape = (len(networks), parameters)
        self._seed = seed
        self._set(
            tuple(sizes),
            tuple(networks),
            np.zeros(shape, dtype),
            np.zeros(shape, dtype),
            np.zeros((len(networks), parameters - linear), dtype),
        )
        for norm in self.norms:
            norm.reset()

    def part(self, rows: slice) -> Self:
        """The networks of some rows: the same parameters, buffers of their own.

        Parts of disjoint rows can be computed in different threads. Dropout begins its random
        numbers anew in each, so that all drop the same.
        """
        part = type(self).__new__(type(self))
        part._seed = self._seed
        part._set(
            self.sizes,
            self.traits[rows],
            *(array[rows] for array in (self.theta, self.gradient, self.running)),
        )
        return part

    def _set(
        self,
        sizes: tuple[int, ...],
        traits: tuple[Traits, ...],
        theta: Floats,
        gradient: Floats,
        running: Floats,
    ) -> None:
        self.sizes, self.traits = sizes, traits
        self.theta, self.gradient, self.running = theta, gradient, running
        self.dtype = theta.dtype
        self.layers: list[Layer] = []
        self.weight_columns: list[slice] = []
        start = 0
        for inputs, outputs in pairwise(sizes):
            weights = slice(start, start + inputs * outputs)
            biases = slice(weights.stop, weights.stop + outputs)
            shape = (len(traits), inputs, outputs)
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
        self.linear_columns = slice(0, start)
        self._set_traits()
        self._buffers: dict[int, Buffers] = {}
        self._some_rows: Floats | None = None  # of the first layer, see `_first_rows`

    def _set_traits(self) -> None:
        """Find the neighbouring rows that can be computed in one call, for each trait."""
        traits = self.traits
        self._activations = segments(each.activation for each in traits)
        outputs = segments(each.output_activation for each in traits)
        self._output_activations = [(rows, f) for rows, f in outputs if f is not None]
        self._normalized = [rows for rows, on in segments(t.batch_norm for t in traits) if on]
        self.norms: list[BatchNorm] = []
        theta, gradient = (a[:, self.linear_columns.stop :] for a in (self.theta, self.gradient))
        start = 0
        for units in self.sizes[1:-1] if self._normalized else ():
            own = slice(start, start + 2 * units)
            arrays = (array[:, own] for array in (theta, gradient, self.running))
            self.norms.append(BatchNorm(self._normalized, *arrays))
            start = own.stop
        self.dropout: Dropout | None = None
        if any(each.dropout for each in traits):
            rates = segments(each.dropout for each in traits)
            self.dropout = Dropout(rates, stream(self._seed, DROPOUT))

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Of the hidden layers, one a network."""
        return tuple(each.activation for each in self.traits)

    def own(self, row: int) -> tuple[Floats, Floats]:
        """The parameters of one network and their gradient: what it uses of its row."""
        used = slice(None) if self.traits[row].batch_norm else self.linear_columns
        return self.theta[row, used], self.gradient[row, used]

    def initialize(self, initializers: Sequence[Initializer], seeds: Sequence[int]) -> None:
        """Draw the weights of each network anew and set its biases to 0.

        Equal seeds draw the same standard-normal numbers, whatever the initializer and the dtype.
        γ becomes 1 and β 0, and the running averages begin anew.

        Args:
            initializers: one a network.
            seeds: one a network.
        """
        rows = range(len(self.theta))
        for row, initializer, seed in zip(rows, initializers, seeds, strict=True):
            random = stream(seed, WEIGHTS)
            deviations = initializer.deviations([layer.inputs for layer in self.layers])
            for layer, deviation in zip(self.layers, deviations, strict=True):
                draw = random.standard_normal((layer.inputs, layer.outputs))
                with np.errstate(over="ignore"):  # then the loss is not finite: it has diverged
                    layer.weights[row] = deviation * draw
                layer.biases[row] = 0
        for norm in self.norms:
            norm.reset()

    def forward(
        self, x: Floats, features: Integers | None = None, *, training: bool = True
    ) -> Floats:
        """Compute all layers' outputs for a batch x, the same for all networks.

        Args:
            x: (B, features), or (B, n) with the `features` alone.
            features: (n,), the features that x holds, all others being 0; all if None.
            training: whether batch normalization and dropout are to train, which `backward` needs,
                or to evaluate.

        Returns:
            The logits (K, C, B), after the output activation: a buffer, which the next pass
            overwrites.
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
            if self.norms and training:
                self.norms[index].train(outputs, buffers.normalized[index], scratch)
            elif self.norms:
                self.norms[index].evaluate(outputs)
            for rows, activation in self._activations:
                activation.forward(outputs[rows], scratch[rows])
            inputs = outputs
            if self.dropout is not None and training:
                inputs = self.dropout.train(outputs, buffers.dropped[index])
        logits = buffers.logits
        np.matmul(weights[-1].mT, inputs.mT, out=logits)
        np.add(logits, last.biases.mT, out=logits)
        for rows, activation in self._output_activations:
            activation.forward(logits[rows], buffers.slopes[rows])
        return logits

    def loss(self, x: Floats, labels: Integers, *, training: bool = True) -> Losses:
        """The mean cross-entropy (K,) of a batch x (B, features) with labels (B,)."""
        return softmax_cross_entropy(self.forward(x, training=training), labels)

    def backward(
        self,
        x: Floats,
        labels: Integers,
        on_error: ErrorHook | None = None,
        features: Integers | None = None,
    ) -> Losses:
        """Write ∂L/∂θ for a batch into `gradient`; the last call must be `forward` with this x.

        L is each network's mean cross-entropy over the batch. The logits are overwritten, so each
        `backward` takes a `forward` of its own, in training.

        Args:
            x: (B, features), or (B, n) with the `features` alone.
            labels: (B,), the class of each sample.
            on_error: called with each layer's index from 0, last to first, and its
                ∂L/∂outputs (K, B, units), outputs being what they are before dropout, before that
                is overwritten by ∂L/∂pre-activations.
            features: as for `forward`.

        Returns:
            The losses (K,).
        """
        buffers = self.buffers(len(x))
        last = len(self.layers) - 1
        for rows, activation in self._output_activations:
            mask = buffers.slopes_mask[rows]
            activation.derivative(buffers.logits[rows], buffers.slopes[rows], mask)
        loss = softmax_cross_entropy(buffers.logits, labels, gradient=True)
        errors = buffers.outputs[last]  # ∂L/∂logits has taken the logits' place
        for index in range(last, -1, -1):
            layer = self.layers[index]
            if self.dropout is not None and index < last:
                self.dropout.backward(errors, buffers.dropped[index])
            if on_error is not None:
                on_error(index, errors)
            if index < last:
                self._through_activation(index, errors, buffers)
            else:
                for rows, _ in self._output_activations:
                    buffers.logits[rows] *= buffers.slopes[rows]
            if index == 0 and features is not None:
                self._first_gradients(x, errors, features)
            else:
                inputs = self._handed_on(index - 1, buffers) if index else x
                np.matmul(inputs.mT, errors, out=layer.weight_gradients)
            np.matmul(buffers.ones, errors, out=layer.bias_gradients)
            if index < last:
                for rows in self._normalized:  # a mean takes any bias away with it
                    layer.bias_gradients[rows] = 0
            if index:
                errors = np.matmul(errors, layer.weights.mT, out=buffers.errors[index - 1])
        return loss

    def _through_activation(self, index: int, errors: Floats, buffers: Buffers) -> None:
        """Replace a hidden layer's ∂L/∂outputs by ∂L/∂pre-activations."""
        outputs, scratch = buffers.outputs[index], buffers.scratch[index]
        for rows, activation in self._activations:
            activation.derivative(outputs[rows], scratch[rows], buffers.mask[index][rows])
        errors *= scratch
        if self.norms:
            self.norms[index].backward(errors, buffers.normalized[index], scratch)

    def _handed_on(self, index: int, buffers: Buffers) -> Floats:
        """What a hidden layer has handed on to the next in training."""
        return buffers.outputs[index] if self.dropout is None else buffers.dropped[index].outputs

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
            self._buffers[samples] = Buffers.allocate(
                len(self.theta),
                samples,
                self.sizes[1:],
                self.dtype,
                batch_norm=bool(self.norms),
                dropout=self.dropout,
                output_activation=bool(self._output_activations),
            )
        return self._buffers[samples]


def stream(seed: int, purpose: int) -> np.random.Generator:
    """One of the independent random streams of a seed: WEIGHTS, SAMPLING or DROPOUT."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose,)))


def count_parameters(sizes: Sequence[int], *, batch_norm: bool = False) -> int:
    """The parameters of one network with layers of these sizes.

    That is its weights and biases and, with batch normalization, each hidden unit's γ and β.
    """
    norms = 2 * sum(sizes[1:-1]) if batch_norm else 0
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes)) + norms
