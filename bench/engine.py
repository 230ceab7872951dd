"""How fast the engine is, beside what else trains the same four networks, in one run.

Usage:
    python bench/engine.py DIRECTORY_WITH_MNIST [--repeats 9]

Everything is measured in turns (A B C … A B C …), so that a machine whose speed drifts slows all
alike; a figure is the median over the turns of the ratio within a turn, with its quartiles. The
race is the one of `baselines.py`. Needs the extra `bench`; a contender that is not installed is
left out, and said to be.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from baselines import Rounds, jax_jitted, products, products_split, pytorch_eager
from teaching import teaching_loop

from tui_optim.datasets import Dataset, load
from tui_optim.events import Event, Finding, Step
from tui_optim.experiment import Experiment
from tui_optim.headless import LOOKAHEAD
from tui_optim.logs.jsonl import LogWriter
from tui_optim.training.diagnosis import Diagnosis
from tui_optim.training.history import History
from tui_optim.training.pool import usable_cores
from tui_optim.training.trainer import Trainer

ENDLESS = 10**9
SETTLE_SECONDS = 0.1


class NoDiagnosis(Diagnosis):
    """Finds nothing, and costs nothing."""

    def follow(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events as they are."""
        return iter(events)


def ours(
    dataset: Dataset,
    *readers: Callable[[Event], None],
    probe_every: int = 0,
    eval_every: int = 0,
    diagnosis: bool = True,
) -> Rounds:
    """Our trainer, a round being an iteration; probes and evaluation only where asked for."""
    experiment = Experiment(
        data="mnist",
        compare="optimizer=sgd,momentum,adagrad,adam",
        iterations=ENDLESS,
        probe_every=probe_every,
        eval_every=eval_every,
    )
    trainer = Trainer(experiment, dataset=dataset, lookahead=LOOKAHEAD)
    if not diagnosis:
        trainer.diagnosis = NoDiagnosis()
    events = iter(trainer)

    def rounds(n: int) -> dict[str, float]:
        done = 0
        for event in events:
            for read in readers:
                read(event)
            # What follows a step (probes, evaluation) is computed when the next event is asked
            # for, and so falls into the next turn's first round: as many in every turn.
            if isinstance(event, Step):
                done += 1
                if done == n:
                    return {run: loss or 0.0 for run, loss in event.loss.items()}
        raise RuntimeError("the training ended")

    return rounds


def diagnosis_alone(dataset: Dataset, probe_every: int) -> Rounds:
    """A diagnosis that reads the same iterations, recorded before, again and again."""
    experiment = Experiment(
        data="mnist",
        compare="optimizer=sgd,momentum,adagrad,adam",
        iterations=4 * probe_every,
        probe_every=probe_every,
    )
    started, *recorded = Trainer(experiment, dataset=dataset, lookahead=LOOKAHEAD)
    events = itertools.cycle(event for event in recorded if not isinstance(event, Finding))
    diagnosis = Diagnosis()
    diagnosis.read(started)

    def rounds(n: int) -> dict[str, float]:
        done = 0
        for event in events:
            diagnosis.read(event)
            done += isinstance(event, Step)
            if done == n:
                break
        return {}

    return rounds


