"""Logs as a source of the screens: what they show at which moment, and what they do not obey."""

import os
import time

import pytest

from tui_optim.tui.keys import actions
from tui_optim.tui.session import PATIENCE
from tui_optim.tui.watch import open_logs
from tui_optim.tui.watching import Watching


@pytest.fixture
def watching_of():
    opened = []

    def make(*sources, folder=None):
        watching = Watching(open_logs(sources), folder)
        opened.append(watching)
        watching.open()
        wait_until(lambda: not watching.current.busy)
        return watching

    yield make
    for watching in opened:
        watching.close()


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)


@pytest.fixture
def path(tmp_path, logged):
    path = tmp_path / "run.jsonl"
    path.write_text("".join(logged()), encoding="utf-8")
    return path


def test_a_finished_log_is_what_was_trained(watching_of, path):
    shown = watching_of(path).current
    assert (shown.history.iteration, shown.history.iterations) == (60, 60)
    assert shown.history.ended.reason == "completed"
    assert dict(shown.experiment.axes) == {"optimizer": ("sgd", "adam")}
    assert (shown.title, shown.notes, shown.moment) == ("run", (), None)


def test_moments_are_stepped_through_and_the_end_is_followed(watching_of, path):
    watching = watching_of(path)
    assert list(watching.moments) == [1, 10, 20, 30, 40, 50, 60]
    seen = []
    for by in (-1, -1, 1, -10, -1, 1, 10):
        watching.move(by)
        seen.append(watching.moment)
    assert seen == [50, 40, 50, 1, 1, 10, None]
    watching.jump("first")
    shown = watching.current
    assert (shown.moment, shown.history.iteration, shown.whole.iteration) == (1, 1, 60)
    assert shown.history.layers["adam"].iteration == 1
    assert shown.history.evaluation is None
    watching.jump("last")
    assert watching.current.history.evaluation.iteration == 60


def test_a_moment_is_stayed_at_while_the_log_grows_until_the_end_is_followed(watching_of, path):
    whole = path.read_text("utf-8").splitlines(keepends=True)
    half = next(n for n, line in enumerate(whole) if '"iteration":31' in line)
    path.write_text("".join(whole[:half]), encoding="utf-8")
    watching = watching_of(path)
    watching.move(-1)
    at = watching.moment
    with path.open("a", encoding="utf-8") as file:
        file.writelines(whole[half:])
    wait_until(lambda: watching.current.whole.ended)
    assert watching.current.history.iteration == at < 30
    watching.jump("last")
    assert watching.current.history.iteration == 60


def test_the_last_of_several_trainings_has_the_one_before_as_its_ghost(watching_of, path, logged):
    with path.open("a", encoding="utf-8") as file:
        file.writelines(logged(initializer="zeros"))
    watching = watching_of(path)
    assert watching.current.experiment.initializer == "zeros"
    assert watching.ghost.experiment.initializer == "he"
    watching.jump("first")
    with path.open("a", encoding="utf-8") as file:
        file.writelines(logged(seed=1))
    wait_until(lambda: watching.current.whole.ended and watching.current.experiment.seed == 1)
    assert watching.moment is None
    assert watching.ghost.experiment.initializer == "zeros"


def test_several_logs_are_one_training_with_runs_named_after_them(watching_of, path, logged):
    other = path.with_name("other.jsonl")
    other.write_text("".join(logged(optimizer="momentum", compare=None)), encoding="utf-8")
    watching = watching_of(path, other)
    shown = watching.current
    assert shown.history.runs == ("run sgd", "run adam", "other")
    assert (shown.title, watching.ghost, shown.experiment) == ("2 logs", None, None)
    assert watching.current.history is shown.history
    watching.move(-1)
    assert watching.current.history.iteration == 50


def test_runs_that_are_left_out_are_counted(watching_of, path, tmp_path, logged):
    others = [tmp_path / f"{n}.jsonl" for n in range(8)]
    for other in others:
        other.write_text("".join(logged()), encoding="utf-8")
    watching = watching_of(path, *others)
    wait_until(lambda: len(watching.current.history.runs) == 16)
    wait_until(lambda: watching.current.notes == ("2 runs left out",))


def test_a_log_that_is_cut_short_is_read_anew_and_that_is_said(watching_of, path, logged):
    watching = watching_of(path)
    short = logged()[:5]
    path.write_text("".join(short), encoding="utf-8")
    wait_until(lambda: watching.current.whole.iteration < 60)
    wait_until(lambda: any("cut short" in notice for notice in watching.notices))


def test_lines_that_are_no_events_are_counted_and_said(watching_of, path, monkeypatch):
    monkeypatch.setattr("tui_optim.tui.watching.SPARING", 0)
    text = path.read_text("utf-8")
    path.write_text(text + "no event\n{}\n", encoding="utf-8")
    watching = watching_of(path)
    assert watching.current.notes == ("2 lines skipped",)
    wait_until(lambda: watching.notices)
    assert "2 lines of run skipped, the last is line" in watching.notices.popleft()
    path.write_text(text, encoding="utf-8")
    watching.watch(open_logs([path]))  # another, where nothing is skipped
    wait_until(lambda: watching.current.history.ended)
    time.sleep(0.15)  # it is looked again
    assert watching.current.notes == ()
    assert (watching.fault, list(watching.notices)) == (None, [])


def test_a_log_without_its_beginning_tells_what_it_knows(watching_of, path, logged):
    path.write_text("".join(logged()[-40:]), encoding="utf-8")  # as `tail` has it
    shown = watching_of(path).current
    assert shown.history.runs == ("sgd", "adam")
    assert (shown.history.iteration, shown.history.iterations, shown.experiment) == (60, 0, None)


def test_a_pipe_is_read_until_it_is_closed(watching_of, logged):
    reading, writing = os.pipe()
    watching = watching_of(reading)
    assert "waiting" in watching.current.waiting
    os.write(writing, "".join(logged()[:50]).encode())
    wait_until(lambda: watching.current.history.iteration > 10)
    assert watching.current.going
    os.close(writing)
    wait_until(lambda: watching.current.notes == ("cut short",))
    assert not watching.current.going
    os.close(reading)


def test_it_ends_at_once(watching_of, path):
    watching = watching_of(path)
    began = time.monotonic()
    watching.close()
    assert time.monotonic() - began < PATIENCE / 2
    assert watching.current.whole.iteration == 60


def test_another_log_is_watched_instead(watching_of, path, logged):
    other = path.with_name("other.jsonl")
    other.write_text("".join(logged(initializer="zeros")), encoding="utf-8")
    watching = watching_of(path)
    watching.jump("first")
    skipped = open_logs([other])
    watching.watch(skipped)
    watching.watch(open_logs([other]))
    wait_until(lambda: watching.current.history.ended)
    assert skipped[0].stuck  # it was closed
    assert watching.current.experiment.initializer == "zeros"
    assert (watching.moment, watching.current.title) == (None, "other")


def test_what_changes_a_training_is_refused_with_a_reason(watching_of, path):
    watching = watching_of(path)
    for action in actions("training", "experiment", "learning-rate"):
        assert "log" in watching.refusal(action, ())
    for action in actions("time", "program"):
        assert watching.refusal(action, ()) is None
    assert "paused" in watching.refusal("pause", ())
    assert "FOLDER" in watching.refusal("dialog", ("data",))
    assert watching_of(path, folder=path.parent).refusal("dialog", ("data",)) is None
