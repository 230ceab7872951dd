"""Timeline: the moments of a training that one can go back to, in bounded memory."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from tui_optim.events import (
    Change,
    Ended,
    Evaluation,
    Event,
    Finding,
    Layers,
    Number,
    Started,
    Step,
)
from tui_optim.training.deferred import Deferred, Probe, decoded, size
from tui_optim.training.history import History
from tui_optim.training.reading import final, learning_rate
from tui_optim.training.series import Array, Curve

MOST_MOMENTS = 2048
MOST_BYTES = 32 * 1024 * 1024
"""Of what is kept for all moments together."""
BYTES_TOLD = 500
"""About so many for a finding or a change."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A training as it stood at one moment; only its curves are those of the whole training.

    Attributes:
        whole: the history that the moment is of.
        probes: the last probe, by run.

    The others are as `Reading` has them.
    """

    whole: History
    probes: Mapping[str, Probe]
    started: Started | None
    ended: Ended | None
    runs: tuple[str, ...]
    left_out: int
    iteration: int
    samples: int
    seconds: float
    loss: Mapping[str, Number]
    paused: bool
    pace: float | None
    iterations: int
    evaluation: Evaluation | None
    diverged: Mapping[str, int]
    lr: Mapping[str, float]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    rate: float

    @property
    def layers(self) -> Mapping[str, Layers]:
        """The last probe, by run."""
        return decoded(self.probes)

    def curve(self, run: str, smoothing: str = "off", points: int = 200) -> Curve:
        """A run's training loss, of the whole training."""
        return self.whole.curve(run, smoothing, points)

    def curves(self, points: int = 200) -> dict[str, Curve]:
        """Every run's training loss, of the whole training."""
        return self.whole.curves(points)

    def evaluation_curve(self, run: str, key: str, points: int = 200) -> Curve:
        """A run's course of what is evaluated, of the whole training."""
        return self.whole.evaluation_curve(run, key, points)

    def layer_curve(self, run: str, index: int, statistic: str, points: int = 200) -> Curve:
        """The course of a statistic of a layer, of the whole training."""
        return self.whole.layer_curve(run, index, statistic, points)

    def learning_rate(self, run: str) -> float | None:
        """The learning rate of a run that was in force."""
        return learning_rate(self.started, self.lr, run)

    def accuracy(self, run: str) -> float | None:
        """A run's test accuracy at the end, or else at the last evaluation by then."""
        return final("accuracy", run, self.ended, self.evaluation)

    def test_loss(self, run: str) -> float | None:
        """A run's test loss at the end, or else at the last evaluation by then."""
        return final("loss", run, self.ended, self.evaluation)

    def first_reached(self, run: str, accuracy: float) -> int | None:
        """The iteration at which a run first had that test accuracy, if it had it by then."""
        first = self.whole.first_reached(run, accuracy)
        return first if first is not None and first <= self.iteration else None


class Timeline:
    """Moments of a training: its first step, and wherever more is told than a step.

    Can be read while another thread adds to it.

    A moment is an iteration with a probe, an evaluation, a finding, a change or the end, as things
    stand when the next iteration begins; and the last iteration is one. Of too many every second
    one is dropped, and from then on only every second one is kept. Where iterations go back, as
    where a training is resumed, the moments from there on are those of the second time.

    Args:
        history: of the training; what is added here is added to it, too.
        most: moments to be kept.
        budget: bytes that what is kept for them may take.
    """

    def __init__(
        self, history: History, most: int = MOST_MOMENTS, budget: int = MOST_BYTES
    ) -> None:
        self._lock = threading.RLock()
        self._history = history
        self._most, self._budget = most, budget
        self._begin()

    def _begin(self) -> None:
        self._kept: list[Past] = []  # ascending; every `stride`-th of all there were
        self._bytes = 0
        self._stride = 1
        self._count = 0  # of the moments so far
        self._told = False  # whether the present iteration is a moment

    def add(self, event: Event) -> None:
        """Take in the next event."""
        with self._lock:
            if isinstance(event, Step):
                self._close()
            elif isinstance(event, Started):
                self._begin()
            self._told = not isinstance(event, Step) or self._history.iteration == 0
            self._history.add(event)

    def add_probe(self, probe: Deferred) -> None:
        """Take in a probe that is not decoded yet."""
        with self._lock:
            self._told = True
            self._history.add_probe(probe)

    def add_steps(self, positions: Array, losses: Array) -> None:
        """Take in steps as `History.add_steps` does."""
        with self._lock:
            if self._history.iteration == 0:  # the first step is a moment
                self._history.add_steps(positions[:1], losses[:1])
                self._told = True
                positions, losses = positions[1:], losses[1:]
            if len(positions):
                self._close()
                self._told = False
                self._history.add_steps(positions, losses)

    @property
    def iterations(self) -> Sequence[int]:
        """Of the moments, ascending."""
        return [past.iteration for past in self._moments()]

    def at(self, iteration: int) -> Past:
        """The last moment at or before an iteration; before the first one, that."""
        moments = self._moments() or [self._present()]
        return moments[max(0, bisect_right(moments, iteration, key=_ITERATION) - 1)]

    def _moments(self) -> list[Past]:
        with self._lock:
            now = self._history.iteration
            earlier = self._kept[: bisect_left(self._kept, now, key=_ITERATION)]
            return [*earlier, self._present()] if now > 0 else []

    def _close(self) -> None:
        """The present iteration is over."""
        now = self._history.iteration
        if not self._told or now < 1:
            return
        if self._kept and self._kept[-1].iteration >= now:
            del self._kept[bisect_left(self._kept, now, key=_ITERATION) :]
            self._count = len(self._kept) * self._stride
            self._bytes = _all(self._kept)
        if self._count % self._stride == 0:
            self._keep(self._present())
        self._count += 1

    def _keep(self, past: Past) -> None:
        self._bytes += _own(past, self._kept[-1] if self._kept else None)
        self._kept.append(past)
        while len(self._kept) > 1 and (len(self._kept) > self._most or self._bytes > self._budget):
            self._kept = self._kept[::2]
            self._stride *= 2
            self._bytes = _all(self._kept)

    def _present(self) -> Past:
        history = self._history
        return Past(history, history.probes, **{name: getattr(history, name) for name in _AS_IT_IS})


_ITERATION = attrgetter("iteration")
_AS_IT_IS = [field.name for field in fields(Past) if field.name not in ("whole", "probes")]


def _all(moments: Sequence[Past]) -> int:
    """About how many bytes moments take together."""
    return sum(map(_own, moments, [None, *moments[:-1]]))


def _own(past: Past, before: Past | None) -> int:
    """About how many bytes a moment takes that the one before it does not."""
    probes = before.probes if before else {}
    total = sum(size(probe) for run, probe in past.probes.items() if probes.get(run) is not probe)
    if before is None or past.findings is not before.findings:
        total += BYTES_TOLD * len(past.findings)
    if before is None or past.changes is not before.changes:
        total += BYTES_TOLD * len(past.changes)
    return total
