"""The curves of a training as a table, for other programs."""

import csv
from pathlib import Path

import numpy as np

from tui_optim.training.reading import Reading

POINTS = 2000


def write_curves(history: Reading, path: Path) -> Path:
    """Write the training losses as CSV: a row a point, for each run minimum, mean and maximum.

    A training of more than POINTS iterations is reduced to so many points.

    Raises:
        OSError: when the file cannot be written.
    """
    curves = history.curves(POINTS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = [f"{run} {what}" for run in curves for what in ("minimum", "mean", "maximum")]
        writer.writerow(["iteration", "samples", "seconds", *columns])
        table: list[np.ndarray] = []
        for curve in curves.values():
            table = table or [curve.iteration, curve.samples, curve.seconds]
            table += [curve.minimum, curve.mean, curve.maximum]
        writer.writerows(zip(*table, strict=True))
    return path
