"""View: how the screens show a training; and the signs and colours that runs keep everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Self

from tui_optim.experiment import LECTURE, Experiment
from tui_optim.language import Language
from tui_optim.nn import ACTIVATIONS, INITIALIZERS, OPTIMIZERS
from tui_optim.training.reading import Reading
from tui_optim.training.smoothing import SMOOTHERS

AXES = ("iteration", "samples", "seconds")
AXIS_LABELS = {"iteration": "iterations", "samples": "samples seen", "seconds": "seconds"}
SMOOTHINGS = ("off", *SMOOTHERS)
SMOOTHING_LABELS = {
    "off": "raw",
    "ema0.6": "smoothed 0.6",
    "ema0.9": "smoothed 0.9",
    "kaiser": "smoothed as in the lecture",
}
STATISTICS = ("histogram", "std", "saturated", "dead", "delta_rms", "step_size")
STATISTIC_LABELS = {
    "histogram": "outputs",
    "std": "std of the outputs",
    "saturated": "saturated or off",
    "dead": "dead units",
    "delta_rms": "δ rms",
    "step_size": "size of a step ‖ΔW‖/‖∇W‖",
}

COURSES = ("gradient_norm", "update_ratio", "step_size")
"""What the last chart of view 2 can show."""

LEAST = 1e-8
"""Below this a loss in float32 is rounding; it would only stretch a logarithmic scale."""

# Okabe and Ito's colours, which the colour-blind can tell apart, then eight as far from these and
# from one another as can be; on a light background darker ones of the same order. Each run has a
# sign of its own, so that nothing depends on colour alone.
COLORS = (
    "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#4c82d0", "#f0e442", "#f2f2f2",
    "#45eca4", "#9c85fc", "#a4b594", "#a4644e", "#c3c8eb", "#8f6698", "#b9feaa", "#c6c85d",
)  # fmt: skip
LIGHT_COLORS = (
    "#bd7b00", "#1c8bd0", "#00785a", "#c4559a", "#b34400", "#1f3fa0", "#41492a", "#1a1a1a",
    "#218695", "#7056c9", "#768767", "#521710", "#6d4a54", "#831169", "#07333f", "#8e4789",
)  # fmt: skip
SIGNS = "●■▲◆▼★✚◉□△◇▽☆✦○▣"
ASCII_SIGNS = "abcdefghijklmnop"
PLACES = {
    name: place
    for names in (
        dict.fromkeys((*LECTURE, *OPTIMIZERS)),
        ("zeros", "normal:std=1", "normal:std=0.01", *INITIALIZERS),
        ACTIVATIONS,
    )
    for place, name in enumerate(dict.fromkeys(names))
}
"""The places among these of the runs that have a name of their own."""


@dataclass(frozen=True)
class View:
    """What a person has chosen to see; immutable, so that a change is seen.

    Attributes:
        selected: the name of the run that the layers are shown of; "" is the first.
        hidden: the runs that are left out of the chart.
        axis: one of AXES.
        log_y: whether the loss is on a logarithmic axis.
        top: the loss at which a linear axis ends; None where the curves decide.
        smoothing: one of SMOOTHINGS.
        ghost: whether the training before this one is shown, too.
        statistic: what the cells of all runs and layers show, one of STATISTICS.
        course: what the last chart of the selected run's layers shows, one of COURSES.
        ascii: whether to draw with ASCII characters only.
        language: of findings and lessons.
        places: the places among colours and signs that runs were given so far, by their names.
    """

    selected: str = ""
    hidden: frozenset[str] = frozenset()
    axis: str = "iteration"
    log_y: bool = True
    top: float | None = None
    smoothing: str = "ema0.6"
    ghost: bool = True
    statistic: str = "histogram"
    course: str = COURSES[0]
    ascii: bool = False
    language: Language = "en"
    places: Mapping[str, int] = field(default_factory=dict)

    def run(self, history: Reading) -> str:
        """The selected run, or the first where there is none of that name."""
        if self.selected in history.runs or not history.runs:
            return self.selected
        return history.runs[0]

    def moved(self, history: Reading, by: int) -> Self:
        """With the run selected that is so many further down."""
        if not history.runs:
            return self
        index = history.runs.index(self.run(history)) + by
        return replace(self, selected=history.runs[index % len(history.runs)])

    def toggled(self, run: str) -> Self:
        """With a run hidden that was shown, or shown that was hidden."""
        return replace(self, hidden=self.hidden ^ {run})

    def next(self, field: str, values: tuple[str, ...]) -> Self:
        """With a field at the value after its present one."""
        after = values[(values.index(getattr(self, field)) + 1) % len(values)]
        return replace(self, **{field: after})  # type: ignore[arg-type]

    def sign(self, history: Reading, run: str) -> str:
        """A run's sign."""
        return (ASCII_SIGNS if self.ascii else SIGNS)[self._place(history, run)]

    def color(self, history: Reading, run: str, *, dark: bool) -> str:
        """A run's colour."""
        return (COLORS if dark else LIGHT_COLORS)[self._place(history, run)]

    def _place(self, history: Reading, run: str) -> int:
        return _placed(tuple(history.runs), tuple(self.places.items())).get(run, 0)

    def keeping(self, history: Reading) -> Self:
        """With the places that the runs have now remembered: they keep them."""
        places = {**self.places, **placed(history.runs, self.places)}
        return self if places == self.places else replace(self, places=places)


