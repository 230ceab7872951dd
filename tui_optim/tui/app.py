"""The app: its life from the first drawing to the final table, and what is said meanwhile."""

import asyncio
import errno
import math
import os
import sys
import time
from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial

from rich.console import Console
from textual import events
from textual.app import SystemCommand
from textual.binding import Binding
from textual.notifications import SeverityLevel
from textual.screen import Screen

from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError, inert
from tui_optim.experiment import Experiment
from tui_optim.logs.jsonl import LogWriter
from tui_optim.report import exit_code, final_report
from tui_optim.signals import INTERRUPTED, interruptible
from tui_optim.streams import abandon
from tui_optim.tui.actions import TrainingActions
from tui_optim.tui.keys import BINDINGS
from tui_optim.tui.screens.help import HelpScreen, help_groups, key_text
from tui_optim.tui.screens.main import MainScreen
from tui_optim.tui.screens.messages import MessagesScreen
from tui_optim.tui.session import Session
from tui_optim.tui.view import View

PATIENCE = 5.0
"""Seconds that an interrupted app has to end in order."""
RESTORE = b"".join(
    b"\x1b[" + code
    for code in (b"<u", b"?1000l", b"?1003l", b"?1006l", b"?1015l", b"?1004l", b"?2004l", b"?7h")
) + (b"\x1b[?1049l\x1b[?25h")
"""Undoes what the app has asked of the terminal: keys, mouse, focus, paste, wrapping, screen."""


class TuiOptim(TrainingActions):
    """The live laboratory.

    Attributes:
        messages: what was said, each with the time.
        warnings: what was printed on standard error.
        interrupted: whether a signal ended it, or its terminal's hanging up.
    """

    TITLE = "tui-optim"
    CSS_PATH = "screens/main.tcss"
    BINDINGS = [Binding("ctrl+c", "quit", "quit", show=False, priority=True)]  # over all screens

    def __init__(self, session: Session, *, fps: float = 4, view: View | None = None) -> None:
        super().__init__()
        self.session = session
        self.main = MainScreen(session, view or View())
        self.messages: deque[tuple[str, str]] = deque(maxlen=1000)
        self.warnings: deque[str] = deque(maxlen=1000)
        self.interrupted = False
        self._fps = fps
        self._log_failure_said = False
        self._unfinished = {False: "", True: ""}  # lines of standard output, standard error
        self._warned = -math.inf
        self._terminal: int | None = None
        self._loop_of_app: asyncio.AbstractEventLoop | None = None

    def get_default_screen(self) -> MainScreen:
        return self.main

    def on_mount(self) -> None:
        self._loop_of_app = asyncio.get_running_loop()
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            self._terminal = sys.__stdin__.fileno()
        self.set_class(self.main.view.ascii, "-ascii")
        self.begin_capture_print(self)
        if self.interrupted:  # before there was a loop to tell
            self.exit()
            return
        self.session.open()
        self.set_interval(1 / self._fps, self._tick)

    def on_unmount(self) -> None:
        self.session.close()

    def _tick(self) -> None:
        if self._terminal is not None and not os.isatty(self._terminal) and not self.interrupted:
            self.interrupt()  # it has hung up
        if self.session.log_failure and not self._log_failure_said:
            self._log_failure_said = True
            self.say(f"{self.session.log_failure}; the training goes on", "error", timeout=10)
        self.main.draw_if_affordable()

    def interrupt(self) -> None:
        """End in order, soon, whatever the app is doing; may be called by a signal's handler."""
        self.interrupted = True
        self.session.stop("interrupted")
        if self._loop_of_app is not None and not self._loop_of_app.is_closed():
            self._loop_of_app.call_soon_threadsafe(self.exit)

    # What is said.

    def say(self, text: str, severity: SeverityLevel = "information", timeout: float = 3) -> None:
        """Show a message for some seconds, and keep it."""
        self.messages.append((time.strftime("%H:%M:%S"), inert(text)))
        self.clear_notifications()  # one at a time, or they would cover the screen
        self.notify(inert(text), severity=severity, timeout=timeout, markup=False)

    def on_print(self, event: events.Print) -> None:
        """A warning or a stray print is a message, and nothing over the screen."""
        *lines, self._unfinished[event.stderr] = (
            self._unfinished[event.stderr] + event.text
        ).split("\n")
        for line in filter(str.strip, lines):
            self.messages.append((time.strftime("%H:%M:%S"), inert(line)))
            if event.stderr:
                self.warnings.append(line)
                self._warn()

    def _warn(self) -> None:
        """Point to the messages, once for what comes in a burst."""
        now = time.monotonic()
        if now > self._warned + 3:
            self._warned = now
            self.notify("There is a warning: key e shows it.", severity="warning", timeout=3)

    def action_messages(self) -> None:
        self.push_screen(MessagesScreen(list(self.messages)))

    def action_help(self) -> None:
        self.push_screen(HelpScreen(help_groups(BINDINGS)))

    def action_command_palette(self) -> None:
        if self.screen is self.main:  # what its commands do is not for a dialog
            super().action_command_palette()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """All keys, and the choice of a theme."""
        for binding in BINDINGS:
            yield self._command(binding)
        themes = "Theme: light, dark and others"
        yield SystemCommand(themes, "of the colours", self.action_change_theme)

    def _command(self, binding: Binding) -> SystemCommand:
        group = (binding.id or "").partition(".")[0].replace("-", " ")
        title = f"{group.capitalize()}: {binding.tooltip}"
        run = partial(self.run_action, binding.action, self.main)
        return SystemCommand(title, f"key {key_text(binding)}", run)


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
        The exit code: 0; 1 where a training failed by a fault of ours; 3 where every run of the
        last one diverged; 130 where a signal or the terminal's hanging up ended it.

    Raises:
        InputError: when the log cannot be written; the training has then ended in order.
    """
    with ExitStack() as stack:
        writer = stack.enter_context(LogWriter(log, log_every)) if log else None
        session = Session(experiment, dataset, writer.write if writer else None, pace)
        app = TuiOptim(session, fps=fps, view=View(ascii=ascii_only))
        stack.enter_context(interruptible(app.interrupt, patience=PATIENCE, restore=RESTORE))
        stack.callback(session.close)
        try:
            app.run()
            _say_farewell(app)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            app.interrupt()  # the terminal has hung up
            abandon(sys.stdout)
            abandon(sys.stderr)
    if session.log_failure:
        raise InputError(session.log_failure)
    if app.interrupted:
        return INTERRUPTED
    if session.fault or app.return_code:
        return 1
    return exit_code(session.current.history)


def _say_farewell(app: TuiOptim) -> None:
    """The result, and what went wrong."""
    session = app.session
    trainings = [each for each in (session.current, session.ghost) if each is not None]
    training = next((each for each in trainings if each.history.iteration), None)
    if training is not None:
        console = Console(highlight=False)
        console.print(final_report(training.history, console.width))
    for line in app.warnings:
        print(inert(line), file=sys.stderr)
    if app.session.fault:
        print(app.session.fault, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
