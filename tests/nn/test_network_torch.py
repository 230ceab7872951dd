"""Stacks of networks against PyTorch's autograd, in float64."""

import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, MLPStack, build

ACTIVATION_SPECS = ("sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:slope=0.3")


def relative(ours, theirs):
    """The largest difference, relative to the largest of PyTorch's numbers."""
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


def make_stack(hidden, initializer):
    activations = [build(ACTIVATIONS, spec, "activation") for spec in ACTIVATION_SPECS]
    stack, count = MLPStack((64, *hidden, 10), activations, np.float64), len(activations)
    stack.initialize([build(INITIALIZERS, initializer, "initializer")] * count, range(count))
    for layer in stack.layers:
        shape = layer.biases.shape
        layer.biases[...] = np.linspace(-0.2, 0.2, layer.biases.size).reshape(shape)
    return stack


@pytest.mark.parametrize("hidden", [(), (30,), (30, 20), (20,) * 6], ids=len)
@pytest.mark.parametrize("initializer", ["normal:std=0.3", "he"])
@pytest.mark.parametrize("samples", [1, 7, 128])
def test_outputs_losses_gradients_and_errors(hidden, initializer, samples, twin, batches):
    stack = make_stack(hidden, initializer)
    ((x, y),) = batches(1, samples)
    logits = stack.forward(x).copy()
    errors = {}
    losses = stack.backward(x, y, lambda index, error: errors.setdefault(index, error.copy()))
    assert list(errors) == list(range(len(stack.layers)))[::-1]

    for row in range(len(stack.theta)):
        theirs = twin(stack, row)
        assert theirs.backward(x, y) == pytest.approx(losses[row], rel=1e-12)
        assert relative(logits[row].T, theirs.outputs[-1].detach().numpy()) <= 1e-12
        assert relative(stack.gradient[row], theirs.gradient) <= 1e-12
        for index, output in enumerate(theirs.outputs):
            assert relative(errors[index][row], output.grad.numpy()) <= 1e-12
        start = 0
        for layer in theirs.layers:  # small as a layer's gradient may be beside the others'
            for parameter in (layer.weight, layer.bias):
                expected = theirs.flat([parameter.grad])
                ours = stack.gradient[row, start : start + expected.size]
                assert relative(ours, expected) <= 1e-12
                start += expected.size
