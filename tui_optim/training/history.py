"""History: what there is to know of a training, taken from its events, in bounded memory."""

import math
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from tui_optim.errors import InputError
from tui_optim.events import (
    Change,
    Ended,
    Evaluation,
    Event,
    Finding,
    Layers,
    LayerStatistics,
    Number,
    Started,
    Step,
)
from tui_optim.experiment import MOST_RUNS
from tui_optim.nn import OPTIMIZERS, build
from tui_optim.training.series import Curve, Series
from tui_optim.training.smoothing import SMOOTHERS

LAYER_STATISTICS = tuple(
    field.name
    for field in fields(LayerStatistics)
    if field.name not in ("index", "name", "histogram")
)
"""The statistics of a layer that have a course over time."""

EVALUATED = ("loss", "accuracy", "train_loss", "train_accuracy")


class History:
    """Takes the events of one training; can be read while another thread adds to it.

    Its memory does not grow with the number of iterations, nor does the cost of reading it. A
    `started` event begins it anew.

    Attributes:
        started: the training's first event, or None before it.
        ended: the training's last event; None while it runs, also when it goes on after an end.
        iteration: of the last step.
        samples: seen up to the last step.
        seconds: of training up to the last step.
        loss: of the last step, by run.
        paused: whether the training is paused.
        pace: iterations a second at most; None is full speed.
        iterations: how many are asked for.
        evaluation: the last one.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._begin(None)

    def _begin(self, started: Started | None) -> None:
        if started and len(started.runs) > MOST_RUNS:
            raise InputError(f"a training of {len(started.runs)} runs: at most {MOST_RUNS} can be")
        self.started = started
        self.runs = tuple(run.name for run in started.runs) if started else ()
        iterations = started.experiment.get("iterations") if started else 0
        self.iterations = iterations if isinstance(iterations, int) else 0
        self.ended: Ended | None = None
        self.iteration = self.samples = 0
        self.seconds = 0.0
        self.loss: Mapping[str, Number] = {}
        self._diverged: dict[str, int] = {}
        self._lr: dict[str, float] = {}
        self.paused = False
        self.pace: float | None = None
        self._layers: dict[str, Layers] = {}
        self.evaluation: Evaluation | None = None
        self._findings: deque[Finding] = deque(maxlen=1000)
        self._changes: deque[Change] = deque(maxlen=1000)
        columns = len(self.runs)
        self._pending: list[Step] = []
        self._recent: deque[tuple[int, float]] = deque(maxlen=256)
        self._positions = np.empty((0, 3))  # of rows that the slowest smoother still holds back
        self._loss = {name: Series(columns) for name in ("off", *SMOOTHERS)}
        self._smoothers = {name: make(columns) for name, make in SMOOTHERS.items()}
        self._evaluations = Series(columns * len(EVALUATED), 512)
        self._courses: dict[str, Series] = {}
        self._records: dict[str, list[tuple[int, float]]] = {run: [] for run in self.runs}

    def add(self, event: Event) -> None:
        """Take in the next event."""
        with self._lock:
            match event:
                case Step():
                    self._add_step(event)
                case Layers():
                    self._add_layers(event)
                case Evaluation():
                    self._add_evaluation(event)
                case Started():
                    self._begin(event)
                case Change():
                    self._add_change(event)
                case Finding():
                    self._findings.append(event)
                case Ended():
                    self._add_ended(event)

    def _add_step(self, step: Step) -> None:
        self.ended = None
        self.iteration, self.samples, self.seconds = step.iteration, step.samples, step.seconds
        self.loss = step.loss
        if None in step.loss.values():
            for run, loss in step.loss.items():
                if loss is None:
                    self._diverged.setdefault(run, step.iteration)
        self._pending.append(step)
        self._recent.append((step.iteration, step.seconds))
        if len(self._pending) == 256:  # folding many at once costs little more than one
            self._fold()

    def _fold(self) -> None:
        """Take the steps since the last time into the curves."""
        steps, self._pending = self._pending, []
        if not steps:
            return
        positions = np.array([(s.iteration, s.samples, s.seconds) for s in steps], float)
        losses = np.array(
            [[_float(step.loss.get(run)) for run in self.runs] for step in steps], float
        )
        self._loss["off"].extend(positions, losses)
        held = np.concatenate([self._positions, positions])
        longest = max(smoother.delay for smoother in self._smoothers.values())
        for name, smoother in self._smoothers.items():
            smooth = smoother.push(losses)
            end = len(held) - smoother.delay
            if len(smooth):
                self._loss[name].extend(held[end - len(smooth) : end], smooth)
        self._positions = held[-longest:]

    def _add_layers(self, event: Layers) -> None:
        if event.run not in self.runs:
            return
        self._layers[event.run] = event
        columns = len(event.layers) * len(LAYER_STATISTICS)
        course = self._courses.get(event.run)
        if course is None or course.columns != columns:
            course = self._courses[event.run] = Series(columns, 256)
        values = [_float(getattr(s, name)) for s in event.layers for name in LAYER_STATISTICS]
        course.extend(self._position(event.iteration), np.array([values]))

    def _add_evaluation(self, event: Evaluation) -> None:
        self.evaluation = event
        values = [_float(getattr(event, key).get(run)) for run in self.runs for key in EVALUATED]
        self._evaluations.extend(self._position(event.iteration), np.array([values]))
        for run, records in self._records.items():
            accuracy = event.accuracy.get(run)
            if accuracy is not None and (not records or accuracy > records[-1][1]):
                records.append((event.iteration, accuracy))

    def _add_change(self, change: Change) -> None:
        self._changes.append(change)
        match change.setting:
            case "iterations":
                self.iterations = int(change.value or 0)
            case "paused":
                self.paused = bool(change.value)
            case "pace":
                self.pace = change.value
            case "lr":
                for run in self.runs if change.run is None else (change.run,):
                    self._lr[run] = float(change.value or 0)

    def _add_ended(self, ended: Ended) -> None:
        self.ended = ended
        if ended.reason == "completed":  # else there are no final losses
            for run, loss in ended.loss.items():
                if loss is None:  # no later step told that the last update destroyed it
                    self._diverged.setdefault(run, ended.iterations)

    def _position(self, iteration: int) -> np.ndarray:
        return np.array([[iteration, self.samples, self.seconds]], float)

    # What changes while it is read is given out as it is now.

    @property
    def diverged(self) -> Mapping[str, int]:
        """The iteration at which a run diverged, by run."""
        with self._lock:
            return dict(self._diverged)

    @property
    def lr(self) -> Mapping[str, float]:
        """The learning rates in force where they were changed, by run."""
        with self._lock:
            return dict(self._lr)

    @property
    def layers(self) -> Mapping[str, Layers]:
        """The last probe, by run."""
        with self._lock:
            return dict(self._layers)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The last ones, resolved or not, oldest first."""
        with self._lock:
            return tuple(self._findings)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._changes)

    def curve(self, run: str, smoothing: str = "off", points: int = 200) -> Curve:
        """A run's training loss, smoothed on the raw stream, then reduced.

        Args:
            run: its name.
            smoothing: "off" or one of SMOOTHERS.
            points: at most so many.
        """
        with self._lock:
            self._fold()
            if run not in self.runs:  # another training has begun meanwhile
                return Series(1, 2).curve(0, points)
            return self._loss[smoothing].curve(self.runs.index(run), points)

    def curves(self, points: int = 200) -> dict[str, Curve]:
        """Every run's training loss, all at the same moment and reduced to the same points."""
        with self._lock:
            return {run: self.curve(run, "off", points) for run in self.runs}

    def evaluation_curve(self, run: str, key: str, points: int = 200) -> Curve:
        """A run's course of "loss", "accuracy", "train_loss" or "train_accuracy"."""
        with self._lock:
            if run not in self.runs:
                return Series(1, 2).curve(0, points)
            column = self.runs.index(run) * len(EVALUATED) + EVALUATED.index(key)
            return self._evaluations.curve(column, points)

    def layer_curve(self, run: str, index: int, statistic: str, points: int = 200) -> Curve:
        """The course of one of LAYER_STATISTICS of a layer (index from 1)."""
        with self._lock:
            column = (index - 1) * len(LAYER_STATISTICS) + LAYER_STATISTICS.index(statistic)
            course = self._courses.get(run)
            if course is None or column >= course.columns:
                course, column = Series(1, 2), 0
            return course.curve(column, points)

    @property
    def rate(self) -> float:
        """Iterations a second of training, lately."""
        with self._lock:
            if len(self._recent) < 2:
                return 0.0
            (first, begin), (last, end) = self._recent[0], self._recent[-1]
            return (last - first) / (end - begin) if end > begin else 0.0

    def learning_rate(self, run: str) -> float | None:
        """The learning rate of a run in force."""
        with self._lock:
            if run in self._lr or self.started is None:
                return self._lr.get(run)
            specs = [info.optimizer for info in self.started.runs if info.name == run]
            try:
                return build(OPTIMIZERS, specs[0], "optimizer").lr if specs else None
            except InputError:  # the log of another version
                return None

    def accuracy(self, run: str) -> float | None:
        """A run's test accuracy at the end, or else at the last evaluation."""
        return self._final("accuracy", run)

    def test_loss(self, run: str) -> float | None:
        """A run's test loss at the end, or else at the last evaluation."""
        return self._final("loss", run)

    def first_reached(self, run: str, accuracy: float) -> int | None:
        """The iteration of the first evaluation at which a run had that test accuracy."""
        with self._lock:
            records = self._records.get(run, ())
            return next((iteration for iteration, a in records if a >= accuracy), None)

    def _final(self, key: str, run: str) -> float | None:
        with self._lock:
            for event in (self.ended, self.evaluation):
                if event is not None and getattr(event, key).get(run) is not None:
                    return float(getattr(event, key)[run])
            return None


def _float(value: float | None) -> float:
    return math.nan if value is None else value
