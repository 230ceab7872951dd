"""The loss against PyTorch's cross_entropy."""

import numpy as np
import pytest

from tui_optim.nn import softmax_cross_entropy


@pytest.mark.parametrize(
    ("networks", "classes", "samples"), [(1, 2, 1), (1, 10, 128), (3, 10, 33), (5, 1, 4)]
)
@pytest.mark.parametrize("spread", [0.01, 1, 30, 1000])
def test_value_and_gradient(networks, classes, samples, spread, torch):
    random = np.random.default_rng(0)
    logits = random.normal(0, spread, (networks, classes, samples))
    labels = random.integers(0, classes, samples)

    expected_loss, expected_gradient = np.empty(networks), np.empty_like(logits)
    for row in range(networks):
        tensor = torch.tensor(logits[row].T, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(tensor, torch.tensor(labels))
        loss.backward()
        expected_loss[row], expected_gradient[row] = loss.item(), tensor.grad.numpy().T

    single = logits.astype(np.float32)
    loss = softmax_cross_entropy(logits, labels, gradient=True)
    # logits of size s know their differences to s·2⁻⁵³, and the loss is made of these
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-14, atol=4 * spread * 2.0**-53)
    np.testing.assert_allclose(logits, expected_gradient, rtol=1e-13, atol=1e-15)

    loss = softmax_cross_entropy(single, labels, gradient=True)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-6, atol=8 * spread * 2.0**-24)
    bound = 1e-6 + 16 * spread * 2.0**-24  # a rounding of z by δ changes a share by ¼ δ at most
    np.testing.assert_allclose(single, expected_gradient, rtol=0, atol=bound / samples)
