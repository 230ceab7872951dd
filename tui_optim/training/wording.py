"""The words of findings, in English and in Korean; `advice` puts them together.

Names stand before a noun of ours in Korean, so that no particle depends on how a name is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tui_optim.language import Language, Words


@dataclass(frozen=True, slots=True)
class Description:
    """One kind in one language; {value} and {threshold} are a finding's."""

    name: str
    seen: str
    measured: str
    why: str


PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "line": "iteration {iteration:,}, {run}: {sentence}",
        "in layer": "{name}, layer {layer}",
        "layer": "Layer {layer}: ",
        "layers": "Layers {layer}: ",
        "to": " to ",
        "said": "{seen}. {remedy}",
        "ended": "{name} no longer (now {value}).",
        "explained": "{name}, explained by another finding.",
        "at length": "Measured: {measured}\nWhy: {why}\nRemedy: {remedy}",
        "activation": "The activation",
        "initializer": "the initializer",
        "optimizer": "the optimizer",
        "suitable": "another initializer",
    },
    "ko": {
        "line": "{iteration:,}회, {run}: {sentence}",
        "in layer": "{layer}층 {name}",
        "layer": "{layer}층: ",
        "layers": "{layer}층: ",
        "to": "~",
        "said": "{seen}. {remedy}",
        "ended": "{name} 해소 (현재 {value}).",
        "explained": "{name}: 다른 진단으로 설명됩니다.",
        "at length": "측정: {measured}\n원인: {why}\n처방: {remedy}",
        "activation": "지금",
        "initializer": "지금",
        "optimizer": "지금",
        "suitable": "다른",
    },
}
"""How sentences are put together, and what a name is where the run is unknown."""

