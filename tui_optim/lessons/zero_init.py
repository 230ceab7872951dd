"""Lesson 4: all weights zero."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage

LAYERS = range(1, 6)  # four hidden layers and the output layer
SHALLOW = range(1, 4)
EARLY = 100
"""Iterations in which rounding has not yet told the units apart."""


LESSON = Lesson(
    name="zero-init",
    title=Words("All weights zero", "가중치를 모두 0으로"),
    pages=(
        TrainingPage(
            title=Words("ReLU: nothing moves", "ReLU: 아무것도 움직이지 않습니다"),
            see=Words(
                "With zeros all hidden outputs are 0, and the loss stays at 2.30 = ln 10, that of "
                "guessing. He learns at once.",
                "zeros에서는 은닉층의 출력이 모두 0이고 손실은 추측할 때의 2.30 = ln 10에 "
                "머뭅니다. He는 곧바로 학습합니다.",
            ),
            why=Words(
                "A weight's gradient is the output before it times the error behind it. All "
                "outputs are 0, and the error comes back through weights that are 0. Only the "
                "output layer's biases move, to the class frequencies.",
                "가중치의 기울기는 앞의 출력과 뒤의 오차의 곱입니다. 출력은 모두 0이고, 오차는 "
                "0인 가중치를 거쳐 돌아옵니다. 출력층의 편향만 움직여 클래스 비율을 배웁니다.",
            ),
            attempt=Words(
                "Press ] to double the rate of zeros as it trains: twice 0 is 0. Press a: leaky "
                "ReLU stands still as well. Once more: sigmoid, of which the next page tells.",
                "학습하는 동안 ] 키로 zeros의 학습률을 두 배로 올려 보세요. 0의 두 배는 0입니다. "
                "a 키를 누르면 leaky ReLU도 꼼짝하지 않습니다. 한 번 더 누르면 다음 쪽의 "
                "sigmoid입니다.",
            ),
            options={
                "compare": "initializer=zeros,he",
                "optimizer": "sgd:lr=0.1",
                "iterations": 200,
                "eval_every": 25,
                "probe_every": 20,
            },
            pace=10,
            claims=(
                Claim(
                    Words(
                        "zeros: no weight has moved (the sum of all layers' ‖W‖)",
                        "zeros: 어떤 가중치도 움직이지 않습니다 (모든 층 ‖W‖의 합)",
                    ),
                    lambda r: sum(r.layer("zeros", index, "weight_norm") for index in LAYERS),
                    least=0,
                    most=0,
                ),
                Claim(
                    Words(
                        "zeros: the training loss stays that of guessing the class frequencies "
                        "(the difference)",
                        "zeros: 훈련 손실이 클래스 비율대로 추측할 때의 값에 머뭅니다 (그 차이)",
                    ),
                    lambda r: abs(r.score("zeros", "train_loss") - r.guessing()),
                    most=0.005,
                    form=".4f",
                ),
                Claim(
                    Words("he: the training loss falls", "he: 훈련 손실이 줄어듭니다"),
                    lambda r: r.score("he", "train_loss"),
                    most=0.5,
                    form=".2f",
                ),
            ),
        ),
        TrainingPage(
            title=Words(
                "Sigmoid: a layer is worth one unit", "sigmoid: 층 하나가 유닛 하나와 같습니다"
            ),
            see=Words(
                "With zeros the loss moves now, but stops where a network of one unit a layer "
                "would. Xavier goes on.",
                "이번에는 zeros의 손실도 움직이지만, 층마다 유닛이 하나뿐인 신경망이 멈출 곳에서 "
                "멈춥니다. Xavier는 계속 내려갑니다.",
            ),
            why=Words(
                "sigmoid(0) = 0.5, so the output layer has something to learn from. But all units "
                "of a layer get the same gradient and stay equal, until rounding tells them apart.",
                "sigmoid(0) = 0.5이므로 출력층은 배울 것이 있습니다. 하지만 한 층의 유닛은 모두 "
                "같은 기울기를 받아, 반올림 오차가 갈라놓을 때까지 서로 같습니다.",
            ),
            attempt=Words(
                "Press m to train as long again, and again: in the end rounding tells the units "
                "apart, and the loss falls on. Press 2 for the layers of zeros, large.",
                "m 키로 그만큼씩 더 학습해 보세요. 결국 반올림 오차가 유닛들을 갈라놓아 손실이 더 "
                "줄어듭니다. 2 키를 누르면 zeros의 층들이 크게 보입니다.",
            ),
            options={
                "compare": "initializer=zeros,xavier",
                "activation": "sigmoid",
                "hidden": "100x2",
                "optimizer": "adam:lr=0.01",
                "iterations": 200,
                "eval_every": 25,
                "probe_every": 25,
            },
            pace=10,
            claims=(
                Claim(
                    Words(
                        f"zeros: at iteration {EARLY} the units of a layer are equal (the most "
                        "that their weights differ by)",
                        f"zeros: {EARLY}회 반복까지 한 층의 유닛은 서로 같습니다 (가중치의 가장 "
                        "큰 차이)",
                    ),
                    lambda r: max(r.layer("zeros", i, "unit_spread", EARLY) for i in (1, 2)),
                    most=1e-4,
                    form=".1e",
                ),
                Claim(
                    Words(
                        "zeros: the training accuracy stays low",
                        "zeros: 훈련 정확도가 낮은 데서 멈춥니다",
                    ),
                    lambda r: r.score("zeros", "train_accuracy"),
                    most=0.5,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "xavier: the training accuracy rises",
                        "xavier: 훈련 정확도가 올라갑니다",
                    ),
                    lambda r: r.score("xavier", "train_accuracy"),
                    least=0.9,
                    form=".0%",
                ),
            ),
        ),
        TrainingPage(
            title=Words("Only the first layer zero", "첫 층만 0으로"),
            see=Words(
                "The lecture's program zeroes the first layer only. ReLU stands still all the "
                "same; sigmoid and tanh learn.",
                "강의의 프로그램은 첫 층만 0으로 둡니다. ReLU는 그래도 꼼짝하지 않지만 sigmoid와 "
                "tanh는 학습합니다.",
            ),
            why=Words(
                "The error comes back through random weights, unequal from unit to unit, and the "
                "units part. But ReLU's derivative at 0 is 0: nothing comes back. One layer of "
                "zeros stops ReLU, and not the others.",
                "오차가 무작위 가중치를 거쳐 유닛마다 다르게 돌아오므로 유닛들이 갈라집니다. "
                "그러나 0에서 ReLU의 미분은 0이라 아무것도 돌아오지 않습니다. 0인 층 하나로 "
                "멈추는 것은 ReLU뿐입니다.",
            ),
            attempt=Words(
                "Press 3: δ reaches ReLU's last hidden layer and no other. Press i: with all "
                "layers zero (zeros), who still moves?",
                "3 키를 누르면 δ가 ReLU의 마지막 은닉층까지만 이르는 것이 보입니다. i 키를 누르면 "
                "모든 층이 0입니다 (zeros). 누가 아직 움직이나요?",
            ),
            options={
                "compare": "activation=relu,sigmoid,tanh",
                "initializer": "zeros:first=true",
                "hidden": "100x2",
                "optimizer": "adam:lr=0.01",
                "iterations": 200,
                "eval_every": 25,
                "probe_every": 20,
            },
            pace=10,
            look={"statistic": "delta_rms"},
            claims=(
                Claim(
                    Words(
                        "relu: no gradient at any weight (the sum of all layers' ‖∂L/∂W‖)",
                        "relu: 어떤 가중치에도 기울기가 없습니다 (모든 층 ‖∂L/∂W‖의 합)",
                    ),
                    lambda r: sum(r.layer("relu", index, "gradient_norm") for index in SHALLOW),
                    least=0,
                    most=0,
                ),
                Claim(
                    Words(
                        "sigmoid and tanh learn (the lower training accuracy of both)",
                        "sigmoid와 tanh는 학습합니다 (둘 중 낮은 훈련 정확도)",
                    ),
                    lambda r: min(r.score(run, "train_accuracy") for run in ("sigmoid", "tanh")),
                    least=0.9,
                    form=".0%",
                ),
            ),
        ),
    ),
)
