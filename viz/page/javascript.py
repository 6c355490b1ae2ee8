"""The JavaScript reader: entries of the derivative table, printed as JavaScript source.

A formula is run once, with expressions in place of numbers and of vectors of any length, and what it
computes is printed: its local variables become constants, the table's named formulas functions. So no
derivative is written a second time. What JavaScript has no function for stands in functions.js.

The arithmetic is that of IEEE 754, in JavaScript as in the engine; nothing raises an exception.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import count
from types import FrameType, FunctionType
from typing import Any

from autograd import floats, ops
from autograd.compiler.symbols import is_written_by_name
from autograd.ops import Formula, Operation

# How tightly an expression binds: what must stand in parentheses as an operand of what.
CHOICE, COMPARISON, SUM, PRODUCT, NEGATION, POWER, ATOM = range(7)

WIDTH = 100  # of a line of source

# Functions of the table that JavaScript's Math has by the same names, and nearly as exact as Python's.
_MATH = {
    *(
        "abs",
        "acos",
        "acosh",
        "asin",
        "asinh",
        "atan",
        "atan2",
        "atanh",
        "cbrt",
        "cos",
        "cosh",
        "exp",
    ),
    *("expm1", "hypot", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh"),
}

_serials = count()


class Expression:
    """An expression in JavaScript, of a number or of a vector: the language does not tell them apart.

    Attributes:
        parts: the source: texts, and operands, each with how tightly it must bind.
        binding: how tightly the whole binds.
        sign: the operator that joins two operands, if that is what it is.
        uses: the table's function or constant that it mentions, by its name there.
        serial: counts expressions in the order in which they were made.

    >>> x = Expression("x")
    >>> (-x - (x + 1.0) * x / 2.0).text()
    '-x - ((x + 1) * x) / 2'
    """

    __slots__ = ("binding", "parts", "serial", "sign", "uses")

    def __init__(
        self,
        *parts: str | tuple[Any, int],
        binding: int = ATOM,
        sign: str = "",
        uses: str = "",
    ) -> None:
        self.parts = parts
        self.binding = binding
        self.sign = sign
        self.uses = uses
        self.serial = next(_serials)

    def text(self) -> str:
        """The source, nothing in it having a name."""
        return _Scope({}).text(self)

    def __repr__(self) -> str:
        return f"Expression({self.text()!r})"

    def __bool__(self) -> bool:
        raise TypeError(f"a formula of the table branches on data: if {self.text()}")

    def __add__(self, other: Any) -> Expression:
        return _joined(self, "+", other, SUM)

    def __radd__(self, other: Any) -> Expression:
        return _joined(other, "+", self, SUM)

    def __sub__(self, other: Any) -> Expression:
        return _joined(self, "-", other, SUM)

    def __rsub__(self, other: Any) -> Expression:
        return _joined(other, "-", self, SUM)

    def __mul__(self, other: Any) -> Expression:
        return _joined(self, "*", other, PRODUCT)

    def __rmul__(self, other: Any) -> Expression:
        return _joined(other, "*", self, PRODUCT)

    def __truediv__(self, other: Any) -> Expression:
        return _joined(self, "/", other, PRODUCT)

    def __rtruediv__(self, other: Any) -> Expression:
        return _joined(other, "/", self, PRODUCT)

    def __floordiv__(self, other: Any) -> Expression:
        return Expression("Math.floor(", (self / other, CHOICE), ")")

    def __neg__(self) -> Expression:
        return Expression("-", (self, ATOM), binding=NEGATION)

    def __lt__(self, other: Any) -> Expression:
        return _joined(self, "<", other, COMPARISON)

    def __le__(self, other: Any) -> Expression:
        return _joined(self, "<=", other, COMPARISON)

    def __gt__(self, other: Any) -> Expression:
        return _joined(self, ">", other, COMPARISON)

    def __ge__(self, other: Any) -> Expression:
        return _joined(self, ">=", other, COMPARISON)

    def __getitem__(self, index: Any) -> Expression:
        if isinstance(index, slice):
            # As Python's slices of a step of 1, whose ends may be left out.
            ends = [index.start if index.start is not None else 0]
            if index.stop is not None:
                ends.append(index.stop)
            return Expression((self, ATOM), ".slice(", *_listed(ends), ")")
        return Expression((self, ATOM), "[", (expression(index), CHOICE), "]")

    def __iter__(self) -> Iterator[Spread]:
        return iter([Spread(self)])


class Spread:
    """All elements of a vector, where elements are listed: `...xs`."""

    __slots__ = ("vector",)

    def __init__(self, vector: Expression) -> None:
        self.vector = vector


def expression(x: Any) -> Expression:
    """x itself if it is an expression; a number as it is written, a tuple as an array.

    >>> [expression(x).text() for x in (2.0, -0.5, 1e-8, -2.0**200, -math.inf, (1.0, 0.0))]
    ['2', '-0.5', '1e-8', '-(2 ** 200)', '-Infinity', '[1, 0]']
    """
    if isinstance(x, Expression):
        return x
    if isinstance(x, tuple):
        return Expression("[", *_listed(x), "]")
    number = float(x)
    if math.copysign(1.0, number) < 0.0:
        return -expression(-number)
    mantissa, exponent = math.frexp(number)
    if mantissa == 0.5 and abs(exponent) > 60:
        return Expression(f"2 ** {exponent - 1}", binding=POWER)
    if not math.isfinite(number):
        return Expression("NaN" if math.isnan(number) else "Infinity")
    digits, e, power = repr(number).removesuffix(".0").partition("e")
    return Expression(f"{digits}{e}{int(power)}" if e else digits)


def _joined(left: Any, sign: str, right: Any, binding: int) -> Expression:
    # The left operand may bind as tightly, the right one must bind more tightly: a - (b - c). And
    # quotients are set off from products: (a * b) / c.
    left = expression(left)
    is_mixed = binding == PRODUCT and left.binding == PRODUCT and left.sign != sign
    operands = SUM if binding == COMPARISON else binding
    return Expression(
        (left, ATOM if is_mixed else operands),
        f" {sign} ",
        (expression(right), operands + 1),
        binding=binding,
        sign=sign,
    )


def _listed(elements: Iterable[Any]) -> list[str | tuple[Any, int]]:
    """Elements of an array, or arguments of a call, with commas between them."""
    parts: list[str | tuple[Any, int]] = []
    for element in elements:
        if parts:
            parts.append(", ")
        if isinstance(element, Spread):
            parts += ["...", (element.vector, ATOM)]
        else:
            parts.append((expression(element), CHOICE))
    return parts


# What formulas call and is not written as a call.


def _vector(xs: Any) -> Expression:
    rest = _spread(xs)
    return expression(xs) if rest is None else rest


def _spread(xs: Any) -> Expression | None:
    """The vector of whose elements a formula's `*rest` consists."""
    match xs:
        case (Spread() as spread,):
            return spread.vector
    return None


