"""Headless: a training as lines, a table and logs, for scripts and remote machines."""

import errno
import math
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from tui_optim import datasets
from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError, inert
from tui_optim.events import Event, Reason, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.language import Language
from tui_optim.logs.jsonl import LogWriter, Thinning, encode
from tui_optim.logs.resumption import Resumption
from tui_optim.printing import print_table, width
from tui_optim.progress import Reader, download_progress, training_progress
from tui_optim.report import exit_code, final_report, has_result, number
from tui_optim.signals import interruptible
from tui_optim.streams import abandon, is_file, mention
from tui_optim.training.checkpoint import CheckpointWriter
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer, load_dataset

LOOKAHEAD = 16
"""Nobody watches closely: iterations between two meetings of the compute threads."""
LONG_LOG = 100
"""Megabytes that take a second or more to read."""


@dataclass(frozen=True)
class Output:
    """What is to be written of a training, and how."""

    log: str | None = None
    log_every: int = 1
    checkpoint: str | None = None
    checkpoint_every: int = 0
    json: bool = False
    print_every: int = 100
    quiet: bool = False
    keep_going: bool = False
    lang: Language = "en"


def run(
    experiment: Experiment,
    output: Output,
    dataset: Dataset | None = None,
    resume: Resumption | None = None,
) -> int:
    """Train, and write what `output` asks for.

    Args:
        experiment: what to train.
        output: what to write.
        dataset: the data, if they are loaded already.
        resume: how to go on from a checkpoint of it.

    Returns:
        The exit code: 0 completed, 3 every run diverged, 130 interrupted.

    Raises:
        InputError: when the data cannot be had or something cannot be written; the training has
            then ended in order.
    """
    with ExitStack() as stack, ExitStack() as shown:
        dataset = dataset or load(experiment, quiet=output.quiet)
        control = Control()
        remark = partial(_remark, quiet=output.quiet)
        for line in resume.notices() if resume else ():
            remark(line)
        writer = CheckpointWriter(
            output.checkpoint,
            output.checkpoint_every,
            _Failures().tell,
            remark,
            output.log_every,
        )
        trainer = Trainer(
            experiment,
            control,
            dataset,
            lookahead=LOOKAHEAD,
            writer=writer,
            resume=resume.checkpoint if resume else None,
        )
        past = resume.past if resume else None
        history = _known(resume, quiet=output.quiet)
        readers = Readers(control, keep_going=output.keep_going)
        readers.add(past.then(history.add) if past else history.add)
        if output.log:
            log = LogWriter(output.log, output.log_every, past.end if past else None)
            write = stack.enter_context(log).write
            if log.notice:
                remark(log.notice)
            readers.add(past.then(write) if past else write)
        if resume is not None and resume.more:
            control.extend(resume.more)
        if not output.quiet and not (output.json and not is_file(sys.stdout)):
            readers.add(shown.enter_context(training_progress(output.lang)))
        if output.json:
            readers.add(Thinning(output.log_every, _print_json))
        elif not output.quiet:
            readers.add(Lines(output.print_every).show)
        stay = (lambda: None) if output.keep_going else None
        stack.enter_context(interruptible(lambda: control.stop("interrupted"), hang_up=stay))
        for event in trainer:
            readers(event)
        shown.close()
        if history.ended is not None and history.ended.reason == "stopped":
            remark(
                f"nobody reads the output any more: ended at iteration {history.iteration:,}; "
                "--keep-going trains on"
            )
        if not output.json and has_result(history):
            readers.guard(lambda: _print_report(history, output.lang))
    failure = readers.failure or writer.failure
    if failure is not None:
        raise failure
    return exit_code(history)


def _remark(line: str, *, quiet: bool) -> None:
    if not quiet:
        mention(inert(line))


def _known(resume: Resumption | None, *, quiet: bool) -> History:
    """What is known of a training that begins, or that goes on."""
    if resume is None or resume.past is None:
        return History()
    if resume.past.megabytes > LONG_LOG and not quiet:
        mention(f"reading what the log holds, {resume.past.megabytes:,.0f} MB")
    with closing(resume.past.replay()) as replay:
        replay.advance(math.inf)
    if missing := resume.missing(replay.history.iteration):
        mention(missing)
    return replay.history


