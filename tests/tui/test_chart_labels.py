"""What tells the curves of a chart apart: signs at their ends, names beside these."""

import numpy as np
import pytest

from tui_optim.tui.widgets.axes import apart
from tui_optim.tui.widgets.chart import draw
from tui_optim.tui.widgets.plot import Line, Plot

RED, GREEN = "#ff0000", "#00ff00"
X = np.arange(1, 201, dtype=float)
FALLING = 2.3 * np.exp(-X / 40) + 0.1


def lines(*curves, width=70, height=20, **options):
    """The lines of a drawing."""
    plot = Plot(tuple(curves), options.pop("log_y", False), "iterations")
    return draw(plot, width, height, **options).plain.split("\n")


def test_a_sign_stands_at_the_last_point():
    ended = np.where(X > 100, np.nan, FALLING)
    drawn = lines(Line(X, ended, RED, sign="■"), Line(X, FALLING * 2, GREEN))
    (row,) = [line for line in drawn if "■" in line]
    assert row.index("■") == pytest.approx(4 + 33, abs=1)


def test_a_cross_stands_instead_of_the_sign_and_over_all_others():
    crossed = Line(X, FALLING, RED, sign="■", end_mark="✗")
    text = "\n".join(lines(crossed, Line(X, FALLING, GREEN, sign="●")))
    assert "✗" in text
    assert "■" not in text
    assert "●" not in text


def test_the_sign_of_a_faint_line_covers_no_other():
    ghost = Line(X[:100], FALLING[:100], RED, faint=True, sign="■")
    assert "■" not in "\n".join(lines(ghost, Line(X, FALLING, GREEN)))
    assert "■" in "\n".join(lines(ghost, Line(X, FALLING + 1, GREEN)))


def test_names_stand_beside_the_ends():
    drawn = lines(Line(X, FALLING + 1, RED, sign="●", name="one"), Line(X, FALLING, GREEN))
    (row,) = [line for line in drawn if "one" in line]
    assert row.endswith("● ● one")
    assert {len(line) for line in drawn} == {70}


def test_names_give_way_and_long_ones_lose_their_middle():
    named = Line(X, FALLING, RED, sign="●", name="adam:lr=0.01 leaky_relu")
    assert any(line.endswith("● adam:…ky_relu") for line in lines(named, width=90))
    assert not any("adam" in line for line in lines(named, width=47))


def test_names_of_curves_that_end_together_stand_one_below_the_other():
    curves = [Line(X, FALLING, RED, sign="●", name=f"run{i}") for i in range(6)]
    drawn = lines(*curves)
    assert sum("run" in line for line in drawn) == 6


def test_of_too_many_names_for_the_lines_some_are_left_out():
    curves = [Line(X, FALLING + i, RED, name=str(i)) for i in range(10)]
    drawn = lines(*curves, height=7)
    assert [line.split()[-1] for line in drawn[:5]] == ["9", "7", "4", "2", "0"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([0, 4, 9], [0, 4, 9]),
        ([3, 3, 3], [3, 4, 5]),
        ([9, 9, 9], [7, 8, 9]),
        ([0, 0, 8, 9, 9], [0, 1, 7, 8, 9]),
    ],
)
def test_labels_that_want_the_same_place_stand_apart(wanted, expected):
    assert apart(wanted, 10) == expected


@pytest.mark.parametrize("log_y", [False, True])
def test_a_ghost_has_a_say_in_the_range(log_y):
    flat = Line(X, np.full(200, 2.3), GREEN)
    ghost = Line(X, FALLING, RED, faint=True, weighs=True)
    labels = [line.split("┤")[0].strip() for line in lines(flat, ghost, log_y=log_y) if "┤" in line]
    assert float(labels[-1]) <= 0.11
    assert float(labels[0]) <= 5
