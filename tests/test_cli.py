"""The command line: what it takes, what it refuses and how it says so."""

import errno
import os
import re
import sys
from pathlib import Path

import pytest

from tui_optim.datasets import catalog
from tui_optim.experiment import AXES, REGISTRIES, option_names
from tui_optim.nn import OUTPUT_ACTIVATIONS

OPTIONS = {f"--{name.replace('_', '-')}" for name in option_names()} | {
    *("--config", "--save-config", "--log", "--log-every", "--headless", "--json"),
    *("--print-every", "--quiet", "--fps", "--pace", "--ascii", "--lang", "--version"),
    *("--checkpoint", "--checkpoint-every", "--resume", "--keep-going", "--help"),
}
SMALL = ("--headless", "--quiet", "--iterations", "4", "--hidden", "5", "--probe-every", "2")


def untimed(ran):
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "4 iterations of 6 runs in " in ran.stdout
    return re.sub(r" in .*", "", ran.stdout)


@pytest.fixture(scope="module")
def usual(cli):
    """What a small training prints."""
    return untimed(cli(*SMALL))


def test_help_tells_of_every_option_and_name(cli):
    ran = cli("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    elsewhere = {"--user", "--scope"}  # systemd-run's
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", ran.stdout)) == OPTIONS | elsewhere
    named = re.split(r"[\s:,.]+", ran.stdout)
    for registry in (*REGISTRIES.values(), OUTPUT_ACTIVATIONS):
        assert set(registry) <= set(named)
    compared = re.search(r"--compare AXIS=V1,V2,…(.*?)given", ran.stdout, re.DOTALL)
    told = re.sub(r"-\s+", "-", compared[1]).replace(" or", ",")  # lines break after a hyphen
    assert set(AXES) == set(re.findall(r"[a-z-]+", told))
    assert {entry.name for entry in catalog()} <= set(named)
    assert "3 every run diverged" in ran.stdout
    assert cli("-h").stdout == cli("train", "--help").stdout == ran.stdout


def test_the_installed_command_is_the_module(cli, usual):
    command = Path(sys.executable).with_name("tui-optim")
    if not command.exists():
        pytest.skip("the package's command is not beside this Python")
    assert untimed(cli(*SMALL, program=[command])) == usual


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ("--bogus", "unknown option --bogus (see `tui-optim --help`)"),
        ("--itertions 5", "unknown option --itertions (did you mean --iterations?)"),
        ("--headless --batchsize=5", "unknown option --batchsize (did you mean --batch-size?)"),
        ("-iterations 5", "unknown option -iterations (did you mean --iterations?)"),
        ("bogus", "unexpected word bogus (see `tui-optim --help`)"),
        ("date list", "unexpected word date (did you mean data?)"),
        ("--ascii lesson 3", "unexpected word lesson (a command goes first: `tui-optim lesson …`)"),
        ("--iter 5", "unknown option --iter (did you mean --iterations?)"),
        ("--head", "unknown option --head (did you mean --headless?)"),
        ("--quiet=yes", "--quiet"),
        ("--optimizer", "--optimizer: expected one argument"),
        ("--log", "--log: expected one argument"),
        ("--log --quiet", "--log: expected one argument"),
        ("--optimizer adm", "unknown optimizer 'adm' (did you mean adam?)"),
        ("--optimizer Adam", "(did you mean adam?)"),
        ("--compare optimizer=sgd,momentun", "'momentun' (did you mean momentum?)"),
        ("--initializer xavir", "unknown initializer 'xavir' (did you mean xavier?)"),
        ("--activation rleu", "unknown activation 'rleu' (did you mean relu?)"),
        ("--optimizer adam:rate=1", "'rate=1' is not a setting; adam takes lr=0.001, beta1=0.9"),
        ("--optimizer adam:lr", "'lr' is not a setting"),
        ("--optimizer adam:lr=fast", "lr='fast': expected a number"),
        ("--optimizer adam:lr=-1", "lr=-1: expected a number"),
        ("--optimizer sgd:lr=nan", "lr=nan: expected a number"),
        ("--optimizer adam:beta1=1", "beta1=1: expected a number"),
        ("--initializer he:std=1", "he takes no settings"),
        ("--compare depth=1,2", "unknown axis 'depth': choose one of optimizer"),
        ("--compare lr", "expected values, such as lr=V1,V2"),
        ("--compare lr=0,1", "compare lr=0: expected a number above 0"),
        ("--compare lr=0.1,,0.2", "compare lr='0.1,,0.2': a value is missing: expected lr=V1,V2"),
        ("--compare optimizer=sgd,", "compare optimizer='sgd,': a value is missing"),
        ("--compare lr=1,1.0", "1 is given twice"),
        ("--compare lr=1 --compare lr=2", "lr is given twice"),
        ("--compare seed=0,1.5", "compare seed='1.5': expected a whole number"),
        ("--compare lr=1,2,3 --compare seed=0,1,2,3,4,5", "18 runs; at most 16"),
        ("--sampling replacement", "replacement has no epochs for gd"),
        ("--sampling replacement --optimizer gd", "replacement has no epochs for gd"),
        ("--sampling shuffled", "choose one of epoch, replacement"),
        ("--dtype float16", "choose one of float32, float64"),
        ("--hidden 100x", "hidden='100x': expected widths such as 100,50 or 100x4"),
        ("--hidden 0", "hidden=0: expected a whole number from 1 to 10000"),
        ("--hidden 100x0", "hidden='100x0': expected widths such as 100,50 or 100x4"),
        ("--lr 0.1", "--lr (it is the optimizer's: --optimizer adam:lr=0.01)"),
        ("--seed 9223372036854775808", "expected a whole number from 0 to 9223372036854775807"),
        ("--weight-decay 1e999", "expected a number of at least 0 and below 1.8e+308"),
        ("--hidden 5x65", "at most 64 layers"),
        ("--dropout 1", "dropout=1: expected a number of at least 0 and below 1"),
        ("--dropout", "--dropout: expected one argument"),
        ("--batch-norm yes", "batch-norm='yes': expected on or off"),
        ("--batch-norms", "unknown option --batch-norms (did you mean --batch-norm?)"),
        ("--output-activation relu", "output-activation='relu': choose one of linear, tanh"),
        ("--compare dropout=0,1", "compare dropout=1: expected a number of at least 0"),
        ("--compare batch-norm=0,1", "compare batch-norm='0': expected on or off"),
        ("--compare output-activation=linear,relu", "choose one of linear, tanh"),
        ("--batch-norm --compare batch-norm=off,on", "--batch-norm on beside --compare batch-n"),
        ("--dropout 0.5 --compare dropout=0,0.5", "--dropout 0.5 beside --compare dropout=0,0.5"),
        ("--headless --data minst", "did you mean 'mnist'?"),
        ("--headless --data no.csv", "no data set and no file is named 'no.csv'"),
        ("--headless --data /no/such/folder", "no data set and no file"),
        ("--headless --target x", "leave it out"),
        ("--headless --train-size 5", "train size 5 is out of range for 'digits'"),
        ("--config no.toml", "config 'no.toml': No such file or directory"),
        ("--config .", "config '.': Is a directory"),
        ("--save-config .", "save-config '.': Is a directory"),
        ("--save-config no/such.toml", "save-config 'no/such.toml': No such file"),
        ("--headless --log .", "log '.' cannot be written: Is a directory"),
        ("--headless --log no/such.jsonl", "log 'no/such.jsonl' cannot be written: No such file"),
        ("--log-every 0", "log-every=0: expected at least 1"),
        ("--log-every -1", "log-every=-1: expected at least 1"),
        ("--log-every x", "--log-every: invalid int value: 'x'"),
        ("--print-every 0", "print-every=0: expected at least 1"),
        ("--print-every x", "--print-every: invalid int value: 'x'"),
        ("--fps x", "--fps: invalid float value: 'x'"),
        ("--pace x", "--pace: invalid float value: 'x'"),
        ("--headless --iterations 1 --fps 99", "fps=99: expected a number from 0.5 to 10"),
        ("--headless --iterations 1 --pace 0", "expected a number above 0"),
        ("--headless --pace 5", "--pace is for the screens: leave it or --headless out"),
        ("--json --fps 2", "--fps is for the screens: leave it or --json out"),
        ("--ascii --quiet", "--ascii is for the screens: leave it or --quiet out"),
        ("--headless --data-dir no/folder", "data-dir=no/folder: there is no such folder"),
        ("--json --print-every 5", "--print-every is for lines: leave it or --json out"),
        ("--quiet --print-every 5", "--print-every is for lines: leave it or --quiet out"),
        ("--headless --log no/a", "No such file or directory; name a file in a folder that is"),
        ("--headless --log .", "Is a directory; name a file in it"),
        ("--headless --log-every 5", "--log-every is for a log: name one (--log FILE.jsonl)"),
        ("--optimizer sgd --compare optimizer=gd,adam", "optimizer=gd,adam: give one of them"),
        ("--compare seed=1,2 --compare lr=1 --weight-decay 1 --compare weight-decay=0,1", "beside"),
        ("--compare activation=relu --activation tanh", "--activation tanh beside --compare"),
        ("--initializer he --compare initializer=he", "--initializer he beside --compare"),
        (
            "--weight-decay 0 --compare weight_decay=0,1",
            "--weight-decay 0 beside --compare weight-d",
        ),
        ("data list mnist", "unexpected word mnist: `tui-optim data list` lists all data sets"),
        ("data fetch mnist more", "unexpected word more (see `tui-optim data --help`)"),
        ("data fetch", "data fetch: which? name a data set"),
        ("data fetch digits", "'digits' is not to be fetched: mnist and fashion-mnist are"),
        ("data fetch imagenet", "'imagenet' is not to be fetched"),
        ("data remove", "invalid choice: 'remove'"),
        ("data list --data-d .", "unknown option --data-d (did you mean --data-dir?)"),
        ("data list --headless", "unknown option --headless (see `tui-optim data --help`)"),
    ],
)
def test_bad_usage_is_one_line(refused, words, saying):
    refused(*words.split(), saying=saying)


