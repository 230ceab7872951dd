"""Logs from elsewhere: whatever they hold is bounded, inert, skipped with a word."""

import io
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from tui_optim import Experiment, Trainer
from tui_optim.events import Layers
from tui_optim.logs.jsonl import LONGEST_LINE, encode
from tui_optim.logs.replay import Replay
from tui_optim.report import final_report, rate, summary
from tui_optim.training.together import Together

RACE = {
    "data": "blobs",
    "hidden": "6,4",
    "compare": "optimizer=sgd,adam",
    "iterations": 6,
    "probe_every": 2,
    "eval_every": 3,
}
LEFT_TO_RIGHT = "\u202e\x1b[31m[bold]\x07\n"


@pytest.fixture(scope="module")
def lines():
    return [json.loads(encode(event)) for event in Trainer(Experiment(**RACE))]


@pytest.fixture(scope="module")
def kinds(lines):
    """A line of each kind."""
    finding = {
        "event": "finding",
        "iteration": 1,
        "run": "sgd",
        "layer": 1,
        "kind": "dead-units",
        "value": 0.9,
        "threshold": 0.6,
        "message": "dead",
        "resolved": False,
    }
    return {line["event"]: line for line in [*lines, finding]}


@pytest.fixture
def replayed(tmp_path):
    """Reads a log in pieces of some size, and all that can be read of it."""

    def read(content, size=2**20):
        path = tmp_path / "log.jsonl"
        path.write_bytes(b"")
        replay = Replay(path)
        with path.open("ab", buffering=0) as file:
            for start in range(0, len(content), size):
                file.write(content[start : start + size])
                while replay.advance(0):
                    pass
        look(replay)
        replay.close()
        return replay

    return read


def look(replay):
    """Look at everything; what is said is bounded and inert."""
    together = Together({"a": replay.history, "b": replay.history})
    moments = [replay.timeline.at(i) for i in (-1, 0, 1, 2**63)]
    for reading in (replay.history, *moments, together):
        assert len(reading.runs) <= 16
        for run in (*reading.runs, "none of them"):
            for smoothing in ("off", "ema0.9", "kaiser"):
                reading.curve(run, smoothing)
            reading.evaluation_curve(run, "accuracy")
            reading.layer_curve(run, 1, "std")
            reading.layer_curve(run, 10**9, "std")
            reading.learning_rate(run)
            reading.first_reached(run, 0.5)
        assert all(len(layers.layers) <= 100 for layers in reading.layers.values())
        assert len(reading.findings) <= 2000
        assert len(reading.changes) <= 2000
        reading.curves(50)
        text = io.StringIO()
        Console(file=text, width=80).print(final_report(reading, 80))
        assert text.getvalue().replace("\n", "").isprintable()
    iterations = list(replay.timeline.iterations)
    assert iterations == sorted(set(iterations))
    said = [*replay.faults, *replay.notices]
    assert len(replay.faults) == min(replay.skipped, 100)
    assert all(text.isprintable() and len(text) <= 400 for text in said)


def log_of(*values):
    return "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values).encode()


def step(number, **loss):
    values = {"iteration": number, "samples": number, "seconds": 0.5, "loss": loss or {"sgd": 1.5}}
    return {"event": "step"} | values


