"""The help: every key, taken from the bindings themselves."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, Horizontal, Vertical
from textual.keys import format_key
from textual.widgets import Label, Static

from tui_optim.tui.screens.dialogs import FramedScreen

HelpGroup: TypeAlias = tuple[str, Sequence[tuple[str, str]]]
"""A title, and keys with what they do."""

SYMBOLS = "● a run, by its sign and colour · ✗ it diverged · dim: the training before this one"


def help_groups(bindings: Iterable[Binding], rest: str = "Keys") -> list[HelpGroup]:
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
    """

    CSS_PATH = ["dialogs.tcss", "help.tcss"]
    TITLE = "Keys"
    HINT = "↑ ↓: scroll · [@click=screen.close]esc: back[/]"
    BINDINGS = [Binding("escape,question_mark,q", "close", "back")]

    def __init__(self, groups: Sequence[HelpGroup], symbols: str = SYMBOLS) -> None:
        super().__init__()
        self._groups = groups
        self._symbols = symbols

    def content(self) -> ComposeResult:
        """The signs, then the groups in two columns of about equal length."""
        yield Static(self._symbols, id="symbols", markup=False)
        ends = list(accumulate(len(rows) + 2 for _, rows in self._groups))
        left = [g for g, end in zip(self._groups, ends, strict=True) if end <= ends[-1] / 2 + 1]
        with Horizontal(id="columns"):
            for groups in (left, self._groups[len(left) :]):
                with Vertical():
                    for title, rows in groups:
                        yield from self._group(title, rows)

    def _group(self, title: str, rows: Sequence[tuple[str, str]]) -> ComposeResult:
        yield Label(title, classes="title", markup=False)
        with Grid():
            for keys, text in rows:
                yield Label(keys, classes="keys", markup=False)
                yield Label(text, markup=False)

    def on_mount(self) -> None:
        """Let the keys scroll."""
        body = self.query_one("#body")
        body.can_focus = True
        body.focus()

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)
