"""Drawing in 7-bit characters, whatever draws: the last that happens to a line on the screen."""

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui_optim.tui.text import safe


class Ascii(LineFilter):
    """Puts 7-bit characters in the places of all others, but for Hangul."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments of a line, each as wide as before."""
        return [Segment(_plain(text), style, control) for text, style, control in segments]


@lru_cache(4096)
def _plain(text: str) -> str:
    return text if text.isascii() else set_cell_size(safe(text, ascii_only=True), cell_len(text))
