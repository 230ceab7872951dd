"""The dialogs: each asks for a part of an experiment and gives a new experiment, or None."""

from dataclasses import astuple
from itertools import groupby
from textwrap import shorten
from typing import ClassVar, TypeVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList, Select, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from tui_optim import datasets
from tui_optim.errors import InputError
from tui_optim.events import DatasetInfo
from tui_optim.experiment import AXES, LECTURE, MOST_RUNS, Experiment
from tui_optim.nn.network import count_parameters
from tui_optim.nn.optimizers import OPTIMIZERS
from tui_optim.nn.specs import build, number_text

SUGGESTIONS = {
    "": "",
    "optimizer": ",".join(LECTURE),
    "initializer": "zeros,normal:std=1,normal:std=0.01,xavier,he",
    "activation": "sigmoid,tanh,relu,leaky_relu",
    "lr": "0.001,0.01,0.1,1",
    "seed": "0,1,2",
    "weight-decay": "0,0.0001,0.01",
}
"""What is worth comparing along each axis."""

Result = TypeVar("Result")


class FramedScreen(ModalScreen[Result]):
    """A frame over the screen below: a title, what a subclass puts in it, and a line of keys."""

    CSS_PATH = "dialogs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]
    BINDINGS = [Binding("ctrl+c", "app.quit", "quit", show=False, priority=True)]
    HINT: ClassVar[str]
    """The line of keys; its parts can be clicked."""

    def compose(self) -> ComposeResult:
        """Lay out the frame."""
        with Vertical(id="frame") as frame:
            frame.border_title = self.TITLE
            with VerticalScroll(id="body", can_focus=False):
                yield from self.content()
            with Vertical(id="foot"):
                yield Static(id="status", markup=False)
                yield Static(Content.from_markup(self.HINT), id="hint")

    def content(self) -> ComposeResult:
        """What is in the frame."""
        raise NotImplementedError


class Field(Vertical):
    """A labelled control of a dialog, with room below it for what is wrong with it."""

    def __init__(self, label: str, control: Widget) -> None:
        super().__init__()
        self._label = label
        self._control = control

    def compose(self) -> ComposeResult:
        """Lay out the label, the control, and the room."""
        with Horizontal():
            yield Label(self._label, markup=False)
            yield self._control
        yield Static(classes="problem", markup=False)

    def complain(self, message: str) -> None:
        """Say what is wrong and put the cursor there; nothing is wrong where it is empty."""
        self.query_one(".problem", Static).update(message)
        self.set_class(bool(message), "-refused")
        if message:
            self._control.focus()
            self.call_after_refresh(self.scroll_visible, animate=False)


class FieldError(InputError):
    """What is wrong with the value of one field."""

    def __init__(self, message: str, field: Field) -> None:
        super().__init__(message)
        self.field = field


class Dialog(FramedScreen[Experiment | None]):
    """Asks for a part of an experiment; gives the new experiment, or None when left.

    Args:
        experiment: what is trained now.
    """

    HINT = "[@click=screen.accept]enter: train this[/] · [@click=screen.cancel]esc: back[/]"
    BINDINGS = [
        Binding("enter", "accept", "train this", priority=True),
        Binding("escape", "cancel", "back"),
    ]

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment

    def answer(self) -> Experiment:
        """The experiment that the fields describe; InputError where they describe none."""
        raise NotImplementedError

    def summary(self, experiment: Experiment) -> str:
        """What is said of the experiment while the fields are filled in."""
        return runs_summary(experiment)

    def on_mount(self) -> None:
        """Say what is trained now, once there is room to say it in."""
        self.call_after_refresh(self.summarize)

    def text_of(self, control: str) -> str:
        """What stands in the input of that id."""
        return self.query_one(f"#{control}", Input).value.strip()

    def field_of(self, control: str) -> Field:
        """The field around the control of that id."""
        return self.query_one(f"#{control}").query_ancestor(Field)

    def say(self, text: str, kind: str = "") -> None:
        """Put a text above the keys, cut to the room; the kind may be "-problem", "-refused"."""
        status = self.query_one("#status", Static)
        width, height = status.content_size
        head, newline, rest = text.partition("\n")
        room = (width - 12) * (height - 1)  # 12: what wrapping leaves empty in a line
        status.update(head + newline + shorten(rest, max(room, 40), placeholder=" …"))
        status.set_classes(kind)

    def refuse(self, error: InputError) -> None:
        """Say in red why the dialog stays: at the field where it is one field's fault."""
        if isinstance(error, FieldError):
            self.say("")
            error.field.complain(str(error))
        else:
            self.say(str(error), "-refused")

    @on(Input.Changed)
    @on(Select.Changed)
    @on(SelectionList.SelectedChanged)
    @on(OptionList.OptionHighlighted)
    def summarize(self) -> None:
        """Say what the fields describe by now."""
        for field in self.query(Field):
            field.complain("")
        try:
            self.say(self.summary(self.answer()))
        except InputError as error:
            self.say(str(error), "-problem")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the enter key to an open list of choices."""
        opened = any(select.expanded for select in self.query(Select))
        return not opened if action == "accept" else super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Close with the new experiment, or say why not."""
        try:
            self.accept(self.answer())
        except InputError as error:
            self.refuse(error)

    def accept(self, experiment: Experiment) -> None:
        """Close with an experiment."""
        self.dismiss(experiment)

    def action_cancel(self) -> None:
        """Close with nothing."""
        self.dismiss(None)


