"""What a history knows after which event."""

import dataclasses

import numpy as np
import pytest

from tui_optim import Control, History
from tui_optim.events import RESUMED, Change, Ended, Evaluation, Finding, Layers, Step
from tui_optim.training.findings import open_findings

RACE = {
    "data": "blobs",
    "hidden": "8,6",
    "compare": "optimizer=sgd,adam",
    "iterations": 60,
    "probe_every": 20,
    "eval_every": 15,
}


def told(events):
    history = History()
    for event in events:
        history.add(event)
    return history


@pytest.fixture(scope="module")
def race(train):
    return train(**RACE)


@pytest.fixture(scope="module")
def long(train):
    return train(**{**RACE, "iterations": 2000, "probe_every": 0, "eval_every": 0}, lookahead=16)


def test_nothing_yet():
    history = History()
    assert history.started is history.ended is history.evaluation is None
    assert history.runs == ()
    assert (history.iteration, history.samples, history.seconds) == (0, 0, 0)
    assert history.accuracy("sgd") is history.first_reached("sgd", 0.5) is None


def test_a_training_from_its_events(race):
    history = told(race.events)
    last = race.steps[-1]
    assert history.started == race.events[0]
    assert history.ended == race.events[-1]
    assert history.runs == ("sgd", "adam")
    assert history.iterations == 60
    position = (history.iteration, history.samples, history.seconds)
    assert position == (last.iteration, last.samples, last.seconds)
    assert history.loss == last.loss
    assert history.diverged == {}
    assert history.evaluation == race.evaluations[-1]
    assert {run: layers.layers for run, layers in history.layers.items()} == {
        run: race.probes(run)[60] for run in ("sgd", "adam")
    }
    for run in ("sgd", "adam"):
        assert history.accuracy(run) == race.ended.accuracy[run]
        assert history.test_loss(run) == race.ended.loss[run]


def test_curves_are_the_events(race):
    history = told(race.events)
    for run in ("sgd", "adam"):
        curve = history.curve(run, points=1000)
        losses = race.losses[run]
        for values in (curve.minimum, curve.mean, curve.maximum):
            assert values.tolist() == losses
        assert curve.iteration.tolist() == list(range(1, 61))
        assert curve.samples.tolist() == [step.samples for step in race.steps]
        assert curve.seconds.tolist() == [step.seconds for step in race.steps]
        for key in ("loss", "accuracy", "train_loss", "train_accuracy"):
            curve = history.evaluation_curve(run, key)
            assert curve.iteration.tolist() == [15, 30, 45, 60]
            assert curve.mean.tolist() == [getattr(e, key)[run] for e in race.evaluations]
        for name in ("mean", "dead", "delta_rms", "update_ratio", "unit_spread"):
            for index in (1, 2, 3):
                curve = history.layer_curve(run, index, name)
                assert curve.iteration.tolist() == [1, 20, 40, 60]
                assert curve.samples.tolist() == [
                    race.steps[i - 1].samples for i in (1, 20, 40, 60)
                ]
                values = [getattr(layers[index - 1], name) for layers in race.probes(run).values()]
                expected = np.array([np.nan if v is None else v for v in values])
                assert np.array_equal(curve.mean, expected, equal_nan=True)


def test_a_curve_of_what_was_never_probed_is_empty(race):
    history = told([event for event in race.events if not isinstance(event, Layers)])
    assert len(history.layer_curve("sgd", 1, "mean").mean) == 0


@pytest.mark.parametrize(
    ("smoothing", "last"), [("off", 60), ("ema0.6", 60), ("ema0.9", 60), ("kaiser", 55)]
)
def test_smoothed_points_lie_where_their_iterations_are(smoothing, last, race):
    curve = told(race.events).curve("adam", smoothing, 1000)
    assert curve.iteration.tolist() == list(range(1, last + 1))
    assert curve.samples.tolist() == [step.samples for step in race.steps[:last]]


