"""Full-batch gradient descent beside the others: exact, seldom steps; a staircase of a loss."""

import numpy as np
import pytest

from tui_optim import Experiment, InputError
from tui_optim.events import Step
from tui_optim.nn import ACTIVATIONS, MLPStack

# 1437 = 11 · 128 + 29 examples: an epoch has 12 minibatches, the last of them short.
EPOCH, LAST = 12, 29
GD = "gd:lr=0.5"
STILL = "sgd:lr=1e-300"  # its parameters never change: raw minibatch losses at the start
OPTIONS = {
    "hidden": "10,8",
    "activation": "tanh",
    "dtype": "float64",
    "compare": f"optimizer={GD},{STILL},adam",
    "iterations": 3 * EPOCH,
    "probe_every": 5,
}


@pytest.fixture(scope="module")
def staircase(recording):
    """The training; parameters after each iteration (and before all); each epoch's gradient."""
    training = recording(**OPTIONS)
    thetas, gradients = [training.theta(GD).copy()], []

    def note(event):
        if isinstance(event, Step):
            thetas.append(training.theta(GD).copy())
            if event.iteration % EPOCH == 0:
                gradients.append(training.run_named(GD).epoch_gradient.copy())

    training.run(note)
    return training, thetas, gradients


def full_batch(training, theta):
    """Loss and gradient over the whole training set, in one pass of a network of its own."""
    trainer = training.trainer
    stack = MLPStack(trainer.sizes, [ACTIVATIONS["tanh"]()], np.float64)
    stack.theta[0] = theta
    x, y = trainer.dataset.x_train.astype(np.float64), trainer.dataset.y_train
    assert len(y) == 11 * 128 + LAST
    stack.forward(x)
    return stack.backward(x, y)[0], stack.gradient[0]


def relative(ours, expected):
    return np.linalg.norm(ours - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_accumulated_gradient_is_the_full_batchs(epoch, staircase):
    training, thetas, gradients = staircase
    _, expected = full_batch(training, thetas[epoch * EPOCH])
    assert relative(gradients[epoch], expected) <= 1e-10


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_accumulated_gradient_and_loss_are_pytorchs(epoch, staircase, torch_network):
    training, thetas, gradients = staircase
    data = training.trainer.dataset
    theirs = torch_network(training.trainer.sizes, "tanh", thetas[epoch * EPOCH])
    loss = theirs.backward(data.x_train, data.y_train)
    assert relative(gradients[epoch], theirs.flat(gradients=True)) <= 1e-10
    assert training.losses[GD][(epoch + 1) * EPOCH - 1] == pytest.approx(loss, rel=1e-10)


def test_it_steps_once_an_epoch_along_that_gradient(staircase):
    _, thetas, gradients = staircase
    for iteration in range(1, 3 * EPOCH + 1):
        moved = not np.array_equal(thetas[iteration], thetas[iteration - 1])
        assert moved is (iteration % EPOCH == 0)
    for epoch, gradient in enumerate(gradients):
        step = thetas[(epoch + 1) * EPOCH] - thetas[epoch * EPOCH]
        assert relative(step, -0.5 * gradient) <= 1e-10


def test_loss_is_a_running_mean_then_a_staircase(staircase):
    training, thetas, _ = staircase
    ours, raw = training.losses[GD], training.losses[STILL]
    # The first epoch: what it has seen, at the parameters it began with; all batches are of 128 …
    for n in range(1, EPOCH):
        assert ours[n - 1] == pytest.approx(sum(raw[:n]) / n, rel=1e-12)
    # … but the last one.
    whole = (128 * sum(raw[:11]) + LAST * raw[11]) / 1437
    assert ours[EPOCH - 1] == pytest.approx(whole, rel=1e-12)
    stairs = [
        ours[EPOCH - 1 : 2 * EPOCH - 1],
        ours[2 * EPOCH - 1 : 3 * EPOCH - 1],
        ours[3 * EPOCH - 1 :],
    ]
    for epoch, stair in enumerate(stairs):
        assert len(set(stair)) == 1
        loss, _ = full_batch(training, thetas[epoch * EPOCH])
        assert stair[0] == pytest.approx(loss, rel=1e-10)
    assert stairs[0][0] > stairs[1][0] > stairs[2][0]


@pytest.mark.parametrize("batch_size", [200, 5000])
def test_with_the_whole_set_in_one_minibatch_it_is_sgd(batch_size, train):
    losses = train(
        hidden="10",
        dtype="float64",
        train_size=200,
        batch_size=batch_size,
        compare="optimizer=gd:lr=0.3,sgd:lr=0.3",
        iterations=20,
    ).losses
    assert losses["gd:lr=0.3"] == pytest.approx(losses["sgd:lr=0.3"], rel=1e-10)
    assert losses["gd:lr=0.3"][-1] < losses["gd:lr=0.3"][0]


@pytest.mark.parametrize(
    "bad",
    [{"optimizer": "gd"}, {"compare": "optimizer=adam,gd:lr=0.1"}, {}],
    ids=["one run", "one of two", "the lecture's"],
)
def test_without_epochs_it_is_refused(bad):
    with pytest.raises(InputError, match=r"sampling=epoch|gd") as caught:
        Experiment(sampling="replacement", **bad)
    assert "\n" not in str(caught.value)
