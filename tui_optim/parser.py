"""What all commands of the command line have in common: how words are read, and refused."""

import argparse
import difflib
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from tui_optim.errors import InputError
from tui_optim.language import LANGUAGES

COMMANDS = ("train", "watch", "data", "lesson")
SCREENS = ("fps", "pace", "ascii")
"""What only the screens know."""
SCREENLESS = ("headless", "json", "quiet")
"""What does without them."""
SILENT = ("json", "quiet")
"""What prints no lines."""

Add: TypeAlias = Callable[..., argparse.Action]
"""How a parser, or a group of one, takes an option."""


class Parser(argparse.ArgumentParser):
    """Refuses in one line what it does not know, and says what may have been meant."""

    def options(self, words: Sequence[str]) -> dict[str, Any]:
        """What the words give, by name."""
        options, unknown = self.parse_known_args(words)
        if unknown:
            raise InputError(self._unknown(unknown[0]))
        return vars(options)

    def _unknown(self, word: str) -> str:
        if word.startswith("-"):
            what, known = "unknown option", list(self._option_string_actions)
        else:
            what, known = "unexpected word", list(COMMANDS)
        if word in COMMANDS:
            return f"unexpected word {word} (a command goes first: `tui-optim {word} …`)"
        given = word.partition("=")[0]
        names = {each.lstrip("-"): each for each in known}
        name = given.lstrip("-")
        begun = [each for each in names if each.startswith(name)]
        if name in ("lr", "learning-rate"):
            return f"{what} {given} (it is the optimizer's: --optimizer adam:lr=0.01)"
        close = begun or difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {names[close[0]]}?" if close else f"see `{self.prog} --help`"
        return f"{what} {given} ({hint})"

    def error(self, message: str) -> NoReturn:
        """What argparse has found wrong."""
        raise InputError(f"{message} (see `{self.prog} --help`)")


def check_output(options: dict[str, Any]) -> None:
    """What is said of logs and screens must be possible, and be for something."""
    if options.get("lang", "en") not in LANGUAGES:
        raise InputError(f"lang={options['lang']}: expected {' or '.join(LANGUAGES)}")
    for key in ("log_every", "checkpoint_every", "print_every"):
        if options.get(key, 1) < 1:
            raise InputError(f"{key.replace('_', '-')}={options[key]}: expected at least 1")
    if not 0.5 <= options.get("fps", 1.0) <= 10:
        raise InputError(f"fps={options['fps']:g}: expected a number from 0.5 to 10")
    if not 0 < options.get("pace", 1.0) < math.inf:
        raise InputError(f"pace={options['pace']:g}: expected a number above 0")
    folder = options.get("data_dir")
    if folder is not None and not Path(folder).expanduser().is_dir():
        raise InputError(f"data-dir={folder}: there is no such folder")
    _check_idle(options)
    if "resume" in options and "config" in options:
        raise InputError("--config beside --resume: the checkpoint says what is trained")


def _check_idle(options: dict[str, Any]) -> None:
    """What is given must be for something."""
    for without in SCREENLESS:
        for key in SCREENS:
            if without in options and key in options:
                raise InputError(f"--{key} is for the screens: leave it or --{without} out")
        if without in SILENT and without in options and "print_every" in options:
            raise InputError(f"--print-every is for lines: leave it or --{without} out")
    if "log_every" in options and "log" not in options and "json" not in options:
        raise InputError("--log-every is for a log: name one (--log FILE.jsonl), or leave it out")
    if "checkpoint_every" in options and "checkpoint" not in options:
        raise InputError("--checkpoint-every is for a checkpoint: name one (--checkpoint FILE)")


def add_language(add: Add) -> None:
    """An option of all commands that explain."""
    add("--lang", metavar="en|ko", help="of what is explained: English or Korean (the locale's)")


def check_files(options: dict[str, Any], data: Sequence[Path]) -> None:
    """What is written must be neither what is read nor another file that is written.

    Args:
        options: as they are given.
        data: the files that the data are read from.
    """
    files: dict[str, Sequence[Path]] = {"--data": data}
    for key in ("config", "resume"):
        if key in options:
            files[f"--{key}"] = [Path(options[key])]
    for key in ("save_config", "log", "checkpoint"):
        if key in options:
            name, path = f"--{key.replace('_', '-')}", Path(options[key])
            written = [path]
            if key != "save_config" and _is_kept(path):
                written.append(Path(f"{path}~"))
            for other, paths in files.items():
                own = (key, other) == ("checkpoint", "--resume")  # it may be written over
                same = any(_same_file(one, each) for one in written for each in paths)
                if same and not own:
                    raise InputError(f"{name} {str(path)!r} would overwrite a file of {other}")
            files[name] = written


def _is_kept(path: Path) -> bool:
    """Whether what is in a file may be kept beside it: not what is in a device."""
    try:
        return path.is_file() or not path.exists()
    except OSError:  # a name that cannot be is refused where it is opened
        return False


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other) and one.is_file()  # a device is not written over
    except (OSError, ValueError):  # at least one is not there yet
        return os.path.normpath(one.absolute()) == os.path.normpath(other.absolute())


def add_drawing(add: Add) -> None:
    """Options of all commands that open screens."""
    add("--fps", metavar="N", type=float, help="redraws a second at most, up to 10 (4)")
    add("--ascii", action="store_true", help="draw the panes with ASCII characters only")
