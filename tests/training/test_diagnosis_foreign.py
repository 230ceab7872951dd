"""The diagnosis on what other programs write, and on a training without end."""

import math
import pickle
from dataclasses import fields, replace

import pytest

from tui_optim.events import (
    DatasetInfo,
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
from tui_optim.training.rules import BLOCK, MOST_LAYERS

NAMES = [f.name for f in fields(LayerStatistics) if f.name not in ("index", "name")]
NOTHING = LayerStatistics(1, "relu", **dict.fromkeys(NAMES))
DEAD = (replace(NOTHING, dead=1.0), replace(NOTHING, index=2, name="output"))
STARTED = Started(
    *(1, "0", "now", 1, {}, DatasetInfo("d", 1, 1, 1, 0, "0")),
    *(tuple(RunInfo(run, "sgd", "relu", "he") for run in "ab"), (LayerInfo(1, "h", 5, 5),), 0),
)


@pytest.fixture
def diagnosis():
    """One that has begun."""
    diagnosis = Diagnosis()
    diagnosis.read(STARTED)
    return diagnosis


def test_without_a_beginning_nothing_is_found():
    diagnosis = Diagnosis()
    events = [
        *(Layers(i, "a", DEAD) for i in range(5)),
        *(Step(i, i, 0.1, {"a": None}) for i in range(200)),
        Evaluation(200, 5, {"a": None}, {}, {"a": None}, {}),
    ]
    assert [event for event in events if diagnosis.read(event)] == []


def test_a_beginning_that_tells_little_is_enough():
    diagnosis = Diagnosis()
    diagnosis.read(replace(STARTED, layers=()))
    found = [each for i in range(5) for each in diagnosis.read(Layers(i, "a", DEAD))]
    assert [(each.kind, each.layer) for each in found] == [("dead-units", 1)]


@pytest.mark.parametrize(("size", "found"), [(1, 0), (3, 0), (4, 1), ("?", 1)])
def test_what_is_off_for_a_few_examples_is_not_dead(size, found):
    diagnosis = Diagnosis()
    diagnosis.read(replace(STARTED, experiment={"batch_size": size}))
    assert len([each for i in range(5) for each in diagnosis.read(Layers(i, "a", DEAD))]) == found


def test_unknown_runs_and_missing_ones_are_passed_over(diagnosis):
    events = [
        *(Layers(i, "c", DEAD) for i in range(5)),
        *(Step(i, i, 0.1, {"a": 2.0, "c": None}) for i in range(200)),
        Evaluation(9, 5, {"c": 0.5}, {}, {}, {}),
        Evaluation(9, 5, {"a": 0.5}, {}, {"b": 0.5}, {}),
        Evaluation(9, 5, {"a": None}, {}, {}, {}),
    ]
    assert [event for event in events if diagnosis.read(event)] == []


def test_what_is_not_known_says_nothing(diagnosis):
    for layers in [(), (NOTHING,), (NOTHING, NOTHING), (NOTHING,) * 300]:
        for iteration in range(5):
            assert diagnosis.read(Layers(iteration, "a", layers)) == []


def test_layers_beyond_all_use_are_not_looked_at(diagnosis):
    layers = (*[NOTHING] * (MOST_LAYERS - 1), DEAD[0], DEAD[0], *[NOTHING] * 200)
    found = [each for i in range(9) for each in diagnosis.read(Layers(i, "a", layers))]
    assert [(each.kind, each.layer) for each in found] == [("dead-units", MOST_LAYERS)]
    far = (*[NOTHING] * MOST_LAYERS, DEAD[0], NOTHING)
    assert [diagnosis.read(Layers(i, "b", far)) for i in range(9)] == [[]] * 9


def test_numbers_beyond_all_bounds_do_no_harm(diagnosis):
    for value in [math.inf, -math.inf, math.nan, 1e308, -1e308, 0.0, 5e-324]:
        layer = LayerStatistics(1, "relu", **dict.fromkeys(NAMES, value))
        for iteration in range(BLOCK):
            diagnosis.read(Layers(iteration, "a", (layer, layer)))
            diagnosis.read(Layers(iteration, "a", (layer, replace(layer, delta_rms=1e-300))))
            diagnosis.read(Step(iteration, iteration, 0.1, {"a": value}))
        diagnosis.read(Evaluation(9, 5, {"a": value}, {}, {"a": value}, {}))


def test_memory_does_not_grow(diagnosis):
    def live(times):
        for i in range(times):
            for _ in range(BLOCK):
                diagnosis.read(Step(i, i, 0.1, {"a": 2.0, "b": 1.0}))
            diagnosis.read(Layers(i, "a", DEAD if i % 9 > 4 else (NOTHING, NOTHING)))
            many = [replace(DEAD[0], index=10**6 + i + j) for j in range(MOST_LAYERS + 50)]
            diagnosis.read(Layers(i, "b", tuple(many)))
            diagnosis.read(Evaluation(i, 5, {"a": 0.5}, {}, {"a": 0.4}, {}))
        return len(pickle.dumps(diagnosis))

    live(5)
    assert live(200) < 1.05 * live(1)


def test_findings_follow_the_event_that_showed_them():
    events = [STARTED, *(Step(i, i, 0.1, {"a": 2.0 if i < 2 else None}) for i in (1, 2, 3))]
    told = list(Diagnosis().follow(events))
    assert [event for event in told if not isinstance(event, Finding)] == events
    assert [event.event for event in told] == ["started", "step", "step", "finding", "step"]
