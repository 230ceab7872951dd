"""Experiment and RunSpec: what to train, as frozen values; every bad value is refused here."""

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias, cast

from tui_optim.errors import InputError
from tui_optim.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from tui_optim.nn.initializers import INITIALIZERS
from tui_optim.nn.optimizers import OPTIMIZERS
from tui_optim.nn.specs import (
    Configurable,
    build,
    number_text,
    plain,
    settings_of,
    value_text,
)
from tui_optim.values import choice, number, optional, pairs, switch, text, whole, widths

LECTURE = ("gd", "sgd", "momentum", "adagrad", "rmsprop", "adam")
"""The optimizers compared when nothing else is asked for."""

REGISTRIES: Mapping[str, Mapping[str, type[Configurable]]] = {
    "optimizer": OPTIMIZERS,
    "initializer": INITIALIZERS,
    "activation": ACTIVATIONS,
}
AXES = (
    *REGISTRIES,
    *("lr", "seed", "weight-decay", "dropout", "batch-norm", "output-activation"),
)
"""What runs can be compared along."""

Comparison: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Axes, each with its values."""

MOST_RUNS = 16
LONGEST_TOML = 2**20
"""Characters; a longer file is refused."""


@dataclass(frozen=True)
class RunSpec:
    """One run: one network with one optimizer, by specs.

    Attributes:
        name: what tells it apart from the experiment's other runs.
        optimizer: its spec, with the learning rate in force.
        activation: of the hidden layers.
        initializer: of all layers' weights.
        seed: of the initial weights.
        weight_decay: λ of an L2 penalty λ/2 ‖W‖² on the weights.
        dropout: the share of the hidden layers' outputs that are left out in training.
        batch_norm: whether the hidden layers' pre-activations are normalized over the minibatch.
        output_activation: what stands in front of the softmax.
    """

    name: str
    optimizer: str
    activation: str
    initializer: str
    seed: int
    weight_decay: float
    dropout: float
    batch_norm: bool
    output_activation: str


@dataclass(frozen=True)
class Experiment:
    """Everything that determines a training; equal experiments give equal losses.

    Values may be given as on the command line, as text, or as Python's or NumPy's values:
    `hidden="100x4"` or `(100, 100, 100, 100)`, `compare="lr=0.1,1"`, `["lr=0.1,1", "seed=0,1"]`
    or `{"lr": np.array([0.1, 1])}`. Without `optimizer` and `compare`, the lecture's six
    optimizers are compared.

    What is compared wins over the one value given beside it, be that an option (`optimizer`,
    `initializer`, ...) or a setting within `optimizer` (its lr where lr is compared). So does a
    `weight_decay` win over adamw's own. The setting is then left out of the spec, so that no name
    claims it; the option stays, for when it is compared no longer.

    Attributes:
        data: the name of a data set, or a path.
        data_dir: where data files are looked for first.
        target: the column of a table that holds the classes; the last if None.
        train_size: how many training examples to use, stratified; all if None.
        hidden: the widths of the hidden layers.
        activation: spec of the hidden layers' activation.
        output_activation: "linear" or "tanh", in front of the softmax.
        initializer: spec of the weights' initializer.
        optimizer: spec.
        compare: axes and their values; runs are their product. `()`: nothing.
        batch_size: examples a minibatch.
        iterations: how many minibatches are trained on.
        seed: of the initial weights, the minibatches and generated data.
        dtype: float32 or float64.
        sampling: "epoch" (every example once an epoch) or "replacement".
        weight_decay: λ of an L2 penalty on weights; with adamw, the decoupled one. If None, 0,
            and adamw's is its own.
        dropout: the probability in [0, 1) with which an output of a hidden layer is left out in
            training (Srivastava et al. 2014).
        batch_norm: whether the hidden layers' pre-activations are normalized over the minibatch
            (Ioffe and Szegedy 2015); `"on"` and `"off"` are taken, too.
        eval_every: iterations between evaluations; 0: only at the end.
        probe_every: iterations between probes; 0: none.
        threads: compute threads; by the machine and the number of runs if None.

    Raises:
        InputError: for a value that cannot be.
    """

    data: str = "digits"
    data_dir: str | None = None
    target: str | None = None
    train_size: int | None = None
    hidden: Sequence[int] | str = (100, 100, 100, 100)
    activation: str = "relu"
    output_activation: str = "linear"
    initializer: str = "he"
    optimizer: str | None = None
    compare: Comparison | str | Sequence[str] | Mapping[str, Any] | None = None
    batch_size: int = 128
    iterations: int = 2000
    seed: int = 0
    dtype: str = "float32"
    sampling: str = "epoch"
    weight_decay: float | None = None
    dropout: float = 0.0
    batch_norm: bool = False
    eval_every: int = 250
    probe_every: int = 50
    threads: int | None = None

    def __post_init__(self) -> None:
        values: dict[str, Any] = {
            "data": text("data", self.data),
            "data_dir": optional(text, "data-dir", self.data_dir),
            "target": optional(text, "target", self.target),
            "train_size": optional(whole, "train-size", self.train_size, 1),
            "hidden": widths("hidden", self.hidden),
            "batch_size": whole("batch-size", self.batch_size, 1),
            "iterations": whole("iterations", self.iterations, 1),
            "seed": whole("seed", self.seed, 0),
            "dtype": choice("dtype", self.dtype, ("float32", "float64")),
            "sampling": choice("sampling", self.sampling, ("epoch", "replacement")),
            "weight_decay": optional(_decay, "weight-decay", self.weight_decay),
            "dropout": _rate("dropout", self.dropout),
            "batch_norm": switch("batch-norm", self.batch_norm),
            "output_activation": _output("output-activation", self.output_activation),
            "eval_every": whole("eval-every", self.eval_every, 0),
            "probe_every": whole("probe-every", self.probe_every, 0),
            "threads": optional(whole, "threads", self.threads, 1),
        }
        for axis, default in (("optimizer", "adam"), ("initializer", "he"), ("activation", "relu")):
            given = getattr(self, axis)
            values[axis] = _spec(axis, default if given is None else given)
        lecture = self.optimizer is None and self.compare is None
        compare = comparison({"optimizer": LECTURE} if lecture else self.compare)
        elsewhere = _settings_given_elsewhere(compare, values["weight_decay"])
        values["optimizer"] = _without(elsewhere, values["optimizer"])
        values["compare"] = _compare_without(elsewhere, compare)
        for key, value in values.items():
            object.__setattr__(self, key, value)
        self._check_runs()

    def _check_runs(self) -> None:
        count = math.prod(len(values) for _, values in self.axes)
        if count > MOST_RUNS:
            raise InputError(f"compare: {count} runs; at most {MOST_RUNS} can be compared")
        runs = self.runs
        names = [run.optimizer.partition(":")[0] for run in runs]
        if self.sampling == "replacement" and any(OPTIMIZERS[name].full_batch for name in names):
            raise InputError(
                "sampling=replacement has no epochs for gd to sum its gradient over: "
                "use sampling=epoch, or leave gd out"
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the hidden layers; `hidden` as it is once checked."""
        return cast(tuple[int, ...], self.hidden)

    @property
    def axes(self) -> Comparison:
        """What is compared; `compare` as it is once checked."""
        return cast(Comparison, self.compare)

    @property
    def runs(self) -> tuple[RunSpec, ...]:
        """The runs: the product of what is compared, the last axis varying fastest."""
        axes = [axis for axis, _ in self.axes]
        return tuple(
            self._run(dict(zip(axes, values, strict=True)))
            for values in product(*(values for _, values in self.axes))
        )

    def _run(self, compared: Mapping[str, str]) -> RunSpec:
        optimizer = build(OPTIMIZERS, compared.get("optimizer", str(self.optimizer)), "optimizer")
        given = compared.get("weight-decay", self.weight_decay)
        decay = 0.0 if given is None else float(given)
        if "lr" in compared:
            optimizer = optimizer.replace(lr=float(compared["lr"]))
        if optimizer.name == "adamw" and given is not None:
            optimizer = optimizer.replace(weight_decay=decay)
            decay = 0.0
        names = [v if axis in REGISTRIES else f"{axis}={v}" for axis, v in compared.items()]
        return RunSpec(
            name=" ".join(names) or str(self.optimizer),
            optimizer=optimizer.spec,
            activation=compared.get("activation", self.activation),
            initializer=compared.get("initializer", self.initializer),
            seed=int(compared.get("seed", self.seed)),
            weight_decay=decay,
            dropout=float(compared.get("dropout", self.dropout)),
            batch_norm=switch("batch-norm", compared.get("batch-norm", self.batch_norm)),
            output_activation=compared.get("output-activation", self.output_activation),
        )

    def replace(self, **changes: Any) -> "Experiment":
        """The same experiment with some values changed.

        What can be compared, an optimizer or a weight decay, ends an earlier comparison of it,
        which would win over it. A seed does not: it is the minibatches', too.
        """
        if "compare" not in changes:
            ended = {name.replace("_", "-") for name in changes} - {"seed"}
            changes["compare"] = tuple(pair for pair in self.axes if pair[0] not in ended)
        return dataclasses.replace(self, **changes)

    def options(self) -> dict[str, Any]:
        """Every option's value, in the form that TOML and the log have; None where not set."""
        options = dataclasses.asdict(self)
        options["hidden"] = list(self.widths)
        options["compare"] = [f"{axis}={','.join(values)}" for axis, values in self.axes]
        return options

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Experiment":
        """The experiment that `options()` (or a TOML file) describes; keys may be left out.

        Raises:
            InputError: for an unknown key or a value that cannot be.
        """
        known = option_names()
        for key in options:
            if key not in known:
                close = difflib.get_close_matches(str(key), known, n=1)
                hint = f" (did you mean {close[0]}?)" if close else ""
                raise InputError(f"unknown option {key!r}{hint}: known are {', '.join(known)}")
        return cls(**options)


