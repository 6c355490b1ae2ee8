"""Laws of reading CSV files: what a table means, and that a damaged one is refused in words."""

import gzip
import json
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn.data import DataError, Dataset, Table, dataset, read_csv

HEADER = "height,width,kind\n"
LINES = "".join(f"{i},{i * i / 8},{('oak', 'elm', 'fir')[i % 3]}\n" for i in range(24))
TREES = HEADER + LINES


@pytest.fixture
def file(tmp_path):
    """Writes a file of this content, and returns its path."""

    def write(content, name="trees.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def samples(made):
    """All samples of a data set that is not standardized, each with its target, in order."""
    return sorted(zip(made.X_train + made.X_test, made.y_train + made.y_test, strict=True))


def test_a_table_becomes_the_data_set_that_it_describes(file):
    made = read_csv(file(TREES), standardize=False)
    assert (made.name, made.task, made.n_outputs) == ("trees", "multiclass", 3)
    assert (made.features, made.classes) == (("height", "width"), ("elm", "fir", "oak"))
    assert samples(made) == [([float(i), i * i / 8], (2, 0, 1)[i % 3]) for i in range(24)]
    assert (len(made.X_train), len(made.X_test)) == (18, 6)


def test_a_file_is_standardized_split_and_seeded_as_arrays_are(file):
    path = file(TREES)
    made = read_csv(path, test_size=0.5, seed=1)
    assert len(made.X_test) == 12
    assert [sum(column) for column in zip(*made.X_train)] == pytest.approx([0.0, 0.0], abs=1e-12)
    plain = read_csv(path, test_size=0.5, seed=1, standardize=False)
    back = [
        [x * s + m for x, s, m in zip(row, made.scale, made.mean, strict=True)]
        for row in made.X_test
    ]
    assert back == [pytest.approx(row) for row in plain.X_test]
    assert read_csv(path, test_size=0.5, seed=1) == made != read_csv(path, test_size=0.5, seed=2)


@pytest.mark.parametrize(
    "content",
    [
        TREES.replace(",", ";"),
        TREES.replace(",", "\t"),
        TREES.encode("utf-8-sig"),
        TREES.replace("\n", "\r\n"),
        TREES.replace("\n", "\r"),
        TREES.rstrip("\n"),
        TREES.replace("\n", "\n\n"),
        "\n \n" + TREES + "\n\t\n",
        TREES.replace(",", " , "),
        TREES.replace("oak", '"oak"').replace("width", '"width"'),
        re.sub(r"([^,\n]+)", r'"\1"', TREES),
        re.sub(r",([^,\n]+)", r',  "\1"', TREES),
        TREES.replace(",", "|"),
        TREES.replace(",", "   ").replace("\n", "\n  "),
        "sep=;\n" + TREES.replace(",", ";"),
        "# trees\n" + TREES.replace("\n1,", "\n# one\n1,"),
        "#" + TREES,
        TREES.encode("utf-16"),
        TREES.encode("utf-16-le"),
        gzip.compress(TREES.encode()),
        TREES.replace("\n", ",\n"),
        TREES + ",,\n,,\n",
        re.sub(r"(\d)\.(\d)", r"\1,\2", TREES.replace(",", ";")),
    ],
    ids=[
        "semicolons",
        "tabs",
        "byte order mark",
        "line ends of Windows",
        "line ends of old Macs",
        "last line without end",
        "every other line blank",
        "blank lines around",
        "spaces around",
        "some quotes",
        "all quoted",
        "spaces before quotes",
        "bars",
        "blanks",
        "a line that says the delimiter",
        "comments",
        "header as a comment",
        "UTF-16",
        "UTF-16 without mark",
        "compressed",
        "a delimiter behind each line",
        "lines of delimiters only",
        "decimal commas",
    ],
)
def test_other_spellings_of_a_table_mean_the_same(file, content):
    assert content not in (TREES, TREES.encode())
    assert read_csv(file(content)) == read_csv(file(TREES))


def test_quotes_hold_delimiters_line_ends_and_quotes(file):
    content = '"a;\tb",kind\n' + '1,"x, ""y""\nz"\n2,w\n' * 4
    made = read_csv(file(content))
    assert made.features == ("a;\tb",)
    assert made.classes == ("w", 'x, "y"\nz')


def test_the_delimiter_is_what_parts_rows_into_equally_many_cells_most_of_them_numbers(file):
    made = read_csv(file("a;b,c;kind\n" + "1;2;x\n2;3;y\n" * 4))
    assert made.features == ("a", "b,c")
    made = read_csv(file("a;b\tkind\n" + "1\tx\n2\ty\n" * 4))
    assert made.features == ("a;b",)
    made = read_csv(file("1.5  2.5\t'a b'\n2.5  3.5\t'c d'\n".replace("'", '"') * 4))
    assert (len(made.features), made.classes) == (2, ("a b", "c d"))
    made = read_csv(file("1:2:x\n2:3:y\n" * 4), delimiter=":")
    assert len(made.features) == 2


def test_without_header_the_columns_are_numbered(file):
    made = read_csv(file(LINES))
    assert made.features == ("column 1", "column 2")
    named = read_csv(file(TREES))
    assert (made.X_train, made.y_test, made.classes) == (named.X_train, named.y_test, named.classes)


@pytest.mark.parametrize("target", ["kind", 0, -3])
def test_the_target_is_a_column_by_name_or_number(file, target):
    content = "kind,height,width\n" + "oak,1,2\nelm,3,4\n" * 4
    made = read_csv(file(content), target, standardize=False)
    assert (made.features, made.classes) == (("height", "width"), ("elm", "oak"))
    assert samples(made) == [([1.0, 2.0], 1)] * 4 + [([3.0, 4.0], -1)] * 4


def test_a_target_by_name_makes_the_first_line_a_header_even_of_numbers(file):
    content = "2019,2020,2021\n" + "1,2,0\n3,4,1\n" * 4
    made = read_csv(file(content), "2021", standardize=False)
    assert made.features == ("2019", "2020")
    assert len(samples(made)) == 8


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["no", "yes"], ("binary", 1, ("no", "yes"), [-1, 1])),
        (["yes", "no"], ("binary", 1, ("no", "yes"), [1, -1])),
        (["1", "0"], ("binary", 1, ("0", "1"), [1, -1])),
        (["10", "9"], ("binary", 1, ("9", "10"), [1, -1])),
        (["-1", "+1"], ("binary", 1, ("-1", "1"), [-1, 1])),
        (["10", "9", "-2"], ("multiclass", 3, ("-2", "9", "10"), [2, 1, 0])),
        (["1.0", "2", "03"], ("multiclass", 3, ("1", "2", "3"), [0, 1, 2])),
        (["1", "1.0", "2e0"], ("binary", 1, ("1", "2"), [-1, -1, 1])),
        (["9", "10", "x"], ("multiclass", 3, ("10", "9", "x"), [1, 0, 2])),
        (["True", "FALSE"], ("binary", 1, ("False", "True"), [1, -1])),
        (["-", "+"], ("binary", 1, ("+", "-"), [1, -1])),
        (["0123", "0007"], ("binary", 1, ("0007", "0123"), [1, -1])),
        (['"1,100"', '"2,200,000"', "5"], ("multiclass", 3, ("5", "1100", "2200000"), [1, 2, 0])),
        (["1_0", "1_1"], ("binary", 1, ("1_0", "1_1"), [-1, 1])),
        (["Zürich", "Århus", "Ōsaka"], ("multiclass", 3, ("Zürich", "Århus", "Ōsaka"), [0, 1, 2])),
        (["1.5", "2", "3"], ("regression", 1, (), [1.5, 2.0, 3.0])),
        (["1e-3", "-2"], ("regression", 1, (), [0.001, -2.0])),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, list) else "",
)
def test_the_task_and_the_classes_follow_from_the_cells_of_the_target(file, cells, expected):
    content = "a,target\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)) * 8
    made = read_csv(file(content), standardize=False)
    targets = {int(a): target for (a,), target in samples(made)}
    assert (made.task, made.n_outputs, made.classes, list(targets.values())) == expected


