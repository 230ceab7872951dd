"""Diagnosis: findings, read from the events of a training and from nothing else.

RULES say what is measured, from where on that is bad, and why. A probe, a block of losses or an
evaluation gives readings; a watch of each kind and layer counts them; what it holds is told as a
finding, unless another explains it (CAUSES).
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui_optim.errors import InputError
from tui_optim.events import (
    Change,
    Evaluation,
    Event,
    Finding,
    Layers,
    LayerStatistics,
    Number,
    PerRun,
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
from tui_optim.training.saved import Saved, State

Place: TypeAlias = tuple[str, int | None]  # a kind and a layer
Known: TypeAlias = Mapping[str, NDArray[Any]]
PROBES = 3  # of which the sizes of the updates are known


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
    """The losses of one run, a block at a time: the first mean, the lowest, and the last ones."""

    def __init__(self, classes: int) -> None:
        self._guessing = math.log(max(classes, 2))
        self.first = math.nan
        self.lowest = math.inf
        self.means: deque[float] = deque(maxlen=WINDOW + 1)

    def fold(self, losses: Sequence[float], update: float | None) -> Iterator[Reading]:
        """What a block shows; `update` is the size of the updates, if known."""
        mean = sum(losses) / len(losses)
        if math.isnan(self.first):
            self.first, self.lowest = mean, losses[0]
        limit = self.lowest + OVERSHOOT * max(self._guessing, self.lowest)
        thrown = sum(loss > limit for loss in losses) if max(losses) > limit else 0
        yield Reading("oscillating", None, thrown / len(losses))
        self.lowest = min(self.lowest, mean)
        self.means.append(mean)
        if update is not None and len(self.means) > WINDOW and self.means[0] > 0:
            idle = mean > UNLEARNED * self.first and update < SMALL_UPDATE
            yield Reading("stalled", None, 1 - mean / self.means[0], idle)


class _Patient:
    """One run: its watches, and what is said of it."""

    def __init__(self, info: RunInfo, setting: _Setting) -> None:
        self.info = info
        self.diverged = False
        self._setting = setting
        self._losses = _Losses(setting.classes)
        self._updates: deque[float] = deque(maxlen=PROBES)
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
        for matter in MATTERS:
            if said := self._said.get(matter):
                yield self._finding(iteration, said.place, None, resolved=True)
        yield self._finding(iteration, ("diverged", None), loss, resolved=False)

    def change_rate(self) -> None:
        self._losses.means.clear()  # what the old one did tells nothing of the new one
        self._updates.clear()

    def save(self, known: Known, run: int) -> None:
        """Put what is known into the arrays of `_nothing_known`, at the run's place."""
        known["diverged"][run] = self.diverged
        known["extremes"][run] = self._losses.first, self._losses.lowest
        known["evaluated"][run] = self._lowest or math.nan
        for key, values in ("means", self._losses.means), ("updates", self._updates):
            known[key][run, : len(values)] = values
        for watch in self._watches.values():
            known["counts"][run, *watch.order] = watch.bad, watch.good, watch.holds
            known["values"][run, *watch.order] = watch.value
        for matter, said in self._said.items():
            known["said"][run, MATTERS.index(matter)] = said.order

    def restore(self, known: Known, run: int) -> None:
        """Take it from there.

        Raises:
            InputError: where a finding was told that there cannot be.
        """
        self.diverged = bool(known["diverged"][run])
        self._losses.first, self._losses.lowest = known["extremes"][run].tolist()
        test, train = known["evaluated"][run].tolist()
        self._lowest = None if math.isnan(test) else (test, train)
        for key, values in ("means", self._losses.means), ("updates", self._updates):
            values.extend(value for value in known[key][run].tolist() if not math.isnan(value))
        for rule, layer in np.argwhere(known["counts"][run].any(axis=2)).tolist():
            watch = self._watch((RULES[rule].kind, layer or None))
            watch.bad, watch.good, holds = known["counts"][run, rule, layer].tolist()
            watch.holds, watch.value = bool(holds), float(known["values"][run, rule, layer])
        by_order = {watch.order: watch for watch in self._watches.values()}
        for matter, (rule, layer) in zip(MATTERS, known["said"][run].tolist(), strict=True):
            if rule >= 0:
                if (rule, layer) not in by_order or RULES[rule].kind not in matter:
                    raise InputError("its findings are none of such a training")
                self._said[matter] = by_order[rule, layer]

    def _take(self, iteration: int, readings: Iterable[Reading]) -> Iterator[Finding]:
        for kind, layer, value, applies in readings:
            self._watch((kind, layer)).take(value, applies)
        if self._said or any(watch.holds for watch in self._watches.values()):
            for matter in MATTERS:
                yield from self._conclude(iteration, matter)

    def _watch(self, place: Place) -> _Watch:
        watch = self._watches.get(place)
        if watch is None:
            watch = self._watches[place] = _Watch(place)
        return watch

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


def _nothing_known(started: Started) -> dict[str, NDArray[Any]]:
    """The arrays of what is known of a training, by run; in `said` a rule and a layer, or -1."""
    runs = len(started.runs)
    places = runs, len(RULES), 1 + min(len(started.layers), MOST_LAYERS)
    return {
        "losses": np.full((1 + BLOCK, runs), math.nan),  # of the last step, and of a block
        "diverged": np.zeros(runs, bool),
        "extremes": np.full((runs, 2), math.nan),
        "evaluated": np.full((runs, 2), math.nan),
        "means": np.full((runs, WINDOW + 1), math.nan),
        "updates": np.full((runs, PROBES), math.nan),
        "counts": np.zeros((*places, 3), np.int64),
        "values": np.full(places, math.nan),
        "said": np.full((runs, len(MATTERS), 2), -1, np.int64),
    }


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
        self._losses: list[PerRun] = []  # of the steps since the last block
        self._loss: PerRun = {}  # of the last step
        self._examples: int | None = None  # of an evaluation

    def state(self, started: Started) -> State:
        """What it knows of that training, for a checkpoint: bounded, however long that was."""
        known = _nothing_known(started)
        for row, loss in enumerate([self._loss, *self._losses]):
            values = [loss.get(run) for run in self._patients]
            known["losses"][row] = [math.nan if value is None else value for value in values]
        for run, patient in enumerate(self._patients.values()):
            patient.save(known, run)
        return {"steps": len(self._losses), "examples": self._examples, **known}

    @staticmethod
    def state_bytes(started: Started) -> int:
        """How many bytes a state of that training takes."""
        return sum(array.nbytes for array in _nothing_known(started).values())

    def restore(self, started: Started, saved: Saved) -> None:
        """Go on with a training from what was known of it.

        Raises:
            InputError: where that is of none such.
        """
        self._begin(started)
        blank = _nothing_known(started)
        known = {name: saved.array(name, like) for name, like in blank.items()}
        self._examples = saved.whole("examples") if saved.has("examples") else None
        losses: list[PerRun] = [
            {run: None if math.isnan(x) else x for run, x in zip(self._patients, row, strict=True)}
            for row in known["losses"].tolist()
        ]
        self._loss = losses[0]
        self._losses = losses[1 : 1 + saved.whole("steps", 0, BLOCK - 1)]
        for run, patient in enumerate(self._patients.values()):
            patient.restore(known, run)

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
        self._losses.append(step.loss)
        if len(self._losses) == BLOCK:
            findings += self._fold(step.iteration)
        return findings

    def _fold(self, iteration: int) -> Iterator[Finding]:
        block, self._losses = self._losses, []
        for name, patient in self._running():
            losses = [loss for each in block if (loss := each.get(name)) is not None]
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
