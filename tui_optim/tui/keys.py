"""The keys of the main screen: the footer shows a few of them, the help and the palette all.

An action that begins with "app." acts on the training or its log, any other on how it is shown.
The part of a binding's id before the dot is its group in the help.
"""

from functools import cache

from textual.actions import parse
from textual.binding import Binding


def _key(
    group: str,
    key: str,
    action: str,
    description: str,
    *,
    footer: str = "",
    display: str | None = None,
) -> Binding:
    """A key; `footer` is what the footer says of it, in a word, where it is shown there.

    It acts before the focused widget has seen it. Else a key that is typed after one that opens a
    screen would be on its way to that widget already, and lost to the screen.
    """
    return Binding(
        key,
        action,
        footer or description,
        show=bool(footer),
        key_display=display,
        tooltip=description,
        id=f"{group}.{key}",
        priority=True,
    )


def _move(key: str, sign: str, right: int, up: int) -> Binding:
    way = "up or down" if up else "left or right"
    action = f"landscape('move', ({right}, {up}))"
    return _key("view-4", f"shift+{key}", action, f"the start {way}", display=f"⇧{sign}")


LANDSCAPE = [
    _key("view-4", "t", "landscape('another', (1,))", "next surface"),
    _key("view-4", "o", "landscape_optimizers", "which optimizers run on it"),
    _key("view-4", "space", "landscape('pause')", "pause, go on", footer="pause"),
    _key("view-4", "n", "landscape('advance')", "pause, and a step"),
    _key("view-4", "r", "landscape('restart')", "from the start again", footer="restart"),
    _key("view-4", "m", "landscape('extend')", "as many steps again"),
    _key("view-4", "less_than_sign", "landscape('faster', (-1,))", "slower, faster", display="<"),
    _key("view-4", "greater_than_sign", "landscape('faster', (1,))", "slower, faster", display=">"),
    _key(
        "view-4",
        "left_square_bracket",
        "landscape('scale', (0.5,))",
        "its learning rate",
        display="[",
    ),
    _key(
        "view-4",
        "right_square_bracket",
        "landscape('scale', (2,))",
        "its learning rate",
        display="]",
    ),
    _key(
        "view-4", "left_curly_bracket", "landscape('scale_all', (0.5,))", "all rates", display="{"
    ),
    _key("view-4", "right_curly_bracket", "landscape('scale_all', (2,))", "all rates", display="}"),
    _key("view-4", "up", "landscape('select', (-1,))", "select an optimizer"),
    _key("view-4", "down", "landscape('select', (1,))", "select an optimizer"),
    _key("view-4", "v", "landscape('hide')", "hide or show it"),
    _move("left", "←", -1, 0),
    _move("right", "→", 1, 0),
    _move("up", "↑", 0, 1),
    _move("down", "↓", 0, -1),
]
"""What keys do in view 4 and nowhere else; others are in force there, too."""

