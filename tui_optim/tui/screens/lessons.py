"""The list of lessons."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_optim.language import Language, Words
from tui_optim.lessons import LESSONS
from tui_optim.lessons.lesson import Lesson
from tui_optim.tui.screens.help import FramedScreen

HEADING = Words("Lessons", "수업")


class LessonsScreen(FramedScreen[str]):
    """All lessons, by number and title; gives the name of the one that is chosen.

    Args:
        lessons: in order.
        language: of the titles.
        current: the name of the one that is open.
    """

    TITLE = "Lessons"
    KEYS = "[b]↑ ↓[/b]: choose · [@click=screen.choose][b]enter[/b]: open it[/]"

    def __init__(self, lessons: Sequence[Lesson], language: Language, current: str = "") -> None:
        super().__init__()
        self._lessons = lessons
        self._language = language
        self._current = current

    def content(self) -> ComposeResult:
        """A line a lesson."""
        yield OptionList(*map(self._row, self._lessons), compact=True)

    def _row(self, lesson: Lesson) -> Option:
        number = LESSONS.index(lesson.name) + 1
        title = Content.assemble(
            f"{number:>2}  {lesson.name:<20}", (lesson.title[self._language], "dim")
        )
        return Option(title, id=lesson.name)

    def on_mount(self) -> None:
        """Mark the open one."""
        self.query_one("#frame").border_title = HEADING[self._language]
        names = [lesson.name for lesson in self._lessons]
        marked = names.index(self._current) if self._current in names else 0
        self.query_one(OptionList).highlighted = marked if names else None

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Close with it."""
        self.dismiss(message.option_id)

    def action_choose(self) -> None:
        """The same by the mouse."""
        self.query_one(OptionList).action_select()
