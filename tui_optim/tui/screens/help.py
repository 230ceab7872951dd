"""What lies over the main screen: the frame of all that does, and the help in it."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from textwrap import shorten
from typing import TypeAlias, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
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
                with Vertical():
                    for title, rows in column:
                        yield from self._group(title, rows)

    def _group(self, title: str, rows: Sequence[tuple[str, str]]) -> ComposeResult:
        if title:
            yield Label(title, classes="title", markup=False)
        with Grid():
            for keys, text in rows:
                dimmed = " -dimmed" * ((title, text) in self._dimmed)
                yield Label(keys, classes=f"keys{dimmed}", markup=False)
                yield Label(text, classes=dimmed, markup=False)

    def on_mount(self) -> None:
        """Let the keys scroll."""
        body = self.query_one("#body", VerticalScroll)
        body.can_focus = True
        body.focus()