GENERAL = [
    _key("training", "space", "app.pause", "pause, go on", footer="pause"),
    _key("training", "n", "app.step", "one step while paused"),
    _key("training", "less_than_sign", "app.pace(-1)", "slower", display="<"),
    _key("training", "greater_than_sign", "app.pace(1)", "faster", display=">"),
    _key("training", "m", "app.extend", "as many iterations again"),
    _key("training", "k", "app.checkpoint", "write a checkpoint, to go on from another time"),
    _key("experiment", "i", "app.initializer(1)", "next initializer, restart", footer="init"),
    _key("experiment", "I", "app.initializer(-1)", "previous initializer, restart"),
    _key("experiment", "a", "app.activation(1)", "next activation, restart", footer="activation"),
    _key("experiment", "A", "app.activation(-1)", "previous activation, restart"),
    _key("experiment", "r", "app.restart(0)", "restart, same seed", footer="restart"),
    _key("experiment", "R", "app.restart(1)", "restart, new seed"),
    _key("experiment", "c", "app.dialog('compare')", "what to compare", footer="compare"),
    _key("experiment", "o", "app.dialog('optimizers')", "which optimizers run"),
    _key(
        "experiment",
        "d",
        "app.dialog('data')",
        "data set; watching a folder: its logs",
        footer="logs",
    ),
    _key("experiment", "h", "app.dialog('network')", "hidden layers, batch size, iterations"),
    _key("learning-rate", "left_square_bracket", "app.rate(0.5)", "halve the run's", display="["),
    _key("learning-rate", "right_square_bracket", "app.rate(2)", "double the run's", display="]"),
    _key("learning-rate", "left_curly_bracket", "app.rates(0.5)", "halve all", display="{"),
    _key("learning-rate", "right_curly_bracket", "app.rates(2)", "double all", display="}"),
    _key("runs", "up", "select(-1)", "select the run above"),
    _key("runs", "down", "select(1)", "select the run below"),
    _key("runs", "F", "app.findings", "findings: what they mean, what helps"),
    _key("runs", "v", "hide", "hide or show the selected run"),
    _key("runs", "g", "ghost", "the training before, dim: on, off"),
    _key("time", "comma", "app.moment(-1)", "a moment back, in a log", footer="back", display=","),
    _key("time", "full_stop", "app.moment(1)", "a moment forth", footer="forth", display="."),
    _key("time", "left_parenthesis", "app.leap(-1)", "a tenth of the log back", display="("),
    _key("time", "right_parenthesis", "app.leap(1)", "a tenth of the log forth", display=")"),
    _key("time", "home", "app.jump('first')", "to the first moment", footer="first"),
    _key("time", "end", "app.jump('last')", "to the end, which is followed as it grows"),
    _key(
        "time",
        "f",
        "app.jump('last')",
        "to the end, which is followed as it grows",
        footer="follow",
    ),
    _key("chart", "x", "axis", "x axis: iterations, samples, seconds", footer="axis"),
    _key("chart", "y", "log_y", "y axis: logarithmic, linear", footer="log"),
    _key("chart", "s", "smoothing", "smoothing: off, 0.6, 0.9, the lecture's", footer="smooth"),
    _key("views", "1", "view(1)", "loss, runs and layers"),
    _key("views", "2", "view(2)", "the selected run's layers, large"),
    _key("views", "3", "view(3)", "all runs × all layers"),
    _key("views", "4", "view(4)", "a landscape: optimizers on a surface"),
    _key("views", "t", "statistic", "what view 3 shows, and the last chart of view 2"),
    _key("views", "z", "zoom", "zoom: the pane on the whole screen, and back (tab: another pane)"),
    _key("lessons", "l", "app.lessons", "the lecture's lessons", footer="lesson"),
    _key("lessons", "p", "app.page(1)", "next page"),
    _key("lessons", "P", "app.page(-1)", "the page before"),
    _key("lessons", "pagedown", "read_on(1)", "scroll on, then the next page"),
    _key("lessons", "pageup", "read_on(-1)", "scroll back, then the page before"),
    _key("lessons", "L", "app.lesson_pane", "hide or show the lesson"),
    _key(
        "lessons", "escape", "app.close_lesson", "close it, back to your experiment", display="esc"
    ),
    _key("program", "question_mark", "app.help", "all keys", footer="help", display="?"),
    _key("program", "e", "app.messages", "messages and warnings so far"),
    _key("program", "w", "app.write", "write a picture (SVG) and the curves (CSV)"),
    _key("program", "q", "app.quit", "quit", footer="quit"),
]
"""All others."""

BINDINGS = [*GENERAL, *LANDSCAPE]

MOST_USED = ("question_mark", "q", "space", "r", "i", "a", "c", "l")
"""Of a training, the most needed first: what a narrow line of keys has no room for goes."""

MOST_USED_WATCHING = (
    *("question_mark", "q", "space", "r", "comma", "full_stop", "f"),
    *("d", "home", "x", "y", "s"),
)
"""Of a log, where most of the others do nothing."""


@cache
def actions(*groups: str) -> frozenset[str]:
    """The names of the actions that the keys of some groups have."""
    return frozenset(
        parse(binding.action)[1]
        for binding in BINDINGS
        if (binding.id or "").partition(".")[0] in groups
    )
