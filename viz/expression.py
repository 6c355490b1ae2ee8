"""Expressions such as "tanh(w*x + b)": text → graph.

Python's own parser makes a tree of the text, and of that tree only what is listed here is computed:
numbers, variables, arithmetic and functions of autograd. All else is refused, and nothing is executed.
"""

from __future__ import annotations

import ast
import keyword
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from itertools import pairwise
from typing import Any
from unicodedata import category, east_asian_width, normalize

import autograd
from autograd import Value
from autograd.value import CONSTANT, leaf

MAX_CHARACTERS = 10_000
WIDTH = 72  # of what an error shows of a long expression

# What can be called: the functions of numbers among autograd's public names.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(autograd, name)
    for name in autograd.__all__
    if getattr(autograd, name).__module__ in ("autograd.functions", "autograd.reductions")
}
# What other languages and books call some of them, and what takes their place here.
OTHER_NAMES = {
    "ln": "log",
    "loge": "log",
    "pow": "power, or **",
    "sgn": "sign",
    "fabs": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "sigma": "sigmoid",
    "logistic": "sigmoid",
    "swish": "silu",
    "avg": "mean",
    "average": "mean",
    "product": "prod",
    "lse": "logsumexp",
    "clamp": "clip",
    "if": "where",
}
CONSTANTS = {"pi": math.pi, "e": math.e}

_ARITHMETIC: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

_SIGNS = frozenset(" +-*/%()[],.<>=!")
# Signs of formulas on paper, and ^ of other languages.
_WRITTEN = {
    "^": "**",
    "²": "**2",
    "³": "**3",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≤": "<=",
    "≥": ">=",
}
_LONE_EQUALS_SIGN = re.compile("(?<![<>=!])=(?!=)")
_PARTS = "an expression has numbers, variables, + - * / % // **, parentheses and functions"
_HINTS: dict[type[ast.expr], str] = {
    ast.Attribute: "there is no dot between names here: a function is called as tanh(x)",
    ast.Subscript: "there are no subscripts here: give each variable a name of its own, as x1",
    ast.Compare: "a comparison can only be the first argument of where: where(x > 0, a, b)",
    ast.List: "a list can only be an argument, as in dot([w1, w2], [x1, x2])",
    ast.IfExp: "a choice is written where(x > 0, a, b)",
    ast.Tuple: "there is a comma outside a function's parentheses: write one expression",
    ast.Starred: "write the arguments one by one, without *",
}
_TOO_DEEP = "the expression is nested too deeply: shorten it, or write a long sum as sum(a, b, ...)"


class ExpressionError(ValueError):
    """An expression cannot be read. The message shows it, a caret below the place, and what to do."""


