import importlib.util
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tui_optim.datasets import digits, load

DATA = Path(__file__).resolve().parents[2] / "data"
TRAIN_COUNTS = [142, 146, 142, 146, 145, 145, 145, 143, 139, 144]
SHA256 = "254c812f55e402a2de1217cac5838e11f51f2341958461b1a8935bcb9aa8eba9"


def test_digits():
    data = load("digits")
    assert data.name == "digits"
    assert data.x_train.shape == (1437, 64)
    assert data.x_test.shape == (360, 64)
    assert data.image_shape == (8, 8)
    assert data.class_names == tuple("0123456789")
    assert data.feature_names is None
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert np.array_equal(data.x_train * 16, np.round(data.x_train * 16))


def test_each_digit_is_in_proportion():
    data = load("digits")
    train, test = np.bincount(data.y_train), np.bincount(data.y_test)
    assert (train + test).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert train.tolist() == TRAIN_COUNTS


def test_always_the_same():
    assert load("digits").sha256 == SHA256
    assert load("digits", seed=7).sha256 == SHA256


def test_train_size_keeps_each_class_in_proportion():
    data = load("digits", train_size=100)
    assert len(data.x_train) == 100
    assert len(data.x_test) == 360
    assert np.bincount(data.y_train).tolist() == [10] * 10
    assert data.sha256 == load("digits", train_size=100, seed=3).sha256


def test_file_has_plain_arrays_and_fixed_dates():
    with zipfile.ZipFile(DATA / "digits.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_script_writes_the_file_byte_for_byte(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn, the source of the digits, is absent")
    spec = importlib.util.spec_from_file_location("make_digits", DATA / "make_digits.py")
    make_digits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_digits)
    make_digits.write(tmp_path / "digits.npz")
    assert (tmp_path / "digits.npz").read_bytes() == (DATA / "digits.npz").read_bytes()


def test_installed_file_goes_before_the_checkouts(tmp_path, monkeypatch):
    beside = tmp_path / "digits.npz"
    beside.write_bytes((DATA / "digits.npz").read_bytes())
    monkeypatch.setattr(digits, "BESIDE", beside)
    monkeypatch.setattr(digits, "IN_CHECKOUT", tmp_path / "absent.npz")
    assert load("digits").sha256 == SHA256


def test_licence_names_both_sources():
    text = (DATA / "LICENSE-digits.txt").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "BSD 3-Clause" in text
