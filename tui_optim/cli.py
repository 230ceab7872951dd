"""The command line: reads it and hands over.

NumPy and everything above it are imported only in the branch that needs them, so that --version,
--help and a mistyped option answer at once.
"""

import argparse
import io
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tui_optim import __version__
from tui_optim.errors import InputError
from tui_optim.streams import abandon_standard_output

if TYPE_CHECKING:
    from tui_optim.experiment import Experiment

BAD_INPUT, INTERRUPTED = 2, 130

EPILOG = """\
examples:
  tui-optim --headless --iterations 600
  tui-optim --headless --data mnist --compare initializer=zeros,xavier,he --optimizer sgd
  tui-optim --headless --data table.csv --target species --compare lr=0.001,0.01,0.1

Names take settings, as in adam:lr=0.01:beta1=0.9. Optimizers: gd sgd momentum nesterov adagrad
rmsprop adam adamw. Initializers: zeros normal:std=0.01 xavier he. Activations: sigmoid tanh relu
leaky_relu:slope=0.01. Data: digits mnist fashion-mnist moons spirals blobs, or a path to a .csv,
a .npz or a folder of IDX files; `tui-optim data` lists what is here.

exit codes: 0 completed, 1 a fault of ours, 2 bad input, 3 every run diverged, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None or sys.stderr is None:  # closed by the shell
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
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


def _run(words: Sequence[str]) -> int:
    try:
        if words[:1] == ["data"]:
            return _data(words[1:])
        return _train(words[1:] if words[:1] == ["train"] else words)
    except SystemExit as done:  # argparse has printed the help or the version
        return int(done.code or 0)
    except BrokenPipeError:  # `| head` has seen enough
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        abandon_standard_output()
        raise InputError(f"standard output: {error.strerror or error}") from None


def _flush() -> None:
    """Write what is still buffered, so that the interpreter's exit has nothing to complain of."""
    try:
        sys.stdout.flush()
    except OSError as error:
        abandon_standard_output()
        if not isinstance(error, BrokenPipeError):
            raise InputError(f"standard output: {error.strerror or error}") from None


def _refuse(message: str) -> int:
    print(f"tui-optim: {message}", file=sys.stderr)
    return BAD_INPUT


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see `{self.prog} --help`)")


def _train(words: Sequence[str]) -> int:
    options = vars(_training_parser().parse_args(words))
    experiment = _experiment(options)
    output = {key: options[key] for key in OUTPUT if key in options}
    for key in ("log_every", "print_every"):
        if output.get(key, 1) < 1:
            raise InputError(f"{key.replace('_', '-')}={output[key]}: expected at least 1")

    if not 0.5 <= options.get("fps", 1.0) <= 10:
        raise InputError(f"fps={options['fps']:g}: expected a number from 0.5 to 10")
    if not 0 < options.get("pace", 1.0) < math.inf:
        raise InputError(f"pace={options['pace']:g}: expected a number above 0")
    live = not (options.get("headless") or output.get("json") or output.get("quiet"))
    if live and sys.stdin.isatty() and sys.stdout.isatty():
        return _open_app(experiment, options)
    if live:
        print("tui-optim: no terminal: training headless", file=sys.stderr)

    from tui_optim import headless  # noqa: PLC0415

    return headless.run(experiment, headless.Output(**output))


def _open_app(experiment: "Experiment", options: dict[str, Any]) -> int:
    from tui_optim import headless  # noqa: PLC0415

    dataset = headless.load(experiment)  # bad data are refused before the screen opens

    from tui_optim.tui.app import run_app  # noqa: PLC0415

    return run_app(
        experiment,
        dataset,
        log=options.get("log"),
        log_every=options.get("log_every", 1),
        fps=options.get("fps", 4.0),
        pace=options.get("pace"),
        ascii_only=bool(options.get("ascii")),
    )


def _experiment(options: dict[str, object]) -> "Experiment":
    """The experiment that a TOML file and, winning over it, the command line describe."""
    from tui_optim.experiment import (  # noqa: PLC0415
        Experiment,
        option_names,
        read_toml,
        without_axis,
        write_toml,
    )

    given = read_toml(str(options["config"])) if "config" in options else {}
    if "optimizer" in options:  # it wins over the optimizers that the file compares
        given["compare"] = without_axis(given.get("compare", ()), "optimizer")
    given |= {key: options[key] for key in option_names() if key in options}
    experiment = Experiment.from_options(given)
    _check_files(options, experiment.data)
    if "save_config" in options:
        write_toml(experiment, str(options["save_config"]))
    return experiment


