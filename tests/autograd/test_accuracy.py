"""The table is exact: every value and local gradient within its bound, over the whole domain."""

import math
import os
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, accuracy, ops
from autograd.__main__ import main
from autograd.accuracy.closed_forms import OF_ONE, OF_TWO, OF_VECTORS, Exact, exact, mp
from autograd.accuracy.samples import DOMAINS

IN_CI = (os.environ.get("HYPOTHESIS_PROFILE") or os.environ.get("CI")) in ("ci", "true")
SAMPLES = 10_000 if IN_CI else 300
LARGEST = sys.float_info.max
LEAST = math.ulp(0.0)
JUST_OVER = "1.79769313486231585e308"  # 2^1024 is 1.797693134862315907…e308
ROOT = Path(__file__).parents[2]


# The whole table.


def test_every_entry_is_measured():
    assert set(DOMAINS) == set(ops.TABLE)
    assert {*OF_ONE, *OF_TWO, *OF_VECTORS} == set(ops.TABLE)


@pytest.fixture(scope="module")
def measured():
    names = list(ops.TABLE)
    return dict(zip(names, accuracy.table(names, SAMPLES, seed=0)))


@pytest.mark.parametrize("name", list(ops.TABLE))
def test_the_bounds_hold(name, measured):
    rows = measured[name]
    assert [row.operation for row in rows] == [name] * len(rows)
    broken = [line for row in rows if row.fraction > 1 for line in accuracy.lines([row])]
    assert not broken, "\n".join([accuracy.HEADING, *broken])


def test_the_documented_table_is_complete_and_unbroken():
    text = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    first_words = {line.split()[0] for line in text.splitlines() if line.split()}
    assert set(ops.TABLE) <= first_words
    assert "BROKEN" not in text


# The check notices what it should.


def planted(monkeypatch, name, local_gradients):
    forward, _ = ops.TABLE[name].formulas
    wrong = ops.Operation(name, (forward, local_gradients), ops.TABLE[name].arguments)
    monkeypatch.setitem(ops.TABLE, name, wrong)


