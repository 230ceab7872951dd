"""Standard output and standard error, when what reads them has gone or they take no more."""

import os
import sys
from contextlib import suppress
from typing import TextIO


def say(line: str) -> None:
    """Print a line on standard error.

    Raises:
        OSError: when it cannot be written.
    """
    print(f"tui-optim: {line}", file=sys.stderr, flush=True)


def abandon(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter's exit does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):  # a stream that is no file
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
