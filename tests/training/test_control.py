"""What a training is asked for between two iterations, in order and to the letter."""

import contextlib
import math
import threading
import time

import numpy as np
import pytest

from tui_optim import Control, InputError
from tui_optim.events import Change, Ended, Evaluation, Layers, Started, Step
from tui_optim.logs.jsonl import encode
from tui_optim.training.control import Turn

RACE = {
    "hidden": "12",
    "dtype": "float64",
    "compare": "optimizer=sgd,momentum,adam",
    "iterations": 12,
    "probe_every": 0,
    "eval_every": 0,
}


def at(iteration, command):
    """Gives a command when the step of an iteration is told."""

    def note(event):
        if isinstance(event, Step) and event.iteration == iteration:
            command()

    return note


def after_step(training, iteration):
    """The event after the step of an iteration."""
    place = training.events.index(training.steps[iteration - 1])
    return training.events[place + 1]


def test_a_learning_rate_holds_from_the_very_next_iteration(recording):
    def thetas(command):
        training = recording(**RACE)
        seen = [training.theta("sgd").copy()]

        def note(event):
            if isinstance(event, Step):
                seen.append(training.theta("sgd").copy())
            if command:
                at(5, lambda: training.control.set_learning_rate(0.5, "sgd"))(event)

        return training.run(note), seen

    changed, ours = thetas(command=True)
    unchanged, theirs = thetas(command=False)
    assert after_step(changed, 5) == Change(5, "sgd", "lr", 0.5)
    for iteration in range(6):
        assert np.array_equal(ours[iteration], theirs[iteration])
    # lr was 0.01: the same gradient, a step fifty times as long
    assert ours[6] - ours[5] == pytest.approx(50 * (theirs[6] - theirs[5]), rel=1e-9)
    assert changed.losses["sgd"][:6] == unchanged.losses["sgd"][:6]
    assert changed.losses["sgd"][6] != unchanged.losses["sgd"][6]
    for run in ("momentum", "adam"):
        assert changed.losses[run] == unchanged.losses[run]


# the command; then every run's learning rate (sgd 0.01, momentum 0.01, adam 0.001 at first)
LEARNING_RATES = [
    (lambda c: c.set_learning_rate(0.2, "adam"), {"adam": 0.2}),
    (lambda c: c.set_learning_rate(0.2), {"sgd": 0.2, "momentum": 0.2, "adam": 0.2}),
    (lambda c: c.scale_learning_rate(10, "adam"), {"adam": 0.01}),
    (lambda c: c.scale_learning_rate(0.5), {"sgd": 0.005, "momentum": 0.005, "adam": 0.0005}),
]


@pytest.mark.parametrize(("command", "rates"), LEARNING_RATES)
def test_learning_rates_of_one_run_or_of_all(command, rates, recording):
    training = recording(**RACE)
    training.run(at(7, lambda: command(training.control)))
    assert {(c.iteration, c.setting) for c in training.of(Change)} == {(7, "lr")}
    told = {change.run: change.value for change in training.of(Change)}
    assert told == pytest.approx(rates)
    expected = {"sgd": 0.01, "momentum": 0.01, "adam": 0.001, **rates}
    in_force = {run.name: run.optimizer.lr for run in training.trainer.runs}
    assert in_force == pytest.approx(expected)


def test_requests_are_obeyed_in_order(recording):
    training = recording(**RACE)

    def command():
        training.control.set_learning_rate(1.0, "sgd")
        training.control.scale_learning_rate(0.5, "sgd")
        training.control.extend(3)

    training.run(at(2, command))
    told = [(c.iteration, c.run, c.setting, c.value) for c in training.of(Change)]
    assert told == [(2, "sgd", "lr", 1), (2, "sgd", "lr", 0.5), (2, None, "iterations", 15)]


