"""Batch normalization and dropout of hidden layers, for those networks of a stack that use them.

Both know two modes: training, which looks at the minibatch (or draws), and evaluation, which is
deterministic and treats every sample alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.nn.arrays import Floats

MOMENTUM = 0.1
"""The weight of a minibatch in the running statistics (PyTorch's default)."""
EPSILON = 1e-5
"""What is added to a variance before its root is divided by (PyTorch's default)."""


class BatchNorm:
    """Batch normalization of one layer's pre-activations z (Ioffe and Szegedy 2015, algorithm 1).

    x̂ = (z − μ) / √(σ² + ε)
    y = γ x̂ + β

    In training μ and σ² are a unit's mean and (biased) variance over the minibatch; in evaluation
    their running averages, in which a minibatch of B samples has the weight 0.1, its variance
    unbiased by B / (B − 1): PyTorch's BatchNorm1d. A minibatch of a single sample has x̂ = 0 and,
    having no variance, leaves the averages as they are (PyTorch refuses it).

    Attributes:
        gamma, beta: (K, 1, units), views of the columns of theta; of the networks that are not
            normalized too, whose 1 and 0 nothing uses or changes. So are the gradients.
        mean, variance: (K, 1, units), the running averages; views.
    """

    def __init__(
        self, rows: Sequence[slice], theta: Floats, gradient: Floats, running: Floats
    ) -> None:
        """For the networks in some rows; each array (K, 2 units) has the layer's columns alone."""
        self._rows = rows
        self.gamma, self.beta = _halves(theta)
        self.gamma_gradients, self.beta_gradients = _halves(gradient)
        self.mean, self.variance = _halves(running)
        self._over_deviation = np.empty_like(self.gamma)  # 1 / √(σ² + ε), for the backward pass

    def reset(self) -> None:
        """Begin with γ = 1, β = 0 and running averages of as much."""
        for array, value in ((self.gamma, 1), (self.beta, 0), (self.variance, 1), (self.mean, 0)):
            array.fill(value)

    def train(self, z: Floats, x_hat: Floats, scratch: Floats) -> None:
        """Replace z (K, B, units) by y, leave x̂ behind, and follow the running averages."""
        samples = z.shape[1]
        for rows in self._rows:
            mean = np.add.reduce(z[rows], axis=1, keepdims=True) / samples
            centred = np.subtract(z[rows], mean, out=x_hat[rows])
            squares = np.square(centred, out=scratch[rows])
            variance = np.add.reduce(squares, axis=1, keepdims=True) / samples
            over_deviation = 1 / np.sqrt(variance + EPSILON)
            self._over_deviation[rows] = over_deviation
            centred *= over_deviation
            np.multiply(self.gamma[rows], centred, out=z[rows])
            z[rows] += self.beta[rows]
            if samples > 1:
                unbiased = variance * (samples / (samples - 1))
                self.mean[rows] += MOMENTUM * (mean - self.mean[rows])
                self.variance[rows] += MOMENTUM * (unbiased - self.variance[rows])

    def evaluate(self, z: Floats) -> None:
        """Replace z (K, B, units) by y, normalized by the running averages."""
        for rows in self._rows:
            z[rows] -= self.mean[rows]
            z[rows] *= self.gamma[rows] / np.sqrt(self.variance[rows] + EPSILON)
            z[rows] += self.beta[rows]

    def backward(self, errors: Floats, x_hat: Floats, scratch: Floats) -> None:
        """Replace ∂L/∂y by ∂L/∂z after `train`, and write ∂L/∂γ and ∂L/∂β (the paper, section 3).

        ∂L/∂γ = Σ_b x̂ ∂L/∂y            ∂L/∂β = Σ_b ∂L/∂y
        ∂L/∂z = γ / √(σ² + ε) · (∂L/∂y − ∂L/∂β / B − x̂ ∂L/∂γ / B)
        """
        samples = errors.shape[1]
        for rows in self._rows:
            error, product = errors[rows], scratch[rows]
            np.multiply(x_hat[rows], error, out=product)
            for_gamma = np.add.reduce(product, axis=1, keepdims=True)
            for_beta = np.add.reduce(error, axis=1, keepdims=True)
            self.gamma_gradients[rows], self.beta_gradients[rows] = for_gamma, for_beta
            error -= for_beta / samples
            error -= np.multiply(x_hat[rows], for_gamma / samples, out=product)
            error *= self.gamma[rows] * self._over_deviation[rows]


def _halves(columns: Floats) -> tuple[Floats, Floats]:
    units = columns.shape[1] // 2
    return columns[:, None, :units], columns[:, None, units:]


@dataclass(frozen=True)
class Dropped:
    """Where dropout of one layer is computed, for B samples."""

    outputs: Floats  # (K, B, units): what is left of the layer's outputs
    uniform: NDArray[np.float32]  # (B, units): u
    factors: list[Floats]  # (B, units) each, one a rate: m / (1 − p)


class Dropout:
    """Inverted dropout of hidden outputs a (Srivastava et al. 2014), p being a network's rate.

    d = a m / (1 − p), with m = 1 where u ≥ p and else 0; u ~ U[0, 1)

    In training alone; in evaluation d = a, which is what d is in the mean. All networks share the
    draw u (B, units), so that under a higher rate the same units are dropped, and more. It is drawn
    in float32 for every dtype: equal seeds drop the same.

    Attributes:
        random: what u is drawn from, anew for each layer of each minibatch.
    """

    def __init__(self, rates: Sequence[tuple[slice, float]], random: np.random.Generator) -> None:
        """For the networks in some rows, each with its rate, which may be 0."""
        self.random = random
        self._dropping = [(rows, rate) for rows, rate in rates if rate]
        self._passing = [rows for rows, rate in rates if not rate]

    def allocate(self, outputs: Floats) -> Dropped:
        """Memory for a layer with such outputs (K, B, units)."""
        shape = outputs.shape[1:]
        factors = [np.empty(shape, outputs.dtype) for _ in self._dropping]
        return Dropped(np.empty_like(outputs), np.empty(shape, np.float32), factors)

    def train(self, outputs: Floats, dropped: Dropped) -> Floats:
        """What is left of outputs (K, B, units) under a new draw; they stay as they are."""
        uniform = dropped.uniform
        self.random.random(out=uniform, dtype=np.float32)
        for factor, (rows, rate) in zip(dropped.factors, self._dropping, strict=True):
            np.greater_equal(uniform, rate, out=factor)
            np.multiply(factor, 1 / (1 - rate), out=factor)
            np.multiply(outputs[rows], factor, out=dropped.outputs[rows])
        for rows in self._passing:
            dropped.outputs[rows] = outputs[rows]
        return dropped.outputs

    def backward(self, errors: Floats, dropped: Dropped) -> None:
        """Replace ∂L/∂d by ∂L/∂a after `train`."""
        for factor, (rows, _) in zip(dropped.factors, self._dropping, strict=True):
            errors[rows] *= factor
