"""The user's own CSV files: `read_csv` makes a data set of one, and tells what it did.

A file is refused with a message that says where, what was expected and what was found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from nn.data.columns import Cells, Column, Comma, as_text, meaning, number_in, require_no_strays
from nn.data.dataset import DataError, Dataset, split
from nn.data.sheet import MISSING, Sheet, as_position, listed, shown
from nn.data.table import Missing, Table, counted, naming, tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Task = Literal["classification", "regression"]

# So many different whole numbers are classes, if each occurs twice on average; more are quantities.
MOST_NUMBERED_CLASSES = 10
# Text of which more differ, or more than half of all cells, is no category: names, say.
MOST_CATEGORIES, FEW_CATEGORIES = 100, 4
LENGTH_OF_CODES = 4  # at least: 07 may be a quantity
FEW_ROWS, MOSTLY = 10, 0.9
MOST_IN_LISTS = 2**20  # numbers; more are kept in arrays


def read_csv(
    path: str | os.PathLike[str],
    target: str | int = -1,
    task: Task | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    drop: str | int | Iterable[str | int] = (),
    missing: Missing = "error",
    *,
    test_size: float = 0.25,
    standardize: bool = True,
    seed: int = 0,
) -> Dataset:
    """Make a Dataset of a CSV file, a line for each sample; on stderr a line tells each thing done.

    Args:
        path: the file, read by pandas. It may be compressed (gz, bz2, xz), in UTF-8, UTF-16, or else
            EUC-KR or Latin-1; comments begin with # at the start of a line.
        target: the column to predict: its name, or its number, from 0, or from -1 for the last
            backwards. A text of digits that is no name is a number.
        task: "classification" or "regression". If None, text and True/False are classes, numbers of
            which some are not whole are quantities, and whole numbers are classes if at most 10
            differ, each twice on average; otherwise quantities.
        header: whether the first row names the columns. If None, it does if a text in it stands above
            numbers, if a column's name given here stands in it, if all of it is text that is not found
            again below, or if it counts up evenly (0,1,2 or 2019,2020,2021) and others do not.
        delimiter: what parts the cells, a character, or "blanks" for any number of blanks and tabs. If
            None, a first line such as sep=; says so, or that of tabs, semicolons, commas, bars and
            blanks is taken that gives rows of one length, with the most numbers.
        drop: columns to leave out, by name or number.
        missing: what to do with cells that are empty, ?, NA, nan, null, None or infinite. "error":
            refuse the file, and say where they are. "drop": leave out the rows that have one. "mean":
            fill each input with its mean over the part to train on, for a category its share there.
            Both leave out the rows without target.
        test_size, seed: as in `dataset`; a class of a single sample is trained on, not held out.
        standardize: as in `dataset`, for columns of numbers.

    Text becomes an input of 0 or 1 for each category (one-hot), True and False one input. Columns are
    left out that hold nothing, one value only, text that nearly always differs (or more than 100
    texts), or the row numbers that pandas writes in front.

    Two classes become -1 and +1, more are numbered from 0; they are sorted as text, or by value.

    Returns a Dataset whose `table` is what was learnt: `nn.save(model, path, table=data.table)` keeps
    it, and `Table.samples` reads another file by it.

    Raises DataError, a ValueError that says which line and column, for a file from which no data set
    can be made, and FileNotFoundError if there is none; ValueError for another argument.

    >>> import tempfile
    >>> from pathlib import Path
    >>> rows = ["grams,skin,kind", "150,red,apple", "8,red,cherry", "170,green,apple", "7,red,cherry"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "fruit.csv")
    ...     _ = path.write_text("\\n".join(rows))
    ...     data = read_csv(path, test_size=0.5)
    >>> data.features, data.classes, data.task
    (('grams', 'skin=green', 'skin=red'), ('apple', 'cherry'), 'binary')
    """
    _require_choice("task", task, (None, *get_args(Task)))
    _require_choice("missing", missing, get_args(Missing))
    _require_choice("header", header, (None, True, False))
    dropped = [drop] if isinstance(drop, (str, int)) else list(drop)
    with naming(path):
        sheet = Sheet(path, header, delimiter, named=[target, *dropped])
        data = _learn(sheet, target, task, dropped, missing, test_size, standardize, seed)
    tell(path, data.table.told if data.table else ())
    return data


def _learn(
    sheet: Sheet,
    target: str | int,
    task: Task | None,
    drop: Sequence[str | int],
    missing: Missing,
    test_size: float,
    standardize: bool,
    seed: int,
) -> Dataset:
    names = sheet.names[:-1] if sheet.has_empty_end else sheet.names
    if len(names) < 2:
        raise DataError(
            "the file has one column only; expected features and a target, parted by commas, "
            "semicolons, tabs, bars or blanks: say delimiter= (--delimiter) if it is another character"
        )
    goal = _position(sheet, names, target)
    dropped = {_position(sheet, names, name) for name in drop}
    if goal in dropped:
        raise DataError(f"{sheet.column(goal)} is the target, which cannot be dropped")
    codes = _codes(sheet, names)
    frame = sheet.frame(text=codes)
    told = sheet.told
    if dropped:
        told.append(f"dropped, as was asked for: {listed(names[j] for j in sorted(dropped))}")
    if sheet.has_empty_end:
        told.append("dropped: what would stand behind the last delimiter of each line")
    cells = {j: Cells(frame[j]) for j in range(len(names)) if j not in dropped}
    del frame
    columns = {j: _column(sheet, names[j], j, cells[j], is_code=j in codes) for j in cells}
    useless = {j: _useless(sheet, columns[j], cells[j]) for j in cells if j != goal}
    cells = {j: column for j, column in cells.items() if not useless.get(j)}
    cells = _without_missing(sheet, columns, cells, goal, missing)
    useless |= {j: _constant(columns[j], cells[j]) for j in cells if j != goal}
    if left_out := [f"{shown(names[j])} ({why})" for j, why in useless.items() if why]:
        told.append(f"left out: {_some(left_out)}")
    features = [columns[j] for j in cells if j != goal and not useless[j]]
    if not features:
        raise DataError(f"no column is left to learn from: {_some([*left_out, 'the target'])}")
    features = [_with_categories(column, cells[column.position], told) for column in features]
    _advise(features, cells, told)
    answers = _answers(sheet, columns[goal], cells[goal], task)
    parts = _split(answers, test_size, seed, told)
    return _dataset(sheet, names, features, cells, goal, answers, parts, missing, standardize)


def _position(sheet: Sheet, names: Sequence[str], called: str | int) -> int:
    """The column that is called by its name, or by its number."""
    if isinstance(called, str) and called in names and sheet.has_header:
        return names.index(called)
    position = as_position(called if isinstance(called, str) else index(called), len(names))
    if position is not None:
        return position
    if sheet.has_header and str(called) in names:
        return names.index(str(called))
    what = f"the columns are numbered from 0 to {len(names) - 1}"
    if sheet.has_header:
        what += f", and called {listed(names)}"
    elif isinstance(called, str):
        what += f", as the file has no header: the first line holds {listed(sheet.sample[0])}"
    raise DataError(f"there is no column {called!r}: {what}")


def _codes(sheet: Sheet, names: Sequence[str]) -> set[int]:
    """The columns of digits of one length, some of which begin with 0, such as zip codes."""
    found = set()
    for j in range(len(names)):
        texts = {row[j] for row in sheet.sample if len(row) > j and row[j] not in MISSING}
        are_digits = all(text.isascii() and text.isdigit() for text in texts)
        zeros = sorted(text for text in texts if are_digits and text[0] == "0" and len(text) > 1)
        if zeros and len(zeros[0]) >= LENGTH_OF_CODES and len(set(map(len, texts))) == 1:
            found.add(j)
            sheet.told.append(
                f"text: {shown(names[j])}, codes that begin with 0 such as {zeros[0]}"
            )
    return found


def _column(sheet: Sheet, name: str, j: int, cells: Cells, is_code: bool) -> Column:
    if is_code:
        return Column(name, j, "text")
    kind, comma = meaning(cells, sheet.delimiter)
    if kind == "number":
        require_no_strays(sheet, j, cells, comma)
    if comma:
        example = next(text for text in cells.texts if "," in text)
        what = "thousands" if comma == "thousands" else "decimals"
        value = number_in(example, comma)
        other: Comma = "decimal" if comma == "thousands" else "thousands"
        advice = (
            ""
            if number_in(example, other) is None
            else ", so write it, if it is not, without comma"
        )
        sheet.told.append(
            f"numbers: commas part {what} in {shown(name)}: {example} is {value:.15g}{advice}"
        )
    return Column(name, j, kind, comma=comma)


def _useless(sheet: Sheet, column: Column, cells: Cells) -> str:
    """Why nothing can be learnt from a column that need not be complete for it; else nothing."""
    j, n = column.position, len(cells)
    is_missing = column.missing(cells)
    n_cells = n - int(is_missing.sum())
    if not n_cells:
        return "empty"
    if column.kind == "text":
        n_different = len(cells.counts())
        if n_different > min(MOST_CATEGORIES, max(FEW_CATEGORIES, n_cells / 2)):
            return f"text, {n_different} different in {n_cells} cells"
    if j == 0 and sheet.has_header and sheet.is_unnamed[j] and _is_key(column, cells):
        return "without name, it numbers the rows"
    return ""


def _is_key(column: Column, cells: Cells, share: float = 1.0) -> bool:
    """Whether a column holds whole numbers of which nearly all differ."""
    import numpy as np

    if column.kind != "number":
        return False
    numbers = column.numbers(cells)
    numbers = numbers[~np.isnan(numbers)]
    if not (numbers[:1000] == np.floor(numbers[:1000])).all():
        return False
    return bool(len(np.unique(numbers)) >= share * len(numbers))


def _constant(column: Column, cells: Cells) -> str:
    """Why nothing can be learnt from a column without different values; else nothing."""
    import numpy as np

    if column.kind == "number":
        numbers = column.numbers(cells)
        if np.nanmin(numbers) < np.nanmax(numbers):
            return ""
        return f"{as_text(float(np.nanmin(numbers)))} everywhere"
    counts = cells.counts()
    return f"{shown(next(iter(counts)))} everywhere" if len(counts) == 1 else ""


def _without_missing(
    sheet: Sheet, columns: dict[int, Column], cells: dict[int, Cells], goal: int, missing: Missing
) -> dict[int, Cells]:
    """The rows that have a target and, unless missing cells are to be filled, all else."""
    import numpy as np

    gone = {j: columns[j].missing(column) for j, column in cells.items()}
    n_gone = {columns[j].name: int(mask.sum()) for j, mask in gone.items() if mask.any()}
    if not n_gone:
        return cells
    n, told = len(cells[goal]), sheet.told
    is_any_gone = np.logical_or.reduce(list(gone.values()))
    if missing == "error":
        row = int(is_any_gone.argmax())
        j = next(j for j, mask in gone.items() if mask[row])
        raise DataError(
            f"{columns[j].refusal(sheet, j, row)}; {int(is_any_gone.sum())} of {n} rows miss a cell "
            f"({counted(n_gone, 4)}): missing='drop' (--missing drop) leaves them out, 'mean' fills "
            "the cells; or drop= (--drop) a column"
        )
    kept = ~is_any_gone if missing == "drop" else ~gone[goal]
    if not kept.all():
        what = counted(n_gone) if missing == "drop" else f"{columns[goal].name!r}, the target"
        told.append(f"missing: {n - int(kept.sum())} of {n} rows left out, which miss {what}")
        cells = {j: column.take(kept) for j, column in cells.items()}
    if not kept.any():
        raise DataError(
            f"all {n} rows miss a cell ({counted(n_gone)}): missing='mean' (--missing mean) fills the "
            "cells; or drop= (--drop) the columns"
        )
    return cells


def _with_categories(column: Column, cells: Cells, told: list[str]) -> Column:
    if column.kind != "text":
        return column
    categories = tuple(sorted(cells.counts()))
    told.append(f"one-hot: {shown(column.name)} ({listed(categories, 6)})")
    return replace(column, categories=categories)


def _advise(features: Sequence[Column], cells: dict[int, Cells], told: list[str]) -> None:
    """Tell of columns that are trained on and may better be left out."""
    import numpy as np

    if truths := [column.name for column in features if column.kind == "truth"]:
        told.append(f"True is 1 and False 0 in {listed(truths)}")
    for column in features:
        if not _is_key(column, cells[column.position], MOSTLY):
            continue
        numbers = column.numbers(cells[column.position])
        is_counting = bool((np.diff(numbers) == 1).all())
        is_id = (
            column.name.lower().rstrip("s").endswith(("id", "index", "number", "no", "nr", "code"))
        )
        if len(numbers) >= FEW_ROWS and (is_counting or is_id or column.position == 0):
            told.append(
                f"advice: {shown(column.name)} may only number the samples: drop={column.name!r} "
                f"(--drop {shown(column.name)}) leaves it out"
            )


class Answers(NamedTuple):
    """The targets of a table: the numbers of classes, from 0, or quantities."""

    values: NDArray[Any]
    classes: tuple[str, ...]

    @property
    def task(self) -> Literal["regression", "binary", "multiclass"]:
        if not self.classes:
            return "regression"
        return "binary" if len(self.classes) == 2 else "multiclass"


def _answers(sheet: Sheet, column: Column, cells: Cells, task: Task | None) -> Answers:
    import numpy as np

    name = shown(column.name)
    if column.kind != "number":
        counts = cells.counts()
        if task == "regression":
            text = next(iter(counts))
            raise DataError(
                f"{sheet.column(column.position)} holds text, such as {shown(text)}, but a regression "
                "needs numbers: choose another target, or task='classification' (--task)"
            )
        if column.kind == "truth":
            classes = [
                truth for truth in ("False", "True") if truth.lower() in map(str.lower, counts)
            ]
            places = {text: float(text.lower() == "true") for text in counts}
        else:
            classes = sorted(counts)
            places = {text: float(k) for k, text in enumerate(classes)}
        what = "text" if column.kind == "text" else "True and False"
        why = "as was asked for" if task else f"as {name} holds {what}"
        values = cells.mapped(places)
    else:
        numbers = column.numbers(cells)
        is_whole = bool((numbers == np.floor(numbers)).all())
        different, places_of = np.unique(numbers, return_inverse=True)
        n = len(different)
        if task is None and not is_whole:
            sheet.told.append(f"task: regression, as {name} holds numbers that are not whole")
            return Answers(numbers, ())
        if task == "regression":
            sheet.told.append(f"task: regression of {name}, as was asked for")
            return Answers(numbers, ())
        if task is None and n > min(MOST_NUMBERED_CLASSES, (len(numbers) + 1) / 2):
            sheet.told.append(
                f"task: regression, as {name} holds {n} different whole numbers; "
                "task='classification' (--task classification) makes each a class"
            )
            return Answers(numbers, ())
        why = (
            "as was asked for"
            if task
            else f"as {name} holds {n} different whole numbers; task='regression' (--task "
            "regression) takes them as quantities"
        )
        classes = [as_text(number) for number in different.tolist()]
        values = places_of.astype(float)
    if len(classes) == 1:
        raise DataError(
            f"{sheet.column(column.position)} holds one class only, {shown(classes[0])}: expected at "
            "least 2, so is this the column of the targets?"
        )
    if len(classes) > max(MOST_NUMBERED_CLASSES, len(values) / 2):
        raise DataError(
            f"{sheet.column(column.position)} holds {len(classes)} different classes in {len(values)} "
            "rows, too many to learn: choose another target (--target)"
            + ("" if column.kind == "text" else ", or task='regression' (--task regression)")
        )
    sheet.told.append(f"task: {len(classes)} classes ({listed(classes, 6)}), {why}")
    return Answers(values.astype(np.intp), tuple(classes))


def _split(
    answers: Answers, test_size: float, seed: int, told: list[str]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows to train on, and those held out, of which a class with a single sample has none."""
    import numpy as np

    several = np.arange(len(answers.values))
    if answers.classes:
        counts = np.bincount(answers.values, minlength=len(answers.classes))
        if lone := [answers.classes[k] for k in np.flatnonzero(counts == 1)]:
            several = np.flatnonzero(counts[answers.values] > 1)
            told.append(f"trained on, and not held out: the only sample of {listed(lone, 6)}")
        if not len(several):
            raise DataError(f"each class has 1 sample only: {listed(lone)}; choose another target")
    _, test = split(answers.values[several], test_size, seed, are_classes=bool(answers.classes))
    # In the order of the file, in which they are copied faster.
    is_test = np.zeros(len(answers.values), dtype=bool)
    is_test[several[test]] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _dataset(
    sheet: Sheet,
    names: Sequence[str],
    features: Sequence[Column],
    cells: dict[int, Cells],
    goal: int,
    answers: Answers,
    parts: tuple[NDArray[np.intp], NDArray[np.intp]],
    missing: Missing,
    standardize: bool,
) -> Dataset:
    """Encode column by column: the fewer copies of a large table there are at once, the better."""
    import numpy as np

    train, test = parts
    inputs = [name for column in features for name in column.inputs]
    X_train, X_test = (np.empty((len(rows), len(inputs))) for rows in parts)
    fill: list[float] = []
    mean: list[float] = []
    scale: list[float] = []
    n_filled: dict[str, int] = {}
    for column in features:
        encoded = column.encode(cells.pop(column.position))
        is_missing = np.isnan(encoded[:, 0])
        if is_missing.any():
            n_filled[column.name] = int(is_missing.sum())
        for values in encoded.T:
            k = len(fill)
            of_train, of_test = values[train], values[test]
            with np.errstate(over="ignore", invalid="ignore"):
                if column.name in n_filled:
                    known = of_train[~np.isnan(of_train)]
                    fill.append(float(known.mean()) if len(known) else 0.0)
                    of_train, of_test = (
                        np.where(np.isnan(part), fill[k], part) for part in (of_train, of_test)
                    )
                else:
                    fill.append(float(of_train.mean()))
                is_scaled = standardize and column.kind == "number"
                mean.append(fill[k] if is_scaled else 0.0)
                has_scale = is_scaled and of_train.min() < of_train.max()
                scale.append(float(of_train.std()) if has_scale else 1.0)
                X_train[:, k] = (of_train - mean[k]) / scale[k]
                X_test[:, k] = (of_test - mean[k]) / scale[k]
            numbers = (fill[k], scale[k], X_train[:, k].sum(), X_test[:, k].sum())
            if not np.isfinite(numbers).all():
                raise DataError(
                    f"{sheet.column(column.position)} cannot be standardized: its mean or variance is "
                    "beyond the range of a float; divide it by a power of ten"
                )
    told = sheet.told
    if n_filled:
        told.append(f"missing: filled with means of the part to train on: {counted(n_filled)}")
    scaled = [column for column in features if column.kind == "number"]
    if standardize and scaled:
        told.append(f"standardized: {listed((column.name for column in scaled), 6)}")
    told.append(f"held out: {len(test)} of {len(test) + len(train)} samples")
    name = Path(re.sub(r"\.(gz|bz2|xz)$", "", sheet.path.name)).stem
    table = Table(
        name,
        tuple(names),
        sheet.has_header,
        sheet.delimiter,
        goal,
        answers.task,
        answers.classes,
        tuple(features),
        missing,
        tuple(mean),
        tuple(scale),
        tuple(fill),
        tuple(told),
    )
    y = 2 * answers.values - 1 if table.task == "binary" else answers.values
    is_large = X_train.size + X_test.size > MOST_IN_LISTS
    parts_of = [X_train, y[train], X_test, y[test]]
    X_train, y_train, X_test, y_test = (
        parts_of if is_large else [part.tolist() for part in parts_of]
    )
    return Dataset(
        name,
        X_train,
        y_train,
        X_test,
        y_test,
        n_outputs=len(answers.classes) if table.task == "multiclass" else 1,
        classes=table.classes,
        features=tuple(inputs),
        mean=table.mean if standardize else (),
        scale=table.scale if standardize else (),
        table=table,
    )


def _some(items: Sequence[str], most: int = 8) -> str:
    told = ", ".join(items[:most])
    return told if len(items) <= most else f"{told}, … ({len(items)} in all)"


def _require_choice(name: str, given: object, choices: Sequence[object]) -> None:
    if given not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, but is {given!r}")
