"""The command `watch`: what it is given, and whether there is a terminal to draw it on."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tui_optim.errors import InputError
from tui_optim.language import preferred
from tui_optim.logs import folder
from tui_optim.parser import Parser, add_drawing, add_language, check_output
from tui_optim.streams import can_draw, mention, no_screens, terminal_for_input

PIPE = "-"
EPILOG = """\
examples:
  tui-optim watch run.jsonl
  tui-optim watch sgd.jsonl adam.jsonl
  ssh -n host tui-optim --headless --json | tui-optim watch -
  ssh -n host tail -n +1 -f run.jsonl | tui-optim watch -

keys: , and . step through time, home and end jump, f follows the end; ? shows all
"""


def run(words: Sequence[str]) -> int:
    """Watch what the words name, and return the exit code.

    Raises:
        InputError: when a log cannot be read, or is none.
    """
    options = {"lang": preferred()} | _parser().options(words)
    check_output(options)
    once = "once" in options
    if once and ("fps" in options or "ascii" in options):
        raise InputError("--fps and --ascii are for the screens: leave them or --once out")
    named = [word for word in options["sources"] if word != PIPE]
    paths, among = folder.sources(named)
    piped = len(named) < len(options["sources"])
    if piped and among is not None:
        raise InputError(f"{str(among)!r} is a folder: name it alone, or logs in it beside -")
    if piped and sys.stdin.isatty():
        raise InputError(
            "standard input is a terminal: pipe a log into it "
            "(tui-optim --headless --json | tui-optim watch -)"
        )
    pipe = sys.stdin.fileno() if piped else None
    live = not once and can_draw()
    if live and not sys.stdin.isatty():  # keys are the terminal's; what is piped in is read, too
        given = terminal_for_input()
        live = given is not None
        pipe = given if piped and live else pipe
    sources: list[Path | int] = [*paths, *([] if pipe is None else [pipe])]
    if not live:
        if among is not None:
            mention(f"the newest log in {str(among)!r} is taken: {str(paths[0])!r}")
        return _print_once(sources, options)

    from tui_optim.tui.watch import run_watch

    return run_watch(
        sources,
        among,
        fps=options.get("fps", 4.0),
        ascii_only=bool(options.get("ascii")),
        lang=options["lang"],
    )


def _print_once(sources: Sequence[Path | int], options: dict[str, Any]) -> int:
    from tui_optim.tui.once import print_once

    if "once" not in options:
        mention(f"{no_screens()}: the final table is printed once")
    return print_once(sources, options["lang"])


def _parser() -> Parser:
    parser = Parser(
        prog="tui-optim watch",
        description="The app's screens over logs, finished or growing, or over a pipe.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    sources = "a log (FILE.jsonl), several to be compared, a folder of logs, - (standard input)"
    add("sources", metavar="SOURCE", nargs="+", help=sources)
    add("--once", action="store_true", help="print the final table and a chart, and leave")
    add_language(add)
    add_drawing(add)
    return parser
