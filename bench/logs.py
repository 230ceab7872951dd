"""How long a log takes to open, and how much memory.

Usage:
    python bench/logs.py make FILE.jsonl [STEPS]     (10⁶: 411 MB)
    python bench/logs.py open FILE.jsonl

`make` writes what a training of four runs writes (five layers, a probe every 50 steps, an
evaluation every 250): probes and evaluations are those of a short real one. `open` reads it in this
process and prints the time, from an open file to what the screens show of it, how much of it the
processor worked, and the peak of the memory over what it was after the imports.
"""

import resource
import sys
import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np

from tui_optim.events import Ended, Evaluation, Layers, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import encode
from tui_optim.logs.replay import Replay
from tui_optim.training.trainer import Trainer

MB = 1e6
DRAWN = 0.1
"""Seconds of reading between two drawings."""


def make(path: Path, steps: int) -> None:
    """Write the log."""
    experiment = Experiment(
        compare="optimizer=sgd,momentum,adagrad,adam", iterations=200, eval_every=50
    )
    told = list(Trainer(experiment))
    started, ended = told[0], told[-1]
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    started = replace(started, experiment={**started.experiment, "iterations": steps})
    ended = replace(ended, iterations=steps, seconds=steps / 800)
    probes = cycle([encode(e).partition(f":{e.iteration},") for e in told if isinstance(e, Layers)])
    scores = cycle(
        [encode(e).partition(f":{e.iteration},") for e in told if isinstance(e, Evaluation)]
    )
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        file.write(encode(started) + "\n")
        for i in range(1, steps + 1):
            noise = rng.lognormal(0, 0.3, len(started.runs)).tolist()
            loss = {run.name: x / i**0.2 for run, x in zip(started.runs, noise, strict=True)}
            file.write(encode(Step(i, 128 * i, round(i / 800, 6), loss)) + "\n")
            if i == 1 or i % 50 == 0:
                for _ in started.runs:
                    head, _, rest = next(probes)
                    file.write(f"{head}:{i},{rest}\n")
            if i % 250 == 0:
                head, _, rest = next(scores)
                file.write(f"{head}:{i},{rest}\n")
        file.write(encode(ended) + "\n")


def read(path: Path) -> None:
    """Read the log as the screens do, and print what it took."""
    before = peak()
    began, worked = time.perf_counter(), time.process_time()
    replay = Replay(path)
    first = 0.0
    while not replay.caught_up:
        replay.advance(DRAWN)
        first = first or time.perf_counter() - began
    curves = replay.history.curves(200)
    probed = {
        run: replay.history.layer_curve(run, len(probe.layers), "std")
        for run, probe in replay.history.layers.items()
    }
    moments = replay.timeline.iterations
    past = replay.timeline.at(moments[len(moments) // 2])
    assert past.layers.keys() == probed.keys()
    took, worked = time.perf_counter() - began, time.process_time() - worked
    print(
        f"{replay.done / MB:,.0f} MB, {replay.history.iteration:,} steps of {len(curves)} runs: "
        f"{took:.2f} s ({worked:.2f} s of the processor), "
        f"{(peak() - before) / MB:.0f} MB over the imports' {before / MB:.0f} MB; "
        f"first part after {first:.2f} s; {len(moments):,} moments, {replay.skipped} skipped"
    )


def peak() -> float:
    """The most memory that this process has had, in bytes (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"] and len(sys.argv) > 2:
        make(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 10**6)
    elif sys.argv[1:2] == ["open"] and len(sys.argv) > 2:
        read(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
