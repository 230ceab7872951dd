"""Logs without screens: a chart and the final table of what they hold, printed once."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from tui_optim.errors import InputError, inert
from tui_optim.experiment import MOST_RUNS
from tui_optim.language import Language
from tui_optim.logs.replay import Replay
from tui_optim.printing import laid_out, width
from tui_optim.report import exit_code, final_report, plural
from tui_optim.streams import mention
from tui_optim.training.reading import Reading
from tui_optim.training.together import Together
from tui_optim.tui.text import safe
from tui_optim.tui.view import AXIS_LABELS, SMOOTHING_LABELS, View
from tui_optim.tui.watch import open_logs
from tui_optim.tui.widgets.chart import draw
from tui_optim.tui.widgets.loss import loss_plot

PLAIN_WIDTH = 80
"""Cells of a line where standard output is no terminal."""
LEAST_HEIGHT, MOST_HEIGHT = 10, 20
AGAIN = 0.05
"""Seconds after which it is looked again whether a pipe has more."""


def print_once(sources: Sequence[Path | int], language: Language) -> int:
    """Read logs as far as they go, pipes to their end, and print a chart and the final table.

    Args:
        sources: files, or descriptors of pipes.
        language: that a person is spoken to in.

    Returns:
        The exit code: that of a training which went like this.

    Raises:
        InputError: when a log cannot be read, or there is no training in it.
        OSError: when standard output cannot be written.
    """
    replays = [log.replay for log in open_logs(sources)]
    for replay in replays:
        _read(replay)
    histories = {replay.name: replay.history for replay in replays}
    reading = replays[0].history if len(replays) == 1 else Together(histories)
    if not (reading.runs and reading.iteration):
        raise InputError(_nothing(replays))
    if reading.left_out:
        runs, most = len(reading.runs), f" (at most {MOST_RUNS})"
        shown = f"{plural(runs, 'run')} {'is' if runs == 1 else 'are'} shown"
        mention(f"{shown}, {reading.left_out:,} left out{most * (runs == MOST_RUNS)}")
    view = View(ascii=not _takes("⣿●╌"), language=language)
    cells, styled = width(PLAIN_WIDTH), sys.stdout.isatty() and not view.ascii
    parts = (*_chart(reading, view, cells), Text(), final_report(reading, cells, language))
    for line in laid_out(Group(*parts), cells, styled=styled).splitlines():
        print(safe(line.rstrip(), ascii_only=True) if view.ascii else line.rstrip())
    sys.stdout.flush()
    return exit_code(reading)


def _read(replay: Replay) -> None:
    """Read it to its end, and say what was not to be read."""
    while not (replay.ended if replay.size is None else replay.caught_up):
        if not replay.advance(1):
            time.sleep(AGAIN)
    replay.close()
    for notice in replay.notices:
        mention(notice)
    if replay.skipped:
        lines = plural(replay.skipped, "line")
        mention(f"{lines} of {replay.name} skipped, the last is {replay.faults[-1]}")


def _nothing(replays: Sequence[Replay]) -> str:
    names = ", ".join(replay.name for replay in replays)
    return f"no training in {names}: expected a log (--log FILE.jsonl) with a step in it"


def _chart(reading: Reading, view: View, cells: int) -> tuple[Text, ...]:
    """The title, the curves, and whose they are."""
    scale = "log y" if view.log_y else "linear y"
    title = f"Loss – {SMOOTHING_LABELS[view.smoothing]} · {scale} · {AXIS_LABELS[view.axis]}"
    height = min(max(cells // 5, LEAST_HEIGHT), MOST_HEIGHT)
    picture = draw(loss_plot(reading, view, cells, dark=True), cells, height, ascii=view.ascii)
    picture.end = "\n"
    return Text(title, "bold"), picture, *_legend(reading, view, cells)


def _legend(reading: Reading, view: View, cells: int) -> tuple[Text, ...]:
    """Whose the curves are, where there is no room for that beside their ends."""
    names = [inert(run) for run in reading.runs]
    if len(names) <= LEAST_HEIGHT // 2 and max(map(cell_len, names)) <= cells // 6 - 2:
        return ()
    said = [
        Text.assemble((view.sign(reading, run), view.color(reading, run, dark=True)), f" {name}")
        for run, name in zip(reading.runs, names, strict=True)
    ]
    return (Text("   ").join(said),)


def _takes(characters: str) -> bool:
    """Whether standard output has characters for these."""
    try:
        characters.encode(sys.stdout.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True
