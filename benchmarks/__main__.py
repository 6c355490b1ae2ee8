"""Speed of training steps: ours, eager and compiled, beside micrograd, PyTorch and JAX, in one run.

    pip install -e '.[bench,jit]' torch jax
    python -m benchmarks                          20 minutes
    python -m benchmarks --quick                  a minute: it runs, and the results agree
    python -m benchmarks --only moons,digits --rows torch,compiled
    python -m benchmarks --markdown               the same as tables in Markdown

Run it in the repository's top directory. What is measured stands in benchmarks/workloads.py, who is and
how each writes its step in benchmarks/sides.py, how it is measured in benchmarks/measure.py. A round has
one fresh process for each cell, a workload's one after another, each first in its turn; a ratio is taken
within a round. The tables give medians over the rounds, and the ratios' lowest and highest. A cell that
cannot be measured is blank, with its reason below the tables.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.eager import in_fresh_process
from benchmarks.measure import ENVIRONMENT, Measurement, empty_caches, measure, measure_growth
from benchmarks.report import GROWTH, Results, report
from benchmarks.sides import COMPILED, EAGER, LOOPS, SIDES, TORCH_COMPILED
from benchmarks.workloads import CIFAR, GROWING, NETWORKS, README, TITLES, prepare


def unavailable(workload: str, side: str, quick: bool) -> str:
    """Why a cell cannot be measured here, or ""."""
    for name, module in SIDES[side].needs if side in SIDES else ():
        if find_spec(module) is None:
            return f"{name} is not installed"
    if side == TORCH_COMPILED:
        compilers = (os.environ.get("CXX"), "g++", "c++", "clang++", "cl")
        if not any(compiler and shutil.which(compiler) for compiler in compilers):
            return "torch.compile needs a C++ compiler, and there is none"
    if side == LOOPS and workload == README:
        return "the example has no nn to do without"
    if quick and workload == CIFAR and side in (EAGER, LOOPS):
        return "takes too long for a quick run"
    return ""


def run(function: Callable[..., Measurement], *arguments: Any) -> Measurement:
    """Measure in a fresh process; one that dies leaves a blank."""
    try:
        with empty_caches():
            return in_fresh_process(function, *arguments)
    except Exception as error:
        return Measurement(None, reason=f"{type(error).__name__}: {error}")


def measure_all(
    workloads: Sequence[str], sides: Sequence[str], sizes: Sequence[int], n_rounds: int, quick: bool
) -> Results:
    """Every cell, once a round; a cell that is blank in one round is not tried again."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for workload in workloads:
            if workload in NETWORKS:
                in_fresh_process(prepare, workload, directory)
        cells: list[tuple[str, str | int]] = []
        for round_number in range(n_rounds):
            turn = round_number % max(1, len(sides))
            ordered = [*sides[turn:], *sides[:turn]]
            cells += [(workload, side) for workload in workloads for side in ordered]
            cells += [(GROWTH, size) for size in sizes]
        # tqdm is silent where standard error is no terminal.
        for cell in tqdm(cells, unit="process", disable=None, leave=False):
            workload, side = cell
            measured = results.setdefault(cell, [])
            if measured and measured[-1].step is None:
                measurement = measured[-1]
            elif isinstance(side, int):
                measurement = run(measure_growth, side, quick)
            elif reason := unavailable(workload, side, quick):
                measurement = Measurement(None, reason=reason)
            else:
                measurement = run(measure, workload, side, directory, quick)
            measured.append(measurement)
    return results


def chosen(names: str | None, known: Sequence[str], what: str) -> list[str]:
    """Those of a list, in the order of the known; SystemExit if there is none of that name."""
    if names is None:
        return list(known)
    asked = [name.strip() for name in names.split(",")]
    for name in asked:
        if name not in known:
            raise SystemExit(f"{name!r} is none of the {what}: {', '.join(known)}")
    return [name for name in known if name in asked]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    columns, rows = [*TITLES, GROWTH], [*SIDES, LOOPS]
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"one short round, without {TORCH_COMPILED} unless --rows names it",
    )
    parser.add_argument("--rounds", type=int, help="how many rounds (default: 5)")
    parser.add_argument("--only", metavar="NAMES", help=f"some of {','.join(columns)}")
    parser.add_argument("--rows", metavar="NAMES", help=f"some of {','.join(rows)}")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    arguments = parser.parse_args()
    quick: bool = arguments.quick
    n_rounds = arguments.rounds or (1 if quick else 5)
    only = chosen(arguments.only, columns, "columns")
    sides = chosen(arguments.rows, rows, "rows")
    if quick and arguments.rows is None:
        sides.remove(TORCH_COMPILED)
    sizes = [size for size in GROWING if not quick or size <= 10**4]
    if GROWTH not in only or COMPILED not in sides:
        sizes = []
    workloads = [name for name in only if name != GROWTH]

    os.environ.update(ENVIRONMENT)
    results = measure_all(workloads, sides, sizes, n_rounds, quick)
    print(report(results, workloads, sides, sizes, n_rounds, arguments.markdown))
    if any("WRONG RESULT" in m.reason for cell in results.values() for m in cell):
        sys.exit(1)


if __name__ == "__main__":
    main()
