"""Makes the notebooks: one source, three files.

    python -m notebooks.make                 executes every source, and writes all notebooks
    python -m notebooks.make 01 05           only those
    python -m notebooks.make --check         says what is not as its source would make it

A source is Python in the percent format, as in notebooks/source/01_neuron.py: `# %%` begins a cell of
code, `# %% [markdown]` one of text. Tags say what a cell is for:

    tags=["L3", "L4"]      the claims of the lecture that it shows and asserts
    tags=["exercise"]      what a student is to write, between ### BEGIN SOLUTION and ### END SOLUTION
    tags=["test"]          judges the exercise before it

From it come notebooks/01_neuron.ipynb, the lecture, with outputs; student/01_neuron.ipynb, with the
exercises, and without solutions and outputs; and solutions/01_neuron.ipynb, executed as a whole. The
cells of exercises have nbgrader's metadata and marks, so that a file of solutions is what
`nbgrader generate_assignment` takes. All have slides, and a first cell that installs on Colab. The index
in notebooks/README.md is made of the tags.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from traitlets import default

from nn.files import write_atomically

FOLDER = Path(__file__).parent
SOURCES = FOLDER / "source"
INDEX = FOLDER / "README.md"
CLAIMS = {
    "L1": "scoring CIFAR-10's images takes 30,720 weights with one layer, 308,200 with two",
    "L2": "linear layers in a row are no more than one",
    "L3": "the unit is modelled on the nerve cell, and leaves much out",
    "L4": "a neuron's forward pass: a weighted sum, a bias, a sigmoid, which is a firing rate",
    "L5": "one neuron is a linear classifier, a binary softmax or an SVM",
    "L6": "regularization is gradual forgetting",
    "L7": "the sigmoid saturates, lets gradients vanish, and is not zero-centred",
    "L8": "tanh is a zero-centred sigmoid, and saturates too",
    "L9": "ReLU learns fast, and its units can die",
    "L10": "leaky and parametric ReLU, and the other activations",
    "L11": "a network is a graph without cycles",
    "L12": "the input is not counted as a layer, and the last layer has no activation",
    "L13": "the size of a network is its number of parameters: 41, and 26",
    "L14": "in the drawing a layer's work is on the lines, not in the circles",
    "L15": "one hidden layer comes as near as one likes to any continuous function",
    "L16": "a second hidden layer often helps, a fourth rarely",
    "L17": "more hidden units make more complicated regions, and overfit",
    "L18": "regularization smooths the regions of a large network",
    "L19": "dropout holds a network back by ignoring random units",
    "L20": "small networks end well or badly by chance, large ones about equally well",
    "L21": "backpropagation is the local gradient times the upstream one, gate by gate",
}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SECONDS = 300  # after which a cell is given up
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"  # nbgrader's

SETUP = """\
# On Colab, this gets the repository and installs it. Anywhere else, it does nothing.
import sys

if "google.colab" in sys.modules:
    repository = ""  # @param {type: "string"}
    if not repository:
        raise SystemExit("type above the address of the repository that this notebook is from")
    !git clone --quiet --depth 1 {repository} glassgrad
    %cd glassgrad/notebooks
    %pip uninstall --quiet --yes autograd
    %pip install --quiet .. hypothesis"""

Notebook = Any  # nbformat has no types


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels of the interpreter that runs, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _no_installed_kernels(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def sources(numbers: Iterable[str] = ()) -> list[Path]:
    """The sources whose names begin with these numbers; all if none are given."""
    found = sorted(SOURCES.glob("[0-9][0-9]_*.py"))
    wanted = tuple(numbers)
    return [path for path in found if not wanted or path.name.startswith(wanted)]


def read(source: Path) -> Notebook:
    """A source as a notebook, complete, without outputs; the same bytes give the same notebook."""
    notebook = jupytext.read(source, fmt="py:percent")
    title, *rest = notebook.cells
    setup = nbformat.v4.new_code_cell(SETUP, metadata={"tags": ["setup"]})
    notebook.cells = [title, setup, *rest]
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem[:2]}-{number:03d}"
        metadata: dict[str, Any] = {"tags": tags_of(cell)}
        metadata["slideshow"] = {"slide_type": _slide_type(cell)}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if grading := _grading(cell, source.stem):
                metadata["nbgrader"] = grading
        cell.metadata = nbformat.from_dict(metadata)
    return notebook


def tags_of(cell: Notebook) -> list[str]:
    """A cell's tags."""
    return list(cell.metadata.get("tags", []))


