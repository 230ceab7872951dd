import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_optim.datasets import Dataset, files, idx, load
from tui_optim.errors import InputError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
HEADER = struct.pack(">IIII", 0x803, 2, 3, 4)


def packed(content):
    return gzip.compress(content, mtime=0)  # the same bytes, and test names, at every time


def write(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_reads_plain_and_gzipped(tmp_path, pack):
    path = write(tmp_path, pack(HEADER + IMAGES.tobytes()))
    assert np.array_equal(idx.read(path, 3), IMAGES)


def test_payload_sha256_is_that_of_the_uncompressed_file(tmp_path):
    import hashlib

    content = HEADER + IMAGES.tobytes()
    array = idx.read(write(tmp_path, gzip.compress(content)), 3)
    assert idx.payload_sha256(array) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"begins with the bytes \(none\), not with IDX's 00 00 08 03"),
        (b"\x00\x00\x08\x01" + HEADER[4:], "begins with the bytes 00 00 08 01.*in 3 dimensions"),
        (b"\x1b[2Jhostile", "begins with the bytes 1b 5b 32 4a"),
        (HEADER[:10], "ends within its header"),
        (HEADER + bytes(23), r"promises 24 bytes \(2 × 3 × 4\) and cannot hold as many"),
        (HEADER + bytes(25), "promises 24 bytes .* and holds more"),
        (struct.pack(">IIII", 0x803, 2**31, 2**31, 2**31) + bytes(9), "at most 268,435,456"),
        (struct.pack(">IIII", 0x803, 2**14, 2**7, 2**7), "cannot hold as many"),
        (packed(struct.pack(">IIII", 0x803, 2**14, 2**7, 2**7)), "cannot hold as many"),
        (packed(HEADER + bytes(23)), "promises 24 bytes .* and holds 23"),
        (packed(HEADER + bytes(25)), "promises 24 bytes .* and holds more"),
        (packed(HEADER + IMAGES.tobytes())[:-12], "damaged or incomplete gzip"),
        (packed(HEADER + IMAGES.tobytes())[:-4], "damaged or incomplete gzip"),
        (packed(HEADER + IMAGES.tobytes()) + b"rubbish", "damaged or incomplete gzip"),
        (b"\x1f\x8b", "damaged or incomplete gzip"),
        (b"\x1f\x8b\x08\x00" + bytes(30), "damaged or incomplete gzip"),
    ],
)
def test_bad_file_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        idx.read(write(tmp_path, content), 3)


def test_altered_gzip_is_refused(tmp_path):
    content = bytearray(gzip.compress(HEADER + IMAGES.tobytes(), compresslevel=0))
    content[-12] ^= 1
    with pytest.raises(InputError, match="damaged or incomplete gzip"):
        idx.read(write(tmp_path, content), 3)


def test_gzip_bomb_is_not_unpacked(tmp_path):
    import tracemalloc

    path = write(tmp_path, gzip.compress(HEADER + bytes(100_000_000), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="holds more"):
            idx.read(path, 3)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_absent_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"there is no file '.*absent'"):
        idx.read(tmp_path / "absent", 3)


def test_what_is_no_regular_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a regular file"):
        idx.read(tmp_path, 3)


