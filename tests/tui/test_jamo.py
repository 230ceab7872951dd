"""A Korean keyboard's letters as keys."""

import unicodedata

import pytest
from textual.widgets import Input

from tui_optim.tui.jamo import latin

PAIRS = dict(
    zip(
        "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋㅃㅉㄸㄲㅆㅒㅖ",
        "abcdefghijklmnopqrstuvwxyzQWERTOP",
        strict=True,
    )
)


@pytest.mark.parametrize("form", ["NFC", "NFKD"])
def test_every_letter_is_the_key_in_its_place(form):
    assert {korean: latin(unicodedata.normalize(form, korean)) for korean in PAIRS} == PAIRS


def test_what_an_input_method_has_composed_is_taken_apart():
    assert latin("마") == "ak"
    assert latin("값") == "rkqt"
    assert latin("ㅢ") == "ml"
    assert latin("ﾡ") == "r"  # halfwidth


@pytest.mark.parametrize("text", ["a", "", "1", "あ", "中", "\x1b", "마a", "\u1160"])
def test_all_else_stays_what_it_is(text):
    assert latin(text) == ""


def test_they_act_in_the_app_and_in_what_lies_over_it_but_are_text_where_text_is_typed(drive):
    async def steps(app, hands):
        await hands.press("ㅑ")
        assert app.training.experiment.initializer == "zeros"
        await hands.press("\u1106")  # ᄆ, as some systems send it
        assert app.training.experiment.activation == "leaky_relu"
        await hands.press("question_mark", "ㅂ")  # the help has a q of its own
        assert app.screen is app.main
        await hands.press("ㅗ")
        typed = app.screen.query_one("#hidden Input", Input)
        await hands.until(lambda: app.focused is typed)
        await hands.press("ㅁ")
        assert typed.value.endswith("ㅁ")
        await hands.press("escape")
        await hands.until(lambda: app.screen is app.main)
        await hands.press("ㅂ")
        await hands.until(lambda: app.return_code == 0)

    drive(steps)
