"""The diagnosis on events written by hand: limits, patience, precedence."""

from dataclasses import replace

import pytest

from tui_optim.events import (
    Change,
    DatasetInfo,
    Ended,
    Evaluation,
    Finding,
    LayerInfo,
    Layers,
    LayerStatistics,
    RunInfo,
    Started,
    Step,
)
from tui_optim.training.diagnosis import Diagnosis
from tui_optim.training.rules import BLOCK, CAUSES, CLEAR, RULES, WINDOW

WELL = {
    "mean": 0.0,
    "std": 0.5,
    "minimum": -1.0,
    "maximum": 1.0,
    "dead": 0.1,
    "saturated": 0.05,
    "delta_rms": 1.0,
    "gradient_norm": 1.0,
    "weight_norm": 1.0,
    "update_ratio": 1e-3,
    "step_size": 1e-2,
    "unit_spread": 1.0,
    "histogram": None,
}
RULE = {rule.kind: rule for rule in RULES}

# What a probe measures: the layer's name, the statistic, a bad value, one between, a good one.
PROBED = {
    "symmetric-units": ("relu", "unit_spread", 1e-4, 5e-3, 0.5),
    "exploding-gradient": ("relu", "delta_rms", 150.0, 50.0, 2.0),
    "saturated-units": ("tanh", "saturated", 0.4, 0.18, 0.1),
    "dead-units": ("relu", "dead", 0.9, 0.55, 0.2),
    "collapsed-outputs": ("sigmoid", "std", 0.01, 0.05, 0.2),
    "vanishing-gradient": ("sigmoid", "delta_rms", 1e-3, 0.02, 0.3),
}


class Ward:
    """A diagnosis of runs with three hidden layers, and the events that it is given."""

    def __init__(self, *runs, widths=(5, 5, 5), activation="relu"):
        self.diagnosis = Diagnosis()
        self.iteration = 0
        self.activation, self.widths = activation, widths
        infos = tuple(RunInfo(run, "sgd", activation, "he") for run in runs or ("a",))
        layers = [LayerInfo(i, f"hidden {i}", 5, width) for i, width in enumerate(widths, 1)]
        layers.append(LayerInfo(4, "output", 5, 10))
        dataset = DatasetInfo("d", 100, 50, 4, 10, "0")
        self.diagnosis.read(Started(1, "0", "now", 1, {}, dataset, infos, tuple(layers), 9))

    def probe(self, run="a", name=None, **layers):
        """A probe at which some hidden layers (l1, l2, l3) differ from a healthy one."""
        self.iteration += 50
        statistics = [
            LayerStatistics(i, name or self.activation, **{**WELL, **layers.get(f"l{i}", {})})
            for i in range(1, len(self.widths) + 1)
        ]
        output = {**WELL, "dead": None, "saturated": None}
        statistics.append(LayerStatistics(len(statistics) + 1, "output", **output))
        return self.diagnosis.read(Layers(self.iteration, run, tuple(statistics)))

    def steps(self, *losses, **others):
        """A step each."""
        found = []
        for loss in losses:
            self.iteration += 1
            found += self.diagnosis.read(
                Step(self.iteration, self.iteration, 0.1, {"a": loss, **others})
            )
        return found

    def evaluate(self, test, train, examples=100):
        self.iteration += 100
        values = {"a": test}, {"a": 0.5}, {"a": train}, {"a": 0.5}
        return self.diagnosis.read(Evaluation(self.iteration, examples, *values))


def kinds(found):
    return [(each.kind, each.layer, each.resolved) for each in found]


@pytest.mark.parametrize("kind", PROBED)
def test_it_speaks_after_so_many_bad_probes_in_a_row(kind):
    name, statistic, bad, between, _ = PROBED[kind]
    ward = Ward()
    hold = RULE[kind].hold
    for value in [*[bad] * (hold - 1), between, *[bad] * (hold - 1)]:
        assert ward.probe(name=name, l2={statistic: value}) == []
    [finding] = ward.probe(name=name, l2={statistic: bad})
    assert replace(finding, message="") == Finding(
        ward.iteration, "a", 2, kind, bad, RULE[kind].limits[0], "", resolved=False
    )
    assert finding.message.startswith("Layer 2: ")
    assert ward.probe(name=name, l2={statistic: bad}) == [], "once is enough"


