"""Checkpoints: the whole state of a training in a file, to go on from as if nothing had happened.

The file is an archive: a header in JSON, with the experiment, the data's digest and the state's
numbers, and the state's arrays. It is read in two steps: what it is of, for that says what data to
load; then the state, by the training that goes on, which knows how large it can be.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui_optim import __version__
from tui_optim.datasets.dataset import Dataset
from tui_optim.datasets.files import shown
from tui_optim.errors import InputError
from tui_optim.experiment import Experiment
from tui_optim.nn.network import count_parameters
from tui_optim.nn.specs import checked_whole, value_text
from tui_optim.streams import keep_aside
from tui_optim.training import archive
from tui_optim.training.archive import FOREIGN, HEADER_MOST, Archive
from tui_optim.training.saved import Saved, State

FORMAT = "tui-optim checkpoint"
VERSION = 1
"""Of the file and of what a state means; from another, no training could go on exactly."""
ELSEWHERE = frozenset({"data_dir", "threads"})
"""Options of an experiment that say where it is trained, and change no loss."""

Told: TypeAlias = Callable[[Path, InputError | None], None]


class Resumable(Protocol):
    """A training that can go on from a state."""

    experiment: Experiment
    dataset: Dataset

    @property
    def state_bytes(self) -> int:
        """About how many bytes its state can take, and no less."""

    def restore(self, saved: Saved) -> None:
        """Go on from a state."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint is of.

    Attributes:
        path: of the file.
        experiment: what was trained.
        dataset: the SHA-256 of the data.
        began: when the training began, as its `started` event has it.
        iteration: the last one that it holds.
        iterations: how many were asked for.
        changes: how many `change` events were told since that iteration.
        log_every: of the steps, the training's log has every so many.
        checkpoint_every: iterations between two of its checkpoints; 0: only at an end.
    """

    path: Path
    experiment: Experiment
    dataset: str
    began: str
    iteration: int
    iterations: int
    changes: int
    log_every: int = 1
    checkpoint_every: int = 0

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """What a file is a checkpoint of.

        Raises:
            InputError: where it is none, damaged, or of another version.
        """
        path = Path(path)
        with _naming(path), Archive.opened(path) as file:
            header = _header(file)
            training = header.part("training")
            experiment = Experiment.from_options(header.part("experiment").values)
            if _least_bytes(experiment) > file.size:
                raise InputError("its networks are larger than the file")
            every = header.part("every") if header.has("every") else None  # 0.2.0 wrote none
            return cls(
                path=path,
                experiment=experiment,
                dataset=header.text("dataset"),
                began=datetime.fromisoformat(training.text("began")).isoformat(),
                iteration=training.whole("iteration", 1),
                iterations=training.whole("iterations", 1),
                changes=training.whole("changes"),
                log_every=every.whole("log", 1) if every else 1,
                checkpoint_every=every.whole("checkpoint") if every else 0,
            )

    def restore(self, training: Resumable) -> None:
        """Put a training where the checkpoint's was.

        Raises:
            InputError: where that was another training, or the file is damaged; the training is
                then of no use.
        """
        with _naming(self.path):
            different = difference(self.experiment, training.experiment)
            if different is not None:
                raise InputError(f"it is of another experiment: {different}")
            if self.dataset != training.dataset.sha256:
                data = value_text(training.experiment.data)
                raise InputError(f"it is of other data: {data} is not what it was")
            training.restore(self._state(training.state_bytes))

    def _state(self, most: int) -> Saved:
        with Archive.opened(self.path) as file:
            if file.size > most + HEADER_MOST:
                raise InputError(f"it has {file.size:,} bytes, more than such a training's state")
            state, arrays = _header(file).part("training").values, file.arrays()
            state = _with_arrays(state, arrays)
        if arrays:
            raise InputError(f"{value_text(min(arrays))} is no part of the state")
        return Saved(state)


class CheckpointWriter:
    """Writes the checkpoints of trainings, each over the one before.

    Args:
        path: of the file; None: only what is asked for while it trains is written.
        every: iterations between two; 0: only at an end, however it comes about.
        told: called with the path of each that was to be written, and with None, or with why it
            could not be; without it, that is raised.
        kept: called with a line that says where that is kept which was there before, if it was no
            checkpoint of a training of ours: before it is written over, it is renamed to `FILE~`.
        log_every: of the steps, the log has every so many; that goes on with the training.

    Attributes:
        path: of the file.
        every: as above.
        failure: why the last one could not be written; None where it could.

    Raises:
        InputError: when there is no such folder.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        every: int = 0,
        told: Told | None = None,
        kept: Callable[[str], None] | None = None,
        log_every: int = 1,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.every = checked_whole("checkpoint-every", every, 0)
        self.failure: InputError | None = None
        self._told, self._kept, self._log_every = told, kept, log_every
        self._own: tuple[str, Experiment] | None = None  # the training that the file is of
        self._cleared = False  # whether what is there is not worth keeping, or no more there
        if self.path is not None:
            check_place(self.path)

    def write(
        self, experiment: Experiment, dataset: str, training: State, path: Path | None = None
    ) -> None:
        """Write a checkpoint.

        Args:
            experiment: what is trained.
            dataset: the SHA-256 of the data.
            training: the state.
            path: of another file than the writer's.

        Raises:
            InputError: when it cannot be written, and nobody is told.
        """
        path = path or self.path
        if path is None:
            raise InputError("a checkpoint needs a file: name one")
        arrays: dict[str, NDArray[Any]] = {}
        header = {
            "format": FORMAT,
            "version": VERSION,
            "program": __version__,
            "experiment": experiment.options(),
            "dataset": dataset,
            "every": {"log": self._log_every, "checkpoint": self.every},
            "training": _without_arrays(training, "", arrays),
        }
        self.failure = self._keep_other(experiment, training) if path == self.path else None
        self.failure = self.failure or _written(path, header, arrays)
        if self._told is not None:
            self._told(path, self.failure)
        elif self.failure is not None:
            raise self.failure

    def _keep_other(self, experiment: Experiment, training: State) -> InputError | None:
        """Rename what is there, where it is of another training; why it could not be, or None."""
        own = training["began"], experiment
        if self.path is None or self._cleared or self._own == own:
            return None
        if not _is_of(self.path, *own):
            try:
                kept = keep_aside(self.path)
            except (OSError, ValueError, RuntimeError) as error:
                return _failure(self.path, error)
            self._cleared = True
            if kept is not None and self._kept is not None:
                self._kept(f"what {shown(self.path)} held is now in {shown(Path(kept.name))}")
        self._own = own
        return None


