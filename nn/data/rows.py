"""A CSV file as rows of text: its encoding, its delimiter, its quotes.

Messages count lines from 1, as editors do.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nn.data.dataset import DataError

# In the order in which they are looked for.
DELIMITERS = "\t;,"


class Row(NamedTuple):
    """A row of a file, and the number of the line in which it begins, from 1."""

    line: int
    cells: list[str]

    @property
    def place(self) -> str:
        return f"line {self.line}"


def read(path: str | os.PathLike[str]) -> list[Row]:
    """The rows of a file, as text; at least one, and all equally long."""
    if Path(path).is_dir():
        raise DataError("this is a folder; expected the path of a CSV file")
    try:
        text = _decoded(Path(path).read_bytes())
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no CSV file {path}") from error
    rows = list(_rows(text))
    if not rows:
        raise DataError("the file is empty; expected a line for each sample")
    for row in rows:
        if len(row.cells) != len(rows[0].cells):
            raise DataError(
                f"{row.place} has {n_cells(row)}, but {len(rows[0].cells)} are expected, as in "
                f"{rows[0].place}"
            )
    return rows


def _decoded(content: bytes) -> str:
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"line {_line_after(content[: error.start].decode())} has the byte "
            f"0x{content[error.start]:02x}, which is not UTF-8: save the file as CSV in UTF-8"
        ) from error
    before, nul, _ = text.partition("\0")
    if nul:
        raise DataError(
            f"line {_line_after(before)} has a NUL character, so that this is no text in UTF-8: save "
            "the file as CSV in UTF-8"
        )
    return text


def _rows(text: str) -> Iterator[Row]:
    # newline="" leaves line ends within quoted cells as they are, as the csv module wants them.
    lines = list(io.StringIO(text, newline=""))
    first = next((line for line in lines if not line.isspace()), "")
    reader = csv.reader(lines, delimiter=_delimiter(first), skipinitialspace=True, strict=True)
    while (start := reader.line_num) < len(lines):
        try:
            cells = next(reader)
        except csv.Error as error:
            raise DataError(f"line {start + 1} {_explained(error)}") from error
        if not lines[start].isspace():
            yield Row(start + 1, [cell.strip() for cell in cells])


def _delimiter(line: str) -> str:
    outside_of_quotes = "".join(line.split('"')[::2])
    return next((delimiter for delimiter in DELIMITERS if delimiter in outside_of_quotes), ",")


def _explained(error: csv.Error) -> str:
    """What the csv module's message means for who has to correct the file."""
    message = str(error)
    if "unexpected end of data" in message:
        return 'has a quoted cell that does not end: expected another " by the end of the file'
    if "field larger" in message:
        return (
            f"has a cell of more than {csv.field_size_limit()} characters: expected a number or the "
            'name of a class; is a " missing at its end?'
        )
    return f'has a quote out of place ({message}): a " within a quoted cell is written twice'


def _line_after(text: str) -> int:
    """The number of the line in which the text ends, from 1."""
    return 1 + len(re.findall("\r\n|\r|\n", text))


def n_cells(row: Row) -> str:
    return "1 cell" if len(row.cells) == 1 else f"{len(row.cells)} cells"
