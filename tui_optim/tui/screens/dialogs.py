"""The dialogs: each asks for a part of an experiment and gives a new experiment, or None."""

import math
from collections.abc import Callable
from itertools import groupby
from typing import Any

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.strip import Strip
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
from tui_optim.tui.loading import Loader, Loading
from tui_optim.tui.screens.help import FramedScreen
from tui_optim.tui.session import Training

SUGGESTIONS = {
    "": "",
    "optimizer": ",".join(LECTURE),
    "initializer": "zeros,normal:std=1,normal:std=0.01,xavier,he",
    "activation": "sigmoid,tanh,relu,leaky_relu",
    "lr": "0.001,0.01,0.1,1",
    "seed": "0,1,2",
    "weight-decay": "0,0.0001,0.01",
    "dropout": "0,0.2,0.5",
    "batch-norm": "off,on",
    "output-activation": "linear,tanh",
}
"""What is worth comparing along each axis."""


class Field(Vertical):
    """A labelled control of a dialog, with room below it for what is wrong with it."""

    def __init__(self, name: str, label: str, control: Input | Select[str]) -> None:
        super().__init__(id=name)
        self._label = label
        self._control = control

    def compose(self) -> ComposeResult:
        """Lay out the label, the control, and the room."""
        with Horizontal():
            yield Label(self._label, markup=False)
            yield self._control
        yield Static(classes="problem", markup=False)

    @property
    def text(self) -> str:
        """What is typed or chosen."""
        return str(self._control.value).strip()

    def complain(self, message: str) -> None:
        """Say what is wrong and put the cursor there; nothing is wrong where it is empty."""
        self.query_one(".problem", Static).update(message)
        if message:
            self._control.focus()
            self.call_after_refresh(self.scroll_visible, animate=False)

    def changed(self, experiment: Experiment, **changes: Any) -> Experiment:
        """The experiment with changes that come from here: what is wrong with them belongs here."""
        try:
            return experiment.replace(**changes)
        except InputError as error:
            raise FieldError(str(error), self) from None


class FieldError(InputError):
    """What is wrong with the value of one field."""

    def __init__(self, message: str, field: Field) -> None:
        super().__init__(message)
        self.field = field


class Dialog(FramedScreen[Experiment]):
    """Asks for a part of an experiment; gives the new experiment, or None when left.

    Args:
        experiment: what is trained now.
    """

    KEYS = "[@click=screen.accept][b]enter[/b]: train this[/]"
    BINDINGS = [Binding("enter", "accept", "train this", priority=True)]

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.experiment = experiment

    def answer(self) -> Experiment:
        """The experiment that the fields describe; InputError where they describe none."""
        raise NotImplementedError

    def summary(self, experiment: Experiment) -> str:
        """What is said of the experiment by now: its runs."""
        names = [run.name for run in experiment.runs]
        head = "a single run" if len(names) == 1 else f"{len(names)} runs, of at most {MOST_RUNS}"
        return f"{head}\n{' · '.join(names)}"

    def on_mount(self) -> None:
        """Say what is trained now, once there is room to say it in."""
        self.call_after_refresh(self.summarize)

    def field(self, name: str) -> Field:
        """A field by its name."""
        return self.query_one(f"#{name}", Field)

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
        """Close with the new experiment, or say why not, once what was typed has arrived."""
        self.say("one moment …")
        self.call_after_refresh(self._accept)

    def _accept(self) -> None:
        if self.is_current:  # and was not left meanwhile
            try:
                self.accept(self.answer())
            except FieldError as error:
                self.say("")
                error.field.complain(str(error))
            except InputError as error:
                self.say(str(error), "-refused")

    def accept(self, experiment: Experiment) -> None:
        """Close with it."""
        self.dismiss(experiment)


