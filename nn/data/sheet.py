"""A CSV file as rows and columns: its compression, encoding, delimiter and header. pandas reads it.

What is found out is told in words, in `Sheet.told`. Messages count lines and columns from 1, as
spreadsheets do.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from nn.data.dataset import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

BLANKS = " "  # one or more of them, or tabs
DELIMITERS = ("\t", ";", ",", "|", BLANKS)  # of those that suit equally well the first is taken
SPELLINGS = {r"\t": "\t", "tab": "\t", r"\s+": BLANKS, "blank": BLANKS, "blanks": BLANKS}
CALLED = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", BLANKS: "blanks"}
# What a cell holds of which the value is missing.
MISSING = ("", "?", "NA", "N/A", "n/a", "na", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None")
KOREAN = "euc_kr"
# The first that fits every byte is taken, and Korean only if it makes Korean of them: two letters with
# accents, as in "Größe", are a Chinese one in it.
ENCODINGS = ("utf-8", KOREAN, "cp1252", "latin-1")
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_HEAD = 2**18  # bytes, by which a file is judged
_ROWS = 1000  # at most, of these


class Sheet:
    """A CSV file, judged by its beginning.

    Attributes:
        names: of the columns: the header's, or "column 1" and so on; is_unnamed tells these.
        has_header: whether its first row is one.
        delimiter: what parts its cells.
        sample: its first rows below the header, as text.
        has_empty_end: whether a delimiter ends each line, so that the last column is none.
        told: what was found out about it, a line each.

    Raises DataError for what is no table, FileNotFoundError if there is none.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: bool | None = None,
        delimiter: str | None = None,
        named: Iterable[str | int] = (),
        decides: Callable[[list[str]], bool] | None = None,
        usual: str = "\t",
    ) -> None:
        """What the user has `named` tells a header, if it stands in it; or else `decides` says it.

        Where other delimiters suit as well, it is the `usual` one.
        """
        self.path = Path(path)
        self.told: list[str] = []
        self._said_delimiter: str | None = None
        self._encodings, head = _encodings_and_head(self.path)
        lines = list(io.StringIO(head, newline=""))
        # Where all rows begin so, it is no comment.
        signs = {line[0] for line in lines if line.strip()}
        self._comment_sign = "" if signs == {"#"} else "#"
        self._n_top, comment = self._skip_top(lines)
        lines = lines[self._n_top :]
        if not any(line.strip() for line in lines):
            raise DataError("the file is empty; expected a line for each sample")
        self._has_comments = any(map(self._is_comment, lines))
        if self._has_comments:
            self.told.append("comments among the rows, behind #: skipped")
        lines = [line for line in lines if not self._is_comment(line)]
        self.delimiter = self._find_delimiter(lines, delimiter, usual)
        rows = list(_rows(lines, self.delimiter, _ROWS))
        below = Counter(map(len, rows[1:] or rows))
        self._width = max(below, key=lambda width: below[width])
        names: list[str] | None = None
        if comment is not None and header is not False:
            cells = next(_rows([comment], self.delimiter, 1), [])
            names = cells if len(cells) == self._width > 1 else None
        self._header_rows = 0
        if names is not None:
            self.told.append(f"header: the line behind # ({_shown_row(names)})")
        else:
            is_header, why = _judge_header(rows, self._width, header, named, decides)
            self.told.append(why)
            if is_header:
                names = rows.pop(0)
                self._header_rows = 1
        if not rows:
            raise DataError(
                "the file holds a header only; expected a line for each sample below it"
            )
        self.has_header, self.sample = names is not None, rows
        self.names, self.is_unnamed = self._named(names)
        # Each line may end with a delimiter, behind which nothing follows.
        self.has_empty_end = self.is_unnamed[-1] and all(not row[-1] for row in rows)

    def frame(self, text: Iterable[int] = ()) -> DataFrame:
        """The rows below the header, read by pandas, their columns numbered from 0.

        Cells without content, and the usual words for it, are missing. Columns in `text` are kept as
        they are written.
        """
        for encoding in self._encodings:
            try:
                if self._makes_sense_in(encoding):
                    return self._frame(encoding, dict.fromkeys(text, str))
            except UnicodeDecodeError:
                continue
        raise AssertionError("any bytes are text in latin-1")

    def cell(self, row: int, j: int) -> tuple[int, str]:
        """The number of the line in which a row below the header begins, and its cell in column j."""
        line, cells = next(islice(self._numbered_rows(), row, None))
        return line, cells[j]

    def column(self, j: int) -> str:
        """How a message calls a column."""
        return f"column {j + 1} ({self.names[j]!r})" if self.has_header else f"column {j + 1}"

    def _makes_sense_in(self, encoding: str) -> bool:
        """Whether what an encoding makes of the file is a text; it may be none that it can decode."""
        if encoding != KOREAN:
            return True
        with _text(self.path, encoding) as stream:
            return _is_korean(stream)

    def _is_comment(self, line: str) -> bool:
        return self._comment_sign != "" and line.startswith(self._comment_sign)

    def _skip_top(self, lines: list[str]) -> tuple[int, str | None]:
        """How many lines stand above the table, and the last comment among them, without its #."""
        comment, n_comments = None, 0
        for n, line in enumerate(lines):
            if said := re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE):
                self._said_delimiter = said[1]
                self.told.append(f"line {n + 1} says that the delimiter is {said[1]!r}")
            elif self._is_comment(line):
                comment = line.lstrip("#")
                n_comments += 1
            elif line.strip():
                break
        else:
            n = len(lines)
        if n_comments:
            self.told.append(f"comments above the table, behind #: {_lines(n_comments)}")
        return n, comment

    def _find_delimiter(self, lines: list[str], given: str | None, usual: str) -> str:
        given = SPELLINGS.get(given, given) if given is not None else self._said_delimiter
        if given is None:
            delimiter = _sniffed(lines, usual)
        elif len(given) == 1 and given not in '"\r\n':
            delimiter = given
        else:
            raise ValueError(
                f"delimiter must be a single character, such as ',', ';', '|' or a tab, or 'blanks', "
                f"but got {given!r}"
            )
        return delimiter

    def _named(self, header: list[str] | None) -> tuple[list[str], list[bool]]:
        """A name for each column, and whether it is ours.

        A header may lack that of the first, as R writes it, or of the last.
        """
        width = self._width
        if header is None:
            return [f"column {j + 1}" for j in range(width)], [True] * width
        if len(header) == width - 1:
            # Behind the last delimiter of each line stands nothing, or the rows have names.
            is_empty = all(not row[-1] for row in self.sample if len(row) == width)
            header = [*header, ""] if is_empty else ["", *header]
        if len(header) != width:
            line = self._n_top + self._header_rows
            raise DataError(
                f"line {line} has {_cells(len(header))}, but most lines below it have {width}: "
                "expected a name for each column"
            )
        names: list[str] = []
        for j, name in enumerate(header):
            unique = name or f"column {j + 1}"
            n = 1
            while unique in names:
                unique, n = f"{name}.{n}", n + 1
            if name and unique != name:
                self.told.append(
                    f"renamed: column {j + 1}, a second {name!r} in the header, to {unique!r}"
                )
            names.append(unique)
        return names, [not name for name in header]

    def _frame(self, encoding: str, dtypes: dict[int, type]) -> DataFrame:
        import pandas as pd

        # A file of a few bytes may be empty behind its header, and the columns of it as well.
        options: dict[str, Any] = {
            "header": None,
            "sep": r"\s+" if self.delimiter == BLANKS else self.delimiter,
            "skipinitialspace": True,
            "na_values": MISSING,
            "keep_default_na": False,
            "dtype": dtypes or None,
        }

        def read(low_memory: bool = True) -> DataFrame:
            with self._below_header(encoding) as stream, warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.DtypeWarning)
                frame: DataFrame = pd.read_csv(stream, low_memory=low_memory, **options)
            return frame

        try:
            try:
                frame = read()
            except pd.errors.DtypeWarning:
                # To save memory it is read part by part. Where the parts of a column turned out to be of
                # different types it is read all at once, as text.
                frame = read(low_memory=False)
        except pd.errors.ParserError as error:
            self._require_equal_lengths(self._width)
            raise DataError(_explained(str(error))) from error
        except pd.errors.EmptyDataError as error:
            raise DataError("the file holds no sample") from error
        n = len(frame)
        # pandas fills short rows up with missing cells. Then the last one is missing too.
        if len(frame.columns) != self._width or frame.iloc[:, -1].isna().any():
            self._require_equal_lengths(self._width)
            if self._width > 1:
                frame = frame.dropna(how="all", ignore_index=True)
        if n > len(frame):
            self.told.append(f"left out: {_lines(n - len(frame))} of delimiters only")
        if frame.empty:
            raise DataError("the file holds no sample: all cells are empty")
        if encoding not in ("utf-8", "utf-8-sig"):
            self.told.append(f"encoding: {encoding.upper().replace('_', '-')}, as it is no UTF-8")
        by = CALLED.get(self.delimiter, repr(self.delimiter))
        self.told.insert(0, f"read: {n} rows of {self._width} columns, delimited by {by}")
        return frame

    def _below_header(self, encoding: str) -> IO[str]:
        stream = _text(self.path, encoding)
        for _ in range(self._n_top):
            stream.readline()
        if self._has_comments:
            rows = (line for line in stream if not self._is_comment(line))
            rest = io.StringIO("".join(rows), newline="")
            stream.close()
            stream = rest
        if self._header_rows:
            # The reader takes as many lines as the header's quoted cells have.
            next(_rows(iter(stream.readline, ""), self.delimiter, 1))
        return stream

    def _numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the header, with the number of the line in which it begins."""
        for encoding in self._encodings:
            try:
                if self._makes_sense_in(encoding):
                    with _text(self.path, encoding) as stream:
                        lines = list(stream)
                    break
            except UnicodeDecodeError:
                continue
        counted = _Counted(lines[self._n_top :])
        rows = _rows(counted, self.delimiter, None)
        start, n_headers = 0, self._header_rows
        for row in rows:
            if not self._is_comment(row[0]):
                if n_headers:
                    n_headers -= 1
                elif len(row) == 1 or not all(cell in MISSING for cell in row):
                    while not counted.lines[start].strip():
                        start += 1
                    yield self._n_top + start + 1, row
            start = counted.taken

    def _require_equal_lengths(self, width: int) -> None:
        for line, row in self._numbered_rows():
            if len(row) != width:
                raise DataError(
                    f"line {line} has {_cells(len(row))}, but {width} are expected, as in most lines"
                )


class _Counted:
    """Lines, and how many of them a reader has taken."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.taken = lines, 0

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.taken += 1
            yield line


