"""The derivative table's formulas as text, for those who want to see why a local gradient is what it is.

The formulas are the table's own, run once with symbols. What they owe to rounding and overflow is left
out: of a choice by a tiny or a huge number the everyday branch is shown, a part with a name of its own
is shown by what it means, and what is the operation's own value is called `out`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from autograd import floats
from autograd.ops import Operation

# What the table's named parts compute, without their precautions; `call` writes a function's call, or a
# constant's name.
PARTS: dict[str, Callable[..., Any]] = {
    "one_minus_square": lambda call, x: 1.0 - x * x,
    "over_radius2": lambda call, x, y, numerator: numerator / (x * x + y * y),
    "over_hypot": lambda call, out, x, y: x / out,
    "power_slope": lambda call, out, x, y: y * out / x,
    "power_log": lambda call, out, x, y: out * call("log", x),
    "gelu_slope": lambda call, x: (
        0.5 * call("erfc", -x / call("SQRT_2"))
        + x * call("exp", -0.5 * x * x) * call("ONE_OVER_SQRT_2PI")
    ),
    "silu_slope": lambda call, out, x: call("sigmoid", x) + out * call("sigmoid", -x),
}

# Entries of vectors, in words: value, and local gradients. Their formulas are loops.
OF_VECTORS: dict[str, tuple[str, str]] = {
    "sum": ("x1 + x2 + …", "1 for each operand"),
    "mean": ("(x1 + x2 + …) / n", "1/n for each of n operands"),
    "prod": ("x1 · x2 · …", "for each operand, the product of all the others"),
    "dot": ("w1·x1 + w2·x2 + … + b", "for a weight its input, for an input its weight, for b 1"),
    "logsumexp": ("log(exp(x1) + exp(x2) + …)", "exp(x) / Σ exp for each operand: the softmax"),
    "max": ("the largest operand", "1 for the first of the largest, 0 for the others"),
    "min": ("the smallest operand", "1 for the first of the smallest, 0 for the others"),
    "select": ("the operand at a fixed position", "1 for the operand chosen, 0 for the others"),
    "take": (
        "the operand at the position that the first one is",
        "1 for the operand chosen, 0 for the others and for the position",
    ),
    "cross_entropy": (
        "−log of the softmax of the operand at the position that the first one is",
        "for each operand its softmax, less 1 for the one chosen; 0 for the position",
    ),
    "largest": ("the largest operand", "0: a decision has no slope"),
    "smallest": ("the smallest operand", "0: a decision has no slope"),
    "argmax": ("the position of the first of the largest", "0: a decision has no slope"),
    "argmin": ("the position of the first of the smallest", "0: a decision has no slope"),
}

# A choice by such a number only guards against overflow or lost digits.
_LARGE = 30.0
_LAST_NUMBER = re.compile(r"-?\d[\d.e+]*$")

_SIGNS = {
    "TWO_OVER_SQRT_PI": "(2/√π)",
    "ONE_OVER_SQRT_2PI": "(1/√(2π))",
    "SQRT_HALF": "√½",
    "SQRT_2": "√2",
    "LN2": "ln 2",
    "LOG2E": "(1/ln 2)",
    "LOG10E": "(1/ln 10)",
    "DEGREES": "(180/π)",
    "RADIANS": "(π/180)",
}
# What the names in formulas mean, where that is not in every book.
_MEANINGS = {
    "sech2": "sech2(x) is 1 − tanh(x)**2",
    "expm1": "expm1(x) is exp(x) − 1",
    "log1p": "log1p(x) is log(1 + x)",
    "hypot": "hypot(x, y) is sqrt(x·x + y·y)",
    "sigmoid": "sigmoid(x) is 1 / (1 + exp(−x))",
    "erfc": "erfc(x) is 1 − erf(x)",
}
_WORDS = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Formulas:
    """The formulas of an operation.

    Attributes:
        value: as a Python expression of the operands.
        local_gradients: one for each operand, of the operands and of the value, `out`.
        operands: the operands' names.
    """

    value: str
    local_gradients: tuple[str, ...]
    operands: tuple[str, ...]


def formulas_of(operation: Operation) -> Formulas:
    """The formulas of an entry whose operands are numbers, not vectors.

    >>> from autograd import ops
    >>> formulas_of(ops.div)
    Formulas(value='x / y', local_gradients=('1.0 / y', '-out / y'), operands=('x', 'y'))
    """
    from autograd.compiler.symbols import CHOICE, Reader, Symbol, symbol

    def where(condition: Symbol, a: Symbol, b: Symbol) -> Symbol:
        if _is_precaution(condition.text, operation):
            return b
        return Symbol(f"{a.within(CHOICE + 1)} if {condition.text} else {b.text}", CHOICE)

    def call(name: str, *operands: Any) -> Symbol:
        arguments = ", ".join(symbol(operand).text for operand in operands)
        return Symbol(f"{name}({arguments})" if operands else name)

    parts = {name: partial(part, call) for name, part in PARTS.items()}
    reader = Reader(lambda name: name, where, parts)
    code = operation.formulas[1].__code__
    names = code.co_varnames[1 : code.co_argcount - len(operation.static)]
    operands = [Symbol(name) for name in names]
    value = reader.forward(operation, operands).text
    gradients = reader.local_gradients(operation, Symbol("out"), operands)
    shown = _Shown(value)
    return Formulas(
        value,
        tuple(ast.unparse(shown.visit(_parsed(gradient.text))) for gradient in gradients),
        names,
    )


def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


class _Shown(ast.NodeTransformer):
    """A formula as it stands in books, of `out` where it computes the value again."""

    # What the table computes more exactly, or safely, by other formulas than these.
    BOOKS: ClassVar = {
        "sech2(x)": "1.0 - tanh(x) * tanh(x)",
        "sigmoid(-x)": "1.0 - sigmoid(x)",
        "1.0 / hypot(1.0, x) / hypot(1.0, x)": "1.0 / (1.0 + x * x)",
        "hypot(1.0, x)": "sqrt(1.0 + x * x)",
    }

    def __init__(self, value: str) -> None:
        self.value = value

    def visit(self, node: ast.AST) -> Any:
        text = ast.unparse(node)
        if text in self.BOOKS:
            return self.visit(_parsed(self.BOOKS[text]))
        if isinstance(node, ast.Call) and text == self.value:
            return ast.Name("out")
        return super().visit(node)


def _is_precaution(condition: str, operation: Operation) -> bool:
    if "TINY" in condition or "HUGE" in condition:
        return True
    if (number := _LAST_NUMBER.search(condition)) is None:
        return False
    threshold = float(number[0])
    return abs(threshold) >= _LARGE and threshold not in operation.static


# A formula as the page computes with it: a number, or a list of what is done, and of what:
# ["out"], ["operand", 0], ["number", "√2", 1.414], ["exp", x], ["+", x, y], ["if", condition, x, y].
Tree = Any


def tree_of(formula: str, operands: Sequence[str]) -> Tree:
    """A formula of `Formulas` as a tree, ready for JSON.

    >>> tree_of("out * (1.0 - x) if x > 0.0 else -y", ["x", "y"])
    ['if', ['>', ['operand', 0], 0], ['*', ['out'], ['-', 1, ['operand', 0]]], ['neg', ['operand', 1]]]
    """
    return _tree(_parsed(formula), list(operands))


def _tree(node: ast.expr, operands: list[str]) -> Tree:
    def inner(*nodes: ast.expr) -> list[Tree]:
        return [_tree(each, operands) for each in nodes]

    match node:
        case ast.Constant(value=float() | int() as number):
            return int(number) if number == int(number) else number
        case ast.Name(id="out"):
            return ["out"]
        case ast.Name(id="inf"):
            return ["number", "∞", "Infinity"]
        case ast.Name(id=name) if name in operands:
            return ["operand", operands.index(name)]
        case ast.Name(id=name):
            return ["number", _SIGNS[name], floats.FUNCTIONS[name]]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ["neg", *inner(operand)]
        case ast.BinOp(left=left, op=operator, right=right):
            return [_OPERATORS[type(operator)], *inner(left, right)]
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return [_OPERATORS[type(operator)], *inner(left, right)]
        case ast.Call(func=ast.Name(id="power"), args=[base, exponent]):
            return ["**", *inner(base, exponent)]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return [name, *inner(*arguments)]
        case ast.IfExp(test=condition, body=body, orelse=other):
            return ["if", *inner(condition, body, other)]
    raise ValueError(
        f"a formula of the table has a part that is not shown yet: {ast.unparse(node)}"
    )


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def readable(formula: str) -> str:
    """A formula as it is shown: with the signs of mathematics.

    >>> readable("-0.5 * x * TWO_OVER_SQRT_PI if x <= 1.0 else out")
    '−0.5·x·(2/√π) if x ≤ 1 else out'
    """
    formula = re.sub(r"(?<![\w.])(\d+)\.0(?![\w.])", r"\1", formula)
    formula = re.sub(r"\bpower\((\w+), (\w+)\)", r"\1**\2", formula)
    formula = re.sub(r"\bpower\((\w+), ([^(),]+)\)", r"\1**(\2)", formula)
    formula = _WORDS.sub(lambda word: _SIGNS.get(word[0], word[0]), formula)
    for sign, written in ((" * ", "·"), ("<=", "≤"), (">=", "≥"), ("-", "−")):
        formula = formula.replace(sign, written)
    return formula


def described(operation: Operation, n_operands: int) -> tuple[str, list[str], list[Tree]]:
    """What the page shows of an operation: its value's formula, a line for each local gradient, trees.

    Each local gradient has its tree, but those of an operation of vectors, which the page knows by name.

    >>> from autograd import ops
    >>> described(ops.div, 2)[:2]
    ('out = x / y', ['local₁ = ∂out/∂x = 1 / y', 'local₂ = ∂out/∂y = −out / y'])
    """
    if (words := OF_VECTORS.get(operation.table_name)) is not None:
        return f"out = {words[0]}", [f"local gradients: {words[1]}"], []
    formulas = formulas_of(operation)
    assert len(formulas.operands) == n_operands
    lines = [
        f"local{'₁₂₃₄'[i] if n_operands > 1 else ''} = ∂out/∂{name} = {readable(gradient)}"
        for i, (name, gradient) in enumerate(
            zip(formulas.operands, formulas.local_gradients, strict=True)
        )
    ]
    text = " ".join((formulas.value, *formulas.local_gradients))
    lines += [meaning for name, meaning in _MEANINGS.items() if f"{name}(" in text]
    trees = [tree_of(gradient, formulas.operands) for gradient in formulas.local_gradients]
    return f"out = {readable(formulas.value)}", lines, trees