@pytest.mark.parametrize("kind", PROBED)
def test_it_is_withdrawn_after_good_probes_not_by_what_is_between(kind):
    name, statistic, bad, between, good = PROBED[kind]
    ward = Ward()
    for _ in range(RULE[kind].hold):
        ward.probe(name=name, l2={statistic: bad})
    for value in [between, between, *[good] * (CLEAR - 1), between, *[good] * (CLEAR - 1)]:
        assert ward.probe(name=name, l2={statistic: value}) == []
    [finding] = ward.probe(name=name, l2={statistic: good})
    assert (finding.kind, finding.layer, finding.value, finding.resolved) == (kind, 2, good, True)
    assert "no longer" in finding.message


def test_every_rule_has_two_limits_and_a_place():
    assert len(RULE) == len(RULES)
    assert {kind for line in CAUSES for kind in line} == set(RULE) - {"overfitting"}
    order = [kind for line in CAUSES for kind in line]
    assert [rule.kind for rule in RULES] == [*order, "overfitting"]
    for rule in RULES:
        first, second = rule.limits
        beyond, between = 2 * first - second, (first + second) / 2
        assert [rule.bad(value) for value in (beyond, between, second)] == [True, False, False]
        assert [rule.good(value) for value in (first, between)] == [False, False]
        assert "ell: " in rule.reason
        assert "Ill" in rule.reason or "ill: " in rule.reason


def test_all_zero_weights_under_relu_are_symmetric_and_nothing_else():
    ward = Ward()
    zero = {"weight_norm": 0.0, "unit_spread": None, "dead": 1.0, "saturated": 1.0}
    zero |= {"std": 0.0, "delta_rms": 0.0, "update_ratio": None}
    found = []
    for _ in range(10):
        found += ward.probe(l1=zero, l2=zero, l3=zero) + ward.steps(*[2.3] * BLOCK)
    assert kinds(found) == [("symmetric-units", 1, False)]


@pytest.mark.parametrize("widths", [(1, 5, 5), ()])
def test_a_layer_of_one_unit_is_not_symmetric(widths):
    ward = Ward(widths=widths)
    assert [ward.probe(l1={"unit_spread": 0.0}) for _ in range(5)] == [[]] * 5


def test_what_is_lost_at_the_outputs_has_not_vanished_on_the_way():
    ward = Ward(activation="sigmoid")
    small = {"delta_rms": 1e-3}
    assert [ward.probe(l1=small, l2=small, l3=small) for _ in range(5)] == [[]] * 5
    assert kinds([each for _ in range(3) for each in ward.probe(l1=small, l2=small)]) == [
        ("vanishing-gradient", 1, False)
    ]


def test_a_cause_that_comes_later_takes_the_place_of_its_symptom():
    ward = Ward(activation="tanh")
    vanished = {"delta_rms": 1e-4}
    said = [kinds(ward.probe(l1=vanished)) for _ in range(3)]
    assert said == [[], [], [("vanishing-gradient", 1, False)]]
    both = {**vanished, "saturated": 0.9}
    assert ward.probe(l1=both) + ward.probe(l1=both) == []
    gone, cause = ward.probe(l1=both)
    assert kinds([gone, cause]) == [
        ("vanishing-gradient", 1, True),
        ("saturated-units", 1, False),
    ]
    assert gone.value is None
    assert "another finding" in gone.message
    assert ward.probe(l1=vanished) == []
    assert kinds(ward.probe(l1=vanished)) == [
        ("saturated-units", 1, True),
        ("vanishing-gradient", 1, False),
    ]


def test_of_one_line_the_first_to_come_stays():
    ward = Ward()
    collapsed, dead = {"std": 0.001}, {"std": 0.001, "dead": 1.0}
    assert kinds([each for _ in range(3) for each in ward.probe(l3=collapsed)]) == [
        ("collapsed-outputs", 3, False)
    ]
    assert [ward.probe(l3=dead) for _ in range(5)] == [[]] * 5
    both_at_once = Ward()
    found = [each for _ in range(3) for each in both_at_once.probe(l3=dead)]
    assert kinds(found) == [("dead-units", 3, False)]


def test_what_is_between_its_limits_neither_speaks_nor_explains():
    ward = Ward()
    vanished = {"delta_rms": 1e-4}
    for _ in range(3):
        ward.probe(l1={**vanished, "dead": 1.0, "std": 0.001})
    ward.probe(l1=vanished | {"std": 0.001})
    between = vanished | {"std": 0.05}
    assert kinds(ward.probe(l1=between)) == [
        ("dead-units", 1, True),
        ("vanishing-gradient", 1, False),
    ]
    assert [ward.probe(l1=between) for _ in range(5)] == [[]] * 5
    assert kinds(ward.probe(l1=vanished | {"std": 0.001})) == [
        ("vanishing-gradient", 1, True),
        ("collapsed-outputs", 1, False),
    ]
    ward = Ward()
    for _ in range(3):
        ward.probe(l1={"dead": 1.0, "std": 0.001})
    assert ward.probe(l1={"std": 0.001}) == []
    assert kinds(ward.probe(l1={"std": 0.05}, l3={"dead": 1.0})) == [("dead-units", 1, True)]


