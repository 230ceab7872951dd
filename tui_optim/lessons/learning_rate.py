"""Lesson 7: too small, right, too large: the learning rate on a double well and on a network."""

import math
from collections.abc import Callable

import numpy as np

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, SurfacePage, TrainingPage
from tui_optim.nn.landscapes import SURFACES, Paths

GOOD, POOR = SURFACES["double-well"].minima


def _from_good(name: str) -> Callable[[Paths], float]:
    return lambda paths: math.dist(paths.end(name), GOOD)


def _from_poor(name: str) -> Callable[[Paths], float]:
    return lambda paths: math.dist(paths.end(name), POOR)


def _leftmost(paths: Paths) -> float:
    return float(np.min(paths.points[paths.index("sgd:lr=0.21"), :, 0]))


WELL = SurfacePage(
    title=Words("On a double well", "이중 우물에서"),
    see=Words(
        "Two valleys, the left one lower. From the right slope, SGD with rate 0.02 ends in the "
        "near, poor one; with 0.15 in the good one; 0.21 jumps over the good one and is thrown "
        "back into the poor one; 0.3 leaves the picture at its first step.",
        "골짜기가 둘이고 왼쪽이 더 낮습니다. 오른쪽 비탈에서 출발한 SGD는 학습률이 0.02면 가까운 "
        "나쁜 극소점에, 0.15면 좋은 극소점에 이릅니다. 0.21이면 좋은 쪽을 뛰어넘었다가 나쁜 "
        "쪽으로 되돌아오고, 0.3이면 첫걸음에 그림 밖으로 나갑니다.",
    ),
    why=Words(
        "A step is the learning rate times the slope. A short one follows the ground into the "
        "nearest hollow; a long one can cross a ridge, or a whole valley; and if it comes out "
        "higher than it was, the next one is longer still.",
        "한 걸음은 학습률 곱하기 기울기입니다. 짧은 걸음은 땅을 따라 가장 가까운 웅덩이로 "
        "내려가고, 긴 걸음은 언덕이나 골짜기 전체를 넘기도 합니다. 넘어간 자리가 전보다 높으면 "
        "다음 걸음은 더 길어집니다.",
    ),
    attempt=Words(
        "Double the first rate (]) three times: when does it find the good valley? Go step by "
        "step (space, then n). Move the start (shift and arrows, or a click): what else does it "
        "decide?",
        "첫째 옵티마이저의 학습률을 두 배씩 세 번 키워 보세요 (] 키). 언제 좋은 골짜기를 찾나요? "
        "한 걸음씩 보세요 (스페이스 바와 n 키). 출발점을 옮기면 (shift+화살표 또는 클릭) 무엇이 "
        "달라지나요?",
    ),
    surface="double-well",
    optimizers=("sgd:lr=0.02", "sgd:lr=0.15", "sgd:lr=0.21", "sgd:lr=0.3"),
    steps=60,
    pace=5,
    claims=(
        Claim(
            Words(
                "Too small: 0.02 ends in the poor minimum (distance)",
                "너무 작음: 0.02는 나쁜 극소점에 멈춥니다 (거리)",
            ),
            _from_poor("sgd:lr=0.02"),
            most=0.1,
        ),
        Claim(
            Words(
                "Right: 0.15 ends in the good minimum (distance)",
                "알맞음: 0.15는 좋은 극소점에 이릅니다 (거리)",
            ),
            _from_good("sgd:lr=0.15"),
            most=0.01,
        ),
        Claim(
            Words(
                "Too large: 0.21 jumps over the good one at x = −1.04 (its least x)",
                "너무 큼: 0.21은 x = −1.04인 좋은 극소점을 뛰어넘습니다 (x의 최솟값)",
            ),
            _leftmost,
            most=-1.2,
        ),
        Claim(
            Words(
                "… and ends in the poor one (distance)", "… 그리고 나쁜 극소점에 이릅니다 (거리)"
            ),
            _from_poor("sgd:lr=0.21"),
            most=0.01,
        ),
        Claim(
            Words("Far too large: 0.3 diverges (step)", "지나치게 큼: 0.3은 발산합니다 (걸음)"),
            lambda paths: paths.diverged("sgd:lr=0.3"),
            most=10,
            form=".0f",
        ),
    ),
)

NETWORK = TrainingPage(
    title=Words("On a network", "신경망에서"),
    see=Words(
        "Four times the same network with SGD. 0.001 crawls: after 200 iterations it is still "
        "near the loss of guessing, 2.30. 0.1 learns. 1 is thrown up by its first steps and ends "
        "at guessing. 3 diverges within ten iterations.",
        "같은 신경망 넷을 SGD로 학습합니다. 0.001은 기어가듯 느려서 200회 뒤에도 무작위 추측의 "
        "손실 2.30 근처입니다. 0.1은 잘 배웁니다. 1은 처음 몇 걸음에 튀어 올랐다가 추측 수준에 "
        "머물고, 3은 열 번 안에 발산합니다.",
    ),
    why=Words(
        "The loss of a network has valleys, too, in 37,810 dimensions instead of two. Rate 1 "
        "throws the weights so far that all units of the last hidden layer are off for good (view "
        "2); what is left can only guess.",
        "신경망의 손실에도 골짜기가 있습니다. 다만 2차원이 아니라 37,810차원입니다. 학습률 1은 "
        "가중치를 너무 멀리 던져 마지막 은닉층의 유닛이 모두 영영 꺼지고 (화면 2), 남은 신경망은 "
        "추측만 합니다.",
    ),
    attempt=Words(
        "Let it go on (m) and double the rate of lr=0.001 (]) again and again: where does it "
        "learn best, and from where on is it thrown out?",
        "더 학습시키면서 (m 키) lr=0.001의 학습률을 거듭 두 배로 키워 보세요 (] 키). 어디서 가장 "
        "잘 배우고, 어디서부터 튕겨 나가나요?",
    ),
    options={
        "optimizer": "sgd",
        "compare": "lr=0.001,0.1,1,3",
        "iterations": 200,
        "eval_every": 25,
    },
    pace=15,
    claims=(
        Claim(
            Words(
                "Too small: 0.001 is still near guessing (test loss)",
                "너무 작음: 0.001은 아직 추측 수준입니다 (시험 손실)",
            ),
            lambda results: results.score("lr=0.001", "loss"),
            least=1.8,
            form=".2f",
        ),
        Claim(
            Words("Right: 0.1 learns (test accuracy)", "알맞음: 0.1은 학습합니다 (시험 정확도)"),
            lambda results: results.score("lr=0.1"),
            least=0.9,
            form=".1%",
        ),
        Claim(
            Words(
                "Too large: 1 never learns (its best test accuracy)",
                "너무 큼: 1은 끝내 학습하지 못합니다 (최고 시험 정확도)",
            ),
            lambda results: results.highest_score("lr=1"),
            most=0.5,
            form=".1%",
        ),
        Claim(
            Words(
                "Far too large: 3 diverges (iteration)", "지나치게 큼: 3은 발산합니다 (반복 횟수)"
            ),
            lambda results: results.history.diverged.get("lr=3", math.nan),
            most=50,
            form=".0f",
        ),
    ),
)

LESSON = Lesson("learning-rate", Words("The learning rate", "학습률"), (WELL, NETWORK))
