"""What is trained, on what, and how large: the experiment's other options."""

import math

import numpy as np
import pytest

SMALL = {"hidden": "20", "iterations": 30, "compare": "optimizer=sgd,adam:lr=0.01"}
ADAM = "adam:lr=0.01"


def test_float64_is_float32_to_its_precision(train):
    single, double = (train(**SMALL, dtype=dtype) for dtype in ("float32", "float64"))
    assert single.theta(ADAM).dtype == np.float32
    assert double.theta(ADAM).dtype == np.float64
    for run in ("sgd", ADAM):
        assert single.losses[run] != double.losses[run]
        assert single.losses[run] == pytest.approx(double.losses[run], rel=1e-4)


def test_float64_is_float64_throughout(train, torch_network):
    training = train(**SMALL, dtype="float64")
    data = training.trainer.dataset
    theirs = torch_network(training.trainer.sizes, "relu", training.theta(ADAM))
    expected = theirs.backward(data.x_test, data.y_test)
    assert training.ended.loss[ADAM] == pytest.approx(expected, rel=1e-12)


def test_train_size(train):
    training = train(**SMALL, train_size=300)
    assert training.events[0].dataset.train == 300
    assert [step.samples for step in training.steps][:4] == [128, 256, 300, 428]
    assert training.evaluations[-1].examples == 360


def test_without_hidden_layers_it_is_softmax_regression(train):
    training = train(
        hidden="none",
        initializer="zeros",
        optimizer="sgd:lr=0.5",
        iterations=100,
        probe_every=50,
    )
    run = "sgd:lr=0.5"
    started = training.events[0]
    assert [(layer.inputs, layer.outputs) for layer in started.layers] == [(64, 10)]
    assert started.parameters == 650
    assert training.losses[run][0] == pytest.approx(math.log(10), rel=1e-6)
    assert training.ended.accuracy[run] > 0.9
    (statistics,) = training.probes(run)[1]
    assert (statistics.index, statistics.name) == (1, "output")
    assert statistics.dead is statistics.saturated is None
    # all logits are 0; softmax gives 1/10 for each of 10 classes and 128 samples:
    # ∂L/∂z is (1/10 − 1)/128 once a sample and 1/10/128 nine times
    assert statistics.delta_rms == pytest.approx(math.sqrt((0.81 + 9 * 0.01) / 10) / 128, rel=1e-5)
    assert statistics.weight_norm == 0
    assert statistics.unit_spread is statistics.update_ratio is None
    assert statistics.step_size == pytest.approx(0.5, rel=1e-5)
    assert sum(statistics.histogram.counts) == 1280


@pytest.mark.parametrize("sampling", ["epoch", "replacement"])
def test_a_batch_larger_than_the_training_set_is_the_training_set(sampling, train):
    training = train(**SMALL, train_size=50, batch_size=1_000_000, sampling=sampling)
    assert [step.samples for step in training.steps] == [50 * n for n in range(1, 31)]
    assert training.losses[ADAM][-1] < training.losses[ADAM][0]


def test_batches_of_one(train):
    training = train(**SMALL, batch_size=1, probe_every=1)
    assert training.steps[-1].samples == 30
    assert training.losses["sgd"][0] == training.losses[ADAM][0]
    assert all(math.isfinite(loss) for loss in training.losses["sgd"])


@pytest.mark.parametrize("runs", [1, 16])
def test_as_few_and_as_many_runs_as_can_be(runs, train):
    names = [f"seed={seed}" for seed in range(runs)]
    training = train(
        hidden="100",
        optimizer="adam:lr=0.01",
        compare={"seed": list(range(runs))},
        iterations=150,
    )
    assert list(training.losses) == names
    assert len({losses[-1] for losses in training.losses.values()}) == runs
    assert all(training.ended.accuracy[name] > 0.85 for name in names)
    assert set(training.probes(names[-1])) == {1, 50, 100, 150}


@pytest.mark.parametrize("hidden", ["1", "64x8", "3,50,2"])
def test_odd_shapes(hidden, train):
    training = train(**{**SMALL, "hidden": hidden}, activation="tanh")
    widths = {"1": [1], "64x8": [64] * 8, "3,50,2": [3, 50, 2]}[hidden]
    assert [layer.outputs for layer in training.events[0].layers] == [*widths, 10]
    assert [s.index for s in training.probes(ADAM)[30]] == list(range(1, len(widths) + 2))
    assert training.ended.reason == "completed"


@pytest.mark.parametrize("data", ["digits", "moons", "spirals", "blobs"])
def test_every_data_set_of_the_package_can_be_learned(data, train):
    training = train(data=data, hidden="50,50", optimizer=ADAM, iterations=400, batch_size=50)
    majority = {"digits": 0.11, "moons": 0.51, "spirals": 0.34, "blobs": 0.21}[data]
    needed = {"digits": 0.93, "moons": 0.9, "spirals": 0.8, "blobs": 0.9}[data]
    assert needed > majority
    assert training.ended.accuracy[ADAM] > needed


def test_the_lectures_race_on_mnist(mnist, train):
    training = train(
        data="mnist",
        data_dir=mnist,
        compare="optimizer=gd,sgd,adam",
        hidden="100,100",
        iterations=300,
        eval_every=150,
        probe_every=0,
    )
    assert [e.examples for e in training.evaluations] == [1000, 10_000]
    started = training.events[0].dataset
    assert (started.train, started.test, started.features) == (60_000, 10_000, 784)
    accuracy = training.ended.accuracy
    assert accuracy["adam"] > 0.9
    assert accuracy["adam"] > accuracy["sgd"] > 0.5
    # 300 of 469 minibatches: gd has not stepped yet
    assert accuracy["gd"] < 0.3
