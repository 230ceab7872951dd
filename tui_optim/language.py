"""The languages that a person is spoken to in: English, and Korean, the lecture's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ko")


@dataclass(frozen=True)
class Words:
    """A text in each language."""

    en: str
    ko: str

    def __getitem__(self, language: Language) -> str:
        text: str = getattr(self, language)
        return text


def preferred(variables: Mapping[str, str] = os.environ) -> Language:
    """The language of the locale (POSIX: LC_ALL before LC_MESSAGES before LANG), else English."""
    names = (variables.get(key) for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((name for name in names if name), "")
    return "ko" if locale.partition("_")[0] == "ko" else "en"
