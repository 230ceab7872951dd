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
                "The lecture's figure: four hidden layers of 100, batches of 128, equal initial "
                "weights, smoothed losses from 0 to 1. SGD is the last of the five that step at "
                "every minibatch; GD, which steps once an epoch, has hardly begun.",
                "강의의 그림입니다. 100유닛짜리 은닉층 넷, 배치 128, 같은 처음 가중치, 0에서 "
                "1까지의 평활화한 손실. 미니배치마다 내딛는 다섯 중 SGD가 꼴찌입니다. 에폭마다 한 "
                "번 내딛는 GD는 이제 막 출발했습니다.",
            ),
            why=Words(
                "Momentum adds up steps of one direction. AdaGrad and RMSProp give every weight a "
                "step size of its own, by the size of its gradients; Adam does both. AdaGrad's "
                "steps are longest at first and shrink ever after: it leads early and is caught "
                "up with.",
                "Momentum은 같은 방향의 걸음을 쌓아 올립니다. AdaGrad와 RMSProp은 기울기의 크기에 "
                "따라 가중치마다 다른 걸음을 줍니다. Adam은 둘 다 합니다. AdaGrad는 처음 걸음이 "
                "가장 크고 점점 작아지므로 초반에 앞서다가 따라잡힙니다.",
            ),
            attempt=Words(
                "Press ] a few times on sgd: how far is it a matter of the learning rate? Press s "
                "for the raw losses, y for the logarithmic axis: who is lowest?",
                "sgd를 골라 ] 키를 몇 번 눌러 보세요. 학습률만의 문제일까요? s 키로 평활화하지 "
                "않은 손실을, y 키로 로그 축을 보세요. 누가 가장 낮은가요?",
            ),
            options={"iterations": 300, "eval_every": 50},
            mnist={"iterations": 2000, "eval_every": 250},
            pace=15,
            look={"log_y": False, "smoothing": "kaiser"},
            claims=(
                Claim(
                    Words(
                        "SGD is slower than Momentum, AdaGrad, RMSProp and Adam (its smoothed "
                        "loss by the largest of theirs)",
                        "SGD는 Momentum, AdaGrad, RMSProp, Adam보다 느립니다 (평활화한 손실의 비, "
                        "SGD ÷ 넷 중 가장 큰 것)",
                    ),
                    lambda r: _loss(r, "sgd") / max(_loss(r, run) for run in FASTER),
                    least=1,
                    form=".1f",
                ),
                Claim(
                    Words(
                        "GD is the slowest (its loss by SGD's)",
                        "GD가 가장 느립니다 (손실의 비, GD ÷ SGD)",
                    ),
                    lambda r: _loss(r, "gd") / _loss(r, "sgd"),
                    least=1,
                    form=".1f",
                ),
                Claim(
                    Words(
                        "AdaGrad leads at iteration 100 (the least loss of the others by its)",
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
