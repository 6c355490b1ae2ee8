"""The derivative table in JavaScript: its source, and that it computes what the engine computes."""

from __future__ import annotations

import base64
import math
import re
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, ops, primitive
from autograd.accuracy.samples import DOMAINS
from autograd.ops import Operation
from autograd.value import nary
from viz.page import javascript
from viz.page.expressions import Expression
from viz.page.javascript import WIDTH, key_of, table

ENTRIES = ops.TABLE | ops.DECISIONS

EXPONENTS = (0.0, 1.0, 2.0, 3.0, 5.0, -1.0, -2.0, 0.5, 1 / 3, -2.5, 101.0, 1e-17, 2.0**70)
STATIC: dict[str, list[tuple[Any, ...]]] = {
    "power": [(exponent,) for exponent in EXPONENTS],
    "clip": [(-1.0, 2.0), (0.5, 0.5), (0.0, math.inf), (-math.inf, -0.0)],
    "leaky_relu": [(0.01,), (0.0,), (-0.5,), (3.0,)],
    "elu": [(1.0,), (1.6732632423543772,)],
    "where": [(True,), (False,)],
    "select": [(0,), (2,)],
}


def variants(name: str) -> list[Operation]:
    """An entry of the table, with each of the static arguments that it is tried with."""
    return [ENTRIES[name].with_static(name, *static) for static in STATIC.get(name, [()])]


OPERATIONS = [operation for name in ENTRIES for operation in variants(name)]


# The source.

KEYWORDS = {"const", "for", "if", "let", "of", "return", "while"}
GLOBALS = {"Infinity", "Math", "NaN", "Number"}


def words(source: str) -> list[str]:
    """The names in some source, without properties and keywords; not what is in comments and strings."""
    code = re.sub(r'//.*|"[^"]*"', "", source).replace("...", " ")
    names = re.findall(r"(?<![\w.])[A-Za-z_]\w*", code)
    return [name for name in names if name not in KEYWORDS]


def declarations(source: str) -> dict[str, str]:
    """What stands at the margin of some source, by its name."""
    starts = [*re.finditer(r"^const (\w+) =", source, re.MULTILINE)]
    ends = [*(start.start() for start in starts[1:]), len(source)]
    return {start[1]: source[start.start() : end] for start, end in zip(starts, ends)}


def local_names(declaration: str) -> set[str]:
    """Parameters and variables of functions, and names of members."""
    lists = re.findall(r"\(([^()]*)\) =>|(?:const|let) (\[[^\]]*\]|\w+)", declaration)
    members = re.findall(r"^ +(\w+):", declaration, re.MULTILINE)
    return {name for pair in lists for name in words(" ".join(pair))} | set(members)


@pytest.mark.parametrize("operation", OPERATIONS, ids=key_of)
def test_the_source_of_an_entry_declares_all_that_it_uses_first_and_nothing_else(
    operation: Operation,
) -> None:
    declared = declarations(table([operation]))
    assert list(declared)[-1] == "TABLE"
    known = set(GLOBALS)
    for name, declaration in declared.items():
        known.add(name)
        assert set(words(declaration)) <= known | local_names(declaration)
    mentioned = [set(words(declaration)) - {name} for name, declaration in declared.items()]
    assert known - GLOBALS - {"TABLE"} <= set().union(*mentioned)


@pytest.mark.parametrize("operation", OPERATIONS, ids=key_of)
def test_the_source_of_an_entry_is_no_python(operation: Operation) -> None:
    source = table([operation])
    of_python = r"\b(None|True|False|inf|nan|lambda|undefined|def|object at|e[+]?0\d)\b|\d\.0\b"
    assert not re.search(of_python, source)
    assert all(len(line) <= WIDTH for line in source.splitlines())


def test_a_table_carries_no_helper_of_others() -> None:
    assert list(declarations(table([ops.mul, ops.exp]))) == ["TABLE"]
    assert list(declarations(table([ops.tanh]))) == ["sech2", "TABLE"]
    of_gelu = declarations(table([ops.gelu]))
    assert "erfc" in of_gelu
    assert "erf" not in of_gelu
    assert table([]) == "const TABLE = {};\n"


