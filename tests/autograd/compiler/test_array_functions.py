"""Laws of the table in batches: for arrays, each entry gives what it gives for floats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, arrays, ops
from autograd.compiler import array_functions, scalar_functions
from autograd.value import binary, nary, unary
from tests.autograd.compiler.comparison import IS_CI, agree

NEAR_ONE = st.floats(2.0**-10, 1.0 - 2.0**-10)
POSITIVE = st.floats(2.0**-6, 8.0)
SIGNED = st.builds(lambda x, sign: sign * x, POSITIVE, st.sampled_from((1.0, -1.0)))
DOMAINS = dict.fromkeys(("acos", "asin", "atanh"), NEAR_ONE)
DOMAINS |= {"acosh": POSITIVE.map((1.0).__add__)}
DOMAINS |= dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "**", "power"), POSITIVE)
BINARY = {"+", "-", "*", "/", "%", "//", "**", "atan2", "hypot", "maximum", "minimum", "where"}
STATIC = {"power": (2.5,), "leaky_relu": (0.1,), "elu": (1.5,), "clip": (-1.0, 2.0)}
STATIC |= {"where": (True,), "select": (1,)}
ENTRIES = ops.TABLE | ops.DECISIONS
REDUCTIONS = [name for name, operation in ENTRIES.items() if operation.arguments is ops.one_vector]


def entry(name):
    operation = ENTRIES[name]
    return operation.with_static(name, *STATIC[name]) if name in STATIC else operation


def count_of(name):
    if name.startswith("where <"):
        return 4
    return 5 if entry(name).arguments is not tuple else 2 if name in BINARY else 1


def operands(name, draw):
    """Operands of an entry, from its domain."""
    numbers = draw(st.tuples(*[DOMAINS.get(name, SIGNED)] * count_of(name)))
    has_index = ENTRIES[name].arguments is ops.index_and_vector
    return (draw(st.integers(0, len(numbers) - 2)), *numbers[1:]) if has_index else numbers


def close(expected, scale=0.0):
    return pytest.approx(expected, rel=1e-12, abs=1e-13 * max(1.0, scale))


@pytest.mark.parametrize("name", sorted(ENTRIES))
@given(data=st.data())
def test_arrays_of_operands_give_the_values_and_local_gradients_of_floats(name, data):
    operation = entry(name)
    shape = data.draw(st.sampled_from([(1,), (3,), (2, 3)]), "shape")
    size = int(np.prod(shape))
    each = [operands(name, data.draw) for _ in range(size)]
    columns = [np.array(column).reshape(shape) for column in zip(*each)]
    is_vector = operation.arguments is not tuple
    stacked = operation.arguments(np.array(columns) if is_vector else tuple(columns))
    forward, local_gradients = operation.read(arrays.FUNCTIONS)
    out = np.broadcast_to(forward(*stacked), shape)
    gradients = local_gradients(out, *stacked)
    assert len(gradients) == len(each[0])
    found = np.array([np.broadcast_to(gradient, shape).ravel() for gradient in gradients]).T
    for sample, value, slopes in zip(each, out.ravel(), found):
        exact = operation.forward(*operation.arguments(sample))
        assert value == close(exact)
        expected = operation.local_gradients(exact, *operation.arguments(sample))
        assert list(slopes) == close(list(expected), max(map(abs, expected)))


@pytest.mark.parametrize("name", REDUCTIONS)
@given(st.data())
def test_what_sources_call_takes_n_rows_of_k_results_and_of_one(name, data):
    written = {"sum": "total", "mean": "average", "max": "largest", "min": "smallest"}.get(
        name, name
    )
    if name == "select":
        return  # which no source calls: it is skipped
    reduce = getattr(array_functions, written)
    n, k, batch = 3, data.draw(st.integers(1, 3)), 4
    numbers = np.array(data.draw(st.lists(SIGNED, min_size=n * k * batch, max_size=n * k * batch)))
    xs = numbers.reshape(n, k, batch)
    forward, arguments = entry(name).forward, entry(name).arguments
    expected = [
        [forward(*arguments(tuple(xs[:, row, sample]))) for sample in range(batch)]
        for row in range(k)
    ]
    assert reduce(xs) == close(np.array(expected))
    assert reduce(xs).shape == (k, batch)
    assert reduce(xs[:, 0]) == close(np.array(expected)[:1])
    assert reduce(xs[:, 0]).shape == (1, batch)


def node_of(operation, parents):
    """What eager code makes of an entry and its operands."""
    if operation.arguments is tuple and len(parents) == 1:
        return unary(operation, *parents)
    if operation.arguments is tuple and len(parents) == 2:
        return binary(operation)(*parents)
    parents = tuple(x if isinstance(x, Value) else Value(x) for x in parents)
    return nary(operation, parents, *operation.arguments(tuple(x.data for x in parents)))


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - {"identity"}))
@settings(max_examples=15 if IS_CI else 5)
@given(data=st.data())
def test_a_compiled_batch_of_rows_of_an_entry_agrees_with_eager_code_by_every_operand(name, data):
    operation = entry(name)
    n_rows = data.draw(st.integers(1, 3), "rows")
    kinds = data.draw(
        st.tuples(*[st.sampled_from(["input", "parameter", "constant"])] * count_of(name)), "kinds"
    )
    kinds = ("input", *kinds[1:])
    numbers = [operands(name, data.draw) for _ in range(n_rows)]
    held = [[Value(x) for x in row] for row in numbers]
    weights = [Value(1.0 + 0.5 * row, f"w{row}") for row in range(n_rows)]

    def f(xss):
        rows = []
        for row, xs in enumerate(xss):
            of_kind = {"input": xs, "parameter": held[row], "constant": numbers[row]}
            rows.append(node_of(operation, [of_kind[kind][i] for i, kind in enumerate(kinds)]))
        return autograd.dot(weights, rows)

    agree(f, [[[list(operands(name, data.draw)) for _ in range(n_rows)]] for _ in range(3)])


def test_sources_find_every_name_that_an_entry_needs():
    for module in (array_functions, scalar_functions):
        for name in ops.TABLE:
            if name.isidentifier() and name not in ("identity", "where"):
                assert callable(getattr(module, f"{name}_gradients")), name


def test_gradients_that_several_rows_or_samples_share_are_added_up():
    gradient = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert array_functions.over_rows(gradient).tolist() == [[9.0, 12.0]]
    assert array_functions.over_samples(gradient).tolist() == [[3.0], [7.0], [11.0]]
    into = np.zeros((2, 2))
    array_functions.add_at(into, [0, 1, 0], gradient)
    assert into.tolist() == [[6.0, 8.0], [3.0, 4.0]]


def test_an_index_takes_its_own_row_in_every_column():
    xs = np.arange(12.0).reshape(3, 4)
    index = np.array([[0.0, 2.0, 1.0, 2.0]])
    assert array_functions.take(index, xs).tolist() == [[0.0, 9.0, 6.0, 11.0]]
    local = array_functions.take_gradients(None, index, xs)
    assert local.sum(axis=0).tolist() == [1.0] * 4
    assert (local * xs).sum(axis=0).tolist() == [0.0, 9.0, 6.0, 11.0]
    stacked = np.arange(24.0).reshape(3, 2, 4)
    indices = np.array([[0.0, 1.0, 2.0, 0.0], [2.0, 2.0, 0.0, 1.0]])
    assert array_functions.take(indices, stacked).tolist() == [
        [0.0, 9.0, 18.0, 3.0],
        [20.0, 21.0, 6.0, 15.0],
    ]