def test_before_the_first_iteration(recording):
    training = recording(**RACE)
    training.control.set_learning_rate(0.3, "sgd")
    training.run()
    assert training.events[1] == Change(0, "sgd", "lr", 0.3)
    alone = recording(**{**RACE, "compare": (), "optimizer": "sgd:lr=0.3"}).run()
    assert training.losses["sgd"] == alone.losses["sgd:lr=0.3"]


@pytest.mark.parametrize("iteration", [1, 5, 12])
def test_extended_before_its_end(iteration, recording, train):
    training = recording(**RACE)
    training.run(at(iteration, lambda: training.control.extend(8)))
    (change,) = training.of(Change)
    assert change == Change(iteration, None, "iterations", 20)
    assert [step.iteration for step in training.steps] == list(range(1, 21))
    assert (training.ended.reason, training.ended.iterations) == ("completed", 20)
    assert training.losses == train(**{**RACE, "iterations": 20}).losses


def test_extended_after_its_end(recording, train):
    options = {**RACE, "probe_every": 5, "eval_every": 7}
    training = recording(**options)
    training.run()
    first = len(training.events)
    training.control.extend(8)
    training.run()
    again = training.events[first:]
    assert again[0] == Change(12, None, "iterations", 20)
    assert [e.iteration for e in again if isinstance(e, Step)] == list(range(13, 21))
    assert [e.iteration for e in again if isinstance(e, Evaluation)] == [14, 20]
    assert [e.iteration for e in again if isinstance(e, Layers) and e.run == "adam"] == [15, 20]
    assert len(training.of(Started)) == 1
    assert [e.iterations for e in training.of(Ended)] == [12, 20]
    at_once = train(**{**options, "iterations": 20})
    assert training.losses == at_once.losses
    assert training.ended.accuracy == at_once.ended.accuracy
    assert training.steps[12].seconds >= training.steps[11].seconds


def test_extended_on_hearing_of_its_end(recording):
    # A reader that leaves at `ended`, as one does, and comes back.
    training = recording(**RACE)
    for event in training.trainer:
        training.events.append(event)
        if isinstance(event, Ended):
            training.control.extend(5)
            break
    training.run()
    assert [step.iteration for step in training.steps] == list(range(1, 18))
    seconds = [step.seconds for step in training.steps]
    assert seconds == sorted(seconds)


def test_an_extension_is_pending_until_it_is_told(recording):
    training = recording(**RACE)
    assert not training.control.pending("iterations")
    training.run()
    training.control.set_learning_rate(0.1)
    assert not training.control.pending("iterations")
    training.control.extend(3)
    assert training.control.pending("iterations")
    training.run()
    assert not training.control.pending("iterations")
    assert training.ended.iterations == 15


def test_iterated_over_again_without_an_extension(train):
    training = train(**RACE)
    first = training.ended
    training.run()
    assert training.events[-2:][0] == first
    ended = training.ended
    assert (ended.reason, ended.iterations, ended.accuracy) == ("completed", 12, first.accuracy)
    assert len(training.steps) == 12


def test_stopped_before_it_began(recording):
    training = recording(**RACE)
    training.control.stop("interrupted")
    training.run()
    assert [type(event) for event in training.events] == [Started, Ended]
    assert (training.ended.reason, training.ended.iterations) == ("interrupted", 0)


def test_the_first_reason_to_stop_holds(recording):
    training = recording(**RACE)
    training.control.stop("interrupted")
    training.control.stop("stopped")
    assert training.run().ended.reason == "interrupted"


def test_a_step_by_hand_is_for_a_paused_training(recording):
    training = recording(**RACE)
    training.run(at(3, training.control.step))
    assert training.of(Layers) == []
    assert len(training.steps) == 12


def test_steps_asked_for_and_not_yet_taken_end_with_the_pause(recording):
    training = recording(**RACE, control=Control(paused=True))
    for _ in range(3):
        training.control.step()
    training.control.resume()
    training.run()
    assert training.of(Layers) == []
    assert len(training.steps) == 12