class _Failures:
    """Says that a checkpoint could not be written, once for several in a row."""

    def __init__(self) -> None:
        self._failing = False

    def tell(self, _path: Path, failure: InputError | None) -> None:
        """Take in what has become of one."""
        if failure is not None and not self._failing:
            mention(f"{failure}; the training goes on, and the next is tried")
        self._failing = failure is not None


def load(experiment: Experiment, *, quiet: bool = False) -> Dataset:
    """The experiment's data; a download shows its progress on standard error, unless quiet."""
    with download_progress(quiet=quiet) as progress:
        return load_dataset(experiment, progress)


class Readers:
    """Hands events on; a reader that cannot write is dropped, and the training ends in order.

    Args:
        control: of the training.
        keep_going: whether it goes on where nobody is there to read any more.

    Attributes:
        failure: what could not be written; None also where a pipe's reader only went away.
    """

    def __init__(self, control: Control, *, keep_going: bool = False) -> None:
        self.failure: InputError | None = None
        self._control, self._keep_going = control, keep_going
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
            abandon(sys.stdout)
            self._nobody_reads("stopped")
        except InputError as error:
            self.failure = error
            self._control.stop("failed")
        except OSError as error:
            abandon(sys.stdout)
            if error.errno == errno.EIO:  # the terminal has hung up
                self._nobody_reads("interrupted")
            else:
                self.failure = InputError(f"standard output: {error.strerror or error}")
                self._control.stop("failed")
        else:
            return True
        return False

    def _nobody_reads(self, reason: Reason) -> None:
        if not self._keep_going:
            self._control.stop(reason)


class Lines:
    """The iteration and each run's loss, in aligned columns on standard output.

    On a terminal that is too narrow for all runs, an iteration takes several lines.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._head: list[list[str]] = []  # the runs' names, until they are printed
        self._rows: list[slice] = []  # the runs that stand side by side
        self._widths: list[int] = []

    def show(self, event: Event) -> None:
        """Print iteration 1 and each one whose number is a multiple of `every`."""
        if isinstance(event, Started):
            self._head = [run.name.split() for run in event.runs]
        elif isinstance(event, Step) and (
            event.iteration == 1 or event.iteration % self._every == 0
        ):
            if self._head:  # above the first line: there may be nothing left to train
                self._lay_out(self._head)
                self._head = []
            losses = ["diverged" if x is None else number(x) for x in event.loss.values()]
            for row in self._rows:
                self._print("" if row.start else str(event.iteration), row, losses)

    def _lay_out(self, names: Sequence[Sequence[str]]) -> None:
        """Share the runs out to rows, and print the head; a product's name has several words."""
        self._widths = [max(9, *(cell_len(word) for word in name)) for name in names]
        side_by_side = len(names)
        if sys.stdout.isatty():
            side_by_side = max(1, (width() - 9) // (max(self._widths) + 2))
        starts = range(0, len(names), side_by_side)
        self._rows = [slice(start, start + side_by_side) for start in starts]
        if len(self._rows) > 1:  # aligned from row to row
            self._widths = [max(self._widths)] * len(names)
        height = max(len(name) for name in names)
        for row in self._rows:
            for line in range(height):
                words = [name[line] if line < len(name) else "" for name in names]
                last = line == height - 1 and not row.start
                self._print("iteration" if last else "", row, words)

    def _print(self, first: str, row: slice, cells: Sequence[str]) -> None:
        padded = [
            " " * (width - cell_len(cell)) + cell
            for width, cell in zip(self._widths[row], cells[row], strict=True)
        ]
        print("  ".join([f"{first:>9}", *padded]), flush=True)


def _print_json(event: Event) -> None:
    print(encode(event), flush=True)


def _print_report(history: History, language: Language) -> None:
    print()
    print_table(final_report(history, width(), language))


def list_data(data_dir: str | None) -> None:
    """Print what data sets there are, and where."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("data set", "what it is", "where"):
        table.add_column(column, overflow="fold")
    for entry in datasets.catalog(data_dir):
        table.add_row(*(Text(inert(text)) for text in (entry.name, entry.description, entry.where)))
    print_table(table)


def fetch_data(name: str, data_dir: str | None) -> None:
    """Download a data set, unless it is here, and print where it is.

    Raises:
        InputError: when it is not one to download, or cannot be downloaded.
    """
    with download_progress() as progress:
        folder = datasets.fetch(name, data_dir=data_dir, progress=progress)
    print(inert(str(folder)))
