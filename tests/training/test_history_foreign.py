"""Events of a log that another program wrote, or a person: all typed well, and yet odd."""

import dataclasses
import math
import tracemalloc

import pytest

from tui_optim import History, InputError
from tui_optim.events import Change, Ended, Evaluation, Layers, RunInfo, Step


@pytest.fixture(scope="module")
def started(train):
    return train(hidden="8", compare="optimizer=sgd,adam", iterations=1).events[0]


@pytest.fixture(scope="module")
def layers(train):
    return train(hidden="8,6", optimizer="sgd", iterations=1).of(Layers)[0].layers


def step(n, **loss):
    return Step(n, 128 * n, 0.5, loss)


def read(history):
    """All that a screen reads."""
    for run in history.runs:
        for smoothing in ("off", "ema0.6", "ema0.9", "kaiser"):
            history.curve(run, smoothing)
        for index in (1, 2):
            history.layer_curve(run, index, "mean")
        history.evaluation_curve(run, "accuracy")
        history.accuracy(run)
        history.first_reached(run, 0.5)


@pytest.mark.parametrize("iterations", ["many", None, [], math.inf, math.nan, "20", -1, 10**400])
def test_iterations_that_are_no_number(iterations, started):
    history = History()
    history.add(dataclasses.replace(started, experiment={"iterations": iterations}))
    history.add(step(1, sgd=1.0, adam=1.0))
    read(history)
    assert (history.iteration, history.iterations) == (1, 0)


def test_endless_texts_are_cut(started):
    endless = "x" * 10**6
    runs = [dataclasses.replace(run, optimizer=endless) for run in started.runs]
    layers = [dataclasses.replace(layer, name=endless) for layer in started.layers]
    dataset = dataclasses.replace(started.dataset, name=endless)
    history = History()
    history.add(
        dataclasses.replace(started, runs=runs, layers=layers, dataset=dataset, version=endless)
    )
    assert len(repr(history.started)) < 10_000
    assert history.runs == ("sgd", "adam")


def test_no_options_at_all(started):
    history = History()
    history.add(dataclasses.replace(started, experiment={}))
    read(history)
    assert history.runs == ("sgd", "adam")


ODD = {
    "losses of other runs": [step(1, momentum=1.0), step(2, sgd=1.0, adam=2.0)],
    "no losses": [step(1), step(2)],
    "the same iteration again": [step(5, sgd=1.0, adam=1.0), step(5, sgd=1.0, adam=1.0)],
    "backwards": [step(5, sgd=1.0, adam=1.0), step(1, sgd=1.0, adam=1.0)],
    "a negative iteration": [step(-3, sgd=1.0, adam=1.0)],
    "enormous losses": [step(n, sgd=1.7e308, adam=-1.7e308) for n in range(1, 400)],
    "an evaluation of other runs": [Evaluation(1, 10, {"x": 1.0}, {}, {}, {})],
    "a change of a setting unknown": [Change(1, None, "colour", 1.0)],
    "a change of another run": [Change(1, "momentum", "lr", 1.0)],
    "an end at once": [Ended("completed", 0, 0.0, {}, {})],
}


@pytest.mark.parametrize("name", list(ODD))
@pytest.mark.parametrize("begun", [True, False], ids=["begun", "not begun"])
def test_odd_events_do_no_harm(name, begun, started):
    history = History()
    if begun:
        history.add(started)
    for event in ODD[name]:
        history.add(event)
    read(history)
    assert history.runs == (("sgd", "adam") if begun else ())


def test_probes_of_another_number_of_layers(started, layers):
    history = History()
    history.add(started)
    assert len(layers) == 3
    for n, some in enumerate((layers, layers[:2], (), layers[:1], layers), 1):
        history.add(Layers(n, "sgd", some))
        history.layer_curve("sgd", 1, "mean")
        assert history.layers["sgd"].layers == some


@pytest.mark.parametrize("spec", ["adma", "adam:lr=-1", "", "adam:gamma=2"])
def test_an_optimizer_of_a_later_version(spec, started):
    history = History()
    runs = (RunInfo("new", spec, "relu", "he"), *started.runs)
    history.add(dataclasses.replace(started, runs=runs))
    history.add(step(1, new=1.0, sgd=1.0, adam=1.0))
    assert history.learning_rate("new") is None
    assert history.learning_rate("sgd") == 0.01


def test_what_begins_in_the_middle(train):
    training = train(hidden="8", compare="optimizer=sgd,adam", iterations=400)
    history = History()
    for event in training.events[300:]:
        history.add(event)
    assert history.iteration == 400
    assert history.ended == training.ended


def test_memory_is_bounded_whatever_the_number_of_runs(started):
    # A line of 40 kB; no training has more than 16 runs.
    runs = tuple(RunInfo(f"run {n}", "adam", "relu", "he") for n in range(600))
    tracemalloc.start()
    try:
        history = History()
        try:
            history.add(dataclasses.replace(started, runs=runs))
        except InputError:
            return
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20e6


def test_memory_is_bounded_whatever_the_names_of_runs(started, layers):
    history = History()
    history.add(started)
    tracemalloc.start()
    try:
        for n in range(40):
            history.add(Layers(n, f"run {n}", layers))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after < 5e6