@pytest.mark.parametrize(
    ("targets", "task"),
    [
        (range(30), "regression"),
        (range(11), "regression"),
        (range(10), "multiclass"),
        ([1, 2], "binary"),
    ],
)
def test_many_different_whole_numbers_are_quantities_unless_the_task_says_otherwise(
    file, targets, task
):
    path = file("a,age\n" + "".join(f"{i},{y}\n" for i, y in enumerate([*targets] * 10)))
    assert read_csv(path).task == task
    assert read_csv(path, task="regression").task == "regression"
    assert read_csv(path, task="classification").n_outputs == (
        len(targets) if task != "binary" else 1
    )


def test_few_samples_with_whole_numbers_that_hardly_repeat_are_quantities(file):
    prices = [250, 300, 310, 250, 400, 410]
    assert read_csv(file("a,b\n" + "".join(f"{y / 3},{y}\n" for y in prices))).task == "regression"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("2019,2020,2021\n" + "5,6,0\n3,9,1\n" * 4, ("2019", "2020")),
        ("2019,2020\n" + "5,6\n3,9\n" * 4, ("2019",)),
        ("0,1,2\n" + "5,6,0\n3,9,1\n" * 4, ("0", "1")),
        (",0,1,2\n" + "".join(f"{i},{i % 3},{i % 5},{i % 2}\n" for i in range(9)), ("0", "1")),
        ("land,2019,2020\n" + "a,6,.5\nb,9,.1\n" * 4, ("land=a", "land=b", "2019")),
        ("a,b,c\n" + "x,y,z\nu,v,w\n" * 4, ("a=u", "a=x", "b=v", "b=y")),
        ("1,2,3\n4,5,6\n7,8,9\n", ("column 1", "column 2")),
        ("0,0,0\n0,1,1\n1,0,1\n1,1,0\n" * 2, ("column 1", "column 2")),
        ("0,1\n1,3\n2,5\n3,7\n", ("column 1",)),
        ("a,1.5\nb,2.5\na,3.5\n", ("column 1=a", "column 1=b")),
        ("a,2,x\nb,5more,y\na,3,y\nb,2,x\n" * 2, None),
    ],
)
def test_a_header_is_told_from_samples_and_the_options_overrule_it(file, content, names):
    path = file(content)
    made = read_csv(path)
    if names is not None:
        assert made.features == names
    n = len(made.X_train) + len(made.X_test)
    n_lines = content.count("\n")
    assert n == n_lines - made.table.has_header
    forced = [
        read_csv(path, header=header, missing="drop")
        for header in (True, False)
        if header != made.table.has_header
    ]
    assert [len(one.X_train) + len(one.X_test) for one in forced if one.table.has_header] in (
        [],
        [n_lines - 1],
    )


