"""Lesson 13: batch normalization against poor initial weights and depth."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

SMALL, LARGE = "normal:std=0.01", "normal:std=1"
OFF, ON = "batch-norm=off", "batch-norm=on"


def _lower(results: Results, key: str) -> float:
    """The lower score of the two networks with batch normalization."""
    return min(results.score(f"{initializer} {ON}", key) for initializer in (SMALL, LARGE))


LESSON = Lesson(
    name="batch-norm",
    title=Words("Batch normalization", "배치 정규화"),
    pages=(
        TrainingPage(
            title=Words("Poor initial weights", "나쁜 초기 가중치"),
            see=Words(
                "Weights far too small, and far too large. Without batch normalization the one "
                "stays at 2.30, the loss of guessing, and the other diverges. With it, both learn.",
                "너무 작은 가중치와 너무 큰 가중치입니다. 배치 정규화가 없으면 하나는 추측할 때의 "
                "손실 2.30에 머물고 다른 하나는 발산합니다. 있으면 둘 다 학습합니다.",
            ),
            why=Words(
                "Each layer's weighted sums are brought to mean 0 and standard deviation 1 over "
                "the minibatch. A factor in the weights cancels out: neither outputs nor "
                "gradients shrink or grow with depth.",
                "층마다 가중합을 미니배치에 걸쳐 평균 0, 표준편차 1로 맞춥니다. 가중치에 곱해진 "
                "배율이 약분되어, 출력도 기울기도 깊이에 따라 줄거나 커지지 않습니다.",
            ),
            attempt=Words(
                "Press 3: the outputs of every layer, with and without. Press a for other "
                "activations.",
                "3 키로 있을 때와 없을 때 각 층의 출력을 비교해 보세요. a 키로 다른 활성화 함수를 "
                "써 보세요.",
            ),
            options={
                "compare": [f"initializer={SMALL},{LARGE}", "batch-norm=off,on"],
                "hidden": "100x6",
                "activation": "relu",
                "optimizer": "sgd:lr=0.1",
                "iterations": 200,
                "eval_every": 25,
                "probe_every": 20,
            },
            pace=10,
            claims=(
                Claim(
                    Words(
                        "Small weights, without it: the training loss stays that of guessing, 2.30",
                        "작은 가중치, 없을 때: 훈련 손실이 추측할 때의 값인 2.30에 머뭅니다",
                    ),
                    lambda r: r.loss(f"{SMALL} {OFF}"),
                    least=2.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "Large weights, without it: the training loss ends above that of guessing "
                        "(inf: it has diverged)",
                        "큰 가중치, 없을 때: 훈련 손실이 추측할 때보다 큰 값으로 끝납니다 (inf: "
                        "발산)",
                    ),
                    lambda r: r.loss(f"{LARGE} {OFF}"),
                    least=2.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "With it, both learn (the lower training accuracy)",
                        "있으면 둘 다 학습합니다 (낮은 쪽의 훈련 정확도)",
                    ),
                    lambda r: _lower(r, "train_accuracy"),
                    least=0.8,
                    form=".0%",
                ),
            ),
        ),
        TrainingPage(
            title=Words("Ten layers of sigmoid", "sigmoid 열 층"),
            see=Words(
                "The network whose gradient vanished in lesson 2, without and with batch "
                "normalization. With it, δ no longer falls, and ten layers of sigmoid learn.",
                "2번 수업에서 기울기가 사라지던 신경망에 배치 정규화가 없을 때와 있을 때입니다. "
                "있으면 δ가 줄지 않고 sigmoid 열 층이 학습합니다.",
            ),
            why=Words(
                "Sigmoid's derivative shrinks δ to a quarter. Batch normalization divides δ by "
                "the standard deviation of the weighted sums, which under sigmoid is about as "
                "small, and so gives back what was lost.",
                "sigmoid의 미분은 δ를 4분의 1로 줄입니다. 배치 정규화는 δ를 가중합의 표준편차로 "
                "나누는데, sigmoid에서는 그것도 그만큼 작아서 잃은 만큼 돌려받습니다.",
            ),
            attempt=Words(
                "Press h and go to twenty layers. Press i for other initializers: does it matter "
                "now?",
                "h 키로 스무 층까지 늘려 보세요. i 키로 초기화를 바꿔 보세요. 이제 차이가 있나요?",
            ),
            options={
                "compare": "batch-norm=off,on",
                "hidden": "100x10",
                "activation": "sigmoid",
                "initializer": "xavier",
                "optimizer": "sgd:lr=0.1",
                "iterations": 150,
                "eval_every": 25,
                "probe_every": 20,
            },
            pace=8,
            look={"statistic": "delta_rms"},
            claims=(
                Claim(
                    Words(
                        "Without it, δ falls at every hidden layer by a factor of about 4",
                        "없을 때: δ가 은닉층마다 약 4분의 1로 줄어듭니다 (그 배율)",
                    ),
                    lambda r: r.growth(OFF, "delta_rms", 1, 10, 1),
                    least=3.5,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "With it, δ hardly changes from layer to layer (the factor at iteration 1)",
                        "있을 때: δ가 층을 지나도 거의 변하지 않습니다 (첫 반복의 배율)",
                    ),
                    lambda r: r.growth(ON, "delta_rms", 1, 10, 1),
                    least=0.8,
                    most=1.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "Without it, the network does not learn (training accuracy)",
                        "없으면 학습하지 못합니다 (훈련 정확도)",
                    ),
                    lambda r: r.score(OFF, "train_accuracy"),
                    most=0.2,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "With it, it learns (training accuracy)", "있으면 학습합니다 (훈련 정확도)"
                    ),
                    lambda r: r.score(ON, "train_accuracy"),
                    least=0.8,
                    form=".0%",
                ),
            ),
        ),
    ),
)
