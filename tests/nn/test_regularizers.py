"""Batch normalization, dropout and an activation in front of the softmax, in stacks of networks."""

from itertools import product

import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, MLPStack, Traits, build, count_parameters
from tui_optim.nn.network import DROPOUT, stream
from tui_optim.nn.regularizers import BatchNorm, Dropout

SPECS = ("sigmoid", "tanh", "relu", "leaky_relu:slope=0.3")
TANH = ACTIVATIONS["tanh"]()
RELU = ACTIVATIONS["relu"]()
SIZES = (12, 9, 7, 4)
DTYPES = (np.float32, np.float64)
EVERY = [  # every activation with every remedy and all mixtures of them; equal ones not neighbours
    Traits(build(ACTIVATIONS, spec, "activation"), output, batch_norm, dropout)
    for dropout, batch_norm, output, spec in product((0.3, 0.0), (True, False), (None, TANH), SPECS)
]


def stack_of(traits, sizes=SIZES, dtype=np.float64):
    """A stack with biases, γ and β of its own."""
    stack = MLPStack(sizes, traits, dtype, seed=5)
    stack.initialize([INITIALIZERS["he"]()] * len(traits), range(len(traits)))
    random = np.random.default_rng(9)
    for layer in stack.layers:
        layer.biases[...] = random.normal(0, 0.1, layer.biases.shape)
    for norm in stack.norms:
        norm.gamma[...] = random.uniform(0.5, 1.5, norm.gamma.shape)
        norm.beta[...] = random.normal(0, 0.5, norm.beta.shape)
    return stack


def batch(samples, sizes=SIZES, dtype=np.float64):
    random = np.random.default_rng(samples)
    x = random.uniform(-1, 1, (samples, sizes[0])).astype(dtype)
    return x, random.integers(0, sizes[-1], samples)


def passed(stack, x, y):
    """Logits, losses and gradient of one pass, as copies."""
    logits = stack.forward(x).copy()
    return logits, stack.backward(x, y), stack.gradient.copy()


def redraw(stack):
    """Let dropout draw what it has drawn first."""
    stack.dropout.random = stream(5, DROPOUT)


def numerical_gradient(stack, x, y, step):
    """Central differences under the same draw, and whether all hidden units kept their signs."""

    def signs():
        return [outputs > 0 for outputs in stack.buffers(len(x)).outputs[:-1]]

    redraw(stack)
    stack.forward(x)
    numerical, first_signs, kept = np.empty_like(stack.theta), signs(), True
    for column in range(stack.theta.shape[1]):
        start, losses = stack.theta[:, column].copy(), []
        for offset in (step, -step):
            stack.theta[:, column] = start + offset
            redraw(stack)
            losses.append(stack.loss(x, y))
            kept &= all(map(np.array_equal, first_signs, signs()))
        stack.theta[:, column] = start
        numerical[:, column] = (losses[0] - losses[1]) / (2 * step)
    return numerical, kept


@pytest.mark.parametrize("hidden_layers", range(4))
def test_gradients_are_central_differences(hidden_layers):
    sizes = (4, *[6] * hidden_layers, 3)
    stack = stack_of(EVERY, sizes)
    x, y = batch(10, sizes)
    numerical, kept = numerical_gradient(stack, x, y, 1e-5)
    assert kept  # no kink of a ReLU lies between the two sides of a difference
    redraw(stack)
    _, _, gradient = passed(stack, x, y)
    ends = [count_parameters(sizes[: n + 1]) for n in range(1, len(sizes))]
    ends += [ends[-1] + 12 * n for n in range(1, hidden_layers + 1)]  # γ and β, layer by layer
    assert ends[-1] == stack.theta.shape[1]
    for start, end in zip([0, *ends], ends, strict=False):
        for row, traits in enumerate(stack.traits):
            ours, expected = gradient[row, start:end], numerical[row, start:end]
            if start >= ends[len(sizes) - 2] and not traits.batch_norm:
                assert not ours.any()
                assert not expected.any()
                continue
            norms = np.linalg.norm(ours) + np.linalg.norm(expected)
            assert norms > 1e-3  # well above the rounding of the losses, 2⁻⁵³/1e-5
            assert np.linalg.norm(ours - expected) <= 1e-7 * norms


