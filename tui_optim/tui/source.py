"""What the screens draw from: a source, and the training that it shows, live or in a log."""

from collections import deque
from typing import Protocol

from tui_optim.datasets.dataset import Dataset
from tui_optim.events import Reason
from tui_optim.experiment import Experiment
from tui_optim.training.reading import Reading


class Subject(Protocol):
    """A training as the screens show it."""

    @property
    def history(self) -> Reading:
        """What is known of it at the moment that is looked at."""

    @property
    def whole(self) -> Reading:
        """All that is known of it; the same, but where an earlier moment is looked at."""

    @property
    def moment(self) -> int | None:
        """The iteration that is looked at; None is the last there is."""

    @property
    def experiment(self) -> Experiment | None:
        """What is trained; None where a log does not tell."""

    @property
    def dataset(self) -> Dataset | None:
        """What it is trained on; None where that is not at hand."""

    @property
    def failure(self) -> str | None:
        """Why it could not begin or go on, in a line; None where all is well."""

    @property
    def paused(self) -> bool:
        """Whether it is to pause."""

    @property
    def pace(self) -> float | None:
        """Iterations a second at most; None is full speed."""

    @property
    def title(self) -> str:
        """What it is called; "" where there is only one."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of where it comes from, in few words, the most telling first."""

    @property
    def going(self) -> bool:
        """Whether it goes on by itself, so that there is a speed to be told."""

    @property
    def busy(self) -> bool:
        """Whether what feeds the history needs the processor, so that drawing must be modest."""

    @property
    def waiting(self) -> str:
        """What is waited for while nothing is known yet, in few words."""


class Source(Protocol):
    """Feeds what the screens show, and knows which actions it obeys.

    Attributes:
        notices: what has happened to it that a person is to be told, oldest first; the screens
            take them out.
    """

    notices: deque[str]

    @property
    def fault(self) -> str | None:
        """The traceback of the last fault of ours."""

    @property
    def current(self) -> Subject:
        """The training on the screen."""

    @property
    def ghost(self) -> Subject | None:
        """The one before it."""

    def open(self) -> None:
        """Begin to feed."""

    def hold(self) -> None:
        """Leave the processor to the screens, for a moment or until `release`."""

    def release(self) -> None:
        """Go on."""

    def stop(self, reason: Reason = "stopped") -> None:
        """Ask it to end, soon; may be called by a signal's handler."""

    def close(self) -> None:
        """End it, and wait until it has ended."""

    def refusal(self, action: str, parameters: tuple[object, ...]) -> str | None:
        """Why it cannot obey an action, in a line; None where it can."""
