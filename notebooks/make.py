"""Makes the notebooks: one source, three files.

    python -m notebooks.make                 executes every source, and writes all notebooks
    python -m notebooks.make 01 05           only those
    python -m notebooks.make --check         says which notebooks are not those of their source

A source is Python in the percent format, notebooks/source/01_neuron.py: `# %%` begins a cell of code,
`# %% [markdown]` one of text. Tags say what a cell is for:

    tags=["L3", "L4"]      the claims of the lecture that it shows and asserts
    tags=["exercise"]      what a student is to write, between ### BEGIN SOLUTION and ### END SOLUTION
    tags=["test"]          judges the exercise before it
    tags=["setup"]         the first cell, which installs on Colab

From it come notebooks/01_neuron.ipynb, the lecture, with outputs and slides; notebooks/student/..., with
the exercises and without solutions and outputs; and notebooks/solutions/..., executed as a whole. The
cells of the exercises have nbgrader's metadata.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "source"
STUB = "raise NotImplementedError  # your code here"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SECONDS = 300  # after which a cell is given up

Notebook = Any  # nbformat has no types


def sources(numbers: Iterable[str] = ()) -> list[Path]:
    """The sources whose names begin with these numbers; all if none are given."""
    found = sorted(SOURCES.glob("[0-9][0-9]_*.py"))
    wanted = tuple(numbers)
    return [path for path in found if not wanted or path.name.startswith(wanted)]


def read(source: Path) -> Notebook:
    """A source as a notebook, complete, without outputs; the same bytes give the same notebook."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem[:2]}-{number:03d}"
        metadata = {"tags": cell.metadata.get("tags", [])}
        metadata["slideshow"] = {"slide_type": _slide_type(cell, number)}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if grading := _grading(cell, source.stem):
                metadata["nbgrader"] = grading
        cell.metadata = nbformat.from_dict(metadata)
    return notebook


def tags_of(cell: Notebook) -> list[str]:
    """A cell's tags."""
    return list(cell.metadata.get("tags", []))


def _slide_type(cell: Notebook, number: int) -> str:
    # A heading begins a slide; what follows it stands below, on the same slide.
    if "slideshow" in cell.metadata:
        return str(cell.metadata.slideshow.slide_type)
    if cell.cell_type == "markdown" and re.match(r"#{1,2} ", cell.source):
        return "slide"
    return "skip" if "setup" in tags_of(cell) else "-"


def _grading(cell: Notebook, stem: str) -> dict[str, Any]:
    """nbgrader's metadata for a cell that a student writes, or that judges it."""
    is_exercise, is_test = "exercise" in tags_of(cell), "test" in tags_of(cell)
    if not (is_exercise or is_test):
        return {}
    return {
        "grade": is_test,
        "grade_id": f"{stem}-{cell.id}",
        "locked": is_test,
        "schema_version": 3,
        "solution": is_exercise,
        "task": False,
        **({"points": 1} if is_test else {}),
    }


def execute(notebook: Notebook, folder: Path = FOLDER) -> Notebook:
    """A copy with outputs, from a fresh kernel that runs in a folder."""
    executed = deepcopy(notebook)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(executed, timeout=SECONDS, kernel_name="python3", resources=resources).execute()
    for cell in executed.cells:
        cell.metadata.pop("execution", None)  # the time of day
    return executed


def lecture(executed: Notebook) -> Notebook:
    """What is projected: everything but the students' cells and those that judge them."""
    notebook = deepcopy(executed)
    notebook.cells = [
        cell for cell in notebook.cells if not {"exercise", "test"} & set(tags_of(cell))
    ]
    return notebook


def student(notebook: Notebook) -> Notebook:
    """What students get: exercises without solutions, and no outputs."""
    copy = deepcopy(notebook)
    solution = re.compile(
        r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL | re.MULTILINE
    )
    for cell in copy.cells:
        if "exercise" in tags_of(cell):
            cell.source = solution.sub(rf"\1{STUB}", cell.source)
    return copy


def solutions(executed: Notebook) -> Notebook:
    """Everything, executed; the marks around solutions are left out."""
    copy = deepcopy(executed)
    for cell in copy.cells:
        cell.source = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE)
        cell.source = cell.source.rstrip("\n")
    return copy


def paths(source: Path) -> dict[str, Path]:
    """Where the three notebooks of a source are."""
    name = f"{source.stem}.ipynb"
    return {
        "lecture": FOLDER / name,
        "student": FOLDER / "student" / name,
        "solutions": FOLDER / "solutions" / name,
    }


def make(source: Path) -> None:
    """Execute a source, and write its three notebooks."""
    notebook = read(source)
    executed = execute(notebook)
    made = {
        "lecture": lecture(executed),
        "student": student(notebook),
        "solutions": solutions(executed),
    }
    for kind, path in paths(source).items():
        path.parent.mkdir(exist_ok=True)
        nbformat.validate(made[kind])
        nbformat.write(made[kind], path)


def cells_of(notebook: Notebook) -> list[tuple[str, str]]:
    """The kinds and the texts of a notebook's cells, by which two are compared."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def outdated(source: Path) -> list[Path]:
    """The notebooks whose cells are not those of the source."""
    notebook = read(source)
    expected = {
        "lecture": lecture(notebook),
        "student": student(notebook),
        "solutions": solutions(notebook),
    }
    return [
        path
        for kind, path in paths(source).items()
        if not path.exists() or cells_of(nbformat.read(path, 4)) != cells_of(expected[kind])
    ]


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m notebooks.make", description="Makes the notebooks.")
    parser.add_argument("number", nargs="*", help="the number of a notebook: 01; all if none is given")
    parser.add_argument("--check", action="store_true", help="only say which are out of date")
    options = parser.parse_args(arguments)
    wrong = [number for number in options.number if not sources([number])]
    if wrong:
        parser.error(f"there is no notebook {wrong[0]} in {SOURCES}")
    if options.check:
        old = [path for source in sources(options.number) for path in outdated(source)]
        for path in old:
            print(f"{path} is not what its source makes: python -m notebooks.make {path.name[:2]}")
        return bool(old)
    for source in sources(options.number):
        print(source.stem, flush=True)
        make(source)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
