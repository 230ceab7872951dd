"""Progress on standard error: a bar where that is a terminal, plain lines where it is not.

Progress is worth no training and no download: where standard error cannot be written, it is left
out.
"""

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol, TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tui_optim import datasets
from tui_optim.errors import inert
from tui_optim.events import RESUMED, Change, Event, Finding, Started, Step
from tui_optim.language import Language
from tui_optim.report import plural, shape
from tui_optim.streams import PREFIX, abandon, can_write, is_dumb, say
from tui_optim.training.advice import line

REFRESH_SECONDS = 0.2
PLAIN_LINE_SECONDS = 10.0

Reader: TypeAlias = Callable[[Event], None]


class _Shown(Protocol):
    def show(self, event: Event) -> None:
        """Take in an event, and draw if it is time to."""

    def close(self) -> None:
        """Draw no more."""


@contextmanager
def training_progress(language: Language = "en") -> Iterator[Reader]:
    """A reader that shows what is trained, how far it is, and what is found, in a language."""
    shown: _Shown = _Bar(language) if _has_bar() else _Lines(language)
    readable = True

    def show(event: Event) -> None:
        nonlocal readable
        if readable:
            try:
                shown.show(event)
            except OSError:  # a full disk, a terminal that hung up
                readable = False
                abandon(sys.stderr)

    try:
        yield show
    finally:
        with suppress(OSError):
            shown.close()


def description(started: Started) -> str:
    """What is trained, in a line."""
    data = started.dataset
    hidden = [layer.outputs for layer in started.layers[:-1]]
    times = "×" if can_write("×", sys.stderr) else "x"
    network = shape(hidden, (data.features, data.classes), times)
    return (
        f"training {plural(len(started.runs), 'run')} of {network} on {data.name} "
        f"({data.train:,} training and {data.test:,} test examples) "
        f"for {plural(started.experiment['iterations'], 'iteration')}, threads: {started.threads}"
    )


def _asked_for(change: Change) -> int | None:
    """How many iterations there are to be now; None where that is not what has changed."""
    return int(change.value or 0) if change.setting == "iterations" else None


def _say_if_resumed(change: Change) -> None:
    if change.setting == RESUMED:
        say(f"going on after iteration {change.iteration:,}")


def _has_bar() -> bool:
    """A bar needs a terminal that nobody else writes to: the end of a pipe (`| tee`) may."""
    if not sys.stderr.isatty() or is_dumb():
        return False
    try:
        return not stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):  # no file at all
        return True


def _speed(step: Step) -> str:
    return f"{step.iteration / step.seconds:,.0f} it/s" if step.seconds else ""


class _Findings:
    """The line that tells of a finding."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._started: Started | None = None

    def said(self, event: Event) -> str | None:
        if isinstance(event, Started):
            self._started = event
        elif isinstance(event, Finding):
            run = self._started.run(event.run) if self._started else None
            return inert(line(event, self._language, run))
        return None


class _Lines:
    """A line on what is trained, and every some seconds one on how far it is."""

    def __init__(self, language: Language) -> None:
        self._findings = _Findings(language)
        self._iterations = 0
        self._shown = time.monotonic()

    def show(self, event: Event) -> None:
        if found := self._findings.said(event):
            say(found)
        elif isinstance(event, Started):
            self._iterations = event.experiment["iterations"]
            say(description(event))
        elif isinstance(event, Change):
            self._iterations = _asked_for(event) or self._iterations
            _say_if_resumed(event)
        elif isinstance(event, Step) and time.monotonic() - self._shown > PLAIN_LINE_SECONDS:
            self._shown = time.monotonic()
            say(f"iteration {event.iteration:,}/{self._iterations:,}, {_speed(event)}")

    def close(self) -> None:
        pass


class _Bar:
    """A line on what is trained, and a bar that vanishes at the end."""

    def __init__(self, language: Language) -> None:
        self._findings = _Findings(language)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} · {task.fields[speed]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            auto_refresh=False,  # no thread beside the training's
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("training", total=1, speed="")
        self._shown = 0.0

    def show(self, event: Event) -> None:
        if found := self._findings.said(event):  # above the bar
            self._progress.console.print(Text(f"{PREFIX}{found}", overflow="fold"))
        elif isinstance(event, Started):
            say(description(event))
            self._progress.update(self._task, total=event.experiment["iterations"])
        elif isinstance(event, Change):
            self._progress.update(self._task, total=_asked_for(event))  # None: as it was
            _say_if_resumed(event)
        elif isinstance(event, Step) and time.monotonic() - self._shown > REFRESH_SECONDS:
            self._shown = time.monotonic()
            self._progress.start()  # once nothing is said any more
            self._progress.update(
                self._task, completed=event.iteration, speed=_speed(event), refresh=True
            )

    def close(self) -> None:
        self._progress.stop()


@contextmanager
def download_progress(*, quiet: bool = False) -> Iterator[datasets.Progress | None]:
    """A progress bar for each file that is downloaded; none where quiet."""
    if quiet:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    progress = Progress(*columns, console=Console(stderr=True), auto_refresh=False)
    tasks: dict[str, TaskID] = {}
    shown = 0.0

    def show(name: str, done: int, total: int | None) -> None:
        nonlocal shown
        if not tasks:  # most data sets need no download, and then no bar
            progress.start()
        if name not in tasks:
            tasks[name] = progress.add_task(escape(name), total=total)
        ready = done == total or time.monotonic() - shown > REFRESH_SECONDS
        progress.update(tasks[name], completed=done, total=total, refresh=ready)
        shown = time.monotonic() if ready else shown

    def show_if_possible(name: str, done: int, total: int | None) -> None:
        with suppress(OSError):
            show(name, done, total)

    try:
        yield show_if_possible
    finally:
        if tasks:
            with suppress(OSError):
                progress.stop()
