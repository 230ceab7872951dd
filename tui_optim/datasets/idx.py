"""The IDX format, in which MNIST and its kin are published: one array of bytes a file.

Four bytes of magic number (0, 0, the type of an element, the number of dimensions), the
dimensions as big-endian 32-bit numbers, the elements row by row; often gzipped as a whole.
Of the types only the unsigned byte (8), of which data sets of images are made, is read.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file formats.
"""

import gzip
import hashlib
import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.files import DEFLATE_MOST, MAX_VALUES, mode, opened, shown
from tui_optim.datasets.labels import encode
from tui_optim.datasets.preparation import Examples
from tui_optim.errors import InputError

X_TRAIN = "train-images-idx3-ubyte"
Y_TRAIN = "train-labels-idx1-ubyte"
X_TEST = "t10k-images-idx3-ubyte"
Y_TEST = "t10k-labels-idx1-ubyte"
FILES = {X_TRAIN: 3, Y_TRAIN: 1, X_TEST: 3, Y_TEST: 1}
"""The four files of a data set, with the number of their dimensions."""

GZIP_MAGIC = b"\x1f\x8b"


def places(folder: Path, file: str) -> list[Path]:
    """Where `folder` holds one of the four files; the gzipped one, as downloaded, is first."""
    paths = (folder / f"{file}.gz", folder / file)
    return [path for path in paths if mode(path) is not None]


def find(folder: Path, file: str) -> Path | None:
    """Which file of `folder` is read as one of the four; None where it is not there."""
    return next(iter(places(folder, file)), None)


def locate(folder: Path, file: str) -> Path:
    """As `find`, where the file must be there.

    Raises:
        InputError: It is not.
    """
    path = find(folder, file)
    if path is None:
        raise InputError(
            f"the folder {shown(folder)} has no {file}: a data set in a folder is the four files "
            f"{', '.join(FILES)}, each gzipped (.gz) or not"
        )
    return path


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds all four files."""
    return all(find(folder, file) is not None for file in FILES)


def read(path: Path, ndim: int) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, gzipped or not (told by its content, not its name).

    Args:
        path: The file.
        ndim: How many dimensions it must have: 1 for labels, 3 for images.

    Returns:
        The array, read-only, of the shape that the file states.

    Raises:
        InputError: The file is absent, of another format, damaged, shorter or longer than its
            header says, or larger than `MAX_VALUES`.
    """
    with opened(path) as (file, size):
        is_gzip = file.read(2) == GZIP_MAGIC
        file.seek(0)
        if not is_gzip:
            return _read_array(file, path, ndim, at_most=size)
        try:
            with gzip.GzipFile(fileobj=file) as stream:
                return _read_array(stream, path, ndim, at_most=size * DEFLATE_MOST)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{shown(path)} is a damaged or incomplete gzip file: get it again"
            ) from error


def read_from(folder: Path, file: str) -> NDArray[np.uint8]:
    """`read` one of the four files of `folder`."""
    return read(locate(folder, file), FILES[file])


def _read_array(
    stream: BufferedReader | gzip.GzipFile, path: Path, ndim: int, at_most: int
) -> NDArray[np.uint8]:
    """Read header and payload, no more bytes than `at_most`, which is what the file can hold."""
    head = stream.read(4 + 4 * ndim)
    magic = header((0,) * ndim)[:4]
    if head[:4] != magic:
        raise InputError(
            f"{shown(path)} begins with the bytes {head[:4].hex(' ') or '(none)'}, not with IDX's "
            f"{magic.hex(' ')} for unsigned bytes in {ndim} dimension{'s' * (ndim > 1)}"
        )
    if len(head) < 4 + 4 * ndim:
        raise InputError(f"{shown(path)} ends within its header: get it again")
    shape = struct.unpack(f">{ndim}I", head[4:])
    count = math.prod(shape)
    promise = f"{shown(path)} promises {count:,} bytes ({' × '.join(map(str, shape))})"
    if count > MAX_VALUES:
        raise InputError(f"{promise}: at most {MAX_VALUES:,} are read")
    if len(head) + count > at_most:
        raise InputError(f"{promise} and cannot hold as many: get it again")
    payload = stream.read(count)
    if len(payload) < count:
        raise InputError(f"{promise} and holds {len(payload):,}: get it again")
    if stream.read(1):
        raise InputError(f"{promise} and holds more: it is not what its header says")
    return np.frombuffer(payload, np.uint8).reshape(shape)


def header(shape: tuple[int, ...]) -> bytes:
    """The bytes that begin a file of unsigned bytes of this shape."""
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)


def payload_sha256(array: NDArray[np.uint8]) -> str:
    """Hex digest of the IDX file, uncompressed, that holds `array`."""
    digest = hashlib.sha256(header(array.shape))
    digest.update(array.data)
    return digest.hexdigest()


def read_folder(folder: Path) -> Examples:
    """Read a folder that holds the four files of a data set, of images of any one size.

    Raises:
        InputError: A file is missing or damaged, or they do not fit together.
    """
    return examples({file: read_from(folder, file) for file in FILES}, folder)


def examples(arrays: dict[str, NDArray[np.uint8]], folder: Path) -> Examples:
    """Put together the arrays of the four files read from `folder`.

    Raises:
        InputError: There are no images, or not as many as labels, or they differ in size.
    """
    for images, labels in ((X_TRAIN, Y_TRAIN), (X_TEST, Y_TEST)):
        counts = len(arrays[images]), len(arrays[labels])
        if counts[0] != counts[1]:
            raise InputError(
                f"in {shown(folder)}, {images} holds {counts[0]:,} images and {labels} "
                f"{counts[1]:,} labels: each image needs its label"
            )
        if arrays[images].size == 0:
            raise InputError(f"in {shown(folder)}, {images} holds no images")
    _, rows, columns = arrays[X_TRAIN].shape
    if arrays[X_TEST].shape[1:] != (rows, columns):
        raise InputError(
            f"in {shown(folder)}, the training images have {rows} × {columns} pixels and the test "
            f"images {' × '.join(map(str, arrays[X_TEST].shape[1:]))}: they must be the same"
        )
    both = np.concatenate([arrays[Y_TRAIN], arrays[Y_TEST]])
    class_names, y = encode(both, f"the labels in {shown(folder)}")
    y_train, y_test = np.split(y, [len(arrays[Y_TRAIN])])
    return Examples(
        arrays[X_TRAIN],
        y_train,
        arrays[X_TEST],
        y_test,
        class_names=class_names,
        image_shape=(rows, columns),
        divisor=255,
    )
