"""The lecture's experiments as lessons: data, one file a lesson.

A lesson NAME is `LESSON` in the file of that name, with underscores; it is loaded when it is asked
for.
"""

import difflib
from importlib import import_module

from tui_optim.errors import InputError
from tui_optim.lessons.lesson import Lesson

LESSONS = (
    "activations",
    "vanishing-gradient",
    "dead-relu",
    "zero-init",
    "init-distributions",
    "init-race",
    "learning-rate",
    "gd-vs-sgd",
    "optimizers",
    "landscape",
    "adagrad-stalls",
    "overfitting",
    "batch-norm",
    "output-tanh",
    "remedies",
)
"""Their names, in the lecture's order; the first is lesson 1."""

FOR_FINDING = {
    "symmetric-units": "zero-init",
    "exploding-gradient": "init-distributions",
    "oscillating": "learning-rate",
    "saturated-units": "init-distributions",
    "dead-units": "dead-relu",
    "collapsed-outputs": "init-distributions",
    "vanishing-gradient": "vanishing-gradient",
    "stalled": "learning-rate",
    "overfitting": "overfitting",
    "diverged": "learning-rate",
}
"""The lesson that shows what a kind of finding is about."""


def find(name: str) -> Lesson:
    """A lesson by its name, or by its number.

    Raises:
        InputError: when there is none of that name.
    """
    numbered = {str(number): each for number, each in enumerate(LESSONS, 1)}
    name = numbered.get(name, name)
    if name not in LESSONS:
        given = name.lower().replace("_", "-")
        begun = [each for each in LESSONS if given and each.startswith(given)]
        close = begun or difflib.get_close_matches(given, LESSONS, n=1)
        hint = f"did you mean {close[0]}?" if close else "`tui-optim lesson` lists all"
        raise InputError(f"no lesson {name[:60]!r} ({hint})")
    lesson: Lesson = import_module(f"{__name__}.{name.replace('-', '_')}").LESSON
    return lesson


def everything() -> list[Lesson]:
    """All lessons, in order."""
    return [find(name) for name in LESSONS]