def comparison(value: Any) -> Comparison:
    """What is compared, given in any form that `Experiment` takes.

    Raises:
        InputError: for what is no axis or no value of it, or is given twice.
    """
    axes: dict[str, tuple[str, ...]] = {}
    for given, several in pairs("compare", plain(value)):
        axis, values = str(given).strip().replace("_", "-"), plain(several)
        if axis not in AXES:
            raise InputError(
                f"compare: unknown axis {value_text(axis)}: choose one of {', '.join(AXES)}"
            )
        if axis in axes:
            raise InputError(f"compare: {axis} is given twice; list all values at once")
        if isinstance(values, str | bytes) or not isinstance(values, Sequence) or not values:
            raise InputError(f"compare {axis}: expected values, such as {axis}=V1,V2")
        axes[axis] = tuple(_axis_value(axis, v) for v in values)
        _check_distinct(axis, axes[axis])
    return tuple(axes.items())


def option_names() -> tuple[str, ...]:
    """The options of an experiment, as TOML has them."""
    return tuple(field.name for field in dataclasses.fields(Experiment))


def read_toml(path: str | Path) -> dict[str, Any]:
    """The options that a TOML file gives, not yet checked.

    Raises:
        InputError: when it cannot be read or is not TOML.
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            content = file.read(LONGEST_TOML + 1)
    except OSError as error:
        raise InputError(f"config {str(path)!r}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"config {str(path)!r}: not a TOML file (not UTF-8 text)") from None
    except ValueError as error:  # no path at all: a null character in it
        raise InputError(f"config {str(path)!r}: {error}") from None
    if len(content) > LONGEST_TOML:
        raise InputError(f"config {str(path)!r}: longer than {LONGEST_TOML:,} characters")
    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"config {str(path)!r}: not valid TOML: {error}") from None


def write_toml(experiment: Experiment, path: str | Path) -> None:
    """Write the experiment in force, every option that is set, as TOML.

    Raises:
        InputError: when the file cannot be written.
    """
    import tomli_w  # noqa: PLC0415  only --save-config needs it

    options = {key: value for key, value in experiment.options().items() if value is not None}
    try:
        Path(path).write_text(tomli_w.dumps(options), encoding="utf-8")
    except UnicodeEncodeError:
        raise InputError(f"save-config {str(path)!r}: a name is not Unicode text") from None
    except ValueError as error:
        raise InputError(f"save-config {str(path)!r}: {error}") from None
    except OSError as error:
        raise InputError(f"save-config {str(path)!r}: {error.strerror or error}") from None


def _spec(axis: str, value: Any) -> str:
    return build(REGISTRIES[axis], text(axis, value), axis).spec


def _settings_given_elsewhere(compare: Comparison, weight_decay: float | None) -> set[str]:
    """The settings of an optimizer that an axis or an option gives, which win over its own."""
    given = {axis.replace("-", "_") for axis, _ in compare} & {"lr", "weight_decay"}
    return given if weight_decay is None else given | {"weight_decay"}


def _without(settings: Collection[str], spec: str) -> str:
    """An optimizer's spec that claims nothing for settings that are given elsewhere."""
    optimizer = build(OPTIMIZERS, spec, "optimizer")
    own = settings_of(type(optimizer))
    return optimizer.replace(**{key: own[key].default for key in settings if key in own}).spec


