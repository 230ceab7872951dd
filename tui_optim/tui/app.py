"""The app over trainings that run beside it."""

import shlex
from contextlib import ExitStack

from tui_optim.datasets.dataset import Dataset
from tui_optim.errors import InputError, inert
from tui_optim.experiment import Experiment
from tui_optim.language import Language
from tui_optim.lessons import find
from tui_optim.lessons.lesson import TrainingPage
from tui_optim.logs.jsonl import LogWriter
from tui_optim.logs.resumption import Resumption
from tui_optim.report import exit_code
from tui_optim.signals import INTERRUPTED
from tui_optim.streams import mention
from tui_optim.tui.base import run
from tui_optim.tui.bookmark import Bookmark
from tui_optim.tui.lecture import LectureActions, seen
from tui_optim.tui.session import Session
from tui_optim.tui.view import View


class TuiOptim(LectureActions):
    """The live laboratory."""

    def finish(self) -> None:
        self.session.finish()


def run_app(
    experiment: Experiment,
    dataset: Dataset,
    resume: Resumption | None = None,
    *,
    log: str | None = None,
    log_every: int = 1,
    checkpoint: str | None = None,
    checkpoint_every: int = 0,
    fps: float = 4,
    pace: float | None = None,
    ascii_only: bool = False,
    keep_going: bool = False,
    lang: Language = "en",
) -> int:
    """Open the app, and when it is closed print the final table, which stays in the scrollback.

    Returns:
        The exit code: 0; 1 where a training failed by a fault of ours; 3 where every run of the
        last one diverged; 130 where a signal or the terminal's hanging up ended it. Where it is to
        keep going, hanging up ends only the screens, and the training comes to its end.

    Raises:
        InputError: when the checkpoint to go on from cannot be used; when the log or, at last, a
            checkpoint could not be written, and the training has then ended in order.
    """
    with ExitStack() as stack:
        keep = resume.past.end if resume and resume.past else None
        writer = stack.enter_context(LogWriter(log, log_every, keep)) if log else None
        session = Session(
            experiment,
            dataset,
            writer.write if writer else None,
            pace=pace,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            log_every=log_every,
            resume=resume,
        )
        if writer and writer.notice:
            session.notices.append(writer.notice)
        session.notices.extend(resume.notices() if resume else ())
        app = TuiOptim(session, fps=fps, view=View(ascii=ascii_only, language=lang))
        app.keeps_going = keep_going
        run(app)
    if not (app.interrupted or app.detached):
        _say_what_is_left(log, session)
    if session.log_failure:
        raise InputError(session.log_failure)
    if session.writer.failure is not None:
        raise session.writer.failure
    return _code(app)


def run_lesson(
    name: str,
    *,
    language: Language,
    fps: float = 4,
    ascii_only: bool = False,
    seed: int = 0,
    data_dir: str | None = None,
) -> int:
    """Open the app at a lesson's first page; nothing is trained before where that needs nothing.

    Args:
        name: of the lesson.
        language: of its texts.
        fps: redraws a second at most.
        ascii_only: whether to draw with ASCII characters only.
        seed: of the weights and the minibatches.
        data_dir: where MNIST is looked for first; nothing is downloaded.

    Returns:
        The exit code, as of `run_app`.

    Raises:
        InputError: when there is no lesson of that name.
    """
    bookmark = Bookmark(find(name))
    view = View(ascii=ascii_only, language=language)
    if isinstance(page := bookmark.page, TrainingPage):
        experiment = page.experiment(seed, data_dir)
        session = Session(experiment, pace=page.pace_of(experiment))
        view = seen(page, view)
    else:
        session = Session(Experiment(data_dir=data_dir))
        session.current.control.pause()
    app = TuiOptim(session, fps=fps, view=view)
    app.bookmark, app.seed = bookmark, seed
    run(app)
    return _code(app)


def _say_what_is_left(log: str | None, session: Session) -> None:
    """Where the log and the checkpoint are, and what they are good for."""
    checkpoint = session.writer.path
    if log is not None and session.log_failure is None:
        mention(f"the log: tui-optim watch {_word(log)}")
    if checkpoint is not None and session.has_written:
        mention(f"the checkpoint: tui-optim --resume {_word(str(checkpoint))}")


def _word(path: str) -> str:
    """A file's name as a word of a shell, which is no option."""
    return shlex.quote(inert(f"./{path}" if path.startswith("-") else path))


def _code(app: TuiOptim) -> int:
    """The exit code of an app that has been closed."""
    if app.interrupted:
        return INTERRUPTED
    if app.session.fault or (app.return_code and not app.detached):
        return 1
    return exit_code(app.session.current.history)
