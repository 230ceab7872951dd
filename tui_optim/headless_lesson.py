"""Lessons headless: the list of them, and a lesson as text and numbers."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tui_optim import lessons
from tui_optim.language import Language, Words
from tui_optim.lessons.lesson import Lesson, Page, SurfacePage, TablePage, TrainingPage
from tui_optim.lessons.results import Results, UnknownError
from tui_optim.lessons.running import run
from tui_optim.lessons.verdict import verdict
from tui_optim.nn.landscapes import Paths
from tui_optim.printing import print_table, width
from tui_optim.progress import training_progress
from tui_optim.report import final_report, power
from tui_optim.signals import INTERRUPTED, interruptible
from tui_optim.training.control import Control

SEE, WHY, TRY = Words("You see", "보이는 것"), Words("Why", "이유"), Words("Try", "해 보기")
LESSON = Words("Lesson", "수업")
OPEN = Words(
    "`tui-optim lesson NAME` opens one; with --headless it prints its numbers.",
    "`tui-optim lesson 이름`으로 엽니다. --headless를 붙이면 수치를 출력합니다.",
)
PROBED = Words(
    "{statistic}, by layer, at iteration {iteration}", "층별 {statistic}, {iteration}회 반복"
)
STATISTICS = {
    "std": Words("standard deviation of the outputs", "출력의 표준편차"),
    "saturated": Words("share of saturated outputs", "포화된 출력의 비율"),
    "dead": Words("share of dead units", "죽은 유닛의 비율"),
    "delta_rms": Words("rms of δ = ∂L/∂output", "δ = ∂L/∂출력의 제곱평균제곱근"),
    "step_size": Words("size of a step, ‖ΔW‖/‖∂L/∂W‖", "걸음의 크기 ‖ΔW‖/‖∂L/∂W‖"),
}
"""What is shown of layers; histograms are summed up by the standard deviation."""
LAYER = Words("layer {}", "{}층")
ROW = (
    Words("symptom", "증상"),
    Words("cause", "원인"),
    Words("remedy", "처방"),
    Words("who and when", "누가, 언제"),
    Words("lesson", "수업"),
)
NOTHING = "–"
DETAILS = 2
"""The view of one run's layers, whose statistic is the course."""
MOST_LAYERS = 5
"""That many fit, at 80 cells, beside a run's name."""


def print_list(language: Language) -> None:
    """Print which lessons there are."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right")
    for lesson in lessons.everything():
        table.add_row(str(_number(lesson)), lesson.name, Text(lesson.title[language]))
    print_table(Group(table, "", Text(OPEN[language])))


def print_lessons(
    chosen: Sequence[Lesson], language: Language, *, seed: int = 0, data_dir: str | None = None
) -> int:
    """Run the pages of lessons and print what they show, and which of their claims hold.

    Returns:
        The exit code: 0, whether claims hold or not, or 130 when interrupted.

    Raises:
        InputError: for a seed that cannot be.
    """
    control = Control()
    with interruptible(lambda: control.stop("interrupted")):
        for lesson in chosen:
            space = [""] * (lesson is not chosen[0])
            title = f"{LESSON[language]} {_number(lesson)}: {lesson.title[language]}"
            print_table(Group(*space, Text(title, "bold")))
            for page in lesson.pages:
                with training_progress(language) as progress:
                    shown = run(page, seed=seed, data_dir=data_dir, control=control, read=progress)
                if control.stop_reason is not None:
                    return INTERRUPTED
                print_table(Group("", *_page(page, shown, language)))
    return 0


def _number(lesson: Lesson) -> int:
    return lessons.LESSONS.index(lesson.name) + 1


def _page(page: Page, shown: Results | Paths | None, language: Language) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(page.title[language], "bold underline")]
    for heading, words in ((SEE, page.see), (WHY, page.why), (TRY, page.attempt)):
        parts.append(Text.assemble((f"{heading[language]}: ", "bold"), words[language]))
    if isinstance(page, TrainingPage) and isinstance(shown, Results):
        parts += _training(page, shown, language)
    elif isinstance(page, SurfacePage) and isinstance(shown, Paths):
        parts += ["", _paths(shown)]
    elif isinstance(page, TablePage):
        parts += ["", _remedies(page, language)]
    return [*parts, "", *_claims(page, shown, language)]


def _training(page: TrainingPage, results: Results, language: Language) -> list[RenderableType]:
    """The ranking, but of a forward pass, and what is shown of the layers, at first and at last."""
    look = page.look or {}
    parts: list[RenderableType] = []
    if results.history.iteration > 1:
        parts += ["", final_report(results.history, width(), language)]
    if page.view > 1 or "statistic" in look:
        statistic = look.get("course" if page.view == DETAILS else "statistic", "std")
        statistic = statistic if statistic in STATISTICS else "std"
        for iteration in sorted({1, results.history.iteration}):
            caption = PROBED[language].format(
                statistic=STATISTICS[statistic][language], iteration=f"{iteration:,}"
            )
            parts += ["", Text(caption), _layers(results, statistic, iteration, language)]
    return parts


def _layers(results: Results, statistic: str, iteration: int, language: Language) -> Table:
    """A statistic of some hidden layers, the first and the last among them, a row a run."""
    started = results.history.started
    hidden = len(started.layers) - 1 if started else 0
    count = min(hidden, MOST_LAYERS)
    some = [1 + round(i * (hidden - 1) / max(count - 1, 1)) for i in range(count)]
    table = _table("", *(LAYER[language].format(index) for index in some))
    for run_name in results.history.runs:
        cells = (_cell(results, run_name, index, statistic, iteration) for index in some)
        table.add_row(Text(run_name), *cells)
    return table


def _cell(results: Results, run_name: str, index: int, statistic: str, iteration: int) -> str:
    try:
        return power(f"{results.layer(run_name, index, statistic, iteration):.3g}")
    except UnknownError:
        return NOTHING


def _paths(paths: Paths) -> Table:
    """Where each optimizer is at last, and how high."""
    table = _table("", "x", "y", "f(x, y)")
    for name, points, values in zip(paths.names, paths.points, paths.values, strict=True):
        table.add_row(Text(name), *(power(f"{value:.4g}") for value in (*points[-1], values[-1])))
    return table


def _remedies(page: TablePage, language: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    for heading in ROW:
        table.add_column(heading[language], overflow="fold")
    for row in page.rows:
        words = (row.symptom, row.cause, row.remedy, row.source)
        table.add_row(*(Text(each[language]) for each in words), Text(row.lesson))
    return table


def _claims(
    page: Page, shown: Results | Paths | None, language: Language
) -> Iterator[RenderableType]:
    """Each claim, and under it whether it holds and what was measured."""
    for claim in page.claims:
        told = verdict(claim, claim.measure(shown), language)
        yield Text(claim.said[language])
        yield Text(f"  {told.mark} {told.said}: {told.number} ({told.bounds})")


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table
