"""Make the picture of the app that the README shows, from a real training.

Usage:
    python data/make_screenshot.py [screenshot.svg]
"""

import asyncio
import sys
from pathlib import Path

from tui_optim.experiment import Experiment
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.session import Session
from tui_optim.tui.view import View

SIZE = (120, 40)


async def make(path: Path) -> None:
    """Train the lecture's six on the digits, first with sigmoid, then with ReLU; take a picture."""
    sigmoid = Experiment(activation="sigmoid", initializer="xavier", eval_every=50)
    app = TuiOptim(Session(sigmoid))
    async with app.run_test(size=SIZE) as pilot:
        await reach(app, 700)
        app.session.start(sigmoid.replace(activation="relu"))  # what was before is the ghost
        await reach(app, 900)
        app.main.look(View(selected="adam"))
        await pilot.pause(0.1)
        path.write_text(app.export_screenshot(title="tui-optim"), encoding="utf-8")


async def reach(app: TuiOptim, iteration: int) -> None:
    """Wait until the training is so far."""
    while app.session.current.history.iteration < iteration:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    where = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("screenshot.svg")
    asyncio.run(make(Path(where)))
