"""The panes, drawn from real trainings that are over."""

import asyncio
from dataclasses import dataclass

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.app import App

from tui_optim.events import Evaluation, Finding
from tui_optim.experiment import Experiment
from tui_optim.training.control import Control
from tui_optim.training.findings import open_findings
from tui_optim.training.trainer import Trainer
from tui_optim.tui.session import Training
from tui_optim.tui.text import short
from tui_optim.tui.view import STATISTICS, View
from tui_optim.tui.widgets.accuracy import AccuracyPane
from tui_optim.tui.widgets.details import CourseChart, HistogramsPane
from tui_optim.tui.widgets.findings import FindingsPane
from tui_optim.tui.widgets.header import Header
from tui_optim.tui.widgets.layers import LayersPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.matrix import MatrixPane
from tui_optim.tui.widgets.pane import Shown
from tui_optim.tui.widgets.runs import RunsPane

PANES = (
    *(Header, LossPane, RunsPane, FindingsPane, LayersPane, HistogramsPane, MatrixPane),
    *(lambda: CourseChart("delta_rms"), CourseChart),
)


def training(**options):
    """A training that is over."""
    options = {"data": "blobs", "hidden": "8x2", "iterations": 20, "probe_every": 5} | options
    experiment = Experiment(**options)
    done = Training(experiment, Control())
    for event in Trainer(experiment, done.control):
        done.history.add(event)
    return done


TRAINED = {}


def trained(**options):
    """The same, run once for all tests that only look at it."""
    key = repr(options)
    if key not in TRAINED:
        TRAINED[key] = training(**options)
    return TRAINED[key]


@dataclass(frozen=True)
class Drawing:
    """What a pane alone on the screen shows."""

    lines: list[str]
    title: str
    subtitle: str
    shades: list[list[str]]  # the background of each cell, by line

    def line(self, text):
        """The only line with that text."""
        (line,) = [line for line in self.lines if text in line]
        return line

    @property
    def text(self):
        return "\n".join(self.lines)


def drawn(make, shown, size=(100, 20)):

    class Alone(App):
        CSS = "Screen > * { height: 1fr; border: none; padding: 0; text-wrap: nowrap; }"

        def compose(self):
            self.pane = make()
            yield self.pane

    async def run():
        app = Alone()
        async with app.run_test(size=size) as pilot:
            for _ in range(2):
                app.pane.show(shown)
                await pilot.pause()
            assert app.pane.content_size == size
            strips = [app.pane.render_line(y) for y in range(size[1])]
            return Drawing(
                [strip.text for strip in strips],
                str(app.pane.border_title),
                str(app.pane.border_subtitle),
                [
                    [str(s.style and s.style.bgcolor) for s in strip for _ in s.text]
                    for strip in strips
                ],
            )

    return asyncio.run(run())


@pytest.mark.parametrize("make", PANES)
@pytest.mark.parametrize(
    ("size", "ascii_only"),
    [((3, 2), False), ((29, 4), False), ((60, 11), True), ((196, 50), False)],
)
def test_every_pane_is_drawn_at_every_size_and_in_7_bits(make, size, ascii_only):
    now = trained(compare="lr=0.01,1e30", optimizer="sgd:lr=0.1", hidden="8x6", activation="tanh")
    drawing = drawn(make, Shown(now, trained(), View(ascii=ascii_only)), size)
    assert max(map(cell_len, drawing.lines)) <= size[0]
    assert drawing.text.strip()
    assert not ascii_only or (drawing.text + drawing.title + drawing.subtitle).isascii()


def test_zeros_are_said_and_no_curve_on_a_logarithmic_axis():
    shown = Shown(trained(initializer="zeros", hidden="8x3"), None, View())
    nothing = drawn(lambda: CourseChart("delta_rms"), shown)
    assert nothing.subtitle == "layers 1–3 are 0"
    assert "0 in every layer" in drawn(CourseChart, shown).text, "the weights' gradients"