def test_a_symptom_waits_while_its_cause_is_suspected():
    ward = Ward()
    vanished, dying = {"delta_rms": 0.0}, {"delta_rms": 0.0, "dead": 0.9}
    assert ward.probe(l1=vanished) + ward.probe(l1=vanished) + ward.probe(l1=dying) == []
    assert kinds(ward.probe(l1=vanished)) == [("vanishing-gradient", 1, False)]


def test_it_tells_of_the_first_layer_and_of_another_when_that_is_well():
    ward = Ward()
    dead = {"dead": 0.9}
    found = [each for _ in range(3) for each in ward.probe(l2=dead, l3=dead)]
    assert kinds(found) == [("dead-units", 2, False)]
    assert [ward.probe(l1=dead, l2=dead, l3=dead) for _ in range(4)] == [[]] * 4
    assert ward.probe(l3=dead) == []
    assert kinds(ward.probe(l3=dead)) == [("dead-units", 2, True), ("dead-units", 3, False)]


def test_a_loss_that_is_no_number_ends_all_else_of_that_run_alone():
    ward = Ward("a", "b")
    for run in "ab":
        for _ in range(3):
            ward.probe(run, l1={"dead": 1.0})
    ward.steps(2.0, 1e30, b=2.0)
    found = ward.steps(None, b=2.0)
    assert kinds(found) == [("dead-units", 1, True), ("diverged", None, False)]
    assert {each.run for each in found} == {"a"}
    assert (found[1].value, found[1].threshold, found[1].iteration) == (1e30, None, ward.iteration)
    assert ward.steps(*[None] * 200, b=2.0) == []
    assert [ward.probe("a", l1={"std": 0.0}) for _ in range(5)] == [[]] * 5
    assert kinds([each for _ in range(2) for each in ward.probe("b")]) == [("dead-units", 1, True)]


def test_a_last_update_that_destroyed_a_run_shows_in_the_evaluation():
    ward = Ward()
    ward.steps(2.0, 9e9)
    [finding] = ward.evaluate(None, None)
    assert (finding.kind, finding.value) == ("diverged", 9e9)
    assert ward.diagnosis.read(Ended("completed", 2, 0.1, {"a": None}, {"a": None})) == []


IDLE = {f"l{i}": {"update_ratio": 1e-6} for i in (1, 2, 3)}


def falling(ward, blocks, factor, loss=2.3):
    """Steps whose loss falls by a factor each block, with a probe after each."""
    found = []
    for _ in range(blocks):
        found += ward.steps(*[loss] * BLOCK) + ward.probe(**IDLE)
        loss *= factor
    return found


def test_a_loss_that_hardly_falls_in_tiny_steps_has_stalled():
    ward = Ward()
    assert falling(ward, WINDOW + 1, 0.999) == []
    [finding] = falling(ward, 1, 1.0, 2.29)
    assert (finding.kind, finding.layer) == ("stalled", None)
    assert 0 < finding.value < finding.threshold == RULE["stalled"].limits[0]
    assert [(each.kind, each.resolved) for each in falling(ward, 6, 0.9, 2.29)] == [
        ("stalled", True)
    ]


def test_one_tiny_step_in_three_probes_is_enough():
    ward, found = Ward(), []
    for i in range(WINDOW + 2):
        found += ward.probe(**(IDLE if i % 3 == 0 else {})) + ward.steps(*[2.3] * BLOCK)
    assert kinds(found) == [("stalled", None, False)]


@pytest.mark.parametrize(
    ("probes", "losses"),
    [
        (None, [2.3] * 10),  # nothing is known of the updates
        ({}, [2.3] * 10),  # as they should be
        (IDLE, [2.3, *[1.0] * 9]),  # it has learned
        (IDLE, [2.3 * 0.98**i for i in range(10)]),  # it falls
    ],
)
def test_what_has_not_stalled(probes, losses):
    ward = Ward()
    for loss in losses:
        if probes is not None:
            assert ward.probe(**probes) == []
        assert ward.steps(*[loss] * BLOCK) == []


