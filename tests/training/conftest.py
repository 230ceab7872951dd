"""What the tests of training share: trainings, recorded, in a thread or made up; PyTorch's net."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tui_optim import Control, Experiment, Trainer
from tui_optim.events import (
    DatasetInfo,
    Ended,
    Evaluation,
    LayerInfo,
    Layers,
    LayerStatistics,
    RunInfo,
    Started,
    Step,
)
from tui_optim.training.diagnosis import Diagnosis

MNIST = Path(__file__).resolve().parents[2].parent / "shared" / "mnist"

WELL = {
    "mean": 0.0,
    "std": 0.5,
    "minimum": -1.0,
    "maximum": 1.0,
    "dead": 0.1,
    "saturated": 0.05,
    "delta_rms": 1.0,
    "gradient_norm": 1.0,
    "weight_norm": 1.0,
    "update_ratio": 1e-3,
    "step_size": 1e-2,
    "unit_spread": 1.0,
    "histogram": None,
}
"""What is measured of a healthy layer."""


class Recording:
    """A training and the events it has told of."""

    def __init__(self, experiment, control=None, dataset=None, lookahead=1):
        self.control = control or Control()
        self.trainer = Trainer(experiment, self.control, dataset, lookahead=lookahead)
        self.events = []

    def run(self, on_event=None):
        """Train to the end; `on_event` is called with each event as it is told."""
        for event in self.trainer:
            self.events.append(event)
            if on_event is not None:
                on_event(event)
        return self

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def steps(self):
        return self.of(Step)

    @property
    def evaluations(self):
        return self.of(Evaluation)

    @property
    def ended(self):
        assert isinstance(self.events[-1], Ended)
        return self.events[-1]

    @property
    def losses(self):
        """Of each run, the losses of all steps."""
        steps = self.steps
        return {run: [step.loss[run] for step in steps] for run in steps[0].loss}

    def probes(self, run):
        """Of one run, the statistics of the layers by iteration."""
        return {event.iteration: event.layers for event in self.of(Layers) if event.run == run}

    def _place(self, run):
        for group in self.trainer.groups:
            names = [each.name for each in group.runs]
            if run in names:
                return group.stack, names.index(run)
        raise KeyError(run)

    def theta(self, run):
        """A run's row of parameters: a view."""
        stack, row = self._place(run)
        return stack.theta[row]

    def own(self, run):
        """What the run uses of its row: a view."""
        stack, row = self._place(run)
        return stack.own(row)[0]

    def running(self, run):
        """A run's running averages of batch normalization: a view."""
        stack, row = self._place(run)
        return stack.running[row]

    def run_named(self, name):
        return next(run for run in self.trainer.runs if run.name == name)


@pytest.fixture(scope="session")
def recording():
    """A function of an experiment's options: its training, not yet begun."""

    def make(*, control=None, dataset=None, lookahead=1, **options):
        return Recording(Experiment(**options), control, dataset, lookahead)

    return make


@pytest.fixture(scope="session")
def train(recording):
    """A function of an experiment's options: its training, ended."""
    return lambda **options: recording(**options).run()


class Live(Recording):
    """A training that runs in a thread of its own, with the time of each event."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.times = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self.run, args=(self._note,))

    def _note(self, _event):
        with self._news:
            self.times.append(time.perf_counter())
            self._news.notify_all()

    def start(self):
        self._thread.start()
        return self

    def wait_for(self, condition, timeout=10.0):
        """Wait until something is so, looked at after each event."""
        with self._news:
            assert self._news.wait_for(condition, timeout), "it did not happen in time"

    def wait_for_steps(self, count):
        self.wait_for(lambda: len(self.steps) >= count)

    def join(self):
        """Wait for the end."""
        self._thread.join(10)
        assert not self._thread.is_alive(), "it did not end in time"

    def close(self):
        self.control.stop()
        if self._thread.ident is not None:
            self._thread.join()


@pytest.fixture
def live():
    """A function of an experiment's options: its training, running in a thread."""
    started = []

    def start(*, control=None, dataset=None, **options):
        started.append(Live(Experiment(**options), control, dataset).start())
        return started[-1]

    yield start
    for training in started:
        training.close()


