"""What the app costs and how soon it answers: a real process in a real pseudo-terminal, 120×40.

Usage:
    python bench/app.py DIRECTORY_WITH_MNIST [--repeats 9] [--seconds 6]

The race is the one of `baselines.py`, at the default --fps; the terminal is read at once and says
that it draws without tearing. It takes some 40 seconds a repeat. Linux.

- Throughput. The same command with the app and with --headless --quiet, in turns (A B B A A B …),
  so that a machine whose speed drifts slows both alike; the figure is the ratio within a turn.
  Iterations are counted in the log as it grows, and seconds by the clock on the wall, from the
  log's iteration 300 on, for as long on both sides: whatever holds the training up counts,
  start-up does not. (The log's own `seconds` would leave out what its readers take: the screen's
  history and the log itself. Whole runs less their start-up would count an app's idle end.) The
  log costs the same on both sides.
- Bytes to the terminal: all that came in the same seconds.
- A key press to a changed screen: keys at random times while it trains, until the bytes have come
  that hold the text that this key puts on the screen and that was not there before.
- Start to the first chart with data: from the spawn until braille dots that are joined have come.
  All modules are compiled, as they are where a package is installed.
- Our own imports: in a process of its own that has already imported every module of textual and
  numpy that the app loads, the time to import the rest, plotext and rich's progress bars included.
- A redraw after 10⁶ iterations and after 10³: processor time, in this process, without a terminal,
  of drawing the main screen anew after one step more.
- The end: from a key, a signal or the closing of the terminal while it trains until the worker has
  written the log's last line, and until the process is gone. (Textual itself takes up to 200 ms of
  that, in which it waits for more keys.) Exit codes other than the one that is due and logs that
  were not closed are told.
"""

import argparse
import asyncio
import compileall
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np
from terminal import COLUMNS, LINES, Terminal

import tui_optim
from tui_optim.datasets import load
from tui_optim.events import Layers, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.session import Session, Training
from tui_optim.tui.view import AXES, AXIS_LABELS, SMOOTHING_LABELS, SMOOTHINGS
from tui_optim.tui.widgets.chart import Chart

RUNS = ("sgd", "momentum", "adagrad", "adam")
COMPARE = f"optimizer={','.join(RUNS)}"
PROGRAM = (sys.executable, "-m", "tui_optim")
WARM = 300  # iterations before the measured ones
PRESSES = 40  # a repeat
REDRAWS = 40  # a repeat
CHART = "[\u2801-\u28ff]{2}"
DUE = {"q": 0, "SIGTERM": 130, "SIGHUP": 130, "closed terminal": 130}


@dataclass
class Bench:
    """What is measured.

    Attributes:
        data_dir: the folder with MNIST.
        log: the file that the trainings write, one after the other.
        seconds: of training that throughput is measured over.
        values: what was measured, by name.
        remarks: what ought to be known besides.
    """

    data_dir: str
    log: Path
    seconds: float
    values: dict[str, list[float]] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def add(self, name: str, value: float) -> None:
        """One more value of a name."""
        self.values.setdefault(name, []).append(value)

    def race(self, *more: str) -> Terminal:
        """Start the race, without an end and with a new log."""
        self.log.unlink(missing_ok=True)
        data = ("--data", "mnist", "--data-dir", self.data_dir, "--compare", COMPARE)
        endless = ("--iterations", str(10**9), "--log", str(self.log))
        return Terminal([*PROGRAM, *data, *endless, *more])

    def iteration(self) -> int:
        """How far the log is: the iteration of its last whole step."""
        if not self.log.exists():
            return 0
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 2**17))  # probes are long lines
            steps = re.findall(rb'"step","iteration":(\d+),.*\n', file.read())
        return int(steps[-1]) if steps else 0

    def warm_up(self, terminal: Terminal) -> None:
        """Wait until it has trained for a while."""
        terminal.until(lambda: self.iteration() >= WARM)


# Throughput, bytes and keys.


def throughput(bench: Bench, turn: int) -> None:
    """App and headless, or headless and app; the app's keys are pressed after its time."""
    rates = {}
    for kind in ("app", "headless") if turn % 2 == 0 else ("headless", "app"):
        with bench.race(*(() if kind == "app" else ("--headless", "--quiet"))) as terminal:
            rates[kind], printed = rate(bench, terminal)
            bench.add(kind, rates[kind])
            if kind == "app":
                bench.add("printed", printed / 1000)
                keys(bench, terminal)
    bench.add("ratio", rates["app"] / rates["headless"])


