"""The dialogs, filled in with real keys and clicks on an app that counts the keys it gets."""

import asyncio
import re

import pytest
from textual.app import App
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input, OptionList, SelectionList, Static

from tui_optim.events import DatasetInfo
from tui_optim.experiment import AXES, LECTURE, Experiment
from tui_optim.nn.optimizers import OPTIMIZERS
from tui_optim.tui.loading import Loader
from tui_optim.tui.screens.dialogs import (
    SUGGESTIONS,
    CompareDialog,
    DataDialog,
    NetworkDialog,
    OptimizersDialog,
)

LOADERS = []


def data_dialog(experiment):
    """The dialog with a loader of its own, until what is played is over."""
    LOADERS.append(Loader())
    return DataDialog(experiment, LOADERS[-1].load)


data_dialog.TITLE = DataDialog.TITLE
DIALOGS = (CompareDialog, OptimizersDialog, data_dialog, NetworkDialog)
NAMED = {"[": "left_square_bracket", "?": "question_mark", "<": "less_than_sign"}
KEYS = (*"niIaArRcodhxymszgFvwtq123", *NAMED, "space", "up", "down", "left", "right", "tab")
SMALL = (60, 16)


class Host(App):
    """Opens dialogs; keeps what they give, and counts the keys that come through them."""

    BINDINGS = [Binding(key, "hit", "hit") for key in (*KEYS, "enter", "escape")]

    def __init__(self):
        super().__init__()
        self.given = []
        self.hits = 0

    def action_hit(self):
        self.hits += 1


def play(dialog, *steps, size=(80, 24)):
    """What dialogs give: the first is opened, keys are pressed, functions get the pilot."""

    async def run():
        async with app.run_test(size=size) as pilot:
            for step in (opened(dialog), *steps):
                await (typed(step) if isinstance(step, str) else step)(pilot)
            await settle(pilot)

    app = Host()
    asyncio.run(run())
    while LOADERS:
        LOADERS.pop().close()
    assert app.hits == 0, "a key went through the dialog to the app"
    return app.given


async def settle(pilot):
    """Let the messages come to rest, each widget's in turn; quicker than waiting for no work."""
    for _ in range(6):
        await pilot.pause(0)
    while getattr(pilot.app.screen, "_awaited", None) is not None:  # what a file says of itself
        await pilot.pause(0.01)


def opened(dialog):
    """A step that opens a dialog."""

    async def step(pilot):
        await settle(pilot)
        pilot.app.push_screen(dialog, pilot.app.given.append)
        await settle(pilot)

    return step


def typed(*keys):
    """A step that presses keys as fast as a terminal sends what was typed ahead."""

    async def step(pilot):
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            pilot.app.post_message(Key(NAMED.get(key, key), character))
        await settle(pilot)

    return step


def click(selector, **options):
    """A step that clicks."""
    return lambda pilot: pilot.click(selector, **options)


def choose(axis):
    """Steps that choose an axis from the list with the cursor, by its first letters."""
    return ("space", typed(*axis), "enter")


def sees(*texts):
    """A step that finds texts on the screen, however they are broken into lines."""

    async def step(pilot):
        lines = (strip.text for strip in pilot.app.screen._compositor.render_strips())
        seen = re.sub(r"[│\s]+", " ", " ".join(lines))
        for text in texts:
            assert text in seen

    return step


