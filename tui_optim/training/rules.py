"""The rules of the diagnosis: what is measured, from where on that is bad, and which cause is told.

What a number here rests on stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BLOCK = 50  # losses are read together: their mean has a seventh of the noise of one
WINDOW = 3  # blocks, over which the fall of the loss is measured
UNLEARNED = 0.5  # of the first block's mean loss: below that share, the loss has not stalled
SMALL_UPDATE = 2e-4  # ‖ΔW‖/‖W‖ of a step too short; 1e-3 is usual (Karpathy, Stanford's CS231n)
OVERSHOOT = 0.5  # of ln C, the loss of guessing: a loss so far above the lowest was thrown back
NEGLIGIBLE = 0.01  # a test loss below this may rise
CLEAR = 2  # good readings in a row withdraw a finding
FEWEST_EXAMPLES = 4  # a unit that is off for fewer is not dead for that
MOST_LAYERS = 100  # another program's log may tell of more: they are not looked at


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    Attributes:
        kind: as in the log.
        measured: what the value is.
        limits: beyond the first, a reading is bad; on the other side of the second, good; what is
            between changes nothing.
        hold: bad readings in a row before it speaks.
        reason: why there, and the source. Well and ill are the extremes over 1,489 runs: 2 to 9
            hidden layers; digits, MNIST, points in the plane, noise; batches of 4 to 128; rates
            from far too low to far too high.
    """

    kind: str
    measured: str
    limits: tuple[float, float]
    hold: int
    reason: str

    def bad(self, value: float) -> bool:
        """Whether a value is beyond the first limit."""
        first, second = self.limits
        return value > first if first > second else value < first

    def good(self, value: float) -> bool:
        """Whether a value is on the good side of the second limit."""
        first, second = self.limits
        return value < second if first > second else value > second


RULES = (
    Rule(
        "symmetric-units",
        "probe: unit_spread of a hidden layer of at least two units; 0 where all weights are 0",
        limits=(1e-3, 1e-2),
        hold=2,
        reason="Equal units get equal gradients and stay equal, but for rounding (Goodfellow et "
        "al. 2016, section 8.4). Ill: at most 2e-7. Well: at least 0.95; never seen below 0.1.",
    ),
    Rule(
        "exploding-gradient",
        "probe: delta_rms of a hidden layer, by the output layer's",
        limits=(100, 30),
        hold=2,
        reason="A factor above 1 at each layer is a power of the depth (Bengio et al. 1994; "
        "Pascanu et al. 2013). Well: at most 11. Ill (normal:std=1, ReLU, 4 layers): 680 or more.",
    ),
    Rule(
        "oscillating",
        "block: share of losses that are OVERSHOOT times the loss of guessing (or the lowest mean, "
        "if that is more) above the lowest mean of a block so far",
        limits=(0.2, 0.1),
        hold=2,
        reason="Steps across the valley throw the loss back (LeCun et al. 1998, section 5; Smith "
        "2017). In two blocks running, well: at most 0.02 (in batches of 4, where chance counts, "
        "0.1). Ill: at least 0.46.",
    ),
    Rule(
        "saturated-units",
        "probe: saturated of a hidden layer of sigmoid or tanh",
        limits=(0.2, 0.15),
        hold=3,
        reason="The derivative is next to nothing there (LeCun et al. 1998, section 4.4; Glorot "
        "and Bengio 2010, section 3). Well: at most 0.12. Ill (normal:std=1): at least 0.29.",
    ),
    Rule(
        "dead-units",
        "probe: dead of a hidden layer of ReLU, in batches of FEWEST_EXAMPLES or more",
        limits=(0.6, 0.5),
        hold=3,
        reason="No gradient passes a unit that is off for all examples (Maas et al. 2013). In "
        "three running, well: at most 0.32 (batches of 4: 0.51). Ill: 0.63 while dying, then 0.75.",
    ),
    Rule(
        "collapsed-outputs",
        "probe: std of a hidden layer's outputs",
        limits=(0.03, 0.06),
        hold=3,
        reason="Weights too small shrink the signal at each layer (Glorot and Bengio 2010; He et "
        "al. 2015). Well: at least 0.078. Ill (normal:std=0.01): at most 0.013 in some layer.",
    ),
    Rule(
        "vanishing-gradient",
        "probe: delta_rms of a hidden layer, by the output layer's; good where that of the last "
        "hidden layer is as small: what bounds the outputs is saturated then",
        limits=(0.01, 0.03),
        hold=3,
        reason="A factor below 1 at each layer is a power of the depth (Hochreiter 1991; Bengio et "
        "al. 1994). Well: at least 0.047 (sigmoid, 2 layers). Ill: at most 0.0043 (4 layers).",
    ),
    Rule(
        "stalled",
        "block: relative fall of the mean loss over WINDOW blocks; good where the loss is not "
        "UNLEARNED, or the layers' median update_ratio was SMALL_UPDATE at none of three probes",
        limits=(0.015, 0.03),
        hold=2,
        reason="A rate too low moves nothing (Smith 2017). The updates tell it from a loss that "
        "can fall no further: there at least 3e-4; ill: at most 1e-5, on sigmoid's plateau 1e-4. "
        "Well: falls by at least 0.1 early on. Ill: by at most 0.013.",
    ),
    Rule(
        "overfitting",
        "evaluation: test loss by its lowest, less 1 (Prechelt's GL); good where the training loss "
        "is not below what it was then, or the test loss is NEGLIGIBLE",
        limits=(0.1, 0.05),
        hold=3,
        reason="Prechelt (1998) stops at a GL of 0.01 to 0.05, or after several rises running: one "
        "may be chance (0.5 on MNIST). In three running, well: at most 0.09. Ill: at least 0.13.",
    ),
)

CAUSES = (
    ("symmetric-units",),
    ("exploding-gradient", "oscillating", "saturated-units", "dead-units", "collapsed-outputs"),
    ("vanishing-gradient",),
    ("stalled",),
)
"""Of these one speaks at a time: it explains those on lines below, and on its own the later.

Equal units learn nothing, whatever else is so. The second line is what a signal can suffer on its
way. Each brings on others of it (too long steps saturate units and switch them off), so the first
to come is taken for the cause, and of several at once the first on the line. Any of them leaves
the layers before it without a gradient; and without a gradient, however lost, nothing moves. A run
that has diverged is past all this. Overfitting is another matter, and speaks beside the others.
"""

BY_KIND: Mapping[str, Rule] = {rule.kind: rule for rule in RULES}
RANKS = {kind: rank for rank, kinds in enumerate(CAUSES) for kind in kinds} | {"overfitting": 0}
MATTERS = (frozenset(RANKS) - {"overfitting"}, frozenset({"overfitting"}))
"""Kinds of which one speaks at a time."""
