"""The diagnosis on events written by hand: what losses show, and where a training ends."""

from dataclasses import replace

import pytest

from tui_optim.events import Change, DatasetInfo, Ended, RunInfo, Started
from tui_optim.training.rules import BLOCK, RULES, WINDOW

RULE = {rule.kind: rule for rule in RULES}


def kinds(found):
    return [(each.kind, each.layer, each.resolved) for each in found]


def test_a_loss_that_is_no_number_ends_all_else_of_that_run_alone(wards):
    ward = wards("a", "b")
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


def test_a_last_update_that_destroyed_a_run_shows_in_the_evaluation(wards):
    ward = wards()
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


def test_a_loss_that_hardly_falls_in_tiny_steps_has_stalled(wards):
    ward = wards()
    assert falling(ward, WINDOW + 1, 0.999) == []
    [finding] = falling(ward, 1, 1.0, 2.29)
    assert (finding.kind, finding.layer) == ("stalled", None)
    assert 0 < finding.value < finding.threshold == RULE["stalled"].limits[0]
    assert [(each.kind, each.resolved) for each in falling(ward, 6, 0.9, 2.29)] == [
        ("stalled", True)
    ]


def test_one_tiny_step_in_three_probes_is_enough(wards):
    ward, found = wards(), []
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
def test_what_has_not_stalled(probes, losses, wards):
    ward = wards()
    for loss in losses:
        if probes is not None:
            assert ward.probe(**probes) == []
        assert ward.steps(*[loss] * BLOCK) == []


def test_a_new_learning_rate_is_given_its_time(wards):
    ward = wards()
    assert falling(ward, WINDOW + 1, 1.0) == []
    ward.diagnosis.read(Change(ward.iteration, "b", "lr", 1.0))
    ward.diagnosis.read(Change(ward.iteration, None, "pace", 1.0))
    assert len(falling(ward, 1, 1.0)) == 1, "neither concerns this run's rate"
    ward = wards()
    assert falling(ward, WINDOW + 1, 1.0) == []
    ward.diagnosis.read(Change(ward.iteration, None, "lr", 1.0))
    assert falling(ward, WINDOW, 1.0) == []
    assert len(falling(ward, 1, 1.0)) == 1


def test_losses_thrown_back_oscillate_and_noise_does_not(wards):
    ward = wards()
    calm, thrown = [0.5] * 40 + [0.9] * 10, [0.5] * 30 + [2.5] * 20
    assert ward.steps(2.3, *[1.0] * 49, *calm, *calm, *thrown, *calm, *thrown) == []
    [finding] = ward.steps(*thrown)
    assert (finding.kind, finding.layer, finding.value) == ("oscillating", None, 0.4)
    assert ward.steps(*calm) == []
    assert kinds(ward.steps(*calm)) == [("oscillating", None, True)]


def test_a_loss_that_is_thrown_back_and_stays_there_is_told(wards):
    ward = wards()
    assert ward.steps(*[2.3] * 50, *[0.1] * 50, *[1.5] * 50) == []
    assert kinds(ward.steps(*[1.5] * 50)) == [("oscillating", None, False)]
    assert ward.steps(*[1.5] * 500) == []


def test_a_high_loss_may_jump_by_half_of_itself(wards):
    ward = wards()
    assert ward.steps(*[100.0, 140.0] * 200) == []


def test_a_test_loss_that_rises_while_the_training_loss_falls_is_overfitting(wards):
    ward = wards()
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
def test_what_is_not_overfitting(evaluations, wards):
    ward = wards()
    assert [ward.evaluate(*each) for each in evaluations] == [[]] * len(evaluations)


def test_evaluations_on_other_examples_are_not_compared(wards):
    ward = wards()
    ward.evaluate(0.5, 0.4)
    assert [ward.evaluate(0.9, 0.3, examples=1000) for _ in range(5)] == [[]] * 5


def test_overfitting_speaks_beside_another(wards):
    ward = wards()
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


def test_a_training_that_goes_on_after_its_end_is_read_on(wards):
    ward = wards()
    ward.probe(l1={"dead": 1.0})
    ward.probe(l1={"dead": 1.0})
    assert ward.diagnosis.read(Ended("completed", 100, 1.0, {"a": 0.5}, {"a": 0.9})) == []
    ward.diagnosis.read(Change(100, None, "iterations", 200))
    assert kinds(ward.probe(l1={"dead": 1.0})) == [("dead-units", 1, False)]


def test_another_training_begins_anew(wards):
    ward = wards()
    for _ in range(3):
        ward.probe(l1={"dead": 1.0})
    started = Started(1, "0", "now", 1, {}, DatasetInfo("d", 1, 1, 1, 2, "0"), (), (), 0)
    ward.diagnosis.read(started)
    assert [ward.probe(l1={"dead": 1.0}) for _ in range(5)] == [[]] * 5
    ward.diagnosis.read(replace(started, runs=(RunInfo("a", "sgd", "relu", "he"),)))
    assert len([each for _ in range(3) for each in ward.probe(l1={"dead": 1.0})]) == 1
