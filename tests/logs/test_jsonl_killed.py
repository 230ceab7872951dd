"""A log survives its writer."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tui_optim
from tui_optim import History
from tui_optim.events import Ended, Started, Step
from tui_optim.logs.jsonl import read

WRITER = """
import sys
from tui_optim import Control, Experiment, Trainer
from tui_optim.logs.jsonl import LogWriter

pace = float(sys.argv[2]) or None
experiment = Experiment(hidden="20", compare="optimizer=sgd,adam", iterations=10**9)
with LogWriter(sys.argv[1]) as log:
    for event in Trainer(experiment, Control(pace=pace)):
        log.write(event)
"""
KINDS = {"started", "change", "step", "layers", "evaluation"}
PROJECT = Path(tui_optim.__file__).resolve().parents[1]


@pytest.mark.parametrize("pace", [0, 20])
def test_killed_amid_a_training(pace, tmp_path):
    path = tmp_path / "log.jsonl"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(pace)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    try:
        deadline = time.monotonic() + 30
        enough = 10 if pace else 1000  # what is told gets into the file while it trains
        while not (path.exists() and path.read_bytes().count(b'"step"') > enough):
            assert writer.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        writer.kill()
        writer.wait()

    *lines, last = path.read_bytes().split(b"\n")
    for line in lines:
        assert json.loads(line)["event"] in KINDS
    skipped = []
    events = list(read(path, lambda *fault: skipped.append(fault)))
    assert len(events) == len(lines)
    assert len(skipped) == (1 if last else 0)
    assert isinstance(events[0], Started)
    assert not any(isinstance(event, Ended) for event in events)

    steps = [event for event in events if isinstance(event, Step)]
    assert [step.iteration for step in steps] == list(range(1, len(steps) + 1))
    history = History()
    for event in events:
        history.add(event)
    assert history.iteration == len(steps)
    assert history.ended is None