def _is_of(path: Path, began: str, experiment: Experiment) -> bool:
    """Whether a file is a checkpoint of that training."""
    try:
        there = Checkpoint.read(path)
    except InputError:
        return False
    return there.began == began and difference(there.experiment, experiment) is None


def _written(
    path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> InputError | None:
    """Write an archive; why it could not be, or None."""
    try:
        check_place(path)
        archive.write(path, header, arrays)
    except InputError as error:
        return error
    except (OSError, ValueError, RuntimeError) as error:
        return _failure(path, error)
    return None


def check_place(path: Path) -> None:
    """See that a checkpoint could be written there.

    Raises:
        InputError: where there is no such folder, or something else than a file.
    """
    try:
        folder = path.resolve().parent.is_dir()
        free = path.is_file() or not path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # a null character, a loop of links
        raise _failure(path, error) from None
    if not folder:
        raise _failure(path, "there is no such folder")
    if not free:
        raise _failure(path, "there is something that is no regular file")


def _failure(path: Path, error: Exception | str) -> InputError:
    reason = getattr(error, "strerror", None) or error
    return InputError(f"checkpoint {shown(path)} cannot be written: {reason}")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say in each refusal which file it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"checkpoint {shown(path)} cannot be used: {error}") from None


def _header(file: Archive) -> Saved:
    header = Saved(file.header(), "its header")
    if header.text("format") != FORMAT:
        raise InputError(FOREIGN)
    version = header.whole("version")
    if version != VERSION:
        raise InputError(
            f"it is of version {version}: tui-optim {__version__} reads version {VERSION}"
        )
    return header


def _least_bytes(experiment: Experiment) -> int:
    """What the parameters take at least, whatever the data are."""
    parameters = count_parameters((1, *experiment.widths, 1))
    return len(experiment.runs) * parameters * np.dtype(experiment.dtype).itemsize


def _without_arrays(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """A state with the name of each array in its place; the arrays are put into `arrays`."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Mapping):
        below = f"{name}." if name else ""
        return {key: _without_arrays(each, f"{below}{key}", arrays) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_arrays(each, f"{name}.{i}", arrays) for i, each in enumerate(value)]
    return value


def _with_arrays(value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """A state with each array in place of its name; the arrays are taken out of `arrays`."""
    if isinstance(value, dict):
        if value.keys() == {"array"}:
            array = arrays.pop(str(value["array"]), None)
            if array is None:
                raise InputError(f"the array {value_text(value['array'])} is missing")
            return array
        return {key: _with_arrays(each, arrays) for key, each in value.items()}
    return [_with_arrays(each, arrays) for each in value] if isinstance(value, list) else value


def difference(one: Experiment, other: Experiment) -> str | None:
    """The first option in which a checkpoint's experiment is another; None where it is the same."""
    here = other.options()
    for key, value in one.options().items():
        if key not in ELSEWHERE and value != here[key]:
            name = key.replace("_", "-")
            return f"{name} is {value_text(value)} there and {value_text(here[key])} here"
    return None
