"""What claims are written with, on a small training of which everything is known."""

import math

import numpy as np
import pytest

from tui_optim.events import Evaluation, Layers, Step
from tui_optim.experiment import Experiment
from tui_optim.lessons.results import Results, UnknownError
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer

RUN, DIVERGING = "sgd:lr=0.5", "sgd:lr=1e+06"


@pytest.fixture(scope="module")
def training():
    """The results, and the events that they are of."""
    experiment = Experiment(
        data="spirals",
        train_size=100,
        hidden="8,8,8",
        compare=f"optimizer={RUN},{DIVERGING}",
        iterations=40,
        probe_every=10,
        eval_every=20,
    )
    trainer, history = Trainer(experiment), History()
    events = list(trainer)
    for event in events:
        history.add(event)
    return Results(history, trainer.dataset), events


def of(events, kind):
    return {event.iteration: event for event in events if isinstance(event, kind)}


def test_layers(training):
    results, events = training
    probes = {
        event.iteration: event.layers
        for event in events
        if isinstance(event, Layers) and event.run == RUN
    }
    assert list(probes) == [1, 10, 20, 30, 40]
    for given, nearest in ((1, 1), (5, 1), (19, 20), (99, 40), (None, 40)):
        std = probes[nearest][1].std
        assert results.layer(RUN, 2, "std", given) == pytest.approx(std)
    first, _, third, _ = probes[40]
    growth = results.growth(RUN, "delta_rms", 1, 3)
    assert growth**2 == pytest.approx(third.delta_rms / first.delta_rms)


def test_losses(training):
    results, events = training
    steps = of(events, Step)
    assert results.loss(RUN, 7) == pytest.approx(steps[7].loss[RUN])
    assert results.loss(RUN) == pytest.approx(steps[40].loss[RUN])
    assert math.isfinite(results.loss(DIVERGING, 1))
    assert results.loss(DIVERGING) == math.inf
    assert results.lowest_loss(RUN) == pytest.approx(min(s.loss[RUN] for s in steps.values()))


def test_scores(training):
    results, events = training
    scores = of(events, Evaluation)
    assert results.score(RUN) == pytest.approx(scores[40].accuracy[RUN])
    assert results.score(RUN, "train_loss", 20) == pytest.approx(scores[20].train_loss[RUN])
    highest = max(each.accuracy[RUN] for each in scores.values())
    assert results.highest_score(RUN) == pytest.approx(highest)


def test_samples_until_a_loss(training):
    results, events = training
    steps = of(events, Step)
    goal = sorted(step.loss[RUN] for step in steps.values())[5]
    first = min(i for i, step in steps.items() if step.loss[RUN] <= goal)
    assert results.samples_until(RUN, goal, "off") == steps[first].samples


def test_guessing_is_the_entropy_of_the_classes(training):
    results, _ = training
    p = np.bincount(results.dataset.y_train) / 100
    assert len(p) == 3
    assert results.guessing() == pytest.approx(-sum(share * math.log(share) for share in p))


@pytest.mark.parametrize(
    "ask",
    [
        lambda r: r.layer("nobody", 1, "std"),
        lambda r: r.layer(RUN, 9, "std"),
        lambda r: r.layer(RUN, 4, "dead"),  # the output layer has no dead units
        lambda r: r.loss("nobody"),
        lambda r: r.score("nobody"),
        lambda r: r.lowest_loss("nobody"),
        lambda r: r.highest_score("nobody"),
        lambda r: r.samples_until(RUN, 0),
        lambda r: Results(r.history).guessing(),
        lambda _: Results(History()).loss(RUN),
    ],
)
def test_what_is_not_known_is_said_to_be(training, ask):
    with pytest.raises(UnknownError):
        ask(training[0])
