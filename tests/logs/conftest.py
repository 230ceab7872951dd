"""What the tests of logs share: the events of a real training, of all kinds."""

import pytest

from tui_optim import Control, Experiment, Trainer
from tui_optim.events import Finding, Step


@pytest.fixture(scope="session")
def training_events():
    """A race with a diverging run, probes, evaluations, changes; and two findings."""
    control = Control()
    experiment = Experiment(
        data="blobs",
        hidden="8,6",
        compare=["optimizer=gd,sgd", "lr=0.1,1e200"],
        iterations=30,
        probe_every=10,
        eval_every=10,
    )
    events = []
    for event in Trainer(experiment, control):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 5:
            control.set_learning_rate(0.25, "sgd lr=0.1")
            control.extend(10)
            control.set_pace(1000)
            control.set_pace(None)
            control.pause()
            control.resume()
            events += [
                Finding(5, "sgd lr=0.1", 2, "dead", 0.75, 0.5, "75 % are dead", resolved=False),
                Finding(
                    5, "gd lr=0.1", None, "slow", None, None, "« “ü” »\n\x1b[31m", resolved=True
                ),
            ]
    kinds = {event.event for event in events}
    assert kinds == {"started", "step", "layers", "evaluation", "finding", "change", "ended"}
    return events
