"""Trainings headless, from end to end: the lines, the table, the log, and that they agree."""

import re
import statistics
from datetime import UTC, datetime, timedelta

import pytest

QUICK = ("--headless", "--iterations", "12", "--hidden", "8", "--eval-every", "5")
LECTURE = ["gd", "sgd", "momentum", "adagrad", "rmsprop", "adam"]
DIVERGING = "sgd:lr=1e+06"


@pytest.fixture(scope="module")
def race(cli, events, tmp_path_factory):
    """The lecture's race: the finished process and the events of its log."""
    log = tmp_path_factory.mktemp("race") / "race.jsonl"
    words = ("--iterations", "250", "--eval-every", "40", "--hidden", "30x2", "--log", log)
    return cli("--headless", *words), events(log)


def of(events, kind):
    return [event for event in events if event["event"] == kind]


def untimed(events):
    return [{**event, "time": None, "seconds": None} for event in events]


def text(loss):
    """A loss as it is to be printed."""
    if loss is None:
        return "diverged"
    if loss >= 10_000:
        return f"{loss:.2e}".replace("e+0", "e")
    return f"{loss:.4f}" if loss >= 0.001 else f"{loss:.1e}".replace("e-0", "e-")


def sections(stdout):
    """What standard output holds: the loss table, the ranking, whatever follows, the summary."""
    return [part.split("\n") for part in stdout.rstrip("\n").split("\n\n")]


def cells(line):
    return re.split(r"  +", line.strip())


def check_lines(lines, log, every):
    """The loss table is aligned and says what the log says."""
    steps = {event["iteration"]: event["loss"] for event in of(log, "step")}
    header, *rows = lines
    assert {len(line) for line in lines} == {len(header)}
    assert cells(header) == ["iteration", *steps[1]]
    wanted = [i for i in steps if i == 1 or i % every == 0]
    assert [cells(row) for row in rows] == [[str(i), *map(text, steps[i].values())] for i in wanted]


def test_lines_say_what_the_log_says(race):
    ran, log = race
    lines, *_ = sections(ran.stdout)
    assert ran.returncode == 0
    assert [row.split()[0] for row in lines] == ["iteration", "1", "100", "200"]
    assert cells(lines[0])[1:] == LECTURE
    check_lines(lines, log, 100)


def test_final_table_says_what_the_log_says(race):
    ran, log = race
    _, (header, *rows), _ = sections(ran.stdout)
    ended, last = log[-1], of(log, "step")[-1]
    accuracy, loss = ended["accuracy"], ended["loss"]
    reached = "95 % of best by iteration"
    assert cells(header) == ["run", "test accuracy", "test loss", "training loss", reached]
    assert {len(row) for row in rows} == {len(header)}
    ranked = sorted(accuracy, key=lambda run: (-accuracy[run], loss[run]))
    assert [cells(row)[:2] for row in rows] == [[str(n), run] for n, run in enumerate(ranked, 1)]
    for run, row in zip(ranked, rows, strict=True):
        numbers = [f"{100 * accuracy[run]:.2f} %", text(loss[run]), text(last["loss"][run])]
        assert cells(row)[2:5] == numbers


def test_when_95_percent_of_the_best_were_reached(race):
    ran, log = race
    _, (_, *rows), _ = sections(ran.stdout)
    goal = 0.95 * max(log[-1]["accuracy"].values())
    evaluations = of(log, "evaluation")
    assert [event["iteration"] for event in evaluations] == [40, 80, 120, 160, 200, 240, 250]
    told = {cells(row)[1]: cells(row)[5] for row in rows}
    for run in LECTURE:
        there = [event["iteration"] for event in evaluations if event["accuracy"][run] >= goal]
        assert told[run] == (str(there[0]) if there else "–")
    assert len(set(told.values())) > 1


def test_summary_and_standard_error(race):
    ran, log = race
    *_, summary = sections(ran.stdout)
    match = re.fullmatch(r"250 iterations of 6 runs in (\d+\.\d) s, ([\d,]+) .*", summary[0])
    assert summary[0].endswith(" steps per second")
    seconds = log[-1]["seconds"]
    assert match[1] == f"{seconds:.1f}"
    assert match[2] == f"{250 / seconds:,.0f}"
    assert ran.stderr == (
        "tui-optim: training 6 runs of 64-30-30-10 on digits (1,437 training and 360 test "
        f"examples) for 250 iterations, threads: {log[0]['threads']}\n"
    )
    assert "\x1b" not in ran.stdout + ran.stderr
    assert "\r" not in ran.stdout + ran.stderr