def test_all_that_is_written_by_hand_is_used() -> None:
    assert javascript._written_by_hand().keys() <= declarations(table(OPERATIONS)).keys()


def test_a_neuron_reads_as_one_would_write_it() -> None:
    x = Value(1.0)
    neuron = autograd.dot([x, x], [2.0, 3.0], x)
    assert table([neuron.operation, (neuron**3).operation]).endswith(
        """\
const TABLE = {
  "power(3)": {
    forward: ([x]) => power(x, 3),
    gradients: (out, [x]) => [3 * power(x, 2)],
  },
  dot: {
    forward: (parents) => {
      const n = Math.floor(parents.length / 2);
      return dot(parents.slice(0, n), parents.slice(n, 2 * n), ...parents.slice(2 * n));
    },
    gradients: (out, parents) => {
      const n = Math.floor(parents.length / 2);
      const ws = parents.slice(0, n);
      const xs = parents.slice(n, 2 * n);
      const bias = parents.slice(2 * n);
      return [...xs, ...ws, ...bias.map(() => 1)];
    },
  },
};
"""
    )


@given(
    st.lists(st.sampled_from(OPERATIONS)).flatmap(lambda x: st.tuples(*[st.permutations(x)] * 2))
)
def test_the_source_depends_on_which_operations_there_are_not_on_their_order(
    orders: tuple[list[Operation], list[Operation]],
) -> None:
    one, other = orders
    assert table(one) == table([*other, *other[:2]])


def test_keys_tell_operations_with_other_static_arguments_apart() -> None:
    assert len({key_of(operation) for operation in OPERATIONS}) == len(OPERATIONS)
    x = Value(2.0)
    assert key_of((x**2).operation) == key_of((x**2.0).operation) == "power(2)"
    assert key_of((x**x).operation) == "**"
    assert key_of(autograd.select(x, [x, x, x]).operation) == "take"
    assert key_of(autograd.select(1, [x, x, x]).operation) == "select(1)"
    assert key_of(autograd.where(True, x, x).operation) == "where(true)"


def test_a_users_own_operation_has_no_entry_even_if_its_name_is_that_of_one() -> None:
    @primitive(local_gradients=lambda out, x: (1.0,))
    def tanh(x: float) -> float:
        return x

    operation = tanh(Value(1.0)).operation
    assert table([operation]) == "const TABLE = {};\n"
    assert table([operation, ops.sin]) == table([ops.sin])
    with pytest.raises(ValueError, match="tanh is an operation of a user's own"):
        key_of(operation)


def test_a_function_that_javascript_lacks_is_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(javascript, "_written_by_hand", dict)
    with pytest.raises(LookupError, match=r"uses erf, .* declare it in viz/page/functions.js"):
        table([ops.erf])


def test_a_formula_that_branches_on_data_is_refused() -> None:
    operation = Operation("relu", (None, lambda out, x: (1.0 if x > 0.0 else 0.0,)), tuple)
    with pytest.raises(TypeError, match="branches on data: if x > 0"):
        table([operation])


def test_an_element_is_no_number_of_its_own() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        [2.0 * x for x in Expression("xs")]  # type: ignore[operator]


def test_printing_leaves_the_trace_function_of_a_debugger_in_place() -> None:
    def trace(*_: Any) -> None:
        pass

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        table([ops.tanh])
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


# What it computes, in Chromium.

EVERYDAY = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 40.0)
EXTREME = (5e-324, 1e-310, 2.0**-1022, 1e-160, 1e-16, 710.0, 1e16, 1e155, sys.float_info.max)
SPECIAL = [sign * x for x in (*EVERYDAY, *EXTREME, math.inf) for sign in (1.0, -1.0)] + [math.nan]

Point = tuple[Operation, tuple[float, ...]]


