"""What every app of ours does, whatever feeds its screens: its life, its messages, its help."""

import asyncio
import errno
import gc
import math
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from queue import Empty, Full, Queue

from rich.console import Console
from textual import events
from textual.actions import parse
from textual.app import SystemCommand
from textual.binding import Binding
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer

from tui_optim.errors import inert
from tui_optim.lessons import FOR_FINDING
from tui_optim.report import final_report, has_result
from tui_optim.signals import interruptible
from tui_optim.streams import abandon
from tui_optim.tui.ahead import TypedAhead
from tui_optim.tui.ascii import Ascii
from tui_optim.tui.curves import write_curves
from tui_optim.tui.keys import BINDINGS, MOST_USED
from tui_optim.tui.screens.findings import FindingsScreen
from tui_optim.tui.screens.help import HelpScreen, help_groups, key_text
from tui_optim.tui.screens.main import MainScreen
from tui_optim.tui.screens.messages import MessagesScreen
from tui_optim.tui.source import Source
from tui_optim.tui.svg import in_cells
from tui_optim.tui.view import View
from tui_optim.tui.widgets.findings import NOTHING_WRONG
from tui_optim.tui.widgets.keyline import KeyLine

ASCII = Ascii()
BLINK = 0.2
"""Seconds after which who waits for a line that stands still looks whether it has hung up."""
HURRY = 0.5
"""Seconds that something may take to begin, before the screen says that it does."""
PATIENCE = 5.0
"""Seconds that an interrupted app has to end in order."""
RESTORE = b"".join(
    b"\x1b[" + code
    for code in (b"<u", b"?1000l", b"?1003l", b"?1006l", b"?1015l", b"?1004l", b"?2004l", b"?7h")
) + (b"\x1b[?1049l\x1b[?25h")
"""Undoes what the app has asked of the terminal: keys, mouse, focus, paste, wrapping, screen."""


