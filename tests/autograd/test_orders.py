"""Derivatives of orders 1 to 4, at 0 and at every point where an entry of the table branches.

The expected ones are mpmath's: derivatives, to 15 digits, of the oracle's value. At a kink there is no
derivative, and what counts is the convention; those numbers stand here.
"""

import itertools
import math

import mpmath
import pytest

import autograd
from autograd import ops
from autograd.functional import grad, hessian
from autograd.strategies import BINARY, Program, Step, is_nary

inf, nan = math.inf, math.nan
EVERYWHERE = (0.0, 1.0, -1.0, 0.5, -2.5)
POSITIVE = (1.0, 0.5, 2.5)

# For each entry the points at which it is tested: 0, where it is defined there, points on both sides,
# and wherever its formulas branch.
POINTS = dict.fromkeys(ops.TABLE.keys() - {"identity"}, EVERYWHERE)
POINTS |= dict.fromkeys(("log", "log2", "log10", "sqrt"), POSITIVE)
POINTS |= dict.fromkeys(("reciprocal", "cbrt"), (1.0, -0.5, 2.5))
POINTS |= dict.fromkeys(("asin", "acos", "atanh"), (0.0, 0.5, -0.5, -0.75, 0.25))
POINTS |= {"acosh": (1.5, 2.0, 10.0), "log1p": (0.0, -0.5, 1.0)}
POINTS |= {"gelu": (*EVERYWHERE, -35.9, -36.0, -36.1)}
POINTS |= dict.fromkeys(("relu", "leaky_relu", "abs", "sign"), (0.5, -2.5))
POINTS |= {"elu": (0.5, -2.5), "clip": (0.0, 0.5, -1.5, 2.5)}

# Entries of two operands: pairs. Of several: vectors.
PAIRS = ((0.0, 0.0), (0.0, 1.5), (1.5, 0.0), (-1.5, 0.5), (2.0, 2.0))
POINTS |= dict.fromkeys(("+", "-", "*", "where"), PAIRS)
POINTS |= {
    "/": ((0.0, 1.5), (1.5, -0.5), (-2.0, 2.0)),
    "%": ((0.5, 1.5), (-1.5, 2.0), (7.5, -2.0), (-0.5, -1.5)),
    "//": ((0.5, 1.5), (-1.5, 2.0), (7.5, -2.0), (-0.5, -1.5)),
    "**": ((1.5, 0.0), (1.5, 1.0), (0.5, 2.0), (2.0, 3.0), (1.5, -1.0), (1.0, 0.5)),
    "atan2": ((0.0, 1.5), (1.5, 0.0), (-1.5, 0.0), (1.5, -0.5)),
    "hypot": ((0.0, 1.5), (1.5, 0.0), (0.0, -1.5), (3.0, -4.0)),
    "maximum": ((0.0, 1.5), (1.5, 0.0)),
    "minimum": ((0.0, 1.5), (1.5, 0.0)),
}
VECTORS = ((0.0,), (0.0, 0.0, 0.0), (0.0, 1.5, -2.0))
POINTS |= dict.fromkeys(("sum", "mean", "prod", "logsumexp", "select"), VECTORS)
POINTS |= {"dot": ((0.0, 0.0), (0.0, 1.5, 2.0, 0.0), (1.5, -2.0, 0.0))}
POINTS |= dict.fromkeys(("max", "min"), ((0.0,), (0.0, 1.5, -2.0)))

STATIC = {"clip": [(-1.0, 2.0)], "elu": [(1.0,), (0.5,)], "leaky_relu": [(0.1,)], "select": [(0,)]}
STATIC |= {"where": [(True,), (False,)]}
STATIC |= {"power": [(float(n),) for n in range(-2, 6)] + [(0.5,), (2.5,), (4.5,)]}

CASES = [
    (entry, point if isinstance(point, tuple) else (point,), static)
    for entry, points in sorted(POINTS.items())
    for point in points
    for static in STATIC.get(entry, [()])
    if not (entry == "power" and ((static[0] % 1 and point <= 0) or (point == 0 and static[0] < 0)))
]


def function(entry, n, static):
    return Program((0.0,) * n, (Step(entry, tuple(range(n)), static),))


def nested(f, position, order):
    """The derivative of that order by one argument, by so many nested `grad`s."""
    for _ in range(order):
        f = grad(f, argnums=position)
    return f


