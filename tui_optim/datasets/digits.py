"""The embedded data set: 1,797 handwritten digits of 8 × 8 pixels, values 0 .. 16.

Source: Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository (1998), https://doi.org/10.24432/C50P49, CC BY 4.0; the part that scikit-learn
distributes as `load_digits`. `data/make_digits.py` writes the file and fixes the split.
"""

from pathlib import Path

import numpy as np

from tui_optim.datasets.preparation import Examples

BESIDE = Path(__file__).with_name("digits.npz")
IN_CHECKOUT = Path(__file__).resolve().parents[2] / "data" / "digits.npz"


def examples() -> Examples:
    """1,437 training and 360 test examples, each digit in proportion."""
    with np.load(BESIDE if BESIDE.exists() else IN_CHECKOUT, allow_pickle=False) as arrays:
        return Examples(
            arrays["x_train"],
            arrays["y_train"].astype(np.intp),
            arrays["x_test"],
            arrays["y_test"].astype(np.intp),
            class_names=tuple("0123456789"),
            image_shape=(8, 8),
            divisor=16,
        )
