"""The final table: how the runs of a training did."""

import math
import statistics
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tui_optim.errors import inert
from tui_optim.events import Evaluation, Finding, RunInfo
from tui_optim.language import Language, Words
from tui_optim.signals import INTERRUPTED
from tui_optim.training.advice import alike, together
from tui_optim.training.findings import open_findings, past_findings
from tui_optim.training.reading import Reading, scores
from tui_optim.training.together import Together, scored_at

COMPLETED, ALL_DIVERGED = 0, 3
SHARE_OF_BEST = 0.95
"""A run is there when its test accuracy is this share of the best run's."""

GUESSING = 1.5
"""Accuracies up to this many times that of guessing, 1 / classes, show nothing learned."""

SCORES = (
    "test accuracy",
    "test loss",
    "training loss",
    f"{100 * SHARE_OF_BEST:.0f} % of best by iteration",
)

NAME_CELLS = 24
"""A longer name makes no column go."""

NOTHING = "–"

FOUND = (Words("since", "반복"), Words("what still holds", "남은 진단"))
"""The columns of the findings."""
ALL = Words("all {} runs", "실행 {}개 모두")
CAME_AND_WENT = Words("{findings} came and went.", "해소된 진단 {count}건.")


def final_report(
    history: Reading, width: int | None = None, language: Language = "en"
) -> RenderableType:
    """The runs ranked by test accuracy; those that differ only in seed also as mean ± deviation.

    Below them, what the diagnosis found, if anything.

    Args:
        history: of the training.
        width: how many cells there are; where the ranking needs more, its last columns are left
            out, and a long name takes several lines.
        language: of the findings.
    """
    parts: list[RenderableType] = [_ranking(history, width)]
    seeds = _over_seeds(history)
    if seeds is not None:
        parts += ["", seeds]
    parts += [*_findings(history, language), "", *map(Text, summaries(history))]
    return Group(*parts)


def summaries(history: Reading) -> list[str]:
    """A line a training: its summary; of several together each with its name."""
    if not isinstance(history, Together):
        return [summary(history)]
    lines = []
    for name, reading in history.readings.items():
        said = f"{summary(reading)}{_of_fewer(reading)}" if reading.runs else "no training in it"
        lines.append(f"{inert(name)}: {said}")
    return lines


def _of_fewer(history: Reading) -> str:
    """What the accuracies are of, where that is not all of the test part."""
    event, started = scores(history), history.started
    if not isinstance(event, Evaluation) or started is None:
        return ""
    whole = started.dataset.test
    return f"; accuracy on {event.examples:,} of {whole:,} examples" * (event.examples < whole)


def summary(history: Reading) -> str:
    """One line: how far the training came, in what time, and why it ended, if not complete."""
    ended = history.ended
    iterations = ended.iterations if ended else history.iteration
    seconds = ended.seconds if ended else history.seconds
    speed = f", {rate(iterations / seconds)} steps per second" if seconds > 0 else ""
    runs = plural(len(history.runs), "run")
    if ended is not None and ended.reason == "completed":
        return f"{plural(iterations, 'iteration')} of {runs} in {seconds:.1f} s{speed}"
    asked = max(history.iterations, iterations)  # a log may not tell
    of = f"{iterations:,} of " * (iterations < asked)
    line = f"{of}{plural(asked, 'iteration')} of {runs} in {seconds:.1f} s{speed}"
    return f"{line}; {ended.reason if ended else 'cut short, or still going'}"


def has_result(history: Reading) -> bool:
    """Whether there is anything to report; of a training resumed at its end, the scores are."""
    ended = history.ended
    return history.iteration > 0 or (ended is not None and ended.reason == "completed")


def ranking(history: Reading) -> list[str]:
    """The names of the runs, the best test accuracy first, then the least loss on the test part.

    Where nothing was evaluated yet, the least training loss comes first.
    """

    def key(run: str) -> tuple[bool, float, float]:
        accuracy, loss = history.accuracy(run), history.test_loss(run)
        unknown = run in history.diverged or accuracy is None
        if loss is None:
            loss = history.loss.get(run)
        return unknown, -(accuracy or 0.0), math.inf if loss is None else loss

    return sorted(history.runs, key=key)


def exit_code(history: Reading) -> int:
    """What the process returns for a training that went like this: 0, 3 or 130."""
    if history.ended is not None and history.ended.reason == "interrupted":
        return INTERRUPTED
    every = bool(history.runs) and len(history.diverged) == len(history.runs)
    return ALL_DIVERGED if every else COMPLETED


def _ranking(history: Reading, width: int | None) -> Table:
    best = _best(history)
    rows = [
        [str(place), inert(run), *_scores(history, run, best)]
        for place, run in enumerate(ranking(history), 1)
    ]
    titles = ["", "run", *SCORES]
    at = {run: scored_at(history, run) for run in history.runs if run not in history.diverged}
    if len({each for each in at.values() if each is not None}) > 1:
        titles.insert(3, "at iteration")
        for row, run in zip(rows, ranking(history), strict=True):
            row.insert(3, _count(at.get(run)))
    widths = [max(map(cell_len, column)) for column in zip(titles, *rows, strict=True)]
    widths[1] = min(widths[1], NAME_CELLS)
    columns = len(titles)
    while width is not None and sum(widths[:columns]) + 2 * (columns - 1) > width and columns > 3:
        columns -= 1
    table = _table(*titles[:columns])
    for row in rows:
        table.add_row(*map(Text, row[:columns]))
    return table


