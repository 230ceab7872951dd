"""What runs are compared along tells them apart, and nothing else does."""

import numpy as np
import pytest

from tui_optim import Experiment
from tui_optim.nn.network import DROPOUT, SAMPLING, stream

SMALL = {"hidden": "20,20", "iterations": 8, "dtype": "float64", "probe_every": 0}

# what is compared; each run's name and what it is when trained alone
COMPARISONS = [
    (
        "optimizer=gd,sgd:lr=0.1,adam",
        {
            "gd": {"optimizer": "gd"},
            "sgd:lr=0.1": {"optimizer": "sgd:lr=0.1"},
            "adam": {"optimizer": "adam"},
        },
    ),
    (
        "initializer=zeros,he,xavier,normal:std=0.01,normal",
        {
            "zeros": {"initializer": "zeros"},
            "he": {"initializer": "he"},
            "xavier": {"initializer": "xavier"},
            "normal:std=0.01": {"initializer": "normal:std=0.01"},
            "normal:std=1": {"initializer": "normal:std=1"},
        },
    ),
    (
        "activation=sigmoid,tanh,relu,leaky_relu:slope=0.2",
        {
            "sigmoid": {"activation": "sigmoid"},
            "tanh": {"activation": "tanh"},
            "relu": {"activation": "relu"},
            "leaky_relu:slope=0.2": {"activation": "leaky_relu:slope=0.2"},
        },
    ),
    (
        "lr=0.1,1,1e-3",
        {
            "lr=0.1": {"optimizer": "adam:lr=0.1"},
            "lr=1": {"optimizer": "adam:lr=1"},
            "lr=0.001": {"optimizer": "adam"},
        },
    ),
    (
        "weight-decay=0,0.1",
        {"weight-decay=0": {}, "weight-decay=0.1": {"weight_decay": 0.1}},
    ),
    (
        "dropout=0,0.5,0.25",
        {"dropout=0": {}, "dropout=0.5": {"dropout": 0.5}, "dropout=0.25": {"dropout": 0.25}},
    ),
    ("batch-norm=off,on", {"batch-norm=off": {}, "batch-norm=on": {"batch_norm": True}}),
    (
        "output-activation=tanh,linear",
        {
            "output-activation=tanh": {"output_activation": "tanh"},
            "output-activation=linear": {},
        },
    ),
    (
        ["dropout=0,0.5", "batch-norm=off,on", "output-activation=linear,tanh"],
        {
            f"dropout={rate} batch-norm={on} output-activation={output}": {
                "dropout": rate,
                "batch_norm": on,
                "output_activation": output,
            }
            for rate in (0, 0.5)
            for on in ("off", "on")
            for output in ("linear", "tanh")
        },
    ),
    (
        ["optimizer=gd,adamw", "batch-norm=off,on"],
        {
            f"{optimizer} batch-norm={on}": {"optimizer": optimizer, "batch_norm": on}
            for optimizer in ("gd", "adamw")
            for on in ("off", "on")
        },
    ),
    (
        ["optimizer=sgd:lr=9,adam:beta1=0.5", "lr=0.1,1"],
        {
            "sgd lr=0.1": {"optimizer": "sgd:lr=0.1"},
            "sgd lr=1": {"optimizer": "sgd:lr=1"},
            "adam:beta1=0.5 lr=0.1": {"optimizer": "adam:lr=0.1:beta1=0.5"},
            "adam:beta1=0.5 lr=1": {"optimizer": "adam:lr=1:beta1=0.5"},
        },
    ),
    (
        ["activation=relu,tanh", "weight-decay=0.1,1"],
        {
            "relu weight-decay=0.1": {"activation": "relu", "weight_decay": 0.1},
            "relu weight-decay=1": {"activation": "relu", "weight_decay": 1},
            "tanh weight-decay=0.1": {"activation": "tanh", "weight_decay": 0.1},
            "tanh weight-decay=1": {"activation": "tanh", "weight_decay": 1},
        },
    ),
]


