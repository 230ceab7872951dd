"""What probes measure, by hand on a network of four weights a layer, and in its limits."""

import math

import numpy as np
import pytest

from tui_optim.datasets import Dataset

BINS = 30


@pytest.fixture
def on_points(recording):
    """A function of points, labels, weights and options: a training of one full-batch step."""

    def make(x, y, weights, *, optimizer="sgd:lr=0.1", **options):
        features = len(x[0])
        data = Dataset("points", x, y, np.zeros((1, features)), [0], ("a", "b"))
        hidden = [np.shape(w)[1] for w in weights[:-1]]
        training = recording(
            dataset=data,
            hidden=hidden,
            optimizer=optimizer,
            iterations=1,
            probe_every=1,
            **{"dtype": "float64", **options},
        )
        flat = [np.append(np.ravel(w), np.zeros(np.shape(w)[1])) for w in weights]  # biases 0
        training.theta(optimizer)[:] = np.concatenate(flat)
        return training.run().probes(optimizer)[1]

    return make


def counts(**bins):
    filled = {int(name[1:]): count for name, count in bins.items()}
    return tuple(filled.get(index, 0) for index in range(BINS))


def test_by_hand(on_points):
    # x₁ = (1, 0) → z = (1, −1) → a = (1, 0) → logits (1, 0), of class 0: p = e/(1+e) = .73105858
    # x₂ = (0, 1) → z = (2, −2) → a = (2, 0) → logits (2, 0), of class 1: p = e²/(1+e²) = .88079708
    # ∂L/∂logits: ∓(1 − .73105858)/2 = ∓.13447071 and ±.88079708/2 = ±.44039854
    # ∂L/∂a = (−.13447071, 0) and (.44039854, 0); ∂L/∂W₁ the same; unit 2 is off for both
    # ∂L/∂W₂ = (1 · −.13447071 + 2 · .44039854, minus that) = (.74632637, −.74632637) for unit 1
    hidden, output = on_points(
        [[1, 0], [0, 1]], [0, 1], [[[1, -1], [2, -2]], [[1, 0], [0, 0]]], activation="relu"
    )
    assert (hidden.index, hidden.name, output.index, output.name) == (1, "relu", 2, "output")
    assert (hidden.mean, hidden.minimum, hidden.maximum) == (0.75, 0, 2)
    assert hidden.std == pytest.approx(0.8291561976)  # √((.25² + .75² + 1.25² + .75²)/4)
    assert hidden.dead == hidden.saturated == 0.5
    assert hidden.delta_rms == pytest.approx(0.2302353214)
    assert hidden.gradient_norm == pytest.approx(0.4604706427)
    assert hidden.weight_norm == pytest.approx(3.1622776602)  # √10
    assert hidden.update_ratio == pytest.approx(0.1 * 0.4604706427 / 3.1622776602)
    assert hidden.step_size == pytest.approx(0.1)
    assert hidden.unit_spread == pytest.approx(1.2649110641)  # of (2, −2), by √(10/4)
    assert (hidden.histogram.low, hidden.histogram.high) == (0, 2)
    assert hidden.histogram.counts == counts(_0=2, _15=1, _29=1)

    assert output.dead is output.saturated is None
    assert output.delta_rms == pytest.approx(0.3256019140)
    assert output.gradient_norm == pytest.approx(1.0554648753)  # .74632637 √2
    assert output.weight_norm == 1
    assert output.update_ratio == pytest.approx(0.1055464875)
    assert output.step_size == pytest.approx(0.1)
    assert output.unit_spread == 1  # of (1, 0): .5, by √(1/4)


def test_the_output_layers_outputs_are_the_logits(on_points):
    _, output = on_points(
        [[1, 0], [0, 1]], [0, 1], [[[1, -1], [2, -2]], [[1, 0], [0, 0]]], activation="relu"
    )
    assert (output.mean, output.minimum, output.maximum) == (0.75, 0, 2)  # 1, 0, 2, 0
    assert output.std == pytest.approx(0.8291561976)
    assert (output.histogram.low, output.histogram.high) == (0, 2)
    assert output.histogram.counts == counts(_0=2, _15=1, _29=1)