@pytest.mark.parametrize("make", PANES)
def test_every_pane_bears_a_training_that_has_not_begun_or_failed(make):
    begun = Training(Experiment(), Control())
    assert drawn(make, Shown(begun, None, View())).text.strip()
    begun.failure = "Traceback …\nOSError: no [bold]room[/]"
    text = drawn(make, Shown(begun, None, View())).text
    assert make is not FindingsPane or "OSError: no [bold]room[/]" in text


def test_titles_are_no_markup_and_act_on_no_terminal():
    class Titled(FindingsPane):
        def draw(self, shown, *_):
            self.entitle(shown, "[red]a[/]\x1b[2J")
            return [Text("[red]b[/]\x1b[2J")]

    drawing = drawn(Titled, Shown(trained(), None, View()))
    assert drawing.title == "\\[red]a\\[/]?[2J"
    assert drawing.lines[0].startswith("[red]b[/]?[2J")


def test_an_unchanged_pane_is_not_drawn_again():
    refreshes, by_show = [], []

    class Counting(RunsPane):
        def refresh(self, *regions, **options):
            refreshes.append(regions)
            return super().refresh(*regions, **options)

        def show(self, shown):
            before = len(refreshes)
            super().show(shown)
            by_show.append(len(refreshes) - before)

    drawn(Counting, Shown(trained(), None, View()))
    assert by_show[0] > 0
    assert by_show[-1] == 0


# Runs.


def test_what_was_before_stands_beside_what_is_now():
    before, now = trained(), trained(initializer="zeros")
    drawing = drawn(RunsPane, Shown(now, before, View()), (51, 12))
    assert "before (he)" in drawing.lines[0]
    *_, loss, accuracy, _percent = drawing.line("adam ").split()
    assert float(loss) == pytest.approx(before.history.loss["adam"], rel=0.01)
    assert float(accuracy) == pytest.approx(100 * before.history.accuracy("adam"), abs=0.1)
    assert "before" not in drawn(RunsPane, Shown(now, before, View(ghost=False)), (51, 12)).text


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (29, ["run", "loss", "accuracy"]),
        (40, ["run", "loss", "accuracy", "rate"]),
        (60, ["run", "loss", "accuracy", "rate", "course"]),
    ],
)
def test_columns_of_runs_give_way(width, columns):
    drawing = drawn(RunsPane, Shown(trained(), None, View()), (width, 9))
    assert drawing.lines[0].split() == columns


def test_a_run_that_diverged_says_so():
    now = trained(compare="lr=0.01,1e30", optimizer="sgd")
    assert "✗ diverged at" in drawn(RunsPane, Shown(now, None, View())).line("1e+30")


def test_what_has_no_column_is_said_of_the_selected_run_as_far_as_there_is_room():
    shown = Shown(trained(initializer="zeros"), trained(), View(selected="adam"))
    roomy, narrow, flat = (drawn(RunsPane, shown, (32, height)) for height in (12, 9, 7))
    loss = short(trained().history.loss["adam"])
    said = ["adam: rate 0.001", f"before (he): {loss} "]
    assert not roomy.lines[7].strip()
    for lines in (roomy.lines[8:10], narrow.lines[7:]):
        assert [line.startswith(text) for line, text in zip(lines, said, strict=True)] == [True] * 2
    assert len(flat.lines) == 7
    assert flat.line("adam")
    assert flat.subtitle.startswith(said[0])
    wide = drawn(RunsPane, shown, (90, 12)).text
    assert said[0] not in wide
    assert said[1] not in wide


def test_a_ghost_is_of_the_same_data_and_has_runs_of_the_same_names():
    now, same = trained(compare="optimizer=sgd,adam"), trained(initializer="zeros")
    assert Shown(now, same, View()).before is same
    for other in (trained(compare="seed=0,1"), trained(data="moons")):
        assert Shown(now, other, View()).before is None
    drawing = drawn(LossPane, Shown(now, same, View()), (90, 30))
    assert "before" in drawing.subtitle
    assert "■" in drawing.text
    assert "●" not in drawing.text  # gd, which does not run now


def test_of_too_many_runs_those_around_the_selected_one_are_seen():
    now = trained(compare=["optimizer=sgd,adam", "lr=1,0.1,0.01,0.001"])
    selected = now.history.runs[6]
    drawing = drawn(RunsPane, Shown(now, None, View(selected=selected)), (60, 5))
    assert "▸" in drawing.line(selected)
    assert "4 of 8" in drawing.subtitle


