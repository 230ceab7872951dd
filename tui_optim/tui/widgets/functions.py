"""The activation functions, each with its derivative, in charts of one scale."""

import numpy as np
from textual.app import ComposeResult
from textual.containers import Container

from tui_optim.nn.activations import ACTIVATIONS
from tui_optim.nn.specs import build
from tui_optim.tui.view import ASCII_SIGNS, COLORS, LIGHT_COLORS, SIGNS
from tui_optim.tui.widgets.chart import Chart
from tui_optim.tui.widgets.pane import Shown, Titled
from tui_optim.tui.widgets.plot import Line, Plot

REACH, POINTS = 6.0, 241
"""How far from 0 they are drawn, and at how many points."""
RANGE = -1.0, 1.5
"""The ends of y where several are to be compared; what is higher is left out."""
MARKED = 5.0
"""Where the lecture looks at a neuron: sigmoid's derivative is 0.0066 there."""


class FunctionChart(Titled, Chart, can_focus=True):
    """A function f(t) and its derivative f′(t)."""

    def __init__(self) -> None:
        super().__init__(classes="pane")

    def show(self, shown: Shown, spec: str, *, alone: bool) -> None:
        """Draw them; the mark is for one alone, the common scale for several."""
        dark, ascii_only = self.app.current_theme.dark, shown.view.ascii
        colors, signs = COLORS if dark else LIGHT_COLORS, ASCII_SIGNS if ascii_only else SIGNS
        legend = f"{signs[0]} f  {signs[1]} f′"
        self.entitle(shown, spec, f"{legend}  ▲ t = {MARKED:g}" if alone else legend)
        t = np.linspace(-REACH, REACH, POINTS)
        lines = []
        for values, color, sign in zip(
            build(ACTIVATIONS, spec, "activation").at(t), colors, signs, strict=False
        ):
            y = np.where(values <= RANGE[1], values, np.nan)
            lines.append(Line(t, y, color, sign=sign, marker=sign))
        self.ascii = ascii_only
        mark = (MARKED, "▲", "#ffffff" if dark else "#000000")
        self.plot = Plot(
            tuple(lines),
            False,
            "t",
            marks=(mark,) if alone else (),
            y_range=None if alone else RANGE,
        )


class FunctionsView(Container):
    """A chart for each.

    Attributes:
        specs: the activations, one or some.
    """

    def __init__(self) -> None:
        super().__init__(id="functions")
        self.specs: tuple[str, ...] = tuple(ACTIVATIONS)

    def compose(self) -> ComposeResult:
        """As many as there are functions at most."""
        for _ in ACTIVATIONS:
            yield FunctionChart()

    def show(self, shown: Shown) -> None:
        """Draw them."""
        alone = len(self.specs) == 1
        self.set_class(alone, "-alone")
        for index, chart in enumerate(self.query(FunctionChart)):
            chart.display = index < len(self.specs)
            if chart.display:
                chart.show(shown, self.specs[index], alone=alone)
