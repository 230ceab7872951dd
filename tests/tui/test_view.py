"""The colours and signs of runs, which are known by what they are."""

from dataclasses import dataclass

import pytest

from tui_optim.experiment import LECTURE
from tui_optim.nn import OPTIMIZERS
from tui_optim.tui.view import COLORS, SIGNS, View, placed


@dataclass
class Runs:
    """As much of a history as a view asks for."""

    runs: tuple[str, ...]


def looks(view, *runs):
    """What each run looks like."""
    now = Runs(runs)
    return {run: (view.sign(now, run), view.color(now, run, dark=True)) for run in runs}


def test_a_run_looks_the_same_whichever_others_there_are():
    every = looks(View(), *OPTIMIZERS)
    assert len(set(every.values())) == len(OPTIMIZERS)
    for some in (("adam", "sgd"), ("adamw",), tuple(LECTURE[2:])):
        assert looks(View(), *some) == {run: every[run] for run in some}
    assert every["gd"] == (SIGNS[0], COLORS[0])


def test_those_without_a_name_of_their_own_keep_what_they_got():
    view = View().keeping(Runs(("seed=0", "seed=1", "seed=2")))
    before = looks(view, "seed=0", "seed=1", "seed=2")
    view = view.keeping(Runs(("seed=2", "seed=3")))
    after = looks(view, "seed=3", "seed=2", "seed=0")
    assert {run: after[run] for run in ("seed=2", "seed=0")} == {
        run: before[run] for run in ("seed=2", "seed=0")
    }
    assert after["seed=3"] not in before.values()
    assert view.keeping(Runs(("seed=3",))) is view


def test_an_optimizer_with_settings_looks_like_it_unless_it_is_there_itself():
    place = placed(["adam"], {})["adam"]
    assert placed(["sgd", "adam:lr=0.1"], {})["adam:lr=0.1"] == place
    both = placed(["adam:lr=0.1", "adam"], {})
    assert both["adam"] == place != both["adam:lr=0.1"]


@pytest.mark.parametrize("before", [(), ("a", "b", "c"), tuple("abcdefghijklmnop")])
def test_no_two_runs_look_alike(before):
    view = View().keeping(Runs(before))
    runs = (*(f"lr={n}" for n in range(12)), "he", "zeros", "a", "b")
    assert len(set(looks(view, *runs).values())) == len(runs) == len(COLORS)
