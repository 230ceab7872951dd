"""The files that the command line reads and writes: settings, data, and what must stay as it is."""

import re
import struct
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tui_optim.datasets import catalog

QUICK = ("--headless", "--iterations", "12", "--hidden", "8", "--eval-every", "5")


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("iterations = ", "config 'c.toml': not valid TOML: Invalid value (at "),
        ("just some words", "config 'c.toml': not valid TOML"),
        (b"\xff\xfe", "not a TOML file (not UTF-8 text)"),
        ("iteration = 5", "unknown option 'iteration' (did you mean iterations?)"),
        ("batch-size = 5", "unknown option 'batch-size' (did you mean batch_size?)"),
        ("log = 'a.jsonl'", "unknown option 'log'"),
        ("[training]\niterations = 5", "unknown option 'training'"),
        ("iterations = true", "iterations=True: expected a whole number"),
        ("iterations = 5.0", "iterations=5.0: expected a whole number"),
        ("iterations = [5]", "iterations=[5]: expected a whole number"),
        ("optimizer = 5", "optimizer=5: expected some text"),
        ("data = ''", "data='': expected some text"),
        ("weight_decay = 'much'", "weight-decay='much': expected a number"),
        ("hidden = {a = 1}", "hidden={'a': 1}: expected widths"),
        ("hidden = [5, 'x']", "hidden='x': expected a whole number"),
        ("dtype = ['float32']", "choose one of float32, float64"),
        ("compare = 5", "compare=5: expected AXIS=V1,V2"),
        ("compare = {lr = 5}", "compare lr: expected values"),
        ("compare = {lr = [1, 'x']}", "compare lr='x': expected a number above 0"),
        ("compare = [1, 2]", "compare"),
        ("compare = [['lr']]", "compare"),
        ("compare = [['lr', [1], [2]]]", "compare"),
    ],
)
def test_bad_config_is_one_line(refused, tmp_path, text, saying):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "c.toml").write_bytes(content)
    refused("--headless", "--config", "c.toml", saying=saying)


@pytest.mark.parametrize(
    "text",
    [r'"\u001b[2J\n" = 1', r'data = "\u001b[2J\n"', r'optimizer = "\u001b[2J\n"', "x = \x1b[2J"],
)
def test_control_sequences_in_a_config_reach_no_terminal(refused, tmp_path, text):
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    refused("--headless", "--config", "c.toml")


def test_no_part_of_a_long_config_is_passed_over(refused, tmp_path):
    (tmp_path / "c.toml").write_text("# a remark\n" * 500_000 + "unheard_of = 0\n")
    refused("--headless", "--iterations", "1", "--config", "c.toml")


def test_the_command_line_wins_over_the_config(call, events, tmp_path):
    (tmp_path / "c.toml").write_text(
        'iterations = 3\nhidden = [4, 4]\nseed = 5\nweight_decay = 0.5\ncompare = ["lr=0.1,0.2"]\n'
    )
    words = ("--headless", "--config", "c.toml", "--log", "c.jsonl", "--quiet", "--seed", "6")
    words += ("--hidden", "7", "--compare", "optimizer=sgd,adam", "--compare", "lr=1,2")
    assert call(*words).returncode == 0
    experiment = events(tmp_path / "c.jsonl")[0]["experiment"]
    given = {key: experiment[key] for key in ("iterations", "weight_decay", "seed", "hidden")}
    assert given == {"iterations": 3, "weight_decay": 0.5, "seed": 6, "hidden": [7]}
    assert experiment["compare"] == ["optimizer=sgd,adam", "lr=1,2"]
    assert experiment["batch_size"] == 128


@pytest.mark.parametrize(
    "compare", ["['optimizer=gd,sgd', 'seed=1,2']", "'optimizer=gd,sgd'", "[]"]
)
def test_an_optimizer_wins_over_those_that_the_config_compares(call, events, tmp_path, compare):
    (tmp_path / "c.toml").write_text(f"iterations = 2\nhidden = 'none'\ncompare = {compare}\n")
    ran = call("--json", "--config", "c.toml", "--optimizer", "rmsprop")
    runs = events(ran.stdout)[0]["runs"]
    assert {run["optimizer"] for run in runs} == {"rmsprop"}
    assert len(runs) == (2 if "seed" in compare else 1)


