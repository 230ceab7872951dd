"""The help: what it makes of bindings, and the screen that shows it."""

import asyncio

import pytest
from textual.app import App
from textual.binding import Binding

from tui_optim.tui.screens.help import SYMBOLS, HelpScreen, help_groups

SIZES = ((80, 24), (60, 16), (120, 40))
GROUP = Binding.Group("Views")
BINDINGS = [
    Binding("space", "pause", "pause", id="training.pause"),
    Binding("i", "init(1)", "init", tooltip="next initializer, and restart", id="training.init"),
    Binding("question_mark", "help", "help"),
    Binding("left_square_bracket", "rate(0.5)", "halve the rate", id="learning-rate.halve"),
    Binding("1", "view(1)", "the loss", group=GROUP),
    Binding("2", "view(2)", "[b]layers[/b]", group=GROUP),
    Binding("R", "restart(1)", "restart with a new seed", id="training.seed"),
    Binding("q,ctrl+c", "quit", "quit"),
    Binding("ctrl+q", "quit", "quit", key_display="^q"),
    Binding("up", "select(-1)", "previous run", id="no-group"),
    Binding("f5", "nothing"),
    Binding("f6", "secret", "of the system", system=True),
]
GROUPS = [
    (
        "Training",
        [
            ("space", "pause"),
            ("i", "next initializer, and restart"),
            ("R", "restart with a new seed"),
        ],
    ),
    ("Keys", [("?", "help"), ("q  ctrl+c  ^q", "quit"), ("↑", "previous run")]),
    ("Learning rate", [("[", "halve the rate")]),
    ("Views", [("1", "the loss"), ("2", "[b]layers[/b]")]),
]


class Host(App):
    """An app with the keys that it shows the help of."""

    BINDINGS = [Binding("h", "help", "help", id="app.help"), Binding("x,q", "hit", "hit")]

    def __init__(self, groups=None):
        super().__init__()
        self.groups = groups
        self.hits = 0

    def action_help(self):
        self.push_screen(HelpScreen(self.groups or help_groups(self.BINDINGS)))

    def action_hit(self):
        self.hits += 1

    @property
    def is_open(self):
        return isinstance(self.screen, HelpScreen)

    def lines(self):
        """The text on the screen."""
        return [strip.text for strip in self.screen._compositor.render_strips()]


def play(test, size=(80, 24), groups=None):
    """Open the help with its key and let an async function test it."""

    async def run():
        app = Host(groups)
        async with app.run_test(size=size) as pilot:
            await pilot.press("h")
            await pilot.pause()
            await test(pilot)

    asyncio.run(run())


def test_groups_come_from_ids_groups_and_tooltips():
    assert help_groups(BINDINGS) == GROUPS
    assert help_groups(BINDINGS[-3:], rest="Others") == [("Others", [("↑", "previous run")])]
    assert help_groups([]) == []


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_shown_in_aligned_columns(size):
    async def test(pilot):
        pilot.app.screen.query_one("#body").scroll_end(animate=False)
        await pilot.pause()
        end = pilot.app.lines()
        pilot.app.screen.query_one("#body").scroll_home(animate=False)
        await pilot.pause()
        lines = pilot.app.lines()
        assert any(SYMBOLS[:30] in line for line in lines)
        seen = " ".join(lines + end)
        for title, rows in GROUPS:
            assert title in seen
            for _, text in rows:
                assert text.split(",")[0] in seen
        left = {
            line.index(text) for line in lines for text in ("pause", "restart w") if text in line
        }
        assert len(left) == 1
        assert "esc: back" in seen

    play(test, size, GROUPS)


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
def test_it_closes_and_lets_no_key_through(key):
    async def test(pilot):
        assert pilot.app.is_open
        await pilot.press("x", "h", key)
        assert not pilot.app.is_open
        assert pilot.app.hits == 0

    play(test)


def test_a_click_closes_it():
    async def test(pilot):
        await pilot.click("#keys", offset=(len("↑ ↓: scroll · e"), 0))
        assert not pilot.app.is_open

    play(test)


def test_it_scrolls_by_keys():
    rows = [(str(number), f"what {number} does") for number in range(30)]

    async def test(pilot):
        assert not any("what 29 does" in line for line in pilot.app.lines())
        await pilot.press("end")
        await pilot.wait_for_animation()
        assert any("what 29 does" in line for line in pilot.app.lines())
        await pilot.press("pageup", "home")
        await pilot.wait_for_animation()
        assert any("what 0 does" in line for line in pilot.app.lines())

    play(test, (60, 16), [("Many", rows)])


def test_one_group_alone_fills_both_columns_of_a_wide_screen():
    rows = [(str(number), f"what {number} does") for number in range(8)]

    async def test(pilot):
        assert any("what 0 does" in line and "what 4 does" in line for line in pilot.app.lines())

    play(test, (120, 40), [("Many", rows)])
