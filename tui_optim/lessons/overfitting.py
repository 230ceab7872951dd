"""Lesson 12: few examples learned by heart, and what weight decay and dropout do about it."""

from collections.abc import Callable

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

NONE = "weight-decay=0 dropout=0"
DECAY = "weight-decay=0.01 dropout=0"
DROPOUT = "weight-decay=0 dropout=0.2"

FEW = {"train_size": 300, "batch_size": 100, "optimizer": "adam", "compare": (), "eval_every": 25}


def _loss_gap(results: Results, run: str) -> float:
    """The test loss less the training loss."""
    return results.score(run, "loss") - results.score(run, "train_loss")


def _narrower(run: str) -> Callable[[Results], float]:
    """A run's gap of losses by that without a remedy."""
    return lambda results: _loss_gap(results, run) / _loss_gap(results, NONE)


def _better(run: str) -> Callable[[Results], float]:
    """A run's test accuracy less that without a remedy, in percentage points."""
    return lambda results: 100 * (results.score(run) - results.score(NONE))


BY_HEART = TrainingPage(
    title=Words("300 images by heart", "그림 300장 외우기"),
    see=Words(
        "A network of 37,810 weights and 300 training images: it soon has all of them right, and "
        "its training loss goes to 0. On images that it has not seen some 7 % are wrong, and the "
        "test loss stays where it is, or rises.",
        "가중치가 37,810개인 신경망에 훈련 데이터는 300장뿐입니다. 곧 300장을 모두 맞히고 훈련 "
        "손실은 0으로 갑니다. 보지 못한 그림은 7 %쯤 틀리고, 시험 손실은 제자리이거나 오릅니다.",
    ),
    why=Words(
        "There are many ways to fit 300 images, and most of them say little about others. "
        "Training goes on making the network surer, of its errors, too.",
        "300장에 맞추는 방법은 많고, 그 대부분은 다른 그림에 대해 별로 말해 주지 않습니다. "
        "학습할수록 신경망은 더 확신하게 되고, 틀린 답도 더 확신합니다.",
    ),
    attempt=Words(
        "More data is the best remedy: take all the training images (key d). MNIST, if you have "
        "it, overfits more: of 300 images, about 15 % wrong.",
        "가장 좋은 처방은 더 많은 데이터입니다. 훈련 데이터를 모두 써 보세요 (d 키). MNIST가 "
        "있으면 과적합이 더 심합니다. 300장으로 배우면 15 %쯤 틀립니다.",
    ),
    options={**FEW, "iterations": 400},
    pace=40,
    claims=(
        Claim(
            Words("All training images are right", "훈련 데이터를 모두 맞힙니다"),
            lambda results: results.score("adam", "train_accuracy"),
            least=0.995,
            form=".1%",
        ),
        Claim(
            Words(
                "Test accuracy is lower (percentage points)",
                "시험 정확도는 그보다 낮습니다 (%p)",
            ),
            lambda results: 100 * (results.score("adam", "train_accuracy") - results.score("adam")),
            least=3,
            form=".1f",
        ),
        Claim(
            Words(
                "The test loss is far higher (÷ training loss)",
                "시험 손실은 훨씬 큽니다 (÷ 훈련 손실)",
            ),
            lambda results: results.score("adam", "loss") / results.score("adam", "train_loss"),
            least=50,
            form=".0f",
        ),
    ),
)

REMEDIES = TrainingPage(
    title=Words("Weight decay and dropout", "가중치 감소와 드롭아웃"),
    see=Words(
        "Both narrow the gap between training and test loss. Dropout of 0.2 also raises the test "
        "accuracy: over ten seeds from 93.6 to 95.0 %. Weight decay of 0.01 does not (93.5 %): "
        "here it narrows the gap mostly by raising the training loss.",
        "둘 다 훈련 손실과 시험 손실의 차이를 줄입니다. 드롭아웃 0.2는 시험 정확도도 올립니다 "
        "(시드 10개 평균 93.6 %에서 95.0 %로). 가중치 감소 0.01은 올리지 못합니다 (93.5 %). "
        "여기서는 주로 훈련 손실을 높여서 차이를 줄입니다.",
    ),
    why=Words(
        "Weight decay keeps weights small, so that the network cannot be so sure. Dropout leaves "
        "out a fifth of the units, others each time, so that none can rely on a single other.",
        "가중치 감소는 가중치를 작게 묶어 지나친 확신을 막습니다. 드롭아웃은 매번 다른 유닛을 "
        "5분의 1씩 빼서, 어느 유닛도 다른 하나에만 기대지 못하게 합니다.",
    ),
    attempt=Words(
        "Compare stronger ones (key c): dropout=0.5 is too much for layers of 100 units: the "
        "training images are not all right any more, and the test accuracy falls.",
        "더 센 것과 비교해 보세요 (c 키). 유닛이 100개인 층에 dropout=0.5는 지나칩니다. 훈련 "
        "데이터도 다 맞히지 못하고 시험 정확도도 떨어집니다.",
    ),
    options={
        **FEW,
        "compare": ["weight-decay=0,0.01", "dropout=0,0.2"],
        "iterations": 400,
    },
    pace=25,
    claims=(
        Claim(
            Words(
                "Weight decay narrows the gap of losses (with ÷ without)",
                "가중치 감소는 손실 차이를 줄입니다 (있을 때 ÷ 없을 때)",
            ),
            _narrower(DECAY),
            most=1,
            form=".2f",
        ),
        Claim(
            Words("So does dropout", "드롭아웃도 줄입니다"),
            _narrower(DROPOUT),
            most=1,
            form=".2f",
        ),
        Claim(
            Words(
                "Dropout raises the test accuracy, or keeps it (percentage points)",
                "드롭아웃은 시험 정확도를 올리거나 지킵니다 (%p)",
            ),
            _better(DROPOUT),
            least=0,
            form="+.1f",
        ),
        Claim(
            Words("So does weight decay", "가중치 감소도 그렇습니다"),
            _better(DECAY),
            least=0,
            form="+.1f",
            expected=None,
        ),
    ),
)

LESSON = Lesson(
    "overfitting", Words("Overfitting and its remedies", "과적합과 그 처방"), (BY_HEART, REMEDIES)
)
