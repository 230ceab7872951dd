"""Checkpoints: a training that goes on from one is the training that was never interrupted."""

import dataclasses
import json
import zipfile

import numpy as np
import pytest

from tui_optim import Control, Experiment, InputError, Trainer
from tui_optim.events import Change, Ended, Evaluation, Layers, Started, Step
from tui_optim.streams import claimed
from tui_optim.training.checkpoint import Checkpoint, CheckpointWriter

SMALL = {"data": "moons", "hidden": "6x2", "batch_size": 30, "train_size": 100}
EVERY = {"iterations": 40, "probe_every": 7, "eval_every": 12}
EXPERIMENTS = {
    "optimizers": {
        "compare": "optimizer=gd,sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw",
        "weight_decay": 0.01,
    },
    "remedies": {
        "compare": ["dropout=0,0.3", "batch-norm=off,on"],
        "optimizer": "adam",
        "dtype": "float64",
    },
    "diverging": {
        "compare": "lr=0.1,1e30",
        "optimizer": "sgd",
        "sampling": "replacement",
        "dropout": 0.2,
    },
}


def told(events, after=0):
    """What is told of the iterations after one, but for how long they took."""
    kept = [e for e in events if isinstance(e, Step | Layers | Evaluation | Ended)]
    untimed = [dataclasses.replace(e, seconds=0) if hasattr(e, "seconds") else e for e in kept]
    return [e for e in untimed if getattr(e, "iteration", np.inf) > after]


def written(experiment, path, at, *, control=None, on_event=None, lookahead=1):
    """The events of a training that is asked for a checkpoint after some iteration."""
    control = control or Control()
    trainer = Trainer(experiment, control, lookahead=lookahead)
    events = []
    for event in trainer:
        events.append(event)
        if on_event is not None:
            on_event(event, control)
        if isinstance(event, Step) and event.iteration == at:
            control.checkpoint(path)
    return events


def resumed(path, **options):
    checkpoint = Checkpoint.read(path)
    return list(Trainer(checkpoint.experiment, resume=checkpoint, **options))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_it_goes_on_bit_for_bit(name, tmp_path):
    experiment = Experiment(**SMALL, **EVERY, **EXPERIMENTS[name])
    for at, lookahead in ((1, 1), (14, 1), (18, 8), (40, 1)):  # an epoch has four iterations
        path = tmp_path / f"{at}.ckpt"
        events = written(experiment, path, at, lookahead=lookahead)
        checkpoint = Checkpoint.read(path)
        assert checkpoint.iteration == at if lookahead == 1 else checkpoint.iteration >= at
        for threads in (1, 3):  # the runs are shared out otherwise
            elsewhere = experiment.replace(threads=threads)
            going_on = list(Trainer(elsewhere, resume=checkpoint, lookahead=8))
            assert told(going_on) == told(events, checkpoint.iteration)
            assert going_on[0] == dataclasses.replace(
                events[0], threads=going_on[0].threads, experiment=elsewhere.options()
            )


def test_runs_may_be_shared_out_otherwise_when_it_goes_on(tmp_path):
    remedies = {"compare": "batch-norm=off,on", "optimizer": "adam", "iterations": 12}
    experiment = Experiment(**SMALL, **remedies, threads=2)  # a thread each
    events = written(experiment, tmp_path / "two.ckpt", 5)
    checkpoint = Checkpoint.read(tmp_path / "two.ckpt")
    together = list(Trainer(experiment.replace(threads=1), resume=checkpoint))
    assert told(together) == told(events, 5)


def test_it_goes_on_at_its_own_rates_and_for_as_long(tmp_path):
    def meddle(event, control):
        if isinstance(event, Step) and event.iteration == 5:
            control.scale_learning_rate(0.5, "adam")
            control.extend(10)

    experiment = Experiment(**SMALL, **EVERY, compare="optimizer=sgd,adam")
    path = tmp_path / "a.ckpt"
    events = written(experiment, path, 20, on_event=meddle)
    going_on = resumed(path)
    assert going_on[1:4] == [
        Change(20, "adam", "lr", 0.0005),
        Change(20, None, "iterations", 50),
        Change(20, None, "resumed", True),
    ]
    assert told(going_on) == told(events, 20)
    assert going_on[-1].iterations == 50


def test_it_can_go_on_for_longer_than_was_asked_for(tmp_path):
    experiment = Experiment(**SMALL, iterations=12, eval_every=6, optimizer="adam")
    events = written(experiment, tmp_path / "a.ckpt", 12)
    checkpoint = Checkpoint.read(tmp_path / "a.ckpt")
    assert told(resumed(checkpoint.path)) == told(events, 12) == told(events)[-1:]
    control = Control()
    control.extend(6)
    going_on = list(Trainer(experiment, control, resume=checkpoint))
    straight = list(Trainer(experiment.replace(iterations=18)))
    assert told(going_on) == told(straight, 12)


def test_checkpoints_of_every_so_many_iterations_and_of_the_end(tmp_path):
    found = []

    def note(path, failure):
        found.append((Checkpoint.read(path).iteration, failure))

    experiment = Experiment(**SMALL, iterations=25, optimizer="adam")
    writer = CheckpointWriter(tmp_path / "a.ckpt", 10, note)
    list(Trainer(experiment, writer=writer, lookahead=16))
    assert found == [(10, None), (20, None), (25, None)]
    found.clear()
    list(Trainer(experiment, writer=CheckpointWriter(tmp_path / "a.ckpt", told=note)))
    assert found == [(25, None)]
    # Of another training, if it began a second later: then the one before is kept.
    assert {each.name for each in tmp_path.iterdir()} <= {"a.ckpt", "a.ckpt~"}


