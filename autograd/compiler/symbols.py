"""The symbol reader: the table's formulas, printed as Python source.

A formula is run once, with symbols in place of numbers: what it computes is an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from autograd import floats, ops
from autograd.ops import Operation

# How tightly an expression binds: what must stand in parentheses as an operand of what.
CHOICE, COMPARISON, SUM, PRODUCT, NEGATION, ATOM = range(6)


class Symbol:
    """An expression in Python.

    Attributes:
        text: the source.
        binding: how tightly it binds.
        mask: if it is 0 where a condition holds and 1 elsewhere, or the other way round, the condition
            for 1, as a text that can be multiplied by.

    >>> x = Symbol("x")
    >>> (x - (x + 1.0) * -2.0).text
    'x - (x + 1.0) * -2.0'
    """

    __slots__ = ("binding", "mask", "text")

    def __init__(self, text: str, binding: int = ATOM, mask: str = "") -> None:
        self.text = text
        self.binding = binding
        self.mask = mask

    def within(self, binding: int) -> str:
        """The text as an operand of something that binds so tightly."""
        return self.text if self.binding >= binding else f"({self.text})"

    def __bool__(self) -> bool:
        raise TypeError(f"a formula of the table branches on data: {self.text}")

    def __repr__(self) -> str:
        return f"Symbol({self.text!r})"

    def __add__(self, other: Any) -> Symbol:
        return _joined(self, "+", other, SUM, SUM)

    def __radd__(self, other: Any) -> Symbol:
        return _joined(other, "+", self, SUM, SUM)

    def __sub__(self, other: Any) -> Symbol:
        return _joined(self, "-", other, SUM, SUM)

    def __rsub__(self, other: Any) -> Symbol:
        return _joined(other, "-", self, SUM, SUM)

    def __mul__(self, other: Any) -> Symbol:
        return _joined(self, "*", other, PRODUCT, PRODUCT)

    def __rmul__(self, other: Any) -> Symbol:
        return _joined(other, "*", self, PRODUCT, PRODUCT)

    def __truediv__(self, other: Any) -> Symbol:
        return _joined(self, "/", other, PRODUCT, PRODUCT)

    def __rtruediv__(self, other: Any) -> Symbol:
        return _joined(other, "/", self, PRODUCT, PRODUCT)

    def __mod__(self, other: Any) -> Symbol:
        return _joined(self, "%", other, PRODUCT, PRODUCT)

    def __floordiv__(self, other: Any) -> Symbol:
        return _joined(self, "//", other, PRODUCT, PRODUCT)

    def __neg__(self) -> Symbol:
        return Symbol(f"-{self.within(NEGATION)}", NEGATION)

    def __lt__(self, other: Any) -> Symbol:
        return _joined(self, "<", other, COMPARISON, SUM)

    def __le__(self, other: Any) -> Symbol:
        return _joined(self, "<=", other, COMPARISON, SUM)

    def __gt__(self, other: Any) -> Symbol:
        return _joined(self, ">", other, COMPARISON, SUM)

    def __ge__(self, other: Any) -> Symbol:
        return _joined(self, ">=", other, COMPARISON, SUM)


def symbol(x: Any) -> Symbol:
    """x itself if it is a symbol; a number as it is written."""
    if isinstance(x, Symbol):
        return x
    text = repr(float(x))
    if "n" in text:  # inf and nan are names that a source may not have; a literal too large is inf
        text = "(1e999 - 1e999)" if text == "nan" else text.replace("inf", "1e999")
    return Symbol(text, NEGATION if text.startswith("-") else ATOM)


def static(x: Any) -> str:
    """A static argument, as it is written in a call: bounds, an exponent, an index, a condition."""
    return repr(x) if isinstance(x, int) else symbol(x).text


def _joined(left: Any, sign: str, right: Any, binding: int, operands: int) -> Symbol:
    # The left operand may bind as tightly, the right one must bind more tightly: a - (b - c).
    text = f"{symbol(left).within(operands)} {sign} {symbol(right).within(operands + 1)}"
    return Symbol(text, binding)


class Reader:
    """What prints formulas.

    Args:
        names: gives a function of the table the name that it has in the source.
        where: writes a choice: of a condition and two numbers.
        special: functions that are not written as calls.

    Attributes:
        used: the names of functions that the printed source calls.
    """

    def __init__(
        self,
        names: Callable[[str], str],
        where: Callable[[Symbol, Symbol, Symbol], Symbol],
        special: Mapping[str, Callable[..., Symbol]] = MappingProxyType({}),
    ) -> None:
        self._names = names
        self.used: set[str] = set()
        self._functions: dict[str, Any] = {"__builtins__": {"len": len}, "inf": Symbol("inf")}
        for name, function in floats.FUNCTIONS.items():
            if isinstance(function, float):
                self._functions[name] = self._constant(name)
            elif callable(function):
                self._functions[name] = self._call(name)
        self._functions |= {"each": floats.each, "fill": floats.fill, "one_hot": floats.one_hot}
        self._functions["where"] = self._where(where)
        self._functions |= ops.written_out(self._functions)
        self._functions |= special

    def call(self, name: str, *operands: Any) -> Symbol:
        """A call of a function, by its name in the table."""
        written = self._names(name)
        self.used.add(written)
        return Symbol(f"{written}({', '.join(_argument(operand) for operand in operands)})")

    def _call(self, name: str) -> Callable[..., Symbol]:
        return lambda *operands: self.call(name, *operands)

    def _constant(self, name: str) -> Symbol:
        return _Constant(name, self.used)

    def _where(self, where: Callable[[Symbol, Symbol, Symbol], Symbol]) -> Callable[..., Any]:
        def choose(condition: Any, a: Any, b: Any) -> Any:
            if not isinstance(condition, Symbol):  # of static arguments
                return a if condition else b
            return where(condition, symbol(a), symbol(b))

        return choose

    def forward(self, operation: Operation, operands: Iterable[Any]) -> Symbol:
        """The value of an operation: its formula, if that is an expression, or else a call."""
        formula = operation.formulas[0]
        arguments = operation.arguments(tuple(operands))
        if formula is None or formula.__name__ != "<lambda>":
            return self.call(operation.table_name, *arguments, *operation.static)
        return symbol(operation.read(self._functions)[0](*arguments))

    def local_gradients(
        self, operation: Operation, out: Symbol, operands: Iterable[Any]
    ) -> list[Symbol]:
        """The local gradients of an operation, one for each operand."""
        formula = operation.read(self._functions)[1]
        return [symbol(local) for local in formula(out, *operation.arguments(tuple(operands)))]


class _Constant(Symbol):
    """A constant of the table, by name; the source imports it if a formula uses it."""

    __slots__ = ("_used",)

    def __init__(self, name: str, used: set[str]) -> None:
        super().__init__(name)
        self._used = used

    def within(self, binding: int) -> str:
        self._used.add(self.text)
        return super().within(binding)


def _argument(operand: Any) -> str:
    if isinstance(operand, (tuple, list)):
        elements = ", ".join(symbol(element).text for element in operand)
        return f"({elements},)" if len(operand) == 1 else f"({elements})"
    if isinstance(operand, int):
        return repr(operand)
    return symbol(operand).within(CHOICE)


def is_written_by_name(operation: Operation) -> bool:
    """Whether an operation is one of a user's own, which only its name can stand for."""
    return not operation.table_name
