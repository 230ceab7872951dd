"""Lesson 5: what initializers make of the outputs, layer after layer."""

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Lesson, TrainingPage
from tui_optim.lessons.results import Results


def _ratio(results: Results, run: str, statistic: str, layers: int) -> float:
    """A statistic of the outputs at the last hidden layer, by that at the first."""
    return results.layer(run, layers, statistic) / results.layer(run, 1, statistic)


def _options(layers: int) -> dict[str, object]:
    """Forward only: one iteration, whose update is nothing."""
    return {
        "data": "gaussian",
        "hidden": f"100x{layers}",
        "compare": [
            "activation=sigmoid,tanh,relu,leaky_relu",
            "initializer=normal:std=1,normal:std=0.01,xavier,he",
        ],
        "optimizer": "sgd:lr=1e-30",
        "batch_size": 1000,
        "iterations": 1,
        "eval_every": 0,
    }


def _claims(layers: int, shrinks: float, keeps: float) -> tuple[Claim[Results], ...]:
    """What the lecture says of so many layers.

    Args:
        layers: how many hidden ones there are.
        shrinks: what is left of the spread under Xavier and ReLU at most; (1/√2)^(layers - 1) is
            expected.
        keeps: the factor within which He and ReLU keep mean and spread; 1 is expected, but a
            layer of only 100 units strays from it.
    """
    return (
        Claim(
            Words(
                "sigmoid, normal:std=1: the outputs go to 0 and 1 (std at the last layer; at most "
                "0.5)",
                "sigmoid, normal:std=1: 출력이 0과 1로 몰립니다 (마지막 층의 표준편차, 최대 0.5)",
            ),
            lambda r: r.layer("sigmoid normal:std=1", layers, "std"),
            least=0.4,
            form=".2f",
        ),
        Claim(
            Words(
                "sigmoid, normal:std=0.01: they gather at 0.5 (std)",
                "sigmoid, normal:std=0.01: 출력이 0.5에 모입니다 (표준편차)",
            ),
            lambda r: r.layer("sigmoid normal:std=0.01", layers, "std"),
            most=0.03,
            form=".3f",
        ),
        Claim(
            Words(
                "xavier suits sigmoid and tanh: spread out (the lesser std)",
                "xavier는 sigmoid와 tanh에 알맞습니다: 출력이 퍼져 있습니다 (작은 쪽 표준편차)",
            ),
            lambda r: min(r.layer(f"{a} xavier", layers, "std") for a in ("sigmoid", "tanh")),
            least=0.1,
            form=".2f",
        ),
        Claim(
            Words(
                "… and not saturated (the larger share)",
                "… 그리고 포화되지 않습니다 (큰 쪽 비율)",
            ),
            lambda r: max(r.layer(f"{a} xavier", layers, "saturated") for a in ("sigmoid", "tanh")),
            most=0.01,
            form=".1%",
        ),
        Claim(
            Words(
                "relu, xavier: the outputs shrink with depth (std, last layer ÷ first)",
                "relu, xavier: 깊어질수록 출력이 줄어듭니다 (표준편차, 마지막 층 ÷ 첫 층)",
            ),
            lambda r: _ratio(r, "relu xavier", "std", layers),
            most=shrinks,
            form=".3f",
        ),
        Claim(
            Words(
                "relu, he: the spread is kept (std, last layer ÷ first)",
                "relu, he: 폭이 유지됩니다 (표준편차, 마지막 층 ÷ 첫 층)",
            ),
            lambda r: _ratio(r, "relu he", "std", layers),
            least=1 / keeps,
            most=keeps,
            form=".2f",
        ),
        Claim(
            Words(
                "relu, he: so is the mean (last layer ÷ first)",
                "relu, he: 평균도 유지됩니다 (마지막 층 ÷ 첫 층)",
            ),
            lambda r: _ratio(r, "relu he", "mean", layers),
            least=1 / keeps,
            most=keeps,
            form=".2f",
        ),
    )


LESSON = Lesson(
    name="init-distributions",
    title=Words("Initializers and the layers' outputs", "가중치 초기화와 층의 출력 분포"),
    pages=(
        TrainingPage(
            title=Words("Five layers", "다섯 층"),
            see=Words(
                "The outputs of five untrained layers for 1,000 standard-normal inputs: four "
                "activations × four initializers. All layers of a row share one axis, so a narrow "
                "spike looks narrow.",
                "표준정규분포 입력 1,000개에 대한, 학습하지 않은 다섯 층의 출력입니다. 활성화 "
                "함수 네 가지 × 초기화 네 가지를 봅니다. 한 행의 층들은 축이 같아서 "
                "좁은 봉우리는 좁게 보입니다.",
            ),
            why=Words(
                "A weighted sum of 100 outputs is 10 times as wide as its weights. N(0, 1) drives "
                "it to the ends, 0.01 gathers it at one value. Xavier's 1/√100 keeps it; ReLU, "
                "which cuts off half, needs He's √2 more.",
                "출력 100개의 가중합은 가중치보다 10배 넓습니다. N(0, 1)은 출력을 양 끝으로 몰고, "
                "0.01은 한 값에 모읍니다. Xavier의 1/√100은 폭을 유지하고, 절반을 잘라 내는 "
                "ReLU에는 He의 √2배가 필요합니다.",
            ),
            attempt=Words(
                "Press down to choose a run, and 2 to see its layers large. In view 3, t shows "
                "numbers instead of histograms.",
                "아래 화살표로 실행을 고르고 2 키로 그 층들을 크게 보세요. 3 키로 돌아와 t 키를 "
                "누르면 히스토그램 대신 수가 나옵니다.",
            ),
            options=_options(5),
            view=3,
            claims=_claims(5, shrinks=0.4, keeps=2),
        ),
        TrainingPage(
            title=Words("Ten layers", "열 층"),
            see=Words(
                "Twice as deep. 0.01 leaves nothing of ReLU's outputs, Xavier about a twentieth "
                "or less, and N(0, 1) makes them of the order of 10⁸. He alone keeps them.",
                "두 배 깊은 신경망입니다. ReLU의 출력은 0.01이면 흔적도 없고, Xavier면 20분의 "
                "1쯤이나 그 이하로 줄고, N(0, 1)이면 10⁸ 크기가 됩니다. He만 유지합니다.",
            ),
            why=Words(
                "A factor a layer becomes a power of the depth: 0.71⁹ = 0.04. He's factor is 1 on "
                "average. Layers of only 100 units stray from it: after ten the spread may have "
                "halved or doubled.",
                "층마다의 배율은 깊이만큼 거듭제곱됩니다: 0.71⁹ = 0.04. He의 배율은 평균 1입니다. "
                "100유닛짜리 층은 거기서 조금씩 벗어나 열 층 뒤에는 폭이 절반이나 두 배가 되기도 "
                "합니다.",
            ),
            attempt=Words(
                "Press R for other seeds: how far does He stray? Press h and widen the layers to "
                "200: how far now?",
                "R 키로 시드를 바꿔 보세요. He가 얼마나 벗어나나요? h 키로 층의 폭을 200으로 늘려 "
                "보세요. 이제는 얼마나 벗어나나요?",
            ),
            options=_options(10),
            view=3,
            claims=_claims(10, shrinks=0.1, keeps=3),
        ),
    ),
)
