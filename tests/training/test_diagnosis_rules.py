"""The diagnosis on events written by hand: what probes show; limits, patience, precedence."""

from dataclasses import replace

import pytest

from tui_optim.events import Finding
from tui_optim.training.rules import BLOCK, CAUSES, CLEAR, RULES

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


def kinds(found):
    return [(each.kind, each.layer, each.resolved) for each in found]


@pytest.mark.parametrize("kind", PROBED)
def test_it_speaks_after_so_many_bad_probes_in_a_row(kind, wards):
    name, statistic, bad, between, _ = PROBED[kind]
    ward = wards()
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
def test_it_is_withdrawn_after_good_probes_not_by_what_is_between(kind, wards):
    name, statistic, bad, between, good = PROBED[kind]
    ward = wards()
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


def test_all_zero_weights_under_relu_are_symmetric_and_nothing_else(wards):
    ward = wards()
    zero = {"weight_norm": 0.0, "unit_spread": None, "dead": 1.0, "saturated": 1.0}
    zero |= {"std": 0.0, "delta_rms": 0.0, "update_ratio": None}
    found = []
    for _ in range(10):
        found += ward.probe(l1=zero, l2=zero, l3=zero) + ward.steps(*[2.3] * BLOCK)
    assert kinds(found) == [("symmetric-units", 1, False)]


@pytest.mark.parametrize("widths", [(1, 5, 5), ()])
def test_a_layer_of_one_unit_is_not_symmetric(widths, wards):
    ward = wards(widths=widths)
    assert [ward.probe(l1={"unit_spread": 0.0}) for _ in range(5)] == [[]] * 5


def test_what_is_lost_at_the_outputs_has_not_vanished_on_the_way(wards):
    ward = wards(activation="sigmoid")
    small = {"delta_rms": 1e-3}
    assert [ward.probe(l1=small, l2=small, l3=small) for _ in range(5)] == [[]] * 5
    assert kinds([each for _ in range(3) for each in ward.probe(l1=small, l2=small)]) == [
        ("vanishing-gradient", 1, False)
    ]


def test_a_cause_that_comes_later_takes_the_place_of_its_symptom(wards):
    ward = wards(activation="tanh")
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


def test_of_one_line_the_first_to_come_stays(wards):
    ward = wards()
    collapsed, dead = {"std": 0.001}, {"std": 0.001, "dead": 1.0}
    assert kinds([each for _ in range(3) for each in ward.probe(l3=collapsed)]) == [
        ("collapsed-outputs", 3, False)
    ]
    assert [ward.probe(l3=dead) for _ in range(5)] == [[]] * 5
    both_at_once = wards()
    found = [each for _ in range(3) for each in both_at_once.probe(l3=dead)]
    assert kinds(found) == [("dead-units", 3, False)]


def test_what_is_between_its_limits_neither_speaks_nor_explains(wards):
    ward = wards()
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
    ward = wards()
    for _ in range(3):
        ward.probe(l1={"dead": 1.0, "std": 0.001})
    assert ward.probe(l1={"std": 0.001}) == []
    assert kinds(ward.probe(l1={"std": 0.05}, l3={"dead": 1.0})) == [("dead-units", 1, True)]


def test_a_symptom_waits_while_its_cause_is_suspected(wards):
    ward = wards()
    vanished, dying = {"delta_rms": 0.0}, {"delta_rms": 0.0, "dead": 0.9}
    assert ward.probe(l1=vanished) + ward.probe(l1=vanished) + ward.probe(l1=dying) == []
    assert kinds(ward.probe(l1=vanished)) == [("vanishing-gradient", 1, False)]


def test_it_tells_of_the_first_layer_and_of_another_when_that_is_well(wards):
    ward = wards()
    dead = {"dead": 0.9}
    found = [each for _ in range(3) for each in ward.probe(l2=dead, l3=dead)]
    assert kinds(found) == [("dead-units", 2, False)]
    assert [ward.probe(l1=dead, l2=dead, l3=dead) for _ in range(4)] == [[]] * 4
    assert ward.probe(l3=dead) == []
    assert kinds(ward.probe(l3=dead)) == [("dead-units", 2, True), ("dead-units", 3, False)]
