"""The final table, from events written by hand."""

import io
import re

import pytest
from rich.console import Console

from tui_optim.events import DatasetInfo, Ended, Evaluation, Finding, RunInfo, Started, Step
from tui_optim.report import final_report, number, percent, plural, ranking, shape, summary
from tui_optim.training.history import History
from tui_optim.training.together import Together

HEADER = ["run", "test accuracy", "test loss", "training loss", "95 % of best by iteration"]


class Training:
    """A training by hand: what happens to its runs, iteration for iteration."""

    def __init__(self, *runs):
        self.history, self.runs, self.iteration = History(), runs, 0
        names = [[word for word in run.split() if not word.startswith("seed=")] for run in runs]
        infos = tuple(
            RunInfo(run, " ".join(name) or "sgd:lr=0.5", "relu", "he")
            for run, name in zip(runs, names, strict=True)
        )
        data = DatasetInfo("by hand", 80, 20, 4, 10, "0" * 64)
        self.history.add(
            Started(1, "0", "2026-01-01T00:00:00+00:00", 1, {"iterations": 9}, data, infos, (), 15)
        )

    def by_run(self, values):
        return dict(zip(self.runs, values, strict=True))

    def step(self, *losses, iteration=None):
        self.iteration = iteration or self.iteration + 1
        step = Step(self.iteration, 8 * self.iteration, 0.5 * self.iteration, self.by_run(losses))
        self.history.add(step)
        return self

    def evaluate(self, *accuracies, losses=None):
        scores = [self.by_run(losses or accuracies), self.by_run(accuracies)]
        self.history.add(Evaluation(self.iteration, 20, *scores, *scores))
        return self

    def end(self, *accuracies, losses=None, reason="completed"):
        nothing = [None] * len(self.runs)
        scores = [self.by_run(losses or accuracies or nothing), self.by_run(accuracies or nothing)]
        self.history.add(Ended(reason, self.iteration, 0.5 * self.iteration, *scores))
        return self

    def tables(self, width=120):
        """The lines of the ranking and of what follows it."""
        console = Console(file=io.StringIO(), width=width, highlight=False)
        console.print(final_report(self.history, width))
        parts = console.file.getvalue().rstrip("\n").split("\n\n")
        return [part.split("\n") for part in parts]

    def rows(self):
        """The cells of the ranking's rows."""
        (header, *rows), *_ = self.tables()
        assert cells(header) == HEADER
        assert {len(row) for row in rows} == {len(header)}
        return [cells(row) for row in rows]


def cells(line):
    return re.split(r"  +", line.strip())


def test_the_best_accuracy_comes_first():
    training = Training("a", "b", "c").step(3, 2, 1).evaluate(0.9, 0.5, 0.1)
    training.end(0.5, 0.75, 0.25, losses=[0.125, 0.25, 0.375])
    assert ranking(training.history) == ["b", "a", "c"]
    assert training.rows() == [
        ["1", "b", "75.00 %", "0.2500", "2.0000", "–"],
        ["2", "a", "50.00 %", "0.1250", "3.0000", "1"],
        ["3", "c", "25.00 %", "0.3750", "1.0000", "–"],
    ]


def test_equal_accuracies_are_ranked_by_loss_and_else_as_they_were_given():
    training = Training("a", "b", "c", "d").step(1, 1, 1, 1)
    training.end(0.5, 0.5, 0.5, 0.5, losses=[0.3, 0.2, 0.3, 0.1])
    assert ranking(training.history) == ["d", "b", "a", "c"]


def test_diverged_runs_come_last_and_show_where():
    training = Training("a", "b", "c", "d").step(1, 1, 1, 1).evaluate(0.9, 0.1, 0.9, 0.2)
    training.step(None, 1, 1, 1, iteration=1234).step(None, 1, None, 1, iteration=56_789)
    training.evaluate(None, 0.1, None, 0.2).end(None, 0.0, None, 0.2)
    assert ranking(training.history) == ["d", "b", "a", "c"]
    rows = training.rows()
    assert [row[:3] for row in rows[:2]] == [["1", "d", "20.00 %"], ["2", "b", "0.00 %"]]
    assert rows[2:] == [
        ["3", "a", "diverged at 1,234", "–", "–", "–"],
        ["4", "c", "diverged at 56,789", "–", "–", "–"],
    ]


