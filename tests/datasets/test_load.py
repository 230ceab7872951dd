import subprocess
import sys
from pathlib import Path

import pytest

from tui_optim.datasets import catalog, fetch, load
from tui_optim.errors import InputError

NAMES = ["digits", "mnist", "fashion-mnist", "moons", "spirals", "blobs", "gaussian"]


def test_catalog(tmp_path, cache):
    entries = {entry.name: entry for entry in catalog(tmp_path)}
    assert list(entries) == NAMES
    assert entries["digits"].where == "embedded"
    assert entries["moons"].where == "generated"
    assert entries["mnist"].where == "to be downloaded: tui-optim data fetch mnist"
    assert [name for name, entry in entries.items() if not entry.is_here] == [
        "mnist",
        "fashion-mnist",
    ]
    assert all("\n" not in entry.description for entry in entries.values())
    assert not cache.exists()


def test_catalog_says_where(tmp_path, real_mnist):
    assert catalog(real_mnist)[1].where == str(real_mnist)
    assert not catalog(tmp_path)[1].is_here


@pytest.mark.parametrize("name", ["digits", "moons", "table.csv", "no such thing"])
def test_only_published_sets_are_fetched(name):
    with pytest.raises(InputError, match=f"'{name}' is not to be fetched: mnist and fashion-mnist"):
        fetch(name)


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("minst", "mnist"),
        ("digit", "digits"),
        ("fashion_mnist", "fashion-mnist"),
        ("moon", "moons"),
    ],
)
def test_unknown_name_suggests_the_closest(name, guess):
    with pytest.raises(InputError) as caught:
        load(name)
    assert str(caught.value) == (
        f"no data set and no file is named '{name}': did you mean '{guess}'? Known are "
        "digits, mnist, fashion-mnist, moons, spirals, blobs, gaussian, and the path of a .csv "
        "file, an .npz file or a folder of IDX files"
    )


@pytest.mark.parametrize(
    "name", ["", "zzz.csv", "/no/such/folder", "a\0b", "~nobody-of-this-name/x"]
)
def test_what_is_nowhere_is_refused(name):
    with pytest.raises(InputError, match="no data set and no file is named") as caught:
        load(name)
    assert str(caught.value).isprintable()


def test_too_long_a_name_is_refused():
    with pytest.raises(InputError, match=r"cannot read '…a+': File name too long"):
        load("a" * 5000)


def test_other_file_types_are_refused(tmp_path):
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"table.xlsx' is of no format that is read: needed is a"):
        load(str(path))


def test_file_names_reach_no_terminal(tmp_path):
    path = tmp_path / "a\x1b[2J.csv"
    path.write_text("x,y\n1,a\n2,b\n" * 1 + "1,a\n2,b\n" * 4)
    assert load(str(path)).name == r"a\x1b[2J.csv"
    path.write_text("")
    with pytest.raises(InputError, match=r"a\\x1b\[2J.csv' is empty"):
        load(str(path))


def test_suffix_in_capitals(tmp_path):
    path = tmp_path / "TABLE.CSV"
    path.write_text("x,y\n" + "1,a\n2,b\n" * 5)
    assert load(str(path)).name == "TABLE.CSV"


def test_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "t.csv").write_text("x,y\n" + "1,a\n2,b\n" * 5)
    assert load("~/t.csv").classes == 2


@pytest.mark.parametrize("name", ["digits", "moons", "own.npz", "folder"])
def test_target_is_for_csv_files(name):
    with pytest.raises(InputError, match=r"the target 'kind' names a column of a \.csv file"):
        load(name, target="kind")


@pytest.mark.parametrize("size", [0, 9, 1438])
def test_train_size_out_of_range_is_refused(size):
    with pytest.raises(InputError, match=r"train size .* 'digits': 10 .* to 1,437 \(all\)"):
        load("digits", train_size=size)


@pytest.mark.usefixtures("unprivileged")
def test_unreadable_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*: Permission denied"):
        load(str(tmp_path / "table.csv"))


def test_imports_nothing_above_its_layer():
    code = (
        "import sys, tui_optim.datasets\n"
        "print(*(m for m in sys.modules if m.split('.')[0] in ('rich', 'textual', 'sklearn')\n"
        "or m.startswith('tui_optim.') and not m.startswith(('tui_optim.datasets',"
        " 'tui_optim.errors'))))"
    )
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
