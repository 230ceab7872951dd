"""Dropout, batch normalization and a bounded output layer in trainings, each run with its own."""

import math

import numpy as np
import pytest

from tui_optim import Experiment
from tui_optim.events import Started
from tui_optim.nn import MLPStack, count_parameters
from tui_optim.nn.network import DROPOUT, stream
from tui_optim.training.sampling import Minibatches

SMALL = {"hidden": "20,10", "iterations": 8, "dtype": "float64", "probe_every": 0}
SIZES = (64, 20, 10, 10)
LINEAR = count_parameters(SIZES)
OPTIMIZERS = "optimizer=gd,sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw"


@pytest.mark.parametrize("weight_decay", [None, 0.1])
def test_scales_and_shifts_of_others_stay_as_they_are(weight_decay, train):
    race = train(
        **{**SMALL, "batch_size": 1000, "iterations": 4},  # two epochs, so that gd steps
        weight_decay=weight_decay,
        compare=[OPTIMIZERS, "batch-norm=off,on"],
    )
    beginning = np.concatenate([np.repeat([1.0, 0, 1, 0], [20, 20, 10, 10])])
    for run in race.losses:
        theta = race.theta(run)
        assert len(theta) == LINEAR + 60
        off = run.endswith("batch-norm=off")
        assert len(race.own(run)) == LINEAR + (0 if off else 60)
        assert np.array_equal(theta[LINEAR:], beginning) is off
        assert np.array_equal(race.running(run), 1 - beginning[[*range(60)]]) is off
        if not off:
            assert (theta[LINEAR:] != beginning).mean() > 0.9


def test_parameters_are_those_that_any_run_has(recording):
    for options, more in (
        ({}, 0),
        ({"batch_norm": True}, 60),
        ({"compare": "batch-norm=off,on"}, 60),
        ({"compare": ["dropout=0,0.5", "output-activation=linear,tanh"]}, 0),
    ):
        started = next(iter(recording(**SMALL, **options).trainer))
        assert isinstance(started, Started)
        assert started.parameters == LINEAR + more


def test_decay_is_of_weights_alone(recording):
    # θ ← θ − lr (g + λ θ): from one step of the same gradient, with and without
    race = recording(
        **{**SMALL, "iterations": 1},
        batch_norm=True,
        optimizer="sgd",
        compare="weight-decay=0,50",
    )
    start = race.theta("weight-decay=0").copy()
    race.run()
    plain, decayed = (race.theta(f"weight-decay={decay}") for decay in (0, 50))
    np.testing.assert_allclose(decayed[:LINEAR], (plain - 0.01 * 50 * start)[:LINEAR], atol=1e-15)
    np.testing.assert_array_equal(decayed[LINEAR:], plain[LINEAR:])


def test_the_decay_of_adamw_leaves_scales_and_shifts_alone(recording):
    race = recording(
        **{**SMALL, "iterations": 1},
        batch_norm=True,
        optimizer="adamw",
        compare="weight-decay=0,50",
    )
    start = race.theta("weight-decay=0").copy()
    race.run()
    plain, decayed = (race.theta(f"weight-decay={decay}") for decay in (0, 50))
    np.testing.assert_allclose(decayed[:LINEAR], (plain - 0.001 * 50 * start)[:LINEAR], atol=1e-15)
    np.testing.assert_array_equal(decayed[LINEAR:], plain[LINEAR:])


def test_biases_that_a_mean_takes_away_stay_0(train):
    training = train(**{**SMALL, "dtype": "float32"}, batch_norm=True, optimizer="adam")
    biases = [layer.biases[0, 0] for layer in training.trainer.groups[0].stack.layers]
    assert [bool(each.any()) for each in biases] == [False, False, True]


def alone(training):
    """A network of its own with the parameters that a lone run begins with."""
    trainer = training.trainer
    (run,) = trainer.runs
    stack = MLPStack(trainer.sizes, [run.traits], np.float64, seed=trainer.experiment.seed)
    stack.theta[...] = training.own(run.name)
    return stack


REMEDIES = [
    {"dropout": 0.5},
    {"batch_norm": True},
    {"output_activation": "tanh"},
    {"dropout": 0.3, "batch_norm": True, "output_activation": "tanh"},
]