def test_a_run_that_the_last_update_destroyed_has_diverged():
    training = Training("a", "b").step(1, 1).evaluate(None, 0.1).end(None, 0.1)
    assert training.rows()[1] == ["2", "a", "diverged at 1", "–", "–", "–"]


def test_never_evaluated():
    training = Training("b", "a").step(2, 1).end(reason="stopped")
    assert training.rows() == [
        ["1", "a", "–", "–", "1.0000", "–"],
        ["2", "b", "–", "–", "2.0000", "–"],
    ]


def test_an_interrupted_training_has_the_last_evaluation():
    training = Training("a", "b").step(1, 1).evaluate(0.9, 0.8).step(1, 1).evaluate(0.4, 0.6)
    training.step(0.5, 0.25).end(reason="interrupted")
    assert training.rows() == [
        ["1", "b", "60.00 %", "0.6000", "0.2500", "1"],
        ["2", "a", "40.00 %", "0.4000", "0.5000", "1"],
    ]


def test_an_interrupted_training_that_was_completed_goes_by_its_end():
    training = Training("a").step(1).evaluate(0.9).end(0.8)
    assert training.rows()[0][2] == "80.00 %"
    training.step(1).evaluate(0.7).end(reason="interrupted")
    assert training.rows()[0][2] == "70.00 %"


def test_first_reached_is_the_first_evaluation_at_95_percent_of_the_best():
    training = Training("a", "b", "c").step(1, 1, 1, iteration=1000).evaluate(0.7599, 0.1, 0.75)
    training.step(1, 1, 1, iteration=2000).evaluate(0.76, 0.1, 0.7599)
    training.step(1, 1, 1, iteration=3000).evaluate(0.5, 0.9, 0.7)
    training.step(1, 1, 1, iteration=4000).evaluate(0.8, 0.1, 0.1).end(0.8, 0.1, 0.1)
    assert 0.95 * 0.8 == 0.76
    assert {row[1]: row[-1] for row in training.rows()} == {"a": "2,000", "b": "3,000", "c": "–"}


def test_none_comes_near_the_best_where_the_best_only_guesses():
    training = Training("a", "b").step(1, 1).evaluate(0.1, 0.15).end(0.1, 0.15)
    assert [row[-1] for row in training.rows()] == ["–", "–"]
    training.step(1, 1).evaluate(0.1, 0.16)
    assert [row[-1] for row in training.rows()] == ["2", "–"]


def test_a_network_is_written_by_its_widths():
    assert shape((100,) * 4, (64, 10)) == "64-100×4-10"
    assert shape((100,) * 4, (64, 10), "x") == "64-100x4-10"
    assert shape((100, 50), (64, 10)) == "64-100-50-10"
    assert (shape((), (64, 10)), shape((5, 5)), shape(())) == ("64-10", "5-5", "")


def test_a_run_that_diverged_after_the_last_evaluation_comes_last():
    training = Training("a", "b").step(1, 1).evaluate(0.9, 0.6).step(None, 1)
    assert training.end(reason="interrupted").rows() == [
        ["1", "b", "60.00 %", "0.6000", "1.0000", "1"],
        ["2", "a", "diverged at 2", "–", "–", "–"],
    ]


def test_a_diverged_run_is_not_the_best():
    training = Training("a", "b").step(1, 1).evaluate(0.5, 1.0).step(1, None)
    training.end(reason="interrupted")
    assert training.rows()[0] == ["1", "a", "50.00 %", "0.5000", "1.0000", "1"]


def test_mean_and_sample_deviation_over_seeds():
    runs = [f"{name} seed={seed}" for name in ("sgd", "adam") for seed in (0, 1, 2)]
    training = Training(*runs).step(*[1] * 6)
    training.end(0.5, 0.5, 0.5, 0.9, 0.92, 0.94, losses=[1.0, 2.0, 3.0, 0.1, 0.2, 0.6])
    _, (header, *rows), _ = training.tables()
    assert cells(header) == ["run", "seeds", "test accuracy", "test loss"]
    assert [cells(row) for row in rows] == [
        ["adam", "3", "92.00 ± 2.00 %", "0.3000 ± 0.2646"],
        ["sgd", "3", "50.00 ± 0.00 %", "2.0000 ± 1.0000"],
    ]


