"""Smoothing of growing curves: hand-made numbers, the lecture's program, any blocks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_optim.training.smoothing import SMOOTHERS, ExponentialAverage, KaiserWindow


def pushed(smoother, rows, sizes=()):
    """The smoothed rows, when the rows come in blocks of these sizes, and then the rest."""
    blocks, start = [], 0
    for size in [*sizes, len(rows)]:
        blocks.append(smoother.push(rows[start : start + size]))
        start += size
    return np.concatenate(blocks)


def column(values):
    return np.array(values, float)[:, None]


# β; the stream; s ← β s + (1 − β) x from 0, divided by 1 − βᵗ, by hand
BY_HAND = [
    (0.9, [1, 2, 3], [1, 0.29 / 0.19, 0.561 / 0.271]),
    (0.9, [5, 5, 5], [5, 5, 5]),
    (0.6, [1, 2, 3], [1, 1.04 / 0.64, 1.824 / 0.784]),
    (0.6, [0, 1, 0], [0, 0.4 / 0.64, 0.24 / 0.784]),
]


@pytest.mark.parametrize(("beta", "stream", "expected"), BY_HAND)
def test_exponential_average_by_hand(beta, stream, expected):
    for sizes in ((), (1, 1, 1), (2,)):
        got = pushed(ExponentialAverage(beta, 1), column(stream), sizes)
        assert got[:, 0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("beta", [0.6, 0.9, 0.999])
def test_exponential_average_is_the_recursion(beta):
    stream = np.random.default_rng(0).exponential(size=(2000, 3))
    got = pushed(ExponentialAverage(beta, 3), stream, (1, 63, 64, 65, 500))
    s = [0.0, 0.0, 0.0]
    for t, row in enumerate(stream.tolist(), 1):
        s = [beta * old + (1 - beta) * x for old, x in zip(s, row, strict=True)]
        expected = [each / (1 - beta**t) for each in s]
        assert got[t - 1] == pytest.approx(expected, rel=1e-9)


def lectures_smooth_curve(x):
    """The lecture's program's function, as it stands."""
    window_len = 11
    s = np.r_[x[window_len - 1 : 0 : -1], x, x[-1:-window_len:-1]]
    w = np.kaiser(window_len, 2)
    y = np.convolve(w / w.sum(), s, mode="valid")
    return y[5 : len(y) - 5]


@pytest.mark.parametrize("length", [11, 12, 30, 500])
def test_kaiser_is_the_lectures_but_for_the_end_not_yet_known(length):
    stream = np.random.default_rng(length).exponential(size=length)
    got = pushed(KaiserWindow(1), column(stream), (3, 4))[:, 0]
    assert len(got) == length - 5
    assert got == pytest.approx(lectures_smooth_curve(stream)[: length - 5], rel=1e-13)


def test_kaiser_by_hand_on_an_impulse():
    # The window itself, I₀(2√(1 − (j/5)²)) for j = −5 … 5, by the series of I₀, divided by its sum
    def bessel(x):
        return sum((x / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(30))

    window = [bessel(2 * math.sqrt(1 - (j / 5) ** 2)) for j in range(-5, 6)]
    stream = np.zeros(40)
    stream[20] = 1
    got = pushed(KaiserWindow(1), column(stream))[:, 0]
    expected = np.zeros(35)
    expected[15:26] = np.array(window) / sum(window)
    assert got == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("rows", "out"), [(0, 0), (1, 0), (5, 0), (6, 1), (7, 2), (10, 5)])
def test_kaiser_waits_for_the_five_after(rows, out):
    stream = column(np.arange(rows) % 3)
    for sizes in ((), (1,) * rows):
        assert pushed(KaiserWindow(1), stream, sizes).shape == (out, 1)


def test_kaiser_keeps_a_constant():
    assert pushed(KaiserWindow(1), np.full((30, 1), 2.5)) == pytest.approx(2.5, rel=1e-14)


@settings(max_examples=60)
@given(
    st.sampled_from(list(SMOOTHERS)),
    st.integers(0, 200),
    st.lists(st.integers(0, 90), max_size=8),
    st.integers(0, 99),
)
def test_blocks_do_not_matter(name, length, sizes, seed):
    stream = np.random.default_rng(seed).exponential(size=(length, 2))
    at_once = pushed(SMOOTHERS[name](2), stream)
    in_blocks = pushed(SMOOTHERS[name](2), stream, sizes)
    assert in_blocks.shape == at_once.shape
    assert in_blocks == pytest.approx(at_once, rel=1e-12)


@pytest.mark.parametrize("name", list(SMOOTHERS))
def test_a_diverged_run_is_alone_with_it(name):
    stream = np.random.default_rng(0).exponential(size=(300, 3))
    expected = pushed(SMOOTHERS[name](3), stream, (90, 7))
    stream[100:, 1] = np.nan
    got = pushed(SMOOTHERS[name](3), stream, (90, 7))
    assert got[:, [0, 2]] == pytest.approx(expected[:, [0, 2]], rel=1e-12)
    assert np.isfinite(got[: 100 - SMOOTHERS[name](3).delay]).all()
    assert np.isnan(got[100:, 1]).all()


@pytest.mark.parametrize("name", list(SMOOTHERS))
def test_what_is_pushed_is_not_changed(name):
    stream = np.random.default_rng(0).exponential(size=(50, 2))
    copy = stream.copy()
    smoother = SMOOTHERS[name](2)
    first = smoother.push(stream[:30]).copy()
    given = smoother.push(stream[30:])
    assert np.array_equal(stream, copy)
    assert len(first) + len(given) == 50 - smoother.delay