SINGLE = [  # what the file compares, the value that the command line gives
    ("initializer=he,zeros", "xavier"),
    ("activation=relu,tanh", "sigmoid"),
    ("weight-decay=0,1", "0.5"),
    ("dropout=0,0.5", "0.2"),
    ("output-activation=linear,tanh", "tanh"),
]


def test_a_seed_is_that_of_the_minibatches_whatever_seeds_are_compared(call, events):
    one, other = (
        events(call(*QUICK, "--json", "--seed", seed, "--compare", "seed=1,2").stdout)
        for seed in ("6", "7")
    )
    assert [run["name"] for run in one[0]["runs"]] == ["seed=1", "seed=2"]
    assert one[0]["experiment"]["seed"] == 6
    assert one[1]["loss"] != other[1]["loss"]  # another minibatch


@pytest.mark.parametrize(("compared", "value"), SINGLE)
def test_a_value_wins_over_what_the_config_compares_of_it(call, events, tmp_path, compared, value):
    axis = compared.partition("=")[0]
    for besides in ("", ", 'lr=0.1,0.2'"):
        (tmp_path / "c.toml").write_text(f"compare = ['{compared}'{besides}]\n")
        words = (*QUICK, "--json", "--config", "c.toml", f"--{axis}", value)
        started = events(call(*words).stdout)[0]
        assert str(started["experiment"][axis.replace("-", "_")]) == value
        assert started["experiment"]["compare"] == (["lr=0.1,0.2"] if besides else [])
        names = [run["name"] for run in started["runs"]]
        assert names == (["lr=0.1", "lr=0.2"] if besides else ["adam"])


@pytest.mark.parametrize(
    ("words", "in_force"),
    [
        ("", False),
        ("--batch-norm", True),
        ("--batch-norm --dropout 0.2", True),
        ("--batch-norm=on", True),
        ("--batch-norm off", False),
        ("--config c.toml", True),
        ("--config c.toml --batch-norm off", False),
        ("--config d.toml --batch-norm", True),
    ],
)
def test_batch_norm_is_a_flag_that_can_be_taken_back(call, events, tmp_path, words, in_force):
    (tmp_path / "c.toml").write_text("batch_norm = true\n")
    (tmp_path / "d.toml").write_text("compare = 'batch-norm=off,on'\n")
    words = (*QUICK, "--json", "--optimizer", "sgd", *words.split(), "--save-config", "e.toml")
    for again in (words, (*QUICK, "--json", "--config", "e.toml")):
        (started,) = events(call(*again).stdout, "started")
        assert started["experiment"]["batch_norm"] is in_force
        assert started["experiment"]["compare"] == []
        assert started["parameters"] == 64 * 8 + 8 + 80 + 10 + (16 if in_force else 0)


def test_remedies_are_compared(call, events):
    axes = ("dropout=0,0.5", "batch-norm=off,on", "output-activation=linear,tanh")
    words = (word for axis in axes for word in ("--compare", axis))
    ran = call(*QUICK, "--json", *words, "--save-config", "c.toml")
    again = call(*QUICK, "--json", "--config", "c.toml")
    first, second = (events(each.stdout) for each in (ran, again))
    names = [
        f"dropout={rate} batch-norm={on} output-activation={output}"
        for rate in ("0", "0.5")
        for on in ("off", "on")
        for output in ("linear", "tanh")
    ]
    assert [run["name"] for run in first[0]["runs"]] == names
    assert first[-1]["loss"] == second[-1]["loss"]
    assert list(first[-1]["loss"]) == names
    assert len(set(first[-1]["loss"].values())) == 8


def test_what_the_config_compares_stays_beside_other_values(call, events, tmp_path):
    (tmp_path / "c.toml").write_text("compare = 'seed=1,2'\noptimizer = 'sgd'\n")
    words = (*QUICK, "--json", "--config", "c.toml", "--initializer", "xavier")
    started = events(call(*words).stdout)[0]
    assert [run["name"] for run in started["runs"]] == ["seed=1", "seed=2"]
    words += ("--compare", "optimizer=gd,adam")  # the file's optimizer is no word against it
    started = events(call(*words).stdout)[0]
    assert [run["name"] for run in started["runs"]] == ["gd", "adam"]