def test_rows_with_text_below_a_header_of_numbers_are_refused_when_it_is_denied(file):
    with pytest.raises(DataError, match=r"line 1, column 1: expected a finite number, but found"):
        read_csv(file(TREES), header=False)


def test_text_is_one_hot_and_true_and_false_are_one_input(file):
    content = "colour,ripe,weight,kind\n" + "red,True,3,a\ngreen,False,4,b\nblue,TRUE,5,a\n" * 4
    made = read_csv(file(content), standardize=False)
    assert made.features == ("colour=blue", "colour=green", "colour=red", "ripe", "weight")
    assert {tuple(x) for x, _ in samples(made)} == {
        (0, 0, 1, 1, 3),
        (0, 1, 0, 0, 4),
        (1, 0, 0, 1, 5),
    }


def test_only_numbers_are_standardized(file):
    made = read_csv(file("c,b,n,k\n" + "red,True,3,a\ngreen,False,4,b\n" * 8))
    assert (made.mean[:3], made.scale[:3]) == ((0, 0, 0), (1, 1, 1))
    assert sum(row[3] for row in made.X_train) == pytest.approx(0.0, abs=1e-12)


GAPS = "height,wood,dead,kind\n" + "".join(
    f"{'' if i == 3 else i * i},{'?' if i == 7 else ('oak', 'elm')[i % 2]},{i % 3 == 0},"
    f"{'NA' if i == 11 else 'xy'[i % 4 > 1]}\n"
    for i in range(24)
)