def _best(history: Reading) -> float | None:
    """The best accuracy, where it is more than a guess: else there is nothing to come near to."""
    accuracies = [history.accuracy(run) for run in history.runs if run not in history.diverged]
    best = max((a for a in accuracies if a is not None), default=0.0)
    classes = history.started.dataset.classes if history.started else 0
    return best if best * classes > GUESSING else None


def _scores(history: Reading, run: str, best: float | None) -> tuple[str, ...]:
    """A cell for each of SCORES."""
    if run in history.diverged:
        return f"diverged at {history.diverged[run]:,}", NOTHING, NOTHING, NOTHING
    first = None if best is None else history.first_reached(run, SHARE_OF_BEST * best)
    return (
        percent(history.accuracy(run)),
        number(history.test_loss(run)),
        number(history.loss.get(run)),
        _count(first),
    )


def _over_seeds(history: Reading) -> Table | None:
    """Mean ± sample standard deviation over the runs that differ only in seed, if there are any."""
    if history.started is None:
        return None
    alike: dict[tuple[str, str, str, str], list[RunInfo]] = {}
    for run in history.started.runs:
        name = " ".join(word for word in run.name.split() if not word.startswith("seed="))
        key = (name, run.optimizer, run.activation, run.initializer)
        alike.setdefault(key, []).append(run)
    if all(len(runs) == 1 for runs in alike.values()):
        return None
    table = _table("run", "seeds", "test accuracy", "test loss")  # mean ± sample standard deviation
    rows = []
    for (name, optimizer, _, _), runs in alike.items():
        diverged = sum(run.name in history.diverged for run in runs)
        accuracies = [a for run in runs if (a := history.accuracy(run.name)) is not None]
        losses = [x for run in runs if (x := history.test_loss(run.name)) is not None]
        if diverged:
            order, accuracy = 1.0, f"{diverged} of {len(runs)} diverged"
            loss = accuracy
        else:
            order = -statistics.fmean(accuracies) if accuracies else 0.0
            accuracy = _mean_deviation([100 * a for a in accuracies], ".2f", " %")
            loss = _mean_deviation(losses, ".4f", "")
        cells = (Text(inert(name or optimizer)), str(len(runs)), accuracy, loss)
        rows.append((order, cells))
    for _, cells in sorted(rows, key=lambda row: row[0]):
        table.add_row(*cells)
    return table


def _findings(history: Reading, language: Language) -> list[RenderableType]:
    """What was found and still holds, the same of several runs once; how much came and went."""
    parts: list[RenderableType] = []
    past = past_findings(history.findings)
    if groups := _groups(history):
        since, holds = (words[language] for words in FOUND)
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column(since, justify="right", no_wrap=True)
        table.add_column(holds, overflow="fold")  # rich's ellipsis cuts wide characters short
        for group in groups:
            runs = list(dict.fromkeys(each.run for each, _ in group))
            who = ", ".join(map(inert, runs))
            if 1 < len(runs) == len(history.runs):
                who = ALL[language].format(len(runs))
            found, infos = zip(*group, strict=True)
            said = f"{who}: {inert(together(found, language, infos))}"
            table.add_row(f"{min(each.iteration for each in found):,}", Text(said))
        parts += ["", table]
    if past:
        findings = plural(len(past), "finding")
        said = CAME_AND_WENT[language].format(findings=findings, count=f"{len(past):,}")
        parts += ["", Text(said)]
    return parts


def _groups(history: Reading) -> list[list[tuple[Finding, RunInfo | None]]]:
    """What still holds, with the runs, by what one sentence can say; in the order of the runs."""
    groups: dict[object, list[tuple[Finding, RunInfo | None]]] = {}
    order = {run: place for place, run in enumerate(history.runs)}
    held = [each for each in open_findings(history.findings) if each.run in order]
    for each in sorted(held, key=lambda each: order[each.run]):
        run = history.started.run(each.run) if history.started else None
        groups.setdefault(alike(each, run), []).append((each, run))
    return list(groups.values())


def _mean_deviation(values: Sequence[float], form: str, unit: str) -> str:
    if not values:
        return NOTHING
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.fmean(values):{form}} ± {deviation:{form}}{unit}"


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, justify="left" if first else "right")
    for column in columns:
        name = column == "run"
        table.add_column(
            column,
            justify="left" if name else "right",
            no_wrap=not name,
            overflow="fold",
        )
    return table


def percent(value: float | None) -> str:
    """An accuracy as a person reads it."""
    return NOTHING if value is None else f"{100 * value:.2f} %"


def number(value: float | None) -> str:
    """A loss as a person reads it: four decimals, or two digits where it is tiny."""
    if value is None:
        return NOTHING
    if value >= 10_000:
        return power(f"{value:.2e}")
    return f"{value:.4f}" if value >= 0.001 or value == 0 else power(f"{value:.1e}")


def rate(value: float) -> str:
    """So many a second; of a log it may be any number."""
    return f"{value:,.0f}" if value < 1e9 else f"{value:.0e}"


def power(number: str) -> str:
    """A number with its exponent, if it has one, as short as can be: 9.0e-4, not 9.0e-04."""
    mantissa, e, exponent = number.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else number


def shape(hidden: Sequence[int], ends: tuple[int, int] | None = None, times: str = "×") -> str:
    """A network by its hidden layers' widths, and its features and classes: 64-100×4-10."""
    same = len(set(hidden)) == 1 and len(hidden) > 2
    widths = [f"{hidden[0]}{times}{len(hidden)}"] if same else list(map(str, hidden))
    if ends is not None:
        widths = [str(ends[0]), *widths, str(ends[1])]
    return "-".join(widths)


def _count(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def plural(count: int, noun: str) -> str:
    """A number of things: "1 run", "2,000 iterations"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
