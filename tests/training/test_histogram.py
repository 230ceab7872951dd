"""Counts in 30 bins, against np.histogram; nothing is lost."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_optim.training.probes import histogram

CASES = [
    ("one a bin", np.arange(30) + 0.5, 0, 30, (1,) * 30),
    ("the lower edge belongs to a bin", np.arange(30.0), 0, 30, (1,) * 30),
    ("the upper end to the last", np.arange(31.0), 0, 30, (1,) * 29 + (2,)),
    ("beyond the ends", np.array([-5.0, -0.1, 30.1, 99]), 0, 30, (2,) + (0,) * 28 + (2,)),
    ("constant", np.full(7, 3.5), 3.5, 3.5, (7,) + (0,) * 29),
    ("constant on a wider axis", np.full(7, 0.5), 0, 1, (0,) * 15 + (7,) + (0,) * 14),
    ("all zero", np.zeros((2, 3)), 0.0, 0.0, (6,) + (0,) * 29),
]

IDS = [case[0] for case in CASES]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("values", "low", "high", "counts"), [case[1:] for case in CASES], ids=IDS)
def test_cases(values, low, high, counts, dtype):
    made = histogram(values.astype(dtype), low, high)
    assert (made.low, made.high) == (low, high)
    assert made.counts == counts
    assert all(type(count) is int for count in made.counts)


@pytest.mark.parametrize(
    ("low", "high"), [(math.nan, 1.0), (0.0, math.nan), (0.0, math.inf), (-math.inf, math.inf)]
)
def test_no_axis_no_histogram(low, high):
    assert histogram(np.zeros(3), low, high) is None


@settings(max_examples=40)
@given(
    arrays(np.float64, st.integers(1, 300), elements=st.integers(-4096, 4096).map(float)),
    st.sampled_from([1, 2, 0.25, 2.0**-40, 2.0**60]),
)
def test_against_numpy(values, unit):
    # the axis is made of 30 bins of a power of two, so that both compute the edges exactly
    low, high = -15 * 256 * unit, 15 * 256 * unit
    values = np.clip(values * unit, low, high)
    expected, _ = np.histogram(values, 30, (low, high))
    assert histogram(values, low, high).counts == tuple(expected)


@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1, 1e30, 3e38])
def test_all_magnitudes_of_float32_are_spread(scale):
    values = (np.linspace(-1, 1, 600) * scale).astype(np.float32)
    with np.errstate(all="ignore"):  # as in a training
        counts = histogram(values, float(values.min()), float(values.max())).counts
    assert sum(counts) == 600
    expected, _ = np.histogram(values.astype(np.float64), 30)
    assert np.abs(np.array(counts) - expected).max() <= 60
