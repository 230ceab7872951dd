"""A log that is continued: what is kept of it, and what is refused."""

import numpy as np
import pytest

from tui_optim import Control, Experiment, History, InputError, Trainer
from tui_optim.events import Change, Ended, Started, Step
from tui_optim.logs.jsonl import LogWriter, encode, read
from tui_optim.logs.past import Past
from tui_optim.logs.resumption import Resumption
from tui_optim.training.checkpoint import Checkpoint

EXPERIMENT = Experiment(
    data="blobs", hidden="4", optimizer="adam", iterations=12, probe_every=4, eval_every=6
)


@pytest.fixture
def logged(tmp_path):
    """Trains to the end with a log and a checkpoint at some iteration; rates may change then."""

    def train(at, every=1, *, rate_before=None, rate_after=None):
        control = Control()
        with LogWriter(tmp_path / "a.jsonl", every) as log:
            for event in Trainer(EXPERIMENT, control):
                log.write(event)
                if isinstance(event, Step) and event.iteration == at:
                    if rate_before is not None:
                        control.set_learning_rate(rate_before)
                    control.checkpoint(tmp_path / "a.ckpt")
                    if rate_after is not None:
                        control.set_learning_rate(rate_after)
        return Checkpoint.read(tmp_path / "a.ckpt")

    return train


@pytest.fixture
def go_on(tmp_path):
    """Continues the log."""

    def train(checkpoint, every=1):
        past = Past.find(tmp_path / "a.jsonl", checkpoint)
        trainer = Trainer(checkpoint.experiment, resume=checkpoint)
        with LogWriter(past.path, every, past.end) as log:
            write = past.then(log.write)
            for event in trainer:
                write(event)

    return train


def untimed(path):
    lines = [event for event in read(path) if not isinstance(event, Started | Ended)]
    return [
        (type(event), event.iteration, getattr(event, "loss", getattr(event, "layers", None)))
        for event in lines
    ]


@pytest.mark.parametrize(("at", "every"), [(1, 1), (4, 1), (6, 1), (7, 5), (12, 1)])
def test_it_reads_as_if_nothing_had_been(logged, go_on, tmp_path, at, every):
    checkpoint = logged(at, every)
    path = tmp_path / "a.jsonl"
    whole, [started, *_] = untimed(path), read(path)
    with path.open("ab") as file:  # what a later version writes is kept or goes by its place
        file.write(b'{"event":"later","iteration":3}\n{"event":"step","iter')
    go_on(checkpoint, every)
    events = list(read(path))
    assert events[0] == started
    assert [type(event) for event in events].count(Started) == 1
    assert [type(event) for event in events].count(Ended) == 1
    assert events[-1].reason == "completed"
    resumed = (Change, at, None)
    after = untimed(path)
    if every == 1:
        assert [event for event in after if event != resumed] == whole
    else:  # before the change the step is written that it comes after
        assert all(event in after for event in whole)
    assert after.count(resumed) == 1


def test_a_change_after_the_checkpoint_is_cut_off_and_one_before_is_kept(logged, go_on, tmp_path):
    def changes():
        events = list(read(tmp_path / "a.jsonl"))
        return [(each.setting, each.value) for each in events if isinstance(each, Change)]

    go_on(logged(5, rate_after=0.25))
    assert changes() == [("resumed", True)]
    go_on(logged(5, rate_before=0.5, rate_after=0.25))
    assert changes() == [("lr", 0.5), ("resumed", True)]


def test_an_end_that_was_gone_beyond_stays(tmp_path):
    control = Control()
    trainer = Trainer(EXPERIMENT, control)
    path = tmp_path / "a.jsonl"
    with LogWriter(path) as log:
        for event in trainer:
            log.write(event)
        control.extend(6)
        for event in trainer:
            log.write(event)
            if isinstance(event, Step) and event.iteration == 15:
                control.checkpoint(tmp_path / "a.ckpt")
    past = Past.find(path, Checkpoint.read(tmp_path / "a.ckpt"))
    assert path.read_bytes()[: past.end].count(b'"ended"') == 1
    with path.open("ab") as file:  # what comes after is not looked at
        file.write(b'{"event":"step","iteration":16')
    replay = past.replay()
    assert replay.advance(60)
    assert replay.caught_up
    history = replay.history
    assert (history.iteration, history.iterations, history.ended) == (15, 18, None)
    assert replay.skipped == 0
    replay.close()


