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
                "sigmoid, normal:std=1: the last layer's outputs are driven to 0 and 1 (their "
                "standard deviation; all there: 0.5, evenly spread: 0.29)",
                "sigmoid, normal:std=1: 마지막 층의 출력이 0과 1로 몰립니다 (표준편차. 모두 양 "
                "끝이면 0.5, 고르면 0.29)",
            ),
            lambda r: r.layer("sigmoid normal:std=1", layers, "std"),
            least=0.4,
            form=".2f",
        ),
        Claim(
            Words(
                "sigmoid, normal:std=0.01: they gather at 0.5 (standard deviation)",
                "sigmoid, normal:std=0.01: 출력이 0.5에 몰립니다 (표준편차)",
            ),
            lambda r: r.layer("sigmoid normal:std=0.01", layers, "std"),
            most=0.03,
            form=".3f",
        ),
        Claim(
            Words(
                "xavier suits sigmoid and tanh: the last layer's outputs stay spread (the lesser "
                "standard deviation of both)",
                "xavier는 sigmoid와 tanh에 알맞습니다: 마지막 층에서도 출력이 퍼져 있습니다 (둘 "
                "중 작은 표준편차)",
            ),
            lambda r: min(r.layer(f"{a} xavier", layers, "std") for a in ("sigmoid", "tanh")),
            least=0.1,
            form=".2f",
        ),
        Claim(
            Words(
                "and none is saturated (the larger share of both)",
                "그러면서 포화되지 않습니다 (둘 중 큰 비율)",
            ),
            lambda r: max(r.layer(f"{a} xavier", layers, "saturated") for a in ("sigmoid", "tanh")),
            most=0.01,
            form=".1%",
        ),
        Claim(
            Words(
                "relu, xavier: the spread shrinks with depth (the last layer's by the first's)",
                "relu, xavier: 깊어질수록 출력의 폭이 줄어듭니다 (마지막 층 ÷ 첫 층)",
            ),
            lambda r: _ratio(r, "relu xavier", "std", layers),
            most=shrinks,
            form=".3f",
        ),
        Claim(
            Words(
                "relu, he: the spread is kept (the last layer's standard deviation by the first's)",
                "relu, he: 출력의 폭이 유지됩니다 (표준편차, 마지막 층 ÷ 첫 층)",
            ),
            lambda r: _ratio(r, "relu he", "std", layers),
            least=1 / keeps,
            most=keeps,
            form=".2f",
        ),
        Claim(
            Words(
                "relu, he: so is the mean (the last layer's by the first's)",
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
                "1,000 standard-normal inputs sent forward through five untrained layers of 100 "
                "units: the outputs of every layer, four initializers × four activations. Within "
                "a row all layers share one axis, so that a narrow spike looks narrow.",
                "표준정규분포 입력 1,000개를 학습하지 않은 100유닛짜리 다섯 층에 순전파한 각 층의 "
                "출력입니다. 초기화 네 가지 × 활성화 함수 네 가지입니다. 한 행의 층들은 축이 "
                "같아서, 좁은 봉우리는 좁게 보입니다.",
            ),
            why=Words(
                "A weighted sum of 100 outputs has 100 times the variance of the weights. N(0, 1) "
                "makes it 10 wide and drives sigmoid and tanh to their ends; 0.01 makes it a "
                "tenth, and all inputs look alike. Xavier's 1/√100 keeps tanh's spread; ReLU "
                "halves it and needs He's √2.",
                "출력 100개의 가중합은 분산이 가중치 분산의 100배입니다. N(0, 1)이면 폭이 10배가 "
                "되어 sigmoid와 tanh가 양 끝으로 몰리고, 0.01이면 10분의 1이 되어 모든 입력이 "
                "비슷해 보입니다. Xavier의 1/√100은 tanh의 폭을 유지합니다. ReLU는 절반을 "
                "없애므로 He의 √2가 필요합니다.",
            ),
            attempt=Words(
                "Press down to a run and 2 to see its layers large. Press t for numbers in place "
                "of histograms: std, then the share saturated.",
                "아래 화살표로 실행을 고르고 2 키를 누르면 그 층들이 크게 보입니다. t 키를 누르면 "
                "히스토그램 대신 수가 나옵니다. 먼저 표준편차, 다음은 포화된 비율입니다.",
            ),
            options=_options(5),
            view=3,
            claims=_claims(5, shrinks=0.4, keeps=2),
        ),
        TrainingPage(
            title=Words("Ten layers", "열 층"),
            see=Words(
                "The same through ten layers. What shrank or grew now does so twice as often: "
                "0.01 leaves nothing of ReLU's outputs, Xavier about a twentieth or less, and "
                "under N(0, 1) they are of the order of 10⁸. He alone keeps them.",
                "같은 것을 열 층에 통과시켰습니다. 줄거나 커지던 것이 이제 두 배로 되풀이됩니다. "
                "ReLU의 출력은 0.01이면 흔적도 없고, Xavier면 20분의 1쯤이나 그 이하로 줄고, N(0, "
                "1)이면 10⁸ 크기가 됩니다. He만 유지합니다.",
            ),
            why=Words(
                "A factor a layer is a power of the depth: 0.71⁹ is 0.04. He makes that factor 1, "
                "on average: with 100 units a layer it strays, so that after ten layers the "
                "spread may well be half or double. A wider layer strays less.",
                "층마다의 배율은 깊이만큼 거듭제곱됩니다. 0.71⁹은 0.04입니다. He는 그 배율을 평균 "
                "1로 만듭니다. 층의 유닛이 100개면 조금씩 벗어나서 열 층 뒤에는 폭이 절반이나 두 "
                "배가 될 수도 있습니다. 층이 넓을수록 덜 벗어납니다.",
            ),
            attempt=Words(
                "Press R for another seed: how far does He stray? Press h and make the layers 400 "
                "wide: how far now?",
                "R 키로 시드를 바꿔 보세요. He가 얼마나 벗어나나요? h 키로 층의 폭을 400으로 늘려 "
                "보세요. 이제는 얼마나 벗어나나요?",
            ),
            options=_options(10),
            view=3,
            claims=_claims(10, shrinks=0.1, keeps=3),
        ),
    ),
)
