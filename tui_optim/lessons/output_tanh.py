"""Lesson 14: ReLU inside with tanh at the output, which the lecture says raises accuracy."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

SEEDS = 3
CLASSES = 10
LEAST_LOSS = math.log(1 + (CLASSES - 1) * math.exp(-2))
"""The cross-entropy where the right output is 1 and all others are −1: 0.7966 for ten classes."""


def _name(output: str, seed: int) -> str:
    return f"output-activation={output} seed={seed}"


def _accuracies(results: Results, output: str) -> list[float]:
    return [results.score(_name(output, seed)) for seed in range(SEEDS)]


def _gain(results: Results) -> float:
    """The mean test accuracy with tanh, less that without, in percentage points."""
    gained = np.subtract(_accuracies(results, "tanh"), _accuracies(results, "linear"))
    return 100 * float(np.mean(gained))


def _least_loss(output: str) -> Callable[[Results], float]:
    """The lowest loss that any of the runs had at any iteration."""
    return lambda results: min(results.lowest_loss(_name(output, seed)) for seed in range(SEEDS))


def _options(optimizer: str, iterations: int) -> dict[str, Any]:
    seeds = ",".join(map(str, range(SEEDS)))
    return {
        "optimizer": optimizer,
        "compare": ["output-activation=linear,tanh", f"seed={seeds}"],
        "iterations": iterations,
        "eval_every": 50,
        "probe_every": 100,
    }


RAISES = Claim(
    Words(
        "tanh at the output raises the mean test accuracy (percentage points)",
        "출력의 tanh가 평균 시험 정확도를 올립니다 (%p)",
    ),
    _gain,
    least=0.0001,
    form="+.2f",
    expected=None,
)

ADAM = TrainingPage(
    title=Words("With Adam", "Adam으로"),
    see=Words(
        "Three networks without and three with tanh in front of the softmax. With it the loss "
        "stops at 0.80. The accuracies: of 21 pairs (seven seeds, R) tanh was ahead in 10, behind "
        "in 5, by 0.3 points on average, one of 360 images; but after 200 iterations ahead in 6, "
        "behind in 10.",
        "소프트맥스 앞에 tanh가 없는 신경망 셋과 있는 신경망 셋입니다. tanh가 있으면 손실이 "
        "0.80에서 멈춥니다. 정확도는 21쌍(시드 일곱 가지, R 키) 중 10쌍에서 tanh가 높았고 5쌍에서 "
        "낮았습니다. 차이는 평균 0.3 %p로, 360장 중 한 장입니다. 그러나 200회 뒤에는 6쌍에서 높고 "
        "10쌍에서 낮았습니다.",
    ),
    why=Words(
        "tanh keeps all ten outputs between −1 and 1, so the right class (at 1, the nine "
        "others at −1) gets at most 45 % and the loss stays above ln(1 + 9/e²) = 0.7966. So losses "
        "cannot be compared; accuracies can. What may be gained: no output can become too sure.",
        "tanh는 출력 열 개를 모두 −1과 1 사이에 둡니다. 그래서 정답이 1, 나머지 "
        "아홉이 −1이어도 정답의 확률은 45 %이고 손실은 ln(1 + 9/e²) = 0.7966보다 작아지지 "
        "못합니다. 손실은 비교할 수 없고 정확도만 비교합니다. "
        "얻는 것이 있다면 지나친 확신을 막는 효과입니다.",
    ),
    attempt=Words(
        "Restart with another seed (R) a few times: does tanh win each time? On MNIST (key d) it "
        "lost 7 of 8 pairs after 600 iterations, by 0.3 points on average.",
        "다른 시드로 몇 번 다시 해 보세요 (R 키). 매번 tanh가 이기나요? MNIST에서는 (d 키) 600회 "
        "학습한 8쌍 중 7쌍에서 졌고, 차이는 평균 0.3 %p였습니다.",
    ),
    options=_options("adam", 300),
    pace=20,
    claims=(
        RAISES,
        Claim(
            Words(
                "With tanh no loss is below 0.7966", "tanh가 있으면 손실이 0.7966보다 작지 않습니다"
            ),
            _least_loss("tanh"),
            least=LEAST_LOSS - 1e-6,  # float32
            form=".4f",
        ),
        Claim(
            Words(
                "Without tanh the loss falls far lower", "tanh가 없으면 손실이 훨씬 더 내려갑니다"
            ),
            _least_loss("linear"),
            most=0.1,
            form=".4f",
        ),
    ),
)

SGD = TrainingPage(
    title=Words("With SGD", "SGD로"),
    see=Words(
        "The same with SGD at rate 0.1. Here tanh had the higher accuracy in 3 of 21 pairs, the "
        "lower in 16, by 0.9 points on average. What the lecture says does not hold in general.",
        "같은 비교를 학습률 0.1인 SGD로 합니다. 여기서는 21쌍 중 3쌍에서 tanh가 높고 16쌍에서 "
        "낮았으며, 차이는 평균 0.9 %p였습니다. 강의의 말이 늘 맞지는 않습니다.",
    ),
    why=Words(
        "The gradient passes tanh times 1 − a², and fades as outputs near ±1: training is slower. "
        "Adam makes up for that by dividing by the gradient's size; SGD cannot.",
        "기울기는 tanh를 지날 때 1 − a²이 곱해져, 출력이 ±1에 가까워질수록 사라집니다. 그래서 "
        "학습이 느려집니다. Adam은 기울기의 크기로 나누어 이를 메우지만 SGD는 그러지 못합니다.",
    ),
    attempt=Words(
        "Train for as long again (m): does tanh catch up? On MNIST it lost 8 of 8 pairs after 600 "
        "iterations, by 1.0 points on average.",
        "같은 횟수만큼 더 학습시키면 (m 키) tanh가 따라잡나요? MNIST에서는 600회 학습한 8쌍 "
        "모두에서 졌고, 차이는 평균 1.0 %p였습니다.",
    ),
    options=_options("sgd:lr=0.1", 200),
    pace=20,
    claims=(RAISES,),
)

LESSON = Lesson("output-tanh", Words("tanh at the output", "출력층의 tanh"), (ADAM, SGD))
