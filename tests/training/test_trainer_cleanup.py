"""However a training ends, no thread stays and BLAS has its threads back."""

import threading

import pytest
from threadpoolctl import ThreadpoolController

from tui_optim.events import Ended, Started, Step

RACE = {
    "hidden": "20",
    "compare": "optimizer=sgd,momentum,adam,rmsprop",
    "iterations": 40,
    "eval_every": 3,
    "threads": 2,
}


def blas_threads():
    pools = ThreadpoolController().select(user_api="blas").lib_controllers
    return [pool.num_threads for pool in pools]


@pytest.fixture(autouse=True)
def _clean():
    """BLAS is on two threads before, so that a change shows; all is as it was afterwards."""
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        threads, blas = threading.enumerate(), blas_threads()
        if not blas:
            pytest.skip("this NumPy has a BLAS whose threads cannot be counted")
        yield
        assert threading.enumerate() == threads
        assert blas_threads() == blas


def advance(events, iteration):
    for event in events:
        if isinstance(event, Step) and event.iteration == iteration:
            assert set(blas_threads()) == {1}
            assert any("compute" in thread.name for thread in threading.enumerate())
            return


def test_ended(train):
    assert train(**RACE).ended.reason == "completed"


@pytest.mark.parametrize("iteration", [1, 3, 7])
def test_closed_early(iteration, recording):
    events = iter(recording(**RACE).trainer)
    advance(events, iteration)
    events.close()
    assert list(events) == []


def test_never_iterated_over(recording):
    training = recording(**RACE)
    next(iter(training.trainer))
    del training


def test_left_by_break(recording):
    training = recording(**RACE)
    for event in training.trainer:
        if isinstance(event, Step):
            break
    assert training.trainer.iteration == 1


def test_an_error_of_the_reader_is_told_and_raised_again(recording):
    class ReaderError(Exception):
        pass

    events = iter(recording(**RACE).trainer)
    advance(events, 5)
    ended = events.throw(ReaderError("no room"))
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.iterations) == ("failed", 5)
    assert set(ended.loss.values()) == {None}
    assert list(ended.loss) == ["sgd", "momentum", "adam", "rmsprop"]
    with pytest.raises(ReaderError, match="no room"):
        next(events)


@pytest.mark.parametrize("run", ["sgd", "momentum", "adam", "rmsprop"])
@pytest.mark.parametrize("lookahead", [1, 8])
def test_an_error_within_is_told_and_raised_again(run, lookahead, recording):
    # Two of the runs are computed on this thread, two on the other.
    training = recording(**RACE, lookahead=lookahead)
    training.run_named(run).optimizer.lr = "not a number"
    with pytest.raises(TypeError):
        training.run()
    started, ended = training.events
    assert isinstance(started, Started)
    assert (ended.event, ended.reason, ended.iterations) == ("ended", "failed", 0)


def test_a_keyboard_interrupt_goes_through(recording):
    events = iter(recording(**RACE).trainer)
    advance(events, 2)
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())


def test_two_trainings_at_once(recording):
    first, second = (iter(recording(**RACE).trainer) for _ in range(2))
    advance(first, 2)
    advance(second, 2)
    first.close()
    assert set(blas_threads()) == {1}  # the second still holds it
    advance(second, 4)
    second.close()


def test_iterated_over_again_after_an_early_end(recording):
    training = recording(**RACE)
    for event in training.trainer:
        if isinstance(event, Step) and event.iteration == 10:
            break
    training.run()
    assert [step.iteration for step in training.steps] == list(range(11, 41))
    assert training.ended.reason == "completed"
    assert not training.of(Started)
