"""Laws of reading CSV files: what a table means, and that a damaged one is refused in words."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nn.data import DataError, Dataset, dataset, read_csv, read_rows

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


def test_the_delimiter_is_the_first_of_tab_semicolon_and_comma_in_the_first_line(file):
    made = read_csv(file("a;b,c;kind\n" + "1;2;x\n2;3;y\n" * 4))
    assert made.features == ("a", "b,c")
    made = read_csv(file("a;b\tkind\n" + "1\tx\n2\ty\n" * 4))
    assert made.features == ("a;b",)


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
        (["9", "10", "n/a"], ("multiclass", 3, ("10", "9", "n/a"), [1, 0, 2])),
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


def test_a_hundred_whole_numbers_are_classes_and_more_are_refused(file):
    content = "a,year\n" + "".join(f"1,{i}\n" * 5 for i in range(100))
    assert read_csv(file(content)).n_outputs == 100
    with pytest.raises(DataError, match=r"column 2 \('year'\) holds 101 different whole numbers"):
        read_csv(file(content + "1,100\n" * 5))


def test_whole_quantities_are_read_as_the_message_advises(file):
    path = file("a,year\n" + "".join(f"{i},{i + 1900}\n" for i in range(150)))
    with pytest.raises(
        DataError, match=r"read them with read_rows\(\) and hand them to dataset\(\)"
    ):
        read_csv(path)
    y = [year for (year,) in read_rows(path, ["year"])]
    made = dataset("years", read_rows(path, ["a"]), y)
    assert (made.task, sorted(made.y_train + made.y_test)) == ("regression", y)


# What is wrong with a file, its content, and what the message says.
BAD_FILES = {
    "empty": ("", "the file is empty; expected a line for each sample"),
    "blank": ("\n \n", "the file is empty; expected a line for each sample"),
    "only a header": (
        HEADER,
        "the file holds a header only; expected a line for each sample below",
    ),
    "one column": ("a\n1\n2\n", "the file has one column only; expected features and a target"),
    "short row": (TREES + "5,6\n", "line 26 has 2 cells, but 3 are expected, as in line 1"),
    "long row": (TREES + "5,6,oak,\n", "line 26 has 4 cells, but 3 are expected, as in line 1"),
    "short row between blank lines": (
        "\n" + TREES + "\n5\n",
        "line 28 has 1 cell, but 3 are expected, as in line 2",
    ),
    "row after one of two lines": (
        TREES.replace("oak", '"oak\n"', 1) + "5\n",
        "line 27 has 1 cell, but 3 are expected, as in line 1",
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
    "empty cell in the first line": (
        "5,,oak\n" + LINES,
        "line 1, column 2: expected a finite number, but the cell is empty",
    ),
    "empty target": (
        TREES + "5,6,\n",
        "line 26, column 3 ('kind'): expected a class or a number, but the cell is empty",
    ),
    "text": (
        TREES + "tall,6,oak\n",
        "line 26, column 1 ('height'): expected a finite number, but found 'tall'",
    ),
    "long text": (TREES + f"5,{'x' * 50},oak\n", f"but found '{'x' * 40}'…"),
    "underscore": (TREES + "1_0,6,oak\n", "expected a finite number, but found '1_0'"),
    "digit of another script": (TREES + "٣,6,oak\n", "expected a finite number, but found '٣'"),
    "decimal comma": (
        TREES + '5,"6,5",oak\n',
        "but found '6,5'; decimals begin with a point, as in 1.5",
    ),
    "nan": (
        TREES + "5,nan,oak\n",
        "line 26, column 2 ('width'): expected a finite number, but found 'nan'",
    ),
    "minus infinity": (TREES + "5,-inf,oak\n", "expected a finite number, but found '-inf'"),
    "too large": (TREES + "5,1e999,oak\n", "expected a finite number, but found '1e999'"),
    "nan in the target": (
        TREES + "5,6,NaN\n",
        "line 26, column 3 ('kind'): expected a class or a finite number, but found 'NaN'",
    ),
    "Latin-1": (
        TREES.encode() + b"5,6,\xe9lm\n",
        "line 26 has the byte 0xe9, which is not UTF-8: save the file as CSV in UTF-8",
    ),
    "UTF-16": (TREES.encode("utf-16"), "line 1 has the byte 0xff, which is not UTF-8"),
    "UTF-16 without mark": (TREES.encode("utf-16-le"), "line 1 has a NUL character"),
    "NUL": (TREES + "5,6,o\0k\n", "line 26 has a NUL character, so that this is no text in UTF-8"),
    "NUL, lines of old Macs": (TREES.replace("\n", "\r") + "\0", "line 26 has a NUL character"),
    "NUL, lines of Windows": (TREES.replace("\n", "\r\n") + "\0", "line 26 has a NUL character"),
    "open quote": (
        TREES + '5,6,"oak\n7,8,elm\n',
        'line 26 has a quoted cell that does not end: expected another " by the end of the file',
    ),
    "text after a quote": (
        TREES + '5,6,"oak"s\n',
        "line 26 has a quote out of place (',' expected after '\"'): a \" within a quoted cell is",
    ),
    "long cell": (TREES + f"5,6,{'x' * 200_000}\n", "line 26 has a cell of more than 131072 char"),
    "open quote and much below": (
        TREES + '5,6,"' + "oak\n" * 50_000,
        "line 26 has a cell of more than 131072 characters",
    ),
    "two columns of one name": (
        "a,b,a\n1,2,x\n",
        "line 1: columns 1 and 3 are both called 'a'; expected different names",
    ),
    "column without name": (
        ",b,kind\n1,2,x\n",
        "line 1, column 1: expected the column's name, but the cell is empty",
    ),
    "one class": (
        "a,kind\n1,x\n2,x\n",
        "column 2 ('kind') holds one class only, 'x': expected at least 2",
    ),
    "one class below no header": ("1,0\n2,0\n", "column 2 holds one class only, '0': expected at"),
    "class of one sample": (
        TREES + "5,6,yew\n",
        "line 26, column 3 ('kind'): the class 'yew' occurs here only, but a class needs a sample",
    ),
    "number of one sample": (
        "a,b\n1,1\n2,1\n3,2\n",
        "line 4, column 2 ('b'): the class '2' occurs here only, but a class needs a sample to train "
        "on and one to hold out: add some, or delete the line; if they are quantities, read them",
    ),
    "text among quantities": (
        "a,b\n1,2\n2,n/a\n3,2.5\n",
        "line 3, column 2 ('b'): expected a number, like 2.5 in line 4, but found 'n/a'",
    ),
    "few samples": (
        "a,b\n1,x\n2,y\n3,x\n4,y\n",
        "test_size=0.25 leaves 3 of 4 samples to train on and holds out 1, but both parts need one",
    ),
    "variance too large": (
        "a,b\n1e308,1.5\n-1e308,2.5\n1e308,3.5\n",
        "feature 0 ('a') cannot be standardized",
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
    ("target", "message"),
    [
        (
            "sort",
            "the first line has no column 'sort': it holds 'height', 'width', 'kind'; if it is no",
        ),
        (
            3,
            "there is no column 3: the columns are numbered from 0 to 2, and the first line holds 'he",
        ),
        (-4, "there is no column -4: the columns are numbered from 0 to 2"),
        ("height", "line 2, column 2 ('width'): expected a finite number, but found 'elm'"),
    ],
)
def test_an_unknown_target_is_answered_with_the_columns(file, target, message):
    content = TREES if target != "height" else "height,width,kind\n1,elm,2\n"
    with pytest.raises(DataError, match=re.escape(message)):
        read_csv(file(content), target)


def test_a_wide_table_is_not_listed_in_full(file):
    names = [f"c{i}" for i in range(1000)]
    with pytest.raises(DataError, match=r"'c19', … \(1000 in all\)"):
        read_csv(file(",".join(names) + "\n"), "kind")


def test_a_target_of_another_type_is_a_type_error(file):
    with pytest.raises(TypeError, match="float"):
        read_csv(file(TREES), 1.0)


@pytest.mark.parametrize("read", [read_csv, lambda path: read_rows(path, ["a"])])
def test_a_missing_file_and_a_folder_are_told_apart(tmp_path, read):
    with pytest.raises(FileNotFoundError, match=r"there is no CSV file .*nowhere\.csv"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="this is a folder; expected the path of a CSV file"):
        read(tmp_path)


def test_rows_are_matched_by_name_in_whatever_order_and_others_ignored(file):
    path = file("kind,width,note,height\n?,2,,1\n?,4,nan,3\n")
    assert read_rows(path, ["height", "width"]) == [[1.0, 2.0], [3.0, 4.0]]


def test_rows_without_header_are_matched_by_position(file):
    features = ("height", "width")
    assert read_rows(file("1,2\n3,4\n"), features) == [[1.0, 2.0], [3.0, 4.0]]
    assert read_rows(file("1,2,oak\n3,4,\n"), features) == [[1.0, 2.0], [3.0, 4.0]]
    assert read_rows(file("oak,1,2\n"), features, target=0) == [[1.0, 2.0]]
    assert read_rows(file("1,oak,2\n"), features, target=-2) == [[1.0, 2.0]]
    assert read_rows(file("7\n8\n"), ["height"]) == [[7.0], [8.0]]


def test_the_rows_of_a_file_are_the_samples_that_it_was_trained_on(file):
    for content in (TREES, LINES):
        path = file(content)
        made = read_csv(path, standardize=False)
        assert sorted(read_rows(path, made.features)) == sorted(made.X_train + made.X_test)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("height,breadth\n1,2\n", "line 1 lacks the columns 'width'; it holds 'height', 'breadth'"),
        (
            "kind,breadth\n1,2\n",
            "line 1 lacks the columns 'height', 'width'; it holds 'kind', 'bread",
        ),
        (
            "1\n2\n",
            "line 1 has 1 cell, but the 2 features 'height', 'width' are expected, and at most",
        ),
        ("1,2,3,4\n", "line 1 has 4 cells, but the 2 features 'height', 'width' are expected"),
        (
            "height,width\n1,tall\n",
            "line 2, column 2 ('width'): expected a finite number, but found",
        ),
        ("1,2\n3,inf\n", "line 2, column 2: expected a finite number, but found 'inf'"),
        ("1,2\n3\n", "line 2 has 1 cell, but 2 are expected, as in line 1"),
        ("height,width,height\n1,2,3\n", "line 1: columns 1 and 3 are both called 'height'"),
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
        read_rows(path, ["height", "width"])


def test_rows_need_the_names_of_features(file):
    with pytest.raises(ValueError, match="features must name at least one column"):
        read_rows(file(TREES), [])


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
            assert np.isfinite(made.X_train + made.X_test).all()
            assert np.isfinite(made.y_train + made.y_test).all()
        rows = read_or_message(lambda path: read_rows(path, ("height", "width")), path)
        outcomes.add(type(rows))
        if isinstance(rows, list):
            assert np.isfinite(rows).all()
            assert np.shape(rows)[1] == 2

    check()
    assert outcomes == {Dataset, list, str}
