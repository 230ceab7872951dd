"""Checkpoints that are damaged or made up: refused in a line, whatever they hold."""

import io
import json
import os
import pickle
import tracemalloc
import zipfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui_optim import Experiment, InputError, Trainer, __version__
from tui_optim.training.checkpoint import Checkpoint

EXPERIMENT = Experiment(
    data="moons",
    train_size=60,
    hidden="4",
    compare="optimizer=gd,adam",
    dropout=0.1,
    batch_norm=True,
    batch_size=25,
    iterations=5,
)
DIGEST = 64
FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def dataset():
    return Trainer(EXPERIMENT).dataset


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A checkpoint, as bytes."""
    path = tmp_path_factory.mktemp("good") / "a.ckpt"
    trainer = Trainer(EXPERIMENT)
    list(trainer)
    trainer.write_checkpoint(path)
    return path.read_bytes()


@pytest.fixture
def use(tmp_path, dataset):
    """Goes on from what some bytes say."""

    def read(content):
        path = tmp_path / "b.ckpt"
        path.write_bytes(content)
        return Trainer(EXPERIMENT, dataset=dataset, resume=Checkpoint.read(path))

    return read


@pytest.fixture
def refused(use):
    """Asserts that going on from some bytes is refused in one line; that line."""

    def check(content, saying=""):
        with pytest.raises(InputError) as raised:
            use(content)
        line = str(raised.value)
        assert line.isprintable()
        assert len(line) < 600
        assert "b.ckpt' cannot be used: " in line
        assert saying in line
        return line

    return check


def signed(content):
    """With the right digest at its end."""
    return content[:-DIGEST] + sha256(content[:-DIGEST]).hexdigest().encode()


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts, how=zipfile.ZIP_STORED):
    """An archive with a right digest, whatever is in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        archive.comment = b"0" * DIGEST
        for name, content in parts.items():
            archive.writestr(name, content)
    return signed(file.getvalue())


def changed(content, *path, value):
    """With another value in its header."""
    parts = members(content)
    header = json.loads(parts["checkpoint.json"])
    at = header
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return packed(parts | {"checkpoint.json": json.dumps(header)})


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_what_is_packed_anew_is_as_good(good, use):
    assert use(good).iteration == use(packed(members(good))).iteration == 5


@FEW
@given(data=st.data())
def test_a_flipped_bit_is_seen(good, refused, data):
    bit = data.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    refused(bytes(bad))


@FEW
@given(data=st.data())
def test_a_cut_file_is_seen(good, refused, data):
    refused(good[: data.draw(st.integers(0, len(good) - 1))])
    refused(good + data.draw(st.binary(min_size=1, max_size=100)))


@FEW
@given(data=st.data())
def test_a_right_digest_is_trusted_in_nothing(good, use, data):
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):  # a weight may be any number
        assert use(signed(bytes(bad))).iteration >= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)

NAME = st.text(st.characters(exclude_characters="\0"), max_size=8)  # there a zip's name ends