def placed(runs: Sequence[str], kept: Mapping[str, int]) -> dict[str, int]:
    """The places of runs among the colours and signs, no two alike: a run is known by what it is.

    A run has the place of its name, or the one that it had before; any other gets one that no run
    has had, as long as there is one.
    """
    known = {**kept, **PLACES}
    places: dict[str, int] = {}
    for run in sorted(runs, key=lambda run: run not in known):
        own = known.get(run, PLACES.get(run.partition(":")[0]))
        free = [place for place in range(len(COLORS)) if place not in places.values()]
        fresh = [place for place in free if place not in kept.values()]
        places[run] = own if own in free else next(iter(fresh or free), 0)
    return places


@lru_cache(64)
def _placed(runs: tuple[str, ...], kept: tuple[tuple[str, int], ...]) -> dict[str, int]:
    return placed(runs, dict(kept))  # asked for some thirty times a drawing


# What has an order, layers and values, has colours in an order, by lightness, too.
DEPTHS = ("#6a7af2", "#c774f0", "#ff7fa8", "#ffab5e", "#fff07a")
LIGHT_DEPTHS = ("#0d1a8c", "#6a1d9e", "#a92b7a", "#c94f3c", "#b98200")
HEAT = (  # matplotlib's "plasma"
    "#0d0887", "#4c02a1", "#7e03a8", "#aa2395", "#cc4778", "#e66c5c", "#f89540", "#fdc527",
    "#f0f921",
)  # fmt: skip


def layer_colors(layers: int, *, dark: bool) -> list[str]:
    """A colour a layer, from the first to the last."""
    colors = DEPTHS if dark else LIGHT_DEPTHS
    return [between(colors, layer / max(layers - 1, 1)) for layer in range(layers)]


def between(colors: Sequence[str], share: float) -> str:
    """A colour that lies at a share of the way through some colours."""
    index, rest = divmod(share * (len(colors) - 1), 1)
    pair = colors[int(index)], colors[min(int(index) + 1, len(colors) - 1)]
    channels = zip(*(bytes.fromhex(one[1:]) for one in pair), strict=True)
    return "#" + "".join(f"{round(a + rest * (b - a)):02x}" for a, b in channels)


def heat(share: float) -> tuple[str, str]:
    """The colours of a heat cell and of a text on it that can be read."""
    red, green, blue = bytes.fromhex((cell := between(HEAT, share))[1:])
    return cell, "#000000" if 0.3 * red + 0.59 * green + 0.11 * blue > 110 else "#ffffff"


def difference(before: Experiment, now: Experiment) -> str:
    """What an experiment had instead, where that is one thing and few words tell it."""
    pairs = ((field.name, getattr(before, field.name)) for field in fields(before))
    changed = [(name, value) for name, value in pairs if value != getattr(now, name)]
    (name, value), *more = changed or [("", None)]
    if more or not isinstance(value, str | int):
        return ""
    return value if isinstance(value, str) else f"{name.replace('_', ' ')} {value}"
