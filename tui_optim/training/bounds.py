"""What is kept of events from elsewhere: as much as a training can have, whatever they hold."""

import math
from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any, TypeVar

from tui_optim.events import (
    Change,
    DatasetInfo,
    Ended,
    Evaluation,
    Finding,
    Histogram,
    LayerInfo,
    Layers,
    LayerStatistics,
    PerRun,
    RunInfo,
    Started,
    Step,
)
from tui_optim.experiment import MOST_RUNS

MOST_LAYERS = 100
MOST_BINS = 1000
LONGEST_NAME = 200
LONGEST_MESSAGE = 1000
FURTHEST = 2**53
"""The last iteration that a float tells from the next."""
LONGEST_TIME = 1e9
"""Seconds: some thirty years."""

Part = TypeVar("Part", Started, DatasetInfo, RunInfo, LayerInfo)


def bounded_start(started: Started) -> Started:
    """With the first MOST_RUNS runs, each name once, and MOST_LAYERS layers; no text is endless."""
    runs = {info.name: info for info in reversed(started.runs) if len(info.name) <= LONGEST_NAME}
    first = [runs[name] for name in list(reversed(runs))[:MOST_RUNS]]
    return replace(
        _short(started),
        dataset=_short(started.dataset),
        runs=tuple(map(_short, first)),
        layers=tuple(map(_short, started.layers[:MOST_LAYERS])),
    )


def why_left_out(started: Started, read: int) -> str:
    """How many runs of those that began are read, where not all are, and why."""
    names = [info.name for info in started.runs]
    known = {name for name in names if len(name) <= LONGEST_NAME}
    too_long = sum(len(name) > LONGEST_NAME for name in names)
    reasons = {
        f"names have at most {LONGEST_NAME} characters": too_long > 0,
        "each name once": len(known) + too_long < len(names),
        f"at most {MOST_RUNS}": len(known) > MOST_RUNS,
    }
    why = ", ".join(reason for reason, holds in reasons.items() if holds)
    verb = "is" if read == 1 else "are"
    return f"{read} of its {len(names):,} run{'s' * (len(names) > 1)} {verb} read ({why})"


def _short(part: Part) -> Part:
    """With no text that is longer than a name may be."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    texts: dict[str, Any] = {key: text for key, text in values.items() if isinstance(text, str)}
    return replace(part, **{key: text[:LONGEST_NAME] for key, text in texts.items()})


def why_impossible(step: Step) -> str:
    """Why a step can be of no training; "" where it can be of one."""
    if not 0 <= step.iteration <= FURTHEST:
        return f"iteration {step.iteration} cannot be"
    if not 0 <= step.seconds <= LONGEST_TIME:
        return f"{step.seconds:g} seconds cannot be"
    return ""


def bounded_layers(probe: Layers) -> Layers:
    """With MOST_LAYERS layers, and histograms only where they are some."""
    layers = tuple(_bounded_layer(layer) for layer in probe.layers[:MOST_LAYERS])
    return replace(probe, layers=layers) if layers != probe.layers else probe


def _bounded_layer(layer: LayerStatistics) -> LayerStatistics:
    if len(layer.name) > LONGEST_NAME:
        layer = replace(layer, name=layer.name[:LONGEST_NAME])
    if layer.histogram is not None and not _is_drawable(layer.histogram):
        layer = replace(layer, histogram=None)
    return layer


def _is_drawable(histogram: Histogram) -> bool:
    low, high, counts = histogram.low, histogram.high, histogram.counts
    few = 0 < len(counts) <= MOST_BINS
    return few and min(counts) >= 0 and low <= high and math.isfinite(high - low)


def bounded_finding(finding: Finding) -> Finding:
    """With a message that can be shown."""
    if max(map(len, (finding.run, finding.kind, finding.message))) <= LONGEST_NAME:
        return finding
    return replace(
        finding,
        run=finding.run[:LONGEST_NAME],
        kind=finding.kind[:LONGEST_NAME],
        message=finding.message[:LONGEST_MESSAGE],
    )


def bounded_evaluation(event: Evaluation, runs: Collection[str]) -> Evaluation:
    """With the values of no more runs than there can be."""
    return replace(
        event,
        loss=_bounded(event.loss, runs),
        accuracy=_bounded(event.accuracy, runs),
        train_loss=_bounded(event.train_loss, runs),
        train_accuracy=_bounded(event.train_accuracy, runs),
    )


def bounded_end(event: Ended, runs: Collection[str]) -> Ended:
    """With the values of no more runs than there can be, after a time that can be."""
    return replace(
        event,
        seconds=min(max(event.seconds, 0.0), LONGEST_TIME),
        loss=_bounded(event.loss, runs),
        accuracy=_bounded(event.accuracy, runs),
    )


def _bounded(values: PerRun, runs: Collection[str]) -> PerRun:
    few = len(values) <= MOST_RUNS and all(len(run) <= LONGEST_NAME for run in values)
    return values if few else of_runs(values, runs)


def of_runs(values: PerRun, runs: Collection[str]) -> PerRun:
    """The values of the runs that there are."""
    return {run: values[run] for run in runs if run in values}


def is_possible(change: Change) -> bool:
    """Whether a change is one of a setting that there is, to a value that it can have."""
    value = change.value
    match change.setting:
        case "iterations":
            return value is not None and 0 <= value <= FURTHEST
        case "lr":
            return value is not None and 0 < value < math.inf
        case "pace":
            return value is None or 0 < value < math.inf
        case "paused":
            return isinstance(value, bool)
    return False
