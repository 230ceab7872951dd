"""Lesson 15: what is seen, why, what helps, who found it and when."""

from tui_optim.language import Words
from tui_optim.lessons import FOR_FINDING
from tui_optim.lessons.lesson import Lesson, Row, TablePage
from tui_optim.training.wording import WORDS


def _name(kind: str) -> Words:
    """What the diagnosis calls a kind of finding."""
    return Words(WORDS[kind]["en"].name, WORDS[kind]["ko"].name)


def _finding(kind: str, cause: Words, remedy: Words, source: Words) -> Row:
    return Row(_name(kind), cause, remedy, source, FOR_FINDING[kind])


def _cited(authors: str, year: str) -> Words:
    return Words(f"{authors} {year}", f"{authors.replace(' and ', ', ')} {year}")


FINDINGS = (
    _finding(
        "symmetric-units",
        Words("equal weights, such as all zero", "모두 0처럼 서로 같은 가중치"),
        Words("random weights: Xavier, He", "무작위 가중치: Xavier, He"),
        _cited("Rumelhart, Hinton and Williams", "1986"),
    ),
    _finding(
        "vanishing-gradient",
        Words(
            "sigmoid passes a quarter at most, layer by layer", "sigmoid는 층마다 최대 1/4만 흘림"
        ),
        Words("ReLU with He; batch normalization", "ReLU와 He; 배치 정규화"),
        Words(
            "Hochreiter 1991; Nair and Hinton 2010; Glorot, Bordes and Bengio 2011; He et al. 2015",
            "Hochreiter 1991; Nair, Hinton 2010; Glorot, Bordes, Bengio 2011; He 외 2015",
        ),
    ),
    _finding(
        "exploding-gradient",
        Words("large weights multiply it, layer by layer", "큰 가중치가 층마다 기울기를 키움"),
        Words("smaller weights: Xavier, He", "더 작은 가중치: Xavier, He"),
        _cited("Bengio, Simard and Frasconi", "1994"),
    ),
    _finding(
        "saturated-units",
        Words(
            "weights too large: sigmoid, tanh are flat there",
            "너무 큰 가중치: sigmoid, tanh의 평평한 곳",
        ),
        Words("Xavier", "Xavier"),
        _cited("Glorot and Bengio", "2010"),
    ),
    _finding(
        "collapsed-outputs",
        Words(
            "weights too small: outputs shrink, layer by layer",
            "너무 작은 가중치: 출력이 층마다 줄어듦",
        ),
        Words("Xavier for sigmoid and tanh, He for ReLU", "sigmoid와 tanh는 Xavier, ReLU는 He"),
        Words("Glorot and Bengio 2010; He et al. 2015", "Glorot, Bengio 2010; He 외 2015"),
    ),
    _finding(
        "dead-units",
        Words("one long step, and ReLU is off for all examples", "큰 갱신 한 번에 ReLU가 늘 꺼짐"),
        Words("a lower rate; leaky ReLU", "더 낮은 학습률; leaky ReLU"),
        _cited("Maas, Hannun and Ng", "2013"),
    ),
    _finding(
        "oscillating",
        Words(
            "steps across the valley: the rate is too high", "골짜기를 건너는 걸음: 너무 큰 학습률"
        ),
        Words("halve the rate", "학습률을 절반으로"),
        _cited("Robbins and Monro", "1951"),
    ),
    _finding(
        "diverged",
        Words("each step is longer than the last", "걸음이 갈수록 커짐"),
        Words("a much lower rate", "훨씬 낮은 학습률"),
        Words("LeCun et al. 1998", "LeCun 외 1998"),
    ),
    _finding(
        "stalled",
        Words("steps too short: the rate is too low", "너무 작은 걸음: 너무 작은 학습률"),
        Words("double the rate; Momentum; Adam", "학습률을 두 배로; Momentum; Adam"),
        Words("Polyak 1964; Kingma and Ba 2015", "Polyak 1964; Kingma, Ba 2015"),
    ),
    _finding(
        "overfitting",
        Words("few examples for many weights", "가중치에 비해 적은 데이터"),
        Words(
            "more data; stop earlier; dropout; weight decay",
            "더 많은 데이터; 조기 종료; 드롭아웃; 가중치 감소",
        ),
        Words("Hinton et al. 2012; Srivastava et al. 2014", "Hinton 외 2012; Srivastava 외 2014"),
    ),
)

