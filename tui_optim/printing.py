"""Printing what rich lays out: tables and wrapped text on standard output."""

import io
import shutil
import sys

from rich.console import Console, RenderableType

PLAIN_WIDTH = 120
"""Cells of a line where standard output is no terminal."""


def width(plain: int = PLAIN_WIDTH) -> int:
    """How many cells a line has, `plain` where standard output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else plain


def laid_out(table: RenderableType, cells: int, *, styled: bool) -> str:
    """A table, or other text, as lines of at most so many cells."""
    text = io.StringIO()
    Console(file=text, force_terminal=styled, width=cells, highlight=False).print(table)
    return text.getvalue()


def print_table(table: RenderableType) -> None:
    """Print a table, or other text, with styles where standard output is a terminal.

    Raises:
        OSError: when it cannot be written.
    """
    # Through print: rich itself ends the process when what reads a pipe has gone.
    print(laid_out(table, width(), styled=sys.stdout.isatty()), end="", flush=True)
