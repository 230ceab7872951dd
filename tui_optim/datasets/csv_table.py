"""Tables in CSV files: a header row, features that are numbers, one column of labels."""

import csv
import io
import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from tui_optim.datasets.files import MAX_VALUES, listed, opened, printable, quoted, shown
from tui_optim.datasets.labels import MAX_CLASSES, classes
from tui_optim.datasets.preparation import Examples
from tui_optim.errors import InputError

MAX_COLUMNS = 10_000
MAX_LINE = 2**20
"""Most characters of a line, so that a file without line ends is refused before it is all read."""


def read_csv(path: Path, target: str | None) -> Examples:
    """Read a table: UTF-8, commas, one example a line, column names in the first line.

    Blank lines are skipped. A cell may be quoted, and must end on its line. Every column but the
    target is a feature and holds finite numbers. Labels are numbers or text.

    Args:
        path: The file.
        target: Name of the column of labels; the last column, where None.

    Raises:
        InputError: Whatever is wrong, with its line and column.
    """
    with opened(path) as (file, _):
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        rows = _rows(text, path)
        header = _header(next(rows, (0, []))[1], path)
        position = _target(header, target, path)
        _check_names(header, position, path)
        return _examples(rows, header, position, path)


def _rows(text: TextIO, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that is not blank."""
    number = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise InputError(
                    f"{shown(path)}, line {number} is longer than {MAX_LINE:,} characters: "
                    "is it a CSV file?"
                )
            # A reader of its own for each line: a quote left open must not swallow the file.
            if row := next(csv.reader([line], strict=True)):
                yield number, row
    except csv.Error as error:
        raise InputError(
            f"{shown(path)}, line {number} is not CSV ({error}): a quoted cell ends on its line"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{shown(path)} is not UTF-8 text (after line {number}): save it as UTF-8"
        ) from error


def _header(cells: list[str], path: Path) -> list[str]:
    header = [cell.strip() for cell in cells]
    if not header:
        raise InputError(f"{shown(path)} is empty: a header line and examples are needed")
    if len(header) > MAX_COLUMNS:
        raise InputError(
            f"{shown(path)} has {len(header):,} columns: at most {MAX_COLUMNS:,} are read"
        )
    if len(header) == 1:
        raise InputError(
            f"{shown(path)} has the one column {quoted(header[0])}: needed are columns of "
            "features and one of labels, separated by commas"
        )
    if "" in header:
        raise InputError(
            f"column {header.index('') + 1} of {shown(path)} has no name in the first line: name "
            "it, or leave it out if it only numbers the rows"
        )
    return header


def _check_names(header: list[str], target: int, path: Path) -> None:
    """Refuse a first line that is an example: it would be lost without a word.

    Numbers as names are fine where they count the columns, 0, 1, 2, … or 1, 2, 3, …, or stand
    beside names in words; but not where they are fractional or repeated.
    """
    found = [number for cell in header if (number := _float(cell)) is not None]
    numbers = [number for number in found if math.isfinite(number)]  # "nan" may be a name
    repeated = len(set(numbers)) < len(numbers)
    features = [_float(cell) for i, cell in enumerate(header) if i != target]
    counted = [[i + first for i in range(len(header)) if i != target] for first in (0, 1)]
    all_numbers = None not in features and features not in counted
    if repeated or any(not n.is_integer() for n in numbers) or all_numbers:
        raise InputError(
            f"line 1 of {shown(path)} is no header, its cells are numbers ({listed(header, 3)}): "
            "name the columns in the first line"
        )


def _float(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _target(header: list[str], target: str | None, path: Path) -> int:
    if target is None:
        return len(header) - 1
    if header.count(target) == 1:
        return header.index(target)
    how = "no column" if target not in header else "more than one column"
    raise InputError(
        f"{shown(path)} has {how} named {quoted(target)} for the target; "
        f"its columns are {listed(header)}"
    )


def _examples(
    rows: Iterator[tuple[int, list[str]]], header: list[str], target: int, path: Path
) -> Examples:
    values, codes, lines = array("d"), array("q"), array("q")
    labels: dict[str, int] = {}
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"{shown(path)}, line {line} has {len(row):,} cells and the header "
                f"{len(header):,}: every line needs as many"
            )
        label = row[target].strip()
        if label.lower() in ("", "nan"):
            raise _bad_cell(path, line, header[target], label)
        codes.append(labels.setdefault(label, len(labels)))
        lines.append(line)
        try:
            values.extend([float(cell) for cell in row[:target]])
            values.extend([float(cell) for cell in row[target + 1 :]])
        except ValueError:
            wrong = next(i for i, cell in enumerate(row) if i != target and _float(cell) is None)
            raise _bad_cell(path, line, header[wrong], row[wrong].strip()) from None
        if len(values) > MAX_VALUES:
            raise InputError(f"{shown(path)} holds over {MAX_VALUES:,} numbers: too many to read")
        if len(labels) > MAX_CLASSES:
            break  # `classes` says so
    if not lines:
        raise InputError(f"{shown(path)} has a header line and no examples: add lines of data")
    feature_names = header[:target] + header[target + 1 :]
    x = np.frombuffer(values).reshape(len(lines), len(feature_names))
    if not np.isfinite(x).all():
        row_index, column = np.argwhere(~np.isfinite(x))[0]
        cell = str(x[row_index, column])
        raise _bad_cell(path, lines[row_index], feature_names[column], cell)
    where = f"the target column {quoted(header[target])} of {shown(path)} (--target names another)"
    class_names, positions = classes(list(labels), where, len(lines))
    return Examples(
        x,
        positions[np.frombuffer(codes, np.int64)],
        None,
        None,
        class_names,
        tuple(printable(name) for name in feature_names),
    )


def _bad_cell(path: Path, line: int, column: str, cell: str) -> InputError:
    if cell.lower() in ("", "nan"):
        wrong = "is missing: fill it in or leave the line out"
    elif _float(cell) is not None:
        wrong = f"is infinite, {quoted(cell)}: needed is a finite number"
    else:
        wrong = f"is {quoted(cell)}: features are numbers (--target names the column of labels)"
    return InputError(f"{shown(path)}, line {line}, column {quoted(column)} {wrong}")
