"""Trainings with dropout, batch normalization and tanh before the softmax against PyTorch's."""

import numpy as np
import pytest

from tui_optim.nn.network import DROPOUT, stream
from tui_optim.training.sampling import Minibatches

# Minibatches of 64, 64 and 32 examples.
OPTIONS = {"hidden": "12,8", "dtype": "float64", "train_size": 160, "batch_size": 64}
STEPS = 24
SEED = 4

# ours; PyTorch's name and settings
OPTIMIZERS = [
    ("sgd:lr=0.2", "SGD", {"lr": 0.2}),
    ("momentum:lr=0.05", "SGD", {"lr": 0.05, "momentum": 0.9}),
    ("adam:lr=0.01", "Adam", {"lr": 0.01}),
]
REMEDIES = [
    {"batch_norm": True},
    {"dropout": 0.4},
    {"output_activation": "tanh"},
    {"batch_norm": True, "dropout": 0.4, "output_activation": "tanh"},
]


class Twin:
    """PyTorch's network, beginning like a run's, and the minibatches and factors it has seen."""

    def __init__(self, torch_network, training, run, activation="relu"):
        spec = training.run_named(run).spec
        self.dataset, self.rate = training.trainer.dataset, spec.dropout
        self.network = torch_network(
            training.trainer.sizes,
            activation,
            training.own(run),
            batch_norm=spec.batch_norm,
            bounded=spec.output_activation == "tanh",
        )
        self._minibatches = Minibatches(160, 64, "epoch", SEED)
        self._random = stream(SEED, DROPOUT)

    def backward(self):
        examples = self._minibatches.next().examples
        draws = [self._random.random((len(examples), n), dtype=np.float32) for n in (12, 8)]
        factors = [(draw >= self.rate) / (1 - self.rate) for draw in draws] if self.rate else None
        x, y = self.dataset.x_train[examples], self.dataset.y_train[examples]
        return self.network.backward(x, y, factors)

    def train(self, optimizer):
        """The losses of the whole training."""
        losses = []
        for _ in range(STEPS):
            losses.append(self.backward())
            optimizer.step()
            for parameter in parameters(self.network):
                parameter.grad = None
        return losses


def parameters(network):
    norms = [each for norm in network.norms for each in (norm.weight, norm.bias)]
    return [*network.weights, *network.biases, *norms]


def assert_same(training, run, twin, losses):
    ours, data = training.own(run), training.trainer.dataset
    assert training.losses[run] == pytest.approx(losses, rel=1e-8)
    assert np.abs(ours - twin.network.flat()).max() <= 1e-8 * np.abs(ours).max()
    evaluated = twin.network.evaluate(data.x_test, data.y_test)
    assert training.ended.loss[run] == pytest.approx(evaluated, rel=1e-8)


@pytest.mark.parametrize("remedies", REMEDIES, ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=[each[0] for each in OPTIMIZERS])
def test_whole_trainings(optimizer, remedies, torch, torch_network, recording):
    run, name, settings = optimizer
    training = recording(**OPTIONS, **remedies, optimizer=run, seed=SEED, iterations=STEPS)
    twin = Twin(torch_network, training, run)
    losses = twin.train(getattr(torch.optim, name)(parameters(twin.network), **settings))
    assert_same(training.run(), run, twin, losses)


@pytest.mark.parametrize(
    ("optimizer", "name"), [("adamw:lr=0.01", "AdamW"), ("adam:lr=0.01", "Adam")]
)
def test_scales_and_shifts_do_not_decay(optimizer, name, torch, torch_network, recording):
    training = recording(
        **OPTIONS,
        batch_norm=True,
        optimizer=optimizer,
        weight_decay=0.3,
        seed=SEED,
        iterations=STEPS,
    )
    twin = Twin(torch_network, training, optimizer)
    decayed = [*twin.network.weights, *(twin.network.biases if name == "AdamW" else ())]
    others = [each for each in parameters(twin.network) if all(each is not w for w in decayed)]
    groups = [
        {"params": decayed, "weight_decay": 0.3},
        {"params": others, "weight_decay": 0},
    ]
    losses = twin.train(getattr(torch.optim, name)(groups, lr=0.01))
    assert_same(training.run(), optimizer, twin, losses)


def test_every_run_of_a_mixed_race(torch, torch_network, recording):
    axes = ["dropout=0,0.4", "batch-norm=off,on", "output-activation=linear,tanh"]
    training = recording(
        **OPTIONS,
        optimizer="sgd:lr=0.2",
        compare=axes,
        seed=SEED,
        iterations=STEPS,
        activation="tanh",
    )
    twins = {
        run.name: Twin(torch_network, training, run.name, "tanh") for run in training.trainer.runs
    }
    assert len(twins) == 8
    training.run()
    for run, twin in twins.items():
        losses = twin.train(torch.optim.SGD(parameters(twin.network), lr=0.2))
        assert_same(training, run, twin, losses)
