"""Probes: what the layers of a run look like on the current minibatch."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_optim.events import Histogram, LayerStatistics
from tui_optim.nn import Activation, MLPStack
from tui_optim.nn.activations import SATURATED
from tui_optim.nn.arrays import Floats
from tui_optim.nn.layers import Buffers

BINS = 30


@dataclass(frozen=True)
class Update:
    """The L2 norms, a layer each, of one update of the weights."""

    change: list[float]  # ‖ΔW‖
    weights: list[float]  # ‖W‖ before it
    gradient: list[float]  # ‖g‖ it was made from

    def array(self) -> NDArray[np.float64]:
        """The three as rows."""
        return np.array([self.change, self.weights, self.gradient])


class Prober:
    """Measures the runs of a stack; sums are taken in float64, in scratch memory of its own.

    (A square of float32 underflows below 1e-19, and the errors that reach the first layers of a
    deep sigmoid network are smaller than that.)
    """

    def __init__(self, stack: MLPStack) -> None:
        self._stack = stack
        self._error_rms = np.zeros((len(stack.layers), len(stack.theta)))
        self._logits: Floats = np.empty(0)
        self._scratch = np.empty(0)

    def keep_logits(self, samples: int) -> None:
        """Copy the outputs of the output layer after a forward pass: `backward` overwrites them."""
        self._logits = self._stack.buffers(samples).outputs[-1].copy()

    def on_error(self, layer: int, errors: Floats) -> None:
        """Note the root mean square of ∂L/∂outputs; a hook for `MLPStack.backward`."""
        for row, error in enumerate(errors):
            self._error_rms[layer, row] = self._norm(error) / math.sqrt(error.size)

    def update(self, before: Floats, after: Floats, gradient: Floats) -> Update:
        """The norms of an update of one row of theta from `before` to `after`."""
        update = Update([], [], [])
        for columns in self._stack.weight_columns:
            update.change.append(self._norm(after[columns], minus=before[columns]))
            update.weights.append(self._norm(before[columns]))
            update.gradient.append(self._norm(gradient[columns]))
        return update

    def layers(
        self, row: int, samples: int, theta: Floats, update: Update | None
    ) -> tuple[LayerStatistics, ...]:
        """The statistics of one run after a forward and backward pass.

        Args:
            row: of the run in the stack.
            samples: how many the pass was over.
            theta: (P,), the parameters that the pass was made with.
            update: of the last update, or None if there was none.
        """
        stack, buffers = self._stack, self._stack.buffers(samples)
        activation = stack.activations[row]
        axis = _shared_axis(activation, [outputs[row] for outputs in buffers.outputs[:-1]])
        statistics = []
        for index, layer in enumerate(stack.layers):
            hidden = index < len(stack.layers) - 1
            outputs = buffers.outputs[index][row] if hidden else self._logits[row]
            mean, std = self._mean_std(outputs)
            low, high = float(outputs.min()), float(outputs.max())
            dead, saturated = (
                _saturation(activation, buffers, index, row) if hidden else (None, None)
            )
            gradient_norm = self._norm(layer.weight_gradients[row])
            weights = theta[stack.weight_columns[index]].reshape(layer.inputs, layer.outputs)
            weight_norm, unit_spread = self._weights(weights)
            statistics.append(
                LayerStatistics(
                    index=index + 1,
                    name=activation.name if hidden else "output",
                    mean=_number(mean),
                    std=_number(std),
                    minimum=_number(low),
                    maximum=_number(high),
                    dead=dead,
                    saturated=saturated,
                    delta_rms=_number(self._error_rms[index, row]),
                    gradient_norm=_number(gradient_norm),
                    weight_norm=_number(weight_norm),
                    update_ratio=_ratio(update.change[index], update.weights[index])
                    if update
                    else None,
                    step_size=_ratio(update.change[index], update.gradient[index])
                    if update
                    else None,
                    unit_spread=unit_spread,
                    histogram=histogram(outputs, *(axis if hidden else (low, high))),
                )
            )
        return tuple(statistics)

    def _norm(self, array: Floats, *, minus: Floats | None = None) -> float:
        values = self._double(array)
        if minus is not None:
            values -= minus.reshape(-1)
        return math.sqrt(np.dot(values, values))

    def _mean_std(self, array: Floats) -> tuple[float, float]:
        values = self._double(array)
        mean = np.add.reduce(values) / values.size
        values -= mean
        return float(mean), math.sqrt(np.dot(values, values) / values.size)

    def _weights(self, weights: Floats) -> tuple[float, float | None]:
        """‖W‖ and the unit spread of weights (inputs, outputs)."""
        values = self._double(weights)
        norm = math.sqrt(np.dot(values, values))
        if norm == 0 or not math.isfinite(norm):
            return norm, None
        inputs, units = weights.shape
        table = values.reshape(inputs, units)
        table -= np.add.reduce(table, axis=1, keepdims=True) / units
        variance = np.einsum("ij,ij->i", table, table).max() / units
        return norm, _number(math.sqrt(variance) / (norm / math.sqrt(table.size)))

    def _double(self, array: Floats) -> Floats:
        """A flat float64 copy, in scratch memory that the next copy overwrites."""
        if self._scratch.size < array.size:
            self._scratch = np.empty(array.size)
        flat = self._scratch[: array.size]
        np.copyto(flat.reshape(array.shape), array)
        return flat


def histogram(values: Floats, low: float, high: float) -> Histogram | None:
    """Counts of values in BINS equal bins from low to high; what is outside goes into the ends.

    Where low equals high, the first bin holds all. None where low or high is not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    if not low < high:
        return Histogram(low, high, (values.size, *[0] * (BINS - 1)))
    # Much faster than np.histogram, which searches the bin's edge for each value.
    scaled = values.reshape(-1).astype(np.float64)  # high − low may be beyond float32
    scaled -= low
    scaled *= BINS / (high - low)
    bins = scaled.astype(np.intp)
    np.clip(bins, 0, BINS - 1, out=bins)
    return Histogram(low, high, tuple(np.bincount(bins, minlength=BINS).tolist()))


def _shared_axis(activation: Activation, outputs: list[Floats]) -> tuple[float, float]:
    """Where the histograms of a run's hidden layers begin and end, so that they compare by eye."""
    if activation.output_range is not None:
        return activation.output_range
    if not outputs:
        return (0.0, 0.0)
    return min(float(a.min()) for a in outputs), max(float(a.max()) for a in outputs)


def _saturation(
    activation: Activation, buffers: Buffers, layer: int, row: int
) -> tuple[float, float]:
    """The share of units saturated for every sample, and the share of saturated outputs."""
    outputs = buffers.outputs[layer][row]
    derivative, mask = buffers.scratch[layer][row], buffers.mask[layer][row]
    activation.derivative(outputs, derivative, mask)
    np.less(derivative, SATURATED * activation.steepest, out=mask)
    return float(mask.all(axis=0).mean()), float(np.count_nonzero(mask) / mask.size)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _ratio(numerator: float, denominator: float) -> float | None:
    return _number(numerator / denominator) if denominator else None
