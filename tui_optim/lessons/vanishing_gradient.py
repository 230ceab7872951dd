"""Lesson 2: the gradient that vanishes on its way back."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

DEEP = {
    "hidden": "100x10",
    "optimizer": "sgd:lr=0.1",
    "iterations": 150,
    "eval_every": 25,
    "probe_every": 20,
}


def _fall(results: Results, run: str, iteration: float | None = None) -> float:
    """The factor a hidden layer by which δ falls on its way from the tenth to the first."""
    return results.growth(run, "delta_rms", 1, 10, iteration)


LESSON = Lesson(
    name="vanishing-gradient",
    title=Words("The vanishing gradient", "기울기 소실"),
    pages=(
        TrainingPage(
            title=Words("Sigmoid: a quarter a layer", "sigmoid: 층마다 4분의 1"),
            see=Words(
                "δ = ∂L/∂output of ten hidden layers. Under sigmoid two millionths of it are left "
                "at the first layer, and the loss stays at 2.30, that of guessing. Tanh keeps δ, "
                "and learns.",
                "은닉층 열 개의 δ = ∂L/∂출력입니다. sigmoid에서는 첫 층에 백만분의 2쯤만 남고 "
                "손실은 추측할 때의 2.30에 머뭅니다. tanh는 δ를 유지하고 학습합니다.",
            ),
            why=Words(
                "On its way back δ is multiplied at every layer by the activation's derivative: "
                "at most 1/4 for sigmoid, at most 1 for tanh. Ten factors of 1/4 make a millionth.",
                "δ는 거꾸로 한 층을 지날 때마다 활성화 함수의 미분과 곱해집니다. sigmoid는 최대 "
                "1/4, tanh는 최대 1입니다. 1/4을 열 번 곱하면 백만분의 1입니다.",
            ),
            attempt=Words(
                "Press i for He: wider weights, and still only a third passes a layer. Press h "
                "and take fewer layers: with how many does sigmoid learn?",
                "i 키로 He를 써 보세요. 가중치가 넓어져도 층마다 3분의 1만 지나갑니다. h 키로 "
                "층을 줄여 보세요. 몇 층이면 sigmoid가 학습할까요?",
            ),
            options={**DEEP, "compare": "activation=sigmoid,tanh", "initializer": "xavier"},
            pace=8,
            view=3,
            look={"statistic": "delta_rms"},
            claims=(
                Claim(
                    Words(
                        "sigmoid: at iteration 1, δ falls at every hidden layer by a factor of "
                        "about 4",
                        "sigmoid: 첫 반복에서 δ는 은닉층마다 약 4분의 1로 줄어듭니다 (그 배율)",
                    ),
                    lambda r: _fall(r, "sigmoid", 1),
                    least=3.5,
                    form=".2f",
                ),
                Claim(
                    Words("sigmoid: and it goes on doing so", "sigmoid: 그 뒤에도 계속 그렇습니다"),
                    lambda r: _fall(r, "sigmoid"),
                    least=3.5,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "tanh: δ hardly changes from layer to layer (the factor at iteration 1)",
                        "tanh: δ는 층을 지나도 거의 변하지 않습니다 (첫 반복의 배율)",
                    ),
                    lambda r: _fall(r, "tanh", 1),
                    least=0.8,
                    most=1.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "sigmoid: the training loss stays that of guessing, 2.30",
                        "sigmoid: 훈련 손실이 추측할 때의 값인 2.30에 머뭅니다",
                    ),
                    lambda r: r.score("sigmoid", "train_loss"),
                    least=2.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "tanh: the training loss falls to less than half of that",
                        "tanh: 훈련 손실이 그 절반 아래로 줄어듭니다",
                    ),
                    lambda r: r.score("tanh", "train_loss"),
                    most=1.15,
                    form=".2f",
                ),
            ),
        ),
        TrainingPage(
            title=Words("ReLU: He keeps it", "ReLU: He 초기화가 지켜 줍니다"),
            see=Words(
                "At the first iteration, under He, δ is as large at the first of ten hidden "
                "layers as at the last; under Xavier it falls by √2 a layer, to a twentieth. "
                "Training brings Xavier's back, but its loss falls later.",
                "첫 반복에서 He의 δ는 첫 은닉층에서도 열째 층과 같은 크기이고, Xavier의 δ는 층마다 "
                "√2분의 1로, 모두 20분의 1쯤으로 줄어듭니다. Xavier의 δ는 학습하면서 "
                "되살아나지만 손실은 더 늦게 줄어듭니다.",
            ),
            why=Words(
                "ReLU's derivative is 0 for half of the units, so half of δ² is lost at each "
                "layer. He's weights are √2 times wider than Xavier's to make up for it (He et "
                "al. 2015).",
                "ReLU의 미분은 유닛 절반에서 0이므로 층마다 δ²의 절반을 잃습니다. He의 가중치는 "
                "이를 메우려고 Xavier보다 √2배 넓습니다 (He 외 2015).",
            ),
            attempt=Words(
                "Press a for leaky ReLU, and again for sigmoid, which neither of the two rescues. "
                "Press 1 for the losses.",
                "a 키를 누르면 leaky ReLU, 한 번 더 누르면 sigmoid입니다. sigmoid는 둘 다 구하지 "
                "못합니다. 1 키로 손실을 보세요.",
            ),
            options={**DEEP, "compare": "initializer=xavier,he", "activation": "relu"},
            pace=8,
            view=3,
            look={"statistic": "delta_rms"},
            claims=(
                Claim(
                    Words(
                        "he: δ hardly changes from layer to layer (the factor at iteration 1)",
                        "he: δ는 층을 지나도 거의 변하지 않습니다 (첫 반복의 배율)",
                    ),
                    lambda r: _fall(r, "he", 1),
                    least=0.8,
                    most=1.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "xavier: δ falls by √2 = 1.41 a layer (the factor at iteration 1)",
                        "xavier: δ는 층마다 √2 = 1.41분의 1로 줄어듭니다 (첫 반복의 배율)",
                    ),
                    lambda r: _fall(r, "xavier", 1),
                    least=1.3,
                    most=1.55,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "he is ahead at iteration 100 (smoothed loss, he ÷ xavier)",
                        "100회 반복에서 he가 앞섭니다 (평활화한 손실의 비, he ÷ xavier)",
                    ),
                    lambda r: r.loss("he", 100, "ema0.9") / r.loss("xavier", 100, "ema0.9"),
                    most=1,
                    form=".2f",
                ),
            ),
        ),
    ),
)