@pytest.mark.parametrize(
    ("words", "in_force"),
    [
        ("", ("adamw", None)),
        ("--weight-decay 0", ("adamw:weight_decay=0", 0)),
        ("--config c.toml", ("adamw:weight_decay=0", 0)),
        ("--config c.toml --weight-decay 0.5", ("adamw:weight_decay=0.5", 0.5)),
        ("--compare weight-decay=0", ("adamw:weight_decay=0", None)),
    ],
)
def test_a_weight_decay_of_0_is_given_or_not(call, events, tmp_path, words, in_force):
    (tmp_path / "c.toml").write_text("weight_decay = 0\n")
    words = (*QUICK, "--json", "--optimizer", "adamw", *words.split(), "--save-config", "d.toml")
    for again in (words, (*QUICK, "--json", "--config", "d.toml")):
        (started,) = events(call(*again).stdout, "started")
        (run,) = started["runs"]
        assert (run["optimizer"], started["experiment"]["weight_decay"]) == in_force


def test_a_saved_config_is_the_same_experiment(call, events, tmp_path):
    words = ("--compare", "optimizer=gd,adam:lr=0.1:beta1=0.5", "--compare", "weight-decay=0,1e-4")
    words += ("--hidden", "9x2", "--activation", "leaky_relu:slope=0.3", "--initializer", "xavier")
    words += ("--train-size", "700", "--batch-size", "99", "--dtype", "float64", "--seed", "3")
    words += ("--iterations", "20", "--eval-every", "7", "--probe-every", "9")
    both = ("--headless", "--quiet", "--log")
    first = call(*both, "a.jsonl", *words, "--save-config", "c.toml")
    again = call(*both, "b.jsonl", "--config", "c.toml", "--save-config", "d.toml")
    assert (first.returncode, again.returncode) == (0, 0)
    assert (tmp_path / "c.toml").read_text() == (tmp_path / "d.toml").read_text()
    saved = tomllib.loads((tmp_path / "c.toml").read_text(encoding="utf-8"))
    assert (saved["hidden"], saved["train_size"], saved["dtype"]) == ([9, 9], 700, "float64")
    a, b = (events(tmp_path / name) for name in ("a.jsonl", "b.jsonl"))
    assert a[0]["experiment"] == b[0]["experiment"]
    timeless = [[{**event, "time": 0, "seconds": 0} for event in log] for log in (a, b)]
    assert len(a) > 20
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize("words", [(), ("list",)])
def test_data_lists_every_data_set(call, tmp_path, words):
    ran = call("data", *words, "--data-dir", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    where = dict.fromkeys(("moons", "spirals", "blobs", "gaussian"), "generated")
    where["digits"] = "embedded"
    for name in ("mnist", "fashion-mnist"):
        where[name] = f"to be downloaded: tui-optim data fetch {name}"
    assert set(where) == {entry.name for entry in catalog(tmp_path)}
    for name, place in where.items():
        assert re.search(rf"^{name}  +\w.*  {place} *$", ran.stdout, re.M), name
    assert ran.stdout.replace("\n", "").isprintable()


def test_data_fetch_says_where_they_are(call, mnist_folder):
    ran = call("data", "fetch", "mnist", "--data-dir", mnist_folder)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{mnist_folder}\n", "")


def test_a_download_that_fails_is_one_line(refused, tmp_path):
    refused("data", "fetch", "fashion-mnist", "--data-dir", tmp_path, saying="cannot download")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does")
@pytest.mark.parametrize("words", [("--hidden", "10000x64"), ("--config", "huge.toml")])
def test_what_is_too_large_is_one_line(cli, tmp_path, words):
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(2**33)
    limited = ("sh", "-c", 'ulimit -v 4194304 && exec "$@"', "sh")
    ran = cli("--headless", *words, before=limited, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"tui-optim: [^\n]+\n", ran.stderr), ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--data", "own.csv", "--log", "own.csv"),
        ("--data", "own.csv", "--save-config", "./own.csv"),
        ("--data", "images", "--log", "images/train-labels-idx1-ubyte"),
        ("--config", "c.toml", "--log", "c.toml"),
        ("--save-config", "d.toml", "--log", "d.toml"),
    ],
)
def test_what_is_read_is_not_written_over(refused, tmp_path, words):
    for kind in ("own.csv", "images"):
        write_data(tmp_path, kind)
    (tmp_path / "c.toml").write_text("seed = 1\n")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    refused("--headless", "--iterations", "2", *words, saying=words[-1].removeprefix("./"))
    assert {path: path.read_bytes() for path in files} == files


