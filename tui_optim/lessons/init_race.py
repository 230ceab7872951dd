"""Lesson 6: three initializers, one race."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage

LESSON = Lesson(
    name="init-race",
    title=Words("A race of initializers", "초기화 방법의 경주"),
    pages=(
        TrainingPage(
            title=Words("N(0, 0.01), Xavier, He under ReLU", "ReLU에서 N(0, 0.01), Xavier, He"),
            see=Words(
                "Three networks that differ in their initial weights alone. He is off at once, "
                "Xavier later; under N(0, 0.01) the loss stays at 2.30, that of guessing.",
                "초기 가중치만 다른 세 신경망입니다. He는 곧바로, Xavier는 나중에 출발하고, N(0, "
                "0.01)의 손실은 추측할 때의 2.30에 머뭅니다.",
            ),
            why=Words(
                "With 0.01 each layer shrinks the signal some fourteenfold on its way forward, "
                "and the gradient on its way back. Xavier loses √2 a layer under ReLU, He nothing.",
                "0.01이면 층마다 신호는 앞으로, 기울기는 뒤로 가면서 14분의 1쯤으로 줄어듭니다. "
                "ReLU에서 Xavier는 층마다 √2분의 1로 줄고 He는 줄지 않습니다.",
            ),
            attempt=Words(
                "Press 3: whose outputs reach the last layer? Press a twice for sigmoid: does "
                "anyone start there?",
                "3 키를 누르세요. 누구의 출력이 마지막 층까지 이르나요? a 키를 두 번 누르면 "
                "sigmoid입니다. 거기서는 누가 출발하나요?",
            ),
            options={
                "compare": "initializer=normal:std=0.01,xavier,he",
                "activation": "relu",
                "optimizer": "sgd",
                "iterations": 400,
                "eval_every": 50,
            },
            mnist={"iterations": 2000, "eval_every": 250},
            pace=20,
            claims=(
                Claim(
                    Words(
                        "normal:std=0.01: the training loss stays that of guessing, 2.30",
                        "normal:std=0.01: 훈련 손실이 추측할 때의 값인 2.30에 머뭅니다",
                    ),
                    lambda r: r.score("normal:std=0.01", "train_loss"),
                    least=2.25,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "he is ahead of xavier (training loss, he ÷ xavier)",
                        "he가 xavier보다 앞섭니다 (훈련 손실의 비, he ÷ xavier)",
                    ),
                    lambda r: r.score("he", "train_loss") / r.score("xavier", "train_loss"),
                    most=1,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "xavier is ahead of normal:std=0.01 (training loss, xavier ÷ the other)",
                        "xavier가 normal:std=0.01보다 앞섭니다 (훈련 손실의 비)",
                    ),
                    lambda r: (
                        r.score("xavier", "train_loss") / r.score("normal:std=0.01", "train_loss")
                    ),
                    most=1,
                    form=".2f",
                ),
            ),
        ),
    ),
)
