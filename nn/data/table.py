"""What was learnt from a CSV file, as plain data: `Table` reads the rows to predict by it."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import and_
from typing import TYPE_CHECKING, Any, Literal, get_args

from nn.data.columns import Cells, Column, are_texts, comma_in, require_no_strays
from nn.data.dataset import DataError, Dataset
from nn.data.sheet import Sheet, listed, number, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Missing = Literal["error", "drop", "mean"]


@dataclass(frozen=True)
class Table:
    """What was learnt from a CSV file: how its columns become inputs, and outputs become answers.

    Attributes:
        name: the file's, without folder and suffix.
        columns: the names of all its columns, in order.
        has_header: whether it named them itself.
        delimiter: what parted its cells.
        target: the position of the column to predict, from 0.
        task: "regression", "binary" (one score) or "multiclass".
        classes: their names, in the order of their numbers; none for a regression.
        features: the columns that became inputs, in order.
        missing: what is done with missing cells, as in `read_csv`.
        mean, scale: what is subtracted from each input, and what it is divided by then.
        fill: what each input is where its cell is missing, before that.
        told: what was done to the file, a line each.
    """

    name: str
    columns: tuple[str, ...]
    has_header: bool
    delimiter: str
    target: int
    task: Literal["regression", "binary", "multiclass"]
    classes: tuple[str, ...]
    features: tuple[Column, ...]
    missing: Missing
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...]
    told: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in the order in which a network takes them."""
        return tuple(name for column in self.features for name in column.inputs)

    def samples(
        self,
        path: str | os.PathLike[str],
        header: bool | None = None,
        delimiter: str | None = None,
    ) -> NDArray[np.float64]:
        """The rows of another file as inputs, an array of shape (n, inputs); on stderr lines tell how.

        Columns are found by their names, in whatever order, others ignored, if the file has a header.
        Otherwise they are matched by their number: all columns of the table, or all but the target, or
        those alone that became inputs.

        A category or truth that did not occur counts as missing. If `missing` is "error", a missing
        cell is refused; if "mean", it is filled; if "drop", the whole row is nan.

        Raises DataError for a file that lacks columns, has text among numbers or is no table.
        """
        with naming(path):
            return self._samples(path, header, delimiter)

    def answer(self, label: float) -> str | float:
        """What a prediction means: the name of the class with this number; a quantity itself."""
        if not self.classes:
            return label
        return self.classes[int(label > 0) if self.task == "binary" else int(label)]

    @classmethod
    def of(cls, data: Dataset) -> Table:
        """That of a data set, whose columns are its inputs, and behind them the target."""
        if data.table is not None:
            return data.table
        names = data.features or tuple(f"x{i + 1}" for i in range(data.n_inputs))
        mean, scale = data.mean or (0.0,) * len(names), data.scale or (1.0,) * len(names)
        features = tuple(Column(name, j, "number") for j, name in enumerate(names))
        return cls(
            name=data.name,
            columns=(*names, "target"),
            has_header=True,
            delimiter=",",
            target=len(names),
            task=data.task,
            classes=data.classes,
            features=features,
            missing="error",
            mean=mean,
            scale=scale,
            fill=mean,
        )

    def facts(self) -> dict[str, Any]:
        """As plain data, which JSON can tell; `of_facts` is the way back."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        facts = {
            name: list(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()
        }
        return facts | {"features": [column.facts() for column in self.features]}

    @classmethod
    def of_facts(cls, facts: Any) -> Table:
        """The way back from plain data. Raises ValueError for what `facts` did not give."""
        if not isinstance(facts, dict) or facts.keys() != cls.__dataclass_fields__.keys():
            raise ValueError(f"no table is described by {str(facts)[:200]}")
        lists = ("columns", "classes", "mean", "scale", "fill", "told", "features")
        right = all(isinstance(facts[name], list) for name in lists)
        right = right and isinstance(facts["name"], str) and isinstance(facts["delimiter"], str)
        right = right and all(are_texts(facts[name]) for name in ("columns", "classes", "told"))
        right = right and all(_are_finite(facts[name]) for name in ("mean", "scale", "fill"))
        right = right and isinstance(facts["has_header"], bool) and type(facts["target"]) is int
        right = right and facts["task"] in ("regression", "binary", "multiclass")
        right = right and facts["missing"] in get_args(Missing)
        if not right:
            raise ValueError(f"no table is described by {str(facts)[:200]}")
        values: dict[str, Any] = {
            name: tuple(fact) if name in lists else fact for name, fact in facts.items()
        }
        values["features"] = tuple(map(Column.of_facts, facts["features"]))
        table = cls(**values)
        table._require_consistent()
        return table

    def _require_consistent(self) -> None:
        n, positions = len(self.inputs), [column.position for column in self.features]
        used = [*positions, self.target]
        n_classes = len(self.classes)
        if (
            {len(self.mean), len(self.scale), len(self.fill)} != {n}
            or n == 0
            or len(set(used)) < len(used)
            or not all(0 <= j < len(self.columns) for j in used)
            or any(self.columns[column.position] != column.name for column in self.features)
            or not all(self.scale)
            or (n_classes > 0 if self.task == "regression" else n_classes == 1)
            or (self.task == "binary" and n_classes not in (0, 2))
        ):
            raise ValueError(f"the columns of the table {self.name[:100]!r} contradict each other")

    def _samples(
        self, path: str | os.PathLike[str], header: bool | None, delimiter: str | None
    ) -> NDArray[np.float64]:
        import numpy as np

        sheet = Sheet(path, header, delimiter, decides=self._is_header, usual=self.delimiter)
        positions, how = self._positions(sheet)
        texts = {j for j, column in zip(positions, self.features) if column.kind == "text"}
        frame = sheet.frame(texts)
        told = [*sheet.told, how]
        X = np.empty((len(frame), len(self.inputs)))
        n_missing: dict[str, int] = {}
        start = 0
        for column, j in zip(self.features, positions):
            cells = Cells(frame[j])
            if column.kind == "number":
                column = replace(
                    column, comma=column.comma or comma_in(cells.texts, sheet.delimiter)
                )
                require_no_strays(sheet, j, cells, column.comma)
            inputs = column.encode(cells)
            is_missing = np.isnan(inputs[:, 0])
            if is_missing.any():
                if self.missing == "error":
                    row = int(is_missing.argmax())
                    raise DataError(
                        f"{column.refusal(sheet, j, row)}; trained with missing='mean' "
                        "(--missing mean) a model fills such cells, with 'drop' it skips such rows"
                    )
                n_missing[column.name] = int(is_missing.sum())
                if unknown := sorted(cells.take(is_missing).counts()):
                    told.append(f"missing, as unknown: {listed(unknown, 5)} in {column.name!r}")
            stop = start + inputs.shape[1]
            if self.missing == "mean":
                inputs = np.where(np.isnan(inputs), self.fill[start:stop], inputs)
            X[:, start:stop] = (inputs - self.mean[start:stop]) / self.scale[start:stop]
            start = stop
        if n_missing:
            is_gone = np.isnan(X).any(axis=1)
            X[is_gone] = np.nan
            done = f"{int(is_gone.sum())} of {len(X)} rows are not predicted"
            done = "filled as in training" if self.missing == "mean" else done
            told.append(f"missing: {counted(n_missing)}; {done}")
        tell(path, told)
        return X

    def _is_header(self, first: list[str]) -> bool:
        """Whether the first row of another file is no sample, but names its columns."""
        names = {column.name for column in self.features}
        if self.has_header:
            found = names.intersection(first)
            if found == names or any(number(name) is None for name in found):
                return True
        places = self._places(len(first))
        if places is None:
            return all(number(cell) is None for cell in first)
        are_foreign = [not column.knows(first[j]) for j, column in zip(places, self.features)]
        is_number = [column.kind == "number" for column in self.features]
        return all(are_foreign) or any(map(and_, are_foreign, is_number))

    def _places(self, n: int) -> list[int] | None:
        """Where the columns of the features are among n without names; None if n suits nothing."""
        own = [column.position for column in self.features]
        if n == len(self.columns):
            return own
        if n == len(self.columns) - 1:
            return [j - (j > self.target) for j in own]
        return list(range(n)) if n == len(own) else None

    def _positions(self, sheet: Sheet) -> tuple[list[int], str]:
        """Where the columns of the features are in another file, and how they were found."""
        names = [column.name for column in self.features]
        if sheet.has_header and self.has_header:
            found = {name: j for j, name in enumerate(sheet.names)}
            if lacking := [name for name in names if name not in found]:
                raise DataError(
                    f"the header lacks the columns {listed(lacking)}; it holds {listed(sheet.names)}"
                )
            return [found[name] for name in names], "columns: found by their names"
        n, n_all = len(sheet.names), len(self.columns)
        if (places := self._places(n)) is None and sheet.has_empty_end:
            n -= 1
            places = self._places(n)
        if places is None:
            target = shown(self.columns[self.target])
            expected = f"{n_all}, or {n_all - 1} without the target {target}"
            if len(names) < n_all - 1:
                expected += f", or the {len(names)} that the network takes"
            raise DataError(
                f"the rows have {n} cells, but expected are {expected}: {listed(names)}"
            )
        what = {n_all: "with the target", n_all - 1: "without the target"}.get(
            n, "the inputs alone"
        )
        return places, f"columns: found by their places, as there are {n}, {what}"


def counted(numbers: Mapping[str, int], most: int = 8) -> str:
    """Names with a number each, as messages list them; the largest come first."""
    ordered = sorted(numbers.items(), key=lambda item: -item[1])
    told = ", ".join(f"{shown(name)} {n}" for name, n in ordered[:most])
    return told if len(ordered) <= most else f"{told}, … ({len(ordered)} in all)"


def tell(path: str | os.PathLike[str], lines: Iterable[str]) -> None:
    """Say on stderr what was done to a file."""
    for line in lines:
        print(f"{os.path.basename(path)}: {line}", file=sys.stderr)


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Begin the message of each DataError with the file's path."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{path}: {error}") from error.__cause__


def _are_finite(numbers: list[Any]) -> bool:
    return all(type(x) in (int, float) and math.isfinite(x) for x in numbers)