@pytest.mark.parametrize(("entry", "point", "static"), CASES)
def test_orders_1_to_4_are_right_at_0_and_wherever_an_entry_branches(entry, point, static):
    f = function(entry, len(point), static)
    with mpmath.workdps(60):
        exact_point = [mpmath.mpf(x) for x in point]
        for position in range(len(point)):
            for order in range(1, 5):
                orders = tuple(order * (i == position) for i in range(len(point)))
                exact = mpmath.diff(f, tuple(exact_point), orders, h=mpmath.mpf(10) ** -12)
                computed = nested(f, position, order)(*point)
                assert computed == pytest.approx(float(exact), rel=1e-11, abs=1e-11), (
                    position,
                    order,
                )


@pytest.mark.parametrize(("entry", "point", "static"), [case for case in CASES if len(case[1]) > 1])
def test_mixed_derivatives_are_right_too(entry, point, static):
    f = function(entry, len(point), static)
    with mpmath.workdps(60):
        exact_point = tuple(mpmath.mpf(x) for x in point)
        for first in range(len(point)):
            for second in range(len(point)):
                for third in (None, first, second):
                    positions = [first, second] if third is None else [first, second, third]
                    orders = tuple(map(positions.count, range(len(point))))
                    exact = mpmath.diff(f, exact_point, orders, h=mpmath.mpf(10) ** -12)
                    g = f
                    for position in positions:
                        g = grad(g, argnums=position)
                    assert g(*point) == pytest.approx(float(exact), rel=1e-11, abs=1e-11), positions


