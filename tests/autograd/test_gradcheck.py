"""Laws of the numeric check: no false alarm, no wrong derivative let through, and kinks told apart."""

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd
from autograd import Value, dot, primitive
from autograd.gradcheck import GradientError, GradientReport, gradcheck, kink_distance
from autograd.strategies import programs


def primitive_with_slope(function, slope):
    """A function of one float as an operation, with a derivative that may be wrong."""
    return primitive(local_gradients=lambda out, x: (slope(x),))(function)


def verdicts(report):
    return [comparison.verdict for comparison in report.comparisons]


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_no_false_alarm_where_terms_cancel_to_nothing(y):
    # Every node is 0 at the point for y = 0, so that only a step away there is rounding.
    gradcheck(lambda x, y: autograd.sinh(x) + y - x, 0.0, y, order=2)
    gradcheck(lambda x, y: autograd.expm1(x) * (y + 1.0) - x - x * y, 0.0, y, order=2)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(programs(max_nodes=5))
def test_no_false_alarm_for_random_programs_to_order_2(program):
    gradcheck(program, *program.inputs, order=2)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (autograd.exp, 700.0),
        (autograd.log, 1e-12),
        (autograd.log, 1e12),
        (autograd.sin, 1e6),
        (autograd.tan, 1.5707),
        (autograd.sech2, 300.0),
        (autograd.erfc, 20.0),
        (autograd.tanh, 20.0),
        (autograd.softplus, -700.0),
        (autograd.reciprocal, 1e-5),
        (autograd.acos, 0.99999),
        (autograd.square, 1e-12),
        (autograd.square, 1e-200),
        (lambda x: x * abs(x), -1e-250),
        (lambda x: autograd.sin(1e5 * x), 0.3),
        (lambda x: (x + 1e8) - 1e8, 1.0),
        (lambda x: x / x, 5.0),
        (lambda x: autograd.relu(x - 1000), 1000.0001),
        (abs, 1e-9),
    ],
)
def test_no_false_alarm_in_tails_near_poles_near_kinks_and_under_cancellation(f, x):
    assert set(verdicts(gradcheck(f, x, order=2))) == {"ok"}


@pytest.mark.parametrize("error", [1e-2, 1e-4, 1e-6, 3e-8])
def test_a_derivative_that_is_wrong_by_little_is_found(error):
    wrong = primitive_with_slope(math.sin, lambda x: autograd.cos(x) * (1 + error))
    with pytest.raises(GradientError):
        gradcheck(lambda x: wrong(x * x) + x, 0.7)
    right = primitive_with_slope(math.sin, autograd.cos)
    assert verdicts(gradcheck(lambda x: right(x * x) + x, 0.7, order=2)) == ["ok", "ok"]


def test_a_wrong_second_derivative_is_found_by_order_2_alone():
    # In a first derivative cos(x.data) is right; it is no function of x any more.
    wrong = primitive_with_slope(
        math.sin, lambda x: math.cos(x.data) if isinstance(x, Value) else math.cos(x)
    )
    assert verdicts(gradcheck(wrong, 0.7)) == ["ok"]
    with pytest.raises(GradientError, match=r"d²sin/dx dx is 0\.0, but"):
        gradcheck(wrong, 0.7, order=2)


def test_rtol_is_what_is_let_through():
    wrong = primitive_with_slope(math.sin, lambda x: autograd.cos(x) * (1 + 1e-6))
    assert verdicts(gradcheck(wrong, 0.7, rtol=1e-5)) == ["ok"]


def test_the_error_names_the_worst_entry_and_shows_all_in_a_table():
    @primitive(local_gradients=lambda out, x, y: (1.01 * y, 3 * x))
    def product(x, y):
        return x * y

    def area(width, height):
        return product(width, height)

    with pytest.raises(GradientError) as failure:
        gradcheck(area, 2.0, 4.0)
    lines = str(failure.value).splitlines()
    assert lines[0] == (
        "darea/dheight is 6.0, but the function's slope is 2 (the worst of 2 wrong derivatives)"
    )
    assert lines[1].split() == ["analytic", "numeric", "difference", "allowed"]
    assert lines[2].split() == ["darea/dwidth", "4.04", "4", "0.04", "4e-08", "WRONG"]
    assert lines[3].split() == ["darea/dheight", "6", "2", "4", "6e-08", "WRONG"]
    assert isinstance(failure.value, AssertionError)
    assert failure.value.report.worst.derivative == "darea/dheight"


def test_a_derivative_that_is_nan_or_infinite_where_the_function_is_smooth_is_wrong():
    x = 0.0
    with pytest.raises(GradientError, match="nan"):
        gradcheck(lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0 * x + 1.0) * 1.0, -1.0)
    with pytest.raises(GradientError, match="inf"):
        gradcheck(primitive_with_slope(math.sin, lambda x: 0 * x + math.inf), x)


