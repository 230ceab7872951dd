"""The compute threads: each takes some runs through an iteration, with one BLAS thread of its own.

NumPy lets go of the interpreter lock in products and in large elementwise loops, so that runs are
computed at the same time. Measured on two cores, this is faster than two BLAS threads under one
Python thread, because the elementwise passes and the updates are shared as well; and since a
product is always computed by one BLAS thread, losses do not depend on the number of threads.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import numpy as np
from threadpoolctl import ThreadpoolController


def usable_cores() -> int:
    """How many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ComputePool:
    """Runs tasks side by side; a context manager, so that no thread outlives the training.

    While any pool is open, the process's BLAS uses one thread; after the last, what it used before.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        _SINGLE_BLAS_THREAD.acquire()
        if self.threads > 1:
            self._executor = ThreadPoolExecutor(
                self.threads - 1, thread_name_prefix="tui-optim-compute", initializer=_quiet
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None
        _SINGLE_BLAS_THREAD.release()

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run at most `threads` tasks and wait for all; the first runs on the calling thread.

        Overflow and invalid values are no warnings here: a run that diverges shows by its loss.
        """
        first, *others = tasks
        futures = [self._executor.submit(task) for task in others] if self._executor else []
        with np.errstate(all="ignore"):
            first()
        for future in futures:
            future.result()


def _quiet() -> None:
    np.seterr(all="ignore")


class _SingleBlasThread:
    """Holds BLAS at one thread while at least one holder is left (the setting is the process's)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limits: Any = None

    def acquire(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._limits = ThreadpoolController().limit(limits=1, user_api="blas")
            self._holders += 1

    def release(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._limits.restore_original_limits()


_SINGLE_BLAS_THREAD = _SingleBlasThread()
