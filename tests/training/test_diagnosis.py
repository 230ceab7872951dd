"""The diagnosis on real trainings: the sick are named, the healthy left alone."""

import numpy as np
import pytest

from tui_optim import Experiment, Trainer
from tui_optim.events import Finding
from tui_optim.training.rules import RULES

SEEDS = "seed=0,1,2"
SMALL = {"hidden": "32x2"}
TANH = {"activation": "tanh", "initializer": "xavier", "hidden": "50x2"}
LEAKY = {"activation": "leaky_relu"}
SIGMOID = {"activation": "sigmoid"}
FEW = {"train_size": 40, "hidden": "100x2", "iterations": 1500}

# kind, layer, the experiment
SICK = [
    ("symmetric-units", 1, {"initializer": "zeros", "optimizer": "sgd"}),
    ("symmetric-units", 1, {**SIGMOID, "initializer": "zeros", "optimizer": "adam"}),
    ("exploding-gradient", 1, {"initializer": "normal:std=1", "optimizer": "adam"}),
    (
        "exploding-gradient",
        1,
        {**LEAKY, "hidden": "50x8", "initializer": "normal:std=1", "optimizer": "rmsprop"},
    ),
    ("oscillating", None, {**TANH, "optimizer": "sgd:lr=3"}),
    ("oscillating", None, {**LEAKY, "hidden": "50x2", "optimizer": "rmsprop:lr=0.3"}),
    ("saturated-units", 1, {**TANH, "initializer": "normal:std=1", "optimizer": "sgd"}),
    ("saturated-units", 2, {**SIGMOID, "initializer": "normal:std=1", "optimizer": "momentum"}),
    ("dead-units", 1, {"optimizer": "momentum:lr=0.3", "hidden": "50x3"}),
    ("dead-units", 2, {**SMALL, "data": "spirals", "optimizer": "adam:lr=1"}),
    (
        "collapsed-outputs",
        2,
        {"activation": "tanh", "initializer": "normal:std=0.01", "optimizer": "sgd"},
    ),
    ("collapsed-outputs", 1, {**SIGMOID, "initializer": "normal:std=0.01", "optimizer": "sgd"}),
    ("vanishing-gradient", 1, {**SIGMOID, "initializer": "xavier", "optimizer": "sgd"}),
    (
        "vanishing-gradient",
        1,
        {**SIGMOID, "hidden": "50x9", "initializer": "xavier", "optimizer": "adam"},
    ),
    ("stalled", None, {**TANH, "optimizer": "adam:lr=1e-6"}),
    ("stalled", None, {**SMALL, "data": "blobs", "optimizer": "sgd:lr=1e-5"}),
    ("stalled", None, {**TANH, "optimizer": "gd:lr=0.0001"}),
    ("diverged", None, {"initializer": "normal:std=1", "optimizer": "sgd"}),
    ("diverged", None, {**LEAKY, "hidden": "50x2", "optimizer": "momentum:lr=30"}),
    ("overfitting", None, {**FEW, "data": "blobs", "optimizer": "momentum"}),
    ("overfitting", None, {**FEW, "data": "spirals", "optimizer": "adam:lr=0.003"}),
]

HEALTHY = {
    "sigmoid with xavier, two layers": {
        **SIGMOID,
        "initializer": "xavier",
        "hidden": "100x2",
        "compare": ["optimizer=adagrad,rmsprop,adam", SEEDS],
    },
    "tanh with xavier": {
        **TANH,
        "hidden": "50x4",
        "compare": ["optimizer=sgd,momentum,adam", SEEDS],
    },
    "leaky ReLU with he in small batches": {
        **LEAKY,
        "batch_size": 8,
        "compare": ["optimizer=sgd,momentum,adam", SEEDS],
    },
    "ReLU in batches of 8": {
        "hidden": "50x3",
        "batch_size": 8,
        "compare": ["optimizer=sgd,adagrad,adam", SEEDS],
    },
    "ReLU, eight layers": {"hidden": "50x8", "compare": ["optimizer=sgd,momentum,adam", SEEDS]},
    "blobs": {**SMALL, "data": "blobs", "compare": ["optimizer=sgd,momentum,adam", SEEDS]},
    "moons": {**SMALL, "data": "moons", "compare": ["optimizer=sgd,momentum,adam", SEEDS]},
    "spirals": {**TANH, "data": "spirals", "compare": ["optimizer=sgd,momentum,adam", SEEDS]},
}


def findings(**options):
    """What is found in a training."""
    trainer = Trainer(Experiment(**{"iterations": 300, **options}), lookahead=16)
    return [event for event in trainer if isinstance(event, Finding)]


def unresolved(found):
    """What still holds at the end."""
    last = {(each.run, each.kind, each.layer): each for each in found}
    return [each for each in last.values() if not each.resolved]


@pytest.mark.parametrize(
    ("kind", "layer", "options"), SICK, ids=[f"{i}-{row[0]}" for i, row in enumerate(SICK)]
)
def test_the_sick_are_found(kind, layer, options):
    found = findings(compare=SEEDS, **options)
    for seed in range(3):
        first = next(each for each in found if each.run == f"seed={seed}")
        assert (first.kind, first.layer, first.resolved) == (kind, layer, False)
    assert {each.kind for each in found} == {kind}, "one cause, not its symptoms"


def test_every_kind_has_two_sick_experiments():
    kinds = [kind for kind, *_ in SICK]
    assert {rule.kind for rule in RULES} | {"diverged"} == set(kinds)
    assert all(kinds.count(kind) >= 2 for kind in kinds)


@pytest.mark.parametrize("name", HEALTHY)
def test_the_healthy_are_left_alone(name):
    assert unresolved(findings(**{"iterations": 400, **HEALTHY[name]})) == []


def test_the_race_on_mnist_is_healthy(mnist):
    found = findings(
        data="mnist",
        data_dir=mnist,
        iterations=300,
        eval_every=50,
        compare=["optimizer=gd,sgd,adam", SEEDS],
    )
    assert unresolved(found) == []


def test_a_loss_that_can_fall_no_further_is_not_stalled(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1500, 8)), rng.integers(0, 3, 1500)
    table = tmp_path / "noise.csv"
    rows = [",".join([*(f"{v:.4f}" for v in row), f"c{k}"]) for row, k in zip(x, y, strict=True)]
    table.write_text("\n".join(["a,b,c,d,e,f,g,h,class", *rows]))
    compare = ["optimizer=sgd,momentum,adam", "activation=relu,tanh"]
    assert findings(data=str(table), hidden="16x2", iterations=900, compare=compare) == []


def test_the_race_on_the_digits_overfits_late_and_has_nothing_else():
    found = findings(iterations=2000, compare="optimizer=rmsprop,adam")
    assert {each.kind for each in found} == {"overfitting"}
    assert {"rmsprop"} <= {each.run for each in unresolved(found)} <= {"rmsprop", "adam"}
    assert min(each.iteration for each in found) >= 1000
