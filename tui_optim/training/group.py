"""Runs and groups of runs: what one iteration does to the networks."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from tui_optim.events import LayerStatistics
from tui_optim.experiment import RunSpec
from tui_optim.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    OUTPUT_ACTIVATIONS,
    MLPStack,
    Traits,
    build,
)
from tui_optim.nn.arrays import Floats
from tui_optim.training.batches import Batch
from tui_optim.training.probes import Prober, Update
from tui_optim.training.sampling import Minibatch
from tui_optim.training.saved import Saved, State


class Run:
    """One network under one optimizer: what there is of it beside its row of parameters.

    A run with a full-batch optimizer (gd) sums its gradient, weighted by samples, over an epoch of
    minibatches at unchanged parameters, and then steps once.

    Attributes:
        loss: what the step event tells: the minibatch's mean loss; of a full-batch run the mean
            over its last whole epoch, before the first is complete over what it has seen; NaN once
            it has diverged.
        diverged: whether a loss was not finite; the parameters are frozen as they were then.
        traits: of its network.
        epoch_gradient: (P,), a full-batch run's gradient over the last whole epoch; while an epoch
            lasts, its sum so far.
    """

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.optimizer = build(OPTIMIZERS, spec.optimizer, "optimizer")
        output = OUTPUT_ACTIVATIONS[spec.output_activation]
        self.traits = Traits(
            build(ACTIVATIONS, spec.activation, "activation"),
            output() if output else None,
            spec.batch_norm,
            spec.dropout,
        )
        self.initializer = build(INITIALIZERS, spec.initializer, "initializer")
        self.loss = math.nan
        self.diverged = False
        self.epoch_gradient: Floats | None = None
        self._epoch_loss = 0.0
        self._epoch_samples = 0
        self._epochs = 0
        self._decay: Floats | None = None
        self._penalized: Floats | None = None
        self._weighted: Floats | None = None

    def observe(self, loss: float, batch: Minibatch) -> None:
        """Take in the loss of a minibatch; the run diverges where it is not finite."""
        if not math.isfinite(loss):
            self.diverged = True
            self.loss = math.nan
        elif not self.optimizer.full_batch:
            self.loss = loss
        else:
            self._epoch_loss += loss * len(batch)
            self._epoch_samples += len(batch)
            if batch.ends_epoch or not self._epochs:
                self.loss = self._epoch_loss / self._epoch_samples

    def usable_gradient(self, gradient: Floats, batch: Minibatch) -> Floats | None:
        """The gradient to step along after this minibatch, or None where it is not yet whole."""
        if not self.optimizer.full_batch:
            return gradient
        if self.epoch_gradient is None:
            self.epoch_gradient = np.zeros_like(gradient)
            self._weighted = np.empty_like(gradient)
        if self._epoch_samples == len(batch):  # the first minibatch of an epoch
            self.epoch_gradient.fill(0)
        self.epoch_gradient += np.multiply(gradient, len(batch), out=self._weighted)
        if not batch.ends_epoch:
            return None
        self.epoch_gradient /= self._epoch_samples
        self._epoch_loss = 0.0
        self._epoch_samples = 0
        self._epochs += 1
        return self.epoch_gradient

    def step(self, theta: Floats, gradient: Floats, weight_columns: Sequence[slice]) -> None:
        """Update a row of parameters in place, with weight decay where the run has it.

        The penalty λ/2 ‖W‖² adds λ W to the gradient of the weights, and nothing to that of biases
        or of batch normalization's γ and β.
        """
        if self.spec.weight_decay:
            if self._decay is None:
                self._penalized = np.empty_like(theta)
                self._decay = np.zeros_like(theta)  # λ for each weight, else 0
                for columns in weight_columns:
                    self._decay[columns] = self.spec.weight_decay
            penalized = np.multiply(self._decay, theta, out=self._penalized)
            gradient = np.add(gradient, penalized, out=self._penalized)
        self.optimizer.step(theta, gradient)

    def state(self) -> State:
        """All there is of it that a step changes, but for its row of parameters."""
        return {
            "lr": self.optimizer.lr,
            "steps": self.optimizer.steps,
            "optimizer": self.optimizer.state,
            "loss": self.loss if math.isfinite(self.loss) else None,
            "diverged": self.diverged,
            "epochs": self._epochs,
            "epoch_samples": self._epoch_samples,
            "epoch_loss": self._epoch_loss,
            "epoch_gradient": self.epoch_gradient,
        }

    def restore(self, saved: Saved, theta: Floats) -> None:
        """Go on from a state; theta is (P,), the parameters that the run uses.

        Raises:
            InputError: where it is none of such a run.
        """
        self.optimizer.lr = saved.number("lr", above=0)
        self.optimizer.steps = saved.whole("steps")
        if self.optimizer.steps:
            part = saved.part("optimizer")
            names = self.optimizer.state_names
            self.optimizer.state = {name: part.array(name, theta) for name in names}
        self.loss = saved.number("loss") if saved.has("loss") else math.nan
        self.diverged = saved.flag("diverged")
        self._epochs = saved.whole("epochs")
        self._epoch_samples = saved.whole("epoch_samples")
        self._epoch_loss = saved.number("epoch_loss")
        if saved.has("epoch_gradient"):
            self.epoch_gradient = saved.array("epoch_gradient", theta)
            self._weighted = np.empty_like(theta)


class Group:
    """The runs that one thread takes through an iteration: a part of the stack.

    Attributes:
        runs: in the order of the part's rows.
        losses: of each iteration of the last `advance`, by run name; NaN for a diverged run.
        statistics: of its last iteration, by run name, where it was probed and the run has not
            diverged.
    """

    def __init__(self, stack: MLPStack, runs: Sequence[Run]) -> None:
        self.stack = stack
        self.runs = tuple(runs)
        self.losses: list[dict[str, float]] = []
        self.statistics: dict[str, tuple[LayerStatistics, ...]] = {}
        for run in runs:
            run.optimizer.decayed = stack.linear_columns
        self._prober = Prober(stack)
        self._updates: list[Update | None] = [None] * len(runs)
        self._before = np.empty_like(stack.theta[0])

    def advance(self, batches: Sequence[Batch], *, probe: bool) -> None:
        """Take every run through some iterations, and probe the last where asked to."""
        self.losses.clear()
        self.statistics.clear()
        for batch in batches:
            self._iterate(batch, probe=probe and batch is batches[-1])
            self.losses.append({run.name: run.loss for run in self.runs})

    def _iterate(self, batch: Batch, *, probe: bool) -> None:
        """Forward, backward and update of every run on one minibatch."""
        if all(run.diverged for run in self.runs):
            return
        self.stack.forward(batch.x, batch.features)
        hook = None
        if probe:
            self._prober.keep_logits(len(batch.x))
            hook = self._prober.on_error
        losses = self.stack.backward(batch.x, batch.labels, hook, batch.features)
        for row, run in enumerate(self.runs):
            if not run.diverged:
                run.observe(float(losses[row]), batch.minibatch)
            if not run.diverged:
                self._update(row, run, batch.minibatch, probe=probe)

    def _update(self, row: int, run: Run, batch: Minibatch, *, probe: bool) -> None:
        theta, minibatch_gradient = self.stack.own(row)
        gradient = run.usable_gradient(minibatch_gradient, batch)
        before = self._before[: len(theta)]
        # A full-batch run steps so seldom that its last step, which the next probe is to tell of,
        # may lie between two probes.
        measured = gradient is not None and (probe or run.optimizer.full_batch)
        if probe or measured:
            np.copyto(before, theta)
        if gradient is not None:
            run.step(theta, gradient, self.stack.weight_columns)
            if measured:
                self._updates[row] = self._prober.update(before, theta, gradient)
        if probe:
            self.statistics[run.name] = self._prober.layers(
                row, len(batch), before, self._updates[row]
            )

    def states(self) -> dict[str, State]:
        """All that an iteration changes, by run name."""
        return {run.name: self._state(row, run) for row, run in enumerate(self.runs)}

    def _state(self, row: int, run: Run) -> State:
        update = self._updates[row]
        return {
            **run.state(),
            "theta": self.stack.theta[row],
            "running": self.stack.running[row] if run.traits.batch_norm else None,
            "update": None if update is None else update.array(),
        }

    @property
    def dropout_state(self) -> State | None:
        """What dropout draws from; None where nothing is dropped any more.

        It is the same in each group, for all have drawn equally often; so runs may be shared out
        to more groups or to fewer when the training goes on elsewhere.
        """
        if self.stack.dropout is None or all(run.diverged for run in self.runs):
            return None
        return self.stack.dropout.random.bit_generator.state

    def restore(self, saved: Mapping[str, Saved]) -> None:
        """Go on from the runs' states.

        Raises:
            InputError: where one is none of such a run.
        """
        for row, run in enumerate(self.runs):
            state, theta = saved[run.name], self.stack.theta[row]
            np.copyto(theta, state.array("theta", theta))
            if run.traits.batch_norm:
                running = self.stack.running[row]
                np.copyto(running, state.array("running", running))
            run.restore(state, self.stack.own(row)[0])
            if state.has("update"):
                shape = np.empty((3, len(self.stack.layers)))
                self._updates[row] = Update(*state.array("update", shape).tolist())


def deal(runs: Sequence[Run], hands: int) -> list[list[Run]]:
    """Share the runs out so that the groups take about equally long."""
    dealt: list[list[Run]] = [[] for _ in range(hands)]
    costs = [0] * hands
    for run in sorted(runs, key=_cost, reverse=True):
        hand = costs.index(min(costs))
        dealt[hand].append(run)
        costs[hand] += _cost(run)
    return [sorted(hand, key=_kind) for hand in dealt]


def _cost(run: Run) -> int:
    """About how long an iteration of a run takes, beside that of others.

    A pass costs several times what an update does, and an update the more, the more state it has.
    """
    extra = 3 * run.traits.batch_norm + 2 * (run.traits.dropout > 0)
    return 8 + len(run.optimizer.state_names) + extra


def _kind(run: Run) -> tuple[str, bool, float, str]:
    """What neighbours have in common that are computed by one call."""
    spec = run.spec
    return spec.activation, spec.batch_norm, spec.dropout, spec.output_activation
