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

SIZE = (120, 38)


async def make(path: Path) -> None:
    """Train the lecture's six on the digits, first with sigmoid, then with ReLU; take a picture."""
    app = TuiOptim(Session(Experiment(activation="sigmoid", initializer="xavier")))
    async with app.run_test(size=SIZE) as pilot:
        await reach(app, 600)
        await pilot.press("a", "a")  # sigmoid → tanh → relu: what was before is the ghost
        app.session.start(Experiment())
        await reach(app, 900)
        await pilot.press("space", *["down"] * 5)
        await pilot.pause(4)  # until the messages have gone
        path.write_text(app.export_screenshot(title="tui-optim"), encoding="utf-8")


async def reach(app: TuiOptim, iteration: int) -> None:
    """Wait until the training is so far."""
    while app.session.current.history.iteration < iteration:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    where = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("screenshot.svg")
    asyncio.run(make(Path(where)))
