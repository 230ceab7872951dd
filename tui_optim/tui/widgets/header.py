"""The line at the top: what is trained, and how far it is."""

from rich.text import Text
from textual.widgets import Static

from tui_optim.training.history import History
from tui_optim.tui.text import bar, clock, joined, safe_text
from tui_optim.tui.widgets.pane import Shown

PROGRESS_CELLS = 16


class Header(Static):
    """One line: data, network, settings; at the right state, iteration, speed, time."""

    def show(self, shown: Shown) -> None:
        """Draw it."""
        width = self.content_size.width
        state = self._state(shown, width)
        line = Text(" tui-optim  " if width >= 100 else " ", "bold", no_wrap=True)
        room = width - state.cell_len - line.cell_len - 1
        what = Text(joined(self._what(shown), " · ", room))
        what.pad_right(max(0, room - what.cell_len))
        line = Text.assemble(line, what, " ", state)
        self.update(safe_text(line, shown.view.ascii), layout=False)

    def _what(self, shown: Shown) -> list[str]:
        """The most telling first: in a narrow line the last ones go."""
        experiment = shown.training.experiment
        if experiment is None:
            return _foreign(shown.training.history)
        axes = dict(experiment.axes)
        widths = experiment.widths
        same = len(set(widths)) == 1 and len(widths) > 2
        hidden = f"{widths[0]}×{len(widths)}" if same else "-".join(map(str, widths))
        started = shown.training.history.started
        if started is not None:
            data = started.dataset
            hidden = "-".join(filter(None, (str(data.features), hidden, str(data.classes))))
        fixed = (axis for axis in ("activation", "initializer", "optimizer") if axis not in axes)
        return [
            experiment.data.rpartition("/")[2],
            hidden,
            *(str(getattr(experiment, axis)) for axis in fixed),
            f"batch {experiment.batch_size}",
            f"seed {experiment.seed}",
        ]

    def _state(self, shown: Shown, width: int) -> Text:
        training, history = shown.training, shown.training.history
        if training.failure is not None:
            return Text("✗ failed ", "bold red")
        if history.started is None:
            return Text("loading … ", "bold")
        count = f"{history.iteration}/{history.iterations}"
        speed = f"pace {training.pace:g} it/s" if training.pace else f"{history.rate:,.0f} it/s"
        if history.ended is not None:
            style, parts = "bold", ["■ done", count]
        elif training.paused:
            style, parts = "bold reverse", [" ‖ paused", count]
        else:
            style, parts = "bold green", [f"▶ {count}", speed]
        said = joined([*parts, clock(history.seconds)], " · ", max(width // 2 - 4, 12))
        state = Text(f"{said} ", style)
        if width < 100:
            return state
        done = bar(history.iteration / max(history.iterations, 1), PROGRESS_CELLS).rstrip()
        rest = "─" * (PROGRESS_CELLS - len(done))
        return Text.assemble((done, "bold"), (rest, "dim"), "  ", state)


def _foreign(history: History) -> list[str]:
    """What a log tells of an experiment that cannot be made here."""
    started = history.started
    if started is None:
        return []
    outputs = [str(layer.outputs) for layer in started.layers]
    same = (
        {getattr(run, axis) for run in started.runs}
        for axis in ("activation", "initializer", "optimizer")
    )
    return [
        started.dataset.name.rpartition("/")[2],
        "-".join([str(started.dataset.features), *outputs]),
        *(values.pop() for values in same if len(values) == 1),
    ]
