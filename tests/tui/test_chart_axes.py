"""The axes of a chart: few ticks at nice numbers, short labels that differ."""

import numpy as np
import pytest

from tui_optim.tui.widgets.axes import x_axis, y_axis
from tui_optim.tui.widgets.chart import draw
from tui_optim.tui.widgets.plot import Line, Plot, all_points, visible_range


def y_labels(values, *, log_y=False):
    """The labels of a chart of 18 lines, from the top."""
    lines = [Line(np.arange(len(values), dtype=float), values, "#ff0000")]
    axis = y_axis(visible_range(lines, all_points(lines), log_y), log_y, 18, 4)
    return [axis.labels[cell] for cell in sorted(axis.labels, reverse=True)]


def number(label):
    return float(label.replace("k", "e3").replace("M", "e6"))


@pytest.mark.parametrize("scale", [1e-300, 1e-7, 1e-3, 0.3, 1.0, 7.0, 450.0, 1e4, 3e7, 1e12, 1e300])
@pytest.mark.parametrize("low", [0.0, 0.5, 0.99, -1.0])
@pytest.mark.parametrize("log_y", [False, True])
def test_ticks_are_few_short_and_different(scale, low, log_y):
    values = scale * np.linspace(low, 1, 200)
    labels = y_labels(values, log_y=log_y)
    assert max(map(len, labels)) <= 7
    assert len(labels) >= 2
    assert len(set(labels)) == len(labels) or not 1e-9 < scale < 1e9
    numbers = [number(label) for label in labels]
    assert numbers == sorted(numbers, reverse=True)
    if not log_y:
        assert 4 <= len(labels) <= 6
        assert numbers[0] >= values.max() * 0.95


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.2, 1.4, ["1.40", "1.35", "1.30", "1.25", "1.20"]),
        (0.3, 0.9, ["1", "0.5", "0.2"]),
        (1e-3, 1.0, ["1", "0.1", "0.01", "1e-3"]),
        (1e-9, 1e3, ["1k", "10", "0.1", "1e-3", "1e-5", "1e-7", "1e-9"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(low, high, expected):
    assert y_labels(np.geomspace(low, high, 10), log_y=True) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (2000, ["0", "500", "1k", "1.5k", "2k"]),
        (30, ["0", "10", "20", "30"]),
        (2.5e6, ["0", "500k", "1M", "1.5M", "2M", "2.5M"]),
    ],
)
def test_ticks_of_x(last, expected):
    assert list(x_axis(np.linspace(0, last, 100), 72, 2).labels.values()) == expected


def test_y_ends_where_it_is_told_to():
    lines = (Line(np.arange(50.0), np.linspace(3, 0.25, 50), "#ff0000"),)
    plot = Plot(lines, log_y=False, x_label="", y_range=(0.0, 1.0))
    rows = draw(plot, 60, 22).plain.split("\n")
    labels = [row.partition("┤")[0].strip() for row in rows if "┤" in row]
    assert labels == ["1.0", "0.8", "0.6", "0.4", "0.2", "0"]
    assert "↑" in rows[0], "it comes from above"
