"""Lesson 8: few exact steps against many noisy ones."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

GD, SGD = "gd:lr=0.1", "sgd:lr=0.1"
STEPS = 30
EPOCH = 12
"""Minibatches of 128 in the 1,437 training images."""


def _after_equal_steps(results: Results) -> float:
    """The loss of SGD by that of GD, after as many steps of each."""
    return results.loss(SGD, STEPS, "ema0.9") / results.loss(GD, STEPS * EPOCH)


LESSON = Lesson(
    name="gd-vs-sgd",
    title=Words("GD and SGD", "경사하강법과 확률적 경사하강법"),
    pages=(
        TrainingPage(
            title=Words("The same samples, other steps", "같은 데이터, 다른 걸음"),
            see=Words(
                "The same images, the same rate. GD's loss is a staircase: one exact step an "
                "epoch, thirty in all. SGD takes a noisy step at each of the twelve minibatches, "
                "and ends far lower.",
                "같은 데이터, 같은 학습률입니다. GD의 손실은 계단입니다. 에폭마다 정확한 한 걸음, "
                "모두 서른 걸음입니다. SGD는 미니배치마다, 에폭에 열두 번 잡음 섞인 걸음을 내디뎌 "
                "훨씬 낮은 곳에 이릅니다.",
            ),
            why=Words(
                "The gradient over 128 images points almost where that over all 1,437 does, for "
                "an eleventh of the price. The lecture's example: GD, 6 steps of 1 hour; SGD, 10 "
                "steps of 5 minutes, 14 % of the time.",
                "이미지 128장의 기울기는 1,437장 전체의 기울기와 거의 같은 곳을 가리키면서 값은 "
                "11분의 1입니다. 강의의 예: GD는 1시간씩 6걸음, SGD는 5분씩 10걸음, 시간의 14 "
                "%입니다.",
            ),
            attempt=Words(
                "Press x for seconds instead of samples. Press h and take a batch size of 16: 90 "
                "noisier steps an epoch; in as many iterations GD then takes only four.",
                "x 키를 누르면 가로축이 본 데이터 수에서 초로 바뀝니다. h 키로 배치 크기를 16으로 "
                "줄여 보세요. 에폭마다 잡음이 더 큰 90걸음이 되고, 같은 반복 횟수에 GD는 네 "
                "걸음뿐입니다.",
            ),
            options={
                "compare": f"optimizer={GD},{SGD}",
                "hidden": "100",
                "batch_size": 128,
                "iterations": STEPS * EPOCH,
                "eval_every": 100,
            },
            pace=20,
            look={"axis": "samples", "smoothing": "off"},
            claims=(
                Claim(
                    Words(
                        "SGD gets as low as GD does for a fraction of the samples (the lecture: "
                        "14 % of the time)",
                        "SGD는 GD보다 훨씬 적은 데이터로 같은 손실에 이릅니다 (강의: 시간의 14 %)",
                    ),
                    lambda r: r.samples_until(SGD, r.loss(GD)) / r.history.samples,
                    most=0.2,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "After equally many steps it is near where GD is (loss, SGD ÷ GD)",
                        "같은 걸음 수 뒤에는 GD 근처에 있습니다 (손실의 비, SGD ÷ GD)",
                    ),
                    _after_equal_steps,
                    least=0.8,
                    most=1.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "For equally many samples it is far lower (training loss, SGD ÷ GD)",
                        "같은 데이터를 보고 나면 훨씬 낮습니다 (훈련 손실의 비, SGD ÷ GD)",
                    ),
                    lambda r: r.score(SGD, "train_loss") / r.score(GD, "train_loss"),
                    most=0.5,
                    form=".2f",
                ),
            ),
        ),
    ),
)