OTHERS = (
    Row(
        Words("zigzag in a long valley", "긴 골짜기에서 지그재그"),
        Words("the slope points across it", "기울기가 골짜기를 가로지름"),
        Words("Momentum; a rate for each direction", "Momentum; 방향마다 다른 학습률"),
        Words("Polyak 1964; Duchi et al. 2011", "Polyak 1964; Duchi 외 2011"),
        "landscape",
    ),
    Row(
        Words("AdaGrad slows down", "느려지는 AdaGrad"),
        Words("its sum of squares only grows", "제곱의 합이 커지기만 함"),
        Words("an average that forgets: RMSProp, Adam", "오래된 값을 잊는 평균: RMSProp, Adam"),
        Words(
            "Tieleman and Hinton 2012; Kingma and Ba 2015", "Tieleman, Hinton 2012; Kingma, Ba 2015"
        ),
        "adagrad-stalls",
    ),
    Row(
        Words("hours for a single step", "한 걸음에 몇 시간"),
        Words("the gradient is over all the data", "데이터 전체의 기울기를 구함"),
        Words("minibatches: SGD", "미니배치: SGD"),
        _cited("Robbins and Monro", "1951"),
        "gd-vs-sgd",
    ),
    Row(
        Words("learns only with the right initializer", "초기화에 크게 좌우되는 학습"),
        Words("the spread of the outputs drifts, layer by layer", "출력의 분포가 층마다 달라짐"),
        Words("batch normalization", "배치 정규화"),
        _cited("Ioffe and Szegedy", "2015"),
        "batch-norm",
    ),
    Row(
        Words("the loss stops at 0.80", "0.80에서 멈추는 손실"),
        Words("tanh in front of the softmax", "소프트맥스 앞의 tanh"),
        Words("compare accuracies, or leave it out", "정확도로 비교하거나 tanh를 뺌"),
        Words("lesson 14", "14번 수업"),
        "output-tanh",
    ),
)

HISTORY = (
    Row(
        Words("hidden layers cannot be taught", "은닉층을 가르칠 수 없음"),
        Words(
            "no rule says what a hidden unit is to do", "은닉 유닛이 할 일을 정해 주는 규칙이 없음"
        ),
        Words("backpropagation", "역전파"),
        _cited("Rumelhart, Hinton and Williams", "1986"),
        "activations",
    ),
    Row(
        Words("deep networks do not learn, 1986–2006", "깊은 신경망은 배우지 못함, 1986–2006"),
        Words("the gradient does not reach the first layers", "기울기가 앞쪽 층에 닿지 않음"),
        Words("deep belief nets: layer by layer at first", "심층 신뢰 신경망: 먼저 한 층씩 학습"),
        _cited("Hinton, Osindero and Teh", "2006"),
        "vanishing-gradient",
    ),
    Row(
        Words("Hinton's finding 1", "Hinton의 첫째 결론"),
        Words("the labelled data sets were too small", "레이블이 있는 데이터가 너무 적었음"),
        Words("larger ones: ImageNet; dropout", "더 큰 데이터: ImageNet; 드롭아웃"),
        Words(
            "Deng et al. 2009; Srivastava et al. 2014",
            "Deng 외 2009; Srivastava 외 2014",
        ),
        "overfitting",
    ),
    Row(
        Words("Hinton's finding 2", "Hinton의 둘째 결론"),
        Words("computers were too slow", "컴퓨터가 너무 느렸음"),
        Words("graphics processors; better optimizers", "GPU; 더 나은 옵티마이저"),
        Words(
            "Krizhevsky, Sutskever and Hinton 2012; Kingma and Ba 2015",
            "Krizhevsky, Sutskever, Hinton 2012; Kingma, Ba 2015",
        ),
        "optimizers",
    ),
    Row(
        Words("Hinton's finding 3", "Hinton의 셋째 결론"),
        Words("weights were initialized stupidly", "가중치를 어리석게 초기화했음"),
        Words("Xavier; He; batch normalization", "Xavier; He; 배치 정규화"),
        Words(
            "Glorot and Bengio 2010; He et al. 2015; Ioffe and Szegedy 2015",
            "Glorot, Bengio 2010; He 외 2015; Ioffe, Szegedy 2015",
        ),
        "init-race",
    ),
    Row(
        Words("Hinton's finding 4", "Hinton의 넷째 결론"),
        Words("the wrong non-linearity: sigmoid", "잘못된 비선형 함수: sigmoid"),
        Words("ReLU", "ReLU"),
        Words(
            "Nair and Hinton 2010; Glorot, Bordes and Bengio 2011",
            "Nair, Hinton 2010; Glorot, Bordes, Bengio 2011",
        ),
        "vanishing-gradient",
    ),
)

