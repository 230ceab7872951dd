"""The command line: reads it and hands over.

NumPy and everything above it are imported only in the branch that needs them, so that --version,
--help and a mistyped option answer at once.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tui_optim.errors import InputError
from tui_optim.language import preferred
from tui_optim.parser import Parser, add_drawing, add_language, check_output
from tui_optim.signals import INTERRUPTED
from tui_optim.streams import abandon, can_draw, mention, no_screens

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows only ASCII is no fault
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run(words)
        _flush()
    except InputError as error:
        return _refuse(str(error))
    except MemoryError:
        return _refuse("not enough memory: try fewer or smaller layers, fewer runs, less data")
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _open_closed_streams() -> None:
    """What the shell has closed (`<&-`) has nothing to read, and takes and shows nothing."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            stream = open(nowhere, mode, encoding="utf-8", closefd=False)  # noqa: SIM115  for good
            setattr(sys, name, stream)


def _run(words: Sequence[str]) -> int:
    commands = {"train": _train, "watch": _watch, "data": _data, "lesson": _lesson}
    named = bool(words) and words[0] in commands
    command = commands[words[0]] if named else _train
    try:
        return command(words[named:])
    except SystemExit as done:  # argparse has printed the help or the version
        return int(done.code or 0)
    except BrokenPipeError:  # `| head` has seen enough
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        abandon(sys.stdout)
        raise InputError(f"standard output: {error.strerror or error}") from None


def _flush() -> None:
    """Write what is still buffered, so that the interpreter's exit has nothing to complain of."""
    try:
        sys.stdout.flush()
    except OSError as error:
        abandon(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise InputError(f"standard output: {error.strerror or error}") from None


def _refuse(message: str) -> int:
    mention(message)
    return BAD_INPUT


def _train(words: Sequence[str]) -> int:
    from tui_optim import cli_train

    return cli_train.run(words)


def _watch(words: Sequence[str]) -> int:
    from tui_optim import cli_watch

    return cli_watch.run(words)


def _data(words: Sequence[str]) -> int:
    parser = Parser(
        prog="tui-optim data",
        description="Data sets: what is here, and download.",
        allow_abbrev=False,
    )
    parser.add_argument("action", nargs="?", choices=("list", "fetch"), default="list")
    parser.add_argument("name", nargs="?", help="the data set to fetch")
    parser.add_argument("--data-dir", metavar="DIR", help="where data files are looked for first")
    options = parser.options(words)
    name, fetch = options["name"], options["action"] == "fetch"
    if fetch and name is None:
        raise InputError("data fetch: which? name a data set, as in `tui-optim data fetch mnist`")
    if name is not None and not fetch:
        raise InputError(f"unexpected word {name}: `tui-optim data list` lists all data sets")

    from tui_optim import headless

    if fetch:
        headless.fetch_data(name, options["data_dir"])
    else:
        headless.list_data(options["data_dir"])
    return 0


def _lesson(words: Sequence[str]) -> int:
    parser = Parser(
        prog="tui-optim lesson",
        description="The lecture's experiments: lists them, or opens one.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("name", nargs="?", help="the lesson to open, or its number; all, to print every one")
    add("--headless", action="store_true", help="print its numbers, and which claims hold")
    add_language(add)
    add("--seed", metavar="N", help="of weights, minibatches and generated data (0)")
    add("--data-dir", metavar="DIR", help="where MNIST is looked for first")
    add_drawing(add)
    options = {"lang": preferred(), "seed": "0", "data_dir": None} | parser.options(words)
    check_output(options)

    from tui_optim import headless_lesson, lessons
    from tui_optim.values import whole

    seed, name = whole("seed", options["seed"], 0), options.get("name")
    if name is None:
        headless_lesson.print_list(options["lang"])
        return 0
    chosen = lessons.everything() if name == "all" else [lessons.find(name)]
    if "headless" not in options and name != "all":
        if sys.stdin.isatty() and can_draw():
            from tui_optim.tui.app import run_lesson

            return run_lesson(
                name,
                language=options["lang"],
                fps=options.get("fps", 4.0),
                ascii_only=bool(options.get("ascii")),
                seed=seed,
                data_dir=options["data_dir"],
            )
        mention(f"{no_screens()}: the lesson's numbers instead")
    return headless_lesson.print_lessons(
        chosen, options["lang"], seed=seed, data_dir=options["data_dir"]
    )
