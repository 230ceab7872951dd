"""Landscape: what view 4 shows of optimizers on a surface; immutable, so that a change is seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np

from tui_optim.experiment import LECTURE
from tui_optim.lessons.lesson import SurfacePage
from tui_optim.nn.landscapes import SURFACES, Paths, Point, Surface, descend
from tui_optim.nn.optimizers import OPTIMIZERS, Optimizer
from tui_optim.nn.specs import build
from tui_optim.tui.view import ASCII_SIGNS, COLORS, LIGHT_COLORS, SIGNS

RACE = tuple(name for name in LECTURE if name != "gd")  # on a surface gd and sgd are the same
PACES = (1.0, 5.0, 20.0, 100.0)
"""Steps a second."""
MOST_STEPS = 1000
NUDGE = 1 / 40
"""How far a key moves the start, as a share of the picture."""
RATES = (1e-9, 1e9)
"""Learning rates stay in here."""


class Place(NamedTuple):
    """Where an optimizer is: all that the table says of it."""

    name: str
    lr: float
    height: float | None
    distance: float | None
    diverged: int | None


@dataclass(frozen=True)
class Landscape:
    """Optimizers that go down a surface together from one point.

    Attributes:
        surface: its name.
        specs: of the optimizers, each with its learning rate.
        start: where they begin; None is the surface's own start.
        steps: how many they take.
        pace: steps a second.
        time: the steps that are over, with a part of the next.
        paused: whether they stand still.
        selected: the index of the one that keys act on.
        hidden: the indices of those that are not drawn.
    """

    surface: str
    specs: tuple[str, ...]
    start: Point | None = None
    steps: int = 100
    pace: float = PACES[1]
    time: float = 0.0
    paused: bool = False
    selected: int = 0
    hidden: frozenset[int] = frozenset()

    @classmethod
    def on(cls, surface: str, optimizers: Sequence[str] = RACE) -> Self:
        """A race on a surface; optimizers without a learning rate get the surface's."""
        ground = SURFACES[surface]
        specs = tuple(ground.optimizer(spec).spec for spec in optimizers)
        pace = next((pace for pace in PACES if ground.steps <= 20 * pace), PACES[-1])
        return cls(surface, specs, steps=ground.steps, pace=pace)

    @classmethod
    def of(cls, page: SurfacePage) -> Self:
        """What a page of a lesson shows."""
        race = cls.on(page.surface, page.optimizers)
        selected = page.optimizers.index(page.selected or page.optimizers[0])
        shown = replace(race, start=page.start, steps=page.steps, pace=page.pace)
        return replace(shown, selected=selected)

    # What is to be seen.

    @property
    def ground(self) -> Surface:
        """The surface."""
        return SURFACES[self.surface]

    @property
    def begin(self) -> Point:
        """Where the paths begin."""
        return self.ground.start if self.start is None else self.start

    @property
    def step(self) -> int:
        """How many steps are seen."""
        return int(self.time)

    @property
    def arrived(self) -> bool:
        """Whether the whole paths are seen."""
        return self.time >= self.steps

    @property
    def paths(self) -> Paths:
        """The whole paths."""
        return _paths(self.surface, self.specs, self.begin, self.steps)

    @property
    def places(self) -> list[Place]:
        """Where each is by now."""
        minima = np.array(self.ground.minima)
        places = []
        for spec, points, values in zip(
            self.specs, self.paths.points, self.paths.values, strict=True
        ):
            optimizer = _optimizer(spec)
            lost = np.flatnonzero(np.isnan(values[: self.step + 1]))
            height, distance = None, None
            if not lost.size:
                height = float(values[self.step])
                distance = float(np.hypot(*(minima - points[self.step]).T).min())
            diverged = int(lost[0]) if lost.size else None
            places.append(Place(optimizer.name, optimizer.lr, height, distance, diverged))
        return places

    def sign(self, index: int, *, ascii_only: bool) -> str:
        """An optimizer's sign: the one that it has in the lecture's race, if it has it alone."""
        return (ASCII_SIGNS if ascii_only else SIGNS)[self._order[index]]

    def color(self, index: int, *, dark: bool) -> str:
        """Its colour, likewise."""
        return (COLORS if dark else LIGHT_COLORS)[self._order[index]]

    @property
    def _order(self) -> Sequence[int]:
        names = [spec.partition(":")[0] for spec in self.specs]
        known = list(dict.fromkeys((*LECTURE, *OPTIMIZERS)))
        alone = len(set(names)) == len(names)
        return [known.index(name) for name in names] if alone else range(len(names))

    # What time and keys do to it.

    def after(self, seconds: float) -> Self:
        """So much later."""
        if self.paused or self.arrived:
            return self
        return replace(self, time=min(self.time + self.pace * seconds, self.steps))

    def pause(self) -> Self:
        """Stand still, or go on; at the end, once more from the start."""
        if self.arrived and not self.paused:
            return replace(self, time=0.0)
        return replace(self, paused=not self.paused)

    def advance(self) -> Self:
        """A single step, paused."""
        return replace(self, paused=True, time=float(min(self.step + 1, self.steps)))

    def restart(self) -> Self:
        """From the start."""
        return replace(self, time=0.0, paused=False)

    def extend(self) -> Self:
        """As many steps again."""
        return replace(self, steps=min(2 * self.steps, MOST_STEPS))

    def faster(self, by: int) -> Self:
        """At the next pace, or the one before."""
        paces = [pace for pace in PACES if (pace - self.pace) * by > 0]
        return replace(self, pace=(min if by > 0 else max)(paces, default=self.pace))

    def another(self, by: int) -> Self:
        """The same optimizers on the next surface, at its learning rates."""
        names = list(SURFACES)
        surface = names[(names.index(self.surface) + by) % len(names)]
        race = dict.fromkeys(spec.partition(":")[0] for spec in self.specs)
        return replace(self.on(surface, tuple(race)), paused=self.paused)

    def select(self, by: int) -> Self:
        """The optimizer so many further down."""
        return replace(self, selected=(self.selected + by) % len(self.specs))

    def hide(self) -> Self:
        """Without the selected one, or with it again."""
        return replace(self, hidden=self.hidden ^ {self.selected})

    def scale(self, factor: float) -> Self:
        """With the selected one's learning rate times a factor."""
        return self._scaled(factor, {self.selected})

    def scale_all(self, factor: float) -> Self:
        """With all learning rates times a factor."""
        return self._scaled(factor, set(range(len(self.specs))))

    def run(self, optimizers: Sequence[str]) -> Self:
        """With other optimizers; one that runs keeps its settings."""
        kept = {spec.partition(":")[0]: spec for spec in self.specs}
        specs = [kept.get(name) or self.ground.optimizer(name).spec for name in optimizers]
        changed = replace(self, specs=tuple(specs), selected=0, hidden=frozenset())
        return changed._begun()

    def move(self, right: float, up: float) -> Self:
        """With the start moved by so many nudges."""
        (left, far), (low, high) = self.ground.x_bounds, self.ground.y_bounds
        x, y = self.begin
        step = NUDGE * right * (far - left), NUDGE * up * (high - low)
        return self.begin_at(x + step[0], y + step[1])

    def begin_at(self, x: float, y: float) -> Self:
        """With the start at a point of the picture."""
        (left, right), (low, high) = self.ground.x_bounds, self.ground.y_bounds
        start = min(max(x, left), right), min(max(y, low), high)
        return replace(self, start=start)._begun()

    def _scaled(self, factor: float, which: set[int]) -> Self:
        specs = [
            _with_rate(spec, factor) if i in which else spec for i, spec in enumerate(self.specs)
        ]
        return replace(self, specs=tuple(specs))._begun()

    def _begun(self) -> Self:
        """From the start, but while paused: what has changed is seen at once then."""
        return self if self.paused else replace(self, time=0.0)


@lru_cache(64)
def _optimizer(spec: str) -> Optimizer:
    return build(OPTIMIZERS, spec, "optimizer")


def _with_rate(spec: str, factor: float) -> str:
    optimizer = _optimizer(spec)
    low, high = RATES
    return optimizer.replace(lr=min(max(factor * optimizer.lr, low), high)).spec


@lru_cache(8)
def _paths(surface: str, specs: tuple[str, ...], start: Point, steps: int) -> Paths:
    return descend(SURFACES[surface], [_optimizer(spec) for spec in specs], start, steps)
