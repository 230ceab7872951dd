"""The trainer and what looks on: probes, evaluation, history, control."""

from tui_optim.training.control import Control
from tui_optim.training.trainer import Trainer

__all__ = ["Control", "Trainer"]
