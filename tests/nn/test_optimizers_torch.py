"""Every optimizer against PyTorch's, in float64, on a real network and real batches."""

import numpy as np
import pytest

from tui_optim.nn import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, MLPStack, build

SIZES, STEPS, BATCH = (64, 30, 20, 10), 200, 32
STEPWISE_STEPS = 50  # each is compared by itself

ODD_SETTINGS = {
    "gd": ("lr=1e-6", "lr=0.7", "lr=3"),
    "sgd": ("lr=1e-6", "lr=0.7", "lr=3"),
    "momentum": ("momentum=0", "momentum=0.99", "lr=0.7:momentum=0.3"),
    "nesterov": ("momentum=0", "momentum=0.99", "lr=0.7:momentum=0.3"),
    "adagrad": ("lr=1", "eps=0.5", "lr=1e-5:eps=1e-15"),
    "rmsprop": ("decay=0", "decay=0.5:eps=2", "lr=0.1:decay=0.99"),
    "adam": ("beta1=0:beta2=0", "beta1=0.99:beta2=0.3:eps=0.1", "lr=0.5:beta2=0.9"),
    "adamw": ("weight_decay=0.3", "weight_decay=0", "lr=0.5:weight_decay=0.3:beta1=0.5"),
}
STEPWISE = [
    spec
    for name, settings in ODD_SETTINGS.items()
    for spec in (name, *(f"{name}:{odd}" for odd in settings))
]
STABLE = (
    "gd:lr=0.3",
    "sgd:lr=0.3",
    "momentum:lr=0.03",
    "nesterov:lr=0.03",
    "adagrad:lr=0.02",
    "rmsprop",
    "adam:lr=0.003",
    "adamw:lr=0.003:weight_decay=0.3",
)
STATE_NAMES = {
    "momentum": {"v": "momentum_buffer"},
    "nesterov": {"v": "momentum_buffer"},
    "adagrad": {"G": "sum"},
    "rmsprop": {"G": "square_avg"},
    "adam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamw": {"m": "exp_avg", "v": "exp_avg_sq"},
}


def our_optimizer(spec):
    """Ours, in PyTorch's variant: ε beside the root."""
    ours = build(OPTIMIZERS, spec, "optimizer")
    return ours.replace(eps_inside_root=False) if hasattr(ours, "eps_inside_root") else ours


def pytorchs_optimizer(torch, ours, parameters):
    """PyTorch's with the same settings."""
    name, settings = ours.name, {"lr": ours.lr}
    if name in ("momentum", "nesterov"):
        nesterov = name == "nesterov" and ours.momentum > 0  # PyTorch refuses it without momentum
        settings |= {"momentum": ours.momentum, "nesterov": nesterov}
    elif name == "adagrad":
        settings |= {"eps": ours.eps}
    elif name == "rmsprop":
        settings |= {"eps": ours.eps, "alpha": ours.decay}
    elif name in ("adam", "adamw"):
        settings |= {"eps": ours.eps, "betas": (ours.beta1, ours.beta2)}
    if name == "adamw":
        settings |= {"weight_decay": ours.weight_decay}
    kinds = {"adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW"}
    return getattr(torch.optim, kinds.get(name, "SGD"))(parameters, **settings)


def pytorchs_state(ours, theirs, twin):
    """PyTorch's state under our names, as vectors; none before its first step."""
    state = {}
    for own_name, name in STATE_NAMES.get(ours.name, {}).items():
        tensors = [theirs.state[parameter].get(name) for parameter in twin.parameters]
        if all(tensor is not None for tensor in tensors):  # none without momentum
            # our momentum has the learning rate inside the velocity
            factor = ours.lr if ours.name == "momentum" else 1
            state[own_name] = factor * twin.flat(tensors)
    return state


def network(activation):
    stack = MLPStack(SIZES, [ACTIVATIONS[activation]()], np.float64)
    stack.initialize([INITIALIZERS["xavier"]()], [7])
    return stack


def relative(ours, theirs):
    """The largest difference of two vectors, relative to the largest of PyTorch's numbers."""
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@pytest.mark.parametrize("spec", STEPWISE)
def test_each_step_from_pytorchs_weights_and_state_is_pytorchs(spec, torch, twin, batches):
    ours = our_optimizer(spec)
    theirs = twin(network("tanh"))
    optimizer = pytorchs_optimizer(torch, ours, theirs.parameters)
    theta, state = theirs.theta, {}
    for done, (x, y) in enumerate(batches(STEPWISE_STEPS, BATCH)):
        theirs.backward(x, y)
        optimizer.step()
        expected, expected_state = theirs.theta, pytorchs_state(ours, optimizer, theirs)

        ours = ours.replace()
        ours.state, ours.steps = state, done
        before = theta.copy()
        ours.step(theta, theirs.gradient)
        assert ours.steps == done + 1
        assert np.any(theta != before)
        # elementwise, relative to the weight before or after, whichever is larger
        bound = 1e-12 * np.maximum(np.abs(before), np.abs(expected))
        assert np.all(np.abs(theta - expected) <= bound)
        for name, vector in expected_state.items():
            assert relative(ours.state[name], vector) <= 1e-12
        theta, state = expected, expected_state


@pytest.mark.parametrize("spec", STABLE)
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_a_free_training_stays_with_pytorchs(spec, activation, torch, twin, batches):
    ours, stack = our_optimizer(spec), network(activation)
    theirs = twin(stack)
    optimizer = pytorchs_optimizer(torch, ours, theirs.parameters)
    losses = []
    for x, y in batches(STEPS, BATCH):
        stack.forward(x)
        losses.append(stack.backward(x, y)[0])
        ours.step(stack.theta[0], stack.gradient[0])

        expected = theirs.backward(x, y)
        optimizer.step()
        assert losses[-1] == pytest.approx(expected, rel=1e-6)
    assert relative(stack.theta[0], theirs.theta) <= 1e-6
    assert np.mean(losses[-10:]) < 0.95 * np.mean(losses[:10])  # it has learned


@pytest.mark.parametrize("eps", [1e-8, 1e-3, 2])
def test_the_lectures_adagrad_is_pytorchs_begun_at_eps(eps, torch, twin, batches):
    # √(G + ε) with G from 0 is √G with G from ε
    ours, stack = OPTIMIZERS["adagrad"](lr=0.02, eps=eps), network("relu")
    theirs = twin(stack)
    optimizer = torch.optim.Adagrad(
        theirs.parameters, lr=0.02, eps=0, initial_accumulator_value=eps
    )
    for x, y in batches(STEPS, BATCH):
        stack.forward(x)
        stack.backward(x, y)
        ours.step(stack.theta[0], stack.gradient[0])
        theirs.backward(x, y)
        optimizer.step()
    assert relative(stack.theta[0], theirs.theta) <= 1e-6