def _check_files(options: dict[str, object], data: str) -> None:
    """What is written must be neither what is read nor another file that is written."""
    from tui_optim.datasets import DESCRIPTIONS  # noqa: PLC0415
    from tui_optim.datasets.files import user_path  # noqa: PLC0415

    files = {} if data in DESCRIPTIONS else {"--data": data}
    for option in ("config", "save_config", "log"):
        if option not in options:
            continue
        name, path = f"--{option.replace('_', '-')}", str(options[option])
        for other, same in files.items():
            if option != "config" and _same_file(Path(path), user_path(same)):
                raise InputError(f"{name} {path!r} would overwrite the file of {other}")
        files[name] = path


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other) or (other.is_dir() and one.resolve().parent.samefile(other))
    except (OSError, ValueError):  # at least one is not there yet
        return one.absolute() == other.absolute()


def _data(words: Sequence[str]) -> int:
    parser = _Parser(
        prog="tui-optim data",
        description="Data sets: what is here, and download.",
        allow_abbrev=False,
    )
    parser.add_argument("action", nargs="?", choices=("list", "fetch"), default="list")
    parser.add_argument("name", nargs="?", help="the data set to fetch")
    parser.add_argument("--data-dir", metavar="DIR", help="where data files are looked for first")
    options = parser.parse_args(words)

    from tui_optim import headless  # noqa: PLC0415

    if options.action == "list":
        headless.list_data(options.data_dir)
    elif options.name is None:
        raise InputError("data fetch: which? name a data set, as in `tui-optim data fetch mnist`")
    else:
        headless.fetch_data(options.name, options.data_dir)
    return 0


OUTPUT = ("log", "log_every", "json", "print_every", "quiet")


def _training_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tui-optim",
        usage="tui-optim [train] [OPTIONS]\n       tui-optim data [list | fetch NAME]",
        description="Train small neural networks under several optimizers at once and see why "
        "some learn and some do not.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"tui-optim {__version__}")

    # Values stay text here: Experiment checks them, the same for the command line and for TOML.
    add = parser.add_argument_group("what to train on").add_argument
    add("--data", metavar="NAME|PATH", help="data set or file (digits)")
    add("--data-dir", metavar="DIR", help="where data files are looked for first")
    add("--target", metavar="COLUMN", help="the column with the classes (the last)")
    add("--train-size", metavar="N", help="use a stratified part of the training set")

    add = parser.add_argument_group("the networks").add_argument
    add("--hidden", metavar="WIDTHS", help="hidden layers: 100,50 or 100x4 or none (100x4)")
    add("--activation", metavar="SPEC", help="of the hidden layers (relu)")
    add("--initializer", metavar="SPEC", help="of the weights (he)")
    add("--dtype", metavar="TYPE", help="float32 or float64 (float32)")

    add = parser.add_argument_group("the training").add_argument
    add("--optimizer", metavar="SPEC", help="for all runs (adam)")
    add(
        "--compare",
        metavar="AXIS=V1,V2,…",
        action="append",
        help="optimizer, initializer, activation, lr, seed or weight-decay; given twice: the "
        "product (optimizer=gd,sgd,momentum,adagrad,rmsprop,adam)",
    )
    add("--batch-size", metavar="N", help="examples a minibatch (128)")
    add("--iterations", metavar="N", help="minibatches to train on (2000)")
    add("--seed", metavar="N", help="of weights, minibatches and generated data (0)")
    add("--sampling", metavar="HOW", help="epoch or replacement (epoch)")
    add("--weight-decay", metavar="λ", help="L2 penalty on the weights (0)")
    add("--eval-every", metavar="N", help="iterations between evaluations (250; 0: at the end)")
    add("--probe-every", metavar="N", help="iterations between probes of the layers (50; 0: none)")
    add("--threads", metavar="N", help="compute threads (as many as cores, at most one a run)")

    add = parser.add_argument_group("files").add_argument
    add("--config", metavar="FILE.toml", help="options from a file; the command line wins")
    add("--save-config", metavar="FILE.toml", help="write the experiment in force")
    add("--log", metavar="FILE.jsonl", help="write the events as they happen")
    add("--log-every", metavar="N", type=int, help="of the steps, log every N-th (1)")

    add = parser.add_argument_group("headless").add_argument
    add("--headless", action="store_true", help="train without screens")
    add("--json", action="store_true", help="events on standard output, nothing else")
    add("--print-every", metavar="N", type=int, help="iterations between lines (100)")
    add("--quiet", action="store_true", help="the final table only")

    add = parser.add_argument_group("the app").add_argument
    add("--fps", metavar="N", type=float, help="redraws a second at most, up to 10 (4)")
    add("--pace", metavar="N", type=float, help="iterations a second at most (full speed)")
    add("--ascii", action="store_true", help="draw with ASCII characters only")
    return parser
