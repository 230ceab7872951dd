"""Moments that one can go back to: as they stood, and in bounded memory."""

import dataclasses
import sys

import numpy as np
import pytest

from tui_optim import History
from tui_optim.events import Change, Evaluation, Finding, Layers, Step
from tui_optim.training.reading import Reading
from tui_optim.training.timeline import Past, Timeline

RACE = {
    "data": "blobs",
    "hidden": "8,6",
    "compare": "optimizer=sgd,adam",
    "iterations": 60,
    "probe_every": 20,
    "eval_every": 15,
}
STATE = [
    name
    for name in vars(Reading)
    if not name.startswith("_") and isinstance(getattr(Reading, name), property)
]


@pytest.fixture(scope="module")
def race(train):
    return train(**RACE)


def told(events, **bounds):
    history = History()
    timeline = Timeline(history, **bounds)
    for event in events:
        timeline.add(event)
    return history, timeline


def steps(numbers, **loss):
    return [Step(n, 128 * n, n / 100, {"sgd": 1 / (1 + n), "adam": 2.0} | loss) for n in numbers]


def test_moments_are_where_more_is_told_than_a_step(race):
    _, timeline = told(race.events)
    assert timeline.iterations == [1, 15, 20, 30, 40, 45, 60]
    _, timeline = told(race.events[:40])
    last = max(e.iteration for e in race.events[:40] if isinstance(e, Step))
    assert timeline.iterations[-1] == last
    assert Timeline(History()).iterations == []


def test_a_moment_is_what_a_history_knew_then(race):
    events = list(race.events)
    at = next(i for i, e in enumerate(events) if isinstance(e, Step) and e.iteration == 31)
    events[at:at] = [
        Change(30, "sgd", "lr", 0.5),
        Change(30, None, "paused", value=True),
        Finding(30, "adam", 2, "dead-units", 0.9, 0.6, "dead", resolved=False),
    ]
    whole, timeline = told(events)
    then, _ = told(events[: at + 3])
    past = timeline.at(39)
    assert isinstance(past, Past)
    assert past.iteration == 30
    for name in STATE:
        if name not in ("rate",):
            assert getattr(past, name) == getattr(then, name), name
    assert past.paused
    assert past.findings
    for run in past.runs:
        assert past.learning_rate(run) == then.learning_rate(run)
        assert past.accuracy(run) == then.accuracy(run) is not None
        assert past.test_loss(run) == then.test_loss(run)
        assert past.first_reached(run, 0.0) == then.first_reached(run, 0.0) == 15
        assert np.array_equal(past.curve(run).mean, whole.curve(run).mean)
        assert len(past.layer_curve(run, 1, "std").mean) == 4
        assert len(past.evaluation_curve(run, "loss").mean) == 4
    assert list(past.curves(10)) == ["sgd", "adam"]
    best = max(e.accuracy["adam"] for e in race.evaluations)
    reached = whole.first_reached("adam", best)
    assert timeline.at(15).first_reached("adam", best) == (15 if reached == 15 else None)


def test_the_last_moment_is_the_present_and_before_the_first_there_is_none(race):
    history, timeline = told(race.events)
    last, first = timeline.at(10**9), timeline.at(-5)
    assert last.ended == history.ended
    assert (last.iteration, first.iteration) == (60, 1)
    assert first.loss == race.steps[0].loss


def test_of_too_many_moments_every_second_one_is_dropped(race):
    events = [race.events[0]]
    for step in steps(range(1, 1001)):
        events += [step, Change(step.iteration, "sgd", "lr", 0.1)]
    _, timeline = told(events, most=16)
    iterations = timeline.iterations
    assert 8 <= len(iterations) <= 17
    assert len(set(np.diff(iterations[:-1]).tolist())) == 1
    assert (iterations[0], iterations[-1]) == (1, 1000)
    assert timeline.at(iterations[3]).loss == {"sgd": 1 / (1 + iterations[3]), "adam": 2.0}


def test_probes_take_no_more_than_the_budget(race):
    probe = race.of(Layers)[0]
    events = [race.events[0]]
    for step in steps(range(1, 201)):
        events += [step, dataclasses.replace(probe, iteration=step.iteration)]
    _, free = told(events)
    _, timeline = told(events, budget=20_000)
    assert len(free.iterations) == 200
    assert 2 <= len(timeline.iterations) <= 8


def test_a_resumed_training_has_each_moment_once(race):
    events = [race.events[0]]
    for number in [*range(1, 51), *range(31, 101)]:
        (step,) = steps([number], adam=float(len(events)))
        events += (
            [step, Evaluation(number, 10, step.loss, step.loss, {}, {})]
            if (number % 10 == 0)
            else [step]
        )
    history, timeline = told(events)
    assert timeline.iterations == [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert timeline.at(40).loss["adam"] > 50, "the second time's"
    curve = history.curve("sgd", points=1000)
    assert curve.iteration.tolist() == list(range(1, 101))
    assert history.evaluation_curve("sgd", "loss").iteration.tolist() == list(range(10, 101, 10))


def test_steps_many_at_once_are_the_same(race):
    one_by_one, slow = told([race.events[0], *race.steps])
    at_once = History()
    fast = Timeline(at_once)
    fast.add(race.events[0])
    positions = np.array([(s.iteration, s.samples, s.seconds) for s in race.steps], float)
    losses = np.array([list(s.loss.values()) for s in race.steps])
    losses[40:, 1] = np.nan
    for start in (0, 1, 30, 55):
        stop = {0: 1, 1: 30, 30: 55, 55: 60}[start]
        fast.add_steps(positions[start:stop], losses[start:stop])
    assert at_once.diverged == {"adam": 41}
    assert at_once.loss == {"sgd": race.steps[-1].loss["sgd"], "adam": None}
    assert slow.iterations == fast.iterations == [1, 60]
    assert at_once.rate == pytest.approx(one_by_one.rate)
    for name in ("iteration", "samples", "seconds", "ended"):
        assert getattr(at_once, name) == getattr(one_by_one, name)
    for smoothing in ("off", "ema0.6", "kaiser"):
        one, other = (h.curve("sgd", smoothing, 1000) for h in (one_by_one, at_once))
        assert one.mean == pytest.approx(other.mean, rel=1e-12)


def test_the_moments_share_what_has_not_changed(race):
    findings = [Finding(1, "sgd", n, "stalled", 0, 0, "m", resolved=False) for n in range(100)]
    _, timeline = told([race.events[0], *steps([1]), *findings, *race.events[1:]])
    assert len({id(timeline.at(n).findings) for n in timeline.iterations}) == 1
    assert sys.getsizeof(timeline.at(20)) < 1000
