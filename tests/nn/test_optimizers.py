import numpy as np
import pytest

from tui_optim.errors import InputError
from tui_optim.nn import OPTIMIZERS, build

KINDS = [pytest.param(kind, id=name) for name, kind in OPTIMIZERS.items()]
WITH_STATE = {
    "momentum": {"v"},
    "nesterov": {"v"},
    "adagrad": {"G"},
    "rmsprop": {"G"},
    "adam": {"m", "v"},
    "adamw": {"m", "v"},
}

# Worked by hand, from θ = 1: (spec, gradients, θ after each step)
HAND = [
    # 1 − 0.1·3;  0.7 − 0.1·(−2)
    ("sgd:lr=0.1", (3, -2), (0.7, 0.9)),
    ("gd:lr=0.1", (3, -2), (0.7, 0.9)),
    # v = 0.1, 0.05 + 0.2 = 0.25, 0.125 + 0.4 = 0.525
    ("momentum:lr=0.1:momentum=0.5", (1, 2, 4), (0.9, 0.65, 0.125)),
    # v = 1, 0.5 + 2 = 2.5;  1 − 0.1 (1 + 0.5·1);  0.85 − 0.1 (2 + 0.5·2.5)
    ("nesterov:lr=0.1:momentum=0.5", (1, 2), (0.85, 0.525)),
    # G = 9, 18, 29;  1 − 0.5·3/√16;  0.625 − 0.5·3/√25;  0.325 − 0.5·√11/√36
    ("adagrad:lr=0.5:eps=7", (3, 3, 11**0.5), (0.625, 0.325, 0.0486146008)),
    # G = 9, 25;  1 − 0.5·3/(3 + 7);  0.85 − 0.5·4/(5 + 7)
    ("adagrad:lr=0.5:eps=7:eps_inside_root=false", (3, 4), (0.85, 0.6833333333)),
    # G = 1e-8: with the default ε = 1e-8 inside the root the step is lr/√2, beside it 0.9999 lr
    ("adagrad:lr=1", (1e-4,), (0.2928932188,)),
    ("adagrad:lr=1:eps_inside_root=false", (1e-4,), (0.0000999900,)),
    # G = 1, 0.75 + 0.25 = 1, 0.75 + 12.25 = 13
    # 1 − 0.1·2/√4;  0.9 − 0.1·1/√4;  0.85 − 0.1·7/√16
    ("rmsprop:lr=0.1:decay=0.75:eps=3", (2, 1, 7), (0.9, 0.85, 0.675)),
    # 1 − 0.1·2/(1 + 3);  0.95 − 0.1·1/(1 + 3);  0.925 − 0.1·7/(√13 + 3)
    (
        "rmsprop:lr=0.1:decay=0.75:eps=3:eps_inside_root=false",
        (2, 1, 7),
        (0.95, 0.925, 0.8190285268),
    ),
    # m = 1, 1;  m̂ = 1/0.5 = 2, 1/0.75 = 4/3;  v = 1, 1;  v̂ = 1/0.25 = 4, 1/0.4375 = 16/7
    # 1 − 0.1·2/(2 + 1);  0.9333333333 − 0.1·1.3333333333/(1.5118578920 + 1)
    ("adam:lr=0.1:beta1=0.5:beta2=0.75:eps=1", (2, 1), (0.9333333333, 0.8802517742)),
    # the first step is Adam's from (1 − 0.1·0.5)·1 = 0.95 to 0.8833333333
    # the second from 0.95·0.8833333333 = 0.8391666667, less the same 0.0530815592
    (
        "adamw:lr=0.1:beta1=0.5:beta2=0.75:eps=1:weight_decay=0.5",
        (2, 1),
        (0.8833333333, 0.7860851075),
    ),
]

DEFAULTS = {
    "gd": {"lr": 0.01},
    "sgd": {"lr": 0.01},
    "momentum": {"lr": 0.01, "momentum": 0.9},
    "nesterov": {"lr": 0.01, "momentum": 0.9},
    "adagrad": {"lr": 0.01, "eps": 1e-8, "eps_inside_root": True},
    "rmsprop": {"lr": 0.001, "decay": 0.9, "eps": 1e-8, "eps_inside_root": True},
    "adam": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adamw": {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
}

SHAPES = {
    "0-d": lambda a: a[:1].reshape(()),
    "1-d": lambda a: a,
    "2-d": lambda a: a.reshape(4, 6),
    "3-d": lambda a: a.reshape(2, 3, 4),
    "every other": lambda a: a[1::2],
    "backwards": lambda a: a[::-1],
    "transposed": lambda a: a.reshape(4, 6).T,
    "columns": lambda a: a.reshape(4, 6)[:, 1:3],
    "empty": lambda a: a[:0],
}


@pytest.mark.parametrize(("spec", "gradients", "expected"), HAND, ids=[case[0] for case in HAND])
def test_steps_worked_by_hand(spec, gradients, expected):
    optimizer, theta = build(OPTIMIZERS, spec, "optimizer"), np.ones(2)
    path = []
    for gradient in gradients:
        optimizer.step(theta, np.array([gradient, -gradient], float))
        path.append(theta[0])
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-10)
    if "weight_decay" not in spec:  # the opposite gradient: the opposite steps
        np.testing.assert_allclose(theta[1] - 1, 1 - theta[0], rtol=1e-12)


