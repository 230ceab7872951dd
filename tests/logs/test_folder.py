"""Folders of logs, and what is taken for a log."""

import os

import pytest

from tui_optim.errors import InputError
from tui_optim.logs import folder
from tui_optim.logs.folder import check_log, logs_in, name_in, sources
from tui_optim.logs.jsonl import encode


@pytest.fixture
def log(tmp_path, training_events):
    """Writes some of the events of a training to a file."""

    def write(name, first=0, last=None, modified=1.0):
        path = tmp_path / name
        lines = [f"{encode(event)}\n" for event in training_events[first:last]]
        path.write_text("".join(lines), encoding="utf-8")
        os.utime(path, (modified, modified))
        return path

    return write


def test_the_newest_is_first_and_each_is_told_in_few_words(log, tmp_path):
    log("old.jsonl", modified=1)
    log("new.jsonl", last=30, modified=3)
    log("tail.jsonl", first=-10, modified=2)
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "folder.jsonl").mkdir()
    new, tail, old = logs_in(tmp_path)
    assert [each.path.name for each in (new, tail, old)] == ["new.jsonl", "tail.jsonl", "old.jsonl"]
    assert (old.iteration, old.ended, len(old.started.runs)) == (40, "completed", 4)
    assert not new.ended
    assert 0 < new.iteration < 30
    assert (tail.started, tail.iteration, tail.ended) == (None, 40, "completed")


def test_two_levels_below_are_looked_into(log, tmp_path, monkeypatch):
    for name in ("a/b/c", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
    for place, name in enumerate(("top", "a/one", "a/b/two", "a/b/c/three", ".hidden/none")):
        log(f"{name}.jsonl", modified=1 + place)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    names = [name_in(tmp_path, each.path) for each in logs_in(tmp_path)]
    assert names == ["a/b/two", "a/one", "top"]
    monkeypatch.setattr(folder, "MOST_LOOKED_AT", 0)
    assert [each.path.stem for each in logs_in(tmp_path)] == ["top"]


def test_a_log_that_has_grown_is_told_anew(log, tmp_path):
    log("a.jsonl", last=30, modified=1)
    (before,) = logs_in(tmp_path)
    log("a.jsonl", modified=2)
    (after,) = logs_in(tmp_path)
    assert not before.ended
    assert after.ended


@pytest.mark.parametrize("text", [b"", b'{"event":"started","sche', b'\xef\xbb\xbf{"event":"x"}\n'])
def test_what_may_become_a_log_is_one(tmp_path, text):
    path = tmp_path / "a.jsonl"
    path.write_bytes(text)
    check_log(path)


@pytest.mark.parametrize(
    "text", [b"a,b\n1,2\n", b"\x00\x01\x02", b'{"a":1}\n{"b":2}\n', b"[1]\n", b"[[" * 10**5]
)
def test_what_is_no_log_is_refused(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    with pytest.raises(InputError, match=r"a\.csv' is no log of a training"):
        check_log(path)


def test_a_folder_or_logs_are_sources(log, tmp_path):
    newest, other = log("b.jsonl", modified=2), log("a.jsonl")
    assert sources([str(tmp_path)]) == ([newest], tmp_path)
    assert sources([str(other), str(newest)]) == ([other, newest], None)
    with pytest.raises(InputError, match="is a folder: name it alone"):
        sources([str(tmp_path), str(other)])
    with pytest.raises(InputError, match="No such file"):
        sources([str(tmp_path / "c.jsonl")])


def test_a_folder_without_logs_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match=r"has no logs: train with --log"):
        logs_in(tmp_path)
