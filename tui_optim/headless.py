"""Headless: a training as lines, a table and logs, for scripts and remote machines."""

import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from tui_optim import datasets
from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError
from tui_optim.events import Event, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LogWriter, encode
from tui_optim.report import final_report, number, plural
from tui_optim.streams import abandon_standard_output
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer, load_dataset

COMPLETED, ALL_DIVERGED, INTERRUPTED = 0, 3, 130
REFRESH_SECONDS = 0.2
PLAIN_LINE_SECONDS = 10.0
PLAIN_WIDTH = 120
LOOKAHEAD = 16
"""Nobody watches closely: iterations between two meetings of the compute threads."""

Reader: TypeAlias = Callable[[Event], None]


@dataclass(frozen=True)
class Output:
    """What is to be written of a training, and how."""

    log: str | None = None
    log_every: int = 1
    json: bool = False
    print_every: int = 100
    quiet: bool = False


def run(experiment: Experiment, output: Output) -> int:
    """Train, and write what `output` asks for.

    Returns:
        The exit code: 0 completed, 3 every run diverged, 130 interrupted.

    Raises:
        InputError: when the data cannot be had or something cannot be written; the training has
            then ended in order.
    """
    with ExitStack() as stack:
        dataset = load(experiment, quiet=output.quiet)
        control = Control()
        trainer = Trainer(experiment, control, dataset, lookahead=LOOKAHEAD)
        history = History()
        readers = Readers(control)
        readers.add(history.add)
        if output.log:
            readers.add(stack.enter_context(LogWriter(output.log, output.log_every)).write)
        if output.json:
            readers.add(_print_json)
        elif not output.quiet:
            readers.add(Lines(output.print_every).show)
        if not output.quiet and not (output.json and sys.stdout.isatty()):
            readers.add(stack.enter_context(_training_progress()))
        stack.enter_context(_interruptible(control))
        for event in trainer:
            readers(event)
    if not output.json and history.iteration:
        readers.guard(lambda: _print_report(history))
    if readers.failure is not None:
        raise readers.failure
    return exit_code(history)


def load(experiment: Experiment, *, quiet: bool = False) -> Dataset:
    """The experiment's data; a download shows its progress on standard error, unless quiet."""
    with download_progress(quiet=quiet) as progress:
        return load_dataset(experiment, progress)


def exit_code(history: History) -> int:
    """What the process returns for a training that went like this."""
    if history.ended is not None and history.ended.reason == "interrupted":
        return INTERRUPTED
    return ALL_DIVERGED if len(history.diverged) == len(history.runs) else COMPLETED


class Readers:
    """Hands events on; a reader that cannot write is dropped, and the training ends in order.

    Attributes:
        failure: what could not be written; None also where a pipe's reader only went away.
    """

    def __init__(self, control: Control) -> None:
        self.failure: InputError | None = None
        self._control = control
        self._readers: list[Reader] = []

    def add(self, reader: Reader) -> None:
        """Hand all events from now on to this reader, too."""
        self._readers.append(reader)

    def __call__(self, event: Event) -> None:
        """Hand on one event."""
        for reader in list(self._readers):
            if not self.guard(partial(reader, event)):
                self._readers.remove(reader)

    def guard(self, write: Callable[[], None]) -> bool:
        """Write, and say whether it could be done."""
        try:
            write()
        except BrokenPipeError:  # `| head` has seen enough
            abandon_standard_output()
            self._control.stop()
        except InputError as error:
            self.failure = error
            self._control.stop("failed")
        except OSError as error:
            abandon_standard_output()
            self.failure = InputError(f"standard output: {error.strerror or error}")
            self._control.stop("failed")
        else:
            return True
        return False


