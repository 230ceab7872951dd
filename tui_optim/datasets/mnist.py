"""MNIST and Fashion-MNIST: where they are looked for, how they are told apart and verified.

Both are published as four files of the same names, so a folder is never taken at its word: what
MNIST is, the SHA-256 of the files' uncompressed content says, which is the same however they
were compressed. Fashion-MNIST's publisher states the MD5 of the compressed files, which verifies
a download; of files put somewhere by hand it is known that they are not MNIST's.

Sources: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (1998); Xiao, Rasul,
Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms"
(2017).
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from tui_optim.datasets import idx
from tui_optim.datasets.download import Progress, download
from tui_optim.datasets.files import opened, quoted, shown, user_path
from tui_optim.datasets.preparation import Examples
from tui_optim.errors import InputError

MNIST = "mnist"
FASHION = "fashion-mnist"
DIRECTORY_VARIABLE = "TUI_OPTIM_DATA"

MIRRORS: dict[str, tuple[str, ...]] = {
    MNIST: (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    FASHION: ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
}
MNIST_SHA256 = {
    idx.X_TRAIN: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    idx.Y_TRAIN: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    idx.X_TEST: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    idx.Y_TEST: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FASHION_MD5 = {
    idx.X_TRAIN: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    idx.Y_TRAIN: "25c81989df183df01b3e8a0aad5dffbe",
    idx.X_TEST: "bef4ecab320f06d8554ea6380940ec79",
    idx.Y_TEST: "bb300cfdad3c16e7a12a480ee83cd310",
}
SHAPES: dict[str, tuple[int, ...]] = {
    idx.X_TRAIN: (60_000, 28, 28),
    idx.Y_TRAIN: (60_000,),
    idx.X_TEST: (10_000, 28, 28),
    idx.Y_TEST: (10_000,),
}
CLASS_NAMES = {
    MNIST: tuple("0123456789"),
    FASHION: (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
}


def examples(name: str, data_dir: str | Path | None, progress: Progress | None) -> Examples:
    """Find (or else download), verify and read MNIST or Fashion-MNIST.

    Args:
        name: `MNIST` or `FASHION`.
        data_dir: Where it is looked for first; see `fetch`.
        progress: Called while downloading.

    Raises:
        InputError: A file of the user's is not what it should be, or nothing could be downloaded.
    """
    for folder in given_folders(name, data_dir):
        if _answers(name, folder):
            return _read(name, folder)
    cache = _cache_folder(name)
    if idx.is_complete(cache):
        with contextlib.suppress(InputError):  # what is damaged here is fetched again
            return _read(name, cache)
    return _read(name, fetch(name, data_dir, progress))


def find(name: str, data_dir: str | Path | None) -> Path | None:
    """The folder that has the data set, told by its labels; None where it must be downloaded.

    Raises:
        InputError: A folder of the user's cannot be read.
    """
    for folder in given_folders(name, data_dir):
        if _answers(name, folder):
            return folder
    cache = _cache_folder(name)
    return cache if idx.is_complete(cache) else None


def fetch(name: str, data_dir: str | Path | None, progress: Progress | None) -> Path:
    """Make sure that the data set is on this machine, whole and verified.

    It is looked for in `data_dir`, or else in the folder that the variable TUI_OPTIM_DATA names,
    in either case also in a subfolder named like the data set; then in the user's cache. What is
    missing is downloaded to the subfolder of `data_dir`, or else to the cache.

    Returns:
        The folder of the four files.

    Raises:
        InputError: A file of the user's is not what it should be (it is never overwritten), or a
            file could not be downloaded.
    """
    for folder in given_folders(name, data_dir):
        if _answers(name, folder):
            _read(name, folder)
            return folder
    folder = _cache_folder(name) if data_dir is None else user_path(data_dir) / name
    instead = (
        f"put the four files ({', '.join(f'{file}.gz' for file in idx.FILES)}) into "
        f"{shown(folder)} by hand, or name the folder that has them with --data-dir or the "
        f"variable {DIRECTORY_VARIABLE}"
    )
    for file in idx.FILES:
        if not _is_sound(name, folder, file, ours=data_dir is None):
            urls = [f"{mirror}{file}.gz" for mirror in MIRRORS[name]]
            check = partial(_check_download, name, file)
            download(urls, folder / f"{file}.gz", check, instead, progress)
    return folder


def given_folders(name: str, data_dir: str | Path | None) -> Iterator[Path]:
    """The folders of the user's that are looked into."""
    given = data_dir or os.environ.get(DIRECTORY_VARIABLE)
    if given:
        folder = user_path(given)
        yield from (folder, folder / name)


def _cache_folder(name: str) -> Path:
    return Path(platformdirs.user_cache_dir("tui-optim")) / name


def _answers(name: str, folder: Path) -> bool:
    """Whether a folder of the user's is to be read as `name`, or looked past.

    Files that are not MNIST's may be another data set of the same file names, and are looked past
    when MNIST is wanted; but in a folder named "mnist" they are damaged, and reading says so.
    """
    if not idx.is_complete(folder):
        return False
    if name == MNIST:
        return folder.name == MNIST or _holds_mnist(folder)
    return not _holds_mnist(folder)


def _holds_mnist(folder: Path) -> bool:
    """Told by the labels, which are small; by either file, for the other may be damaged."""
    damage = None
    for file in (idx.Y_TEST, idx.Y_TRAIN):
        try:
            if idx.payload_sha256(idx.read_from(folder, file)) == MNIST_SHA256[file]:
                return True
        except InputError as error:
            damage = error
    if damage is not None:
        raise damage
    return False


def _read(name: str, folder: Path) -> Examples:
    arrays = {file: _verified(name, file, idx.locate(folder, file)) for file in idx.FILES}
    found = idx.examples(arrays, folder)
    if found.class_names != CLASS_NAMES[MNIST]:
        raise InputError(
            f"the labels in {shown(folder)} are not 0..9, as those of {quoted(name)} are"
        )
    return replace(found, class_names=CLASS_NAMES[name])


def _verified(name: str, file: str, path: Path) -> NDArray[np.uint8]:
    array = idx.read(path, idx.FILES[file])
    digest = idx.payload_sha256(array)
    if name == MNIST:
        is_right = digest == MNIST_SHA256[file]
    else:
        is_right = digest not in MNIST_SHA256.values() and array.shape == SHAPES[file]
    if not is_right:
        raise InputError(
            f"{shown(path)} is not {file} of {quoted(name)} (SHA-256 of its content: "
            f"{digest[:16]}…): replace it, or, if it is another data set, give its folder as --data"
        )
    return array


def _is_sound(name: str, folder: Path, file: str, *, ours: bool) -> bool:
    """Whether the file is there and right; one of the user's that is wrong is refused."""
    path = idx.find(folder, file)
    if path is None:
        return False
    try:
        _verified(name, file, path)
    except InputError:
        if ours:
            return False
        raise
    return True


def _check_download(name: str, file: str, path: Path) -> None:
    if name == MNIST:
        _verified(name, file, path)
    else:
        with opened(path) as (stream, _):
            digest = hashlib.file_digest(stream, partial(hashlib.md5, usedforsecurity=False))
        if digest.hexdigest() != FASHION_MD5[file]:
            raise InputError(f"{shown(path)} has the MD5 {digest.hexdigest()}")
