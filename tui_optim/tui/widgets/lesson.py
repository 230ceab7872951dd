"""The lesson beside the views: what is seen, why, what to try; and its claims, measured."""

from collections.abc import Iterator
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui_optim.language import Words
from tui_optim.lessons.lesson import Claim, Page, SurfacePage, TrainingPage
from tui_optim.lessons.results import Results
from tui_optim.lessons.verdict import verdict
from tui_optim.nn.landscapes import Paths
from tui_optim.tui.bookmark import Bookmark
from tui_optim.tui.landscape import Landscape
from tui_optim.tui.text import safe
from tui_optim.tui.view import View
from tui_optim.tui.widgets.pane import Shown, Titled

HEADINGS = (Words("You see", "보이는 것"), Words("Why", "이유"), Words("Try", "해 보기"))
KEYS = Words("pgdn, p next · P back · esc close", "pgdn, p 다음 · P 이전 · esc 닫기")
NOT_YET, SO_FAR = Words("not yet", "아직 아님"), Words("so far", "지금까지")
"""Of claims that do not, or do, hold while the training goes on."""
STYLES = {"✓": "bold $text-success", "✗": "bold $text-error"}


class LessonPane(Titled, VerticalScroll, can_focus=True):
    """A page of a lesson. It is not displayed while there is none."""

    ALLOW_MAXIMIZE = True

    def __init__(self) -> None:
        super().__init__(id="lesson", classes="pane")
        self.display = False
        self._bookmark: Bookmark | None = None
        self._claims: list[Static] = []
        self._said: list[Content] = []

    def compose(self) -> ComposeResult:
        """The text, and the claims under it or beside it."""
        with Vertical(id="lesson-text"):
            for _ in range(1 + len(HEADINGS)):
                yield Static()
        yield Vertical(id="lesson-claims")

    def open(self, bookmark: Bookmark | None, view: View) -> None:
        """Show a page; None is none."""
        self._bookmark = bookmark
        self.display = bookmark is not None
        if bookmark is None:
            return
        parts = self.query("#lesson-text Static").results(Static)
        for part, text in zip(parts, _texts(bookmark.page, view), strict=True):
            part.update(text)
        claims = self.query_one("#lesson-claims", Vertical)
        for claim in self._claims:
            claim.update()  # it is removed a moment later
        claims.remove_children()
        self._said = [Content() for _ in bookmark.page.claims]
        self._claims = [Static() for _ in self._said]
        claims.mount(*self._claims)
        self.scroll_home(animate=False)

    def show(self, shown: Shown, landscape: Landscape) -> None:
        """Measure the claims, which takes a millisecond at most, and say what has changed."""
        bookmark = self._bookmark
        if bookmark is None or not self.display:
            return
        language, history = shown.view.language, shown.training.history
        title = bookmark.title(language, self.size.width - 4)
        self.entitle(shown, title, KEYS[language])
        ended = not isinstance(bookmark.page, TrainingPage) or history.ended is not None
        measured = _measured(bookmark.page, shown, landscape)
        for index, (claim, value) in enumerate(measured):
            said = _claim(claim, value, shown.view, ended=ended)
            if said != self._said[index]:
                self._said[index] = said
                self._claims[index].update(said)


def _texts(page: Page, view: View) -> Iterator[Content]:
    """The title and the three parts, each after its heading."""
    language, ascii_only = view.language, view.ascii
    yield Content.styled(safe(page.title[language], ascii_only), "bold")
    for heading, words in zip(HEADINGS, (page.see, page.why, page.attempt), strict=True):
        yield Content.assemble(
            (f"{heading[language]}  ", "bold $text-primary"), safe(words[language], ascii_only)
        )


def _claim(claim: Claim[Any], value: float | None, view: View, *, ended: bool) -> Content:
    """What is said, and in a second line the number and what becomes of it."""
    judged = verdict(claim, value, view.language)
    mark, said = judged.mark, judged.said
    if mark == "✗" and not ended:
        mark, said = "…", NOT_YET[view.language]
    elif mark == "✓" and not ended:
        said = SO_FAR[view.language]
    parts = (
        (f"{judged.number} " if value is not None else "", "bold"),
        (f"({judged.bounds})  ", "dim"),
        (f"{mark} {said}", STYLES.get(mark, "dim")),
    )
    number = Content.assemble(*((safe(text, view.ascii), style) for text, style in parts))
    return Content("\n").join([Content(safe(claim.said[view.language], view.ascii)), number])


def _measured(
    page: Page, shown: Shown, landscape: Landscape
) -> Iterator[tuple[Claim[Any], float | None]]:
    """A page's claims with their numbers; None where they cannot be told, or not yet."""
    about: Results | Paths | None = None
    known = True
    match page:
        case TrainingPage():
            about = Results(shown.training.history, shown.training.dataset)
        case SurfacePage():
            about = landscape.paths
            known = landscape.surface == page.surface and landscape.arrived
    for claim in page.claims:
        yield claim, claim.measure(about) if known else None