WORDS: Mapping[str, Mapping[Language, Description]] = {
    "symmetric-units": {
        "en": Description(
            "symmetric units",
            "all units are equal (their weights differ by {value})",
            "the largest standard deviation of any incoming weight over the layer's units, by the "
            "root mean square of its weights, is {value}; below {threshold} the units are equal.",
            "Units with equal weights get equal gradients, so they stay equal whatever is learned: "
            "the layer is worth a single unit. All weights zero is the plainest case.",
        ),
        "ko": Description(
            "대칭인 유닛",
            "모든 유닛이 똑같습니다 (가중치 차이 {value})",
            "유닛들 사이에서 입력 가중치의 표준편차 중 가장 큰 값을 가중치의 제곱평균제곱근으로 "
            "나눈 값이 {value}입니다. {threshold}보다 작으면 유닛들이 서로 같다고 봅니다.",
            "가중치가 같은 유닛은 기울기도 같아서 아무리 학습해도 계속 같습니다. 그 층은 유닛 "
            "하나와 다를 바 없습니다. 가중치를 모두 0으로 초기화한 경우가 대표적입니다.",
        ),
    },
    "exploding-gradient": {
        "en": Description(
            "exploding gradient",
            "the gradient is {value} times the output layer's",
            "the root mean square of ∂L/∂a at the layer's outputs is {value} times that at the "
            "output layer; above {threshold} times it explodes.",
            "On its way back the gradient is multiplied by the weights at every layer. Where that "
            "is a factor above 1, it grows as a power of the depth, and no learning rate suits the "
            "first layers and the last.",
        ),
        "ko": Description(
            "기울기 폭발",
            "기울기가 출력층의 {value}배입니다",
            "이 층의 출력에 대한 기울기 ∂L/∂a의 제곱평균제곱근이 출력층의 {value}배입니다. "
            "{threshold}배보다 크면 기울기 폭발로 봅니다.",
            "역전파되는 기울기는 층마다 가중치와 곱해집니다. 그 배율이 1보다 크면 깊이에 따라 "
            "기하급수적으로 커져서, 앞쪽 층과 뒤쪽 층에 모두 맞는 학습률이 없어집니다.",
        ),
    },
    "oscillating": {
        "en": Description(
            "oscillating loss",
            "{value} of the last 50 losses are far above the lowest mean",
            "the share of the last 50 losses that lie half the loss of guessing, or more, above "
            "the lowest mean of 50 so far is {value}; above {threshold} the loss oscillates.",
            "Each step goes so far that it crosses the valley and comes out higher on the other "
            "side, so the loss is thrown back instead of falling.",
        ),
        "ko": Description(
            "손실 진동",
            "최근 손실 50개 중 {value}가 최저 평균보다 훨씬 높습니다",
            "최근 손실 50개 중에서, 50개씩 낸 평균의 최솟값보다 무작위 추측 손실의 절반 넘게 "
            "높은 것의 비율이 {value}입니다. {threshold}보다 크면 진동으로 봅니다.",
            "한 걸음이 너무 커서 골짜기를 건너 반대쪽 더 높은 곳에 이르므로, 손실이 줄지 않고 도로 "
            "튀어 오릅니다.",
        ),
    },
    "saturated-units": {
        "en": Description(
            "saturated units",
            "{value} of the outputs are saturated",
            "the share of the layer's outputs at which the activation's derivative is below 0.5 % "
            "of its maximum is {value}; above {threshold} the layer is saturated.",
            "Sigmoid and tanh are flat far from 0. Where the weighted sums are large, because the "
            "weights are, the derivative is next to nothing and so is the gradient that passes.",
        ),
        "ko": Description(
            "포화된 유닛",
            "출력의 {value}가 포화 상태입니다",
            "활성화 함수의 미분이 최댓값의 0.5 %보다 작은 출력의 비율이 {value}입니다. "
            "{threshold}보다 크면 포화로 봅니다.",
            "sigmoid와 tanh는 0에서 멀어지면 평평해집니다. 가중치가 커서 가중합이 크면 미분이 거의 "
            "0이 되고, 그곳을 지나는 기울기도 거의 0이 됩니다.",
        ),
    },
    "dead-units": {
        "en": Description(
            "dead units",
            "{value} of the units are dead",
            "the share of the layer's units that are off for every example of the minibatch is "
            "{value}; above {threshold} too few are left.",
            "ReLU passes no gradient where it is off. A unit that a large step has pushed below 0 "
            "for all examples gets no gradient any more, and nothing brings it back.",
        ),
        "ko": Description(
            "죽은 유닛",
            "유닛의 {value}가 죽어 있습니다",
            "미니배치의 모든 데이터에 대해 꺼져 있는 유닛의 비율이 {value}입니다. {threshold}보다 "
            "크면 남은 유닛이 너무 적다고 봅니다.",
            "ReLU는 꺼진 곳에서 기울기를 흘려보내지 않습니다. 큰 갱신 한 번에 모든 데이터에 대해 0 "
            "아래로 밀려난 유닛은 기울기를 받지 못해 되살아나지 못합니다.",
        ),
    },
    "collapsed-outputs": {
        "en": Description(
            "collapsed outputs",
            "all outputs are nearly the same (standard deviation {value})",
            "the standard deviation of the layer's outputs, over units and examples, is {value}; "
            "below {threshold} they hardly tell the examples apart.",
            "Small weights make small weighted sums, smaller with every layer. The outputs gather "
            "at one value, so the examples look alike to the layers behind.",
        ),
        "ko": Description(
            "출력 쏠림",
            "출력이 거의 모두 같습니다 (표준편차 {value})",
            "유닛과 데이터 전체에 걸친 이 층 출력의 표준편차가 {value}입니다. {threshold}보다 "
            "작으면 데이터를 거의 구별하지 못한다고 봅니다.",
            "가중치가 작으면 가중합도 작고, 층을 지날수록 더 작아집니다. 출력이 한 값으로 쏠리므로 "
            "뒤쪽 층에는 모든 데이터가 비슷해 보입니다.",
        ),
    },
    "vanishing-gradient": {
        "en": Description(
            "vanishing gradient",
            "the gradient is {value} of the output layer's",
            "the root mean square of ∂L/∂a at the layer's outputs is {value} of that at the output "
            "layer; below {threshold} it has vanished.",
            "On its way back the gradient is multiplied by the weights and by the activation's "
            "derivative (sigmoid's is at most 1/4) at every layer. Where that is a factor below 1, "
            "it shrinks as a power of the depth, and the first layers hardly learn.",
        ),
        "ko": Description(
            "기울기 소실",
            "기울기가 출력층의 {value}배입니다",
            "이 층의 출력에 대한 기울기 ∂L/∂a의 제곱평균제곱근이 출력층의 {value}배입니다. "
            "{threshold}배보다 작으면 기울기 소실로 봅니다.",
            "역전파되는 기울기는 층마다 가중치와 활성화 함수의 미분(sigmoid는 최대 1/4)과 "
            "곱해집니다. 그 배율이 1보다 작으면 깊이에 따라 기하급수적으로 작아져서, 앞쪽 층은 "
            "거의 학습하지 못합니다.",
        ),
    },
    "stalled": {
        "en": Description(
            "stalled loss",
            "the loss hardly falls ({value} in 150 iterations)",
            "the mean of 50 losses has fallen by {value} in 150 iterations, and a step changes the "
            "weights by less than 0.02 %; below {threshold} the loss is stalled.",
            "The loss is still high, and the steps are too short to bring it down: the learning "
            "rate is too low for this network.",
        ),
        "ko": Description(
            "학습 정체",
            "손실이 거의 줄지 않습니다 (150회 동안 {value} 감소)",
            "손실 50개의 평균이 150회 반복하는 동안 {value} 줄었고, 한 번의 갱신이 가중치를 0.02 % "
            "미만으로 바꿉니다. {threshold}보다 적게 줄면 정체로 봅니다.",
            "손실은 아직 높은데 한 걸음이 너무 작아 내려가지 못합니다. 이 신경망에는 학습률이 너무 "
            "작습니다.",
        ),
    },
    "overfitting": {
        "en": Description(
            "overfitting",
            "the test loss is {value} above its lowest while the training loss falls",
            "the test loss is {value} above the lowest so far, at three evaluations running, while "
            "the training loss is lower than it was then; above {threshold} it is overfitting.",
            "What is still learned is particular to the training examples. The network grows ever "
            "surer of them, and surer of its errors on examples it has not seen.",
        ),
        "ko": Description(
            "과적합",
            "훈련 손실은 줄지만 시험 손실이 최저점보다 {value} 높습니다",
            "시험 손실이 지금까지의 최저점보다 {value} 높은 상태가 평가 세 번 동안 이어졌고, 훈련 "
            "손실은 그때보다 작습니다. {threshold}보다 높으면 과적합으로 봅니다.",
            "지금 배우는 것은 훈련 데이터에만 있는 특징입니다. 신경망은 훈련 데이터에 대해 점점 더 "
            "확신하고, 보지 못한 데이터에서는 틀린 답에도 더 확신하게 됩니다.",
        ),
    },
    "diverged": {
        "en": Description(
            "diverged",
            "the loss is no longer a number (the last was {value})",
            "the loss has left the range of floating-point numbers; the last that was one is "
            "{value}. The run's parameters are frozen.",
            "Every step was larger than the one before: it raised the loss, and with it the next "
            "gradient, until the numbers overflowed.",
        ),
        "ko": Description(
            "발산",
            "손실이 더 이상 유한한 수가 아닙니다 (마지막 값 {value})",
            "손실이 부동소수점으로 나타낼 수 있는 범위를 벗어났습니다. 마지막으로 유한했던 값은 "
            "{value}입니다. 이 실행의 매개변수는 그대로 멈췄습니다.",
            "갱신할 때마다 손실이 커지고, 그만큼 다음 기울기도 커지는 일이 되풀이되어 결국 수가 "
            "넘쳤습니다.",
        ),
    },
}

