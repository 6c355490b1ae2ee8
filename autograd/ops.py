"""The table of derivatives: every primitive operation, defined once.

An entry names an operation and gives two formulas: its value, computed from its operands, and its
local gradients, d(out)/d(operand), one per operand, computed from the value `out` and the operands.
Formulas are polymorphic. They use arithmetic, the table's own functions and `where`, never `if` on
data, so that one entry serves every reader: floats, arrays, Values (derivatives of any order) and
symbols that print themselves as source code. A reader is a dictionary of functions, which `complete`
completes and to which `Operation.read` binds an entry's formulas.

A base operation (`exp`, `sum`, ...) has no formula for its value: each reader brings its own. n-ary
entries receive vectors of operands. Static arguments (an exponent) come last; they belong to the
operation, not to the graph, and formulas may branch on them.

Formulas for local gradients are differentiated in their turn. So where they branch, both branches are
the same smooth function near the boundary, and none goes through `abs`: a tanh' made of |x| would
have no third derivative at 0. (Values are not differentiated through their formulas, which may.) And
they compare by order only: == of Values is identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
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

    __slots__ = (
        "arguments",
        "formulas",
        "forward",
        "local_gradients",
        "name",
        "static",
        "table_name",
    )
    kind = "operation"

    def __init__(
        self,
        name: str,
        formulas: tuple[Formula | None, Formula],
        arguments: Callable[[Any], tuple[Any, ...]],
        static: tuple[float, ...] = (),
        table_name: str = "",
    ) -> None:
        self.name = name
        self.table_name = table_name or name
        self.formulas = formulas
        self.arguments = arguments
        self.static = static
        self.forward, self.local_gradients = self.read(floats.FUNCTIONS)

    def read(self, functions: dict[str, Any]) -> tuple[Formula, Formula]:
        """This entry's two formulas, with the table's names bound to a reader's `functions`."""
        forward, local_gradients = self.formulas
        return (
            functions[self.table_name] if forward is None else self._bind(forward, functions),
            self._bind(local_gradients, functions),
        )

    def _bind(self, formula: Formula, functions: dict[str, Any]) -> Formula:
        # Static arguments become defaults of the last parameters, so binding costs a call nothing.
        return FunctionType(formula.__code__, functions, self.name, self.static or None)

    def with_static(self, name: str, *static: float) -> Operation:
        """This operation with its static arguments filled in: `power` with 3 is `**3`."""
        return Operation(name, self.formulas, self.arguments, static, self.table_name)

    def __call__(self, *operands: Any) -> Any:
        return self.forward(*operands)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


# What formulas share besides the entries: constants, and formulas with a name of their own.
_shared: dict[str, Any] = {}


def entry(
    name: str,
    forward: Formula | None,
    local_gradients: Formula,
    arguments: Callable[[Any], tuple[Any, ...]] = tuple,
) -> Operation:
    """Add an operation to the table; `arguments` makes the formulas' arguments of a node's parents."""
    operation = TABLE[name] = Operation(name, (forward, local_gradients), arguments)
    floats.FUNCTIONS.setdefault(name, operation.forward)
    return operation


def one_vector(parents: Any) -> tuple[Any, ...]:
    """The arguments of an n-ary entry: its operands, as one vector."""
    return (parents,)


def weights_inputs_bias(parents: Any) -> tuple[Any, ...]:
    """The arguments of `dot`: weights, as many inputs, and a bias if one operand is left."""
    n = len(parents) // 2
    return (parents[:n], parents[n : 2 * n], *parents[2 * n :])


def index_and_vector(parents: Any) -> tuple[Any, ...]:
    """The arguments of `take` and the like: an index, and what it chooses from, as one vector."""
    return (parents[0], parents[1:])


def constant(name: str, number: float) -> float:
    """Give formulas a number by name."""
    _shared[name] = floats.FUNCTIONS[name] = number
    return number


def formula(function: Formula) -> Any:
    """Give formulas a named part that several of them use."""
    name = function.__name__
    _shared[name] = function
    floats.FUNCTIONS[name] = FunctionType(function.__code__, floats.FUNCTIONS, name)
    return function


