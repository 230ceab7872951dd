"""Lesson 11: what AdaGrad divides by only grows, so its steps only shrink."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, SurfacePage, TrainingPage
from tui_optim.lessons.results import Results
from tui_optim.nn.landscapes import SURFACES, Paths

BOWL = SURFACES["bowl"]
BOTH = {
    "compare": "optimizer=adagrad,rmsprop",
    "hidden": (100, 100),
    "iterations": 600,
    "eval_every": 100,
    "probe_every": 20,
}
EARLY, LATE = range(20, 101, 20), range(520, 601, 20)
"""The probes between which step sizes are compared; one alone is too noisy."""


def _rates(paths: Paths, name: str) -> NDArray[np.float64]:
    """The learning rate in force along x and y at every step: the step by the slope, (T, 2)."""
    points = paths.points[paths.index(name)]
    slopes = np.stack(BOWL.gradient(points[:-1, 0], points[:-1, 1]), axis=1)
    rates: NDArray[np.float64] = np.abs(np.diff(points, axis=0) / slopes)
    return rates


def _shrunk(paths: Paths) -> float:
    """AdaGrad's rate along x at the last step, by that at the first."""
    along_x = _rates(paths, "adagrad")[:, 0]
    return float(along_x[-1] / along_x[0])


def _least_advantage(paths: Paths) -> float:
    """AdaGrad's rate along x by that along y, where it is least."""
    rates = _rates(paths, "adagrad")
    return float((rates[:, 0] / rates[:, 1]).min())


def _kept(run: str) -> Callable[[Results], float]:
    """The step size of the first layer in the end, by that in the beginning."""

    def kept(results: Results) -> float:
        late, early = (
            sum(results.layer(run, 1, "step_size", at) for at in probes) for probes in (LATE, EARLY)
        )
        return late / early

    return kept


SURFACE = SurfacePage(
    title=Words("A rate for each direction", "방향마다 다른 학습률"),
    see=Words(
        "AdaGrad and RMSProp, both at rate 0.3. Their first steps go as far in x as in y, though "
        "the slope in y is six times the one in x. Then AdaGrad's steps grow shorter and shorter, "
        "and it is 2.4 short of the minimum after 100; RMSProp arrives.",
        "AdaGrad와 RMSProp의 학습률은 똑같이 0.3입니다. y의 기울기가 x의 여섯 배인데도 첫걸음은 "
        "x와 y 방향으로 똑같은 거리를 갑니다. 그 뒤 AdaGrad는 걸음이 점점 짧아져 100걸음 뒤에도 "
        "최소점까지 2.4가 남고, RMSProp은 도착합니다.",
    ),
    why=Words(
        "AdaGrad's rate along each direction is lr/√(g₁² + g₂² + …): where much has been updated "
        "it is small, where little, large. The sum never falls. RMSProp takes an average instead, "
        "which forgets.",
        "AdaGrad의 방향별 학습률은 lr/√(g₁² + g₂² + …)입니다. 많이 갱신된 쪽은 작고 적게 갱신된 "
        "쪽은 큽니다. 그런데 이 합은 줄어드는 일이 없습니다. RMSProp은 합 대신 오래된 값을 잊는 "
        "평균을 씁니다.",
    ),
    attempt=Words(
        "Double AdaGrad's rate (]) until it arrives as early as RMSProp. Let it go on (m): does "
        "it stop for good?",
        "AdaGrad가 RMSProp만큼 빨리 도착할 때까지 학습률을 두 배씩 키워 보세요 (] 키). 더 가게 "
        "하면 (m 키) 아주 멈추나요?",
    ),
    surface="bowl",
    optimizers=("adagrad:lr=0.3", "rmsprop:lr=0.3"),
    steps=100,
    pace=7,
    claims=(
        Claim(
            Words(
                "AdaGrad's rate is larger along x, where slopes are small (x ÷ y, the least)",
                "AdaGrad의 학습률은 기울기가 작은 x 쪽이 더 큽니다 (x ÷ y, 가장 작을 때)",
            ),
            _least_advantage,
            least=2,
        ),
        Claim(
            Words(
                "AdaGrad's rate along x shrinks (after 100 steps ÷ at first)",
                "AdaGrad의 x 쪽 학습률은 줄어듭니다 (100걸음 뒤 ÷ 처음)",
            ),
            _shrunk,
            most=0.25,
        ),
        Claim(
            Words(
                "AdaGrad is still far from the minimum (distance)",
                "AdaGrad는 아직 최소점에서 멉니다 (거리)",
            ),
            lambda paths: float(np.hypot(*paths.end("adagrad"))),
            least=1,
        ),
        Claim(
            Words(
                "RMSProp gets there (least distance)",
                "RMSProp은 최소점에 이릅니다 (가장 가까운 거리)",
            ),
            lambda paths: paths.closest("rmsprop", BOWL.minima[0]),
            most=0.2,
        ),
    ),
)

