"""The activation functions and their derivatives, as two charts."""

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
TOP = 2.0
"""What is higher is left out, or the S-shaped ones would be flat."""
MARKED = 5.0
"""Where the lecture looks at a neuron: sigmoid's derivative is 0.0066 there."""


class FunctionChart(Titled, Chart, can_focus=True):
    """The functions f(t), or their derivatives."""

    def __init__(self, title: str, id: str) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id, classes="pane")
        self._title = title

    def show(self, shown: Shown, specs: tuple[str, ...], *, derived: bool) -> None:
        """Draw them, each in a colour of its own."""
        dark, ascii_only = self.app.current_theme.dark, shown.view.ascii
        self.entitle(shown, self._title, f"▲ t = {MARKED:g}")
        colors, signs = COLORS if dark else LIGHT_COLORS, ASCII_SIGNS if ascii_only else SIGNS
        t = np.linspace(-REACH, REACH, POINTS)
        lines = []
        for spec, color, sign in zip(specs, colors, signs, strict=False):
            values = build(ACTIVATIONS, spec, "activation").at(t)[derived]
            y = np.where(values <= TOP, values, np.nan)
            lines.append(Line(t, y, color, sign=sign, name=spec, marker=sign))
        self.ascii = ascii_only
        mark = (MARKED, "^" if ascii_only else "▲", "#ffffff" if dark else "#000000")
        self.plot = Plot(tuple(lines), False, "t", marks=(mark,))


class FunctionsView(Container):
    """Both charts, beside or above one another.

    Attributes:
        specs: the activations.
    """

    def __init__(self) -> None:
        super().__init__(id="functions")
        self.specs: tuple[str, ...] = tuple(ACTIVATIONS)

    def compose(self) -> ComposeResult:
        """The functions, then the derivatives."""
        yield FunctionChart("Activations f(t)", "outputs")
        yield FunctionChart("Derivatives f′(t)", "derivatives")

    def show(self, shown: Shown) -> None:
        """Draw them."""
        self.query_one("#outputs", FunctionChart).show(shown, self.specs, derived=False)
        self.query_one("#derivatives", FunctionChart).show(shown, self.specs, derived=True)