def test_a_new_learning_rate_is_given_its_time():
    ward = Ward()
    assert falling(ward, WINDOW + 1, 1.0) == []
    ward.diagnosis.read(Change(ward.iteration, "b", "lr", 1.0))
    ward.diagnosis.read(Change(ward.iteration, None, "pace", 1.0))
    assert len(falling(ward, 1, 1.0)) == 1, "neither concerns this run's rate"
    ward = Ward()
    assert falling(ward, WINDOW + 1, 1.0) == []
    ward.diagnosis.read(Change(ward.iteration, None, "lr", 1.0))
    assert falling(ward, WINDOW, 1.0) == []
    assert len(falling(ward, 1, 1.0)) == 1


def test_losses_thrown_back_oscillate_and_noise_does_not():
    ward = Ward()
    calm, thrown = [0.5] * 40 + [0.9] * 10, [0.5] * 30 + [2.5] * 20
    assert ward.steps(2.3, *[1.0] * 49, *calm, *calm, *thrown, *calm, *thrown) == []
    [finding] = ward.steps(*thrown)
    assert (finding.kind, finding.layer, finding.value) == ("oscillating", None, 0.4)
    assert ward.steps(*calm) == []
    assert kinds(ward.steps(*calm)) == [("oscillating", None, True)]


def test_a_loss_that_is_thrown_back_and_stays_there_is_told():
    ward = Ward()
    assert ward.steps(*[2.3] * 50, *[0.1] * 50, *[1.5] * 50) == []
    assert kinds(ward.steps(*[1.5] * 50)) == [("oscillating", None, False)]
    assert ward.steps(*[1.5] * 500) == []


def test_a_high_loss_may_jump_by_half_of_itself():
    ward = Ward()
    assert ward.steps(*[100.0, 140.0] * 200) == []


def test_a_test_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    ward = Ward()
    for test, train in [(1.0, 1.0), (0.5, 0.4), (0.6, 0.3), (0.6, 0.2)]:
        assert ward.evaluate(test, train) == []
    [finding] = ward.evaluate(0.65, 0.1)
    assert (finding.kind, round(finding.value, 9), finding.threshold) == ("overfitting", 0.3, 0.1)
    assert ward.evaluate(0.51, 0.1) == []
    assert kinds(ward.evaluate(0.51, 0.1)) == [("overfitting", None, True)]


@pytest.mark.parametrize(
    "evaluations",
    [
        [(0.5, 0.4), *[(0.7, 0.5)] * 9],  # the training loss rises, too
        [(0.5, 0.4), *[(0.7, 0.3), (0.7, 0.3), (0.52, 0.3)] * 3],  # it jumps
        [(0.001, 0.001), *[(0.005, 0.0005)] * 9],  # it hardly makes an error
        [(0.0, 0.0), *[(0.5, 0.0)] * 9],
        [(0.5, 0.4), (0.7, None), (None, 0.3), (0.7, None)],
    ],
)
def test_what_is_not_overfitting(evaluations):
    ward = Ward()
    assert [ward.evaluate(*each) for each in evaluations] == [[]] * len(evaluations)


def test_evaluations_on_other_examples_are_not_compared():
    ward = Ward()
    ward.evaluate(0.5, 0.4)
    assert [ward.evaluate(0.9, 0.3, examples=1000) for _ in range(5)] == [[]] * 5


def test_overfitting_speaks_beside_another():
    ward = Ward()
    ward.evaluate(0.5, 0.4)
    found = []
    for _ in range(3):
        found += ward.evaluate(0.9, 0.3) + ward.probe(l1={"dead": 1.0})
    found += ward.probe() + ward.probe()
    assert kinds(found) == [
        ("overfitting", None, False),
        ("dead-units", 1, False),
        ("dead-units", 1, True),
    ]


def test_a_training_that_goes_on_after_its_end_is_read_on():
    ward = Ward()
    ward.probe(l1={"dead": 1.0})
    ward.probe(l1={"dead": 1.0})
    assert ward.diagnosis.read(Ended("completed", 100, 1.0, {"a": 0.5}, {"a": 0.9})) == []
    ward.diagnosis.read(Change(100, None, "iterations", 200))
    assert kinds(ward.probe(l1={"dead": 1.0})) == [("dead-units", 1, False)]


def test_another_training_begins_anew():
    ward = Ward()
    for _ in range(3):
        ward.probe(l1={"dead": 1.0})
    started = Started(1, "0", "now", 1, {}, DatasetInfo("d", 1, 1, 1, 2, "0"), (), (), 0)
    ward.diagnosis.read(started)
    assert [ward.probe(l1={"dead": 1.0}) for _ in range(5)] == [[]] * 5
    ward.diagnosis.read(replace(started, runs=(RunInfo("a", "sgd", "relu", "he"),)))
    assert len([each for _ in range(3) for each in ward.probe(l1={"dead": 1.0})]) == 1
