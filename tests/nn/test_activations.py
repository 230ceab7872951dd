import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_optim.nn import ACTIVATIONS, build

SPECS = ("sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:slope=0.3", "leaky_relu:slope=0")
DTYPES = (np.float32, np.float64)

# z, f(z), f′(z)
HAND = [
    ("sigmoid", 0, 0.5, 0.25),
    ("sigmoid", math.log(3), 0.75, 0.1875),
    ("sigmoid", -math.log(3), 0.25, 0.1875),
    ("sigmoid", 5, 0.9933071490757153, 0.0066480566707902),
    ("sigmoid", -5, 0.0066928509242849, 0.0066480566707902),
    ("tanh", 0, 0, 1),
    ("tanh", math.log(2), 0.6, 0.64),
    ("tanh", -math.log(2), -0.6, 0.64),
    ("relu", 2.5, 2.5, 1),
    ("relu", 0, 0, 0),
    ("relu", -2.5, 0, 0),
    ("leaky_relu", 2.5, 2.5, 1),
    ("leaky_relu", 0, 0, 0.01),
    ("leaky_relu", -2.5, -0.025, 0.01),
    ("leaky_relu:slope=0.3", -2.5, -0.75, 0.3),
    ("leaky_relu:slope=0", -2.5, 0, 0),
]


def applied(spec, z):
    """f(z) and f′(z); scratch and mask are full of rubbish at first."""
    activation = build(ACTIVATIONS, spec, "activation")
    a, slope = np.array(z), np.full_like(z, 7)
    activation.forward(a, np.full_like(z, 7))
    activation.derivative(a, slope, np.ones(z.shape, bool))
    return a, slope


def any_floats(dtype):
    bits = 8 * np.dtype(dtype).itemsize
    finite = st.floats(width=bits, allow_nan=False, allow_infinity=False)
    return arrays(dtype, st.integers(1, 40), elements=finite)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("spec", "z", "expected", "slope"), HAND)
def test_values_worked_by_hand(spec, z, expected, slope, dtype):
    a, derivative = applied(spec, np.full((2, 3), z, dtype))
    assert a.dtype == derivative.dtype == dtype
    few = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(a, expected, rtol=few, atol=1e-15)
    np.testing.assert_allclose(derivative, slope, rtol=20 * few, atol=1e-15)


def test_the_lectures_neuron_learns_nothing():
    # t = 51 = the sum of its inputs: σ is 1 but for 7e-23, which no float64 beside 1 can hold
    a, slope = applied("sigmoid", np.array([51.0, 5.0]))
    assert (a[0], slope[0]) == (1, 0)
    assert round(slope[1], 4) == 0.0066


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", SPECS)
def test_every_finite_input_gives_a_finite_output_in_range(spec, dtype):
    kind = build(ACTIVATIONS, spec, "activation")
    low, high = kind.output_range or (-math.inf, math.inf)

    @given(any_floats(dtype))
    def check(z):
        with np.errstate(all="raise", under="ignore"):
            a, slope = applied(spec, z)
        assert np.isfinite(a).all()
        assert np.all((a >= low) & (a <= high))
        assert np.all((slope >= 0) & (slope <= kind.steepest))
        order = np.argsort(z)
        assert np.all(np.diff(a[order]) >= 0)  # all are monotone

    check()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("spec", "lowest", "highest"),  # f(−z) and f(z) for a large z: (a, b) is a + b·z
    [
        ("sigmoid", (0, 0), (1, 0)),
        ("tanh", (-1, 0), (1, 0)),
        ("relu", (0, 0), (0, 1)),
        ("leaky_relu:slope=0.25", (0, -0.25), (0, 1)),
    ],
)
def test_the_most_extreme_inputs(spec, lowest, highest, dtype):
    info = np.finfo(dtype)
    for z in (info.max, 1e38, 1000):
        with np.errstate(all="raise", under="ignore"):
            a, slope = applied(spec, np.array([-z, z], dtype))
        expected = [level + rise * float(dtype(z)) for level, rise in (lowest, highest)]
        np.testing.assert_allclose(a, expected, rtol=info.eps, atol=info.tiny)
        assert np.all(np.isfinite(slope))
    for z in (info.tiny, info.smallest_subnormal):
        with np.errstate(all="raise", under="ignore"):
            a, _ = applied(spec, np.array([-z, z], dtype))
        np.testing.assert_allclose(a, applied(spec, np.zeros(2, dtype))[0], atol=info.tiny)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", SPECS)
def test_a_nan_stays_and_spoils_no_neighbour(spec, dtype):
    z = np.linspace(-3, 3, 37, dtype=dtype)
    clean, _ = applied(spec, z)
    for place in (0, 18, 36):
        spoilt = z.copy()
        spoilt[place] = np.nan
        a, _ = applied(spec, spoilt)
        assert np.flatnonzero(np.isnan(a)) == [place]
        np.testing.assert_array_equal(np.delete(a, place), np.delete(clean, place))


@pytest.mark.parametrize(
    ("spec", "at"), [("sigmoid", 0), ("tanh", 0), ("relu", 1), ("leaky_relu", 1)]
)
def test_steepest_is_reached(spec, at):
    _, slope = applied(spec, np.array([float(at)]))
    assert slope == ACTIVATIONS[spec].steepest


@pytest.mark.parametrize("spec", ["sigmoid", "tanh"])
def test_the_output_range_is_the_whole_interval(spec):
    a, _ = applied(spec, np.array([-1000.0, 1000.0]))
    np.testing.assert_allclose(a, ACTIVATIONS[spec].output_range, atol=1e-300)


@pytest.mark.parametrize("dtype", DTYPES)
@given(slope=st.floats(0, 1, exclude_max=True, width=32))
def test_a_leaky_slope_is_exactly_its_setting_below_and_1_above(dtype, slope):
    z = np.array([-2, 2], dtype)
    a, derivative = applied(f"leaky_relu:slope={slope!r}", z)
    np.testing.assert_array_equal(a, np.array([-2 * slope, 2], dtype))
    np.testing.assert_array_equal(derivative, np.array([slope, 1], dtype))


@pytest.mark.parametrize("spec", SPECS)
def test_a_slice_of_a_larger_array_is_changed_alone(spec):
    memory = np.linspace(-2, 2, 60).reshape(3, 4, 5)
    expected, _ = applied(spec, memory[1:2])
    kept = memory.copy()
    build(ACTIVATIONS, spec, "activation").forward(memory[1:2], np.empty((1, 4, 5)))
    np.testing.assert_array_equal(memory[1:2], expected)
    np.testing.assert_array_equal(memory[[0, 2]], kept[[0, 2]])
