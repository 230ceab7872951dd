"""Lesson 10: how the optimizers go down five surfaces."""

import math
from collections.abc import Callable

import numpy as np

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, SurfacePage
from tui_optim.nn.landscapes import SURFACES, Paths

RACE = ("sgd", "momentum", "adagrad", "rmsprop", "adam")
STRAIGHT = math.hypot(*SURFACES["bowl"].start)
"""How far the bowl's minimum is from the start."""


def _length(name: str) -> Callable[[Paths], float]:
    """How long a path is, by the straight way to the bowl's minimum."""

    def length(paths: Paths) -> float:
        steps = np.diff(paths.points[paths.index(name)], axis=0)
        return float(np.hypot(*steps.T).sum()) / STRAIGHT

    return length


def _crossings(name: str) -> Callable[[Paths], float]:
    """How often a path crosses the bowl's valley, y = 0."""

    def crossings(paths: Paths) -> float:
        y = paths.points[paths.index(name), :, 1]
        return float(np.sum(y[:-1] * y[1:] < 0))

    return crossings


def _reached(name: str, height: float) -> Callable[[Paths], float]:
    return lambda paths: paths.reached(name, height)


def _end(name: str, surface: str, minimum: int = 0) -> Callable[[Paths], float]:
    """How far from a minimum a path ends."""
    return lambda paths: math.dist(paths.end(name), SURFACES[surface].minima[minimum])


def _lower(one: str, other: str) -> Callable[[Paths], float]:
    """The height at the end of one path, by that of another."""
    return lambda paths: paths.height(one) / paths.height(other)


BOWL = SurfacePage(
    title=Words("A long bowl: x²/20 + y²", "길쭉한 그릇: x²/20 + y²"),
    see=Words(
        "From (−7, 2), SGD goes to and fro across the valley at every step. Momentum swings past "
        "the minimum like a ball. AdaGrad and RMSProp take the straight way. Adam swings, too, "
        "and is highest after 30 steps (0.10; AdaGrad 0.0007): none is best everywhere.",
        "(−7, 2)에서 출발합니다. SGD는 걸음마다 골짜기를 가로질러 왔다 갔다 합니다. Momentum은 "
        "공처럼 최소점을 지나쳐 흔들립니다. AdaGrad와 RMSProp은 곧장 갑니다. Adam도 흔들려서 "
        "30걸음 뒤에 가장 높이 있습니다 (0.10, AdaGrad는 0.0007). 어디서나 가장 좋은 것은 "
        "없습니다.",
    ),
    why=Words(
        "The slope points across the valley, not along it: it is steep in y, flat in x. AdaGrad "
        "and RMSProp divide each direction by the size of its slopes, so steep and flat count "
        "alike.",
        "기울기는 골짜기 방향이 아니라 가로지르는 방향을 가리킵니다. y로는 가파르고 x로는 "
        "완만하기 때문입니다. AdaGrad와 RMSProp은 방향마다 그 기울기의 크기로 나누므로 가파른 "
        "쪽과 완만한 쪽을 똑같이 다룹니다.",
    ),
    attempt=Words(
        "Select one (up, down), halve or double its rate ([ ]), move the start (shift and arrows, "
        "or a click). Halve SGD's: no more zigzag, but slower along x. Double it: it diverges.",
        "하나를 골라 (↑ ↓) 학습률을 절반이나 두 배로 바꾸고 ([, ] 키), 출발점을 옮겨 보세요 "
        "(shift+화살표나 클릭). SGD의 학습률이 절반이면 지그재그는 멎지만 x로 느려지고, 두 배이면 "
        "발산합니다.",
    ),
    surface="bowl",
    optimizers=RACE,
    selected="adagrad",
    steps=30,
    pace=3,
    claims=(
        Claim(
            Words(
                "SGD zigzags (crossings of the valley)",
                "SGD는 지그재그로 갑니다 (골짜기를 건넌 횟수)",
            ),
            _crossings("sgd"),
            least=25,
            form=".0f",
        ),
        Claim(
            Words("AdaGrad does not (crossings)", "AdaGrad는 그러지 않습니다 (건넌 횟수)"),
            _crossings("adagrad"),
            least=0,
            most=0,
            form=".0f",
        ),
        Claim(
            Words(
                "SGD goes a long way (÷ the straight one)",
                "SGD는 멀리 돌아갑니다 (경로 ÷ 직선거리)",
            ),
            _length("sgd"),
            least=3,
        ),
        Claim(
            Words(
                "AdaGrad hardly more than needed", "AdaGrad는 거의 곧장 갑니다 (경로 ÷ 직선거리)"
            ),
            _length("adagrad"),
            most=1.1,
        ),
        Claim(
            Words(
                "Momentum swings past the minimum (its x at the end)",
                "Momentum은 최소점을 지나칩니다 (끝의 x)",
            ),
            lambda paths: paths.end("momentum")[0],
            least=0.5,
        ),
        Claim(
            Words(
                "Adam ends lower than AdaGrad (heights, Adam ÷ AdaGrad)",
                "Adam이 AdaGrad보다 낮은 곳에 이릅니다 (높이, Adam ÷ AdaGrad)",
            ),
            _lower("adam", "adagrad"),
            most=1,
            expected=False,
        ),
    ),
)

