"""Laws of sources in files: valid Python, the same everywhere, and never half written."""

import ast
import os
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Value
from autograd.compiler import cache
from autograd.strategies import programs

ROOT = Path(autograd.__file__).parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A directory of this test's own, where sources are kept."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "sources"))
    return tmp_path / "sources"


def sources_in(folder):
    return sorted(folder.glob("compiled_*.py"))


def text_of(number):
    return f"def value(x):\n    return x + {number}\n"


# Files.


def test_a_source_is_imported_from_a_file_named_after_its_contents(folder):
    module = cache.load(text_of(1.5), {})
    assert module.value(1.0) == 2.5
    (path,) = sources_in(folder)
    assert module.__file__ == str(path)
    assert path.read_text(encoding="utf-8") == text_of(1.5)
    assert re.fullmatch(r"compiled_[0-9a-f]{20}\.py", path.name)


def test_the_same_source_is_one_file_and_another_source_another(folder):
    for number in (1, 2, 1, 3, 1):
        assert cache.load(text_of(number), {}).value(0) == number
    assert len(sources_in(folder)) == 3


def test_names_that_are_given_are_found_by_the_source(folder):
    module = cache.load("def value(x):\n    return given(x)\n", {"given": lambda x: -x})
    assert module.value(2.0) == -2.0


def test_functions_of_one_source_with_other_operations_of_the_same_name_do_not_mix():
    def one(factor):
        @autograd.primitive(local_gradients=lambda out, x: (factor,))
        def scaled(x):
            return factor * x

        return autograd.compile(lambda x: scaled(x), 1.0)

    twice, thrice = one(2.0), one(3.0)
    assert twice.scalar_source == thrice.scalar_source
    assert (twice(1.0), thrice(1.0), twice(1.0)) == (2.0, 3.0, 2.0)
    assert twice(np.ones(2)).tolist() == [2.0, 2.0]
    assert thrice(np.ones(2)).tolist() == [3.0, 3.0]


def test_the_compiled_functions_sources_are_the_files(folder):
    weight = Value(2.0, "가중치")
    fast = autograd.compile(lambda x: weight * x, 1.0)
    fast(1.0)
    fast(np.ones(2))
    assert {path.read_text(encoding="utf-8") for path in sources_in(folder)} == {
        fast.source,
        fast.scalar_source,
    }


@pytest.mark.parametrize(
    "contents", [b"", b"def value(x):", b"raise SystemExit\n", b"\xff\xfe\x00"]
)
def test_a_file_that_is_not_what_it_should_be_is_written_again(contents, folder):
    cache.load(text_of(7), {})
    (path,) = sources_in(folder)
    path.write_bytes(contents)
    assert cache.load(text_of(7), {}).value(0) == 7
    assert path.read_text() == text_of(7)


def test_nothing_but_sources_is_left_in_the_directory(folder):
    for number in range(5):
        cache.load(text_of(number), {})
    names = {path.name for path in folder.iterdir()} - {"__pycache__"}
    assert names == {path.name for path in sources_in(folder)}


def test_a_source_that_could_not_be_written_leaves_no_file_behind(folder, monkeypatch):
    def full(*arguments):
        raise OSError("no space left on device")

    cache.load(text_of(1), {})
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        cache.load(text_of(2), {})
    assert len(list(folder.glob("*.*"))) == 1


# Which directory.


def test_where_nothing_can_be_written_a_temporary_directory_serves(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "file" / "sources"))
    folder = cache.directory()
    assert folder.is_dir()
    assert not folder.is_relative_to(tmp_path)
    assert cache.directory() == folder  # one for the whole process
    module = cache.load(text_of(4), {})
    assert (module.value(0), Path(module.__file__).parent) == (4, folder)
    shutil.rmtree(folder)


def test_the_directory_is_made_with_all_above_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "a" / "b" / "c"))
    assert cache.directory() == tmp_path / "a" / "b" / "c"
    assert cache.directory().is_dir()


def test_a_directory_that_somebody_deletes_is_made_again(folder):
    cache.load(text_of(1), {})
    shutil.rmtree(folder)
    assert cache.load(text_of(2), {}).value(0) == 2