def vector(random: Random) -> list[float]:
    """One to 30 numbers: everyday, special, of any size, or such whose exponentials overflow."""
    n = random.randint(1, random.choice((4, 30)))
    draw: Callable[[], float] = random.choice(
        (
            lambda: random.uniform(-4, 4),
            lambda: random.choice(SPECIAL),
            lambda: random.uniform(-1, 1) * 2.0 ** random.randint(-1070, 1020),
            lambda: random.choice((-1, 1)) * random.uniform(700, 800),
        )
    )
    return [draw() for _ in range(n)]


def special_points(operation: Operation) -> Iterator[Sequence[float]]:
    """Operands among which are nan, inf, zeros of both signs, and the ends of the range."""
    random = Random(key_of(operation))
    if operation.arguments is tuple:
        code = operation.formulas[1].__code__
        n = code.co_argcount - 1 - len(operation.static)
        if n <= 2:
            yield from product(SPECIAL, repeat=n)
        else:
            yield from (random.choices(SPECIAL, k=n) for _ in range(1500))
        return
    for _ in range(1500):
        xs = vector(random)
        if operation.arguments is ops.weights_inputs_bias:
            yield [*xs, *vector(random)[:1], 1.0]
        elif operation.arguments is ops.index_and_vector:
            yield [float(random.randrange(len(xs))), *xs]
        elif operation.table_name == "select":
            yield [*xs, 1.0, 2.0]
        else:
            yield xs


def points(name: str) -> Iterator[Point]:
    """Where an entry is tried: special operands, and samples from its domain."""
    for operation in variants(name):
        yield from ((operation, tuple(operands)) for operands in special_points(operation))
    if name in DOMAINS:
        for operands, static in DOMAINS[name].samples(1500, seed=0):
            yield ENTRIES[name].with_static(name, *static), operands


def computed_by_the_engine(operation: Operation, operands: tuple[float, ...]) -> list[float]:
    """The value, then the local gradients."""
    node = nary(operation, tuple(map(Value, operands)), *operation.arguments(operands))
    return [node.data, *node.local_gradients]


# Numbers go to and fro as their bytes: exactly, and many times faster than one by one.
COMPUTE = """
([source, calls]) => {
    const TABLE = new Function(`"use strict"; ${source} return TABLE`)()
    const numbers = text =>
        new Float64Array(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer)
    const results = calls.flatMap(([key, text]) => {
        const xs = Array.from(numbers(text))
        const { forward, gradients } = TABLE[key]
        const out = forward(xs)
        return [out, ...gradients(out, xs)]
    })
    if (results.some(result => typeof result !== "number")) throw new TypeError(String(results))
    const bytes = new Uint8Array(new Float64Array(results).buffer)
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""))
}
"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    return browser.new_page()


def computed_by_javascript(page: Any, calls: Sequence[Point]) -> list[list[float]]:
    """For each call the value, then the local gradients; the page's table has these operations only."""
    source = table([operation for operation, _ in calls])
    written = [[key_of(operation), _bytes(operands)] for operation, operands in calls]
    bytes_ = base64.b64decode(page.evaluate(COMPUTE, [source, written]))
    numbers = iter(struct.unpack(f"<{len(bytes_) // 8}d", bytes_))
    results = [[next(numbers) for _ in (None, *operands)] for _, operands in calls]
    assert next(numbers, None) is None
    return results


