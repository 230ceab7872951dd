"""Standard output, when what reads it has gone or it takes no more."""

import os
import sys


def abandon_standard_output() -> None:
    """Let what is still buffered go nowhere, so that the interpreter's exit does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
