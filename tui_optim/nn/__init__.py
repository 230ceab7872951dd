"""The mathematics: activations, initializers, losses, optimizers and the stack of networks.

NumPy and the standard library only; no input or output, no clock, no printing.
"""

from tui_optim.nn.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, Activation
from tui_optim.nn.initializers import INITIALIZERS, Initializer
from tui_optim.nn.layers import Traits
from tui_optim.nn.losses import softmax_cross_entropy
from tui_optim.nn.network import MLPStack, count_parameters
from tui_optim.nn.optimizers import OPTIMIZERS, Optimizer
from tui_optim.nn.specs import build

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "OPTIMIZERS",
    "OUTPUT_ACTIVATIONS",
    "Activation",
    "Initializer",
    "MLPStack",
    "Optimizer",
    "Traits",
    "build",
    "count_parameters",
    "softmax_cross_entropy",
]