def places(value, path=()):
    """Every place in a header."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


@settings(FEW, max_examples=50)
@given(data=st.data())
def test_any_value_anywhere_in_the_header(good, use, data):
    header = json.loads(members(good)["checkpoint.json"])
    place = data.draw(st.sampled_from(list(places(header))))
    with suppress(InputError):  # some may have other values
        assert use(changed(good, *place, value=data.draw(JSON))).iteration >= 1


@FEW
@given(members=st.dictionaries(NAME, st.binary(max_size=30), max_size=3))
def test_any_members(refused, members):
    names = {name.encode("utf-8", "replace").decode(): each for name, each in members.items()}
    refused(packed({f"x{name}": each for name, each in names.items()}))


@pytest.mark.parametrize(
    ("path", "value", "saying"),
    [
        (("version",), 2, f"it is of version 2: tui-optim {__version__} reads version 1"),
        (("format",), "another", "it is no checkpoint of tui-optim"),
        (("experiment", "batch_size"), 26, "another experiment: batch-size is 26 there and 25"),
        (("experiment", "optimizer"), "\x1b[2J", r"unknown optimizer '\x1b[2J'"),
        (("experiment", "hidden"), [10_000] * 64, "its networks are larger than the file"),
        (("experiment", "colour"), 1, "unknown option 'colour'"),
        (("dataset",), "0" * 64, "other data: 'moons' is not what it was"),
        (("training", "iteration"), 6, "iteration=6: expected a whole number from 1 to 5"),
        (("training", "began"), "yesterday", "Invalid isoformat string"),
        (("training", "minibatches", "random", "bit_generator"), "MT19937", "expected PCG64"),
        (("training", "minibatches", "position"), 61, "from 0 to 60"),
        (("training", "runs"), [], "is no part of the state"),
        (("training", "runs", 1, "optimizer"), [], "is no part of the state"),
        (("training", "runs", 1, "lr"), 0, "runs.1.lr=0: expected a number above 0"),
        (("training", "runs", 1, "update"), {"array": "x"}, "the array 'x' is missing"),
        (("training", "minibatches", "order"), None, "'minibatches.order' is no part of the"),
        (("training", "runs", 1, "theta"), {"array": "x"}, "the array 'x' is missing"),
        (("training", "runs", 0, "theta"), {"array": "runs.1.theta"}, "is missing"),
    ],
)
def test_what_is_wrong_is_said(good, refused, path, value, saying):
    refused(changed(good, *path, value=value), saying)


@pytest.mark.parametrize(
    ("name", "content", "saying"),
    [
        ("runs.0.theta.npy", saved(np.zeros(3, np.float32)), "is float32 (3,): expected float32 ("),
        ("runs.0.theta.npy", saved(np.zeros(40)), "is float64 (40,): expected float32 ("),
        ("runs.0.theta.npy", pickle.dumps(1), "is no plain array"),
        ("minibatches.order.npy", saved(np.zeros(60, np.int64)), "does not hold every example on"),
        ("more.npy", saved(np.zeros(3)), "'more' is no part of the state"),
        ("checkpoint.json", b"[" * 10**5, "it is no checkpoint of tui-optim"),
        ("checkpoint.json", b"[NaN]", "it is no checkpoint of tui-optim"),
        (
            "checkpoint.json",
            b'{"version":' + b"9" * 5000 + b"}",
            "it is no checkpoint of tui-optim",
        ),
        ("checkpoint.json", b" " * (2**20 + 1), "its header is longer than 1,048,576 bytes"),
        ("checkpoint.json", b"[]", "its header is no table of values"),
    ],
)
def test_a_wrong_member_is_said(good, refused, name, content, saying):
    refused(packed(members(good) | {name: content}), saying)


def test_a_member_that_is_missing_or_compressed(good, refused):
    parts = members(good)
    without = {name: each for name, each in parts.items() if name != "runs.1.theta.npy"}
    refused(packed(without), "the array 'runs.1.theta' is missing")
    refused(packed(parts, zipfile.ZIP_DEFLATED), "packed as no checkpoint is")


PROMISES = b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999,), }\n"
HUGE = b"\x93NUMPY\x01\x00" + len(PROMISES).to_bytes(2, "little") + PROMISES


def test_nothing_is_allocated_for_promises(good, refused):
    parts = members(good)
    promise = packed(parts | {"runs.0.theta.npy": HUGE})
    large = packed(parts | {"x.npy": bytes(4 * 10**6)})
    listing = packed({f"{n}.npy": b"" for n in range(10_000)})
    tracemalloc.start()
    try:
        refused(promise, "more than the file can hold")
        refused(large, "bytes, more than such a training's state")
        refused(listing, "it is no checkpoint of tui-optim")
        assert tracemalloc.get_traced_memory()[1] < 3 * 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"x" * 1000, b"PK\x03\x04" * 99])
def test_what_is_no_checkpoint_at_all(refused, content):
    refused(content)
    refused(content + sha256(content).hexdigest().encode())


@pytest.mark.parametrize(
    ("make", "saying"),
    [
        (lambda _path: None, "No such file or directory"),
        (Path.mkdir, "Is a directory"),
        (os.mkfifo, "it is no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file(tmp_path, make, saying):
    make(tmp_path / "a.ckpt")
    with pytest.raises(InputError, match=f"a.ckpt' cannot be used: {saying}"):
        Checkpoint.read(tmp_path / "a.ckpt")
    with pytest.raises(InputError, match="null"):
        Checkpoint.read("a\0b")


def test_findings_that_cannot_have_been_told_are_refused(good, refused):
    for said in ([0, 0], [7, 0], [100, 0], [3, 9]):
        array = np.full((2, 2, 2), -1, np.int64)
        array[1, 0] = said
        parts = members(good) | {"diagnosis.said.npy": saved(array)}
        refused(packed(parts), "its findings are none of such a training")


def test_one_without_what_the_diagnosis_knows_is_gone_on_from_all_the_same(good, use):
    """Version 0.2.0 wrote such."""
    parts = {name: part for name, part in members(good).items() if "diagnosis" not in name}
    header = json.loads(parts["checkpoint.json"])
    del header["training"]["diagnosis"]
    trainer = use(packed(parts | {"checkpoint.json": json.dumps(header)}))
    assert trainer.iteration == 5
    assert next(iter(trainer)).event == "started"
