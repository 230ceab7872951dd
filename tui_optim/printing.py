"""Printing what rich lays out: tables and wrapped text on standard output."""

import io
import shutil
import sys

from rich.console import Console, RenderableType

PLAIN_WIDTH = 120
"""Cells of a line where standard output is no terminal."""


def width() -> int:
    """How many cells a line has."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PLAIN_WIDTH


def print_table(table: RenderableType) -> None:
    """Print a table, or other text, with styles where standard output is a terminal.

    Raises:
        OSError: when it cannot be written.
    """
    # Through print: rich itself ends the process when what reads a pipe has gone.
    text = io.StringIO()
    terminal = sys.stdout.isatty()
    Console(file=text, force_terminal=terminal, width=width(), highlight=False).print(table)
    print(text.getvalue(), end="", flush=True)
