"""A history's memory and its readers while the training goes on."""

import gc
import sys
import threading
from types import FunctionType, ModuleType

import numpy as np
import pytest

from tui_optim import History
from tui_optim.events import Change, Evaluation, Finding, Layers, Step


@pytest.fixture(scope="module")
def events(train):
    """The first events of a training of two runs: started, then a probe of one run."""
    training = train(hidden="8,6", compare="optimizer=sgd,adam", iterations=1)
    return training.events[0], training.of(Layers)[0]


def feed(history, first, last, probe):
    """Steps; now and then a probe, an evaluation, a change, a finding."""
    for n in range(first, last + 1):
        by_run = {"sgd": 1 / n, "adam": 2 / n}
        history.add(Step(n, 128 * n, n / 1000, by_run))
        if n % 50 == 0:
            history.add(Layers(n, "sgd", probe.layers))
            history.add(Evaluation(n, 100, by_run, by_run, by_run, by_run))
            history.add(Change(n, "sgd", "lr", 1 / n))
            history.add(Finding(n, "sgd", 1, "dead", 0.9, 0.5, "dead units", resolved=False))


def deep_size(thing):
    """Bytes of an object and of all that it refers to."""
    total, seen, todo = 0, set(), [thing]
    while todo:
        each = todo.pop()
        if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
            seen.add(id(each))
            total += sys.getsizeof(each)
            todo += gc.get_referents(each)
    return total


def test_memory_does_not_grow_with_the_iterations(events):
    started, probe = events
    history = History()
    history.add(started)
    sizes, first = [], 1
    for last in (1_024, 51_200, 76_800, 153_600):  # multiples of 256 steps
        feed(history, first, last, probe)
        sizes.append(deep_size(history))
        first = last + 1
    assert 1e5 < sizes[0] < 20e6
    assert sizes[1] < sizes[0] + 1e6  # findings and changes
    assert max(sizes[2:]) < sizes[1] + 5e3
    assert history.iteration == 153_600


def test_curves_cost_the_same_after_any_number_of_steps(events):
    started, probe = events
    history = History()
    history.add(started)
    lengths, first = [], 1
    for last in (4_000, 30_000):
        feed(history, first, last, probe)
        first = last + 1
        curves = [
            history.curve("sgd", points=10**9),
            history.curve("sgd", "kaiser", 10**9),
            history.evaluation_curve("adam", "loss", 10**9),
            history.layer_curve("sgd", 2, "mean", 10**9),
        ]
        lengths.append([len(curve.mean) for curve in curves])
    assert max(map(max, lengths)) <= 2048
    assert len(history.curve("sgd", points=200).mean) <= 200


def reading(history, read):
    """Read in a thread of its own; a function that ends it and gives what it read and raised."""
    results, errors, done = [], [], threading.Event()

    def work():
        try:
            while not done.is_set():
                results.append(read(history))
        except Exception as error:  # noqa: BLE001  the test looks at what it is
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()

    def end():
        done.set()
        thread.join()
        return results, errors

    return end


READS = {
    "loss": lambda h: h.curve("sgd", points=50).iteration,
    "smoothed": lambda h: h.curve("adam", "kaiser", 50).iteration,
    "evaluations": lambda h: h.evaluation_curve("sgd", "accuracy", 50).iteration,
    "layers": lambda h: h.layer_curve("sgd", 1, "std", 50).iteration,
}


@pytest.mark.parametrize("read", list(READS))
def test_curves_can_be_read_while_events_come(read, events):
    started, probe = events
    history = History()
    history.add(started)
    end = reading(history, READS[read])
    feed(history, 1, 8_000, probe)
    results, errors = end()
    assert errors == []
    assert len(results) > 5
    lasts = [iteration[-1] if len(iteration) else 0 for iteration in results]
    assert lasts == sorted(lasts)
    for iteration in results:
        assert np.all(np.diff(iteration) > 0)


# what a screen may want to go through
COLLECTIONS = {
    "findings": lambda h: [finding.message for finding in h.findings],
    "changes": lambda h: [change.setting for change in h.changes],
    "layers": lambda h: [layers.layers for layers in h.layers.values()],
    "diverged": lambda h: [2 * n for n in h.diverged.values()],
    "lr": lambda h: [2 * rate for rate in h.lr.values()],
}


@pytest.mark.parametrize("name", list(COLLECTIONS))
def test_collections_can_be_read_while_events_come(name, events):
    started, probe = events
    history = History()
    end = reading(history, COLLECTIONS[name])
    for n in range(1, 2_001):
        if n % 100 == 1:
            history.add(started)
        run = ("sgd", "adam")[n % 2]
        history.add(Step(n, n, n, {run: None}))
        history.add(Layers(n, run, probe.layers))
        history.add(Change(n, run, "lr", 1 / n))
        history.add(Finding(n, run, 1, "dead", 0.9, 0.5, "dead units", resolved=False))
    results, errors = end()
    assert errors == []
    assert len(results) > 5
