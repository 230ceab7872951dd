import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui_optim.datasets import Dataset, stratified_sample, stratified_split
from tui_optim.errors import InputError


def small(**changes):
    parts = {
        "name": "small",
        "x_train": np.arange(6, dtype=np.float32).reshape(3, 2),
        "y_train": np.array([0, 1, 1]),
        "x_test": np.ones((2, 2), np.float32),
        "y_test": np.array([1, 0]),
        "class_names": ("no", "yes"),
    }
    return Dataset(**(parts | changes))


def test_arrays_are_typed_contiguous_and_read_only():
    x = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    data = small(x_train=x, y_train=np.array([0, 1, 1], np.uint8))
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.intp
    assert (data.features, data.classes) == (2, 2)
    for array in (data.x_train, data.y_train, data.x_test, data.y_test):
        assert array.flags.c_contiguous
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_callers_arrays_stay_writable():
    x = np.zeros((3, 2), np.float32)
    small(x_train=x)
    x[0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((3, 2, 2))}, r"train part has inputs of shape \(3, 2, 2\)"),
        ({"y_train": np.zeros(2, int)}, r"labels of shape \(2,\)"),
        ({"x_test": np.zeros((0, 2)), "y_test": np.zeros(0, int)}, "the test part"),
        ({"x_test": np.zeros((2, 3))}, "has 2 features, the test part 3"),
        ({"y_test": np.array([0, 2])}, r"labels 0\.\.2: the classes are 0\.\.1"),
        ({"y_test": np.array([0, -1])}, r"labels -1\.\.0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        small(**changes)


def test_sha256_is_over_shapes_and_bytes():
    digest = hashlib.sha256()
    data = small()
    digest.update(b"(3, 2) (3,) " + data.x_train.tobytes() + data.y_train.tobytes())
    digest.update(b"(2, 2) (2,) " + data.x_test.tobytes() + data.y_test.tobytes())
    assert data.sha256 == digest.hexdigest()
    assert data.sha256 == small(name="other").sha256
    assert data.sha256 != small(y_test=np.array([0, 1])).sha256
    assert data.sha256 is data.sha256  # computed once


def test_sample_has_each_class_in_proportion():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    sample = stratified_sample(labels, 100, seed=1)
    assert np.bincount(labels[sample]).tolist() == [60, 30, 10]
    assert np.array_equal(sample, stratified_sample(labels, 100, seed=1))
    assert not np.array_equal(sample, stratified_sample(labels, 100, seed=2))


def test_sample_rounds_by_largest_remainder():
    labels = np.repeat([0, 1, 2], [5, 3, 2])
    # quotas of 7: 3.5, 2.1, 1.4
    assert np.bincount(labels[stratified_sample(labels, 7, seed=0)]).tolist() == [4, 2, 1]


def test_sample_leaves_no_class_out_where_there_is_room():
    labels = np.repeat([0, 1, 2], [1000, 1, 1])
    assert np.bincount(labels[stratified_sample(labels, 3, seed=0)]).tolist() == [1, 1, 1]


@given(
    labels=arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 6)),
    count=st.integers(0, 70),
    seed=st.integers(0, 2**32),
)
def test_sample_properties(labels, count, seed):
    sample = stratified_sample(labels, count, seed)
    assert len(sample) == min(count, len(labels))
    assert np.all(np.diff(sample) > 0)
    if len(sample) >= len(np.unique(labels)):
        assert set(labels[sample]) == set(labels)


def test_negative_sample_is_refused():
    with pytest.raises(InputError, match="a sample of -1 examples"):
        stratified_sample(np.zeros(3, int), -1, seed=0)


@given(
    labels=arrays(np.int64, st.integers(10, 60), elements=st.integers(0, 4)),
    seed=st.integers(0, 2**32),
)
def test_split_properties(labels, seed):
    train, test = stratified_split(labels, 0.2, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert len(test) == -(-len(labels) // 5)
    assert set(labels[train]) == set(labels)


def test_split_of_too_few_is_refused():
    with pytest.raises(InputError, match="5 examples of 5 classes are too few: 4 would be left"):
        stratified_split(np.arange(5), 0.2, seed=0)
