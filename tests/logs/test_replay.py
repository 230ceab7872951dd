"""Logs read into histories: many lines at once, as they grow, and when others take their place."""

import json
import os
import threading
import time

import numpy as np
import pytest

from tui_optim import Experiment, History, InputError, Trainer
from tui_optim.events import RESUMED, Change, Layers, Started, Step
from tui_optim.logs.jsonl import LogWriter, encode, read
from tui_optim.logs.replay import Replay
from tui_optim.training.timeline import Timeline

RACE = {
    "data": "blobs",
    "hidden": "8,6",
    "compare": "lr=0.1,1e30",
    "optimizer": "sgd",
    "iterations": 300,
    "probe_every": 20,
    "eval_every": 50,
}


@pytest.fixture(scope="module")
def events():
    """A training of two runs, of which one diverges."""
    told = list(Trainer(Experiment(**RACE)))
    assert any(isinstance(e, Step) and None in e.loss.values() for e in told)
    return told


@pytest.fixture(scope="module")
def lines(events):
    return [encode(event).encode() + b"\n" for event in events]


@pytest.fixture
def path(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def replay(path):
    replay = Replay(path)
    yield replay
    replay.close()


def anew(line):
    """The first line of the same training at another time."""
    started = json.loads(line) | {"time": "2020-01-01T00:00:00+00:00"}
    return json.dumps(started, separators=(",", ":")).encode() + b"\n"


def everything(history):
    """All that can be read of a history, to be compared."""
    state = [
        *(history.started, history.ended, history.iteration, history.samples, history.seconds),
        *(history.loss, history.diverged, history.evaluation, history.layers, history.findings),
        *(history.changes, history.rate),
    ]
    curves = [
        *(history.curve(run, how, 2048) for run in history.runs for how in ("off", "kaiser")),
        *(history.evaluation_curve(run, "accuracy", 512) for run in history.runs),
        *(history.layer_curve(run, 2, "std", 256) for run in history.runs),
    ]
    return state, [(curve.iteration, curve.minimum, curve.mean, curve.maximum) for curve in curves]


def assert_equal(one, other):
    (state, curves), (others, other_curves) = everything(one), everything(other)
    assert state == others
    for mine, theirs in zip(curves, other_curves, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_a_log_is_read_as_its_events_are_added(replay, path):
    history = History()
    timeline = Timeline(history)
    for event in read(path):
        timeline.add(event)
    assert replay.advance(60)
    assert replay.caught_up
    assert (replay.done, replay.size) == (path.stat().st_size, path.stat().st_size)
    assert (replay.skipped, list(replay.notices), replay.before) == (0, [], None)
    assert replay.name == "run"
    assert_equal(replay.history, history)
    assert replay.timeline.iterations == timeline.iterations
    for iteration in (1, 21, 123, 300):
        one, other = replay.timeline.at(iteration), timeline.at(iteration)
        assert one.layers == other.layers
        assert (one.iteration, one.loss, one.lr) == (other.iteration, other.loss, other.lr)


@pytest.mark.parametrize("spaced", [False, True], ids=["as we write", "as another program writes"])
@pytest.mark.parametrize("size", [1, 700, 40_000])
def test_whatever_it_grows_by(size, spaced, lines, events, tmp_path):
    content = b"".join(lines)
    if spaced:  # keys in another order, with spaces: one line after the other
        turned = [dict(reversed(json.loads(line).items())) for line in lines]
        content = b"".join(json.dumps(each).encode() + b"\n" for each in turned)
    if size == 1:
        content = content[: content.index(b"\n") + 4000]
    path = tmp_path / "run.jsonl"
    path.touch()
    replay, history = Replay(path), History()
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(content), size):
            file.write(content[start : start + size])
            replay.advance(1)
    for event in events[: content.count(b"\n")]:
        history.add(event)
    assert replay.skipped == 0
    assert_equal(replay.history, history)
    replay.close()


def test_a_half_written_line_waits(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(lines[:50]) + lines[50][:-9])
    replay = Replay(path)
    assert replay.advance(1)
    before = replay.history.iteration
    assert not replay.advance(1)
    with path.open("ab") as file:
        file.write(lines[50][-9:])
    assert replay.advance(1)
    assert (replay.history.iteration, replay.skipped) == (before + 1, 0)
    replay.close()


def test_a_half_written_line_is_looked_at_once(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"event":"layers","layers":[' + b'{"mean":[1,2,3]},' * 50_000 + b"{}")
    replay = Replay(path)
    began = time.process_time()
    replay.advance(1)
    looked = time.process_time()
    for _ in range(50):
        replay.advance(1)
    assert time.process_time() - looked < 5 * (looked - began)
    replay.close()


def test_a_last_line_without_its_end(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(lines).rstrip())
    replay = Replay(path)
    replay.advance(1)
    assert replay.history.ended is not None
    with path.open("ab") as file:
        file.write(b"\n" + lines[0] + b"no event\n")
    replay.advance(1)
    assert replay.history.iteration == 0
    assert list(replay.faults) == [f"line {len(lines) + 2}: not JSON"]
    replay.close()


def test_it_does_not_read_for_longer_than_asked(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(lines[0] + b"".join(lines[1:-1]) * 30)
    replay = Replay(path)
    assert replay.advance(0)
    assert 0 < replay.done < replay.size
    assert not replay.caught_up
    while not replay.caught_up:
        replay.advance(0)
    assert replay.done == replay.size
    replay.close()


def test_of_several_trainings_the_last_and_the_one_before(tmp_path, events):
    path = tmp_path / "run.jsonl"
    other = Experiment(data="blobs", hidden="4", optimizer="adam", iterations=5)
    with LogWriter(path) as log:
        for event in [*events, *Trainer(other), *Trainer(other)]:
            log.write(event)
    replay = Replay(path)
    replay.advance(1)
    assert replay.history.runs == replay.before.runs == ("adam",)
    assert replay.history.iteration == replay.before.iteration == 5
    assert replay.timeline.iterations == [1, 5]
    replay.close()


def test_cut_short_and_begun_anew(path, lines, replay):
    replay.advance(1)
    first = replay.history
    path.write_bytes(b"".join([anew(lines[0]), *lines[1:30]]))
    assert replay.advance(1)
    assert list(replay.notices) == ["run.jsonl was cut short: it is read anew"]
    assert replay.before is first
    assert 0 < replay.history.iteration < 30


def test_cut_short_it_is_still_the_same_training(path, lines, replay):
    replay.advance(1)
    os.truncate(path, len(b"".join(lines[:40])) + 10)
    replay.advance(1)
    assert replay.before is None
    assert 20 < replay.history.iteration < 40
    assert len(replay.notices) == 1


def test_written_over_with_more(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(lines[:40]))
    replay = Replay(path)
    replay.advance(1)
    first = replay.history
    path.write_bytes(b"".join([anew(lines[0]), *lines[1:]]))
    replay.advance(1)
    assert "cut short" in replay.notices[0]
    assert (replay.history.iteration, replay.before) == (300, first)
    replay.close()


def test_rotated_away_and_a_new_one_in_its_place(path, lines, replay, tmp_path):
    replay.advance(1)
    path.rename(tmp_path / "run.jsonl.1")
    assert not replay.advance(1)
    assert list(replay.notices) == ["run.jsonl was removed: what was read of it stays"]
    with (tmp_path / "run.jsonl.1").open("ab") as file:  # its writer has a last word
        file.write(b"no event\n")
    path.write_bytes(lines[0].replace(b"lr=0.1", b"lr=0.2") + b"".join(lines[1:9]))
    assert replay.advance(1)
    assert replay.skipped == 1
    assert replay.notices[1] == "run.jsonl was replaced: the new one is read"
    assert replay.history.runs[0] == "lr=0.2"
    assert replay.before.iteration == 300


def test_a_log_whose_beginning_is_missing(tmp_path, lines):
    path = tmp_path / "run.jsonl"
    path.write_bytes(lines[99][20:] + b"".join(lines[100:]))
    replay = Replay(path)
    replay.advance(1)
    assert replay.history.runs == ("lr=0.1", "lr=1e+30")
    assert replay.history.iteration == 300
    assert replay.history.accuracy("lr=0.1") is not None
    assert len(replay.history.curve("lr=0.1", points=10).mean) == 10
    assert replay.skipped == 1
    replay.close()


def test_a_pipe_is_read_as_far_as_it_goes(lines):
    out, into = os.pipe()
    replay = Replay(out, "host")
    assert not replay.advance(1)
    assert (replay.size, replay.ended, replay.caught_up) == (None, False, True)
    os.write(into, lines[0] + lines[1][:20])
    assert replay.advance(1)
    assert replay.history.runs == ("lr=0.1", "lr=1e+30")
    writer = threading.Thread(
        target=lambda: [os.write(into, lines[1][20:] + b"".join(lines[2:])), os.close(into)]
    )
    writer.start()
    limit = time.monotonic() + 20
    while not replay.ended and time.monotonic() < limit:
        replay.advance(0.01)
    writer.join()
    assert replay.ended
    assert replay.history.ended is not None
    assert (replay.name, replay.skipped) == ("host", 0)
    assert os.get_blocking(out), "others share it"
    replay.close()
    os.close(out)


def test_a_named_pipe(tmp_path, lines):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    replay = Replay(path)
    replay.advance(0.1)
    assert not replay.ended
    with path.open("wb") as file:
        file.write(b"".join(lines[:20]))
    while not replay.ended:
        replay.advance(0.1)
    assert replay.history.iteration > 10
    replay.close()


@pytest.mark.parametrize("name", ["", "nothing.jsonl", "run.jsonl/log", "a\0b"])
def test_what_cannot_be_opened(name, path):
    with pytest.raises(InputError, match=r"folder|cannot be read") as caught:
        Replay(path.parent / name)
    assert "\n" not in str(caught.value)


def test_a_name_from_elsewhere_is_inert(tmp_path, lines):
    path = tmp_path / "a\x1b[31m\nb\u202e.jsonl"
    path.write_bytes(lines[0])
    replay = Replay(path)
    path.unlink()
    replay.advance(1)
    replay.advance(1)
    assert replay.name.isprintable()
    assert all(notice.isprintable() for notice in replay.notices)
    assert len(replay.notices) == 1
    replay.close()


# Steps, many at once or one by one.


def spaced(lines):
    """The same steps with a space in them, which are read one by one."""
    return [line.replace(b'"step",', b'"step", ') for line in lines]


def goes_back(lines):
    resumed = encode(Change(100, None, RESUMED, None)).encode() + b"\n"
    again = next(i for i, line in enumerate(lines) if b'"iteration":101,' in line)
    return [*lines[: again + 90], resumed, *lines[again:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines,
        lambda lines: [lines[0], *lines, lines[0]],
        lambda lines: [*lines[:200], anew(lines[0]), *lines[1:]],
        lambda lines: [*lines[:-1], lines[-1][:-20]],
        lambda lines: [*lines[:99], b"\n", b"nothing\n", b'{"event":"step"}\n', *lines[99:]],
        lambda lines: [*lines[:99], lines[99].replace(b"e-0", b"e-4"), *lines[100:]],
        lambda lines: [
            line.replace(b",", b", ") if i % 7 else line for i, line in enumerate(lines)
        ],
        lambda lines: lines[40:],
        goes_back,
    ],
    ids=[
        "",
        "two",
        "begins anew",
        "cut",
        "others",
        "small",
        "written otherwise",
        "torn",
        "resumed",
    ],
)
def test_steps_at_once_and_one_by_one_make_the_same_history(change, lines, tmp_path):
    replays = []
    for name, content in ("at once", change(lines)), ("one by one", spaced(change(lines))):
        path = tmp_path / name
        path.write_bytes(b"".join(content))
        replays.append(Replay(path, "log"))
        replays[-1].advance(60)
        replays[-1].close()
    one, other = replays
    assert_equal(one.history, other.history)
    assert one.timeline.iterations == other.timeline.iterations
    assert (one.skipped, one.faults, one.notices) == (other.skipped, other.faults, other.notices)
    assert (one.before is None) == (other.before is None)


def test_names_may_have_any_characters(tmp_path, events):
    name = 'a"b\\c\n한글 {.*}'
    started = next(e for e in events if isinstance(e, Started))
    path = tmp_path / "run.jsonl"
    probe = next(e for e in events if isinstance(e, Layers))
    told = json.loads(encode(started)) | {
        "runs": [{"name": name, "optimizer": "sgd", "activation": "relu", "initializer": "he"}]
    }
    probes = json.loads(encode(probe)) | {"run": name}
    path.write_bytes(
        b"".join(
            [
                json.dumps(told).encode() + b"\n",
                *(encode(Step(n, n, 0.1, {name: 1.5})).encode() + b"\n" for n in range(1, 100)),
                json.dumps(probes, separators=(",", ":")).encode() + b"\n",
            ]
        )
    )
    replay = Replay(path)
    replay.advance(1)
    assert replay.history.loss == {name: 1.5}
    assert replay.history.layers[name].layers == probe.layers
    assert replay.skipped == 0
    replay.close()