def test_an_interrupted_evaluation_is_made_up_for(tmp_path):
    experiment = Experiment(**SMALL, **EVERY, optimizer="adam")
    control = Control()
    trainer = Trainer(experiment, control, writer=CheckpointWriter(tmp_path / "a.ckpt"))
    events = []
    for event in trainer:
        events.append(event)
        if isinstance(event, Step) and event.iteration == 12:
            control.stop("interrupted")
    assert told(events)[-1].reason == "interrupted"
    assert not any(isinstance(event, Evaluation) for event in events)
    straight = list(Trainer(experiment))
    assert told(events)[:-1] + told(resumed(tmp_path / "a.ckpt")) == told(straight)


def test_what_is_untold_is_in_no_checkpoint(tmp_path):
    trainer = Trainer(Experiment(**SMALL, iterations=20, optimizer="adam"), lookahead=8)
    with pytest.raises(InputError, match="nothing is trained yet"):
        trainer.write_checkpoint(tmp_path / "a.ckpt")
    events = iter(trainer)
    while not (isinstance(event := next(events), Step) and event.iteration == 5):
        pass
    with pytest.raises(RuntimeError, match=r"events still to be told: use Control.checkpoint"):
        trainer.write_checkpoint(tmp_path / "a.ckpt")
    list(events)
    trainer.write_checkpoint(tmp_path / "a.ckpt")
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration == 20


def test_a_paused_training_writes_one_at_once(live, tmp_path):
    training = live(**SMALL, iterations=10**6, optimizer="adam")
    training.wait_for_steps(3)
    training.control.pause()
    training.control.checkpoint(tmp_path / "a.ckpt")
    training.control.set_pace(100)  # told once the checkpoint is written
    training.wait_for(lambda: any(e == "pace" for e in settings(training.events)))
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration == training.steps[-1].iteration


def settings(events):
    return [event.setting for event in events if isinstance(event, Change)]


def test_numpy_reads_one_without_pickle(tmp_path):
    written(Experiment(**SMALL, iterations=3, optimizer="adam"), tmp_path / "a.ckpt", 3)
    with np.load(tmp_path / "a.ckpt", allow_pickle=False) as arrays:
        assert {"minibatches.order", "runs.0.theta", "runs.0.optimizer.m"} <= set(arrays)
        assert np.isfinite(arrays["runs.0.theta"]).all()
    with zipfile.ZipFile(tmp_path / "a.ckpt") as archive:
        header = json.loads(archive.read("checkpoint.json"))
    assert header["format"] == "tui-optim checkpoint"
    assert Experiment.from_options(header["experiment"]).optimizer == "adam"


def test_a_failure_leaves_the_old_one(tmp_path, monkeypatch):
    experiment = Experiment(**SMALL, iterations=4, optimizer="adam")
    path = tmp_path / "a.ckpt"
    written(experiment, path, 2)
    (tmp_path / ".a.ckpt.tui-optim.tmp").write_bytes(b"what a crash has left")
    before = path.read_bytes()

    def no_room(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_room)
    trainer = Trainer(experiment)
    list(trainer)
    with pytest.raises(InputError, match=r"a.ckpt' cannot be written: No space left on device"):
        trainer.write_checkpoint(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.ckpt"]
    found = []
    writer = CheckpointWriter(path, 2, lambda *told: found.append(told))
    events = list(Trainer(experiment, writer=writer))
    assert events[-1].reason == "completed"
    assert [failure is not None for _, failure in found] == [True, True]
    assert writer.failure is not None


def test_what_another_training_is_writing_is_left_to_it(tmp_path):
    pytest.importorskip("fcntl")
    trainer = Trainer(Experiment(**SMALL, iterations=4, optimizer="adam"))
    list(trainer)
    path, beside = tmp_path / "a.ckpt", tmp_path / ".a.ckpt.tui-optim.tmp"
    with beside.open("wb") as file:
        assert claimed(file)
        with pytest.raises(InputError, match="cannot be written: another training is writing it"):
            trainer.write_checkpoint(path)
        assert beside.exists()
        assert not path.exists()
    trainer.write_checkpoint(path)
    assert Checkpoint.read(path).iteration == 4


@pytest.mark.parametrize("place", ["no/such/a.ckpt", ".", "a\0b"])
def test_a_place_that_cannot_be_is_refused_at_once(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        CheckpointWriter(place)
    with pytest.raises(InputError, match=r"checkpoint-every=-1"):
        CheckpointWriter(every=-1)


def test_another_experiment_or_other_data_are_refused(tmp_path):
    path = tmp_path / "a.ckpt"
    written(Experiment(**SMALL, iterations=3, optimizer="adam"), path, 3)
    checkpoint = Checkpoint.read(path)
    other = checkpoint.experiment.replace(batch_size=20)
    with pytest.raises(InputError, match="another experiment: batch-size is 30 there and 20 here"):
        Trainer(other, resume=checkpoint)
    blobs = Trainer(Experiment(data="blobs", train_size=100, optimizer="adam")).dataset
    with pytest.raises(InputError, match="other data: 'moons' is not what it was"):
        Trainer(checkpoint.experiment, dataset=blobs, resume=checkpoint)


def test_it_says_when_it_began(tmp_path):
    events = written(Experiment(**SMALL, iterations=3, optimizer="adam"), tmp_path / "a.ckpt", 3)
    assert isinstance(events[0], Started)
    assert Checkpoint.read(tmp_path / "a.ckpt").began == events[0].time
