"""Keys of a Korean keyboard: what is typed with that layout on is the key in the same place.

The layout is the standard one of two sets (두벌식, KS X 5002): consonants to the left, vowels to
the right. Terminals send the letters one by one, or composed to syllables, which are taken apart.
"""

import unicodedata

from textual.app import App
from textual.events import Event, Key
from textual.widgets import Input

_LEADS = "r R s e E f a q Q t T d w W c z x v g"
_VOWELS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
_TAILS = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
_KEYS = {
    chr(first + place): keys
    for first, line in ((0x1100, _LEADS), (0x1161, _VOWELS), (0x11A8, _TAILS))
    for place, keys in enumerate(line.split())
}
"""The keys that type each conjoining letter: the fronts of syllables, the vowels, the ends."""


def latin(text: str) -> str:
    """The letters on the keys that type some Korean; "" where it is not all Korean.

    Separate letters (ㅁ), halfwidth and conjoining ones, and syllables (마 is "ak") are all known.
    """
    letters = unicodedata.normalize("NFKD", text)
    known = all(letter in _KEYS for letter in letters)
    return "".join(_KEYS[letter] for letter in letters) if known else ""


class KoreanKeys(App[None]):
    """An app to which a Korean letter is the key it is typed with, but where text is typed."""

    async def on_event(self, event: Event) -> None:
        """Put the keys in the place of the letter, before anybody has seen it."""
        events: list[Event] = []
        if isinstance(event, Key) and not event.is_forwarded:
            typed = "" if isinstance(self.focused, Input) else latin(event.character or "")
            events += (Key(key, key) for key in typed)
        for each in events or [event]:
            await super().on_event(each)