def complete(functions: dict[str, Any]) -> dict[str, Any]:
    """A reader's functions, with what the table defines: constants, shared formulas, operations."""
    for name, shared in _shared.items():
        is_formula = isinstance(shared, FunctionType)
        functions[name] = FunctionType(shared.__code__, functions, name) if is_formula else shared
    functions |= written_out(functions)
    for operation in TABLE.values():
        functions.setdefault(operation.name, operation.read(functions)[0])
    return functions


# What formulas are written in besides operations; each reader brings these.
inf = floats.inf
where = floats.where
fill, each, one_hot, put = floats.fill, floats.each, floats.one_hot, floats.put
largest, smallest, argmax, argmin = floats.largest, floats.smallest, floats.argmax, floats.argmin
at = floats.at
products_of_others = floats.products_of_others

# Numbers smaller than TINY are near those that lose digits: their products are formed in an order, or
# scaled by a power of 2, so that a lost digit is not magnified. HUGE is near overflow.
TINY = constant("TINY", 2.0**-960)
HUGE = constant("HUGE", 2.0**960)
SCALE = constant("SCALE", 2.0**200)
LN2 = constant("LN2", math.log(2.0))
LOG2E = constant("LOG2E", 1.0 / math.log(2.0))
LOG10E = constant("LOG10E", 1.0 / math.log(10.0))
SQRT_2 = constant("SQRT_2", math.sqrt(2.0))
SQRT_HALF = constant("SQRT_HALF", math.sqrt(0.5))
TWO_OVER_SQRT_PI = constant("TWO_OVER_SQRT_PI", 2.0 / math.sqrt(math.pi))
ONE_OVER_SQRT_2PI = constant("ONE_OVER_SQRT_2PI", 1.0 / math.sqrt(2.0 * math.pi))
DEGREES = constant("DEGREES", 180.0 / math.pi)
RADIANS = constant("RADIANS", math.pi / 180.0)