@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        (
            autograd.relu,
            0.0,
            r"drelu/dx: .* near a kink of relu, with slope 0 before it and 1 after",
        ),
        (abs, 0.0, "kink of abs"),
        (lambda x: autograd.relu(x - 1000), 1000.0, "kink of relu"),
        (lambda x: autograd.relu(x - 1000), 1000.0 + 1e-9, "kink of relu"),
        (lambda x: autograd.clip(x * 2, -1, 1), 0.5, r"kink of clip\(-1, 1\)"),
        (lambda x: autograd.max([x, 2 - x]), 1.0, "kink of max"),
        (lambda x: autograd.maximum(x, x * x), 1.0, "kink of maximum"),
        (autograd.sign, 0.0, "kink of sign, where the slope has no limit"),
        (autograd.cbrt, 0.0, "no limit"),
        (autograd.sqrt, 0.0, "edge of the domain: f is not finite left of it"),
        (autograd.acos, 1.0, "edge of the domain: f is not finite right of it"),
        (lambda x: x if x > 0 else -x, 0.0, "kink of the function"),
    ],
)
def test_a_kink_and_an_edge_of_the_domain_are_reported_and_no_failure(f, x, message):
    report = gradcheck(f, x, order=2)
    assert verdicts(report) == ["kink"]
    (kink,) = report.kinks
    assert re.search(message, kink)
    assert kink in repr(report)


def test_a_kink_of_the_first_derivative_is_reported_at_order_2():
    report = gradcheck(autograd.elu, 0.0, order=2)
    assert verdicts(report) == ["ok", "kink"]
    assert "kink of elu(1), with slope 1 before it and 0 after" in report.kinks[0]


def test_a_users_operation_that_raises_outside_its_domain_has_an_edge_there():
    root = primitive_with_slope(math.sqrt, lambda x: 0.5 * autograd.reciprocal(autograd.sqrt(x)))
    assert verdicts(gradcheck(root, 1e-3, order=2)) == ["ok", "ok"]
    assert "left of it" in gradcheck(root, 0.0).kinks[0]


def test_lists_of_numbers_are_arguments_too():
    def score(weights, x):
        return dot(weights, [x, 1.0]).tanh()

    report = gradcheck(score, [0.5, -1.0], 2.0)
    assert [comparison.derivative for comparison in report.comparisons] == [
        "dscore/dweights[0]",
        "dscore/dweights[1]",
        "dscore/dx",
    ]
    assert len(gradcheck(lambda v: dot(v, v), np.array([1.0, 2.0]), order=2).comparisons) == 6


def test_nested_lists_dicts_and_arrays_are_arguments_and_their_numbers_are_named_by_place():
    def loss(p, x):
        return dot(p["w"][0], p["w"][1]) * p["b"] + (x * x).sum()

    report = gradcheck(loss, {"w": [[1.0, 2.0], (3.0, 4.0)], "b": 0.5}, np.ones((1, 2)), order=2)
    firsts = [comparison.derivative for comparison in report.comparisons[:7]]
    assert firsts == [
        *(f'dloss/dp["w"][{i}][{j}]' for i in range(2) for j in range(2)),
        'dloss/dp["b"]',
        *("dloss/dx[0, 0]", "dloss/dx[0, 1]"),
    ]
    assert 'd²loss/dp["w"][0][1] dp["b"]' in repr(report)
    assert set(verdicts(report)) == {"ok"}
    with pytest.raises(TypeError, match=r'by p\["w"\]\[1\] takes a number .* but got None'):
        gradcheck(lambda p: p["w"][0], {"w": [1.0, None]})


def wrong_identity():
    return primitive_with_slope(lambda x: x, lambda x: 5.0)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1e14 + wrong_identity()(x), 0.5),
        (lambda x: 1e16 - wrong_identity()(x), 0.5),
        (lambda x: 1e30 + wrong_identity()(x) ** 2, -2.0),
        (lambda x: 1e16 + 0.0 * x + x.data, 0.5),
        (lambda x: 1e16 + autograd.sin(x), 0.5),  # right, and no less unknown
        (autograd.sin, 1e15),
        (autograd.cos, 1e17),
        (lambda x: 1.0 / x, math.inf),
    ],
    ids=["1e14", "1e16", "1e30", "data", "right", "sin", "cos", "infinite"],
)
def test_where_rounding_hides_the_slope_the_verdict_is_unchecked_and_says_why(f, x, order):
    report = gradcheck(f, x, order=order)
    assert set(verdicts(report)) == {"unchecked"}
    assert report.worst is None
    assert "nothing could be checked here" in report.unchecked[0]
    assert report.unchecked[0] in repr(report)


