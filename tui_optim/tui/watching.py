"""Watching: logs and pipes, read beside the screens, and gone back in."""

import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal

from tui_optim.errors import InputError
from tui_optim.events import Reason, Started
from tui_optim.experiment import Experiment
from tui_optim.logs.replay import Replay
from tui_optim.report import plural
from tui_optim.training.reading import Reading
from tui_optim.training.together import Together
from tui_optim.tui.keys import actions
from tui_optim.tui.session import Worker
from tui_optim.tui.text import clock

TURN = 0.05
"""Seconds that are read before it is looked whether there is something else to do."""
IDLE = 0.1
"""Seconds after which it is looked again for what is new."""
SILENCE = 5.0
"""Seconds without anything new that are worth a word."""
SPARING = 1.0
"""Seconds between two words on lines that were skipped."""

REFUSED = actions("training", "experiment", "learning-rate", "lessons")
WHY = dict.fromkeys(actions("lessons"), "lessons are not for a log: tui-optim lesson opens one")
WHY |= {
    "pause": "a log cannot be paused: it is being watched (, is the moment before)",
    "step": "a log takes no steps: it is being watched (. is the next moment)",
    "pace": "a log has no pace: it is being watched",
    "extend": "a log cannot be trained on: it is being watched",
    "checkpoint": "a log holds no weights to go on from: it is being watched",
    "rate": "a log has learned at the rates that it had: it is being watched",
    "rates": "a log has learned at the rates that it had: it is being watched",
}
"""Why a log does not obey an action, in its own words."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A training in a log, or several together, as the screens show them."""

    history: Reading
    whole: Reading
    moment: int | None = None
    experiment: Experiment | None = None
    title: str = ""
    notes: tuple[str, ...] = ()
    going: bool = False
    busy: bool = False
    waiting: str = ""
    failure = None  # what was read of it stays on the screen
    dataset = None  # a log has none

    @property
    def paused(self) -> bool:
        return self.history.paused

    @property
    def pace(self) -> float | None:
        return self.history.pace


@dataclass(eq=False)
class Log:
    """A log that is read, or a pipe.

    Attributes:
        replay: reads it.
        path: of the file; None is a pipe.
        stuck: whether it cannot be read any more.
        grown_at: when there was something new the last time, in seconds since the epoch.
    """

    replay: Replay
    path: Path | None = None
    stuck: bool = False
    grown_at: float = field(default_factory=time.time)
    _closed: bool = False

    def advance(self, seconds: float) -> bool:
        """Read on; whether there was anything."""
        if self.stuck:
            return False
        try:
            grown = self.replay.advance(seconds)
        except InputError:
            self.stuck = True
            raise
        if grown:
            self.grown_at = self._written_at()
        return grown

    def _written_at(self) -> float:
        try:
            return self.path.stat().st_mtime if self.path else time.time()
        except OSError:
            return time.time()

    def close(self) -> None:
        """Read no more; nothing happens where that was done already."""
        if not self._closed:
            self.stuck = self._closed = True
            self.replay.close()

    @property
    def is_over(self) -> bool:
        """Whether there will never be more."""
        return self.stuck or self.replay.ended

    @property
    def silence(self) -> float:
        """Seconds without anything new."""
        return max(0.0, time.time() - self.grown_at)