class BaseApp(TypedAhead):
    """The screens over a source.

    Args:
        source: what feeds the screens.
        fps: redraws a second at most.
        view: how it is shown at first.

    Attributes:
        main: the screen that shows it.
        messages: what was said, each with the time.
        warnings: what was printed on standard error.
        interrupted: whether a signal ended it, or its terminal's hanging up.
        keeps_going: whether it only leaves the screen when its terminal hangs up.
        detached: whether it has.
    """

    TITLE = "tui-optim"
    CSS_PATH = "screens/main.tcss"
    BINDINGS = [Binding("ctrl+c", "quit", "quit", show=False, priority=True)]  # over all screens

    def __init__(self, source: Source, *, fps: float = 4, view: View | None = None) -> None:
        super().__init__()
        self.source = source
        self.main = MainScreen(source, view or View(), self.key_line())
        self.messages: deque[tuple[str, str]] = deque(maxlen=1000)
        self.warnings: deque[str] = deque(maxlen=1000)
        self.interrupted = self.keeps_going = self.detached = False
        self._fps = fps
        self._unfinished = {False: "", True: ""}  # lines of standard output, standard error
        self._shown_soon: Callable[[], None] | None = None
        self._warned = -math.inf
        self._hurry: Timer | None = None
        self._hurry_until = 0.0
        stdin = sys.__stdin__
        self._terminal = stdin.fileno() if stdin is not None and stdin.isatty() else None
        self._loop_of_app: asyncio.AbstractEventLoop | None = None

    def key_line(self) -> KeyLine:
        """The line of the most used keys."""
        return KeyLine(MOST_USED)

    def get_default_screen(self) -> MainScreen:
        return self.main

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual asks what happens to every line before it is shown."""
        filters = super().get_line_filters()
        return [*filters, ASCII] if self.main.view.ascii else filters

    def on_mount(self) -> None:
        self._loop_of_app = asyncio.get_running_loop()
        self.set_class(self.main.view.ascii, "-ascii")
        self.begin_capture_print(self)
        if self._driver is not None and self._writes is not None:
            self._driver.write = self._put  # type: ignore[method-assign]
        if self.interrupted or self.detached:  # before there was a loop to tell
            self._leave()
            return
        self.set_interval(1 / self._fps, self._tick)
        self.call_after_refresh(self._begin)  # a training would slow the first layout

    def _begin(self) -> None:
        if self.interrupted or self.detached:
            self.exit()
            return
        self.source.open()
        self.hurry()

    def hurry(self) -> None:
        """Draw what begins as soon as there is something to see of it; until then, what was there.

        Where that takes longer, to load data, the screen says so.
        """
        if self._hurry is not None:
            self._hurry.stop()
        self._hurry_until = time.monotonic() + HURRY
        self._hurry = self.set_interval(1 / 50, self._draw_first, repeat=round(50 * HURRY))

    def _draw_first(self) -> None:
        if self._hurry is not None and self._has_something_to_show():
            self._hurry.stop()
            self.main.draw()

    def _has_something_to_show(self) -> bool:
        training = self.source.current
        return training.history.iteration > 1 or training.failure is not None

    def on_unmount(self) -> None:
        if not self.detached:
            self.source.close()

    def _tick(self) -> None:
        if self._hung_up() and not (self.interrupted or self.detached):
            self.hang_up()
        while self.source.notices:
            self.say(self.source.notices.popleft(), "warning", timeout=10)
        if self._has_something_to_show() or time.monotonic() > self._hurry_until:
            self.main.draw_if_affordable()

    def _hung_up(self) -> bool:
        return self._terminal is not None and not os.isatty(self._terminal)

    def interrupt(self) -> None:
        """End in order, soon, whatever the app is doing; may be called by a signal's handler."""
        self.interrupted = True
        self.source.stop("interrupted")
        self._leave()

    def hang_up(self) -> None:
        """The terminal has hung up; may be called by a signal's handler."""
        if self.keeps_going:
            self.detached = True
            self._leave()
        else:
            self.interrupt()

    def finish(self) -> None:
        """Go on without screens, as long as there is something to do."""

    def _leave(self) -> None:
        if self._loop_of_app is not None and not self._loop_of_app.is_closed():
            self._loop_of_app.call_soon_threadsafe(self._abandon)

    def _abandon(self) -> None:
        if self._hung_up() and (writes := self._writes) is not None:
            with suppress(Empty):  # or there would be no room to tell its writer to end
                while True:
                    writes.get_nowait()
        self.exit()

    # Textual's writer dies of a dead terminal, and whoever writes more waits for it for ever; the
    # system's SIGCONT makes it another, which dies, too. Nor is a signal seen by who waits so: the
    # system may have shown it to another thread.

    @property
    def _writes(self) -> "Queue[str | None] | None":
        """What Textual's writer has still to write; None where it has none."""
        writes = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return writes if isinstance(writes, Queue) else None

    def _put(self, data: str) -> None:
        """As Textual's driver does, but nothing to a terminal that has hung up."""
        while not self._hung_up() and (writes := self._writes) is not None:
            with suppress(Full):
                writes.put(data, timeout=BLINK)
                return

    # What the source does not obey.

    def refusal(self, binding: Binding) -> str | None:
        """Why what a key does cannot be done, in a line; None where it can."""
        _, action, parameters = parse(binding.action)
        return self.source.refusal(action, parameters)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None, which dims an action's key in the footer, where the source does not obey."""
        if self.source.refusal(action, parameters) is not None:
            return None
        return super().check_action(action, parameters)

    async def on_event(self, event: events.Event) -> None:
        """What a key does is seen before the training goes on: it would take twice as long."""
        if isinstance(event, events.Key):
            self.source.hold()
        await super().on_event(event)
        if isinstance(event, events.Key):
            self.call_after_refresh(self.source.release)

    def on_key(self, event: events.Key) -> None:
        """Say why a key that is dimmed does nothing."""
        active = self.screen.active_bindings.get(event.key)
        if active is not None and (why := self.refusal(active.binding)) is not None:
            self.say(why, "warning")

    # What is said.

    def say(self, text: str, severity: SeverityLevel = "information", timeout: float = 3) -> None:
        """Show a message for some seconds, and keep it; of those in a burst the last is shown."""
        text = inert(text)
        if self.messages and self.messages[-1][1] == text:
            self.messages.pop()
        self.messages.append((time.strftime("%H:%M:%S"), text))
        if self._shown_soon is None:
            self.call_later(self._show_message)
        self._shown_soon = partial(
            self.notify, text, severity=severity, timeout=timeout, markup=False
        )

    def _show_message(self) -> None:
        self.clear_notifications()  # one at a time, or they would cover the screen
        if self._shown_soon is not None:
            self._shown_soon()
        self._shown_soon = None

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

    # What keys do that is the same whatever feeds the screens.

    def action_messages(self) -> None:
        self.push_screen(MessagesScreen(list(self.messages)))

    def action_findings(self) -> None:
        history = self.source.current.history
        if history.findings:
            screen = FindingsScreen(history, self.main.view, self._lesson_for, self.main.select)
            self.push_screen(screen, self._open_lesson)
        else:
            self.say(NOTHING_WRONG)

    def _lesson_for(self, kind: str) -> str | None:
        """The lesson on a kind of finding, where lessons can be opened."""
        return FOR_FINDING.get(kind) if hasattr(self, "action_lesson") else None

    async def _open_lesson(self, name: str | None) -> None:
        if name is not None:
            await self.run_action(f"app.lesson({name!r})")

    def action_help(self) -> None:
        refused = [binding for binding in BINDINGS if self.refusal(binding) is not None]
        self.push_screen(HelpScreen(help_groups(BINDINGS), dimmed=help_groups(refused)))

    def action_write(self) -> None:
        self.clear_notifications()  # what was said is no part of the picture
        self.call_after_refresh(self._write)

    def _write(self) -> None:
        stem = time.strftime("tui-optim-%Y%m%d-%H%M%S")
        picture = Path(f"{stem}.svg")
        try:
            picture.write_text(in_cells(self.export_screenshot()), encoding="utf-8")
            curves = write_curves(self.source.current.whole, Path(f"{stem}.csv"))
        except OSError as error:
            self.say(f"cannot write here: {error.strerror or error}", "error")
        else:
            self.say(f"written: {picture.resolve()} and {curves.name}", timeout=6)

    def action_command_palette(self) -> None:
        if self.screen is self.main:  # what its commands do is not for a dialog
            super().action_command_palette()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """All keys, and the choice of a theme."""
        for binding in BINDINGS:
            _, action, parameters = parse(binding.action)
            if self.main.check_action(action, parameters):  # some are of one view alone
                yield self._command(binding)
        themes = "Theme: light, dark and others"
        yield SystemCommand(themes, "what it is coloured with", self.action_change_theme)

    def _command(self, binding: Binding) -> SystemCommand:
        group = (binding.id or "").partition(".")[0].replace("-", " ")
        title = f"{group.capitalize()}: {binding.tooltip}"
        refusal = self.refusal(binding)
        if refusal is not None:
            return SystemCommand(title, f"key {key_text(binding)}", partial(self.say, refusal))
        run = partial(self.run_action, binding.action, self.main)
        return SystemCommand(title, f"key {key_text(binding)}", run)


