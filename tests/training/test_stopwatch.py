"""What counts as training: the time to compute events, not what their reader does with them."""

import time

import pytest

from tui_optim import Experiment, Trainer
from tui_optim.training.stopwatch import Stopwatch


def test_a_readers_time_is_not_counted():
    watch, asked = Stopwatch(), []

    def work():
        for _ in range(3):
            asked.append(watch.seconds)
            time.sleep(0.02)
            with watch.stopped():
                time.sleep(0.2)
            yield watch.seconds
        return "done"

    items = watch.time(work())
    for seconds in items:
        assert seconds <= watch.seconds
        time.sleep(0.2)
    assert 0.06 <= watch.seconds < 0.6
    assert asked == sorted(asked)


def test_what_a_generator_returns_is_handed_on():
    def outer(watch):
        return (yield from watch.time(inner()))

    def inner():
        yield 1
        return "result"

    generator = outer(Stopwatch())
    assert next(generator) == 1
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "result"


def test_a_slow_reader_does_not_make_the_training_look_slow():
    slowness = 0.02
    events = []
    for event in Trainer(Experiment(hidden="8", optimizer="sgd", iterations=40)):
        events.append(event)
        time.sleep(slowness)
    assert events[-1].event == "ended"
    assert 0 < events[-1].seconds < 40 * slowness / 2
