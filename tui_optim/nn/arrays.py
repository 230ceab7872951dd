"""The array types that the mathematics is written in."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating]
"""float32 or float64, whichever the network is made of."""

Integers: TypeAlias = NDArray[np.intp]
Losses: TypeAlias = NDArray[np.float64]
"""(K,): one loss a network."""

Booleans: TypeAlias = NDArray[np.bool_]


@lru_cache(maxsize=64)
def constant(value: float, shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> Floats:
    """A read-only array full of one value.

    NumPy's `maximum` and `minimum` are vectorized for two arrays but not for an array and a
    scalar: against an array of equal shape they take a third of the time.
    """
    array = np.full(shape, value, dtype)
    array.flags.writeable = False
    return array