class CompareDialog(Dialog):
    """What to compare: the axes, whose product the runs are, and their values."""

    TITLE = "What to compare"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._axes = [(axis, ",".join(values)) for axis, values in experiment.axes]
        self._axes += [("", "")] * (2 - len(self._axes))
        self._filled = [text for _, text in self._axes]  # what stands there unless typed over

    def content(self) -> ComposeResult:
        """An axis and its values, and another."""
        choices = [("nothing", ""), *((axis, axis) for axis in AXES)]
        for row, (axis, text) in enumerate(self._axes):
            select = Select(choices, allow_blank=False, value=axis, compact=True)
            yield Field(f"axis{row}", "and" if row else "compare", select)
            yield Field(f"values{row}", "values", Input(text, compact=True))

    @on(Select.Changed)
    def suggest(self) -> None:
        """Fill in values for the axes chosen, where none were typed."""
        given = SUGGESTIONS | dict(self._axes)
        for row, filled in enumerate(self._filled):
            axis = self.field(f"axis{row}").text
            values = self.field(f"values{row}").query_one(Input)
            values.disabled = not axis
            if values.value.strip() in ("", filled):
                values.value = self._filled[row] = given[axis]

    def answer(self) -> Experiment:
        """The experiment with what is chosen; an error in one axis belongs to its values."""
        pairs = []
        for row in range(len(self._axes)):
            axis, values = self.field(f"axis{row}"), self.field(f"values{row}")
            if axis.text:
                pairs.append(f"{axis.text}={values.text}")
                values.changed(self.experiment, compare=pairs[-1])
        return self.experiment.replace(compare=pairs)


class CheckList(SelectionList[str]):
    """A list to choose several from, whose marks need no colour to be told apart."""

    def render_line(self, y: int) -> Strip:
        """A line, its button drawn as [x] or [ ]."""
        index = self.scroll_offset.y + y
        segments = list(super().render_line(y))
        if index < self.option_count:
            mark = "x" if self.get_option_at_index(index).value in self.selected else " "
            segments[:3] = [Segment(f"[{mark}]", segments[1].style)]
        return Strip(segments)


class OptimizersDialog(Dialog):
    """Which optimizers run: one for all runs, or several, which are then compared."""

    TITLE = "Which optimizers run"
    KEYS = f"[b]space[/b]: choose · {Dialog.KEYS}"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._axes = dict(experiment.axes)
        self._before = self._axes.get("optimizer", (str(experiment.optimizer),))
        specs = [*self._before, str(experiment.optimizer), *OPTIMIZERS]
        self._rows: list[str] = []
        for name in OPTIMIZERS:  # those that run with their settings, else one of each name
            same = [spec for spec in dict.fromkeys(specs) if spec.partition(":")[0] == name]
            self._rows += [spec for spec in same if spec in self._before] or same[:1]

    def content(self) -> ComposeResult:
        """All optimizers there are."""
        rows = (Selection(self._row(spec), spec, spec in self._before) for spec in self._rows)
        yield CheckList(*rows, compact=True)

    def _row(self, spec: str) -> Content:
        optimizer = build(OPTIMIZERS, spec, "optimizer")
        lr = "compared" if "lr" in self._axes else number_text(optimizer.lr)
        notes = [part for part in spec.split(":")[1:] if not part.startswith("lr=")]
        notes += ["one step an epoch"] if optimizer.full_batch else []
        return Content.assemble(f"{optimizer.name:<10} lr {lr:<10}", ("  ".join(notes), "dim"))

    def answer(self) -> Experiment:
        """The experiment with the optimizers chosen; those that ran before stay in their order."""
        rows = [spec for spec in self._rows if spec in self.query_one(CheckList).selected]
        specs = sorted(rows, key=lambda spec: [*self._before, spec].index(spec))
        if not specs:
            raise InputError("choose at least one optimizer")
        axes = self._axes if "optimizer" in self._axes else {"optimizer": (), **self._axes}
        if len(specs) > 1:
            return self.experiment.replace(compare=axes | {"optimizer": specs})
        others = {axis: values for axis, values in axes.items() if axis != "optimizer"}
        return self.experiment.replace(optimizer=specs[0], compare=others)