FAULTS = {
    "no JSON": b"x\n",
    "NUL": b"\0" * 50 + b"\n",
    "invalid UTF-8": b'{"event":"step\xff"\n',
    "NaN": log_of(step(2, sgd=math.nan)),
    "a loss of Infinity": log_of(step(2, sgd=math.inf)),
    "an endless number": b'{"event":"step","iteration":' + b"9" * 5000 + b"}\n",
    "a number beyond all floats": log_of(step(2, sgd=10**400)),
    "nested deeply": b'{"event":"step","x":' + b"[" * 200_000 + b"\n",
    "a wrong type": log_of(step(2) | {"samples": "many"}),
    "a key too few": log_of({"event": "step", "iteration": 2}),
    "no object": b"[1,2]\n",
    "too far": log_of(step(2**62)),
    "before the beginning": log_of(step(-2)),
    "an endless time": log_of(step(2) | {"seconds": 1e300}),
    "a time before": log_of(step(2) | {"seconds": -1e300}),
    "too long": b"x" * (LONGEST_LINE + 10) + b"\n",
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_what_is_no_event_is_skipped_and_said(name, kinds, replayed):
    content = log_of(kinds["started"], step(1)) + FAULTS[name] + log_of(step(3))
    replay = replayed(content)
    assert replay.skipped == 1
    assert replay.faults[0].startswith("line 3: ")
    assert len(replay.faults[0]) < 70
    assert replay.history.iteration == 3
    assert replay.history.curve("sgd").iteration.tolist() == [1, 3]


def test_no_time_and_no_speed_takes_more_room_than_there_is(kinds, replayed):
    ended = kinds["ended"] | {"seconds": 1e300}
    fast = [step(1) | {"seconds": 0.0}, step(2) | {"seconds": 1e-300}]
    for values in ([step(1), ended], [*fast, kinds["ended"] | {"seconds": 1e-300}], fast):
        history = replayed(log_of(kinds["started"], *values)).history
        assert len(summary(history)) < 100
        assert 0 <= history.seconds <= 1e9
        assert len(rate(history.rate)) < 12


def test_what_is_not_known_is_passed_over(kinds, replayed):
    later = {"event": "later", "x": [{}]}
    more = [later, step(1) | {"more": [1]}, {"event": "change", "iteration": 1, "run": None}]
    changes = [
        more[2] | {"setting": setting, "value": value}
        for setting, value in (("colour", 1.0), ("iterations", 1e300), ("lr", -1.0), ("pace", 0.0))
    ]
    replay = replayed(log_of(kinds["started"], *more[:2], *changes))
    assert (replay.skipped, replay.history.iteration) == (0, 1)
    assert replay.history.changes == ()
    assert replay.history.iterations == 6


def test_of_too_many_runs_the_first_are_read(kinds, replayed):
    runs = [kinds["started"]["runs"][0] | {"name": f"run {n}"} for n in range(8000)]
    steps = [step(n, **{run["name"]: 1.0 for run in runs}) for n in (1, 2)]
    replay = replayed(log_of(kinds["started"] | {"runs": runs}, *steps))
    history = replay.history
    assert history.runs == tuple(f"run {n}" for n in range(16))
    assert history.left_out == 8000 - 16
    assert len(history.loss) == len(history.started.runs) == 16
    assert list(replay.notices) == ["log.jsonl: 16 of its 8,000 runs are read (at most 16)"]


def test_runs_without_end_or_of_the_same_name(kinds, replayed):
    info = kinds["started"]["runs"][0]
    runs = [info | {"name": name} for name in ("x" * 300, "a", "a", LEFT_TO_RIGHT)]
    replay = replayed(log_of(kinds["started"] | {"runs": runs}, step(1, a=1.0)))
    assert replay.history.runs == ("a", LEFT_TO_RIGHT)
    assert replay.history.left_out == 2


@pytest.mark.parametrize(
    "counts",
    [[-1, 5], [], [1] * 400_000, [-(10**9)] * 30],
    ids=["negative", "none", "very many", "all negative"],
)
def test_histograms_that_cannot_be_drawn_are_none(counts, kinds, replayed):
    probe = json.loads(json.dumps(kinds["layers"]))
    probe["layers"][0]["histogram"] = {"low": 0.0, "high": 1.0, "counts": counts}
    probe["layers"][1]["histogram"] = {"low": 0.0, "high": 1.0, "counts": [10**9] * 30}
    replay = replayed(log_of(kinds["started"], step(6), probe))
    layers = replay.history.layers[probe["run"]].layers
    assert layers[0].histogram is None
    assert layers[1].histogram.counts == (10**9,) * 30
    assert layers[0].std == probe["layers"][0]["std"]


def test_what_is_kept_of_the_past_is_bounded(kinds, replayed):
    """Probes of hundreds of kilobytes, and findings at every step."""
    probe = log_of(kinds["layers"] | {"layers": kinds["layers"]["layers"][:1] * 900})
    content = [log_of(kinds["started"])]
    for n in range(1, 121):
        found = kinds["finding"] | {"layer": n, "message": "m" * 5000, "iteration": n}
        content += [log_of(step(n), found), probe]
    content = b"".join(content)
    assert len(content) > 40e6
    replay = replayed(content)
    moments = [replay.timeline.at(n) for n in replay.timeline.iterations]
    assert 10 < len(moments) < 120
    kept = {id(each): len(each.line) for past in moments for each in past.probes.values()}
    assert sum(kept.values()) < 35e6
    assert {len(finding.message) for finding in moments[-1].findings} == {1000}
    assert len(moments[-1].layers[kinds["layers"]["run"]].layers) == 100


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([10**400, -(10**400), 2**63, 2**53 + 1])
    | st.floats()
    | st.sampled_from(["", "sgd", LEFT_TO_RIGHT, "x" * 500]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@st.composite
def altered(draw, kinds):
    """A line of a log with something else in one place of it, or no line at all."""
    line = json.loads(json.dumps(kinds[draw(st.sampled_from(sorted(kinds)))]))
    place = line
    for _ in range(draw(st.integers(0, 4))):
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        inner = [key for key in keys if isinstance(place[key], dict | list) and place[key]]
        if not inner:
            break
        place = place[draw(st.sampled_from(inner))]
    key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if draw(st.integers(0, 3)):
        place[key] = draw(values)
    text = log_of(line)
    if not draw(st.integers(0, 5)):
        cut = draw(st.integers(0, len(text)))
        text = text[:cut] + draw(st.binary(max_size=8)) + text[cut + draw(st.integers(0, 3)) :]
    return text


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_altered_logs_do_no_harm_however_they_come(data, kinds, lines, replayed):
    """And what is read of them does not depend on the pieces that they came in."""
    content = log_of(*lines[: data.draw(st.integers(0, len(lines)))])
    content += b"".join(data.draw(st.lists(altered(kinds), max_size=8))) + b"\n"
    content += log_of(*lines[data.draw(st.integers(0, len(lines))) :])
    one = replayed(content)
    other = replayed(content, size=data.draw(st.integers(20, 3000)))
    for name in ("iteration", "samples", "runs", "loss", "diverged", "evaluation", "findings"):
        assert getattr(one.history, name) == getattr(other.history, name), name
    assert one.history.layers == other.history.layers
    assert one.skipped == other.skipped
    assert list(one.faults) == list(other.faults)
    assert one.timeline.iterations == other.timeline.iterations


def test_probes_are_probes(lines, replayed):
    """What is altered above is read at all where it is not."""
    replay = replayed(log_of(*lines))
    assert replay.skipped == 0
    assert isinstance(replay.history.layers["adam"], Layers)
    assert replay.timeline.iterations == [1, 2, 3, 4, 6]


def test_a_newer_schema_is_said_and_read_as_far_as_it_is_known(replayed, lines):
    first, *rest = lines
    newer = log_of(first | {"schema": 99, "colour": "blue"}, {"event": "dream"}, *rest)
    replay = replayed(newer)
    said = ["log.jsonl is of a newer schema, 99: what is known of it is read"]
    assert (list(replay.notices), replay.history.iteration) == (said, 6)
    assert not replayed(log_of(*lines)).notices
