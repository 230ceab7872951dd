"""The line at the top: what is trained, and how far it is."""

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from tui_optim.report import rate, shape
from tui_optim.training.reading import Reading
from tui_optim.tui.text import bar, clock, fitted, joined, safe_text
from tui_optim.tui.widgets.pane import Shown

NAME_CELLS, PROGRESS_CELLS = 24, 16
WORTH = ("batch_size", "seed")
"""Of the other options those that are worth a word."""


class Header(Static):
    """One line: data, network, settings; at the right state, iteration, speed, time."""

    _line = Text()

    def show(self, shown: Shown, instead: tuple[str, str] | None = None) -> None:
        """Draw it, if it differs from what it showed: what is the same need not go over a line.

        Args:
            shown: the training.
            instead: what is on the screen instead of it, and how far that is.
        """
        width = self.content_size.width
        state = self._state(shown, width) if instead is None else Text(f"{instead[1]} ", "bold")
        name = fitted(shown.training.title, min(cell_len(shown.training.title), NAME_CELLS))
        line = Text(f" {name or 'tui-optim'}  " if width >= 100 else " ", "bold", no_wrap=True)
        room = width - state.cell_len - line.cell_len - 1
        parts = self._what(shown) if instead is None else instead[0].split(" · ")
        what = Text(joined(parts, " · ", room))
        what.pad_right(max(0, room - what.cell_len))
        line = safe_text(Text.assemble(line, what, " ", state), shown.view.ascii)
        if line != self._line:
            self._line = line
            self.update(line, layout=False)

    def _what(self, shown: Shown) -> list[str]:
        """The most telling first: in a narrow line the last ones go."""
        experiment = shown.training.experiment
        if experiment is None:
            return _foreign(shown.training.history)
        axes = dict(experiment.axes)
        started = shown.training.history.started
        ends = (started.dataset.features, started.dataset.classes) if started else None
        fixed = (axis for axis in ("activation", "initializer", "optimizer") if axis not in axes)
        return [
            experiment.data.rpartition("/")[2],
            shape(experiment.widths, ends),
            *(str(getattr(experiment, axis)) for axis in fixed),
            f"batch {experiment.batch_size}",
            f"seed {experiment.seed}",
        ]

    def _state(self, shown: Shown, width: int) -> Text:
        training, history = shown.training, shown.training.history
        if training.failure is not None:
            return Text("✗ failed ", "bold red")
        if history.started is None:
            return Text(f"{training.waiting if training.title else 'loading …'} ", "bold")
        known = history.iterations > 0  # a log may not tell
        count = f"{history.iteration}/{history.iterations}" if known else f"{history.iteration}"
        speed = f"pace {training.pace:g} it/s" if training.pace else f"{rate(history.rate)} it/s"
        if training.moment is not None:
            style, parts = "bold reverse", [f" ◷ {count}", *training.notes]
        elif history.ended is not None:
            why = "done" if history.ended.reason == "completed" else history.ended.reason
            style, parts = "bold", [f"■ {why}", count, *training.notes]
        elif training.paused:
            style, parts = "bold reverse", [" ‖ paused", count, *training.notes]
        elif training.going:
            style, parts = "bold green", [f"▶ {count}", *training.notes, speed]
        else:
            style, parts = "bold", [f"■ {count}", *training.notes]
        said = joined([*parts, clock(history.seconds)], " · ", max(width // 2 - 4, 12))
        state = Text(f"{said} ", style)
        if width < 100 or not known:
            return state
        done = bar(history.iteration / max(history.iterations, 1), PROGRESS_CELLS).rstrip()
        rest = "─" * (PROGRESS_CELLS - len(done))
        return Text.assemble((done, "bold"), (rest, "dim"), "  ", state)


def _foreign(history: Reading) -> list[str]:
    """What is told of logs together, or of an experiment that cannot be made here."""
    started = history.started
    if started is None:
        return []
    data, options = started.dataset, started.experiment
    widths = [layer.outputs for layer in started.layers]
    network = shape(widths[:-1], (data.features, widths[-1])) if widths else ""
    same = (
        {getattr(run, axis) for run in started.runs}
        for axis in ("activation", "initializer", "optimizer")
    )
    return [
        *filter(None, [data.name.rpartition("/")[2], network]),
        *(value for values in same if len(values) == 1 and (value := values.pop())),
        *(f"{name.partition('_')[0]} {options[name]}" for name in WORTH if name in options),
    ]
