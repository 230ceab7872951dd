"""Together: several trainings read as one, for comparing them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tui_optim.events import (
    Change,
    DatasetInfo,
    Ended,
    Evaluation,
    Finding,
    Layers,
    Number,
    RunInfo,
    Started,
)
from tui_optim.experiment import MOST_RUNS
from tui_optim.training.reading import Reading, scores
from tui_optim.training.series import Array, Curve, Series

T = TypeVar("T")


class _Place(NamedTuple):
    """Where a run is read from."""

    reading: Reading
    run: str


class Together:
    """Several trainings read as one, each run named after its training.

    A run is named `<training> <run>`, or `<training>` where it is the only one. Numbers that a
    training has one of are those of the furthest.

    Args:
        readings: the trainings by name; the first MOST_RUNS runs of all are read.

    Attributes:
        readings: the same.
    """

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self.readings = dict(readings)
        self._made: dict[str, tuple[Sequence[object], Any]] = {}

    def _once(self, what: str, of: Sequence[object], make: Callable[[], T]) -> T:
        """What was made of the very same objects the last time; else it is made now."""
        before, made = self._made.get(what, ((), None))
        if len(before) != len(of) or not all(map(is_, before, of)) or not of:
            made = make()
            self._made[what] = of, made
        result: T = made
        return result

    def _places(self) -> dict[str, _Place]:
        """By the name here, where a run is read from; those that are read."""
        every = self._all()
        return self._once("places", [every], lambda: dict(list(every.items())[:MOST_RUNS]))

    def _all(self) -> dict[str, _Place]:
        return self._once("all", [each.runs for each in self.readings.values()], self._named)

    def _named(self) -> dict[str, _Place]:
        places: dict[str, _Place] = {}
        for name, reading in self.readings.items():
            runs = reading.runs
            for run in runs:
                label = name if len(runs) == 1 else f"{name} {run}"
                while label in places:
                    label += "'"
                places[label] = _Place(reading, run)
        return places

    @property
    def runs(self) -> tuple[str, ...]:
        """The names of the runs."""
        return tuple(self._places())

    @property
    def left_out(self) -> int:
        """How many runs there are besides, which are not read."""
        within = sum(reading.left_out for reading in self.readings.values())
        return within + max(0, len(self._all()) - MOST_RUNS)

    @property
    def started(self) -> Started | None:
        """The first events as one; None before the first of them.

        Of the options those that all have, of the networks the deepest, of the data all names.
        """
        events = [each.started for each in self.readings.values() if each.started is not None]
        if not events:
            return None
        of = [*events, self.iterations, self._places()]
        return self._once("started", of, lambda: self._started(events))

    def _started(self, events: Sequence[Started]) -> Started:
        deepest = max(events, key=lambda event: len(event.layers))
        options = [event.experiment for event in events]
        shared = {
            name: value
            for name, value in options[0].items()
            if all(name in other and other[name] == value for other in options[1:])
        }
        return replace(
            events[0],
            experiment=shared | {"iterations": self.iterations},
            dataset=_dataset([event.dataset for event in events]),
            runs=tuple(_info(label, place) for label, place in self._places().items()),
            layers=deepest.layers,
            parameters=max(event.parameters for event in events),
        )

    @property
    def ended(self) -> Ended | None:
        """The last events as one, once all trainings have ended."""
        begun = [each for each in self.readings.values() if each.started is not None]
        events = [each.ended for each in begun if each.ended is not None]
        if not events or len(events) < len(begun):
            return None
        return Ended(
            next((e.reason for e in events if e.reason != "completed"), "completed"),
            max(event.iterations for event in events),
            max(event.seconds for event in events),
            self._by_run(lambda reading, run: (reading.ended or events[0]).loss.get(run)),
            self._by_run(lambda reading, run: (reading.ended or events[0]).accuracy.get(run)),
        )

    @property
    def iteration(self) -> int:
        """Of the last step of the furthest training."""
        return max((each.iteration for each in self.readings.values()), default=0)

    @property
    def samples(self) -> int:
        """Seen up to the last step of the furthest training."""
        return max((each.samples for each in self.readings.values()), default=0)

    @property
    def seconds(self) -> float:
        """Of the longest training."""
        return max((each.seconds for each in self.readings.values()), default=0.0)

    @property
    def loss(self) -> Mapping[str, Number]:
        """Of each training's last step, by run."""
        return self._by_run(lambda reading, run: reading.loss.get(run))

    @property
    def paused(self) -> bool:
        """Whether all trainings are paused."""
        return bool(self.readings) and all(each.paused for each in self.readings.values())

    @property
    def pace(self) -> float | None:
        """Iterations a second at most, where that is the same for all."""
        paces = {each.pace for each in self.readings.values()}
        return paces.pop() if len(paces) == 1 else None

    @property
    def iterations(self) -> int:
        """How many are asked for, at most."""
        return max((each.iterations for each in self.readings.values()), default=0)

    @property
    def evaluation(self) -> Evaluation | None:
        """The last ones of all trainings as one."""
        events = [each.evaluation for each in self.readings.values() if each.evaluation]
        if not events:
            return None

        def values(key: str) -> Mapping[str, Number]:
            def value(reading: Reading, run: str) -> Number:
                return getattr(reading.evaluation, key).get(run) if reading.evaluation else None

            return self._by_run(value)

        return Evaluation(
            max(event.iteration for event in events),
            max(event.examples for event in events),
            values("loss"),
            values("accuracy"),
            values("train_loss"),
            values("train_accuracy"),
        )

    @property
    def diverged(self) -> Mapping[str, int]:
        """The iteration at which a run diverged, by run."""
        return self._those(lambda reading: reading.diverged)

    @property
    def lr(self) -> Mapping[str, float]:
        """The learning rates in force where they were changed, by run."""
        return self._those(lambda reading: reading.lr)

    @property
    def layers(self) -> Mapping[str, Layers]:
        """The last probe, by run."""
        probes = self._those(lambda reading: reading.layers)
        return {label: replace(probe, run=label) for label, probe in probes.items()}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The last ones of all trainings by iteration."""
        those = [reading.findings for reading in self.readings.values()]
        return self._once("findings", [*those, self._places()], lambda: self._findings(those))

    def _findings(self, those: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
        labels = self._labels()
        findings = [
            replace(finding, run=labels[id(reading), finding.run])
            for reading, told in zip(self.readings.values(), those, strict=True)
            for finding in told
            if (id(reading), finding.run) in labels
        ]
        return tuple(sorted(findings, key=lambda finding: finding.iteration))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The last ones of all trainings by iteration; one for all runs of a training is each's."""
        labels = self._labels()
        changes = [
            replace(change, run=labels[id(reading), run])
            for reading in self.readings.values()
            for change in reading.changes
            for run in (reading.runs if change.run is None else (change.run,))
            if (id(reading), run) in labels
        ]
        return tuple(sorted(changes, key=lambda change: change.iteration))

    @property
    def rate(self) -> float:
        """Iterations a second of the fastest training, lately."""
        return max((each.rate for each in self.readings.values()), default=0.0)

    def curve(self, run: str, smoothing: str = "off", points: int = 200) -> Curve:
        """A run's training loss, smoothed on the raw stream, then reduced."""
        place = self._places().get(run)
        return place.reading.curve(place.run, smoothing, points) if place else _nothing()

    def curves(self, points: int = 200) -> dict[str, Curve]:
        """Every run's training loss at the points of the furthest training.

        Those of the others are interpolated, and NaN where they have not come to.
        """
        places = self._places()
        if not places:
            return {}
        furthest = max(places.values(), key=lambda place: place.reading.iteration)
        grid = furthest.reading.curve(furthest.run, "off", points)
        curves = {}
        for label, (reading, run) in places.items():
            curve = reading.curve(run, "off", points)
            curves[label] = curve if reading is furthest.reading else _at(grid, curve)
        return curves

    def evaluation_curve(self, run: str, key: str, points: int = 200) -> Curve:
        """A run's course of "loss", "accuracy", "train_loss" or "train_accuracy"."""
        place = self._places().get(run)
        return place.reading.evaluation_curve(place.run, key, points) if place else _nothing()

    def layer_curve(self, run: str, index: int, statistic: str, points: int = 200) -> Curve:
        """The course of one of LAYER_STATISTICS of a layer (index from 1)."""
        place = self._places().get(run)
        if place is None:
            return _nothing()
        return place.reading.layer_curve(place.run, index, statistic, points)

    def learning_rate(self, run: str) -> float | None:
        """The learning rate of a run in force."""
        place = self._places().get(run)
        return place.reading.learning_rate(place.run) if place else None

    def accuracy(self, run: str) -> float | None:
        """A run's test accuracy at the end, or else at the last evaluation."""
        place = self._places().get(run)
        return place.reading.accuracy(place.run) if place else None

    def test_loss(self, run: str) -> float | None:
        """A run's test loss at the end, or else at the last evaluation."""
        place = self._places().get(run)
        return place.reading.test_loss(place.run) if place else None

    def first_reached(self, run: str, accuracy: float) -> int | None:
        """The iteration of the first evaluation at which a run had that test accuracy."""
        place = self._places().get(run)
        return place.reading.first_reached(place.run, accuracy) if place else None

    def training(self, run: str) -> Reading | None:
        """The training that a run is of."""
        place = self._places().get(run)
        return place.reading if place else None

    def _by_run(self, value: Callable[[Reading, str], T]) -> dict[str, T]:
        return {label: value(*place) for label, place in self._places().items()}

    def _those(self, values: Callable[[Reading], Mapping[str, T]]) -> dict[str, T]:
        """What the trainings have for some of their runs."""
        of = {id(reading): values(reading) for reading in self.readings.values()}
        return {
            label: of[id(reading)][run]
            for label, (reading, run) in self._places().items()
            if run in of[id(reading)]
        }

    def _labels(self) -> dict[tuple[int, str], str]:
        """The name here of a training's run."""
        return {(id(reading), run): label for label, (reading, run) in self._places().items()}