def rate(bench: Bench, terminal: Terminal) -> tuple[float, float]:
    """Iterations a second by the wall clock, and bytes a second to the terminal."""
    bench.warm_up(terminal)
    printed, done, began = terminal.printed, bench.iteration(), time.perf_counter()
    terminal.read(bench.seconds)
    done, spent = bench.iteration() - done, time.perf_counter() - began
    return done / spent, (terminal.printed - printed) / spent


def keys(bench: Bench, terminal: Terminal) -> None:
    """Press keys at random times and wait for what each is to show."""
    shown: dict[str, Iterator[str]] = {
        "\x1b[B": cycle([f"Layers of {run}" for run in (*RUNS[1:], RUNS[0])]),
        "x": cycle([AXIS_LABELS[axis] for axis in (*AXES[1:], AXES[0])]),
        "y": cycle(["linear y", "log y"]),
        "s": after(SMOOTHING_LABELS["ema0.6"], [SMOOTHING_LABELS[name] for name in SMOOTHINGS]),
    }
    for _ in range(PRESSES):
        key = bench.chance.choice(list(shown))
        terminal.read(bench.chance.uniform(0.05, 0.5))
        pressed = time.perf_counter()
        terminal.press(key)
        came = terminal.find(re.escape(next(shown[key])))
        bench.add("key", 1000 * (came - pressed))


def after(present: str, values: list[str]) -> Iterator[str]:
    """The values in turn, from the one after the present one on."""
    index = values.index(present) + 1
    return cycle(values[index:] + values[:index])


# Start and end.


def start(bench: Bench, _turn: int) -> None:
    """From the spawn to a chart with data, on the embedded digits and on MNIST."""
    for name, terminal in (("digits", Terminal(PROGRAM)), ("MNIST", bench.race())):
        with terminal:
            bench.add(f"start {name}", terminal.find(CHART) - terminal.started)


def endings(bench: Bench, _turn: int) -> None:
    """End it in each of the ways, while it trains."""
    for way, code in DUE.items():
        with bench.race() as terminal:
            bench.warm_up(terminal)
            began, asked = time.perf_counter(), time.time()
            if way == "q":
                terminal.press("q")
            elif way == "closed terminal":
                terminal.hang_up()
            else:
                terminal.process.send_signal(signal.Signals[way])
            bench.add(f"end {way}", 1000 * (terminal.end() - began))
            if terminal.process.returncode != code:
                bench.remarks.add(f"{way}: exit code {terminal.process.returncode}, not {code}")
        if b'"event":"ended"' in bench.log.read_bytes().splitlines()[-1]:
            bench.add("worker", 1000 * (bench.log.stat().st_mtime - asked))
        else:
            bench.remarks.add(f"{way}: the log was not closed")


# Imports.

OURS = ("tui_optim.cli", "tui_optim.headless", "tui_optim.tui.app")
NAMES = f"import sys, {', '.join(OURS)}; print(*sys.modules)"
TIMED = """
import sys, time
from contextlib import suppress
from importlib import import_module
theirs, ours = (words.split() for words in sys.argv[1:])
for name in theirs:
    with suppress(ImportError):  # an alias of another module
        import_module(name)
before, began = set(sys.modules), time.perf_counter()
for name in ours:
    import_module(name)
print(time.perf_counter() - began)
"""


def imports(bench: Bench, _turn: int) -> None:
    """Time the imports that are neither textual's nor numpy's."""
    loaded = subprocess.check_output([sys.executable, "-c", NAMES], text=True).split()
    theirs = [name for name in loaded if name.partition(".")[0] in ("textual", "numpy")]
    words = [sys.executable, "-c", TIMED, " ".join(theirs), " ".join(OURS)]
    bench.add("imports", float(subprocess.check_output(words, text=True)))


# Redraws.


class Still(Session):
    """A session whose training stands where a history has it."""

    def __init__(self, experiment: Experiment, history: History) -> None:
        super().__init__(experiment)
        self.current = Training(experiment, Control(), history)

    def open(self) -> None:
        """No worker."""