def test_without_the_variable_it_is_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("GLASSGRAD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache._usable.cache_clear()
    try:
        folder = cache.directory()
        assert "glassgrad" in folder.parts
        if sys.platform == "linux":
            assert folder == tmp_path / "glassgrad"
    finally:
        cache._usable.cache_clear()


# Old sources.


def test_of_more_than_so_many_files_the_oldest_half_goes_with_what_was_made_of_it(
    folder, monkeypatch
):
    monkeypatch.setattr(cache, "LARGEST", 10)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for number in range(11):
        cache.load(text_of(number), {})
        newest = max(sources_in(folder), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1000.0 + number,) * 2)
    assert len(sources_in(folder)) == 11
    module = cache.load(text_of(11), {})
    kept = {path.read_text() for path in sources_in(folder)}
    assert kept == {text_of(number) for number in range(5, 12)}
    assert module.value(0) == 11
    compiled = list((folder / "__pycache__").iterdir())
    assert {path.name.partition(".")[0] for path in compiled} == {
        path.stem for path in sources_in(folder)
    }


def test_files_of_others_are_left_alone(folder, monkeypatch):
    monkeypatch.setattr(cache, "LARGEST", 1)
    cache.load(text_of(0), {})
    for name in ("notes.txt", "compiled.py", "other_1.py"):
        (folder / name).write_text("mine")
    for number in range(6):
        cache.load(text_of(number), {})
    assert {path.name for path in folder.iterdir()} >= {"notes.txt", "compiled.py", "other_1.py"}


def test_a_function_whose_source_has_been_deleted_goes_on_working(folder):
    fast = autograd.compile(lambda x: x * x, 1.0)
    assert fast(2.0) == 4.0
    for path in sources_in(folder):
        path.unlink()
    assert fast(3.0) == 9.0
    assert fast(np.array([3.0])).tolist() == [9.0]


# Valid Python, and tracebacks that show it.


@given(programs())
def test_sources_are_valid_python_that_uses_every_name_it_imports(program):
    fast = autograd.compile(program, *program.inputs)
    for text in (fast.source, fast.scalar_source):
        tree = ast.parse(text)
        assert "(x0" in ast.get_docstring(tree)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert [function.name for function in functions] == ["value", "value_and_grad"]
        imported = [
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        ]
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert set(imported) <= used
        assert len(set(imported)) == len(imported)
        assert all(len(line) <= 200 for line in text.splitlines())
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("argument", [3.0, np.array([1.0, 3.0])])
def test_a_traceback_through_generated_code_shows_its_lines(argument):
    @autograd.primitive(local_gradients=lambda out, x: (1.0,))
    def picky(x):
        if x > 2.0:
            raise RuntimeError("more than two")
        return x

    fast = autograd.compile(lambda x: picky(x) * 2.0, 1.0)
    with pytest.raises(RuntimeError, match="more than two") as caught:
        fast(argument)
    text = "".join(traceback.format_exception(caught.value))
    assert re.search(r'compiled_[0-9a-f]{20}\.py", line [0-9]+, in value\n +\w+ = picky\(x\)', text)


# Other processes.

SCRIPT = """
import sys

import numpy as np

import autograd
from autograd import Value
from nn import MLP

weights = [Value(0.1 * i, label) for i, label in enumerate(["a", "b", "", "exp", "가중치", "a"])]
model = MLP(3, [4, 2], activation="silu", seed=0)


def several(xs, label):
    scores = model(xs)
    penalty = autograd.sum([w * w for w in weights]) + autograd.logsumexp(weights)
    hard = autograd.atan2(xs[0], xs[1]) + xs[2].gelu() + autograd.hypot(xs[0], weights[0])
    return autograd.logsumexp(scores) - autograd.select(label, scores) + penalty + hard


fast = autograd.compile(several, [0.5, -1.0, 2.0], 1)
value, gradient = fast.value_and_grad(np.ones((4, 3)), np.array([0, 1, 1, 0]))
one, _ = fast.value_and_grad([1.0, 1.0, 1.0], 1)
sys.stdout.reconfigure(encoding="utf-8")
print(fast.source, fast.scalar_source, value, gradient.tolist(), one)
"""


def started(folder, seed):
    environment = {**os.environ, "GLASSGRAD_CACHE": str(folder), "PYTHONHASHSEED": str(seed)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_processes_at_once_and_of_any_hash_seed_write_the_same_sources_once(folder):
    processes = [started(folder, seed) for seed in (0, 1, 12345)]
    outputs = [process.communicate() for process in processes]
    assert [errors for _, errors in outputs] == [""] * 3
    assert [process.returncode for process in processes] == [0] * 3
    assert len({output for output, _ in outputs}) == 1
    assert "def value_and_grad(theta, xs, label):" in outputs[0][0]
    assert len(sources_in(folder)) == 2
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == {
        path.name for path in sources_in(folder)
    }
