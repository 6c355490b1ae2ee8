"""The derivative table's formulas as text, for those who want to see why a local gradient is what it is.

The formulas are the table's own, run once with symbols. What they owe to rounding and overflow is left
out: of a choice by a tiny or a huge number the everyday branch is shown, and a part with a name of its
own is shown by what it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

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
    gradients = reader.local_gradients(operation, Symbol("out"), operands)
    return Formulas(
        reader.forward(operation, operands).text,
        tuple(gradient.text for gradient in gradients),
        names,
    )


def _is_precaution(condition: str, operation: Operation) -> bool:
    if "TINY" in condition or "HUGE" in condition:
        return True
    if (number := _LAST_NUMBER.search(condition)) is None:
        return False
    threshold = float(number[0])
    return abs(threshold) >= _LARGE and threshold not in operation.static


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


def described(operation: Operation, n_operands: int) -> tuple[str, list[str]]:
    """What the page shows of an operation: its value's formula, and a line for each local gradient.

    >>> from autograd import ops
    >>> described(ops.mul, 2)
    ('out = x·y', ['∂out/∂x = y', '∂out/∂y = x'])
    """
    if (words := OF_VECTORS.get(operation.table_name)) is not None:
        return f"out = {words[0]}", [f"local gradients: {words[1]}"]
    formulas = formulas_of(operation)
    assert len(formulas.operands) == n_operands
    lines = [
        f"∂out/∂{name} = {readable(gradient)}"
        for name, gradient in zip(formulas.operands, formulas.local_gradients, strict=True)
    ]
    text = " ".join((formulas.value, *formulas.local_gradients))
    lines += [meaning for name, meaning in _MEANINGS.items() if f"{name}(" in text]
    return f"out = {readable(formulas.value)}", lines
