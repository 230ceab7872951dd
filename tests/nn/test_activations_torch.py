"""The activations against PyTorch's."""

import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, build


@pytest.mark.parametrize(
    "spec", ["sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:slope=0.3", "leaky_relu:slope=0"]
)
def test_values_and_derivatives(spec, torch):
    ours = build(ACTIVATIONS, spec, "activation")
    theirs = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, ours.slope),
    }[ours.name]
    z = np.concatenate([np.linspace(-40, 40, 20001), [-700, -100, 0, 100, 700]])
    tensor = torch.tensor(z, requires_grad=True)
    expected = theirs(tensor)
    expected.sum().backward()

    a, derivative = z.copy(), np.empty_like(z)
    ours.forward(a, np.empty_like(z))
    ours.derivative(a, derivative, np.empty(z.shape, bool))
    eps = np.finfo(float).eps
    np.testing.assert_allclose(a, expected.detach().numpy(), rtol=4 * eps)
    # near saturation the derivative is made of 1 − a, which knows a to one rounding only
    np.testing.assert_allclose(derivative, tensor.grad.numpy(), rtol=4 * eps, atol=2 * eps)


def test_a_float32_sigmoid_keeps_its_relative_accuracy_down_to_minus_80(torch):
    z = np.linspace(-80, 20, 100_001, dtype=np.float32)
    exact = torch.sigmoid(torch.tensor(z.astype(np.float64))).numpy()
    a = z.copy()
    ACTIVATIONS["sigmoid"]().forward(a, np.empty_like(z))
    # units of 2⁻²⁴: NumPy's e^−z is good to 2.5 ulp, 5 of these; + 1 and the reciprocal 1 each
    assert np.abs(a / exact - 1).max() <= 7 * 2.0**-24
