"""Batch normalization, dropout and tanh before the softmax against PyTorch, in float64."""

from itertools import product

import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, MLPStack, Traits, build
from tui_optim.nn.regularizers import BatchNorm

TANH = ACTIVATIONS["tanh"]()
SPECS = ("sigmoid", "tanh", "relu", "leaky_relu:slope=0.3")
EVERY = [
    Traits(build(ACTIVATIONS, spec, "activation"), output, batch_norm, dropout)
    for dropout, batch_norm, output, spec in product((0.3, 0.0), (True, False), (None, TANH), SPECS)
]
STEPS = 6


def relative(ours, theirs):
    """The largest difference, relative to the largest of PyTorch's numbers."""
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


# (of two samples ∂L/∂z is the rounding of what cancels)
@pytest.mark.parametrize("samples", [4, 7, 128])
def test_a_layer_through_several_steps(samples, torch):
    # the same layer in both, far from centred, with steps of γ and β in between
    units, random = 5, np.random.default_rng(samples)
    theirs = torch.nn.BatchNorm1d(units, dtype=torch.float64)
    theta, gradient, running = np.zeros((3, 1, 2 * units))
    ours = BatchNorm([slice(0, 1)], theta, gradient, running)
    ours.reset()
    for _ in range(STEPS):
        z, errors = random.normal(3, [0.1, 1, 2, 5, 30], (2, 1, samples, units))
        x = torch.tensor(z[0], requires_grad=True)
        expected = theirs(x)
        theirs.zero_grad()
        expected.backward(torch.tensor(errors[0]))
        y, x_hat, scratch = z.copy(), np.empty_like(z), np.empty_like(z)
        ours.train(y, x_hat, scratch)
        ours.backward(errors, x_hat, scratch)
        assert relative(y[0], expected.detach().numpy()) <= 1e-12
        assert relative(errors[0], x.grad.numpy()) <= 1e-12
        assert relative(gradient[0, :units], theirs.weight.grad.numpy()) <= 1e-12
        assert relative(gradient[0, units:], theirs.bias.grad.numpy()) <= 1e-12
        assert relative(running[0, :units], theirs.running_mean.numpy()) <= 1e-12
        assert relative(running[0, units:], theirs.running_var.numpy()) <= 1e-12
        theirs.eval()
        ours.evaluate(z)
        assert relative(z[0], theirs(x).detach().numpy()) <= 1e-12
        theirs.train()
        theta -= 0.01 * gradient
        with torch.no_grad():
            theirs.weight -= 0.01 * theirs.weight.grad
            theirs.bias -= 0.01 * theirs.bias.grad


def factors_of(stack, row, samples):
    """What dropout has multiplied the outputs of a row by, layer by layer; None if it has not."""
    if not stack.traits[row].dropout:
        return None
    return [dropped.factors[0] for dropped in stack.buffers(samples).dropped]


@pytest.mark.parametrize("hidden", [(), (30,), (20, 30, 20)], ids=len)
@pytest.mark.parametrize("samples", [8, 128])
def test_whole_networks_through_several_steps(hidden, samples, twin, batches):
    stack = MLPStack((64, *hidden, 10), EVERY, np.float64)
    stack.initialize([INITIALIZERS["he"]()] * len(EVERY), range(len(EVERY)))
    theirs = [twin(stack, row) for row in range(len(EVERY))]
    errors = {}
    for x, y in batches(STEPS, samples):
        evaluated = stack.forward(x, training=False).copy()
        logits = stack.forward(x).copy()
        losses = stack.backward(x, y, lambda index, error: errors.update({index: error.copy()}))
        for row, other in enumerate(theirs):
            assert relative(evaluated[row].T, other.evaluate(x)) <= 1e-11
            loss = other.backward(x, y, factors_of(stack, row, samples))
            assert loss == pytest.approx(losses[row], rel=1e-11)
            assert relative(logits[row].T, other.outputs[-1].detach().numpy()) <= 1e-11
            for index, output in enumerate(other.outputs):
                assert relative(errors[index][row], output.grad.numpy()) <= 1e-11
            theta, gradient = stack.own(row)
            assert relative(gradient, other.gradient) <= 1e-11
            theta -= 0.1 * gradient
            with other.torch.no_grad():
                for parameter in other.parameters:
                    parameter.sub_(0.1 * parameter.grad)
            for norm, own in zip(stack.norms, other.norms, strict=False):
                assert relative(norm.mean[row, 0], own.running_mean.numpy()) <= 1e-11
                assert relative(norm.variance[row, 0], own.running_var.numpy()) <= 1e-11
    dropped = [row for row, traits in enumerate(EVERY) if traits.dropout and hidden]
    assert all((factors_of(stack, row, samples)[0] == 0).any() for row in dropped)
