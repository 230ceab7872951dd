"""Drawn from a seed: points in the plane, whose solutions can be seen, and plain noise."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.preparation import Examples

TRAIN, TEST = 1_000, 500
NOISE_FEATURES = 100

Points = NDArray[np.float64]
Classes = NDArray[np.intp]
Draw = Callable[[Classes, np.random.Generator], Points]


def moons(y: Classes, rng: np.random.Generator) -> Points:
    """Two interleaved half circles.

    With t uniform in [0, π], class 0 is (cos t, sin t) and class 1 is (1 - cos t, ½ - sin t);
    noise N(0, 0.15²) is added to both coordinates. Source: scikit-learn's `make_moons`.

    Args:
        y: Class of each point, shape (n,).
        rng: Where randomness comes from.

    Returns:
        Points, shape (n, 2).
    """
    t = rng.uniform(0, np.pi, len(y))
    x = np.stack([np.cos(t), np.sin(t)], axis=1)
    x[y == 1] = np.array([1, 0.5]) - x[y == 1]
    return x + rng.normal(0, 0.15, x.shape)


def spirals(y: Classes, rng: np.random.Generator) -> Points:
    """Three interleaved arms of a spiral.

    With r uniform in [0, 1] and θ = 4(k + r) + N(0, 0.2²), class k is (r sin θ, r cos θ).
    Source: Stanford CS231n, "Putting it together: Minimal Neural Network Case Study".

    Args:
        y: Class of each point, shape (n,).
        rng: Where randomness comes from.

    Returns:
        Points, shape (n, 2).
    """
    r = rng.uniform(0, 1, len(y))
    theta = 4 * (y + r) + rng.normal(0, 0.2, len(y))
    return np.stack([r * np.sin(theta), r * np.cos(theta)], axis=1)


def blobs(y: Classes, rng: np.random.Generator) -> Points:
    """Five round clouds in a ring.

    Class k is normally distributed, with covariance 0.8² I, about 3 (cos 2πk/5, sin 2πk/5): a
    mixture of isotropic Gaussians. Source: Bishop, "Pattern Recognition and Machine Learning"
    (2006), section 2.3.9.

    Args:
        y: Class of each point, shape (n,).
        rng: Where randomness comes from.

    Returns:
        Points, shape (n, 2).
    """
    angle = 2 * np.pi * y / 5
    return rng.normal(3 * np.stack([np.cos(angle), np.sin(angle)], axis=1), 0.8)


def gaussian(y: Classes, rng: np.random.Generator) -> Points:
    """Standard-normal noise, whatever the class: nothing to learn, but inputs to send through.

    Args:
        y: Class of each example, shape (n,).
        rng: Where randomness comes from.

    Returns:
        Inputs, shape (n, `NOISE_FEATURES`).
    """
    return rng.standard_normal((len(y), NOISE_FEATURES))


@dataclass(frozen=True)
class Problem:
    """What is drawn, for how many classes, and what its features are called."""

    draw: Draw
    classes: int
    feature_names: tuple[str, ...] | None = ("x", "y")


PROBLEMS = {
    "moons": Problem(moons, 2),
    "spirals": Problem(spirals, 3),
    "blobs": Problem(blobs, 5),
    "gaussian": Problem(gaussian, 10, feature_names=None),
}


def examples(name: str, seed: int) -> Examples:
    """Draw `TRAIN` and `TEST` examples, as many of each class as can be, in random order."""
    problem = PROBLEMS[name]
    rng = np.random.default_rng(seed)
    y_train = rng.permutation(np.arange(TRAIN) % problem.classes)
    y_test = rng.permutation(np.arange(TEST) % problem.classes)
    return Examples(
        problem.draw(y_train, rng),
        y_train,
        problem.draw(y_test, rng),
        y_test,
        class_names=tuple(str(k) for k in range(problem.classes)),
        feature_names=problem.feature_names,
    )