class Watching:
    """Reads logs as they grow into what the screens show; goes back to earlier moments of them.

    Args:
        logs: one, or several to be watched together.
        folder: where others are to be chosen from, if there is one.

    Attributes:
        folder: the same.
        moment: the iteration that is looked at; None follows the end.
        notices: what a person is to be told.
    """

    def __init__(self, logs: Sequence[Log], folder: Path | None = None) -> None:
        self.folder = folder
        self.moment: int | None = None
        self.notices: deque[str] = deque(maxlen=100)
        self._logs = list(logs)
        self._left: deque[Log] = deque()  # those that are not read any more, to be closed
        self._shown: Sequence[Reading] = ()
        self._together: Reading = Together({})
        # Of the trainings that are drawn, of which there are two: what was made of their options.
        self._experiments: deque[tuple[Started, Experiment | None]] = deque(maxlen=2)
        # Of skipped lines what was told: of which logs, how many, when.
        self._told: tuple[Sequence[Log], int, float] = ((), 0, 0.0)
        self._worker = Worker(self._work, self._failed, idle=IDLE)

    # A source.

    @property
    def fault(self) -> str | None:
        """The traceback of the last fault of ours."""
        return self._worker.fault

    def open(self) -> None:
        """Begin to read."""
        self._worker.open()

    def hold(self) -> None:
        """Nothing is trained, and what is read is soon read."""

    def release(self) -> None:
        """Nothing was held."""

    def stop(self, _reason: Reason = "stopped") -> None:
        """Ask the worker to end."""
        self._worker.stop()

    def close(self) -> None:
        """Read no more."""
        self._worker.close()
        for log in (*self._logs, *self._left):
            log.close()

    def watch(self, logs: Sequence[Log]) -> None:
        """Read others instead."""
        left, self._logs = self._logs, list(logs)
        self._left.extend(left)
        self._worker.wake()

    def refusal(self, action: str, parameters: tuple[object, ...]) -> str | None:
        """What was trained cannot be changed."""
        if action == "dialog" and parameters == ("data",):
            return None if self.folder else "no other logs: tui-optim watch FOLDER lists its logs"
        if action in REFUSED - {"close_lesson"}:  # esc leaves much, and need not be explained
            return WHY.get(action, "what is trained cannot be changed: a log is being watched")
        return None

    @property
    def path(self) -> Path | None:
        """The file that is watched, where it is one."""
        return self._logs[0].path if len(self._logs) == 1 else None

    @property
    def current(self) -> Watched:
        """The last training at the moment that is looked at."""
        logs, whole = self._logs, self._whole()
        moment = self.moment
        return Watched(
            whole if moment is None else _as_one([_past(log, moment) for log in logs], logs),
            whole,
            moment,
            self._experiment_of(whole),
            title=logs[0].replay.name if len(logs) == 1 else f"{len(logs)} logs",
            notes=self._notes(),
            going=self._is_going,
            busy=self._is_busy,
            waiting=self._waiting,
        )

    @property
    def ghost(self) -> Watched | None:
        """The training before it in the same log."""
        before = self._logs[0].replay.before if len(self._logs) == 1 else None
        if before is None:
            return None
        return Watched(before, before, experiment=self._experiment_of(before))

    def _whole(self) -> Reading:
        """What is known of all logs; the same object until another training begins in one."""
        shown = [log.replay.history for log in self._logs]
        if shown != self._shown:
            self.moment = None
            self._shown, self._together = shown, _as_one(shown, self._logs)
        return self._together

    def _experiment_of(self, reading: Reading) -> Experiment | None:
        started = reading.started if len(self._logs) == 1 else None
        if started is None or "data" not in started.experiment:
            return None  # what is not told must not be taken for what is usual
        for known, experiment in self._experiments:
            if known is started:
                return experiment
        try:
            experiment = Experiment.from_options(started.experiment)
        except InputError:  # of another program or version
            experiment = None
        self._experiments.append((started, experiment))
        return experiment

    @property
    def found_nothing(self) -> bool:
        """Whether all pipes were closed before a training was told of, and nothing else is read."""
        replays = [log.replay for log in self._logs]
        return all(each.ended and each.history.started is None for each in replays)

    @property
    def _is_going(self) -> bool:
        """Whether something new comes in."""
        return self._is_busy or any(
            not log.is_over and log.silence <= SILENCE for log in self._logs
        )

    @property
    def _is_busy(self) -> bool:
        return not all(log.replay.caught_up or log.stuck for log in self._logs)

    @property
    def _waiting(self) -> str:
        """What is waited for while there is nothing to be seen."""
        if self._is_busy:
            return f"reading {self._progress}".strip() + " …"
        over = all(log.is_over for log in self._logs)
        if self.found_nothing:
            return "input ended without a training"
        return "no training in it" if over else "waiting for a training …"

    @property
    def _progress(self) -> str:
        """How much has been read, where that is known."""
        sizes = [log.replay.size for log in self._logs]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes) or not any(known):
            return ""
        return f"{100 * sum(log.replay.done for log in self._logs) // sum(known)} %"

    def _notes(self) -> tuple[str, ...]:
        """What is to be known of the logs, the most telling first."""
        notes = []
        logs = self._logs
        if self._is_busy:
            notes.append(f"reading {self._progress}".strip())
        elif unfinished := [log for log in logs if log.replay.history.ended is None]:
            silence = min(log.silence for log in unfinished)
            if all(log.is_over for log in unfinished):
                notes.append("cut short")
            elif silence > SILENCE:
                notes.append(f"silent for {_roughly(silence)}")
        if skipped := sum(log.replay.skipped for log in logs):
            notes.append(f"{plural(skipped, 'line')} skipped")
        if left_out := self._together.left_out:
            notes.append(f"{plural(left_out, 'run')} left out")
        return tuple(notes)

    # Time.

    @property
    def moments(self) -> Sequence[int]:
        """The iterations that can be looked at, ascending."""
        every = (log.replay.timeline.iterations for log in self._logs)
        return sorted(set(chain.from_iterable(every)))

    def move(self, by: int) -> None:
        """Look at a moment so many later, or earlier; from the last one on follow the end."""
        if moments := self.moments:
            now = moments[-1] if self.moment is None else self.moment
            at = bisect_left(moments, now) if by < 0 else bisect_right(moments, now) - 1
            self._look(moments, at + by)

    def leap(self, tenths: int) -> None:
        """Look at the next moment that is so many tenths of the training later, or earlier."""
        if moments := self.moments:
            now = moments[-1] if self.moment is None else self.moment
            to = now + tenths * moments[-1] / 10
            at = bisect_right(moments, to) - 1 if tenths < 0 else bisect_left(moments, to)
            self._look(moments, at)

    def _look(self, moments: Sequence[int], at: int) -> None:
        later = moments[max(at, 0) :]
        self.moment = later[0] if len(later) > 1 else None

    def jump(self, to: Literal["first", "last"]) -> None:
        """Look at the first moment; or at the last one, and follow it."""
        self.moment = next(iter(self.moments), None) if to == "first" else None

    # What the worker does.

    def _work(self) -> bool:
        while self._left:
            self._left.popleft().close()
        logs, grown = self._logs, False
        for log in logs:
            grown |= log.advance(TURN / len(logs))
            while log.replay.notices:
                self.notices.append(log.replay.notices.popleft())
        self._tell_skipped(logs)
        return grown

    def _tell_skipped(self, logs: Sequence[Log]) -> None:
        """A word on lines that were no events, now and then."""
        of, told, when = self._told
        told = told if of is logs else 0
        skipped = sum(log.replay.skipped for log in logs)
        if skipped > told and time.monotonic() > when + SPARING:
            last = next(log.replay for log in reversed(logs) if log.replay.faults)
            lines = plural(skipped - told, "line")
            self.notices.append(f"{lines} of {last.name} skipped, the last is {last.faults[-1]}")
            self._told = logs, skipped, time.monotonic()

    def _failed(self, why: str) -> None:
        self.notices.append(f"{why}; what was read stays")


def _roughly(seconds: float) -> str:
    """Seconds up to a minute, then minutes: what changes often is sent often."""
    return clock(seconds) if seconds < 60 else plural(int(seconds // 60), "minute")


def _past(log: Log, moment: int) -> Reading:
    return log.replay.timeline.at(moment)


def _as_one(readings: Sequence[Reading], logs: Sequence[Log]) -> Reading:
    """One as it is, several together under the names of their logs."""
    if len(readings) == 1:
        return readings[0]
    return Together({log.replay.name: reading for log, reading in zip(logs, readings, strict=True)})