def test_missing_cells_are_refused_with_their_place_number_and_cure(file):
    message = (
        "line 5, column 1 ('height'): expected a finite number, but the cell is empty; 3 of 24 rows "
        "miss a cell ('height' 1, 'wood' 1, 'kind' 1): missing='drop' (--missing drop) leaves them out"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        read_csv(file(GAPS))


def test_missing_cells_drop_their_rows_of_features_and_target_alike(file):
    made = read_csv(file(GAPS), missing="drop")
    whole = read_csv(
        file("".join(line for i, line in enumerate(GAPS.splitlines(True)) if i not in (4, 8, 12)))
    )
    assert made == whole
    assert made.classes == ("x", "y")


def test_missing_cells_are_filled_with_means_of_the_part_to_train_on(file):
    made = read_csv(file(GAPS), missing="mean", standardize=False)
    assert len(made.X_train) + len(made.X_test) == 23  # one row has no target
    filled = [x for x in made.X_train + made.X_test if x[1] not in (0, 1)]
    heights = [x[0] for x in made.X_train if x[0] == int(x[0])]
    shares = [x[1] for x in made.X_train if x[1] in (0, 1)]
    assert filled[0][1] == pytest.approx(sum(shares) / len(shares))
    assert filled[0][2] == pytest.approx(1 - filled[0][1])
    gap = [x[0] for x in made.X_train + made.X_test if x[0] not in {i * i for i in range(24)}]
    assert gap == [pytest.approx(sum(heights) / len(heights))]


@pytest.mark.parametrize("drop", [["note"], "note", [1], -2, ["1"]])
def test_columns_are_dropped_by_name_and_number(file, drop):
    content = "a,note,b\n" + "1,p,x\n2,q,y\n" * 4
    assert read_csv(file(content), drop=drop).features == ("a",)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("names", [f"Mr. {i}" for i in range(24)]),
        ("words", [f"w{i % 200}" for i in range(480)]),
        ("constant", [7] * 24),
        ("empty", [""] * 24),
        ("days", [f"2020-01-{i + 1:02}" for i in range(24)]),
        ("", range(24)),
        ("zip", [f"{i:05}" for i in range(24)]),
    ],
)
def test_columns_that_teach_nothing_are_left_out_and_it_is_told(file, capsys, name, cells):
    rows = "".join(f"{cell},{i % 5},{'pq'[i % 2]}\n" for i, cell in enumerate(cells))
    made = read_csv(file(f"{name},a,k\n{rows}"))
    assert made.features == ("a",)
    assert re.search(f"left out: '{name or 'column 1'}'", capsys.readouterr().err)


def test_an_id_is_trained_on_with_advice(file, capsys):
    content = "Id,a,k\n" + "".join(f"{i + 100},{i % 5},{'pq'[i % 2]}\n" for i in range(24))
    assert read_csv(file(content)).features == ("Id", "a")
    assert (
        "advice: 'Id' may only number the samples: drop='Id' (--drop 'Id')"
        in capsys.readouterr().err
    )


def test_codes_that_begin_with_zero_are_text(file):
    content = "zip,k\n" + "01234,x\n00007,y\n11111,x\n" * 4
    assert read_csv(file(content)).features == ("zip=00007", "zip=01234", "zip=11111")


def test_a_column_that_begins_with_many_numbers_and_ends_with_text_is_text(file):
    content = "a,b\n" + "01,1.5\n2,2.5\n" * 150_000 + "x,3.5\n" * 100_000
    assert read_csv(file(content)).features == ("a=01", "a=2", "a=x")


def test_columns_of_one_name_are_told_apart(file):
    made = read_csv(file("a,b,a,k\n" + "1,2,3,x\n3,4,5,y\n" * 4), standardize=False)
    assert made.features == ("a", "b", "a.1")


def test_a_class_of_one_sample_is_trained_on(file, capsys):
    made = read_csv(file(TREES + "5,6,yew\n"))
    assert made.y_train.count(3) == 1
    assert 3 not in made.y_test
    assert "not held out: the only sample of 'yew'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("latin-1", "élm"),
        ("euc-kr", "참나무"),
        ("cp1252", "€lm"),
        ("cp1252", "Größe"),  # its öß is a letter in EUC-KR
        ("latin-1", "Äßöü"),
        ("euc-kr", "배나무 №1"),
    ],
)
def test_other_encodings_than_utf_8_are_recognized(file, encoding, name):
    made = read_csv(file((TREES.replace("elm", name)).encode(encoding)))
    assert name in made.classes
    long = TREES + LINES * 12_000 + f"5,6,{name}\n" * 2
    assert name in read_csv(file(long.encode(encoding))).classes


