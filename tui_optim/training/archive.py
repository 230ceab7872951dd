"""Archives: a header and arrays in one file, written whole or not at all, trusted in nothing.

An archive is an .npz, a zip of .npy arrays, none of them pickled or compressed, with a header in
JSON beside them. The zip's comment, the last 64 bytes of the file, is the SHA-256 of all before it:
that tells damage. Against malice, whatever is read is bounded by the size of the file, and that by
who reads it. (`python -m zipfile -l FILE` and `numpy.load` show what is inside.)
"""

import hashlib
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from tui_optim.datasets.npz import read_array
from tui_optim.errors import InputError
from tui_optim.nn.specs import value_text
from tui_optim.signals import UNFINISHED
from tui_optim.streams import claimed

HEADER = "checkpoint.json"
HEADER_MOST = 2**20
"""Bytes of a header; that of 16 runs takes some 10,000."""
DIGEST = 64
"""Hexadecimal digits at the end of the file."""
CHUNK = 2**20
DIRECTORY_MOST = 2**18
"""Bytes of the zip's list of members; `zipfile` takes about ten times the memory for it."""
ENDING = 56 + 20 + 22
"""Bytes before the comment in which a zip tells where its list is: in the last 22, or in all."""
FOREIGN = "it is no checkpoint of tui-optim"
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, IndexError),
    *(ValueError, RuntimeError),  # what `json` and `zipfile` say of what they do not understand
)


def write(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an archive: what was there stays until the new one is whole and on the disk.

    Raises:
        OSError, ValueError, RuntimeError: when it cannot be written.
    """
    place = path.resolve()  # a link stays one
    # Always the same name, so that what a crash leaves behind does not add up; and nobody else's.
    beside = place.with_name(f".{place.name}.tui-optim.tmp")
    _take_away(beside)
    try:
        with beside.open("x+b") as file:
            UNFINISHED.add(beside)
            claimed(file)
            _write(file, header, arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    finally:
        UNFINISHED.discard(beside)


def _take_away(beside: Path) -> None:
    """Remove what a crash has left; what somebody is writing would else come to be the archive."""
    with (
        suppress(FileNotFoundError),
        open(beside, "rb", opener=_open_without_waiting) as left,
    ):
        if not claimed(left):
            raise BlockingIOError("another training is writing it")
    beside.unlink(missing_ok=True)


def _write(file: IO[bytes], header: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"0" * DIGEST
        archive.writestr(HEADER, json.dumps(header, allow_nan=False, indent=1))
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
    whole = file.seek(-DIGEST, os.SEEK_END)
    digest = _digest(file, whole)
    file.seek(whole)
    file.write(digest)


class Archive:
    """An archive that is open.

    Attributes:
        size: of the file, in bytes.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self.size = size
        self._archive = archive

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open an archive whose digest is right.

        Raises:
            InputError: where it is none; also for what its other methods find.
        """
        try:
            with open(path, "rb", opener=_open_without_waiting) as file:
                found = os.fstat(file.fileno())
                _check(file, found.st_size, regular=stat.S_ISREG(found.st_mode))
                with zipfile.ZipFile(file) as archive:
                    yield cls(archive, found.st_size)
        except InputError:
            raise
        except OSError as error:
            raise InputError(error.strerror or str(error)) from None
        except DAMAGED as error:
            raise InputError(f"{FOREIGN} ({error})") from None

    def header(self) -> Any:
        """The header, whatever it is."""
        info = self._member(HEADER)
        if info.file_size > HEADER_MOST:
            raise InputError(f"its header is longer than {HEADER_MOST:,} bytes")
        return json.loads(self._archive.read(info), parse_constant=_refuse_constant)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name; they take no more memory than the file has bytes."""
        members = [info for info in self._archive.infolist() if info.filename != HEADER]
        if sum(info.file_size for info in members) > self.size:
            raise InputError("its arrays promise more bytes than it has")
        arrays = {}
        for info in members:
            name = value_text(info.filename)
            with self._archive.open(self._member(info.filename)) as stream:
                array = read_array(stream, name, info.file_size)
            arrays[info.filename.removesuffix(".npy")] = array
        return arrays

    def _member(self, name: str) -> zipfile.ZipInfo:
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            raise InputError(FOREIGN) from None
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise InputError(f"{value_text(name)} is packed as no checkpoint is")
        return info


def _digest(file: IO[bytes], size: int) -> bytes:
    """The SHA-256 of the first bytes of a file."""
    digest = hashlib.sha256()
    file.seek(0)
    while size and (chunk := file.read(min(CHUNK, size))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest().encode()


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to is not waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check(file: IO[bytes], size: int, *, regular: bool) -> None:
    """See that a file is as it was written, and that its list of members is no longer than any.

    Raises:
        InputError: where it is not.
    """
    if not regular:
        raise InputError("it is no regular file")
    if file.read(4) != b"PK\x03\x04":
        raise InputError(FOREIGN)
    whole = max(0, size - DIGEST)
    digest = _digest(file, whole)
    if file.read() != digest:
        raise InputError("it is cut short or altered")
    start = max(0, whole - ENDING)
    file.seek(start)
    if not _ends_as_written(file.read(ENDING), start):
        raise InputError(FOREIGN)
    file.seek(0)


def _ends_as_written(ending: bytes, start: int) -> bool:
    """Whether the last bytes before a zip's comment are what `zipfile` writes after a short list.

    They are, the first two in a long file alone: a record, where that is, and the end (PKWARE's
    application note, sections 4.3.14 to 4.3.16).
    """
    record, locator, end = ending[:56], ending[56:76], ending[76:]
    number = partial(int.from_bytes, byteorder="little")
    listed = number(end[12:16])
    if locator.startswith(b"PK\x06\x07"):
        if not record.startswith(b"PK\x06\x06") or number(locator[8:16]) != start:
            return False
        listed = number(record[40:48])
    sound = end.startswith(b"PK\x05\x06") and number(end[20:22]) == DIGEST
    return sound and listed <= DIRECTORY_MOST


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
