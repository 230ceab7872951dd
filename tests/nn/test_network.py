import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, MLPStack, build, count_parameters

SIZES = (12, 9, 7, 4)
MIXED = ("sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:slope=0.3", "relu")
INITIAL = ("normal", "xavier", "he", "normal:std=0.3", "he", "xavier")
DTYPES = (np.float32, np.float64)


def stack_of(sizes, activations=MIXED, initializers=INITIAL, dtype=np.float64):
    """A stack of everything mixed, with biases that are not 0."""
    stack = MLPStack(sizes, [build(ACTIVATIONS, spec, "activation") for spec in activations], dtype)
    stack.initialize(
        [build(INITIALIZERS, spec, "initializer") for spec in initializers],
        range(len(initializers)),
    )
    random = np.random.default_rng(9)
    for layer in stack.layers:
        layer.biases[...] = random.normal(0, 0.1, layer.biases.shape)
    return stack


def batch(samples, sizes=SIZES, dtype=np.float64):
    random = np.random.default_rng(samples)
    x = random.uniform(-1, 1, (samples, sizes[0])).astype(dtype)
    return x, random.integers(0, sizes[-1], samples)


def passed(stack, x, y):
    """Logits, losses and gradient of one pass, as copies."""
    logits = stack.forward(x).copy()
    return logits, stack.backward(x, y), stack.gradient.copy()


def assert_close(ours, theirs, bound):
    """Each row within a bound relative to the row's largest number."""
    for own, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=bound * np.abs(other).max())


def test_parameters_and_layers():
    stack = stack_of(SIZES)
    assert count_parameters(SIZES) == 12 * 9 + 9 + 9 * 7 + 7 + 7 * 4 + 4
    assert stack.theta.shape == stack.gradient.shape == (6, 219)
    assert [(layer.inputs, layer.outputs) for layer in stack.layers] == [(12, 9), (9, 7), (7, 4)]
    stack.theta[...] = np.arange(stack.theta.size).reshape(stack.theta.shape)
    row = np.concatenate(
        [part[2].ravel() for layer in stack.layers for part in (layer.weights, layer.biases)]
    )
    np.testing.assert_array_equal(row, stack.theta[2])  # views, in this order
    for layer, columns in zip(stack.layers, stack.weight_columns, strict=True):
        np.testing.assert_array_equal(layer.weights[2].ravel(), stack.theta[2, columns])
    stack.gradient[...] = stack.theta
    for layer in stack.layers:
        np.testing.assert_array_equal(layer.weight_gradients, layer.weights)
        np.testing.assert_array_equal(layer.bias_gradients, layer.biases)


def test_a_network_worked_by_hand():
    # 2 − 2 − 2: z = x W + b = (1·1 + 2·3 − 5, 1·2 + 2·(−4) + 1) = (2, −5); a = (2, 0)
    # logits = a W' + b' = (2·1 + 0 + 0, 2·0 + 0 + 2) = (2, 2): shares ½, ½; loss log 2
    # δ = (½ − 1, ½); ∂L/∂W' = aᵀδ; ∂L/∂a = δ W'ᵀ = (−½ + 0·½, −½·7 + ½·9); off at the second
    stack = MLPStack((2, 2, 2), [ACTIVATIONS["relu"]()], np.float64)
    stack.theta[...] = [[1, 2, 3, -4, -5, 1, 1, 0, 7, 9, 0, 2]]
    seen = []
    logits = stack.forward(np.array([[1.0, 2.0]]))
    np.testing.assert_array_equal(logits, [[[2], [2]]])
    loss = stack.backward(
        np.array([[1.0, 2.0]]), np.array([0]), lambda index, error: seen.append((index, error[0]))
    )
    np.testing.assert_allclose(loss, [0.6931471805599453], rtol=1e-15)
    np.testing.assert_allclose(
        stack.gradient, [[-0.5, 0, -1, 0, -0.5, 0, -1, 1, 0, 0, -0.5, 0.5]], rtol=1e-15
    )
    assert [index for index, _ in seen] == [1, 0]


