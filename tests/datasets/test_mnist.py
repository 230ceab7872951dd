"""MNIST and Fashion-MNIST: small stand-ins of the same file names, and the real files."""

import gzip
import hashlib
import tracemalloc

import numpy as np
import pytest

from tui_optim.datasets import catalog, fetch, idx, load, mnist
from tui_optim.errors import InputError

MIRRORS = mnist.MIRRORS.copy()  # before the fixture that keeps the tests off the network


@pytest.fixture
def digits(idx_folder, monkeypatch):
    """A small data set that stands for MNIST: the table of hashes says so."""
    source = idx_folder(seed=1, train=40, test=20, classes=10)
    monkeypatch.setattr(mnist, "MNIST_SHA256", source.hashes())
    return source


@pytest.fixture
def fashion(idx_folder, monkeypatch):
    """One that stands for Fashion-MNIST."""
    source = idx_folder(seed=2, train=40, test=20, classes=10)
    source.arrays[idx.Y_TRAIN] = source.arrays[idx.Y_TRAIN][::-1].copy()
    source.arrays[idx.Y_TEST] = source.arrays[idx.Y_TEST][::-1].copy()
    md5 = {name[:-3]: hashlib.md5(content).hexdigest() for name, content in source.files.items()}
    monkeypatch.setattr(mnist, "FASHION_MD5", md5)
    monkeypatch.setattr(mnist, "SHAPES", {file: a.shape for file, a in source.arrays.items()})
    return source


@pytest.fixture
def mirrors(server, monkeypatch):
    """Publish data sets: mirrors(name, source, ...)."""

    def publish(name, *sources):
        urls = tuple(
            server.publish(f"{name}/{number}", source.files)
            for number, source in enumerate(sources)
        )
        monkeypatch.setitem(mnist.MIRRORS, name, urls)

    return publish


def first(data):
    """The first training example, as bytes again."""
    return np.round(data.x_train[0] * 255).astype(np.uint8).tolist()


def of(source):
    return source.arrays[idx.X_TRAIN][0].ravel().tolist()


# Where it is looked for


@pytest.mark.parametrize("place", [".", "mnist"])
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("by", ["argument", "variable"])
def test_found_in_the_users_folder(*, tmp_path, digits, monkeypatch, place, compress, by):
    digits.write(tmp_path / "data" / place, compress=compress)
    if by == "variable":
        monkeypatch.setenv("TUI_OPTIM_DATA", str(tmp_path / "data"))
    data = load("mnist", data_dir=tmp_path / "data" if by == "argument" else None)
    assert data.name == "mnist"
    assert first(data) == of(digits)


def test_argument_goes_before_the_variable(tmp_path, digits, monkeypatch):
    monkeypatch.setenv("TUI_OPTIM_DATA", str(digits.write(tmp_path / "variable")))
    with pytest.raises(InputError, match="cannot download"):
        load("mnist", data_dir=tmp_path / "argument")


def test_found_in_the_cache(digits, cache):
    digits.write(cache / "mnist")
    assert first(load("mnist")) == of(digits)
    assert fetch("mnist") == cache / "mnist"


def test_wrongly_named_gzip_is_read_by_its_content(tmp_path, digits):
    digits.write(tmp_path)
    for path in tmp_path.glob("*.gz"):
        path.write_bytes(gzip.decompress(path.read_bytes()))
    assert first(load("mnist", data_dir=tmp_path)) == of(digits)


def test_incomplete_folder_is_looked_past(tmp_path, digits, cache):
    digits.write(cache / "mnist")
    digits.write(tmp_path / "data")
    (tmp_path / "data" / f"{idx.Y_TEST}.gz").unlink()
    assert first(load("mnist", data_dir=tmp_path / "data")) == of(digits)


# Which of the two it is


def test_each_is_found_beside_the_other(tmp_path, digits, fashion):
    digits.write(tmp_path)
    fashion.write(tmp_path / "fashion-mnist")
    assert first(load("mnist", data_dir=tmp_path)) == of(digits)
    data = load("fashion-mnist", data_dir=tmp_path)
    assert first(data) == of(fashion)
    assert data.class_names[0] == "T-shirt/top"
    assert data.class_names[9] == "Ankle boot"


def test_other_files_of_the_same_names_are_looked_past(tmp_path, digits, fashion):
    fashion.write(tmp_path)
    digits.write(tmp_path / "mnist")
    assert first(load("mnist", data_dir=tmp_path)) == of(digits)
    assert first(load("fashion-mnist", data_dir=tmp_path)) == of(fashion)


