"""Landscapes: functions of two variables, and the paths that optimizers take down them.

A surface stands for a loss of two weights: it can be drawn, and an optimizer's steps on it be seen.
Its gradient is exact, so that what is seen is the rule and not the noise of minibatches.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.errors import InputError
from tui_optim.nn.optimizers import OPTIMIZERS, Optimizer
from tui_optim.nn.specs import build

Array = NDArray[np.float64]
Point = tuple[float, float]

FAR = 10
"""A path that is so many pictures away from the middle of the picture has diverged."""


@dataclass(frozen=True)
class Surface:
    """A function f(x, y) with all that is needed to draw it and to walk on it.

    Attributes:
        name: as a person gives it.
        formula: as a text.
        value: f(x, y), elementwise on arrays of one shape.
        gradient: (∂f/∂x, ∂f/∂y), elementwise.
        x_bounds: of the picture.
        y_bounds: of the picture.
        start: where paths begin.
        minima: where f is least in the neighbourhood, the lowest first.
        rates: for every optimizer a learning rate that suits the surface, by name.
        steps: how many show what there is to see.
        logarithmic: whether a picture's colours are of the logarithm of the height above the
            lowest minimum.
    """

    name: str
    formula: str
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], tuple[Array, Array]]
    x_bounds: Point
    y_bounds: Point
    start: Point
    minima: tuple[Point, ...]
    rates: Mapping[str, float]
    steps: int = 100
    logarithmic: bool = False

    def optimizer(self, spec: str) -> Optimizer:
        """The optimizer that a spec names, with the surface's learning rate where it gives none.

        Raises:
            InputError: when the spec is none of an optimizer.
        """
        optimizer = build(OPTIMIZERS, spec, "optimizer")
        given = any(part.startswith("lr=") for part in spec.split(":"))
        return optimizer if given else optimizer.replace(lr=self.rates[optimizer.name])


@dataclass(frozen=True)
class Paths:
    """The ways of some optimizers from one point, all of T steps; NaN from where one diverged.

    Attributes:
        names: the optimizers' specs, K of them.
        points: (K, T + 1, 2), each path's points from the start on.
        values: (K, T + 1), the surface's heights there.
    """

    names: tuple[str, ...]
    points: Array
    values: Array

    def index(self, name: str) -> int:
        """The place of an optimizer, given by its spec or the beginning of it ("adam").

        Raises:
            KeyError: when there is none.
        """
        for index, spec in enumerate(self.names):
            if f"{spec}:".startswith(f"{name}:"):
                return index
        raise KeyError(name)

    def end(self, name: str) -> Array:
        """Where an optimizer is at last, (2,)."""
        return np.array(self.points[self.index(name), -1])

    def height(self, name: str) -> float:
        """How high it is at last."""
        return float(self.values[self.index(name), -1])

    def closest(self, name: str, point: Point) -> float:
        """The least distance of its points from a point."""
        away = self.points[self.index(name)] - np.array(point)
        return float(np.nanmin(np.hypot(away[:, 0], away[:, 1])))

    def reached(self, name: str, height: float) -> float:
        """The step after which it was first as low as that; NaN: never."""
        return _first(self.values[self.index(name)] <= height)

    def diverged(self, name: str) -> float:
        """The step that it diverged in; NaN: none."""
        return _first(np.isnan(self.values[self.index(name)]))


def _first(true: NDArray[np.bool_]) -> float:
    return float(true.argmax()) if true.any() else math.nan


def descend(
    surface: Surface, optimizers: Sequence[Optimizer], start: Point | None = None, steps: int = 100
) -> Paths:
    """Let optimizers go down a surface from one point; those given stay as they are.

    A path has diverged where it overflows or is `FAR` pictures away from the picture's middle.

    Args:
        surface: to go down.
        optimizers: K of them.
        start: where from; the surface's own if None.
        steps: T.

    Raises:
        InputError: when the start is no point on the surface.
    """
    begin = np.array(surface.start if start is None else start, np.float64)
    if begin.shape != (2,) or not _near(surface, begin):
        raise InputError(f"start {start}: expected x, y in or about the picture of {surface.name}")
    points = np.full((len(optimizers), steps + 1, 2), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        for path, optimizer in zip(points, optimizers, strict=True):
            _walk(surface, optimizer.replace(), begin, path)
        values = surface.value(points[..., 0], points[..., 1])
    return Paths(tuple(optimizer.spec for optimizer in optimizers), points, values)


def _walk(surface: Surface, optimizer: Optimizer, begin: Array, path: Array) -> None:
    """Fill a path, (T + 1, 2), up to where it diverges."""
    theta = begin.copy()
    path[0] = theta
    for step in range(1, len(path)):
        optimizer.step(theta, np.array(surface.gradient(theta[0], theta[1])))
        if not _near(surface, theta):
            return
        path[step] = theta


def _near(surface: Surface, theta: Array) -> bool:
    """Whether a point is not so far out as to have diverged."""
    (left, right), (low, high) = surface.x_bounds, surface.y_bounds
    x, y = 2 * theta[0] - left - right, 2 * theta[1] - low - high
    return bool(abs(x) <= 2 * FAR * (right - left) and abs(y) <= 2 * FAR * (high - low))


def _rates(
    sgd: float, momentum: float, adagrad: float, rmsprop: float, adam: float
) -> Mapping[str, float]:
    """A learning rate for every optimizer; each has that of the rule that it is a variant of."""
    return {
        "gd": sgd, "sgd": sgd, "momentum": momentum, "nesterov": momentum,
        "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam, "adamw": adam,
    }  # fmt: skip


def _beale(x: Array, y: Array) -> Array:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_gradient(x: Array, y: Array) -> tuple[Array, Array]:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    along_x = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
    return along_x, 2 * x * (a + 2 * b * y + 3 * c * y**2)


SURFACES: Mapping[str, Surface] = {
    surface.name: surface
    for surface in (
        Surface(
            name="bowl",
            formula="x²/20 + y²",
            value=lambda x, y: x**2 / 20 + y**2,
            gradient=lambda x, y: (x / 10, 2 * y),
            x_bounds=(-10, 10),
            y_bounds=(-5, 5),
            start=(-7, 2),
            minima=((0, 0),),
            rates=_rates(sgd=0.95, momentum=0.1, adagrad=1.5, rmsprop=0.3, adam=0.3),
            steps=30,
        ),
        Surface(
            name="beale",
            formula="(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
            value=_beale,
            gradient=_beale_gradient,
            x_bounds=(-4.5, 4.5),
            y_bounds=(-4.5, 4.5),
            start=(1, 1.5),
            minima=((3, 0.5),),
            rates=_rates(sgd=0.02, momentum=0.003, adagrad=1, rmsprop=0.03, adam=0.3),
            steps=200,
            logarithmic=True,
        ),
        Surface(
            name="rosenbrock",
            formula="(1 − x)² + 100 (y − x²)²",
            value=lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
            gradient=lambda x, y: (
                2 * (x - 1) - 400 * x * (y - x**2),
                200 * (y - x**2),
            ),
            x_bounds=(-2, 2),
            y_bounds=(-1, 3),
            start=(-1.2, 1),
            minima=((1, 1),),
            rates=_rates(sgd=0.002, momentum=0.001, adagrad=1, rmsprop=0.02, adam=0.3),
            steps=300,
            logarithmic=True,
        ),
        Surface(
            name="saddle",
            formula="x² − y² + y⁴/2",
            value=lambda x, y: x**2 - y**2 + y**4 / 2,
            gradient=lambda x, y: (2 * x, 2 * y**3 - 2 * y),
            x_bounds=(-2, 2),
            y_bounds=(-1.5, 1.5),
            start=(-1.5, 0.0001),
            minima=((0, 1), (0, -1)),
            rates=_rates(sgd=0.1, momentum=0.03, adagrad=0.3, rmsprop=0.05, adam=0.1),
            steps=100,
        ),
        Surface(
            name="double-well",
            formula="(x² − 1)² + 0.3x + y²",
            value=lambda x, y: (x**2 - 1) ** 2 + 0.3 * x + y**2,
            gradient=lambda x, y: (4 * x**3 - 4 * x + 0.3, 2 * y),
            x_bounds=(-2.2, 2.2),
            y_bounds=(-1.5, 1.5),
            start=(1.8, 1),
            minima=((-1.0355787140888542, 0), (0.9601495555191059, 0)),
            rates=_rates(sgd=0.02, momentum=0.02, adagrad=0.3, rmsprop=0.05, adam=0.1),
            steps=60,
        ),
    )
}
"""By name."""