# Findings.


def test_what_was_found_is_marked_until_it_is_resolved():
    now = training(optimizer="adam")
    shown = Shown(now, None, View())
    now.history.add(Finding(5, "adam", 2, "dead", 0.5, 0.3, "half of layer 2 is dead", False))
    assert "half of layer 2 is dead" in drawn(FindingsPane, shown).text
    assert "▲" in drawn(RunsPane, shown).line("adam")
    layers = drawn(LayersPane, shown)
    assert layers.line("2 relu").startswith("▲")
    assert not layers.line("1 relu").startswith("▲")
    now.history.add(Finding(9, "adam", 2, "dead", 0.1, 0.3, "resolved", True))
    assert open_findings(now.history.findings) == []
    assert "▲" not in drawn(RunsPane, shown).text + drawn(LayersPane, shown).text


# Layers.


def test_of_too_many_layers_evenly_chosen_ones_are_seen():
    shown = Shown(trained(hidden="8x8"), None, View())
    drawing = drawn(LayersPane, shown, (80, 6))
    assert [line.split()[0] for line in drawing.lines[1:]] == ["1", "3", "5", "7", "9"]
    assert "5 of 9" in drawing.subtitle
    drawing = drawn(LayersPane, shown, (80, 12))
    assert [line.strip(" ▲").split()[0] for line in drawing.lines[1:10]] == [*"123456789"]


def test_a_pane_asks_for_as_many_lines_as_it_has():
    shown = Shown(trained(hidden="8x8"), None, View())
    assert LayersPane().wanted(shown) == 10
    assert RunsPane().wanted(shown) == 1 + 6 + 1  # with the rate, which has no column


def test_columns_of_layers_give_way():
    shown = Shown(trained(), None, View())
    titles = ["mean", "std", "dead", "off", "δ rms", "‖∇W‖", "Δ/‖W‖", "‖W‖", "‖∇W‖, log"]
    head = drawn(LayersPane, shown, (116, 5)).lines[0]
    assert [title for title in titles if title not in head] == []
    head = drawn(LayersPane, shown, (50, 5)).lines[0]
    assert [title for title in titles if title in head] == ["std", "δ rms"]


def test_the_accuracy_has_a_curve_a_run_from_evaluation_to_evaluation():
    options = {"compare": "optimizer=sgd,adam", "eval_every": 5}
    now, before = trained(**options), trained(initializer="zeros", **options)
    drawing = drawn(AccuracyPane, Shown(now, before, View()), (70, 16))
    best = max(("sgd", "adam"), key=now.history.accuracy)
    assert drawing.subtitle == f"best: {best} {100 * now.history.accuracy(best):.1f} %"
    assert drawing.line("★ adam").count("★") >= 1
    assert "adam" not in drawn(AccuracyPane, Shown(now, before, View()), (50, 16)).text
    hidden = drawn(AccuracyPane, Shown(now, before, View(hidden=frozenset({"adam"}))), (70, 16))
    assert "★" not in hidden.text
    unknown = drawn(AccuracyPane, Shown(Training(Experiment(), Control()), None, View()))
    assert "waiting for the first evaluation" in unknown.text


def test_the_accuracy_before_is_seen_before_the_first_evaluation_and_beside_a_worse_one():
    options = {"compare": "optimizer=sgd,adam", "eval_every": 5}
    before = trained(**options)
    best = max(before.history.accuracy(run) for run in ("sgd", "adam"))
    for now in (trained(**options | {"eval_every": 0}), trained(initializer="zeros", **options)):
        now.history.ended = None
        drawing = drawn(AccuracyPane, Shown(now, before, View()), (70, 16))
        highest = next(line for line in drawing.lines if set(line) & {"★", "■"})
        tick = next(float(line.partition("┤")[0]) for line in drawing.lines if "┤" in line)
        assert 0 <= tick - 100 * best < 20
        assert drawing.lines.index(highest) <= 3


