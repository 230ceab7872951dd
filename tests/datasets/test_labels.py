"""Which labels are classes, and which are a quantity or an identifier."""

import numpy as np
import pytest

from tui_optim.datasets import load
from tui_optim.datasets.labels import encode
from tui_optim.errors import InputError

RNG = np.random.default_rng(0)
TEXTS = np.array([f"name {n:03}" for n in range(1000)])


def each(count, examples, first=0):
    """Labels in random order, each with so many examples."""
    return RNG.permutation(np.repeat(np.arange(first, first + count), examples))


CLASSES = {
    "a hundred of ten": (each(100, 10), 100),
    "a hundred from 1, as floats": (each(100, 10, first=1).astype(float), 100),
    "as text": (each(100, 10).astype(str), 100),
    "twenty, whatever they are": (each(20, 1) * 17.5 - 40, 20),
    "twenty names": (TEXTS[:20], 20),
    "names with enough examples": (TEXTS[each(200, 5)], 200),
    "numbers as text, two that are the same": (np.repeat(["1", "1.0", "2", "3"], 3), 3),
    "no more than there can be": (each(1000, 5), 1000),
}


@pytest.mark.parametrize(("labels", "count"), CLASSES.values(), ids=CLASSES)
def test_classes(labels, count):
    names, y = encode(labels, "y")
    assert len(names) == count
    same = float if names[0].replace(".", "").strip("-").isdigit() else str
    assert [same(names[position]) for position in y] == [same(label) for label in labels]


SHARED = "distinct values in {} examples, a quantity or an identifier it seems: needed are class"
COUNTED = "a quantity it seems: needed are class labels .more than 20 must be text, or whole"
REFUSED = {
    "prices": (RNG.permutation(1000)[:300] * 1000, 500, "300 distinct numbers from .*000, a quant"),
    "ages": (np.arange(18, 91), 5000, f"73 distinct numbers from 18 to 90, {COUNTED}"),
    "a gap": (np.delete(np.arange(30), 7), 500, f"29 distinct numbers from 0 to 29, {COUNTED}"),
    "halves": (np.arange(30) / 2, 500, f"30 distinct numbers from 0 to 14.5, {COUNTED}"),
    "below 0": (np.arange(-1, 25), 500, f"26 distinct numbers from -1 to 24, {COUNTED}"),
    "line numbers": (np.arange(500), 500, f"500 {SHARED.format(500)}"),
    "too few examples": (np.arange(100), 499, f"100 {SHARED.format(499)}"),
    "names of people": (TEXTS[:480], 500, f"480 {SHARED.format(500)}"),
    "names, few of each": (TEXTS[:30], 149, "30 .* at least 5 examples each, on average"),
}


@pytest.mark.parametrize(("distinct", "examples", "saying"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_class_label(distinct, examples, saying):
    labels = np.resize(distinct, examples)
    with pytest.raises(InputError, match=f"^y holds {saying}") as caught:
        encode(labels, "y")
    assert str(caught.value).isprintable()


def test_a_price_in_the_last_column_is_refused(tmp_path):
    prices = RNG.permutation(1000)[:300] * 100
    rows = "".join(f"{i},{prices[i % 300]}\n" for i in range(500))
    (tmp_path / "houses.csv").write_text(f"size,price\n{rows}")
    with pytest.raises(InputError, match=r"the target column 'price' of .* \(--target names anot"):
        load(str(tmp_path / "houses.csv"))