def run(app: BaseApp) -> None:
    """Open an app, and when it is closed print the final table, which stays in the scrollback.

    Where it only leaves the screen, go on without, and print nothing: nobody is there.
    """
    with ExitStack() as stack:
        stack.enter_context(
            interruptible(
                app.interrupt,
                patience=PATIENCE,
                restore=RESTORE,
                hang_up=app.hang_up if app.keeps_going else None,
            )
        )
        stack.callback(app.source.close)
        gc.freeze()  # what is imported stays: a collection that goes over it holds keys up
        stack.callback(gc.unfreeze)
        try:
            app.run()
            if not app.detached:
                _say_farewell(app)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            app.hang_up()
            _abandon_terminal()
        if app.detached:
            _abandon_terminal()
            app.finish()


def _abandon_terminal() -> None:
    for stream in (sys.stdout, sys.stderr):
        abandon(stream)


def _say_farewell(app: BaseApp) -> None:
    """The result, and what went wrong."""
    source = app.source
    known = [each.whole for each in (source.current, source.ghost) if each is not None]
    history = next(filter(has_result, known), None)
    if history is not None:
        console = Console(highlight=False)
        console.print(final_report(history, console.width, app.main.view.language))
    for line in app.warnings:
        print(inert(line), file=sys.stderr)
    if source.fault:
        print(source.fault, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
