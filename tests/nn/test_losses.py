import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_optim.nn import softmax_cross_entropy

DTYPES = (np.float32, np.float64)
FINITE_FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def loss_and_gradient(logits, labels):
    """The loss, and its gradient as a new array."""
    gradient = np.array(logits)
    return softmax_cross_entropy(gradient, np.asarray(labels), gradient=True), gradient


@pytest.mark.parametrize("dtype", DTYPES)
def test_worked_by_hand(dtype):
    # one sample a column: e^z ∝ (1, 3) and (4, 1), whose shares are ¼, ¾ and ⅘, ⅕
    logits = np.log(np.array([[[1, 4], [3, 1]]])).astype(dtype)
    loss, gradient = loss_and_gradient(logits, [0, 0])
    few = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(loss, [(math.log(4) + math.log(5 / 4)) / 2], rtol=few)
    np.testing.assert_allclose(
        gradient, [[[-3 / 4 / 2, -1 / 5 / 2], [3 / 4 / 2, 1 / 5 / 2]]], atol=few
    )
    assert loss.dtype == np.float64
    assert gradient.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", [1, 2, 3, 10, 1000])
@pytest.mark.parametrize("level", [0, 1, -1e4, 3e38])
def test_uniform_logits_cost_the_logarithm_of_the_classes(classes, level, dtype):
    labels = np.arange(7) % classes
    loss, gradient = loss_and_gradient(np.full((2, classes, 7), level, dtype), labels)
    np.testing.assert_allclose(loss, math.log(classes), rtol=np.finfo(dtype).eps)
    expected = np.full((classes, 7), 1 / classes / 7)
    expected[labels, np.arange(7)] -= 1 / 7
    np.testing.assert_allclose(gradient, [expected] * 2, atol=np.finfo(dtype).eps / 7)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shift", [1, -1000, 2.0**20])
def test_a_shift_of_all_logits_changes_nothing(shift, dtype):
    # multiples of 1/8 below 2: the sums with the shift are exact in either type
    logits = np.random.default_rng(0).integers(-16, 17, (3, 5, 11)).astype(dtype) / 8
    labels = np.arange(11) % 5
    for ours, shifted in zip(
        loss_and_gradient(logits, labels),
        loss_and_gradient(logits + dtype(shift), labels),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, shifted)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("huge", [1e4, float(np.finfo(np.float32).max)])
def test_huge_logits(huge, dtype):
    huge = float(dtype(huge))
    logits = np.array([[[huge, -huge, huge], [-huge, huge, huge]]], dtype)
    with np.errstate(all="raise", under="ignore"):
        right, right_gradient = loss_and_gradient(logits[..., :2], [0, 1])
        wrong, wrong_gradient = loss_and_gradient(logits[..., :2], [1, 0])
        tie, tie_gradient = loss_and_gradient(logits[..., 2:], [1])
    assert right == 0
    assert wrong == 2 * huge
    np.testing.assert_allclose(tie, [math.log(2)], rtol=np.finfo(dtype).eps)
    np.testing.assert_array_equal(right_gradient, np.zeros((1, 2, 2)))
    np.testing.assert_array_equal(wrong_gradient, [[[0.5, -0.5], [-0.5, 0.5]]])
    np.testing.assert_array_equal(tie_gradient, [[[0.5], [-0.5]]])


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 9)),
        elements=FINITE_FLOAT32,
    ),
    st.data(),
)
def test_all_finite_float32_logits_give_a_finite_loss_and_gradient(logits, data):
    _, classes, samples = logits.shape
    labels = data.draw(arrays(np.intp, samples, elements=st.integers(0, classes - 1)))
    with np.errstate(all="raise", under="ignore"):
        loss, gradient = loss_and_gradient(logits, labels)
    assert np.isfinite(loss).all()
    assert np.all(loss >= 0)
    assert np.all(np.abs(gradient) <= 1 / samples)
    # each of up to 12 shares of 1/samples is rounded to 2⁻²⁴ of itself
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=16 * 2.0**-24 / samples)


@pytest.mark.parametrize("dtype", DTYPES)
def test_networks_are_apart_and_the_loss_is_the_same_without_the_gradient(dtype):
    logits = np.random.default_rng(1).normal(0, 3, (4, 6, 10)).astype(dtype)
    labels = np.arange(10) % 6
    loss, gradient = loss_and_gradient(logits, labels)
    np.testing.assert_array_equal(softmax_cross_entropy(logits.copy(), labels), loss)
    for row in range(4):
        own_loss, own_gradient = loss_and_gradient(logits[row : row + 1], labels)
        np.testing.assert_allclose(own_loss[0], loss[row], rtol=1e-15)
        np.testing.assert_allclose(own_gradient[0], gradient[row], atol=np.finfo(dtype).eps)


def test_a_nan_spoils_only_its_network():
    logits = np.zeros((3, 4, 5))
    logits[1, 2, 3] = np.nan
    loss, gradient = loss_and_gradient(logits, np.arange(5) % 4)
    np.testing.assert_array_equal(np.isnan(loss), [False, True, False])
    assert np.isfinite(gradient[[0, 2]]).all()
