"""Lesson 9: the race of the optimizers."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

FASTER = ("momentum", "adagrad", "rmsprop", "adam")


def _loss(results: Results, run: str, iteration: float | None = None) -> float:
    """The training loss, smoothed: RMSProp's jumps now and then."""
    return results.loss(run, iteration, "ema0.9")


LESSON = Lesson(
    name="optimizers",
    title=Words("A race of optimizers", "옵티마이저의 경주"),
    pages=(
        TrainingPage(
            title=Words("Six optimizers, one network", "신경망 하나, 옵티마이저 여섯"),
            see=Words(
                "The lecture's figure: smoothed losses from 0 to 1. Of the five that step at "
                "every minibatch SGD is the last; GD, one step an epoch, has hardly begun.",
                "강의의 그림: 0에서 1까지의 평활화한 손실입니다. 미니배치마다 내딛는 다섯 중 "
                "SGD가 꼴찌이고, 에폭마다 한 번 내딛는 GD는 이제 막 출발했습니다.",
            ),
            why=Words(
                "Momentum adds up steps of one direction; AdaGrad and RMSProp give each weight a "
                "step size of its own; Adam does both. AdaGrad's steps are longest at first: it "
                "leads early and is caught up with.",
                "Momentum은 같은 방향의 걸음을 쌓고, AdaGrad와 RMSProp은 가중치마다 걸음 크기를 "
                "달리하고, Adam은 둘 다 합니다. AdaGrad는 처음 걸음이 가장 커서 초반에 앞서다가 "
                "따라잡힙니다.",
            ),
            attempt=Words(
                "Press ] a few times while it trains: sgd's rate doubles. Does it catch up? Press "
                "y for the logarithmic axis: who is lowest?",
                "학습하는 동안 ] 키를 몇 번 눌러 sgd의 학습률을 두 배씩 올려 보세요. 따라잡나요? "
                "y 키로 로그 축을 보면 누가 가장 낮은가요?",
            ),
            options={"iterations": 300, "eval_every": 50},
            mnist={"iterations": 2000, "eval_every": 250},
            pace=15,
            selected="sgd",
            look={"log_y": False, "top": 1, "smoothing": "kaiser"},
            claims=(
                Claim(
                    Words(
                        "SGD is slower than Momentum, AdaGrad, RMSProp and Adam (smoothed "
                        "loss, SGD ÷ the largest of theirs)",
                        "SGD는 Momentum, AdaGrad, RMSProp, Adam보다 느립니다 (평활화한 손실의 비, "
                        "SGD ÷ 넷 중 가장 큰 것)",
                    ),
                    lambda r: _loss(r, "sgd") / max(_loss(r, run) for run in FASTER),
                    least=1,
                    form=".1f",
                ),
                Claim(
                    Words(
                        "GD is the slowest (loss, GD ÷ SGD)",
                        "GD가 가장 느립니다 (손실의 비, GD ÷ SGD)",
                    ),
                    lambda r: _loss(r, "gd") / _loss(r, "sgd"),
                    least=1,
                    form=".1f",
                ),
                Claim(
                    Words(
                        "AdaGrad leads at iteration 100 (loss, the least of the others ÷ AdaGrad)",
                        "100회 반복에서는 AdaGrad가 앞섭니다 (손실의 비, 나머지 중 가장 작은 것 ÷ "
                        "AdaGrad)",
                    ),
                    lambda r: (
                        min(_loss(r, run, 100) for run in FASTER if run != "adagrad")
                        / _loss(r, "adagrad", 100)
                    ),
                    least=1,
                    form=".1f",
                ),
            ),
        ),
    ),
)
