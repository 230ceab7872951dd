"""Steps of a log, read many at once: the same as one by one, to the last bit, or not at all."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_optim.events import Step
from tui_optim.logs.decimals import MOST_DIGITS, MOST_PLACES, shifted
from tui_optim.logs.jsonl import decode, encode
from tui_optim.logs.steps import StepReader, other_lines

NAMES = [("a",), ("lr=0.1", "lr=1e-05"), ("x,y", ":1,", "-e5-"), ('한"\\\n', "adam relu")]


def step(number, **changed):
    values = {"iteration": number, "samples": 128 * number, "seconds": 0.25, "loss": {"a": 1.5}}
    line = json.dumps({"event": "step"} | values | changed, separators=(",", ":"))
    return line.encode() + b"\n"


def one_by_one(lines, runs):
    """Positions and losses as JSON's reader has them; ValueError where any line is no step."""
    steps = [decode(line.decode("utf-8", "replace")) for line in lines.split(b"\n")[:-1]]
    if not all(isinstance(each, Step) and each.loss.keys() == set(runs) for each in steps):
        raise ValueError("another event, or other runs")
    positions = [(each.iteration, each.samples, each.seconds) for each in steps]
    losses = [
        [math.nan if each.loss[run] is None else each.loss[run] for run in runs] for each in steps
    ]
    return np.array(positions, float), np.array(losses, float)


def assert_same(got, expected):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(np.signbit(one), np.signbit(other))


@st.composite
def logs(draw):
    """Steps of some runs: nulls, and numbers of all sizes, in all ways of writing them."""
    runs = draw(st.sampled_from(NAMES))
    number = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.floats(1e-9, 10)
    losses = st.lists(number | st.integers(-9, 9), min_size=len(runs), max_size=len(runs))
    rows = draw(st.lists(losses, min_size=1, max_size=6))
    lines = [
        encode(Step(n, 128 * n, n / 800, dict(zip(runs, row, strict=True))))
        for n, row in enumerate(rows, 1)
    ]
    return runs, "".join(line + "\n" for line in lines).encode()


@given(logs())
@settings(max_examples=200, deadline=None)
def test_every_step_as_we_write_it_is_read_to_the_last_bit(log):
    runs, lines = log
    assert_same(StepReader(runs).read(lines, 0), one_by_one(lines, runs))


@given(logs(), st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_altered_is_read_as_one_by_one_or_not_at_all(log, data):
    runs, lines = log
    at = data.draw(st.integers(0, len(lines) - 2))
    put = data.draw(st.sampled_from([bytes([c]) for c in b'0129.-+eEnu,:"{} \n\0\xff'] + [b""]))
    altered = lines[:at] + put + lines[at + data.draw(st.integers(0, 2)) : -1] + b"\n"
    steps = StepReader(runs).read(altered, 0)
    if steps is not None:
        assert_same(steps, one_by_one(altered, runs))


def test_steps_have_every_bit():
    rng = np.random.default_rng(0)
    usual = rng.lognormal(0, 3, 3000).tolist()
    losses = [*usual, *np.exp(rng.uniform(-300, 300, 500)).tolist(), -0.0, 3, 1e-320, None]
    lines = b"".join(step(n, loss={"a": loss}) for n, loss in enumerate(losses, 1))
    positions, values = StepReader(["a"]).read(lines, 0)
    assert values[:-1, 0].tolist() == losses[:-1]
    assert np.isnan(values[-1, 0])
    assert positions[:, 0].tolist() == list(range(1, 3505))
    assert positions[-1].tolist() == [3504, 448_512, 0.25]


def test_quotients_are_rounded_as_they_should_be_or_not_said_to_be_certain():
    rng = np.random.default_rng(0)
    digits = (10 ** rng.uniform(0, 18, 20_000)).astype(np.int64)
    halfway = 2 * rng.integers(2**52, 2**53, 2000) + 1  # between two float64
    digits = np.concatenate([digits, halfway, halfway + 1, halfway - 1, [0, 1, MOST_DIGITS]])
    places = rng.integers(0, MOST_PLACES + 1, len(digits))
    places[20_000:22_000] = 0
    values, certain = shifted(digits, places)
    expected = [float(f"{d}e-{p}") for d, p in zip(digits.tolist(), places.tolist(), strict=True)]
    assert certain[:20_000].all()
    assert not certain[20_000:22_000].any()
    assert values[certain].tolist() == np.array(expected)[certain].tolist()


@pytest.mark.parametrize(
    "line",
    [
        step(1.0),
        step("1"),
        step(True),
        step(2**60),
        step(0),
        step(1, seconds=None),
        step(1, loss={"b": 1.5}),
        step(1, loss={"a": 1.5, "b": 1.5}),
        step(1, loss={"a": True}),
        step(1, more=1),
        step(1).replace(b"1.5", b"1e999"),
        step(1).replace(b"1.5", b"NaN"),
        step(1).replace(b"1.5", b"nul"),
        step(1).replace(b"1.5", b"nan"),
        step(1).replace(b"1.5", b".5"),
        step(1).replace(b"1.5", b"01.5"),
        step(1).replace(b"1.5", b"1e"),
        step(1).replace(b"1.5", b"1."),
        step(1).replace(b"1.5", b"+1"),
        step(1).replace(b"1.5", b"1-2"),
        step(1).replace(b"128", b"0128"),
        step(1).replace(b"128", b"9" * 5000),
        step(1).replace(b"1.5", b"9" * 400),
        b'{"event":"step",' + step(1),
        step(1)[:-1] + b" \n",
    ],
    ids=lambda line: line[:90].decode(),
)
def test_steps_that_are_not_as_we_write_them_are_left_to_be_read_one_by_one(line):
    reader = StepReader(["a"])
    assert reader.read(step(1), 0) is not None
    assert reader.read(line, 0) is None
    assert reader.read(step(1) + line + step(3), 0) is None


def test_steps_go_forward():
    reader = StepReader(["a"])
    assert reader.read(step(3) + step(4), 2) is not None
    assert reader.read(step(3) + step(4), 3) is None
    assert reader.read(step(4) + step(3), 2) is None


def test_other_lines_and_how_many_steps_are_before_each():
    lines = [step(1), step(2), b"x\n", b"\n", step(3), b'{"event":"stop"}\n', step(4)]
    text = b"".join(lines)
    others = other_lines(text)
    assert [count for count, _, _ in others] == [2, 0, 1, 1]
    assert [text[begin:end] for _, begin, end in others] == [lines[2], lines[3], lines[5], b""]
    assert other_lines(b"\n") == [(0, 0, 1), (0, 1, 1)]
