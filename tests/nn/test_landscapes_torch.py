"""Paths down a surface against PyTorch's optimizers and its automatic gradient."""

import numpy as np
import pytest

from tui_optim.nn.landscapes import SURFACES, descend


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize(
    ("spec", "kind", "settings"),
    [
        ("adam:lr=0.1", "Adam", {"lr": 0.1}),
        ("momentum:lr=0.001", "SGD", {"lr": 0.001, "momentum": 0.9}),
        ("rmsprop:lr=0.02:eps_inside_root=false", "RMSprop", {"lr": 0.02, "alpha": 0.9}),
    ],
)
def test_a_path_is_pytorchs(surface, spec, kind, settings, torch):
    theta = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, kind)([theta], **settings)
    expected = [theta.detach().numpy().copy()]
    for _ in range(50):
        optimizer.zero_grad()
        surface.value(*theta).backward()
        optimizer.step()
        expected.append(theta.detach().numpy().copy())
    paths = descend(surface, [surface.optimizer(spec)], steps=50)
    np.testing.assert_allclose(paths.points[0], expected, rtol=1e-8, atol=1e-9)
    assert np.hypot(*(paths.end(spec) - surface.start)) > 0.1  # it has gone somewhere
