"""Resumption: how a training goes on from a checkpoint, and what may be said otherwise of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tui_optim.errors import InputError
from tui_optim.experiment import Experiment, option_names
from tui_optim.logs.past import Past
from tui_optim.nn.specs import value_text
from tui_optim.training.checkpoint import ELSEWHERE, Checkpoint
from tui_optim.values import whole


@dataclass(frozen=True)
class Resumption:
    """How a training goes on.

    Attributes:
        checkpoint: from where.
        experiment: what is trained: the checkpoint's, but for where that is.
        past: what the log holds of it, where one is continued.
        more: iterations that are asked for beyond what was asked for then.
        log_every: of the steps, the log has every so many.
        checkpoint_every: iterations between two checkpoints; 0: only at an end.
    """

    checkpoint: Checkpoint
    experiment: Experiment
    past: Past | None = None
    more: int = 0
    log_every: int = 1
    checkpoint_every: int = 0

    @classmethod
    def read(cls, path: str | Path, options: Mapping[str, Any], log: str | None = None) -> Self:
        """How to go on from a file.

        Args:
            path: of the checkpoint.
            options: as they are given beside it. Those of an experiment must say what the
                checkpoint says; but more `iterations` may be asked for. How often the log and
                checkpoints are written stays as it was, where they do not say otherwise.
            log: of the file that the log is written to.

        Raises:
            InputError: where the checkpoint cannot be used, an option says otherwise, or the log is
                another training's.
        """
        checkpoint = Checkpoint.read(path)
        given = {key: options[key] for key in option_names() if key in options}
        more = _more(checkpoint, given.pop("iterations", None))
        elsewhere = {key: given.pop(key) for key in ELSEWHERE & given.keys()}
        for key, value in given.items():
            if checkpoint.experiment.replace(**{key: value}) != checkpoint.experiment:
                name = key.replace("_", "-")
                raise InputError(
                    f"{name}={value_text(value)}: the checkpoint is of another experiment, and "
                    f"says what is trained; leave --{name} out"
                )
        past = None if log is None else Past.find(log, checkpoint)
        experiment = checkpoint.experiment.replace(**elsewhere)
        every = {
            key: options.get(key, getattr(checkpoint, key))
            for key in ("log_every", "checkpoint_every")
        }
        return cls(checkpoint, experiment, past, more, **every)

    def notices(self) -> list[str]:
        """What is to be said before it goes on, in lines."""
        said, iteration = [], self.checkpoint.iteration
        if self.past is not None and self.past.ahead:
            ahead = self.past.ahead
            lines = "1 line" if ahead == 1 else f"{ahead:,} lines"
            said.append(
                f"{self.past.path}: {lines} after iteration {iteration:,} cut off, "
                "for what they tell is trained again"
            )
        if iteration >= self.checkpoint.iterations + self.more:
            said.append(
                f"nothing is left to train after iteration {iteration:,}: "
                "--iterations N goes on longer"
            )
        return said

    def missing(self, last: int) -> str | None:
        """What the log lacks, in a line, if its last step before the checkpoint is that."""
        if self.past is None or self.checkpoint.iteration - last < self.log_every:
            return None
        return (
            f"the log's last step is iteration {last:,}, the checkpoint's "
            f"{self.checkpoint.iteration:,}: what is between is not in the log"
        )


def _more(checkpoint: Checkpoint, given: Any) -> int:
    iterations = checkpoint.iterations if given is None else whole("iterations", given, 1)
    if iterations < checkpoint.iterations:
        raise InputError(
            f"iterations={iterations}: the checkpoint's training is to have "
            f"{checkpoint.iterations:,}; give more, or leave --iterations out"
        )
    return iterations - checkpoint.iterations