@pytest.mark.parametrize("target", [0, "kind", -1])
def test_the_task_can_be_a_regression_of_whole_numbers_anywhere(file, target):
    content = "kind,a,kind2\n" + "".join(f"{i},{i % 7},{i}\n" for i in range(8))
    made = read_csv(file(content.replace("kind2", "last")), target, task="regression", drop=[])
    assert made.task == "regression"


def test_a_large_table_is_kept_in_arrays_that_equal_the_lists_of_a_small_one(file, monkeypatch):
    lists = read_csv(file(TREES))
    monkeypatch.setattr(sys.modules[read_csv.__module__], "MOST_IN_LISTS", 10)
    arrays = read_csv(file(TREES))
    assert isinstance(arrays.X_train, np.ndarray)
    assert arrays.X_train.tolist() == lists.X_train
    assert (arrays.y_test.tolist(), arrays.task) == (lists.y_test, lists.task)


# What is wrong with a file, its content, and what the message says.
BAD_FILES = {
    "empty": ("", "the file is empty; expected a line for each sample"),
    "blank": ("\n \n", "the file is empty; expected a line for each sample"),
    "only a header": (
        HEADER,
        "the file holds a header only; expected a line for each sample below",
    ),
    "one column": ("a\n1\n2\n", "the file has one column only; expected features and a target"),
    "short row": (TREES + "5,6\n", "line 26 has 2 cells, but 3 are expected, as in most lines"),
    "long row": (TREES + "5,6,oak,\n", "line 26 has 4 cells, but 3 are expected, as in most lines"),
    "short row between blank lines": (
        "\n" + TREES + "\n5\n",
        "line 28 has 1 cell, but 3 are expected, as in most lines",
    ),
    "row after one of two lines": (
        TREES.replace("oak", '"oak\n"', 1) + "5\n",
        "line 27 has 1 cell, but 3 are expected, as in most lines",
    ),
    "empty cell": (
        TREES + "5,,oak\n",
        "line 26, column 2 ('width'): expected a finite number, but the cell is empty",
    ),
    "empty cell in quotes": (
        TREES + '5,"",oak\n',
        "line 26, column 2 ('width'): expected a finite number, but the cell is empty",
    ),
    "empty cell below no header": (
        LINES + "5,,oak\n",
        "line 25, column 2: expected a finite number, but the cell is empty",
    ),
    "empty target": (
        TREES + "5,6,\n",
        "line 26, column 3 ('kind'): expected some text, but the cell is empty",
    ),
    "text": (
        TREES + "tall,6,oak\n",
        "line 26, column 1 ('height'): expected a finite number, but found 'tall'",
    ),
    "nan": (
        TREES + "5,nan,oak\n",
        "line 26, column 2 ('width'): expected a finite number, but found 'nan'",
    ),
    "minus infinity": (TREES + "5,-inf,oak\n", "expected a finite number, but found '-inf'"),
    "NUL": (TREES + "5,6,o\0k\n", "line 26 has a NUL character, so that this is no text"),
    "NUL, lines of old Macs": (TREES.replace("\n", "\r") + "\0", "line 26 has a NUL character"),
    "NUL, lines of Windows": (TREES.replace("\n", "\r\n") + "\0", "line 26 has a NUL character"),
    "empty cell in the first line": (
        ",5,oak\n" + LINES,
        "line 1, column 1: expected a finite number, but the cell is empty",
    ),
    "digit of another script": (
        TREES + "٣,6,oak\n",
        "line 26, column 1 ('height'): expected a finite number, but found '٣'; the column has",
    ),
    "too large": (TREES + "5,1e999,oak\n", "expected a finite number, but found '1e999'"),
    "header twice": (
        TREES + TREES,
        "line 26, column 1 ('height'): expected a finite number, but found",
    ),
    "quoted lines before": (
        TREES.replace("oak", '"oak\n"', 1) + "\n5,,oak\n",
        "line 28, column 2 ('width'): expected a finite number, but the cell is empty",
    ),
    "comments before": (
        "# c\n" + TREES.replace("\n3,", "\n# c\n3,") + "5,,oak\n",
        "line 28, column 2 ('width'): expected a finite number, but the cell is empty",
    ),
    "a workbook": (
        b"PK\x03\x04sheet",
        "this is a workbook or an archive, no text: save the sheet as CSV",
    ),
    "open quote": (TREES + '5,6,"oak\n7,8,elm\n', "a quoted cell does not end: expected another"),
    "names as classes": (
        "a,name\n" + "".join(f"{i},n{i}\n" for i in range(30)),
        "column 2 ('name') holds 30 different classes in 30 rows, too many to learn: choose another",
    ),
    "nothing to learn from": (
        "a,name,kind\n" + "".join(f"1,n{i},{'xy'[i % 2]}\n" for i in range(30)),
        "no column is left to learn from: 'a' (1 everywhere), 'name' (text, 30 different in 30 cells)",
    ),
    "one class": (
        "a,kind\n1,x\n2,x\n3,x\n",
        "column 2 ('kind') holds one class only, 'x': expected at least 2",
    ),
    "one class below no header": (
        "1.5,0\n2,0\n",
        "column 2 holds one class only, '0': expected at",
    ),
    "few samples": (
        "a,b\n1,x\n2,y\n3,x\n4,y\n",
        "test_size=0.25 leaves 3 of 4 samples to train on and holds out 1, but both parts need one",
    ),
    "variance too large": (
        "a,b\n1e308,1.5\n-1e308,2.5\n1e308,3.5\n",
        "column 1 ('a') cannot be standardized",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_its_place_what_was_expected_and_what_was_found(
    file, content, message
):
    path = file(content)
    with pytest.raises(DataError, match=re.escape(message)) as refused:
        read_csv(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert len(str(refused.value)) < 300 + len(str(path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"target": "sort"},
            "there is no column 'sort': the columns are numbered from 0 to 2, and called",
        ),
        (
            {"target": 3},
            "there is no column 3: the columns are numbered from 0 to 2, and called 'height'",
        ),
        ({"target": -4}, "there is no column -4: the columns are numbered from 0 to 2"),
        ({"drop": ["sort"]}, "there is no column 'sort'"),
        ({"drop": "kind"}, "column 3 ('kind') is the target, which cannot be dropped"),
        (
            {"task": "regression"},
            "column 3 ('kind') holds text, such as 'oak', but a regression needs numbers",
        ),
    ],
)
def test_an_option_that_does_not_suit_the_table_is_answered_with_its_columns(
    file, options, message
):
    with pytest.raises(DataError, match=re.escape(message)):
        read_csv(file(TREES), **options)


@pytest.mark.parametrize(
    "options", [{"missing": "fill"}, {"task": "clustering"}, {"delimiter": ";;"}]
)
def test_an_unknown_choice_is_refused(file, options):
    with pytest.raises(ValueError, match="must be"):
        read_csv(file(TREES), **options)


def test_a_target_by_number_of_a_file_without_header_is_not_taken_for_a_name(file):
    path = file("1,5.5\n2,6.5\n" * 4)
    assert read_csv(path, "0").classes == ("1", "2")
    with pytest.raises(
        DataError, match=r"as the file has no header: the first line holds '1', '5.5'"
    ):
        read_csv(path, "kind")


def test_a_wide_table_is_not_listed_in_full(file):
    names = [f"c{i}" for i in range(1000)]
    with pytest.raises(DataError, match=r"'c19', … \(1000 in all\)"):
        read_csv(file(",".join(names) + "\n" + ",".join(map(str, range(1000))) + "\n"), "kind")


def test_a_target_of_another_type_is_a_type_error(file):
    with pytest.raises(TypeError, match="float"):
        read_csv(file(TREES), 1.0)


TABLE = Table.of(
    dataset("t", [[1.0, 2.0], [3.0, 5.0]] * 4, [0, 1] * 4, features=("height", "width"))
)


@pytest.mark.parametrize("read", [read_csv, TABLE.samples])
def test_a_missing_file_and_a_folder_are_told_apart(tmp_path, read):
    with pytest.raises(FileNotFoundError, match=r"there is no CSV file .*nowhere\.csv"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="this is a folder; expected the path of a CSV file"):
        read(tmp_path)


def test_rows_are_matched_by_name_in_whatever_order_and_others_ignored(file):
    path = file("kind,width,note,height\n?,2,,1\n?,4,nan,3\n")
    assert TABLE.samples(path).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_rows_without_header_are_matched_by_position(file):
    assert TABLE.samples(file("1,2\n3,4\n")).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert TABLE.samples(file("1,2,oak\n3,4,\n")).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    first = read_csv(file("2,1,5,a\n3,2,6,b\n1,7,3,a\n" * 4), 0, standardize=False).table
    with_target, without = (
        file("2,1,5,a\n2,7,3,a\n", "with.csv"),
        file("1,5,a\n7,3,b\n", "without.csv"),
    )
    assert first.samples(with_target).tolist() == [[1, 5, 1, 0], [7, 3, 1, 0]]
    assert first.samples(without).tolist() == [[1, 5, 1, 0], [7, 3, 0, 1]]
    dropped = read_csv(file("9,1,a\n8,2,b\n" * 4), drop=[0], standardize=False).table
    assert dropped.samples(file("9,1,a\n")).tolist() == [[1]]
    assert dropped.samples(file("9,1\n8,2\n")).tolist() == [[1], [2]]
    assert dropped.samples(file("1\n2\n")).tolist() == [[1], [2]]


def test_a_first_row_of_text_is_a_sample_where_the_table_knows_its_categories(file):
    table = read_csv(file("2,low,no\n3,high,yes\n5more,low,no\n3,high,yes\n" * 3)).table
    assert table.samples(file("5more,low\n2,high\n3,low\n")).shape[0] == 3


def test_the_rows_of_a_file_are_the_samples_that_it_was_trained_on(file):
    for content, missing in ((TREES, "error"), (LINES, "error"), (GAPS, "mean")):
        path = file(content)
        made = read_csv(path, missing=missing)
        rows = made.table.samples(path).tolist()
        for sample in made.X_train + made.X_test:
            assert any(sample == pytest.approx(row) for row in rows)


def test_what_is_unknown_counts_as_missing_and_is_treated_as_in_training(file, capsys):
    new = file("height,wood,dead\n4,fir,True\n,oak,False\n4,oak,no\n4,oak,True\n", "new.csv")
    table = read_csv(file(GAPS), missing="mean", standardize=False).table
    filled = table.samples(new)
    assert np.isfinite(filled).all()
    assert filled[1][0] == pytest.approx(table.fill[0])
    assert "unknown: 'fir' in 'wood'" in capsys.readouterr().err
    gone = read_csv(file(GAPS), missing="drop").table.samples(new)
    assert np.isnan(gone).all(axis=1).tolist() == [True, True, True, False]
    whole = "".join(line for i, line in enumerate(GAPS.splitlines(True)) if i not in (4, 8, 12))
    strict = read_csv(file(whole)).table
    new = file("height,wood,dead\n4,fir,True\n", "new.csv")
    message = (
        "line 2, column 2 ('wood'): expected one of 'elm', 'oak', but found 'fir'; trained with"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        strict.samples(new)


def test_commas_in_numbers_mean_what_they_meant_in_training(file):
    table = read_csv(file("a;b\n" + "1,5;x\n2,25;y\n" * 4), standardize=False).table
    assert table.samples(file("a;b\n1,100;x\n")).tolist() == [[1.1]]


def test_truths_of_new_rows_may_be_written_in_other_ways(file):
    table = read_csv(file("b,y\n" + "True,1.5\nFalse,2.5\n" * 6)).table
    for cells in ("True\nFALSE", "1\n0", "true\n0"):
        assert table.samples(file(f"b\n{cells}\n")).tolist() == [[1.0], [0.0]]


def test_a_table_is_plain_data_and_comes_back(file):
    table = read_csv(file(GAPS), missing="mean").table
    assert Table.of_facts(json.loads(json.dumps(table.facts()))) == table


BAD_FACTS = {
    "no dict": lambda facts: 3,
    "a fact too few": lambda facts: facts.pop("fill"),
    "a fact too many": lambda facts: facts.update(more=1),
    "a target beyond": lambda facts: facts.update(target=9),
    "a target twice": lambda facts: facts.update(target=0),
    "a truth as a number": lambda facts: facts.update(target=True),
    "a mean too few": lambda facts: facts["mean"].pop(),
    "a scale of 0": lambda facts: facts["scale"].__setitem__(0, 0.0),
    "a mean of text": lambda facts: facts["mean"].__setitem__(0, "1"),
    "no finite mean": lambda facts: facts["mean"].__setitem__(0, float("nan")),
    "a class that is none": lambda facts: facts["classes"].__setitem__(0, None),
    "another task": lambda facts: facts.update(task="clustering"),
    "classes of a regression": lambda facts: facts.update(task="regression"),
    "an unknown kind": lambda facts: facts["features"][0].update(kind="date"),
    "a column without position": lambda facts: facts["features"][0].pop("position"),
    "a name of another": lambda facts: facts["features"][0].update(name="x"),
    "a column that is none": lambda facts: facts["features"].append(None),
    "another rule": lambda facts: facts.update(missing=[]),
}


@pytest.mark.parametrize("spoil", BAD_FACTS.values(), ids=BAD_FACTS)
def test_facts_that_no_table_gave_are_refused(file, spoil):
    facts = json.loads(json.dumps(read_csv(file(GAPS), missing="mean").table.facts()))
    spoilt = spoil(facts) if spoil(facts) == 3 else facts
    with pytest.raises(ValueError, match=r"table|column"):
        Table.of_facts(spoilt)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "height,breadth\n1,2\n",
            "the header lacks the columns 'width'; it holds 'height', 'breadth'",
        ),
        (
            "kind,breadth\n1,2\n",
            "the header lacks the columns 'height', 'width'; it holds 'kind', 'bread",
        ),
        (
            "1\n2\n",
            "the rows have 1 cells, but expected are 3, or 2 without the target 'target': 'height'",
        ),
        (
            "1,2,3,4\n",
            "the rows have 4 cells, but expected are 3, or 2 without the target 'target'",
        ),
        (
            "height,width\n1,tall\n",
            "line 2, column 2 ('width'): expected a finite number, but found",
        ),
        ("1,2\n3,inf\n", "line 2, column 2: expected a finite number, but found 'inf'"),
        ("1,2\n3,4\n3\n", "line 3 has 1 cell, but 2 are expected, as in most lines"),
        (
            "height,width\n",
            "the file holds a header only; expected a line for each sample below it",
        ),
        ("", "the file is empty"),
    ],
)
def test_bad_rows_are_refused_like_a_bad_table(file, content, message):
    path = file(content)
    with pytest.raises(DataError, match=re.escape(f"{path}: {message}")):
        TABLE.samples(path)


