"""The session: one worker thread, whatever is asked of it."""

import threading
import time

import pytest

from tui_optim.errors import InputError
from tui_optim.events import Change, Ended, Started, Step
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LogWriter, read
from tui_optim.logs.resumption import Resumption
from tui_optim.training.checkpoint import Checkpoint
from tui_optim.training.trainer import Trainer
from tui_optim.tui.session import PATIENCE, Session, Worker

LONG = Experiment(data="blobs", hidden="8", optimizer="sgd", iterations=10**7)
SHORT = LONG.replace(iterations=20, eval_every=0)


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("tui-optim")]


def wait_until(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)


@pytest.fixture
def session_of():
    opened = []

    def make(experiment, *arguments, **options):
        session = Session(experiment, *arguments, **options)
        opened.append(session)
        session.open()
        return session

    yield make
    for session in opened:
        session.close()
    assert workers() == []


@pytest.mark.parametrize("paused", [False, True])
def test_it_closes_at_once_and_leaves_no_thread(session_of, paused):
    session = session_of(LONG)
    wait_until(lambda: session.current.history.iteration > 10)
    if paused:
        session.current.control.pause()
        wait_until(lambda: session.current.history.paused)
    began = time.monotonic()
    session.close()
    assert time.monotonic() - began < PATIENCE / 2
    assert session.current.history.ended.reason == "stopped"
    assert workers() == []


def test_a_hundred_restarts_leave_one_worker_and_the_last_experiment(session_of):
    session = session_of(LONG)
    for seed in range(1, 101):
        session.start(LONG.replace(seed=seed))
    wait_until(lambda: session.current.history.iteration > 5)
    assert session.current.experiment.seed == 100
    assert len([t for t in workers() if t.name == "tui-optim-worker"]) == 1


def test_it_stands_still_while_it_is_held(session_of, monkeypatch):
    monkeypatch.setattr("tui_optim.tui.session.LONGEST_HOLD", 1000.0)
    session = session_of(LONG)
    history = session.current.history
    wait_until(lambda: history.iteration > 10)
    session.hold()
    time.sleep(0.1)  # what was computed ahead is told
    held = history.iteration
    time.sleep(0.1)
    assert history.iteration == held
    session.release()
    wait_until(lambda: history.iteration > held)


def test_what_was_trained_becomes_the_ghost(session_of):
    session = session_of(SHORT)
    wait_until(lambda: session.current.history.ended is not None)
    session.start(SHORT.replace(initializer="zeros"))
    wait_until(lambda: session.current.history.ended is not None)
    assert session.ghost is not None
    assert session.ghost.experiment.initializer == "he"
    assert session.ghost.history.iteration == 20


def test_it_goes_on_after_the_end(session_of):
    events = []
    session = session_of(SHORT, write=events.append)
    wait_until(lambda: session.current.history.ended is not None)
    session.extend(30)
    wait_until(lambda: session.current.history.iteration == 50)
    wait_until(lambda: session.current.history.ended is not None)
    assert [e.iteration for e in events if isinstance(e, Step)] == list(range(1, 51))
    assert sum(isinstance(e, Started) for e in events) == 1
    assert sum(isinstance(e, Ended) for e in events) == 2


def test_the_log_holds_every_training_from_started_to_ended(session_of):
    events = []
    session = session_of(LONG, write=events.append)
    wait_until(lambda: session.current.history.iteration > 5)
    session.start(SHORT)
    wait_until(lambda: session.current.history.ended is not None)
    kinds = [e.event for e in events if isinstance(e, Started | Ended)]
    assert kinds == ["started", "ended", "started", "ended"]


def test_a_failure_is_told_and_the_next_training_works(session_of):
    session = session_of(LONG.replace(data="no-such-data"))
    wait_until(lambda: session.current.failure is not None)
    assert "no-such-data" in session.current.failure
    session.start(SHORT)
    wait_until(lambda: session.current.history.ended is not None)
    assert session.current.failure is None


def test_a_fault_that_stays_does_not_keep_the_worker_busy():
    said = []

    def work():
        raise ZeroDivisionError("again")

    worker = Worker(work, said.append, idle=0.01)
    worker.open()
    wait_until(lambda: len(said) > 1)  # it is tried again
    time.sleep(0.1)
    worker.close()
    assert len(said) < 30
    assert said[0] == "a fault of ours: ZeroDivisionError: again"
    assert "ZeroDivisionError" in worker.fault


def test_a_log_that_cannot_be_written_ends_the_logging_only(session_of):
    def full(_event):
        raise InputError("no space left")

    session = session_of(SHORT, write=full)
    wait_until(lambda: session.current.history.ended is not None)
    assert session.log_failure == "no space left"
    assert session.current.history.iteration == 20


def at(path):
    return Checkpoint.read(path).iteration


def test_checkpoints_while_it_trains_and_after_the_end(session_of, tmp_path):
    own, other = tmp_path / "own.ckpt", tmp_path / "other.ckpt"
    session = session_of(SHORT, checkpoint=str(own), checkpoint_every=8)
    wait_until(lambda: session.current.history.ended is not None)
    assert at(own) == 20
    session.checkpoint(other)
    wait_until(other.exists)
    assert at(other) == 20
    assert not session.notices
    session.start(SHORT.replace(seed=1, iterations=30))
    wait_until(lambda: session.current.history.ended is not None)
    assert (at(own), Checkpoint.read(own).experiment.seed) == (30, 1)
    session.checkpoint(tmp_path / "no" / "such.ckpt")
    wait_until(lambda: session.notices)
    assert "there is no such folder; the training goes on" in session.notices[0]


def test_it_goes_on_from_a_checkpoint_and_shows_the_whole_course(session_of, tmp_path):
    log, path = tmp_path / "a.jsonl", tmp_path / "a.ckpt"
    with LogWriter(log) as writer:
        session = session_of(SHORT, write=writer.write, checkpoint=str(path))
        wait_until(lambda: session.current.history.ended is not None)
    straight = session.current.history
    resume = Resumption.read(path, {"iterations": 30}, str(log))
    with LogWriter(log, 1, resume.past.end) as writer:
        session = session_of(resume.experiment, write=writer.write, resume=resume)
        wait_until(lambda: session.current.history.iteration == 30)
        wait_until(lambda: session.current.history.ended is not None)
        session.extend(5)
        wait_until(lambda: session.current.history.iteration == 35)
        wait_until(lambda: session.current.history.ended is not None)
    assert session.current.experiment.iterations == 30, "what is begun anew has as many"
    history = session.current.history
    assert history.iterations == 35
    assert list(history.curve("sgd").mean[:20]) == list(straight.curve("sgd").mean)
    events = list(read(log))
    assert [e.iteration for e in events if isinstance(e, Step)] == list(range(1, 36))
    assert sum(isinstance(e, Started) for e in events) == 1
    assert [e.setting for e in events if isinstance(e, Change)] == [
        *("resumed", "iterations", "iterations"),
    ]


def test_a_checkpoint_that_cannot_be_used_is_refused_at_once(tmp_path):
    experiment = SHORT.replace(data="moons")
    trainer = Trainer(experiment)
    list(trainer)
    trainer.write_checkpoint(tmp_path / "a.ckpt")
    resume = Resumption.read(tmp_path / "a.ckpt", {})
    with pytest.raises(InputError, match="other data"):
        Session(experiment, Trainer(SHORT).dataset, resume=resume)
