"""The benchmarks run, report each of their rows, and refuse to compare what differs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.eager import require_agreement


def test_the_eager_benchmark_prints_every_row() -> None:
    pytest.importorskip("micrograd", reason="micrograd, of the extra `bench`, is not installed")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks.eager", "--quick"],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    for row in (
        "README example",
        "micrograd's demo step over each Value",
        "our nn's step beside it",
        "data in lists, no scikit-learn: over each Value",
        "data in lists, no scikit-learn: our nn's step",
        "1,000 nodes, collector off",
        "10,000 nodes, collector off",
        "1,000 nodes, collector on",
        "10,000 nodes, collector on",
        "growth from 1,000 to 10,000, collector off",
        "growth from 1,000 to 10,000, collector on",
        "built",
        "after backward",
    ):
        assert sum(line.startswith(row) for line in lines) == 1, row


def test_results_that_differ_from_micrograds_are_not_reported() -> None:
    require_agreement("a row", [1.0, 2.0 + 1e-12], [1.0, 2.0])
    with pytest.raises(SystemExit, match="a row: result 1"):
        require_agreement("a row", [1.0, 2.0 + 1e-8], [1.0, 2.0])
