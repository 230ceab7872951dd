"""Charts: what is drawn where, whatever the values."""

import numpy as np
import plotext as plt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_optim.tui.text import HANGUL
from tui_optim.tui.widgets.chart import Line, Plot, draw

RED, GREEN, BLUE = "#ff0000", "#00ff00", "#0000ff"
X = np.arange(1, 201, dtype=float)
FALLING = 2.3 * np.exp(-X / 40) + 0.1

ENDLESS = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-300, -1e-300, 1e300, 1.7e308])
FLOATS = st.floats() | st.sampled_from([*ENDLESS]) | st.floats(0, 3)
ARRAYS = st.lists(FLOATS, max_size=40).map(lambda values: np.array(values, float))
LINES = st.builds(
    Line,
    x=ARRAYS | st.just(X[:40]),
    y=ARRAYS,
    color=st.sampled_from([RED, GREEN, BLUE]),
    faint=st.booleans(),
    weighs=st.booleans(),
    sign=st.text(max_size=2),
    name=st.text(max_size=20),
    end_mark=st.text(max_size=2),
    marker=st.text(max_size=2),
)
PLOTS = st.builds(
    Plot,
    lines=st.lists(LINES, max_size=4).map(tuple),
    log_y=st.booleans(),
    x_label=st.text(max_size=9),
    y_label=st.text(max_size=9),
    marks=st.lists(st.tuples(FLOATS, st.text(max_size=2), st.just(RED)), max_size=2).map(tuple),
    empty=st.text(max_size=9),
)


def plot(*lines, log_y=False, **options):
    """A plot of lines, or of (y, color) over X."""
    made = [one if isinstance(one, Line) else Line(X[: len(one[0])], *one) for one in lines]
    return Plot(tuple(made), log_y, options.pop("x_label", "iterations"), **options)


def colored(text):
    """Every cell's (character, color), line by line; all characters are one cell wide here."""
    colors = [""] * len(text.plain)
    for start, end, style in text.spans:
        shade = style.color.get_truecolor().hex if style.color else ""
        colors[start:end] = [shade] * (end - start)
    lines, at = [], 0
    for line in text.plain.split("\n"):
        lines.append(list(zip(line, colors[at : at + len(line)], strict=True)))
        at += len(line) + 1
    return lines


def cells(text, color):
    """(row, column) of the cells of a color."""
    lines = colored(text)
    return [(r, c) for r, row in enumerate(lines) for c, cell in enumerate(row) if cell[1] == color]


def height(text, color):
    """How many rows a color spans."""
    rows = [row for row, _ in cells(text, color)]
    return max(rows) - min(rows) + 1


def y_labels(text):
    """The labels left of the y axis, from the top."""
    return [line.split("┤")[0].strip() for line in text.plain.split("\n") if "┤" in line]


def x_labels(text):
    return text.plain.split("\n")[-1].split()


def number(label):
    return float(label.replace("k", "e3").replace("M", "e6"))


# Whatever is drawn.


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLOTS, st.integers(1, 90), st.integers(1, 24), st.booleans(), st.booleans())
def test_any_plot_has_the_size_asked_for_and_nothing_that_could_upset_a_terminal(
    drawn, width, rows, ascii_only, dark
):
    text = draw(drawn, width, rows, ascii=ascii_only, dark=dark)
    lines = text.plain.split("\n")
    assert [cell_len(line) for line in lines] == [width] * rows
    assert all(line.isprintable() for line in lines)
    others = [c for c in text.plain if not c.isascii() and ord(c) not in HANGUL]
    assert not (others and ascii_only)


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("value", [*ENDLESS, -2.0, 0.25, 1e9])
def test_equal_values_of_any_magnitude_are_one_level_line(value, log_y):
    text = draw(plot((np.full(50, value), RED), log_y=log_y), 60, 15)
    assert len(text.plain.split("\n")) == 15
    if np.isfinite(value):
        assert height(text, RED) == 1
        assert len(y_labels(text)) >= 2


def test_one_point_is_one_dot():
    text = draw(plot(([2.3], RED)), 40, 10)
    assert len(cells(text, RED)) == 1


