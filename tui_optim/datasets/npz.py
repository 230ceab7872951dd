"""NumPy's .npz archives: arrays `x` and `y`, or `x_train`, `y_train`, `x_test` and `y_test`.

An .npz is a zip of .npy files. `numpy.load` would allocate whatever a header promises before it
looks for the data, so headers are read and checked here. What is read is what NumPy itself
writes for arrays of numbers and of text: version 1.0 of the format.

Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
"""

import math
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.files import DEFLATE_MOST, MAX_VALUES, listed, opened, shown
from tui_optim.datasets.labels import encode
from tui_optim.datasets.preparation import Examples
from tui_optim.errors import InputError

WHOLE = ("x", "y")
PARTS = ("x_train", "y_train", "x_test", "y_test")

MAX_BYTES = 8 * MAX_VALUES
MAX_DIMENSIONS = 8
CHUNK = 2**18
MAGIC = b"\x93NUMPY\x01\x00"
HEADER = re.compile(
    r"\{'descr': '([<>|=](?:O|[biufcSUV]\d{1,5}))', 'fortran_order': (True|False), "
    r"'shape': \(([\d, ]{0,200})\), *\}\s*"
)
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OverflowError)


def read_npz(path: Path) -> Examples:
    """Read an archive with a test part of its own, or without one.

    Inputs of type uint8, or of more than two dimensions, are images and scaled to [0, 1]: uint8
    by 255, others as they are where none exceeds 1 and by 255 where none exceeds 255. Other
    inputs are a table, (examples, features).

    Raises:
        InputError: Whatever is wrong, with the name of the array and the place in it.
    """
    with opened(path) as (file, size):
        try:
            with zipfile.ZipFile(file) as archive:
                arrays = _read_arrays(archive, path, size)
        except InputError:
            raise
        except DAMAGED as error:
            raise InputError(
                f"{shown(path)} is not an .npz archive, or damaged: numpy.savez writes one"
            ) from error
    for key, array in arrays.items():
        (_check_inputs if key.startswith("x") else _check_labels)(array, f"{key} in {shown(path)}")
    return _examples(arrays, path)


def _read_arrays(archive: zipfile.ZipFile, path: Path, size: int) -> dict[str, NDArray[Any]]:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    keys = next((keys for keys in (PARTS, WHOLE) if members.keys() >= set(keys)), None)
    if keys is None:
        raise InputError(
            f"{shown(path)} holds the arrays {listed(members) or '(none)'}: needed are "
            f"{', '.join(WHOLE)} or {', '.join(PARTS)}"
        )
    arrays = {}
    for key in keys:
        where = f"{key} in {shown(path)}"
        info = members[key]
        encrypted = info.flag_bits & 1
        if encrypted or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{where} is packed as NumPy never does: numpy.savez writes an .npz")
        with archive.open(info) as stream:
            arrays[key] = read_array(stream, where, size * DEFLATE_MOST)
    return arrays


