"""The opening: the event that a training begins with."""

from itertools import pairwise

from tui_optim import __version__
from tui_optim.datasets.dataset import Dataset
from tui_optim.events import SCHEMA, DatasetInfo, LayerInfo, RunInfo, Started
from tui_optim.experiment import Experiment


def started(
    experiment: Experiment, dataset: Dataset, *, threads: int, time: str, parameters: int
) -> Started:
    """Everything that determines a training.

    Args:
        experiment: what is trained.
        dataset: its data.
        threads: that compute.
        time: when it began.
        parameters: of a run.
    """
    sizes = (dataset.features, *experiment.widths, dataset.classes)
    return Started(
        schema=SCHEMA,
        version=__version__,
        time=time,
        threads=threads,
        experiment=experiment.options(),
        dataset=DatasetInfo(
            name=dataset.name,
            train=len(dataset.y_train),
            test=len(dataset.y_test),
            features=dataset.features,
            classes=dataset.classes,
            sha256=dataset.sha256,
        ),
        runs=tuple(
            RunInfo(run.name, run.optimizer, run.activation, run.initializer)
            for run in experiment.runs
        ),
        layers=tuple(
            LayerInfo(index, f"hidden {index}" if index < len(sizes) - 1 else "output", *shape)
            for index, shape in enumerate(pairwise(sizes), 1)
        ),
        parameters=parameters,
    )