def number(cell: str) -> float | None:
    """The number in a cell, which may be nan or infinite; None for text.

    >>> number("-1.5e3"), number("1_000"), number("tall")
    (-1500.0, None, None)
    """
    # float() reads 1_000 and the digits of every script as well.
    if "_" in cell or not cell.isascii():
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def as_position(name: str | int, n_columns: int) -> int | None:
    """The position of a column, from 0, that is called by its number, which may be negative."""
    text = str(name)
    if not text.removeprefix("-").isdecimal() or not -n_columns <= int(text) < n_columns:
        return None
    return int(text) % n_columns


def shown(cell: str) -> str:
    """A cell, or a name, as messages quote it."""
    return repr(cell) if len(cell) <= 40 else f"{cell[:40]!r}…"


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names, as messages list them."""
    names = list(names)
    quoted = ", ".join(map(shown, names[:most]))
    return quoted if len(names) <= most else f"{quoted}, … ({len(names)} in all)"


def _encodings_and_head(path: Path) -> tuple[tuple[str, ...], str]:
    """The encodings that a file may have, the likeliest first, and its first lines in that."""
    with _bytes(path) as file:
        head = file.read(_HEAD)
        is_whole = not file.read(1)
    encodings = next(
        ((encoding,) for mark, encoding in MARKS.items() if head.startswith(mark)), ENCODINGS
    )
    if encodings is ENCODINGS and b"\0" in head:
        zeros = [half.count(0) > 0.4 * len(half) for half in (head[::2], head[1::2])]
        if zeros[0] == zeros[1]:
            raise DataError(
                f"line {len(head[: head.index(0) + 1].splitlines())} has a NUL character, so that "
                "this is no text: save the file as CSV in UTF-8"
            )
        encodings = ("utf-16-be",) if zeros[0] else ("utf-16-le",)
    for i, encoding in enumerate(encodings):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head, final=is_whole)
        except UnicodeDecodeError:
            continue
        if encoding == KOREAN and not _is_korean([text]):
            continue
        if not is_whole:  # the last line is cut off
            text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
        return encodings[i:], text
    raise DataError(f"this is no text in {encodings[0]}: save the file as CSV in UTF-8")


def _is_korean(texts: Iterable[str]) -> bool:
    """Whether most letters that are not ASCII's are Hangul syllables."""
    others = "".join(re.sub(r"[\x00-\x7f]+", "", text) for text in texts)
    return 2 * len(re.findall("[가-힣]", others)) > len(others)


