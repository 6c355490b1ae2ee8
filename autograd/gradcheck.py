"""A numeric check of derivatives: are those of `backward()` the slopes that the function really has?

A slope is measured by central differences, (f(x + h) - f(x - h)) / 2h, at steps h, h/4, h/16, ...,
which are extrapolated to h = 0 (Ridders 1982). Two things limit how well this can work, and both are
known. What the extrapolation has not removed shows in how much it still changes. And rounding: f is
known to about 2⁻⁵³·Σ|node · gradient| over the nodes of its graph, which a difference divides by h. Of
all extrapolations the one with the least doubt counts, and its doubt widens what is tolerated.

At a kink there is no slope to compare with: one side has another than the other, however small the
step. Such a point is reported, and is no failure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from autograd.conversion import as_float
from autograd.functional import gradients
from autograd.graph import walk
from autograd.value import Value

# How far the operands of an operation are from its nearest kink or jump, or from the edge of its
# domain where no infinite slope warns of it.
KINK_DISTANCES: dict[str, Callable[..., float]] = {
    "%": lambda x, y: _to_multiple(x, y),
    "//": lambda x, y: _to_multiple(x, y),
    "**": lambda x, y: abs(x),
    "abs": abs,
    "atan2": lambda y, x: abs(y) if x <= 0.0 else math.hypot(y, x),
    "clip": lambda x, low, high: min(abs(x - low), abs(x - high)),
    "elu": lambda x, alpha: abs(x),
    "hypot": math.hypot,
    "leaky_relu": lambda x, slope: abs(x),
    "max": lambda xs: _lead(sorted(xs, reverse=True)),
    "maximum": lambda x, y: abs(x - y),
    "min": lambda xs: _lead(sorted(xs)),
    "minimum": lambda x, y: abs(x - y),
    "power": lambda x, exponent: math.inf if exponent.is_integer() else abs(x),
    "relu": abs,
    "sign": abs,
}


def _to_multiple(x: float, y: float) -> float:
    """How far x and y must move, the one that is nearer, until x is a multiple of y."""
    if not y or not math.isfinite(x):
        return 0.0
    rest = x % y
    return min(abs(rest), abs(y - rest)) / max(1.0, abs(x / y))


def _lead(ranking: Sequence[float]) -> float:
    return abs(ranking[0] - ranking[1]) if len(ranking) > 1 else math.inf


def kink_distance(node: Value) -> float:
    """How far a node's operands are from the nearest kink of its operation; inf if it has none.

    >>> from autograd import relu
    >>> kink_distance(relu(Value(-0.5))), kink_distance(Value(-0.5))
    (0.5, inf)
    """
    operation = node.operation
    distance = KINK_DISTANCES.get(operation.table_name) if node.parents else None
    if distance is None:
        return math.inf
    operands = operation.arguments([parent.data for parent in node.parents])
    return distance(*operands, *operation.static)


class Comparison(NamedTuple):
    """One derivative, computed in two ways."""

    derivative: str  # "df/dx"
    analytic: float
    numeric: float
    allowed: float
    kink: str  # why there is nothing to compare with, or ""

    @property
    def difference(self) -> float:
        """How far apart the two are."""
        return abs(self.analytic - self.numeric)

    @property
    def verdict(self) -> str:
        """ "ok", "WRONG" or "kink"."""
        if self.kink:
            return "kink"
        is_close = math.isfinite(self.difference) and self.difference <= self.allowed
        return "ok" if is_close else "WRONG"


class GradientReport:
    """What `gradcheck` found; it prints as a table.

    Attributes:
        comparisons: one for each derivative.
    """

    def __init__(self, comparisons: tuple[Comparison, ...]) -> None:
        self.comparisons = comparisons

    @property
    def kinks(self) -> tuple[str, ...]:
        """For each derivative that could not be compared, why."""
        return tuple(c.kink for c in self.comparisons if c.kink)

    @property
    def worst(self) -> Comparison | None:
        """Of the wrong derivatives the one that is furthest beyond what is allowed; None if none is."""
        wrong = [c for c in self.comparisons if c.verdict == "WRONG"]
        if not wrong:
            return None
        # A nan or an infinity is further than any number.
        return max(wrong, key=lambda c: (not math.isfinite(c.difference), c.difference / c.allowed))

    def __repr__(self) -> str:
        header = ("", "analytic", "numeric", "difference", "allowed", "")
        lines = [header] + [
            (
                c.derivative,
                f"{c.analytic:.10g}",
                f"{c.numeric:.10g}",
                f"{c.difference:.2g}",
                f"{c.allowed:.2g}",
                c.verdict,
            )
            for c in self.comparisons
        ]
        widths = [max(map(len, column)) for column in zip(*lines)]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in lines
        ]
        return "\n".join([*table, *self.kinks])


class GradientError(AssertionError):
    """A derivative is not the slope of its function; `report` is the `GradientReport`.

    >>> from autograd import primitive
    >>> @primitive(local_gradients=lambda out, x: (3 * x,))
    ... def wrong_square(x):
    ...     return x * x
    >>> try:
    ...     gradcheck(wrong_square, 1.0)
    ... except GradientError as error:
    ...     print(error.report.worst.derivative, error.report.worst.analytic)
    dwrong_square/dx 3.0
    """

    def __init__(self, message: str, report: GradientReport) -> None:
        super().__init__(message)
        self.report = report


def gradcheck(
    f: Callable[..., Value], *inputs: Any, order: int = 1, rtol: float = 1e-8
) -> GradientReport:
    """Compare the derivatives of f that the engine computes with numeric ones.

    Args:
        f: takes Values, or lists of Values, and returns a Value.
        inputs: the point, a number (or a list of numbers) for each argument of f.
        order: 2 compares the second derivatives too, those of `gradients()`.
        rtol: the relative difference that is allowed, beside the doubt about the numeric derivative.

    A point on a kink, or so near that no step avoids it, is reported and is no failure, and so is one
    at the edge of f's domain. The gradients of Values that f uses besides its arguments are left alone.

    Raises GradientError, with the table of all derivatives, if one is wrong; TypeError if f returns
    anything but a Value; ValueError if f is not finite at the point, or not the same at each call.

    >>> from autograd import relu
    >>> gradcheck(lambda x: x * x, 3.0)
           analytic  numeric  difference  allowed
    df/dx  6         6        0           6e-08    ok
    >>> gradcheck(relu, 0.0).kinks
    ('drelu/dx: the point lies on or near a kink of relu, with slope 0 before it and 1 after',)
    """
    if order not in (1, 2):
        raise ValueError(f"gradcheck() checks order 1 or 2, but got order={order!r}")
    function = _Function(f, inputs)
    comparisons = list(_compare(function, function.value, f"d{function.name}/", rtol))
    if order == 2:
        smooth = [i for i, first in enumerate(comparisons) if first.verdict == "ok"]
        for i in smooth:

            def slope(numbers: Sequence[float], i: int = i) -> tuple[Value, list[Value]]:
                out, values = function.value(numbers)
                return gradients(out, values)[i], values

            prefix = f"d²{function.name}/d{function.names[i]} "
            comparisons += _compare(function, slope, prefix, rtol)
    report = GradientReport(tuple(comparisons))
    if worst := report.worst:
        count = sum(c.verdict == "WRONG" for c in comparisons)
        others = f" (the worst of {count} wrong derivatives)" if count > 1 else ""
        raise GradientError(
            f"{worst.derivative} is {worst.analytic!r}, but the function's slope is "
            f"{worst.numeric:.10g}{others}\n{report!r}",
            report,
        )
    return report


class _Function:
    """The function that is checked, as one of a flat list of floats."""

    def __init__(self, f: Callable[..., Value], inputs: tuple[Any, ...]) -> None:
        if not inputs:
            raise TypeError("gradcheck() takes a function and the numbers to call it with")
        self.f = f
        name = getattr(f, "__name__", "f")
        self.name = name if name.isidentifier() else "f"
        # The length of each argument that is a list; None for a number.
        self.lengths = [
            len(x) if isinstance(x, (list, tuple)) or getattr(x, "shape", ()) != () else None
            for x in inputs
        ]
        self.numbers: list[float] = []
        self.names: list[str] = []
        for x, length, argument in zip(inputs, self.lengths, _argument_names(f, len(inputs))):
            elements = [x] if length is None else x
            self.numbers += [as_float(element, "gradcheck()") for element in elements]
            self.names += (
                [argument] if length is None else [f"{argument}[{i}]" for i in range(length)]
            )

    def value(self, numbers: Sequence[float]) -> tuple[Value, list[Value]]:
        """The function's value, and the Values it was called with."""
        values = [Value(number, name) for number, name in zip(numbers, self.names)]
        rest = iter(values)
        arguments = [
            next(rest) if length is None else [next(rest) for _ in range(length)]
            for length in self.lengths
        ]
        out = self.f(*arguments)
        if not isinstance(out, Value):
            raise TypeError(
                f"gradcheck() takes a function that returns a Value, but {self.name} returned {out!r}, "
                f"which is of type {type(out).__name__}"
            )
        return out, values


