"""What the engine is measured against: bare matrix products, PyTorch and JAX.

The race: four perceptrons 784-100-100-100-100-10 on MNIST (ReLU, He weights, biases 0, softmax
cross-entropy, float32), trained side by side by SGD, Momentum, AdaGrad and Adam. One round is one
iteration of all four on the same fresh minibatch of 128. It includes gathering the minibatch at
random from the training set, and bringing the four losses to Python, as a loss curve needs them.

A baseline is a function that returns a `Factory`; the factory prepares data and weights and returns
`rounds`. `rounds(n)` runs n ≥ 1 further rounds and returns the last one's losses. It sets the
number of threads itself, so that contenders can take turns in one process. The first call also
warms up (JAX compiles in it) and should not be timed.

PyTorch and JAX start from the same weights and see the same minibatches under the same seed: their
losses differ by rounding only.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from tui_optim.nn.initializers import He
from tui_optim.nn.network import SAMPLING, WEIGHTS, stream

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.integer]
Rounds: TypeAlias = Callable[[int], dict[str, float]]
Factory: TypeAlias = Callable[[Floats, Integers, int], Rounds]  # of x_train, y_train, seed
Tree: TypeAlias = Any  # a JAX array, or tuples and lists of them

SIZES = (784, 100, 100, 100, 100, 10)
BATCH = 128
RUNS = ("sgd", "momentum", "adagrad", "adam")
LR, ADAM_LR, MOMENTUM, BETA1, BETA2, EPS = 0.01, 0.001, 0.9, 0.9, 0.999, 1e-8


def products(threads: int) -> Factory:
    """Only the matrix products of a round: what an engine of stacked networks cannot avoid.

    Forward x W for all layers; backward xᵀδ for all layers and δWᵀ for all but the first; for the
    four networks in one batched `np.matmul` each, into arrays allocated beforehand, on one and the
    same minibatch. No gather, biases, activations, loss or updates; so nothing is trained, and
    `rounds` returns no losses. The threads are BLAS's, which splits single products over them.
    """
    return _products(blas_threads=threads, python_threads=1)


def products_split(threads: int) -> Factory:
    """The products of `products`, with the networks shared out over at most four Python threads.

    Each computes whole passes of its networks with one BLAS thread; they meet after every round.
    """
    return _products(blas_threads=1, python_threads=threads)


def _products(blas_threads: int, python_threads: int) -> Factory:
    def factory(x_train: Floats, _y_train: Integers, seed: int) -> Rounds:
        blas = ThreadpoolController()
        pool = ThreadPoolExecutor(python_threads)
        shares = [len(share) for share in np.array_split(RUNS, python_threads)]
        own, *others = (_product_pass(x_train[:BATCH], share, seed) for share in shares)

        def rounds(n: int) -> dict[str, float]:
            with blas.limit(limits=blas_threads, user_api="blas"):
                for _ in range(n):
                    futures = [pool.submit(compute) for compute in others]
                    own()
                    for future in futures:
                        future.result()
            return {}

        return rounds

    return factory


def _product_pass(batch: Floats, networks: int, seed: int) -> Callable[[], None]:
    weights = [np.stack([layer] * networks) for layer in initial_weights(seed)]
    gradients = [np.empty_like(layer) for layer in weights]
    outputs = [np.empty((networks, len(batch), units), np.float32) for units in SIZES[1:]]
    errors = [np.full_like(array, 1e-3) for array in outputs]

    def compute() -> None:
        inputs = batch
        for layer, result in zip(weights, outputs, strict=True):
            inputs = np.matmul(inputs, layer, out=result)
        for index in range(len(weights) - 1, 0, -1):
            np.matmul(outputs[index - 1].mT, errors[index], out=gradients[index])
            np.matmul(errors[index], weights[index].mT, out=errors[index - 1])
        np.matmul(batch.T, errors[0], out=gradients[0])

    return compute


def pytorch_eager(threads: int) -> Factory:
    """Four `nn.Sequential` trained by `torch.optim`, eagerly: no `torch.compile`.

    The data are a tensor on the CPU, and one `index_select` gathers the minibatch for all four.
    Adagrad and Adam are the fused ones, which saves half of their updates' time here; for SGD and
    Momentum the default, a loop over the parameters, is as fast or faster (`foreach` is never).
    The threads are PyTorch's, which splits single operations over them.
    """

    def factory(x_train: Floats, y_train: Integers, seed: int) -> Rounds:
        import torch
        from torch import nn

        def network() -> nn.Sequential:
            layers: list[nn.Module] = []
            for weights in initial_weights(seed):
                linear = nn.Linear(*weights.shape)
                linear.weight.data = torch.tensor(weights.T)
                nn.init.zeros_(linear.bias)
                layers += [linear, nn.ReLU()]
            return nn.Sequential(*layers[:-1])

        x, y = torch.tensor(x_train), torch.tensor(y_train, dtype=torch.int64)
        indices = minibatches(len(x), seed)
        cross_entropy = nn.CrossEntropyLoss()
        models = [network() for _ in RUNS]
        sgd, momentum, adagrad, adam = (model.parameters() for model in models)
        optimizers = [
            torch.optim.SGD(sgd, LR),
            torch.optim.SGD(momentum, LR, MOMENTUM),
            torch.optim.Adagrad(adagrad, LR, eps=EPS, fused=True),
            torch.optim.Adam(adam, ADAM_LR, (BETA1, BETA2), EPS, fused=True),
        ]

        def rounds(n: int) -> dict[str, float]:
            torch.set_num_threads(threads)
            losses: dict[str, float] = {}
            for _ in range(n):
                batch = torch.from_numpy(next(indices))
                x_batch, y_batch = x.index_select(0, batch), y.index_select(0, batch)
                for name, model, optimizer in zip(RUNS, models, optimizers, strict=True):
                    optimizer.zero_grad(set_to_none=True)
                    loss = cross_entropy(model(x_batch), y_batch)
                    loss.backward()
                    optimizer.step()
                    losses[name] = loss.item()
            return losses

        return rounds

    return factory


def jax_jitted() -> Factory:
    """One jitted JAX function for the whole round of all four networks, on the CPU.

    It gathers the minibatch itself (faster here than NumPy before the call), computes the networks
    one by one (faster here than stacked by `vmap`), and is given parameters and optimizer states to
    overwrite. A round's losses are read while the next is computed, so that JAX need not wait.

    JAX uses all the cores there were when it started; that cannot be changed afterwards. Without
    JAX the factory raises ImportError.
    """

    def factory(x_train: Floats, y_train: Integers, seed: int) -> Rounds:
        import jax

        cpu = jax.devices("cpu")[0]
        x, y = jax.device_put((x_train, y_train.astype(np.int32)), cpu)
        indices = minibatches(len(x_train), seed)
        theta = [(layer, np.zeros(layer.shape[1], np.float32)) for layer in initial_weights(seed)]
        zeros = jax.tree.map(np.zeros_like, theta)
        start = (theta,) * len(RUNS), ((), zeros, zeros, (zeros, zeros, np.float32(0)))
        thetas, states = jax.device_put(start, cpu, may_alias=False)
        step = jax.jit(_jax_round(), donate_argnums=(0, 1))

        def rounds(n: int) -> dict[str, float]:
            nonlocal thetas, states
            losses: list[Tree] = []
            for i in range(n):
                thetas, states, newest = step(thetas, states, x, y, next(indices))
                losses.append(newest)
                if i:
                    losses[i - 1] = losses[i - 1].tolist()
            return dict(zip(RUNS, losses[-1].tolist(), strict=True))

        return rounds

    return factory


def _jax_round() -> Callable[[Tree, Tree, Tree, Tree, Tree], tuple[Tree, Tree, Tree]]:
    import jax
    from jax import numpy as jnp

    each = jax.tree.map

    def loss(theta: Tree, x: Tree, y: Tree) -> Tree:
        *hidden, (last_weights, last_biases) = theta
        for weights, biases in hidden:
            x = jax.nn.relu(x @ weights + biases)
        scores = jax.nn.log_softmax(x @ last_weights + last_biases)
        return -jnp.take_along_axis(scores, y[:, None], axis=1).mean()

    def sgd(theta: Tree, gradient: Tree, state: Tree) -> tuple[Tree, Tree]:
        return each(lambda p, g: p - LR * g, theta, gradient), state

    def momentum(theta: Tree, gradient: Tree, state: Tree) -> tuple[Tree, Tree]:
        state = each(lambda v, g: MOMENTUM * v + LR * g, state, gradient)
        return each(lambda p, v: p - v, theta, state), state

    def adagrad(theta: Tree, gradient: Tree, state: Tree) -> tuple[Tree, Tree]:
        state = each(lambda G, g: G + g * g, state, gradient)
        return each(lambda p, g, G: p - LR * g / (jnp.sqrt(G) + EPS), theta, gradient, state), state

    def adam(theta: Tree, gradient: Tree, state: Tree) -> tuple[Tree, Tree]:
        first, second, t = state[0], state[1], state[2] + 1
        first = each(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
        second = each(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
        lr, root = ADAM_LR / (1 - BETA1**t), jnp.sqrt(1 - BETA2**t)
        theta = each(lambda p, m, v: p - lr * m / (jnp.sqrt(v) / root + EPS), theta, first, second)
        return theta, (first, second, t)

    def step(thetas: Tree, states: Tree, x: Tree, y: Tree, batch: Tree) -> tuple[Tree, Tree, Tree]:
        x_batch, y_batch = x[batch], y[batch]
        results = []
        for rule, theta, state in zip((sgd, momentum, adagrad, adam), thetas, states, strict=True):
            value, gradient = jax.value_and_grad(loss)(theta, x_batch, y_batch)
            results.append((*rule(theta, gradient, state), value))
        new_thetas, new_states, losses = zip(*results, strict=True)
        return new_thetas, new_states, jnp.stack(losses)

    return step


def initial_weights(seed: int) -> list[Floats]:
    """He-initialized weights (inputs, outputs) of each layer: those the engine draws."""
    random = stream(seed, WEIGHTS)
    return [
        (He().deviation(inputs) * random.standard_normal((inputs, outputs))).astype(np.float32)
        for inputs, outputs in pairwise(SIZES)
    ]


def minibatches(examples: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Indices of one minibatch after the other, shuffled anew every epoch, without end."""
    random = stream(seed, SAMPLING)
    while True:
        order = random.permutation(examples)
        for start in range(0, examples - BATCH + 1, BATCH):
            yield order[start : start + BATCH]