def contenders(dataset: Dataset, log: Path) -> tuple[dict[str, tuple[Rounds, int]], list[str]]:
    """Each contender with the rounds of a turn, and what is not installed."""
    cores = usable_cores()
    x, y = dataset.x_train, dataset.y_train
    writer = LogWriter(log)
    default = Experiment()
    probing, evaluating = default.probe_every, default.eval_every
    rounds: dict[str, tuple[Rounds, int]] = {
        "ours": (ours(dataset), 250),
        "ours + probes": (ours(dataset, probe_every=probing), 250),
        "ours + evaluation": (ours(dataset, eval_every=evaluating), 250),
        "ours + log": (ours(dataset, writer.write), 250),
        "ours + history": (ours(dataset, History().add), 250),
        "ours, all of these": (
            ours(
                dataset,
                writer.write,
                History().add,
                probe_every=probing,
                eval_every=evaluating,
            ),
            250,
        ),
        "ours + probes, no diagnosis": (
            ours(dataset, probe_every=probing, diagnosis=False),
            250,
        ),
        "diagnosis of probes alone": (diagnosis_alone(dataset, probing), 250),
        "products, 1 thread": (products(1)(x, y, 0), 250),
        f"products, {cores} BLAS threads": (products(cores)(x, y, 0), 250),
        f"products, runs over {cores} threads": (products_split(cores)(x, y, 0), 250),
        "teaching loop": (teaching_loop()(x, y, 0), 25),
    }
    absent = []
    try:
        for threads in sorted({1, cores}):
            rounds[f"PyTorch eager, {threads} threads"] = (pytorch_eager(threads)(x, y, 0), 100)
    except ImportError as error:
        absent.append(f"PyTorch ({error})")
    try:
        rounds["JAX jitted"] = (jax_jitted()(x, y, 0), 100)
    except ImportError as error:
        absent.append(f"JAX ({error})")
    return rounds, absent


def measure(rounds: dict[str, tuple[Rounds, int]], repeats: int) -> dict[str, list[float]]:
    """Milliseconds a round, for each turn."""
    times: dict[str, list[float]] = {name: [] for name in rounds}
    for turn in range(repeats + 1):
        for name, (run, n) in rounds.items():
            time.sleep(SETTLE_SECONDS)  # the last contender's threads may still be spinning
            run(2)
            started = time.perf_counter()
            run(n)
            if turn:  # the first turn warms up
                times[name].append(1000 * (time.perf_counter() - started) / n)
    return times


def ratio(above: list[float], below: list[float]) -> str:
    """The median and quartiles of the ratios turn by turn."""
    low, middle, high = statistics.quantiles(
        [a / b for a, b in zip(above, below, strict=True)], n=4, method="inclusive"
    )
    return f"{middle:6.3f}  ({low:.3f} … {high:.3f})"


def fastest(times: dict[str, list[float]], prefix: str) -> str | None:
    """The contender of a kind with the least median."""
    names = [name for name in times if name.startswith(prefix)]
    return min(names, key=lambda name: statistics.median(times[name]), default=None)


def report(times: dict[str, list[float]], absent: list[str]) -> None:
    """Print one table of times and one of ratios."""
    print(f"{'':34} {'ms a round':>10}  (least … most)")
    for name, values in times.items():
        spread = f"({min(values):.3f} … {max(values):.3f})"
        print(f"{name:34} {statistics.median(values):10.3f}  {spread}")
    cores = usable_cores()
    print(f"\n{'ratio, median of turns':58} {'':6}  (quartiles)      to reach")
    rows: list[tuple[str, str | None, str]] = [
        ("ours", f"products, {cores} BLAS threads", "≤ 1.25"),
        ("ours", f"products, runs over {cores} threads", "≤ 1.25"),
        ("ours", fastest(times, "JAX"), "≤ 0.75"),
        ("ours", fastest(times, "PyTorch"), "≤ 0.4"),
        ("ours", "teaching loop", "≤ 0.15"),
        ("ours + probes", "ours", "≤ 1.03"),
        ("ours + evaluation", "ours", "≤ 1.04"),
        ("ours + probes", "ours + probes, no diagnosis", "≤ 1.01"),
        ("diagnosis of probes alone", "ours + probes, no diagnosis", "≤ 0.01"),
        ("ours + log", "ours", "≤ 1.02"),
        ("ours + history", "ours", ""),
        ("ours, all of these", "ours", ""),
    ]
    for above, below, goal in rows:
        if below is not None:
            print(f"{f'{above} / {below}':58} {ratio(times[above], times[below]):26} {goal}")
    for name in absent:
        print(f"left out: {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data_dir", help="the folder that has the four files of MNIST")
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    dataset = load("mnist", data_dir=options.data_dir)
    with tempfile.TemporaryDirectory() as folder:
        rounds, absent = contenders(dataset, Path(folder) / "log.jsonl")
        report(measure(rounds, options.repeats), absent)


if __name__ == "__main__":
    main()
