"""The table of remedies: symptom, cause, remedy, who found it and when; enter opens the lesson."""

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui_optim.language import Words
from tui_optim.lessons.lesson import Row, TablePage
from tui_optim.tui.text import safe
from tui_optim.tui.view import View

TITLE = Words("Remedies", "처방")
HINT = Words("↑ ↓: choose · enter: its lesson", "↑ ↓: 고르기 · enter: 그 수업")
COLUMNS = (
    Words("symptom", "증상"),
    Words("cause", "원인"),
    Words("remedy", "처방"),
    Words("who, when", "누가, 언제"),
)
RATIOS = (4, 5, 5, 4)


class RemediesView(Vertical):
    """The table of a page."""

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, lesson: str) -> None:
            super().__init__()
            self.lesson = lesson

    def __init__(self) -> None:
        super().__init__(id="remedies", classes="pane")
        self._rows: tuple[Row, ...] = ()

    def compose(self) -> ComposeResult:
        """The titles, which stay, and the rows, which scroll."""
        yield Static(id="remedies-head")
        yield OptionList(id="remedies-rows")

    def open(self, page: TablePage, view: View) -> None:
        """Show a page's table."""
        language, ascii_only = view.language, view.ascii
        self._rows = page.rows
        self.border_title = safe(TITLE[language], ascii_only)
        self.border_subtitle = safe(HINT[language], ascii_only)
        head = (Text(title[language], "dim") for title in COLUMNS)
        self.query_one("#remedies-head", Static).update(_line(*head))
        rows = self.query_one(OptionList)
        rows.clear_options()
        for row in page.rows:
            texts = (row.symptom, row.cause, row.remedy, row.source)
            cells = [Text(safe(text[language], ascii_only)) for text in texts]
            cells[0].stylize("bold")
            rows.add_option(Option(_line(*cells)))
        rows.highlighted = 0 if page.rows else None

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Tell whose lesson is asked for."""
        message.stop()
        self.post_message(self.Chosen(self._rows[message.option_index].lesson))


def _line(*cells: Text) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for (
        ratio
    ) in RATIOS:  # folded, for a line that ends in wide characters may have a blank too many
        table.add_column(ratio=ratio, overflow="fold")
    table.add_row(*cells)
    return table
