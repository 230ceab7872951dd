import pytest

from tui_optim import lessons
from tui_optim.errors import InputError
from tui_optim.lessons import FOR_FINDING, LESSONS, find
from tui_optim.training.wording import WORDS


def test_every_lesson_has_the_name_it_is_found_by():
    assert [find(lesson.name) for lesson in lessons.everything()] == lessons.everything()
    assert len(set(LESSONS)) == 15
    assert [find(str(number)).name for number in range(1, 16)] == list(LESSONS)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("zero_init", "did you mean zero-init?"),
        ("vanish", "did you mean vanishing-gradient?"),
        ("Optimizer", "did you mean optimizers?"),
        ("16", "lists all"),
        ("bogus", "`tui-optim lesson` lists all"),
        ("../lesson", "lists all"),
        ("", "lists all"),
    ],
)
def test_another_name_is_refused(name, hint):
    with pytest.raises(InputError) as refusal:
        find(name)
    assert hint in str(refusal.value)


def test_every_finding_has_its_lesson():
    assert set(FOR_FINDING) == set(WORDS)
    assert set(FOR_FINDING.values()) <= set(LESSONS)
