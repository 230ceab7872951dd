"""Equal experiments give equal losses, bit for bit, whatever else goes on beside them."""

import pytest

REAL = {"hidden": "100,50", "iterations": 14, "probe_every": 4, "eval_every": 6, "train_size": 600}
OPTIMIZERS = "optimizer=gd,sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw"
MIXED = ["optimizer=sgd,adam", "activation=sigmoid,tanh,relu,leaky_relu"]
REMEDIES = ["dropout=0,0.2,0.5", "batch-norm=off,on", "output-activation=linear,tanh"]


@pytest.mark.parametrize("compare", [OPTIMIZERS, MIXED, REMEDIES])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_run_twice(compare, dtype, train):
    first, second = (train(**REAL, compare=compare, dtype=dtype) for _ in range(2))
    assert first.losses == second.losses
    assert first.evaluations == second.evaluations
    assert first.probes(first.trainer.runs[0].name) == second.probes(second.trainer.runs[0].name)


@pytest.mark.parametrize("compare", [OPTIMIZERS, MIXED, REMEDIES])
def test_on_any_number_of_threads(compare, train):
    one, two, three = (train(**REAL, compare=compare, threads=n) for n in (1, 2, 3))
    assert one.losses == two.losses == three.losses
    assert one.evaluations == two.evaluations == three.evaluations


@pytest.mark.parametrize("hidden", ["100,50", "33,17", "none"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_alone_and_in_a_race(hidden, dtype, train):
    options = {**REAL, "hidden": hidden, "dtype": dtype}
    race = train(**options, compare=OPTIMIZERS, threads=2)
    for run, losses in race.losses.items():
        assert train(**options, optimizer=run).losses == {run: losses}


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu"])
def test_alone_and_beside_other_activations(activation, train):
    race = train(**REAL, compare=MIXED)
    alone = train(**REAL, optimizer="adam", activation=activation)
    assert alone.losses["adam"] == race.losses[f"adam {activation}"]


@pytest.mark.parametrize("hidden", ["100,50", "33,17", "none"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_alone_and_beside_remedies(hidden, dtype, train):
    options = {**REAL, "hidden": hidden, "dtype": dtype, "optimizer": "sgd:lr=0.1"}
    race = train(**options, compare=REMEDIES, threads=2)
    for dropout in (0, 0.5):
        for on in ("off", "on"):
            for output in ("linear", "tanh"):
                alone = train(**options, dropout=dropout, batch_norm=on, output_activation=output)
                run = f"dropout={dropout} batch-norm={on} output-activation={output}"
                assert list(alone.losses.values()) == [race.losses[run]]
                assert alone.ended.loss["sgd:lr=0.1"] == race.ended.loss[run]


@pytest.mark.parametrize("compare", [OPTIMIZERS, REMEDIES], ids=["optimizers", "remedies"])
@pytest.mark.parametrize(
    "observed",
    [
        {"probe_every": 1, "eval_every": 0},
        {"probe_every": 0, "eval_every": 1},
        {"probe_every": 1, "eval_every": 1},
        {"probe_every": 3, "eval_every": 5},
    ],
    ids=str,
)
def test_looking_on_changes_nothing(observed, compare, train):
    # chunks of an evaluation are as large as the minibatches here: they share buffers
    options = {**REAL, "batch_size": 250, "compare": compare}
    unobserved = train(**{**options, "probe_every": 0, "eval_every": 0})
    assert train(**{**options, **observed}).losses == unobserved.losses


@pytest.mark.parametrize("lookahead", [2, 16, 1000])
def test_several_iterations_at_once(lookahead, train):
    options = {**REAL, "compare": OPTIMIZERS, "threads": 2}
    ahead, stepwise = train(**options, lookahead=lookahead), train(**options)
    assert ahead.losses == stepwise.losses
    assert ahead.evaluations == stepwise.evaluations
    assert ahead.probes("adam") == stepwise.probes("adam")
    assert ahead.probes("gd") == stepwise.probes("gd")


def test_another_seed_is_another_training(train):
    first, second = (train(**REAL, optimizer="sgd", seed=seed) for seed in (0, 1))
    assert first.losses != second.losses
