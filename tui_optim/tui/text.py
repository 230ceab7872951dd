"""Numbers and small pictures as text."""

from collections.abc import Sequence

import numpy as np

from tui_optim.events import Histogram

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS = " .:-=+*#@"
EIGHTHS = " ▏▎▍▌▋▊▉█"
NOTHING = "–"


def short(value: float | None) -> str:
    """A number in at most seven cells: 0.4137, 12.5, 3.1e-4."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def share(value: float | None) -> str:
    """A share as whole percents."""
    return NOTHING if value is None else f"{100 * value:.0f} %"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bins(histogram: Histogram | None, width: int) -> list[float]:
    """A histogram's counts gathered in `width` bins, the fullest being 1."""
    if histogram is None or not sum(histogram.counts):
        return [0.0] * width
    counts = np.asarray(histogram.counts, float)
    edges = np.arange(width) * len(counts) // width
    gathered = (
        np.add.reduceat(counts, edges)
        if width <= len(counts)
        else np.repeat(counts, -(-width // len(counts)))[:width]
    )
    return list(gathered / gathered.max())


def sparkline(heights: Sequence[float], *, ascii_only: bool = False) -> str:
    """Heights from 0 to 1 as one line of blocks; what is above 0 is at least seen."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    return "".join(
        blocks[0 if height <= 0 else max(1, round(height * (len(blocks) - 1)))]
        for height in heights
    )


def columns(heights: Sequence[float], rows: int, *, ascii_only: bool = False) -> list[str]:
    """Heights from 0 to 1 as columns over several lines, the top line first."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    top = len(blocks) - 1
    lines = []
    for row in range(rows - 1, -1, -1):
        eighths = [height * rows * top - row * top for height in heights]
        lines.append("".join(blocks[int(min(top, max(0, np.ceil(e))))] for e in eighths))
    return lines


def bar(value: float, width: int, *, ascii_only: bool = False) -> str:
    """A share of a bar of so many cells."""
    value = min(1.0, max(0.0, value))
    if ascii_only:
        return ("#" * round(value * width)).ljust(width)
    full, part = divmod(round(value * width * 8), 8)
    return ("█" * full + (EIGHTHS[part] if part else "")).ljust(width)
