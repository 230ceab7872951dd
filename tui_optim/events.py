"""The events that a training consists of, in the words of the log's schema 1.

The fields of an event are the keys of its line in the log. A number that is not finite is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

SCHEMA = 1
RESUMED = "resumed"

Number: TypeAlias = float | None
PerRun: TypeAlias = Mapping[str, Number]
Reason: TypeAlias = Literal["completed", "stopped", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What the training is on: how many examples, features and classes."""

    name: str
    train: int
    test: int
    features: int
    classes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run by the specs of what it is made of."""

    name: str
    optimizer: str
    activation: str
    initializer: str


@dataclass(frozen=True, slots=True)
class KnownRun(RunInfo):
    """A run with what the experiment tells of it beside its specs.

    Attributes:
        regularizers: which of "weight-decay" and "dropout" are on.
    """

    regularizers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One layer's shape; index counts from 1."""

    index: int
    name: str
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Started:
    """A training begins: everything that determines it.

    `parameters` are those of a run, with batch normalization's where any run has it.
    """

    event: ClassVar[str] = "started"
    schema: int
    version: str
    time: str
    threads: int
    experiment: Mapping[str, Any]
    dataset: DatasetInfo
    runs: tuple[RunInfo, ...]
    layers: tuple[LayerInfo, ...]
    parameters: int

    def run(self, name: str) -> KnownRun | None:
        """What the run of that name is made of; None where there is none."""
        run = next((run for run in self.runs if run.name == name), None)
        return None if run is None else self.known(run)

    def known(self, run: RunInfo) -> KnownRun:
        """A run of this training with what the experiment, and its name, tell of it."""
        compared = dict(word.partition("=")[::2] for word in run.name.split())
        on = {
            axis
            for axis in ("weight-decay", "dropout")
            if _is_on(compared.get(axis, self.experiment.get(axis.replace("-", "_"))))
        }
        return KnownRun(run.name, run.optimizer, run.activation, run.initializer, frozenset(on))


@dataclass(frozen=True, slots=True)
class Step:
    """One iteration of all runs; each loss is the minibatch's mean before the update."""

    event: ClassVar[str] = "step"
    iteration: int
    samples: int
    seconds: float
    loss: PerRun


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts in bins of equal width from low to high."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    """One layer of one run on one minibatch, before the update (but for the update's own size).

    Attributes:
        index: from 1.
        name: the activation, or "output".
        mean: of the outputs; so are std, minimum and maximum.
        dead: share of units saturated for the whole minibatch; None for the output layer.
        saturated: share of outputs where the activation's derivative is below 0.5 % of its
            maximum; None for the output layer.
        delta_rms: root mean square of ∂L/∂(output) over units and samples.
        gradient_norm: ‖∂L/∂W‖.
        weight_norm: ‖W‖.
        update_ratio: ‖ΔW‖ / ‖W‖ of the last update.
        step_size: ‖ΔW‖ / ‖∂L/∂W‖ of the last update.
        unit_spread: the largest standard deviation, over the units, of any incoming weight, by
            the root mean square of the weights; 0 where all units are equal.
        histogram: of the outputs, on an axis that the run's hidden layers share.
    """

    index: int
    name: str
    mean: Number
    std: Number
    minimum: Number
    maximum: Number
    dead: Number
    saturated: Number
    delta_rms: Number
    gradient_norm: Number
    weight_norm: Number
    update_ratio: Number
    step_size: Number
    unit_spread: Number
    histogram: Histogram | None


@dataclass(frozen=True, slots=True)
class Layers:
    """A probe of all layers of one run."""

    event: ClassVar[str] = "layers"
    iteration: int
    run: str
    layers: tuple[LayerStatistics, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and accuracy (0 … 1) on examples of the test part, and of the training part."""

    event: ClassVar[str] = "evaluation"
    iteration: int
    examples: int
    loss: PerRun
    accuracy: PerRun
    train_loss: PerRun
    train_accuracy: PerRun


@dataclass(frozen=True, slots=True)
class Finding:
    """What a diagnosis says of a run, or that it no longer holds."""

    event: ClassVar[str] = "finding"
    iteration: int
    run: str
    layer: int | None
    kind: str
    value: Number
    threshold: Number
    message: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A setting changed while training: lr, iterations, pace or paused; run None means all.

    RESUMED is no setting, but says that a training goes on from a checkpoint.
    """

    event: ClassVar[str] = "change"
    iteration: int
    run: str | None
    setting: str
    value: float | bool | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A training ends; loss and accuracy are on all of the test part where it was completed."""

    event: ClassVar[str] = "ended"
    reason: Reason
    iterations: int
    seconds: float
    loss: PerRun
    accuracy: PerRun


Event: TypeAlias = Started | Step | Layers | Evaluation | Finding | Change | Ended
EVENTS: dict[str, type[Event]] = {
    kind.event: kind for kind in (Started, Step, Layers, Evaluation, Finding, Change, Ended)
}


def _is_on(value: Any) -> bool:
    """Whether an option, from an experiment or a name that may be anybody's, is above 0."""
    try:
        return value is not None and float(value) > 0
    except (TypeError, ValueError, OverflowError):
        return False
