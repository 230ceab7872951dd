"""What lies over the main screen: the frame of all that does, and the help in it."""

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from textwrap import shorten
from typing import TypeAlias, TypeVar

from rich.console import Group
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Label, Static

Result = TypeVar("Result")
HelpGroup: TypeAlias = tuple[str, Sequence[tuple[str, str]]]
"""A title, and keys with what they do."""

SYMBOLS = """\
● a run's sign and colour · ✗ diverged · ▲ a finding · dim ╌╌ the training before
δ rms: the error that arrives at a layer · ‖∇W‖, ‖W‖: norms of its gradient and weights
Δ/‖W‖: its last update by its weights · off: outputs that are 0 · dead: units off throughout"""


class FramedScreen(ModalScreen[Result | None]):
    """A frame over the screen below: a title, contents that scroll, a status, a line of keys.

    It gives None when it is left.
    """

    CSS_PATH = ["help.tcss", "dialogs.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]
    BINDINGS = [
        Binding("escape", "leave", "back"),
        Binding("ctrl+c", "app.quit", "quit", show=False, priority=True),
    ]
    KEYS: str
    """What the line of keys says before "esc: back", as markup."""

    def compose(self) -> ComposeResult:
        """Lay out the frame."""
        keys = f"{self.KEYS} · [@click=screen.leave][b]esc[/b]: back[/]"
        with Vertical(id="frame") as frame:
            frame.border_title = self.TITLE
            with VerticalScroll(id="body", can_focus=False):
                yield from self.content()
            with Vertical(id="foot"):
                yield Static(id="status", markup=False)
                yield Static(Content.from_markup(keys), id="keys")

    def content(self) -> ComposeResult:
        """What is in the frame."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Have the breakpoints' classes before the first layout: Textual may keep that."""
        for length, breakpoints in zip(
            self.app.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True
        ):
            self.add_class(*[name for least, name in breakpoints if length >= least][-1:])

    def say(self, text: str, kind: str = "") -> None:
        """Put a text above the keys, cut to the room; the kind may be "-problem", "-refused"."""
        status = self.query_one("#status", Static)
        width, height = status.content_size
        head, newline, rest = text.partition("\n")
        room = (width - 12) * (height - 1)  # 12: what wrapping leaves empty in a line
        status.update(head + newline + shorten(rest, max(room, 40), placeholder=" …"))
        status.set_classes(kind)

    def action_leave(self) -> None:
        """Close with nothing."""
        self.dismiss(None)


def help_groups(bindings: Iterable[BindingType], rest: str = "Keys") -> list[HelpGroup]:
    """The keys of bindings with what they do, by groups, in the order of the bindings.

    A binding's group is the part of its id before the first dot ("training.pause" is in
    "Training"), or the description of its `group`. What it does is its tooltip, or its
    description; keys that do the same share a line. System bindings and those that say nothing
    are left out.

    Args:
        bindings: as in a `BINDINGS`; one may bind several keys.
        rest: title of the group of those that have none.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    for binding in Binding.make_bindings(bindings):
        text = binding.tooltip or binding.description
        if text and not binding.system:
            prefix, dot, _ = (binding.id or "").partition(".")
            title = prefix.replace("-", " ").capitalize() if dot else ""
            title = title or (binding.group.description if binding.group else "") or rest
            keys = groups.setdefault(title, {}).setdefault(text, [])
            keys.append(key_text(binding))
    return [
        (title, [("  ".join(dict.fromkeys(keys)), text) for text, keys in rows.items()])
        for title, rows in groups.items()
    ]


def key_text(binding: Binding) -> str:
    """A binding's key as a person reads it: space, ?, ctrl+c, ↑."""
    if binding.key_display:
        return binding.key_display
    modifiers, key = binding.parse_key()
    return "+".join([*modifiers, format_key(key)])


class HelpColumn(Static):
    """Groups of keys below one another. A widget a key would take a second to lay out.

    Args:
        groups: what is shown.
        dimmed: of it, titles and texts of what cannot be done now.
    """

    COMPONENT_CLASSES = {"help--title", "help--dimmed"}

    def __init__(self, groups: Sequence[HelpGroup], dimmed: Collection[tuple[str, str]]) -> None:
        super().__init__()
        self.groups, self.dimmed = groups, dimmed

    def render(self) -> Group:
        """A line a key; what it does may take several."""
        heading = self.get_component_rich_style("help--title", partial=True)
        grey = self.get_component_rich_style("help--dimmed", partial=True)
        parts: list[Text | Table] = []
        for title, rows in self.groups:
            table = Table.grid(padding=(0, 1, 0, 0), expand=True)
            table.add_column(width=11)
            table.add_column(ratio=1)
            for keys, text in rows:
                style = grey if (title, text) in self.dimmed else Style()
                table.add_row(Text(keys, style + Style(bold=True)), Text(text, style))
            parts += [Text(), Text(title, heading), table]
        return Group(*parts[1:])


class HelpScreen(FramedScreen[None]):
    """All keys, in aligned columns.

    Args:
        groups: what `help_groups` makes of the bindings.
        symbols: a line on the signs that the screens use.
        dimmed: the groups of what cannot be done now.
    """

    TITLE = "Help"
    KEYS = "[b]↑ ↓[/b]: scroll"
    BINDINGS = [Binding("question_mark,q", "leave", "back")]

    def __init__(
        self,
        groups: Sequence[HelpGroup],
        symbols: str = SYMBOLS,
        dimmed: Sequence[HelpGroup] = (),
    ) -> None:
        super().__init__()
        self._dimmed = {(title, text) for title, rows in dimmed for _, text in rows}
        self._groups = groups
        self._symbols = symbols

    def content(self) -> ComposeResult:
        """The signs, then the groups in two columns of about equal length."""
        yield Label(self._symbols, id="symbols", markup=False)
        groups = list(self._groups)
        if len(groups) == 1:
            ((title, rows),) = groups
            half = (len(rows) + 1) // 2
            groups = [(title, rows[:half]), ("", rows[half:])]
        ends = list(accumulate(len(rows) + 2 for _, rows in groups))
        first = 1 + min(range(len(ends)), key=lambda i: max(ends[i], ends[-1] - ends[i]), default=0)
        with Horizontal(id="columns"):
            for column in (groups[:first], groups[first:]):
                yield HelpColumn(column, self._dimmed)

    def on_mount(self) -> None:
        """Let the keys scroll."""
        body = self.query_one("#body", VerticalScroll)
        body.can_focus = True
        body.focus()