def numerical_gradient(stack, x, y, step):
    """Central differences; the hidden units' signs, and whether all kept theirs throughout."""

    def signs():
        return [outputs > 0 for outputs in stack.buffers(len(x)).outputs[:-1]]

    stack.forward(x)
    numerical, first_signs, kept = np.empty_like(stack.theta), signs(), True
    for column in range(stack.theta.shape[1]):
        start, losses = stack.theta[:, column].copy(), []
        for offset in (step, -step):
            stack.theta[:, column] = start + offset
            losses.append(stack.loss(x, y))
            kept &= all(map(np.array_equal, first_signs, signs()))
        stack.theta[:, column] = start
        numerical[:, column] = (losses[0] - losses[1]) / (2 * step)
    return numerical, first_signs, kept


@pytest.mark.parametrize("hidden_layers", range(7))
def test_gradients_are_central_differences_layer_by_layer(hidden_layers):
    sizes = (4, *[6] * hidden_layers, 3)
    stack = stack_of(sizes, MIXED[:5], ["normal"] * 5)
    x, y = batch(10, sizes)
    numerical, signs, kept = numerical_gradient(stack, x, y, 1e-5)
    assert kept  # no kink of a ReLU lies between the two sides of a difference
    assert all(sign[2].any() and not sign[2].all() for sign in signs)  # ReLUs on and off
    _, _, gradient = passed(stack, x, y)
    for layer in range(len(stack.layers)):
        columns = slice(count_parameters(sizes[: layer + 1]), count_parameters(sizes[: layer + 2]))
        for ours, expected in zip(gradient[:, columns], numerical[:, columns], strict=True):
            norms = np.linalg.norm(ours) + np.linalg.norm(expected)
            assert norms > 1e-3  # well above the rounding of the losses, 2⁻⁵³/1e-5
            assert np.linalg.norm(ours - expected) <= 1e-7 * norms


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("samples", [1, 2, 33, 128])
def test_rows_equal_separate_networks(samples, dtype):
    stack = stack_of(SIZES, dtype=dtype)
    x, y = batch(samples, dtype=dtype)
    whole = passed(stack, x, y)
    for row, activation in enumerate(stack.activations):
        alone = MLPStack(SIZES, [activation], dtype)
        alone.theta[0] = stack.theta[row]
        # the same products of the same numbers: a matrix library may sum them in another order
        # where memory lies otherwise, which changes sums of up to 128 numbers by a few roundings
        for ours, expected in zip(passed(alone, x, y), whole, strict=True):
            assert_close(ours, expected[row : row + 1], 32 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("samples", [1, 33, 128])
@pytest.mark.parametrize("rows", [slice(0, 3), slice(3, 6), slice(2, 3), slice(None)])
def test_a_part_computes_the_same_bits_in_the_same_memory(rows, samples, dtype):
    stack = stack_of(SIZES, dtype=dtype)
    x, y = batch(samples, dtype=dtype)
    logits, losses, gradient = passed(stack, x, y)
    stack.gradient[...] = 7
    part = stack.part(rows)
    assert np.shares_memory(part.theta, stack.theta)
    assert part.activations == stack.activations[rows]
    own_logits, own_losses, _ = passed(part, x, y)
    np.testing.assert_array_equal(own_logits, logits[rows])
    np.testing.assert_array_equal(own_losses, losses[rows])
    np.testing.assert_array_equal(stack.gradient[rows], gradient[rows])
    np.testing.assert_array_equal(np.delete(stack.gradient, rows, axis=0), 7)  # the others' rows
    stack.theta[rows] *= 2
    np.testing.assert_array_equal(part.layers[-1].weights, stack.layers[-1].weights[rows])


def test_parts_have_buffers_of_their_own():
    stack = stack_of(SIZES)
    x, _ = batch(5)
    first, second = stack.part(slice(0, 3)), stack.part(slice(3, 6))
    logits = first.forward(x)
    kept = logits.copy()
    second.forward(-x)
    np.testing.assert_array_equal(logits, kept)


def test_float32_is_close_to_float64():
    sizes = (64, 100, 100, 10)
    single, double = stack_of(sizes, dtype=np.float32), stack_of(sizes)
    double.theta[...] = single.theta
    x, y = batch(32, sizes, np.float32)
    for ours, expected in zip(
        passed(single, x, y), passed(double, x.astype(float), y), strict=True
    ):
        # sums of 100 numbers and their errors through three layers: 64 units of rounding 2⁻²⁴
        assert_close(ours, expected, 64 * 2.0**-24)
    assert single.theta.dtype == single.gradient.dtype == single.forward(x).dtype == np.float32


def test_batch_sizes_can_change_from_pass_to_pass():
    stack = stack_of(SIZES)
    for samples in (32, 1, 32, 7, 1, 128, 32):
        x, y = batch(samples)
        fresh = passed(stack_of(SIZES), x, y)
        for ours, expected in zip(passed(stack, x, y), fresh, strict=True):
            np.testing.assert_array_equal(ours, expected)
        np.testing.assert_array_equal(stack.loss(x, y), fresh[1])


def test_batches_weighted_by_samples_make_the_whole_with_a_short_last_one():
    stack = stack_of(SIZES)
    x, y = batch(70)
    _, loss, gradient = passed(stack, x, y)
    losses, gradients = np.zeros_like(loss), np.zeros_like(gradient)
    for rows in (slice(0, 32), slice(32, 64), slice(64, 70)):
        _, own_loss, own_gradient = passed(stack, x[rows], y[rows])
        share = len(y[rows]) / 70
        losses += share * own_loss
        gradients += share * own_gradient
    np.testing.assert_allclose(losses, loss, rtol=1e-14)
    assert_close(gradients, gradient, 1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_only_the_first_pass_allocates(dtype, peak_memory):
    sizes, samples = (100, 200, 200, 100), 128
    stack = stack_of(sizes, dtype=dtype)
    x, y = batch(samples, sizes, dtype)
    hidden = stack.theta.itemsize * len(stack.theta) * samples * 200
    assert peak_memory(lambda: passed(stack, x, y)) > 4 * hidden
    # a broadcast sum takes NumPy's own buffer of 8,192 numbers; the loss some (K, B) of float64
    small = 8192 * stack.theta.itemsize + 10 * 8 * len(stack.theta) * samples + 8192
    assert small < hidden / 4
    for _ in range(3):
        assert peak_memory(lambda: stack.forward(x)) < small
        assert peak_memory(lambda: stack.backward(x, y)) < small
        assert peak_memory(lambda: stack.loss(x, y)) < small


def test_the_error_hook_runs_from_last_to_first_and_changes_nothing():
    stack = stack_of(SIZES)
    x, y = batch(11)
    _, loss, gradient = passed(stack, x, y)
    seen = []
    stack.forward(x)
    again = stack.backward(x, y, lambda index, error: seen.append((index, error.shape)))
    assert seen == [(2, (6, 11, 4)), (1, (6, 11, 7)), (0, (6, 11, 9))]
    np.testing.assert_array_equal(again, loss)
    np.testing.assert_array_equal(stack.gradient, gradient)


@pytest.mark.parametrize("sizes", [SIZES, (12, 4)], ids=["hidden layers", "none"])
@pytest.mark.parametrize("used", [[0, 3, 4, 11], [7], []], ids=str)
def test_features_that_are_0_may_be_left_out(sizes, used):
    stack = stack_of(sizes)
    x, y = batch(11, sizes)
    x[:, np.setdiff1d(np.arange(12), used)] = 0
    logits, loss, gradient = passed(stack, x, y)
    for _ in range(2):  # what the first pass left behind does not matter to the second
        some, features = np.ascontiguousarray(x[:, used]), np.array(used, np.intp)
        np.testing.assert_allclose(stack.forward(some, features), logits, rtol=1e-12)
        stack.gradient.fill(7)
        np.testing.assert_allclose(stack.backward(some, y, features=features), loss, rtol=1e-12)
        assert_close(stack.gradient, gradient, 1e-14)
    rest = np.setdiff1d(np.arange(12), used)
    assert not stack.layers[0].weight_gradients[:, rest].any()