@pytest.mark.parametrize(
    "words",
    [
        ("--iter", "5"),
        ("--optimizer", "adm"),
        ("--config", "no.toml"),
        ("--headless", "--data", "no.csv"),
        ("--headless", "--log", "."),
        ("data", "fetch", "digits"),
        ("--data", "no.csv"),  # and not that there is no terminal
    ],
)
def test_the_process_ends_like_that(cli, words):
    ran = cli(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(r"tui-optim: [^\n]+\n", ran.stderr), ran.stderr


NUMBERS = [
    *(("train-size", bad) for bad in ("0", "-5", "many")),
    *(("batch-size", bad) for bad in ("0", "1.5")),
    *(("iterations", bad) for bad in ("0", "-1", "1e3", "", "9" * 5000, "_", "1__0")),
    *(("seed", bad) for bad in ("-1", "x")),
    *(("weight-decay", bad) for bad in ("-0.1", "nan", "inf", "little")),
    *(("dropout", bad) for bad in ("-0.1", "1", "nan", "half")),
    *(("eval-every", bad) for bad in ("-1", "x")),
    *(("probe-every", bad) for bad in ("-1", "0.5")),
    *(("threads", bad) for bad in ("0", "x")),
]


@pytest.mark.parametrize(("option", "bad"), NUMBERS, ids=[f"{o}={b[:5]}" for o, b in NUMBERS])
def test_bad_numbers_are_one_line(refused, option, bad):
    real = option in ("weight-decay", "dropout")
    least = "number of at least" if real else "whole number of at least"
    assert least in refused(f"--{option}", bad, saying=f"{option}=")


ESCAPE = "\x1b[2J\x1b]0;x\a\n\r"


@pytest.mark.parametrize(
    "words",
    [
        ("--data", ESCAPE),
        ("--data", f"{ESCAPE}.csv"),
        ("--target", ESCAPE),
        ("--optimizer", ESCAPE),
        ("--optimizer", f"adam:{ESCAPE}=1"),
        ("--compare", f"{ESCAPE}=1"),
        ("--compare", f"lr={ESCAPE}x"),
        ("--hidden", ESCAPE),
        ("--iterations", ESCAPE),
        ("--print-every", ESCAPE),
        ("--dtype", ESCAPE),
        ("--config", ESCAPE),
        ("--save-config", f"/no/such/{ESCAPE}"),
        ("--log", f"/no/such/{ESCAPE}"),
        (f"--quiet={ESCAPE}",),
        (ESCAPE,),
        (f"--{ESCAPE}",),
    ],
)
def test_control_sequences_in_arguments_reach_no_terminal(refused, words):
    refused("--headless", *words)
    if len(words) == 1:
        refused("data", *words)


def test_control_sequences_in_a_table_reach_no_terminal(call, refused, tmp_path):
    name = "a\x1b[2J.csv"
    rows = "".join(f"{n},{n % 2}{chr(27)}[31m\n" for n in range(20))
    (tmp_path / name).write_text(f"\x1b[2Jx,\x1b[31my\n{rows}", encoding="utf-8")
    ran = call("--headless", "--data", name, "--iterations", "2")
    assert ran.returncode == 0
    assert r"on a\x1b[2J.csv (16 training and 4 test examples)" in ran.stderr
    assert (ran.stdout + ran.stderr).replace("\n", "").isprintable()
    bad = refused("--headless", "--data", name, "--target", "z", saying="'z'")
    assert r"'\x1b[2Jx', '\x1b[31my'" in bad


def test_names_that_are_not_utf8_are_taken_as_they_are(call, refused, tmp_path):
    table, log = (tmp_path / os.fsdecode(name) for name in (b"\xff.csv", b"\xfe.jsonl"))
    try:
        table.write_text("x,y\n" + "1,a\n2,b\n" * 9)
    except OSError as error:
        if error.errno not in (errno.EILSEQ, errno.EINVAL):
            raise
        pytest.skip("the file system takes only UTF-8")
    words = ("--data", table.name, *SMALL)
    assert call(*words, "--log", log.name).returncode == 0
    assert log.stat().st_size > 0
    refused(*words, "--save-config", "c.toml", saying="save-config 'c.toml'")


def test_train_is_what_it_does_without_a_word(cli, usual):
    assert untimed(cli("train", *SMALL)) == usual


@pytest.mark.parametrize("words", [("--help",), ("data", "list"), SMALL])
def test_a_narrow_encoding_is_no_fault(cli, words):
    ran = cli(*words, variables={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.isascii()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_shell_closed_is_no_fault(cli, tmp_path, closed):
    before = ("sh", "-c", f'exec "$@" {closed}', "sh")
    ran = cli(*SMALL[1:], "--log", tmp_path / "a.jsonl", before=before)  # quiet: no screens
    assert (ran.returncode, ran.stderr) == (0, "")
    assert '"reason":"completed"' in (tmp_path / "a.jsonl").read_text().replace(" ", "")
    screens = [word for word in SMALL[2:] if word != "--quiet"]
    assert cli(*screens, before=before).returncode == 0
    assert cli("--bogus", before=before).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "words", [("--bogus",), ("--data", "no.csv"), ("--headless", "--log", ".")]
)
def test_bad_input_is_refused_where_nobody_can_be_told(cli, words):
    with Path("/dev/full").open("w") as full:
        ran = cli(*words, stderr=full)
    assert (ran.returncode, ran.stdout) == (2, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_it_runs_headless_where_nobody_can_be_told(cli):
    with Path("/dev/full").open("w") as full:
        ran = cli(*[word for word in SMALL[1:] if word != "--quiet"], stderr=full)
    assert ran.returncode == 0
    assert "4 iterations of 6 runs in " in ran.stdout


def test_data_fetch_and_list_show_no_control_sequences(call, tmp_path, mnist_folder):
    folder = tmp_path / "a\x1b[2J\nb"
    folder.symlink_to(mnist_folder)
    for words in (("fetch", "mnist"), ("list",)):
        ran = call("data", *words, "--data-dir", folder)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert r"a\x1b[2J\nb" in ran.stdout.replace("\n", "").replace(" ", "")
        assert ran.stdout.replace("\n", "").isprintable()
