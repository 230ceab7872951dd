"""Where a person is in the lecture."""

from dataclasses import dataclass, replace

from rich.cells import cell_len

from tui_optim.language import Language, Words
from tui_optim.lessons import LESSONS, everything
from tui_optim.lessons.lesson import Lesson, Page

LESSON = Words("Lesson", "수업")


@dataclass(frozen=True)
class Bookmark:
    """A page of a lesson that is open.

    Attributes:
        lesson: the lesson.
        index: of the page in it, from 0.
    """

    lesson: Lesson
    index: int = 0

    @property
    def page(self) -> Page:
        """What is read."""
        return self.lesson.pages[self.index]

    def turned(self, by: int) -> "Bookmark":
        """The page after or before this one, in the next or previous lesson where this one ends."""
        index = self.index + by
        if 0 <= index < len(self.lesson.pages):
            return replace(self, index=index)
        lessons = everything()
        number = lessons.index(self.lesson) + by
        if not 0 <= number < len(lessons):
            return self
        pages = len(lessons[number].pages)
        return Bookmark(lessons[number], 0 if by > 0 else pages - 1)

    def title(self, language: Language, cells: int = 80) -> str:
        """Which lesson of how many, and which of its pages, in so many cells if it can be."""
        number = LESSONS.index(self.lesson.name) + 1
        pages = f" {self.index + 1}/{len(self.lesson.pages)}" * (len(self.lesson.pages) > 1)
        title = f"{number}/{len(LESSONS)} · {self.lesson.name}{pages}"
        longer = f"{LESSON[language]} {title}"
        return longer if cell_len(longer) <= cells else title
