"""Logs as they are written: the schema, what comes back, and what cannot be written."""

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tui_optim import Experiment, InputError, Trainer
from tui_optim.events import Change, Ended, Step
from tui_optim.logs.jsonl import LogWriter, decode, encode, read
from tui_optim.logs.replay import Replay

LAYER = {
    "index", "name", "mean", "std", "minimum", "maximum", "dead", "saturated", "delta_rms",
    "gradient_norm", "weight_norm", "update_ratio", "step_size", "unit_spread", "histogram",
}  # fmt: skip
# schema 1, as the design has it: of each event the keys, and of what is inside them
KEYS = {
    "started": {
        "": {
            "event", "schema", "version", "time", "threads", "experiment", "dataset", "runs",
            "layers", "parameters",
        },
        "dataset": {"name", "train", "test", "features", "classes", "sha256"},
        "runs": {"name", "optimizer", "activation", "initializer"},
        "layers": {"index", "name", "inputs", "outputs"},
    },
    "step": {"": {"event", "iteration", "samples", "seconds", "loss"}},
    "layers": {
        "": {"event", "iteration", "run", "layers"},
        "layers": LAYER,
        "histogram": {"low", "high", "counts"},
    },
    "evaluation": {
        "": {
            "event", "iteration", "examples", "loss", "accuracy", "train_loss", "train_accuracy",
        },
    },
    "finding": {
        "": {
            "event", "iteration", "run", "layer", "kind", "value", "threshold", "message",
            "resolved",
        },
    },
    "change": {"": {"event", "iteration", "run", "setting", "value"}},
    "ended": {"": {"event", "reason", "iterations", "seconds", "loss", "accuracy"}},
}  # fmt: skip
PARTS = [(kind, part) for kind, parts in KEYS.items() for part in parts]


@pytest.fixture
def log(tmp_path, training_events):
    path = tmp_path / "log.jsonl"
    with LogWriter(path) as writer:
        for event in training_events:
            writer.write(event)
    return path


def test_what_is_written_is_read(log, training_events):
    skipped = []
    assert list(read(log, lambda *fault: skipped.append(fault))) == training_events
    assert skipped == []


