"""Numerals: the numbers in a text, many at once, to the last bit as `float` reads them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_optim.logs.decimals import MOST_DIGITS, MOST_PLACES, Marks, Wholes, shifted
from tui_optim.training.series import Array

SEPARATORS = b",:+-\n"
SPACES = bytes.maketrans(SEPARATORS, b" " * len(SEPARATORS))
OTHERS = bytes(set(range(256)) - set(b"0123456789" + SEPARATORS))
NULL = b"null"
ZERO, POINT, MINUS, PLUS, E, N = (np.uint8(ord(character)) for character in "0.-+en")


class Numerals:
    """Numbers as JSON writes them, and nulls, in rows of F, at known places of a text.

    Args:
        text: what they are in.
        start: where they begin, (n · F,), ascending; before and after each is a separator.
        end: where they end.

    Attributes:
        null: which are null.
        whole: which have only digits.
    """

    def __init__(self, text: bytes, start: Wholes, end: Wholes) -> None:
        self._text, self._start, self._end = text, start, end
        self._bytes = characters = np.frombuffer(text, np.uint8)
        opening = characters.take(start)
        self.null = opening == N
        self._first, self._last = start, end  # of the digits, without sign and exponent
        self._minus = self._exponent = np.zeros(len(start), bool)
        if b"-" in text or b"+" in text:
            self._minus = opening == MINUS
            self._first = start + self._minus
            long = characters.take(np.maximum(end - 5, start)) == E
            self._exponent = long | (characters.take(np.maximum(end - 4, start)) == E)
            self._last = end - 4 * self._exponent - long
        points = np.append(np.flatnonzero(characters == POINT), len(text))
        point = points.take(np.searchsorted(points, self._first))
        self._fraction = np.maximum(self._last - point, 0)  # with the point
        self._pointed = self._fraction > 0
        self.whole = ~(self.null | self._minus | self._exponent | self._pointed)

    def values(self, between: Sequence[bytes]) -> Array | None:
        """Their values, (n, F), NaN where null; None where any is not as JSON writes it.

        The digits are read in groups: those of a number, without its point, and those of its
        exponent. There have to be as many digits, and groups, as follow from where numbers, points
        and exponents are; then there is nothing else among them.

        Args:
            between: the text before the first of a row, between them, and after the last.
        """
        if not self._well_formed():
            return None
        outside = [_digits(part) for part in between]
        rows = len(self._start) // (len(between) - 1)
        other = self._exponent.sum() + self._pointed.sum() + 4 * self.null.sum()
        kept = (self._end - self._start).sum() - other + rows * sum(map(len, outside))
        digits = _digits(self._text)
        if len(digits) != kept:
            return None
        groups = 1 - self.null + self._exponent
        after = np.tile([len(part.split()) for part in outside[:-1]], rows) + groups
        np.cumsum(after, out=after)
        found = np.fromstring(digits, np.int64, sep=" ")
        if len(found) != after[-1]:
            return None
        return self._read(found, after - groups).reshape(rows, -1)

    def _well_formed(self) -> bool:
        """Whether digits are where they have to be, a sign in an exponent, and no null is more."""
        text, first, last, end = self._bytes, self._first, self._last, self._end
        opening = text.take(first)
        number = _is_digit(opening) & _is_digit(text.take(last - 1))
        number &= (opening != ZERO) | (last - first - self._fraction <= 1)
        nulls = np.flatnonzero(self.null)
        if len(nulls):
            letters = text.take(first[nulls][:, None] + range(len(NULL)), mode="clip")
            number[nulls] = (letters == list(NULL)).all(axis=1)
            number[nulls] &= end[nulls] - first[nulls] == len(NULL)
        some = np.flatnonzero(self._exponent)
        if len(some):
            sign, *digits = (
                text.take(at) for at in (last[some] + 1, last[some] + 2, end[some] - 1)
            )
            number[some] &= (sign == MINUS) | (sign == PLUS)
            number[some] &= _is_digit(digits[0]) & _is_digit(digits[1])
        return bool(number.all())

    def _read(self, found: Wholes, at: Wholes) -> Array:
        """The values that follow from the groups of digits, of which theirs begin there."""
        places = np.maximum(self._fraction - 1, 0)
        some = np.flatnonzero(self._exponent)
        if len(some):
            falling = self._bytes.take(self._last[some] + 1) == MINUS
            exponents = found.take(at[some] + 1)
            places[some] += np.where(falling, exponents, -exponents)
        digits = found.take(at, mode="clip")  # of too many, the greatest int64
        known = (digits <= MOST_DIGITS) & (places >= 0) & (places <= MOST_PLACES)
        if not known.all():
            digits, places = np.where(known, digits, 0), np.where(known, places, 0)
        values, certain = shifted(digits, places)
        if self._minus.any():
            values[self._minus] *= -1
        for i in np.flatnonzero(~(known & certain | self.null)):
            values[i] = float(self._text[self._start[i] : self._end[i]])
        if self.null.any():
            values[self.null] = np.nan
        return values


def _digits(text: bytes) -> bytes:
    """The digits of a text, with spaces where separators are."""
    return text.translate(SPACES, OTHERS)


def _is_digit(characters: NDArray[np.uint8]) -> Marks:
    return characters - ZERO < 10
