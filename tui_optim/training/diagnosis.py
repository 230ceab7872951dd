"""Diagnosis: findings, read from the events of a training and from nothing else.

RULES says what is measured, from where on that is bad, and why. A probe, a block of losses or an
evaluation gives readings; a watch of each kind and layer counts them; what it holds is told as a
finding, unless another explains it (CAUSES).
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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

BLOCK = 50  # losses are read together: their mean has a seventh of the noise of one
WINDOW = 3  # blocks, over which the fall of the loss is measured
UNLEARNED = 0.5  # of the first block's mean loss: below that share, the loss has not stalled
SMALL_UPDATE = 2e-4  # ‖ΔW‖/‖W‖ of a step too short; 1e-3 is usual (Karpathy, Stanford's CS231n)
OVERSHOOT = 0.5  # of ln C, the loss of guessing: a loss so far above the lowest was thrown back
NEGLIGIBLE = 0.01  # a test loss below this may rise
CLEAR = 2  # good readings in a row withdraw a finding
FEWEST_EXAMPLES = 4  # a unit that is off for fewer is not dead for that
MOST_LAYERS = 100  # another program's log may tell of more: they are not looked at


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    Attributes:
        kind: as in the log.
        measured: what the value is.
        limits: beyond the first, a reading is bad; on the other side of the second, good; what is
            between changes nothing.
        hold: bad readings in a row before it speaks.
        reason: why there, and the source. Well and ill are the extremes over 1,489 runs: 2 to 9
            hidden layers; digits, MNIST, points in the plane, noise; batches of 4 to 128; rates
            from far too low to far too high.
    """

    kind: str
    measured: str
    limits: tuple[float, float]
    hold: int
    reason: str

    def bad(self, value: float) -> bool:
        """Whether a value is beyond the first limit."""
        first, second = self.limits
        return value > first if first > second else value < first

    def good(self, value: float) -> bool:
        """Whether a value is on the good side of the second limit."""
        first, second = self.limits
        return value < second if first > second else value > second


