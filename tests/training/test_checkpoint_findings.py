"""Checkpoints: a training that goes on says what it would have said, and nothing twice."""

import pytest

from tui_optim import Control, Experiment, Trainer
from tui_optim.events import Finding, Step
from tui_optim.training.checkpoint import Checkpoint

ILL = Experiment(
    data="blobs",
    initializer="xavier",
    hidden="10x5",
    compare=["optimizer=adam:lr=0.03,sgd:lr=1e-7,sgd:lr=1e200", "activation=sigmoid,relu"],
    iterations=260,
    probe_every=5,
    eval_every=130,
    threads=1,
)
AT = (1, 7, 39, 221)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training's events, of which many are findings, and its checkpoints by iteration."""
    control, folder = Control(), tmp_path_factory.mktemp("checkpoints")
    events = []
    for event in Trainer(ILL, control):
        events.append(event)
        if isinstance(event, Step) and event.iteration in AT:
            control.checkpoint(folder / f"{event.iteration}.ckpt")
    return events, folder


def findings(events, after=0):
    return [each for each in events if isinstance(each, Finding) and each.iteration > after]


@pytest.mark.parametrize("at", AT)
def test_it_says_what_it_would_have_said(at, whole):
    events, folder = whole
    checkpoint = Checkpoint.read(folder / f"{at}.ckpt")
    going_on = list(Trainer(checkpoint.experiment, resume=checkpoint))
    assert findings(going_on) == findings(events, after=at)


def test_there_is_something_to_say_before_and_after(whole):
    said = [(each.iteration, each.kind, each.resolved) for each in findings(whole[0])]
    assert {(2, "diverged", False), (10, "vanishing-gradient", False)} <= set(said)
    assert {(40, "vanishing-gradient", True), (250, "stalled", False)} <= set(said)
