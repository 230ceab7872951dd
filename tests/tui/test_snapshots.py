"""How the screens look: pictures of a training made of formulas, compared with ones looked at.

After a change of looks that is meant, `UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py -n 0`
makes them anew; look at them before they are kept.
"""

import asyncio
import math
import os
import re
from html import unescape
from pathlib import Path

import pytest
import textual
from rich.cells import cell_len

from tui_optim.events import (
    DatasetInfo,
    Evaluation,
    Finding,
    Histogram,
    LayerInfo,
    Layers,
    LayerStatistics,
    RunInfo,
    Started,
    Step,
)
from tui_optim.experiment import Experiment
from tui_optim.training.control import Control
from tui_optim.training.history import History
from tui_optim.tui.app import TuiOptim
from tui_optim.tui.session import Session, Training
from tui_optim.tui.view import View

CELL = 12.2  # the width of a character in a picture
SNAPSHOTS = Path(__file__).parent / "snapshots"
RUNS = ("gd", "sgd", "momentum", "adam")
ITERATIONS, SHOWN = 2000, 1240


FINDINGS = [
    Finding(150, "sgd", 1, "vanishing-gradient", 2e-5, 0.01, "", resolved=False),
    Finding(400, "sgd", 1, "vanishing-gradient", 0.04, 0.01, "", resolved=True),
    Finding(700, "momentum", 3, "dead-units", 0.71, 0.6, "", resolved=False),
    Finding(901, "gd", None, "diverged", 3.4e37, None, "", resolved=False),
]


class Still(Session):
    """A session whose training neither runs nor changes."""

    def __init__(self, experiment, history, ghost):
        super().__init__(experiment)
        self.current = Training(experiment, Control(), history)
        self.ghost = ghost

    def open(self):
        pass


def history_of(experiment, rates):
    """The events of a training whose losses fall at these rates."""
    history = History()
    runs = tuple(
        RunInfo(name, name, experiment.activation, experiment.initializer) for name in RUNS
    )
    data = DatasetInfo("digits", 1437, 360, 64, 10, "0" * 64)
    layers = tuple(LayerInfo(i, f"hidden {i}", 100, 100) for i in range(1, 5))
    layers += (LayerInfo(5, "output", 100, 10),)
    time = "2026-01-01T00:00:00+00:00"
    options = experiment.options()
    history.add(Started(1, "0", time, 2, options, data, runs, layers, 37_810))
    for n in range(1, SHOWN + 1):
        losses = {
            run: 2.3 * (1 + n / 20) ** -rate * (1 + 0.2 * math.sin(n * (k + 3) * 0.7))
            for k, (run, rate) in enumerate(zip(RUNS, rates, strict=True))
        }
        if n > 900:
            losses["gd"] = None
        history.add(Step(n, 128 * n, n / 612, losses))
        for finding in FINDINGS:
            if finding.iteration == n:
                history.add(finding)
    for k, run in enumerate(RUNS[1:]):
        history.add(Layers(SHOWN, run, tuple(layer(i, k) for i in range(1, 6))))
    for n in range(SHOWN // 5, SHOWN + 1, SHOWN // 5):
        share = 1 - 60 / n  # of what is reached in the end
        known = (None if n > 900 else 0.2, 0.957 * share, 1.014 * share, 1.025 * share)
        accuracy = dict(zip(RUNS, known, strict=True))
        history.add(Evaluation(n, 360, accuracy, accuracy, accuracy, accuracy))
    return history


def layer(index, k):
    hidden = index < 5
    counts = [round(300 * math.exp(-(((b - 14 + 2 * k) / (2 + index)) ** 2))) for b in range(30)]
    return LayerStatistics(
        index=index,
        name="relu" if hidden else "output",
        mean=0.31 + 0.1 * k,
        std=0.6 / index,
        minimum=0.0,
        maximum=2.5,
        dead=0.02 * index if hidden else None,
        saturated=0.4 + 0.05 * k if hidden else None,
        delta_rms=3e-4 * index,
        gradient_norm=10.0 ** (index - 5),
        weight_norm=14.1,
        update_ratio=1e-3,
        step_size=0.01,
        unit_spread=1.1,
        histogram=Histogram(0.0, 2.5, tuple(counts)),
    )


def picture(hands, size, keys=(), *, view=None, theme=None):
    """The screen after some keys, as SVG."""
    experiment = Experiment(compare={"optimizer": RUNS})
    before = experiment.replace(initializer="zeros")
    ghost = Training(before, Control(), history_of(before, (0.0, 0.02, 0.05, 0.1)))

    async def main():
        app = TuiOptim(Still(experiment, history_of(experiment, (0.1, 0.5, 0.8, 1.2)), ghost))
        app.main.view = view or View(selected="adam")
        async with app.run_test(size=size) as pilot:
            if theme:
                app.theme = theme
            await pilot.pause()
            await hands(app).press(*keys)
            app.main.draw()
            await pilot.pause(0.2)
            return app.export_screenshot(title="tui-optim")

    return asyncio.run(main())


def what_is_seen(svg):
    """The lines of a picture, the style of each character that is no blank, and backgrounds."""
    styles = dict(re.findall(r"-(r\d+) \{ ([^}]*)\}", svg))
    attributes = r'class="[^"]*-(r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"'
    pieces = re.findall(rf"<text {attributes}[^>]*>(.*?)</text>", svg)
    rows = {}
    for style, x, y, length, escaped in pieces:
        text = unescape(escaped).replace("\xa0", " ")
        cell = float(length) / cell_len(text)
        for i, character in enumerate(text):
            column = round(float(x) / cell) + cell_len(text[:i])
            if character != " ":
                rows.setdefault(float(y), {})[column] = (character, styles[style].strip())
    lines = []
    for _, row in sorted(rows.items()):
        lines.append("".join(row.get(i, " ")[0] for i in range(max(row) + 1)))
    boxes = re.findall(r'<rect fill="(#\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', svg)
    backgrounds = {}
    for fill, x, y, width in boxes:
        for column in range(round(float(x) / CELL), round((float(x) + float(width)) / CELL)):
            backgrounds[float(y), column] = fill
    return lines, (rows, backgrounds)


CASES = {
    "80x24": ((80, 24), {}),
    "120x40": ((120, 40), {}),
    "200x60": ((200, 60), {}),
    "120x40-layers": ((120, 40), {"keys": ("2",)}),
    "120x40-matrix": ((120, 40), {"keys": ("3", "t")}),
    "120x40-landscape": ((120, 40), {"keys": ("4", *("n",) * 30)}),
    "80x24-light": ((80, 24), {"theme": "textual-light"}),
    "80x24-ascii": ((80, 24), {"view": View(selected="adam", ascii=True)}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_it_did(name, hands, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    size, how = CASES[name]
    svg = picture(hands, size, **how)
    kept = SNAPSHOTS / f"{name}.svg"
    version = SNAPSHOTS / "textual-version.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        kept.write_text(svg, encoding="utf-8")
        version.write_text(f"{textual.__version__}\n", encoding="utf-8")
    made_with = version.read_text(encoding="utf-8").strip()
    if textual.__version__ != made_with:
        pytest.skip(f"the pictures were made with Textual {made_with}, whose looks may differ")
    (tmp_path / kept.name).write_text(svg, encoding="utf-8")
    lines, styles = what_is_seen(svg)
    expected_lines, expected_styles = what_is_seen(kept.read_text("utf-8"))
    assert len(lines) >= size[1] - 2
    assert lines == expected_lines, f"now it is {tmp_path / kept.name}"
    assert styles == expected_styles, f"now it is {tmp_path / kept.name}"
