"""A training in one thread, and a person in another."""

import threading
import time

import numpy as np
import pytest

from tui_optim import Control
from tui_optim.datasets import Dataset
from tui_optim.events import Change, Evaluation, Layers

LONG = {
    "hidden": "12",
    "compare": "optimizer=sgd,adam",
    "iterations": 1_000_000,
    "probe_every": 0,
    "eval_every": 0,
}


def intervals(training, *kinds):
    """Seconds between the events of some kinds, of steps where none is named."""
    told = zip(training.times, training.events, strict=False)  # one more may be on its way
    return np.diff([when for when, event in told if event.event in (kinds or ("step",))])


def pause(training):
    training.control.pause()
    training.wait_for(lambda: paused_told(training))


def paused_told(training):
    changes = [c.value for c in training.of(Change) if c.setting == "paused"]
    return bool(changes) and changes[-1]


def test_paused_it_rests_and_its_clock_too(live):
    training = live(**LONG)
    training.wait_for_steps(20)
    pause(training)
    at = len(training.steps)
    time.sleep(0.4)
    assert len(training.steps) == at
    training.control.resume()
    training.wait_for_steps(at + 20)
    before, after = training.steps[at - 1], training.steps[at]
    assert after.iteration == before.iteration + 1
    assert after.seconds - before.seconds < intervals(training)[at - 1] - 0.2
    paused, resumed = (c for c in training.of(Change) if c.setting == "paused")
    assert (paused.value, resumed.value) == (True, False)
    assert paused.iteration == resumed.iteration == before.iteration
    assert paused.run is resumed.run is None


def test_begun_paused(live):
    training = live(**LONG, control=Control(paused=True))
    training.wait_for(lambda: training.events)
    time.sleep(0.2)
    assert training.steps == []
    training.control.resume()
    training.wait_for_steps(1)
    assert training.steps[0].seconds < intervals(training, "started", "step")[0] - 0.1


def test_steps_by_hand_are_probed(live):
    training = live(**LONG)
    training.wait_for_steps(5)
    pause(training)
    at = len(training.steps)
    for count in (1, 2, 3):
        training.control.step()
        training.wait_for(lambda done=count: len(training.of(Layers)) >= 2 * done)
        assert len(training.steps) == at + count
    time.sleep(0.1)
    assert len(training.steps) == at + 3
    probed = [(e.iteration, e.run) for e in training.of(Layers)]
    assert probed == [(at + n, run) for n in (1, 2, 3) for run in ("sgd", "adam")]


@pytest.mark.parametrize("reason", ["stopped", "interrupted"])
@pytest.mark.parametrize("doing", ["running", "paused", "paced", "paced for ever"])
def test_stopped_at_once(doing, reason, live):
    pace = {"paced": 0.01, "paced for ever": 5e-324}.get(doing)
    training = live(**LONG, control=Control(pace=pace))
    training.wait_for_steps(1)
    if doing == "paused":
        pause(training)
    time.sleep(0.05)
    training.control.stop(reason)
    training.join()
    assert training.ended.reason == reason
    assert training.ended.iterations == training.steps[-1].iteration


def test_stopped_amid_a_long_evaluation(live):
    rng = np.random.default_rng(0)
    examples = 40_000
    test = rng.random((examples, 8), np.float32), rng.integers(2, size=examples)
    data = Dataset("large", test[0][:100], test[1][:100], *test, ("a", "b"))
    training = live(dataset=data, hidden="1000,1000", optimizer="sgd", iterations=1, probe_every=0)
    training.wait_for_steps(1)
    time.sleep(0.1)
    training.control.stop()
    training.join()
    assert training.of(Evaluation) == [], "it did not wait for its end"
    assert training.ended.reason == "stopped"


def test_pace(live):
    training = live(**{**LONG, "iterations": 20}, control=Control(pace=20))
    training.join()
    assert 0.04 < np.median(intervals(training)) < 0.1  # a twentieth of a second
    # Waiting is not training.
    assert training.ended.seconds < 0.5 * intervals(training).sum()


def test_pace_is_changed_while_it_waits(live):
    training = live(**LONG, control=Control(pace=0.01))
    training.wait_for_steps(1)
    training.control.set_pace(50)
    training.wait_for_steps(8)
    assert np.median(intervals(training)[1:]) > 0.015
    training.control.set_pace(None)
    training.wait_for_steps(200)
    told = [c.value for c in training.of(Change) if c.setting == "pace"]
    assert told == [0.01, 50, None]
    assert training.control.pace is None
    assert np.median(intervals(training)[-100:]) < 0.01


def slow_down(training):
    training.control.set_pace(20)


def be_slow(_training):
    time.sleep(0.3)  # six turns


# the pace it begins with, what happens at iteration 2, the iterations that then keep a distance
PACED = [
    ("from the start", 20, lambda _training: None, [1, 2, 3, 4, 5]),
    ("from when it is set", None, slow_down, [3, 4, 5]),
    ("a slow reader's turns are not made up for", 20, be_slow, [3, 4, 5]),
]


@pytest.mark.parametrize(
    ("pace", "happens", "apart"), [case[1:] for case in PACED], ids=[case[0] for case in PACED]
)
def test_paced_no_two_iterations_come_together(pace, happens, apart, recording):
    training = recording(**{**LONG, "iterations": 5}, control=Control(pace=pace))
    times = {}

    def note(event):
        if event.event == "step":
            times[event.iteration] = time.perf_counter()
            if event.iteration == 2:
                happens(training)

    training.run(note)
    assert np.diff([times[iteration] for iteration in apart]).min() > 0.005  # 0.05 but for noise


def test_a_learning_rate_is_changed_while_paused(live):
    training = live(**LONG)
    training.wait_for_steps(5)
    pause(training)
    at = len(training.steps)
    training.control.set_learning_rate(0.25, "adam")
    training.wait_for(lambda: training.events[-1] == Change(at, "adam", "lr", 0.25))
    assert len(training.steps) == at
    assert training.run_named("adam").optimizer.lr == 0.25


def test_an_extension_keeps_it_going(live):
    training = live(**{**LONG, "iterations": 5}, control=Control(pace=20))
    training.wait_for_steps(2)
    training.control.extend(3)
    training.control.set_pace(None)
    training.join()
    assert len(training.steps) == training.ended.iterations == 8


def test_commands_from_many_threads_are_all_obeyed(live):
    training = live(**LONG)
    training.wait_for_steps(1)

    def command():
        for _ in range(25):
            training.control.extend(1)

    threads = [threading.Thread(target=command) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    training.wait_for(lambda: len(training.of(Change)) >= 100)
    assert training.of(Change)[-1].value == LONG["iterations"] + 100