def runs_summary(experiment: Experiment) -> str:
    """How many runs an experiment has, and their names."""
    names = [run.name for run in experiment.runs]
    head = "a single run" if len(names) == 1 else f"{len(names)} runs, of at most {MOST_RUNS}"
    return f"{head}\n{' · '.join(names)}"


class CompareDialog(Dialog):
    """What to compare: the axes, whose product the runs are, and their values."""

    TITLE = "What to compare"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        axes = [(axis, ",".join(values)) for axis, values in experiment.axes]
        self._axes = axes + [("", "")] * (2 - len(axes))
        self._filled = [text for _, text in self._axes]  # what stands there unless typed over

    def content(self) -> ComposeResult:
        """An axis and its values, and another."""
        choices = [("nothing", ""), *((axis, axis) for axis in AXES)]
        for row, (axis, text) in enumerate(self._axes):
            select = Select(choices, allow_blank=False, value=axis, compact=True, id=f"axis{row}")
            yield Field("and" if row else "compare", select)
            yield Field("values", Input(text, compact=True, id=f"values{row}"))

    @on(Select.Changed)
    def suggest(self) -> None:
        """Fill in values for the axes chosen, where none were typed."""
        given = dict(self.experiment.axes)
        for row, filled in enumerate(self._filled):
            axis = str(self.query_one(f"#axis{row}", Select).value)
            values = self.query_one(f"#values{row}", Input)
            values.disabled = not axis
            if values.value.strip() in ("", filled):
                self._filled[row] = ",".join(given[axis]) if axis in given else SUGGESTIONS[axis]
                values.value = self._filled[row]

    def answer(self) -> Experiment:
        """The experiment with what is chosen; an error in one axis belongs to its values."""
        pairs = []
        for row in range(len(self._axes)):
            axis = self.query_one(f"#axis{row}", Select).value
            if axis:
                pairs.append(f"{axis}={self.text_of(f'values{row}')}")
                try:
                    self.experiment.replace(compare=pairs[-1])
                except InputError as error:
                    raise FieldError(str(error), self.field_of(f"values{row}")) from None
        return self.experiment.replace(compare=pairs)


class CheckList(SelectionList[str]):
    """A list to choose several from, whose marks need no colour to be told apart."""

    def render_line(self, y: int) -> Strip:
        """A line, its button drawn as [x] or [ ]."""
        index = self.scroll_offset.y + y
        segments = list(super().render_line(y))
        if index < self.option_count:
            chosen = self.get_option_at_index(index).value in self.selected
            style = segments[1].style
            segments[:3] = [Segment(f"[{'x' if chosen else ' '}]", style)]
        return Strip(segments)


class OptimizersDialog(Dialog):
    """Which optimizers run: one for all runs, or several, which are then compared."""

    TITLE = "Which optimizers run"
    HINT = "space: choose · " + Dialog.HINT

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._axes = dict(experiment.axes)
        self._before = self._axes.get("optimizer", (str(experiment.optimizer),))
        specs = [*self._before, str(experiment.optimizer)]
        specs += [build(OPTIMIZERS, name, "optimizer").spec for name in OPTIMIZERS]
        self._rows: list[str] = []
        for name in OPTIMIZERS:
            same = [spec for spec in dict.fromkeys(specs) if spec.partition(":")[0] == name]
            self._rows += [spec for spec in same if spec in self._before] or same[:1]

    def content(self) -> ComposeResult:
        """All optimizers there are, those that run with their settings."""
        yield CheckList(
            *(Selection(self._row(spec), spec, spec in self._before) for spec in self._rows),
            compact=True,
        )

    def _row(self, spec: str) -> Content:
        optimizer = build(OPTIMIZERS, spec, "optimizer")
        lr = "lr compared" if "lr" in self._axes else f"lr {number_text(optimizer.lr)}"
        others = [part for part in spec.split(":")[1:] if not part.startswith("lr=")]
        note = "  ".join([*others, *(["one step an epoch"] if optimizer.full_batch else [])])
        return Content.assemble(f"{optimizer.name:<10}", f"{lr:<13}", (note, "dim"))

    def answer(self) -> Experiment:
        """The experiment with the optimizers chosen; those that ran before stay in their order."""
        chosen = self.query_one(CheckList).selected
        rows = [spec for spec in self._rows if spec in chosen]
        specs = sorted(rows, key=lambda spec: [*self._before, spec].index(spec))
        if not specs:
            raise InputError("choose at least one optimizer")
        axes = self._axes if "optimizer" in self._axes else {"optimizer": (), **self._axes}
        if len(specs) > 1:
            return self.experiment.replace(compare=axes | {"optimizer": specs})
        others = {axis: values for axis, values in axes.items() if axis != "optimizer"}
        return self.experiment.replace(optimizer=specs[0], compare=others)


