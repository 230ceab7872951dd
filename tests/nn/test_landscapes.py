"""Landscapes: surfaces, and paths down them, against differences and computation by hand."""

import numpy as np
import pytest

from tui_optim.errors import InputError
from tui_optim.nn.landscapes import FAR, SURFACES, descend
from tui_optim.nn.optimizers import OPTIMIZERS

BOWL = SURFACES["bowl"]
surfaces = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)


def inside(surface, count=200):
    rng = np.random.default_rng(0)
    return rng.uniform(*surface.x_bounds, count), rng.uniform(*surface.y_bounds, count)


@surfaces
def test_the_gradient_is_that_of_the_value(surface):
    (x, y), h = inside(surface), 1e-5
    along_x = (surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h)
    along_y = (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h)
    # what is rounded in a difference of values is relative to the values
    slack = 1e-7 * (1 + np.abs(surface.value(x, y)).max())
    np.testing.assert_allclose(surface.gradient(x, y), (along_x, along_y), rtol=1e-6, atol=slack)


@surfaces
def test_the_minima_are_the_lowest_points_about_and_the_first_is_the_lowest(surface):
    heights = [surface.value(np.float64(x), np.float64(y)) for x, y in surface.minima]
    assert heights == sorted(heights)
    assert surface.value(*inside(surface, 10_000)).min() >= heights[0]
    for (x, y), height in zip(surface.minima, heights, strict=True):
        np.testing.assert_allclose(surface.gradient(x, y), 0, atol=1e-12)
        angle = np.linspace(0, 2 * np.pi, 60)
        assert np.all(surface.value(x + 0.1 * np.cos(angle), y + 0.1 * np.sin(angle)) > height)


@surfaces
def test_the_formula_is_what_is_computed(surface):
    text = surface.formula.translate(str.maketrans({"−": "-", "²": "**2", "³": "**3", "⁴": "**4"}))
    for product, written in (("0.3x", "0.3*x"), ("xy", "x*y"), ("100 (", "100*(")):
        text = text.replace(product, written)
    x, y = inside(surface)
    expected = eval(text, {"x": x, "y": y})
    np.testing.assert_allclose(surface.value(x, y), expected, rtol=1e-12)


@surfaces
def test_every_optimizer_gets_down_at_the_rate_that_suits_the_surface(surface):
    paths = descend(surface, [surface.optimizer(name) for name in OPTIMIZERS], steps=surface.steps)
    assert np.isfinite(paths.points).all()
    lowest = surface.value(*np.array(surface.minima[0], float))
    fall = paths.values[:, 0] - lowest
    poor = surface.value(*np.array(surface.minima[-1], float)) - lowest
    assert np.all(paths.values[:, -1] - lowest < 1.1 * poor + 0.1 * fall)


def test_sgd_and_momentum_step_as_by_hand():
    paths = descend(
        BOWL, [BOWL.optimizer("sgd:lr=0.5"), BOWL.optimizer("momentum:lr=0.1")], steps=2
    )
    # the gradient of x²/20 + y² is (x/10, 2y): (−0.7, 4) at (−7, 2)
    np.testing.assert_allclose(paths.points[0], [(-7, 2), (-6.65, 0), (-6.3175, 0)], atol=1e-12)
    # v₁ = 0.1 (−0.7, 4) = (−0.07, 0.4); v₂ = 0.9 v₁ + 0.1 (−0.693, 3.2) = (−0.1323, 0.68)
    np.testing.assert_allclose(paths.points[1], [(-7, 2), (-6.93, 1.6), (-6.7977, 0.92)])
    np.testing.assert_allclose(paths.values[0], [6.45, 6.65**2 / 20, 6.3175**2 / 20])
    assert paths.points.dtype == paths.values.dtype == np.float64
    assert paths.points.shape == (2, 3, 2)


def test_paths_are_found_by_name_and_tell_of_themselves():
    optimizers = [BOWL.optimizer(spec) for spec in ("adamw", "adam:lr=0.2", "sgd", "sgd:lr=0.1")]
    paths = descend(BOWL, optimizers, start=(3, -4), steps=50)
    assert [paths.index(name) for name in ("adam", "sgd", "sgd:lr=0.1")] == [1, 2, 3]
    with pytest.raises(KeyError):
        paths.index("gd")
    assert tuple(paths.end("adam")) == tuple(paths.points[1, -1])
    assert paths.height("adam") == paths.values[1, -1]
    assert paths.closest("sgd:lr=0.1", (3, -4)) == 0
    ends = paths.points[3, -1]
    assert paths.closest("sgd:lr=0.1", (0, 0)) == pytest.approx(np.hypot(*ends))
    first = paths.reached("sgd:lr=0.1", 1)
    assert paths.values[3, int(first)] <= 1 < paths.values[3, int(first) - 1]
    assert np.isnan(paths.reached("sgd:lr=0.1", -1))
    assert np.isnan(paths.diverged("sgd"))


def test_what_is_given_is_not_changed_and_paths_can_be_walked_again():
    optimizers, start = [BOWL.optimizer("adam")], np.array([1.0, 1.0])
    first = descend(BOWL, optimizers, start)
    again = descend(BOWL, optimizers, start)
    np.testing.assert_array_equal(first.points, again.points)
    assert optimizers[0].steps == 0
    assert tuple(start) == (1, 1)


@pytest.mark.parametrize("name", ["bowl", "rosenbrock", "double-well"])
def test_a_path_that_diverges_is_nan_from_there_on(name):
    surface = SURFACES[name]
    paths = descend(surface, [surface.optimizer("sgd:lr=1.5"), surface.optimizer("adam")], steps=40)
    lost = int(paths.diverged("sgd"))
    assert 0 < lost < 40
    assert np.isnan(paths.points[0, lost:]).all()
    assert np.isnan(paths.values[0, lost:]).all()
    assert np.isfinite(paths.points[0, :lost]).all()
    assert np.isfinite(paths.points[1]).all()
    np.testing.assert_array_equal(paths.end("sgd"), [np.nan, np.nan])
    assert np.isfinite(paths.closest("sgd", surface.minima[0]))


def test_a_spec_without_a_learning_rate_gets_the_surfaces():
    assert BOWL.optimizer("momentum:momentum=0.5").spec == "momentum:lr=0.1:momentum=0.5"
    assert BOWL.optimizer("sgd:lr=0.01").lr == 0.01  # its default, but given
    assert set(BOWL.rates) == set(OPTIMIZERS)
    with pytest.raises(InputError, match="unknown optimizer 'adan'"):
        BOWL.optimizer("adan")


@pytest.mark.parametrize("start", [(np.nan, 0), (20 * FAR + 1, 0), (1,), (1, 2, 3)])
def test_a_start_that_is_no_point_about_the_picture_is_refused(start):
    with pytest.raises(InputError, match="expected x, y in or about the picture of bowl"):
        descend(BOWL, [BOWL.optimizer("sgd")], start)
