import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_optim.datasets import Dataset, load, npz
from tui_optim.errors import InputError

RNG = np.random.default_rng(0)
X = RNG.normal(5, 3, (50, 4))
Y = np.arange(50) % 3
IMAGES = RNG.integers(0, 256, (50, 3, 2), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        path = tmp_path / "own.npz"
        np.savez_compressed(path, **arrays)
        return str(path)

    return write


def in_parts(x=X, y=Y):
    return {"x_train": x[:40], "y_train": y[:40], "x_test": x[40:], "y_test": y[40:]}


def npy(header, payload=b"", version=b"\x01\x00"):
    text = header.encode()
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + payload


def archive(tmp_path, compression=zipfile.ZIP_DEFLATED, **members):
    path = tmp_path / "made.npz"
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return str(path)


def test_table_without_a_test_part_is_split(save):
    data = load(save(x=X, y=Y))
    assert data.name == "own.npz"
    assert data.x_train.shape == (40, 4)
    assert data.class_names == ("0", "1", "2")
    assert data.feature_names is None
    assert np.allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    assert data.sha256 == load(save(x=X, y=Y), seed=9).sha256


def test_parts_are_kept(save):
    data = load(save(**in_parts()))
    mean, std = X[:40].mean(axis=0), X[:40].std(axis=0)
    assert np.allclose(data.x_test, (X[40:] - mean) / std)
    assert np.array_equal(data.y_test, Y[40:])


def test_uint8_images_are_scaled(save):
    data = load(save(**in_parts(IMAGES)))
    assert data.image_shape == (3, 2)
    assert np.array_equal(data.x_train, (IMAGES[:40].reshape(40, 6) / 255).astype(np.float32))


def test_flat_uint8_is_images_too(save):
    data = load(save(**in_parts(IMAGES.reshape(50, 6))))
    assert data.image_shape is None
    assert np.array_equal(data.x_test, (IMAGES[40:].reshape(10, 6) / 255).astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, ">f8"])
def test_other_images_in_0_to_255_are_scaled_alike(save, dtype):
    data = load(save(**in_parts(IMAGES.astype(dtype))))
    assert data.sha256 == load(save(**in_parts(IMAGES))).sha256


def test_images_in_0_to_1_are_as_they_are(save):
    images = IMAGES / np.float32(255)
    assert np.array_equal(load(save(**in_parts(images))).x_test, images[40:].reshape(10, 6))


def test_colour_images_are_features(save):
    data = load(save(x=np.zeros((50, 2, 2, 3), np.uint8), y=Y))
    assert data.features == 12
    assert data.image_shape is None


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, ">i4"])
def test_tables_of_any_real_type(save, dtype):
    data = load(save(x=(X > 5).astype(dtype), y=Y))
    assert data.sha256 == load(save(x=(X > 5).astype(float), y=Y)).sha256


def test_fortran_order(save):
    assert load(save(x=np.asfortranarray(X), y=Y)).sha256 == load(save(x=X, y=Y)).sha256


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (Y - 1, ("-1", "0", "1")),
        (Y * 10.0, ("0", "10", "20")),
        (Y == 1, ("0", "1")),
        (np.array(["b", "a", "c\x1b"])[Y], ("a", "b", r"c\x1b")),
        (np.array([b"b", b"a", b"\xff"])[Y], (r"\xff", "a", "b")),
    ],
)
def test_labels_of_any_kind_are_classes(save, y, names):
    data = load(save(x=X, y=y))
    assert data.class_names == names
    every = np.sort(np.concatenate([data.y_train, data.y_test]))
    assert np.array_equal(np.unique(every), np.arange(len(names)))


def test_labels_keep_their_examples(save):
    x = np.stack([Y, Y], axis=1)
    data = load(save(x=x, y=np.array(["z", "y", "x"])[Y]))
    assert [data.class_names[k] for k in data.y_train[np.argsort(data.x_train[:, 0])]] == sorted(
        (data.class_names[k] for k in data.y_train), reverse=True
    )


def broken(place, value):
    x = X.copy()
    x[place] = value
    return x


