"""Control: what a person may ask of a training while it runs, from any thread."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from tui_optim.errors import InputError
from tui_optim.events import Reason
from tui_optim.nn.specs import checked_number, checked_whole


class Turn(Enum):
    """What the trainer is to do next."""

    GO = auto()
    BY_HAND = auto()  # one iteration, asked for while paused
    REQUESTS = auto()  # take the pending requests first
    STOP = auto()


@dataclass(frozen=True)
class Request:
    """A setting to change before the next iteration.

    `setting` is "lr" (of one run, or all where run is None), "lr_factor" (the same, multiplied),
    "iterations" (that many more), "pace" or "paused"; or "checkpoint", which changes nothing and
    has a path.
    """

    setting: str
    value: float | bool | None = None
    run: str | None = None
    path: Path | None = None


class Control:
    """Commands to one training; thread-safe, and each takes effect at the next iteration.

    Args:
        paused: whether the training begins paused.
        pace: iterations a second at most; None for full speed.

    Raises:
        InputError: when the pace is not a positive number.
    """

    def __init__(self, *, paused: bool = False, pace: float | None = None) -> None:
        self._condition = threading.Condition()
        self._requests: deque[Request] = deque()
        self._by_hand = 0
        self._paused = False
        self._pace: float | None = None
        self._next_start = self._held_until = 0.0
        self._stop: Reason | None = None
        self._runs: tuple[str, ...] | None = None
        if pace is not None:
            self.set_pace(pace)
        if paused:
            self.pause()

    @property
    def paused(self) -> bool:
        """Whether the training is asked to pause."""
        return self._paused

    @property
    def pace(self) -> float | None:
        """Iterations a second at most; None is full speed."""
        return self._pace

    @property
    def stop_reason(self) -> Reason | None:
        """Why the training was asked to stop; None where it was not."""
        return self._stop

    def pending(self, setting: str) -> bool:
        """Whether there are requests of a kind that the trainer has not yet been told of."""
        with self._condition:
            return any(request.setting == setting for request in self._requests)

    def pause(self) -> None:
        """Pause before the next iteration."""
        with self._condition:
            self._paused = True
            self._request(Request("paused", value=True))

    def resume(self) -> None:
        """Go on after a pause."""
        with self._condition:
            self._paused = False
            self._by_hand = 0
            self._request(Request("paused", value=False))

    def hold(self, seconds: float) -> None:
        """Leave the processor to others, for so long or until `release`; no pause is told."""
        with self._condition:
            self._held_until = time.perf_counter() + seconds

    def release(self) -> None:
        """Go on after a hold."""
        with self._condition:
            self._held_until = 0.0
            self._condition.notify_all()

    def step(self) -> None:
        """While paused, run one iteration; it is probed."""
        with self._condition:
            if self._paused:
                self._by_hand += 1
                self._condition.notify_all()

    def stop(self, reason: Reason = "stopped") -> None:
        """End the training before the next iteration, also while paused; the first reason holds."""
        with self._condition:
            self._stop = self._stop or reason
            self._condition.notify_all()

    def set_pace(self, pace: float | None) -> None:
        """Run at most so many iterations a second; None is full speed.

        Raises:
            InputError: when the pace is not a positive number.
        """
        if pace is not None:
            pace = checked_number("pace", pace, above=0)
        with self._condition:
            self._pace = pace
            self._next_start = 0.0
            self._request(Request("pace", pace))

    def set_learning_rate(self, value: float, run: str | None = None) -> None:
        """Set the learning rate of one run, or of all.

        Raises:
            InputError: when the value is not a positive number or there is no such run.
        """
        self._learning_rate("lr", value, run)

    def scale_learning_rate(self, factor: float, run: str | None = None) -> None:
        """Multiply the learning rate of one run, or of all.

        Raises:
            InputError: when the factor is not a positive number or there is no such run.
        """
        self._learning_rate("lr_factor", factor, run)

    def extend(self, iterations: int) -> None:
        """Go on for so many iterations more than was asked for up to now.

        Raises:
            InputError: when it is no whole number of at least 1.
        """
        iterations = checked_whole("iterations", iterations, 1)
        with self._condition:
            self._request(Request("iterations", iterations))

    def checkpoint(self, path: str | Path | None = None) -> None:
        """Write a checkpoint before the next iteration; to the training's own file if None."""
        with self._condition:
            self._request(Request("checkpoint", path=None if path is None else Path(path)))

    # What the trainer calls.

    def bind(self, runs: Sequence[str]) -> None:
        """Tell the names of the runs, so that an unknown one is refused where it is given."""
        self._runs = tuple(runs)

    def take_requests(self, setting: str | None = None) -> list[Request]:
        """The requests that are pending, in order: all, or those of a kind."""
        with self._condition:
            taken = [each for each in self._requests if setting in (None, each.setting)]
            self._requests = deque(each for each in self._requests if each not in taken)
            return taken

    def wait_for_turn(self) -> Turn:
        """Wait, while paused, held or ahead of the pace, until there is something to do."""
        with self._condition:
            while True:
                if self._stop is not None:
                    return Turn.STOP
                if self._requests:
                    return Turn.REQUESTS
                if self._by_hand:
                    self._by_hand -= 1
                    return Turn.BY_HAND
                if self._paused:
                    self._condition.wait()
                    continue
                now = time.perf_counter()
                start = max(self._held_until, self._next_start)
                if now >= start:
                    if self._pace is not None:
                        self._next_start = now + 1 / self._pace  # what was missed is not made up
                    return Turn.GO
                self._condition.wait(min(start - now, threading.TIMEOUT_MAX))

    def _learning_rate(self, setting: str, value: float, run: str | None) -> None:
        value = checked_number("learning rate", value, above=0)
        if run is not None and self._runs is not None and run not in self._runs:
            raise InputError(f"no run {run!r}: there are {', '.join(self._runs)}")
        with self._condition:
            self._request(Request(setting, value, run))

    def _request(self, request: Request) -> None:
        self._requests.append(request)
        self._condition.notify_all()
