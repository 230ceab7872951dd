"""What the tests of the mathematics share: real batches, PyTorch's twin of a network, a meter."""

import tracemalloc

import numpy as np
import pytest

from tui_optim.datasets import load


@pytest.fixture(scope="session")
def batches():
    """A function of a count and a batch size: that many batches of real digits, in float64."""
    data = load("digits")
    x, y = data.x_train.astype(np.float64), data.y_train

    def draw(count, size):
        random = np.random.default_rng(0)
        chosen = (random.choice(len(x), size, replace=False) for _ in range(count))
        return [(x[rows], y[rows]) for rows in chosen]

    return draw


@pytest.fixture
def peak_memory():
    """A function that calls another and tells the bytes that it had allocated at the most."""

    def measure(function):
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            function()
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    return measure


@pytest.fixture
def torch():
    """PyTorch, on one thread."""
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install -e '.[compare]'"
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


class Twin:
    """PyTorch's network, in float64, with the parameters of one row of a stack.

    Vectors of parameters come in the stack's order: layer by layer weights (inputs × outputs),
    then biases; at the end batch normalization's scales and shifts. PyTorch keeps weights as
    (outputs × inputs).
    """

    def __init__(self, torch, stack, row):
        self.torch = torch
        hidden = {
            "sigmoid": lambda _: torch.sigmoid,
            "tanh": lambda _: torch.tanh,
            "relu": lambda _: torch.relu,
            "leaky_relu": lambda ours: torch.nn.LeakyReLU(ours.slope),
        }
        traits = stack.traits[row]
        self.activation = hidden[traits.activation.name](traits.activation)
        self.bounded = traits.output_activation is not None
        self.layers = []
        for layer in stack.layers:
            linear = torch.nn.Linear(layer.inputs, layer.outputs, dtype=torch.float64)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(layer.weights[row].T))
                linear.bias.copy_(torch.tensor(layer.biases[row, 0]))
            self.layers.append(linear)
        self.norms = []
        for norm in stack.norms if traits.batch_norm else []:
            own = torch.nn.BatchNorm1d(norm.gamma.shape[2], dtype=torch.float64)
            with torch.no_grad():
                own.weight.copy_(torch.tensor(norm.gamma[row, 0]))
                own.bias.copy_(torch.tensor(norm.beta[row, 0]))
            self.norms.append(own)
        linear_and_norms = [*self.layers, *self.norms]
        self.parameters = [part for each in linear_and_norms for part in (each.weight, each.bias)]

    def forward(self, x, factors=None):
        """The logits; keeps every layer's outputs, before dropout multiplies them by factors."""
        a, self.outputs = self.torch.tensor(x), []
        for index, layer in enumerate(self.layers[:-1]):
            z = layer(a)
            self.outputs.append(self.activation(self.norms[index](z) if self.norms else z))
            a = self.outputs[-1]
            if factors is not None:
                a = a * self.torch.tensor(factors[index])
        z = self.layers[-1](a)
        self.outputs.append(z.tanh() if self.bounded else z)
        return self.outputs[-1]

    def evaluate(self, x):
        """The logits in evaluation mode."""
        with self.torch.no_grad():
            for norm in self.norms:
                norm.eval()
            logits = self.forward(x).numpy()
            for norm in self.norms:
                norm.train()
        return logits

    def backward(self, x, y, factors=None):
        """Set the gradients of a batch; the loss, and every layer's outputs with their grad."""
        for parameter in self.parameters:
            parameter.grad = None
        logits = self.forward(x, factors)
        for outputs in self.outputs:
            outputs.retain_grad()
        loss = self.torch.nn.functional.cross_entropy(logits, self.torch.tensor(y))
        loss.backward()
        return loss.item()

    def flat(self, tensors):
        """A copy, as one vector, of tensors shaped like the parameters."""
        return np.concatenate([tensor.detach().numpy().T.ravel() for tensor in tensors])

    @property
    def theta(self):
        return self.flat(self.parameters)

    @property
    def gradient(self):
        return self.flat([parameter.grad for parameter in self.parameters])


@pytest.fixture
def twin(torch):
    """A function of a stack and a row: PyTorch's network of the same parameters."""
    return lambda stack, row=0: Twin(torch, stack, row)