# Where there is no derivative: an operation, its point, and the derivatives of orders 1 to 4.
AT_KINKS = [
    ("%", (0.0, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [-0.0, 0.0, 0.0, 0.0]]),
    ("%", (3.0, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [-2.0, 0.0, 0.0, 0.0]]),
    ("//", (3.0, 1.5), (), [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("relu", (0.0,), (), [[0.0, 0.0, 0.0, 0.0]]),
    ("abs", (0.0,), (), [[0.0, 0.0, 0.0, 0.0]]),
    ("sign", (0.0,), (), [[0.0, 0.0, 0.0, 0.0]]),
    ("leaky_relu", (0.0,), (0.1,), [[0.1, 0.0, 0.0, 0.0]]),
    ("elu", (0.0,), (0.5,), [[0.5, 0.5, 0.5, 0.5]]),
    ("clip", (-1.0,), (-1.0, 2.0), [[1.0, 0.0, 0.0, 0.0]]),
    ("clip", (2.0,), (-1.0, 2.0), [[1.0, 0.0, 0.0, 0.0]]),
    ("maximum", (1.5, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("minimum", (1.5, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("max", (1.5, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("min", (1.5, 1.5), (), [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("sqrt", (0.0,), (), [[inf]]),
    ("cbrt", (0.0,), (), [[inf, nan, nan, nan]]),
    ("log", (0.0,), (), [[inf, -inf, inf, -inf]]),
    ("hypot", (0.0, 0.0), (), [[0.0], [0.0]]),
    ("power", (0.0,), (0.0,), [[0.0, 0.0, 0.0, 0.0]]),
    ("power", (0.0,), (0.5,), [[inf, -inf, inf, -inf]]),
    ("power", (0.0,), (1.0,), [[1.0, 0.0, 0.0, 0.0]]),
    ("power", (0.0,), (1.5,), [[0.0, inf, -inf, inf]]),
    ("power", (0.0,), (2.5,), [[0.0, 0.0, inf, -inf]]),
    ("power", (0.0,), (-1.0,), [[-inf, inf, -inf, inf]]),
    ("power", (0.0,), (5.0,), [[0.0, 0.0, 0.0, 0.0]]),
    ("**", (0.0, 0.0), (), [[0.0, 0.0, 0.0, 0.0], [0.0, inf, -inf, inf]]),
    ("**", (0.0, 0.5), (), [[inf, -inf, inf, -inf], [0.0, 0.0, 0.0, 0.0]]),
    ("**", (0.0, 1.0), (), [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("**", (0.0, 1.5), (), [[0.0, inf, -inf, inf], [0.0, 0.0, 0.0, 0.0]]),
    ("**", (0.0, -1.0), (), [[-inf, inf, -inf, inf], [-inf, inf, -inf, inf]]),
    ("**", (0.0, 2.0), (), [[0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    ("**", (-1.5, 2.0), (), [[-3.0, 2.0, 0.0, 0.0]]),
]


@pytest.mark.parametrize(("entry", "point", "static", "expected"), AT_KINKS)
def test_orders_1_to_4_follow_the_conventions_at_kinks_and_edges(entry, point, static, expected):
    f = function(entry, len(point), static)
    computed = [
        [nested(f, position, order)(*point) for order in range(1, len(orders) + 1)]
        for position, orders in enumerate(expected)
    ]
    for orders, by_convention in zip(computed, expected):
        assert orders == pytest.approx(by_convention, rel=0.0, abs=0.0, nan_ok=True)
    inputs = [autograd.Value(x) for x in point]
    f(*inputs).backward()
    assert [x.grad for x in inputs[: len(expected)]] == [orders[0] for orders in expected]


# ∂²(x^y)/∂x∂y = x^(y-1) (1 + y log x): its limits from x > 0.
@pytest.mark.parametrize(
    ("y", "mixed"),
    [(-1.0, inf), (0.0, inf), (0.5, -inf), (1.0, -inf), (1.5, 0.0), (2.0, 0.0), (3.0, 0.0)],
)
def test_mixed_derivatives_of_powers_of_0_are_their_limits_in_either_order(y, mixed):
    matrix = hessian(lambda v: v[0] ** v[1])([0.0, y])
    assert (matrix[0][1], matrix[1][0]) == (mixed, mixed)


# ∂³(x^y)/∂x²∂y = x^(y-2) ((2y - 1) + y (y - 1) log x), ∂³(x^y)/∂x∂y² = x^(y-1) (2 log x + y log² x)
@pytest.mark.parametrize(
    ("y", "by_xxy", "by_xyy"),
    [(0.5, inf, inf), (1.0, inf, inf), (1.5, -inf, 0.0), (2.0, -inf, 0.0), (3.0, 0.0, 0.0)],
)
def test_third_derivatives_of_powers_of_0_are_their_limits_in_any_order(y, by_xxy, by_xyy):
    def f(x, y):
        return x**y

    for positions in itertools.permutations((0, 0, 1)):
        assert by(f, positions)(0.0, y) == by_xxy
    for positions in itertools.permutations((0, 1, 1)):
        assert by(f, positions)(0.0, y) == by_xyy


def by(f, positions):
    for position in positions:
        f = grad(f, argnums=position)
    return f


EDGES = [(0.0, 0.0), (0.0, -1.0), (0.0, 2.0), (1.0, 1.0), (2.0, 0.0), (-2.0, 0.5), (-2.0, 2.0)]
OF_TWO = {
    "**": lambda v: v[0] ** v[1],
    "/": lambda v: v[0] / v[1],
    "atan2": lambda v: autograd.atan2(v[0], v[1]),
    "hypot": lambda v: autograd.hypot(v[0], v[1]),
    "maximum": lambda v: autograd.maximum(v[0], v[1]),
    "minimum": lambda v: autograd.minimum(v[0], v[1]),
}


@pytest.mark.parametrize("point", EDGES, ids=str)
@pytest.mark.parametrize("name", OF_TWO)
def test_a_hessian_is_symmetric_at_edges_and_kinks_and_compiled_code_agrees(name, point):
    matrix = hessian(OF_TWO[name])(list(point))
    assert matrix[0][1] == pytest.approx(matrix[1][0], rel=1e-15, abs=1e-15, nan_ok=True)
    fast = autograd.compile(hessian(OF_TWO[name]), [0.75, 1.25])
    compiled = [fast(list(point)), fast([list(point)])[0].tolist()]
    for rows in compiled:
        for row, expected in zip(rows, matrix, strict=True):
            assert row == pytest.approx(expected, rel=1e-15, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, -1.0, 5.0])
def test_a_power_by_a_number_and_by_a_value_have_the_same_derivatives(exponent):
    for x in (0.0, -2.0, 0.75):
        for order in range(1, 5):
            by_number = nested(lambda x: x**exponent, 0, order)
            by_value = nested(lambda x, y: x**y, 0, order)(x, exponent)
            assert by_value == pytest.approx(by_number(x), rel=1e-14, nan_ok=True), (x, order)
            fast = autograd.compile(by_number, 0.75)
            assert fast(x) == pytest.approx(by_number(x), rel=1e-14, nan_ok=True), (x, order)


def test_the_third_derivative_of_tanh_at_0_is_minus_2():
    assert [nested(autograd.tanh, 0, order)(0.0) for order in (1, 2, 3, 4)] == [1.0, 0.0, -2.0, 0.0]


def test_every_entry_of_the_table_has_points_of_its_own_number_of_operands():
    assert POINTS.keys() == ops.TABLE.keys() - {"identity"}
    for entry, point, _ in CASES:
        expected = {len(point)} if is_nary(entry) else {2} if entry in BINARY else {1}
        assert {len(point)} == expected
