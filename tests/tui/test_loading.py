"""Data that are read beside the training and the screens."""

import time

import numpy as np
import pytest

from tui_optim.experiment import Experiment
from tui_optim.tui.loading import Loader


@pytest.fixture
def loader():
    opened = Loader()
    yield opened
    opened.close()


def over(loading):
    limit = time.monotonic() + 20
    while not loading.is_over:
        assert time.monotonic() < limit
        time.sleep(0.005)
    return loading


def test_what_was_read_is_given_away_once(loader):
    digits = Experiment(data="digits")
    loading = over(loader.load(digits))
    assert loader.take(Experiment(data="moons")) is None
    assert over(loader.load(digits)).dataset is not loading.dataset
    given = loader.take(digits)
    assert given.name == "digits"
    assert loader.take(digits) is None


def test_a_failure_is_told_and_the_next_is_read(loader, tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"nothing of the kind")
    failed = over(loader.load(Experiment(data=str(tmp_path / "bad.npz"))))
    assert "bad.npz" in failed.failure
    assert loader.take(failed.experiment) is None
    assert over(loader.load(Experiment(data="moons"))).failure is None


def test_the_training_and_the_screen_go_on_while_a_large_table_is_read(
    at_hand, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    numbers = np.random.default_rng(0).normal(size=(20_000, 8)).round(3)
    rows = (",".join(map(str, row)) + f",{i % 3}" for i, row in enumerate(numbers.tolist()))
    (tmp_path / "large.csv").write_text("\n".join(["a,b,c,d,e,f,g,h,kind", *rows]))

    async def steps(app, hands):
        before = app.session.current
        await hands.press("d")
        await hands.until(lambda: app.screen is not app.main)
        await hands.settle()
        for keys in (["tab"], "large.csv", ["enter"]):
            await hands.press(*keys)
        seen = set()
        while app.screen is not app.main:
            await hands.pause(0.02)
            seen.add(before.history.iteration)
            assert len(seen) < 1000, str([w.content for w in app.screen.query("Static")])
        assert len(seen) > 1, "the screen or the training stood still while it was read"
        await hands.until(lambda: app.session.current is not before)
        now = app.session.current
        await hands.until(lambda: now.history.iteration > 0)
        assert now.history.started.dataset.name == "large.csv"
        assert now.dataset.x_train.shape[1] == 8

    at_hand(steps)