REMEDIES: Mapping[str, Words] = {
    "unequal": Words(
        "Equal weights stay equal; try {suitable} (key i).",
        "같은 가중치는 계속 같습니다. {suitable} 초기화를 써 보세요 (i 키).",
    ),
    "squashing": Words(
        "{Activation} shrinks it at every layer; try ReLU with He (keys a, i).",
        "{activation} 활성화 함수가 층마다 기울기를 줄입니다. ReLU 활성화 함수와 He 초기화를 "
        "써 보세요 (a, i 키).",
    ),
    "squashing-he": Words(
        "{Activation} shrinks it at every layer; try ReLU (key a).",
        "{activation} 활성화 함수가 층마다 기울기를 줄입니다. ReLU 활성화 함수를 써 보세요 (a 키).",
    ),
    "narrow": Words(
        "The weights of {initializer} are too small; try {suitable} (key i).",
        "{initializer} 초기화의 가중치가 너무 작습니다. {suitable} 초기화를 써 보세요 (i 키).",
    ),
    "wide": Words(
        "The weights of {initializer} are too large; try {suitable} (key i).",
        "{initializer} 초기화의 가중치가 너무 큽니다. {suitable} 초기화를 써 보세요 (i 키).",
    ),
    "deep": Words(
        "It shrinks at every layer; try fewer layers (key h) or batch normalization (key c).",
        "층마다 작아집니다. 층을 줄이거나 (h 키) 배치 정규화를 써 보세요 (c 키).",
    ),
    "grown": Words(
        "The weights have grown too large; compare lower learning rates (key c).",
        "가중치가 지나치게 커졌습니다. 더 낮은 학습률과 비교해 보세요 (c 키).",
    ),
    "off": Words(
        "Too long a step switches units off for good; compare lower learning rates (key c) "
        "or try leaky ReLU (key a).",
        "갱신이 너무 크면 유닛이 영영 꺼집니다. 더 낮은 학습률과 비교하거나 (c 키) leaky "
        "ReLU 활성화 함수를 써 보세요 (a 키).",
    ),
    "fast": Words(
        "The learning rate is too high for {optimizer}; halve it (key [).",
        "{optimizer} 옵티마이저에는 학습률이 너무 큽니다. 절반으로 낮춰 보세요 ([ 키).",
    ),
    "overflow": Words(
        "The learning rate is too high for {optimizer}; compare lower ones (key c).",
        "{optimizer} 옵티마이저에는 학습률이 너무 큽니다. 더 낮은 학습률과 비교해 보세요 (c 키).",
    ),
    "slow": Words(
        "The learning rate is too low for {optimizer}; double it (key ]).",
        "{optimizer} 옵티마이저에는 학습률이 너무 작습니다. 두 배로 높여 보세요 (] 키).",
    ),
    "plain": Words(
        "The learning rate is too low for {optimizer}; double it (key ]) or try adam (key o).",
        "{optimizer} 옵티마이저에는 학습률이 너무 작습니다. 두 배로 높이거나 (] 키) adam "
        "옵티마이저를 써 보세요 (o 키).",
    ),
    "seldom": Words(
        "One step an epoch is too little at this learning rate; double it (key ]) or try adam "
        "(key o).",
        "에폭마다 한 번만 갱신하므로 이 학습률로는 부족합니다. 학습률을 두 배로 높이거나 (] 키) "
        "adam 옵티마이저를 써 보세요 (o 키).",
    ),
    "by-heart": Words(
        "It learns its examples by heart; stop earlier, take more data (key d), or try "
        "weight decay or dropout (key c).",
        "훈련 데이터를 외우고 있습니다. 더 일찍 멈추거나, 데이터를 늘리거나 (d 키), 가중치 "
        "감소나 드롭아웃을 써 보세요 (c 키).",
    ),
    "by-heart-dropout": Words(
        "It learns its examples by heart, even with dropout; stop earlier, take more data (key d), "
        "or try weight decay, too (key c).",
        "드롭아웃을 써도 훈련 데이터를 외우고 있습니다. 더 일찍 멈추거나, 데이터를 늘리거나 "
        "(d 키), 가중치 감소도 써 보세요 (c 키).",
    ),
    "by-heart-weight-decay": Words(
        "It learns its examples by heart, even with weight decay; stop earlier, take more data "
        "(key d), or try more of it, or dropout (key c).",
        "가중치 감소를 써도 훈련 데이터를 외우고 있습니다. 더 일찍 멈추거나, 데이터를 늘리거나 "
        "(d 키), 가중치 감소를 더 세게 하거나 드롭아웃을 써 보세요 (c 키).",
    ),
    "by-heart-still": Words(
        "It learns its examples by heart, even with weight decay and dropout; stop earlier, take "
        "more data (key d), or compare more of both (key c).",
        "가중치 감소와 드롭아웃을 써도 훈련 데이터를 외우고 있습니다. 더 일찍 멈추거나, 데이터를 "
        "늘리거나 (d 키), 둘을 더 세게 해서 비교해 보세요 (c 키).",
    ),
}
"""By case; {suitable} is the initializer made for the activation."""