# Arithmetic.
identity = entry("identity", lambda x: x, lambda out, x: (1.0,))
add = entry("+", lambda x, y: x + y, lambda out, x, y: (1.0, 1.0))
sub = entry("-", lambda x, y: x - y, lambda out, x, y: (1.0, -1.0))
mul = entry("*", lambda x, y: x * y, lambda out, x, y: (y, x))
div = entry(
    "/",
    lambda x, y: x / y,
    lambda out, x, y: (
        1.0 / y,
        where(abs(out) < TINY, -(x * SCALE / y / y) / SCALE, -out / y),
    ),
)
neg = entry("neg", lambda x: -x, lambda out, x: (-1.0,))
# As Python rounds them: x // y down, so that the rest has the sign of y. At jumps, derivatives are those
# of the side that has the rest 0.
mod = entry("%", lambda x, y: x % y, lambda out, x, y: (1.0, -(x // y)))
floordiv = entry("//", lambda x, y: x // y, lambda out, x, y: (0.0, 0.0))
square = entry("square", lambda x: x * x, lambda out, x: (2.0 * x,))
reciprocal = entry("reciprocal", lambda x: 1.0 / x, lambda out, x: (-out * out,))


# Powers. d/dx x^y = y x^(y-1), which is 0 at x = 0 for y = 0; d/dy x^y = x^y log x, whose limit
# at x = 0 is 0 for y > 0. `power` has a static exponent: the graph of x ** 3 has one parent.


@formula
def power_slope(out: Any, x: Any, y: Any) -> Any:
    # y x^(y-1), by way of x^y where y - 1 is not exact, and in two halves where either is tiny
    slope = power(x, y - 1.0)
    half = power(abs(x), 0.5 * (y - 1.0))
    in_halves = y * half * (half * power(sign(x), y - 1.0))
    by_slope = where(abs(slope) < TINY, in_halves, y * slope)
    root = power(abs(x), 0.5 * y)
    by_roots = y * root / x * root * power(sign(x), y)
    by_value = where(abs(out) < TINY, by_roots, y * out / x)
    at_zero = where(abs(y) <= 0.0, 0.0, y * slope)
    return where(abs(x) <= 0.0, at_zero, where(y < 0.5, by_value, by_slope))


@formula
def power_log(out: Any, x: Any, y: Any) -> Any:
    half = power(x, 0.5 * y)
    in_halves = half * log(x) * half
    not_tiny = where(abs(out) > HUGE, in_halves, out * log(x))
    away = where(abs(out) < TINY, in_halves, not_tiny)
    return where(abs(x) <= 0.0, where(y >= 0.0, 0.0, out * log(x)), away)


# The formulas above are no function of y at x = 0. So a derivative of theirs is an operation of its own:
# these are closed under differentiation, and mixed derivatives are the same in whatever order.


def power_derivative(x: Any, y: Any, i: int, j: int) -> Any:
    """∂^(i+j) x^y / ∂x^i ∂y^j; readers run it, so that its loops are written out."""
    if i + j == 1:
        return power_slope(power(x, y), x, y) if i else power_log(power(x, y), x, y)
    # It is x^(y-i) (c₀ + c₁ log x + ... + c_j log^j x); None is a coefficient of 0.
    coefficients: Any = (None,) * j + (1.0,)
    order = 0
    while order < i:
        factor = y - order if order else y
        following: Any = ()
        k = 0
        while k <= j:
            own = None if coefficients[k] is None else factor * coefficients[k]
            above = coefficients[k + 1] if k < j else None
            if above is not None:
                above = (k + 1.0) * above
                own = above if own is None else own + above
            following += (own,)
            k += 1
        coefficients = following
        order += 1
    # At 0 a large number stands for -log 0, so that the highest power of it decides.
    positive = where(x > 0.0, x, 1.0)
    logarithm = where(x > 0.0, log(positive), where(abs(x) <= 0.0, -(2.0**40), inf - inf))
    k = j
    factor = coefficients[j]
    while k:
        k -= 1
        factor = factor * logarithm
        if coefficients[k] is not None:
            factor = factor + coefficients[k]
    root = power(x, y - i) if i else power(x, y)
    if j:
        at_zero = where(y > i, root, where(y < i, root, inf))
        root = where(abs(x) <= 0.0, at_zero, root)
    return where(abs(factor) <= 0.0, 0.0, factor * root)


# What readers run in place of calling it by name, to write out what depends on static arguments.
WRITTEN_OUT: dict[str, Any] = {"power_derivative": power_derivative}


def written_out(functions: dict[str, Any]) -> dict[str, Any]:
    """What a reader's functions are to have of `WRITTEN_OUT`."""
    return {name: FunctionType(f.__code__, functions, name) for name, f in WRITTEN_OUT.items()}


floats.FUNCTIONS |= written_out(floats.FUNCTIONS)


@cache
def derivative_of_pow(i: int, j: int) -> Operation:
    """The operation ∂^(i+j) x^y / ∂x^i ∂y^j, which only derivatives of `**` are made of."""
    formulas = (
        lambda x, y, i, j: power_derivative(x, y, i, j),
        lambda out, x, y, i, j: (
            power_derivative(x, y, i + 1, j),
            power_derivative(x, y, i, j + 1),
        ),
    )
    return Operation(f"∂x{i}∂y{j} **", formulas, tuple, (i, j), DERIVATIVES[0])


@cache
def derivative_of_power(exponent: float, i: int) -> Operation:
    """The operation d^i x^exponent / dx^i, which only derivatives of `power` are made of."""
    formulas = (
        lambda x, exponent, i: power_derivative(x, exponent, i, 0),
        lambda out, x, exponent, i: (power_derivative(x, exponent, i + 1, 0),),
    )
    return Operation(f"∂x{i} **{exponent:g}", formulas, tuple, (exponent, i), DERIVATIVES[1])


# The table names of these, which are no entries of the table.
DERIVATIVES = ("pow_derivative", "power_derivative_by")


power: Operation = entry(
    "power",
    lambda x, exponent: power(x, exponent),
    lambda out, x, exponent: (
        # small exponents, the everyday case, magnify nothing
        exponent * power(x, exponent - 1.0)
        if 1.0 <= exponent <= 4.0
        else power_slope(out, x, exponent)
        if exponent
        else 0.0,
    ),
)
pow = entry(
    "**",
    lambda x, y: power(x, y),
    lambda out, x, y: (power_slope(out, x, y), power_log(out, x, y)),
)
sqrt = entry("sqrt", None, lambda out, x: (0.5 / out,))
cbrt = entry(
    "cbrt",
    None,
    # At 0 the infinite one of two forms, of which the other is more exact.
    lambda out, x: (where(abs(x) <= 0.0, 1.0 / (3.0 * out * out), out / x / 3.0),),
)

# Exponentials and logarithms.
exp: Operation = entry("exp", None, lambda out, x: (out,))
exp2: Operation = entry(
    "exp2",
    None,
    # the slope is smaller than the value, and still finite where that has just overflowed
    lambda out, x: (where(x > 512.0, 2.0 * (LN2 * exp2(x - 1.0)), LN2 * out),),
)
expm1 = entry("expm1", None, lambda out, x: (exp(x),))
log: Operation = entry("log", None, lambda out, x: (1.0 / x,))
log2 = entry("log2", None, lambda out, x: (LOG2E / x,))
log10 = entry("log10", None, lambda out, x: (LOG10E / x,))
log1p = entry("log1p", None, lambda out, x: (1.0 / (1.0 + x),))


@formula
def one_minus_square(x: Any) -> Any:
    # exact at both ends: near 1 as a product, near 0 in its own derivatives as well
    return where(abs(x) < 0.5, 1.0 - x * x, (1.0 - x) * (1.0 + x))


# Trigonometric functions.
sin: Operation = entry("sin", None, lambda out, x: (cos(x),))
cos: Operation = entry("cos", None, lambda out, x: (-sin(x),))
tan = entry("tan", None, lambda out, x: (1.0 + out * out,))
asin = entry("asin", None, lambda out, x: (1.0 / sqrt(one_minus_square(x)),))
acos = entry("acos", None, lambda out, x: (-1.0 / sqrt(one_minus_square(x)),))
atan = entry("atan", None, lambda out, x: (1.0 / hypot(1.0, x) / hypot(1.0, x),))
degrees = entry("degrees", lambda x: x * DEGREES, lambda out, x: (DEGREES,))
radians = entry("radians", lambda x: x * RADIANS, lambda out, x: (RADIANS,))


@formula
def over_radius2(x: Any, y: Any, numerator: Any) -> Any:
    # numerator / (x² + y²), scaled so that only the result itself can overflow or underflow
    size = abs(x) + abs(y)
    scale = where(size > 2.0**400, 2.0**-600, where(size < 2.0**-400, 2.0**600, 1.0))
    radius = hypot(x * scale, y * scale)
    return numerator * scale * SCALE / radius / radius * (scale / SCALE)


atan2 = entry(
    "atan2",
    None,
    lambda out, y, x: (over_radius2(x, y, x), over_radius2(x, y, -y)),
)


@formula
def over_hypot(out: Any, x: Any, y: Any) -> Any:
    # x / hypot(x, y); at the origin 0, as for |x|
    scale = where(out < TINY, HUGE, where(out > HUGE, 0.25, 1.0))
    return where(abs(out) <= 0.0, 0.0, x * scale / hypot(x * scale, y * scale))


hypot: Operation = entry(
    "hypot", None, lambda out, x, y: (over_hypot(out, x, y), over_hypot(out, y, x))
)

# Hyperbolic functions. sech2 is 1 - tanh², without the subtraction.
sinh: Operation = entry("sinh", None, lambda out, x: (cosh(x),))
cosh: Operation = entry("cosh", None, lambda out, x: (sinh(x),))
tanh: Operation = entry("tanh", None, lambda out, x: (sech2(x),))
asinh = entry("asinh", None, lambda out, x: (1.0 / hypot(1.0, x),))
acosh = entry("acosh", None, lambda out, x: (1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)),))
atanh = entry("atanh", None, lambda out, x: (1.0 / one_minus_square(x),))


def _sech2(x: Any) -> Any:
    t = tanh(x)
    tail = exp(where(abs(x) > 300.0, -1.0, -2.0) * abs(x))  # beyond 300 the root, not subnormal yet
    far = where(abs(x) > 300.0, 4.0 * tail * tail, 4.0 * tail / ((1.0 + tail) * (1.0 + tail)))
    return where(abs(x) < 0.75, 1.0 - t * t, far)


sech2: Operation = entry("sech2", _sech2, lambda out, x: (-2.0 * out * tanh(x),))

# The error function and its complement.
erf = entry("erf", None, lambda out, x: (TWO_OVER_SQRT_PI * exp(-x * x),))
erfc: Operation = entry("erfc", None, lambda out, x: (-TWO_OVER_SQRT_PI * exp(-x * x),))

# Functions with kinks; derivatives there are 0 for |x|, and else those of the side that counts x.
abs: Operation = entry("abs", None, lambda out, x: (sign(x),))
sign: Operation = entry(
    "sign",
    lambda x: where(x > 0.0, 1.0, where(x < 0.0, -1.0, x)),
    lambda out, x: (0.0,),
)
maximum = entry(
    "maximum",
    lambda x, y: where(x >= y, x, where(x < y, y, x + y)),
    lambda out, x, y: (where(x >= y, 1.0, 0.0), where(x >= y, 0.0, 1.0)),
)
minimum = entry(
    "minimum",
    lambda x, y: where(x <= y, x, where(x > y, y, x + y)),
    lambda out, x, y: (where(x <= y, 1.0, 0.0), where(x <= y, 0.0, 1.0)),
)
clip = entry(
    "clip",
    lambda x, low, high: where(x < low, low, where(x > high, high, x)),
    lambda out, x, low, high: (where(x < low, 0.0, where(x > high, 0.0, 1.0)),),
)
choose = entry(
    "where",
    lambda a, b, condition: a if condition else b,
    lambda out, a, b, condition: (1.0, 0.0) if condition else (0.0, 1.0),
)


# Activations. Values are written in e^-|x|, which never overflows, so that no tail loses its digits.


def _sigmoid(x: Any) -> Any:
    tail = exp(-abs(x))
    return where(x < 0.0, tail, 1.0) / (1.0 + tail)


def _softplus(x: Any) -> Any:
    return where(x > 0.0, x, 0.0) + log1p(exp(-abs(x)))


def _log_sigmoid(x: Any) -> Any:
    return where(x < 0.0, x, 0.0) - log1p(exp(-abs(x)))


def _silu(x: Any) -> Any:
    root = exp(-0.5 * abs(x))  # e^-|x| in two halves, of which neither is subnormal
    return where(x < 0.0, x * root * root, x) / (1.0 + root * root)


def _gelu(x: Any) -> Any:
    # x Φ(x). Where erfc is subnormal, -φ(x) (1 - 1/x² + 1·3/x⁴ - ...) instead.
    z = where(x < -36.0, x, -36.0)
    u = 1.0 / (z * z)
    series = 1.0 - u * (1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u * (1.0 - 9.0 * u))))
    root = exp(-0.25 * z * z)
    tail = -ONE_OVER_SQRT_2PI * series * root * root
    return where(x < -36.0, tail, 0.5 * x * erfc(-SQRT_HALF * x))