@pytest.mark.parametrize("place", [".", "fashion-mnist"])
def test_mnist_is_never_taken_for_fashion(tmp_path, digits, fashion, cache, place):
    digits.write(tmp_path / "data" / place)
    fashion.write(cache / "fashion-mnist")
    assert first(load("fashion-mnist", data_dir=tmp_path / "data")) == of(fashion)


def test_mnist_images_under_other_labels_are_no_fashion(tmp_path, digits, fashion, as_idx):
    fashion.write(tmp_path, X_TEST=as_idx(digits.arrays[idx.X_TEST]))
    with pytest.raises(InputError, match=r"t10k-images.* is not t10k-images.* of 'fashion-mnist'"):
        load("fashion-mnist", data_dir=tmp_path)


@pytest.mark.usefixtures("fashion")
def test_other_shapes_are_no_fashion(tmp_path, idx_folder):
    idx_folder(seed=3, train=50, classes=10).write(tmp_path)
    with pytest.raises(
        InputError, match=r"train-images.* of 'fashion-mnist'.*its folder as --data"
    ):
        load("fashion-mnist", data_dir=tmp_path)


@pytest.mark.usefixtures("fashion")
def test_other_labels_are_no_fashion(tmp_path, idx_folder):
    idx_folder(seed=3, train=40, test=20, classes=9).write(tmp_path)
    with pytest.raises(InputError, match=r"are not 0\.\.9, as those of 'fashion-mnist' are"):
        load("fashion-mnist", data_dir=tmp_path)


# Damaged files


@pytest.mark.parametrize("constant", ["X_TRAIN", "Y_TRAIN", "X_TEST", "Y_TEST"])
def test_altered_file_of_the_users_is_refused_and_kept(
    *, tmp_path, digits, mirrors, server, as_idx, constant
):
    mirrors("mnist", digits)
    array = digits.arrays[getattr(idx, constant)].copy()
    array.flat[0] ^= 1
    digits.write(tmp_path, **{constant: as_idx(array)})
    for get in (load, fetch):
        with pytest.raises(InputError, match=f"{getattr(idx, constant)}' is not .* of 'mnist'"):
            get("mnist", data_dir=tmp_path)
    assert (tmp_path / getattr(idx, constant)).read_bytes() == as_idx(array)
    assert server.asked == []


def test_truncated_file_of_the_users_is_refused(tmp_path, digits):
    digits.write(tmp_path)
    path = tmp_path / f"{idx.X_TRAIN}.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="damaged or incomplete gzip"):
        load("mnist", data_dir=tmp_path)


def test_damaged_labels_are_refused_even_where_both_are(tmp_path, digits):
    digits.write(tmp_path, Y_TRAIN=b"\x1f\x8b", Y_TEST=b"\x1f\x8b")
    with pytest.raises(InputError, match="damaged or incomplete gzip"):
        load("mnist", data_dir=tmp_path)
    assert "damaged" in catalog(tmp_path)[1].where


@pytest.mark.usefixtures("digits")
def test_folder_named_mnist_that_holds_something_else_is_refused(tmp_path, idx_folder):
    idx_folder(seed=3).write(tmp_path / "mnist")
    with pytest.raises(InputError, match="replace it, or, if it is another data set"):
        load("mnist", data_dir=tmp_path)


def test_damaged_file_in_the_cache_is_fetched_again(digits, cache, mirrors, server):
    mirrors("mnist", digits)
    digits.write(cache / "mnist", X_TEST=b"damaged")
    assert first(load("mnist")) == of(digits)
    assert server.asked == [f"/mnist/0/{idx.X_TEST}.gz"]
    assert first(load("mnist")) == of(digits)
    assert len(server.asked) == 1


@pytest.mark.usefixtures("unprivileged")
def test_unreadable_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*: Permission denied"):
        load("mnist", data_dir=tmp_path)


# Downloads


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_downloaded_to_the_cache_once(*, digits, fashion, mirrors, server, cache, name):
    source = digits if name == "mnist" else fashion
    mirrors(name, source)
    steps = []
    assert first(load(name, progress=lambda *step: steps.append(step))) == of(source)
    assert sorted(path.name for path in (cache / name).iterdir()) == sorted(source.files)
    assert [step[0] for step in steps if step[1] == 0] == list(source.files)
    assert [step[0] for step in steps if step[1] == step[2]] == list(source.files)
    assert first(load(name)) == of(source)
    assert len(server.asked) == 4