def _length(xs: Any) -> Expression:
    return Expression((_vector(xs), ATOM), ".length")


def _fill(number: Any, xs: Any) -> Expression:
    return _mapped(xs, "", expression(number))


def _each(function: Any, xs: Any) -> Expression:
    name = _identifier(function.__code__.co_varnames[0])
    return _mapped(xs, name, expression(function(Expression(name))))


def _mapped(xs: Any, parameter: str, element: Expression) -> Expression:
    return Expression((_vector(xs), ATOM), f".map(({parameter}) => ", (element, COMPARISON), ")")


def _where(condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, Expression):  # of static arguments
        return a if condition else b
    a, b = expression(a), expression(b)
    parts = (condition, COMPARISON), " ? ", (a, COMPARISON), " : ", (b, CHOICE)
    return Expression(*parts, binding=CHOICE)


def _call(name: str) -> Callable[..., Expression]:
    written = f"Math.{name}" if name in _MATH else _identifier(name)
    return lambda *operands: Expression(f"{written}(", *_listed(operands), ")", uses=name)


def _identifier(name: str) -> str:
    """A name as is the custom in JavaScript: one_hot is oneHot, while LN2 stays LN2."""
    first, *rest = name.split("_")
    return name if name.isupper() else first + "".join(word.capitalize() for word in rest)


# The namespace that formulas are bound to.
_FUNCTIONS: dict[str, Any] = {
    name: Expression(name, uses=name) if isinstance(function, float) else _call(name)
    for name, function in floats.FUNCTIONS.items()
    if name != "__builtins__"
}
_FUNCTIONS |= {
    "__builtins__": {"len": _length},
    "each": _each,
    "fill": _fill,
    "inf": expression(floats.inf),
    "where": _where,
}


class _Run:
    """A function of the table, run with expressions.

    Attributes:
        result: what it returns.
        variables: its local variables that are expressions, by their names.
    """

    def __init__(self, function: Formula, *arguments: Any) -> None:
        variables: dict[str, Any] = {}

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if frame.f_code is not function.__code__:
                return None
            if event == "return":
                variables.update(frame.f_locals)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self.result = function(*arguments)
        finally:
            sys.settrace(before)
        self.variables = {
            _identifier(name): _vector(value)
            for name, value in variables.items()
            if isinstance(value, Expression) or _spread(value) is not None
        }


