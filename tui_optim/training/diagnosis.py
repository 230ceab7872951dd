"""Diagnosis: findings, read from the events of a training and from nothing else.

RULES say what is measured, from where on that is bad, and why. A probe, a block of losses or an
evaluation gives readings; a watch of each kind and layer counts them; what it holds is told as a
finding, unless another explains it (CAUSES).
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from tui_optim.events import (
    Change,
    Evaluation,
    Event,
    Finding,
    Layers,
    LayerStatistics,
    Number,
    RunInfo,
    Started,
    Step,
)
from tui_optim.training.advice import sentence
from tui_optim.training.rules import (
    BLOCK,
    BY_KIND,
    CLEAR,
    FEWEST_EXAMPLES,
    MATTERS,
    MOST_LAYERS,
    NEGLIGIBLE,
    OVERSHOOT,
    RANKS,
    RULES,
    SMALL_UPDATE,
    UNLEARNED,
    WINDOW,
)

Place: TypeAlias = tuple[str, int | None]  # a kind and a layer


class Reading(NamedTuple):
    """A value of one kind and layer; where it does not apply, it is good whatever it is."""

    kind: str
    layer: int | None
    value: float
    applies: bool = True


class _Setting(NamedTuple):
    """What all runs of a training share."""

    classes: int
    units: Mapping[int, int]  # of a layer, by index
    few_examples: bool  # in a minibatch

    @classmethod
    def of(cls, started: Started) -> "_Setting":
        size = started.experiment.get("batch_size")
        units = {layer.index: layer.outputs for layer in started.layers[:MOST_LAYERS]}
        few = isinstance(size, int) and size < FEWEST_EXAMPLES
        return cls(started.dataset.classes, units, few)


class _Watch:
    """Counts the readings of one kind and layer."""

    def __init__(self, place: Place) -> None:
        kind, layer = self.place = place
        self.rule, self.rank = BY_KIND[kind], RANKS[kind]
        self.order = (RULES.index(self.rule), layer or 0)
        self.bad = self.good = 0
        self.holds = False
        self.value = math.nan

    def take(self, value: float, applies: bool) -> None:
        self.value = value
        self.bad = self.bad + 1 if applies and self.rule.bad(value) else 0
        self.good = 0 if applies and not self.rule.good(value) else self.good + 1
        self.holds = self.good < CLEAR if self.holds else self.bad >= self.rule.hold

    def explains(self, other: "_Watch") -> bool:
        return self.holds and self.bad > 0 and self.rank < other.rank


class _Losses:
    """The losses of one run, a block at a time; `means` are those of the last blocks."""

    def __init__(self, classes: int) -> None:
        self._guessing = math.log(max(classes, 2))
        self._first: float | None = None
        self._lowest = math.inf
        self.means: deque[float] = deque(maxlen=WINDOW + 1)

    def fold(self, losses: Sequence[float], update: float | None) -> Iterator[Reading]:
        """What a block shows; `update` is the size of the updates, if known."""
        mean = sum(losses) / len(losses)
        if self._first is None:
            self._first, self._lowest = mean, losses[0]
        limit = self._lowest + OVERSHOOT * max(self._guessing, self._lowest)
        thrown = sum(loss > limit for loss in losses) if max(losses) > limit else 0
        yield Reading("oscillating", None, thrown / len(losses))
        self._lowest = min(self._lowest, mean)
        self.means.append(mean)
        if update is not None and len(self.means) > WINDOW and self.means[0] > 0:
            idle = mean > UNLEARNED * self._first and update < SMALL_UPDATE
            yield Reading("stalled", None, 1 - mean / self.means[0], idle)


class _Patient:
    """One run: its watches, and what is said of it."""

    def __init__(self, info: RunInfo, setting: _Setting) -> None:
        self.info = info
        self.diverged = False
        self._setting = setting
        self._losses = _Losses(setting.classes)
        self._updates: deque[float] = deque(maxlen=3)
        self._lowest: tuple[float, float] | None = None  # test loss, and the training loss then
        self._watches: dict[Place, _Watch] = {}
        self._said: dict[frozenset[str], _Watch] = {}  # of a matter

    def add_losses(self, iteration: int, losses: Sequence[float]) -> Iterator[Finding]:
        update = min(self._updates, default=None)
        return self._take(iteration, self._losses.fold(losses, update))

    def add_layers(self, iteration: int, layers: Sequence[LayerStatistics]) -> Iterator[Finding]:
        ratios = sorted(s.update_ratio for s in layers if s.update_ratio is not None)
        if ratios:
            self._updates.append(ratios[len(ratios) // 2])
        return self._take(iteration, _layer_readings(layers, self._setting))

    def add_evaluation(self, iteration: int, test: float, train: float) -> Iterator[Finding]:
        if self._lowest is None or test < self._lowest[0]:
            self._lowest = (test, train)
        lowest, train_then = self._lowest
        learns = train < train_then and test > NEGLIGIBLE
        reading = Reading("overfitting", None, test / lowest - 1 if lowest > 0 else 0.0, learns)
        return self._take(iteration, [reading])

    def diverge(self, iteration: int, loss: Number) -> Iterator[Finding]:
        """All that was said is past; `loss` is the last that was a number."""
        self.diverged = True
        for said in self._said.values():
            yield self._finding(iteration, said.place, None, resolved=True)
        yield self._finding(iteration, ("diverged", None), loss, resolved=False)

    def change_rate(self) -> None:
        self._losses.means.clear()  # what the old one did tells nothing of the new one
        self._updates.clear()

    def _take(self, iteration: int, readings: Iterable[Reading]) -> Iterator[Finding]:
        for kind, layer, value, applies in readings:
            watch = self._watches.get((kind, layer))
            if watch is None:
                watch = self._watches[kind, layer] = _Watch((kind, layer))
            watch.take(value, applies)
        if self._said or any(watch.holds for watch in self._watches.values()):
            for matter in MATTERS:
                yield from self._conclude(iteration, matter)

    def _conclude(self, iteration: int, matter: frozenset[str]) -> Iterator[Finding]:
        """Withdraw what holds no longer or is explained by now; then say what is to be said."""
        watches = [watch for (kind, _), watch in self._watches.items() if kind in matter]
        said = self._said.get(matter)
        if said and (not said.holds or any(w.explains(said) for w in watches)):
            del self._said[matter]
            value = None if said.holds else said.value
            yield self._finding(iteration, said.place, value, resolved=True)
        if matter not in self._said:
            # A symptom waits while what would explain it is only suspected.
            suspected = min((watch.rank for watch in watches if watch.bad), default=0)
            new = [w for w in watches if w.bad and w.holds and w.rank == suspected]
            if new:
                said = self._said[matter] = min(new, key=lambda watch: watch.order)
                yield self._finding(iteration, said.place, said.value, resolved=False)

    def _finding(self, iteration: int, place: Place, value: Number, *, resolved: bool) -> Finding:
        kind, layer = place
        limit = BY_KIND[kind].limits[0] if kind in BY_KIND else None
        finding = Finding(iteration, self.info.name, layer, kind, value, limit, "", resolved)
        return replace(finding, message=sentence(finding, "en", self.info))


def _layer_readings(layers: Sequence[LayerStatistics], setting: _Setting) -> Iterator[Reading]:
    """What a probe shows."""
    *hidden, output = layers
    last, error = hidden[-1].delta_rms, output.delta_rms
    vanished = BY_KIND["vanishing-gradient"].bad
    on_the_way = last is None or not error or not vanished(last / error)
    for index, layer in enumerate(hidden[:MOST_LAYERS], 1):
        spread = 0.0 if layer.weight_norm == 0 else layer.unit_spread
        if spread is not None and setting.units.get(index, 0) > 1:
            yield Reading("symmetric-units", index, spread)
        if layer.delta_rms is not None and error:
            ratio = layer.delta_rms / error
            yield Reading("exploding-gradient", index, ratio)
            yield Reading("vanishing-gradient", index, ratio, on_the_way)
        if layer.name in ("sigmoid", "tanh"):
            if layer.saturated is not None:
                yield Reading("saturated-units", index, layer.saturated)
        elif layer.dead is not None and not setting.few_examples:
            yield Reading("dead-units", index, layer.dead)
        if layer.std is not None:
            yield Reading("collapsed-outputs", index, layer.std)


class Diagnosis:
    """Reads the events of a training, in order, and tells what it finds; bounded in memory.

    A finding is told once, and once more, `resolved`, when it holds no longer (with the last value)
    or another explains it by now (with none). A `started` event begins anew.
    """

    def __init__(self) -> None:
        self._begin(None)

    def follow(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events, and after each the findings that it gives reason for."""
        for event in events:
            findings = self.read(event)
            yield event
            yield from findings

    def _begin(self, started: Started | None) -> None:
        self._patients: dict[str, _Patient] = {}
        if started is not None:
            setting = _Setting.of(started)
            infos = map(started.known, started.runs)
            self._patients = {info.name: _Patient(info, setting) for info in infos}
        self._steps: list[Step] = []
        self._loss: Mapping[str, Number] = {}  # of the last step
        self._examples: int | None = None  # of an evaluation

    def read(self, event: Event) -> list[Finding]:
        """The findings that an event gives reason for."""
        match event:
            case Step():
                return self._read_step(event)
            case Layers():
                patient = self._patients.get(event.run)
                if patient is not None and not patient.diverged and len(event.layers) > 1:
                    return list(patient.add_layers(event.iteration, event.layers))
            case Evaluation():
                return list(self._read_evaluation(event))
            case Change(setting="lr"):
                for name, patient in self._patients.items():
                    if event.run in (None, name):
                        patient.change_rate()
            case Started():
                self._begin(event)
        return []

    def _read_step(self, step: Step) -> list[Finding]:
        findings: list[Finding] = []
        if None in step.loss.values():
            for name, patient in self._running():
                if step.loss.get(name, 0) is None:
                    findings += patient.diverge(step.iteration, self._loss.get(name))
        self._loss = step.loss
        self._steps.append(step)
        if len(self._steps) == BLOCK:
            findings += self._fold(step.iteration)
        return findings

    def _fold(self, iteration: int) -> Iterator[Finding]:
        steps, self._steps = self._steps, []
        for name, patient in self._running():
            losses = [loss for step in steps if (loss := step.loss.get(name)) is not None]
            if losses:
                yield from patient.add_losses(iteration, losses)

    def _read_evaluation(self, event: Evaluation) -> Iterator[Finding]:
        if self._examples is None:
            self._examples = event.examples
        for name, patient in self._running():
            test, train = event.loss.get(name, 0), event.train_loss.get(name, 0)
            if test is None and train is None:  # where it was the last update, no step tells it
                yield from patient.diverge(event.iteration, self._loss.get(name))
            elif test is not None and train is not None and event.examples == self._examples:
                yield from patient.add_evaluation(event.iteration, test, train)

    def _running(self) -> list[tuple[str, _Patient]]:
        return [item for item in self._patients.items() if not item[1].diverged]
