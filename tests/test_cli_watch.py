"""The command `watch` where it opens no screen: what it refuses, and what it prints."""

import pytest

SHORT = (
    "--headless",
    "--data",
    "blobs",
    "--hidden",
    "8",
    "--optimizer",
    "adam",
    "--iterations",
    20,
)


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ((), "SOURCE"),
        (("nothing.jsonl",), "No such file"),
        (("nothing.jsonl", "--once"), "No such file"),
        ((".",), "has no logs"),
        ((b"\0",), "cannot be read"),
        (("-", "--fps", "99"), "fps=99: expected a number"),
        (("-", "--once", "--ascii"), "leave them or --once out"),
        (("-", "--lang", "xx"), "expected en or ko"),
        (("a.jsonl", "--follow"), "unknown option --follow"),
    ],
)
def test_what_cannot_be_watched_is_refused(refused, words, saying):
    refused("watch", *words, saying=saying)


def test_a_folder_is_watched_alone(refused, tmp_path):
    (tmp_path / "run.jsonl").write_text("{}\n", encoding="utf-8")
    refused("watch", tmp_path, "-", saying="is a folder: name it alone")


def test_of_a_folder_the_newest_is_printed_and_named(call, cli, tmp_path):
    (tmp_path / "deep").mkdir()
    log = cli(*map(str, SHORT), "--json", "--quiet").stdout
    (tmp_path / "deep" / "run.jsonl").write_text(log, encoding="utf-8")
    ran = call("watch", "--once", ".")
    assert (ran.returncode, "20 iterations of 1 run in" in ran.stdout) == (0, True)
    assert ran.stderr == "tui-optim: the newest log in '.' is taken: 'deep/run.jsonl'\n"


def test_without_a_terminal_the_table_is_printed(cli):
    log = cli(*map(str, SHORT), "--json", "--quiet").stdout
    ran = cli("watch", "-", input=log, stdin=None)
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1)
    assert "no terminal" in ran.stderr
    assert "20 iterations of 1 run in" in ran.stdout