def _argument_names(f: Callable[..., Value], count: int) -> list[str]:
    import inspect  # a third of the time that importing autograd would take

    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return [*positional[:count], *(f"x{i}" for i in range(len(positional), count))]


Evaluate = Callable[[Sequence[float]], tuple[Value, list[Value]]]


def _compare(
    function: _Function, evaluate: Evaluate, prefix: str, rtol: float
) -> Iterator[Comparison]:
    """The derivatives of what `evaluate` computes, by each input."""
    numbers = function.numbers
    out, values = evaluate(numbers)
    at_a_kink = _operations_at_a_kink(function.value(numbers)[0])
    at = ", ".join(f"{name} = {number!r}" for name, number in zip(function.names, numbers))
    if not math.isfinite(out.data):
        raise ValueError(f"{function.name} is {out.data} at {at}: there is nothing to compare")
    again = evaluate(numbers)[0].data
    if again != out.data:
        raise ValueError(
            f"{function.name} is not a function: called twice at {at} it gave {out.data!r} and "
            f"{again!r}; fix what is random in it"
        )
    analytic, noise = _derivatives_and_noise(out, values)
    gains = _gains(out, values)

    for i, name in enumerate(function.names):

        def along(x: float, i: int = i) -> float:
            try:
                return evaluate([*numbers[:i], x, *numbers[i + 1 :]])[0].data
            except (ArithmeticError, ValueError):  # of a user's own operation, outside its domain
                return math.nan

        slope = _measure(along, numbers[i], out.data, noise)
        derivative = f"{prefix}d{name}"
        # A step away every node has moved, and is rounded in proportion to that: where terms cancel,
        # as in sinh(x) - x at 0, neither the slope nor the noise at the point itself tells of it.
        rounding = 2.0**-50 * gains[i]
        allowed = rtol * max(abs(analytic[i]), abs(slope.number)) + 4.0 * slope.doubt + rounding
        kink = slope.kink and f"{derivative}: {slope.kink.format(at_a_kink)}"
        yield Comparison(derivative, analytic[i], slope.number, allowed, kink)


