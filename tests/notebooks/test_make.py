"""The tool that makes three notebooks of one source."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from notebooks import make

SOURCE = '''# %% [markdown]
# # Squares
#
# What a square is.

# %% [markdown]
# ## Seen

# %% tags=["L1", "L3"]
assert 3 * 3 == 9

# %% [markdown]
# ## Exercises

# %% tags=["exercise"]
def square(x):
    """The square of x."""
    ### BEGIN SOLUTION
    result = x * x
    return result
    ### END SOLUTION

# %% tags=["test"]
assert square(3) == 9
'''


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source of its own, in a folder of its own."""
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    monkeypatch.setattr(make, "SOURCES", tmp_path / "source")
    monkeypatch.setattr(make, "INDEX", tmp_path / "README.md")
    (tmp_path / "source").mkdir()
    (tmp_path / "README.md").write_text(
        "Before.\n<!-- claims -->\nold\n<!-- end of claims -->\nAfter.\n"
    )
    path = tmp_path / "source" / "01_squares.py"
    path.write_text(SOURCE)
    return path


def test_the_lecture_leaves_out_what_students_write_and_the_student_file_the_solutions(
    source: Path,
) -> None:
    notebook = make.read(source)
    lecture, student = make.lecture(notebook), make.student(notebook)
    assert "square(" not in "".join(cell.source for cell in lecture.cells)
    (exercise,) = (cell for cell in student.cells if "exercise" in make.tags_of(cell))
    assert exercise.source == (
        'def square(x):\n    """The square of x."""\n    # YOUR CODE HERE\n'
        "    raise NotImplementedError()"
    )
    assert [cell.id for cell in student.cells] == [cell.id for cell in notebook.cells]


def test_exercises_have_nbgraders_metadata(source: Path) -> None:
    by_tag = {tag: cell for cell in make.read(source).cells for tag in make.tags_of(cell)}
    exercise, test = by_tag["exercise"].metadata.nbgrader, by_tag["test"].metadata.nbgrader
    assert (exercise.solution, exercise.grade, exercise.locked) == (True, False, False)
    assert (test.solution, test.grade, test.locked, test.points) == (False, True, True, 1)
    assert exercise.grade_id != test.grade_id


@pytest.mark.notebook
def test_the_same_source_gives_the_same_lecture_which_check_accepts(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make.main(["--check"]) == 1
    assert "01_squares.ipynb is not what its source makes" in capsys.readouterr().out
    assert make.main([]) == 0
    first = make.path_of(source).read_bytes()
    assert make.main(["01"]) == 0
    assert make.path_of(source).read_bytes() == first
    assert make.main(["--check"]) == 0
    source.write_text(SOURCE.replace("3 * 3", "9 * 1"))
    capsys.readouterr()
    assert make.main(["--check"]) == 1
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.notebook
def test_a_cell_that_fails_stops_the_making_and_leaves_the_old_file(source: Path) -> None:
    make.main([])
    old = make.path_of(source).read_bytes()
    source.write_text(SOURCE.replace("3 * 3 == 9", "3 * 3 == 8"))
    with pytest.raises(Exception, match="3 == 8"):
        make.main([])
    assert make.path_of(source).read_bytes() == old


def test_the_exercises_of_a_class_are_written_without_executing_anything(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(SOURCE.replace("3 * 3 == 9", "3 * 3 == 8"))  # would fail if it ran
    assert make.main(["--exercises"]) == 0
    student, solutions = (
        nbformat.read(tmp_path / kind / "01_squares.ipynb", 4) for kind in ("student", "solutions")
    )
    assert student.cells == make.student(make.read(source)).cells
    assert solutions.cells == make.read(source).cells
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_index_names_the_cells_that_show_a_claim_and_keeps_the_text_around(
    source: Path, tmp_path: Path
) -> None:
    text = make.index()
    assert f"| L3 | {make.CLAIMS['L3']} | [01](01_squares.ipynb) Seen (4) |" in text
    assert f"| L2 | {make.CLAIMS['L2']} |  |" in text
    assert text.startswith("Before.\n")
    assert text.endswith("\nAfter.\n")
    assert make.index_with(make.index_table({}), text) != text


def test_a_number_that_no_source_has_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make.main(["07"])
    assert "there is no source 07" in capsys.readouterr().err


def test_the_first_cell_installs_on_colab_only(source: Path) -> None:
    setup = make.read(source).cells[1]
    assert make.tags_of(setup) == ["setup"]
    assert 'if "google.colab" in sys.modules' in setup.source


def test_a_file_is_a_notebook_that_jupyter_accepts(source: Path) -> None:
    notebook = make.read(source)
    for made in (make.lecture(notebook), make.student(notebook), notebook):
        nbformat.validate(made)
        assert made.nbformat == 4
