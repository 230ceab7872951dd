"""Lesson 3: ReLU units that never fire again."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results

HIDDEN = (1, 2, 3, 4)
SETTLED = (50, 100, 150, 200)
OPTIONS = {"hidden": "100x4", "iterations": 200, "eval_every": 50, "probe_every": 10}


def _dead(results: Results, run: str, iteration: float | None = None) -> float:
    """The share of all hidden units that are off for the whole minibatch."""
    shares = [results.layer(run, index, "dead", iteration) for index in HIDDEN]
    return sum(shares) / len(shares)


def _ahead(results: Results, run: str, other: str) -> float:
    """A run's training accuracy less another's, in percentage points."""
    first, second = (results.score(each, "train_accuracy") for each in (run, other))
    return 100 * (first - second)


LESSON = Lesson(
    name="dead-relu",
    title=Words("Dead ReLU", "죽은 ReLU"),
    pages=(
        TrainingPage(
            title=Words("Off for good", "영영 꺼진 유닛"),
            see=Words(
                "The share of units that are off for every image of the minibatch. At 0.1, Adam's "
                "first steps switch off nine of ten, and they stay off; at 0.001, few.",
                "미니배치의 모든 이미지에 대해 꺼져 있는 유닛의 비율입니다. 학습률 0.1에서는 "
                "Adam의 처음 몇 걸음이 열 중 아홉을 끄고, 그대로 꺼져 있습니다. 0.001에서는 "
                "적습니다.",
            ),
            why=Words(
                "Too long a step pushes a unit's weighted sum below 0 for every image. ReLU's "
                "derivative is 0 there, so no gradient reaches its weights, and they move no more.",
                "걸음이 너무 크면 유닛의 가중합이 모든 이미지에 대해 0 아래로 밀려납니다. 거기서 "
                "ReLU의 미분은 0이라 가중치에 기울기가 오지 않고, 가중치는 더 움직이지 않습니다.",
            ),
            attempt=Words(
                "Press { a few times while it trains: lower rates wake nobody now. Press R: is it "
                "so under other seeds?",
                "학습하는 동안 { 키를 몇 번 눌러 학습률을 낮춰 보세요. 이제는 아무도 깨어나지 "
                "않습니다. R 키로 다른 시드에서도 그런지 보세요.",
            ),
            options={**OPTIONS, "optimizer": "adam", "compare": "lr=0.001,0.01,0.1"},
            pace=10,
            view=3,
            look={"statistic": "dead"},
            claims=(
                Claim(
                    Words(
                        "lr=0.1: most hidden units are dead at the end",
                        "lr=0.1: 마지막에 은닉 유닛 대부분이 죽어 있습니다",
                    ),
                    lambda r: _dead(r, "lr=0.1"),
                    least=0.8,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "lr=0.1: and were so all the while from iteration 50 on (the least share)",
                        "lr=0.1: 50회 반복부터 내내 그랬습니다 (가장 작은 비율)",
                    ),
                    lambda r: min(_dead(r, "lr=0.1", iteration) for iteration in SETTLED),
                    least=0.8,
                    form=".0%",
                ),
                Claim(
                    Words("lr=0.001: few are dead", "lr=0.001: 죽은 유닛이 적습니다"),
                    lambda r: _dead(r, "lr=0.001"),
                    most=0.2,
                    form=".0%",
                ),
            ),
        ),
        TrainingPage(
            title=Words("Leaky ReLU stays alive", "leaky ReLU는 살아 있습니다"),
            see=Words(
                "The same rate, 0.1: ReLU loses nine units of ten, leaky ReLU none. The rate is "
                "too large all the same: which of the two learns more is up to chance.",
                "같은 학습률 0.1에서 ReLU는 유닛 열 중 아홉을 잃고 leaky ReLU는 하나도 잃지 "
                "않습니다. 그래도 너무 큰 학습률이라, 어느 쪽이 더 배우는지는 우연에 달려 "
                "있습니다.",
            ),
            why=Words(
                "Below 0 leaky ReLU's derivative is 0.01 instead of 0. A hundredth of the "
                "gradient still passes, and can bring back a unit that was pushed too far.",
                "leaky ReLU의 미분은 0 아래에서 0이 아니라 0.01입니다. 기울기의 100분의 1이 "
                "여전히 지나가서 멀리 밀려난 유닛도 돌아올 수 있습니다.",
            ),
            attempt=Words(
                "Press 1 for the losses and R for other seeds: who is ahead? Press m to train as "
                "long again: who goes on learning?",
                "1 키로 손실을, R 키로 다른 시드를 보세요. 누가 앞서나요? m 키로 그만큼 더 "
                "학습하면 누가 계속 배우나요?",
            ),
            options={
                **OPTIONS,
                "optimizer": "adam:lr=0.1",
                "compare": "activation=relu,leaky_relu",
            },
            pace=10,
            view=3,
            look={"statistic": "dead"},
            claims=(
                Claim(
                    Words(
                        "relu: most hidden units are dead", "relu: 은닉 유닛 대부분이 죽어 있습니다"
                    ),
                    lambda r: _dead(r, "relu"),
                    least=0.8,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "leaky_relu: no unit is cut off from its gradient",
                        "leaky_relu: 기울기가 끊긴 유닛이 없습니다",
                    ),
                    lambda r: _dead(r, "leaky_relu"),
                    least=0,
                    most=0,
                    form=".0%",
                ),
                Claim(
                    Words(
                        "leaky_relu learns more at this rate (training accuracy, less relu's, in "
                        "percentage points): chance decides",
                        "leaky_relu가 이 학습률에서 더 잘 배웁니다 (훈련 정확도의 차, %p): 우연에 "
                        "달려 있습니다",
                    ),
                    lambda r: _ahead(r, "leaky_relu", "relu"),
                    least=0,
                    form="+.0f",
                    expected=None,
                ),
            ),
        ),
    ),
)
