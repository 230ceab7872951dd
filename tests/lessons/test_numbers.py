"""The numbers that the lessons' texts tell are those that are measured."""

import math

import numpy as np
import pytest

from tui_optim.lessons import find
from tui_optim.lessons.output_tanh import CLASSES, LEAST_LOSS
from tui_optim.lessons.running import run
from tui_optim.nn import count_parameters, softmax_cross_entropy
from tui_optim.nn.landscapes import SURFACES, descend


def says(page, number):
    """Whether both languages' texts tell a number."""
    texts = ([page.see[lang], page.why[lang], page.attempt[lang]] for lang in ("en", "ko"))
    return all(number in " ".join(each) for each in texts)


@pytest.mark.parametrize(
    ("number", "optimizer", "told"),
    [
        (2, "sgd", "0.14"),
        (2, "momentum", "0.02"),
        (2, "adam", "0.003"),
        (3, "sgd", "1.5"),
        (3, "adagrad", "1.3"),
        (3, "rmsprop", "0.8"),
    ],
)
def test_distances_on_the_landscapes(number, optimizer, told):
    page = find("landscape").pages[number - 1]
    distance = math.dist(run(page).end(optimizer), SURFACES[page.surface].minima[0])
    assert float(f"{distance:.{len(told) - 2}f}") == float(told)
    assert says(page, told)


def test_heights_in_the_bowl():
    page = find("landscape").pages[0]
    paths = run(page)
    heights = {name: paths.height(name) for name in page.optimizers}
    assert max(heights, key=heights.get) == "adam"
    assert f"{heights['adam']:.2f}" == "0.10"
    assert says(page, "0.10")
    assert f"{heights['adagrad']:.4f}" == "0.0007"
    assert says(page, "0.0007")


@pytest.mark.parametrize(
    ("number", "spec", "ends"),
    [(1, "sgd:lr=1.9", None), (2, "sgd:lr=0.04", None), (5, "momentum:lr=0.04", 1)],
)
def test_what_doubling_a_rate_does(number, spec, ends):
    page = find("landscape").pages[number - 1]
    surface = SURFACES[page.surface]
    name, lr = spec.split(":lr=")
    assert float(lr) == 2 * surface.rates[name]
    paths = descend(surface, [surface.optimizer(spec)], steps=page.steps)
    if ends is None:
        assert paths.diverged(spec) < page.steps
    else:
        assert math.dist(paths.end(spec), surface.minima[ends]) < 0.1


def test_the_first_rate_on_the_double_well_is_right_once_doubled_three_times():
    page = find("learning-rate").pages[0]
    surface, first = SURFACES["double-well"], float(page.optimizers[0].partition("lr=")[2])
    good = {}
    for doubled in range(4):
        spec = f"sgd:lr={first * 2**doubled:g}"
        end = descend(surface, [surface.optimizer(spec)], steps=page.steps).end(spec)
        good[doubled] = math.dist(end, surface.minima[0]) < 0.1
    assert good == {0: False, 1: False, 2: False, 3: True}


def test_how_many_weights_the_network_has():
    count = count_parameters((64, 100, 100, 100, 100, 10))
    assert says(find("learning-rate").pages[1], f"{count:,}")
    assert says(find("overfitting").pages[0], f"{count:,}")


def test_no_loss_with_tanh_in_front_of_the_softmax_is_lower_than_said():
    labels = np.arange(1000) % CLASSES
    best = np.where(np.eye(CLASSES)[labels], 1.0, -1.0)
    drawn = np.tanh(np.random.default_rng(0).normal(2 * best, 2))
    least, others = (
        softmax_cross_entropy(np.ascontiguousarray(z.T)[None], labels) for z in (best, drawn)
    )
    assert least == pytest.approx(LEAST_LOSS, rel=1e-12)
    assert others > LEAST_LOSS
    assert says(find("output-tanh").pages[0], f"{LEAST_LOSS:.4f}")