def test_what_could_be_checked_counts_beside_what_could_not():
    def f(x, y):
        return 1e20 * y + autograd.sin(x)

    report = gradcheck(f, 0.5, 2.0)
    assert verdicts(report) == ["unchecked", "ok"]
    assert [text.partition(":")[0] for text in report.unchecked] == ["df/dx"]
    with pytest.raises(GradientError, match="df/dy is 5"):
        gradcheck(lambda x, y: 1e20 * wrong_identity()(y) + autograd.sin(x), 0.5, 2.0)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1e10 + autograd.sin(x), 0.5),
        (lambda x: x * 1e-300, 1e300),
        (lambda x: (x * 1e150) ** 2, 1.0),
        (lambda x: autograd.exp(x - 800.0), 0.5),
        (lambda x: 0.0 * x + 5.0, 1e16),
        (lambda x: x * x, 1e16),
        (autograd.log, 1e20),
        (autograd.tanh, 1e4),
        (autograd.cos, 1e12),
        (autograd.atan, 1e10),
    ],
    ids=[
        "offset",
        "1e300",
        "1e150",
        "underflow",
        "constant",
        "square",
        "log",
        "tanh",
        "cos",
        "atan",
    ],
)
def test_ordinary_derivatives_of_large_and_small_numbers_are_checked(f, x):
    assert set(verdicts(gradcheck(f, x, order=2))) == {"ok"}


def test_results_of_single_precision_are_checked_as_well_as_they_allow():
    def np32(number):
        return float(np.float32(number))

    sin = primitive_with_slope(lambda x: np32(math.sin(x)), autograd.cos)
    shifted = primitive_with_slope(lambda x: np32(1000.0 + math.sin(x)), autograd.cos)
    wrong = primitive_with_slope(lambda x: np32(math.sin(x)), lambda x: 1.01 * autograd.cos(x))
    for f in (sin, shifted, lambda x: sin(x * 3.0) * x):
        for x in (0.7, 0.5, -1.25):
            assert set(verdicts(gradcheck(f, x))) == {"ok"}
    with pytest.raises(GradientError):
        gradcheck(wrong, 0.7)


def test_functions_made_of_derivatives_are_checked_by_what_they_close_over():
    def residual(w, t):
        def network(s):
            return autograd.tanh(w[0] * s + w[1]) * w[2]

        return (autograd.grad(network)(0.5) + network(t)) ** 2 + autograd.hessian(network)(0.1)

    assert set(verdicts(gradcheck(residual, [0.5, 0.25, -0.75], 0.3, order=2))) == {"ok"}


def test_gradients_of_values_outside_are_left_alone():
    w = Value(3.0)
    (w * w).backward()
    gradcheck(lambda x: w * x, 2.0, order=2)
    assert (w.grad, w.backward_passes) == (6.0, 1)


def test_a_program_and_a_function_of_any_number_of_arguments_have_numbered_inputs():
    report = gradcheck(lambda *xs: autograd.prod(xs), 2.0, 3.0)
    assert [comparison.derivative for comparison in report.comparisons] == ["df/dx0", "df/dx1"]


def test_the_report_is_a_table():
    report = gradcheck(autograd.square, 3.0)
    assert isinstance(report, GradientReport)
    assert repr(report).split() == (
        ["analytic", "numeric", "difference", "allowed", "dsquare/dx", "6", "6", "0", "6e-08", "ok"]
    )
    assert report.worst is None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gradcheck(math.sin), TypeError, "the numbers to call it with"),
        (
            lambda: gradcheck(lambda x: x.data, 1.0),
            TypeError,
            "returns a Value, but f returned 1.0",
        ),
        (lambda: gradcheck(lambda x: [x], 1.0), TypeError, "returned .*list"),
        (lambda: gradcheck(autograd.sin, "1"), TypeError, "'1'"),
        (lambda: gradcheck(autograd.sin, Value(1.0)), TypeError, r"\.data"),
        (lambda: gradcheck(autograd.log, -1.0), ValueError, "log is nan at x = -1.0"),
        (lambda: gradcheck(autograd.sin, math.inf), ValueError, "sin is nan at x = inf"),
        (lambda: gradcheck(autograd.sin, 1.0, order=3), ValueError, "order=3"),
    ],
)
def test_a_wrong_use_is_an_error_that_says_what_was_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_function_that_changes_between_calls_is_a_value_error():
    counter = itertools.count()
    with pytest.raises(ValueError, match=r"f is not a function: called twice at x = 1\.0"):
        gradcheck(lambda x: x * next(counter), 1.0)


def test_every_entry_with_a_kink_knows_how_far_it_is():
    x = Value(0.25)
    assert kink_distance(autograd.clip(x, -1.0, 1.0)) == 0.75
    assert kink_distance(autograd.max([x, 1.0, 3.0])) == 2.0
    assert kink_distance(autograd.min([x])) == math.inf
    assert kink_distance(autograd.minimum(x, 1.0)) == 0.75
    assert kink_distance(autograd.leaky_relu(-x)) == 0.25
    assert kink_distance(x**2) == kink_distance(autograd.exp(x)) == math.inf
