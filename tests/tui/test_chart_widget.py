"""The widget that shows a chart: drawn no oftener than needed."""

import asyncio

import numpy as np
from textual.app import App

from tui_optim.tui.widgets.chart import Chart, Line, Plot, draw

RED, GREEN, BLUE = "#ff0000", "#00ff00", "#0000ff"
X = np.arange(1, 201, dtype=float)
FALLING = 2.3 * np.exp(-X / 40) + 0.1


def plot(*lines, log_y=False):
    return Plot(tuple(Line(X, y, color) for y, color in lines), log_y, "iterations")


class Charts(App):
    CSS = "Chart { height: 1fr; border: round white; padding: 0 1; }"

    def __init__(self, *charts):
        super().__init__()
        self.charts = charts

    def compose(self):
        yield from self.charts


def shown(chart):
    chart.render_lines(chart.size.region)  # as Textual asks for them
    return "\n".join(chart.render_line(y).text for y in range(chart.content_size.height))


def in_app(act, *charts, size=(70, 20)):
    """Run an async function of a pilot and the charts in a real app."""

    async def run():
        app = Charts(*charts)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await act(pilot, *charts)

    asyncio.run(run())


def test_a_chart_shows_its_plot_and_then_another():
    async def act(pilot, chart):
        assert "waiting for data" in shown(chart)
        chart.plot = plot((FALLING, RED))
        await pilot.pause()
        assert shown(chart) == draw(chart.plot, *chart.content_size).plain
        chart.plot = plot((FALLING, RED), log_y=True)
        await pilot.pause()
        assert shown(chart) == draw(chart.plot, *chart.content_size).plain
        assert chart.drawings == 3

    in_app(act, Chart())


def test_an_equal_plot_is_not_drawn_again():
    async def act(pilot, chart):
        chart.plot = plot((FALLING, RED))
        await pilot.pause()
        drawings = chart.drawings
        chart.plot = plot((FALLING.copy(), RED))
        chart.refresh()
        await pilot.pause()
        assert chart.drawings == drawings

    in_app(act, Chart())


def test_a_chart_is_drawn_anew_in_another_size_theme_or_character_set():
    async def act(pilot, chart):
        await pilot.resize_terminal(50, 12)
        await pilot.pause()
        assert chart.content_size == (46, 10)
        assert shown(chart) == draw(chart.plot, 46, 10).plain
        dark = chart.render_line(0)
        pilot.app.theme = "textual-light"
        await pilot.pause()
        chart.render_lines(chart.size.region)
        assert list(chart.render_line(0)) != list(dark)
        chart.ascii = True
        assert shown(chart) == draw(chart.plot, 46, 10, ascii=True).plain

    in_app(act, Chart(plot((FALLING, RED))))


def test_two_charts_beside_each_other():
    async def act(pilot, first, second):
        for _ in range(2):
            assert shown(first) == draw(first.plot, *first.content_size).plain
            assert shown(second) == draw(second.plot, *second.content_size).plain
            second.plot = plot((FALLING * 7, BLUE))
            await pilot.pause()
        assert first.drawings == 1

    in_app(act, Chart(plot((FALLING, RED))), Chart(plot((FALLING, GREEN), log_y=True)))


def test_a_chart_can_be_focused_and_put_out_of_sight():
    async def act(pilot, chart):
        chart.focus()
        await pilot.pause()
        assert chart.has_focus
        drawings = chart.drawings
        chart.display = False
        chart.plot = plot((FALLING, GREEN))
        await pilot.pause()
        assert chart.drawings == drawings
        chart.display = True
        await pilot.pause()
        assert shown(chart) == draw(chart.plot, *chart.content_size).plain

    in_app(act, Chart(plot((FALLING, RED))))