def evaluate(text: str, variables: Mapping[str, Value]) -> Value:
    """The Value of an expression, with the graph that leads to it from the variables.

    It may have numbers, the constants `pi` and `e`, + - * / % // **, parentheses, and autograd's
    functions with arguments by position. `sum`, `max` and their like take numbers or one list; `dot`
    takes lists, and `where` a comparison: `dot([w1, w2], [x1, x2], b)`, `where(x > 0, x, 0)`. An
    exponent without variables is part of its operation, as in Python: `x**2` has one parent.

    Args:
        text: the expression, of at most 10,000 characters.
        variables: what each name stands for. All must occur; one that does not is likely a typo.

    Raises ExpressionError for anything else. Numbers follow IEEE 754 and raise nothing.

    >>> w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-1.0, "b")
    >>> y = evaluate("tanh(w*x + b)", {"w": w, "x": x, "b": b})
    >>> y.backward()
    >>> y.data, w.grad
    (0.0, 2.0)
    """
    for name in variables:
        _check_name(name)
    # Composed, as a letter and its accent or the parts of a Korean syllable are one character. On one
    # line, so that a caret can point at any place.
    text = " ".join(normalize("NFC", text).split())
    _check_text(text)
    try:
        tree = _parsed(text)
        root = _Reader(text, variables).operand(tree)
    except (RecursionError, MemoryError):  # Python's parser runs out of its own small stack
        raise _error(text, None, _TOO_DEEP) from None
    occurring = _names(tree)
    for name in variables:
        if name not in occurring:
            raise _error(text, None, f"{name} is given but not used: leave it out, or correct it")
    return root


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Korean or another wide character.

    >>> columns("x = 기울기")
    10
    """
    return sum(
        0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text
    )


def _check_name(name: str) -> None:
    reason = ""
    if not name.isidentifier():
        reason = "a name has letters, digits and _, and no digit first"
    elif keyword.iskeyword(name):
        reason = f"it is a word of Python; write {name}_"
    elif name in FUNCTIONS:
        reason = "it is a function; choose another"
    elif (plain := normalize("NFKC", name)) != name:
        reason = f"Python reads it as {plain}; write that"
    if reason:
        raise ExpressionError(f"{name!r} cannot be the name of a variable: {reason}")


def _check_text(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _error(text, None, f"{len(text):,} characters are more than {MAX_CHARACTERS:,}")
    if not text:
        raise ExpressionError("the expression is empty: give one, as tanh(w*x + b)")
    for position, character in enumerate(text):
        if character in _WRITTEN:
            raise _error(text, position, f"{character} is written {_WRITTEN[character]} here")
        if not (character in _SIGNS or f"_{character}".isidentifier()):
            raise _error(text, position, f"{character!r} has no meaning here: {_PARTS}")


def _parsed(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's parser about the style of numbers
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        if error.msg == "too many nested parentheses":
            raise _error(text, None, _TOO_DEEP) from None
        if equals := _LONE_EQUALS_SIGN.search(text):
            advice = (
                "there is no = in an expression: write what is right of it; values come after it"
            )
            raise _error(text, equals.start(), advice) from None
        at_end = error.msg == "invalid syntax" and not error.offset
        position = len(text) if at_end else max(0, (error.offset or 0) - 1)
        raise _error(text, position, _syntax_advice(error.msg, at_end)) from None


def _syntax_advice(message: str, at_end: bool) -> str:
    if at_end:
        return "something is missing at the end"
    if message.startswith("invalid syntax"):
        return "this does not fit here: is there an operator or a comma missing, or one too many?"
    if message.startswith("Exceeds the limit"):
        return "this number has too many digits: write it as 1e100, for one"
    if message == "invalid decimal literal":
        return "this is not a number; a product needs its *, as in 2*x"
    return message


class _Reader:
    """Computes a tree, operands before operations; each variable is the one Value that was given."""

    def __init__(self, text: str, variables: Mapping[str, Value]) -> None:
        self.text = text
        self.variables = variables

    def operand(self, node: ast.expr) -> Value:
        """The Value of a node that stands for one number."""
        match node:
            case ast.Constant():
                return _constant(self.literal(node))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as literal):
                return _constant(-self.literal(literal))  # -3 is a number, no operation
            case ast.UnaryOp(op=ast.USub()):
                return -self.operand(node.operand)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.operand(node.operand)
            case ast.BinOp(op=ast.Pow()):
                base, exponent = self.operand(node.left), self.operand(node.right)
                return base ** (exponent if self.varies(node.right) else exponent.data)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                return _ARITHMETIC[type(node.op)](self.operand(node.left), self.operand(node.right))
            case ast.BinOp():
                raise self.wrong_operator(node)
            case ast.Name():
                return self.named(node)
            case ast.Call() if not _is_list(node):
                value: Value = self.call(node)
                return value
            case ast.Call():
                advice = "this is a list: choose one of it, as in select(0, softmax(a, b))"
                raise self.error(node, advice)
        raise self.error(node, _HINTS.get(type(node), f"this has no meaning here: {_PARTS}"))

    def literal(self, node: ast.Constant) -> float:
        number = node.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise self.error(node, f"{number!r} is not a real number")
        try:
            return float(number)
        except OverflowError:
            return math.inf  # as 1e999 is

    def named(self, node: ast.Name) -> Value:
        name = node.id
        if name in self.variables:
            return self.variables[name]
        if name in CONSTANTS:
            return _constant(CONSTANTS[name], name)
        if name in FUNCTIONS:
            raise self.error(node, f"{name} is a function: write its arguments, {_form(name)}")
        given = f" (given: {', '.join(self.variables)})" if self.variables else ""
        raise self.error(node, f"{name} has no value: give one, as {name}=1.0{given}")

    def call(self, node: ast.Call) -> Any:
        """What a function gives: a Value, or of softmax a list of them."""
        name = self.function_name(node.func)
        arguments = self.arguments(name, node)
        try:
            return FUNCTIONS[name](*arguments)
        except (IndexError, ValueError) as error:  # lists of two lengths, a position too large, ...
            raise self.error(node, str(error)) from None

    def arguments(self, name: str, node: ast.Call) -> list[Any]:
        if node.keywords:
            raise self.error(node.keywords[0], f"arguments go by their position: {_form(name)}")
        given = node.args
        parameters = list(signature(FUNCTIONS[name]).parameters.values())
        if [parameter.annotation for parameter in parameters] == ["Iterable[Operand]"]:
            if len(given) == 1 and _is_list(given[0]):
                return [self.numbers(given[0])]
            return [[self.operand(each) for each in given]]
        required = sum(parameter.default is Parameter.empty for parameter in parameters)
        if not required <= len(given) <= len(parameters):
            s = "" if len(given) == 1 else "s"
            advice = f"it is {_form(name)}, but here it has {len(given)} argument{s}"
            raise self.error(node, advice)
        return [self.argument(*each) for each in zip(parameters, given, strict=False)]

    def function_name(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name) if name in FUNCTIONS:
                return name
            case ast.Name(id=name) if name not in self.variables and name not in CONSTANTS:
                alike = OTHER_NAMES.get(name.lower()) or " or ".join(
                    get_close_matches(name, FUNCTIONS)
                )
                advice = f"is it {alike}?" if alike else f"there are {', '.join(FUNCTIONS)}"
                raise self.error(node, f"there is no function {name}: {advice}")
            case ast.Attribute():
                raise self.error(node, _HINTS[ast.Attribute])
        raise self.error(node, "this is not a function; a product needs its *, as in 2*(x + 1)")

    def argument(self, parameter: Parameter, node: ast.expr) -> Any:
        """An argument as the annotation of its parameter asks for it."""
        match parameter.annotation:
            case "T" | "Operand":
                return self.operand(node)
            case "Iterable[Operand]":
                return self.numbers(node)
            case "bool | Condition":
                return self.condition(node)
            case "float":
                return self.fixed(parameter, node)
            case "int | Value":
                number = self.fixed(parameter, node)
                if number.is_integer():
                    return int(number)
                raise self.error(node, f"the {parameter.name} is a whole number, not {number!r}")
        raise AssertionError(f"a parameter of an unknown kind: {parameter}")

    def numbers(self, node: ast.expr) -> list[Value]:
        """The Values of a node that stands for a list."""
        match node:
            case ast.List(elts=[]):
                raise self.error(node, "this list is empty")
            case ast.List(elts=elements):
                return [self.operand(each) for each in elements]
            case ast.Call() if _is_list(node):
                values: list[Value] = self.call(node)
                return values
        raise self.error(node, "this must be a list, as [a, b]")

    def fixed(self, parameter: Parameter, node: ast.expr) -> float:
        """A number that belongs to the operation, and has no gradient."""
        if self.varies(node):
            advice = f"the {parameter.name} is a fixed number: it cannot depend on a variable"
            raise self.error(node, advice)
        return self.operand(node).data

    def condition(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Compare):
            raise self.error(node, "this must be a comparison, as in where(x > 0, a, b)")
        for comparison in node.ops:
            if type(comparison) not in _COMPARISONS:
                raise self.error(node, "compare by one of < <= > >= == !=")
        numbers = [self.operand(each).data for each in (node.left, *node.comparators)]
        return all(
            _COMPARISONS[type(comparison)](x, y)
            for comparison, (x, y) in zip(node.ops, pairwise(numbers), strict=True)
        )

    def varies(self, node: ast.expr) -> bool:
        return not _names(node).isdisjoint(self.variables)

    def position(self, n_bytes: int) -> int:
        """A position in characters; the parser counts the bytes of UTF-8."""
        return len(self.text.encode()[:n_bytes].decode())

    def wrong_operator(self, node: ast.BinOp) -> ExpressionError:
        assert node.left.end_col_offset is not None
        position = self.position(node.left.end_col_offset)
        while self.text[position] in " )":
            position += 1
        return _error(self.text, position, "the operators are + - * / % // ** and no other")

    def error(self, node: ast.expr | ast.keyword, advice: str) -> ExpressionError:
        return _error(self.text, self.position(node.col_offset), advice)


def _constant(number: float, label: str = "") -> Value:
    value = leaf(number, CONSTANT)
    value.label = label
    return value


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _is_list(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            return str(signature(FUNCTIONS[name]).return_annotation).startswith("list")
    return isinstance(node, ast.List)


def _form(name: str) -> str:
    """How a function is called: leaky_relu(x[, slope])."""
    parts = [
        parameter.name if parameter.default is Parameter.empty else f"[{parameter.name}]"
        for parameter in signature(FUNCTIONS[name]).parameters.values()
    ]
    return f"{name}({', '.join(parts)})"


def _error(text: str, position: int | None, advice: str) -> ExpressionError:
    """The error that shows a text, or the part of a long one that has the position in it."""
    begin = 0 if position is None or len(text) <= WIDTH else max(0, position - WIDTH // 2)
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    before = "…" if begin else ""
    after = "…" if begin + WIDTH < len(text) else ""
    lines = [before + shown[begin : begin + WIDTH] + after]
    if position is not None:
        lines.append(" " * columns(before + shown[begin:position]) + "^")
    return ExpressionError("\n".join([*lines, advice]))
