"""What a lesson is made of: pages, each with something to see, a short text, and claims.

A lesson says what the lecture claims and measures it. A claim is a number, taken from what a page
shows, and the range in which it has to be.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from tui_optim import datasets
from tui_optim.experiment import Experiment
from tui_optim.language import Words
from tui_optim.lessons.results import Results
from tui_optim.nn.landscapes import Paths, Point

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Claim(Generic[Shown]):
    """A statement that can be checked: a measured number has to lie in a range.

    Attributes:
        said: the statement, in a sentence.
        formula: the number, from what the page shows; it may raise `UnknownError`.
        least: the range's lower end.
        most: its upper end.
        form: how the number is written, as a format specification.
        expected: whether it holds on the numbers; False for what the lecture says and the numbers
            do not bear out; None where chance decides, and it is told as it comes out.
    """

    said: Words
    formula: Callable[[Shown], float]
    least: float = -math.inf
    most: float = math.inf
    form: str = ".3g"
    expected: bool | None = True

    def measure(self, shown: Shown) -> float | None:
        """The number; None where it cannot be told, or not yet."""
        try:
            with np.errstate(divide="ignore", invalid="ignore"):  # what comes of it is no number
                value = float(self.formula(shown))
        except (LookupError, ArithmeticError, ValueError):
            return None  # what it is about may have been changed away, or be nothing yet
        return None if math.isnan(value) else value

    def holds(self, value: float) -> bool:
        """Whether the measured number is in the range."""
        return self.least <= value <= self.most


@dataclass(frozen=True, kw_only=True)
class Page:
    """One thing to see.

    Attributes:
        title: in a few words.
        see: what is to be seen.
        why: the reason for it.
        attempt: what to try, with the keys to press.
        claims: of what it shows.
    """

    title: Words
    see: Words
    why: Words
    attempt: Words
    claims: tuple[Claim[Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrainingPage(Page):
    """A training to watch. One of a single iteration on `gaussian` data is a forward pass.

    Attributes:
        options: of the Experiment.
        pace: iterations a second at most; None is full speed. Where MNIST takes more iterations,
            there are more a second.
        view: the number of the view that opens: 1 the overview, 2 the selected run's layers, 3 all
            runs × all layers.
        selected: the run whose layers are shown; "" is the first.
        look: more of how it is shown, as fields of the screens' View (log_y, smoothing, statistic).
        mnist: options that win where MNIST is on this machine: it then takes the digits' place;
            None: it does not.
        claims: of the results.
    """

    options: Mapping[str, Any]
    pace: float | None = None
    view: int = 1
    selected: str = ""
    look: Mapping[str, Any] | None = None
    mnist: Mapping[str, Any] | None = None
    claims: tuple[Claim[Results], ...] = ()

    def experiment(self, seed: int = 0, data_dir: str | None = None) -> Experiment:
        """What the page trains, on this machine.

        Args:
            seed: of the weights and the minibatches.
            data_dir: where MNIST is looked for first; nothing is downloaded.

        Raises:
            InputError: for a seed that cannot be.
        """
        options = {**self.options, "seed": seed}
        if self.mnist is not None and _has_mnist(data_dir):
            options |= {"data": "mnist", "data_dir": data_dir, **self.mnist}
        return Experiment(**options)

    def pace_of(self, experiment: Experiment) -> float | None:
        """The pace at which it takes as long as it does on the digits."""
        if self.pace is None:
            return None
        return self.pace * experiment.iterations / float(self.options["iterations"])


@dataclass(frozen=True, kw_only=True)
class FunctionsPage(Page):
    """The activation functions and their derivatives, drawn.

    Attributes:
        activations: their specs.
        claims: of nothing but the functions.
    """

    activations: tuple[str, ...]
    claims: tuple[Claim[None], ...] = ()


@dataclass(frozen=True, kw_only=True)
class SurfacePage(Page):
    """Optimizers going down a surface, drawn as a contour picture.

    Attributes:
        surface: the name of one of SURFACES.
        optimizers: their specs; one without a learning rate has the surface's for it.
        selected: the optimizer that keys act on and whose path lies on top; "" is the first.
        start: where they begin; None is where the surface's paths do.
        steps: how many.
        pace: steps a second.
        claims: of the paths.
    """

    surface: str
    optimizers: tuple[str, ...]
    selected: str = ""
    start: Point | None = None
    steps: int = 100
    pace: float = 10
    claims: tuple[Claim[Paths], ...] = ()


@dataclass(frozen=True)
class Row:
    """A line of the table of remedies; `lesson` is the name of the one that shows it."""

    symptom: Words
    cause: Words
    remedy: Words
    source: Words
    lesson: str


@dataclass(frozen=True, kw_only=True)
class TablePage(Page):
    """A table: what is seen, why, what helps, who found it and when."""

    rows: tuple[Row, ...]
    claims: tuple[Claim[None], ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        name: on the command line.
        title: in a few words.
        pages: in order.
    """

    name: str
    title: Words
    pages: tuple[Page, ...]


def _has_mnist(data_dir: str | None) -> bool:
    return any(entry.name == "mnist" and entry.is_here for entry in datasets.catalog(data_dir))
