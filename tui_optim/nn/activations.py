"""Activation functions a = f(z), each with its derivative f′(z) written in terms of a.

All four are monotone with a derivative that the output alone determines, so the pre-activations z
need not be kept: `forward` overwrites z by a.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tui_optim.nn.arrays import Booleans, Floats
from tui_optim.nn.specs import Configurable, setting

SATURATED = 0.005
"""A unit is saturated where its derivative is below this share of the derivative's maximum."""


@dataclass
class Activation(Configurable, ABC):
    """An elementwise function of the pre-activations."""

    steepest: ClassVar[float] = 1.0
    """The largest value of the derivative."""
    output_range: ClassVar[tuple[float, float] | None] = None
    """The interval that all outputs lie in, or None where they are unbounded."""

    @abstractmethod
    def forward(self, z: Floats, scratch: Floats) -> None:
        """Replace z by a = f(z), in place; scratch has the shape of z and is overwritten."""

    @abstractmethod
    def derivative(self, a: Floats, out: Floats, mask: Booleans) -> None:
        """Write f′(z) into out, given the outputs a = f(z); mask is overwritten."""

    def at(self, z: Floats) -> tuple[Floats, Floats]:
        """f(z) and f′(z) in arrays of their own, computed as in a network; z stays as it is."""
        a, derivative = z.copy(), np.empty_like(z)
        self.forward(a, derivative)
        self.derivative(a, derivative, np.empty(z.shape, bool))
        return a, derivative


@dataclass
class Sigmoid(Activation):
    """σ(z) = 1 / (1 + e^−z); σ′ = a (1 − a) ≤ 1/4."""

    name = "sigmoid"
    steepest = 0.25
    output_range = (0.0, 1.0)

    def forward(self, z: Floats, scratch: Floats) -> None:
        """Replace z by σ(z).

        −z is bounded where e^−z would overflow; σ is below the least normal number there.
        """
        limit = 88.0 if z.dtype == np.float32 else 709.0
        np.negative(z, out=z)
        scratch.fill(limit)
        np.minimum(z, scratch, out=z)  # far faster than against a scalar: it is vectorized
        np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)

    def derivative(self, a: Floats, out: Floats, mask: Booleans) -> None:  # noqa: ARG002  for others
        """Write a (1 − a) into out."""
        np.subtract(1, a, out=out)
        out *= a


@dataclass
class Tanh(Activation):
    """tanh z; tanh′ = 1 − a² ≤ 1."""

    name = "tanh"
    output_range = (-1.0, 1.0)

    def forward(self, z: Floats, scratch: Floats) -> None:  # noqa: ARG002  for others
        """Replace z by tanh z."""
        np.tanh(z, out=z)

    def derivative(self, a: Floats, out: Floats, mask: Booleans) -> None:  # noqa: ARG002  for others
        """Write 1 − a² into out."""
        np.square(a, out=out)
        np.subtract(1, out, out=out)


@dataclass
class ReLU(Activation):
    """max(z, 0); the derivative is 1 where z > 0, else 0 (Nair and Hinton 2010)."""

    name = "relu"

    def forward(self, z: Floats, scratch: Floats) -> None:
        """Replace z by max(z, 0); a NaN stays."""
        scratch.fill(0)
        np.maximum(z, scratch, out=z)  # far faster than against a scalar: it is vectorized

    def derivative(self, a: Floats, out: Floats, mask: Booleans) -> None:
        """Write 1 where a > 0, else 0 into out."""
        np.greater(a, 0, out=mask)
        np.copyto(out, mask)


@dataclass
class LeakyReLU(Activation):
    """max(z, slope·z); the derivative is 1 where z > 0, else slope (Maas et al. 2013)."""

    name = "leaky_relu"

    slope: float = setting(0.01, least=0, below=1)

    def forward(self, z: Floats, scratch: Floats) -> None:
        """Replace z by max(z, slope·z)."""
        np.multiply(z, self.slope, out=scratch)
        np.maximum(z, scratch, out=z)

    def derivative(self, a: Floats, out: Floats, mask: Booleans) -> None:
        """Write 1 where a > 0, else slope into out."""
        np.greater(a, 0, out=mask)
        np.multiply(mask, a.dtype.type(1 - self.slope), out=out)
        out += self.slope


ACTIVATIONS: dict[str, type[Activation]] = {
    kind.name: kind for kind in (Sigmoid, Tanh, ReLU, LeakyReLU)
}

OUTPUT_ACTIVATIONS: dict[str, type[Activation] | None] = {"linear": None, "tanh": Tanh}
"""What may stand between the output layer and the softmax; None: nothing does."""
