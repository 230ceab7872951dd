"""The main screen: the views, of which one is seen at a time, and what keys do to them."""

import time
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from tui_optim.lessons.lesson import FunctionsPage, SurfacePage, TablePage, TrainingPage
from tui_optim.training.findings import open_findings
from tui_optim.tui.bookmark import Bookmark
from tui_optim.tui.keys import GENERAL, LANDSCAPE
from tui_optim.tui.landscape import Landscape
from tui_optim.tui.screens.surface import SurfaceDialog
from tui_optim.tui.source import Source
from tui_optim.tui.view import AXES, COURSES, SMOOTHINGS, STATISTICS, View
from tui_optim.tui.widgets.accuracy import AccuracyPane
from tui_optim.tui.widgets.details import DetailsView
from tui_optim.tui.widgets.findings import FindingsPane
from tui_optim.tui.widgets.functions import FunctionsView
from tui_optim.tui.widgets.header import Header
from tui_optim.tui.widgets.keyline import KeyLine
from tui_optim.tui.widgets.landscape import LandscapeView, course
from tui_optim.tui.widgets.layers import LayersPane
from tui_optim.tui.widgets.lesson import LessonPane
from tui_optim.tui.widgets.loss import LossPane
from tui_optim.tui.widgets.matrix import MatrixPane
from tui_optim.tui.widgets.pane import Shown
from tui_optim.tui.widgets.remedies import RemediesView
from tui_optim.tui.widgets.runs import RunsPane

VIEWS = ("overview", "details", "matrix", "landscape")
"""By their numbers; what lessons show besides has none."""
SHARE = 0.05
"""How much of the time drawing may take of the interpreter while a training runs."""
EAGER = 1.0
"""Seconds of a training in which it may take any: so much happens in them."""
LONGEST = 1.0
"""Seconds after which it is drawn whatever it takes."""