class _Scope:
    """Prints expressions, of which some have names.

    Attributes:
        printed: the expressions printed so far, those with names included.
        used: the table's functions and constants that they mention.
    """

    def __init__(self, names: Mapping[Expression, str]) -> None:
        self._names = names
        self.printed: set[Expression] = set()
        self.used: list[str] = []

    def text(self, printed: Expression, binding: int = CHOICE) -> str:
        """An expression as an operand of something that binds so tightly."""
        self.printed.add(printed)
        return self._names.get(printed) or self.definition(printed, binding)

    def definition(self, printed: Expression, binding: int = CHOICE) -> str:
        """An expression in full, even if it has a name."""
        if printed.uses:
            self.used.append(printed.uses)
        text = "".join(
            part if isinstance(part, str) else self.text(*part) for part in printed.parts
        )
        return text if printed.binding >= binding else f"({text})"


class _Parameters:
    """The parameters of a function in JavaScript, and what a formula is given of them.

    Attributes:
        patterns: each parameter, with the expressions that it names.
        arguments: the formula's arguments.
        variables: expressions that are computed of the parameters first, by their names.
    """

    def __init__(self, operation: Operation) -> None:
        code = operation.formulas[1].__code__
        # Without `out`, the first, and static arguments, which come last.
        names = code.co_varnames[1 : code.co_argcount - len(operation.static)]
        self.variables: dict[str, Expression] = {}
        if operation.arguments is tuple:
            self.arguments: Sequence[Any] = [Expression(_identifier(name)) for name in names]
            pattern = f"[{', '.join(map(_identifier, names))}]"
            self.patterns = {pattern: list(self.arguments)}
        else:
            whole = Expression("xs" if operation.arguments is ops.one_vector else "parents")
            self.patterns = {whole.text(): [whole]}
            run = _Run(FunctionType(operation.arguments.__code__, _FUNCTIONS), whole)
            self.arguments, self.variables = run.result, run.variables


class _Writer:
    """Prints entries of the table, and notes what they use.

    Attributes:
        constants: declarations of the constants that are used, by their names.
        functions: declarations of the functions that are used, each after those that it uses itself.
    """

    def __init__(self) -> None:
        self.constants: dict[str, str] = {}
        self.functions: dict[str, str] = {}

    def entry(self, operation: Operation) -> str:
        """The member of `TABLE` that an operation has."""
        key = key_of(operation)
        lines = [
            f"  {key if key.isidentifier() else json.dumps(key)}: {{",
            self._forward(operation),
            self._gradients(operation),
            "  },",
        ]
        return "\n".join(lines)

    def _forward(self, operation: Operation) -> str:
        parameters = _Parameters(operation)
        formula = operation.formulas[0]
        if formula is None or formula.__name__ != "<lambda>":
            # A base function, or a formula with a name, which others call too.
            result = _call(operation.table_name)(*parameters.arguments)
            variables = parameters.variables
        else:
            run = _Run(operation.read(_FUNCTIONS)[0], *parameters.arguments)
            result, variables = run.result, parameters.variables | run.variables
        return self._function("    forward: ", parameters.patterns, result, variables, ",")

    def _gradients(self, operation: Operation) -> str:
        parameters = _Parameters(operation)
        out = Expression("out")
        run = _Run(operation.read(_FUNCTIONS)[1], out, *parameters.arguments)
        patterns = {"out": [out]} | parameters.patterns
        variables = parameters.variables | run.variables
        return self._function("    gradients: ", patterns, run.result, variables, ",")

    def _function(
        self,
        before: str,
        patterns: Mapping[str, Sequence[Expression]],
        result: Any,
        variables: Mapping[str, Expression],
        after: str,
    ) -> str:
        """A function, between the texts that stand before and after it.

        The last of its parameters are left out if nothing uses them, and so are variables.
        """
        given = [one for named in patterns.values() for one in named]
        names = {one: name for name, one in variables.items() if one not in given}
        scope = _Scope(names)
        margin = " " * (len(before) - len(before.lstrip()))
        scope.text(expression(result))
        statements: list[str] = []
        for one in sorted(names, key=lambda one: one.serial, reverse=True):
            if one in scope.printed:
                statements.insert(0, f"{margin}  const {names[one]} = {scope.definition(one)};")
        parameters = list(patterns)
        while parameters and scope.printed.isdisjoint(patterns[parameters[-1]]):
            parameters.pop()
        head = f"{before}({', '.join(parameters)}) => "
        if statements:
            returned = _lines(scope, f"{margin}  return ", result, ";")
            lines = [f"{head}{{", *statements, *returned, f"{margin}}}{after}"]
        else:
            lines = _lines(scope, head, result, after, COMPARISON)
        for name in scope.used:
            self._declare(name)
        return "\n".join(lines)

    def _declare(self, name: str) -> None:
        """Declare a function or a constant of the table, unless it is JavaScript's."""
        function = floats.FUNCTIONS[name]
        written = _identifier(name)
        if name in _MATH or written in self.functions:
            return
        if isinstance(function, float):
            self.constants[written] = f"const {written} = {expression(function).text()};"
        elif getattr(function, "__globals__", None) is floats.FUNCTIONS:  # a formula of the table
            code = function.__code__
            names = map(_identifier, code.co_varnames[: code.co_argcount])
            patterns = {name: [Expression(name)] for name in names}
            run = _Run(FunctionType(code, _FUNCTIONS), *(one for (one,) in patterns.values()))
            self.functions[written] = self._function(
                f"const {written} = ", patterns, run.result, run.variables, ";"
            )
        else:
            self._copy(written)

    def _copy(self, name: str) -> None:
        """Declare a function of functions.js, and before it those that it uses."""
        declarations = _written_by_hand()
        if name not in declarations:
            raise LookupError(
                f"the derivative table uses {name}, which JavaScript's Math does not have: declare it "
                "in viz/page/functions.js"
            )
        words = _WORD.findall(_COMMENT.sub("", declarations[name]))
        for word in dict.fromkeys(words):
            if word in declarations and word != name and word not in self.functions:
                self._copy(word)
        self.functions[name] = declarations[name]


