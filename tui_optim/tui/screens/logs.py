"""The list of the logs in a folder, of which one is to be watched, or several together."""

import time
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_optim.errors import inert
from tui_optim.events import Reason
from tui_optim.logs.folder import LogFile, logs_in, name_in
from tui_optim.report import plural
from tui_optim.tui.screens.help import FramedScreen
from tui_optim.tui.session import Worker
from tui_optim.tui.text import fitted

NAME = 26
"""The cells of a name."""
ENDS: dict[Reason | None, str] = {
    None: "",
    "completed": "done",
    "stopped": "stopped",
    "interrupted": "stopped",
    "failed": "failed",
}
"""What is said of how a log's last training has ended."""
AGAIN = 1.0
"""Seconds between two looks into the folder."""
SOON = 0.1
"""Seconds after which what was found there is on the screen, and that the first look may take
before the screen goes on: keys that are typed at once find a list.
"""


class LogsScreen(FramedScreen[list[Path]]):
    """The logs of a folder, the newest first; gives those that are chosen, or None.

    A worker looks into the folder: one that a network brings may be slow.

    Args:
        folder: whose logs; new ones appear.
        chosen: the one that is watched now.
    """

    TITLE = "Logs"
    KEYS = (
        "[@click=screen.mark][b]space[/b]: mark several[/] · "
        "[@click=screen.accept][b]enter[/b]: watch it, or those marked[/]"
    )
    BINDINGS = [
        Binding("enter", "accept", "watch this"),
        Binding("space", "mark"),
        Binding("q", "leave"),
    ]

    def __init__(self, folder: Path, chosen: Path | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._chosen = chosen
        self._logs: list[LogFile] = []
        self._marked: set[Path] = set()
        # What the worker has found, or why nothing; and what of it is on the screen.
        self._found: list[LogFile] | str = []
        self._shown: list[LogFile] | str = []
        self._worker = Worker(self._look, self._failed, idle=AGAIN)

    def content(self) -> ComposeResult:
        """A line a log."""
        yield OptionList(compact=True)

    def on_mount(self) -> None:
        """Show them, now and as they change."""
        self.query_one("#frame").border_title = Content(inert(f"Logs in {self._folder}"))
        self.say("looking into the folder …")
        self._worker.open()
        until = time.monotonic() + SOON
        while not self._found and time.monotonic() < until:
            time.sleep(SOON / 20)
        self._show()
        self.set_interval(SOON, self._show)

    def on_unmount(self) -> None:
        """Look no more; a look that takes long is not waited for."""
        self._worker.close(SOON)

    def _look(self) -> bool:
        self._found = logs_in(self._folder)
        return False

    def _failed(self, why: str) -> None:
        self._found = why

    def _show(self) -> None:
        """Show what was found, and keep the mark on the log that it is on."""
        found = self._found
        if found == self._shown:
            return
        self._shown = found
        if isinstance(found, str):
            self.say(found, "-problem")
            return
        pointed = self._pointed
        at = pointed.path if pointed else self._chosen
        self._logs = found
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._row(log)) for log in found)
        places = (place for place, log in enumerate(found) if log.path == at)
        options.highlighted = next(places, 0)
        self.tell()

    @property
    def _pointed(self) -> LogFile | None:
        at = self.query_one(OptionList).highlighted
        return self._logs[at] if at is not None and at < len(self._logs) else None

    @on(OptionList.OptionHighlighted)
    def tell(self) -> None:
        """What the log at the mark is of."""
        if (log := self._pointed) is None:
            return
        started = log.started
        what = "what it is of is not told at its beginning"
        if started is not None:
            runs = ", ".join(run.name for run in started.runs)
            what = f"{started.dataset.name}, {plural(len(started.runs), 'run')}: {runs}"
        self.say(f"{inert(log.path.relative_to(self._folder).as_posix())}\n{inert(what)}")

    @on(OptionList.OptionSelected)
    def action_accept(self) -> None:
        """Give the marked logs, in the order of the list; if none is, the one pointed at."""
        marked = [log.path for log in self._logs if log.path in self._marked]
        if (log := self._pointed) is not None:
            self.dismiss(marked or [log.path])

    def action_mark(self) -> None:
        """Mark the log that is pointed at, to be watched with others, or do so no more."""
        if (log := self._pointed) is not None:
            self._marked ^= {log.path}
            place = self._logs.index(log)
            self.query_one(OptionList).replace_option_prompt_at_index(place, self._row(log))

    def _row(self, log: LogFile) -> Content:
        """A log: its name, when it was written to, how far it goes, what it is of."""
        started = log.started
        runs = plural(len(started.runs), "run") if started else ""
        far = "" if log.iteration is None else f"{log.iteration:,}"
        told = f"{_when(log.modified):<13}{runs:>8}{far:>10} {ENDS[log.ended]:<8}"
        data = started.dataset.name.rpartition("/")[2] if started else ""
        mark = "+ " if log.path in self._marked else ""
        name = fitted(f"{mark}{name_in(self._folder, log.path)}", NAME)
        return Content.assemble(name, " ", told, (fitted(data, 12).rstrip(), "dim"))


def _when(modified: float) -> str:
    """Today's by the time, others by the date, too."""
    then, now = time.localtime(modified), time.localtime()
    return time.strftime("%H:%M:%S" if then[:3] == now[:3] else "%b %d %H:%M", then)