def test_momentum_has_the_learning_rate_inside_the_velocity():
    optimizer, theta = OPTIMIZERS["momentum"](lr=0.1, momentum=0.5), np.ones(1)
    optimizer.step(theta, np.array([1.0]))
    optimizer.lr = 0.01
    optimizer.step(theta, np.array([2.0]))
    np.testing.assert_allclose(optimizer.state["v"], [0.07], rtol=1e-15)  # 0.5·0.1 + 0.01·2
    np.testing.assert_allclose(theta, [0.83], rtol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults(name):
    optimizer = OPTIMIZERS[name]()
    assert optimizer.spec == name
    for key, value in DEFAULTS[name].items():
        assert getattr(optimizer, key) == value


def test_only_gd_wants_the_whole_training_set():
    assert [name for name, kind in OPTIMIZERS.items() if kind.full_batch] == ["gd"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_in_place_and_elementwise_whatever_the_shape(kind, shape):
    start, gradients = np.random.default_rng(1).standard_normal((2, 24))
    flat_optimizer, flat = kind(), SHAPES[shape](start.copy()).ravel()
    memory = start.copy()
    optimizer, view = kind(), SHAPES[shape](memory)
    for factor in (1, -3, 5):
        flat_optimizer.step(flat, SHAPES[shape](factor * gradients).ravel())
        optimizer.step(view, SHAPES[shape](factor * gradients))
    np.testing.assert_array_equal(view.ravel(), flat)
    assert view.size == 0 or np.all(view != SHAPES[shape](start))
    inside = SHAPES[shape](np.arange(24))
    outside = np.setdiff1d(np.arange(24), inside)
    np.testing.assert_array_equal(memory[outside], start[outside])  # nothing else is written
    for state in optimizer.state.values():
        assert state.shape == view.shape


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32_and_close_to_float64(kind):
    random = np.random.default_rng(2)
    single = random.standard_normal(100).astype(np.float32)
    double = single.astype(np.float64)
    optimizers = kind(), kind()
    for _ in range(20):
        gradient = random.standard_normal(100).astype(np.float32)
        optimizers[0].step(single, gradient)
        optimizers[1].step(double, gradient.astype(np.float64))
    assert single.dtype == np.float32
    assert all(state.dtype == np.float32 for state in optimizers[0].state.values())
    # 20 steps, each rounding θ of about 1 once or twice to 2⁻²⁴
    np.testing.assert_allclose(single, double, rtol=0, atol=40 * 2.0**-24 * np.abs(double).max())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_only_the_first_step_allocates(kind, dtype, peak_memory):
    optimizer = kind()
    theta, gradient = np.ones(100_000, dtype), np.full(100_000, 0.1, dtype)
    arrays = 1 + len(optimizer.state_names)
    assert peak_memory(lambda: optimizer.step(theta, gradient)) >= arrays * theta.nbytes

    def again():
        return peak_memory(lambda: [optimizer.step(theta, gradient) for _ in range(5)])

    assert min(again() for _ in range(3)) < 4096  # other threads of the test runner allocate, too


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_must_match_and_stay(kind):
    optimizer, theta = kind(), np.ones((2, 3))
    optimizer.step(theta, np.ones((2, 3)))
    kept = theta.copy()
    for bad_theta, bad_gradient in (
        (theta, np.ones(3)),
        (theta, np.ones((3, 2))),
        (theta[0], np.ones(3)),
        (theta.T, np.ones((3, 2))),
    ):
        with pytest.raises(ValueError, match="must keep the shape"):
            optimizer.step(bad_theta, bad_gradient)
    np.testing.assert_array_equal(theta, kept)
    assert optimizer.steps == 1
    optimizer = kind()
    with pytest.raises(ValueError, match="must keep the shape"):
        optimizer.step(np.ones(3), np.ones(1))
    optimizer.step(np.ones(5), np.ones(5))  # the refused step has fixed no shape


@pytest.mark.parametrize("kind", KINDS)
def test_steps_and_state_start_empty_and_replace_starts_afresh(kind):
    optimizer, theta = kind(lr=0.25), np.ones(3)
    assert (optimizer.steps, optimizer.state) == (0, {})
    for count in (1, 2, 3):
        optimizer.step(theta, np.ones(3))
        assert optimizer.steps == count
    assert set(optimizer.state) == WITH_STATE.get(optimizer.name, set())
    assert all(np.all(state != 0) for state in optimizer.state.values())

    fresh = optimizer.replace(lr=0.5)
    assert type(fresh) is kind
    assert (fresh.lr, fresh.steps, fresh.state) == (0.5, 0, {})
    assert (optimizer.lr, optimizer.steps) == (0.25, 3)
    ours, theirs = np.ones(5), np.ones(5)  # another shape: nothing of the old state is left
    fresh.step(ours, np.full(5, 0.3))
    kind(lr=0.5).step(theirs, np.full(5, 0.3))
    np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(InputError, match="lr=-1"):
        optimizer.replace(lr=-1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_can_be_taken_up_from_its_state_and_steps(kind):
    gradients = np.random.default_rng(3).standard_normal((6, 10))
    whole, theta = kind(), np.ones(10)
    first, resumed = kind(), np.ones(10)
    for gradient in gradients:
        whole.step(theta, gradient)
    for gradient in gradients[:4]:
        first.step(resumed, gradient)
    second = first.replace()
    second.state = {name: array.copy() for name, array in first.state.items()}
    second.steps = first.steps
    for gradient in gradients[4:]:
        second.step(resumed, gradient)
    np.testing.assert_array_equal(resumed, theta)