BEALE = SurfacePage(
    title=Words("Beale: steep walls, flat floor", "Beale 함수: 가파른 벽과 평평한 바닥"),
    see=Words(
        "All drop down the wall within a few steps. On the flat floor SGD crawls: after 200 steps "
        "it is still 0.14 from the minimum. Momentum (0.02) and Adam (0.003) are there.",
        "모두 몇 걸음 만에 벽을 내려옵니다. 평평한 바닥에서 SGD는 기어갑니다. 200걸음 뒤에도 "
        "최소점에서 0.14 떨어져 있습니다. Momentum(0.02)과 Adam(0.003)은 도착했습니다.",
    ),
    why=Words(
        "The wall allows SGD no larger rate: at 0.04 it diverges. On the floor the slope, and so "
        "the step, is tiny. Momentum adds up small slopes that agree; Adam divides by their size.",
        "벽 때문에 SGD는 학습률을 더 키울 수 없습니다. 0.04면 발산합니다. 바닥에서는 기울기가 "
        "작아 걸음도 작습니다. Momentum은 방향이 같은 작은 기울기를 쌓고, Adam은 그 크기로 "
        "나눕니다.",
    ),
    attempt=Words(
        "Select SGD (up, down) and double its rate (]): the wall throws it out. Then halve it ([) "
        "step by step: how slow can it be on the floor?",
        "SGD를 골라 (↑ ↓) 학습률을 두 배로 키우면 (] 키) 벽에서 튕겨 나갑니다. 다시 절반씩 줄이면 "
        "([ 키) 바닥에서 얼마나 느려지나요?",
    ),
    surface="beale",
    optimizers=RACE,
    steps=200,
    pace=10,
    claims=(
        Claim(
            Words("SGD is still on its way (distance)", "SGD는 아직 가는 중입니다 (거리)"),
            _end("sgd", "beale"),
            least=0.1,
        ),
        Claim(
            Words("Momentum has arrived (distance)", "Momentum은 도착했습니다 (거리)"),
            _end("momentum", "beale"),
            most=0.05,
        ),
        Claim(
            Words("Adam has arrived (distance)", "Adam은 도착했습니다 (거리)"),
            _end("adam", "beale"),
            most=0.05,
        ),
    ),
)

ROSENBROCK = SurfacePage(
    title=Words("Rosenbrock: a bent valley", "Rosenbrock 함수: 굽은 골짜기"),
    see=Words(
        "Finding the valley takes ten steps; following its bend takes hundreds. After 300, "
        "Momentum and Adam are within 0.25 of the minimum, RMSProp 0.8 away, AdaGrad 1.3, SGD 1.5.",
        "골짜기는 열 걸음이면 찾지만 굽은 바닥을 따라가는 데는 수백 걸음이 듭니다. 300걸음 뒤에 "
        "Momentum과 Adam은 최소점에서 0.25 안에 있고, RMSProp은 0.8, AdaGrad는 1.3, SGD는 1.5 "
        "떨어져 있습니다.",
    ),
    why=Words(
        "The walls are hundreds of times steeper than the floor. AdaGrad has the steep first "
        "steps in its sum for good, so all its later steps are short.",
        "벽이 바닥보다 수백 배 가파릅니다. AdaGrad는 처음의 가파른 기울기를 합에 영영 지니고 "
        "있어서 그 뒤의 걸음이 모두 짧습니다.",
    ),
    attempt=Words(
        "Select AdaGrad (up, down) and double its rate (]), once and twice: what becomes of it?",
        "AdaGrad를 골라 (↑ ↓) 학습률을 한 번, 두 번 두 배로 키워 보세요 (] 키). 어떻게 되나요?",
    ),
    surface="rosenbrock",
    optimizers=RACE,
    steps=300,
    pace=15,
    claims=(
        Claim(
            Words(
                "SGD soon finds the valley, height 5 (step)",
                "SGD는 곧 골짜기(높이 5)를 찾습니다 (걸음)",
            ),
            _reached("sgd", 5),
            most=10,
            form=".0f",
        ),
        Claim(
            Words(
                "… and is far from the minimum after 300 (distance)",
                "… 그러나 300걸음 뒤에도 최소점에서 멉니다 (거리)",
            ),
            _end("sgd", "rosenbrock"),
            least=1,
        ),
        Claim(
            Words("So is AdaGrad (distance)", "AdaGrad도 멉니다 (거리)"),
            _end("adagrad", "rosenbrock"),
            least=1,
        ),
        Claim(
            Words("Momentum is near (distance)", "Momentum은 가깝습니다 (거리)"),
            _end("momentum", "rosenbrock"),
            most=0.3,
        ),
        Claim(
            Words("Adam is near (distance)", "Adam은 가깝습니다 (거리)"),
            _end("adam", "rosenbrock"),
            most=0.3,
        ),
    ),
)