@pytest.mark.parametrize("remedies", REMEDIES, ids=str)
def test_gd_sums_over_an_epoch_as_ever(remedies, recording):
    training = recording(
        **{**SMALL, "iterations": 3}, optimizer="gd", train_size=300, batch_size=128, **remedies
    )
    stack, data = alone(training), training.trainer.dataset
    minibatches, total = Minibatches(300, 128, "epoch", 0), 0.0
    for samples in (128, 128, 44):
        examples = minibatches.next().examples
        assert len(examples) == samples
        x, y = data.x_train[examples].astype(float), data.y_train[examples]
        stack.forward(x)
        stack.backward(x, y)
        total = total + samples * stack.gradient[0]
    training.run()
    np.testing.assert_allclose(
        training.run_named("gd").epoch_gradient, total / 300, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(training.running("gd"), stack.running[0], rtol=1e-9)


@pytest.mark.parametrize("remedies", REMEDIES, ids=str)
def test_probes_tell_of_the_outputs_before_dropout(remedies, recording):
    training = recording(
        **{**SMALL, "iterations": 1, "probe_every": 1},
        optimizer="sgd",
        activation="tanh",
        **remedies,
    )
    stack, data = alone(training), training.trainer.dataset
    examples = Minibatches(len(data.x_train), 128, "epoch", 0).next().examples
    x, y = data.x_train[examples].astype(float), data.y_train[examples]
    logits = stack.forward(x).copy()
    errors = {}
    stack.backward(x, y, lambda index, error: errors.update({index: error[0].copy()}))
    outputs = [*(each[0] for each in stack.buffers(128).outputs[:-1]), logits[0].T]
    layers = training.run().probes("sgd")[1]
    for index, (layer, values) in enumerate(zip(layers, outputs, strict=True)):
        assert layer.mean == pytest.approx(values.mean(), rel=1e-9)
        assert layer.std == pytest.approx(values.std(), rel=1e-9)
        assert (layer.minimum, layer.maximum) == pytest.approx((values.min(), values.max()))
        assert layer.delta_rms == pytest.approx(np.sqrt((errors[index] ** 2).mean()), rel=1e-9)
        assert sum(layer.histogram.counts) == values.size
        hidden = index < 2
        assert (layer.dead is None) is (layer.saturated is None) is not hidden
        if hidden:
            saturated = 1 - values**2 < 0.005
            assert layer.saturated == pytest.approx(saturated.mean())
            assert layer.dead == pytest.approx(saturated.all(axis=0).mean())
            assert (layer.histogram.low, layer.histogram.high) == (-1, 1)
        else:
            assert (layer.histogram.low, layer.histogram.high) == (layer.minimum, layer.maximum)
    # None of the tanh outputs is exactly 0 before dropout; what is dropped is, in the errors.
    dropped = np.mean(errors[0] == 0)
    assert (outputs[0] != 0).all()
    assert dropped == pytest.approx(remedies.get("dropout", 0), abs=0.05)


def evaluated(training, run, x, y):
    """Loss and accuracy of a run by hand: running averages, nothing dropped."""
    stack, row = training._place(run)
    traits, a, means, start = stack.traits[row], x.astype(float), stack.running[row], 0
    for index, layer in enumerate(stack.layers[:-1]):
        z = a @ layer.weights[row] + layer.biases[row]
        if traits.batch_norm:
            units = layer.outputs
            mean, variance = means[start : start + units], means[start + units : start + 2 * units]
            gamma, beta = stack.norms[index].gamma[row], stack.norms[index].beta[row]
            z = gamma * (z - mean) / np.sqrt(variance + 1e-5) + beta
            start += 2 * units
        a = np.maximum(z, 0)
    z = a @ stack.layers[-1].weights[row] + stack.layers[-1].biases[row]
    z = np.tanh(z) if traits.output_activation else z
    loss = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
    return loss.mean(), (z.argmax(axis=1) == y).mean()


def test_evaluation_drops_nothing_and_normalizes_by_the_running_averages(train):
    training = train(
        **{**SMALL, "iterations": 60},
        optimizer="sgd:lr=0.1",
        compare=["dropout=0,0.5", "batch-norm=off,on", "output-activation=linear,tanh"],
    )
    data, (last,) = training.trainer.dataset, training.evaluations[-1:]
    for run in training.losses:
        loss, accuracy = evaluated(training, run, data.x_test, data.y_test)
        assert training.ended.loss[run] == pytest.approx(loss, rel=1e-10)
        assert training.ended.accuracy[run] == accuracy
        if run.startswith("dropout=0.5"):  # the training loss is of what is left of the network
            assert last.train_loss[run] < training.losses[run][-1]
    averages = training.running("dropout=0 batch-norm=on output-activation=linear")
    assert not np.allclose(averages[:20], 0, atol=0.01)


def test_all_runs_and_threads_drop_the_same(recording):
    training = recording(
        **SMALL, optimizer="sgd", seed=3, threads=2, compare=["dropout=0.2,0.5", "seed=0,1,2"]
    )
    training.run()
    first, second = (group.stack.buffers(128).dropped for group in training.trainer.groups)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.uniform, other.uniform)
    # eight minibatches of 128, two layers: what the experiment's own seed draws last
    random = stream(3, DROPOUT)
    for _ in range(8):
        draws = [random.random((128, units), dtype=np.float32) for units in (20, 10)]
    for one, draw in zip(first, draws, strict=True):
        np.testing.assert_array_equal(one.uniform, draw)