SYMPTOMS = TablePage(
    title=Words("Symptom, cause, remedy", "증상, 원인, 처방"),
    see=Words(
        "Everything that the diagnosis finds in a training, and some that it does not look for: "
        "what it comes from, what helps, who found it and when.",
        "진단이 학습에서 찾아내는 모든 것과, 진단이 찾지 않는 것 몇 가지입니다. 원인과 처방, 누가 "
        "언제 밝혔는지를 봅니다.",
    ),
    why=Words(
        "Most rows are one thing seen from many sides: what passes through a layer, forward or "
        "back, is to keep its size, and a step is to fit the slope that it is on.",
        "대부분은 같은 것을 여러 쪽에서 본 것입니다. 앞으로든 뒤로든 층을 지나는 값은 크기를 "
        "지켜야 하고, 걸음은 서 있는 곳의 기울기에 맞아야 합니다.",
    ),
    attempt=Words(
        "Cover the two columns in the middle: do you know cause and remedy? Enter opens the "
        "lesson that a row leads to; l lists all.",
        "가운데 두 열을 가려 보세요. 원인과 처방을 말할 수 있나요? Enter를 누르면 그 줄을 보여 "
        "주는 수업이 열립니다. 수업 목록은 l 키입니다.",
    ),
    rows=(*FINDINGS, *OTHERS),
)

THIRTY_YEARS = TablePage(
    title=Words("From 1986 to 2015", "1986년부터 2015년까지"),
    see=Words(
        "Backpropagation was known for twenty years before deep networks learned with it. Hinton "
        "named four reasons; each was answered between 2009 and 2015.",
        "역전파가 알려지고도 깊은 신경망이 그것으로 배우기까지 20년이 걸렸습니다. Hinton은 원인 "
        "네 가지를 꼽았고, 2009년부터 2015년 사이에 모두 답이 나왔습니다.",
    ),
    why=Words(
        "The rule was right from the start. What was missing were data, speed, the size of the "
        "first weights, and a function that lets the gradient through.",
        "규칙은 처음부터 옳았습니다. 모자랐던 것은 데이터, 속도, 알맞은 크기의 초기 가중치, 그리고 "
        "기울기를 흘려보내는 함수였습니다.",
    ),
    attempt=Words(
        "Undo one answer after the other (keys a and i in any training): sigmoid instead of ReLU, "
        "then normal:std=0.01 instead of He. Which hurts more?",
        "답을 하나씩 되돌려 보세요 (아무 학습에서나 a, i 키). ReLU 대신 sigmoid, He 대신 "
        "normal:std=0.01을 쓰면 어느 쪽의 손해가 더 큰가요?",
    ),
    rows=HISTORY,
)

LESSON = Lesson("remedies", Words("Symptoms and remedies", "증상과 처방"), (SYMPTOMS, THIRTY_YEARS))