def _bytes(path: Path) -> IO[bytes]:
    """The content of a file, which may be compressed."""
    if path.is_dir():
        raise DataError("this is a folder; expected the path of a CSV file")
    try:
        with path.open("rb") as file:
            start = file.read(6)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no CSV file {path}") from error
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(
            "this is a workbook or an archive, no text: save the sheet as CSV, or unpack the file"
        )
    if start.startswith(b"\x1f\x8b"):
        import gzip

        return cast(IO[bytes], gzip.open(path))
    if start.startswith(b"BZh"):
        import bz2

        return cast(IO[bytes], bz2.open(path))
    if start.startswith(b"\xfd7zXZ"):
        import lzma

        return cast(IO[bytes], lzma.open(path))
    return path.open("rb")


def _text(path: Path, encoding: str) -> IO[str]:
    # Line ends stay as they are: within quotes they are part of a cell.
    return io.TextIOWrapper(_bytes(path), encoding, newline="")


def _rows(lines: Iterable[str], delimiter: str, most: int | None) -> Iterator[list[str]]:
    """The cells of each row that is not blank, without spaces around."""
    if delimiter == BLANKS:
        lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    n = 0
    while most is None or n < most:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(_explained(str(error))) from error
        if len(cells) > 1 or (cells and cells[0].strip()):
            n += 1
            yield [cell.strip() for cell in cells]


