"""A live laboratory in the terminal for training neural networks.

from tui_optim import Experiment, Trainer

for event in Trainer(Experiment(data="digits", iterations=500)):
    print(event)

Experiment: what to train, checked where it is made; TOML in and out.
Trainer: trains it, and yields what happens as events.
Control: pauses, steps, paces, stops and changes a training, from any thread.
History: keeps what there is to be seen of a training, in bounded memory.
Checkpoint: the whole state, to go on from, bit for bit.
InputError: says in a line what was wrong with an input, and what would be right.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_optim.errors import InputError
    from tui_optim.experiment import Experiment
    from tui_optim.training.checkpoint import Checkpoint
    from tui_optim.training.control import Control
    from tui_optim.training.history import History
    from tui_optim.training.trainer import Trainer

__version__ = "0.2.1"

__all__ = ["Checkpoint", "Control", "Experiment", "History", "InputError", "Trainer", "__version__"]

# Loaded when first asked for: `tui-optim --version` and --help need none of them, nor NumPy.
_HOMES = {
    "Checkpoint": "tui_optim.training.checkpoint",
    "Control": "tui_optim.training.control",
    "Experiment": "tui_optim.experiment",
    "History": "tui_optim.training.history",
    "InputError": "tui_optim.errors",
    "Trainer": "tui_optim.training.trainer",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