SADDLE = SurfacePage(
    title=Words("A saddle", "안장점"),
    see=Words(
        "All start next to the ridge y = 0 and run to the saddle (0, 0). There SGD and Momentum "
        "stay for some 45 steps. AdaGrad, Adam and RMSProp have left for a valley by step 16.",
        "모두 능선 y = 0 바로 옆에서 출발해 안장점 (0, 0)으로 갑니다. SGD와 Momentum은 거기서 "
        "45걸음쯤 머뭅니다. AdaGrad, Adam, RMSProp은 16걸음 안에 골짜기로 떠났습니다.",
    ),
    why=Words(
        "At a saddle the slope is next to nothing. SGD's y grows by a fifth a step, from 0.0001. "
        "What divides by the size of its slopes goes full steps in y, however small the slope.",
        "안장점에서는 기울기가 거의 0입니다. SGD의 y는 0.0001에서 시작해 한 걸음에 5분의 1씩 커질 "
        "뿐입니다. 기울기의 크기로 나누는 방법은 기울기가 아무리 작아도 y 방향으로 온전한 한 "
        "걸음을 내딛습니다.",
    ),
    attempt=Words(
        "Move the start away from the ridge (shift and up) and begin again (r): how far is far "
        "enough for SGD to keep up?",
        "출발점을 능선에서 떼어 놓고 (shift+↑) 다시 시작해 보세요 (r 키). SGD가 뒤지지 않으려면 "
        "얼마나 떨어져야 하나요?",
    ),
    surface="saddle",
    optimizers=RACE,
    steps=60,
    pace=5,
    claims=(
        Claim(
            Words(
                "SGD stays (step at which it is half-way down a valley)",
                "SGD는 머뭅니다 (골짜기를 반쯤 내려간 걸음)",
            ),
            _reached("sgd", -0.25),
            least=40,
            form=".0f",
        ),
        Claim(
            Words("So does Momentum (step)", "Momentum도 머뭅니다 (내려간 걸음)"),
            _reached("momentum", -0.25),
            least=40,
            form=".0f",
        ),
        Claim(
            Words("AdaGrad leaves early (step)", "AdaGrad는 일찍 떠납니다 (내려간 걸음)"),
            _reached("adagrad", -0.25),
            most=20,
            form=".0f",
        ),
        Claim(
            Words("RMSProp leaves early (step)", "RMSProp은 일찍 떠납니다 (내려간 걸음)"),
            _reached("rmsprop", -0.25),
            most=20,
            form=".0f",
        ),
        Claim(
            Words("Adam leaves early (step)", "Adam은 일찍 떠납니다 (내려간 걸음)"),
            _reached("adam", -0.25),
            most=20,
            form=".0f",
        ),
    ),
)

WELL = SurfacePage(
    title=Words("A tilted double well", "기울어진 이중 우물"),
    see=Words(
        "The left valley is the lower one. Momentum rolls through the near one, over the ridge, "
        "and comes to rest in the good one. The four others stay in the poor one.",
        "왼쪽 골짜기가 더 낮습니다. Momentum은 가까운 골짜기를 지나 언덕을 넘어 좋은 쪽에서 "
        "멈춥니다. 나머지 넷은 나쁜 쪽에 머뭅니다.",
    ),
    why=Words(
        "Momentum keeps nine tenths of its last step, so it goes uphill for a while. That is "
        "luck, too: with twice the rate it rolls back and ends in the poor valley.",
        "Momentum은 지난 걸음의 10분의 9를 지니므로 한동안 오르막도 갑니다. 운도 작용합니다. "
        "학습률이 두 배이면 되굴러 와서 나쁜 골짜기에 멈춥니다.",
    ),
    attempt=Words(
        "Select Momentum (up, down) and double its rate (]). Then double SGD's three times.",
        "Momentum을 골라 (↑ ↓) 학습률을 두 배로 키워 보세요 (] 키). 그다음 SGD의 학습률을 두 배씩 "
        "세 번 키워 보세요.",
    ),
    surface="double-well",
    optimizers=RACE,
    steps=60,
    pace=5,
    claims=(
        Claim(
            Words(
                "Momentum ends in the good minimum (distance)",
                "Momentum은 좋은 극소점에 이릅니다 (거리)",
            ),
            _end("momentum", "double-well"),
            most=0.1,
        ),
        *(
            Claim(
                Words(
                    f"{name} ends in the poor minimum (distance)",
                    f"{name}{particle} 나쁜 극소점에 머뭅니다 (거리)",
                ),
                _end(name.lower(), "double-well", 1),
                most=0.1,
            )
            for name, particle in (
                ("SGD", "는"),
                ("AdaGrad", "는"),
                ("RMSProp", "은"),
                ("Adam", "은"),
            )
        ),
    ),
)

LESSON = Lesson(
    "landscape",
    Words("Optimizers on a landscape", "지형 위의 옵티마이저"),
    (BOWL, BEALE, ROSENBROCK, SADDLE, WELL),
)
