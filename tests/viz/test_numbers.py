"""Numbers as pictures write them."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.numbers import short

KNOWN = [
    (0.0, "0"),
    (-0.0, "0"),
    (6.0, "6"),
    (-4.0, "−4"),
    (1000.0, "1000"),
    (99_999.0, "99999"),
    (100_000.0, "1e5"),
    (24.70408163265306, "24.7"),
    (138.83381924198252, "139"),
    (645.5772594752186, "646"),
    (0.7071067811865476, "0.707"),
    (-1.2e-7, "−1.2e−7"),
    (5e-324, "4.94e−324"),
    (1234.5, "1.23e3"),
    (1.7e308, "1.7e308"),
    (math.inf, "inf"),
    (-math.inf, "−inf"),
    (math.nan, "nan"),
]


@pytest.mark.parametrize(("number", "text"), KNOWN)
def test_known_numbers(number: float, text: str) -> None:
    assert short(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_three_significant_digits_and_never_a_zero_that_is_none(number: float) -> None:
    # Decimals: rounding the largest floats up leads out of the range of floats.
    read_back, exact = Decimal(short(number).replace("−", "-")), Decimal(number)
    assert abs(read_back - exact) <= Decimal("0.005") * abs(exact)
    assert (read_back == 0) == (number == 0)


@given(st.floats())
def test_every_number_is_short(number: float) -> None:
    assert len(short(number)) <= len("−1.23e−300")
