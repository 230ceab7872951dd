"""Minibatches gathered for all runs: the examples asked for, without features that are all 0."""

from dataclasses import replace

import numpy as np
import pytest

from tui_optim.training.batches import WORTHWHILE, Gatherer
from tui_optim.training.pool import ComputePool
from tui_optim.training.sampling import Minibatch, Minibatches

FEATURES = 40


def training_set(share_of_zeros, examples=300):
    random = np.random.default_rng(1)
    x = random.uniform(0.1, 1, (examples, FEATURES)).astype(np.float32)
    x[random.uniform(size=x.shape) < share_of_zeros] = 0
    x[:, 30:] *= share_of_zeros == 0  # a margin that is 0 everywhere, like a picture's
    return x, random.integers(0, 3, examples)


def whole(batch):
    """Its examples with all features."""
    if batch.features is None:
        return batch.x
    x = np.zeros((len(batch.x), FEATURES), batch.x.dtype)
    x[:, batch.features] = batch.x
    return x


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("zeros", [0, 0.5, 0.97])
def test_they_are_the_examples_asked_for(zeros, count, threads):
    x, labels = training_set(zeros)
    gatherer, drawn = Gatherer(x, labels, 64), Minibatches(300, 64, "epoch", 0)
    with ComputePool(threads) as pool:
        for _ in range(3):  # the last minibatch of an epoch is short
            minibatches = [drawn.next() for _ in range(count)]
            batches = gatherer.gather(minibatches, pool)
            assert [batch.minibatch for batch in batches] == minibatches
            for batch in batches:
                examples = batch.minibatch.examples
                np.testing.assert_array_equal(whole(batch), x[examples])
                np.testing.assert_array_equal(batch.labels, labels[examples])
                assert batch.x.flags.c_contiguous


def test_features_are_left_out_where_it_is_worth_it():
    x, labels = training_set(0.5)
    with ComputePool(1) as pool:
        (batch,) = Gatherer(x, labels, 64).gather([Minibatch(np.arange(64), False)], pool)
        assert batch.features.tolist() == list(range(30))
        dense, labels = training_set(0)
        (batch,) = Gatherer(dense, labels, 64).gather([Minibatch(np.arange(64), False)], pool)
        assert batch.features is None
        assert 30 / FEATURES < WORTHWHILE


def test_a_training_with_and_without_features_left_out_is_the_same(recording, monkeypatch):
    options = {"hidden": "20,10", "compare": "optimizer=gd,adam", "dtype": "float64"}
    digits = recording(**options, iterations=1).trainer.dataset
    empty = np.arange(64) < 20
    digits = replace(digits, x_train=digits.x_train * empty, x_test=digits.x_test * empty)
    some = recording(**options, iterations=40, dataset=digits).run()
    monkeypatch.setattr("tui_optim.training.batches.WORTHWHILE", 0.0)
    every = recording(**options, iterations=40, dataset=digits).run()
    for run, losses in some.losses.items():
        np.testing.assert_allclose(losses, every.losses[run], rtol=1e-9)
        np.testing.assert_allclose(some.theta(run), every.theta(run), rtol=1e-7, atol=1e-12)
    assert some.losses != every.losses  # rounded otherwise, for it was computed otherwise