@formula
def gelu_slope(x: Any) -> Any:
    # Φ(x) + x φ(x), the second in two halves where the whole is tiny
    root = exp(-0.25 * x * x)
    tail = ONE_OVER_SQRT_2PI * x * root * root
    middle = x * exp(-0.5 * x * x) * ONE_OVER_SQRT_2PI
    return 0.5 * erfc(-x / SQRT_2) + where(abs(x) > 30.0, tail, middle)


@formula
def silu_slope(out: Any, x: Any) -> Any:
    # σ(x) + out σ(-x), in a form that rounds less where it is near 0
    s = sigmoid(x)
    outside = s + out * sigmoid(-x)
    inside = s * ((1.0 + x) - x * s)
    return where(x > 0.0, outside, where(x < -40.0, outside, inside))


sigmoid: Operation = entry("sigmoid", _sigmoid, lambda out, x: (out * sigmoid(-x),))
log_sigmoid = entry("log_sigmoid", _log_sigmoid, lambda out, x: (sigmoid(-x),))
softplus = entry("softplus", _softplus, lambda out, x: (sigmoid(x),))
silu = entry("silu", _silu, lambda out, x: (silu_slope(out, x),))
gelu = entry("gelu", _gelu, lambda out, x: (gelu_slope(x),))
relu = entry("relu", lambda x: where(x <= 0.0, 0.0, x), lambda out, x: (where(x <= 0.0, 0.0, 1.0),))
leaky_relu = entry(
    "leaky_relu",
    lambda x, slope: where(x <= 0.0, slope * x, x),
    lambda out, x, slope: (where(x <= 0.0, slope, 1.0),),
)
elu = entry(
    "elu",
    lambda x, alpha: where(x <= 0.0, alpha * expm1(where(x <= 0.0, x, 0.0)), x),
    lambda out, x, alpha: (where(x <= 0.0, alpha * exp(where(x <= 0.0, x, 0.0)), 1.0),),
)


