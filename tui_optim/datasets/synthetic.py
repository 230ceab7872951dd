"""Points in the plane, drawn from a seed: problems whose solutions can be seen."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.preparation import Examples

TRAIN, TEST = 1_000, 500

Points = NDArray[np.float64]
Classes = NDArray[np.intp]
Shape = Callable[[Classes, np.random.Generator], Points]


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


SHAPES: dict[str, tuple[Shape, int]] = {
    "moons": (moons, 2),
    "spirals": (spirals, 3),
    "blobs": (blobs, 5),
}
"""Each shape with its number of classes."""


def examples(name: str, seed: int) -> Examples:
    """Draw `TRAIN` and `TEST` points, as many of each class as can be, in random order."""
    shape, classes = SHAPES[name]
    rng = np.random.default_rng(seed)
    y_train = rng.permutation(np.arange(TRAIN) % classes)
    y_test = rng.permutation(np.arange(TEST) % classes)
    return Examples(
        shape(y_train, rng),
        y_train,
        shape(y_test, rng),
        y_test,
        class_names=tuple(str(k) for k in range(classes)),
        feature_names=("x", "y"),
    )
