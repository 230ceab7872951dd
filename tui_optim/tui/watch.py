"""The app over logs: what its keys do, and how it is opened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tui_optim.errors import InputError
from tui_optim.language import Language
from tui_optim.logs.folder import check_log, name_in
from tui_optim.logs.replay import Replay
from tui_optim.signals import INTERRUPTED
from tui_optim.tui.base import BaseApp, run
from tui_optim.tui.keys import MOST_USED_WATCHING
from tui_optim.tui.screens.logs import LogsScreen
from tui_optim.tui.view import View
from tui_optim.tui.watching import Log, Watching
from tui_optim.tui.widgets.keyline import KeyLine

EXPECTED = "expected a log (--json, or what --log FILE.jsonl writes): did what writes it fail?"


class WatchApp(BaseApp):
    """The screens over logs.

    Attributes:
        watching: what is read.
    """

    def __init__(self, watching: Watching, *, fps: float = 4, view: View | None = None) -> None:
        super().__init__(watching, fps=fps, view=view)
        self.watching = watching

    def key_line(self) -> KeyLine:
        return KeyLine(MOST_USED_WATCHING, only_enabled=True)

    def on_mount(self) -> None:
        if self.watching.folder is not None:
            self.action_dialog("data")

    def action_dialog(self, _name: str) -> None:
        """The list of logs; no other dialog is for a log."""
        if self.watching.folder is not None:
            self.push_screen(LogsScreen(self.watching.folder, self.watching.path), self._watch)

    def _watch(self, paths: list[Path] | None) -> None:
        if not paths or paths == [self.watching.path]:
            return
        try:
            for path in paths:
                check_log(path)
            self.watching.watch(open_logs(paths, self.watching.folder))
        except InputError as error:
            self.say(str(error), "warning")
        else:
            what = paths[0].name if len(paths) == 1 else f"{len(paths)} logs together"
            self.say(f"watching {what}: d lists the logs again")
            self.main.draw()

    def action_moment(self, by: int) -> None:
        if self._has_begun():
            self.watching.move(by)
            self.main.draw()

    def action_leap(self, tenths: int) -> None:
        if self._has_begun():
            self.watching.leap(tenths)
            self.main.draw()

    def action_jump(self, to: Literal["first", "last"]) -> None:
        if self._has_begun():
            self.watching.jump(to)
            if to == "last":
                self.say("following the end: , goes back to a moment", timeout=2)
            self.main.draw()

    def action_close_lesson(self) -> None:
        """No lesson is open over a log: there is nothing to close, nor to say."""

    def _has_begun(self) -> bool:
        """Whether there is a moment to look at; if not, say so."""
        if self.watching.moments:
            return True
        self.say("nothing has been read yet: there is no moment to go to", "warning")
        return False


def open_logs(sources: Sequence[Path | int], folder: Path | None = None) -> list[Log]:
    """What is to be read, each by a name of its own.

    Args:
        sources: files, or descriptors of pipes.
        folder: where the files were found, if they are to be called by their paths there.

    Raises:
        InputError: when one cannot be read.
    """
    stems = [source.stem for source in sources if isinstance(source, Path)]
    logs = []
    for source in sources:
        if isinstance(source, Path):
            single = stems.count(source.stem) == 1
            name = source.stem if single else str(source.with_suffix(""))
            name = name_in(folder, source) if folder is not None else name
            logs.append(Log(Replay(source, name), source))
        else:
            logs.append(Log(Replay(source)))
    return logs


def run_watch(
    sources: Sequence[Path | int],
    folder: Path | None = None,
    *,
    fps: float = 4,
    ascii_only: bool = False,
    lang: Language = "en",
) -> int:
    """Open the app over logs, and when it is closed print the final table.

    Args:
        sources: files, or descriptors of pipes.
        folder: where other logs may be chosen from.
        fps: redraws a second at most.
        ascii_only: whether the panes are drawn with ASCII characters only.
        lang: the language of findings.

    Returns:
        The exit code: 0; 1 where there was a fault of ours; 130 where a signal ended it.

    Raises:
        InputError: when a log cannot be read, or what was piped in ended without a training.
    """
    watching = Watching(open_logs(sources, folder), folder)
    app = WatchApp(watching, fps=fps, view=View(ascii=ascii_only, language=lang))
    run(app)
    if app.interrupted:
        return INTERRUPTED
    if watching.found_nothing:
        raise InputError(f"the input ended without a training: {EXPECTED}")
    return int(bool(watching.fault or app.return_code))