def test_the_log_is_whole(race):
    _, log = race
    started, ended = log[0], log[-1]
    assert (started["event"], started["schema"]) == ("started", 1)
    assert [event["iteration"] for event in of(log, "step")] == list(range(1, 251))
    assert sorted({event["iteration"] for event in of(log, "layers")}) == [
        1,
        50,
        100,
        150,
        200,
        250,
    ]
    assert (ended["event"], ended["reason"], ended["iterations"]) == ("ended", "completed", 250)
    age = datetime.now(UTC) - datetime.fromisoformat(started["time"])
    assert timedelta(0) < age + timedelta(seconds=1) < timedelta(hours=1)


def test_quiet_is_the_table_alone(call):
    ran = call(*QUICK, "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")
    table, summary = sections(ran.stdout.lstrip("\n"))
    assert cells(table[0])[0] == "run"
    assert summary[0].startswith("12 iterations of 6 runs in ")


def test_json_is_the_log_and_nothing_else(call, events, tmp_path):
    ran = call(*QUICK, "--json", "--log", tmp_path / "a.jsonl")
    assert ran.returncode == 0
    assert ran.stdout == (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert ran.stderr.count("\n") == 1
    again = call(*QUICK, "--json", "--quiet")
    assert again.stderr == ""
    assert untimed(events(again.stdout)) == untimed(events(ran.stdout))
    other = call(*QUICK, "--json", "--quiet", "--seed", "1")
    first, second = (of(events(each.stdout), "step") for each in (ran, other))
    assert all(a["loss"] != b["loss"] for a, b in zip(first, second, strict=True))


def test_losses_do_not_depend_on_the_number_of_threads(cli, events):
    one, two, three = (
        events(cli(*QUICK, "--json", "--threads", threads).stdout) for threads in "123"
    )
    assert [log[0]["threads"] for log in (one, two, three)] == [1, 2, 3]
    assert untimed(one[1:]) == untimed(two[1:]) == untimed(three[1:])


def test_log_every(call, events, tmp_path):
    words = (*QUICK, "--iterations", "25", "--print-every", "7", "--probe-every", "3")
    whole, thin = tmp_path / "whole.jsonl", tmp_path / "thin.jsonl"
    lines, *_ = sections(call(*words, "--log", whole).stdout)
    again, *_ = sections(call(*words, "--log", thin, "--log-every", "10").stdout)
    assert again == lines
    check_lines(lines, events(whole), 7)
    kept = [
        event
        for event in events(whole)
        if event["event"] != "step"
        or event["iteration"] in (1, 10, 20)  # every tenth
        or event["iteration"] in (*range(3, 25, 3), 5, 15)  # what probes and evaluations tell of
        or event["iteration"] == 25  # the last
    ]
    assert untimed(events(thin)) == untimed(kept)
    printed = call(*words[:-4], *words[-2:], "--json", "--quiet", "--log-every", "10").stdout
    assert untimed(events(printed)) == untimed(kept)


def test_every_run_diverges(call, events, tmp_path):
    words = ("--optimizer", "sgd:lr=1e6", "--hidden", "100x4", "--print-every", "4")
    ran = call(*QUICK, *words, "--log", tmp_path / "a.jsonl")
    log = events(tmp_path / "a.jsonl")
    first = next(e["iteration"] for e in of(log, "step") if e["loss"][DIVERGING] is None)
    assert ran.returncode == 3
    lines, (_, row), (_, found, *_), _ = sections(ran.stdout)
    check_lines(lines, log, 4)
    since, said = cells(found)[:2]
    assert since == str(first)
    assert said.startswith(f"{DIVERGING}: The loss is no longer a number")
    assert cells(lines[-1]) == ["12", "diverged"]
    assert cells(row) == ["1", DIVERGING, f"diverged at {first}", "–", "–", "–"]
    assert log[-1]["reason"] == "completed"
    assert log[-1]["accuracy"] == {DIVERGING: None}


def test_some_runs_diverge(call, events, tmp_path):
    deep = ("--hidden", "100x4")
    compare = ("--compare", "optimizer=sgd:lr=1e6,adam,momentum:lr=1e9")
    ran = call(*QUICK, *deep, *compare, "--log", tmp_path / "a.jsonl")
    assert ran.returncode == 0
    _, (_, *rows), *_ = sections(ran.stdout)
    assert [cells(row)[1] for row in rows] == ["adam", DIVERGING, "momentum:lr=1e+09"]
    assert "diverged" not in rows[0]
    assert all(re.search(r" diverged at \d+ +– +– +–$", row) for row in rows[1:])
    alone = call(*QUICK, *deep, "--optimizer", "adam", "--json")
    losses = [e["loss"]["adam"] for e in of(events(tmp_path / "a.jsonl"), "step")]
    assert losses == [e["loss"]["adam"] for e in of(events(alone.stdout), "step")]


def test_large_losses_stay_aligned(call, events, tmp_path):
    words = ("--hidden", "100x4", "--initializer", "normal:std=1", "--optimizer", "adam")
    ran = call(*QUICK, *words, "--print-every", "1", "--log", tmp_path / "a.jsonl")
    lines, *_ = sections(ran.stdout)
    log = events(tmp_path / "a.jsonl")
    assert log[1]["loss"]["adam"] > 10_000
    check_lines(lines, log, 1)


def test_mean_and_deviation_over_seeds(call, events, tmp_path):
    compare = ("--compare", "lr=0.01,0.1", "--compare", "seed=0,1,2", "--optimizer", "sgd")
    ran = call(*QUICK, *compare, "--log", tmp_path / "a.jsonl")
    lines, ranking, (header, *rows), _ = sections(ran.stdout)
    assert [line.split() for line in lines[:2]] == [
        ["lr=0.01"] * 3 + ["lr=0.1"] * 3,
        ["iteration"] + ["seed=0", "seed=1", "seed=2"] * 2,
    ]
    assert len({len(line) for line in lines}) == 1
    assert len(ranking) == 7
    assert cells(header) == ["run", "seeds", "test accuracy", "test loss"]
    ended = events(tmp_path / "a.jsonl")[-1]
    told = {cells(row)[0]: cells(row)[1:] for row in rows}
    means = {}
    for lr in ("lr=0.01", "lr=0.1"):
        accuracy, loss = (
            [ended[key][f"{lr} seed={seed}"] for seed in range(3)] for key in ("accuracy", "loss")
        )
        means[lr] = statistics.mean(accuracy)
        assert told[lr] == [
            "3",
            f"{100 * means[lr]:.2f} ± {100 * statistics.stdev(accuracy):.2f} %",
            f"{statistics.mean(loss):.4f} ± {statistics.stdev(loss):.4f}",
        ]
    assert list(told) == sorted(means, key=means.get, reverse=True)


def test_without_a_terminal_it_says_that_it_runs_headless(cli):
    ran = cli(*QUICK[1:], "--ascii", "--pace", "5")
    assert ran.returncode == 0
    said, training = ran.stderr.splitlines()
    assert said == "tui-optim: no terminal: training headless, without --pace and --ascii"
    assert training.startswith("tui-optim: training 6 runs of 64-8-10 on digits")
    assert sections(ran.stdout)[-1][0].startswith("12 iterations of 6 runs in ")


def test_one_iteration_and_no_hidden_layer(call, events, tmp_path):
    words = ("--iterations", "1", "--hidden", "none", "--eval-every", "0", "--probe-every", "0")
    ran = call(*QUICK, *words, "--log", tmp_path / "a.jsonl")
    assert ran.returncode == 0
    assert "training 6 runs of 64-10 on digits" in ran.stderr
    assert "for 1 iteration, threads" in ran.stderr
    lines, ranking, (summary,) = sections(ran.stdout)
    check_lines(lines, events(tmp_path / "a.jsonl"), 100)
    assert len(ranking) == 7
    assert summary.startswith("1 iteration of 6 runs in ")
    kinds = [event["event"] for event in events(tmp_path / "a.jsonl")]
    assert kinds == ["started", "step", "evaluation", "ended"]