WRONG = {
    "tanh": lambda out, x: (1.0 - out * out,),  # no digit is left where tanh is nearly 1
    "sigmoid": lambda out, x: (out * (1.0 - out),),
    "asinh": lambda out, x: (1.0 / sqrt(1.0 + x * x),),  # noqa: F821 overflows
    "exp": lambda out, x: (out * 1.000000000000002,),  # 9 ulp
    "atan2": lambda out, y, x: (x / (x * x + y * y), -y / (x * x + y * y)),
    "sum": lambda out, xs: fill(-1.0, xs),  # noqa: F821
    "hypot": lambda out, x, y: (x / out, x / out),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_wrong_formula_is_noticed(name, monkeypatch, capsys):
    planted(monkeypatch, name, WRONG[name])
    assert main(["check", name, "--samples", "300"]) == 1
    output = capsys.readouterr().out
    assert "BROKEN" in output
    assert output.splitlines()[-1].endswith(f"bounds are broken: {name}")


def test_the_worst_point_can_be_pasted(monkeypatch):
    planted(monkeypatch, "tanh", WRONG["tanh"])
    value, gradient = accuracy.check("tanh", samples=300)
    assert value.fraction <= 1 < gradient.fraction
    x = float(gradient.where)
    (computed,) = ops.TABLE["tanh"].local_gradients(math.tanh(x), x)
    assert abs(computed * mp.cosh(x) ** 2 - 1) > 1e-15


def test_the_same_seed_gives_the_same_table():
    assert accuracy.check("gelu", 100, seed=1) == accuracy.check("gelu", 100, seed=1)
    assert accuracy.check("gelu", 100, seed=1) != accuracy.check("gelu", 100, seed=2)


@pytest.mark.parametrize(
    ("computed", "right", "within"),
    [
        (math.inf, "1e400", True),
        (LARGEST, "1e400", False),
        (-math.inf, "1e400", False),
        (math.inf, JUST_OVER, True),
        (LARGEST, JUST_OVER, True),
        (math.inf, "1e300", False),
        (0.0, "1e-400", True),
        (LEAST, "1e-400", True),
        (1e-300, "1e-400", False),
        (1.0 + 4 * 2**-52, "1", True),
        (1.0 + 5 * 2**-52, "1", False),
        (math.nan, "1", False),
        (math.nan, "1e400", False),
        (math.inf, "inf", True),
        (LARGEST, "inf", False),
    ],
)
def test_the_bound_without_a_spread_is_4_ulp_with_overflow_and_underflow(computed, right, within):
    error, fraction = accuracy.error_of(computed, Exact(mp.mpf(right)))
    assert (fraction <= 1) is within
    assert (error <= 4) is within


# The exact side: its closed forms are each other's derivatives.

OPERANDS = {
    "acosh": (1.7,),
    "sqrt": (2.3,),
    "**": (1.7, 2.6),
    "/": (1.3, -0.8),
    "dot": (0.4, -1.3, 2.1, 0.6, 0.9),
    **{name: (0.4, -1.3, 2.1) for name in OF_VECTORS if name != "dot"},
    **dict.fromkeys(("+", "-", "*", "hypot", "atan2", "maximum", "minimum"), (-0.6, 0.45)),
    **dict.fromkeys(("%", "//"), (-0.6, 0.45)),
    "where": (0.3, 0.7),
    **dict.fromkeys(("log", "log2", "log10", "reciprocal", "power"), (0.7,)),
}
STATIC = {"power": (2.5,), "leaky_relu": (0.1,), "elu": (1.5,), "clip": (-1.0, 2.0)}
STATIC |= {"where": (True,), "select": (1,)}


@pytest.mark.parametrize("name", list(ops.TABLE))
def test_the_closed_forms_agree_with_differences(name):
    """The gradients with differences of the value, the spreads with differences of both."""
    operands = [mp.mpf(x) for x in OPERANDS.get(name, (-0.35,))]
    static = STATIC.get(name, ())
    h = mp.mpf("1e-15")

    def shifted(i, by):
        return exact(name, [x + by if j == i else x for j, x in enumerate(operands)], static)

    def slopes(i):  # of everything, with respect to operand i
        return [(a.value - b.value) / (2 * h) for a, b in zip(shifted(i, h), shifted(i, -h))]

    right = exact(name, operands, static)
    derivatives = [slopes(i) for i in range(len(operands))]
    for i, gradient in enumerate(right[1:]):
        assert abs(gradient.value - derivatives[i][0]) < 1e-20
    for quantity, answer in enumerate(right):
        spread = sum(abs(x * d[quantity]) for x, d in zip(operands, derivatives))
        assert abs(answer.spread - spread) < 1e-20


# The command.


def test_the_command_prints_a_table(capsys):
    assert main(["check", "tanh", "**", "--samples", "40"]) == 0
    heading, *rows, summary = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["operation", "domain", "samples"]
    assert [row.split()[0] for row in rows] == ["tanh", "d/dx", "**", "d/dx", "d/dy"]
    assert summary == "All bounds hold: 2 operations."


def test_an_unknown_operation_is_one_line_with_advice(capsys):
    assert main(["check", "tanh", "sigmoit"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == (
        "python -m autograd check: no operation 'sigmoit' in the table: "
        "there is sigmoid, log_sigmoid\n"
    )


def test_without_mpmath_it_says_what_to_install():
    program = (
        "import sys; sys.modules['mpmath'] = None; import autograd.__main__ as m; "
        "sys.exit(m.main(['check']))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr == (
        "python -m autograd check: the exact answers come from mpmath: "
        'pip install "glassgrad[test]"\n'
    )


def test_samples_must_be_positive(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--samples", "0"])
    assert stopped.value.code == 2
    assert "at least 1 sample" in capsys.readouterr().err


# Laws of the sigmoid and the hyperbolic tangent, in the tails too.

NUMBERS = st.floats(-350, 350)


def value_and_slope(method, x):
    value = Value(x)
    out = getattr(value, method)()
    out.backward()
    return out.data, value.grad


@given(NUMBERS)
def test_tanh_is_a_sigmoid_of_twice_the_argument(x):
    tanh, tanh_slope = value_and_slope("tanh", x)
    sigmoid, sigmoid_slope = value_and_slope("sigmoid", 2 * x)
    assert abs(tanh - (2 * sigmoid - 1)) <= 4 * 2**-52
    assert abs(tanh_slope - 4 * sigmoid_slope) <= 8 * math.ulp(tanh_slope)


def test_tanh_is_a_sigmoid_on_a_grid():
    for i in range(-3500, 3501):
        test_tanh_is_a_sigmoid_of_twice_the_argument.hypothesis.inner_test(i / 10)


@given(NUMBERS)
def test_the_slope_of_the_sigmoid_is_at_most_a_quarter(x):
    assert value_and_slope("sigmoid", 0.0)[1] == 0.25
    assert 0 < value_and_slope("sigmoid", x)[1] <= 0.25


def test_the_slope_of_the_sigmoid_at_40_has_its_digits():
    with mpmath.workdps(50):
        e = mpmath.exp(-40)
        right = e / (1 + e) ** 2
    slope = value_and_slope("sigmoid", 40.0)[1]
    assert abs(slope - right) <= 4 * math.ulp(float(right))
