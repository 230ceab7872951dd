"""The array types that the mathematics is written in."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating]
"""float32 or float64, whichever the network is made of."""

Integers: TypeAlias = NDArray[np.intp]
Losses: TypeAlias = NDArray[np.float64]
"""(K,): one loss a network."""

Booleans: TypeAlias = NDArray[np.bool_]