def _derivatives_and_noise(out: Value, values: list[Value]) -> tuple[list[float], float]:
    """The derivatives by `backward()`, and how inexactly rounding lets us know the output."""
    leaves, operations = walk(out)
    leaves_and_inputs = list(dict.fromkeys([*leaves, *values]))
    before = [
        (leaf.grad, leaf.backward_passes, getattr(leaf, "data_at_backward", leaf.data))
        for leaf in leaves_and_inputs
    ]
    for leaf in leaves_and_inputs:
        leaf.grad = 0.0
    out.backward()
    derivatives = [value.grad for value in values]
    # Rounding is relative, and below the normal numbers absolute.
    influences = [
        max(abs(node.data), 2.0**-1021) * abs(node.grad) for node in (*leaves, *operations)
    ]
    noise = 2.0**-53 * math.fsum(filter(math.isfinite, influences))
    for leaf, (gradient, passes, data) in zip(leaves_and_inputs, before):
        leaf.grad, leaf.backward_passes, leaf.data_at_backward = gradient, passes, data
    return derivatives, noise


def _gains(out: Value, values: list[Value]) -> list[float]:
    """For each input the sum, over all paths to the output, of |the product of local gradients|."""
    _, operations = walk(out)
    gains: dict[Value, float] = {out: 1.0}
    for node in reversed(operations):
        for parent, local in zip(node.parents, node.local_gradients):
            if math.isfinite(local):
                gains[parent] = gains.get(parent, 0.0) + abs(local) * gains.get(node, 0.0)
    return [gain if math.isfinite(gain := gains.get(value, 0.0)) else 0.0 for value in values]