class Ward:
    """A diagnosis of runs with three hidden layers, and the events that it is given."""

    def __init__(self, *runs, widths=(5, 5, 5), activation="relu"):
        self.diagnosis = Diagnosis()
        self.iteration = 0
        self.activation, self.widths = activation, widths
        infos = tuple(RunInfo(run, "sgd", activation, "he") for run in runs or ("a",))
        layers = [LayerInfo(i, f"hidden {i}", 5, width) for i, width in enumerate(widths, 1)]
        layers.append(LayerInfo(4, "output", 5, 10))
        dataset = DatasetInfo("d", 100, 50, 4, 10, "0")
        self.diagnosis.read(Started(1, "0", "now", 1, {}, dataset, infos, tuple(layers), 9))

    def probe(self, run="a", name=None, **layers):
        """A probe at which some hidden layers (l1, l2, l3) differ from a healthy one."""
        self.iteration += 50
        statistics = [
            LayerStatistics(i, name or self.activation, **{**WELL, **layers.get(f"l{i}", {})})
            for i in range(1, len(self.widths) + 1)
        ]
        output = {**WELL, "dead": None, "saturated": None}
        statistics.append(LayerStatistics(len(statistics) + 1, "output", **output))
        return self.diagnosis.read(Layers(self.iteration, run, tuple(statistics)))

    def steps(self, *losses, **others):
        """A step each."""
        found = []
        for loss in losses:
            self.iteration += 1
            found += self.diagnosis.read(
                Step(self.iteration, self.iteration, 0.1, {"a": loss, **others})
            )
        return found

    def evaluate(self, test, train, examples=100):
        self.iteration += 100
        values = {"a": test}, {"a": 0.5}, {"a": train}, {"a": 0.5}
        return self.diagnosis.read(Evaluation(self.iteration, examples, *values))


@pytest.fixture
def wards():
    """Makes the diagnosis of runs, and what it is given to read."""
    return Ward


@pytest.fixture(scope="session")
def mnist():
    """The folder of the published MNIST files."""
    if not MNIST.is_dir():
        pytest.skip("the published MNIST files are not beside the project")
    return str(MNIST)


@pytest.fixture
def torch():
    """PyTorch, on one thread."""
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install -e '.[compare]'"
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


class TorchNetwork:
    """The same network in PyTorch and float64, its parameters those of one row of theta."""

    def __init__(self, torch, sizes, activation, theta, *, batch_norm=False, bounded=False):
        self.torch, self.activation, self.bounded = torch, activation, bounded
        self.weights, self.biases, self.norms = [], [], []
        rest = np.array(theta, np.float64)
        for inputs, outputs in pairwise(sizes):
            weights, biases, rest = np.split(rest, [inputs * outputs, (inputs + 1) * outputs])
            self.weights.append(torch.tensor(weights.reshape(inputs, outputs), requires_grad=True))
            self.biases.append(torch.tensor(biases, requires_grad=True))
        for units in sizes[1:-1] if batch_norm else ():
            gamma, beta, rest = np.split(rest, [units, 2 * units])
            norm = torch.nn.BatchNorm1d(units, dtype=torch.float64)
            with torch.no_grad():
                norm.weight.copy_(torch.tensor(gamma))
                norm.bias.copy_(torch.tensor(beta))
            self.norms.append(norm)
        assert len(rest) == 0

    def forward(self, x, factors=None):
        """The logits; keeps `preactivations` and `outputs`, before dropout's factors."""
        a = self.torch.tensor(np.array(x, np.float64))
        self.preactivations, self.outputs = [], []
        for index, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = a @ weights + biases
            if weights is self.weights[-1]:
                a = z.tanh() if self.bounded else z
            else:
                z = self.norms[index](z) if self.norms else z
                a = self.activation(z)
            self.preactivations.append(z)
            self.outputs.append(a)
            if factors is not None and index < len(factors):
                a = a * self.torch.tensor(factors[index])
        return self.outputs[-1]

    def evaluate(self, x, y):
        """The mean loss in evaluation mode."""
        for norm in self.norms:
            norm.eval()
        with self.torch.no_grad():
            labels = self.torch.tensor(np.array(y))
            loss = self.torch.nn.functional.cross_entropy(self.forward(x), labels)
        for norm in self.norms:
            norm.train()
        return loss.item()

    def backward(self, x, y, factors=None):
        """The mean loss; sets every gradient, and `preactivations` and `outputs` with theirs."""
        logits = self.forward(x, factors)
        for outputs in self.outputs:
            outputs.retain_grad()
        loss = self.torch.nn.functional.cross_entropy(logits, self.torch.tensor(np.array(y)))
        loss.backward()
        return loss.item()

    def flat(self, gradients=False):
        """The parameters, or their gradients, in the order of a row of theta."""
        tensors = [t for pair in zip(self.weights, self.biases, strict=True) for t in pair]
        tensors += [t for norm in self.norms for t in (norm.weight, norm.bias)]
        chosen = [t.grad if gradients else t.detach() for t in tensors]
        return np.concatenate([t.numpy().ravel() for t in chosen])


@pytest.fixture
def torch_network(torch):
    """A function of sizes, an activation's name and a row of theta: PyTorch's network."""

    def make(sizes, activation, theta, **remedies):
        function = {
            "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
            "relu": torch.relu,
            "tanh": torch.tanh,
            "sigmoid": torch.sigmoid,
        }[activation]
        return TorchNetwork(torch, sizes, function, theta, **remedies)

    return make
