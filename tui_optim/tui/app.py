"""The app: keys, and what they do to the session and to the view."""

import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from textual.app import App

from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LogWriter
from tui_optim.report import final_report
from tui_optim.tui.curves import write_curves
from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.dialogs import (
    CompareDialog,
    DataDialog,
    NetworkDialog,
    OptimizersDialog,
)
from tui_optim.tui.screens.help import HelpScreen, help_groups
from tui_optim.tui.screens.main import MainScreen
from tui_optim.tui.session import Session
from tui_optim.tui.view import AXES, SMOOTHINGS, STATISTICS, View
from tui_optim.tui.widgets.pane import Shown
from tui_optim.tui.widgets.runs import RunsPane

INITIALIZERS = ("zeros", "normal:std=1", "normal:std=0.01", "xavier", "he")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu")
PACES = (1.0, 10.0, 100.0, None)
SHARE = 0.05
"""How much of the time drawing may take of the interpreter while a training runs."""


class TuiOptim(App[None]):
    """The live laboratory."""

    TITLE = "tui-optim"
    CSS_PATH = "screens/main.tcss"
    BINDINGS = BINDINGS

    def __init__(self, session: Session, *, fps: float = 4, view: View | None = None) -> None:
        super().__init__()
        self.session = session
        self.view = view or View()
        self._fps = fps
        self._drawn_at = 0.0  # wall clock and processor time when the panes were last drawn
        self._drawn_cpu = 0.0

    def get_default_screen(self) -> MainScreen:
        """The main screen."""
        return MainScreen()

    def on_mount(self) -> None:
        """Train, and look at it some times a second."""
        self.session.open()
        self.set_interval(1 / self._fps, self._tick)

    def on_unmount(self) -> None:
        """No thread outlives the app."""
        self.session.close()

    def _tick(self) -> None:
        """Draw, unless that would take more than its share of the training's time."""
        history = self.session.current.history
        busy = history.ended is None and not self.session.current.control.paused
        spent = time.thread_time() - self._drawn_cpu
        if not busy or spent <= SHARE * (time.perf_counter() - self._drawn_at):
            self.draw()

    def draw(self) -> None:
        """Draw the panes as things stand now."""
        self._drawn_at, self._drawn_cpu = time.perf_counter(), time.thread_time()
        screen = self.screen_stack[0]
        if isinstance(screen, MainScreen):
            screen.show(Shown(self.session.current, self.session.ghost, self.view))

    def look(self, view: View) -> None:
        """Change the view and draw at once."""
        self.view = view
        self.draw()

    def train(self, experiment: Experiment, what: str) -> None:
        """Train something else, and say in a line what has changed."""
        self.session.start(experiment)
        self.notify(what, timeout=3)
        self.draw()

    def action_dialog(self, name: str) -> None:
        """Ask for another experiment; the training goes on beneath."""
        experiment = self.session.current.experiment
        started = self.session.current.history.started
        dialog = (
            NetworkDialog(experiment, started.dataset if started else None)
            if name == "network"
            else {"compare": CompareDialog, "optimizers": OptimizersDialog, "data": DataDialog}[
                name
            ](experiment)
        )
        self.push_screen(dialog, self._train_answer)

    def _train_answer(self, experiment: Experiment | None) -> None:
        if experiment is not None and experiment != self.session.current.experiment:
            self.train(experiment, "another experiment: the one before stays as a ghost")

    def action_help(self) -> None:
        self.push_screen(HelpScreen(help_groups(BINDINGS)))

    def action_write(self) -> None:
        stem = time.strftime("tui-optim-%Y%m%d-%H%M%S")
        try:
            picture = Path(self.save_screenshot(f"{stem}.svg"))
            curves = write_curves(self.session.current.history, Path(f"{stem}.csv"))
        except OSError as error:
            self.notify(f"cannot write here: {error.strerror or error}", severity="error")
        else:
            self.notify(f"written: {picture.resolve()} and {curves.name}", timeout=6)

    def action_pause(self) -> None:
        control = self.session.current.control
        (control.resume if control.paused else control.pause)()
        self.draw()

    def action_step(self) -> None:
        self.session.current.control.step()

    def action_restart(self, seeds: int) -> None:
        experiment = self.session.current.experiment
        seed = experiment.seed + seeds
        self.train(experiment.replace(seed=seed), f"restarted with seed {seed}")

    def action_initializer(self, by: int) -> None:
        self._switch("initializer", INITIALIZERS, by)

    def action_activation(self, by: int) -> None:
        self._switch("activation", ACTIVATIONS, by)

    def _switch(self, axis: str, values: tuple[str, ...], by: int) -> None:
        experiment = self.session.current.experiment
        if axis in dict(experiment.axes):
            self.notify(f"the {axis} is what is compared: c changes that", timeout=3)
            return
        before = str(getattr(experiment, axis))
        index = values.index(before) if before in values else -1
        after = values[(index + by) % len(values)]
        self.train(experiment.replace(**{axis: after}), f"{axis}: {before} → {after}")

    def action_rate(self, factor: float) -> None:
        run = self.view.run(self.session.current.history)
        self._scale(factor, run)

    def action_rates(self, factor: float) -> None:
        self._scale(factor, None)

    def _scale(self, factor: float, run: str | None) -> None:
        try:
            self.session.current.control.scale_learning_rate(factor, run)
        except InputError as error:
            self.notify(str(error), severity="warning")
        else:
            verb = "halved" if factor < 1 else "doubled"
            self.notify(f"learning rate of {run or 'all runs'} {verb}", timeout=2)

    def action_pace(self, by: int) -> None:
        control = self.session.current.control
        index = PACES.index(control.pace) if control.pace in PACES else len(PACES) - 1
        pace = PACES[min(max(index + by, 0), len(PACES) - 1)]
        control.set_pace(pace)
        self.notify("full speed" if pace is None else f"{pace:g} iterations a second", timeout=2)
        self.draw()

    def action_extend(self) -> None:
        iterations = self.session.current.experiment.iterations
        self.session.extend(iterations)
        self.notify(f"{iterations:,} iterations more", timeout=2)

    def action_select(self, by: int) -> None:
        self.look(self.view.moved(self.session.current.history, by))

    def on_runs_pane_selected(self, message: RunsPane.Selected) -> None:
        """A run was clicked."""
        self.look(replace(self.view, selected=message.run))

    def action_hide(self) -> None:
        self.look(self.view.toggled(self.view.run(self.session.current.history)))

    def action_axis(self) -> None:
        self.look(self.view.next("axis", AXES))

    def action_smoothing(self) -> None:
        self.look(self.view.next("smoothing", SMOOTHINGS))

    def action_statistic(self) -> None:
        self.look(self.view.next("statistic", STATISTICS))

    def action_log_y(self) -> None:
        self.look(replace(self.view, log_y=not self.view.log_y))

    def action_ghost(self) -> None:
        self.look(replace(self.view, ghost=not self.view.ghost))

    def action_view(self, number: int) -> None:
        self._main.choose(number)
        self.call_after_refresh(self.draw)

    def action_zoom(self) -> None:
        self._main.zoom()
        self.call_after_refresh(self.draw)

    @property
    def _main(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)  # noqa: S101  the first screen is never replaced
        return screen


def run_app(
    experiment: Experiment,
    dataset: Dataset,
    *,
    log: str | None = None,
    log_every: int = 1,
    fps: float = 4,
    pace: float | None = None,
    ascii_only: bool = False,
) -> int:
    """Open the app, and when it is closed print the final table, which stays in the scrollback.

    Returns:
        The exit code.

    Raises:
        InputError: when the log cannot be written.
    """
    with ExitStack() as stack:
        writer = stack.enter_context(LogWriter(log, log_every)) if log else None
        session = Session(experiment, dataset, writer.write if writer else None, pace)
        TuiOptim(session, fps=fps, view=View(ascii=ascii_only)).run()
    history = session.current.history
    if history.iteration:
        Console(highlight=False).print(final_report(history))
    return 0