# Operations of any number of operands, given as vectors.


def _softmax(out: Any, xs: Any) -> Any:
    top = largest(xs)  # shifted by the largest, no exponential overflows; any shift cancels
    exponentials = each(lambda x: exp(x - top), xs)
    total = sum(exponentials)
    return each(lambda exponential: exponential / total, exponentials)


sum: Operation = entry("sum", None, lambda out, xs: fill(1.0, xs), one_vector)
mean = entry("mean", None, lambda out, xs: fill(1.0 / len(xs), xs), one_vector)
prod = entry("prod", None, lambda out, xs: products_of_others(xs), one_vector)
dot = entry(
    "dot", None, lambda out, ws, xs, *bias: (*xs, *ws, *fill(1.0, bias)), weights_inputs_bias
)
logsumexp = entry("logsumexp", None, _softmax, one_vector)
max = entry("max", lambda xs: largest(xs), lambda out, xs: one_hot(argmax(xs), xs), one_vector)
min = entry("min", lambda xs: smallest(xs), lambda out, xs: one_hot(argmin(xs), xs), one_vector)
select = entry(
    "select", lambda xs, index: xs[index], lambda out, xs, index: one_hot(index, xs), one_vector
)

# What a trace records where eager code decides by data, so that a compiled function decides anew: which
# of two numbers is the smaller, which of a vector is the largest, which class a label means. They are
# entries like the others, but no functions of the package, and no formula calls them. What decides has
# no slope.
DECISIONS: dict[str, Operation] = {}


