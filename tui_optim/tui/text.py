"""Numbers, names and small pictures as text."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tui_optim.errors import inert
from tui_optim.events import Histogram
from tui_optim.training.series import indices

BLOCKS = np.array(list(" ▁▂▃▄▅▆▇█"))
NOTHING = "–"

IN_ASCII = {
    **dict(zip("▁▂▃▄▅▆▇█", ".:-=+*#@", strict=True)),
    **dict(zip("━╸─╌│┃┆┈▔▀▌▐▎▊", "=---|||.-#||||", strict=True)),
    **dict(zip("·×÷–−—…•‖′√±", "|x/---~*|'V+", strict=True)),
    **dict(zip("∇∂Δδ→←↑↓⇧▸▶▼", "gdDd><^v^>>v", strict=True)),
    **dict(zip("■✗✓▲●○◎◷🔎", "#xv!oo+@>", strict=True)),
    **dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)),
}

TIMES = re.compile("·(?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
"""The sign of multiplication in 2·10⁻⁵; elsewhere the dot separates."""

AXIS = re.compile(r"(?<!\S)[a-z-]+=")
"""What is compared, before a value of it: weight-decay=0.01; not the std of normal:std=0.01."""

BOX = {chr(code) for code in range(0x2500, 0x2580)}

HANGUL = range(0xAC00, 0xD7A4)
"""Korean syllables stay in ASCII, too: who asks for Korean can read it."""


class _Safe(dict[int, str]):
    """For `str.translate`: what may stand on the screen as it is, anything else as one "?"."""

    def __init__(self, ascii_only: bool) -> None:
        self._ascii_only = ascii_only
        super().__init__({ord(c): IN_ASCII[c] for c in IN_ASCII} if ascii_only else {})

    def __missing__(self, code: int) -> str:
        c = chr(code)
        if self._ascii_only and code > 127 and code not in HANGUL:
            c = "+" if c in BOX else unicodedata.normalize("NFKD", c)[0]  # é is an e
            fit = c.isascii() and c.isprintable()
        else:
            fit = c.isprintable()
        return self.setdefault(code, c if fit else "?")


_SAFE = {ascii_only: _Safe(ascii_only) for ascii_only in (False, True)}


def safe(text: str, ascii_only: bool) -> str:
    """The text without what would act on a terminal; on request in 7-bit characters and Hangul.

    It keeps its length.
    """
    return (TIMES.sub("x", text) if ascii_only else text).translate(_SAFE[ascii_only])


def safe_text(text: Text, ascii_only: bool) -> Text:
    """The same of a text with styles."""
    text.plain = safe(text.plain, ascii_only)
    return text


def run_name(run: str, cells: int) -> str:
    """A run's name in so many cells, if it can be, so that it is told from others.

    Of one that is longer only the values stay; then the longest of several loses its middle.
    """
    if cell_len(run) <= cells:
        return run
    values = AXIS.sub("", run)
    longest = max(values.split(" "), key=cell_len)
    room = cell_len(longest) - max(cell_len(values) - cells, 0)
    if longest == values or room < 4:  # its ends tell it apart
        return values
    return values.replace(longest, fitted(longest, room), 1)


def fitted(name: str, cells: int) -> str:
    """A name in exactly so many cells; a longer one without its middle: its ends tell it apart."""
    name = inert(name)
    if cell_len(name) > cells > 2:
        head = (cells - 1) // 2
        end = set_cell_size(name[::-1], cells - 1 - head)[::-1]
        name = f"{set_cell_size(name, head)}…{end}"
    return set_cell_size(name, max(cells, 0))


def short(value: float | None) -> str:
    """A number in at most seven cells: 0.414, 12.5, 3.1e-4."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        text = f"{value:#.3g}".removesuffix(".") if abs(value) < 999.5 else f"{value:.0f}"
        return text if len(text) < 8 else f"{value:#.2g}"
    text = _scientific(value, 1)
    return text if len(text) < 8 else _scientific(value, 0)


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def brief(value: float | None) -> str:
    """A number in at most five cells: 0.41, 12, 3e-4."""
    text = short(value)
    if value is None or len(text) < 5:
        return text
    if 0.01 <= value < 999.5:
        return f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return _scientific(value, 0)


def share(value: float | None, digits: int = 0) -> str:
    """A share in percent."""
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def joined(parts: Iterable[str], separator: str, cells: int) -> str:
    """As many of the parts, from the first on, as there is room for."""
    text = ""
    for part in parts:
        longer = f"{text}{separator}{part}" if text else part
        if cell_len(longer) > cells:
            break
        text = longer
    return text


def spread(n: int, room: int) -> list[int]:
    """As many of the numbers 0 … n - 1 as there is room for, evenly, with the first and last."""
    if room >= n:
        return list(range(n))
    if room < 2:
        return [0][:room]
    return [round(i * (n - 1) / (room - 1)) for i in range(room)]


def bins(histogram: Histogram | None, width: int) -> NDArray[np.float64]:
    """A histogram's counts in `width` bins over the same axis, the fullest being 1."""
    if histogram is None or not sum(histogram.counts):
        return np.zeros(width)
    counts = histogram.counts
    below = np.concatenate([[0.0], np.cumsum(counts, dtype=float)])
    gathered = np.diff(np.interp(*_edges(len(counts), width), below))
    heights: NDArray[np.float64] = gathered / gathered.max()
    return heights


@lru_cache(64)
def _edges(bins: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Of `width` bins over as many others, and of those, in the others' widths."""
    return np.linspace(0, bins, width + 1), np.arange(bins + 1)


def sparkline(heights: NDArray[np.float64]) -> str:
    """Heights from 0 to 1 as one line of blocks; what is above 0 is at least seen.

    The highest leave an eighth free, so that lines below one another stay apart.
    """
    top = len(BLOCKS) - 2
    levels = np.where(heights > 0, np.maximum(1, np.rint(heights * top)), 0)
    return "".join(BLOCKS[levels.astype(int)].tolist())


def columns(heights: NDArray[np.float64], rows: int) -> list[str]:
    """Heights from 0 to 1 as columns over several lines, the top line first."""
    top = len(BLOCKS) - 1
    levels = np.ceil(heights * (rows * top - (rows == 1))).astype(int)
    each = np.clip(levels - top * indices(rows - 1, -1, -1)[:, None], 0, top)
    return ["".join(line) for line in BLOCKS[each].tolist()]


def bar(value: float, width: int) -> str:
    """A share of a thin bar of so many cells."""
    full, half = divmod(round(min(1.0, max(0.0, value)) * width * 2), 2)
    return ("━" * full + "╸" * half).ljust(width)
