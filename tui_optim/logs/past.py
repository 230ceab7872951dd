"""The past: what the log of a training holds up to a checkpoint, when the training goes on from it.

The log is continued: what lies after the checkpoint is cut off, for it will be told again, and so
is an end. What comes then begins with a `change` event whose setting is "resumed", so that an
interruption stays visible; but for that and the seconds, the whole reads like the log of a training
that was never interrupted.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from tui_optim.errors import InputError
from tui_optim.events import RESUMED, Change, Event, Started
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LONGEST_LINE, decode
from tui_optim.logs.replay import Replay
from tui_optim.training.checkpoint import Checkpoint, difference

EVENT = re.compile(rb'\{"event":"(\w{1,20})"(?:,"iteration":(\d{1,19}),)?')
"""How our own lines begin; others are kept where they are."""


@dataclass(frozen=True)
class Past:
    """Where a log holds a training up to a checkpoint.

    Attributes:
        path: of the log.
        begin: where the training's `started` event begins, in bytes.
        end: where the last line ends that the checkpoint's training had told.
        ahead: how many lines come after that: they are cut off.
    """

    path: Path
    begin: int
    end: int
    ahead: int = 0

    @classmethod
    def find(cls, path: str | Path, checkpoint: Checkpoint) -> Self | None:
        """The past of a checkpoint's training in a log, which must be the last one there.

        Returns:
            None where there is no log yet, or an empty one, or where it is no file.

        Raises:
            InputError: where the log is of another training, or cannot be read.
        """
        path = Path(path)
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                begin, end, ahead = _place(file, checkpoint)
                if begin is None and file.tell() == 0:
                    return None
                if begin is not None:
                    file.seek(begin)
                why = "it holds none" if begin is None else _foreign(file.readline(), checkpoint)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"log {str(path)!r} cannot be continued: {reason}") from None
        if begin is None or why is not None:
            raise InputError(
                f"log {str(path)!r} is not of the checkpoint's training ({why}): "
                "name that training's log, or a new file"
            )
        return cls(path, begin, end, ahead)

    @property
    def megabytes(self) -> float:
        """How much there is of it."""
        return (self.end - self.begin) / 1e6

    def replay(self) -> Replay:
        """Reads what the log holds of the training.

        Raises:
            InputError: when it cannot be read; so does what it does.
        """
        return Replay(self.path, part=(self.begin, self.end))

    def then(self, reader: Callable[[Event], None]) -> Callable[[Event], None]:
        """A reader of what comes after the past, for one who knows the past.

        It leaves out what a training that goes on tells first, for those who do not.
        """
        known = True

        def read(event: Event) -> None:
            nonlocal known
            known = known and not (isinstance(event, Change) and event.setting == RESUMED)
            if not known:
                reader(event)

        return read


def _place(file: IO[bytes], checkpoint: Checkpoint) -> tuple[int | None, int, int]:
    """Where the last training begins, and the last line of it ends that the checkpoint knows.

    And how many lines come after that, but for an end.
    """
    begin, end, at, changes, after = None, 0, 0, 0, 0
    ahead = ended = False  # whether what is read was told after the checkpoint; after an end
    for line in iter(lambda: file.readline(LONGEST_LINE), b""):
        at += len(line)
        found = EVENT.match(line) if line.endswith(b"\n") else None
        if found is None:
            continue
        kind, iteration = found[1], int(found[2] or 0)
        if kind == b"started":
            begin, end, changes, after, ahead, ended = at - len(line), at, 0, 0, False, False
        elif kind == b"ended":
            ended = True
        elif begin is not None:
            # Of the checkpoint's own iteration it knows all, but for later changes.
            changes += kind == b"change" and iteration == checkpoint.iteration
            ahead |= iteration > checkpoint.iteration or changes > checkpoint.changes
            ended &= kind not in (b"change", b"step")  # these go beyond an end
            end, after = (end, after + 1) if ahead or ended else (at, 0)
    return begin, end, after


def _foreign(line: bytes, checkpoint: Checkpoint) -> str | None:
    """Why a training that begins so is not the checkpoint's; None where it is."""
    try:
        started = decode(line.decode("utf-8", "replace"))
        if not isinstance(started, Started):
            return "its beginning is no event"
        different = difference(checkpoint.experiment, Experiment.from_options(started.experiment))
    except ValueError as error:  # InputError is one, too
        return str(error)
    if different is not None:
        return different
    if started.dataset.sha256 != checkpoint.dataset:
        return "its data are others"
    if started.time != checkpoint.began:
        return f"it began at {started.time}, the checkpoint's at {checkpoint.began}"
    return None
