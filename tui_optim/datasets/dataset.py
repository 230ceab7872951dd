"""What every data set becomes: four read-only arrays, and how examples are drawn from them."""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.errors import InputError


@dataclass(frozen=True, eq=False)
class Dataset:
    """A classification task, split into a training part and a test part.

    The arrays are C-contiguous and read-only, so that every run of an experiment, on whatever
    thread, reads the same examples.

    Attributes:
        name: How it was asked for, or the name of its file.
        x_train: Inputs, float32, shape (examples, features).
        y_train: Class of each example, 0 .. classes - 1, intp, shape (examples,).
        x_test: As `x_train`, of the test part.
        y_test: As `y_train`, of the test part.
        class_names: The text of each class.
        feature_names: The text of each feature, where the features have names.
        image_shape: (rows, columns), where a row of `x` is a picture, row by row.

    Raises:
        InputError: The arrays do not fit together.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.intp]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.intp]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...] | None = None
    image_shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            x = _read_only(np.ascontiguousarray(getattr(self, f"x_{part}"), np.float32))
            y = _read_only(np.ascontiguousarray(getattr(self, f"y_{part}"), np.intp))
            if x.ndim != 2 or y.shape != x.shape[:1] or x.size == 0:
                raise InputError(
                    f"the {part} part has inputs of shape {x.shape} and labels of shape {y.shape}: "
                    "needed are (examples, features) and (examples,), at least one of each"
                )
            if y.min() < 0 or y.max() >= self.classes:
                raise InputError(
                    f"the {part} part has labels {y.min()}..{y.max()}: "
                    f"the classes are 0..{self.classes - 1}"
                )
            object.__setattr__(self, f"x_{part}", x)
            object.__setattr__(self, f"y_{part}", y)
        if self.x_test.shape[1] != self.features:
            raise InputError(
                f"the training part has {self.features} features, the test part "
                f"{self.x_test.shape[1]}: they must have the same"
            )

    @property
    def features(self) -> int:
        """Number of inputs of one example."""
        return int(self.x_train.shape[1])

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the four arrays' shapes and bytes, the same on every machine."""
        digest = hashlib.sha256()
        for x, y in ((self.x_train, self.y_train), (self.x_test, self.y_test)):
            digest.update(f"{x.shape} {y.shape} ".encode())
            digest.update(x.astype("<f4", copy=False).data)
            digest.update(y.astype("<i8", copy=False).data)
        return digest.hexdigest()


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view: the caller's own array stays as writable as it was."""
    view = array.view()
    view.flags.writeable = False
    return view


def stratified_sample(labels: NDArray[np.integer[Any]], count: int, seed: int) -> NDArray[np.intp]:
    """Draw `count` examples at random, each class in its proportion.

    The classes' shares count·nᵢ/n are rounded by the method of largest remainders (Hamilton's),
    so that they sum to `count` exactly. Where that leaves a class out although there is room for
    every class, it is given one example of the class with most.

    Args:
        labels: Class of each example, shape (n,).
        count: How many to draw; all, where there are no more.
        seed: Equal labels, count and seed: equal examples.

    Returns:
        Sorted indices, shape (min(count, n),).

    Raises:
        InputError: `count` is negative.
    """
    total = len(labels)
    if count < 0:
        raise InputError(f"a sample of {count} examples: it must have 0 or more")
    if count >= total:
        return np.arange(total)
    _, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    taken = _apportion(sizes, count)
    shuffled = np.random.default_rng(seed).permutation(total)
    by_class = shuffled[np.argsort(inverse[shuffled], kind="stable")]
    starts = np.cumsum(sizes) - sizes
    return np.sort(
        np.concatenate(
            [by_class[start : start + n] for start, n in zip(starts, taken, strict=True)]
        )
    )


def _apportion(sizes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Shares of `count` in proportion to `sizes`, in whole numbers (exact: no floats)."""
    shares, remainders = np.divmod(sizes * count, sizes.sum())
    largest = np.argsort(-remainders, kind="stable")[: count - shares.sum()]
    shares[largest] += 1
    if count >= len(sizes):
        for empty in np.flatnonzero(shares == 0):
            shares[shares.argmax()] -= 1
            shares[empty] = 1
    return shares


def stratified_split(
    labels: NDArray[np.integer[Any]], test_share: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split examples at random into a training part and a test part, each class in proportion.

    The test part has ⌈test_share·n⌉ examples; every class keeps at least one for training.

    Args:
        labels: Class of each example, shape (n,).
        test_share: Share of the test part, between 0 and 1.
        seed: Equal labels, share and seed: equal parts.

    Returns:
        Sorted indices of the training part and of the test part.

    Raises:
        InputError: There are too few examples to leave one of each class for training.
    """
    total, classes = len(labels), len(np.unique(labels))
    train_count = total - math.ceil(round(total * test_share, 6))
    if train_count < classes:
        raise InputError(
            f"{total} examples of {classes} classes are too few: {train_count} would be left for "
            "training, and each class needs at least one"
        )
    train = stratified_sample(labels, train_count, seed)
    in_test = np.ones(total, dtype=bool)
    in_test[train] = False
    return train, np.flatnonzero(in_test)
