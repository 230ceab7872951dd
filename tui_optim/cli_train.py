"""The command `train`, the one without a name: what it is given, and whether screens are opened.

NumPy and everything above it are imported only where they are needed.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui_optim import __version__
from tui_optim.errors import InputError
from tui_optim.language import preferred
from tui_optim.parser import (
    SCREENLESS,
    SCREENS,
    Add,
    Parser,
    add_drawing,
    add_language,
    check_files,
    check_output,
)
from tui_optim.streams import can_draw, mention, no_screens

if TYPE_CHECKING:
    from tui_optim.experiment import Experiment
    from tui_optim.logs.resumption import Resumption

OUTPUT = (
    *("log", "log_every", "checkpoint", "checkpoint_every"),
    *("json", "print_every", "quiet", "keep_going", "lang"),
)
"""What `headless.Output` takes."""
APP = (
    *("log", "log_every", "checkpoint", "checkpoint_every"),
    *("fps", "pace", "keep_going", "lang"),
)
"""What `run_app` takes."""

EPILOG = """\
examples:
  tui-optim --headless --iterations 600
  tui-optim --headless --data mnist --compare initializer=zeros,xavier,he --optimizer sgd
  tui-optim --headless --data table.csv --target species --compare lr=0.001,0.01,0.1
  tui-optim --headless --train-size 200 --compare dropout=0,0.2 --compare batch-norm=off,on

Names take settings, as in adam:lr=0.01:beta1=0.9. Optimizers: gd sgd momentum nesterov adagrad
rmsprop adam adamw. Initializers: zeros normal:std=0.01 xavier he. Activations: sigmoid tanh relu
leaky_relu:slope=0.01. Output activations: linear tanh. Data: digits mnist fashion-mnist moons
spirals blobs gaussian, or a path to a .csv, a .npz or a folder of IDX files; `tui-optim data` lists
what is here, and `tui-optim lesson` the lecture's experiments.

A login manager may end what a login has started, --keep-going or not (systemd's
KillUserProcesses). Train in tmux, or with `systemd-run --user --scope tui-optim ...` once
`loginctl enable-linger` has been said.

