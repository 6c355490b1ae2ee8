"""What the cells of a column mean: numbers, true and false, or text, and how each becomes inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from nn.data.dataset import DataError
from nn.data.sheet import MISSING, Sheet, listed, number, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pandas import Series

Kind = Literal["number", "truth", "text"]
Comma = Literal["", "decimal", "thousands"]

TRUTHS = {"false": 0.0, "true": 1.0}
DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
# What stands for a missing number here and there. In a column of text it may be a class.
DASHES = ("-", "--", ".", "..", "*")
# A few words among numbers are no categories.
FEW_WORDS, FEW_NUMBERS, RARE = 3, 10, 0.05


@dataclass(frozen=True)
class Column:
    """A column that a network learns from: how its cells become inputs.

    Attributes:
        name: the header's, or "column 1" and so on.
        position: in the file, from 0.
        kind: "number", one input; "truth", True or False, one input of 1 or 0; "text", an input for
            each category, of which the cell's own is 1 (one-hot).
        categories: the texts that occurred, sorted.
        comma: what a comma within a number is for, if there are any.
    """

    name: str
    position: int
    kind: Kind
    categories: tuple[str, ...] = ()
    comma: Comma = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs.

        >>> Column("sex", 0, "text", ("female", "male")).inputs
        ('sex=female', 'sex=male')
        """
        if self.kind != "text":
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)

    def encode(self, cells: Cells) -> NDArray[np.float64]:
        """The inputs of each row, of shape (n, inputs); nan for a cell that is missing or unknown."""
        import numpy as np

        if self.kind == "number":
            return self.numbers(cells)[:, np.newaxis]
        if self.kind == "truth":
            numbers = {"0": 0.0, "1": 1.0}
            truths = {text: TRUTHS[text.lower()] for text in cells.texts if text.lower() in TRUTHS}
            return cells.mapped(numbers | truths)[:, np.newaxis]
        places = {category: k for k, category in enumerate(self.categories)}
        of_row = cells.mapped(places)
        known = of_row == of_row
        inputs: NDArray[np.float64] = (of_row[:, np.newaxis] == np.arange(len(places))).astype(
            float
        )
        inputs[~known] = np.nan
        return inputs

    def numbers(self, cells: Cells) -> NDArray[np.float64]:
        """The numbers of each row; nan where it is missing or infinite."""
        import numpy as np

        numbers = cells.numbers
        if numbers is None:
            found = {text: number_in(text, self.comma) for text in cells.texts}
            numbers = cells.mapped({text: x for text, x in found.items() if x is not None})
        return np.where(np.isinf(numbers), np.nan, numbers) if np.isinf(numbers).any() else numbers

    def missing(self, cells: Cells) -> NDArray[np.bool_]:
        """Where there is nothing, or something infinite."""
        import numpy as np

        return np.isnan(self.numbers(cells)) if self.kind == "number" else cells.codes < 0

    def knows(self, cell: str) -> bool:
        """Whether a text may be a cell of this column."""
        if cell in MISSING:
            return True
        if self.kind == "number":
            return number_in(cell, self.comma or "thousands") is not None
        return cell.lower() in TRUTHS if self.kind == "truth" else cell in self.categories

    def refusal(self, sheet: Sheet, j: int, row: int) -> str:
        """What is wrong with a cell that is missing, or unknown, in column j of a file."""
        line, found = sheet.cell(row, j)
        expected = {
            "number": "a finite number",
            "truth": "True or False",
            "text": f"one of {listed(self.categories, 5)}" if self.categories else "some text",
        }[self.kind]
        return (
            f"line {line}, {sheet.column(j)}: expected {expected}, but "
            f"{f'found {shown(found)}' if found else 'the cell is empty'}"
        )

    def facts(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.name,
            "position": self.position,
            "kind": self.kind,
            "categories": list(self.categories),
            "comma": self.comma,
        }

    @classmethod
    def of_facts(cls, facts: Any) -> Column:
        """The way back. Raises ValueError for what `facts` did not give."""
        if (
            not isinstance(facts, dict)
            or facts.keys() != {"name", "position", "kind", "categories", "comma"}
            or not isinstance(facts["name"], str)
            or type(facts["position"]) is not int
            or facts["kind"] not in get_args(Kind)
            or not are_texts(facts["categories"])
            or (facts["kind"] == "text") != bool(facts["categories"])
            or facts["comma"] not in get_args(Comma)
        ):
            raise ValueError(f"no column is described by {str(facts)[:200]}")
        return cls(**facts | {"categories": tuple(facts["categories"])})


