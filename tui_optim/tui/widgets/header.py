"""The line at the top: what is trained, and how far it is."""

from rich.text import Text
from textual.widgets import Static

from tui_optim.tui.text import clock
from tui_optim.tui.widgets.pane import Shown


class Header(Static):
    """One line: data, network, settings; at the right state, iteration, speed, time."""

    def show(self, shown: Shown) -> None:
        """Draw it."""
        width = self.content_size.width
        state = self._state(shown)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" tui-optim ", "bold")
        line.append(" " + self._what(shown))
        room = width - state.cell_len - 1
        line.truncate(max(room, 0), overflow="ellipsis", pad=True)
        self.update(Text.assemble(line, " ", state))

    def _what(self, shown: Shown) -> str:
        experiment = shown.training.experiment
        axes = dict(experiment.axes)
        widths = experiment.widths
        same = len(set(widths)) == 1 and len(widths) > 2
        hidden = f"{widths[0]}×{len(widths)}" if same else "-".join(map(str, widths))
        started = shown.training.history.started
        if started is not None:
            data = started.dataset
            hidden = "-".join(
                part for part in (str(data.features), hidden, str(data.classes)) if part
            )
        parts = [experiment.data.rpartition("/")[2], hidden]
        fixed = (axis for axis in ("activation", "initializer", "optimizer") if axis not in axes)
        parts += [str(getattr(experiment, axis)) for axis in fixed]
        parts += [f"batch {experiment.batch_size}", f"seed {experiment.seed}"]
        return " · ".join(parts)

    def _state(self, shown: Shown) -> Text:
        history, control = shown.training.history, shown.training.control
        if shown.training.failure is not None:
            return Text("✗ failed ", "bold red")
        if history.started is None:
            return Text("loading … ", "bold")
        sign, style = "▶", "bold green"
        if history.ended is not None:
            sign, style = "■", "bold"
        elif control.paused:
            sign, style = "‖", "bold yellow"
        if shown.view.ascii:
            sign = {"▶": ">", "■": "#", "‖": "="}[sign]
        speed = f"pace {control.pace:g} it/s" if control.pace else f"{history.rate:,.0f} it/s"
        text = f"{sign} {history.iteration}/{history.iterations}"
        if history.ended is None:
            text += f" · {speed}"
        return Text(f"{text} · {clock(history.seconds)} ", style)
