"""Lesson 1: the activation functions, their derivatives, and a neuron that cannot learn."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, FunctionsPage, Lesson
from tui_optim.nn import ACTIVATIONS, build

W, B, X = 100.0, 50.0, 0.01
"""The lecture's neuron: t = w x + b = 51."""


def _derivative(spec: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    _, derivative = build(ACTIVATIONS, spec, "activation").at(z)
    return derivative


def _over_all(
    spec: str, measure: Callable[[NDArray[np.floating]], float]
) -> Callable[[None], float]:
    """A measure of the derivatives on a fine grid from −10 to 10 that has 0 on it."""
    return lambda _: measure(_derivative(spec, np.linspace(-10, 10, 20_001)))


def _at(t: float, dtype: type[np.floating] = np.float64) -> Callable[[None], float]:
    """The derivative of sigmoid at one place, in a precision."""
    return lambda _: _derivative("sigmoid", np.array([t], dtype))[0]


FOUR = FunctionsPage(
    title=Words("Four functions", "네 가지 활성화 함수"),
    see=Words(
        "Each function f(t) and its derivative f′(t), all on one scale. Sigmoid and tanh are flat "
        "at both ends, so that f′ is 0 there; ReLU is flat to the left only, leaky ReLU nowhere.",
        "함수 f(t)와 그 미분 f′(t)를 모두 같은 축에 그렸습니다. sigmoid와 tanh는 양쪽 끝에서 "
        "평평해 f′가 0이 됩니다. ReLU는 왼쪽에서만 평평하고 leaky ReLU는 평평한 곳이 없습니다.",
    ),
    why=Words(
        "Backpropagation multiplies by the derivative at every layer. A factor of at most 1/4 ten "
        "times over leaves at most a millionth; ReLU's factor of 1 leaves the gradient as it is.",
        "역전파는 층마다 미분을 곱합니다. 최대 1/4인 수를 열 번 곱하면 백만분의 일도 남지 않지만, "
        "ReLU의 1은 몇 번을 곱해도 기울기를 줄이지 않습니다.",
    ),
    attempt=Words(
        "Find by eye where each derivative is largest; z gives a chart the whole screen (tab: "
        "another). Then turn the page (key p): what does being flat do to a neuron?",
        "미분이 가장 큰 곳을 눈으로 찾아보세요. z 키를 누르면 그림 하나가 화면을 채웁니다 (tab: "
        "다른 그림). 그다음 쪽을 넘겨 (p 키) 평평한 곳의 뉴런이 어떻게 되는지 보세요.",
    ),
    activations=("sigmoid", "tanh", "relu", "leaky_relu"),
    claims=(
        Claim(
            Words("The derivative of sigmoid is at most 1/4", "sigmoid의 미분은 최대 1/4입니다"),
            _over_all("sigmoid", np.max),
            least=0.25,
            most=0.25,
            form=".4g",
        ),
        Claim(
            Words("The derivative of tanh is at most 1", "tanh의 미분은 최대 1입니다"),
            _over_all("tanh", np.max),
            least=1,
            most=1,
            form=".4g",
        ),
        Claim(
            Words(
                "The derivative of ReLU is 0 or 1 (how far it is from both)",
                "ReLU의 미분은 0 아니면 1입니다 (벗어난 정도)",
            ),
            _over_all("relu", lambda slope: float(np.minimum(slope, np.abs(slope - 1)).max())),
            least=0,
            most=0,
        ),
        Claim(
            Words(
                "The derivative of leaky ReLU is nowhere below 0.01",
                "leaky ReLU의 미분은 어디서도 0.01보다 작지 않습니다",
            ),
            _over_all("leaky_relu", np.min),
            least=0.01,
        ),
    ),
)

NEURON = FunctionsPage(
    title=Words("A neuron that cannot learn", "학습하지 못하는 뉴런"),
    see=Words(
        "A neuron with w = 100, b = 50 and the input x = 0.01: t = wx + b = 51 lies far off the "
        "picture to the right, where sigmoid is 1 and its derivative 0. At t = 5 that is 0.0066.",
        "w = 100, b = 50이고 입력이 x = 0.01인 뉴런은 t = wx + b = 51입니다. 그림 오른쪽 멀리 "
        "벗어난 곳으로, sigmoid는 1이고 미분은 0입니다. t = 5에서는 0.0066입니다.",
    ),
    why=Words(
        "Exactly, σ′(51) is 7·10⁻²³. But σ(51) rounds to 1, so the network computes σ(1 − σ) = 0: "
        "in float32 from t = 17 on, in float64 from t = 37 on. Times 0, no error changes w or b.",
        "정확한 σ′(51)은 7·10⁻²³입니다. 그러나 σ(51)이 1로 반올림되어 신경망이 계산하는 σ(1 − "
        "σ)는 0입니다. float32는 t = 17부터, float64는 t = 37부터 그렇습니다. 0을 곱하면 오차가 "
        "아무리 커도 w와 b는 바뀌지 않습니다.",
    ),
    attempt=Words(
        "Work it out: with b = 0 the same neuron has t = 1 and σ′ = 0.2. So start with small "
        "weights and biases of 0: that is what initializers do (lessons 4 to 6; key l).",
        "계산해 보세요. b = 0이면 같은 뉴런이 t = 1이 되어 σ′ = 0.2입니다. 그래서 가중치는 작게, "
        "편향은 0으로 시작합니다. 초기화가 하는 일입니다 (4–6번 수업, l 키).",
    ),
    activations=("sigmoid",),
    claims=(
        Claim(
            Words(
                "The lecture's neuron has t = wx + b = 51", "강의의 뉴런은 t = wx + b = 51입니다"
            ),
            lambda _: W * X + B,
            least=51,
            most=51,
        ),
        Claim(
            Words("σ′(51) is 0 in float32", "float32로 계산한 σ′(51)은 0입니다"),
            _at(W * X + B, np.float32),
            least=0,
            most=0,
        ),
        Claim(
            Words("σ′(51) is 0 in float64", "float64로 계산한 σ′(51)은 0입니다"),
            _at(W * X + B),
            least=0,
            most=0,
        ),
        Claim(
            Words("σ′(5) is 0.0066", "σ′(5)는 0.0066입니다"),
            _at(5),
            least=0.0066,
            most=0.0067,
            form=".2g",
        ),
    ),
)

LESSON = Lesson(
    "activations",
    Words("Activation functions and their derivatives", "활성화 함수와 미분"),
    (FOUR, NEURON),
)