def _slide_type(cell: Notebook) -> str:
    # A heading begins a slide; what follows it stands below, on the same one.
    if "setup" in tags_of(cell):
        return "skip"
    heading = re.match(r"(#+) ", cell.source) if cell.cell_type == "markdown" else None
    if heading is None:
        return "-"
    return "slide" if len(heading[1]) <= 2 else "subslide"


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
    client = NotebookClient(
        executed,
        kernel_manager_class=ThisInterpreter,
        timeout=SECONDS,
        coalesce_streams=True,  # of which the kernel sends as many as time makes
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    executed.metadata = notebook.metadata  # without the version of this Python
    for cell in executed.cells:
        cell.metadata.pop("execution", None)  # the time of day
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_passing(output)]
    return executed


def _is_passing(output: Any) -> bool:
    """Whether an output is only for those who watch: a progress bar, empty when it is done."""
    return output.output_type == "display_data" and output.data == {"text/plain": ""}


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
    for cell in copy.cells:
        if "exercise" in tags_of(cell):
            cell.source = without_solution(cell.source)
    return copy


def without_solution(text: str) -> str:
    """The text of a cell, with a stub in place of its solution."""
    lines = []
    is_solution = False
    for line in text.split("\n"):
        if line.strip() == "### BEGIN SOLUTION":
            is_solution = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + part for part in STUB.split("\n")]
        elif line.strip() == "### END SOLUTION":
            is_solution = False
        elif not is_solution:
            lines.append(line)
    return "\n".join(lines)


def paths(source: Path) -> dict[str, Path]:
    """Where the three notebooks of a source are."""
    name = f"{source.stem}.ipynb"
    return {
        "lecture": FOLDER / name,
        "student": FOLDER / "student" / name,
        "solutions": FOLDER / "solutions" / name,
    }


def three(notebook: Notebook, executed: Notebook) -> dict[str, Notebook]:
    """The three notebooks that are made of one."""
    return {"lecture": lecture(executed), "student": student(notebook), "solutions": executed}


def make(source: Path) -> None:
    """Execute a source, and write its three notebooks."""
    notebook = read(source)
    for kind, made in three(notebook, execute(notebook)).items():
        nbformat.validate(made)
        path = paths(source)[kind]
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, (nbformat.writes(made) + "\n").encode())


def outdated(source: Path) -> list[Path]:
    """The notebooks of a source that have other cells than it would give them."""
    notebook = read(source)
    return [
        path
        for kind, expected in three(notebook, notebook).items()
        if not (path := paths(source)[kind]).exists()
        or _without_outputs(nbformat.read(path, 4)) != _without_outputs(expected)
    ]


def _without_outputs(notebook: Notebook) -> str:
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return json.dumps(copy, sort_keys=True)


def index_table(notebooks: dict[str, Notebook]) -> str:
    """A table in Markdown: for each claim, under which headings and in which cells it is shown.

    `notebooks` are the lectures, by the names of their files; cells are counted from 1.
    """
    lines = ["| | claim | shown and asserted in |", "| --- | --- | --- |"]
    for claim, text in CLAIMS.items():
        places = []
        for name, notebook in notebooks.items():
            heading, found = "", dict[str, list[str]]()
            for number, cell in enumerate(notebook.cells, start=1):
                if cell.cell_type == "markdown":
                    titles = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
                    heading = titles[-1] if titles else heading
                elif claim in tags_of(cell):
                    found.setdefault(heading, []).append(str(number))
            if found:
                told = ", ".join(f"{title} ({', '.join(cells)})" for title, cells in found.items())
                places.append(f"[{name.partition('_')[0]}]({name}) {told}")
        lines.append(f"| {claim} | {text} | {'; '.join(places)} |")
    return "\n".join(lines)


def index_with(table: str, text: str) -> str:
    """The text of the index, with this table between its marks."""
    begin, end = "<!-- claims -->\n", "\n<!-- end of claims -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n{table}\n{end}{tail}"


def index() -> str:
    """The index as it should be."""
    lectures = {f"{source.stem}.ipynb": lecture(read(source)) for source in sources()}
    return index_with(index_table(lectures), INDEX.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """The command; what it returns is its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m notebooks.make", description="Makes the notebooks from their sources."
    )
    parser.add_argument(
        "number", nargs="*", help="the number of a notebook, like 01; all if none is given"
    )
    parser.add_argument("--check", action="store_true", help="only say which are out of date")
    options = parser.parse_args(arguments)
    if wrong := [number for number in options.number if not sources([number])]:
        parser.error(f"there is no source {wrong[0]} in {SOURCES}")
    chosen = sources(options.number)
    if options.check:
        old = [path for source in chosen for path in outdated(source)]
        if INDEX.read_text(encoding="utf-8") != index():
            old.append(INDEX)
        for path in old:
            print(f"{path} is not what its source makes: run python -m notebooks.make")
        return bool(old)
    for source in chosen:
        print(source.stem, flush=True)
        make(source)
    write_atomically(INDEX, index().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