def test_a_past_is_a_part_of_a_log(logged, tmp_path):
    checkpoint = logged(7)
    path = tmp_path / "a.jsonl"
    other = b"".join(encode(event).encode() + b"\n" for event in Trainer(EXPERIMENT))
    path.write_bytes(other + path.read_bytes())
    past = Past.find(path, checkpoint)
    replay, known = past.replay(), History()
    replay.advance(60)
    replay.close()
    for event in list(read(path))[other.count(b"\n") :]:
        if getattr(event, "iteration", 0) <= 7 and not isinstance(event, Ended):
            known.add(event)
    history = replay.history
    assert (replay.done, replay.size) == (past.end - past.begin,) * 2
    assert (history.started, history.iteration) == (known.started, 7)
    assert (history.loss, history.layers) == (known.loss, known.layers)
    assert (history.evaluation, history.seconds) == (known.evaluation, known.seconds)
    np.testing.assert_array_equal(history.curve("adam").mean, known.curve("adam").mean)


def test_of_several_trainings_the_last_is_continued(logged, go_on, tmp_path):
    checkpoint = logged(5)
    path = tmp_path / "a.jsonl"
    other = b"".join(encode(event).encode() + b"\n" for event in Trainer(EXPERIMENT))
    path.write_bytes(other + path.read_bytes())
    go_on(checkpoint)
    assert path.read_bytes().startswith(other)
    assert [type(event) for event in read(path)].count(Started) == 2


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        (b"hello\n", "it holds none"),
        (b'{"event":"started"}\n', "started.schema is missing"),
        ("other", "batch-size is 128 there and 50 here"),
        ("elsewhen", "it began at 2020-01-01T00:00:00+00:00, the checkpoint's at "),
        ("other data", "its data are others"),
    ],
)
def test_another_log_is_refused_and_stays(logged, tmp_path, content, saying):
    checkpoint = logged(5)
    path = tmp_path / "b.jsonl"
    if content == "other":
        lines = map(encode, Trainer(EXPERIMENT.replace(batch_size=50, iterations=2)))
        content = "\n".join([*lines, ""]).encode()
    elif content == "elsewhen":
        log = (tmp_path / "a.jsonl").read_text()
        content = log.replace(checkpoint.began, "2020-01-01T00:00:00+00:00").encode()
    elif content == "other data":
        content = (tmp_path / "a.jsonl").read_text().replace(checkpoint.dataset, "0").encode()
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"b.jsonl' is not of the checkpoint's training") as raised:
        Past.find(path, checkpoint)
    assert saying in str(raised.value)
    assert path.read_bytes() == content


def test_where_there_is_no_log_one_begins(logged, tmp_path):
    checkpoint = logged(5)
    (tmp_path / "empty.jsonl").touch()
    for name in ("no.jsonl", "empty.jsonl", "."):
        assert Past.find(tmp_path / name, checkpoint) is None


def test_what_is_kept_is_kept_until_there_is_something_new(logged, tmp_path):
    checkpoint = logged(5)
    path = tmp_path / "a.jsonl"
    before = path.read_bytes()
    past = Past.find(path, checkpoint)
    with LogWriter(path, 1, past.end) as log:
        assert path.read_bytes() == before
        log.write(next(read(path)))
    assert path.read_bytes().startswith(before[: past.end])
    assert path.read_bytes().count(b"\n") == before[: past.end].count(b"\n") + 1


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        ({"batch_size": "64"}, "batch-size='64': the checkpoint is of another experiment"),
        ({"compare": ["lr=1,2"]}, "leave --compare out"),
        ({"optimizer": "adam:lr=0.1"}, "leave --optimizer out"),
        ({"iterations": "11"}, "iterations=11: the checkpoint's training is to have 12; give more"),
        ({"iterations": "x"}, "iterations='x': expected a whole number"),
        ({"dropout": "2"}, "dropout=2: expected a number"),
    ],
)
def test_an_option_that_says_otherwise_is_refused(logged, options, saying):
    path = logged(5).path
    with pytest.raises(InputError) as raised:
        Resumption.read(path, options)
    assert saying in str(raised.value)


def test_an_option_that_says_the_same_is_none(logged):
    path = logged(5).path
    resumption = Resumption.read(
        path,
        {"batch_size": "128", "optimizer": "adam", "iterations": "20", "threads": "1"},
    )
    assert (resumption.more, resumption.experiment) == (8, EXPERIMENT.replace(threads=1))
    assert resumption.past is None
