"""Probes that are decoded only where somebody looks at them.

A log of 10⁶ steps has some 10⁵ probes of which a screen shows a few: the last of each run, those
of a moment that one goes back to, and of the others some numbers of every n-th.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tui_optim.events import Layers


@dataclass(slots=True, eq=False)
class Deferred:
    """A probe as the line of a log.

    Attributes:
        iteration: as the line has it; so is the run.
        run: its name.
        line: the whole of it.
        decode: makes the event of it; None where it turns out to be none.
    """

    iteration: int
    run: str
    line: bytes
    decode: Callable[[bytes], Layers | None]

    def event(self) -> Layers | None:
        """The probe itself."""
        return self.decode(self.line)


Probe: TypeAlias = Layers | Deferred


def decoded(probes: Mapping[str, Probe]) -> dict[str, Layers]:
    """The probes themselves, by run; without those that turn out to be none."""
    events = {run: p.event() if isinstance(p, Deferred) else p for run, p in probes.items()}
    return {run: event for run, event in events.items() if event is not None}


def size(probe: Probe) -> int:
    """About how many bytes it takes to keep it."""
    if isinstance(probe, Deferred):
        return len(probe.line)
    histograms = (layer.histogram for layer in probe.layers if layer.histogram is not None)
    return 800 * len(probe.layers) + sum(36 * len(histogram.counts) for histogram in histograms)
