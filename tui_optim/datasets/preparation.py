"""From the examples that a reader found to a `Dataset`: split, cut to size, scaled."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.dataset import Dataset, stratified_sample, stratified_split
from tui_optim.datasets.files import listed, quoted
from tui_optim.errors import InputError

TEST_SHARE = 0.2
"""Share of the test part, where the file has none of its own."""
DRAW_SEED = 0
"""Splitting and cutting to size draw the same examples in every experiment, whatever its seed:
experiments that differ in their seed train and are tested on the same data."""


@dataclass(frozen=True, eq=False)
class Examples:
    """What a reader hands on: finite inputs as they were stored, and their classes.

    Attributes:
        x_train: Inputs, any real dtype, shape (examples, ...).
        y_train: Classes, 0 .. C-1, shape (examples,).
        x_test: As `x_train`; None where there is no test part.
        y_test: As `y_train`; None where there is no test part.
        class_names: The text of each class.
        feature_names: The text of each feature, where the features have names.
        image_shape: (rows, columns), where an example is a picture.
        divisor: What scales images to [0, 1]; None for a table, which is standardized.
    """

    x_train: NDArray[Any]
    y_train: NDArray[np.intp]
    x_test: NDArray[Any] | None
    y_test: NDArray[np.intp] | None
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...] | None = None
    image_shape: tuple[int, int] | None = None
    divisor: float | None = None


def prepare(name: str, examples: Examples, train_size: int | None) -> Dataset:
    """Split (where there is no test part), keep `train_size` training examples, scale.

    A table is standardized by the mean and standard deviation of the training examples kept.

    Raises:
        InputError: There are fewer than two classes, too few examples to split, classes only in
            the test part, a `train_size` out of range, values that cannot be standardized.
    """
    if len(examples.class_names) < 2:
        raise InputError(
            f"{quoted(name)} has one class only, {listed(examples.class_names)}: "
            "needed are at least two to tell apart"
        )
    x_train, y_train = examples.x_train, examples.y_train
    if examples.x_test is None or examples.y_test is None:
        train, test = stratified_split(y_train, TEST_SHARE, DRAW_SEED)
        x_test, y_test = x_train[test], y_train[test]
        x_train, y_train = x_train[train], y_train[train]
    else:
        x_test, y_test = examples.x_test, examples.y_test
        _check_test_classes(name, y_train, examples.class_names)
    if train_size is not None:
        kept = _kept(name, y_train, train_size, len(examples.class_names))
        x_train, y_train = x_train[kept], y_train[kept]
    scaled = (
        _standardized(name, x_train, x_test, examples.feature_names)
        if examples.divisor is None
        else (_scaled(x_train, examples.divisor), _scaled(x_test, examples.divisor))
    )
    return Dataset(
        name,
        scaled[0],
        y_train,
        scaled[1],
        y_test,
        examples.class_names,
        examples.feature_names,
        examples.image_shape,
    )


def _check_test_classes(name: str, y_train: NDArray[np.intp], class_names: tuple[str, ...]) -> None:
    unseen = np.flatnonzero(np.bincount(y_train, minlength=len(class_names)) == 0)
    if len(unseen):
        raise InputError(
            f"the test part of {quoted(name)} has labels that its training part lacks: "
            f"{listed(class_names[index] for index in unseen)}; what is tested must be trained"
        )


def _kept(name: str, y_train: NDArray[np.intp], train_size: int, classes: int) -> NDArray[np.intp]:
    if not classes <= train_size <= len(y_train):
        raise InputError(
            f"train size {train_size:,} is out of range for {quoted(name)}: "
            f"{classes:,} (one example of each class) to {len(y_train):,} (all)"
        )
    return stratified_sample(y_train, train_size, DRAW_SEED)


def _scaled(x: NDArray[Any], divisor: float) -> NDArray[np.float32]:
    """Divide in float32, with no array in between; shape (examples, features)."""
    scaled = np.empty((len(x), math.prod(x.shape[1:])), np.float32)
    np.divide(x.reshape(scaled.shape), np.float32(divisor), out=scaled, casting="same_kind")
    return scaled


def _standardized(
    name: str, x_train: NDArray[Any], x_test: NDArray[Any], feature_names: tuple[str, ...] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(x - mean) / std, computed in float64; a feature constant over `x_train` becomes 0."""
    constant = x_train.min(axis=0) == x_train.max(axis=0)
    with np.errstate(all="ignore"):  # what overflows is refused below
        mean = x_train.mean(axis=0, dtype=np.float64)
        std = x_train.std(axis=0, dtype=np.float64)
        scaled = [((x - mean) / std).astype(np.float32) for x in (x_train, x_test)]
    for z in scaled:
        z[:, constant] = 0
        failed = np.flatnonzero(~np.isfinite(z).all(axis=0))
        if len(failed):
            feature = feature_names[failed[0]] if feature_names else f"feature {failed[0]}"
            raise InputError(
                f"{quoted(feature)} of {quoted(name)} cannot be standardized in float32: its "
                "values are too large, or too close to each other, or too far apart"
            )
    return scaled[0], scaled[1]
