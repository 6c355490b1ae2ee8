"""Elementary functions in plain arithmetic, for code that numba compiles.

A call of the C library's `exp` takes one number. A loop of arithmetic, which these are once numba has
put them in place, is run by the processor on several numbers at once, so that a statement with one of
them takes a fifth of the time. To that end choices are of values that are both computed, and nothing is
looked up in a table. Errors are below 2 units in the last place; special values are those of IEEE 754.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.extending import intrinsic as numba_intrinsic

Decorator = Callable[[Callable[..., Any]], Any]
intrinsic: Decorator = numba_intrinsic

# A product may be added without being rounded first, where the processor can.
_fused: Decorator = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


def _same_bits(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))


@intrinsic
def _bits_of(typing_context: Any, x: Any) -> Any:
    """The 64 bits of a float, as an int."""
    return types.int64(types.float64), _same_bits


@intrinsic
def _float_of(typing_context: Any, bits: Any) -> Any:
    """The float of 64 bits."""
    return types.float64(types.int64), _same_bits


@intrinsic
def where(typing_context: Any, condition: Any, a: Any, b: Any) -> Any:
    """a if the condition holds, else b, without a branch."""
    return types.float64(types.boolean, types.float64, types.float64), (
        lambda context, builder, signature, arguments: builder.select(*arguments)
    )


# A number of moderate size is rounded to a whole one when it is added to this, and then stands in the
# last bits of the sum.
_ROUNDS = 1.5 * 2.0**52
_ROUNDS_BITS = 0x4338_0000_0000_0000
_ONE_BITS = 0x3FF0_0000_0000_0000
_ROOT_HALF_BITS = 0x3FE6_A09E_667F_3BCD
_LOG2E = 1.0 / math.log(2.0)
# log 2 in two parts; a multiple of the first, which ends in zeros, is exact.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10


@_fused
def _power_of_2(k: int) -> Any:
    return _float_of((k << 52) + _ONE_BITS)


@_fused
def _parts_of_exp(x: float) -> Any:
    """k, e^r - 1 and twice half of 2^k, where x is k log 2 + r, and r is between ±log(2) / 2."""
    bounded = where(x > 710.0, 710.0, where(x < -746.0, -746.0, x))
    shifted = bounded * _LOG2E + _ROUNDS
    k = shifted - _ROUNDS
    r = bounded - k * _LN2_HIGH - k * _LN2_LOW
    # (e^r - 1 - r) / r², by its series
    series = 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    half = _bits_of(0.5 * k + _ROUNDS)
    # 2^k in two factors, of which neither is infinite, zero or subnormal
    return k, r + r * r * series, _power_of_2(half), _power_of_2(_bits_of(shifted) - half)


@_fused
def exp(x: float) -> Any:
    """e^x."""
    _, above_1, scale, other = _parts_of_exp(x)
    return (1.0 + above_1) * scale * other


@_fused
def expm1(x: float) -> Any:
    """e^x - 1, with all digits where that is small."""
    k, above_1, scale, other = _parts_of_exp(x)
    power = scale * other
    large = (1.0 + above_1) * scale * other
    small = where(x == 0.0, x, power * above_1 + (power - 1.0))  # x: -0.0 has its sign
    return where(k > 60.0, large, small)


@_fused
def tanh(x: float) -> Any:
    """The hyperbolic tangent."""
    size = abs(x)
    far = 1.0 - 2.0 / (exp(2.0 * size) + 1.0)
    # The rational function of Cephes (S. L. Moshier), for |x| < 0.625
    z = x * x
    p = (-9.64399179425052238628e-1 * z - 9.92877231001918586564e1) * z - 1.61468768441708447952e3
    q = (z + 1.12811678491632931402e2) * z + 2.23548839060100448583e3
    near = x * (1.0 + z * (p / (q * z + 4.84406305325125486048e3)))
    return where(size < 0.625, near, math.copysign(far, x))


@_fused
def log1p(x: float) -> Any:
    """log(1 + x), with all digits where that is small."""
    # The algorithm of fdlibm (Sun Microsystems): 1 + x is 2^k (1 + f), where 1 + f is between √½ and √2
    sum_ = 1.0 + x
    lost = (x - (sum_ - 1.0)) / sum_
    bits = _bits_of(sum_)
    exponent = (bits - _ROOT_HALF_BITS) >> 52
    k = _float_of(_ROUNDS_BITS + exponent) - _ROUNDS
    f = _float_of(bits - (exponent << 52)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = 1.479819860511658591e-01
    series = series * z + 1.531383769920937332e-01
    series = series * z + 1.818357216161805012e-01
    series = series * z + 2.222219843214978396e-01
    series = series * z + 2.857142874366239149e-01
    series = series * z + 3.999999999940941908e-01
    series = series * z + 6.666666666666735130e-01
    half = 0.5 * f * f
    logarithm = k * _LN2_HIGH - ((half - (s * (half + series * z) + (k * _LN2_LOW + lost))) - f)
    at_least_minus_1 = where(x > -1.0, logarithm, where(x == -1.0, -math.inf, math.nan))
    return where(x == 0.0, x, where(x == math.inf, x, at_least_minus_1))