def test_seeds_alone_are_summed_up_under_the_optimizer():
    training = Training("seed=0", "seed=1").step(1, 1).end(0.25, 0.75)
    _, (_, row), _ = training.tables()
    assert cells(row) == ["sgd:lr=0.5", "2", "50.00 ± 35.36 %", "0.5000 ± 0.3536"]


def test_no_mean_without_several_seeds():
    training = Training("sgd seed=0", "adam seed=0", "adam lr=1").step(1, 1, 1).end(0.1, 0.2, 0.3)
    assert len(training.tables()) == 2


def test_diverged_seeds_are_counted_and_come_last():
    runs = ("a seed=0", "a seed=1", "b seed=0", "b seed=1")
    training = Training(*runs).step(1, 1, None, 1).end(0.5, 0.7, None, 0.9)
    _, (_, *rows), _ = training.tables()
    assert [cells(row) for row in rows] == [
        ["a", "2", "60.00 ± 14.14 %", "0.6000 ± 0.1414"],
        ["b", "2", "1 of 2 diverged", "1 of 2 diverged"],
    ]


def test_a_seed_that_diverged_after_the_last_evaluation_is_in_no_mean():
    training = Training("a seed=0", "a seed=1").step(1, 1).evaluate(0.5, 0.9).step(1, None)
    _, (_, row), _ = training.end(reason="interrupted").tables()
    assert cells(row) == ["a", "2", "1 of 2 diverged", "1 of 2 diverged"]


def test_seeds_never_evaluated_have_not_diverged():
    training = Training("a seed=0", "a seed=1").step(1, 1).end(reason="interrupted")
    for table in training.tables():
        assert not any("diverged" in line for line in table)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.0000"),
        (1234.56789, "1234.5679"),
        (9999.9999, "9999.9999"),
        (10_000.0, "1.00e4"),
        (28_563.3776, "2.86e4"),
        (2.30258, "2.3026"),
        (0.001, "0.0010"),
        (0.00099, "9.9e-4"),
        (0.000999, "1.0e-3"),
        (3.21e-12, "3.2e-12"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0.00 %"), (1.0, "100.00 %"), (0.98765, "98.77 %"), (1 / 3, "33.33 %")],
)
def test_percents(value, text):
    assert percent(value) == text


def test_plurals():
    assert plural(1, "run") == "1 run"
    assert plural(0, "run") == "0 runs"
    assert plural(12345, "iteration") == "12,345 iterations"


def test_summary():
    training = Training("a").step(1, iteration=2468)
    said = "2,468 iterations of 1 run in 1234.0 s, 2 steps per second"
    assert summary(training.history) == f"{said}; cut short, or still going"
    training.end(reason="stopped")
    assert summary(training.history).endswith(" in 1234.0 s, 2 steps per second; stopped")
    training = Training("a", "b")
    assert (
        summary(training.history)
        == "0 of 9 iterations of 2 runs in 0.0 s; cut short, or still going"
    )
    training.step(1, 1).end(0.5, 0.5)
    assert summary(training.history) == "1 iteration of 2 runs in 0.5 s, 2 steps per second"
    training.step(1, 1).end(reason="interrupted")
    said = "2 of 9 iterations of 2 runs in 1.0 s, 2 steps per second; interrupted"
    assert summary(training.history) == said


def test_trainings_together_are_summed_up_one_by_one_and_tell_where_they_are():
    whole = Training("a").step(1, iteration=8).end(0.5).history
    short = Training("b").step(1).evaluate(0.75).step(1).end(reason="interrupted").history
    console = Console(file=io.StringIO(), width=100)
    console.print(final_report(Together({"one": whole, "two": short}), 100))
    header, *rows, _, first, second = console.file.getvalue().splitlines()
    assert cells(header)[1:4] == ["test accuracy", "at iteration", "test loss"]
    assert [cells(row)[1:4] for row in rows] == [["two", "75.00 %", "1"], ["one", "50.00 %", "8"]]
    assert first == "one: 8 iterations of 1 run in 4.0 s, 2 steps per second"
    assert second == ("two: 2 of 9 iterations of 1 run in 1.0 s, 2 steps per second; interrupted")


