"""Numbers, names and small pictures as text; colours that have an order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_optim.events import Histogram
from tui_optim.experiment import Experiment
from tui_optim.tui.text import (
    bar,
    bins,
    brief,
    columns,
    fitted,
    joined,
    run_name,
    safe,
    share,
    short,
    sparkline,
    spread,
)
from tui_optim.tui.view import (
    COLORS,
    LIGHT_COLORS,
    SIGNS,
    between,
    difference,
    heat,
    layer_colors,
)

NUMBERS = st.floats(-1e307, 1e307)


@given(NUMBERS | st.floats(-20, 20))
def test_a_short_number_has_at_most_seven_cells(value):
    text = short(value)
    assert len(text) <= 7
    assert float(text) == pytest.approx(
        value, rel=0.51 if abs(value) < 1e-9 or abs(value) > 1e9 else 0.06
    )


@given(st.floats(1e-99, 1e99))
def test_a_brief_number_has_at_most_five_cells(value):
    text = brief(value)
    assert len(text) <= 5
    assert float(text) == pytest.approx(value, rel=0.51)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (2.3, "2.30"),
        (0.00123456, "0.00123"),
        (12.0, "12.0"),
        (-1e-9, "-1.0e-9"),
    ],
)
def test_short_numbers(value, text):
    assert short(value) == text


def test_shares():
    assert share(None) == "–"
    assert share(0.456) == "46 %"
    assert share(0.97499, 1) == "97.5 %"


@given(st.text(max_size=40), st.integers(0, 30))
def test_a_fitted_name_has_exactly_its_cells(name, cells):
    assert cell_len(fitted(name, cells)) == cells


def test_a_long_name_keeps_both_ends():
    assert fitted("adam:lr=0.01 tanh", 9) == "adam…tanh"
    assert fitted("adam", 6) == "adam  "


@pytest.mark.parametrize(
    ("run", "cells", "said"),
    [
        ("weight-decay=0.01 dropout=0.2", 29, "weight-decay=0.01 dropout=0.2"),
        ("weight-decay=0.01 dropout=0.2", 28, "0.01 0.2"),
        ("normal:std=0.01 batch-norm=off", 20, "normal:std=0.01 off"),
        ("normal:std=0.01 batch-norm=off", 11, "nor….01 off"),
        ("● output-activation=tanh seed=0", 11, "● tanh 0"),
        ("lr=0.001", 6, "0.001"),
        ("adam:lr=0.01", 6, "adam:lr=0.01"),
    ],
)
def test_of_a_long_name_the_values_are_said(run, cells, said):
    assert run_name(run, cells) == said


def test_joined_leaves_out_whole_parts():
    assert joined(["one", "two", "three"], " · ", 9) == "one · two"
    assert joined(["one"], " · ", 2) == ""


@given(st.integers(1, 65), st.integers(0, 70))
def test_spread_is_even_and_has_both_ends(n, room):
    chosen = spread(n, room)
    assert len(chosen) == min(n, room)
    assert sorted(set(chosen)) == chosen
    if room >= 2:
        assert chosen[0] == 0
        assert chosen[-1] == n - 1
        assert np.ptp(np.diff(chosen)) <= 1 if len(chosen) > 1 else n == 1


@given(st.lists(st.integers(0, 1000), min_size=30, max_size=30), st.integers(1, 130))
def test_bins_show_the_whole_histogram_at_every_width(counts, width):
    heights = bins(Histogram(0.0, 1.0, tuple(counts)), width)
    assert len(heights) == width
    total = sum(counts)
    assert heights.max() == pytest.approx(1.0 if total else 0.0)
    if total:
        middle = np.average(np.arange(width) + 0.5, weights=heights) / width
        expected = np.average(np.arange(30) + 0.5, weights=counts) / 30
        assert middle == pytest.approx(expected, abs=0.51 / width + 0.02)


def test_pictures():
    heights = np.array([0, 0.01, 0.5, 1])
    assert sparkline(heights) == " ▁▄▇"
    assert columns(heights, 1) == [" ▁▄▇"]
    assert columns(heights, 2) == ["   █", " ▁██"]
    assert bar(0.5, 4) == "━━  "
    assert bar(0.6, 4) == "━━╸ "
    assert bar(7.0, 3) == "━━━"


@given(st.text(max_size=60))
def test_safe_text_prints_and_keeps_its_length(text):
    for ascii_only in (False, True):
        cleaned = safe(text, ascii_only)
        assert len(cleaned) == len(text)
        assert cleaned.isprintable()
    assert all(character.isascii() or "가" <= character <= "힣" for character in cleaned)
    assert safe("1층: ∂L/∂a 2·10⁻⁵ ☃", True) == "1층: dL/da 2x10-5 ?"


def test_signs_and_colors_are_as_many_and_different():
    assert len(set(SIGNS)) == len(set(COLORS)) == len(set(LIGHT_COLORS)) == 16


def luminance(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("dark", "background"), [(True, "#121212"), (False, "#e0e0e0")])
def test_all_colors_stand_out_from_the_background(dark, background):
    for shade in [*(COLORS if dark else LIGHT_COLORS), *layer_colors(64, dark=dark)]:
        assert contrast(shade, background) >= 2.5


def test_layers_and_heat_grow_lighter():
    for colors in (
        layer_colors(12, dark=True),
        layer_colors(12, dark=False),
        [heat(i / 20)[0] for i in range(21)],
    ):
        lights = [luminance(shade) for shade in colors]
        assert lights == sorted(lights)


def test_a_text_on_a_heat_cell_can_be_read():
    assert min(contrast(*heat(i / 50)) for i in range(51)) >= 4


def test_between_colors():
    ends = ("#000000", "#80ff00", "#ffffff")
    assert [between(ends, share) for share in (0, 0.25, 0.5, 1)] == [
        "#000000",
        "#408000",
        "#80ff00",
        "#ffffff",
    ]
    assert layer_colors(1, dark=True)


def test_what_differs_is_told_where_it_is_one_thing():
    now = Experiment(initializer="zeros")
    assert difference(Experiment(), now) == "he"
    assert difference(now, now) == ""
    assert difference(Experiment(seed=3), Experiment()) == "seed 3"
    assert difference(Experiment(seed=3), now) == ""
    assert difference(Experiment(hidden="5x2"), Experiment()) == ""