@pytest.mark.usefixtures("unprivileged")
def test_unreadable_file_is_refused(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(InputError, match=r"cannot read '.*file': Permission denied"):
        idx.read(path, 3)


def test_at_most_max_values(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "MAX_VALUES", 23)
    assert files.MAX_VALUES == 2**28
    with pytest.raises(InputError, match=r"promises 24 bytes .* at most 23 are read"):
        idx.read(write(tmp_path, HEADER + IMAGES.tobytes()), 3)


# Folders


@pytest.mark.parametrize("compress", [False, True])
def test_folder(tmp_path, idx_folder, compress):
    source = idx_folder()
    data = load(str(source.write(tmp_path / "faces", compress=compress)))
    assert data.name == "faces"
    assert data.image_shape == (4, 3)
    assert data.class_names == ("0", "1", "2")
    assert data.x_train.shape == (30, 12)
    assert data.x_test.shape == (12, 12)
    assert np.array_equal(data.y_test, source.arrays[idx.Y_TEST])
    exact = (source.arrays[idx.X_TRAIN].reshape(30, 12) / 255).astype(np.float32)
    assert np.array_equal(data.x_train, exact)


def test_folder_with_train_size(tmp_path, idx_folder):
    data = load(str(idx_folder().write(tmp_path)), train_size=9)
    assert np.bincount(data.y_train).tolist() == [3, 3, 3]


def test_labels_need_not_begin_at_zero(tmp_path, idx_folder):
    source = idx_folder()
    source.arrays[idx.Y_TRAIN] += 1
    source.arrays[idx.Y_TEST] += 1
    data = load(str(source.write(tmp_path)))
    assert data.class_names == ("1", "2", "3")
    assert data.y_train.min() == 0


@pytest.mark.parametrize("gone", idx.FILES)
def test_folder_without_a_file_says_which_are_expected(tmp_path, idx_folder, gone):
    idx_folder().write(tmp_path, compress=False)
    (tmp_path / gone).unlink()
    with pytest.raises(InputError) as caught:
        load(str(tmp_path))
    assert f"has no {gone}" in str(caught.value)
    assert all(file in str(caught.value) for file in idx.FILES)


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"Y_TRAIN": np.zeros(29, np.uint8)}, "holds 30 images and .* 29 labels"),
        ({"Y_TEST": np.zeros(13, np.uint8)}, "holds 12 images and .* 13 labels"),
        ({"X_TEST": np.zeros((12, 3, 4), np.uint8)}, "4 × 3 pixels and the test images 3 × 4"),
        ({"Y_TRAIN": np.zeros(30, np.uint8)}, "labels that its training part lacks: '1', '2'"),
        (
            {"Y_TRAIN": np.zeros(30, np.uint8), "Y_TEST": np.zeros(12, np.uint8)},
            "has one class only, '0'",
        ),
        (
            {"X_TRAIN": np.zeros((0, 4, 3), np.uint8), "Y_TRAIN": np.zeros(0, np.uint8)},
            "holds no images",
        ),
        ({"X_TRAIN": np.zeros((30, 0, 9), np.uint8)}, "holds no images"),
        ({"X_TRAIN": np.zeros(30, np.uint8)}, "begins with the bytes 00 00 08 01"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, idx_folder, as_idx, replaced, message):
    contents = {constant: as_idx(array) for constant, array in replaced.items()}
    with pytest.raises(InputError, match=message):
        load(str(idx_folder().write(tmp_path, **contents)))


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no train-images-idx3-ubyte: a data set in a folder"):
        load(str(tmp_path))


# Any bytes

dims = st.sampled_from([0, 1, 2, 3, 5, 2**16, 2**32 - 1])
some_header = st.builds(
    lambda magic, shape: magic + struct.pack(f">{len(shape)}I", *shape),
    st.sampled_from([b"\0\0\x08\x01", b"\0\0\x08\x03", b"\0\0\x0d\x03"]),
    st.lists(dims, max_size=4),
)
some_file = st.one_of(st.binary(max_size=80), st.builds(bytes.__add__, some_header, st.binary()))
packed = st.one_of(
    some_file,
    some_file.map(lambda content: gzip.compress(content, mtime=0)),
    st.builds(
        lambda content, at, byte: content[: at % 40] + bytes([byte]) + content[at % 40 + 1 :],
        some_file.map(lambda content: gzip.compress(content, mtime=0)),
        st.integers(0, 39),
        st.integers(0, 255),
    ),
)


@given(content=packed, ndim=st.sampled_from([1, 3]))
def test_any_bytes_are_an_array_or_refused(tmp_path_factory, or_refused, content, ndim):
    path = write(tmp_path_factory.getbasetemp(), content)
    array = or_refused(idx.read, path, ndim)
    if array is not None:
        assert array.ndim == ndim


@given(labels=st.binary(min_size=6, max_size=6), pixels=st.binary(max_size=12))
def test_any_payload_is_a_dataset_or_refused(tmp_path_factory, or_refused, labels, pixels):
    folder = tmp_path_factory.getbasetemp() / "payload"
    folder.mkdir(exist_ok=True)
    images = struct.pack(">IIII", 0x803, 6, 2, 1) + pixels
    for file in (idx.X_TRAIN, idx.X_TEST):
        (folder / file).write_bytes(images)
    for file in (idx.Y_TRAIN, idx.Y_TEST):
        (folder / file).write_bytes(struct.pack(">II", 0x801, 6) + labels)
    data = or_refused(load, str(folder))
    if data is not None:
        assert isinstance(data, Dataset)