def test_many_long_lines():
    random = np.random.default_rng(0)
    x = np.arange(2000.0)
    lines = [Line(x, random.random(2000), f"#{i:02x}8040") for i in range(16)]
    text = draw(plot(*lines), 78, 20)
    assert [len(line) for line in text.plain.split("\n")] == [78] * 20


@pytest.mark.parametrize(
    ("width", "rows", "line"),
    [(30, 5, "waiting for data"), (11, 3, "waiting for"), (16, 1, "waiting for data")],
)
def test_with_nothing_to_draw_it_says_so_in_the_middle(width, rows, line):
    for drawn in (plot(), plot((np.full(9, np.nan), RED)), plot(([], RED))):
        lines = draw(drawn, width, rows).plain.split("\n")
        assert lines.pop((rows - 1) // 2) == line.center(width)
        assert "".join(lines).isspace() or not lines


def test_labels_in_wide_characters_keep_the_width():
    drawn = plot((FALLING, RED), x_label="반복 횟수", y_label="손실")
    lines = draw(drawn, 60, 15).plain.split("\n")
    assert [cell_len(line) for line in lines] == [60] * 15
    assert "손실" in lines[0]
    assert lines[-2].endswith("─ 반복 횟수")
    others = str.maketrans("", "", "반복횟수손실")  # Hangul stays as it is
    assert draw(drawn, 60, 15, ascii=True).plain.translate(others).isascii()


def test_control_codes_in_texts_do_not_get_out():
    drawn = plot((FALLING, RED), x_label="a\x1b[31mb\n", y_label="c\x07")
    assert "\x1b" not in draw(drawn, 60, 15).plain
    assert "\x1b" not in draw(plot(empty="\x1b[2J\n"), 60, 15).plain


# The range of y.


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("points", [8, 30, 200])
@pytest.mark.parametrize("where", [0.5, -1])
def test_a_spike_flattens_nothing_and_is_seen_to_leave(where, points, log_y, ascii_only):
    falling = 2.3 * np.exp(-np.linspace(0, 5, points)) + 0.1
    spiked = falling * 0.5
    spiked[int(where * points) if where > 0 else -1] = 1e6
    text = draw(plot((falling, RED), (spiked, GREEN), log_y=log_y), 70, 22, ascii=ascii_only)
    assert height(text, RED) >= 10
    assert min(row for row, _ in cells(text, GREEN)) == 0


@pytest.mark.parametrize("log_y", [False, True])
def test_a_run_that_diverged_flattens_nothing_and_is_marked_at_the_edge(log_y):
    burst = np.where(X > 100, np.exp(np.minimum(X - 100, 200.0)), FALLING * 0.9)
    burst[130:] = np.nan
    ended = Line(X, burst, GREEN, end_mark="✗")
    text = draw(plot((FALLING, RED), (FALLING * 2, BLUE), ended, log_y=log_y), 70, 22)
    assert height(text, RED) >= 10
    (mark,) = [i for i, cell in enumerate(colored(text)[0]) if cell == ("✗", GREEN)]
    left = text.plain.split("\n")[0].index("┤") + 1
    assert mark == left + round(130 / 200 * (2 * (70 - left) - 1)) // 2  # two dots a cell


@pytest.mark.parametrize("log_y", [False, True])
def test_a_run_that_stays_where_it_exploded_flattens_nothing(log_y):
    burst = np.where(X > 50, 1e9, FALLING * 1.5)
    text = draw(plot((FALLING, RED), (burst, GREEN), (FALLING * 2, BLUE), log_y=log_y), 70, 22)
    assert height(text, RED) >= 10
    assert min(row for row, _ in cells(text, GREEN)) == 0


@pytest.mark.parametrize(("ascii_only", "arrow"), [(False, "↑"), (True, "^")])
def test_arrows_in_its_colour_show_where_a_curve_leaves_the_range(ascii_only, arrow):
    far = np.where((X > 60) & (X < 90) | (X > 150), 1e6, FALLING / 2)
    text = draw(plot((FALLING, RED), (FALLING, GREEN), (far, BLUE)), 70, 22, ascii=ascii_only)
    left = text.plain.split("\n")[0].index("+" if ascii_only else "┤") + 1
    arrows = [i for i, cell in enumerate(colored(text)[0]) if cell == (arrow, BLUE)]
    assert [(at - left) / (70 - left) * 200 for at in arrows] == pytest.approx([60, 150], abs=5)
    for beyond in (75, 165):  # and no line runs along the edge
        assert (0, left + beyond * (70 - left) // 200) not in cells(text, BLUE)


def test_a_run_that_diverged_alone_shows_what_was_before():
    burst = np.where(X > 150, np.exp(X - 150), FALLING)
    text = draw(plot(Line(X, burst, RED, end_mark="✗")), 70, 22)
    assert number(y_labels(text)[0]) <= 3


def test_a_run_far_above_the_others_is_shown_all_the_same():
    text = draw(plot((np.full(200, 0.1), RED), (np.full(200, 5.0), GREEN)), 70, 22)
    assert height(text, RED) == height(text, GREEN) == 1
    assert 0 <= cells(text, GREEN)[0][0] < cells(text, RED)[0][0] <= 19
    assert number(y_labels(text)[0]) >= 5


def test_the_last_value_is_followed_above_what_most_values_need():
    rising = np.where(X > 198, 1.5, 1.0 + 0.1 * np.sin(X))
    assert number(y_labels(draw(plot((rising, RED)), 70, 22))[0]) < 1.5  # by more it is not
    rising = np.where(X > 198, 1.25, 1.0 + 0.1 * np.sin(X))
    assert number(y_labels(draw(plot((rising, RED)), 70, 22))[0]) >= 1.25


def test_faint_lines_have_no_say_in_the_range_but_where_there_are_no_others():
    noisy = Line(X, FALLING * 10, RED, faint=True)
    assert number(y_labels(draw(plot(noisy, (FALLING, GREEN)), 70, 22))[0]) < 3
    assert number(y_labels(draw(plot(noisy), 70, 22))[0]) > 20


# Axes.


def test_zeros_and_negatives_lie_at_the_lower_edge_of_a_logarithmic_axis():
    values = FALLING.copy()
    values[150:] = 0
    values[180:] = -5
    text = draw(plot((values, RED), log_y=True), 70, 20)
    right = {row for row, column in cells(text, RED) if column > 60}
    assert right == {17}
    assert number(y_labels(text)[-1]) > 0.01
    assert len(y_labels(draw(plot((np.zeros(9), RED), log_y=True), 70, 20))) >= 2


def test_as_room_gives_out_the_axes_go():
    drawn = plot((FALLING, RED), y_label="loss")
    assert x_labels(draw(drawn, 60, 8)) == ["0", "50", "100", "150", "200"]
    assert draw(drawn, 60, 8).plain.split("\n")[-2].endswith("─ iterations")
    assert "loss" in draw(drawn, 60, 8).plain
    assert "loss" not in draw(drawn, 60, 7).plain
    assert "└" in draw(drawn, 60, 5).plain
    assert "└" not in draw(drawn, 60, 4).plain
    assert "┤" in draw(drawn, 60, 4).plain
    assert "┤" not in draw(drawn, 12, 4).plain


def test_findings_stand_on_the_x_axis_at_their_iteration():
    drawn = plot((FALLING, RED), marks=((100.0, "▲", GREEN), (np.nan, "▲", GREEN)))
    text = draw(drawn, 71, 20)
    ((row, column),) = cells(text, GREEN)
    assert (row, colored(text)[row][column][0]) == (18, "▲")
    axis = text.plain.split("\n")[18].index("└")
    assert column == axis + 1 + (70 - axis) // 2
    assert "^" in draw(drawn, 71, 20, ascii=True).plain


# Curves.


def test_lines_have_letters_of_their_own_in_ascii():
    a, b = np.full(200, 1.0), np.full(200, 2.0)
    raw = Line(X, np.full(200, 1.5), RED, faint=True)
    text = draw(plot(raw, (a, RED), Line(X, b, BLUE, marker="Q")), 70, 20, ascii=True).plain
    assert text.isascii()
    assert "aaaaa" in text
    assert "QQQQQ" in text
    assert "....." in text
    assert "aaaaa" in draw(plot(Line(X, a, RED, marker="●")), 70, 20, ascii=True).plain


@pytest.mark.parametrize("ascii_only", [False, True])
def test_later_lines_lie_over_earlier_ones_and_all_over_faint_ones(ascii_only):
    def of(*lines):
        return {c for row in colored(draw(plot(*lines), 70, 20, ascii=ascii_only)) for _, c in row}

    red, green = Line(X, FALLING, RED), Line(X, FALLING, GREEN)
    faint = Line(X, FALLING, BLUE, faint=True)
    assert GREEN in of(red, green)
    assert RED not in of(red, green)
    assert RED in of(green, red)
    assert of(red, faint) == of(faint, red) == of(red)


def test_faint_lines_are_nearer_to_the_background():
    line = Line(X, FALLING, "#ffffff", faint=True)
    dark = {c for row in colored(draw(plot(line), 70, 20)) for s, c in row if "⠀" < s <= "⣿"}
    line = Line(X, FALLING, "#000000", faint=True)
    light = draw(plot(line), 70, 20, dark=False)
    light = {c for row in colored(light) for s, c in row if "⠀" < s <= "⣿"}
    assert {int(c[1:3], 16) for c in dark} == {113}
    assert {int(c[1:3], 16) for c in light} == {139}


def test_a_gap_is_not_bridged():
    values = FALLING.copy()
    values[80:120] = np.nan
    columns = {column for _, column in cells(draw(plot((values, RED)), 74, 20), RED)}
    missing = set(range(4, 74)) - columns
    assert len(missing) == pytest.approx(70 * 40 / 200, abs=2)
    assert missing == set(range(min(missing), max(missing) + 1))


def test_a_line_is_unbroken():
    text = draw(plot((np.array([0.0, 1.0, 0.0]), RED)), 40, 20)
    found = sorted(cells(text, RED), key=lambda cell: cell[1])
    assert height(text, RED) == 18
    for column in range(found[0][1], found[-1][1]):
        here, there = ([r for r, c in found if c == at] for at in (column, column + 1))
        assert min(abs(a - b) for a in here for b in there) <= 1


def test_a_single_deep_value_among_many_thousands_is_seen():
    x = np.arange(20_000.0)
    y = np.ones(20_000)
    y[10_000] = 0
    lowest = max(cells(draw(plot(Line(x, y, RED)), 74, 20), RED))
    assert lowest[1] == pytest.approx(4 + 35, abs=1)


def test_the_end_mark_is_at_the_last_finite_point():
    values = FALLING.copy()
    values[100:] = np.nan
    for mark, ascii_only, seen in [("✗", False, "✗"), ("x", True, "x"), ("✗", True, "x")]:
        drawn = plot(Line(X, values, RED, end_mark=mark), (FALLING * 0.5, GREEN))
        text = draw(drawn, 74, 20, ascii=ascii_only)
        found = [(r, c) for r, c in cells(text, RED) if colored(text)[r][c][0] == seen]
        assert len(found) == 1
        assert found[0][1] == max(c for _, c in cells(text, RED))
        assert found[0][1] == pytest.approx(4 + 35, abs=1)


# State.


def test_drawings_do_not_leak_into_one_another():
    first = plot((FALLING, RED), log_y=True, marks=((3.0, "▲", BLUE),), y_label="loss")
    second = plot((FALLING * 100, GREEN), (FALLING, BLUE))
    before = draw(first, 70, 20)
    draw(second, 33, 9, ascii=True, dark=False)
    after = draw(first, 70, 20)
    assert before.plain == after.plain
    assert before.spans == after.spans


def test_what_others_did_with_plotext_does_not_matter():
    drawn = plot((FALLING, RED))
    before = draw(drawn, 70, 20)
    plt.plot([1, 2, 3], [1e9, 2, 3], color="red", label="theirs")
    plt.title("theirs")
    plt.yscale("log")
    plt.grid(True, True)
    after = draw(drawn, 70, 20)
    plt.clear_figure()
    assert before.plain == after.plain
    assert before.spans == after.spans


def test_plots_are_equal_by_their_values():
    values = np.where(X > 150, np.nan, FALLING)
    assert plot((values, RED)) == plot((values.copy(), RED))
    assert hash(plot((values, RED))) == hash(plot((values.copy(), RED)))
    assert plot((values, RED)) != plot((values, GREEN))
    assert plot((values, RED)) != plot((FALLING, RED))
    assert plot((values, RED)) != plot((values[:100], RED))
    assert plot((values, RED)) != plot((values, RED), log_y=True)
    assert Line(X, values, RED) != "a line"
