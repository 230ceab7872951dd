"""Running a page without screens: what it shows, for its claims to be measured on."""

from collections.abc import Callable

from tui_optim.events import Event
from tui_optim.lessons.lesson import Page, SurfacePage, TrainingPage
from tui_optim.lessons.results import Results
from tui_optim.nn.landscapes import SURFACES, Paths, descend
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.training.trainer import Trainer, load_dataset

LOOKAHEAD = 16


def run(
    page: Page,
    *,
    seed: int = 0,
    data_dir: str | None = None,
    control: Control | None = None,
    read: Callable[[Event], None] | None = None,
) -> Results | Paths | None:
    """What a page shows at its end: a training's results, paths down a surface, or None.

    Args:
        page: of a lesson.
        seed: of a training.
        data_dir: where MNIST is looked for first; nothing is downloaded.
        control: may stop a training.
        read: takes a training's events, too.

    Raises:
        InputError: for a seed that cannot be.
    """
    if isinstance(page, SurfacePage):
        surface = SURFACES[page.surface]
        optimizers = [surface.optimizer(spec) for spec in page.optimizers]
        return descend(surface, optimizers, page.start, page.steps)
    if not isinstance(page, TrainingPage):
        return None
    experiment = page.experiment(seed, data_dir)
    dataset, history = load_dataset(experiment), History()
    for event in Trainer(experiment, control, dataset, lookahead=LOOKAHEAD):
        history.add(event)
        if read is not None:
            read(event)
    return Results(history, dataset)
