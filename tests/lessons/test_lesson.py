"""What a page trains."""

import pytest

from tui_optim.errors import InputError
from tui_optim.lessons import everything, find
from tui_optim.lessons.lesson import SurfacePage, TrainingPage


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TUI_OPTIM_DATA", raising=False)


def test_the_digits_where_mnist_is_not_here():
    page, *_ = find("optimizers").pages
    experiment = page.experiment(seed=3)
    assert (experiment.data, experiment.seed) == ("digits", 3)
    assert experiment.iterations == page.options["iterations"]
    assert page.pace_of(experiment) == page.pace


def test_a_page_makes_its_point_within_thirty_seconds():
    for page in (page for lesson in everything() for page in lesson.pages):
        if isinstance(page, TrainingPage):
            experiment = page.experiment()
            assert experiment.iterations <= 30 * (page.pace_of(experiment) or 1)
        elif isinstance(page, SurfacePage):
            assert page.steps <= 30 * page.pace


def test_mnist_where_it_is_here(mnist_folder):
    page, *_ = find("optimizers").pages
    experiment = page.experiment(data_dir=str(mnist_folder))
    assert (experiment.data, experiment.data_dir) == ("mnist", str(mnist_folder))
    assert (experiment.iterations, experiment.batch_size) == (2000, 128)
    assert page.pace_of(experiment) == pytest.approx(100), "it takes as long"
    assert experiment.widths == (100,) * 4
    elsewhere, *_ = find("zero-init").pages  # which is about the digits
    assert elsewhere.experiment(data_dir=str(mnist_folder)).data == "digits"


def test_a_bad_seed_is_refused():
    page, *_ = find("optimizers").pages
    with pytest.raises(InputError, match="seed=-1"):
        page.experiment(seed=-1)
