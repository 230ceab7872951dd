import math

import pytest

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim
from tui_optim.lessons.results import UnknownError
from tui_optim.lessons.verdict import verdict


def claim(**options):
    return Claim(Words("it is so", "그렇습니다"), lambda x: x, **options)


@pytest.mark.parametrize(
    ("bounds", "en", "ko"),
    [
        ({"least": 3.5}, "at least 3.5", "3.5 이상"),
        ({"most": 0.5, "form": ".0%"}, "at most 50 %", "50 % 이하"),
        ({"least": 0.9, "most": 1.1}, "0.9 to 1.1", "0.9 ~ 1.1"),
        ({"least": 0, "most": 0}, "= 0", "= 0"),
    ],
)
def test_bounds(bounds, en, ko):
    assert verdict(claim(**bounds), 1, "en").bounds == en
    assert verdict(claim(**bounds), 1, "ko").bounds == ko


def test_both_ends_are_in_the_range():
    marks = [verdict(claim(least=1, most=2), x, "en").mark for x in (0.99, 1, 2, 2.01)]
    assert marks == ["✗", "✓", "✓", "✗"]


def test_words():
    least = claim(least=1, form=".2f")
    told = [verdict(least, value, "en") for value in (2, 0, None, math.inf)]
    assert [(each.said, each.number) for each in told] == [
        ("holds", "2.00"),
        ("does not hold here", "0.00"),
        ("not yet known", "–"),
        ("holds", "inf"),
    ]
    said = [verdict(least, value, "ko").said for value in (2, 0, None)]
    assert said == ["성립", "여기서는 성립하지 않음", "아직 알 수 없음"]


@pytest.mark.parametrize(
    "error", [UnknownError(), KeyError("gone"), ZeroDivisionError(), ValueError("min of nothing")]
)
def test_what_cannot_be_told_is_not_told(error):
    def fail(_):
        raise error

    words = Words("it is so", "그렇습니다")
    assert Claim(words, fail).measure(0) is None
    assert Claim(words, lambda _: math.nan).measure(0) is None
    assert Claim(words, lambda x: x + 1).measure(1) == 2
