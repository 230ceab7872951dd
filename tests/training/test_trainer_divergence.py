"""A run that diverges: told as None from there on, frozen, and no trouble to the others."""

import math

import numpy as np
import pytest

from tui_optim import History
from tui_optim.datasets import Dataset
from tui_optim.events import Layers, Step

OPTIONS = {"hidden": "20,20", "iterations": 40, "eval_every": 10, "probe_every": 4}
# with a wild run, with a harmless one in its place, the wild one's name, other options
WILD_RACES = [
    ("lr=0.01,1e6,0.1", "lr=0.01,0.02,0.1", "lr=1e+06", {"optimizer": "sgd"}),
    (
        "optimizer=gd:lr=1e6,adam,momentum",
        "optimizer=gd:lr=0.1,adam,momentum",
        "gd:lr=1e+06",
        {},
    ),
    (
        "optimizer=adam,sgd:lr=1e30,rmsprop",
        "optimizer=adam,sgd,rmsprop",
        "sgd:lr=1e+30",
        {},
    ),
]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("race", WILD_RACES)
def test_the_others_go_on_bit_for_bit(race, threads, train):
    wild, tame, run, options = race
    wild, tame = (train(**OPTIONS, **options, threads=threads, compare=c) for c in (wild, tame))
    assert None in wild.losses[run]
    others = [name for name in wild.losses if name != run]
    assert len(others) == 2
    for name in others:
        assert wild.losses[name] == tame.losses[name]
        assert wild.probes(name) == tame.probes(name)
        for one, other in zip(wild.evaluations, tame.evaluations, strict=True):
            for key in ("loss", "accuracy", "train_loss", "train_accuracy"):
                assert getattr(one, key)[name] == getattr(other, key)[name]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_from_there_on_it_is_none_and_frozen(dtype, recording):
    training = recording(**OPTIONS, dtype=dtype, optimizer="sgd", compare="lr=0.1,1e200")
    run, frozen = "lr=1e+200", []

    def note(event):
        if isinstance(event, Step) and event.loss[run] is None:
            frozen.append(training.theta(run).tobytes())

    training.run(note)
    losses = training.losses[run]
    first = losses.index(None)  # the iteration is one more
    assert 1 <= first < 5
    assert all(math.isfinite(loss) for loss in losses[:first])
    assert losses[first:] == [None] * (40 - first)
    assert len(frozen) == 40 - first
    assert len(set(frozen)) == 1
    assert None not in training.losses["lr=0.1"]
    for evaluation in training.evaluations:
        for key in ("loss", "accuracy", "train_loss", "train_accuracy"):
            assert getattr(evaluation, key)[run] is None
            assert getattr(evaluation, key)["lr=0.1"] is not None
    assert training.ended.loss[run] is training.ended.accuracy[run] is None
    # Nothing is measured of it any more.
    assert max(training.probes(run)) <= first < max(training.probes("lr=0.1")) == 40


@pytest.mark.parametrize("threads", [1, 2])
def test_all_diverged_and_still_a_proper_end(threads, train):
    training = train(**OPTIONS, optimizer="sgd", compare="lr=1e200,1e201", threads=threads)
    history = History()
    for event in training.events:
        history.add(event)
    ended = training.ended
    assert (ended.reason, ended.iterations, len(training.steps)) == ("completed", 40, 40)
    assert set(ended.loss.values()) == set(ended.accuracy.values()) == {None}
    assert set(training.steps[-1].loss.values()) == {None}
    assert [e.iteration for e in training.evaluations] == [10, 20, 30, 40]
    assert set(history.diverged) == {"lr=1e+200", "lr=1e+201"}
    assert history.diverged["lr=1e+200"] == training.losses["lr=1e+200"].index(None) + 1


def test_a_divergence_in_the_last_update_shows_in_the_evaluation(train):
    # Iteration 1's loss is finite, its update makes parameters that are not.
    training = train(
        hidden="20,20", iterations=1, optimizer="sgd", compare="lr=0.1,1e200", eval_every=1
    )
    run = "lr=1e+200"
    assert training.losses[run][0] == training.losses["lr=0.1"][0]
    assert training.ended.accuracy[run] is training.ended.loss[run] is None
    assert training.ended.accuracy["lr=0.1"] is not None
    # What is probed is of before the update, but for the size of the update itself.
    wild, tame = (training.probes(name)[1] for name in (run, "lr=0.1"))
    for one, other in zip(wild, tame, strict=True):
        assert one.update_ratio is None
        assert one.step_size is None
        for key in ("mean", "std", "dead", "delta_rms", "gradient_norm", "weight_norm"):
            assert getattr(one, key) == getattr(other, key)
        assert one.histogram == other.histogram


def test_diverged_on_some_examples_it_is_not_scored_on_others(train):
    # One training example overflows; the parameters stay finite, and the test part harmless.
    x, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    wild = x.copy()
    wild[7] = 3e38
    data = Dataset("wild", wild, y, x, y, ("a", "b"))
    training = train(
        dataset=data, hidden="5", initializer="normal:std=9", optimizer="sgd", iterations=8
    )
    assert np.isfinite(training.theta("sgd")).all()
    assert training.losses["sgd"] == [None] * 8
    assert training.evaluations[-1].accuracy == {"sgd": None}
    assert training.ended.accuracy == training.ended.loss == {"sgd": None}


def test_a_wide_start_that_overflows_is_no_fault(train):
    # Weights of 1e30 in float32: the very first forward pass overflows.
    training = train(**OPTIONS, optimizer="adam", compare="initializer=he,normal:std=1e30")
    wild = training.losses["normal:std=1e+30"]
    assert wild == [None] * 40
    assert not [e for e in training.of(Layers) if e.run == "normal:std=1e+30"]
    assert np.all(np.isfinite(training.losses["he"]))


def test_a_run_that_its_very_last_update_destroys(recording):
    history = History()
    options = {**OPTIONS, "iterations": 1, "probe_every": 0, "train_size": 128}
    training = recording(**options, optimizer="sgd", compare="lr=0.1,1e200", dtype="float64")
    training.run(history.add)
    assert all(math.isfinite(training.losses[run][0]) for run in history.runs)
    assert training.ended.loss["lr=1e+200"] is None
    assert history.diverged == {"lr=1e+200": 1}


def test_a_stopped_training_has_no_final_losses_and_nothing_diverged(recording):
    history = History()
    training = recording(**OPTIONS, optimizer="sgd")

    def stop(event):
        history.add(event)
        if isinstance(event, Step) and event.iteration == 3:
            training.control.stop()

    training.run(stop)
    assert (training.ended.reason, training.ended.loss) == ("stopped", {"sgd": None})
    assert history.diverged == {}
