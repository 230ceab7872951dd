"""A training that is killed and goes on: from the command line, with real processes."""

import re
import signal
import time

import pytest

from tui_optim.cli import main
from tui_optim.training.checkpoint import Checkpoint

RACE = (
    *("--headless", "--hidden", "12x2", "--dropout", "0.1", "--train-size", "500"),
    *("--compare", "optimizer=gd,adam", "--initializer", "normal:std=0.01"),
    *("--eval-every", "40", "--probe-every", "20"),
)
UNTIMED = re.compile(r'"(seconds|time)":[^,]+')


def lines(path):
    """A log's lines, but for times and for that it was resumed."""
    kept = [line for line in path.read_text().splitlines() if '"resumed"' not in line]
    return [UNTIMED.sub("", line) for line in kept]


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Runs the command line in this process; its exit code and what it has printed, or said."""
    monkeypatch.chdir(tmp_path)
    return lambda *words, said=False: (main(words), *capfd.readouterr()[: 1 + said])


@pytest.fixture
def killed(start, tmp_path):
    """Kills a training some time after its checkpoint of an iteration."""

    def train(*words):
        process = start(*RACE, "--log", "a.jsonl", "--checkpoint", "a.ckpt", *words)
        limit = time.monotonic() + 20
        while not (tmp_path / "a.ckpt").exists():
            assert time.monotonic() < limit
            time.sleep(0.005)
        process.kill()
        assert process.wait(20) == -signal.SIGKILL
        return Checkpoint.read(tmp_path / "a.ckpt").iteration

    return train


def test_killed_it_goes_on_and_the_log_is_as_if_it_had_not_been(killed, cli, tmp_path):
    iteration = killed("--iterations", "300", "--checkpoint-every", "7")
    assert iteration % 7 == 0
    words = ("--headless", "--resume", "a.ckpt", "--log", "a.jsonl", "--iterations", "320")
    ran = cli(*words, "--print-every", "10", "--checkpoint", "a.ckpt", cwd=tmp_path)
    assert ran.returncode == 0
    assert f"\ntui-optim: going on after iteration {iteration}\n" in ran.stderr
    first = 10 * (iteration // 10 + 1)
    assert re.match(rf"iteration +gd +adam\n +{first} ", ran.stdout)
    assert "\n320 iterations of 2 runs in " in ran.stdout
    whole = cli(*RACE, "--iterations", "320", "--log", "b.jsonl", "--quiet", cwd=tmp_path)
    assert whole.returncode == 0
    first, *rest = lines(tmp_path / "a.jsonl")
    assert any('"finding"' in line for line in rest)
    assert first.count('"iterations":300') == 1
    longer = f'{{"event":"change","iteration":{iteration},"run":null,"setting":"iterations",'
    assert [line for line in rest if not line.startswith(longer)] == lines(tmp_path / "b.jsonl")[1:]
    assert not list(tmp_path.glob("*.tmp"))


def test_interrupted_it_writes_one_and_goes_on_without_a_log(start, events, tmp_path):
    process = start(*RACE, "--iterations", "100000", "--checkpoint", "a.ckpt", "--json")
    for line in process.stdout:
        if b'"iteration":50,' in line:
            process.send_signal(signal.SIGINT)
            break
    *_, ended = process.stdout.read().splitlines()
    assert process.wait(20) == 130
    assert b'"interrupted"' in ended
    iteration = Checkpoint.read(tmp_path / "a.ckpt").iteration
    assert f'"iterations":{iteration},'.encode() in ended
    more = ("--checkpoint", "a.ckpt", "--checkpoint-every", "10")
    process = start("--resume", "a.ckpt", "--json", "--quiet", *more)
    first, second = (process.stdout.readline().decode() for _ in range(2))
    assert first.startswith('{"event":"started"')
    assert events(second)[0]["setting"] == "resumed"
    step = next(line for line in process.stdout if b'"step"' in line)  # an evaluation may be owed
    assert events(step.decode())[0]["iteration"] == iteration + 1
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[1] == b""
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration > iteration


def test_a_completed_one_has_nothing_left_to_do(here, events, tmp_path):
    log = tmp_path / "a.jsonl"
    words = ("--headless", "--quiet", "--iterations", "4", "--hidden", "4", "--log", "a.jsonl")
    first = here(*words, "--checkpoint", "a.ckpt")
    before = events(log)
    again = here("--resume", "a.ckpt", "--log", "a.jsonl", "--quiet")
    assert again[0] == first[0] == 0
    assert re.sub(" in .*", "", again[1]) == re.sub(" in .*", "", first[1])
    without_log = here("--resume", "a.ckpt", "--quiet")
    assert re.findall(r"\d+\.\d\d %", without_log[1]) == re.findall(r"\d+\.\d\d %", first[1])
    after = [event for event in events(log) if event.get("setting") != "resumed"]
    assert after == [*before[:-1], before[-1] | {"seconds": after[-1]["seconds"]}]


def test_what_a_log_lacks_is_said(here, capfd):
    words = ("--headless", "--quiet", "--hidden", "4", "--checkpoint", "a.ckpt")
    here(*words, "--iterations", "4", "--log", "a.jsonl")
    here(*words[:2], *words[-2:], "--resume", "a.ckpt", "--iterations", "9")
    assert main(("--resume", "a.ckpt", "--quiet", "--log", "a.jsonl")) == 0
    said = "the log's last step is iteration 4, the checkpoint's 9: what is between is not in the"
    assert said in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ("--resume no.ckpt", "checkpoint 'no.ckpt' cannot be used: No such file or directory"),
        ("--resume .", "checkpoint '.' cannot be used: Is a directory"),
        ("--resume a.toml", "checkpoint 'a.toml' cannot be used: it is no checkpoint of tui-optim"),
        ("--checkpoint-every 5", "--checkpoint-every is for a checkpoint: name one"),
        ("--checkpoint a --checkpoint-every 0", "checkpoint-every=0: expected at least 1"),
        ("--headless --checkpoint no/a", "checkpoint 'no/a' cannot be written: there is no such"),
        ("--headless --checkpoint .", "checkpoint '.' cannot be written: there is something that"),
        ("--headless --checkpoint a --log a", "--checkpoint 'a' would overwrite a file of --log"),
        ("--headless --checkpoint a --log a~", "--checkpoint 'a' would overwrite a file of --log"),
        ("--resume a --config b", "--config beside --resume: the checkpoint says what is trained"),
    ],
)
def test_what_cannot_be_is_one_line(refused, tmp_path, words, saying):
    (tmp_path / "a.toml").write_text("seed = 1\n")
    refused(*words.split(), saying=saying)


def test_another_training_is_refused_before_anything_is_touched(here, refused, tmp_path):
    words = ("--headless", "--quiet", "--iterations", "4", "--hidden", "4")
    here(*words, "--checkpoint", "a.ckpt")
    here(*words, "--log", "b.jsonl", "--seed", "1")
    before = (tmp_path / "b.jsonl").read_bytes()
    on = ("--headless", "--resume", "a.ckpt")
    refused(*on, "--log", "b.jsonl", saying="'b.jsonl' is not of the checkpoint's training (seed")
    refused(*on, "--seed", "1", saying="seed='1': the checkpoint is of another experiment")
    refused(*on, "--log", "a.ckpt", saying="log 'a.ckpt' is not of the checkpoint's training")
    refused(*on, "--save-config", "a.ckpt", saying="would overwrite a file of --resume")
    assert (tmp_path / "b.jsonl").read_bytes() == before
    Checkpoint.read(tmp_path / "a.ckpt")


def test_it_goes_on_writing_the_checkpoint_and_says_what_it_takes_back(here, events, tmp_path):
    words = ("--headless", "--quiet", "--hidden", "4", "--optimizer", "adam", "--log", "a.jsonl")
    assert here(*words, "--iterations", "9", "--checkpoint", "a.ckpt")[0] == 0
    before = (tmp_path / "a.ckpt").read_bytes()
    assert here("--resume", "a.ckpt", "--quiet", "--iterations", "20", "--log", "a.jsonl")[0] == 0
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration == 20
    (tmp_path / "a.ckpt").write_bytes(before)
    code, printed, said = here("--resume", "a.ckpt", "--log", "a.jsonl", said=True)
    assert code == 0
    assert "tui-optim: a.jsonl: 15 lines after iteration 9 cut off, for what they tell is" in said
    assert "tui-optim: nothing is left to train after iteration 9: --iterations N goes on" in said
    assert not printed.startswith("iteration")
    assert [event["iteration"] for event in events(tmp_path / "a.jsonl", "step")][-1] == 9
    assert {each.name for each in tmp_path.iterdir()} == {"a.ckpt", "a.jsonl"}


def test_the_log_and_the_checkpoints_go_on_as_often_as_before(here, events, tmp_path):
    words = ("--headless", "--quiet", "--hidden", "4", "--optimizer", "adam", "--eval-every", "0")
    files = ("--log", "a.jsonl", "--checkpoint", "a.ckpt")
    every = ("--probe-every", "0", "--log-every", "5", "--checkpoint-every", "7")
    assert here(*words, *files, *every, "--iterations", "10")[0] == 0
    on = ("--quiet", "--resume", "a.ckpt", "--iterations")

    def logged():
        return [event["iteration"] for event in events(tmp_path / "a.jsonl", "step")]

    assert here(*on, "20", "--log", "a.jsonl")[0] == 0
    assert logged() == [1, 5, 10, 15, 20]
    assert here(*on, "30")[0] == 0  # what has no log keeps it in mind
    checkpoint = Checkpoint.read(tmp_path / "a.ckpt")
    assert (checkpoint.log_every, checkpoint.checkpoint_every) == (5, 7)
    assert here(*on, "40", "--log", "a.jsonl", "--log-every", "2")[0] == 0
    assert logged() == [1, 5, 10, 15, 20, 32, 34, 36, 38, 40]
    assert Checkpoint.read(tmp_path / "a.ckpt").log_every == 2


def test_a_log_may_have_any_name_beside_a_checkpoint(here, events, tmp_path):
    words = ("--headless", "--quiet", "--hidden", "4", "--optimizer", "adam", "--iterations", "9")
    log = tmp_path / "a.ckpt.tmp"
    assert here(*words, "--log", log.name, "--checkpoint", "a.ckpt")[0] == 0
    assert len(events(log, "step")) == 9
    assert {each.name for each in tmp_path.iterdir()} == {"a.ckpt", "a.ckpt.tmp"}


def test_what_another_training_wrote_is_kept_aside(here, tmp_path):
    words = ("--headless", "--hidden", "4", "--optimizer", "adam", "--iterations", "9")
    files = ("--log", "a.jsonl", "--checkpoint", "a.ckpt", "--checkpoint-every", "3")
    (tmp_path / "a.jsonl").touch()  # an empty one is not kept
    said = here(*words, *files, said=True)[2]
    assert not list(tmp_path.glob("*~"))
    first = [(tmp_path / name).read_bytes() for name in ("a.jsonl", "a.ckpt")]
    assert "now in" not in said
    said = here(*words, *files, "--seed", "1", said=True)[2]
    assert "tui-optim: what 'a.jsonl' held is now in 'a.jsonl~'\n" in said
    assert "tui-optim: what 'a.ckpt' held is now in 'a.ckpt~'\n" in said
    assert [(tmp_path / f"{name}~").read_bytes() for name in ("a.jsonl", "a.ckpt")] == first
    assert here(*words, *files, "--quiet", said=True)[2] == ""
    assert Checkpoint.read(tmp_path / "a.ckpt~").experiment.seed == 1
