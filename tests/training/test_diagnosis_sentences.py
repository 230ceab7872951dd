"""What findings say, in both languages: whole sentences, fit remedies, keys that exist."""

import re
from dataclasses import replace
from itertools import product

import pytest

from tui_optim.events import DatasetInfo, Finding, RunInfo, Started
from tui_optim.training import diagnosis, rules
from tui_optim.training.advice import explanation, sentence
from tui_optim.training.wording import REMEDIES, WORDS
from tui_optim.tui.keys import BINDINGS

LANGUAGES = ("en", "ko")
LIMITS = {rule.kind: rule.limits[0] for rule in rules.RULES} | {"diverged": None}
RUNS = [
    None,
    *(
        RunInfo("a", optimizer, activation, initializer)
        for optimizer, activation, initializer in product(
            ("sgd:lr=3", "future"),
            ("sigmoid", "tanh", "relu", "leaky_relu:slope=0.1", "future"),
            ("normal:std=1", "normal:std=0.01", "xavier", "he", "future:x=1", "normal:x"),
        )
    ),
]


def finding(kind, value=0.5, layer=None, resolved=False):
    return Finding(100, "a", layer, kind, value, LIMITS.get(kind), "as it was", resolved)


def run(activation="relu", initializer="he", optimizer="sgd"):
    return RunInfo("a", optimizer, activation, initializer)


# finding, run, English, Korean
SAID = [
    (
        finding("vanishing-gradient", 2e-5, 1),
        run("sigmoid", "xavier"),
        "Layer 1: the gradient is 2·10⁻⁵ of the output layer's. "
        "Sigmoid shrinks it at every layer; try ReLU with He (keys a, i).",
        "1층: 기울기가 출력층의 2·10⁻⁵배입니다. sigmoid 활성화 함수가 층마다 기울기를 줄입니다. "
        "ReLU 활성화 함수와 He 초기화를 써 보세요 (a, i 키).",
    ),
    (
        finding("symmetric-units", 0.0, 2),
        run("tanh", "zeros"),
        "Layer 2: all units are equal (their weights differ by 0). "
        "Equal weights stay equal; try Xavier (key i).",
        "2층: 모든 유닛이 똑같습니다 (가중치 차이 0). "
        "같은 가중치는 계속 같습니다. Xavier 초기화를 써 보세요 (i 키).",
    ),
    (
        finding("exploding-gradient", 1234.0, 1),
        run("relu", "normal:std=1"),
        "Layer 1: the gradient is 1200 times the output layer's. "
        "The weights of normal:std=1 are too large; try He (key i).",
        "1층: 기울기가 출력층의 1200배입니다. normal:std=1 초기화의 가중치가 너무 큽니다. "
        "He 초기화를 써 보세요 (i 키).",
    ),
    (
        finding("stalled", 0.00123),
        run(optimizer="sgd:lr=1e-06"),
        "The loss hardly falls (0.12 % in 150 iterations). "
        "The learning rate is too low for sgd; double it (key ]) or try adam (key o).",
        "손실이 거의 줄지 않습니다 (150회 동안 0.12 % 감소). sgd 옵티마이저에는 학습률이 너무 "
        "작습니다. 두 배로 높이거나 (] 키) adam 옵티마이저를 써 보세요 (o 키).",
    ),
    (
        finding("diverged", 3.4e37),
        None,
        "The loss is no longer a number (the last was 3.4·10³⁷). "
        "The learning rate is too high for the optimizer; compare lower ones (key c).",
        "손실이 더 이상 유한한 수가 아닙니다 (마지막 값 3.4·10³⁷). 지금 옵티마이저에는 학습률이 "
        "너무 큽니다. 더 낮은 학습률과 비교해 보세요 (c 키).",
    ),
    (
        finding("dead-units", 0.31, 3, resolved=True),
        run(),
        "Layer 3: dead units no longer (now 31 %).",
        "3층: 죽은 유닛 해소 (현재 31 %).",
    ),
    (
        finding("stalled", None, None, resolved=True),
        run(),
        "Stalled loss, explained by another finding.",
        "학습 정체: 다른 진단으로 설명됩니다.",
    ),
]

# What is pressed against what, by what the run is made of.
REMEDY = [
    ("saturated-units", run("tanh", "normal:std=1"), "try Xavier (key i)"),
    ("saturated-units", run("tanh", "xavier"), "compare lower learning rates (key c)"),
    ("dead-units", run("relu", "he"), "leaky ReLU (key a)"),
    ("dead-units", run("relu", "normal:std=2"), "try He (key i)"),
    ("collapsed-outputs", run("tanh", "normal:std=0.01"), "normal:std=0.01 are too small; try Xav"),
    ("collapsed-outputs", run("relu", "xavier"), "xavier are too small; try He (key i)"),
    ("collapsed-outputs", run("relu", "he"), "fewer layers (key h)"),
    ("vanishing-gradient", run("tanh", "xavier"), "Tanh shrinks it"),
    ("vanishing-gradient", run("leaky_relu", "xavier"), "try He (key i)"),
    ("exploding-gradient", run("relu", "he"), "compare lower learning rates"),
    ("diverged", run("relu", "normal:std=1"), "try He (key i)"),
    ("oscillating", run(optimizer="rmsprop:lr=0.3"), "too high for rmsprop; halve it (key [)"),
    ("stalled", run(optimizer="adam"), "too low for adam; double it (key ])."),
    ("stalled", run(optimizer="gd:lr=0.01"), "One step an epoch is too little"),
    ("vanishing-gradient", run("sigmoid", "he"), "every layer; try ReLU (key a)."),
    ("overfitting", run(), "weight decay or dropout (key c)"),
    ("overfitting", run(optimizer="adamw"), "more of it, or dropout (key c)"),
]