def _explained(message: str) -> str:
    """What a reader's message means for who has to correct the file."""
    if "inside string" in message or "unexpected end of data" in message:
        return 'a quoted cell does not end: expected another " by the end of the file'
    if "field larger" in message:
        return (
            f"a cell has more than {csv.field_size_limit()} characters: expected a number or the name "
            'of a class; is a " missing at its end?'
        )
    return f"the file is no table that can be read ({message.strip()})"


def _sniffed(lines: list[str], usual: str) -> str:
    """The delimiter that parts the first lines into equally many cells, as many of them numbers."""
    suits: dict[str, tuple[bool, float]] = {}
    for delimiter in dict.fromkeys((usual, *DELIMITERS)):
        rows = list(_rows(lines, delimiter, 50))
        widths = Counter(map(len, rows))
        width, n_equal = widths.most_common(1)[0]
        if width < 2 or n_equal < 0.7 * len(rows):
            continue
        cells = [cell for row in rows for cell in row if cell]
        comma = "" if delimiter == "," else ","  # where it is free to part decimals
        n_numbers = sum(number(cell.replace(comma, ".", 1)) is not None for cell in cells)
        suits[delimiter] = n_equal == len(rows), round(n_numbers / max(1, len(cells)), 1)
    return max(
        suits, key=lambda delimiter: suits[delimiter], default=","
    )  # of equal ones the first


