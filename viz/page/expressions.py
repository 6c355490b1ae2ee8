"""Expressions in JavaScript: what the derivative table's formulas are run with to be printed.

They stand in place of numbers, and of vectors of any length. A formula makes new ones of them, by
arithmetic and by calls of `FUNCTIONS`, which is the namespace that it is bound to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from autograd import floats, ops

# How tightly an expression binds: what must stand in parentheses as an operand of what.
CHOICE, COMPARISON, SUM, PRODUCT, NEGATION, POWER, ATOM = range(7)

# Functions of the table that JavaScript's Math has by the same names, and nearly as exact as Python's.
MATH = {
    *("abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh"),
    *("exp", "expm1", "hypot", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt"),
    *("tan", "tanh"),
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
        return Scope({}).text(self)

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

    def __mod__(self, other: Any) -> Expression:
        return call("mod")(self, other)

    def __floordiv__(self, other: Any) -> Expression:
        if isinstance(other, int):  # a part of a count
            return Expression("Math.floor(", (self / other, CHOICE), ")")
        return call("floor_divide")(self, other)

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
            return Expression((self, ATOM), ".slice(", *listed(ends), ")")
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
        return Expression("[", *listed(x), "]")
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


def listed(elements: Iterable[Any]) -> list[str | tuple[Any, int]]:
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


class Scope:
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


# What formulas call and is not written as a call.


def vector_of(xs: Any) -> Expression:
    rest = spread(xs)
    return expression(xs) if rest is None else rest


def spread(xs: Any) -> Expression | None:
    """The vector of whose elements a formula's `*rest` consists."""
    match xs:
        case (Spread() as spread,):
            return spread.vector
    return None


def _length(xs: Any) -> Expression:
    return Expression((vector_of(xs), ATOM), ".length")


def _fill(number: Any, xs: Any) -> Expression:
    return _mapped(xs, "", expression(number))


def _each(function: Any, xs: Any) -> Expression:
    name = identifier(function.__code__.co_varnames[0])
    return _mapped(xs, name, expression(function(Expression(name))))


def _mapped(xs: Any, parameter: str, element: Expression) -> Expression:
    return Expression((vector_of(xs), ATOM), f".map(({parameter}) => ", (element, COMPARISON), ")")


def _where(condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, Expression):  # of static arguments
        return a if condition else b
    a, b = expression(a), expression(b)
    parts = (condition, COMPARISON), " ? ", (a, COMPARISON), " : ", (b, CHOICE)
    return Expression(*parts, binding=CHOICE)


def call(name: str) -> Callable[..., Expression]:
    written = f"Math.{name}" if name in MATH else identifier(name)
    return lambda *operands: Expression(f"{written}(", *listed(operands), ")", uses=name)


def identifier(name: str) -> str:
    """A name as is the custom in JavaScript: one_hot is oneHot, while LN2 stays LN2."""
    first, *rest = name.split("_")
    return name if name.isupper() else first + "".join(word.capitalize() for word in rest)


# The namespace that formulas are bound to.
FUNCTIONS: dict[str, Any] = {
    name: Expression(name, uses=name) if isinstance(function, float) else call(name)
    for name, function in floats.FUNCTIONS.items()
    if name != "__builtins__"
}
FUNCTIONS |= {
    "__builtins__": {"len": _length},
    "each": _each,
    "fill": _fill,
    "inf": expression(floats.inf),
    "where": _where,
}
FUNCTIONS |= ops.written_out(FUNCTIONS)
