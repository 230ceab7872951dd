"""Minibatches: what is seen when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_optim.training.sampling import Minibatches


def draw(minibatches, count):
    return [minibatches.next() for _ in range(count)]


@given(st.integers(1, 200), st.integers(1, 300), st.integers(0, 2**63 - 1))
def test_an_epoch_shows_every_example_once(examples, batch_size, seed):
    minibatches = Minibatches(examples, batch_size, "epoch", seed)
    per_epoch = -(-examples // batch_size)
    for _ in range(3):
        batches = draw(minibatches, per_epoch)
        assert [batch.ends_epoch for batch in batches] == [False] * (per_epoch - 1) + [True]
        sizes = [len(batch) for batch in batches]
        assert sizes[:-1] == [batch_size] * (per_epoch - 1)
        assert 1 <= sizes[-1] <= batch_size
        seen = np.concatenate([batch.examples for batch in batches])
        assert sorted(seen) == list(range(examples))


def test_each_epoch_is_shuffled_anew():
    minibatches = Minibatches(1437, 128, "epoch", 0)
    orders = [np.concatenate([b.examples for b in draw(minibatches, 12)]) for _ in range(3)]
    for order in orders:
        assert abs(np.corrcoef(order, np.arange(1437))[0, 1]) < 0.15
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert (orders[one] == orders[other]).mean() < 0.02


@pytest.mark.parametrize("sampling", ["epoch", "replacement"])
def test_equal_seeds_draw_equally(sampling):
    first, second, other = (
        np.concatenate([b.examples for b in draw(Minibatches(100, 30, sampling, seed), 9)])
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@given(st.integers(1, 50), st.integers(1, 70))
def test_with_replacement_batches_are_full_and_never_end_an_epoch(examples, batch_size):
    for batch in draw(Minibatches(examples, batch_size, "replacement", 0), 20):
        assert len(batch) == min(batch_size, examples)
        assert not batch.ends_epoch
        assert batch.examples.min() >= 0
        assert batch.examples.max() < examples


def test_with_replacement_all_examples_are_as_likely():
    drawn = [b.examples for b in draw(Minibatches(100, 50, "replacement", 0), 4000)]
    assert any(len(set(batch.tolist())) < 50 for batch in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=100)
    # 2,000 ± 45 each
    assert counts.min() > 2000 - 5 * 45
    assert counts.max() < 2000 + 5 * 45


def test_a_training_with_replacement(train):
    options = {"hidden": "20", "optimizer": "adam:lr=0.01", "iterations": 60, "train_size": 300}
    replacement = train(**options, sampling="replacement")
    assert [step.samples for step in replacement.steps] == [128 * n for n in range(1, 61)]
    losses = replacement.losses["adam:lr=0.01"]
    assert losses[-1] < 0.7 * losses[0]
    by_epoch = train(**options)
    assert [step.samples for step in by_epoch.steps][:4] == [128, 256, 300, 428]
    assert by_epoch.losses["adam:lr=0.01"] != losses
    again = train(**options, sampling="replacement")
    assert again.losses["adam:lr=0.01"] == losses