@pytest.mark.parametrize(("found", "info", "english", "korean"), SAID)
def test_it_says(found, info, english, korean):
    assert sentence(found, "en", info) == english
    assert sentence(found, "ko", info) == korean


@pytest.mark.parametrize(("kind", "info", "words"), REMEDY)
def test_the_remedy_fits_the_run(kind, info, words):
    assert words in sentence(finding(kind, layer=1), "en", info)
    assert words in explanation(finding(kind, layer=1), "en", info)


@pytest.mark.parametrize(
    ("name", "options", "english", "korean"),
    [
        ("a", {}, "try weight decay or dropout (key c)", "가중치 감소나 드롭아웃을"),
        ("a", {"dropout": 0.2}, "or try weight decay, too (key c)", "가중치 감소도"),
        ("a weight-decay=0.01", {}, "more of it, or dropout (key c)", "드롭아웃을 써 보세요"),
        ("a dropout=0.1", {"weight_decay": 1e-3}, "compare more of both", "둘을 더 세게"),
        ("a dropout=0.0", {"dropout": "x", "weight_decay": [1]}, "or dropout", "드롭아웃을"),
    ],
)
def test_what_is_on_already_is_no_advice(name, options, english, korean):
    data = DatasetInfo("by hand", 80, 20, 4, 3, "0" * 64)
    started = Started(1, "0", "", 1, options, data, (replace(run(), name=name),), (), 15)
    found = finding("overfitting")
    assert english in sentence(found, "en", started.run(name))
    assert korean in sentence(found, "ko", started.run(name))


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_whole(kind, language):
    for info, layer, value, resolved in product(
        RUNS, (None, 7), (None, 0.0, 0.25, -0.1, 5e-9, 2e9), (False, True)
    ):
        found = finding(kind, value, layer, resolved)
        for text in (sentence(found, language, info), explanation(found, language, info)):
            assert not re.search(r"[{}]|None|  | \n", text), text
            assert text.endswith((".", ".)"))
            assert text.isprintable() or text.count("\n") == 2
            hangul = re.search("[가-힣]", text) is not None
            assert hangul == (language == "ko")
            assert not re.search(r"[은는이가을를와과]\(|\(으\)", text), (
                "a particle that is undecided"
            )


@pytest.mark.parametrize("kind", LIMITS)
def test_an_explanation_has_three_lines(kind):
    for language, heads in (("en", "Measured Why Remedy"), ("ko", "측정 원인 처방")):
        lines = explanation(finding(kind, 0.25), language).splitlines()
        assert [line.partition(":")[0] for line in lines] == heads.split()
        assert "25 %" in lines[0] or "0.25" in lines[0]


def test_every_key_that_is_named_is_one_of_the_app():
    display = {"left_square_bracket": "[", "right_square_bracket": "]"}
    keys = {display.get(binding.key, binding.key) for binding in BINDINGS}
    named = set()
    for texts in REMEDIES.values():
        english, korean = (
            {key for group in re.findall(pattern, text) for key in group.split(", ")}
            for pattern, text in (
                (r"\(keys? ([^)]*)\)", texts["en"]),
                (r"\(([^()]*) 키\)", texts["ko"]),
            )
        )
        assert english == korean
        assert english
        named |= english
    assert named <= keys


def test_the_words_and_the_rules_say_the_same():
    assert set(WORDS) == set(LIMITS)
    assert rules.BLOCK == 50
    assert rules.WINDOW * rules.BLOCK == 150
    assert rules.SMALL_UPDATE == 0.02 / 100
    assert rules.OVERSHOOT == 0.5
    assert {rule.kind: rule.hold for rule in rules.RULES}["overfitting"] == 3


def test_a_name_from_elsewhere_is_kept_short():
    info = RunInfo("a", "o" * 10**5, "a" * 10**5, "i" * 10**5)
    for kind in LIMITS:
        assert len(sentence(finding(kind), "en", info)) < 300
        assert len(sentence(finding(kind), "ko", info)) < 300


@pytest.mark.parametrize("braces", ["{value}", "{0.__class__}", "{", "%s"])
def test_a_name_is_no_format(braces):
    info = RunInfo("a", braces, braces, braces)
    for kind, language in product(LIMITS, LANGUAGES):
        sentence(finding(kind), language, info)
    assert f"too high for {braces};" in sentence(finding("oscillating"), "en", info)


def test_a_kind_of_another_version_says_what_it_said():
    assert sentence(finding("bewitched"), "ko") == "as it was"
    assert explanation(finding("bewitched"), "ko") == "as it was"


def test_the_message_is_the_english_sentence():
    info = RunInfo("a", "momentum", "relu", "he")
    patient = diagnosis._Patient(info, diagnosis._Setting(10, {}, few_examples=False))
    found = [*patient.add_losses(1, [2.0]), *patient.diverge(7, 1e9)]
    assert [each.message for each in found] == [sentence(each, "en", info) for each in found]
