"""What keys do to the training."""

import math
import time
from pathlib import Path

from tui_optim.errors import InputError
from tui_optim.experiment import Experiment
from tui_optim.report import plural
from tui_optim.tui.base import BaseApp
from tui_optim.tui.loading import Loader
from tui_optim.tui.screens.dialogs import DIALOGS, SUGGESTIONS
from tui_optim.tui.session import Session, Training
from tui_optim.tui.view import View

PACES = (1.0, 10.0, 100.0, math.inf)


class TrainingActions(BaseApp):
    """An app with a session of trainings, and actions on the one that runs.

    Attributes:
        session: the trainings.
    """

    session: Session

    def __init__(self, session: Session, *, fps: float = 4, view: View | None = None) -> None:
        super().__init__(session, fps=fps, view=view)
        self.session = session
        self._loader = Loader()

    def on_unmount(self) -> None:
        self._loader.close()

    @property
    def training(self) -> Training:
        """The one that runs, or ran last."""
        return self.session.current

    def change(self, what: str, **changes: object) -> None:
        """Train the same with some values changed, or say why that cannot be."""
        try:
            experiment = self.training.experiment.replace(**changes)
        except InputError as error:
            self.say(str(error), "warning")
        else:
            self.train(experiment, what)

    def train(self, experiment: Experiment, what: str) -> None:
        """Train something else, and say in a line what has changed."""
        self.session.start(experiment, dataset=self._loader.take(experiment))
        self.say(what)
        self.hurry()

    def action_dialog(self, name: str) -> None:
        self.push_screen(DIALOGS[name](self.training, self._loader), self._train_answer)

    def _train_answer(self, experiment: Experiment | None) -> None:
        if experiment is not None and experiment != self.training.experiment:
            self.train(experiment, "another experiment: the one before stays as a ghost")

    def action_pause(self) -> None:
        control = self.training.control
        (control.resume if control.paused else control.pause)()
        self.main.draw()

    def action_step(self) -> None:
        if not self.training.control.paused:
            self.say("n takes a single step while paused: space pauses")
        self.training.control.step()

    def action_restart(self, seeds: int) -> None:
        """Restart; compared seeds move on, too, by as many as they are."""
        experiment = self.training.experiment
        changes: dict[str, object] = {"seed": experiment.seed + seeds}
        said = f"restarted with seed {experiment.seed + seeds}"
        compared = dict(experiment.axes).get("seed", ()) if seeds else ()
        if compared:
            moved = [str(int(seed) + seeds * len(compared)) for seed in compared]
            changes["compare"] = {**dict(experiment.axes), "seed": moved}
            said = f"restarted with seeds {', '.join(moved)}, on other minibatches"
        self.change(said, **changes)

    def action_initializer(self, by: int) -> None:
        self._switch("initializer", by)

    def action_activation(self, by: int) -> None:
        self._switch("activation", by)

    def _switch(self, axis: str, by: int) -> None:
        values = SUGGESTIONS[axis].split(",")
        experiment = self.training.experiment
        if axis in dict(experiment.axes):
            self.say(f"the {axis} is what is compared: c changes that")
            return
        before = str(getattr(experiment, axis))
        index = values.index(before) if before in values else min(-by, 0)
        after = values[(index + by) % len(values)]
        self.change(f"{axis}: {before} → {after}", **{axis: after})

    def action_rate(self, factor: float) -> None:
        self._scale(factor, self.main.view.run(self.training.history))

    def action_rates(self, factor: float) -> None:
        self._scale(factor, None)

    def _scale(self, factor: float, run: str | None) -> None:
        if not self._has_begun():
            return
        training, rates = self.training, self.training.rates
        try:
            training.control.scale_learning_rate(factor, run)
        except InputError as error:
            self.say(str(error), "warning")
            return
        for name in [run] if run else training.history.runs:
            before = rates.get(name) or training.history.learning_rate(name)
            if before is not None:
                rates[name] = factor * before
        to = f": {rates[run] / factor:.3g} → {rates[run]:.3g}" if run in rates else ""
        verb = "halved" if factor < 1 else "doubled"
        self.say(f"learning rate of {run or 'all runs'} {verb}{to}", timeout=2)

    def action_pace(self, by: int) -> None:
        control = self.training.control
        now = control.pace or math.inf
        if by > 0:
            pace = min((p for p in PACES if p > now), default=math.inf)
        else:
            pace = max((p for p in PACES if p < now), default=PACES[0])
        control.set_pace(None if pace == math.inf else pace)
        said = f"{plural(round(pace), 'iteration')} a second" if pace < math.inf else "full speed"
        self.say(said, timeout=2)
        self.main.draw()

    def action_extend(self) -> None:
        if not self._has_begun():
            return
        iterations = self.training.experiment.iterations
        if self.training.history.ended is not None:
            self.training.control.resume()
        self.session.extend(iterations)
        self.say(f"{iterations:,} iterations more", timeout=2)

    def action_checkpoint(self) -> None:
        if self.training.failure is None and self.training.history.iteration:
            own = self.session.writer.path
            path = own or Path(time.strftime("tui-optim-%Y%m%d-%H%M%S.ckpt"))
            self.session.checkpoint(path)
            self.say(f"checkpoint: {path.absolute()} (tui-optim --resume goes on)", timeout=6)
        else:
            self.say("nothing is trained yet: there is nothing to go on from", "warning")

    def _has_begun(self) -> bool:
        """Whether there is a training to change; if not, say so."""
        if self.training.failure is None and self.training.history.started is not None:
            return True
        self.say("nothing is trained yet: there is nothing to change", "warning")
        return False