def test_errors_are_those_of_the_outputs_before_dropout():
    # ∂L/∂a: an output of a layer without successors but the softmax, by central differences over β
    sizes = (5, 6, 3)
    stack = stack_of([Traits(TANH, TANH, True, 0.5)], sizes)
    x, y = batch(8, sizes)
    seen = {}
    redraw(stack)
    stack.forward(x)
    outputs = stack.buffers(8).outputs[0][0].copy()
    kept = stack.buffers(8).dropped[0].factors[0].copy()
    stack.backward(x, y, lambda index, error: seen.setdefault(index, error[0].copy()))
    last, step, numerical = stack.layers[1], 1e-6, np.empty_like(outputs)

    def loss(a):
        z = np.tanh(a * kept @ last.weights[0] + last.biases[0])
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(8), y]).mean()

    for place in np.ndindex(*outputs.shape):
        above, below = outputs.copy(), outputs.copy()
        above[place] += step
        below[place] -= step
        numerical[place] = (loss(above) - loss(below)) / (2 * step)
    assert set(kept.ravel()) == {0, 2}
    assert not seen[0][kept == 0].any()
    np.testing.assert_allclose(seen[0], numerical, atol=1e-9)
    # of the output layer, of the logits after tanh: softmax − onehot
    z = np.tanh(outputs * kept @ last.weights[0] + last.biases[0])
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(seen[1], (shares - np.eye(3)[y]) / 8, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("samples", [1, 2, 33])
def test_rows_equal_separate_networks(samples, dtype):
    stack = stack_of(EVERY, dtype=dtype)
    x, y = batch(samples, dtype=dtype)
    whole = passed(stack, x, y)
    for row, traits in enumerate(EVERY):
        alone = MLPStack(SIZES, [traits], dtype, seed=5)
        parameters = stack.own(row)[0]
        assert len(parameters) == count_parameters(SIZES, batch_norm=traits.batch_norm)
        alone.theta[0] = parameters
        logits, losses, (gradient,) = passed(alone, x, y)
        bound = 256 * np.finfo(dtype).eps  # as without; x̂ is a difference of sums, divided
        np.testing.assert_allclose(logits[0], whole[0][row], rtol=bound, atol=bound)
        np.testing.assert_allclose(losses[0], whole[1][row], rtol=bound)
        expected = whole[2][row, : len(gradient)]
        assert np.abs(gradient - expected).max() <= bound * np.abs(expected).max()
        if traits.batch_norm:
            np.testing.assert_allclose(alone.running[0], stack.running[row], rtol=bound, atol=bound)
        if not (traits.batch_norm or traits.dropout or traits.output_activation):
            np.testing.assert_array_equal(gradient, expected)  # bit for bit
            np.testing.assert_array_equal(logits[0], whole[0][row])


@pytest.mark.parametrize("rows", [slice(0, 5), slice(5, 32), slice(30, 32), slice(8, 9)])
def test_a_part_computes_the_same_bits_in_the_same_memory(rows):
    stack = stack_of(EVERY)
    x, y = batch(33)
    several = [passed(stack, x, y) for _ in range(3)]
    running = stack.running.copy()
    for norm in stack.norms:
        norm.mean.fill(0)
        norm.variance.fill(1)
    part = stack.part(rows)
    assert part.traits == stack.traits[rows]
    for logits, losses, gradient in several:
        own_logits, own_losses, _ = passed(part, x, y)
        np.testing.assert_array_equal(own_logits, logits[rows])
        np.testing.assert_array_equal(own_losses, losses[rows])
        np.testing.assert_array_equal(stack.gradient[rows], gradient[rows])
    np.testing.assert_array_equal(stack.running[rows], running[rows])
    evaluated = stack.forward(x, training=False)[rows].copy()
    np.testing.assert_array_equal(part.forward(x, training=False), evaluated)


def test_what_no_network_uses_is_not_there():
    plain = [Traits(RELU), Traits(TANH)]
    stack = MLPStack(SIZES, plain, np.float64)
    assert stack.theta.shape == (2, count_parameters(SIZES))
    assert stack.running.size == 0
    mixed = MLPStack(SIZES, [*plain, Traits(RELU, TANH, True, 0.5)], np.float64)
    assert mixed.theta.shape == (3, count_parameters(SIZES) + 2 * (9 + 7))
    for each in (stack, mixed.part(slice(0, 2))):
        buffers = each.buffers(5)
        assert each.norms == buffers.normalized == buffers.dropped == []
        assert buffers.slopes.size == 0
        assert each.dropout is None
    assert [len(mixed.own(row)[0]) for row in range(3)] == [219, 219, 219 + 32]


@pytest.mark.parametrize("dtype", DTYPES)
def test_only_the_first_pass_allocates(dtype, peak_memory):
    sizes, samples = (100, 200, 200, 100), 128
    stack = stack_of([Traits(RELU), Traits(RELU, TANH, True, 0.5), Traits(TANH)] * 2, sizes, dtype)
    x, y = batch(samples, sizes, dtype)
    hidden = stack.theta.itemsize * len(stack.theta) * samples * 200
    assert peak_memory(lambda: passed(stack, x, y)) > 7 * hidden
    # a broadcast sum takes NumPy's own buffer of 8,192 numbers; the loss some (K, B) of float64
    small = 8192 * stack.theta.itemsize + 10 * 8 * len(stack.theta) * samples + 8192
    assert small < hidden / 4
    for _ in range(3):
        assert peak_memory(lambda: stack.forward(x)) < small
        assert peak_memory(lambda: stack.backward(x, y)) < small
        assert peak_memory(lambda: stack.forward(x, training=False)) < small


def layer_norm(units=2, networks=1, rows=None):
    """Batch normalization of a layer, beginning."""
    theta, gradient, running = np.zeros((3, networks, 2 * units))
    norm = BatchNorm(rows or [slice(0, networks)], theta, gradient, running)
    norm.reset()
    return norm


def test_batch_norm_worked_by_hand():
    # of (1, 3, 5) the mean is 3, the variance 8/3, unbiased 4; of (2, 2, 2) they are 2 and 0
    norm = layer_norm()
    z = np.array([[[1.0, 2], [3, 2], [5, 2]]])
    x_hat, scratch = np.empty_like(z), np.empty_like(z)
    norm.gamma[...], norm.beta[...] = [2, 3], [10, 20]
    norm.train(z, x_hat, scratch)
    spread = np.sqrt(8 / 3 + 1e-5)
    np.testing.assert_allclose(x_hat[0], [[-2 / spread, 0], [0, 0], [2 / spread, 0]], atol=1e-15)
    np.testing.assert_allclose(z[0], [[10 - 4 / spread, 20], [10, 20], [10 + 4 / spread, 20]])
    np.testing.assert_allclose(norm.mean[0, 0], [0.3, 0.2])
    np.testing.assert_allclose(norm.variance[0, 0], [0.9 + 0.4, 0.9])
    errors = np.array([[[1.0, 1], [0, 1], [0, 2]]])
    norm.backward(errors, x_hat, scratch)
    np.testing.assert_allclose(norm.gamma_gradients[0, 0], [-2 / spread, 0])
    np.testing.assert_allclose(norm.beta_gradients[0, 0], [1, 4])
    # γ/s (g − mean g − x̂ mean(g x̂)): of the first unit 2/s (2/3 − 4/3s², −1/3, −1/3 + 4/3s²)
    first = 2 / spread * np.array([2 / 3, -1 / 3, -1 / 3])
    first += 2 / spread * 4 / 3 / spread**2 * np.array([-1, 0, 1])
    second = 3 / np.sqrt(1e-5) * np.array([-1 / 3, -1 / 3, 2 / 3])
    np.testing.assert_allclose(errors[0], np.stack([first, second], axis=1))
    z = np.array([[[1.3, 0.2]]])
    norm.evaluate(z)
    np.testing.assert_allclose(z[0, 0], [10 + 2 / np.sqrt(1.3 + 1e-5), 20])


def test_a_single_sample_is_nothing_but_its_shift():
    norm = layer_norm()
    z, x_hat, scratch = (np.full((1, 1, 2), value) for value in (7.0, 1.0, 1.0))
    norm.beta[...] = [3, 4]
    with np.errstate(all="raise"):
        norm.train(z, x_hat, scratch)
        errors = np.ones((1, 1, 2))
        norm.backward(errors, x_hat, scratch)
    np.testing.assert_array_equal(z[0, 0], [3, 4])
    assert not x_hat.any()
    assert not errors.any()
    np.testing.assert_array_equal(norm.beta_gradients[0, 0], [1, 1])
    assert not norm.gamma_gradients.any()
    assert not norm.mean.any()
    np.testing.assert_array_equal(norm.variance[0, 0], [1, 1])


def test_networks_that_are_not_normalized_are_left_alone():
    norm = layer_norm(networks=4, rows=[slice(1, 2), slice(3, 4)])
    random = np.random.default_rng(0)
    z = random.normal(size=(4, 6, 2))
    before, errors, scratch = z.copy(), z.copy(), np.empty_like(z)
    norm.train(z, np.empty_like(z), scratch)
    norm.backward(errors, np.ones_like(z), scratch)
    for row in (0, 2):
        for array, value in ((norm.mean, 0), (norm.variance, 1), (norm.gamma_gradients, 0)):
            assert (array[row] == value).all()
        np.testing.assert_array_equal(z[row], before[row])
        np.testing.assert_array_equal(errors[row], before[row])
        norm.evaluate(z)
        np.testing.assert_array_equal(z[row], before[row])
    for row in (1, 3):
        assert (norm.mean[row] != 0).all()
        assert (norm.gamma_gradients[row] != 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_evaluation_is_of_each_sample_alone_and_changes_nothing(dtype):
    stack = stack_of(EVERY, dtype=dtype)
    x, y = batch(33, dtype=dtype)
    for _ in range(3):
        passed(stack, x, y)
    running, drawn = stack.running.copy(), stack.dropout.random.bit_generator.state
    together = stack.forward(x, training=False).copy()
    np.testing.assert_array_equal(stack.forward(x, training=False), together)
    for sample in range(33):
        alone = stack.forward(x[sample : sample + 1], training=False)[:, :, 0]
        bound = 64 * np.finfo(dtype).eps
        np.testing.assert_allclose(alone, together[:, :, sample], rtol=bound, atol=bound)
    np.testing.assert_array_equal(stack.running, running)
    assert stack.dropout.random.bit_generator.state == drawn
    loss = stack.loss(x, y, training=False)
    assert np.array_equal(loss, stack.loss(x, y, training=False))
    for row, traits in enumerate(EVERY):  # without remedies the modes are one
        same = np.array_equal(stack.forward(x)[row], together[row])
        assert same is not (traits.batch_norm or traits.dropout > 0)


def test_beginning_anew_begins_the_averages_anew():
    stack = stack_of(EVERY[:4])
    assert stack.norms
    fresh, theta = stack.running.copy(), stack.theta.copy()
    passed(stack, *batch(20))
    assert not np.array_equal(stack.running, fresh)
    stack.initialize([INITIALIZERS["he"]()] * 4, range(4))
    np.testing.assert_array_equal(stack.running, fresh)
    linear = stack.linear_columns.stop
    assert not np.array_equal(stack.theta, theta)
    np.testing.assert_array_equal(stack.theta[0, linear:], [1] * 9 + [0] * 9 + [1] * 7 + [0] * 7)


def dropout_of(rates):
    return Dropout([(slice(n, n + 1), rate) for n, rate in enumerate(rates)], stream(0, DROPOUT))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout_keeps_the_mean_and_drops_its_share(dtype):
    rates = (0.0, 0.1, 0.5, 0.9)
    dropout = dropout_of(rates)
    outputs = np.random.default_rng(1).uniform(1, 2, (4, 1000, 300)).astype(dtype)
    before = outputs.copy()
    dropped = dropout.allocate(outputs)
    left = dropout.train(outputs, dropped)
    np.testing.assert_array_equal(outputs, before)
    np.testing.assert_array_equal(left[0], outputs[0])
    for row, rate in enumerate(rates):
        gone, scale = left[row] == 0, 1 / (1 - rate)
        # of n = 300,000 numbers: five standard deviations √(p (1 − p) / n)
        assert abs(gone.mean() - rate) <= 5 * np.sqrt(rate * (1 - rate) / gone.size)
        np.testing.assert_allclose(left[row][~gone], outputs[row][~gone] * scale, rtol=1e-6)
        spread = scale * np.sqrt(rate * (1 - rate) * (outputs[row] ** 2).mean() / gone.size)
        assert abs(left[row].mean() - outputs[row].mean()) <= 5 * spread + 1e-5
    # one draw for all: what a rate drops a higher one drops too
    assert all((left[row + 1][left[row] == 0] == 0).all() for row in range(3))
    errors = np.ones_like(outputs)
    dropout.backward(errors, dropped)
    np.testing.assert_allclose(errors * outputs, left, rtol=1e-6)


def test_every_minibatch_and_layer_has_a_draw_of_its_own():
    sizes = (4, 20, 20, 20, 3)
    stack = stack_of([Traits(TANH, dropout=0.5)], sizes)
    draws = []
    for _ in range(4):
        stack.forward(batch(50, sizes)[0])
        draws += [each.uniform.ravel().copy() for each in stack.buffers(50).dropped]
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 0.15


def test_equal_seeds_drop_the_same_in_both_precisions():
    single, double = (stack_of(EVERY, dtype=dtype) for dtype in DTYPES)
    for samples in (20, 7, 20):
        for stack, dtype in ((single, np.float32), (double, np.float64)):
            stack.forward(batch(samples, dtype=dtype)[0])
        for one, other in zip(
            single.buffers(samples).dropped, double.buffers(samples).dropped, strict=True
        ):
            np.testing.assert_array_equal(one.uniform, other.uniform)
            for factor, same in zip(one.factors, other.factors, strict=True):
                np.testing.assert_allclose(factor, same, rtol=1e-6)
    other = MLPStack(SIZES, EVERY, np.float64, seed=6)
    other.forward(batch(20)[0])
    drawn = other.buffers(20).dropped[0].uniform
    redraw(double)
    double.forward(batch(20)[0])
    assert not np.array_equal(drawn, double.buffers(20).dropped[0].uniform)


def test_an_output_activation_is_in_front_of_the_softmax():
    plain, bounded = stack_of([Traits(RELU)]), stack_of([Traits(RELU, TANH)])
    x, y = batch(33)
    logits = np.tanh(plain.forward(x))
    np.testing.assert_array_equal(bounded.forward(x), logits)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(shares[0, y, np.arange(33)]).mean()
    np.testing.assert_allclose(bounded.backward(x, y), [expected], rtol=1e-14)


@pytest.mark.parametrize("used", [[0, 3, 4, 11], []], ids=str)
def test_features_that_are_0_may_be_left_out(used):
    stack, again = stack_of(EVERY), stack_of(EVERY)
    x, y = batch(11)
    x[:, np.setdiff1d(np.arange(12), used)] = 0
    logits, loss, gradient = passed(stack, x, y)
    some, features = np.ascontiguousarray(x[:, used]), np.array(used, np.intp)
    bound = {"rtol": 1e-9, "atol": 1e-10}  # where a unit is constant, √1e-5 divides its rounding
    np.testing.assert_allclose(again.forward(some, features), logits, **bound)
    np.testing.assert_allclose(again.backward(some, y, features=features), loss, **bound)
    np.testing.assert_allclose(again.gradient, gradient, **bound)
