"""How a training ends that is interrupted, killed, not listened to or out of room."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tui_optim.logs.jsonl import read
from tui_optim.training.checkpoint import Checkpoint

ENDLESS = ("--headless", "--iterations", 10**15, "--hidden", "8x2", "--optimizer", "adam")
NEVER = ("--eval-every", 0, "--probe-every", 0)
SOON = 20
"""Seconds in which everything here must have ended, on a busy machine too."""


def endless(*more):
    return [str(word) for word in (*ENDLESS, *more)]


def wait_for(log, text):
    """Wait until a log that grows holds some text."""
    limit = time.monotonic() + SOON
    while not log.exists() or text not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < limit, f"{text} never came"
        time.sleep(0.02)


def finish(process):
    """What a process that is about to end still prints, and its exit code."""
    printed, said = process.communicate(timeout=SOON)
    return printed.decode(), said.decode(), process.returncode


def only_tells_what_it_trains(said):
    assert re.fullmatch(r"tui-optim: training 1 run of [^\n]*\n", said), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_training_ends_in_order(start, events, tmp_path, number):
    log = tmp_path / "a.jsonl"
    process = start(*endless("--eval-every", 50, "--print-every", 100, "--log", log))
    wait_for(log, '"evaluation","iteration":200,')
    process.send_signal(number)
    printed, said, code = finish(process)
    assert code == 130
    only_tells_what_it_trains(said)
    *steps, ended = (event for event in events(log) if event["event"] in ("step", "ended"))
    assert events(log)[-1] == ended
    assert ended["reason"] == "interrupted"
    assert ended["iterations"] == steps[-1]["iteration"] == len(steps)
    assert ended["accuracy"] == {"adam": None}
    evaluated = events(log, "evaluation")[-1]["accuracy"]["adam"]
    *_, row, nothing, summary = printed.splitlines()
    assert re.match(rf"1  adam +{100 * evaluated:.2f} % ", row)
    assert nothing == ""
    assert summary.startswith(f"{len(steps):,} of ")
    assert summary.endswith(" steps per second; interrupted")


def test_a_signal_that_is_ignored_stays_ignored(start, events, tmp_path):
    log = tmp_path / "a.jsonl"
    deaf = ("sh", "-c", 'trap "" INT && exec "$@"', "sh", sys.executable, "-m", "tui_optim")
    process = start(*endless("--quiet", "--log", log), program=deaf)
    wait_for(log, '"step","iteration":2,')
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    assert finish(process)[1:] == ("", 130)
    assert events(log)[-1]["reason"] == "interrupted"


def test_told_to_keep_going_it_needs_no_terminal_and_no_reader(start, events, tmp_path):
    log = tmp_path / "a.jsonl"
    words = ("--headless", "--hidden", "8x2", "--optimizer", "adam", "--json", "--keep-going")
    process = start(*words, "--iterations", "2000", "--log", log)
    wait_for(log, '"step","iteration":2,')
    process.send_signal(signal.SIGHUP)
    process.stdout.close()
    process.stdout = None
    assert process.communicate(timeout=SOON)[1] == b""
    assert process.returncode == 0
    ended = events(log)[-1]
    assert (ended["event"], ended["reason"], ended["iterations"]) == ("ended", "completed", 2000)


def test_an_interrupted_training_ends_its_events(start, events, tmp_path):
    log = tmp_path / "a.jsonl"
    process = start(*endless("--json", "--quiet", "--log", log))
    wait_for(log, '"step","iteration":2,')
    process.send_signal(signal.SIGINT)
    printed, said, code = finish(process)
    assert (said, code) == ("", 130)
    assert printed == log.read_text(encoding="utf-8")
    assert events(printed)[0]["event"] == "started"
    assert (events(printed)[-1]["event"], events(printed)[-1]["reason"]) == ("ended", "interrupted")


def test_an_interruption_before_the_first_evaluation(start, tmp_path):
    log = tmp_path / "a.jsonl"
    process = start(*endless(*NEVER, "--compare", "seed=0,1", "--log", log))
    wait_for(log, '"step","iteration":2,')
    process.send_signal(signal.SIGINT)
    printed, _, code = finish(process)
    assert code == 130
    assert re.search(r"\n1  seed=0 +– +– +\d", printed)
    assert "diverged" not in printed


def test_a_killed_training_leaves_a_readable_log(start, tmp_path):
    log = tmp_path / "a.jsonl"
    process = start(*endless("--eval-every", 20, "--probe-every", 20, "--log", log))
    wait_for(log, '"evaluation","iteration":60,')
    process.kill()
    assert finish(process)[2] == -signal.SIGKILL
    skipped = []
    kinds = [event.event for event in read(log, lambda *fault: skipped.append(fault))]
    lines = log.read_bytes().splitlines(keepends=True)
    assert len(kinds) >= len(lines) - 1
    assert skipped == [] or (len(skipped) == 1 and not lines[-1].endswith(b"\n"))
    assert set(kinds) == {"started", "step", "layers", "evaluation"}


@pytest.fixture
def unread(start, tmp_path):
    """A training that stands still, because nobody reads what it prints: process, pipe, log."""
    out, into = os.pipe()
    process = start(*endless("--json", "--quiet", "--log", tmp_path / "a.jsonl"), stdout=into)
    limit = time.monotonic() + SOON
    while select.select([], [into], [], 0)[1]:  # there is room in the pipe
        assert time.monotonic() < limit
        time.sleep(0.02)
    time.sleep(0.3)
    os.close(into)
    with os.fdopen(out, encoding="utf-8") as pipe:
        yield process, pipe, tmp_path / "a.jsonl"


def test_a_signal_is_obeyed_once_somebody_reads_again(unread, events):
    process, pipe, log = unread
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert pipe.read() == log.read_text(encoding="utf-8")
    assert process.wait(SOON) == 130
    assert (events(log)[-1]["event"], events(log)[-1]["reason"]) == ("ended", "interrupted")


def test_a_late_second_interruption_ends_the_process(unread, events):
    process, _, log = unread
    # One after the other: of several at once a thread of the BLAS may take those that are to wake.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        process.send_signal(number)
        time.sleep(0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(SOON) == 130
    assert process.stderr.read() == b""
    assert events(log)[-1]["event"] != "ended"


@pytest.mark.parametrize(
    "burst",
    [
        (signal.SIGINT, signal.SIGINT),
        pytest.param((signal.SIGHUP, signal.SIGTERM), marks=pytest.mark.thorough),
        (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT),
    ],
)
def test_a_burst_of_signals_is_one(start, events, tmp_path, burst):
    log = tmp_path / "a.jsonl"
    process = start(*endless("--log", log, "--checkpoint", "a.ckpt"))
    wait_for(log, '"step","iteration":2,')
    while process.poll() is None:  # to the very end of it
        for number in burst:
            process.send_signal(number)
            time.sleep(0.02)
    assert process.returncode == 130
    assert events(log)[-1]["reason"] == "interrupted"
    assert Checkpoint.read(tmp_path / "a.ckpt").iteration == events(log)[-1]["iterations"]
    assert {each.name for each in tmp_path.iterdir()} == {"a.jsonl", "a.ckpt"}


@pytest.mark.parametrize("more", [("--json", "--quiet"), ("--print-every", 1)])
def test_a_reader_that_has_seen_enough_ends_the_training(start, events, tmp_path, more):
    log = tmp_path / "a.jsonl"
    process = start(*endless(*more, "--log", log))
    head = subprocess.run(
        ["head", "-3"], stdin=process.stdout, capture_output=True, timeout=SOON, check=True
    )
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate(timeout=SOON)
    assert process.returncode == 0
    assert head.stdout.count(b"\n") == 3
    if "--quiet" in more:
        assert said == b""
    else:
        told, why = said.decode().splitlines(keepends=True)
        only_tells_what_it_trains(told)
        assert re.fullmatch(r"tui-optim: nobody reads the output any more: ended at .*\n", why)
        assert f" iteration {events(log)[-1]['iterations']:,}; --keep-going trains on" in why
    last = events(log)[-1]
    assert (last["event"], last["reason"]) == ("ended", "stopped")


SHORT = ("--headless", "--iterations", "3", "--hidden", "4", "--optimizer", "adam")


@pytest.mark.parametrize(
    "words", [SHORT, (*SHORT, "--quiet"), (*SHORT, "--json"), ("data",), ("--help",)]
)
def test_a_reader_that_reads_nothing_is_no_fault(start, words):
    process = start(*words)
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate(timeout=SOON)
    assert b"Traceback" not in said
    assert b"rror" not in said
    assert process.returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="closed as a shell closes it")
@pytest.mark.parametrize("closing", [">&-", "2>&-"])
def test_a_closed_stream_is_no_fault(cli, closing):
    ran = cli(*SHORT, before=("sh", "-c", f'exec "$@" {closing}', "sh"))
    assert ran.returncode in (0, 2)
    assert "Traceback" not in ran.stderr
    assert closing == ">&-" or "3 iterations of 1 run in " in ran.stdout


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@needs_full
@pytest.mark.parametrize("more", [("--json", "--quiet"), (), ("--quiet",)])
def test_no_room_on_standard_output(cli, events, tmp_path, more):
    log = tmp_path / "a.jsonl"
    words = SHORT if more == ("--quiet",) else endless()  # the table is printed only at the end
    with Path("/dev/full").open("wb") as full:
        ran = cli(*words, *more, "--log", log, stdout=full)
    assert ran.returncode == 2
    *before, said = ran.stderr.splitlines(keepends=True)
    assert said == "tui-optim: standard output: No space left on device\n"
    if "--quiet" in more:
        assert before == []
    else:
        only_tells_what_it_trains(*before)
    reason = "completed" if words is SHORT else "failed"
    assert (events(log)[-1]["event"], events(log)[-1]["reason"]) == ("ended", reason)


@needs_full
def test_no_room_for_the_list_of_data(cli):
    with Path("/dev/full").open("wb") as full:
        ran = cli("data", "list", stdout=full)
    assert ran.returncode == 2
    assert re.fullmatch(r"tui-optim: [^\n]+\n", ran.stderr), ran.stderr


@needs_full
@pytest.mark.parametrize("more", [("--json", "--quiet"), ()])
def test_no_room_for_the_log(cli, more):
    ran = cli(*endless(), *more, "--log", "/dev/full")
    assert ran.returncode == 2
    *before, said = ran.stderr.splitlines()
    assert len(before) == ("--quiet" not in more)
    assert said.startswith("tui-optim: log '/dev/full' cannot be written: No space left on device")
    if "--json" in more:
        assert json.loads(ran.stdout.splitlines()[-1])["reason"] == "failed"


@needs_full
def test_no_room_for_the_config(cli):
    ran = cli(*endless(), "--save-config", "/dev/full")
    said = "tui-optim: save-config '/dev/full': No space left on device\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", said)


@needs_full
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_progress_that_cannot_be_written_is_left_out(cli, events, tmp_path, more):
    log = tmp_path / "a.jsonl"
    with Path("/dev/full").open("wb") as full:
        ran = cli(*SHORT, *more, "--log", log, stderr=full)
    assert ran.returncode == 0
    assert events(log)[-1]["reason"] == "completed"
    last = ran.stdout.splitlines()[-1]
    assert '"ended"' in last if more else last.startswith("3 iterations of 1 run")
