"""Every claim of every lesson, measured headless."""

import math
from dataclasses import replace

import pytest

from tui_optim import lessons
from tui_optim.lessons.lesson import SurfacePage, TablePage, TrainingPage
from tui_optim.lessons.results import Results
from tui_optim.lessons.running import run
from tui_optim.nn.landscapes import SURFACES, descend
from tui_optim.training.history import History

PAGES = [
    pytest.param(
        page,
        seed,
        id=f"{lesson.name}-{number}-seed{seed}",
        marks=[pytest.mark.thorough] * (seed > 0),
    )
    for lesson in lessons.everything()
    for number, page in enumerate(lesson.pages, 1)
    for seed in ((0, 1, 2) if isinstance(page, TrainingPage) else (0,))  # chance is in no other
]


@pytest.mark.parametrize(("page", "seed"), PAGES)
def test_it_holds_as_the_lesson_says(page, seed, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # the digits, also where MNIST is
    monkeypatch.delenv("TUI_OPTIM_DATA", raising=False)
    if isinstance(page, TrainingPage):  # another test runs on the other core
        page = replace(page, options={**page.options, "threads": 1})
    shown = run(page, seed=seed)
    for claim in page.claims:
        value = claim.measure(shown)
        assert value is not None, claim.said.en
        if claim.expected is not None:
            assert claim.holds(value) == claim.expected, f"{claim.said.en}: {value}"


@pytest.mark.parametrize("lesson", lessons.everything(), ids=lambda lesson: lesson.name)
def test_a_lesson_claims_something(lesson):
    only_tables = all(isinstance(page, TablePage) for page in lesson.pages)
    assert only_tables or any(page.claims for page in lesson.pages)


@pytest.mark.parametrize("lesson", lessons.everything(), ids=lambda lesson: lesson.name)
def test_nothing_is_claimed_of_what_is_not_known(lesson):
    for page in lesson.pages:
        if isinstance(page, TrainingPage):
            nothing = Results(History())
        elif isinstance(page, SurfacePage):
            surface = SURFACES[page.surface]
            nothing = descend(surface, [surface.optimizer("nesterov")], steps=1)
        else:
            continue
        assert {claim.measure(nothing) for claim in page.claims} == {None}


def test_paths_may_begin_anywhere():
    for page in (page for lesson in lessons.everything() for page in lesson.pages):
        if isinstance(page, SurfacePage):
            for start in ((0, 0), (0, 0.5), (0.5, 0)):
                paths = run(replace(page, start=start, steps=3))
                measured = [claim.measure(paths) for claim in page.claims]
                assert not any(value is not None and math.isnan(value) for value in measured)
