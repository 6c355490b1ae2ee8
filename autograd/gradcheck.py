"""A numeric check of derivatives: are those of `backward()` the slopes that the function really has?

A slope is measured by central differences, (f(x + h) - f(x - h)) / 2h, at steps h, h/4, h/16, ...,
which are extrapolated to h = 0 (Ridders 1982). Two things limit how well this can work, and both are
known. What the extrapolation has not removed shows in how much it still changes. And rounding: f is
known to about 2⁻⁵³·Σ|node · gradient| over the nodes of its graph, which a difference divides by h. Of
all extrapolations the one with the least doubt counts, and its doubt widens what is tolerated.

At a kink there is no slope to compare with: one side has another than the other, however small the
step. Such a point is reported, and is no failure. Nor is there one where doubt leaves no digit of the
numeric derivative, as in 1e16 + x: that is reported as unchecked, and is no failure either, since
functions that are right have such points too.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from autograd.conversion import as_float
from autograd.functional import argument_names, gradients
from autograd.graph import walk
from autograd.trees import mapped, paths
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
    kink: str  # why there is no slope to compare with, or ""
    unknown: str  # why the slope is not known well enough, or ""

    @property
    def difference(self) -> float:
        """How far apart the two are."""
        return abs(self.analytic - self.numeric)

    @property
    def verdict(self) -> str:
        """ "ok", "WRONG", "kink", or "unchecked": right and wrong cannot be told apart here."""
        if self.kink:
            return "kink"
        is_close = math.isfinite(self.difference) and self.difference <= self.allowed
        if self.unknown and (is_close or self.allowed == math.inf):
            return "unchecked"
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
    def unchecked(self) -> tuple[str, ...]:
        """For each derivative about which the numeric one says nothing, why."""
        return tuple(c.unknown for c in self.comparisons if c.verdict == "unchecked")

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
        return "\n".join([*table, *self.kinks, *self.unchecked])


class GradientError(AssertionError):
    """A derivative is not the slope of its function.

    Its `report` is the `GradientReport`.

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
        f: takes Values, or lists, tuples, dicts and arrays of them, and returns a Value.
        inputs: the point: for each argument of f a number, or lists, dicts, ... of numbers.
        order: 2 compares the second derivatives too, those of `gradients()`.
        rtol: the relative difference that is allowed, beside the doubt about the numeric derivative.

    A point on a kink, or so near that no step avoids it, is reported and is no failure, and so is one
    at the edge of f's domain. A derivative is "unchecked" if rounding leaves the numeric one no correct
    digit and a doubt of more than rtol: nothing is said of it, as the report tells. Its `kinks` and
    `unchecked` are empty where everything was compared. The gradients of Values that f uses besides its
    arguments are left alone.

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
        self.inputs = inputs
        found = [
            (path, as_float(x, f"gradcheck() by {path}"))
            for argument, x in zip(argument_names(f, len(inputs)), inputs)
            for path, x in paths(x, argument)
        ]
        self.names = [path for path, _ in found]
        self.numbers = [number for _, number in found]

    def value(self, numbers: Sequence[float]) -> tuple[Value, list[Value]]:
        """The function's value, and the Values it was called with."""
        values = [Value(number, name) for number, name in zip(numbers, self.names)]
        rest = iter(values)
        out = self.f(*mapped(lambda _: next(rest), self.inputs))
        if not isinstance(out, Value):
            raise TypeError(
                f"gradcheck() takes a function that returns a Value, but {self.name} returned {out!r}, "
                f"which is of type {type(out).__name__}"
            )
        return out, values

    @cached_property
    def single_precision(self) -> set[object]:
        """The user's own operations that return numbers of single precision."""
        # At numbers with all their digits other results have all theirs.
        try:
            out, _ = self.value([number * (1.0 + 1e-5 / 3.0) for number in self.numbers])
        except (ArithmeticError, ValueError):
            return set()
        return {
            node.operation
            for node in walk(out)[1]
            if node.operation.table_name == "" and _is_of_single_precision(node.data)
        }


def _is_of_single_precision(x: float) -> bool:
    return abs(x) < 1e38 and struct.unpack("f", struct.pack("f", x))[0] == x


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
    analytic, noise = _derivatives_and_noise(out, values, function.single_precision)
    gains = _gains(out, values)
    largest = max(gains) or 1.0

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
        doubt = 4.0 * slope.doubt + 2.0**-50 * gains[i]
        allowed = rtol * max(abs(analytic[i]), abs(slope.number)) + doubt
        kink = slope.kink and f"{derivative}: {slope.kink.format(at_a_kink)}"
        # What size the derivative would be of without cancellation; if the graph tells of none, of what
        # size others are.
        size = max(abs(analytic[i]), gains[i]) or largest
        unknown = ""
        if doubt > max(_DOUBTFUL * size, rtol):
            unknown = (
                f"{derivative}: {function.name} is about {out.data:.3g}, and known to {noise:.2g} only, "
                f"so that its slope is known to {doubt:.2g} at best: nothing could be checked here"
            )
        yield Comparison(derivative, analytic[i], slope.number, allowed, kink, unknown)


_DOUBTFUL = 0.1  # of the size of a derivative: more doubt leaves the numeric one no correct digit


def _derivatives_and_noise(
    out: Value, values: list[Value], single_precision: Collection[object]
) -> tuple[list[float], float]:
    """The derivatives by `backward()`, and how inexactly rounding lets us know the output.

    Results of operations of single precision are rounded to 24 binary digits, all others to 53.
    """
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
        (2.0**-24 if node.operation in single_precision else 2.0**-53)
        * (max(abs(node.data), 2.0**-1021) * abs(node.grad))
        for node in (*leaves, *operations)
    ]
    noise = math.fsum(filter(math.isfinite, influences))
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
        if abs(x) > 10.0 and steps is ladders[-1] and _is_too_coarse(steps, noise):
            continue
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


def _is_too_coarse(steps: list[_Step], noise: float) -> bool:
    """Whether steps in proportion to x miss what f does, as for sin at 1e15, or nobody knows f there."""
    if len(steps) < 3:
        return True
    wide, middle, fine = steps[-3:]
    change = abs(fine.across - middle.across)
    # Secants of a smooth function come closer to one another.
    is_rough = change > abs(middle.across - wide.across) + 4.0 * max(noise, fine.noise) / fine.size
    return is_rough or 0.0 < 0.1 * 2.0**53 * max(step.noise for step in steps) < noise


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
