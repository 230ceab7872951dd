"""Replay: a log, finished or growing, or what comes through a pipe, read into a history."""

import json
import re
import time
from collections import deque
from functools import lru_cache
from pathlib import Path

from tui_optim.errors import inert
from tui_optim.events import SCHEMA, DatasetInfo, Event, Layers, RunInfo, Started, Step
from tui_optim.logs.jsonl import LONGEST_LINE, decode
from tui_optim.logs.steps import StepReader, other_lines
from tui_optim.logs.tail import open_tail, unreadable
from tui_optim.training.bounds import bounded_layers, why_impossible, why_left_out
from tui_optim.training.deferred import Deferred
from tui_optim.training.history import History
from tui_optim.training.timeline import Timeline

MOST_FAULTS = 100
LONGEST_FAULT = 200
LONGEST_REMEMBERED = 64 * 1024
PROBE = re.compile(
    rb'\{"event":"layers","iteration":(\d{1,15}),"run":("(?:[^"\\]|\\.)*+"),"layers":\['
)


class Replay:
    """One log, read as far as it goes, again and again.

    Nothing waits here: what is not there yet is read another time.

    Args:
        source: a file, or the descriptor of a pipe.
        name: what it is called; by default as the file is, without its ending.
        part: from which byte of a file to which it is read; by default all, and it may grow.

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

    def __init__(
        self, source: Path | int, name: str = "", part: tuple[int, int] | None = None
    ) -> None:
        self._tail = open_tail(source, part)
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
        self._grown = False  # since it was looked at
        self._fresh = True  # whether the beginning of the training is still to come

    def _begin(self) -> None:
        self.history = History()
        self.timeline = Timeline(self.history)
        self._steps: StepReader | None = None
        self._runs: dict[bytes, str] = {}
        self._gone_back = 0  # from the iteration that was last told of

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
                if lines := self._whole(data):
                    self._take_lines(lines)
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
            self._line, self._rest = 0, bytearray()
            self.caught_up, self._fresh = False, True

    # From bytes to lines.

    def _whole(self, data: bytes) -> bytes:
        """The lines that end in the data; what comes after them waits for its end."""
        self._grown = True
        end = data.rfind(b"\n") + 1
        if end == 0:
            self._rest += data[: LONGEST_LINE + 1 - len(self._rest)]  # of more, it is too long
            return b""
        lines = b"".join((self._rest, memoryview(data)[:end]))
        self._rest = bytearray(data[end:])
        return lines

    def _take_lines(self, lines: bytes) -> None:
        """Read whole lines: the steps among them at once, each other line by itself."""
        others = other_lines(lines)
        begins, ends = [begin for _, begin, _ in others], [end for _, _, end in others]
        reader, steps, done = self._steps, None, 0
        if reader is not None:
            between = zip([0, *ends], begins, strict=False)
            all_steps = b"".join([lines[at:begin] for at, begin in between])
            steps = reader.read(all_steps, self.history.iteration)
        at = 0
        for count, begin, end in others:
            if count and steps is not None and reader is self._steps:
                self._line += count
                self.timeline.add_steps(*(rows[done : done + count] for rows in steps))
                done += count
            elif count:
                self._take_steps(lines[at:begin])
            if begin < end:
                self._line += 1
                self._read(lines[begin:end])
            at = end

    def _take_steps(self, lines: bytes) -> None:
        """Read steps that follow one another, if need be one by one."""
        steps = self._steps.read(lines, self.history.iteration) if self._steps else None
        if steps is not None:
            self._line += len(steps[0])
            self.timeline.add_steps(*steps)
            return
        for line in lines.split(b"\n")[:-1]:
            self._line += 1
            self._read(line)

    def _take_rest(self) -> None:
        """Read a last line whose end is missing, if it is whole all the same."""
        grown, self._grown = self._grown, False
        if not (grown and self._rest.endswith(b"}")):
            return
        line = bytes(self._rest)
        try:
            event = decode(line.decode("utf-8", "replace"))
        except ValueError:
            return
        self._rest = bytearray()
        if event is not None:
            self._line += 1
            self._add(event, line)
            self._line -= 1  # its end will count it

    # From lines to events.

    def _read(self, line: bytes) -> None:
        """Take in what a line holds; an empty one holds nothing."""
        probe = self._probe(line)
        if probe is not None:
            self.timeline.add_probe(probe)
            return
        if len(line) > LONGEST_LINE:
            self._fault("too long")
            return
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
                self._add(event, line)

    def _probe(self, line: bytes) -> Deferred | None:
        """The probe that a line holds, if it is written as `encode` writes it."""
        match = PROBE.match(line)
        if match is None or not line.endswith(b"}]}\n"):
            return None
        run = self._runs.get(match[2])
        return None if run is None else Deferred(int(match[1]), run, line, probe_of)

    def _fault(self, what: str) -> None:
        self.skipped += 1
        self.faults.append(inert(f"line {self._line:,}: {what}"[:LONGEST_FAULT]))

    def _add(self, event: Event, line: bytes) -> None:
        if isinstance(event, Started):
            self._start(event)
            return
        if isinstance(event, Layers):  # the line is what takes less, and is decoded again
            self.timeline.add_probe(Deferred(event.iteration, event.run, line, probe_of))
            return
        if isinstance(event, Step):
            if why := why_impossible(event):
                self._fault(why)
                return
            if self._fresh and not event.loss.keys() <= set(self.history.runs):
                self._start(_unknown(event))
            self._fresh = False
            self._tell_back(event.iteration)
        self.timeline.add(event)

    def _tell_back(self, iteration: int) -> None:
        """Say that iterations go back, if they do; not again before they have gone further."""
        furthest = self.history.iteration
        if furthest >= iteration and furthest > self._gone_back:
            self._gone_back = furthest
            self.notices.append(
                f"{self._said} goes back from iteration {furthest:,} to {iteration:,}: "
                "what is told again changes no curve"
            )

    def _start(self, started: Started) -> None:
        same = self._fresh and self.history.started == started  # which is read anew
        if self.history.iteration and not same:
            self.before = self.history
        self._begin()
        self._fresh = False
        self.timeline.add(started)
        self._steps = StepReader(self.history.runs) if self.history.runs else None
        self._runs = {json.dumps(run).encode(): run for run in self.history.runs}
        if started.schema > SCHEMA:
            self.notices.append(
                f"{self._said} is of a newer schema, {started.schema}: what is known of it is read"
            )
        if self.history.left_out:
            self.notices.append(f"{self._said}: {why_left_out(started, len(self.history.runs))}")


def probe_of(line: bytes) -> Layers | None:
    """The probe that a line holds; None where it turns out to hold none."""
    return _small_probe(line) if len(line) <= LONGEST_REMEMBERED else _decoded(line)


def _decoded(line: bytes) -> Layers | None:
    try:
        event = decode(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    return bounded_layers(event) if isinstance(event, Layers) else None


_small_probe = lru_cache(maxsize=64)(_decoded)
"""A screen looks at the same few several times."""


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
