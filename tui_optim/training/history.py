"""History: what there is to know of a training, taken from its events, in bounded memory."""

import math
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tui_optim.events import (
    RESUMED,
    Change,
    Ended,
    Evaluation,
    Event,
    Finding,
    Layers,
    Number,
    PerRun,
    Started,
    Step,
)
from tui_optim.training.bounds import (
    FURTHEST,
    bounded_end,
    bounded_evaluation,
    bounded_finding,
    bounded_layers,
    bounded_start,
    is_possible,
    of_runs,
    why_impossible,
)
from tui_optim.training.course import Course
from tui_optim.training.deferred import Probe, decoded
from tui_optim.training.findings import Findings
from tui_optim.training.reading import final, learning_rate
from tui_optim.training.series import Array, Curve, Series
from tui_optim.training.smoothing import SMOOTHERS

EVALUATED = ("loss", "accuracy", "train_loss", "train_accuracy")

MOST_ROWS = 4096
"""Steps that wait to be taken into the curves: many at once cost little more than one."""
MOST_RECORDS = 1024
MOST_CHANGES = 1000


class History:
    """Takes the events of one training; can be read while another thread adds to it.

    Its memory does not grow with the number of iterations, nor does the cost of reading it,
    whatever the events hold: of too many runs or layers the first are read. A `started` event
    begins it anew. The curves go forward only: an iteration that is told of again, as where a
    training is resumed, is on them already.

    Attributes:
        started: the training's first event, or None before it.
        runs: the names of the runs.
        left_out: how many runs there are besides, which are not read.
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
        self.started = bounded_start(started) if started else None
        self.runs = tuple(run.name for run in self.started.runs) if self.started else ()
        self.left_out = len(started.runs) - len(self.runs) if started else 0
        self._names = frozenset(self.runs)
        iterations = started.experiment.get("iterations") if started else 0
        whole = iterations if isinstance(iterations, int) else 0
        self.iterations = whole if 0 <= whole <= FURTHEST else 0
        self.ended: Ended | None = None
        self.iteration = self.samples = 0
        self.seconds = 0.0
        self.loss: Mapping[str, Number] = {}
        self._diverged: dict[str, int] = {}
        self._lr: dict[str, float] = {}
        self.paused = False
        self.pace: float | None = None
        self._probes: dict[str, Probe] = {}
        self.evaluation: Evaluation | None = None
        self._findings = Findings()
        self._changes: tuple[Change, ...] = ()
        columns = len(self.runs)
        self._pending: list[Step] = []
        self._blocks: list[tuple[Array, Array]] = []  # steps before these, as arrays
        self._rows = 0  # of them all
        self._furthest = -math.inf  # the iteration that the curves of steps have come to
        self._evaluated = -math.inf  # and those of evaluations
        self._recent: deque[Sequence[float]] = deque(maxlen=256)  # iterations and seconds
        self._positions = np.empty((0, 3))  # of rows that the slowest smoother still holds back
        self._loss = {name: Series(columns) for name in ("off", *SMOOTHERS)}
        self._smoothers = {name: make(columns) for name, make in SMOOTHERS.items()}
        self._scores: list[tuple[Array, Array]] = []  # evaluations that are not in there yet
        self._evaluations = Series(columns * len(EVALUATED), 512)
        self._courses = {run: Course() for run in self.runs}
        self._records: dict[str, list[tuple[int, float]]] = {run: [] for run in self.runs}

    def add(self, event: Event) -> None:
        """Take in the next event."""
        with self._lock:
            match event:
                case Step():
                    self._add_step(event)
                case Layers():
                    self.add_probe(bounded_layers(event))
                case Evaluation():
                    self._add_evaluation(bounded_evaluation(event, self.runs))
                case Started():
                    self._begin(event)
                case Change():
                    self._add_change(event)
                case Finding():
                    if event.run in self._names:
                        self._findings.add(bounded_finding(event))
                case Ended():
                    self._add_ended(bounded_end(event, self.runs))

    def add_steps(self, positions: Array, losses: Array) -> None:
        """Take in many steps at once, which go forward from iteration to iteration.

        Args:
            positions: (n, 3), n at least 1: iteration, samples, seconds.
            losses: (n, K) in the order of the K runs, NaN where one has diverged.
        """
        with self._lock:
            self.ended = None
            iteration, samples, seconds = positions[-1].tolist()
            self.iteration, self.samples, self.seconds = int(iteration), int(samples), seconds
            last = dict(zip(self.runs, losses[-1].tolist(), strict=True))
            missing = np.isnan(losses)
            if missing.any():
                last = {run: None if math.isnan(loss) else loss for run, loss in last.items()}
                for run, column in zip(self.runs, missing.T, strict=True):
                    if column.any():
                        self._diverged.setdefault(run, int(positions[column.argmax(), 0]))
            self.loss = last
            self._recent.extend(positions[-256:, ::2].tolist())
            self._gather()
            if positions[0, 0] <= self._furthest:
                ahead = positions[:, 0] > self._furthest
                positions, losses = positions[ahead], losses[ahead]
            if len(positions):
                self._furthest = iteration
                self._blocks.append((positions, losses))
                self._rows += len(positions)
            if self._rows >= MOST_ROWS:
                self._fold()

    def add_probe(self, probe: Probe) -> None:
        """Take in a probe, which need not be decoded yet."""
        with self._lock:
            if probe.run in self._names:
                self._probes[probe.run] = probe
                if probe.iteration <= FURTHEST:
                    self._courses[probe.run].add(probe, self.samples, self.seconds)

    def _add_step(self, step: Step) -> None:
        if why_impossible(step):
            return
        self.ended = None
        self.iteration, self.samples, self.seconds = step.iteration, step.samples, step.seconds
        self.loss = step.loss if step.loss.keys() <= self._names else of_runs(step.loss, self.runs)
        if None in self.loss.values():
            for run, loss in self.loss.items():
                if loss is None:
                    self._diverged.setdefault(run, step.iteration)
        self._recent.append((step.iteration, step.seconds))
        if step.iteration > self._furthest:
            self._furthest = step.iteration
            known = self.loss is step.loss
            self._pending.append(step if known else replace(step, loss=self.loss))
            if len(self._pending) == 256:
                self._fold()

    def _gather(self) -> None:
        """Make a block of the steps that came one by one."""
        steps, self._pending = self._pending, []
        if steps:
            positions = np.array([(s.iteration, s.samples, s.seconds) for s in steps], float)
            losses = [[_float(step.loss.get(run)) for run in self.runs] for step in steps]
            self._blocks.append((positions, np.array(losses, float)))

    def _fold(self) -> None:
        """Take the steps since the last time into the curves."""
        self._gather()
        blocks, self._blocks, self._rows = self._blocks, [], 0
        if not blocks:
            return
        positions, losses = map(np.concatenate, zip(*blocks, strict=True))
        self._loss["off"].extend(positions, losses)
        held = np.concatenate([self._positions, positions])
        longest = max(smoother.delay for smoother in self._smoothers.values())
        for name, smoother in self._smoothers.items():
            smooth = smoother.push(losses)
            end = len(held) - smoother.delay
            if len(smooth):
                self._loss[name].extend(held[end - len(smooth) : end], smooth)
        self._positions = held[-longest:]

    def _add_evaluation(self, event: Evaluation) -> None:
        self.evaluation = event
        if not self._evaluated < event.iteration <= FURTHEST:
            return
        self._evaluated = event.iteration
        scores: list[PerRun] = [getattr(event, key) for key in EVALUATED]
        values = [_float(score.get(run)) for run in self.runs for score in scores]
        self._scores.append((self._position(event.iteration), np.array([values])))
        if len(self._scores) == 256:
            self._fold_scores()
        for run, records in self._records.items():
            accuracy = event.accuracy.get(run)
            if accuracy is not None and (not records or accuracy > records[-1][1]):
                records.append((event.iteration, accuracy))
                if len(records) > MOST_RECORDS:
                    del records[1:-1:2]

    def _fold_scores(self) -> None:
        """Take the evaluations since the last time into the curves."""
        scores, self._scores = self._scores, []
        if scores:
            self._evaluations.extend(*map(np.concatenate, zip(*scores, strict=True)))

    def _add_change(self, change: Change) -> None:
        if change.setting == RESUMED:  # without the pause, and the pace, that it was interrupted in
            self.paused, self.pace = False, None
        if not is_possible(change) or change.run not in (None, *self.runs):
            return
        self._changes = (*self._changes, change)[-MOST_CHANGES:]
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
            for run, loss in of_runs(ended.loss, self.runs).items():
                if loss is None:  # no later step told that the last update destroyed it
                    self._diverged.setdefault(run, ended.iterations)

    def _position(self, iteration: int) -> Array:
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
        return decoded(self.probes)

    @property
    def probes(self) -> Mapping[str, Probe]:
        """The last probe, by run; those of a log need not be decoded yet."""
        with self._lock:
            return dict(self._probes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The last ones, resolved or not, oldest first."""
        with self._lock:
            return self._findings.all

    @property
    def changes(self) -> tuple[Change, ...]:
        """The last ones, oldest first."""
        return self._changes

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
            self._fold_scores()
            column = self.runs.index(run) * len(EVALUATED) + EVALUATED.index(key)
            return self._evaluations.curve(column, points)

    def layer_curve(self, run: str, index: int, statistic: str, points: int = 200) -> Curve:
        """The course of one of LAYER_STATISTICS of a layer (index from 1)."""
        with self._lock:
            if run not in self._courses:
                return Series(1, 2).curve(0, points)
            return self._courses[run].curve(index, statistic, points)

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
            return learning_rate(self.started, self._lr, run)

    def accuracy(self, run: str) -> float | None:
        """A run's test accuracy at the end, or else at the last evaluation."""
        return final("accuracy", run, self.ended, self.evaluation)

    def test_loss(self, run: str) -> float | None:
        """A run's test loss at the end, or else at the last evaluation."""
        return final("loss", run, self.ended, self.evaluation)

    def first_reached(self, run: str, accuracy: float) -> int | None:
        """The iteration of the first evaluation at which a run had that test accuracy."""
        with self._lock:
            records = self._records.get(run, ())
            return next((iteration for iteration, a in records if a >= accuracy), None)


def _float(value: float | None) -> float:
    return math.nan if value is None else value
