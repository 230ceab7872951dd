"""The course of a run's layers, of every n-th probe."""

import dataclasses

import numpy as np
import pytest

from tui_optim.events import Layers
from tui_optim.training.course import LAYER_STATISTICS, MOST_PROBES, Course
from tui_optim.training.deferred import Deferred


@pytest.fixture(scope="module")
def probe(train):
    return train(data="blobs", hidden="4", optimizer="sgd", iterations=1).of(Layers)[0]


@pytest.fixture
def decoded():
    """The lines that were decoded."""
    return []


@pytest.fixture
def deferred(probe, decoded):
    """A probe of an iteration, as a line that is decoded when somebody looks at it."""

    def make(iteration, length=10, layers=probe.layers):
        def decode(line):
            decoded.append(iteration)
            return dataclasses.replace(probe, iteration=iteration, layers=layers) if line else None

        return Deferred(iteration, probe.run, b"x" * length, decode)

    return make


def test_of_many_probes_every_nth_is_kept(deferred, decoded):
    course = Course()
    for n in range(1, 2001):
        course.add(deferred(50 * n), samples=100 * n, seconds=n / 2)
    assert decoded == []
    curve = course.curve(2, "std", 10**6)
    assert MOST_PROBES // 2 <= len(curve.mean) <= MOST_PROBES
    assert set(np.diff(curve.iteration).tolist()) == {50 * 8}
    assert (curve.iteration[0], curve.samples[0], curve.seconds[0]) == (50, 100, 0.5)
    assert len(decoded) == len(curve.mean)
    course.curve(1, "mean", 100)
    assert len(decoded) == len(curve.mean), "once each"


def test_values_are_those_of_the_probes(probe):
    course = Course()
    for n in range(1, 4):
        course.add(dataclasses.replace(probe, iteration=n), 10 * n, float(n))
    for index, layer in enumerate(probe.layers, 1):
        for name in LAYER_STATISTICS:
            value = getattr(layer, name)
            expected = [np.nan if value is None else value] * 3
            assert np.array_equal(course.curve(index, name, 10).mean, expected, equal_nan=True)
    assert course.curve(1, "std", 10).samples.tolist() == [10, 20, 30]


def test_what_goes_back_or_is_no_probe_or_of_another_shape_is_left_out(deferred, probe):
    course = Course()
    for each in (
        deferred(1, layers=probe.layers[:1]),
        deferred(5),
        deferred(5),
        deferred(3),
        deferred(6, length=0),
        deferred(7),
    ):
        course.add(each, 1, 1.0)
    assert course.curve(1, "std", 10).iteration.tolist() == [5, 7]
    for index in (0, -1, len(probe.layers) + 1, 10**9):
        assert len(course.curve(index, "std", 10).mean) == 0


def test_a_long_line_is_not_kept(deferred, decoded):
    course = Course()
    course.add(deferred(1, length=10**6), 1, 1.0)
    assert decoded == [1]
    assert len(course.curve(1, "std", 10).mean) == 1


def test_nothing_yet():
    assert len(Course().curve(1, "std", 10).mean) == 0
