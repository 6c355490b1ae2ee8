"""The table of derivatives: every primitive operation, defined once.

An entry names an operation and gives two formulas: its value, computed from its operands, and its
local gradients, d(out)/d(operand), one per operand, computed from the value `out` and the operands.
Formulas are polymorphic. They use arithmetic, the table's own functions and `where`, never `if` on
data, so that one entry serves every reader: floats, arrays, Values (derivatives of any order) and
symbols that print themselves as source code. A reader is a dictionary of functions; `Operation.read`
binds an entry's formulas to it.

A base operation (`exp`, `log`, `dot`, ...) has no formula for its value: each reader brings its own.
n-ary entries receive vectors of operands; static arguments (an exponent) come last and belong to the
operation, not to the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from autograd import floats

Formula = Callable[..., Any]

TABLE: dict[str, Operation] = {}


class Operation:
    """One entry of the table.

    Calling an operation computes its value from floats: `exp(0.0)` is 1.0. `forward` and
    `local_gradients` are the formulas bound to floats, as fast as Python runs them; they may raise
    where Python's `math` does, and the caller then turns to IEEE arithmetic (see `arrays.py`).
    """

    __slots__ = ("_formulas", "_static", "forward", "local_gradients", "name")
    kind = "operation"

    def __init__(
        self,
        name: str,
        formulas: tuple[Formula | None, Formula],
        static: tuple[float, ...] = (),
    ) -> None:
        self.name = name
        self._formulas = formulas
        self._static = static
        self.forward, self.local_gradients = self.read(floats.FUNCTIONS)

    def read(self, functions: dict[str, Any]) -> tuple[Formula, Formula]:
        """This entry's two formulas, with the table's names bound to a reader's `functions`."""
        forward, local_gradients = self._formulas
        return (
            functions[self.name] if forward is None else self._bind(forward, functions),
            self._bind(local_gradients, functions),
        )

    def _bind(self, formula: Formula, functions: dict[str, Any]) -> Formula:
        # Static arguments become defaults of the last parameters, so binding costs a call nothing.
        code = formula.__code__
        return FunctionType(code, functions, self.name, self._static or None)

    def with_static(self, name: str, *static: float) -> Operation:
        """This operation with its static arguments filled in: `power` with 3 is `**3`."""
        return Operation(name, self._formulas, static)

    def __call__(self, *operands: Any) -> Any:
        return self.forward(*operands)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


def entry(name: str, forward: Formula | None, local_gradients: Formula) -> Operation:
    """Add an operation to the table."""
    operation = TABLE[name] = Operation(name, (forward, local_gradients))
    floats.FUNCTIONS.setdefault(name, operation.forward)
    return operation


where = floats.where  # a name that formulas use; each reader brings its own
fill = floats.fill
each = floats.each
largest = floats.largest
inf = floats.inf

# Arithmetic.
add = entry("+", lambda x, y: x + y, lambda out, x, y: (1.0, 1.0))
sub = entry("-", lambda x, y: x - y, lambda out, x, y: (1.0, -1.0))
mul = entry("*", lambda x, y: x * y, lambda out, x, y: (y, x))
div = entry("/", lambda x, y: x / y, lambda out, x, y: (1.0 / y, -out / y))
neg = entry("neg", lambda x: -x, lambda out, x: (-1.0,))

# Powers. d/dx x^y = y x^(y-1), which is 0 for y = 0 even at x = 0; d/dy x^y = x^y log x, whose limit
# at x = 0 is 0 for y > 0. `power` has a static exponent: the graph of x ** 3 has one parent.
power: Operation = entry(
    "power",
    lambda x, exponent: power(x, exponent),
    lambda out, x, exponent: (exponent * power(x, exponent - 1.0) if exponent else 0.0,),
)
pow = entry(
    "**",
    lambda x, y: power(x, y),
    lambda out, x, y: (
        where(y == 0.0, 0.0, y * power(x, y - 1.0)),
        where(x == 0.0, where(y >= 0.0, 0.0, out * log(x)), out * log(x)),
    ),
)

# Exponential and logarithm.
exp = entry("exp", None, lambda out, x: (out,))
log: Operation = entry("log", None, lambda out, x: (1.0 / x,))

# |x| and its sign; both derivatives at 0 are 0.
abs = entry("abs", None, lambda out, x: (sign(x),))
sign: Operation = entry(
    "sign",
    lambda x: where(x > 0.0, 1.0, where(x < 0.0, -1.0, x)),
    lambda out, x: (0.0,),
)


# Activations. Each is written in e^-|x|, which never overflows, so that no tail loses its digits.
def _sigmoid(x: Any) -> Any:
    tail = exp(-abs(x))
    return where(x < 0.0, tail, 1.0) / (1.0 + tail)


def _sech2(x: Any) -> Any:
    tail = exp(-2.0 * abs(x))
    return 4.0 * tail / ((1.0 + tail) * (1.0 + tail))


sigmoid: Operation = entry("sigmoid", _sigmoid, lambda out, x: (out * sigmoid(-x),))
tanh = entry("tanh", None, lambda out, x: (sech2(x),))
sech2: Operation = entry("sech2", _sech2, lambda out, x: (-2.0 * tanh(x) * out,))
relu = entry("relu", lambda x: where(x <= 0.0, 0.0, x), lambda out, x: (where(x <= 0.0, 0.0, 1.0),))


# Operations of any number of operands, given as vectors.
def _logsumexp(xs: Any) -> Any:
    top = largest(xs)  # shifted by the largest, no exponential overflows
    shifted = top + log(sum(each(lambda x: exp(x - top), xs)))
    return where(abs(top) == inf, top, shifted)


def _softmax(out: Any, xs: Any) -> Any:
    top = largest(xs)
    exponentials = each(lambda x: exp(x - top), xs)
    total = sum(exponentials)
    return each(lambda exponential: exponential / total, exponentials)


sum = entry("sum", None, lambda out, xs: fill(1.0, xs))
mean = entry("mean", lambda xs: sum(xs) / len(xs), lambda out, xs: fill(1.0 / len(xs), xs))
dot = entry("dot", None, lambda out, ws, xs, *bias: (*xs, *ws, *fill(1.0, bias)))
logsumexp = entry("logsumexp", _logsumexp, _softmax)