def _bytes(numbers: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()


# A slope that is 0 somewhere is there a difference of terms of this size.
SIZE_OF_TERMS = {"gelu": 1.0, "silu": 1.0}

# NumPy, to which the engine turns where Python raises, takes a root in place of a power of 0.5: that of
# -inf is nan, and that of -0.0 is -0.0, where IEEE 754 has inf and 0.0.
ROOTS = {"** of (-inf, 1.5)", "** of (-0.0, 1.5)"}


def _written(point: Point) -> str:
    operation, operands = point
    return f"{key_of(operation)} of {operands}"


def agree(computed: float, expected: float, size: float) -> bool:
    """Whether numbers are equal to 1e-12, or to 4 units of the least number; zeros in sign as well."""
    if math.isnan(expected) or math.isinf(expected) or expected == 0.0:
        return repr(computed) == repr(expected) or (size > 0.0 and abs(computed) <= 1e-12 * size)
    return abs(computed - expected) <= 1e-12 * max(abs(expected), size) + 4 * math.ulp(0.0)


@pytest.mark.browser
@pytest.mark.parametrize("name", ENTRIES)
def test_javascript_computes_the_engines_values_and_local_gradients(page: Any, name: str) -> None:
    calls = [point for point in points(name) if _written(point) not in ROOTS]
    assert len(calls) >= 1500
    size = SIZE_OF_TERMS.get(name, 0.0)
    wrong = []
    for (operation, operands), computed in zip(calls, computed_by_javascript(page, calls)):
        expected = computed_by_the_engine(operation, operands)
        assert len(computed) == len(expected)
        if not all(agree(*pair, size) for pair in zip(computed, expected)):
            wrong.append(f"{_written((operation, operands))}: {computed}, not {expected}")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(calls)} differ:", *wrong[:5]])


@pytest.mark.browser
def test_a_sum_is_exact_and_rounded_once(page: Any) -> None:
    random = Random(0)

    def term() -> float:
        near_1 = 1.0 + random.choice((0, 2.0**-52, 2.0**-51, random.random()))
        exponents = (0, 0, -1, -52, -53, -54, -106, -1022, -1074, 900, random.randint(-1074, 900))
        return random.choice((-1, 1)) * near_1 * 2.0 ** random.choice(exponents)

    vectors = [
        tuple(term() for _ in range(random.choice((1, 2, 3, 3, 4, 30)))) for _ in range(3000)
    ]
    computed = computed_by_javascript(page, [(ops.sum, xs) for xs in vectors])
    assert [out for out, *_ in computed] == [math.fsum(xs) for xs in vectors]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("operation", "operands", "value"),
    [
        (ops.sum, (1e308, 1e308, -1e308), 1e308),
        (ops.sum, (1e308, 1e308, -math.inf), -math.inf),
        (ops.sum, (1e308, 1e308, math.nan), math.nan),
        (ops.sum, (math.inf, 1.0, -math.inf), math.nan),
        (ops.mean, (1.5e308, 1.5e308, 1.5e308), 1.5e308),
        (ops.mean, (1e308, 1e308, -math.inf), -math.inf),
        (ops.prod, (1e300, 1e300, 1e-300, 1e-300), 1.0),
        (ops.prod, (5e-324, 5e-324, 2.0**1000, 2.0**1000), 2.0**-148),
        (ops.dot, (1e200, 1e200, 1e200, -1e200, 1e300), 1e300),
        (ops.dot, (1e308, 1e308, 1.0, 1.0, 1.0, -math.inf), -math.inf),
        (ops.dot, (1e308, 1e308, 1.0, 1.0, 1.0, math.nan), math.nan),
        (ops.logsumexp, (1000.0, 1000.0), 1000.0 + math.log(2.0)),
        (ops.logsumexp, (-800.0, 0.0, -800.0), math.exp(-800.0) * 2.0),
        (ops.pow, (1.0, math.nan), 1.0),
        (ops.pow, (-1.0, math.inf), 1.0),
        (ops.pow, (-8.0, 1 / 3), math.nan),
        (ops.erfc, (27.0,), 5.23704643935248e-319),
        (ops.take, (3.0, 5.0, 6.0, 7.0), math.nan),  # there is no fourth
        (ops.take, (0.5, 5.0, 6.0, 7.0), math.nan),
    ],
    ids=str,
)
def test_overflow_on_the_way_and_what_is_no_number_are_answered_as_ieee_754_does(
    page: Any, operation: Operation, operands: tuple[float, ...], value: float
) -> None:
    ((out, *_),) = computed_by_javascript(page, [(operation, operands)])
    assert agree(out, value, 0.0)