QUANTITIES = "a\tb\ttarget\n" + "".join(f"{i}\t{-i}e-1\t{i / 4}\n" for i in range(16))
EDITS = ("insert", "delete", "flip", "truncate", "duplicate")
BYTES = st.sampled_from(list(b'",;\t\n\r\0\xef\xff.-e_9')) | st.integers(0, 255)


def damaged(content, edits):
    """The bytes of a file after some random accidents."""
    for edit, place, length, byte in edits:
        i = place % (len(content) + 1)
        before, there, after = content[:i], content[i : i + length], content[i + length :]
        match edit:
            case "insert":
                content = before + bytes([byte]) + there + after
            case "delete":
                content = before + after
            case "flip":
                content = before + bytes([byte ^ old for old in there]) + after
            case "truncate":
                content = before
            case "duplicate":
                content = before + there + there + after
    return content


def read_or_message(read, path):
    """What was read, or with what words it was refused."""
    try:
        return read(path)
    except DataError as error:
        return str(error)


def test_a_damaged_file_is_read_whole_or_refused_and_never_breaks_the_reader(file):
    outcomes = set()

    @settings(max_examples=200)
    @given(
        content=st.sampled_from([TREES, LINES, TREES.replace(",", ";"), QUANTITIES]),
        edits=st.lists(
            st.tuples(st.sampled_from(EDITS), st.integers(0, 2000), st.integers(1, 40), BYTES),
            min_size=1,
            max_size=4,
        ),
    )
    def check(content, edits):
        path = file(damaged(content.encode(), edits))
        made = read_or_message(read_csv, path)
        outcomes.add(type(made))
        if isinstance(made, Dataset):
            width = {len(row) for row in made.X_train + made.X_test}
            assert width == {len(made.features)} == {len(made.mean)} == {len(made.scale)}
            assert Table.of_facts(json.loads(json.dumps(made.table.facts()))) == made.table
            assert np.isfinite(made.X_train + made.X_test).all()
            assert np.isfinite(made.y_train + made.y_test).all()
        rows = read_or_message(TABLE.samples, path)
        outcomes.add(type(rows))
        if isinstance(rows, np.ndarray):
            assert np.isfinite(rows).all()
            assert np.shape(rows)[1] == 2

    check()
    assert outcomes == {Dataset, np.ndarray, str}