def test_smoothed_values_against_a_loop(race):
    losses, s = race.losses["adam"], 0.0
    curve = told(race.events).curve("adam", "ema0.9", 1000)
    for t, loss in enumerate(losses, 1):
        s = 0.9 * s + 0.1 * loss
        assert curve.mean[t - 1] == pytest.approx(s / (1 - 0.9**t), rel=1e-12)
    window = np.kaiser(11, 2)
    curve = told(race.events).curve("adam", "kaiser", 1000)
    for t in range(5, 55):
        expected = np.average(losses[t - 5 : t + 6], weights=window)
        assert curve.mean[t] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", ["off", "ema0.6", "ema0.9", "kaiser"])
def test_the_past_of_a_curve_stays_as_it_was(smoothing, long):
    history, before = History(), np.empty(0)
    for event in long.events:
        history.add(event)
        if isinstance(event, Step) and event.iteration % 97 == 0:
            curve = history.curve("adam", smoothing, 2048)
            for values in (curve.minimum, curve.mean, curve.maximum):
                assert values[: len(before)].tolist() == before.tolist()
                assert len(values) > len(before)
            before = curve.mean
    assert len(before) > 1900


def test_when_the_curves_are_looked_at_does_not_matter(race):
    looked_at, not_looked_at = History(), History()
    for event in race.events:
        looked_at.add(event)
        not_looked_at.add(event)
        if isinstance(event, Step):
            looked_at.curve("sgd", "kaiser")
    for smoothing in ("off", "ema0.6", "ema0.9", "kaiser"):
        one, other = (h.curve("adam", smoothing).mean for h in (looked_at, not_looked_at))
        assert one == pytest.approx(other, rel=1e-12)


def test_divergence(train):
    race = train(hidden="20,20", optimizer="sgd", compare="lr=0.01,1e200", iterations=40)
    history = told(race.events)
    first = race.losses["lr=1e+200"].index(None)
    assert history.diverged == {"lr=1e+200": first + 1}
    curve = history.curve("lr=1e+200", points=1000)
    assert np.isnan(curve.mean[first:]).all()
    assert np.isfinite(curve.mean[:first]).all()
    assert history.accuracy("lr=1e+200") is None
    for smoothing in ("off", "ema0.9"):
        assert np.isfinite(history.curve("lr=0.01", smoothing, 1000).mean).all()


def evaluations(*accuracies):
    """Evaluations of one run, every ten iterations."""
    for n, accuracy in enumerate(accuracies, 1):
        by_run = {"adam": accuracy}
        yield Evaluation(10 * n, 100, by_run, by_run, by_run, by_run)


def test_learning_rates_in_force(train):
    race = train(hidden="4", compare={"optimizer": ["sgd", "adam", "adam:lr=0.5"]}, iterations=1)
    history = told(race.events)
    assert history.lr == {}
    rates = {run: history.learning_rate(run) for run in history.runs}
    assert rates == {"sgd": 0.01, "adam": 0.001, "adam:lr=0.5": 0.5}
    history.add(Change(1, "adam", "lr", 0.25))
    assert history.learning_rate("adam") == 0.25
    assert History().learning_rate("adam") is None


def test_rate_is_of_late(race):
    history = told([race.events[0]])
    assert history.rate == 0
    for n in range(1, 2001):  # at first ten iterations a second, then a thousand
        seconds = n / 10 if n <= 1000 else 100 + (n - 1000) / 1000
        history.add(Step(n, n, seconds, {"sgd": 1.0, "adam": 1.0}))
        if n == 1000:
            assert history.rate == pytest.approx(10, rel=1e-3)
    assert history.rate == pytest.approx(1000, rel=1e-3)


REACHED = [(0.0, 10), (0.5, 10), (0.6, 30), (0.61, 30), (0.7, 30), (0.8, 60), (0.81, None)]


@pytest.mark.parametrize(("accuracy", "iteration"), REACHED)
def test_first_reached(accuracy, iteration, race):
    started = dataclasses.replace(race.events[0], runs=race.events[0].runs[1:])
    history = told([started, *evaluations(0.5, 0.4, 0.7, 0.6, None, 0.8, 0.8)])
    assert history.first_reached("adam", accuracy) == iteration
    assert history.first_reached("sgd", accuracy) is None