GOING_ON = TrainingPage(
    title=Words("Where gradients go on", "기울기가 계속 들어오는 곳"),
    see=Words(
        "The chart at the lower right: ‖ΔW‖/‖∂L/∂W‖, how far a step goes for its gradient. "
        "AdaGrad's shrinks to 0.3 or 0.4 of what it was; RMSProp's (down), in the first layer, "
        "stays as it is, and grows in the others.",
        "오른쪽 아래 그림의 ‖ΔW‖/‖∂L/∂W‖는 기울기에 비해 한 걸음이 얼마나 큰지를 나타냅니다. "
        "AdaGrad는 처음의 0.3–0.4배로 줄어듭니다. RMSProp은 (↓ 키) 첫째 층에서 그대로이고 다른 "
        "층에서는 커집니다.",
    ),
    why=Words(
        "Dropout leaves out other units each time, so the gradient never fades and AdaGrad's sum "
        "grows by about as much at every step: after four times as many, the steps are half as "
        "long.",
        "드롭아웃이 매번 다른 유닛을 빼므로 기울기가 사라지지 않고, AdaGrad의 합은 걸음마다 "
        "비슷한 만큼 커집니다. 반복 횟수가 네 배가 되면 걸음은 절반이 됩니다.",
    ),
    attempt=Words(
        "Go on for as many iterations again (m): AdaGrad's steps keep shrinking. Choose the other "
        "run with up and down.",
        "같은 횟수만큼 더 학습시켜 보세요 (m 키). AdaGrad의 걸음이 계속 줄어듭니다. ↑ ↓ 키로 다른 "
        "실행을 고르세요.",
    ),
    options={**BOTH, "dropout": 0.5},
    pace=30,
    view=2,
    look={"course": "step_size"},
    claims=(
        Claim(
            Words(
                "AdaGrad's step size shrinks to about a third (first layer, end ÷ beginning)",
                "AdaGrad의 걸음 크기는 3분의 1쯤으로 줄어듭니다 (첫째 층, 끝 ÷ 처음)",
            ),
            _kept("adagrad"),
            most=0.35,
        ),
        Claim(
            Words("RMSProp's does not shrink", "RMSProp의 걸음 크기는 줄지 않습니다"),
            _kept("rmsprop"),
            least=0.8,
        ),
    ),
)

FADING = TrainingPage(
    title=Words("Where gradients fade", "기울기가 사라지는 곳"),
    see=Words(
        "The same without dropout. The loss goes to 0, and the gradients with it. AdaGrad's step "
        "size stops shrinking at about half, and its loss falls to 0.03 all the same.",
        "드롭아웃이 없는 같은 신경망입니다. 손실이 0으로 가고 기울기도 함께 사라집니다. AdaGrad의 "
        "걸음 크기는 절반쯤에서 더 줄지 않고, 손실은 그래도 0.03까지 내려갑니다.",
    ),
    why=Words(
        "AdaGrad's sum grows only as long as gradients come in. Where a problem is solved, none "
        "do. Without end its steps shrink only where the gradients do not end.",
        "AdaGrad의 합은 기울기가 들어오는 동안에만 커집니다. 문제가 풀리면 기울기가 들어오지 "
        "않습니다. 걸음이 끝없이 줄어드는 것은 기울기가 끝없이 들어올 때뿐입니다.",
    ),
    attempt=Words(
        "Look at the losses (1) and compare them with those of the page before. Which of the two "
        "cases do you expect of real data?",
        "손실을 보고 (1 키) 앞쪽의 손실과 비교해 보세요. 실제 데이터는 둘 중 어느 경우에 "
        "가까울까요?",
    ),
    options=BOTH,
    pace=30,
    view=2,
    look={"course": "step_size"},
    claims=(
        Claim(
            Words(
                "AdaGrad's step size shrinks to about a third here, too",
                "여기서도 AdaGrad의 걸음 크기는 3분의 1쯤으로 줄어듭니다",
            ),
            _kept("adagrad"),
            most=0.35,
            expected=False,
        ),
        Claim(
            Words(
                "AdaGrad stalls: its training loss is still",
                "AdaGrad는 정체됩니다: 훈련 손실이 아직",
            ),
            lambda results: results.score("adagrad", "train_loss"),
            least=0.1,
            expected=False,
        ),
    ),
)

LESSON = Lesson(
    "adagrad-stalls",
    Words("AdaGrad's steps shrink", "AdaGrad의 걸음은 줄어듭니다"),
    (SURFACE, GOING_ON, FADING),
)
