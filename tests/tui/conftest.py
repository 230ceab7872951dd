"""What the tests of screens over logs share: logs that real trainings have written."""

import pytest

from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LogWriter, encode
from tui_optim.training.trainer import Trainer

LOGGED = Experiment(
    data="blobs",
    hidden="8x2",
    compare="optimizer=sgd,adam",
    iterations=60,
    probe_every=10,
    eval_every=20,
)


@pytest.fixture(scope="session")
def logged():
    """The events of a short training, of 60 iterations and some options, as lines of a log."""
    known = {}

    def lines(**options):
        key = repr(options)
        if key not in known:
            events = Trainer(LOGGED.replace(**options))
            known[key] = [f"{encode(event)}\n" for event in events]
        return known[key]

    return lines


@pytest.fixture
def log(tmp_path):
    """Writes the log of a training."""

    def write(name="run.jsonl", **options):
        with LogWriter(tmp_path / name) as writer:
            for event in Trainer(LOGGED.replace(**options)):
                writer.write(event)
        return tmp_path / name

    return write
