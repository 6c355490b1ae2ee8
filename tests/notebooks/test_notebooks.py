"""The notebooks run, show their claims, and are what their sources make."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from notebooks import make

SOURCES = make.sources()
SMALL = 2_000_000  # bytes

every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
every_file = pytest.mark.parametrize(
    "path", [make.path_of(source) for source in SOURCES], ids=lambda path: path.stem
)

# What a notebook runs behind a test: the same test, of the exercise as a student gets it.
REFUSAL = """\
try:
    exec({stub!r})
    exec({test!r})
except Exception:
    exec({solution!r})
else:
    raise RuntimeError("the test of an exercise accepts it without a solution")
"""


def with_refusals(notebook: Any) -> Any:
    """A notebook in which each test must also refuse the exercise without its solution."""
    copy = deepcopy(notebook)
    cells, solution = [], ""
    for cell in copy.cells:
        cells.append(cell)
        if "exercise" in make.tags_of(cell):
            solution = cell.source
        if "test" in make.tags_of(cell):
            refusal = REFUSAL.format(
                stub=make.without_solution(solution), test=cell.source, solution=solution
            )
            cells.append(nbformat.v4.new_code_cell(refusal))
    copy.cells = cells
    return copy


@pytest.mark.notebook
@every_source
def test_a_notebook_runs_in_a_fresh_kernel_and_its_tests_refuse_exercises_not_done(
    source: Path,
) -> None:
    make.execute(with_refusals(make.read(source)))


def test_there_are_ten_notebooks() -> None:
    assert [source.stem[:2] for source in SOURCES] == [f"{n:02d}" for n in range(1, 11)]


@every_source
def test_the_notebooks_have_the_cells_of_their_source(source: Path) -> None:
    assert not make.is_outdated(source)


def test_the_index_is_that_of_the_sources() -> None:
    assert make.INDEX.read_text(encoding="utf-8") == make.index()


@pytest.mark.parametrize("claim", make.CLAIMS)
def test_each_claim_of_the_lecture_is_asserted_in_the_cell_that_shows_it(claim: str) -> None:
    cells = [cell for source in SOURCES for cell in make.lecture(make.read(source)).cells]
    showing = [cell for cell in cells if claim in make.tags_of(cell)]
    assert showing
    assert all(re.search(r"^\s*assert ", cell.source, re.MULTILINE) for cell in showing)


@every_source
def test_a_notebook_ends_with_exercises_that_are_judged(source: Path) -> None:
    notebook = make.read(source)
    tags = [tag for cell in notebook.cells for tag in make.tags_of(cell)]
    assert tags.count("exercise") >= 2
    assert tags.count("test") >= tags.count("exercise")
    for cell in notebook.cells:
        if "exercise" in make.tags_of(cell):
            assert make.without_solution(cell.source) != cell.source


@every_file
def test_a_file_is_a_valid_notebook_and_small(path: Path) -> None:
    nbformat.validate(nbformat.read(path, 4))
    assert path.stat().st_size < SMALL


def outputs_of(path: Path) -> list[Any]:
    return [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]


@every_file
def test_a_file_shows_no_error_no_address_in_memory_and_no_path_of_the_machine(path: Path) -> None:
    for output in outputs_of(path):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text
        texts = output.get("data", {})
        told = output.get("text", "") + texts.get("text/plain", "") + texts.get("text/html", "")
        assert not re.search(r"0x[0-9a-f]{6,}|/home/|/tmp/|/root/|site-packages", told), told


@every_file
def test_every_svg_has_a_png_beside_it_for_viewers_that_show_none(path: Path) -> None:
    for output in outputs_of(path):
        if "image/svg+xml" in output.get("data", {}):
            assert "image/png" in output.data


@every_source
def test_the_students_file_has_neither_solutions_nor_outputs(source: Path) -> None:
    text = nbformat.writes(make.student(make.read(source)))
    assert '"outputs": []' in text
    assert not re.search(r"SOLUTION|\"output_type\"", text)


@every_source
def test_the_lecture_shows_pictures(source: Path) -> None:
    outputs = outputs_of(make.path_of(source))
    assert any("image/png" in output.get("data", {}) for output in outputs)


@every_source
def test_slides_begin_at_headings_and_leave_out_the_installation(source: Path) -> None:
    cells = make.read(source).cells
    types = [cell.metadata.slideshow.slide_type for cell in cells]
    assert types[:2] == ["slide", "skip"]
    assert types.count("slide") >= 4


def test_grade_ids_are_unique_as_nbgrader_asks() -> None:
    ids = [
        cell.metadata.nbgrader.grade_id
        for source in SOURCES
        for cell in make.read(source).cells
        if "nbgrader" in cell.metadata
    ]
    assert len(ids) == len(set(ids))


def test_no_file_tells_of_the_machine_or_the_python_that_made_it() -> None:
    for source in SOURCES:
        metadata = json.loads(make.path_of(source).read_text(encoding="utf-8"))["metadata"]
        assert metadata == {"kernelspec": make.KERNEL, "language_info": {"name": "python"}}