def test_lookahead_is_not_taken_by_hand(recording):
    training = recording(**RACE, lookahead=100, control=Control(paused=True))
    for _ in range(3):
        training.control.step()

    def note(event):
        if isinstance(event, Layers) and event.iteration == 3:
            training.control.stop()

    training.run(note)
    assert [step.iteration for step in training.steps] == [1, 2, 3]
    assert list(training.probes("sgd")) == [1, 2, 3]


NO_NUMBERS = ("x", None, [1], 1j, np.True_, np.ones(2))
NOT_ABOVE_0 = (0, -0.1, math.nan, math.inf, -math.inf, True, 10**400, -(10**400), "0.1")
NOT_WHOLE = (0, -5, math.nan, math.inf, 2.5, 2.0, True, 10**400, "3")
BAD = [
    *(("set_learning_rate", value) for value in NOT_ABOVE_0 + NO_NUMBERS),
    *(("scale_learning_rate", value) for value in NOT_ABOVE_0 + NO_NUMBERS),
    *(("set_pace", value) for value in NOT_ABOVE_0 + NO_NUMBERS if value is not None),
    *(("extend", value) for value in NOT_WHOLE + NO_NUMBERS),
]


@pytest.mark.parametrize(("command", "value"), BAD, ids=[f"{c} {v!r:.20}" for c, v in BAD])
def test_bad_values_are_refused_where_they_are_given(command, value, recording):
    training = recording(**RACE)
    with pytest.raises(InputError) as caught:
        getattr(training.control, command)(value)
    message = str(caught.value)
    assert str(getattr(value, "tolist", lambda: value)())[:50] in message
    assert "expected a number above 0" in message or "expected a whole number" in message
    assert len(message) < 200
    assert "\n" not in message
    training.run()
    assert training.of(Change) == []


def test_numpys_numbers_are_taken_and_told_as_pythons(recording):
    training = recording(**RACE)
    training.control.set_pace(np.float32(1000))
    assert type(training.control.pace) is float
    training.control.set_learning_rate(np.float64(0.25), "sgd")
    training.control.scale_learning_rate(np.int64(2), "sgd")
    training.control.extend(np.int64(3))
    training.run()
    told = [change.value for change in training.of(Change)]
    assert told == [1000, 0.25, 0.5, 15]
    assert {type(value) for value in told} == {float, int}
    for change in training.of(Change):
        encode(change)


@pytest.mark.parametrize("pace", [0, -1, math.nan, math.inf, "fast", 10**400])
def test_a_bad_pace_to_begin_with_is_refused(pace):
    with pytest.raises(InputError, match="pace"):
        Control(pace=pace)


@pytest.mark.parametrize("command", ["set_learning_rate", "scale_learning_rate"])
def test_an_unknown_run_is_refused(command, recording):
    control = recording(**RACE).control
    with pytest.raises(InputError, match=r"'adma'.*sgd, momentum, adam"):
        getattr(control, command)(0.1, "adma")


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_a_learning_rate_stays_a_number_above_0(factor, recording):
    training = recording(**RACE)
    training.control.scale_learning_rate(factor, "sgd")
    with contextlib.suppress(InputError):  # refusing it would be well, too
        training.control.scale_learning_rate(factor, "sgd")
    training.run()
    for event in training.events:
        encode(event)  # raises for what is not finite
    assert 0 < training.run_named("sgd").optimizer.lr < math.inf


def test_a_hold_ends_by_itself_or_by_a_release_and_is_not_told():
    control = Control()
    began = time.monotonic()
    control.hold(0.05)
    assert control.wait_for_turn() is Turn.GO
    assert time.monotonic() - began >= 0.05
    control.hold(1000)
    threading.Timer(0.01, control.release).start()
    assert control.wait_for_turn() is Turn.GO
    control.hold(1000)
    threading.Timer(0.01, control.stop).start()
    assert control.wait_for_turn() is Turn.STOP
    assert control.take_requests() == []
