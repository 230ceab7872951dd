"""The data sets: embedded, published, generated, and a person's own files.

`load` gives any of them as a `Dataset`; whatever is wrong with a file raises one clear line.
"""

import difflib
from dataclasses import dataclass
from pathlib import Path

from tui_optim.datasets import digits, idx, mnist, synthetic
from tui_optim.datasets.csv_table import read_csv
from tui_optim.datasets.dataset import Dataset, stratified_sample, stratified_split
from tui_optim.datasets.download import Progress
from tui_optim.datasets.files import is_folder, mode, printable, quoted, shown, user_path
from tui_optim.datasets.npz import read_npz
from tui_optim.datasets.preparation import Examples, prepare
from tui_optim.errors import InputError

__all__ = [
    "Dataset",
    "Entry",
    "Progress",
    "catalog",
    "fetch",
    "load",
    "own_files",
    "stratified_sample",
    "stratified_split",
]

DESCRIPTIONS = {
    "digits": "1,797 handwritten digits of 8 × 8 pixels (UCI)",
    mnist.MNIST: "70,000 handwritten digits of 28 × 28 pixels",
    mnist.FASHION: "70,000 pieces of clothing of 28 × 28 pixels, in 10 classes",
    "moons": "two interleaved half circles in the plane",
    "spirals": "three interleaved arms of a spiral in the plane",
    "blobs": "five round clouds in the plane",
    "gaussian": "noise: 100 standard-normal features, 10 classes at random",
}
PUBLISHED = (mnist.MNIST, mnist.FASHION)


@dataclass(frozen=True)
class Entry:
    """A known data set.

    Attributes:
        name: What `load` takes.
        description: One line.
        where: "embedded", "generated", the folder it is in, or why it is not here.
        is_here: Whether it can be loaded without a download.
    """

    name: str
    description: str
    where: str
    is_here: bool


def load(
    name: str,
    *,
    data_dir: str | Path | None = None,
    target: str | None = None,
    seed: int = 0,
    train_size: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Load a data set by its name, or a person's own by its path.

    A path is that of a .csv file (`csv_table.read_csv`), an .npz file (`npz.read_npz`) or a
    folder of IDX files (`idx.read_folder`). Images are scaled to [0, 1], tables are standardized
    by the training examples that are used.

    Args:
        name: A name of `catalog`, or a path.
        data_dir: Where MNIST and Fashion-MNIST are looked for, and downloaded to.
        target: Name of a CSV file's column of labels; its last column, where None.
        seed: What generated data are drawn from; no other data depend on it.
        train_size: How many training examples to keep, each class in proportion; all, where None.
        progress: Called while downloading.

    Raises:
        InputError: What was given is wrong, or a file's content is.
    """
    path = user_path(name)
    if target is not None and (name in DESCRIPTIONS or path.suffix.lower() != ".csv"):
        raise InputError(
            f"the target {quoted(target)} names a column of a .csv file, "
            f"and the data are {quoted(name)}: leave it out"
        )
    if seed < 0:
        raise InputError(f"the seed {seed} is negative: 0 or more is needed")
    if name not in DESCRIPTIONS:
        return prepare(printable(path.absolute().name), _read_own(name, path, target), train_size)
    return prepare(name, _examples(name, data_dir, seed, progress), train_size)


def _examples(
    name: str, data_dir: str | Path | None, seed: int, progress: Progress | None
) -> Examples:
    if name in PUBLISHED:
        return mnist.examples(name, data_dir, progress)
    if name in synthetic.PROBLEMS:
        return synthetic.examples(name, seed)
    return digits.examples()


def _read_own(name: str, path: Path, target: str | None) -> Examples:
    """Read the file or folder that a person named."""
    if not name or mode(path) is None:
        close = difflib.get_close_matches(name, DESCRIPTIONS, n=1)
        guess = f"did you mean {quoted(close[0])}? " if close else ""
        raise InputError(
            f"no data set and no file is named {quoted(name, 200)}: {guess}"
            f"{'Known' if guess else 'known'} are {', '.join(DESCRIPTIONS)}, "
            "and the path of a .csv file, an .npz file or a folder of IDX files"
        )
    if is_folder(path):
        return idx.read_folder(path)
    if path.suffix.lower() == ".csv":
        return read_csv(path, target)
    if path.suffix.lower() == ".npz":
        return read_npz(path)
    raise InputError(
        f"{shown(path)} is of no format that is read: needed is a .csv file, an .npz file or a "
        "folder of IDX files"
    )


def own_files(name: str, data_dir: str | Path | None = None) -> list[Path]:
    """The files of a person's own that `load` reads or may read; nothing may be written there.

    Args:
        name: As for `load`.
        data_dir: As for `load`.

    Raises:
        InputError: A folder cannot be looked into.
    """
    path = user_path(name)
    if name in PUBLISHED:
        folders = list(mnist.given_folders(name, data_dir))
    elif name in DESCRIPTIONS:
        return []
    elif not is_folder(path):
        return [path]
    else:
        folders = [path]
    return [path for folder in folders for file in idx.FILES for path in idx.places(folder, file)]


def catalog(data_dir: str | Path | None = None) -> list[Entry]:
    """The known data sets, and where each one is.

    Args:
        data_dir: Where MNIST and Fashion-MNIST are looked for.
    """
    return [_entry(name, data_dir) for name in DESCRIPTIONS]


def _entry(name: str, data_dir: str | Path | None) -> Entry:
    description = DESCRIPTIONS[name]
    if name not in PUBLISHED:
        kind = "generated" if name in synthetic.PROBLEMS else "embedded"
        return Entry(name, description, kind, is_here=True)
    try:
        folder = mnist.find(name, data_dir)
    except InputError as error:
        return Entry(name, description, str(error), is_here=False)
    if folder is None:
        where = f"to be downloaded: tui-optim data fetch {name}"
        return Entry(name, description, where, is_here=False)
    return Entry(name, description, printable(str(folder), limit=200), is_here=True)


def fetch(
    name: str, *, data_dir: str | Path | None = None, progress: Progress | None = None
) -> Path:
    """Download a published data set, unless it is here already; `mnist.fetch` says where to.

    Args:
        name: "mnist" or "fashion-mnist".
        data_dir: Where it is looked for, and downloaded to.
        progress: Called while downloading.

    Returns:
        The folder that it is in.

    Raises:
        InputError: It is no published data set, or could not be downloaded.
    """
    if name not in PUBLISHED:
        raise InputError(
            f"{quoted(name)} is not to be fetched: {' and '.join(PUBLISHED)} are, "
            "and the other data sets come with the program"
        )
    return mnist.fetch(name, data_dir, progress)
