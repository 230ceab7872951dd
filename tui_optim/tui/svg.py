"""The picture of a screen as SVG, as a browser can show it."""

import re
from html import unescape

from rich.cells import cell_len

_TEXT = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]*)</text>')


def in_cells(svg: str) -> str:
    """With each text as long as its cells: rich takes a Korean syllable, of two, for one."""

    def longer(match: re.Match[str]) -> str:
        length, rest, text = match.groups()
        shown = unescape(text)
        if not shown or (cells := cell_len(shown)) == len(shown):
            return match[0]
        return f'textLength="{float(length) * cells / len(shown):g}"{rest}>{text}</text>'

    return _TEXT.sub(longer, svg)
