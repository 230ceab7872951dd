"""Replay: a log, finished or growing, or what comes through a pipe, read into a history."""

import json
import time
from collections import deque
from pathlib import Path

from tui_optim.errors import inert
from tui_optim.events import DatasetInfo, Event, RunInfo, Started, Step
from tui_optim.logs.jsonl import LONGEST_LINE, decode
from tui_optim.logs.tail import open_tail, unreadable
from tui_optim.training.bounds import FURTHEST
from tui_optim.training.history import History
from tui_optim.training.timeline import Timeline

MOST_FAULTS = 100
LONGEST_FAULT = 200


class Replay:
    """One log, read as far as it goes, again and again.

    Nothing waits here: what is not there yet is read another time.

    Args:
        source: a file, or the descriptor of a pipe.
        name: what it is called; by default as the file is, without its ending.

    Attributes:
        name: what it is called.
        history: of the last training in it.
        timeline: of that training.
        before: of the training before it, if there was one.
        caught_up: whether all that there was has been read once.
        skipped: how many lines were no events.
        faults: what the last of those were.
        notices: what else there is to say of the log, the last at the end.

    Raises:
        InputError: when it cannot be read.
    """

    def __init__(self, source: Path | int, name: str = "") -> None:
        self._tail = open_tail(source)
        file = "standard input" if isinstance(source, int) else source.stem
        self.name = inert(name or file)
        self._said = inert(name or (file if isinstance(source, int) else source.name))
        self.before: History | None = None
        self._begin()
        self.caught_up = False
        self.skipped = 0
        self.faults: deque[str] = deque(maxlen=MOST_FAULTS)
        self.notices: deque[str] = deque(maxlen=MOST_FAULTS)
        self._line = 0  # the number of the last one
        self._rest = bytearray()  # of a line that is not whole yet
        self._too_long = False  # whether that line is passed over
        self._taken = False  # whether it has been taken in without its end
        self._fresh = True  # whether the beginning of the training is still to come

    def _begin(self) -> None:
        self.history = History()
        self.timeline = Timeline(self.history)

    @property
    def done(self) -> int:
        """How many bytes have been read."""
        return self._tail.done

    @property
    def size(self) -> int | None:
        """How many bytes there are; None for a pipe."""
        return self._tail.size

    @property
    def ended(self) -> bool:
        """Whether the pipe was closed by who writes to it."""
        return self._tail.ended

    def close(self) -> None:
        """Read no more."""
        self._tail.close()

    def advance(self, seconds: float) -> bool:
        """Read what is there, for about so long at most.

        Returns:
            Whether there was anything.

        Raises:
            InputError: when it cannot be read any more.
        """
        until, any_read = time.monotonic() + seconds, False
        try:
            while True:
                if notice := self._tail.renewed():
                    self._renew(notice)
                data = self._tail.read()
                if not data:
                    break
                any_read = True
                self._take(data)
                if time.monotonic() >= until:
                    return True
        except OSError as error:
            raise unreadable(self._said, error) from None
        self._take_rest()
        self.caught_up = True
        return any_read

    def _renew(self, notice: str) -> None:
        self.notices.append(f"{self._said} {notice}")
        if self._tail.done == 0:
            self._line, self._rest, self._too_long, self._taken = 0, bytearray(), False, False
            self.caught_up, self._fresh = False, True

    # From bytes to lines.

    def _take(self, data: bytes) -> None:
        """Read the lines that end in the data; what comes after them waits for its end."""
        end = data.rfind(b"\n") + 1
        if end == 0:
            self._keep(data)
            return
        first = data.index(b"\n") + 1
        if self._rest or self._too_long or self._taken:
            self._rest += data[:first]
            self._take_first()
        else:
            first = 0
        for line in data[first:end].split(b"\n")[:-1]:
            self._line += 1
            self._read(line)
        self._keep(data[end:])

    def _keep(self, data: bytes) -> None:
        if not self._too_long:
            self._rest += data
            if len(self._rest) > LONGEST_LINE:
                self._too_long, self._rest = True, bytearray()

    def _take_first(self) -> None:
        """Read the line of which there was a part already."""
        line = bytes(self._rest)
        too_long = self._too_long or len(line) > LONGEST_LINE
        self._rest, self._too_long = bytearray(), False
        taken, self._taken = self._taken, False
        if taken and not line.strip():
            return
        self._line += 1
        if too_long:
            self._fault("too long")
        else:
            self._read(line)

    def _take_rest(self) -> None:
        """Read a last line whose end is missing, if it is whole all the same."""
        if self._rest.endswith(b"}") and not self._too_long:
            try:
                event = decode(self._rest.decode("utf-8", "replace"))
            except ValueError:
                return
            self._line += 1
            self._rest, self._taken = bytearray(), True
            if event is not None:
                self._add(event)

    # From lines to events.

    def _read(self, line: bytes) -> None:
        text = line.decode("utf-8-sig" if self._line == 1 else "utf-8", "replace")
        if not text.strip():
            return
        try:
            event = decode(text)
        except json.JSONDecodeError:
            self._fault("not JSON")
        except ValueError as error:
            self._fault(str(error))
        else:
            if event is not None:
                self._add(event)

    def _fault(self, what: str) -> None:
        self.skipped += 1
        self.faults.append(inert(f"line {self._line:,}: {what}"[:LONGEST_FAULT]))

    def _add(self, event: Event) -> None:
        if isinstance(event, Started):
            self._start(event)
            return
        if isinstance(event, Step):
            if not 0 <= event.iteration <= FURTHEST:
                self._fault(f"iteration {event.iteration} cannot be")
                return
            if self._fresh and not event.loss.keys() <= set(self.history.runs):
                self._start(_unknown(event))
            self._fresh = False
            if event.iteration <= self.history.iteration:
                self.notices.append(
                    f"{self._said} goes back from iteration {self.history.iteration:,} "
                    f"to {event.iteration:,}"
                )
        self.timeline.add(event)

    def _start(self, started: Started) -> None:
        if self.history.iteration and self.history.started != started:
            self.before = self.history
        self._begin()
        self._fresh = False
        self.timeline.add(started)
        if self.history.left_out:
            self.notices.append(
                f"{self._said}: of its {len(started.runs):,} runs {len(self.history.runs)} are read"
            )


def _unknown(step: Step) -> Started:
    """What can be told of a training whose beginning is not in the log."""
    return Started(
        schema=1,
        version="",
        time="",
        threads=0,
        experiment={},
        dataset=DatasetInfo("", 0, 0, 0, 0, ""),
        runs=tuple(RunInfo(run, "", "", "") for run in step.loss),
        layers=(),
        parameters=0,
    )
