"""Verdicts: what became of a claim, in words."""

import math
from dataclasses import dataclass
from typing import Any

from tui_optim.language import Language, Words
from tui_optim.lessons.lesson import Claim

HOLDS = Words("holds", "성립")
FAILS = Words("does not hold here", "여기서는 성립하지 않음")
UNKNOWN = Words("not yet known", "아직 알 수 없음")
LEAST, MOST = Words("at least {}", "{} 이상"), Words("at most {}", "{} 이하")
BETWEEN = Words("{} to {}", "{} ~ {}")
NOTHING = "–"


@dataclass(frozen=True)
class Verdict:
    """A claim with its measured number, as a person reads it.

    Attributes:
        mark: ✓ where it holds, ✗ where not, – where that is not known.
        said: the same in words.
        number: what was measured.
        bounds: where it has to be.
    """

    mark: str
    said: str
    number: str
    bounds: str


def verdict(claim: Claim[Any], value: float | None, language: Language) -> Verdict:
    """Judge a claim by its number; None is not known."""
    bounds = _bounds(claim, language)
    if value is None:
        return Verdict(NOTHING, UNKNOWN[language], NOTHING, bounds)
    mark, said = ("✓", HOLDS) if claim.holds(value) else ("✗", FAILS)
    return Verdict(mark, said[language], _number(value, claim), bounds)


def _bounds(claim: Claim[Any], language: Language) -> str:
    least, most = (_number(end, claim) for end in (claim.least, claim.most))
    if claim.least == claim.most:
        return f"= {least}"
    if claim.most == math.inf:
        return LEAST[language].format(least)
    if claim.least == -math.inf:
        return MOST[language].format(most)
    return BETWEEN[language].format(least, most)


def _number(value: float, claim: Claim[Any]) -> str:
    return f"{value:{claim.form}}".replace("%", " %")
