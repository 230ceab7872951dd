"""Logs without screens: the final table of what they hold, printed once."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tui_optim.errors import InputError
from tui_optim.language import Language
from tui_optim.logs.replay import Replay
from tui_optim.report import final_report
from tui_optim.training.together import Together

AGAIN = 0.05
"""Seconds after which it is looked again whether a pipe has more."""


def print_once(sources: Sequence[Path | int], language: Language) -> int:
    """Read logs as far as they go, pipes to their end, and print the final table.

    Args:
        sources: files, or descriptors of pipes.
        language: that a person is spoken to in.

    Returns:
        The exit code, 0.

    Raises:
        InputError: when a log cannot be read, or there is no training in it.
    """
    replays = [Replay(source) for source in sources]
    for replay, source in zip(replays, sources, strict=True):
        while replay.advance(1) or (isinstance(source, int) and not replay.ended):
            if replay.caught_up:
                time.sleep(AGAIN)
    histories = {replay.name: replay.history for replay in replays}
    reading = replays[0].history if len(replays) == 1 else Together(histories)
    if not reading.iteration:
        raise InputError("no training in it: nothing has been trained yet, or the log is another's")
    console = Console(highlight=False)
    console.print(final_report(reading, console.width, language))
    return 0