def test_a_diverged_run_is_frozen_and_the_others_go_on(recording):
    compare = ["optimizer=sgd:lr=1e30,sgd", "dropout=0,0.5", "batch-norm=off,on"]
    training = recording(**{**SMALL, "dtype": "float32"}, activation="leaky_relu", compare=compare)
    frozen = {}

    def note(event):
        if event.event == "step":
            for run, loss in event.loss.items():
                if loss is None:
                    theta = training.theta(run).copy()
                    np.testing.assert_array_equal(theta, frozen.setdefault(run, theta))

    training.run(note)
    assert all("1e+30" in run for run in frozen)
    assert {run.split(" ", 1)[1] for run in frozen} >= {
        f"dropout={rate} batch-norm=off" for rate in (0, 0.5)
    }
    for run, losses in training.losses.items():
        if "1e+30" not in run:
            dropout, on = run.split("dropout=")[1].split(" batch-norm=")
            options = {**SMALL, "dtype": "float32", "activation": "leaky_relu"}
            by_itself = recording(**options, optimizer="sgd", dropout=dropout, batch_norm=on).run()
            assert by_itself.losses == {"sgd": losses}


def test_batches_of_one(train):
    training = train(
        **{**SMALL, "probe_every": 1},
        batch_size=1,
        compare=["batch-norm=off,on", "dropout=0,0.5", "output-activation=linear,tanh"],
    )
    for losses in training.losses.values():
        assert all(math.isfinite(loss) for loss in losses)


def test_batch_norm_lets_a_deep_sigmoid_network_learn(train):
    accuracy = train(
        hidden="50x6",
        activation="sigmoid",
        optimizer="sgd:lr=0.3",
        iterations=600,
        compare="batch-norm=off,on",
        probe_every=0,
        eval_every=0,
    ).ended.accuracy
    assert accuracy["batch-norm=off"] < 0.3
    assert accuracy["batch-norm=on"] > 0.9


def test_dropout_keeps_a_network_from_fitting_a_few_examples_exactly(train):
    (last,) = train(
        data="spirals",
        train_size=60,
        hidden="200,200",
        iterations=600,
        compare="dropout=0,0.5",
        probe_every=0,
        eval_every=0,
    ).evaluations
    assert last.train_loss["dropout=0.5"] > 3 * last.train_loss["dropout=0"]
    assert last.train_accuracy["dropout=0.5"] > 0.9


def test_a_tanh_before_the_softmax_bounds_what_can_be_learned(train):
    losses = train(
        optimizer="adam:lr=0.01", output_activation="tanh", iterations=300, probe_every=0
    ).losses["adam:lr=0.01"]
    least = math.log(1 + 9 * math.exp(-2))  # all logits at 1 and −1
    assert least < losses[-1] < least + 0.1


def test_remedies_are_options_of_the_log(recording):
    options = {"dropout": 0.25, "batch_norm": True, "output_activation": "tanh"}
    started = next(iter(recording(**SMALL, **options).trainer))
    assert started.experiment.items() >= options.items()
    assert Experiment.from_options(started.experiment) == Experiment(**SMALL, **options)
