"""Experiments: what can be said, in text or in Python, and every bad value refused in one line."""

import dataclasses
import json
import math
import time

import numpy as np
import pytest
import tomli_w

from tui_optim import Experiment, InputError
from tui_optim.experiment import option_names

LECTURE = ("gd", "sgd", "momentum", "adagrad", "rmsprop", "adam")


def names(**options):
    return tuple(run.name for run in Experiment(**options).runs)


def refusal(**options):
    with pytest.raises(InputError) as caught:
        Experiment(**options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_default_is_the_lectures_comparison():
    experiment = Experiment()
    assert names() == LECTURE
    assert {(r.activation, r.initializer, r.seed, r.weight_decay) for r in experiment.runs} == {
        ("relu", "he", 0, 0.0)
    }
    assert {(r.dropout, r.batch_norm, r.output_activation) for r in experiment.runs} == {
        (0.0, False, "linear")
    }
    assert experiment.options() == {
        "data": "digits",
        "data_dir": None,
        "target": None,
        "train_size": None,
        "hidden": [100, 100, 100, 100],
        "activation": "relu",
        "output_activation": "linear",
        "initializer": "he",
        "optimizer": "adam",
        "compare": ["optimizer=gd,sgd,momentum,adagrad,rmsprop,adam"],
        "batch_size": 128,
        "iterations": 2000,
        "seed": 0,
        "dtype": "float32",
        "sampling": "epoch",
        "weight_decay": None,
        "dropout": 0.0,
        "batch_norm": False,
        "eval_every": 250,
        "probe_every": 50,
        "threads": None,
    }
    assert tuple(experiment.options()) == option_names()


# what is given as on the command line; the same in Python
EQUAL = [
    ({"hidden": "100x4"}, {"hidden": [100, 100, 100, 100]}),
    ({"hidden": " 30 , 20x2,10 "}, {"hidden": (30, 20, 20, 10)}),
    ({"hidden": "64"}, {"hidden": 64}),
    ({"hidden": "none"}, {"hidden": ()}),
    ({"hidden": "5,6,7"}, {"hidden": range(5, 8)}),
    ({"iterations": "500", "batch_size": " 32 "}, {"iterations": 500, "batch_size": 32}),
    ({"iterations": "1_000"}, {"iterations": 1000}),
    ({"weight_decay": "1e-4", "seed": "7"}, {"weight_decay": 0.0001, "seed": 7}),
    ({"compare": "lr=0.1,1"}, {"compare": {"lr": [0.1, 1]}}),
    ({"compare": ["lr=0.1,1", "seed=0,1"]}, {"compare": {"lr": [0.1, 1], "seed": [0, 1]}}),
    ({"compare": "weight-decay=0,0.1"}, {"compare": {"weight_decay": [0, 0.1]}}),
    ({"dropout": " 0.50", "batch_norm": "on"}, {"dropout": 0.5, "batch_norm": True}),
    ({"batch_norm": "true"}, {"batch_norm": np.True_}),
    ({"batch_norm": " off ", "output_activation": " tanh"}, {"output_activation": "tanh"}),
    ({"dropout": "0", "batch_norm": "false", "output_activation": "linear"}, {}),
    ({"dropout": "0.5"}, {"dropout": np.float16(0.5)}),
    ({"compare": "dropout=0,0.5"}, {"compare": {"dropout": np.array([0, 0.5])}}),
    ({"compare": "batch-norm=off,on"}, {"compare": {"batch_norm": [False, True]}}),
    ({"compare": "batch_norm=false, true"}, {"compare": {"batch-norm": np.array([False, True])}}),
    (
        {"compare": "output-activation=linear, tanh"},
        {"compare": {"output_activation": ["linear", "tanh"]}},
    ),
    ({"compare": "optimizer=adam,adam:lr=0.5"}, {"compare": {"optimizer": ["adam", "adam:lr=.5"]}}),
    ({"optimizer": "adam"}, {"optimizer": "adam:lr=0.001:beta1=0.9"}),
    ({}, {"compare": {"optimizer": list(LECTURE)}}),
    ({"optimizer": "adam"}, {"optimizer": "adam", "compare": ()}),
    ({"optimizer": "adam"}, {"compare": ()}),
    ({}, {"optimizer": None, "compare": None, "weight_decay": None}),
    # NumPy's
    ({"seed": "3", "hidden": "10x2"}, {"seed": np.int64(3), "hidden": np.array([10, 10])}),
    (
        {"iterations": "9", "batch_size": "8"},
        {"iterations": np.array(9), "batch_size": np.uint8(8)},
    ),
    ({"hidden": "7", "data": "moons"}, {"hidden": np.int32(7), "data": np.str_("moons")}),
    ({"weight_decay": "0.5"}, {"weight_decay": np.float32(0.5)}),
    ({"compare": "lr=0.001,0.01,0.1"}, {"compare": {"lr": np.logspace(-3, -1, 3)}}),
    ({"compare": "seed=0,1"}, {"compare": [("seed", np.arange(2))]}),
    ({"compare": ["lr=1,2", "seed=3"]}, {"compare": np.array(["lr=1,2", "seed=3"])}),
    ({"compare": "initializer=he,zeros"}, {"compare": {"initializer": np.array(["he", "zeros"])}}),
]


@pytest.mark.parametrize(("text", "python"), EQUAL)
def test_text_and_python_values_are_equal(text, python):
    one, other = Experiment(**text), Experiment(**python)
    assert one == other
    assert hash(one) == hash(other)
    assert one.options() == other.options()
    assert json.loads(json.dumps(other.options())) == other.options()
    tomli_w.dumps({k: v for k, v in other.options().items() if v is not None})  # it is exact


NAMES = [
    ({"optimizer": "sgd"}, ("sgd",)),
    ({"optimizer": "adam:lr=0.010"}, ("adam:lr=0.01",)),
    ({"compare": "activation=relu,leaky_relu:slope=0.1"}, ("relu", "leaky_relu:slope=0.1")),
    ({"compare": "initializer=zeros,normal"}, ("zeros", "normal:std=1")),
    ({"compare": "lr=1e-3,0.1,10"}, ("lr=0.001", "lr=0.1", "lr=10")),
    ({"compare": "seed=1,02"}, ("seed=1", "seed=2")),
    ({"compare": "weight-decay=0,1e-4"}, ("weight-decay=0", "weight-decay=0.0001")),
    ({"compare": "dropout=0,0.50,2e-1"}, ("dropout=0", "dropout=0.5", "dropout=0.2")),
    ({"compare": "batch-norm=false,on"}, ("batch-norm=off", "batch-norm=on")),
    (
        {"compare": "output_activation=linear,tanh"},
        ("output-activation=linear", "output-activation=tanh"),
    ),
    (
        {"compare": ["dropout=0.5", "optimizer=sgd,adam", "batch-norm=on"]},
        ("dropout=0.5 sgd batch-norm=on", "dropout=0.5 adam batch-norm=on"),
    ),
    ({"dropout": 0.5, "batch_norm": True, "compare": "seed=1"}, ("seed=1",)),
    ({"optimizer": "sgd:lr=0.5", "compare": "lr=0.1"}, ("lr=0.1",)),
    (
        {"compare": ["optimizer=sgd:lr=0.5,adam:lr=3:beta1=0.5", "lr=0.1,1"]},
        ("sgd lr=0.1", "sgd lr=1", "adam:beta1=0.5 lr=0.1", "adam:beta1=0.5 lr=1"),
    ),
    ({"compare": ["lr=0.1", "optimizer=sgd:lr=0.5"]}, ("lr=0.1 sgd",)),
    ({"optimizer": "adamw:weight_decay=0.3", "weight_decay": 0.1}, ("adamw",)),
    (
        {"compare": ["optimizer=adamw:weight_decay=0.3", "weight-decay=0,0.1"]},
        ("adamw weight-decay=0", "adamw weight-decay=0.1"),
    ),
    (
        {"compare": "optimizer=adamw:weight_decay=0.3,adamw:lr=1"},
        ("adamw:weight_decay=0.3", "adamw:lr=1"),
    ),
    (
        {"compare": ["optimizer=sgd,adam", "activation=relu,tanh"]},
        ("sgd relu", "sgd tanh", "adam relu", "adam tanh"),
    ),
]


@pytest.mark.parametrize(("options", "expected"), NAMES)
def test_runs_are_named_after_what_tells_them_apart(options, expected):
    assert names(**options) == expected


# options; of the first run what they make of it
IN_FORCE = [
    ({"optimizer": "adam:lr=0.5", "compare": "lr=0.1"}, {"optimizer": "adam:lr=0.1"}),
    ({"compare": ["optimizer=sgd:lr=9", "lr=0.1"]}, {"optimizer": "sgd:lr=0.1"}),
    ({"optimizer": "sgd:lr=9", "compare": "lr=0.01"}, {"optimizer": "sgd"}),
    ({"optimizer": "gd", "compare": "optimizer=adam"}, {"optimizer": "adam"}),
    ({"seed": 3, "compare": "seed=8"}, {"seed": 8}),
    ({"weight_decay": 0.5, "compare": "weight-decay=0.1"}, {"weight_decay": 0.1}),
    ({"weight_decay": 0.5, "compare": "lr=1"}, {"weight_decay": 0.5}),
    (
        {"dropout": 0.5, "batch_norm": True, "output_activation": "tanh"},
        {"dropout": 0.5, "batch_norm": True, "output_activation": "tanh"},
    ),
    ({"dropout": 0.5, "compare": "dropout=0.1,0"}, {"dropout": 0.1}),
    ({"batch_norm": True, "compare": "batch-norm=off"}, {"batch_norm": False}),
    ({"compare": "batch-norm=on"}, {"batch_norm": True, "dropout": 0}),
    ({"compare": "output-activation=tanh"}, {"output_activation": "tanh", "activation": "relu"}),
    (
        {"optimizer": "adamw:weight_decay=0.3", "weight_decay": 0.1},
        {"optimizer": "adamw:weight_decay=0.1", "weight_decay": 0},
    ),
    (
        {"optimizer": "adamw:weight_decay=0.3", "compare": "weight-decay=0"},
        {"optimizer": "adamw:weight_decay=0", "weight_decay": 0},
    ),
    ({"optimizer": "adamw:weight_decay=0.3"}, {"optimizer": "adamw:weight_decay=0.3"}),
    ({"optimizer": "adamw"}, {"optimizer": "adamw", "weight_decay": 0}),
    ({"optimizer": "adamw", "weight_decay": 0}, {"optimizer": "adamw:weight_decay=0"}),
    ({"optimizer": "adamw", "weight_decay": "0"}, {"optimizer": "adamw:weight_decay=0"}),
    ({"optimizer": "adamw", "compare": "weight-decay=0"}, {"optimizer": "adamw:weight_decay=0"}),
    ({"optimizer": "adamw", "weight_decay": 0.01}, {"optimizer": "adamw", "weight_decay": 0}),
    ({"optimizer": "adam", "weight_decay": 0}, {"optimizer": "adam", "weight_decay": 0}),
    ({"optimizer": "adam"}, {"weight_decay": 0}),
]


@pytest.mark.parametrize(("options", "expected"), IN_FORCE)
def test_a_compared_value_wins(options, expected):
    run = dataclasses.asdict(Experiment(**options).runs[0])
    assert {key: run[key] for key in expected} == expected


# option, bad values, what the message says besides the option's name
BAD = [
    ("data", ["", " ", 5, None, "a\0b", b"digits", ["digits"]], "text"),
    ("data_dir", ["", 5], "text"),
    ("target", ["", 1.5], "text"),
    ("train_size", [0, -1, 1.5, "x", True, [5]], "at least 1"),
    ("train_size", [2**63, "9" * 30, 10**4000], "from 1 to 9223372036854775807"),
    ("hidden", ["", ",", "a", "100y4", "100,", "-5", "1.5", "5xx2", 1.5, None, {}], "100x4"),
    ("hidden", ["100x0", "5,5x00", b"55", "99999999999"], "up to 64 layers of up to 10000 units"),
    ("hidden", [(0,), 0, "0", [5, -1], [1.5], [None], (True,), [[1]]], "from 1 to 10000"),
    ("hidden", ["1x65", "5x999999999", [1] * 65, "5x64,5"], "at most 64 layers"),
    ("hidden", [10_001, "100,10001", 10**4000], "from 1 to 10000"),
    ("activation", ["rellu", "", "relu:slope=1", 1], ""),
    ("initializer", ["glorot", "normal:std=-1", "he:"], ""),
    ("optimizer", ["sdg", "", "sgd:lr=0", "sgd:lr=x", "adam:momentum=1", 0.1], ""),
    ("batch_size", [0, -1, 1.5, "many", None, math.inf], "at least 1"),
    ("iterations", [0, -5, 2.0, "1e3", "", "1.0", None, np.float64(2)], "least 1"),
    ("iterations", ["9" * 30, "9" * 4000], "from 1 to 9223372036854775807"),
    ("seed", [-1, 0.5, "x", True, None, np.True_, np.ones(2), 1j], "at least 0"),
    ("seed", [2**63, str(2**63)], "from 0 to 9223372036854775807"),
    ("dtype", ["float16", "Float32", "", 32, None, float], "float32, float64"),
    ("sampling", ["batch", "", None, 0, np.zeros((2, 2)), np.dtype("f4")], "epoch, replacement"),
    ("weight_decay", [-0.1, math.nan, math.inf, "x", True, 10**400, [], 1j], "at least 0"),
    ("weight_decay", [math.inf, "inf", "1e999", 10**400], "of at least 0 and below 1.8e+308"),
    ("dropout", [1, 1.0, "1", -0.1, 2, math.nan, "nan", "half", True], "least 0 and below 1"),
    ("dropout", [math.inf, "inf", None, [], [0.5], np.zeros(2), 10**400], "least 0 and below 1"),
    ("batch_norm", ["", "yes", "On", 0, 1, 1.0, None, [], [True], np.int64(1)], "on or off"),
    ("output_activation", ["", "relu", "Tanh", "tanh:x=1", None, 0, []], "linear, tanh"),
    ("eval_every", [-1, 0.5, None], "at least 0"),
    ("probe_every", [-1, "x"], "at least 0"),
    ("threads", [0, -1, 1.5, "x"], "at least 1"),
    ("compare", [5, "", "lr", "speed=1,2", {"speed": [1]}, [""]], "compare"),
    (
        "compare",
        ["lr=", "lr=,", {"lr": []}, {"lr": "0.1,1"}, {"lr": 5}, {"lr": None}, {"lr": b"12"}],
        "lr=V1,V2",
    ),
    ("compare", ["lr=0.1,,0.2", "lr=0.1,", "lr=,0.1", "lr=0.1, ,1"], "missing: expected lr=V1,V2"),
    ("compare", [np.float64(0.1), {"lr": np.float64(0.1)}, {"lr": np.array(0.1)}], ""),
    ("compare", ["lr=0", "lr=-1", "lr=nan", "lr=x", {"lr": [None]}, "lr=1e-999"], "above 0"),
    ("compare", ["lr=inf", {"lr": np.array([1, np.inf])}], "above 0 and below 1.8e+308"),
    ("compare", ["seed=-1", "seed=0.5", {"seed": [True]}], "at least 0"),
    ("compare", ["weight-decay=-1", "weight-decay=inf"], "at least 0"),
    ("compare", ["dropout=0,1", "dropout=half", {"dropout": [True]}], "at least 0 and below 1"),
    ("compare", ["batch-norm=0,1", {"batch-norm": [0, 1]}, {"batch_norm": [None]}], "on or off"),
    ("compare", ["output-activation=relu", {"output_activation": [5]}], "one of linear, tanh"),
    ("compare", ["batch-norm=on,true", {"batch_norm": ["on", True]}, "dropout=0.5,.5"], "twice"),
    ("compare", ["lr=0.1,0.10", "optimizer=adam,adam:lr=0.001", {"seed": [1, "01"]}], "twice"),
    ("compare", [["lr=0.1", "lr=1"], ["weight-decay=0", "weight_decay=1"]], "twice"),
    ("compare", [{"seed": range(17)}, ["seed=0,1,2", "lr=1,2,3,4,5,6"]], "at most 16"),
    # as TOML may have them
    ("compare", [[5], [0.1, 1], [["lr"]], [["lr", [1], 2]], [[]], [None], b"lr"], ""),
    ("iterations", ["_", "__", "1__0", "_1", "+", "1" + "_1" * 5000], "at least 1"),
    ("compare", ["seed=_", "seed=1__0"], "at least 0"),
    *((option, [np.zeros((2, 2))], "") for option in ("hidden", "weight_decay")),
]
BAD_VALUES = [(option, value, saying) for option, values, saying in BAD for value in values]


@pytest.mark.parametrize(
    ("option", "value", "saying"),
    BAD_VALUES,
    ids=[f"{option}={value!r:.40}" for option, value, _ in BAD_VALUES],
)
def test_a_bad_value_is_refused_in_one_line(option, value, saying):
    message = refusal(**{option: value})
    assert option.replace("_", "-") in message.replace("_", "-")
    assert saying in message
    assert len(message) < 250


@pytest.mark.parametrize("option", ["seed", "hidden", "weight_decay", "data", "compare", "dtype"])
def test_a_number_that_python_does_not_write_is_refused(option):
    assert "a number of thousands of digits" in refusal(**{option: 10**5000})


BAD_COMPARED = [
    ("optimizer=adam,sdg", "unknown optimizer 'sdg' (did you mean sgd?)"),
    ({"activation": ["relu", 5]}, "activation=5"),
    ("initializer=he,normal:std=-1", "initializer 'normal:std=-1'"),
    (
        "speed=1,2",
        "choose one of optimizer, initializer, activation, lr, seed, weight-decay, dropout, "
        "batch-norm, output-activation",
    ),
    ("dropout=0,1.5", "compare dropout=1.5: expected a number of at least 0 and below 1"),
    ("batch-norm=off,maybe", "compare batch-norm='maybe': expected on or off"),
    ("output-activation=relu", "compare output-activation='relu': choose one of linear, tanh"),
    (["optimizer=sgd:lr=1,sgd:lr=2", "lr=1,2"], "sgd is given twice (its lr is given besides)"),
]


@pytest.mark.parametrize(("compare", "saying"), BAD_COMPARED, ids=[c[1] for c in BAD_COMPARED])
def test_a_bad_compared_value_is_named(compare, saying):
    assert saying in refusal(compare=compare)


def test_16_runs_are_the_most():
    assert len(Experiment(compare={"seed": range(16)}).runs) == 16
    assert len(Experiment(compare=["seed=0,1,2,3", "lr=1,2,3,4"]).runs) == 16


def test_far_too_many_runs_are_refused_at_once():
    values = ",".join(str(n) for n in range(1, 31))
    began = time.process_time()
    message = refusal(compare=[f"{axis}={values}" for axis in ("seed", "lr", "weight-decay")])
    assert "at most 16" in message
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("name", option_names())
def test_frozen(name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Experiment(), name, 1)


def test_replaced_values_are_checked_too():
    experiment = Experiment(optimizer="sgd").replace(hidden="7x2", iterations="9")
    assert (experiment.widths, experiment.iterations) == ((7, 7), 9)
    with pytest.raises(InputError, match="batch-size"):
        experiment.replace(batch_size=0)


# an experiment, what changes, what it is then
REPLACED = [
    ({}, {"optimizer": "sgd"}, {"optimizer": "sgd"}),
    ({}, {"optimizer": "adam"}, {"optimizer": "adam"}),
    ({}, {"compare": ()}, {"optimizer": "adam"}),
    ({}, {"seed": 3}, {"seed": 3}),
    ({}, {"compare": "lr=1,2"}, {"compare": "lr=1,2"}),
    ({"compare": "optimizer=sgd,adam"}, {"optimizer": "gd"}, {"optimizer": "gd"}),
    (
        {"compare": ["optimizer=sgd,adam", "seed=1,2"]},
        {"optimizer": "gd"},
        {"optimizer": "gd", "compare": "seed=1,2"},
    ),
    (
        {"compare": "initializer=he,zeros"},
        {"initializer": "he"},
        {"optimizer": "adam", "initializer": "he"},
    ),
    (
        {"compare": ["activation=relu,tanh", "weight-decay=0,1"]},
        {"weight_decay": 0.5},
        {"compare": "activation=relu,tanh", "weight_decay": 0.5},
    ),
    (
        {"compare": ["dropout=0,0.5", "batch-norm=off,on", "output-activation=linear,tanh"]},
        {"dropout": 0.2, "batch_norm": True, "output_activation": "tanh"},
        {"optimizer": "adam", "dropout": 0.2, "batch_norm": True, "output_activation": "tanh"},
    ),
    # the seed is the minibatches', too
    ({"compare": "seed=1,2"}, {"seed": 3}, {"compare": "seed=1,2", "seed": 3}),
    (
        {"optimizer": "sgd"},
        {"optimizer": "adam", "compare": "optimizer=gd,sgd"},
        {"optimizer": "adam", "compare": "optimizer=gd,sgd"},
    ),
]


@pytest.mark.parametrize(("options", "changes", "expected"), REPLACED)
def test_what_is_given_later_wins_over_what_was_compared(options, changes, expected):
    assert Experiment(**options).replace(**changes) == Experiment(**expected)


def test_an_option_beside_its_comparison_is_what_is_left_of_it():
    both = Experiment(optimizer="sgd", compare="optimizer=gd,adam")
    assert [run.name for run in both.runs] == ["gd", "adam"]
    assert both.options()["optimizer"] == "sgd"
    assert both.replace(compare=()) == Experiment(optimizer="sgd")
