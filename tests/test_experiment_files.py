"""Experiments written down and read back: options, TOML and JSON."""

import json
import tomllib

import pytest

from tui_optim import Experiment, InputError
from tui_optim.experiment import option_names, read_toml, write_toml

ROUND = [
    {},
    {"compare": ()},
    {"optimizer": "adamw", "weight_decay": 0},
    {"optimizer": "sgd", "compare": ["optimizer=gd:lr=1,adamw", "lr=1,2"], "weight_decay": 0.5},
    {"hidden": "none", "compare": ["lr=0.1,1e-7", "weight-decay=0,0.3"], "optimizer": "adamw"},
    {"data": "a/b c.csv", "data_dir": "/tmp/ü", "target": 'a "column"\n', "train_size": 100},
    {"activation": "leaky_relu:slope=0.3", "initializer": "normal:std=0.01", "dtype": "float64"},
    {"optimizer": "adam:eps=1e-300", "sampling": "replacement", "threads": 3, "seed": 2**63 - 1},
    {"dropout": 1 / 3, "batch_norm": True, "output_activation": "tanh"},
    {"compare": ["dropout=0,0.1", "batch-norm=on,off", "output-activation=tanh"]},
    {"weight_decay": 1 / 3, "compare": {"lr": [1 / 3, 0.1 + 0.2]}, "eval_every": 0},
]


@pytest.mark.parametrize("options", ROUND)
def test_round_trips(options, tmp_path):
    experiment = Experiment(**options)
    assert Experiment.from_options(experiment.options()) == experiment
    assert Experiment.from_options(json.loads(json.dumps(experiment.options()))) == experiment
    write_toml(experiment, tmp_path / "experiment.toml")
    written = tomllib.loads((tmp_path / "experiment.toml").read_text(encoding="utf-8"))
    assert read_toml(tmp_path / "experiment.toml") == written
    assert set(written) == {k for k, v in experiment.options().items() if v is not None}
    assert Experiment.from_options(written) == experiment


def test_toml_by_hand(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text('hidden = "20x2"\ncompare = {lr = [0.1, 1], seed = [0]}\noptimizer = "sgd"\n')
    experiment = Experiment.from_options(read_toml(path))
    assert [run.name for run in experiment.runs] == ["lr=0.1 seed=0", "lr=1 seed=0"]
    assert experiment.widths == (20, 20)


REMEDIES_BY_HAND = [
    "dropout = 0.5\nbatch_norm = true\noutput_activation = 'tanh'",
    "dropout = '0.5'\nbatch_norm = 'on'\noutput_activation = 'tanh'",
]


@pytest.mark.parametrize("content", REMEDIES_BY_HAND)
def test_remedies_in_toml_by_hand(content, tmp_path):
    path = tmp_path / "experiment.toml"
    for axes in ("", "\ncompare = {batch_norm = [false, 'on'], dropout = [0, 0.5]}"):
        path.write_text(content + axes)
        experiment = Experiment.from_options(read_toml(path))
        assert (experiment.dropout, experiment.batch_norm) == (0.5, True)
        assert experiment.runs[-1].output_activation == "tanh"
        assert (experiment.runs[-1].dropout, experiment.runs[-1].batch_norm) == (0.5, True)
    assert [run.name for run in experiment.runs] == [
        f"batch-norm={on} dropout={rate}" for on in ("off", "on") for rate in (0, 0.5)
    ]


def test_no_option_of_a_long_file_is_overlooked(tmp_path):
    path = tmp_path / "long.toml"
    path.write_text("#" * 2**20 + "\nseed = 5\n")
    try:
        options = read_toml(path)
    except InputError:
        return
    assert options == {"seed": 5}


UNKNOWN = [("iteration", "iterations"), ("batch-size", "batch_size"), ("sed", "seed"), ("zz", None)]


@pytest.mark.parametrize(("key", "meant"), UNKNOWN)
def test_an_unknown_option_is_refused_with_a_suggestion(key, meant):
    with pytest.raises(InputError) as caught:
        Experiment.from_options({"seed": 1, key: 2})
    message = str(caught.value)
    assert repr(key) in message
    assert (f"did you mean {meant}?" in message) is (meant is not None)
    assert all(name in message for name in option_names())
    assert "\n" not in message


BAD_TOML = [
    ("not TOML", b"seed = = 1"),
    ("not UTF-8", b'data = "\xff"'),
    ("nested too deep", b"seed = " + b"[" * 100_000),
    ("a key twice", b"seed = 1\nseed = 2"),
]


@pytest.mark.parametrize("content", [case[1] for case in BAD_TOML], ids=[c[0] for c in BAD_TOML])
def test_what_is_no_toml_is_refused(content, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.toml.*not.*TOML") as caught:
        read_toml(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [".", "no-such-file", "no/such", "a\0b"], ids=repr)
def test_files_that_cannot_be_used(name, tmp_path):
    with pytest.raises(InputError, match="config"):
        read_toml(f"{tmp_path}/{name}")
    if name != "no-such-file":
        with pytest.raises(InputError, match="save-config"):
            write_toml(Experiment(), f"{tmp_path}/{name}")