def _compare_without(settings: Collection[str], compare: Comparison) -> Comparison:
    axes = dict(compare)
    if "optimizer" in axes:
        axes["optimizer"] = tuple(_without(settings, spec) for spec in axes["optimizer"])
        _check_distinct("optimizer", axes["optimizer"], settings)
    return tuple(axes.items())


def _check_distinct(axis: str, values: Sequence[str], given: Collection[str] = ()) -> None:
    besides = f" (its {' and '.join(sorted(given))} is given besides)" if given else ""
    for value in values:
        if values.count(value) > 1:
            raise InputError(f"compare {axis}: {value} is given twice{besides}")


def _axis_value(axis: str, value: Any) -> str:
    """A compared value in the one form that names and specs have it in."""
    name = f"compare {axis}"
    if axis in REGISTRIES:
        return _spec(axis, value)
    if axis == "seed":
        return str(whole(name, value, 0))
    if axis == "batch-norm":
        return "on" if switch(name, value) else "off"
    if axis == "output-activation":
        return _output(name, value)
    if axis == "dropout":
        return number_text(_rate(name, value))
    return number_text(number(name, value, above=0) if axis == "lr" else _decay(name, value))


def _decay(name: str, value: Any) -> float:
    return number(name, value, least=0)


def _rate(name: str, value: Any) -> float:
    return number(name, value, least=0, below=1)


def _output(name: str, value: Any) -> str:
    return choice(name, value, OUTPUT_ACTIVATIONS)
