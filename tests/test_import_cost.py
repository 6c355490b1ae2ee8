"""Importing the engine costs a beginner, a notebook and a command line nothing they can feel."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"_glassgrad_install", "autograd", "nn"}

# What the interpreter loads at its own start (site, .pth files) is not counted.
LOADED_BY = """
import sys
before = set(sys.modules)
import {package}
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}})
"""


def loaded_by_importing(package: str) -> set[str]:
    """The top-level names of all modules that `import package` loads in a new interpreter."""
    command = [sys.executable, "-c", LOADED_BY.format(package=package)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_import_loads_the_standard_library_and_ourselves_only(package: str) -> None:
    loaded = loaded_by_importing(package)
    assert package in loaded
    assert loaded - OURS <= sys.stdlib_module_names


def test_the_engine_does_not_load_the_rooms_above_it() -> None:
    assert "nn" not in loaded_by_importing("autograd")
    assert "viz" not in loaded_by_importing("nn")