def test_what_is_read_is_not_written_over_by_another_name(refused, tmp_path):
    write_data(tmp_path, "own.csv")
    write_data(tmp_path, "images")
    labels = tmp_path / "images" / "train-labels-idx1-ubyte"
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "own.csv")
    (tmp_path / "soft.jsonl").symlink_to("own.csv")
    (tmp_path / "deep.jsonl").symlink_to(labels)
    (tmp_path / "here").symlink_to(tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "own.csv", labels)}
    for log in ("hard.jsonl", "soft.jsonl", "here/own.csv", "images/../own.csv"):
        refused(*QUICK, "--data", "own.csv", "--log", log, saying="overwrite a file of --data")
    refused(*QUICK, "--data", "images", "--log", "deep.jsonl", saying="a file of --data")
    words = ("--data-dir", "images", "--log", "deep.jsonl")
    refused(*QUICK, "--data", "mnist", *words, saying="a file of --data")
    twice = ("--save-config", "c.toml", "--log", "images/../c.toml")
    refused(*QUICK, *twice, saying="a file of --save-config")
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_of_data_is_a_place_for_logs(call, tmp_path):
    write_data(tmp_path, "images")
    words = (*QUICK, "--quiet", "--data", "images", "--batch-size", "16")
    for name in ("run.jsonl", "train-labels-idx1-ubyte.jsonl"):
        for _ in range(2):
            ran = call(*words, "--log", f"images/{name}")
            assert (ran.returncode, ran.stderr) == (0, "")
            assert (tmp_path / "images" / name).stat().st_size > 0


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null")
def test_nothing_is_written_over_in_a_device(call):
    ran = call(*QUICK, "--quiet", "--log", "/dev/null", "--save-config", "/dev/null")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("option", ["--log", "--save-config", "--checkpoint"])
def test_a_name_that_is_too_long_is_refused(refused, option):
    refused(*QUICK, "--quiet", option, "a" * 300, saying="File name too long")


def test_a_folder_named_like_a_data_set_is_a_place_for_logs(call, tmp_path):
    (tmp_path / "digits").mkdir()
    for _ in range(2):
        ran = call(*QUICK, "--quiet", "--log", "digits/a.jsonl")
        assert (ran.returncode, ran.stderr) == (0, "")


def write_data(folder, kind):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 3)), np.arange(60) % 3
    if kind == "own.csv":
        rows = [f"{a},{'abc'[label]},{b},{c}" for (a, b, c), label in zip(x, y, strict=True)]
        (folder / kind).write_text("\n".join(["first,kind,second,third", *rows]))
    elif kind == "own.npz":
        np.savez(folder / kind, x=x, y=y)
    elif kind == "images":
        (folder / kind).mkdir()
        for part, count in (("train", 60), ("t10k", 30)):
            pixels = rng.integers(0, 256, count * 4, dtype=np.uint8).tobytes()
            for file, shape, content in (
                ("images-idx3", (count, 2, 2), pixels),
                ("labels-idx1", (count,), bytes(i % 3 for i in range(count))),
            ):
                head = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
                (folder / kind / f"{part}-{file}-ubyte").write_bytes(head + content)


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("own.csv --target kind", [48, 12, 3, 3]),
        ("own.npz", [48, 12, 3, 3]),
        ("images", [60, 30, 4, 3]),
        ("moons", None),
        ("spirals", None),
        ("blobs", None),
    ],
)
def test_data(call, events, tmp_path, words, shape):
    name, *more = words.split()
    write_data(tmp_path, name)
    ran = call(*QUICK, "--data", name, *more, "--json", "--batch-size", "16")
    assert ran.returncode == 0
    log = events(ran.stdout)
    data = log[0]["dataset"]
    assert data["name"] == name
    if shape is None:
        shape = [data["train"], data["test"], 2, {"moons": 2, "spirals": 3, "blobs": 5}[name]]
    assert [data[key] for key in ("train", "test", "features", "classes")] == shape
    assert all(0 < loss < 5 for loss in log[-1]["loss"].values())


def test_mnist(call, events, mnist_folder):
    words = ("--data", "mnist", "--data-dir", mnist_folder, "--train-size", "2000")
    ran = call(*QUICK, *words, "--optimizer", "adam", "--json", "--quiet")
    log = events(ran.stdout)
    assert (ran.returncode, ran.stderr) == (0, "")
    data = log[0]["dataset"]
    assert (data["train"], data["test"], data["features"]) == (2000, 10_000, 784)
    assert 0.2 < log[-1]["accuracy"]["adam"] < 1