RULES = (
    Rule(
        "symmetric-units",
        "probe: unit_spread of a hidden layer of at least two units; 0 where all weights are 0",
        limits=(1e-3, 1e-2),
        hold=2,
        reason="Equal units get equal gradients and stay equal, but for rounding (Goodfellow et "
        "al. 2016, section 8.4). Ill: at most 2e-7. Well: at least 0.95; never seen below 0.1.",
    ),
    Rule(
        "exploding-gradient",
        "probe: delta_rms of a hidden layer, by the output layer's",
        limits=(100, 30),
        hold=2,
        reason="A factor above 1 at each layer is a power of the depth (Bengio et al. 1994; "
        "Pascanu et al. 2013). Well: at most 11. Ill (normal:std=1, ReLU, 4 layers): 680 or more.",
    ),
    Rule(
        "oscillating",
        "block: share of losses that are OVERSHOOT times the loss of guessing (or the lowest mean, "
        "if that is more) above the lowest mean of a block so far",
        limits=(0.2, 0.1),
        hold=2,
        reason="Steps across the valley throw the loss back (LeCun et al. 1998, section 5; Smith "
        "2017). In two blocks running, well: at most 0.02 (in batches of 4, where chance counts, "
        "0.1). Ill: at least 0.46.",
    ),
    Rule(
        "saturated-units",
        "probe: saturated of a hidden layer of sigmoid or tanh",
        limits=(0.2, 0.15),
        hold=3,
        reason="The derivative is next to nothing there (LeCun et al. 1998, section 4.4; Glorot "
        "and Bengio 2010, section 3). Well: at most 0.12. Ill (normal:std=1): at least 0.29.",
    ),
    Rule(
        "dead-units",
        "probe: dead of a hidden layer of ReLU, in batches of FEWEST_EXAMPLES or more",
        limits=(0.6, 0.5),
        hold=3,
        reason="No gradient passes a unit that is off for all examples (Maas et al. 2013). In "
        "three running, well: at most 0.32 (batches of 4: 0.51). Ill: 0.63 while dying, then 0.75.",
    ),
    Rule(
        "collapsed-outputs",
        "probe: std of a hidden layer's outputs",
        limits=(0.03, 0.06),
        hold=3,
        reason="Weights too small shrink the signal at each layer (Glorot and Bengio 2010; He et "
        "al. 2015). Well: at least 0.078. Ill (normal:std=0.01): at most 0.013 in some layer.",
    ),
    Rule(
        "vanishing-gradient",
        "probe: delta_rms of a hidden layer, by the output layer's; good where that of the last "
        "hidden layer is as small: what bounds the outputs is saturated then",
        limits=(0.01, 0.03),
        hold=3,
        reason="A factor below 1 at each layer is a power of the depth (Hochreiter 1991; Bengio et "
        "al. 1994). Well: at least 0.047 (sigmoid, 2 layers). Ill: at most 0.0043 (4 layers).",
    ),
    Rule(
        "stalled",
        "block: relative fall of the mean loss over WINDOW blocks; good where the loss is not "
        "UNLEARNED, or the layers' median update_ratio was SMALL_UPDATE at none of three probes",
        limits=(0.015, 0.03),
        hold=2,
        reason="A rate too low moves nothing (Smith 2017). The updates tell it from a loss that "
        "can fall no further: there at least 3e-4; ill: at most 1e-5, on sigmoid's plateau 1e-4. "
        "Well: falls by at least 0.1 early on. Ill: by at most 0.013.",
    ),
    Rule(
        "overfitting",
        "evaluation: test loss by its lowest, less 1 (Prechelt's GL); good where the training loss "
        "is not below what it was then, or the test loss is NEGLIGIBLE",
        limits=(0.1, 0.05),
        hold=3,
        reason="Prechelt (1998) stops at a GL of 0.01 to 0.05, or after several rises running: one "
        "may be chance (0.5 on MNIST). In three running, well: at most 0.09. Ill: at least 0.13.",
    ),
)

CAUSES = (
    ("symmetric-units",),
    ("exploding-gradient", "oscillating", "saturated-units", "dead-units", "collapsed-outputs"),
    ("vanishing-gradient",),
    ("stalled",),
)
"""Of these one speaks at a time: it explains those on lines below, and on its own the later.

Equal units learn nothing, whatever else is so. The second line is what a signal can suffer on its
way. Each brings on others of it (too long steps saturate units and switch them off), so the first
to come is taken for the cause, and of several at once the first on the line. Any of them leaves
the layers before it without a gradient; and without a gradient, however lost, nothing moves. A run
that has diverged is past all this. Overfitting is another matter, and speaks beside the others.
"""

_RULES: Mapping[str, Rule] = {rule.kind: rule for rule in RULES}
_RANKS = {kind: rank for rank, kinds in enumerate(CAUSES) for kind in kinds} | {"overfitting": 0}
_MATTERS = (frozenset(_RANKS) - {"overfitting"}, frozenset({"overfitting"}))

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
        self.rule, self.rank = _RULES[kind], _RANKS[kind]
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
        yield Reading("oscillating", None, sum(loss > limit for loss in losses) / len(losses))
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
            for matter in _MATTERS:
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
        limit = _RULES[kind].limits[0] if kind in _RULES else None
        finding = Finding(iteration, self.info.name, layer, kind, value, limit, "", resolved)
        return replace(finding, message=sentence(finding, "en", self.info))


def _layer_readings(layers: Sequence[LayerStatistics], setting: _Setting) -> Iterator[Reading]:
    """What a probe shows."""
    *hidden, output = layers
    last, error = hidden[-1].delta_rms, output.delta_rms
    on_the_way = not (last is not None and error and _RULES["vanishing-gradient"].bad(last / error))
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
            self._patients = {info.name: _Patient(info, setting) for info in started.runs}
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