class MainScreen(Screen[None]):
    """Header, one of the views, and the keys.

    Attributes:
        view: how the training is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*LANDSCAPE, *GENERAL]  # of a key's the first wins
    HORIZONTAL_BREAKPOINTS = [
        *((0, "-tiny"), (60, "-slim"), (80, "-narrow"), (100, "-normal"), (150, "-wide")),
    ]
    ALLOW_IN_MAXIMIZED_VIEW = ".-textual-system, KeyLine"
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (22, "-middle"), (34, "-tall")]

    def __init__(self, source: Source, view: View, keys: KeyLine) -> None:
        super().__init__()
        self.view = view
        self._source, self._keys = source, keys
        self._drawn_at = 0.0  # wall clock and processor time when the panes were last drawn
        self._drawn_cpu = 0.0
        self._going = False
        self._header = Header(id="header")
        self._overview = LossPane(), RunsPane(), AccuracyPane(), FindingsPane(), LayersPane()

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield Static("Too small: at least 60 by 16 are needed.", id="too-small")
        yield self._header
        with Container(id="body"):
            with ContentSwitcher(initial=VIEWS[0], id="views"):
                with Vertical(id="overview"):
                    with Horizontal(id="upper"):
                        loss, *side, layers = self._overview
                        yield loss
                        with Vertical(id="side"):
                            yield from side
                    yield layers
                yield DetailsView(id="details")
                yield MatrixPane()
                yield LandscapeView()
                yield FunctionsView()
                yield RemediesView()
            yield LessonPane()
        yield self._keys

    def on_mount(self) -> None:
        """The chart is what a first key is about."""
        self.query_one(LossPane).focus()

    # Drawing.

    def draw_if_affordable(self) -> None:
        """Draw, unless that would take more than its share of the training's time."""
        passed = time.perf_counter() - self._drawn_at
        spent = time.thread_time() - self._drawn_cpu
        training = self._source.current
        free = not training.busy or training.history.seconds < EAGER
        if free or spent <= SHARE * passed or passed > LONGEST:
            self.draw()

    def draw(self) -> None:
        """Draw what is on the screen as things stand now."""
        self._drawn_at, self._drawn_cpu = time.perf_counter(), time.thread_time()
        if not self._header.is_attached:  # not laid out yet, or closing
            return
        if self._source.current.going != self._going:
            self._going = not self._going
            self.refresh_bindings()  # what has come to its end obeys other keys
        self.view = self.view.keeping(self._source.current.history)
        shown = Shown(self._source.current, self._source.ghost, self.view)
        self.set_class(shown.training.failure is not None, "-failed")
        self.set_class(bool(open_findings(shown.training.history.findings)), "-found")
        match self.current:
            case "overview":
                for pane in self._overview:
                    pane.show(shown)
            case "details":
                self.query_one(DetailsView).show(shown)
            case "matrix":
                self.query_one(MatrixPane).show(shown)
            case "landscape":
                self.query_one(LandscapeView).show(shown)
            case "functions":
                self.query_one(FunctionsView).show(shown)
        self.query_one(LessonPane).show(shown, self.query_one(LandscapeView).state)
        self._header.show(shown, self._without_training())

    def _without_training(self) -> tuple[str, str] | None:
        """What is on the screen, and how far it is, where that is no training."""
        match self.current:
            case "landscape":
                state = self.query_one(LandscapeView).state
                ground = state.ground
                return f"landscape · {ground.name}: {ground.formula}", course(state)
            case "functions" | "remedies":
                return str(self.query_one(LessonPane).border_title or ""), ""
        return None

    def look(self, view: View) -> None:
        """Change the view, and draw at once."""
        self.view = view
        self.draw()

    def on_resize(self) -> None:
        """What was drawn does not fit any more."""
        self.call_after_refresh(self.draw)

    # What keys do.

    @property
    def current(self) -> str | None:
        """The name of the view that is on the screen."""
        return self.query_one("#views", ContentSwitcher).current

    def action_view(self, number: int) -> None:
        """Show a view by its number, from 1."""
        self.turn_to(VIEWS[number - 1])

    def turn_to(self, view: str) -> None:
        """Show a view by its name."""
        self.minimize()
        self.query_one("#views", ContentSwitcher).current = view
        self.refresh_bindings()
        self.call_after_refresh(self._enter)

    def _enter(self) -> None:
        """Focus what is first in the view, so that there is one to zoom; and draw."""
        widgets = self.query(f"#{self.current}, #{self.current} *")
        self.set_focus(next((each for each in widgets if each.focusable), None))
        self.draw()

    def action_zoom(self) -> None:
        """Give the whole screen to the pane with the focus, or take it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)
        self.call_after_refresh(self.draw)

    def on_runs_pane_selected(self, message: RunsPane.Selected) -> None:
        """A run was clicked."""
        self.select(message.run)

    def select(self, run: str) -> None:
        """Select a run: its layers are shown, and keys act on it."""
        self.look(replace(self.view, selected=run))

    def action_select(self, by: int) -> None:
        self.look(self.view.moved(self._source.current.history, by))

    def action_hide(self) -> None:
        self.look(self.view.toggled(self.view.run(self._source.current.history)))

    def action_ghost(self) -> None:
        self.look(replace(self.view, ghost=not self.view.ghost))

    def action_axis(self) -> None:
        self.look(self.view.next("axis", AXES))

    def action_log_y(self) -> None:
        self.look(replace(self.view, log_y=not self.view.log_y))

    def action_smoothing(self) -> None:
        self.look(self.view.next("smoothing", SMOOTHINGS))

    def action_statistic(self) -> None:
        chosen = ("course", COURSES) if self.current == "details" else ("statistic", STATISTICS)
        self.look(self.view.next(*chosen))

    # The lecture.

    def read(self, bookmark: Bookmark | None) -> None:
        """Show a page of a lesson with the view that is for it; None shows none any more."""
        self.query_one(LessonPane).open(bookmark, self.view)
        self.set_class(bookmark is not None, "-lesson")
        if bookmark is None:
            self.turn_to(self.current if self.current in VIEWS else VIEWS[0])
            return
        match bookmark.page:
            case TrainingPage() as page:
                self.action_view(page.view)
            case SurfacePage() as page:
                self.query_one(LandscapeView).state = Landscape.of(page)
                self.turn_to("landscape")
            case FunctionsPage() as page:
                self.query_one(FunctionsView).specs = page.activations
                self.turn_to("functions")
            case TablePage() as page:
                self.query_one(RemediesView).open(page, self.view)
                self.turn_to("remedies")

    async def action_read_on(self, by: int) -> None:
        pane = self.query_one(LessonPane)
        if pane.scroll_y != (pane.max_scroll_y if by > 0 else 0):
            height = pane.scrollable_content_region.height
            pane.scroll_relative(y=by * height, animate=False, immediate=True)
        else:
            await self.run_action(f"app.page({by})")

    def toggle_lesson(self) -> None:
        """Hide or show the page that is open."""
        pane = self.query_one(LessonPane)
        pane.display = not pane.display
        self.set_class(pane.display, "-lesson")
        self.call_after_refresh(self.draw)

    # The landscape.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What belongs to view 4 is to be had there alone; what the source refuses, nowhere."""
        if self._source.refusal(action, parameters) is not None:
            return None
        if action == "select" and self.is_mounted and self.current == "remedies":
            return False  # arrows choose a line of the table
        if action.startswith("landscape"):
            return self.is_mounted and self.current == "landscape"
        return super().check_action(action, parameters)

    def action_landscape(self, change: str, values: tuple[float, ...] = ()) -> None:
        """Change what view 4 shows, by a method of `Landscape` and its arguments."""
        view = self.query_one(LandscapeView)
        view.become(getattr(view.state, change)(*values))

    def action_landscape_optimizers(self) -> None:
        view = self.query_one(LandscapeView)

        def run(optimizers: tuple[str, ...] | None) -> None:
            if optimizers:
                view.become(view.state.run(optimizers))

        self.app.push_screen(SurfaceDialog(view.state), run)