def refused(message, at=None):
    """A step that finds the dialog open, and why in red: at a field with the cursor, or below."""

    async def step(pilot):
        await settle(pilot)
        dialog = pilot.app.screen
        said = dialog.query_one("#status" if at is None else f"#{at} .problem", Static)
        assert message in str(said.content)
        if at is None:
            assert said.has_class("-refused")
        else:
            assert dialog.focused in dialog.field(at).query(Input)
        await sees(" ".join(message.split()[:3]))(pilot)

    return step


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a small table of two classes."""
    rows = (f"{i},{i % 7},{'yes' if i % 2 else 'no'}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a,b,kind\n" + "".join(rows), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", DIALOGS)
def test_it_is_accepted_or_left_by_key_and_by_click(kind):
    before = Experiment()
    again = opened(kind(before))
    left = len("space: choose · ") if kind is OptimizersDialog else 0
    train = click("#keys", offset=(left + 2, 0))
    back = click("#keys", offset=(left + len("enter: train this · e"), 0))
    steps = (sees(kind.TITLE, "enter: train this · esc: back"), "enter", again, "escape")
    steps = (*steps, opened(kind(before)), train, opened(kind(before)), back)
    assert play(kind(before), *steps, size=SMALL) == [before, None, before, None]


@pytest.mark.parametrize("kind", DIALOGS)
def test_no_key_of_the_app_acts(kind):
    assert play(kind(Experiment()), typed(*KEYS), "tab", typed(*KEYS)) == []


def test_ctrl_c_quits_the_app():
    async def check(pilot):
        assert not pilot.app.is_running

    assert play(NetworkDialog(Experiment()), "ctrl+c", check) == []


@pytest.mark.parametrize("kind", DIALOGS)
def test_frame_and_cursor_are_on_the_screen_at_any_size(kind):
    async def check(pilot):
        for size in ((200, 60), (80, 24), SMALL):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            screen = pilot.app.screen
            for part in ("frame", "foot", "status", "keys"):
                assert screen.query_one(f"#{part}").region in screen.region, (size, part)
        for _ in range(4):
            await pilot.press("tab")
            body = screen.query_one("#body").region
            assert body.y <= screen.focused.region.y < body.bottom, screen.focused

    play(kind(Experiment()), check)


def test_without_colour_nothing_is_lost(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    play(OptimizersDialog(Experiment()), sees("[x] adam", "[ ] adamw"))


class TestCompare:
    def test_choosing_an_axis_fills_in_values_worth_comparing(self):
        # The list opens at "optimizer"; initializer is the next.
        names = "zeros · normal:std=1 · normal:std=0.01 · xavier · he"
        steps = ("space", "down", "enter", sees("5 runs, of at most 16", names), "enter")
        expected = Experiment(compare={"initializer": names.split(" · ")}, optimizer="adam")
        assert play(CompareDialog(Experiment()), *steps, size=SMALL) == [expected]

    def test_every_suggestion_holds_and_nothing_leaves_a_single_run(self):
        async def check(pilot):
            given = pilot.app.screen.answer()
            seen.append((given.axes[0][0], len(given.runs)))

        seen = []
        axes = ("act", "lr", "seed", "weight", "init", "opt")
        steps = [step for axis in axes for step in (*choose(axis), check)]
        steps += [*choose("noth"), sees("a single run adam"), "enter"]
        assert play(CompareDialog(Experiment()), *steps) == [Experiment(optimizer="adam")]
        expected = {"activation": 4, "lr": 4, "seed": 3, "weight-decay": 3, "initializer": 5}
        assert dict(seen) == expected | {"optimizer": 6}

    def test_values_are_replaced_by_others_unless_they_were_typed(self):
        experiment = Experiment(compare="lr=0.3,0.7")
        there = (*choose("seed"), sees("3 runs"))
        back = (*choose("lr"), sees("lr=0.3 · lr=0.7"))  # what it came with
        kept = ("tab", typed(*"5"), "shift+tab", *choose("seed"), sees("seed=5"))
        (given,) = play(CompareDialog(experiment), *there, *back, *kept, "enter")
        assert given.axes == (("seed", ("5",)),)

    def test_two_axes_make_their_product(self):
        check = sees("12 runs, of at most 16 gd seed=0 · gd seed=1 · sgd seed=0")
        steps = ("tab", "tab", *choose("seed"), "tab", typed(*"0, 1"), check, "enter")
        (given,) = play(CompareDialog(Experiment()), *steps, size=SMALL)
        assert given.axes == (("optimizer", LECTURE), ("seed", ("0", "1")))

    def test_more_than_two_axes_are_all_there(self):
        three = Experiment(compare=["lr=1,2", "seed=0,1", "activation=relu,tanh"])
        assert play(CompareDialog(three), "enter") == [three]

    def test_bad_values_are_refused_at_their_field_until_they_are_mended(self):
        bad = {
            "gd,rms": "unknown optimizer 'rms' (did you mean rmsprop?)",
            "adam,adam": "compare optimizer: adam is given twice",
            "[red]x[/red]": "unknown optimizer '[red]x[/red]'",
            "": "compare optimizer: expected values",
        }
        steps = ["tab"]
        for text, message in bad.items():
            steps += ["end", "ctrl+u", typed(*text), "enter", refused(message, at="values0")]
        (given,) = play(CompareDialog(Experiment()), *steps, typed(*"sgd"), "enter", size=SMALL)
        assert [run.name for run in given.runs] == ["sgd"]

    def test_what_does_not_go_together_is_refused_below(self):
        many = (*choose("seed"), "enter", refused("compare: 18 runs; at most 16 can be compared"))
        twice = (*choose("opt"), "enter", refused("compare: optimizer is given twice"))
        assert play(CompareDialog(Experiment()), "tab", "tab", *many, *twice) == []

    def test_the_mouse_chooses_and_escape_closes_an_open_list_first(self):
        listed = (click("#axis0 Select"), click("#axis0 SelectOverlay", offset=(5, 3)))
        steps = (*listed, sees("4 runs, of at most 16", "leaky_relu"), "space", "escape")
        assert play(CompareDialog(Experiment()), *steps) == []


class TestOptimizers:
    def test_those_that_ran_keep_their_order(self):
        steps = ("end", "space", sees("[x] adamw", "3 runs"), "enter")
        (given,) = play(OptimizersDialog(Experiment(compare="optimizer=sgd,gd")), *steps)
        assert given.axes == (("optimizer", ("sgd", "gd", "adamw")),)

    def test_one_alone_is_not_compared_and_none_is_refused(self):
        experiment = Experiment(compare="optimizer=sgd,gd")
        again = (opened(OptimizersDialog(experiment)), "space", "down", "space", "enter")
        steps = ("space", "enter", *again, refused("choose at least one optimizer"))
        given = play(OptimizersDialog(experiment), *steps, size=SMALL)
        assert given == [Experiment(optimizer="sgd")]

    def test_all_are_listed_with_the_rate_in_force_and_settings_are_kept(self):
        experiment = Experiment(compare="optimizer=gd,adam:lr=0.5:beta1=0.8,adam")
        run = ("[x] adam lr 0.5 beta1=0.8", "[x] adam lr 0.001")
        check = sees(*run, *(f"] {name} lr " for name in OPTIMIZERS))
        (given,) = play(OptimizersDialog(experiment), check, "space", "enter")
        assert given.axes == (("optimizer", ("adam:lr=0.5:beta1=0.8", "adam")),)

    def test_beside_another_axis_one_is_the_experiments(self):
        experiment = Experiment(compare="lr=0.1,1", optimizer="momentum:momentum=0.5")
        check = sees("[x] momentum lr compared momentum=0.5")
        steps = (check, "space", "down", "down", "space", "enter")  # gd on, momentum off
        assert play(OptimizersDialog(experiment), *steps) == [experiment.replace(optimizer="gd")]

    def test_beside_another_axis_several_are_its_product_unless_it_is_too_large(self):
        experiment = Experiment(compare="activation=relu,tanh", optimizer="adam")
        seeds = Experiment(compare="seed=0,1,2,3,4,5,6,7,8", optimizer="adam")
        large = (opened(OptimizersDialog(seeds)), "space", "enter", refused("compare: 18 runs"))
        (given,) = play(OptimizersDialog(experiment), "space", "enter", *large)
        assert [run.name for run in given.runs] == ["adam relu", "adam tanh", "gd relu", "gd tanh"]

    def test_the_mouse_toggles(self):
        check = sees("[ ] gd", "5 runs, of at most 16")
        play(OptimizersDialog(Experiment()), click(SelectionList, offset=(1, 0)), check)


class TestData:
    def test_a_known_one_is_taken_without_being_read(self, tmp_path):
        rows = ("digits embedded", "mnist to be downloaded", "moons generated")
        check = sees(*rows, "70,000 handwritten digits of 28 × 28 pixels to be downloaded: tui")
        experiment = Experiment(data_dir=str(tmp_path))
        given = play(data_dialog(experiment), "down", check, "enter", size=SMALL)
        assert given == [experiment.replace(data="mnist")]

    @pytest.mark.usefixtures("folder")
    def test_a_table_by_its_path_and_column(self):
        table = Experiment(data="t.csv", target="kind")
        steps = ("tab", typed(*"t.csv"), "tab", typed(*"kind"), "enter")
        again = (opened(data_dialog(table)), "enter")
        back = (opened(data_dialog(table)), "home", "enter")
        given = play(data_dialog(Experiment()), *steps, *again, *back, size=SMALL)
        assert given == [table, table, Experiment()]

    def test_a_file_is_read_before_it_is_accepted(self, folder):
        (folder / "bad.npz").write_bytes(b"nothing of the kind")
        steps = ["end", "enter", refused("the path of a .csv or .npz file", at="path")]
        for text, message in (("[b]x", "no file is named '[b]x'"), ("bad.npz", "bad.npz")):
            steps += ["ctrl+u", typed(*text), "enter", refused(message)]
        steps += ["ctrl+u", typed(*"t.csv"), "tab", typed(*"size"), "enter", refused("'size'")]
        steps += ["shift+tab", typed(*"moons"), "enter"]  # a known name means that data set
        assert play(data_dialog(Experiment()), *steps) == [Experiment(data="moons")]

    @pytest.mark.usefixtures("folder")
    def test_leaving_before_it_is_read_gives_nothing(self):
        async def hurry(pilot):
            dialog = pilot.app.screen
            dialog.accept(dialog.answer())
            assert dialog.is_current
            dialog.action_leave()
            await settle(pilot)
            await asyncio.sleep(0.1)

        assert play(data_dialog(Experiment()), "tab", typed(*"t.csv"), hurry) == [None]

    def test_the_mouse_marks_a_data_set_or_the_path(self):
        path = (click("#path Input"), sees("the path of a .csv or .npz file"))
        steps = (*path, click(OptionList, offset=(2, 4)), "enter")
        assert play(data_dialog(Experiment()), *steps) == [Experiment(data="spirals")]


class TestNetwork:
    INFO = DatasetInfo("digits", 1438, 359, 64, 10, "")

    def test_all_fields(self):
        given = [Experiment(hidden=(50, 50, 20), batch_size=32, iterations=500, seed=7)]
        given += [given[0].replace(hidden=())]  # none at all
        steps = [step for text in ("50x2,20", "32", "500", "7") for step in (typed(*text), "tab")]
        steps += ["enter", opened(NetworkDialog(given[0])), typed(*"none"), "enter"]
        assert play(NetworkDialog(Experiment()), *steps, size=SMALL) == given

    def test_it_counts_while_one_types_and_the_mouse_goes_to_a_field(self):
        steps = [sees("64-100x4-10: 37,810 parameters × 6 runs", "166.7 epochs")]
        steps += [typed(*"100,"), sees("hidden='100,': expected widths such as 100,50 or 100x4")]
        steps += [typed(*"50"), sees("64-100,50-10: 12,060 parameters × 6 runs")]
        steps += [click("#seed Input"), "end", "ctrl+u", typed("3"), "enter"]
        given = play(NetworkDialog(Experiment(), self.INFO), *steps)
        assert given == [Experiment(hidden=(100, 50), seed=3)]

    def test_bad_values_are_refused_at_their_field(self):
        steps = []
        for name, good, bad, message in (
            ("hidden", "9", "100xx", "hidden='100xx': expected widths"),
            ("batch_size", "9", "0", "batch-size=0: expected a whole number of at least 1"),
            ("iterations", "9", "many", "iterations='many': expected a whole number"),
            ("seed", "9", "-1", "seed=-1: expected a whole number of at least 0"),
        ):
            steps += [typed(*bad), "tab", "enter", refused(message, at=name)]
            steps += [typed(*good), "tab"]
        given = play(NetworkDialog(Experiment()), *steps, "enter", size=SMALL)
        assert given == [Experiment(hidden="9", batch_size=9, iterations=9, seed=9)]


@pytest.mark.parametrize("axis", AXES)
def test_there_is_something_to_compare_along_every_axis(axis):
    values = SUGGESTIONS[axis]
    assert len(Experiment(compare=f"{axis}={values}").runs) == len(values.split(",")) >= 2
