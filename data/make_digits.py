"""Write digits.npz, the embedded data set, from scikit-learn's copy; needs scikit-learn.

    python data/make_digits.py [FOLDER]

The file comes out the same byte for byte: a fixed split, no compression, fixed timestamps.
"""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from tui_optim.datasets.dataset import stratified_split

TEST_SHARE = 0.2
SEED = 0


def write(path: Path) -> None:
    """Write the 1,797 digits to `path`: 1,437 to train and 360 to test, uint8, in 0 .. 16."""
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    train, test = stratified_split(labels, TEST_SHARE, SEED)
    arrays = {
        "x_train": images[train],
        "y_train": labels[train],
        "x_test": images[test],
        "y_test": labels[test],
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980-01-01
            member.create_system = 3  # Unix, wherever it is made
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
            archive.writestr(member, buffer.getvalue())


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write(folder / "digits.npz")