def _operations_at_a_kink(out: Value) -> str:
    _, operations = walk(out)
    names = dict.fromkeys(
        node.op
        for node in operations
        if kink_distance(node) < 1e-5 * max(1.0, *(abs(parent.data) for parent in node.parents))
    )
    return ", ".join(names) or "the function"


class _Slope(NamedTuple):
    number: float
    doubt: float
    kink: str  # says why there is no slope; {} stands for the operations with a kink there


class _Step(NamedTuple):
    """The function on both sides of the point, a step away."""

    left: float  # the slopes of the secants to the left, to the right, and across
    right: float
    across: float
    size: float
    noise: float  # of f there: that of its last rounding


def _measure(f: Callable[[float], float], x: float, out: float, noise: float) -> _Slope:
    """The slope of f at x, where f(x) is `out`, known up to `noise`."""
    # Steps of the order of 1, and, for a very small or large x, of the order of x.
    scales = {1.0} if x == 0.0 or 0.1 < abs(x) < 10.0 else {1.0, abs(x)}
    ladders = [_ladder(f, x, out, scale) for scale in sorted(scales)]
    best = _Slope(math.nan, math.inf, "")
    for steps in ladders:
        # From small steps to large, each of which must agree with what smaller ones have shown:
        # differences across a pole or a kink can look as if they converged, but to something else.
        for slope in reversed(_extrapolations(steps, noise)):
            agrees = abs(slope.number - best.number) <= 4.0 * best.doubt
            if slope.doubt < best.doubt and (agrees or best.doubt == math.inf):
                best = slope
    finest = next(filter(None, ladders), [])
    return _Slope(best.number, best.doubt, _kink(finest, noise))


def _ladder(f: Callable[[float], float], x: float, out: float, scale: float) -> list[_Step]:
    steps = []
    for k in range(10):
        before, after = x - scale / 8 / 4**k, x + scale / 8 / 4**k
        if before < x < after:
            low, high = f(before), f(after)
            steps.append(
                _Step(
                    (out - low) / (x - before),
                    (high - out) / (after - x),
                    (high - low) / (after - before),
                    (after - before) / 2,
                    2.0**-53 * max(abs(low), abs(high)),
                )
            )
    return steps


def _extrapolations(steps: list[_Step], noise: float) -> list[_Slope]:
    """Romberg's table of extrapolations, each with its doubt, as Ridders estimates it."""
    table: list[_Slope] = []
    above: list[float] = []
    for step in steps:
        row = [step.across]
        for column, other in enumerate(above):
            row.append(row[-1] + (row[-1] - other) / (16.0 ** (column + 1) - 1.0))
            change = max(abs(row[-1] - row[-2]), abs(row[-1] - other))
            doubt = change + 2.0 * max(noise, step.noise) / step.size
            table.append(_Slope(row[-1], doubt, ""))
        above = row
    return table


def _kink(steps: list[_Step], noise: float) -> str:
    """Why there is no slope here, or "". On a smooth curve the secants left and right close up."""
    if len(steps) < 3:
        return ""
    wider, step = steps[-3], steps[-1]
    sides = [side for side in ("left", "right") if not math.isfinite(getattr(step, side))]
    if sides:
        return (
            f"the point lies at the edge of the domain: f is not finite {' and '.join(sides)} of it"
        )
    gap, wider_gap = abs(step.right - step.left), abs(wider.right - wider.left)
    least = 64.0 * noise / step.size
    if gap > max(2.0 * wider_gap, least) or abs(step.across) > max(2.0 * abs(wider.across), least):
        return "the point lies on or near a kink of {}, where the slope has no limit"
    if gap > max(0.5 * wider_gap, least):
        return (
            "the point lies on or near a kink of {}, with slope "
            f"{step.left:.6g} before it and {step.right:.6g} after"
        )
    return ""