def test_downloaded_to_data_dir(tmp_path, digits, mirrors, cache):
    mirrors("mnist", digits)
    assert fetch("mnist", data_dir=tmp_path / "new") == tmp_path / "new" / "mnist"
    assert first(load("mnist", data_dir=tmp_path / "new")) == of(digits)
    assert not cache.exists()


def test_only_what_is_missing_is_downloaded(tmp_path, digits, mirrors, server):
    mirrors("mnist", digits)
    digits.write(tmp_path / "mnist")
    (tmp_path / "mnist" / f"{idx.Y_TEST}.gz").unlink()
    fetch("mnist", data_dir=tmp_path)
    assert server.asked == [f"/mnist/0/{idx.Y_TEST}.gz"]


def test_file_of_the_users_is_never_overwritten(tmp_path, digits, mirrors):
    mirrors("mnist", digits)
    own = tmp_path / "mnist" / idx.X_TRAIN
    own.parent.mkdir()
    own.write_bytes(b"something of mine")
    with pytest.raises(InputError, match="train-images-idx3-ubyte' begins with the bytes"):
        fetch("mnist", data_dir=tmp_path)
    assert own.read_bytes() == b"something of mine"


def test_nothing_is_downloaded_where_it_is(tmp_path, digits, mirrors, server):
    mirrors("mnist", digits)
    assert fetch("mnist", data_dir=digits.write(tmp_path)) == tmp_path
    assert server.asked == []


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_altered_download_is_never_used(digits, fashion, mirrors, cache, name):
    mirrors(name, fashion if name == "mnist" else digits)
    with pytest.raises(InputError, match=r"127.0.0.1:.*: not the published file"):
        load(name)
    assert list((cache / name).iterdir()) == []


def test_second_mirror(digits, fashion, mirrors):
    mirrors("mnist", fashion, digits)
    assert first(load("mnist")) == of(digits)


def test_no_network_says_what_to_do(cache):
    with pytest.raises(InputError) as caught:
        load("mnist")
    message = str(caught.value)
    assert (
        "cannot download 'train-images-idx3-ubyte.gz' (127.0.0.1:9: Connection refused)" in message
    )
    assert str(cache / "mnist") in message
    assert "--data-dir" in message
    assert "TUI_OPTIM_DATA" in message
    assert all(file in message for file in idx.FILES)
    assert "\n" not in message


def test_published_tables():
    assert MIRRORS == {
        "mnist": (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        "fashion-mnist": ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    }
    for table in (mnist.MNIST_SHA256, mnist.FASHION_MD5, mnist.SHAPES):
        assert table.keys() == idx.FILES.keys()


# The real files


def test_real_mnist(real_mnist):
    data = load("mnist", data_dir=real_mnist)
    assert data.x_train.shape == (60_000, 784)
    assert data.x_test.shape == (10_000, 784)
    assert data.image_shape == (28, 28)
    assert data.class_names == tuple("0123456789")
    assert np.bincount(data.y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert data.y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    levels = np.unique(data.x_test)
    assert np.array_equal(levels, (np.arange(256) / 255).astype(np.float32))


def test_real_mnist_takes_little_more_memory_than_its_arrays(real_mnist):
    tracemalloc.start()
    try:
        data = load("mnist", data_dir=real_mnist)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    payload = data.x_train.size + data.x_test.size
    assert peak < data.x_train.nbytes + data.x_test.nbytes + payload + 5_000_000


def test_real_mnist_with_train_size(real_mnist):
    data = load("mnist", data_dir=real_mnist, train_size=1000)
    assert np.bincount(data.y_train).tolist() == [99, 112, 99, 102, 97, 90, 99, 105, 98, 99]


def test_real_mnist_is_no_fashion(real_mnist, monkeypatch):
    monkeypatch.setenv("TUI_OPTIM_DATA", str(real_mnist))
    with pytest.raises(InputError, match="cannot download"):
        load("fashion-mnist")
    here = {entry.name: entry.is_here for entry in catalog()}
    assert here["mnist"]
    assert not here["fashion-mnist"]


def test_real_mnist_is_downloaded(real_mnist, server, monkeypatch, cache):
    files = {path.name: path.read_bytes() for path in real_mnist.glob("*.gz")}
    monkeypatch.setitem(mnist.MIRRORS, "mnist", (server.publish("mnist", files),))
    assert fetch("mnist") == cache / "mnist"
    assert load("mnist", train_size=100).x_train.shape == (100, 784)
