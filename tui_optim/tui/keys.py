"""The keys of the app: the footer shows the first of them, the help all."""

from textual.binding import Binding, BindingType


def _key(key: str, action: str, description: str, display: str | None = None) -> Binding:
    return Binding(key, action, description, show=False, key_display=display)


def _first(key: str, action: str, description: str, display: str | None = None) -> Binding:
    return Binding(key, action, description, key_display=display)


BINDINGS: list[BindingType] = [
    _first("space", "pause", "pause"),
    _key("n", "step", "one step while paused"),
    _first("i", "initializer(1)", "init"),
    _key("I", "initializer(-1)", "previous initializer"),
    _first("a", "activation(1)", "activation"),
    _key("A", "activation(-1)", "previous activation"),
    _first("r", "restart(0)", "restart"),
    _key("R", "restart(1)", "restart with a new seed"),
    _first("c", "dialog('compare')", "compare"),
    _first("x", "axis", "x axis"),
    _first("question_mark", "help", "help", "?"),
    _first("q", "quit", "quit"),
    _key("ctrl+c", "quit", "quit"),
    _key("y", "log_y", "linear or logarithmic loss"),
    _key("s", "smoothing", "smoothing"),
    _key("g", "ghost", "the training before this one, dim"),
    _key("up", "select(-1)", "previous run"),
    _key("down", "select(1)", "next run"),
    _key("v", "hide", "hide or show the selected run"),
    _key("left_square_bracket", "rate(0.5)", "halve its learning rate", "["),
    _key("right_square_bracket", "rate(2)", "double its learning rate", "]"),
    _key("left_curly_bracket", "rates(0.5)", "halve all learning rates", "{"),
    _key("right_curly_bracket", "rates(2)", "double all learning rates", "}"),
    _key("less_than_sign", "pace(-1)", "slower", "<"),
    _key("greater_than_sign", "pace(1)", "faster", ">"),
    _key("o", "dialog('optimizers')", "which optimizers run"),
    _key("d", "dialog('data')", "data set"),
    _key("h", "dialog('network')", "hidden layers and batch size"),
    _key("w", "write", "write a picture of the screen and the curves"),
    _key("m", "extend", "as many iterations again"),
    _key("z", "zoom", "zoom the pane in or out"),
    _key("1", "view(1)", "loss, runs and layers"),
    _key("2", "view(2)", "the selected run's layers, large"),
    _key("3", "view(3)", "all runs × all layers"),
    _key("t", "statistic", "what view 3 shows"),
]