class DataDialog(Dialog):
    """Which data: a known data set, or a file or folder of one's own, which is read first.

    Args:
        experiment: what is trained now.
        load: begins to read the data of an experiment, while the training goes on.
    """

    TITLE = "Data set"
    OWN = "a .csv or .npz file, or a folder of IDX files"

    def __init__(self, experiment: Experiment, load: Callable[[Experiment], Loading]) -> None:
        super().__init__(experiment)
        self._begin_loading = load
        self._awaited: Loading | None = None
        self._known = {entry.name: entry for entry in datasets.catalog(experiment.data_dir)}

    def content(self) -> ComposeResult:
        """The known ones, then where one's own is."""
        entries = (*self._known.values(), datasets.Entry("your own", self.OWN, "path below", True))
        yield OptionList(*map(self._row, entries), compact=True)
        path = "" if self.experiment.data in self._known else self.experiment.data
        yield Field("path", "path", Input(path, placeholder=self.OWN, compact=True))
        column = "the column of the classes; the last, if empty"
        target = Input(self.experiment.target or "", placeholder=column, compact=True)
        yield Field("target", "target", target)

    def _row(self, entry: datasets.Entry) -> Option:
        place = "on this machine" if entry.is_here else entry.where.partition(":")[0]
        place = entry.where if len(entry.where) <= 16 else place
        return Option(
            Content.assemble(f"{entry.name:<15}", f"{place:<18.16}", (entry.description, "dim"))
        )

    def on_mount(self) -> None:
        """Mark what is trained now."""
        self.set_interval(0.05, self._look)
        marked = [*self._known, self.experiment.data].index(self.experiment.data)
        self.query_one(OptionList).highlighted = marked

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Whoever goes to the path means to use it."""
        if isinstance(event.widget, Input):
            self.query_one(OptionList).highlighted = len(self._known)

    def answer(self) -> Experiment:
        """The experiment with the data that are marked, not yet read."""
        name = [*self._known, self.field("path").text][self.query_one(OptionList).highlighted or 0]
        if not name:
            raise FieldError(f"the path of {self.OWN} is needed", self.field("path"))
        target = None if name in self._known else self.field("target").text or None
        return self.experiment.replace(data=name, target=target)

    def summary(self, experiment: Experiment) -> str:
        """What they are, and where."""
        entry = self._known.get(experiment.data)
        if entry is None:
            return "It is read before it is trained on."
        return f"{entry.description}\n{entry.where}"

    def accept(self, experiment: Experiment) -> None:
        """Close with it, once a file or folder of one's own was read; meanwhile go on."""
        if experiment.data in self._known:
            super().accept(experiment)
        else:
            self._awaited = self._begin_loading(experiment)

    def _look(self) -> None:
        """Close once the data are there, or say why they cannot be had."""
        loading = self._awaited
        if loading is not None and loading.is_over and self.is_current:
            self._awaited = None
            if loading.failure is not None:
                self.say(loading.failure, "-refused")
            else:
                super().accept(loading.experiment)

    @on(Input.Changed)
    @on(OptionList.OptionHighlighted)
    def forget(self) -> None:
        """What is typed over is not waited for any more."""
        self._awaited = None


class NetworkDialog(Dialog):
    """How large the network is, and how long it is trained.

    Args:
        experiment: what is trained now.
        dataset: what it is trained on, where known: parameters and epochs are counted by it.
    """

    TITLE = "Network and batches"

    def __init__(self, experiment: Experiment, dataset: DatasetInfo | None = None) -> None:
        super().__init__(experiment)
        self._dataset = dataset

    def content(self) -> ComposeResult:
        """The widths of the layers, then the numbers."""
        yield Field("hidden", "hidden layers", Input(hidden_text(self.experiment), compact=True))
        for key in ("batch_size", "iterations", "seed"):
            value = str(getattr(self.experiment, key))
            yield Field(key, key.replace("_", " "), Input(value, compact=True))

    def answer(self) -> Experiment:
        """The experiment with these numbers."""
        experiment = self.experiment
        for field in self.query(Field):
            experiment = field.changed(experiment, **{str(field.id): field.text})
        return experiment

    def summary(self, experiment: Experiment) -> str:
        """How large that is."""
        hidden, data, runs = hidden_text(experiment), self._dataset, len(experiment.runs)
        if data is None:
            return f"{sum(experiment.widths):,} hidden units, {runs} runs"
        sizes = (data.features, *experiment.widths, data.classes)
        size = f"{data.features}-{hidden}-{data.classes}: {count_parameters(sizes):,} parameters"
        epochs = experiment.iterations / math.ceil(data.train / experiment.batch_size)
        return f"{size} × {runs} runs\n{epochs:,.1f} epochs"


DIALOGS: dict[str, Callable[[Training, Loader], Dialog]] = {
    "compare": lambda training, _: CompareDialog(training.experiment),
    "optimizers": lambda training, _: OptimizersDialog(training.experiment),
    "data": lambda training, loader: DataDialog(training.experiment, loader.load),
    "network": lambda training, _: NetworkDialog(
        training.experiment, started.dataset if (started := training.history.started) else None
    ),
}
"""What makes each dialog for the training that is on the screen, by its name."""


def hidden_text(experiment: Experiment) -> str:
    """The widths of the hidden layers as the option has them, such as 100x4,50."""
    counts = [(width, len(list(same))) for width, same in groupby(experiment.widths)]
    return ",".join(f"{width}x{n}" if n > 1 else str(width) for width, n in counts) or "none"
