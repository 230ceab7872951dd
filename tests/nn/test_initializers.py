import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, MLPStack, build

SIZES = (400, 300, 100, 10)

# spec, n_in, the deviation worked by hand
HAND = [
    ("zeros", 25, 0),
    ("normal", 25, 1),
    ("normal:std=0.01", 25, 0.01),
    ("xavier", 25, 0.2),
    ("xavier", 784, 1 / 28),
    ("he", 8, 0.5),
    ("he", 50, 0.2),
    ("he", 1, 2**0.5),
]


def initialized(specs, seeds, dtype=np.float64, sizes=SIZES):
    stack = MLPStack(sizes, [ACTIVATIONS["relu"]()] * len(specs), dtype)
    stack.theta[...] = 7
    stack.initialize([build(INITIALIZERS, spec, "initializer") for spec in specs], seeds)
    return stack


@pytest.mark.parametrize(("spec", "fan_in", "expected"), HAND)
def test_deviations_worked_by_hand(spec, fan_in, expected):
    deviation = build(INITIALIZERS, spec, "initializer").deviation(fan_in)
    assert deviation == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("spec", "deviation"),
    [
        ("normal", lambda _: 1),
        ("normal:std=0.01", lambda _: 0.01),
        ("xavier", lambda n: np.sqrt(1 / n)),
        ("he", lambda n: np.sqrt(2 / n)),
    ],
)
def test_weights_are_normal_with_the_deviation_of_their_fan_in(spec, deviation):
    stack = initialized([spec, spec], [0, 1])
    for layer in stack.layers:
        for weights in layer.weights:
            z = weights.ravel() / deviation(layer.inputs)
            # the estimates of N draws are off by 1/√N, 1/√(2N), √(24/N): five of these are 6e-7
            assert abs(z.mean()) < 5 / np.sqrt(z.size)
            assert abs(z.std() - 1) < 5 / np.sqrt(2 * z.size)
            assert abs(np.mean(z**4) - 3) < 5 * np.sqrt(96 / z.size)


def test_biases_start_at_0_and_zeros_has_nothing_else():
    stack = initialized(["zeros", "normal", "xavier", "he"], [0, 0, 1, 2])
    for layer in stack.layers:
        assert not layer.biases.any()
        assert not layer.weights[0].any()
        assert layer.weights[1:].all()


def test_only_the_first_layer_can_be_zero():
    stack = initialized(["zeros:first=true", "xavier"], [3, 3])
    assert not stack.layers[0].weights[0].any()
    for layer in stack.layers[1:]:
        np.testing.assert_array_equal(*layer.weights)


def test_an_equal_seed_draws_the_same_normals_under_every_initializer():
    stack = initialized(["normal", "normal:std=0.01", "xavier", "he", "normal"], [3] * 5)
    for layer in stack.layers:
        draw, small, xavier, he, again = layer.weights
        np.testing.assert_array_equal(again, draw)
        np.testing.assert_allclose(small, draw / 100, rtol=1e-15)
        np.testing.assert_allclose(xavier, draw / np.sqrt(layer.inputs), rtol=1e-15)
        np.testing.assert_allclose(he, xavier * np.sqrt(2), rtol=1e-15)


def test_layers_and_seeds_draw_anew():
    stack = initialized(["normal"] * 3, [0, 1, 2], sizes=(40, 40, 40, 40))
    draws = [layer.weights[row].ravel() for layer in stack.layers for row in range(3)]
    correlation = np.corrcoef(draws) - np.eye(9)
    assert np.abs(correlation).max() < 5 / 40  # 1/√N for independent draws, N = 1,600


def test_a_network_draws_the_same_whatever_its_place_and_neighbours():
    alone = initialized(["he"], [5])
    among = initialized(["zeros", "normal", "he"], [1, 2, 5])
    np.testing.assert_array_equal(among.theta[2], alone.theta[0])
    again = among.theta.copy()
    among.initialize([INITIALIZERS["zeros"]()] * 3, [0, 0, 0])
    assert not among.theta.any()
    among.initialize([INITIALIZERS[name]() for name in ("zeros", "normal", "he")], [1, 2, 5])
    np.testing.assert_array_equal(among.theta, again)


@pytest.mark.parametrize("spec", ["normal", "xavier", "he"])
def test_float32_is_the_float64_draw_rounded(spec):
    single = initialized([spec], [4], np.float32).theta
    double = initialized([spec], [4], np.float64).theta
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))
