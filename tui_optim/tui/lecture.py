"""What keys do with the lecture's lessons."""

from dataclasses import dataclass, replace

from tui_optim.errors import InputError
from tui_optim.experiment import Experiment
from tui_optim.language import Words
from tui_optim.lessons import everything, find
from tui_optim.lessons.lesson import TrainingPage
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.tui.actions import TrainingActions
from tui_optim.tui.bookmark import Bookmark
from tui_optim.tui.screens.lessons import LessonsScreen
from tui_optim.tui.session import Training
from tui_optim.tui.view import View
from tui_optim.tui.widgets.remedies import RemediesView

NONE_OPEN = Words("no lesson is open: l lists them", "열린 수업이 없습니다: l 키로 목록을 봅니다")
LAST = Words("there is no page further on", "더 넘길 쪽이 없습니다")
BACK = Words(
    "back to your experiment, from its start; L only hides a lesson's text",
    "원래 실험으로 돌아와 처음부터 다시 학습합니다. 수업의 글만 숨기려면 L 키를 씁니다",
)
GHOST = Words("g shows the training before", "앞의 학습은 g 키로 볼 수 있습니다")


@dataclass(frozen=True)
class Desk:
    """What a person was at when they opened a lesson: the training, and how it was shown."""

    experiment: Experiment
    control: Control
    history: History
    view: View
    place: str


class LectureActions(TrainingActions):
    """An app in which lessons can be read.

    Attributes:
        bookmark: the page that is open.
        desk: what comes back when it is closed; None where the lesson was there first.
        seed: of the lessons' trainings.
    """

    bookmark: Bookmark | None = None
    desk: Desk | None = None
    seed = 0

    def on_mount(self) -> None:
        """Open the page that there is from the beginning; its training is the first."""
        if self.bookmark is not None:
            self.call_after_refresh(self.main.read, self.bookmark)

    def action_lessons(self) -> None:
        current = self.bookmark.lesson.name if self.bookmark else ""
        screen = LessonsScreen(everything(), self.main.view.language, current)
        self.push_screen(screen, lambda name: self.action_lesson(name) if name else None)

    def action_lesson(self, name: str) -> None:
        """Open a lesson by its name."""
        try:
            self.read(Bookmark(find(name)))
        except InputError as error:
            self.say(str(error), "warning")

    def on_remedies_view_chosen(self, message: RemediesView.Chosen) -> None:
        """A line of the table was chosen."""
        self.action_lesson(message.lesson)

    def action_page(self, by: int) -> None:
        language = self.main.view.language
        if self.bookmark is None:
            self.say(NONE_OPEN[language])
        elif (turned := self.bookmark.turned(by)) == self.bookmark:
            self.say(LAST[language])
        else:
            self.read(turned)

    def action_lesson_pane(self) -> None:
        if self.bookmark is None:
            self.say(NONE_OPEN[self.main.view.language])
        else:
            self.main.toggle_lesson()

    def action_close_lesson(self) -> None:
        if self.bookmark is not None:
            self.bookmark = None
            self.main.read(None)
            if self.desk is not None:
                self._return_to(self.desk)
            self.desk = None

    def _return_to(self, desk: Desk) -> None:
        """Train again what was trained before the lesson, where that has trained something else."""
        self.main.view = desk.view
        self.main.turn_to(desk.place)
        if self.training.history is not desk.history:
            self.session.start(desk.experiment, Control(pace=desk.control.pace))
            if desk.history.iteration:  # and not the lesson's
                self.session.ghost = Training(desk.experiment, desk.control, desk.history)
            self.say(BACK[desk.view.language])

    def train(self, experiment: Experiment, what: str) -> None:
        """In a lesson, what was changed is seen beside what was before."""
        if self.bookmark is not None:
            self.main.view = replace(self.main.view, ghost=True)
        super().train(experiment, what)

    def read(self, bookmark: Bookmark) -> None:
        """Open a page, and train what it is about; what was trained before becomes the ghost."""
        if self.bookmark is None:
            now, main = self.training, self.main
            self.desk = Desk(
                now.experiment, now.control, now.history, main.view, main.current or ""
            )
        self.bookmark = bookmark
        view, page = self.main.view, bookmark.page
        if isinstance(page, TrainingPage):
            began = self.training.history.iteration > 0
            experiment = page.experiment(self.seed, self.training.experiment.data_dir)
            self.session.start(experiment, Control(pace=page.pace_of(experiment)))
            self.main.view = seen(page, view)
            self.say(f"{bookmark.title(view.language)}" + began * f": {GHOST[view.language]}")
        self.main.read(bookmark)


def seen(page: TrainingPage, view: View) -> View:
    """How a page's training is shown; the one before has nothing to do with it."""
    plain = View(ascii=view.ascii, language=view.language, ghost=False)
    return replace(plain, selected=page.selected, **(page.look or {}))
