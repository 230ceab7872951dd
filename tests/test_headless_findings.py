"""What is found in a training headless: said when it comes and when it goes, and at the end."""

import re
from pathlib import Path

import pytest

DEEP = (
    *("--headless", "--data", "blobs", "--activation", "sigmoid", "--initializer", "xavier"),
    *("--hidden", "10x5", "--compare", "optimizer=adam:lr=0.03,sgd", "--iterations", "60"),
    *("--probe-every", "5"),
)
"""Adam gets over the vanishing gradient, sgd does not."""


@pytest.fixture(scope="module")
def deep(cli, events, tmp_path_factory):
    """The finished process, and the findings of its log."""
    log = tmp_path_factory.mktemp("deep") / "deep.jsonl"
    return cli(*DEEP, "--log", log), events(log, "finding")


@pytest.fixture(scope="module")
def korean(cli):
    return cli(*DEEP, variables={"LC_ALL": "ko_KR.UTF-8"})


def test_a_line_when_it_is_found_and_when_it_is_over(deep):
    ran, findings = deep
    assert [(each["run"], each["resolved"]) for each in findings] == [
        ("adam:lr=0.03", False),
        ("sgd", False),
        ("adam:lr=0.03", True),
    ]
    assert ran.stderr.splitlines()[1:] == [
        f"tui-optim: iteration {each['iteration']}, {each['run']}: {each['message']}"
        for each in findings
    ]


def test_the_end_says_what_still_holds_and_how_many_came_and_went(deep):
    ran, findings = deep
    *_, found, past, summary = ran.stdout.rstrip().split("\n\n")
    head, *rows = found.splitlines()
    assert head.split() == ["since", "what", "still", "holds"]
    said = " ".join(" ".join(rows).split())
    assert said == f"{findings[1]['iteration']} sgd: {findings[1]['message']}"
    assert past == "1 finding came and went."
    assert summary.startswith("60 iterations")


def test_in_the_language_of_the_locale(deep, korean):
    said = korean.stderr.splitlines()[1:]
    assert [
        re.match(r"tui-optim: (\d+)회, ([^ ]+): 1층: .*[가-힣]", line).groups() for line in said
    ] == [(str(each["iteration"]), each["run"]) for each in deep[1]]
    *_, found, past, _ = korean.stdout.rstrip().split("\n\n")
    assert found.splitlines()[0].split() == ["반복", "남은", "진단"]
    sentence = said[1].partition("sgd: ")[2]
    assert " ".join(found.split()).endswith(sentence), "nothing is cut where wide letters wrap"
    assert past == "해소된 진단 1건."


def test_the_log_is_english_whatever_is_spoken(cli, events, deep, tmp_path):
    with (tmp_path / "a.jsonl").open("w", encoding="utf-8") as file:
        ran = cli(*DEEP, "--json", "--lang", "ko", stdout=file)
    messages = [each["message"] for each in events(tmp_path / "a.jsonl", "finding")]
    assert messages == [each["message"] for each in deep[1]]
    assert "1층" in ran.stderr


def test_quiet_is_silent_but_for_the_end(cli, deep):
    ran = cli(*DEEP, "--quiet")
    assert ran.stderr == ""
    assert deep[0].stdout.partition(" in ")[0].endswith(ran.stdout.partition(" in ")[0])


def test_a_language_that_is_not_spoken_is_refused(refused):
    assert "lang=fr: expected en or ko" in refused("--lang", "fr")


def test_standard_error_that_cannot_be_written_ends_nothing(cli, deep):
    with Path("/dev/full").open("w") as full:
        ran = cli(*DEEP, "--lang", "en", stderr=full, variables={"LC_ALL": "ko_KR.UTF-8"})
    assert ran.returncode == 0
    assert ran.stdout.partition(" in ")[0] == deep[0].stdout.partition(" in ")[0]
