"""Decimals: many numbers at once from their digits, to the last bit as `float` reads them."""

import numpy as np
from numpy.typing import NDArray

from tui_optim.training.series import Array

Wholes = NDArray[np.int64]
Marks = NDArray[np.bool_]

MOST_DIGITS = 10**18
"""A number of 18 digits; any such is less than the greatest int64."""
MOST_PLACES = 45
"""Up to 10^45 a power of ten is the sum of two float64."""
POWERS = np.array([float(10**k) for k in range(MOST_PLACES + 1)])
REMAINDERS = np.array([float(10**k - int(float(10**k))) for k in range(MOST_PLACES + 1)])
EXACT, EXACT_PLACES = 2**53, 22
"""Up to these a whole number, and 10^places, is a float64."""
HALF = 2.0**27 + 1
DOUBT = 2.0**-90
"""Of a quotient: several hundred times what the sums below may be wrong by."""


def shifted(digits: Wholes, places: Wholes) -> tuple[Array, Marks]:
    """The quotients digits / 10^places, rounded as IEEE 754 asks, and for which that is certain.

    Where both are float64, one division is all (Clinger, "How to read floating point numbers
    accurately", 1990).

    Args:
        digits: (n,), 0 … MOST_DIGITS.
        places: (n,), 0 … MOST_PLACES.
    """
    values = digits / POWERS.take(places)
    certain = np.ones(len(values), bool)
    hard = np.flatnonzero((digits > EXACT) | (places > EXACT_PLACES))
    if len(hard):
        values[hard], certain[hard] = _precisely(digits.take(hard), places.take(hard))
    return values, certain


def _precisely(digits: Wholes, places: Wholes) -> tuple[Array, Marks]:
    """The quotient from two float64, twice as precise as one (Dekker 1971).

    Only where the exact value may lie so near to the middle between two float64 that they do not
    tell the side is the rounding not certain: for one number of some 2^36, and the middle itself.
    """
    power = POWERS.take(places)
    high = digits.astype(float)
    low = (digits - high.astype(np.int64)).astype(float)
    quotient = high / power
    product, error = _product(quotient, power)
    lacking = ((high - product) - error + low - quotient * REMAINDERS.take(places)) / power
    doubt = quotient * DOUBT
    above, below = quotient + (lacking + doubt), quotient + (lacking - doubt)
    return above, above == below


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """The product of two float64 as a float64 and its error, which are exact together."""
    product = a * b
    (a, a_low), (b, b_low) = _halves(a), _halves(b)
    return product, a_low * b_low - (product - a * b - a_low * b - a * b_low)


def _halves(a: Array) -> tuple[Array, Array]:
    """Two float64 of half the digits each, of which it is the sum (Veltkamp)."""
    big = a * HALF
    high = big - (big - a)
    return high, a - high
