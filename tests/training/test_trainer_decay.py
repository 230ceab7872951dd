"""Weight decay: an L2 penalty on weights, not biases; with adamw the decoupled one."""

import numpy as np
import pytest

# One minibatch is the whole training set, so that PyTorch can see the same.
WHOLE = {"hidden": "12,8", "dtype": "float64", "train_size": 150, "batch_size": 150}
STEPS = 25
DECAY = 0.05

# ours; PyTorch's name and settings
L2 = [
    ("sgd:lr=0.2", "SGD", {"lr": 0.2}),
    ("gd:lr=0.2", "SGD", {"lr": 0.2}),
    ("momentum:lr=0.05", "SGD", {"lr": 0.05, "momentum": 0.9}),
    ("adam:lr=0.01", "Adam", {"lr": 0.01}),
    ("adagrad:lr=0.05:eps_inside_root=false", "Adagrad", {"lr": 0.05, "eps": 1e-8}),
]


def compare_with_pytorch(training, theirs, optimizer, run):
    data = training.trainer.dataset
    losses = []
    for _ in range(STEPS):
        losses.append(theirs.backward(data.x_train, data.y_train))
        optimizer.step()
        optimizer.zero_grad()
    training.run()
    ours = training.theta(run)
    assert np.abs(ours - theirs.flat()).max() <= 1e-6 * np.abs(ours).max()
    assert training.losses[run] == pytest.approx(losses, rel=1e-6)


@pytest.mark.parametrize("case", L2)
def test_l2_is_pytorchs_on_the_weights_alone(case, torch, torch_network, recording):
    ours, name, settings = case
    training = recording(**WHOLE, optimizer=ours, weight_decay=DECAY, iterations=STEPS)
    theirs = torch_network(training.trainer.sizes, "relu", training.theta(ours))
    optimizer = getattr(torch.optim, name)(
        [
            {"params": theirs.weights, "weight_decay": DECAY},
            {"params": theirs.biases, "weight_decay": 0},
        ],
        **settings,
    )
    compare_with_pytorch(training, theirs, optimizer, ours)


# the options; PyTorch's decoupled decay
DECOUPLED = [
    ({"optimizer": "adamw:lr=0.01", "weight_decay": 0.3}, 0.3),
    ({"optimizer": "adamw:lr=0.01:weight_decay=0.2"}, 0.2),
    ({"optimizer": "adamw:lr=0.01:weight_decay=0.2", "weight_decay": 0.3}, 0.3),
    ({"optimizer": "adamw:lr=0.01"}, 0.01),
    ({"optimizer": "adamw:lr=0.01", "compare": "weight-decay=0.3"}, 0.3),
    ({"optimizer": "adamw:lr=0.01", "compare": "weight-decay=0"}, 0),
]


@pytest.mark.parametrize(("options", "decay"), DECOUPLED)
def test_adamw_gets_the_decoupled_one(options, decay, torch, torch_network, recording):
    training = recording(**WHOLE, **options, iterations=STEPS)
    (run,) = training.trainer.runs
    theirs = torch_network(training.trainer.sizes, "relu", training.theta(run.name))
    optimizer = torch.optim.AdamW(
        [*theirs.weights, *theirs.biases], lr=0.01, weight_decay=decay, eps=1e-8
    )
    compare_with_pytorch(training, theirs, optimizer, run.name)


def test_the_penalty_is_not_in_the_loss(train):
    race = train(**WHOLE, optimizer="sgd", compare="weight-decay=0,10", iterations=3).losses
    none, much = race["weight-decay=0"], race["weight-decay=10"]
    assert none[0] == much[0]
    assert none[1] != much[1]


def test_decay_shrinks_weights_by_hand(recording):
    # θ ← θ − lr (g + λ θ): with λ lr = 1/2, one step halves the weights but for the gradient's part
    training = recording(**WHOLE, optimizer="sgd", compare="weight-decay=0,50", iterations=1)
    start = training.theta("weight-decay=0").copy()
    training.run()
    plain, decayed = (training.theta(f"weight-decay={d}") for d in (0, 50))
    expected = plain - 0.01 * 50 * start  # biases start at 0
    assert decayed == pytest.approx(expected, rel=1e-12, abs=1e-15)
