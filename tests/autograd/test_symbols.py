"""The table can be read by symbols: a small reader prints each entry as Python source, and runs it."""

import pytest

from autograd import floats, ops


class Symbol:
    """A number that is not known yet: operations on it write an expression."""

    def __init__(self, source):
        self.source = source

    def __repr__(self):
        return self.source

    def __bool__(self):
        raise AssertionError(f"the table branches on data: if {self.source}")


for name, sign in [
    ("add", "+"),
    ("sub", "-"),
    ("mul", "*"),
    ("truediv", "/"),
    ("mod", "%"),
    ("floordiv", "//"),
]:
    setattr(Symbol, f"__{name}__", lambda a, b, sign=sign: Symbol(f"({a} {sign} {b})"))
    setattr(Symbol, f"__r{name}__", lambda a, b, sign=sign: Symbol(f"({b} {sign} {a})"))
for name, sign in [("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "==")]:
    setattr(Symbol, f"__{name}__", lambda a, b, sign=sign: Symbol(f"({a} {sign} {b})"))
Symbol.__neg__ = lambda a: Symbol(f"(-{a})")


def call(name):
    return lambda *arguments: Symbol(f"{name}({', '.join(map(str, arguments))})")


def vector(name):
    """A function of a vector that gives a vector; its elements are written one by one."""
    return lambda *arguments: [
        Symbol(f"{name}({', '.join(map(str, arguments))})[{i}]") for i in range(len(arguments[-1]))
    ]


READER = {
    "__builtins__": {"len": len},
    **{name: call(name) for name in floats.FUNCTIONS if name not in ("__builtins__", "inf")},
    "inf": Symbol("inf"),
    "each": floats.each,
    "fill": floats.fill,
    "one_hot": vector("one_hot"),
    "products_of_others": vector("products_of_others"),
}
for table_name in ops.TABLE:  # leave to `complete` what the table itself defines
    if ops.TABLE[table_name].formulas[0] is not None and table_name not in ("power", "where"):
        READER.pop(table_name, None)
ops.complete(READER)

OPERANDS = {"acosh": (1.5,), "power": (0.7,), "**": (0.7, 2.3)}
STATIC = {"power": (2.5,), "leaky_relu": (0.1,), "elu": (1.5,), "clip": (-1.0, 2.0)}
STATIC |= {"where": (True,), "select": (1,)}
BINARY = {"+", "-", "*", "/", "%", "//", "atan2", "hypot", "maximum", "minimum", "where"}


@pytest.mark.parametrize("name", sorted(ops.TABLE))
def test_the_source_that_symbols_print_computes_what_the_float_reader_computes(name):
    operation = ops.TABLE[name]
    if name in STATIC:
        operation = operation.with_static(name, *STATIC[name])
    is_vector = operation.arguments is not tuple
    numbers = OPERANDS.get(
        name, (0.3, 0.7, -0.2, 0.5, 0.1)[: 5 if is_vector else 1 + (name in BINARY)]
    )
    symbols = tuple(Symbol(f"x{i}") for i in range(len(numbers)))

    forward, local_gradients = operation.read(READER)
    out = forward(*operation.arguments(symbols))
    gradients = local_gradients(Symbol("out"), *operation.arguments(symbols))

    namespace = dict(floats.FUNCTIONS, **{f"x{i}": number for i, number in enumerate(numbers)})
    expected = operation.forward(*operation.arguments(numbers))
    assert eval(str(out), namespace) == expected
    namespace["out"] = expected
    computed = [eval(str(gradient), namespace) for gradient in gradients]
    assert computed == list(operation.local_gradients(expected, *operation.arguments(numbers)))
