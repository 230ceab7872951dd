"""Curves of any length in bounded memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A curve reduced to N points, each of which stands for neighbouring iterations.

    All arrays are (N,). iteration, samples and seconds are where a point lies on each axis (the
    mean of its iterations); minimum, mean and maximum are NaN where the run had diverged.
    """

    iteration: Array
    samples: Array
    seconds: Array
    minimum: Array
    mean: Array
    maximum: Array


def indices(start: int, stop: int, step: int = 1) -> NDArray[np.intp]:
    """The same as `np.arange`, which lets go of the interpreter lock however little there is to do.

    Who draws beside a training would wait to have it back, each time, as long as that computes.
    """
    return np.array(range(start, stop, step), np.intp)


class Series:
    """C curves over common positions, in at most `capacity` buckets of equally many rows.

    When all buckets are full, neighbours are joined and each takes twice as many rows from then on.
    A bucket keeps minimum, sum, maximum and number of the finite values.
    """

    def __init__(self, columns: int, capacity: int = 2048) -> None:
        if capacity < 2 or capacity % 2:
            raise ValueError(f"capacity {capacity} must be even")
        self.columns = columns
        self._capacity = capacity
        self._width = 1  # rows a bucket
        self._buckets = 0  # of which the last may be part full
        self._rows = np.zeros(capacity)
        self._positions = np.zeros((capacity, 3))  # sums of iteration, samples, seconds
        self._minimum = np.full((capacity, columns), np.nan)
        self._maximum = np.full((capacity, columns), np.nan)
        self._sum = np.zeros((capacity, columns))
        self._count = np.zeros((capacity, columns))

    def __len__(self) -> int:
        return self._buckets

    def extend(self, positions: Array, values: Array) -> None:
        """Append rows: positions (n, 3) are iteration, samples, seconds; values are (n, C)."""
        done = 0
        while done < len(values):
            bucket = max(self._buckets - 1, 0)
            filled = int(self._rows[bucket])
            if filled == self._width:
                bucket, filled = bucket + 1, 0
            if bucket == self._capacity:
                self._join()
                continue
            rows = slice(done, done + (self._capacity - bucket) * self._width - filled)
            self._add(bucket, filled, positions[rows], values[rows])
            done = rows.stop

    def _add(self, bucket: int, filled: int, positions: Array, values: Array) -> None:
        """Add rows to a bucket that has `filled` of them, and to the empty ones after it."""
        n = len(values)
        starts = np.concatenate([[0], indices(self._width - filled, n, self._width)])
        into = slice(bucket, bucket + len(starts))
        finite = np.isfinite(values)
        columns = np.ascontiguousarray(np.where(finite, values, np.nan).T)  # several times as fast
        self._rows[into] += np.diff(starts, append=n)
        self._positions[into] += np.add.reduceat(positions, starts)
        with np.errstate(over="ignore"):
            self._sum[into] += np.add.reduceat(np.where(finite, values, 0), starts)
        self._count[into] += np.add.reduceat(finite, starts, dtype=float)
        minimum = np.fmin.reduceat(columns, starts, axis=1).T
        maximum = np.fmax.reduceat(columns, starts, axis=1).T
        self._minimum[into] = np.fmin(self._minimum[into], minimum)
        self._maximum[into] = np.fmax(self._maximum[into], maximum)
        self._buckets = into.stop

    def _join(self) -> None:
        half = self._capacity // 2
        for sums in (self._rows, self._positions, self._sum, self._count):
            sums[:half] = sums[0::2] + sums[1::2]
            sums[half:] = 0
        self._minimum[:half] = np.fmin(self._minimum[0::2], self._minimum[1::2])
        self._maximum[:half] = np.fmax(self._maximum[0::2], self._maximum[1::2])
        self._minimum[half:] = self._maximum[half:] = np.nan
        self._buckets = half
        self._width *= 2

    def curve(self, column: int, points: int) -> Curve:
        """One curve, reduced to at most that many points."""
        n = self._buckets
        starts = indices(0, n, max(1, -(-n // max(points, 1))))
        if n == 0:
            nothing = np.empty(0)
            return Curve(*[nothing] * 6)
        rows = np.add.reduceat(self._rows[:n], starts)
        positions = np.add.reduceat(self._positions[:n], starts) / rows[:, None]
        count = np.add.reduceat(self._count[:n, column], starts)
        with np.errstate(over="ignore"):
            total = np.add.reduceat(self._sum[:n, column], starts)
        return Curve(
            iteration=positions[:, 0],
            samples=positions[:, 1],
            seconds=positions[:, 2],
            minimum=np.fmin.reduceat(self._minimum[:n, column], starts),
            mean=np.divide(total, count, out=np.full(len(starts), np.nan), where=count > 0),
            maximum=np.fmax.reduceat(self._maximum[:n, column], starts),
        )