def filled(experiment: Experiment, iterations: int) -> History:
    """A history of a training that was never trained: noisy losses that fall."""
    history = History()
    trainer = Trainer(experiment)
    for event in trainer:
        if isinstance(event, Started | Layers):
            history.add(event)
        if isinstance(event, Step) and event.iteration == 2:
            trainer.control.stop()
    noise = np.random.default_rng(0).uniform(0.5, 1.5, (iterations, len(RUNS)))
    for i, row in enumerate(noise.tolist(), start=1):
        history.add(step(i, row))
    history.ended = None
    return history


def step(number: int, noise: list[float]) -> Step:
    """The step of an iteration."""
    loss = {run: 2 * value / number**0.3 for run, value in zip(RUNS, noise, strict=True)}
    return Step(number, 128 * number, number / 500, loss)


async def redraw(experiment: Experiment, history: History) -> float:
    """The milliseconds of processor time that a redraw takes."""
    app = TuiOptim(Still(experiment, history), fps=0.5)
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        app.main.draw()
        await pilot.pause()
        chart = app.screen.query_one("#loss", Chart)
        drawings, began = chart.drawings, time.process_time()
        for _ in range(REDRAWS):
            history.add(step(history.iteration + 1, [1.0] * len(RUNS)))
            app.main.draw()
            await pilot.pause()
        spent = time.process_time() - began
        if chart.drawings < drawings + REDRAWS:
            raise RuntimeError("the chart was not drawn every time")
    return 1000 * spent / REDRAWS


class Redraws:
    """A short and a long history, redrawn in turns."""

    def __init__(self) -> None:
        self.experiment = Experiment(data="digits", compare=COMPARE)
        self.short, self.long = (filled(self.experiment, n) for n in (10**3, 10**6))

    def __call__(self, bench: Bench, _turn: int) -> None:
        """Redraw each."""
        few = asyncio.run(redraw(self.experiment, self.short))
        many = asyncio.run(redraw(self.experiment, self.long))
        bench.add("redraw", few)
        bench.add("redraw ratio", many / few)


# The table.

Row = tuple[str, str, str, str]  # title, name, format, goal
ROWS: tuple[Row, ...] = (
    ("throughput, app / headless", "ratio", ".3f", "≥ 0.90"),
    ("  the app, iterations a second", "app", ".0f", ""),
    ("  headless, iterations a second", "headless", ".0f", ""),
    ("bytes to the terminal, kB/s", "printed", ".1f", "≤ 40"),
    ("key press to changed screen, ms", "key", ".1f", ""),
    ("  95 % are faster than", "key p95", ".1f", "≤ 50"),
    ("start to first chart, digits, s", "start digits", ".2f", "≤ 1.0"),
    ("  of it imports beyond textual, numpy", "imports", ".3f", "≤ 0.2"),
    ("start to first chart, MNIST, s", "start MNIST", ".2f", ""),
    ("redraw after 10³ iterations, ms", "redraw", ".1f", ""),
    ("  after 10⁶ / after 10³", "redraw ratio", ".2f", "≈ 1"),
    ("q, signal … to the log's last line, ms", "worker", ".0f", "≤ 200"),
    *((f"{way} to the end of the process, ms", f"end {way}", ".0f", "") for way in DUE),
)


def report(bench: Bench) -> None:
    """Print the table: medians and quartiles."""
    if "key" in bench.values:
        bench.add("key p95", float(np.quantile(bench.values["key"], 0.95)))
    print(f"{'':40} {'median':>8}  {'(quartiles)':18} to reach")
    for title, name, form, goal in ROWS:
        values = bench.values.get(name, [])
        if values:
            low, middle, high = (format(v, form) for v in np.quantile(values, (0.25, 0.5, 0.75)))
            spread = f"({low} … {high})" if len(values) > 1 else ""
            print(f"{title:40} {middle:>8}  {spread:18} {goal}".rstrip())
    for remark in sorted(bench.remarks):
        print(remark)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data_dir", help="the folder that has the four files of MNIST")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=6, help="of training a turn and side (6)")
    options = parser.parse_args()
    load("mnist", data_dir=options.data_dir)  # what is not there is told before anything else
    compileall.compile_dir(Path(tui_optim.__file__).parent, quiet=1)
    measures = (throughput, start, imports, Redraws(), endings)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.data_dir, Path(folder) / "log.jsonl", options.seconds)
        for turn in range(options.repeats):
            print(f"\rrepeat {turn + 1} of {options.repeats}", end="", file=sys.stderr, flush=True)
            for measure in measures:
                measure(bench, turn)
    print("\r", end="", file=sys.stderr)
    report(bench)


if __name__ == "__main__":
    main()
