"""Lessons on the command line: the list, a lesson's numbers, and what is refused."""

import os
import re
import signal

import pytest
from rich.cells import cell_len

from tui_optim import lessons

LESSONS = lessons.everything()


@pytest.fixture(scope="module")
def printed(cli):
    """What a lesson prints, in each language."""
    return {
        language: cli("lesson", "zero-init", "--headless", "--lang", language, "--seed", "1")
        for language in ("en", "ko")
    }


@pytest.mark.parametrize(
    ("words", "variables", "language"),
    [
        ((), {"LC_ALL": "C.UTF-8"}, "en"),
        (("--lang", "ko"), {"LC_ALL": "C.UTF-8"}, "ko"),
        ((), {"LC_ALL": "ko_KR.UTF-8"}, "ko"),
    ],
)
def test_the_list(cli, words, variables, language):
    ran = cli("lesson", *words, variables=variables)
    assert (ran.returncode, ran.stderr) == (0, "")
    rows = [re.split(r"  +", line.strip()) for line in ran.stdout.split("\n\n")[0].splitlines()]
    numbers = [str(lessons.LESSONS.index(lesson.name) + 1) for lesson in LESSONS]
    titles = [(lesson.name, lesson.title[language]) for lesson in LESSONS]
    assert rows == [[number, *title] for number, title in zip(numbers, titles, strict=True)]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_lesson_headless_says_everything(printed, language):
    ran = printed[language]
    assert ran.returncode == 0
    said = re.sub(r"\s+", "", ran.stdout)
    for page in lessons.find("zero-init").pages:
        for words in (page.title, page.see, page.why, page.attempt):
            assert re.sub(r"\s+", "", words[language]) in said
        for claim in page.claims:
            assert re.sub(r"\s+", "", claim.said[language]) in said
    assert max(map(cell_len, ran.stdout.splitlines())) <= 120


def test_claims_are_told_with_their_numbers(printed):
    claims = [claim for page in lessons.find("zero-init").pages for claim in page.claims]
    for language, holds in (("en", "holds"), ("ko", "성립")):
        assert printed[language].stdout.count(f"  ✓ {holds}: ") == len(claims)
        assert "✗" not in printed[language].stdout
    assert "✓ holds: 0 (= 0)" in printed["en"].stdout
    numbers = [re.findall(r"✓ \w+: (\S+)", ran.stdout) for ran in printed.values()]
    assert numbers[0] == numbers[1]  # another language, the same training


def test_without_a_terminal_it_is_headless(cli):
    ran = cli("lesson", "landscape")
    assert ran.returncode == 0
    assert ran.stdout.startswith("Lesson 10: ")
    assert ran.stderr.startswith("tui-optim: no terminal: ")


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ("zero_init", "no lesson 'zero_init' (did you mean zero-init?)"),
        ("bogus", "no lesson 'bogus' (`tui-optim lesson` lists all)"),
        ("zero-init 4", "unexpected word 4"),
        ("zero-init --seed x", "seed='x': expected a whole number of at least 0"),
        ("zero-init --seed -1", "seed=-1: expected a whole number of at least 0"),
        ("zero-init --lang fr", "lang=fr: expected en or ko"),
        ("zero-init --iterations 5", "unknown option --iterations"),
        ("--fps 99", "fps=99: expected a number from 0.5 to 10"),
        ("zero-init --headless --fps 2", "--fps is for the screens: leave it or --headless out"),
    ],
)
def test_bad_usage_is_one_line(refused, words, saying):
    refused("lesson", *words.split(), saying=saying)


def test_an_interruption_ends_it(start):
    process = start("lesson", "all", "--headless")
    process.stderr.readline()  # the first training begins
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert out.startswith(b"Lesson 1: ")


def test_a_reader_that_goes_away_is_no_error(start):
    process = start("lesson", "zero-init", "--headless")
    os.read(process.stdout.fileno(), 1)
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert b"Traceback" not in process.stderr.read()