def _judge_header(
    rows: list[list[str]],
    width: int,
    given: bool | None,
    named: Iterable[str | int],
    decides: Callable[[list[str]], bool] | None,
) -> tuple[bool, str]:
    """Whether the first row is a header, and why, in words."""
    first, below = rows[0], [row for row in rows[1:] if len(row) == width]
    what = _shown_row(first)
    if given is None and decides is not None:
        given = decides(first)
    if given is not None:
        return given, f"header: the first line ({what})" if given else "header: none"
    for name in map(str, named):
        if name in first and as_position(name, width) is None:
            return True, f"header: the first line, as {name!r} stands in it ({what})"
    is_number = [cell in MISSING or number(cell) is not None for cell in first]
    # A first row may lack the name of the rows' own names.
    shift = 1 if len(first) == width - 1 and below and below[0][-1] else 0
    columns = [
        [row[j + shift] for row in below if row[j + shift] not in MISSING]
        for j in range(min(len(first), width))
    ]
    for j, column in enumerate(columns):
        # A header may stand in a file again, where files were put together.
        others = (
            [cell for cell, row in zip(column, below) if row != first] if not is_number[j] else []
        )
        n_numbers = sum(number(cell) is not None for cell in others)
        if 2 * n_numbers > len(others) and first[j] not in others:
            return (
                True,
                f"header: the first line, as {shown(first[j])} stands above numbers ({what})",
            )
    for j, column in enumerate(columns):
        if not is_number[j] and first[j] in column:
            why = f"{shown(first[j])} is no name but a value, found again below"
            return False, f"header: none, as {why}"
    told = "; header=True (--header) takes it as one" if below else ""
    if not any(is_number) and len(set(first)) == len(first):
        return True, f"header: the first line, as none of its cells is found again below ({what})"
    numbers = [cell for cell, is_one in zip(first, is_number) if is_one and cell]
    counts = len(numbers) == len(first) > 2 or first[0] == ""
    if len(first) - 1 <= len(numbers) > 1 and (why := _are_names(numbers, below, counts)):
        return True, (
            f"header: the first line, as {why} ({what}); header=False (--no-header) takes it as a sample"
        )
    return False, f"header: none, as the first line ({what}) looks like those below it{told}"


def _are_names(numbers: list[str], below: list[list[str]], counts: bool) -> str:
    """Why numbers in the first row are rather names of columns; nothing if they are not."""
    lasts = [row[-len(numbers) :] for row in below[:20]]
    if all(map(_is_year, numbers)) and sum(map(_is_year, chain(*lasts))) < sum(map(len, lasts)) / 2:
        return "it holds years"
    step = _step(numbers)
    if counts and step > 0 and 2 * sum(_step(row) == step for row in lasts) <= len(lasts):
        return "it counts up evenly"
    return ""


def _is_year(cell: str) -> bool:
    return cell.isdigit() and 1900 <= int(cell) < 2100


def _step(cells: Sequence[str]) -> int:
    """By how much each cell is larger than that before, if they are whole and evenly spaced; else 0."""
    if not all(cell.isascii() and cell.isdigit() for cell in cells):
        return 0
    counts = [int(cell) for cell in cells]
    steps = {after - before for before, after in pairwise(counts)}
    return max(steps) if len(steps) == 1 else 0


def _shown_row(cells: list[str]) -> str:
    return ", ".join(cell if len(cell) <= 20 else cell[:20] + "…" for cell in cells[:4]) + (
        ", …" if len(cells) > 4 else ""
    )


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"


def _lines(n: int) -> str:
    return "1 line" if n == 1 else f"{n} lines"
