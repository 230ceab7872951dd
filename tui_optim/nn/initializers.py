"""Weight initializers: W = deviation(n_in) · N(0, 1), biases 0.

All scale the same standard-normal draw, so that under one seed two initializers differ by a factor
alone. They look at the fan-in only, as the lecture has them.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from tui_optim.nn.specs import Configurable, setting


@dataclass
class Initializer(Configurable, ABC):
    """How widely a layer's initial weights are spread."""

    @abstractmethod
    def deviation(self, fan_in: int) -> float:
        """The standard deviation of the weights of a layer with fan_in inputs."""

    def deviations(self, fan_ins: Sequence[int]) -> list[float]:
        """Those of all layers, from the first on."""
        return [self.deviation(fan_in) for fan_in in fan_ins]


@dataclass
class Zeros(Initializer):
    """W = 0: every unit of a layer computes the same, and goes on doing so.

    With `first`, of the first layer alone; the others' are Xavier's.
    """

    name = "zeros"

    first: bool = setting(default=False)

    def deviation(self, fan_in: int) -> float:  # noqa: ARG002  for others
        """0."""
        return 0.0

    def deviations(self, fan_ins: Sequence[int]) -> list[float]:
        """0, for all layers or for the first."""
        others = Xavier() if self.first else self
        return [0.0, *(others.deviation(fan_in) for fan_in in fan_ins[1:])]


@dataclass
class Normal(Initializer):
    """W ~ N(0, std²), whatever the layer's size."""

    name = "normal"

    std: float = setting(1.0, least=0, shown=True)

    def deviation(self, fan_in: int) -> float:  # noqa: ARG002  for others
        """The setting itself."""
        return self.std


@dataclass
class Xavier(Initializer):
    """W ~ N(0, 1/n_in).

    The lecture's form, with the fan-in only, elsewhere called LeCun's (LeCun et al. 1998).
    Glorot and Bengio (2010), eq. 12 and 16, use the fan-in and the fan-out: 2 / (n_in + n_out).
    """

    name = "xavier"

    def deviation(self, fan_in: int) -> float:
        """1 / √n_in."""
        return 1 / math.sqrt(fan_in)


@dataclass
class He(Initializer):
    """W ~ N(0, 2/n_in), for ReLU (He et al. 2015, eq. 10)."""

    name = "he"

    def deviation(self, fan_in: int) -> float:
        """1 / √(n_in / 2)."""
        return 1 / math.sqrt(fan_in / 2)


INITIALIZERS: dict[str, type[Initializer]] = {
    kind.name: kind for kind in (Zeros, Normal, Xavier, He)
}