@pytest.mark.parametrize("width", [80, 120])
def test_sixteen_runs_with_long_names_remain_legible(width):
    runs = [
        f"rmsprop:lr={lr}:decay=0.95 leaky_relu:slope=0.05 seed={seed}"
        for lr in (0.00012, 0.0012, 0.012, 0.12)
        for seed in range(1000, 1004)
    ]
    training = Training(*runs).step(*[1] * 16).end(*(n / 100 for n in range(16, 0, -1)))
    lines, means, _ = training.tables(width)
    assert max(map(len, lines + means)) <= width
    text = " ".join(lines + means)
    assert "…" not in text
    column = lines[0].index("run") if "run" in lines[0] else lines[1].index("run")
    end = next(line for line in lines if "test accuracy" in line).index("test accuracy")
    names = "".join(line[column:end] for line in lines).replace(" ", "")
    for run, accuracy in zip(runs, range(16, 0, -1), strict=True):
        assert run.replace(" ", "") in names
        assert f" {accuracy}.00 %" in text
    assert sum("± " in line for line in means) == 4


@pytest.mark.parametrize(("width", "columns"), [(120, 5), (70, 4), (50, 3), (34, 2), (10, 2)])
def test_where_there_is_no_room_the_last_columns_go(width, columns):
    training = Training("momentum", "rmsprop").step(1, 1).evaluate(0.5, 0.6).end(0.5, 0.6)
    lines, *_ = training.tables(width)
    if width > 10:
        assert cells(lines[0]) == HEADER[:columns]
        assert cells(lines[1])[2] == "60.00 %"
    assert "training loss" in lines[0] or columns < 4


def test_names_do_nothing_to_the_terminal():
    (_, row), _ = Training("\x1b[31mx\r").step(1).end(0.5).tables()
    assert row.isprintable()
    assert cells(row)[1] == r"\x1b[31mx\r"


def test_names_are_no_markup():
    (_, row), _ = Training("[bold]x[/bold]").step(1).end(0.5).tables()
    assert cells(row)[1] == "[bold]x[/bold]"


def found(run, iteration, kind="stalled", *, resolved=False, layer=None, value=0.01):
    return Finding(iteration, run, layer, kind, value, 0.015, "as it said", resolved)


def test_what_was_found_of_several_runs_is_said_once():
    training = Training("a", "b", "c").step(1, 1, 1)
    for each in (
        found("b", 3, value=0.002),
        found("a", 1250),
        found("b", 9, "bewitched\x1b[2J"),
        *(found("abc"[n], 5 + n, "vanishing-gradient", layer=1 + n, value=1e-5) for n in range(3)),
    ):
        training.history.add(each)
    _, (header, *rows), _ = training.end(0.5, 0.4, 0.3).tables(200)
    assert header.split() == ["since", "what", "still", "holds"]
    assert [" ".join(row.split()) for row in rows] == [
        "3 a, b: The loss hardly falls (0.2 % to 1 % in 150 iterations). The learning rate is too "
        "low for the optimizer; double it (key ]).",
        "5 all 3 runs: Layers 1, 2, 3: the gradient is 1·10⁻⁵ of the output layer's. It shrinks "
        "at every layer; try fewer layers (key h) or batch normalization (key c).",
        "9 b: as it said",
    ]


@pytest.mark.parametrize(("count", "said"), [(1, "1 finding came"), (2, "2 findings came")])
def test_how_much_came_and_went(count, said):
    training = Training("a").step(1)
    for n in range(count):
        training.history.add(found("a", n))
        training.history.add(found("a", n, resolved=True))
    _, (line,), _ = training.end(0.5).tables()
    assert line == f"{said} and went."


def test_nothing_is_said_of_no_findings():
    assert len(Training("a").step(1).end(0.5).tables()) == 2
