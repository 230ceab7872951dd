import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_optim.datasets import Dataset, csv_table, load, stratified_split
from tui_optim.errors import InputError


def write(tmp_path, content, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def rows(count, *, classes=("cat", "dog"), header="height,weight,kind"):
    lines = [f"{i},{i * i / 7},{classes[i % len(classes)]}" for i in range(count)]
    return "\n".join([header, *lines]) + "\n"


def test_table(tmp_path):
    data = load(write(tmp_path, rows(50)))
    assert data.name == "table.csv"
    assert data.feature_names == ("height", "weight")
    assert data.class_names == ("cat", "dog")
    assert data.image_shape is None
    assert data.x_train.shape == (40, 2)
    assert data.x_test.shape == (10, 2)
    assert np.bincount(data.y_train).tolist() == [20, 20]


def test_standardized_by_the_training_part(tmp_path):
    data = load(write(tmp_path, rows(50)))
    assert np.allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(data.x_train.std(axis=0), 1, atol=1e-6)
    raw = np.array([[i, i * i / 7] for i in range(50)])
    train, test = stratified_split(np.arange(50) % 2, 0.2, seed=0)
    expected = (raw[test] - raw[train].mean(axis=0)) / raw[train].std(axis=0)
    assert np.allclose(data.x_test, expected)


def test_standardized_by_the_training_examples_that_are_kept(tmp_path):
    data = load(write(tmp_path, rows(50)), train_size=10)
    assert len(data.x_train) == 10
    assert len(data.x_test) == 10
    assert np.allclose(data.x_train.std(axis=0), 1, atol=1e-6)


def test_split_is_the_same_for_every_seed(tmp_path):
    path = write(tmp_path, rows(50))
    assert load(path, seed=1).sha256 == load(path, seed=2).sha256


def test_constant_column_is_zero(tmp_path):
    lines = "".join(f"0.1,{i},{'ab'[i % 2]}\n" for i in range(20))
    data = load(write(tmp_path, "same,x,y\n" + lines))
    assert not data.x_train[:, 0].any()
    assert not data.x_test[:, 0].any()


def test_target_is_a_column_by_name(tmp_path):
    data = load(write(tmp_path, "kind,x\n" + "red,1\nblue,2\n" * 10), target="kind")
    assert data.feature_names == ("x",)
    assert data.class_names == ("blue", "red")


def test_byte_order_mark_quotes_spaces_blank_lines_and_crlf(tmp_path):
    text = '\ufeff" x, 1 ",y\r\n' + '1, "a"\r\n\r\n 2 ,b\r\n'.replace(' "a"', '"a"') * 5 + "\r\n"
    data = load(write(tmp_path, text))
    assert data.feature_names == ("x, 1",)
    assert data.class_names == ("a", "b")
    assert len(data.x_train) + len(data.x_test) == 10


def test_numeric_labels_are_ordered_as_numbers(tmp_path):
    data = load(write(tmp_path, "x,y\n" + "1,10\n2,9\n3,9.0\n4,-1\n" * 5))
    assert data.class_names == ("-1", "9", "10")
    assert np.bincount(np.concatenate([data.y_train, data.y_test])).tolist() == [5, 10, 5]


def test_fractional_labels_are_classes_where_few(tmp_path):
    assert load(write(tmp_path, "x,y\n" + "1,0.5\n2,1\n" * 5)).class_names == ("0.5", "1")


def test_names_with_control_characters_are_escaped(tmp_path):
    data = load(write(tmp_path, "x\x1b[2J,y\n" + "1,a\x07\n2,b\n" * 5))
    assert data.feature_names == (r"x\x1b[2J",)
    assert data.class_names == (r"a\x07", "b")


def test_repeated_feature_names_are_kept(tmp_path):
    assert load(write(tmp_path, "x,x,y\n" + "1,2,a\n2,1,b\n" * 5)).feature_names == ("x", "x")


@pytest.mark.parametrize("header", ["0,1,2", "1,2,3", "0,1,kind", "2015,height,kind"])
def test_numbered_columns_are_names(tmp_path, header):
    data = load(write(tmp_path, header + "\n" + "1,2,a\n2,1,b\n" * 5))
    assert data.feature_names == tuple(header.split(",")[:2])
    assert len(data.x_train) + len(data.x_test) == 10


many = "".join(f"{i},{i / 3}\n" for i in range(60))
more = "".join(f"{i},{i}\n" for i in range(1100))

REFUSED = {
    "empty": ("", "is empty: a header line"),
    "blank": ("\n\n", "is empty: a header line"),
    "header only": ("x,y\n", "has a header line and no examples"),
    "one column": ("x\n1\n", "has the one column 'x'"),
    "semicolons": ("x;y\n1;a\n", "has the one column 'x;y'.* separated by commas"),
    "unnamed column": (",x,y\n0,1,a\n", "column 1 of .* has no name"),
    "headless": ("5.1,3.5,setosa\n4.9,3.0,setosa\n", r"line 1 .* is no header, .* \('5.1', '3.5'"),
    "headless pixels": ("7,0,0,0\n2,0,0,0\n", "line 1 .* is no header"),
    "headless wholes": ("4,2,a\n1,3,b\n", "line 1 .* numbers .* name the columns in the first"),
    "headless wholes, numbered labels": ("5,3,1\n4,2,0\n", "line 1 .* is no header"),
    "short row": ("x,y\n1,a\n\n2\n", "line 4 has 1 cells and the header 2"),
    "long row": ("x,y\n1,a\n2,b,c\n", "line 3 has 3 cells and the header 2"),
    "empty cell": ("x,z,y\n1,2,a\n3, ,b\n", "line 3, column 'z' is missing"),
    "nan cell": ("x,z,y\n1,2,a\n\nNaN,2,b\n", "line 4, column 'x' is missing"),
    "infinite cell": ("x,y\n1,a\n-inf,b\n", "line 3, column 'x' is infinite, '-inf'"),
    "overflowing cell": ("x,y\n1e999,a\n1,b\n", "line 2, column 'x' is infinite"),
    "text cell": ("x,z,y\n1,2,a\n1,tall,b\n", "line 3, column 'z' is 'tall': features are numbers"),
    "hostile cell": (
        "x,y\n1,a\n\x1b[2J\x1b]0;pwn\x07,b\n",
        r"column 'x' is '\\x1b\[2J\\x1b\]0;pwn",
    ),
    "missing label": ("x,y\n1,a\n2,\n", "line 3, column 'y' is missing"),
    "nan label": ("x,y\n1,1\n2,nan\n", "line 3, column 'y' is missing"),
    "one class": ("x,y\n" + "1,a\n" * 10, "has one class only, 'a': needed are at least two"),
    "too few": ("x,y\n1,a\n2,b\n", "2 examples of 2 classes are too few"),
    "continuous": (
        "x,y\n" + many,
        "column 'y' of .* 60 distinct numbers from 0 to 19.66\\d+, a quant",
    ),
    "identifiers": ("x,y\n" + more, "column 'y' of .* more than 1,000 distinct values"),
    "long label": (f"x,y\n1,{'a' * 101}\n2,b\n", "the label 'aaa.*…' of 101 characters"),
    "open quote": ('x,y\n1,a\n2,"b\n3,c\n', "line 3 is not CSV"),
    "stray quote": ('x,y\n1,"a"b\n', "line 2 is not CSV"),
    "vast field": ("x,y\n1," + "a" * 200_000 + "\n", "line 2 is not CSV .field larger than"),
    "no line ends": ("x" * (2**20 + 1), "line 1 is longer than 1,048,576 characters"),
    "many columns": (",".join(map(str, range(10_001))) + "\n", "10,001 columns: at most 10,000"),
    "latin-1": ("x,größe\n1,2\n".encode("latin-1"), "is not UTF-8 text"),
    "utf-16": ("x,y\n1,2\n".encode("utf-16"), "is not UTF-8 text"),
    "huge values": ("x,y\n" + "1e308,a\n-1e308,b\n" * 5, "'x' of .* cannot be standardized"),
    "close values": ("x,y\n" + "1e-320,a\n0,b\n" * 5, "'x' of .* cannot be standardized"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_table_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        load(write(tmp_path, content))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_unknown_target_lists_the_columns(tmp_path):
    header = ",".join(f"c{i}" for i in range(30))
    path = write(tmp_path, header + "\n" + ",".join("1" * 30) + "\n")
    with pytest.raises(
        InputError, match=r"no column named 'kind' .*'c0', .*'c9', … \(30 in all\)$"
    ):
        load(path, target="kind")


def test_ambiguous_target_is_refused(tmp_path):
    with pytest.raises(InputError, match="more than one column named 'y'"):
        load(write(tmp_path, "y,x,y\na,1,b\n"), target="y")


def test_numbers_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_VALUES", 50)
    with pytest.raises(InputError, match="holds over 50 numbers"):
        load(write(tmp_path, rows(50)))


@pytest.mark.parametrize("size", [1, 41, -1])
def test_train_size_out_of_range_is_refused(tmp_path, size):
    with pytest.raises(InputError, match=r"2 \(one example of each class\) to 40 \(all\)"):
        load(write(tmp_path, rows(50)), train_size=size)


cell = st.one_of(
    st.sampled_from(["1", "2.5", "-3e4", "1e308", "nan", "inf", "", " ", '"', "a", "b", "\x1b[2J"]),
    st.text(max_size=3),
)
table = st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), max_size=12).map("\n".join)
numeric = st.lists(
    st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from("ab")),
    min_size=5,
    max_size=20,
).map(lambda cells: "x,y\n" + "".join(f"{x},{y}\n" for x, y in cells))


@given(
    content=st.one_of(
        st.binary(max_size=60),
        st.one_of(table, numeric).map(lambda text: text.encode(errors="surrogatepass")),
    )
)
@example(b"x,y\n1,\x00\n2,b\n3,a\n4,a\n5,b\n")
@example(b"x,y\n1,1\n2,inf\n3,1\n4,1\n5,inf\n6,1\n")
def test_any_bytes_are_a_dataset_or_refused(tmp_path_factory, or_refused, content):
    path = write(tmp_path_factory.getbasetemp(), content)
    data = or_refused(load, path)
    if data is not None:
        assert isinstance(data, Dataset)
        assert np.isfinite(data.x_train).all()
        assert np.isfinite(data.x_test).all()
        assert all(name.isprintable() for name in data.class_names + data.feature_names)