def test_accuracy_is_the_ends_or_else_the_last_evaluations(race):
    started = dataclasses.replace(race.events[0], runs=race.events[0].runs[1:])
    history = told([started, *evaluations(0.5, 0.6)])
    assert history.accuracy("adam") == 0.6
    history.add(Ended("stopped", 25, 1.0, {"adam": None}, {"adam": None}))
    assert history.accuracy("adam") == 0.6
    history.add(Ended("completed", 30, 1.0, {"adam": 0.2}, {"adam": 0.0}))
    assert (history.accuracy("adam"), history.test_loss("adam")) == (0.0, 0.2)


def test_changes(race):
    started, *_ = race.events
    changes = [
        Change(3, None, "iterations", 99.0),
        Change(3, "sgd", "lr", 0.5),
        Change(4, None, "paused", value=True),
        Change(4, None, "pace", 20.0),
    ]
    history = told([started, *changes])
    assert (history.iterations, history.paused, history.pace) == (99, True, 20)
    assert type(history.iterations) is int
    assert history.lr == {"sgd": 0.5}
    assert list(history.changes) == changes
    history.add(Change(5, None, "lr", 0.1))
    history.add(Change(5, None, "paused", value=False))
    history.add(Change(5, None, "pace", None))
    assert history.lr == {"sgd": 0.1, "adam": 0.1}
    assert (history.paused, history.pace) == (False, None)
    history.add(Change(5, None, "paused", value=True))
    history.add(Change(5, None, "pace", 20))
    history.add(Change(5, None, RESUMED, value=True))  # where it is resumed, it goes on
    assert (history.paused, history.pace) == (False, None)


@pytest.mark.parametrize("smoothing", ["off", "kaiser"])
def test_a_second_training_begins_anew(smoothing, race, train):
    other = train(**{**RACE, "compare": "lr=0.1,1,2", "iterations": 7})
    history = told([*race.events, Change(60, "sgd", "lr", 0.5), *other.events])
    fresh = told(other.events)
    assert history.runs == fresh.runs == ("lr=0.1", "lr=1", "lr=2")
    assert history.changes == fresh.changes
    for name in ("started", "ended", "iterations", "iteration", "loss", "lr", "layers"):
        assert getattr(history, name) == getattr(fresh, name)
    for run in fresh.runs:
        ours, theirs = (h.curve(run, smoothing) for h in (history, fresh))
        assert ours.mean.tolist() == theirs.mean.tolist()


def test_findings_are_kept_in_order_and_bounded(race):
    findings = [
        Finding(n, "sgd", n % 3 or None, "dead", 0.9, 0.5, "dead units", resolved=n % 2 == 0)
        for n in range(5000)
    ]
    old = Finding(0, "adam", None, "stalled", 0.9, 0.5, "it holds all the time", resolved=False)
    history = told([race.events[0], old, *findings])
    kept = list(history.findings)
    assert 100 <= len(kept) <= 3000
    assert old in open_findings(kept)
    assert kept[1 - len(kept) // 2 :] == findings[1 - len(kept) // 2 :]
    assert [each.iteration for each in kept] == sorted(each.iteration for each in kept)


def test_an_end_is_taken_back_when_it_goes_on(recording):
    training = recording(**RACE)
    training.run()
    history = told(training.events)
    assert history.ended is not None
    training.control.extend(5)
    for event in training.trainer:
        if isinstance(event, Step):
            history.add(event)
            break
    assert history.ended is None
    assert history.iteration == 61


@pytest.mark.parametrize(
    ("control", "paused", "pace"),
    [({"paused": True}, True, None), ({"pace": 500.0}, False, 500.0), ({}, False, None)],
    ids=["paused", "paced", "neither"],
)
def test_what_a_training_begins_with_is_known(control, paused, pace, recording):
    training = recording(**RACE, control=Control(**control))
    training.control.step()
    history = History()
    for event in training.trainer:
        history.add(event)
        if isinstance(event, Step):
            break
    assert history.iteration == 1
    assert (history.paused, history.pace) == (paused, pace)