exit codes: 0 completed, 1 a fault of ours, 2 bad input, 3 every run diverged, 130 interrupted
"""


def run(words: Sequence[str]) -> int:
    """Train what the words describe, in the app or without screens, and return the exit code.

    Raises:
        InputError: when that cannot be, or something cannot be written.
    """
    options = {"lang": preferred()} | _parser().options(words)
    if "resume" in options:  # it stays the training's checkpoint
        options.setdefault("checkpoint", options["resume"])
    check_output(options)
    resume = _resumption(options)
    if resume is not None:  # where nothing else is said, as it was
        options |= {key: getattr(resume, key) for key in ("log_every", "checkpoint_every")}
    experiment = _experiment(options) if resume is None else resume.experiment
    _check_files(options, experiment)
    _save_config(options, experiment)
    live = not any(key in options for key in SCREENLESS)
    if live and sys.stdin.isatty() and can_draw():
        return _open_app(experiment, options, resume)

    from tui_optim import headless

    output = headless.Output(**{key: options[key] for key in OUTPUT if key in options})
    dataset = headless.load(experiment, quiet=output.quiet)
    if live:  # said once the data are there: bad ones are refused in a line, the only one then
        idle = " and ".join(f"--{key}" for key in SCREENS if key in options)
        mention(f"{no_screens()}: training headless" + (f", without {idle}" if idle else ""))
    return headless.run(experiment, output, dataset, resume)


def _open_app(
    experiment: "Experiment", options: dict[str, Any], resume: "Resumption | None"
) -> int:
    from tui_optim import headless

    dataset = headless.load(experiment)  # bad data are refused before the screen opens

    from tui_optim.tui.app import run_app

    return run_app(
        experiment,
        dataset,
        resume,
        ascii_only="ascii" in options,
        **{key: options[key] for key in APP if key in options},
    )


def _experiment(options: dict[str, Any]) -> "Experiment":
    """The experiment that a TOML file and, winning over it, the command line describe."""
    from tui_optim.experiment import (
        Experiment,
        option_names,
        read_toml,
    )

    given = {key: options[key] for key in option_names() if key in options}
    file = read_toml(options["config"]) if "config" in options else {}
    _end_comparisons(file, given)
    return Experiment.from_options(file | given)


def _resumption(options: dict[str, Any]) -> "Resumption | None":
    """How to go on, where there is a checkpoint to go on from."""
    if "resume" not in options:
        return None
    from tui_optim.logs.resumption import Resumption

    return Resumption.read(options["resume"], options, options.get("log"))


def _check_files(options: dict[str, Any], experiment: "Experiment") -> None:
    from tui_optim.datasets import own_files

    check_files(options, own_files(experiment.data, experiment.data_dir))


def _save_config(options: dict[str, Any], experiment: "Experiment") -> None:
    from tui_optim.experiment import write_toml

    if "save_config" in options:
        write_toml(experiment, options["save_config"])


def _end_comparisons(file: dict[str, Any], given: dict[str, Any]) -> None:
    """A value on the command line wins over a comparison of it in the file.

    Raises:
        InputError: when it is compared on the command line, too.
    """
    from tui_optim.experiment import AXES, comparison

    single = {
        axis: given[key]
        for axis in AXES
        # A seed is that of the minibatches, too, whatever seeds the weights are compared with.
        if axis != "seed" and (key := axis.replace("-", "_")) in given
    }
    for axis, values in comparison(given.get("compare")):
        if axis in single:
            raise InputError(
                f"--{axis} {single[axis]} beside --compare {axis}={','.join(values)}: "
                "give one of them"
            )
    if single and "compare" in file and "compare" not in given:
        pairs = comparison(file["compare"])
        file["compare"] = [(axis, values) for axis, values in pairs if axis not in single]


def _parser() -> Parser:
    parser = Parser(
        prog="tui-optim",
        usage="tui-optim [train] [OPTIONS]\n       tui-optim watch SOURCE... [OPTIONS]\n"
        "       tui-optim data [list | fetch NAME]\n       tui-optim lesson [NAME] [OPTIONS]",
        description="Train small neural networks under several optimizers at once and see why "
        "some learn and some do not.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tui-optim {__version__}")
    add_language(parser.add_argument)
    # An experiment's values stay text here: Experiment checks them, as it checks those of TOML.
    _add_data(parser.add_argument_group("what to train on").add_argument)
    _add_networks(parser.add_argument_group("the networks").add_argument)
    _add_training(parser.add_argument_group("the training").add_argument)
    _add_files(parser.add_argument_group("files").add_argument)
    _add_headless(parser.add_argument_group("headless").add_argument)
    _add_screens(parser.add_argument_group("the app").add_argument)
    return parser


def _add_data(add: Add) -> None:
    add("--data", metavar="NAME|PATH", help="data set or file (digits)")
    add("--data-dir", metavar="DIR", help="where data files are looked for first")
    add("--target", metavar="COLUMN", help="the column with the classes (the last)")
    add("--train-size", metavar="N", help="use a stratified part of the training set")


def _add_networks(add: Add) -> None:
    add("--hidden", metavar="WIDTHS", help="hidden layers: 100,50 or 100x4 or none (100x4)")
    add("--activation", metavar="SPEC", help="of the hidden layers (relu)")
    add("--output-activation", metavar="NAME", help="before the softmax: linear or tanh (linear)")
    add("--initializer", metavar="SPEC", help="of the weights (he)")
    add(
        "--batch-norm",
        metavar="on|off",
        nargs="?",
        const="on",
        help="normalize the hidden layers over each minibatch (off)",
    )
    add("--dropout", metavar="P", help="share of hidden outputs left out in training (0)")
    add("--dtype", metavar="TYPE", help="float32 or float64 (float32)")


def _add_training(add: Add) -> None:
    add("--optimizer", metavar="SPEC", help="for all runs (adam)")
    add(
        "--compare",
        metavar="AXIS=V1,V2,…",
        action="append",
        help="optimizer, initializer, activation, lr, seed, weight-decay, dropout, batch-norm or "
        "output-activation; given twice: the product "
        "(optimizer=gd,sgd,momentum,adagrad,rmsprop,adam)",
    )
    add("--batch-size", metavar="N", help="examples a minibatch (128)")
    add("--iterations", metavar="N", help="minibatches to train on (2000)")
    add("--seed", metavar="N", help="of weights, minibatches and generated data (0)")
    add("--sampling", metavar="HOW", help="epoch or replacement (epoch)")
    add("--weight-decay", metavar="λ", help="L2 penalty on the weights (0; adamw's own: 0.01)")
    add("--eval-every", metavar="N", help="iterations between evaluations (250; 0: at the end)")
    add("--probe-every", metavar="N", help="iterations between probes of the layers (50; 0: none)")
    add("--threads", metavar="N", help="compute threads (as many as cores, at most one a run)")


def _add_files(add: Add) -> None:
    add("--config", metavar="FILE.toml", help="options from a file; the command line wins")
    add("--save-config", metavar="FILE.toml", help="write the experiment in force")
    add(
        "--log",
        metavar="FILE.jsonl",
        help="write the events as they happen; what FILE held is kept as FILE~",
    )
    add(
        "--log-every",
        metavar="N",
        type=int,
        help="of the steps, log, or print with --json, every N-th (1)",
    )
    add(
        "--checkpoint",
        metavar="FILE",
        help="write the whole state there at the end, also of an interrupted training; another "
        "training's is kept as FILE~; in the app a restart begins it anew",
    )
    add("--checkpoint-every", metavar="N", type=int, help="and every N iterations")
    add(
        "--resume",
        metavar="FILE",
        help="go on from a checkpoint, with losses as if never interrupted, and write it anew as "
        "--checkpoint does, unless that names another; the log is continued, both as often as "
        "before; more --iterations may be asked for",
    )
    add(
        "--keep-going",
        action="store_true",
        help="train on, without screens, when the line drops or the terminal is closed; what then "
        "reads the output may go, too",
    )


def _add_headless(add: Add) -> None:
    add("--headless", action="store_true", help="train without screens")
    add("--json", action="store_true", help="events on standard output, nothing else")
    add("--print-every", metavar="N", type=int, help="iterations between lines (100)")
    add("--quiet", action="store_true", help="the final table only")


def _add_screens(add: Add) -> None:
    add("--pace", metavar="N", type=float, help="iterations a second at most (full speed)")
    add_drawing(add)
