"""What lessons say, in both languages."""

import re

import pytest

from tui_optim import lessons
from tui_optim.lessons.lesson import TablePage
from tui_optim.tui.keys import BINDINGS

KEYS = {binding.key_display or binding.key for binding in BINDINGS}
HANGUL = re.compile("[가-힣]")
EVERY = pytest.mark.parametrize("lesson", lessons.everything(), ids=lambda lesson: lesson.name)


def texts(lesson):
    yield lesson.title
    for page in lesson.pages:
        yield from (page.title, page.see, page.why, page.attempt)
        yield from (claim.said for claim in page.claims)
        if isinstance(page, TablePage):
            for row in page.rows:
                yield from (row.symptom, row.cause, row.remedy, row.source)


@EVERY
def test_both_languages_say_it(lesson):
    for words in texts(lesson):
        assert words.en == words.en.strip() != ""
        assert words.ko == words.ko.strip() != ""
        assert not HANGUL.search(words.en)
        assert "  " not in words.en + words.ko
    for page in lesson.pages:
        for words in (page.title, page.see, page.why, page.attempt):
            assert HANGUL.search(words.ko), words.ko


@EVERY
def test_the_keys_to_press_are_keys(lesson):
    for page in lesson.pages:
        named = {
            key
            for keys in re.findall(r"((?:[!-~], )*[!-~]) 키", page.attempt.ko)
            for key in keys.split(", ")
        }
        assert named, page.attempt.ko
        assert named <= KEYS
        assert named <= set(re.split(r"[\s(),.:;]+", page.attempt.en)), page.attempt.en
