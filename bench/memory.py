"""How much memory a training takes, and that it does not grow.

Usage:
    python bench/memory.py peak DIRECTORY_WITH_MNIST
    python bench/memory.py flat [ITERATIONS]          (10⁶ take some 20 minutes on two cores)

`peak` runs MNIST's race headless in a process of its own and takes from that process's peak the
size of the data set's arrays. `flat` runs the digits race of six and prints the resident memory
as it goes.
"""

import os
import resource
import sys
from pathlib import Path

from tui_optim.datasets import load
from tui_optim.events import Step
from tui_optim.experiment import Experiment
from tui_optim.headless import Output, run
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer

MB = 1e6


def peak(data_dir: str) -> None:
    """Print the peak over the data set of a headless MNIST race."""
    experiment = Experiment(
        data="mnist",
        data_dir=data_dir,
        compare="optimizer=sgd,momentum,adagrad,adam",
        iterations=500,
    )
    run(experiment, Output(quiet=True))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    dataset = load("mnist", data_dir=data_dir)
    arrays = (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test)
    size = sum(array.nbytes for array in arrays)
    print(f"peak {most / MB:.0f} MB, data set {size / MB:.0f} MB, over it {(most - size) / MB:.0f}")


def flat(iterations: int) -> None:
    """Print the resident memory at 10⁴ iterations and as the training goes on."""
    history = History()
    first = 0.0
    for event in Trainer(Experiment(iterations=iterations)):
        history.add(event)
        if isinstance(event, Step) and (
            event.iteration == 10_000 or event.iteration % (iterations // 10) == 0
        ):
            now = resident() / MB
            first = first or now
            print(f"iteration {event.iteration:>9,}: {now:.1f} MB ({now - first:+.1f})", flush=True)


def resident() -> int:
    """This process's resident memory in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        peak(sys.argv[2])
    elif sys.argv[1:2] == ["flat"]:
        flat(int(sys.argv[2]) if len(sys.argv) > 2 else 10**6)
    else:
        sys.exit(__doc__)
