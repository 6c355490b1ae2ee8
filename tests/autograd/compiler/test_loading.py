"""Laws of generated source: valid Python that no text of the user's becomes code of, run from memory."""

import ast
import gc
import inspect
import linecache
import os
import re
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Value
from autograd.compiler.loading import load
from autograd.strategies import programs

ROOT = Path(autograd.__file__).parents[1]


# Modules in memory.


def test_a_module_has_what_its_source_defines_and_the_names_that_are_given():
    module = load("def value(x):\n    return given(x) + 1.0\n", {"given": lambda x: -x})
    assert module.value(2.0) == -1.0


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


def test_inspect_and_linecache_show_the_source_as_long_as_there_is_its_function():
    fast = autograd.compile(lambda x: x.tanh() * 2.0, 1.0)
    for argument, text in ((1.0, fast.scalar_source), (np.ones(2), fast.source)):
        fast(argument)
        function = fast._module(isinstance(argument, np.ndarray), "inputs").value
        filename = function.__code__.co_filename
        assert inspect.getsource(function) in text
        linecache.checkcache()
        assert "".join(linecache.getlines(filename)) == text
    del fast, function
    gc.collect()
    assert linecache.getlines(filename) == []


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
    assert re.search(r'"<compiled [0-9]+>", line [0-9]+, in value\n +\w+ = picky\(x\)', text)


def test_threads_may_compile_one_function_at_the_same_time():
    weights = [Value(0.1 * i, "w") for i in range(8)]

    def f(xs):
        return autograd.dot(weights, xs).tanh()

    def compiled(_):
        fast = autograd.compile(f, [1.0] * 8)
        return fast.source, fast(np.ones((2, 8))).tolist(), fast([1.0] * 8)

    with ThreadPoolExecutor(4) as pool:
        assert len({repr(found) for found in pool.map(compiled, range(40))}) == 1


# Other processes, and places where nothing can be written.

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


def test_processes_of_any_hash_seed_without_a_home_write_the_same_sources_and_no_file(tmp_path):
    outputs = []
    for seed in (0, 1, 12345):
        kept = {name: x for name, x in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
        environment = {**kept, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(tmp_path)}
        process = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert process.stderr == ""
        outputs.append(process.stdout)
    assert len(set(outputs)) == 1
    assert "def value_and_grad(theta, xs, label):" in outputs[0]
    assert list(tmp_path.iterdir()) == []


# Valid Python, whatever the user's names are.


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


TEXTS = ['a"""b', '"""+ran()+"""', "a\\", "x\n\nran()\n", "x\r\nran()", "a\u2028ran()", "a\x00b"]
TEXTS += [
    "a\u202eb",
    "a  # b",
    "ran()",
    "{x}",
    "'''",
    "\ud800",
    "",
    "e" * 300,
    "ﬁ",
    "名",
    "1",
    "__",
]
TEXTS += [
    "lambda",
    "None",
    "np",
    "theta",
    "batch",
    "ones",
    "draws",
    "value",
    "value_and_grad",
    "inf",
]
TEXTS += ["local", "gradient", "total", "d_x", "__import__", "match", "print"]


def named_function(text):
    def f(x):
        return x * x

    f.__name__ = f.__qualname__ = text
    return f


def named_class(text):
    kind = type("Square", (), {"__call__": lambda self, x: x * x})
    if "\x00" not in text and "\ud800" not in text:
        kind.__name__ = kind.__qualname__ = text
    return kind()


def named_parameters(text):
    weights = [Value(2.0, text), Value(3.0, text)]
    return lambda x: weights[0] * x + weights[1]


def named_nodes(text):
    def f(x):
        y = x * x
        z = y.tanh()
        y.label = z.label = text
        return z * y

    return f


def named_argument(text):
    def f(*args):
        return args[0] * args[0]

    parameter = inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)
    f.__signature__ = inspect.Signature([parameter])
    parameter._name = text
    return f


def named_operation(text):
    def f(x):
        return x * 3.0

    f.__name__ = f.__qualname__ = text
    thrice = autograd.primitive(local_gradients=lambda out, x: (3.0,))(f)
    return lambda x: thrice(x) * thrice(x)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize(
    "make",
    [named_function, named_class, named_parameters, named_nodes, named_argument, named_operation],
)
def test_no_text_of_the_users_becomes_code(make, text, monkeypatch):
    ran = []
    monkeypatch.setattr("builtins.ran", lambda: ran.append(1) or "", raising=False)
    f = make(text)
    fast = autograd.compile(f, 0.5)
    x = Value(0.5)
    root = f(x)
    root.backward()
    assert fast.value_and_grad(0.5, wrt="inputs") == (root.data, [x.grad])
    value, (gradient,) = fast.value_and_grad(np.array([0.5, 0.5]), wrt="inputs")
    assert [value, 2.0 * gradient[0]] == pytest.approx([root.data, x.grad], rel=1e-15)
    assert ran == []
    for source in (fast.source, fast.scalar_source):
        assert "ran()" not in source
        assert source.isprintable() or set(filter(lambda c: not c.isprintable(), source)) == {"\n"}


class Level(IntEnum):
    LOW = 0
    HIGH = 1


class Odd(int):
    def __repr__(self):
        return "ran()"


@pytest.mark.parametrize(
    ("low", "high"), [(Level.LOW, Level.HIGH), (Odd(0), Odd(1)), (False, True)]
)
def test_numbers_of_other_classes_are_written_as_numbers(low, high, monkeypatch):
    monkeypatch.delattr("builtins.ran", raising=False)

    def f(x):
        chosen = autograd.select(high, [x, x * x])
        clipped = x.clip(low, high) + autograd.clip(x, low, high)
        return chosen * clipped + x.elu(high) + x.leaky_relu(high) + x**high + x * high

    fast = autograd.compile(f, 0.5)
    expected = autograd.compile(lambda x: x**2 * 2.0 * x + x * 4.0, 0.5)
    for x in (0.5, np.array([0.25, 0.5])):
        assert np.allclose(fast(x), expected(x), rtol=1e-15)
        fast.value_and_grad(x, wrt="inputs")
    plain = autograd.compile(lambda x: x.elu(1.0) + x.clip(0.0, 1.0), 0.5)  # equal static arguments
    assert plain.value_and_grad(-1.0, wrt="inputs")[1] == [np.exp(-1.0)]
