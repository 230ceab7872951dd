"""The events of a training: which, when, and with what in them."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

import tui_optim
from tui_optim.datasets import Dataset
from tui_optim.events import Evaluation, Layers, RunInfo, Started, Step

SMALL = {"data": "blobs", "hidden": "8,6", "batch_size": 64}
RUNS = "optimizer=sgd,adam"

# iterations, probe_every, eval_every; iterations that are probed, iterations that are evaluated
TIMETABLES = [
    (25, 10, 10, [1, 10, 20, 25], [10, 20, 25]),
    (14, 7, 4, [1, 7, 14], [4, 8, 12, 14]),
    (12, 5, 6, [1, 5, 10, 12], [6, 12]),
    (4, 1, 1, [1, 2, 3, 4], [1, 2, 3, 4]),
    (3, 100, 100, [1, 3], [3]),
    (1, 5, 3, [1], [1]),
    (5, 0, 0, [], [5]),
]


@pytest.mark.parametrize("lookahead", [1, 8])
@pytest.mark.parametrize("timetable", TIMETABLES)
def test_every_event_has_its_place(timetable, lookahead, train):
    iterations, probe_every, eval_every, probed, evaluated = timetable
    training = train(
        **SMALL,
        compare=RUNS,
        iterations=iterations,
        probe_every=probe_every,
        eval_every=eval_every,
        lookahead=lookahead,
    )
    expected = [("started",)]
    for i in range(1, iterations + 1):
        expected.append(("step", i))
        expected += [("layers", i, run) for run in ("sgd", "adam") if i in probed]
        expected += [("evaluation", i)] if i in evaluated else []
    expected.append(("ended", iterations))

    told = []
    for event in training.events:
        match event:
            case Layers():
                told.append((event.event, event.iteration, event.run))
            case Step() | Evaluation():
                told.append((event.event, event.iteration))
            case Started():
                told.append((event.event,))
            case _:
                told.append((event.event, event.iterations))
    assert told == expected


def test_started_tells_all_that_determines_the_training(train):
    training = train(
        hidden="8,6",
        compare={"optimizer": ["gd", "adam:lr=0.01"], "activation": ["tanh"]},
        initializer="xavier",
        seed=5,
        iterations=2,
        threads=1,
    )
    started = training.events[0]
    assert (started.schema, started.version) == (1, tui_optim.__version__)
    when = datetime.fromisoformat(started.time)
    assert when.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - when) < timedelta(minutes=1)
    assert started.threads == 1
    assert tui_optim.Experiment.from_options(started.experiment) == training.trainer.experiment
    assert started.experiment["hidden"] == [8, 6]
    data = started.dataset
    shape = (data.name, data.train, data.test, data.features, data.classes)
    assert shape == ("digits", 1437, 360, 64, 10)
    assert data.sha256 == training.trainer.dataset.sha256
    assert len(data.sha256) == 64
    assert started.runs == (
        RunInfo("gd tanh", "gd", "tanh", "xavier"),
        RunInfo("adam:lr=0.01 tanh", "adam:lr=0.01", "tanh", "xavier"),
    )
    layers = [(layer.index, layer.inputs, layer.outputs) for layer in started.layers]
    assert layers == [(1, 64, 8), (2, 8, 6), (3, 6, 10)]
    assert len({layer.name for layer in started.layers}) == 3
    assert started.parameters == (64 * 8 + 8) + (8 * 6 + 6) + (6 * 10 + 10)


@pytest.mark.parametrize(("asked", "runs", "got"), [(1, 3, 1), (2, 3, 2), (16, 2, 2), (2, 1, 1)])
def test_no_more_threads_than_asked_for_or_than_there_are_runs(asked, runs, got, train):
    seeds = [str(seed) for seed in range(runs)]
    training = train(**SMALL, compare={"seed": seeds}, threads=asked, iterations=1)
    assert training.events[0].threads == got


@pytest.mark.parametrize("lookahead", [1, 16])
def test_a_reader_that_leaves_and_comes_back_misses_nothing(lookahead, recording):
    options = {"hidden": "12,8", "iterations": 60, "eval_every": 10, "probe_every": 20}
    whole = recording(**options).run()
    broken = recording(**options, lookahead=lookahead)
    while not broken.events or broken.events[-1].event != "ended":
        for event in broken.trainer:
            broken.events.append(event)
            if event.event in ("step", "layers") and event.iteration % 7 == 0:
                break
    assert broken.losses == whole.losses
    for kind in (Evaluation, Layers):
        assert broken.of(kind) == whole.of(kind)


def test_steps_count_samples_and_seconds(train):
    steps = train(hidden="8", compare=RUNS, batch_size=500, iterations=7).steps
    # 1437 training examples: two minibatches of 500, then what is left
    assert [step.samples for step in steps] == [500, 1000, 1437, 1937, 2437, 2874, 3374]
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    assert seconds[-1] < 60
    for step in steps:
        assert list(step.loss) == ["sgd", "adam"]
        assert all(type(loss) is float for loss in step.loss.values())


def test_its_clock_runs_while_it_trains(recording):
    training = recording(**SMALL, compare=RUNS, iterations=3)
    time.sleep(0.05)
    assert training.trainer.seconds < 0.05
    training.run()
    spent = training.trainer.seconds
    time.sleep(0.05)
    assert training.trainer.seconds == pytest.approx(spent, abs=0.01)


def test_loss_is_the_minibatchs_before_the_update(train):
    options = {"data": "blobs", "hidden": "none", "initializer": "zeros"}
    losses = train(**options, optimizer="sgd:lr=0.5", iterations=2).losses["sgd:lr=0.5"]
    assert losses[0] == pytest.approx(np.log(5), rel=1e-6)  # five classes, all as likely
    assert losses[1] < 0.95 * losses[0]


def scores(training, run, x, y):
    """Loss and accuracy by a forward pass of our own, in float64: relu, then softmax."""
    a, rest = x.astype(np.float64), training.theta(run).astype(np.float64)
    sizes = training.trainer.sizes
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        weights, biases, rest = np.split(rest, [inputs * outputs, (inputs + 1) * outputs])
        a = a @ weights.reshape(inputs, outputs) + biases
        a = np.maximum(a, 0) if index < len(sizes) - 2 else a
    picked = a[np.arange(len(y)), y]
    return np.mean(np.log(np.exp(a).sum(axis=1)) - picked), np.mean(a.argmax(axis=1) == y)


def test_the_last_evaluation_is_on_the_whole_test_part_and_ended_repeats_it(train):
    training = train(**SMALL, compare=RUNS, iterations=40, eval_every=15)
    data, last = training.trainer.dataset, training.evaluations[-1]
    assert [e.examples for e in training.evaluations] == [500, 500, 500]
    for run in ("sgd", "adam"):
        loss, accuracy = scores(training, run, data.x_test, data.y_test)
        assert last.loss[run] == pytest.approx(loss, rel=1e-5)
        assert last.accuracy[run] == accuracy
        loss, accuracy = scores(training, run, data.x_train, data.y_train)  # all 1,000
        assert last.train_loss[run] == pytest.approx(loss, rel=1e-5)
        assert last.train_accuracy[run] == accuracy
    ended = training.ended
    assert (ended.reason, ended.iterations) == ("completed", 40)
    assert (ended.loss, ended.accuracy) == (last.loss, last.accuracy)
    assert ended.seconds >= training.steps[-1].seconds


@pytest.fixture
def nine_to_one():
    """Points about two centres; the first class has nine in ten, and comes first."""

    def part(examples, seed):
        y = np.arange(examples) >= 0.9 * examples
        return np.random.default_rng(seed).normal(y[:, None], 0.1, (examples, 3)), y

    (x_train, y_train), (x_test, y_test) = part(1200, 0), part(1500, 1)
    return Dataset("nine-to-one", x_train, y_train, x_test, y_test, ("a", "b"))


def test_an_evaluation_is_on_a_fixed_stratified_thousand(nine_to_one, train):
    training = train(
        dataset=nine_to_one,
        hidden="none",
        initializer="zeros",
        optimizer="sgd:lr=1e-9",
        dtype="float64",
        iterations=50,
        eval_every=10,
    )
    run, evaluations = "sgd:lr=1e-09", training.evaluations
    assert [e.examples for e in evaluations] == [1000, 1000, 1000, 1000, 1500]
    # The parameters as good as stand still, so all differences would be another sample's.
    for key in ("loss", "train_loss"):
        values = [getattr(e, key)[run] for e in evaluations]
        assert values[:4] == pytest.approx([values[0]] * 4, rel=1e-6)
    # All is called by the commoner class.
    for e in evaluations:
        assert (e.accuracy[run], e.train_accuracy[run]) == (0.9, 0.9)


def test_zero_accuracy_is_no_missing_accuracy(train):
    data = Dataset(
        "swapped", [[0.0], [1.0]] * 50, [0, 1] * 50, [[0.0], [1.0]] * 50, [1, 0] * 50, ("a", "b")
    )
    training = train(dataset=data, hidden="none", optimizer="sgd:lr=1", iterations=200)
    assert training.ended.accuracy == {"sgd:lr=1": 0.0}
    assert training.evaluations[-1].train_accuracy == {"sgd:lr=1": 1.0}


@pytest.mark.parametrize("reason", ["stopped", "interrupted"])
def test_a_training_stopped_before_its_end_has_no_final_scores(reason, recording):
    training = recording(**SMALL, compare=RUNS, iterations=50, eval_every=2)

    def stop_at_5(event):
        if isinstance(event, Step) and event.iteration == 5:
            training.control.stop(reason)

    training.run(stop_at_5)
    ended = training.ended
    assert (ended.reason, ended.iterations, len(training.steps)) == (reason, 5, 5)
    assert ended.loss == ended.accuracy == {"sgd": None, "adam": None}