def decision(
    name: str,
    forward: Formula | None,
    local_gradients: Formula,
    arguments: Callable[[Any], tuple[Any, ...]] = one_vector,
) -> Operation:
    """Add an operation to `DECISIONS`."""
    operation = DECISIONS[name] = Operation(name, (forward, local_gradients), arguments)
    return operation


def decides_by(operation: Operation, operand: int) -> bool:
    """Whether an operation only decides by an operand, which is no edge for gradients.

    None goes there, not even 0 times an infinite one, which would be nan: eager code decides by data.
    """
    if operation.table_name not in DECISIONS:
        return False
    if operation.arguments is index_and_vector:
        return operand == 0
    return operation.arguments is one_vector or operand >= 2


where_less = decision(
    "where <",
    lambda a, b, x, y: where(x < y, a, b),
    lambda out, a, b, x, y: (where(x < y, 1.0, 0.0), where(x < y, 0.0, 1.0), 0.0, 0.0),
    tuple,
)
where_less_equal = decision(
    "where <=",
    lambda a, b, x, y: where(x <= y, a, b),
    lambda out, a, b, x, y: (where(x <= y, 1.0, 0.0), where(x <= y, 0.0, 1.0), 0.0, 0.0),
    tuple,
)
take = decision(
    "take",
    lambda index, xs: at(index, xs),
    lambda out, index, xs: (0.0, *one_hot(index, xs)),
    index_and_vector,
)


def _cross_entropy_slopes(out: Any, index: Any, xs: Any) -> Any:
    top = largest(xs)
    exponentials = each(lambda x: exp(x - top), xs)
    total = sum(exponentials)
    probabilities = each(lambda exponential: exponential / total, exponentials)
    return (0.0, *put(index, expm1(-out), probabilities))  # p - 1, without the subtraction


# log Σ e^x less the one that an index chooses: -log of its probability
cross_entropy = decision("cross_entropy", None, _cross_entropy_slopes, index_and_vector)
the_largest = decision("largest", None, lambda out, xs: fill(0.0, xs))
decision("smallest", None, lambda out, xs: fill(0.0, xs))
decision("argmax", lambda xs: 1.0 * argmax(xs), lambda out, xs: fill(0.0, xs))
decision("argmin", lambda xs: 1.0 * argmin(xs), lambda out, xs: fill(0.0, xs))
