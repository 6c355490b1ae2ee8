"""Laws of the symbol reader: what a formula prints is what it computes."""

import ast
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import floats, ops
from autograd.compiler.names import Names
from autograd.compiler.scalar import _if
from autograd.compiler.symbols import Reader, Symbol, is_written_by_name, symbol
from autograd.primitive import primitive

NUMBERS = st.floats(-8.0, 8.0).map(lambda x: round(x, 2))

# Expressions of two variables and numbers, each as a symbol and as a number.


def leaf(x, y):
    return st.sampled_from([(Symbol("x"), x), (Symbol("y"), y)]) | NUMBERS.map(lambda n: (n, n))


def joined(parts):
    def binary(operator):
        return st.tuples(parts, parts).map(
            lambda pair: (
                operator(symbol(pair[0][0]), pair[1][0]),
                operator(pair[0][1], pair[1][1]),
            )
        )

    def choose(parts):
        (a, a_), (b, b_), (c, c_) = parts
        return _if(symbol(a) < b, symbol(b), symbol(c)), b_ if a_ < b_ else c_

    return (
        binary(lambda a, b: a + b)
        | binary(lambda a, b: a - b)
        | binary(lambda a, b: a * b)
        | binary(lambda a, b: b - a)
        | parts.map(lambda part: (-symbol(part[0]), -part[1]))
        | parts.map(lambda part: (symbol(part[0]) / 4.0, part[1] / 4.0))
        | parts.map(lambda part: (2.0 / symbol(part[0]), 2.0 / part[1] if part[1] else math.nan))
        | st.tuples(parts, parts, parts).map(choose)
    )


@given(st.recursive(leaf(0.75, -1.25), joined, max_leaves=12))
def test_an_expression_prints_with_the_parentheses_that_it_needs(pair):
    expression, number = pair
    try:
        found = eval(symbol(expression).text, {"x": 0.75, "y": -1.25})
    except ZeroDivisionError:
        return
    if not math.isnan(number):
        assert repr(found) == repr(number)


def test_no_parentheses_stand_where_none_are_needed():
    x, y = Symbol("x"), Symbol("y")
    assert (x * y + x - y).text == "x * y + x - y"
    assert (x - (y + x)).text == "x - (y + x)"
    assert (x / (y * x) * y).text == "x / (y * x) * y"
    assert (-x * y).text == "-x * y"
    assert (-(x + y)).text == "-(x + y)"
    assert (2.0 * x + y < 1.0).text == "2.0 * x + y < 1.0"
    assert (x - -1.5).text == "x - -1.5"


def test_a_symbol_has_no_truth_value():
    with pytest.raises(TypeError, match=r"branches on data: x < 1\.0"):
        bool(Symbol("x") < 1.0)


def with_static(name):
    static = {
        "power": (2.5,),
        "leaky_relu": (0.1,),
        "elu": (1.5,),
        "clip": (-1.0, 2.0),
        "where": (True,),
        "select": (1,),
    }.get(name, ())
    operation = (ops.TABLE | ops.DECISIONS)[name]
    return operation.with_static(name, *static) if static else operation


OPERANDS = {"acosh": (1.5,), "power": (0.7,), "**": (0.7, 2.3), "take": (2.0, 0.3, 0.7, -0.2, 0.5)}
OPERANDS |= {"cross_entropy": OPERANDS["take"]}
OPERANDS |= dict.fromkeys(("where <", "where <="), (0.3, 0.7, -0.2, 0.5))
PAIRS = {"+", "-", "*", "/", "%", "//", "atan2", "hypot", "maximum", "minimum", "where"}


@pytest.mark.parametrize("name", sorted(ops.TABLE | ops.DECISIONS))
def test_what_is_printed_for_an_entry_computes_its_value_and_local_gradients(name):
    operation = with_static(name)
    count = 5 if operation.arguments is not tuple else 1 + (name in PAIRS)
    numbers = OPERANDS.get(name, (0.3, 0.7, -0.2, 0.5, 0.1)[:count])
    symbols = [Symbol(f"x{i}") for i in range(len(numbers))]
    reader = Reader(lambda name: name.replace(" ", "_").replace("<", "less"), _if)
    namespace = dict(floats.FUNCTIONS) | {f"x{i}": number for i, number in enumerate(numbers)}

    forward = reader.forward(operation, symbols).text
    expected = operation.forward(*operation.arguments(numbers))
    assert eval(forward, namespace) == expected
    if operation.arguments is not tuple and name not in ("sum", "mean", "dot", "select"):
        return  # their local gradients are vectors, which the generators call by name
    gradients = reader.local_gradients(operation, Symbol("out"), symbols)
    namespace["out"] = expected
    found = [eval(gradient.text, namespace) for gradient in gradients]
    assert found == list(operation.local_gradients(expected, *operation.arguments(numbers)))
    calls = {
        node.func.id
        for text in (forward, *(gradient.text for gradient in gradients))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }
    assert calls <= reader.used


def test_only_users_operations_are_written_by_name():
    @primitive(local_gradients=lambda out, x: (1.0,))
    def tanh(x):
        return x

    from autograd import Value

    assert is_written_by_name(tanh(Value(1.0)).operation)
    assert not any(map(is_written_by_name, (ops.TABLE | ops.DECISIONS).values()))


# Names.


@given(
    st.lists(
        st.text(max_size=6) | st.sampled_from(["x", "x_2", "x_2_2", "exp", "class", "ﬁ", "fi"])
    )
)
def test_names_are_identifiers_each_once_and_none_is_taken_already(wishes):
    names = Names(["exp", "np"])
    given_out = [names.new(wish) for wish in wishes]
    for name in given_out:
        # Python reads an identifier as its normal form: what it reads must be what is written.
        (read,) = (node.id for node in ast.walk(ast.parse(name)) if isinstance(node, ast.Name))
        assert read == name
    assert len(set(given_out)) == len(given_out)
    assert not {"exp", "np", "class", "print", "None"} & set(given_out)


def test_a_name_that_is_free_is_given_as_it_is():
    names = Names(["exp"])
    assert [names.new(wish) for wish in ("w", "w", "rate", "가중치", "layers.0.b")] == [
        "w",
        "w_2",
        "rate",
        "가중치",
        "layers_0_b",
    ]
