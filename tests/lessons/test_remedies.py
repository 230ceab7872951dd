"""The table of remedies."""

from tui_optim.lessons import FOR_FINDING, LESSONS, find
from tui_optim.training.wording import WORDS


def rows():
    return [row for page in find("remedies").pages for row in page.rows]


def test_every_kind_of_finding_has_a_row_under_its_name_that_leads_to_its_lesson():
    links = {(row.symptom.en, row.symptom.ko): row.lesson for row in rows()}
    for kind, words in WORDS.items():
        assert links[words["en"].name, words["ko"].name] == FOR_FINDING[kind]


def test_every_other_lesson_is_linked():
    assert {row.lesson for row in rows()} == set(LESSONS) - {"remedies"}


def test_the_lectures_dates_are_there():
    said = " ".join(f"{row.remedy.en} {row.source.en}" for row in rows())
    for year in ("1986", "2006", "2010", "2011", "2012", "2014", "2015"):
        assert year in said
    assert [row.symptom.en for row in rows() if "Hinton's" in row.symptom.en] == [
        f"Hinton's finding {number}" for number in (1, 2, 3, 4)
    ]
