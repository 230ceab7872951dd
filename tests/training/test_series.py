"""Curves of any length in bounded memory, against the whole stream."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_optim.training.series import Series


def positions(count, start=0):
    n = np.arange(start, start + count, dtype=float) + 1
    return np.stack([n, 128 * n, n / 1000], axis=1)


def filled(values, capacity=2048, sizes=()):
    """A series of rows that come in blocks of these sizes, and then the rest."""
    series, start = Series(values.shape[1], capacity), 0
    for size in [*sizes, len(values)]:
        block = values[start : start + size]
        series.extend(positions(len(block), start), block)
        start += len(block)
    return series


def check(curve, stream):
    """Compare with the whole stream; how many rows a point stands for its position tells."""
    # a point of n rows from the first one on lies at (1 + n)/2
    each = round(2 * curve.iteration[0]) - 1
    assert len(curve.iteration) == -(-len(stream) // each)
    for point, start in enumerate(range(0, len(stream), each)):
        part = stream[start : start + each]
        middle = start + (1 + len(part)) / 2
        assert curve.iteration[point] == pytest.approx(middle, rel=1e-12)
        assert curve.samples[point] == pytest.approx(128 * middle, rel=1e-12)
        assert curve.seconds[point] == pytest.approx(middle / 1000, rel=1e-12)
        finite = part[np.isfinite(part)]
        if len(finite) == 0:
            for values in (curve.minimum, curve.mean, curve.maximum):
                assert np.isnan(values[point])
        else:
            assert curve.minimum[point] == finite.min()
            assert curve.maximum[point] == finite.max()
            assert curve.mean[point] == finite.sum() / len(finite)  # exact: whole numbers


def whole_numbers(rows, columns, seed=0):
    return np.random.default_rng(seed).integers(-1000, 1000, (rows, columns)).astype(float)


@pytest.mark.parametrize("points", [1, 2, 7, 200, 2048, 10**9])
@pytest.mark.parametrize("rows", [1, 2, 199, 2047, 2048, 2049, 4097, 30_001])
def test_points_are_exact(rows, points):
    stream = whole_numbers(rows, 2)
    series = filled(stream, sizes=(100, 256))
    for column in (0, 1):
        curve = series.curve(column, points)
        assert 1 <= len(curve.mean) <= points
        check(curve, stream[:, column])


def test_reduced_no_further_than_asked_for():
    curve = filled(whole_numbers(1900, 1)).curve(0, 2048)
    assert len(curve.mean) == 1900
    assert len(filled(whole_numbers(30_000, 1)).curve(0, 200).mean) > 100


@settings(max_examples=60)
@given(
    st.integers(1, 120),
    st.lists(st.integers(0, 40), max_size=6),
    st.sampled_from([2, 4, 8, 16]),
    st.integers(1, 20),
)
def test_any_blocks_any_capacity(rows, sizes, capacity, points):
    stream = whole_numbers(rows, 2, seed=rows)
    series = filled(stream, capacity, sizes)
    assert len(series) <= capacity
    curve = series.curve(1, points)
    assert len(curve.mean) <= points
    check(curve, stream[:, 1])


def test_where_a_run_has_diverged_there_is_nan():
    stream = whole_numbers(5000, 3)
    stream[1234:, 1] = np.nan
    stream[4000, 2] = np.inf
    series = filled(stream)
    for column in range(3):
        check(series.curve(column, 300), stream[:, column])


def test_nothing_yet():
    curve = Series(3).curve(1, 200)
    for values in (curve.iteration, curve.samples, curve.seconds, curve.mean):
        assert values.shape == (0,)


def test_buckets_do_not_grow_with_the_stream():
    series, most = Series(1, 64), 0
    for start in range(0, 100_000, 1000):
        series.extend(positions(1000, start), np.ones((1000, 1)))
        most = max(most, len(series))
        assert len(series.curve(0, 10**9).mean) <= 64
    assert 32 <= len(series) <= most <= 64


@pytest.mark.parametrize("capacity", [-2, 0, 1, 3, 2047])
def test_capacity_must_be_even(capacity):
    with pytest.raises(ValueError, match="even"):
        Series(1, capacity)