def scored_at(reading: Reading, run: str) -> int | None:
    """The iteration that a run's test accuracy is of."""
    training = reading.training(run) if isinstance(reading, Together) else reading
    event = scores(training) if training is not None else None
    if event is None:
        return None
    return event.iterations if isinstance(event, Ended) else event.iteration


def _info(label: str, place: _Place) -> RunInfo:
    runs = place.reading.started.runs if place.reading.started else ()
    found = next((info for info in runs if info.name == place.run), RunInfo(label, "", "", ""))
    return replace(found, name=label)


def _dataset(infos: list[DatasetInfo]) -> DatasetInfo:
    """The data set of all, or what stands for several."""
    different = list(dict.fromkeys(infos))
    if len(different) == 1:
        return different[0]
    return DatasetInfo(
        name=", ".join(dict.fromkeys(info.name for info in different)),
        train=max(info.train for info in different),
        test=max(info.test for info in different),
        features=max(info.features for info in different),
        classes=max(info.classes for info in different),
        sha256="",
    )


def _at(grid: Curve, curve: Curve) -> Curve:
    """A curve at the iterations of another."""
    if not len(curve.iteration):
        curve = Curve(*[np.array([np.nan])] * 6)

    def values(those: Array) -> Array:
        x = grid.iteration
        return np.asarray(np.interp(x, curve.iteration, those, left=np.nan, right=np.nan))

    return Curve(
        grid.iteration,
        grid.samples,
        grid.seconds,
        values(curve.minimum),
        values(curve.mean),
        values(curve.maximum),
    )


def _nothing() -> Curve:
    return Series(1, 2).curve(0, 1)