def test_an_accuracy_that_cannot_be_is_at_the_edge():
    shown = Shown(trained(compare="optimizer=sgd,adam", eval_every=0), None, View())
    ended = shown.training.history
    for iteration, wrong in ((ended.iteration + 1, 1e306), (ended.iteration + 2, -1e306)):
        half, accuracy = {"sgd": 0.5, "adam": 0.5}, {"sgd": wrong, "adam": 0.5}
        ended.add(Evaluation(iteration, 9, half, accuracy, half, half))
    labels = [line.partition("┤")[0].strip() for line in drawn(AccuracyPane, shown).lines]
    assert {"100", "0"} <= set(labels)


# View 3.


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("size", [(56, 12), (76, 20), (196, 56)])
def test_all_runs_and_layers_at_every_size(statistic, size):
    now = trained(compare=["optimizer=sgd,adam", "initializer=zeros,he"], hidden="8x6")
    drawing = drawn(MatrixPane, Shown(now, None, View(statistic=statistic)), size)
    assert [run for run in now.history.runs if run not in drawing.text] == []
    assert "1" in drawing.lines[0]
    assert "7" in drawing.lines[0]


def test_the_shade_of_a_cell_grows_with_its_value():
    now = trained(compare="initializer=normal:std=0.01,normal:std=1", optimizer="sgd:lr=1e-6")
    drawing = drawn(MatrixPane, Shown(now, None, View(statistic="std")), (100, 12))
    small, large = (
        next(
            shades
            for line, shades in zip(drawing.lines, drawing.shades, strict=True)
            if run in line
        )
        for run in now.history.runs
    )
    assert set(small).isdisjoint(set(large) - set(small[:10]))
    assert "log scale" in drawing.text


def test_many_layers_in_few_cells():
    shown = Shown(trained(hidden="4x64", iterations=2), None, View(statistic="std"))
    assert drawn(MatrixPane, shown, (76, 20)).lines[0].split()[0] == "1"
    lines = drawn(HistogramsPane, shown, (36, 20)).lines
    assert [line.split()[0] for line in (lines[1], lines[-1])] == ["1", "65"]


def test_a_run_that_diverged_is_marked_beside_its_last_probe():
    now = trained(compare="lr=0.01,1e30", optimizer="sgd")
    assert "✗ diverged" in drawn(MatrixPane, Shown(now, None, View())).text
    view = View(selected=now.history.runs[1])
    assert "✗ diverged at" in drawn(HistogramsPane, Shown(now, None, view)).subtitle


# The chart and the header.


def test_the_loss_chart_names_runs_and_tells_what_is_dim():
    view = View(hidden=frozenset({"gd"}))
    shown = Shown(trained(initializer="zeros"), trained(), view)
    drawing = drawn(LossPane, shown, (90, 30))
    assert drawing.subtitle == "╌╌ before (he) · 1 hidden"
    assert drawing.line("momentum").endswith("▲ momentum")
    assert "● gd" not in drawing.text


@pytest.mark.parametrize(("width", "parts"), [(44, 4), (50, 3), (60, 4), (80, 6), (120, 6)])
def test_the_header_leaves_out_whole_parts(width, parts):
    (line,) = drawn(Header, Shown(trained(), None, View()), (width, 1)).lines
    said = ["blobs", "2-8-8-5", "relu", "he", "batch 128", "seed 0"][:parts]
    assert line.replace(" tui-optim ", "").startswith(f" {' · '.join(said)} ")
    assert line.count(" · ") == len(said) + ("0:00" in line)
    assert "■ done · 20/20" in line
    assert ("0:00" in line) == (width > 44)


@pytest.mark.parametrize("reason", ["stopped", "interrupted"])
def test_the_header_says_what_ended_a_training(reason):
    experiment = Experiment(data="blobs", hidden="8x2", iterations=20)
    ended = Training(experiment, Control())
    for event in Trainer(experiment, ended.control):
        ended.history.add(event)
        if event.event == "step" and event.iteration == 5:
            ended.control.stop(reason)
    (line,) = drawn(Header, Shown(ended, None, View()), (80, 1)).lines
    assert f"■ {reason} · 5/20" in line
