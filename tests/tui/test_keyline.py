"""The line of the most used keys."""

import pytest

from tui_optim.tui.widgets.keyline import KeyLine


@pytest.fixture
def line(at_hand):
    """Runs an async function of the app, of hands on it, and of its line of keys."""

    def run(steps):
        async def with_line(app, hands):
            await steps(app, hands, app.main.query_one(KeyLine))

        at_hand(with_line)

    return run


def at(line, word):
    """Where a word stands in it."""
    return str(line.content).index(word), 0


def test_the_eight_most_used_stand_in_it_or_as_many_as_there_is_room_for(drive):
    async def steps(app, hands):
        line = app.main.query_one(KeyLine)
        said = "space pause i init a activation r restart c compare l lesson ? help q quit"
        await hands.until(lambda: " ".join(str(line.content).split()) == said)
        await hands.resize_terminal(60, 16)
        said = "space pause i init a activation r restart ? help q quit"
        await hands.until(lambda: " ".join(str(line.content).split()) == said)
        assert line.content.cell_len <= 60

    drive(steps, size=(200, 60))


def test_a_click_presses_a_key(line):
    async def steps(app, hands, line):
        await hands.click(line, offset=at(line, "pause"))
        await hands.until(lambda: app.training.control.paused)

    line(steps)


def test_the_mouse_over_a_key_asks_what_it_does(line):
    async def steps(_app, hands, line):
        await hands.hover(line, offset=at(line, "init"))
        assert line.tooltip == "next initializer, restart"
        await hands.hover(line, offset=at(line, "compare"))
        assert line.tooltip == "what to compare"
        await hands.hover("#loss")
        assert line.tooltip is None

    line(steps)


def test_what_cannot_be_done_is_dimmed_and_a_click_says_why(drive, long):
    async def steps(app, hands):
        line = app.main.query_one(KeyLine)

        def dimmed(word):
            start, _ = at(line, word)
            return any(
                span.style == "dim" and span.start <= start < span.end
                for span in line.content.spans
            )

        await hands.until(lambda: dimmed("pause"))
        assert not dimmed("restart")
        await hands.click(line, offset=at(line, "pause"))
        await hands.until(lambda: app.messages and "m goes on" in app.messages[-1][1])

    drive(steps, long.replace(iterations=10))


def test_its_colours_are_the_themes(line):
    async def steps(app, hands, line):
        def colours():
            return {str(span.style) for span in line.content.spans if "bold" in str(span.style)}

        dark = colours()
        app.theme = "textual-light"
        await hands.until(lambda: colours().isdisjoint(dark) and colours())
        app.theme = "textual-dark"
        await hands.until(lambda: colours() == dark)

    line(steps)