def test_each_event_is_a_line_of_json(log, training_events):
    content = log.read_bytes()
    assert content.endswith(b"\n")
    lines = content.decode("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == [e.event for e in training_events]
    assert "\x1b" not in content.decode("utf-8")


def parts_of(value, part):
    """The objects in an event that a part of the schema is about."""
    if part == "":
        return [value]
    if part == "histogram":
        return [layer["histogram"] for layer in value["layers"]]
    return value[part] if isinstance(value[part], list) else [value[part]]


@pytest.mark.parametrize(("kind", "part"), PARTS, ids=[" ".join(pair) for pair in PARTS])
def test_keys_are_the_schemas(kind, part, log):
    values = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    found = [inner for v in values if v["event"] == kind for inner in parts_of(v, part)]
    assert found
    for inner in found:
        assert set(inner) == KEYS[kind][part]


def test_what_is_not_finite_is_null(log):
    def refuse(literal):
        raise AssertionError(literal)

    values = [json.loads(line, parse_constant=refuse) for line in log.read_text().splitlines()]
    losses = [v["loss"]["sgd lr=1e+200"] for v in values if v["event"] == "step"]
    first = losses.index(None)
    assert losses[first:] == [None] * (len(losses) - first)
    assert all(isinstance(loss, float) for loss in losses[:first])
    assert values[-1]["accuracy"]["sgd lr=1e+200"] is None
    outputs = [v["layers"][-1] for v in values if v["event"] == "layers"]
    assert {(o["dead"], o["saturated"]) for o in outputs} == {(None, None)}


def test_experiment_in_the_log_is_the_experiment(log):
    started = next(read(log))
    experiment = Experiment.from_options(started.experiment)
    assert experiment.widths == (8, 6)
    assert len(experiment.runs) == 4
    assert list(started.experiment) == list(Experiment().options())


@pytest.mark.parametrize(
    ("every", "multiples"),
    [(1, range(1, 41)), (7, [7, 14, 21, 28, 35]), (40, [40]), (99, [])],
)
def test_of_the_steps_some_may_be_left_out(every, multiples, tmp_path, training_events):
    path = tmp_path / "log.jsonl"
    with LogWriter(path, every) as writer:
        for event in training_events:
            writer.write(event)
    steps = [e for e in training_events if isinstance(e, Step)]
    diverging = {
        next(s.iteration for s in steps if s.loss[run] is None)
        for run in steps[0].loss
        if steps[-1].loss[run] is None
    }
    assert diverging
    findings_and_evaluations = {5, 10, 20, 30, 40}
    kept = {1, *multiples} | diverging | findings_and_evaluations
    expected = [e for e in training_events if not isinstance(e, Step) or e.iteration in kept]
    assert list(read(path)) == expected


@pytest.mark.parametrize("every", [0, -1])
def test_every_none_is_no_choice(every, tmp_path):
    with pytest.raises(InputError, match=r"log-every=.*at least 1"):
        LogWriter(tmp_path / "log.jsonl", every)


def test_each_event_is_in_the_file_at_once(tmp_path):
    path, expected = tmp_path / "log.jsonl", b""
    with LogWriter(path) as writer:
        for event in Trainer(Experiment(hidden="8", optimizer="sgd", iterations=5)):
            writer.write(event)
            expected += encode(event).encode() + b"\n"
            assert path.read_bytes() == expected


def test_a_log_is_begun_anew(tmp_path, training_events):
    path = tmp_path / "log.jsonl"
    path.write_text("old\n" * 1000)
    with LogWriter(path) as writer:
        writer.write(training_events[0])
    assert list(read(path)) == training_events[:1]


@pytest.mark.parametrize("value", [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e22, -0.0, 2**53])
def test_numbers_come_back_bit_for_bit(value):
    step = Step(1, 128, value, {"adam": value})
    back = decode(encode(step))
    assert back == step
    assert math.copysign(1, back.seconds) == math.copysign(1, value)


@pytest.mark.parametrize(
    "event",
    [
        Change(1, None, "lr", math.inf),
        Step(1, 128, 0.5, {"adam": math.nan}),
        Ended("completed", 1, 0.5, {"adam": -math.inf}, {}),
    ],
    ids=lambda event: event.event,
)
def test_what_is_not_finite_never_gets_into_a_line(event):
    try:
        line = encode(event)
    except ValueError:
        return  # a fault of whoever made the event
    assert "null" in line


UNWRITABLE = {
    "a directory": ".",
    "in no directory": "no/such/log.jsonl",
    "below a file": "file/log.jsonl",
    "too long a name": "x" * 300,
    "a line's end in its name": "no/a\nb",
}


@pytest.mark.parametrize("name", list(UNWRITABLE.values()), ids=list(UNWRITABLE))
def test_where_nothing_can_be_written(name, tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / name
    with pytest.raises(InputError, match="cannot be written") as caught:
        LogWriter(path)
    assert repr(str(path)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def unprivileged():
    """Root may write everywhere; permissions are tested as nobody."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_without_permission():
    with pytest.raises(InputError, match="Permission denied"):
        LogWriter("/log.jsonl")


def test_a_log_has_one_writer(training_events, tmp_path):
    path = tmp_path / "log.jsonl"
    with LogWriter(path) as writer:
        writer.write(training_events[0])
        before = path.read_bytes()
        for keep in (None, 5):
            with pytest.raises(InputError, match=r"log.jsonl': another training is writing it"):
                LogWriter(path, keep=keep)
        assert path.read_bytes() == before
    LogWriter(path).close()
    assert path.read_bytes() == b""


def test_a_full_disk(training_events):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with LogWriter("/dev/full") as writer, pytest.raises(InputError) as caught:
        writer.write(training_events[0])
    message = str(caught.value)
    assert "No space left on device" in message
    assert "/dev/full" in message
    assert "\n" not in message


def test_a_path_that_cannot_be():
    with pytest.raises(InputError):
        LogWriter("a\0b")


def test_a_log_that_is_begun_anew_is_kept_aside_and_followed_by_its_name(log, training_events):
    before, replay = log.read_bytes(), Replay(log)
    replay.advance(60)
    with LogWriter(log) as writer:
        assert writer.kept == log.with_name("log.jsonl~")
        assert writer.kept.read_bytes() == before
        writer.write(replace(training_events[0], time="2020-01-01T00:00:00+00:00"))
        writer.write(training_events[1])
    replay.advance(60)
    assert replay.notices[-1] == "log.jsonl was replaced: the new one is read"
    assert (replay.history.iteration, replay.before.iteration) == (1, 40)
    replay.close()
