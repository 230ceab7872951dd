"""What the engine is measured against: the race as a plain NumPy teaching script runs it.

In the style of Saito's "Deep Learning from Scratch" (O'Reilly): a class for each kind of layer with
`forward` and `backward`, a dictionary of parameters, optimizers that update it key by key, new
arrays at every operation, float64. Nothing is made slow on purpose, and nothing is tuned.

Per iteration and network it does what such a script does: a forward and a backward pass, an update,
and a second forward pass for the loss that it records (the loss after the update, on the same
minibatch). The minibatch is drawn with replacement. Weight decay, which the book's network computes
even where it is 0, is left out.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

Floats: TypeAlias = npt.NDArray[np.floating]
Integers: TypeAlias = npt.NDArray[np.integer]
Parameters: TypeAlias = dict[str, Floats]
Rounds: TypeAlias = Callable[[int], dict[str, float]]
Factory: TypeAlias = Callable[[Floats, Integers, int], Rounds]

SIZES = (784, 100, 100, 100, 100, 10)
BATCH = 128


def teaching_loop(threads: int | None = None) -> Factory:
    """The script's training loop.

    Args:
        threads: of BLAS; None leaves NumPy's own choice, all cores.
    """

    def factory(x_train: Floats, y_train: Integers, seed: int) -> Rounds:
        blas = ThreadpoolController()
        random = np.random.default_rng(seed)
        x_train = x_train.astype(np.float64)
        optimizers: dict[str, SGD | Momentum | AdaGrad | Adam] = {
            "sgd": SGD(),
            "momentum": Momentum(),
            "adagrad": AdaGrad(),
            "adam": Adam(),
        }
        networks = {name: Network(np.random.default_rng(seed)) for name in optimizers}

        def rounds(n: int) -> dict[str, float]:
            losses: dict[str, float] = {}
            with blas.limit(limits=threads, user_api="blas"):
                for _ in range(n):
                    mask = random.choice(len(x_train), BATCH)
                    x_batch, t_batch = x_train[mask], y_train[mask]
                    for name, optimizer in optimizers.items():
                        network = networks[name]
                        grads = network.gradient(x_batch, t_batch)
                        optimizer.update(network.params, grads)
                        losses[name] = network.loss(x_batch, t_batch)
            return losses

        return rounds

    return factory


class Affine:
    """X W + b."""

    def __init__(self, W: Floats, b: Floats) -> None:
        self.W, self.b = W, b
        self.x: Floats = np.empty(0)
        self.dW: Floats = np.empty(0)
        self.db: Floats = np.empty(0)

    def forward(self, x: Floats) -> Floats:
        """Keeps x for the way back."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout: Floats) -> Floats:
        """Also sets dW and db."""
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0)
        return dout @ self.W.T


class Relu:
    """max(0, x)."""

    def __init__(self) -> None:
        self.mask: npt.NDArray[np.bool_] = np.empty(0, np.bool_)

    def forward(self, x: Floats) -> Floats:
        """Keeps where x is not positive."""
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout: Floats) -> Floats:
        """Lets through what went through."""
        dout[self.mask] = 0
        return dout


class SoftmaxWithLoss:
    """Softmax and the mean cross-entropy in one."""

    def __init__(self) -> None:
        self.y: Floats = np.empty(0)
        self.t: Integers = np.empty(0, np.int64)

    def forward(self, x: Floats, t: Integers) -> float:
        """The loss of scores x with labels t."""
        exp = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.t = t
        self.y = exp / np.sum(exp, axis=1, keepdims=True)
        correct = self.y[np.arange(len(t)), t]
        return float(-np.sum(np.log(correct + 1e-7)) / len(t))

    def backward(self) -> Floats:
        """∂L/∂x."""
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


class Network:
    """A perceptron with He-initialized weights."""

    def __init__(self, random: np.random.Generator) -> None:
        self.params: Parameters = {}
        self.affine: dict[int, Affine] = {}
        self.layers: OrderedDict[str, Affine | Relu] = OrderedDict()
        for i, (inputs, outputs) in enumerate(pairwise(SIZES), start=1):
            W = np.sqrt(2.0 / inputs) * random.standard_normal((inputs, outputs))
            b = np.zeros(outputs)
            self.params[f"W{i}"], self.params[f"b{i}"] = W, b
            self.affine[i] = Affine(W, b)
            self.layers[f"Affine{i}"] = self.affine[i]
            if i < len(SIZES) - 1:
                self.layers[f"Relu{i}"] = Relu()
        self.last_layer = SoftmaxWithLoss()

    def predict(self, x: Floats) -> Floats:
        """The scores of the classes."""
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x: Floats, t: Integers) -> float:
        """The loss of a batch."""
        return self.last_layer.forward(self.predict(x), t)

    def gradient(self, x: Floats, t: Integers) -> Parameters:
        """The gradient for a batch: forward, then backward."""
        self.loss(x, t)
        dout = self.last_layer.backward()
        for layer in reversed(self.layers.values()):
            dout = layer.backward(dout)
        grads: Parameters = {}
        for i, affine in self.affine.items():
            grads[f"W{i}"], grads[f"b{i}"] = affine.dW, affine.db
        return grads


class SGD:
    """W ← W − lr g."""

    def __init__(self, lr: float = 0.01) -> None:
        self.lr = lr

    def update(self, params: Parameters, grads: Parameters) -> None:
        """One step."""
        for key in params:
            params[key] -= self.lr * grads[key]


class Momentum:
    """v ← γ v − lr g; W ← W + v."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        self.lr, self.momentum = lr, momentum
        self.v: Parameters = {}

    def update(self, params: Parameters, grads: Parameters) -> None:
        """One step."""
        if not self.v:
            self.v = {key: np.zeros_like(value) for key, value in params.items()}
        for key in params:
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]


class AdaGrad:
    """h ← h + g²; W ← W − lr g / (√h + 1e-7)."""

    def __init__(self, lr: float = 0.01) -> None:
        self.lr = lr
        self.h: Parameters = {}

    def update(self, params: Parameters, grads: Parameters) -> None:
        """One step."""
        if not self.h:
            self.h = {key: np.zeros_like(value) for key, value in params.items()}
        for key in params:
            self.h[key] += grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + 1e-7)


class Adam:
    """Averages m of g and v of g²; W ← W − lrₜ m / (√v + 1e-7), lrₜ correcting their bias."""

    def __init__(self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999) -> None:
        self.lr, self.beta1, self.beta2 = lr, beta1, beta2
        self.iter = 0
        self.m: Parameters = {}
        self.v: Parameters = {}

    def update(self, params: Parameters, grads: Parameters) -> None:
        """One step."""
        if not self.m:
            self.m = {key: np.zeros_like(value) for key, value in params.items()}
            self.v = {key: np.zeros_like(value) for key, value in params.items()}
        self.iter += 1
        lr_t = self.lr * np.sqrt(1 - self.beta2**self.iter) / (1 - self.beta1**self.iter)
        for key in params:
            self.m[key] += (1 - self.beta1) * (grads[key] - self.m[key])
            self.v[key] += (1 - self.beta2) * (grads[key] ** 2 - self.v[key])
            params[key] -= lr_t * self.m[key] / (np.sqrt(self.v[key]) + 1e-7)