REFUSED = {
    "no keys": ({"data": X}, "holds the arrays 'data': needed are x, y or x_train, y_train"),
    "some keys": ({"x_train": X, "y_train": Y}, "holds the arrays 'x_train', 'y_train': needed"),
    "lengths": ({"x": X, "y": Y[:-1]}, "x has 50 examples and y 49 labels"),
    "test lengths": (in_parts() | {"y_test": Y[:3]}, "x_test has 10 examples and y_test 3"),
    "widths": (in_parts() | {"x_test": X[40:, 1:]}, r"float64 \(40, 4\) and float64 \(10, 3\)"),
    "types": (in_parts() | {"x_test": X[40:].astype(int)}, "must have the same type"),
    "mixed labels": (in_parts() | {"y_test": Y[40:].astype(str)}, "are text and numbers"),
    "unseen": (in_parts() | {"y_test": Y[40:] + 1}, "its training part lacks: '3'"),
    "nan": ({"x": broken((3, 2), np.nan), "y": Y}, r"x in .* is nan at \[3, 2\]"),
    "infinity": ({"x": broken((0, 1), -np.inf), "y": Y}, r"is -inf at \[0, 1\]"),
    "nan label": ({"x": X, "y": np.where(Y == 1, np.nan, Y)}, r"y in .* is nan at \[1\]"),
    "continuous": ({"x": X, "y": X[:, 0]}, "50 distinct numbers from .* quantity it seems"),
    "identifiers": ({"x": np.ones((1500, 1)), "y": np.arange(1500)}, "more than 1,000 distinct"),
    "one class": ({"x": X, "y": Y * 0}, "has one class only, '0'"),
    "objects": ({"x": X, "y": np.array([None] * 50)}, "pickled Python objects, which are never"),
    "complex": ({"x": X + 1j, "y": Y}, "is of type complex128"),
    "text inputs": ({"x": X.astype(str), "y": Y}, "x in .* is text: inputs are numbers"),
    "flat inputs": ({"x": X[:, 0], "y": Y}, r"x in .* has shape \(50,\)"),
    "one-hot": ({"x": X, "y": np.eye(3)[Y]}, r"y in .* has shape \(50, 3\)"),
    "records": ({"x": np.zeros(3, "i4,f4"), "y": Y}, "is no plain array"),
    "empty": ({"x": X[:0], "y": Y[:0]}, r"x in .* is empty, of shape \(0, 4\)"),
    "no features": ({"x": X[:, :0], "y": Y}, r"is empty, of shape \(50, 0\)"),
    "dark images": ({"x": X.reshape(50, 2, 2) - 50, "y": Y}, "the images in .* have values -"),
    "bright images": ({"x": IMAGES * 2.0, "y": Y}, r"have values 0\.\.5\d\d: needed are 0\.\.1 or"),
    "dimensions": ({"x": np.zeros((50,) + (1,) * 8), "y": Y}, "values in 9 dimensions"),
    "huge": ({"x": np.where(X > 5, 1e308, -1e308), "y": Y}, "'feature 0' of .* cannot be standard"),
    "long label": ({"x": X, "y": np.array(["a" * 150, "b"])[Y % 2]}, "of 150 characters"),
}


@pytest.mark.parametrize(("arrays", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_arrays_are_refused(save, arrays, message):
    with pytest.raises(InputError, match=message) as caught:
        load(save(**arrays))
    assert str(caught.value).isprintable()


PROMISE = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n"
LABELS = npy(PROMISE % ("|u1", "(3,)"), b"\0\1\0")

HOSTILE = {
    "vast": (npy(PROMISE % ("<f8", "(4000000000, 1000)")), "promises 4,000,000,000,000 values"),
    "wide": (npy(PROMISE % ("<U99999", "(9999, 9)")), r"2,147,483,648 bytes\) in 8 are read"),
    "bomb": (npy(PROMISE % ("|u1", "(200000000, 1)")), "more than the file can hold"),
    "short": (npy(PROMISE % ("|u1", "(3, 2)"), b"12345"), "does not hold the 6 bytes"),
    "long": (npy(PROMISE % ("|u1", "(3, 2)"), b"1234567"), "does not hold the 6 bytes"),
    "type": (npy(PROMISE % ("<f3", "(3, 2)"), b"123456"), "of the unknown type '<f3'"),
    "pickle": (npy(PROMISE % ("|O", "(3, 2)"), b"cos\nsystem\n."), "pickled Python objects"),
    "code": (npy(PROMISE % ("<f8", "(__import__('os'),)")), "is no plain array"),
    "no array": (b"just text", "is no plain array"),
    "nothing": (b"", "is no plain array"),
    "version": (npy(PROMISE % ("|u1", "(3, 2)"), b"123456", b"\x02\x00"), "is no plain array"),
}


@pytest.mark.parametrize(("member", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_member_is_refused(tmp_path, member, message):
    with pytest.raises(InputError, match=message):
        load(archive(tmp_path, x=member, y=LABELS))


def test_text_beyond_unicode_is_refused(tmp_path):
    y = npy(PROMISE % ("<U1", "(3,)"), b"\xff\xff\xff\x7f" * 3)
    with pytest.raises(InputError, match="text that is not Unicode"):
        load(archive(tmp_path, x=npy(PROMISE % ("|u1", "(3, 2)"), b"123456"), y=y))


def test_other_compression_is_refused(tmp_path):
    with pytest.raises(InputError, match="is packed as NumPy never does"):
        load(archive(tmp_path, zipfile.ZIP_LZMA, x=LABELS, y=LABELS))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is not an \.npz archive, or damaged"):
        load(str(path))


def test_truncated_archive_is_refused(save, tmp_path):
    content = Path(save(x=X, y=Y)).read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"is not an \.npz archive, or damaged"):
        load(str(tmp_path / "cut.npz"))


def a_small_archive():
    buffer = io.BytesIO()
    np.savez(buffer, x=X[:12, :2], y=Y[:12])
    return buffer.getvalue()


SMALL = a_small_archive()


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=4
    ),
    length=st.one_of(st.just(len(SMALL)), st.integers(0, len(SMALL))),
)
def test_any_damage_is_a_dataset_or_refused(tmp_path_factory, or_refused, changes, length):
    content = bytearray(SMALL)
    for at, byte in changes:
        content[at] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(content[:length])
    data = or_refused(load, str(path))
    if data is not None:
        assert isinstance(data, Dataset)


@given(header=st.one_of(st.text(max_size=80), st.from_regex(npz.HEADER, fullmatch=True)))
def test_any_header_is_a_dataset_or_refused(tmp_path_factory, or_refused, header):
    folder = tmp_path_factory.getbasetemp()
    text = header.encode(errors="surrogatepass").decode("latin-1")
    x = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin-1") + bytes(48)
    or_refused(load, archive(folder, x=x, y=LABELS))