# activation, pre-activations of two units on four samples: share saturated, share dead
SATURATION = [
    ("sigmoid", [[6.6, 6.8], [-6.6, -6.8], [0, 7], [1, 99]], 4 / 8, 1 / 2),
    ("sigmoid", [[6.8, 0], [-6.8, 6.8], [9, 9], [-9, 9]], 7 / 8, 1 / 2),
    ("sigmoid", [[0, 6.6], [0, -6.6], [6, 6], [1, -1]], 0, 0),
    ("tanh", [[3.2, 3.4], [-3.2, -3.4], [0, 5], [1, -20]], 4 / 8, 1 / 2),
    ("tanh", [[3.4, 3.4], [4, 4], [-5, -5], [20, 20]], 1, 1),
    ("relu", [[0, 1e-3], [-1, 1], [-1e-3, 2], [-9, 99]], 4 / 8, 1 / 2),
    ("relu", [[0, 0], [0, 0], [0, 0], [0, 0]], 1, 1),
    ("relu", [[1e-3, 1], [1, 2], [3, 4], [5, 6]], 0, 0),
    ("leaky_relu", [[-9, -9], [-1, -1], [-99, -99], [0, 0]], 0, 0),
]


@pytest.mark.parametrize("case", SATURATION, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_where_a_unit_is_saturated(case, dtype, on_points):
    activation, z, saturated, dead = case
    identity = np.eye(2)
    hidden, _ = on_points(z, [0, 1, 0, 1], [identity, identity], activation=activation, dtype=dtype)
    assert hidden.saturated == saturated
    assert hidden.dead == dead


UNITS = [
    ("equal units", [[1, 1, 1], [-2, -2, -2]], 0),
    ("one differs in one weight", [[1, 1, 4], [0, 0, 0]], math.sqrt(2) / math.sqrt(3)),
    ("no weights", [[0, 0, 0], [0, 0, 0]], None),
]


@pytest.mark.parametrize(
    ("weights", "spread"), [case[1:] for case in UNITS], ids=[case[0] for case in UNITS]
)
def test_unit_spread(weights, spread, on_points):
    hidden, _ = on_points([[1, 2], [3, 4]], [0, 1], [weights, np.ones((3, 2))])
    assert hidden.unit_spread == (spread if spread is None else pytest.approx(spread, abs=1e-15))


def test_units_that_start_equal_stay_equal(train):
    training = train(
        hidden="10,10",
        activation="sigmoid",
        compare="initializer=zeros,xavier",
        optimizer="adam:lr=0.01",
        iterations=60,
        dtype="float64",
    )
    for layer in training.probes("zeros")[60][:2]:
        assert layer.weight_norm > 0
        assert layer.unit_spread < 1e-12
    for layer in training.probes("xavier")[60]:
        assert layer.unit_spread > 0.1
    first = training.probes("zeros")[1]
    for layer in first:
        assert layer.weight_norm == 0
        assert layer.unit_spread is layer.update_ratio is None
    # where no error arrives there is no gradient and no step to measure
    assert (first[0].delta_rms, first[0].gradient_norm, first[0].step_size) == (0, 0, None)


def test_of_gd_the_last_update_is_told_until_the_next(recording):
    training = recording(
        hidden="6", optimizer="gd:lr=0.5", dtype="float64", iterations=25, probe_every=5
    )
    columns = [slice(0, 64 * 6), slice(65 * 6, 65 * 6 + 60)]  # of the weights of both layers
    thetas, gradients = [training.theta("gd:lr=0.5").copy()], {}

    def note(event):
        if event.event == "step":
            thetas.append(training.theta("gd:lr=0.5").copy())
            gradients[event.iteration] = training.trainer.runs[0].epoch_gradient.copy()

    training.run(note)
    probes = training.probes("gd:lr=0.5")
    assert list(probes) == [1, 5, 10, 15, 20, 25]  # it steps at 12 and at 24
    for iteration in (1, 5, 10):
        for layer in probes[iteration]:
            assert layer.update_ratio is layer.step_size is None
    for iteration, update in ((15, 12), (20, 12), (25, 24)):
        for layer, weights in zip(probes[iteration], columns, strict=True):
            before, after = thetas[update - 1][weights], thetas[update][weights]
            change, gradient = after - before, gradients[update][weights]
            ratio = np.linalg.norm(change) / np.linalg.norm(before)
            assert layer.update_ratio == pytest.approx(ratio, rel=1e-12)
            step = np.linalg.norm(change) / np.linalg.norm(gradient)
            assert layer.step_size == pytest.approx(step, rel=1e-12)
            assert layer.step_size == pytest.approx(0.5, rel=1e-6)
