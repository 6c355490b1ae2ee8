"""The user's own CSV files: `read_csv` to train on, `read_rows` to predict.

A file is refused with a message that says where, in what column, what was expected and what was found.
Messages count lines and columns from 1, as spreadsheets do.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import index
from pathlib import Path

from nn.data.dataset import DataError, Dataset, dataset
from nn.data.rows import Row, n_cells, read

MAX_WHOLE_NUMBER_CLASSES = 100
IF_QUANTITIES = "if they are quantities, read them with read_rows() and hand them to dataset()"


def read_csv(
    path: str | os.PathLike[str],
    target: str | int | None = None,
    *,
    test_size: float = 0.25,
    standardize: bool = True,
    seed: int = 0,
) -> Dataset:
    """Make a Dataset of a CSV file: a line for each sample, with numbers and a target.

    Args:
        path: the file, in UTF-8, its cells parted by commas, semicolons or tabs: the delimiter is the
            first of tab, semicolon and comma that occurs in the first line outside of quotes.
        target: the column with the targets: its name, or its number, from 0, or from -1 for the last
            backwards. The last if None. All other columns are features.
        test_size, standardize, seed: as in `dataset`.

    The first line is a header if a feature's cell in it is text, not a number, or if `target` is a
    name. Without header, the columns are called "column 1", "column 2", and so on. Blank lines are
    skipped, and so are spaces around a cell.

    If all targets are numbers and some are not whole, they are quantities, for a regression. Otherwise
    they are classes, named by the text of their cells and sorted by it, or by value if all are whole
    numbers; two classes become -1 and +1, more are numbered from 0. For quantities that happen to be
    whole, read the columns with `read_rows` and hand them to `dataset`.

    Raises DataError, a ValueError that says which line and column, for a file from which no data set
    can be made, and FileNotFoundError if there is none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "fruit.csv")
    ...     _ = path.write_text("grams,kind\\n150,apple\\n8,cherry\\n170,apple\\n7,cherry\\n")
    ...     data = read_csv(path, test_size=0.5)
    >>> data.features, data.classes, data.task
    (('grams',), ('apple', 'cherry'), 'binary')
    """
    with _naming(path):
        rows = read(path)
        column, has_header = _find_target(rows[0].cells, target)
        table = _table(rows, has_header)
        columns = [j for j in range(len(table.names)) if j != column]
        X = table.numbers(columns)
        y, classes = _targets(table, column)
        return dataset(
            Path(path).stem,
            X,
            y,
            n_outputs=len(classes) if len(classes) > 2 else 1,
            test_size=test_size,
            standardize=standardize,
            seed=seed,
            classes=classes,
            features=[table.names[j] for j in columns],
        )


def read_rows(
    path: str | os.PathLike[str], features: Sequence[str], target: int | None = None
) -> list[list[float]]:
    """Read samples to predict from a CSV file, with the features that a Dataset has, in its order.

    The numbers are those of the file: if the Dataset was standardized, subtract its `mean` and divide
    by its `scale` before you predict.

    Args:
        path: the file, in the format of `read_csv`.
        features: the names of the columns. If all of them stand in the first line, that is a header
            and they are found by it, in whatever order; other columns are ignored. Otherwise the file
            has no header, and these columns in this order.
        target: where the targets stand in a file without header that has one column more: its number,
            as in `read_csv`; the last if None.

    Raises as `read_csv` does, and ValueError if `features` is empty.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "boxes.csv")
    ...     _ = path.write_text("depth,width,colour\\n3,1.5,red\\n4,2,blue\\n")
    ...     read_rows(path, ["width", "depth"])
    [[1.5, 3.0], [2.0, 4.0]]
    """
    if not features:
        raise ValueError("features must name at least one column")
    with _naming(path):
        rows = read(path)
        first = rows[0].cells
        if set(features) <= set(first):
            table = _table(rows, has_header=True)
            return table.numbers([first.index(name) for name in features])
        columns = list(range(len(first)))
        if len(first) == len(features) + 1:
            columns.remove(_column_number(first, target))
        if _has_text(first, columns):
            missing = [name for name in features if name not in first]
            raise DataError(
                f"{rows[0].place} lacks the columns {_quoted(missing)}; it holds {_quoted(first)}"
            )
        if len(columns) != len(features):
            raise DataError(
                f"{rows[0].place} has {n_cells(rows[0])}, but the {len(features)} features "
                f"{_quoted(features)} are expected, and at most a target besides"
            )
        return _table(rows, has_header=False).numbers(columns)


@dataclass(frozen=True)
class Table:
    """The rows of a file below its header, each with a cell for every name."""

    names: tuple[str, ...]
    has_header: bool
    rows: list[Row]

    def column(self, j: int) -> str:
        """How a message calls a column."""
        return f"column {j + 1} ({self.names[j]!r})" if self.has_header else f"column {j + 1}"

    def place(self, row: Row, j: int) -> str:
        """How a message calls a cell."""
        return f"{row.place}, {self.column(j)}"

    def numbers(self, columns: Sequence[int]) -> list[list[float]]:
        """The numbers in some columns, row by row."""
        return [[self._finite(row, j) for j in columns] for row in self.rows]

    def _finite(self, row: Row, j: int) -> float:
        cell = row.cells[j]
        number = _number(cell)
        if number is None or not math.isfinite(number):
            found = f"found {_shown(cell)}" if cell else "the cell is empty"
            is_comma = _number(cell.replace(",", ".", 1)) is not None and "," in cell
            advice = "; decimals begin with a point, as in 1.5" if is_comma else ""
            raise DataError(f"{self.place(row, j)}: expected a finite number, but {found}{advice}")
        return number


def _find_target(first: list[str], target: str | int | None) -> tuple[int, bool]:
    """The column with the targets, and whether the first row is a header."""
    if len(first) < 2:
        raise DataError(
            "the file has one column only; expected features and a target, parted by tabs, "
            "semicolons or commas"
        )
    if isinstance(target, str):
        if target not in first:
            raise DataError(
                f"the first line has no column {target!r}: it holds {_quoted(first)}; if it is no "
                "header, give the number of the target's column, from 0"
            )
        return first.index(target), True
    column = _column_number(first, target)
    return column, _has_text(first, [j for j in range(len(first)) if j != column])


def _column_number(first: list[str], target: int | None) -> int:
    number = -1 if target is None else index(target)
    if not -len(first) <= number < len(first):
        raise DataError(
            f"there is no column {number}: the columns are numbered from 0 to {len(first) - 1}, and "
            f"the first line holds {_quoted(first)}"
        )
    return number % len(first)


def _has_text(first: list[str], columns: Iterable[int]) -> bool:
    # An empty cell speaks for nothing: a value may be missing as well as a name.
    return any(first[j] and _number(first[j]) is None for j in columns)


def _table(rows: list[Row], has_header: bool) -> Table:
    if not has_header:
        return Table(tuple(f"column {j + 1}" for j in range(len(rows[0].cells))), False, rows)
    header, *rows = rows
    for j, name in enumerate(header.cells):
        if not name:
            raise DataError(
                f"{header.place}, column {j + 1}: expected the column's name, but the cell is empty"
            )
        if (k := header.cells.index(name)) < j:
            raise DataError(
                f"{header.place}: columns {k + 1} and {j + 1} are both called {name!r}; expected "
                "different names"
            )
    if not rows:
        raise DataError("the file holds a header only; expected a line for each sample below it")
    return Table(tuple(header.cells), True, rows)


def _targets(table: Table, column: int) -> tuple[list[int] | list[float], tuple[str, ...]]:
    """The targets for `dataset`, and the names of the classes; none for quantities."""
    cells = [row.cells[column] for row in table.rows]
    numbers = [_number(cell) for cell in cells]
    fraction = text = None
    for row, cell, number in zip(table.rows, cells, numbers):
        if not cell:
            raise DataError(
                f"{table.place(row, column)}: expected a class or a number, but the cell is empty"
            )
        if number is None:
            text = text or row
        elif not math.isfinite(number):
            raise DataError(
                f"{table.place(row, column)}: expected a class or a finite number, but found {cell!r}"
            )
        elif not number.is_integer():
            fraction = fraction or row
    if fraction and text:
        raise DataError(
            f"{table.place(text, column)}: expected a number, like {fraction.cells[column]} in "
            f"{fraction.place}, but found {_shown(text.cells[column])}"
        )
    quantities = [number for number in numbers if number is not None]
    if fraction:
        return quantities, ()
    if text:
        return _labels(table, column, cells, sorted(set(cells)))
    # 1, 1.0 and 01 are one class.
    cells = [str(int(number)) for number in quantities]
    classes = sorted(set(cells), key=int)
    if len(classes) > MAX_WHOLE_NUMBER_CLASSES:
        raise DataError(
            f"{table.column(column)} holds {len(classes)} different whole numbers, too many for "
            f"classes (at most {MAX_WHOLE_NUMBER_CLASSES}): choose another target; {IF_QUANTITIES}"
        )
    return _labels(table, column, cells, classes, f"; {IF_QUANTITIES}")


def _labels(
    table: Table, column: int, cells: list[str], classes: list[str], advice: str = ""
) -> tuple[list[int], tuple[str, ...]]:
    if len(classes) == 1:
        raise DataError(
            f"{table.column(column)} holds one class only, {_shown(classes[0])}: expected at least 2, "
            "so is this the column of the targets?"
        )
    counts = Counter(cells)
    for row, cell in zip(table.rows, cells):
        if counts[cell] == 1:
            raise DataError(
                f"{table.place(row, column)}: the class {_shown(cell)} occurs here only, but a class "
                f"needs a sample to train on and one to hold out: add some, or delete the line{advice}"
            )
    numbers = [-1, 1] if len(classes) == 2 else range(len(classes))
    label = dict(zip(classes, numbers))
    return [label[cell] for cell in cells], tuple(classes)


def _number(cell: str) -> float | None:
    """The number in a cell, which may be nan or infinite; None for text."""
    # float() reads 1_000 and the digits of every script as well.
    if "_" in cell or not cell.isascii():
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _shown(cell: str) -> str:
    return repr(cell) if len(cell) <= 40 else f"{cell[:40]!r}…"


def _quoted(names: Sequence[str]) -> str:
    shown = ", ".join(map(_shown, names[:20]))
    return shown if len(names) <= 20 else f"{shown}, … ({len(names)} in all)"


@contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Begin the message of each DataError with the file's path."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{path}: {error}") from error.__cause__
