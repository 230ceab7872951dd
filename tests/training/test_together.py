"""Several trainings read as one."""

import dataclasses

import numpy as np
import pytest

from tui_optim import History
from tui_optim.events import Change, Finding, Layers, RunInfo, Step
from tui_optim.report import final_report, ranking
from tui_optim.training.reading import Reading
from tui_optim.training.together import Together

RACE = {"data": "blobs", "iterations": 40, "probe_every": 20, "eval_every": 20}


def told(events):
    history = History()
    for event in events:
        history.add(event)
    return history


@pytest.fixture(scope="module")
def one(train):
    return train(hidden="8,6", compare="optimizer=sgd,adam", **RACE)


@pytest.fixture(scope="module")
def other(train):
    options = RACE | {"data": "moons", "iterations": 30}
    return train(hidden="4", optimizer="momentum", compare={"lr": [0.5]}, **options)


@pytest.fixture
def together(one, other):
    return Together({"first": told(one.events), "second": told(other.events)})


def test_runs_are_named_after_their_logs(together, one, other):
    assert together.runs == ("first sgd", "first adam", "second")
    assert together.left_out == 0
    last = one.steps[-1].loss
    assert together.loss == {
        "first sgd": last["sgd"],
        "first adam": last["adam"],
        "second": other.steps[-1].loss["lr=0.5"],
    }
    assert (together.iteration, together.iterations) == (40, 40)
    assert together.accuracy("second") == other.ended.accuracy["lr=0.5"]
    assert together.test_loss("first sgd") == one.ended.loss["sgd"]
    assert together.learning_rate("second") == 0.5
    assert together.first_reached("first adam", 0.0) == 20
    assert together.layers["second"].run == "second"
    assert len(together.layers["first sgd"].layers) == 3


def test_the_beginnings_are_put_together(together):
    started = together.started
    assert started.dataset.name == "blobs, moons"
    assert len(started.layers) == 3
    assert [run.name for run in started.runs] == list(together.runs)
    assert started.runs[2].optimizer == "momentum:lr=0.5"
    assert started.experiment["iterations"] == 40
    assert "optimizer" not in started.experiment
    assert started.experiment["batch_size"] == 128
    assert "data" not in started.experiment


def test_it_has_ended_when_all_have(together, one, other):
    ended = together.ended
    assert (ended.reason, ended.iterations) == ("completed", 40)
    assert ended.accuracy["second"] == other.ended.accuracy["lr=0.5"]
    going = Together({"a": told(one.events), "b": told(other.events[:-1])})
    assert going.ended is None
    assert going.accuracy("a sgd") == one.ended.accuracy["sgd"]


def test_curves_are_those_of_the_trainings(together, one):
    curve = together.curve("first adam", points=100)
    assert curve.mean.tolist() == one.losses["adam"]
    assert together.evaluation_curve("second", "loss").iteration.tolist() == [20, 30]
    assert len(together.layer_curve("first sgd", 1, "std").mean) == 3
    assert len(together.curve("of no log").mean) == 0


def test_curves_for_a_table_have_the_same_points(together, other):
    curves = together.curves(100)
    assert {len(curve.mean) for curve in curves.values()} == {40}
    assert np.isnan(curves["second"].mean[30:]).all()
    assert curves["second"].mean[:30].tolist() == other.losses["lr=0.5"]


def test_what_is_found_and_changed_is_told_in_order(one, other):
    first, second = told(one.events), told(other.events)
    first.add(Change(40, None, "lr", 0.25))
    second.add(Change(30, "lr=0.5", "lr", 0.125))
    second.add(Finding(30, "lr=0.5", 1, "dead-units", 0.9, 0.6, "dead", resolved=False))
    second.add(Finding(30, "of no run", 1, "dead-units", 0.9, 0.6, "dead", resolved=False))
    together = Together({"first": first, "second": second})
    lately = [(c.iteration, c.run, c.value) for c in together.changes if c.setting == "lr"]
    assert lately == [(30, "second", 0.125), (40, "first sgd", 0.25), (40, "first adam", 0.25)]
    assert together.lr == {"first sgd": 0.25, "first adam": 0.25, "second": 0.125}
    assert [f.run for f in together.findings if f.message == "dead"] == ["second"]


def test_what_has_not_changed_is_not_put_together_again(one, other):
    first, second = told(one.events), told(other.events)
    together = Together({"first": first, "second": second})
    found, started = together.findings, together.started
    assert together.findings is found
    assert together.started is started
    first.add(Finding(40, "sgd", 1, "dead-units", 0.9, 0.6, "dead", resolved=False))
    assert [f.run for f in together.findings if f not in found] == ["first sgd"]
    second.add(Change(30, None, "iterations", 1000))
    assert together.started.experiment["iterations"] == 1000
    second.add(one.events[0])  # it begins anew, with other runs
    assert together.runs == ("first sgd", "first adam", "second sgd", "second adam")
    assert [run.name for run in together.started.runs] == list(together.runs)


def test_no_more_runs_than_one_can_tell_apart(one):
    runs = tuple(RunInfo(f"run {n}", "adam", "relu", "he") for n in range(10))
    histories = {}
    for name in "ab":
        histories[name] = told([dataclasses.replace(one.events[0], runs=runs)])
        histories[name].add(Step(1, 1, 1.0, {run.name: 1.0 for run in runs}))
    together = Together(histories)
    assert len(together.runs) == 16
    assert together.left_out == 4
    assert len(together.loss) == len(together.started.runs) == 16
    assert together.curve("b run 9").mean.tolist() == []


def test_names_that_would_be_the_same_are_told_apart(one, other):
    runs = (RunInfo("x y", "adam", "relu", "he"), RunInfo("z", "adam", "relu", "he"))
    more = (RunInfo("y", "adam", "relu", "he"), RunInfo("z", "adam", "relu", "he"))
    histories = {
        "log": told([dataclasses.replace(one.events[0], runs=runs)]),
        "log x": told([dataclasses.replace(other.events[0], runs=more)]),
    }
    assert len(set(Together(histories).runs)) == 4


def test_the_report_reads_it(together):
    reading: Reading = together
    assert set(ranking(reading)) == set(together.runs)
    assert final_report(reading, 80) is not None


def test_nothing_to_put_together():
    nothing = Together({})
    assert nothing.started is nothing.ended is nothing.evaluation is None
    assert nothing.runs == ()
    assert nothing.curves() == {}
    waiting = Together({"a": History(), "b": History()})
    assert waiting.runs == ()
    assert waiting.started is waiting.ended is None
    assert isinstance(waiting.layers, dict)
    assert Layers(1, "x", ()) not in waiting.layers.values()
