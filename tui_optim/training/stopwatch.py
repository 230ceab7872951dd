"""The stopwatch: how long the training itself took."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stopwatch:
    """Counts the seconds that a generator computes, and not those that its reader takes.

    Args:
        spent: where to count on from.
    """

    def __init__(self, spent: float = 0.0) -> None:
        self._spent = spent
        self._started: float | None = None

    @property
    def seconds(self) -> float:
        """Counted so far."""
        running = 0.0 if self._started is None else time.perf_counter() - self._started
        return self._spent + running

    def time(self, items: Generator[Item, None, Result]) -> Generator[Item, None, Result]:
        """Hand on what a generator gives, and count what it takes to give it."""
        while True:
            self._started = time.perf_counter()
            try:
                item = next(items)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            finally:
                self._stop()
            yield item

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stand still for a while."""
        self._stop()
        try:
            yield
        finally:
            self._started = time.perf_counter()

    def _stop(self) -> None:
        self._spent, self._started = self.seconds, None