def read_array(stream: IO[bytes], where: str, at_most: int) -> NDArray[Any]:
    """Read one .npy file; `at_most` is what it can hold, before anything is allocated.

    Raises:
        InputError: Whatever is wrong; `where` is what the message calls the array.
    """
    prefix = stream.read(len(MAGIC) + 2)
    text = stream.read(int.from_bytes(prefix[len(MAGIC) :], "little")).decode("latin-1")
    header = HEADER.fullmatch(text)
    if not prefix.startswith(MAGIC) or header is None:
        raise InputError(f"{where} is no plain array: save numbers or text with numpy.savez")
    dtype = _dtype(header[1], where)
    shape = tuple(int(length) for length in header[3].replace(",", " ").split())
    nbytes = math.prod(shape) * dtype.itemsize
    if len(shape) > MAX_DIMENSIONS or math.prod(shape) > MAX_VALUES or nbytes > MAX_BYTES:
        raise InputError(
            f"{where} promises {math.prod(shape):,} values in {len(shape)} dimensions: at most "
            f"{MAX_VALUES:,} ({MAX_BYTES:,} bytes) in {MAX_DIMENSIONS} are read"
        )
    if nbytes == 0:
        raise InputError(f"{where} is empty, of shape {shape}: examples are needed")
    if nbytes > at_most:
        raise InputError(f"{where} promises {nbytes:,} bytes, more than the file can hold")
    payload = bytearray(nbytes)
    filled = 0
    while chunk := stream.read(min(CHUNK, nbytes - filled)):
        payload[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
    if filled < nbytes or stream.read(1):
        raise InputError(f"{where} does not hold the {nbytes:,} bytes that its header promises")
    array = np.frombuffer(payload, dtype)
    return array.reshape(shape[::-1]).T if header[2] == "True" else array.reshape(shape)


def _dtype(descr: str, where: str) -> np.dtype[Any]:
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise InputError(
            f"{where} is of the unknown type '{descr}': save numbers or text"
        ) from error
    if dtype.hasobject:
        raise InputError(
            f"{where} holds pickled Python objects, which are never loaded: save numbers or text"
        )
    if dtype.kind not in "biufSU" or dtype.char == "g":
        raise InputError(f"{where} is of type {dtype}: save real numbers of up to 64 bits, or text")
    return dtype


def _check_inputs(x: NDArray[Any], where: str) -> None:
    if x.dtype.kind in "SU":
        raise InputError(f"{where} is text: inputs are numbers")
    if x.ndim < 2:
        raise InputError(
            f"{where} has shape {x.shape}: needed is (examples, features) or (examples, rows, …)"
        )
    _check_finite(x, where)


def _check_labels(y: NDArray[Any], where: str) -> None:
    if y.ndim != 1:
        raise InputError(f"{where} has shape {y.shape}: needed is (examples,), a label for each")
    if y.dtype.kind == "f":
        _check_finite(y, where)
    if y.dtype.kind == "U" and y.view(f"{y.dtype.byteorder}u4").max() > sys.maxunicode:
        raise InputError(f"{where} holds text that is not Unicode: save it again")


def _check_finite(values: NDArray[Any], where: str) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(np.argwhere(~finite)[0].tolist())
        raise InputError(
            f"{where} is {values[place]} at [{', '.join(map(str, place))}]: "
            "needed are finite numbers"
        )


def _examples(arrays: dict[str, NDArray[Any]], path: Path) -> Examples:
    x_keys, y_keys = list(arrays)[::2], list(arrays)[1::2]
    inputs, labels = [arrays[key] for key in x_keys], [arrays[key] for key in y_keys]
    for x_key, y_key in zip(x_keys, y_keys, strict=True):
        if len(arrays[x_key]) != len(arrays[y_key]):
            raise InputError(
                f"in {shown(path)}, {x_key} has {len(arrays[x_key]):,} examples and {y_key} "
                f"{len(arrays[y_key]):,} labels: each example needs its label"
            )
    if len({(x.dtype, x.shape[1:]) for x in inputs}) > 1:
        kinds = " and ".join(f"{x.dtype} {x.shape}" for x in inputs)
        raise InputError(
            f"in {shown(path)}, {' and '.join(x_keys)} are {kinds}: "
            "they must have the same type and, but for their length, the same shape"
        )
    if len({y.dtype.kind in "SU" for y in labels}) > 1:
        raise InputError(
            f"in {shown(path)}, {' and '.join(y_keys)} are text and numbers: they must be alike"
        )
    where = f"{' and '.join(y_keys)} in {shown(path)}"
    class_names, y = encode(np.concatenate(labels), where)
    y_train, y_test = np.split(y, [len(labels[0])])
    has_test = len(inputs) > 1
    return Examples(
        inputs[0],
        y_train,
        inputs[1] if has_test else None,
        y_test if has_test else None,
        class_names,
        image_shape=inputs[0].shape[1:] if inputs[0].ndim == 3 else None,
        divisor=_divisor(inputs, path),
    )


def _divisor(inputs: list[NDArray[Any]], path: Path) -> float | None:
    """What scales images to [0, 1]; None for a table."""
    if inputs[0].dtype == np.uint8:
        return 255
    if inputs[0].ndim == 2:
        return None
    low, high = min(x.min() for x in inputs), max(x.max() for x in inputs)
    if low < 0 or high > 255:
        raise InputError(
            f"the images in {shown(path)} have values {low:g}..{high:g}: needed are 0..1 or 0..255"
        )
    return 1 if high <= 1 else 255