class Cells:
    """The cells of a column of a table that pandas read, without spaces around.

    Attributes:
        numbers: one for each row, nan if it is missing, of a column of plain numbers; None of another.
        codes: of another, for each row the place of its text in `texts`; -1 if it is missing.
        texts: the different ones, in the order in which they come first.
    """

    def __init__(self, series: Series[Any]) -> None:
        import numpy as np
        import pandas as pd

        self.numbers: NDArray[np.float64] | None = None
        self.codes: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.texts: list[str] = []
        if series.dtype.kind in "iuf":
            self.numbers = series.to_numpy().astype(np.float64, copy=False)
            return
        codes, uniques = pd.factorize(series)
        places: dict[str, int] = {}
        renumbered = []
        for unique in uniques:
            text = str(unique).strip()
            renumbered.append(-1 if text in MISSING else places.setdefault(text, len(places)))
        self.codes = np.array([*renumbered, -1])[codes]
        self.texts = list(places)

    def __len__(self) -> int:
        return len(self.codes if self.numbers is None else self.numbers)

    def take(self, rows: NDArray[Any]) -> Cells:
        """Those of some rows."""
        taken = copy(self)
        if self.numbers is not None:
            taken.numbers = self.numbers[rows]
        else:
            taken.codes = self.codes[rows]
        return taken

    def counts(self) -> dict[str, int]:
        """How often each text occurs; nothing of a column of plain numbers."""
        import numpy as np

        counted = np.bincount(self.codes + 1, minlength=len(self.texts) + 1)[1:].tolist()
        return {text: n for text, n in zip(self.texts, counted) if n}

    def mapped(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """For each row the value of its text; nan for other texts, and where it is missing."""
        import numpy as np

        if self.numbers is not None:
            result = np.full(len(self.numbers), np.nan)
            for text, value in values.items():
                if (wanted := number(text)) is not None:
                    result[self.numbers == wanted] = value
            return result
        return np.array([*(values.get(text, np.nan) for text in self.texts), np.nan])[self.codes]

    def first(self, text: str) -> int:
        """The first row with this text."""
        return int((self.codes == self.texts.index(text)).argmax())


def meaning(cells: Cells, delimiter: str) -> tuple[Kind, Comma]:
    """What the cells of a column are, and what commas in its numbers are for.

    A few words among many different numbers are no categories, so that these are numbers all the same.
    """
    if cells.numbers is not None:
        return "number", ""
    counts = cells.counts()
    if counts and all(text.lower() in TRUTHS for text in counts):
        return "truth", ""
    comma = comma_in(counts, delimiter)
    words = {text: n for text, n in counts.items() if number_in(text, comma) is None}
    n_all, n_words = sum(counts.values()), sum(words.values())
    if not words:
        return "number", comma
    if 2 * n_words < n_all and all(word in DASHES for word in words):
        return "number", comma
    n_different = len(counts) - len(words)
    are_quantities = n_different > min(FEW_NUMBERS, (n_all - n_words) / 2)
    is_rare = n_words <= RARE * n_all
    if is_rare or (2 * n_words < n_all and len(words) <= FEW_WORDS and are_quantities):
        return "number", comma
    return "text", ""


def require_no_strays(sheet: Sheet, j: int, cells: Cells, comma: Comma) -> None:
    """Raise DataError if there is text among the numbers of column j."""
    texts = cells.counts()
    strays = [t for t in texts if t not in DASHES and number_in(t, comma) is None]
    if not strays:
        return
    row = min(map(cells.first, strays))
    line, found = sheet.cell(row, j)
    n_numbers = sum(texts.values()) - sum(texts[word] for word in strays)
    advice = "; decimals begin with a point, as in 1.5" if DECIMAL.fullmatch(found) else ""
    raise DataError(
        f"line {line}, {sheet.column(j)}: expected a finite number, but found {shown(found)}{advice}; "
        f"the column has {n_numbers} numbers: correct the cell, or empty it and use missing= "
        "(--missing), or drop the column (--drop)"
    )


def comma_in(texts: Iterable[str], delimiter: str) -> Comma:
    """What commas within numbers are for: where semicolons part the cells, commas part decimals."""
    with_comma = [text for text in texts if "," in text and number_in(text, "decimal") is not None]
    with_comma += [text for text in texts if text not in with_comma and THOUSANDS.fullmatch(text)]
    if not with_comma:
        return ""
    order: tuple[Comma, Comma] = ("thousands", "decimal")
    for comma in reversed(order) if delimiter == ";" else order:
        if all(number_in(text, comma) is not None for text in with_comma):
            return comma
    return ""


def number_in(text: str, comma: Comma) -> float | None:
    """The number in a cell, in which commas may stand for what `comma` says; None for text.

    >>> number_in("1,100", "thousands"), number_in("1.100,5", "decimal"), number_in("1,5", "thousands")
    (1100.0, 1100.5, None)
    """
    if comma == "thousands" and THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    if comma == "decimal" and DECIMAL.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    return number(text)


def as_text(value: float) -> str:
    """A number as the name of a class."""
    return str(int(value)) if value.is_integer() else repr(value)


def are_texts(facts: Any) -> bool:
    """Whether plain data is a list of texts."""
    return isinstance(facts, list) and all(isinstance(text, str) for text in facts)