def _lines(scope: _Scope, before: str, result: Any, after: str, binding: int = CHOICE) -> list[str]:
    """An expression between two texts; elements have lines of their own where they would be too long."""
    line = before + scope.text(expression(result), binding) + after
    if len(line) <= WIDTH or not isinstance(result, tuple):
        return [line]
    margin = " " * (len(before) - len(before.lstrip()))
    elements = [scope.text(Expression(*_listed([element]))) for element in result]
    return [f"{before}[", *(f"{margin}  {element}," for element in elements), f"{margin}]{after}"]


_COMMENT = re.compile(r"//.*")
_WORD = re.compile(r"(?<![.\w])[A-Za-z]\w*")
_DECLARATION = re.compile(r"^const (\w+) =", re.MULTILINE)


@cache
def _written_by_hand() -> dict[str, str]:
    """The declarations of functions.js, by their names, with the comments before them."""
    text = resources.files("viz.page").joinpath("functions.js").read_text("utf-8")
    blocks = re.split(r"\n\n(?=\S)", text.strip())
    return {match[1]: block for block in blocks if (match := _DECLARATION.search(block))}


def key_of(operation: Operation) -> str:
    """The key of an operation in `TABLE`: its name there, and its static arguments if it has any.

    Raises ValueError for a user's own operation, which has no entry.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> [key_of(v.operation) for v in (x**3, x.tanh(), x.clip(-1.0, math.inf))]
    ['power(3)', 'tanh', 'clip(-1, Infinity)']
    """
    if is_written_by_name(operation):
        raise ValueError(
            f"{operation.name} is an operation of a user's own: it is no entry of the derivative table "
            "and has no JavaScript"
        )
    if not operation.static:
        return operation.table_name
    static = ", ".join(map(_static, operation.static))
    return f"{operation.table_name}({static})"


def _static(argument: float) -> str:
    return str(argument).lower() if isinstance(argument, bool) else expression(argument).text()


def table(operations: Iterable[Operation]) -> str:
    """The entries of some operations as JavaScript source.

    The source declares the constants and functions that the entries use, and no others, and at last
    `TABLE`, whose members are found by `key_of`:

        const TABLE = { "key": { forward: (xs) => number, gradients: (out, xs) => [numbers] }, ... };

    `xs` is the array of all operands in order; there is a local gradient for each. Static arguments are
    written into an entry, so that `x ** 2` and `x ** 3` have one each. Users' own operations have none,
    and are passed over. The source depends on which operations there are, not on their order.

    >>> from autograd import ops
    >>> print(table([ops.tanh]), end="")
    const sech2 = (x) => {
      const t = Math.tanh(x);
      const tail = Math.exp((Math.abs(x) > 300 ? -1 : -2) * Math.abs(x));
      const far = Math.abs(x) > 300 ? 4 * tail * tail : (4 * tail) / ((1 + tail) * (1 + tail));
      return Math.abs(x) < 0.75 ? 1 - t * t : far;
    };
    <BLANKLINE>
    const TABLE = {
      tanh: {
        forward: ([x]) => Math.tanh(x),
        gradients: (out, [x]) => [sech2(x)],
      },
    };
    """
    by_key = {key_of(one): one for one in operations if not is_written_by_name(one)}
    order = [*ops.TABLE, *ops.DECISIONS]
    keys = sorted(by_key, key=lambda key: (order.index(by_key[key].table_name), key))
    writer = _Writer()
    entries = [writer.entry(by_key[key]) for key in keys]
    declared = "\n".join(["const TABLE = {", *entries, "};"]) if entries else "const TABLE = {};"
    constants = "\n".join(writer.constants[name] for name in sorted(writer.constants))
    return "\n\n".join(filter(None, [constants, *writer.functions.values(), declared])) + "\n"
