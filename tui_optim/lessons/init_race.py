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
                "Xavier after a while; with a standard deviation of 0.01 the loss stays at 2.30, "
                "that of guessing.",
                "처음 가중치만 다른 세 신경망입니다. He는 곧바로, Xavier는 조금 뒤에 출발합니다. "
                "표준편차가 0.01이면 손실이 추측할 때의 값인 2.30에 머뭅니다.",
            ),
            why=Words(
                "With 0.01 every layer shrinks the signal some fourteenfold forward, and the "
                "gradient as much backward: nothing arrives at either end. Xavier loses √2 a "
                "layer under ReLU, He nothing. What starts with a gradient as large at the first "
                "layer as at the last can use it at once.",
                "0.01이면 층마다 신호가 앞으로는 14분의 1쯤으로 줄고 기울기도 뒤로 그만큼 줄어서 "
                "양쪽 끝에 아무것도 이르지 못합니다. ReLU에서 Xavier는 층마다 √2분의 1로 줄고 "
                "He는 줄지 않습니다. 첫 층과 마지막 층의 기울기가 같은 크기로 시작해야 곧바로 "
                "배울 수 있습니다.",
            ),
            attempt=Words(
                "Press 2 and walk through the runs with the arrow keys: whose outputs reach the "
                "last layer? Press a twice for sigmoid: who wins there?",
                "2 키를 누르고 화살표로 실행을 옮겨 다녀 보세요. 마지막 층까지 출력이 이르는 것은 "
                "누구인가요? a 키를 두 번 누르면 sigmoid입니다. 거기서는 누가 이기나요?",
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
                        "he is ahead of xavier (its training loss by xavier's)",
                        "he가 xavier보다 앞섭니다 (훈련 손실의 비, he ÷ xavier)",
                    ),
                    lambda r: r.score("he", "train_loss") / r.score("xavier", "train_loss"),
                    most=1,
                    form=".2f",
                ),
                Claim(
                    Words(
                        "xavier is ahead of normal:std=0.01 (its training loss by the other's)",
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