@pytest.mark.parametrize(("compare", "runs"), COMPARISONS)
def test_each_run_is_what_it_would_be_alone(compare, runs, train):
    race = train(**SMALL, compare=compare).losses
    assert list(race) == list(runs)
    last = [losses[-1] for losses in race.values()]
    assert len(set(last)) == len(last)  # what is compared has an effect
    for name, options in runs.items():
        alone = train(**{**SMALL, "optimizer": "adam", **options}).losses
        assert list(alone.values()) == [race[name]]


def test_all_see_the_same_minibatch(train):
    race = train(**SMALL, compare="optimizer=gd,sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw")
    first = [losses[0] for losses in race.losses.values()]
    assert len(first) == 8
    assert len(set(first)) == 1


def test_seeds_draw_other_weights_for_the_same_minibatches(recording, train):
    race = recording(**SMALL, compare="seed=0,1,7")
    weights = {run: race.theta(run).copy() for run in ("seed=0", "seed=1", "seed=7")}
    race.run()
    assert len({losses[0] for losses in race.losses.values()}) == 3
    for seed in (0, 1, 7):
        alone = recording(**SMALL, optimizer="adam", seed=seed)
        assert np.array_equal(weights[f"seed={seed}"], alone.theta("adam"))
    # The experiment's own seed shuffles: only there is the race's run the lone one.
    for seed, same in ((0, True), (1, False)):
        alone = train(**SMALL, optimizer="adam", seed=seed)
        assert (alone.losses["adam"] == race.losses[f"seed={seed}"]) is same


FAN_INS = (64, 20, 20)
DEVIATIONS = {
    "zeros": (0, 0, 0),
    "normal:std=1": (1, 1, 1),
    "normal:std=0.01": (0.01, 0.01, 0.01),
    "xavier": (0.125, 0.2236067977499790, 0.2236067977499790),  # 1/√64, 1/√20
    "he": (0.1767766952966369, 0.3162277660168379, 0.3162277660168379),  # 1/√32, 1/√10
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_initializers_scale_the_same_draw(dtype, recording):
    race = recording(**{**SMALL, "dtype": dtype}, compare={"initializer": list(DEVIATIONS)})
    draw = race.theta("normal:std=1").astype(np.float64)
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    for run, deviations in DEVIATIONS.items():
        theta, start = race.theta(run), 0
        for fan_in, units, deviation in zip(FAN_INS, (20, 20, 10), deviations, strict=True):
            weights = slice(start, start + fan_in * units)
            assert theta[weights] == pytest.approx(deviation * draw[weights], rel=tolerance)
            start = weights.stop + units
            assert not theta[weights.stop : start].any()  # biases
        assert start == len(theta)
    assert abs(draw.std() - 1) < 0.1
    assert abs(draw.mean()) < 0.1


def test_weights_and_minibatches_draw_from_streams_of_their_own(recording):
    draw = recording(hidden="8", optimizer="sgd", initializer="normal", seed=3).theta("sgd")[:512]
    for purpose in (SAMPLING, DROPOUT):
        other = stream(3, purpose).standard_normal(512)
        assert abs(np.corrcoef(draw, other)[0, 1]) < 0.15


def test_layers_have_draws_of_their_own(recording):
    theta = recording(hidden="64,64", optimizer="sgd", initializer="normal").theta("sgd")
    first, second = theta[: 64 * 64], theta[64 * 65 : 64 * 129]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_runs_keep_the_order_of_the_comparison_on_any_number_of_threads(train):
    # the threads are dealt the runs in another order
    names = ["sgd", "adam", "gd", "rmsprop", "momentum"]
    for threads in (1, 2, 3):
        training = train(
            **{**SMALL, "probe_every": 4}, compare={"optimizer": names}, threads=threads
        )
        assert [run.name for run in training.events[0].runs] == names
        assert list(training.losses) == names
        assert list(training.evaluations[-1].train_accuracy) == names
        assert list(training.ended.loss) == names
        probed = [e.run for e in training.events if e.event == "layers" and e.iteration == 4]
        assert probed == names


def test_the_default_is_the_lectures_race(recording):
    training = recording(hidden="8", iterations=1)
    lecture = ("gd", "sgd", "momentum", "adagrad", "rmsprop", "adam")
    assert tuple(run.name for run in training.trainer.runs) == lecture
    assert training.trainer.experiment == Experiment(hidden="8", iterations=1)