class DataDialog(Dialog):
    """Which data: a known data set, or a file or folder of one's own, which is read first."""

    TITLE = "Data set"
    OWN = "a .csv or .npz file, or a folder of IDX files"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._known = {entry.name: entry for entry in datasets.catalog(experiment.data_dir)}

    def content(self) -> ComposeResult:
        """The known ones, then where one's own is."""
        rows = [self._row(*entry) for entry in map(astuple, self._known.values())]
        yield OptionList(*rows, self._row("your own", self.OWN, "path below", True), compact=True)
        path = "" if self.experiment.data in self._known else self.experiment.data
        target = self.experiment.target or ""
        yield Field("path", Input(path, placeholder=self.OWN, compact=True, id="path"))
        hint = "the column with the classes; the last, if empty"
        yield Field("target", Input(target, placeholder=hint, compact=True, id="target"))

    def _row(self, name: str, description: str, where: str, is_here: bool) -> Option:
        short = where.partition(":")[0] if len(where) > 16 else where
        short = "on this machine" if is_here and len(where) > 16 else short
        return Option(Content.assemble(f"{name:<15}", f"{short:<18.16}", (description, "dim")))

    def on_mount(self) -> None:
        """Mark what is trained now."""
        names = list(self._known)
        data = self.experiment.data
        row = names.index(data) if data in self._known else len(names)
        self.query_one(OptionList).highlighted = row

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Whoever goes to the path means to use it."""
        if isinstance(event.widget, Input):
            self.query_one(OptionList).highlighted = len(self._known)

    def answer(self) -> Experiment:
        """The experiment with the data that are marked, not yet read."""
        row = self.query_one(OptionList).highlighted or 0
        name = list(self._known)[row] if row < len(self._known) else self.text_of("path")
        if not name:
            raise FieldError(f"the path of {self.OWN} is needed", self.field_of("path"))
        target = None if name in self._known else self.text_of("target") or None
        return self.experiment.replace(data=name, target=target)

    def summary(self, experiment: Experiment) -> str:
        """What they are, and where."""
        entry = self._known.get(experiment.data)
        if entry is None:
            return f"{self.OWN[0].upper()}{self.OWN[1:]}; it is read before it is trained on."
        return f"{entry.description}\n{entry.where}"

    def accept(self, experiment: Experiment) -> None:
        """Read a file or folder, which may take a while, before closing with it."""
        if experiment.data in self._known:
            super().accept(experiment)
        else:
            self.say(f"reading {experiment.data} …")
            self.call_after_refresh(self._read, experiment)

    def _read(self, experiment: Experiment) -> None:
        if not self.is_current:
            return
        try:
            datasets.load(
                experiment.data,
                data_dir=experiment.data_dir,
                target=experiment.target,
                seed=experiment.seed,
                train_size=experiment.train_size,
            )
        except InputError as error:
            self.refuse(error)
        else:
            super().accept(experiment)


class NetworkDialog(Dialog):
    """How large the network is, and how it is trained.

    Args:
        experiment: what is trained now.
        dataset: what it is trained on, where that is known, to count parameters and epochs.
    """

    TITLE = "Network and batches"
    FIELDS: ClassVar = {
        "hidden": "hidden layers",
        "batch_size": "batch size",
        "iterations": "iterations",
        "seed": "seed",
    }

    def __init__(self, experiment: Experiment, dataset: DatasetInfo | None = None) -> None:
        super().__init__(experiment)
        self._dataset = dataset

    def content(self) -> ComposeResult:
        """A field a number."""
        for key, label in self.FIELDS.items():
            value = getattr(self.experiment, key)
            text = hidden_text(value) if key == "hidden" else str(value)
            yield Field(label, Input(text, compact=True, id=key))

    def answer(self) -> Experiment:
        """The experiment with these numbers."""
        experiment = self.experiment
        for key in self.FIELDS:
            try:
                experiment = experiment.replace(**{key: self.text_of(key)})
            except InputError as error:
                raise FieldError(str(error), self.field_of(key)) from None
        return experiment

    def summary(self, experiment: Experiment) -> str:
        """How large that is."""
        widths, data = experiment.widths, self._dataset
        runs = len(experiment.runs)
        if data is None:
            return f"{len(widths)} hidden layers, {sum(widths):,} units · {runs} runs"
        sizes = (data.features, *widths, data.classes)
        epochs = experiment.iterations * experiment.batch_size / data.train
        return (
            f"{data.features}-{hidden_text(widths)}-{data.classes}: "
            f"{count_parameters(sizes):,} parameters × {runs} runs\n{epochs:,.1f} epochs"
        )


def hidden_text(widths: tuple[int, ...]) -> str:
    """Widths of hidden layers as an option has them, such as 100x4,50."""
    parts = [(width, len(list(same))) for width, same in groupby(widths)]
    return ",".join(f"{w}x{n}" if n > 1 else str(w) for w, n in parts) or "none"