class Lines:
    """The iteration and each run's loss, in aligned columns on standard output."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._widths: list[int] = []

    def show(self, event: Event) -> None:
        """Print a line for iteration 1 and for each one whose number is a multiple of `every`."""
        if isinstance(event, Started):
            names = [run.name.split() for run in event.runs]  # a product's name has several words
            self._widths = [max(9, *(cell_len(word) for word in name)) for name in names]
            height = max(len(name) for name in names)
            for line in range(height):
                words = [name[line] if line < len(name) else "" for name in names]
                self._print("iteration" if line == height - 1 else "", words)
        elif isinstance(event, Step) and (
            event.iteration == 1 or event.iteration % self._every == 0
        ):
            losses = ["diverged" if x is None else number(x) for x in event.loss.values()]
            self._print(str(event.iteration), losses)

    def _print(self, first: str, cells: Sequence[str]) -> None:
        padded = [
            " " * (width - cell_len(cell)) + cell
            for width, cell in zip(self._widths, cells, strict=True)
        ]
        print("  ".join([f"{first:>9}", *padded]), flush=True)


def _print_json(event: Event) -> None:
    print(encode(event), flush=True)


def _print_report(history: History) -> None:
    print()
    _print_table(final_report(history))
    sys.stdout.flush()


def _print_table(table: RenderableType) -> None:
    # Through print: rich itself ends the process when what reads a pipe has gone.
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else PLAIN_WIDTH
    text = io.StringIO()
    Console(file=text, force_terminal=terminal, width=width, highlight=False).print(table)
    print(text.getvalue(), end="")


@contextmanager
def _interruptible(control: Control) -> Iterator[None]:
    """SIGINT and SIGTERM end the training in order; a second one ends the process."""
    both = (signal.SIGINT, signal.SIGTERM)
    # What is ignored (nohup, a script's background job) stays ignored.
    signals = [each for each in both if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.getsignal(each) for each in signals}

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for each in signals:  # a second one may come while a write waits for its reader
            signal.signal(each, lambda *_: os._exit(INTERRUPTED))
        control.stop("interrupted")

    for each in signals:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        restore()


@contextmanager
def _training_progress() -> Iterator[Reader]:
    """A reader that shows on standard error how far the training is."""
    if not sys.stderr.isatty():
        yield PlainProgress().show
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} · {task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns,
        console=Console(stderr=True),
        auto_refresh=False,  # no thread beside the training's
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=False,
    ) as progress:
        task = progress.add_task("training", total=1, speed="")
        shown = 0.0

        def show(event: Event) -> None:
            nonlocal shown
            if isinstance(event, Started):
                progress.update(task, total=event.experiment["iterations"])
            if isinstance(event, Step) and time.monotonic() - shown > REFRESH_SECONDS:
                shown = time.monotonic()
                speed = f"{event.iteration / event.seconds:,.0f} it/s" if event.seconds else ""
                progress.update(task, completed=event.iteration, speed=speed, refresh=True)

        yield show


class PlainProgress:
    """Lines on standard error: what is trained, and every some seconds how far it is."""

    def __init__(self) -> None:
        self._iterations = 0
        self._shown = time.monotonic()

    def show(self, event: Event) -> None:
        """Print a line if it is time for one."""
        if isinstance(event, Started):
            data = event.dataset
            shape = "-".join(str(n) for n in (data.features, *(x.outputs for x in event.layers)))
            self._iterations = event.experiment["iterations"]
            _say(
                f"training {plural(len(event.runs), 'run')} of {shape} on {data.name} "
                f"({data.train:,} training and {data.test:,} test examples) "
                f"for {plural(self._iterations, 'iteration')}, threads: {event.threads}"
            )
        elif isinstance(event, Step) and time.monotonic() - self._shown > PLAIN_LINE_SECONDS:
            self._shown = time.monotonic()
            speed = event.iteration / event.seconds if event.seconds else 0.0
            _say(f"iteration {event.iteration:,}/{self._iterations:,}, {speed:,.0f} it/s")


def _say(line: str) -> None:
    print(f"tui-optim: {line}", file=sys.stderr, flush=True)


@contextmanager
def download_progress(*, quiet: bool = False) -> Iterator[datasets.Progress | None]:
    """A progress bar on standard error for each file that is downloaded; none where quiet."""
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

    try:
        yield show
    finally:
        if tasks:
            progress.stop()


def list_data(data_dir: str | None) -> None:
    """Print what data sets there are, and where."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("data set", "what it is", "where"):
        table.add_column(column, overflow="fold")
    for entry in datasets.catalog(data_dir):
        table.add_row(*(Text(text) for text in (entry.name, entry.description, entry.where)))
    _print_table(table)


def fetch_data(name: str, data_dir: str | None) -> None:
    """Download a data set, unless it is here, and print where it is.

    Raises:
        InputError: when it is not one to download, or cannot be downloaded.
    """
    with download_progress() as progress:
        folder = datasets.fetch(name, data_dir=data_dir, progress=progress)
    print(folder)
