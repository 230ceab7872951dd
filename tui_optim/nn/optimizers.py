"""Optimizers: rules that change parameters θ, given the gradient g of the loss, in place.

The rules are the lecture's formulas; each docstring says which variant it is. `Optimizer` keeps the
books: it makes the state and the scratch array at the first step, after which nothing is allocated.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import EllipsisType
from typing import ClassVar

import numpy as np

from tui_optim.nn.arrays import Floats
from tui_optim.nn.specs import Configurable, setting


@dataclass
class Optimizer(Configurable, ABC):
    """A rule θ ← θ − (a step made of g and of state), with learning rate lr.

    Attributes:
        state: the rule's arrays by name, each of the shape of θ; empty before the first step.
        decayed: where in θ a rule with a weight decay of its own (adamw) applies it: everywhere,
            unless told otherwise.
        steps: how many steps were taken.
    """

    state_names: ClassVar[tuple[str, ...]] = ()
    full_batch: ClassVar[bool] = False
    """Whether g is to be the gradient over the whole training set (then a step is seldom)."""

    lr: float = setting(0.01, above=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state: dict[str, Floats] = {}
        self.decayed: slice | EllipsisType = ...
        self.steps = 0
        self._scratch: Floats | None = None

    def step(self, theta: Floats, gradient: Floats) -> None:
        """Change theta in place by one step along the gradient; both have the same shape.

        Raises:
            ValueError: when the shapes differ from each other or from the first step's.
        """
        shape = theta.shape if self._scratch is None else self._scratch.shape
        if not theta.shape == gradient.shape == shape:
            raise ValueError(f"θ {theta.shape} and g {gradient.shape} must keep the shape {shape}")
        if self._scratch is None:
            self._scratch = np.empty_like(theta)
            for name in self.state_names:
                self.state.setdefault(name, np.zeros_like(theta))
        self.steps += 1
        self._update(theta, gradient, self._scratch)

    @abstractmethod
    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        """The rule; scratch is an array of the shape of θ to compute in."""


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent on minibatches (Robbins and Monro 1951).

    θ ← θ − lr g
    """

    name = "sgd"

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        theta -= np.multiply(self.lr, g, out=scratch)


@dataclass
class GD(SGD):
    """Gradient descent: SGD's rule, with the gradient over the whole training set.

    θ ← θ − lr g
    """

    name = "gd"
    full_batch = True


@dataclass
class Momentum(Optimizer):
    """Heavy-ball momentum (Polyak 1964), with lr inside the velocity, as the lecture writes it.

    v ← γ v + lr g
    θ ← θ − v

    γ is `momentum`. While lr stays the same this is PyTorch's SGD(momentum=γ), whose velocity is
    v / lr.
    """

    name = "momentum"
    state_names = ("v",)

    momentum: float = setting(0.9, least=0, below=1)

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        v = self.state["v"]
        v *= self.momentum
        v += np.multiply(self.lr, g, out=scratch)
        theta -= v


@dataclass
class Nesterov(Optimizer):
    """Nesterov's accelerated gradient in PyTorch's form (Sutskever et al. 2013).

    v ← γ v + g
    θ ← θ − lr (g + γ v)

    γ is `momentum`.
    """

    name = "nesterov"
    state_names = ("v",)

    momentum: float = setting(0.9, least=0, below=1)

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        v = self.state["v"]
        v *= self.momentum
        v += g
        np.multiply(self.momentum, v, out=scratch)
        scratch += g
        scratch *= self.lr
        theta -= scratch


@dataclass
class _SquaredGradients(Optimizer):
    """Base of the rules that divide by the root of the squared gradients' sum or average G.

    θ ← θ − lr g / √(G + ε)     (`eps_inside_root=true`: the lecture's; Keras 3)
    θ ← θ − lr g / (√G + ε)     (`eps_inside_root=false`: PyTorch's)
    """

    state_names = ("G",)

    eps: float = setting(1e-8, above=0)
    eps_inside_root: bool = setting(True)

    def _descend(self, theta: Floats, g: Floats, scratch: Floats, G: Floats) -> None:
        if self.eps_inside_root:
            np.add(G, self.eps, out=scratch)
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(G, out=scratch)
            scratch += self.eps
        np.divide(g, scratch, out=scratch)
        scratch *= self.lr
        theta -= scratch


@dataclass
class AdaGrad(_SquaredGradients):
    """AdaGrad (Duchi, Hazan and Singer 2011).

    G ← G + g²
    θ ← θ − lr g / √(G + ε)

    ε is inside the root, as the lecture and Keras 3 have it; `eps_inside_root=false` gives
    PyTorch's √G + ε.
    """

    name = "adagrad"

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        G = self.state["G"]
        G += np.square(g, out=scratch)
        self._descend(theta, g, scratch, G)


@dataclass
class RMSProp(_SquaredGradients):
    """RMSProp (Tieleman and Hinton 2012, lecture 6.5).

    G ← ρ G + (1 − ρ) g²
    θ ← θ − lr g / √(G + ε)

    ρ is `decay`. ε is inside the root, as the lecture and Keras 3 have it;
    `eps_inside_root=false` gives PyTorch's √G + ε. (PyTorch's own default ρ is 0.99.)
    """

    name = "rmsprop"

    lr: float = setting(0.001, above=0)
    decay: float = setting(0.9, least=0, below=1)

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        G = self.state["G"]
        np.square(g, out=scratch)
        scratch *= 1 - self.decay
        G *= self.decay
        G += scratch
        self._descend(theta, g, scratch, G)


@dataclass
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1), bias-corrected, ε outside the root.

    m ← β₁ m + (1 − β₁) g           m̂ = m / (1 − β₁ᵗ)
    v ← β₂ v + (1 − β₂) g²          v̂ = v / (1 − β₂ᵗ)
    θ ← θ − lr m̂ / (√v̂ + ε)

    t counts the steps from 1.
    """

    name = "adam"
    state_names = ("m", "v")

    lr: float = setting(0.001, above=0)
    beta1: float = setting(0.9, least=0, below=1)
    beta2: float = setting(0.999, least=0, below=1)
    eps: float = setting(1e-8, above=0)

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        m, v = self.state["m"], self.state["v"]
        m *= self.beta1
        m += np.multiply(1 - self.beta1, g, out=scratch)

        np.square(g, out=scratch)
        scratch *= 1 - self.beta2
        v *= self.beta2
        v += scratch

        # lr m̂ / (√v̂ + ε), the corrections drawn out of the arrays (the paper, end of section 2).
        correction1, correction2 = 1 - self.beta1**self.steps, 1 - self.beta2**self.steps
        np.sqrt(v, out=scratch)
        scratch += self.eps * math.sqrt(correction2)
        np.divide(m, scratch, out=scratch)
        scratch *= self.lr * math.sqrt(correction2) / correction1
        theta -= scratch


@dataclass
class AdamW(Adam):
    """Adam with decoupled weight decay λ (Loshchilov and Hutter 2019, algorithm 2, PyTorch's form).

    θ ← θ − lr λ θ, then Adam's step; λ is `weight_decay`.

    As PyTorch's, it decays every parameter it is handed, biases too, unless `decayed` leaves some
    out.
    """

    name = "adamw"

    weight_decay: float = setting(0.01, least=0)

    def _update(self, theta: Floats, g: Floats, scratch: Floats) -> None:
        theta[self.decayed] *= 1 - self.lr * self.weight_decay
        super()._update(theta, g, scratch)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.name: kind for kind in (GD, SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW)
}
