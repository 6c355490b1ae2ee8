"""Where operations are measured: random operands over the whole domain, the difficult parts often.

Some numbers are spread evenly over all floats, subnormal ones included; others are of everyday size,
or integers and half-integers, or lie close to points at which formulas and library functions change
their ways. Two operands are often equal, nearly so, opposite, or such that a product or a quotient of
them just overflows or underflows. Everything follows from the generator's seed.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

LARGEST = sys.float_info.max
LEAST = math.ulp(0.0)


class Sample(NamedTuple):
    """One point at which an operation is measured: its operands, and its static arguments."""

    operands: tuple[float, ...]
    static: tuple[float, ...] = ()

    def __str__(self) -> str:
        """As one would type it: the operands, and after a semicolon the static arguments."""
        lists = [", ".join(map(repr, numbers)) for numbers in self if numbers]
        return "; ".join(lists)


class Domain(NamedTuple):
    """Where an operation is defined, in words, and how a sample is drawn there."""

    text: str
    draw: Callable[[Random], Sample]
    hard: Sequence[Sample] = ()

    def samples(self, n: int, seed: object) -> Iterator[Sample]:
        """The hand-picked points, then random ones; n in all."""
        random = Random(str(seed))
        yield from self.hard[:n]
        for _ in range(n - len(self.hard)):
            yield self.draw(random)


# Floats in their order, numbered: 0.0 is 0, the least subnormal number 1, its negative -1.


def _position(x: float) -> int:
    bits: int = struct.unpack("<q", struct.pack("<d", abs(x)))[0]
    return bits if x >= 0 else -bits


def _at(position: int) -> float:
    x: float = struct.unpack("<d", struct.pack("<q", abs(position)))[0]
    return x if position >= 0 else -x


# Where something happens: e^x rounds to 1, 1 + e^x rounds to 1, e^-x² or e^x leaves the normal numbers
# or the range, x² does, 1/x does; and the kinks of everybody.
EVENTFUL = (
    *(0.0, 0.5, 1.0, 2.0, 1e-16, 1e-8, 6.0, 8.3, 18.7, 19.1, 26.5, 27.2, 36.7, 37.5, 38.5, 307.6),
    *(323.3, 354.9, 372.5, 708.4, 709.8, 745.1, 1022.0, 1024.0, 1074.0, 1e154, 1e-154, 1e-162),
    *(2.0**-1022, 2.0**53, 2.0**1023, LARGEST),
)


def _real(
    random: Random, low: float = -LARGEST, high: float = LARGEST, special: Sequence[float] = ()
) -> float:
    """A number between the bounds, which are included."""
    first, last = _position(low), _position(high)
    x: float
    while True:
        match random.choice("aaabbuuuihhhss"):
            case "a":  # any float
                x = _at(random.randint(first, last))
            case "b":  # of moderate exponent
                x = random.choice((-1, 1)) * math.exp2(random.uniform(-60, 60))
            case "u":  # of everyday size
                x = random.choice((1, 4, 40, 800)) * random.uniform(-1, 1)
            case "i":  # an integer or half of one
                x = random.randint(-100, 100) / 2
            case "h":  # near a place of this operation, or of any
                x = _near(random, random.choice(special or EVENTFUL))
            case _:
                x = random.choice((-1, 1)) * _near(random, random.choice(EVENTFUL))
        if low <= x <= high:
            return x + 0.0  # never -0.0


def _near(random: Random, x: float) -> float:
    """A float a few ulps from x, or at a distance of any size below 1."""
    if random.random() < 0.5:
        limit = _position(LARGEST)
        return _at(max(-limit, min(limit, _position(x) + random.randint(-20, 20))))
    return x + random.choice((-1, 1)) * math.exp2(-random.uniform(0, 60))


def _pair(random: Random) -> tuple[float, float]:
    """Two numbers, related in one of the ways that matter."""
    x = _real(random)
    size = abs(x) or 1.0
    ends = random.choice(((-1074, -1066), (-1026, -1018), (1016, 1023.99)))
    edge = math.exp2(random.uniform(*ends))
    match random.choice("rrrreno2mqqb"):
        case "e":  # equal
            y = x
        case "n":  # nearly
            y = _near(random, x)
        case "o":  # opposite
            y = -x
        case "2":  # of another size
            y = x * math.exp2(random.uniform(-60, 60))
        case "m":  # a product at an end of the range
            y = edge / size
        case "q":  # a quotient at an end of the range
            y = size * edge
        case "b":  # both at an end of the range
            first, last = map(_position, random.choice(((LEAST, 2e-307), (1e307, LARGEST))))
            x, y = _at(random.randint(first, last)), _at(random.randint(first, last))
        case _:
            y = _real(random)
    if not math.isfinite(y):
        y = _real(random)
    if random.random() < 0.5:
        x, y = y, x
    return x + 0.0, random.choice((-1, 1)) * y + 0.0


def _vector(random: Random, low: float = -LARGEST, high: float = LARGEST) -> tuple[float, ...]:
    """One to six numbers, seldom more: unrelated, of a size, all alike, or with a sum near 0."""
    n = random.choice((1, 2, 2, 3, 3, 4, 5, 6)) if random.random() < 0.98 else 24
    scale = random.choice((1e-3, 1.0, 40.0, 800.0, 1e10))
    match random.choice("rsscz"):
        case "r":
            return tuple(_real(random, low, high) for _ in range(n))
        case "c":
            return (_real(random, low, high),) * n
        case "z":
            xs = [scale * random.uniform(-1, 1) for _ in range(n)]
            return (*xs, _near(random, -math.fsum(xs)))
        case _:
            shift = scale * random.choice((0, 0, 1, -1))
            return tuple(shift + scale * random.uniform(-1, 1) for _ in range(n))


# Domains of one number.


def _reals(
    text: str, low: float = -LARGEST, high: float = LARGEST, special: Sequence[float] = ()
) -> Domain:
    hard = [Sample((x,)) for x in special if low <= x <= high]
    return Domain(text, lambda random: Sample((_real(random, low, high, special),)), hard)


def _everywhere(*special: float) -> Domain:
    return _reals("all", special=special)


def _symmetric(*special: float) -> Domain:
    return _everywhere(*special, *(-x for x in special if x))


def _except_zero(random: Random) -> Sample:
    x = _real(random)
    return Sample((x,)) if x else _except_zero(random)


QUARTER_TURNS = [n * math.pi / 2 for n in range(-12, 13)]
# Doubles that are unusually near to a multiple of π/2, and large ones.
HARD_ANGLES = (
    5.319372648326541e255,
    6381956970095103.0,
    1.633123935319537e16,
    1e22,
    1e300,
    LARGEST,
)
ONES = (1.0, -1.0, 0.5, -0.5, 0.0, 1e-8, -1e-8, math.sqrt(0.5))
JUST_BELOW_1 = math.nextafter(1.0, 0.0)

# Domains with static arguments, and of two numbers.

EXPONENTS = (
    *(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 101.0, -1.0, -2.0, -3.0, -7.0, 0.5, -0.5, 1.5, 2.5),
    *(1 / 3, 0.1, 1e-3, 1e-17, -1e-300, 1 - 2**-53, 1 + 2**-52, 100.5, -100.5, 1e6, 2.0**60),
)


def _powers(random: Random) -> tuple[float, float]:
    """A base and an exponent with a real power: a third of them near the ends of the range."""
    x = abs(_real(random))
    match random.choice("sser"):
        case "s":
            y = random.choice(EXPONENTS)
        case "e" if x > 0 and math.log(x):
            y = random.choice((-745.1, -708.4, 709.78, random.uniform(-760, 715))) / math.log(x)
            y *= 1 + random.choice((0, random.uniform(-0.01, 0.01)))
        case _:
            y = _real(random)
    if not math.isfinite(y) or (x == 0 and y < 0):
        return _powers(random)
    return (-x + 0.0 if y.is_integer() and random.random() < 0.4 else x), y


def _power(random: Random) -> Sample:
    x, exponent = _powers(random)
    return Sample((x,), (exponent,))


def _quotient(random: Random) -> Sample:
    x, y = _pair(random)
    return Sample((x, y)) if y else _quotient(random)


# Where x / y rounds to a whole number, or x % y to y.
HARD_QUOTIENTS = [
    Sample((1.0, 0.1)),
    Sample((-1e-20, 1.0)),
    Sample((0.0, -2.0)),
    Sample((6.0, -2.0)),
]


def _direction(random: Random) -> Sample:
    y, x = _pair(random)
    return Sample((y, x)) if y or x else _direction(random)


def _pairs(*hard: tuple[float, float]) -> Domain:
    return Domain("all", lambda random: Sample(_pair(random)), [Sample(pair) for pair in hard])


def _with_static(
    text: str, statics: Sequence[tuple[float, ...]], operands: Callable[[Random], tuple[float, ...]]
) -> Domain:
    return Domain(text, lambda random: Sample(operands(random), random.choice(statics)))


def _number(random: Random) -> tuple[float]:
    return (_real(random, special=(0.0, -1.0, 2.0)),)


def _vectors(low: float = -LARGEST, high: float = LARGEST) -> Domain:
    return Domain("all", lambda random: Sample(_vector(random, low, high)))


def _select(random: Random) -> Sample:
    xs = _vector(random)
    return Sample(xs, (random.randrange(len(xs)),))


def _prod(random: Random) -> Sample:
    xs = list(_vector(random))
    if random.random() < 0.3 and xs[0]:  # the product of two is at an end of the range, or near 1
        xs.append(math.exp2(random.choice((0, random.uniform(-1074, 1023)))) / xs[0])
    return Sample(tuple(x if math.isfinite(x) else 1.0 for x in xs))


def _dot(random: Random) -> Sample:
    ws = list(_vector(random))
    xs = [_real(random) if random.random() < 0.3 else random.uniform(-4, 4) for _ in ws]
    if random.random() < 0.3:  # products that nearly cancel
        ws.append(random.uniform(1, 2))
        xs.append(-sum(w * x for w, x in zip(ws, xs)) / ws[-1])
    xs = [x if math.isfinite(x) else 1.0 for x in xs]
    bias = [_real(random)] if random.random() < 0.5 else []
    return Sample((*ws, *xs, *bias))


DOMAINS: dict[str, Domain] = {
    "identity": _everywhere(),
    "+": _pairs((1.0, -1.0), (LARGEST, LARGEST)),
    "-": _pairs((1.0, 1.0), (LARGEST, -LARGEST)),
    "*": _pairs((LEAST, 0.5), (LARGEST, 2.0)),
    "/": Domain("y ≠ 0", _quotient, [Sample((1.0, LEAST)), Sample((LARGEST, 0.5))]),
    "%": Domain("y ≠ 0", _quotient, HARD_QUOTIENTS),
    "//": Domain("y ≠ 0", _quotient, HARD_QUOTIENTS),
    "neg": _everywhere(),
    "square": _symmetric(1e154, 1.5e-162),
    "reciprocal": Domain("x ≠ 0", _except_zero, [Sample((LEAST,)), Sample((LARGEST,))]),
    "power": Domain("x ≥ 0, or exponent integer; not 0 ** negative", _power),
    "**": Domain("x ≥ 0, or y integer; not 0 ** negative", lambda random: Sample(_powers(random))),
    "sqrt": _reals("x ≥ 0", 0.0, special=(0.0, LEAST, 1.0, LARGEST)),
    "cbrt": _symmetric(0.0, LEAST, 1.0, LARGEST),
    "exp": _symmetric(0.0, 709.782712893384, 708.3964185322641, 745.1332191019411),
    "exp2": _symmetric(0.0, 1023.9999999999999, 1022.0, 1074.0, 1075.0),
    "expm1": _symmetric(0.0, LEAST, 1e-9, 36.7, 709.782712893384, math.log(2)),
    "log": _reals("x > 0", LEAST, special=(1.0, LEAST, LARGEST, math.e)),
    "log2": _reals("x > 0", LEAST, special=(1.0, LEAST, LARGEST, 2.0)),
    "log10": _reals("x > 0", LEAST, special=(1.0, LEAST, LARGEST, 10.0)),
    "log1p": _reals("x > −1", -JUST_BELOW_1, special=(0.0, LEAST, -JUST_BELOW_1, LARGEST)),
    "sin": _everywhere(*QUARTER_TURNS, *HARD_ANGLES),
    "cos": _everywhere(*QUARTER_TURNS, *HARD_ANGLES),
    "tan": _everywhere(*QUARTER_TURNS, *HARD_ANGLES),
    "asin": _reals("−1 ≤ x ≤ 1", -1.0, 1.0, ONES),
    "acos": _reals("−1 ≤ x ≤ 1", -1.0, 1.0, ONES),
    "atan": _symmetric(0.0, 1.0, 1e154, 1e155, LARGEST),
    "degrees": _symmetric(0.0, LEAST, 3e306, 3.2e306),
    "radians": _symmetric(0.0, LEAST, 180.0),
    "atan2": Domain("(y, x) ≠ (0, 0)", _direction, [Sample((0.0, -1.0)), Sample((LEAST, LARGEST))]),
    "hypot": _pairs((0.0, 0.0), (LEAST, LEAST), (LARGEST, LARGEST), (3.0, -4.0)),
    "sinh": _symmetric(0.0, LEAST, 1e-8, 709.8, 710.4758600739439),
    "cosh": _symmetric(0.0, LEAST, 1e-8, 709.8, 710.4758600739439),
    "tanh": _symmetric(0.0, LEAST, 1e-8, 19.06, 22.0, 372.5),
    "asinh": _symmetric(0.0, LEAST, 1e-8, 1.0, 1e154, LARGEST),
    "acosh": _reals("x ≥ 1", 1.0, special=(1.0, 1 + 2**-52, 2.0, 1e154, LARGEST)),
    "atanh": _reals("−1 < x < 1", -JUST_BELOW_1, JUST_BELOW_1, ONES),
    "sech2": _symmetric(0.0, LEAST, 1e-8, 0.6584789484624084, 354.9, 372.5, 373.2),
    "erf": _symmetric(0.0, LEAST, 5.92, 26.54, 27.2),
    "erfc": _symmetric(0.0, LEAST, 0.5, 5.92, 26.54, 27.2),
    "abs": _everywhere(0.0),
    "sign": _everywhere(0.0),
    "maximum": _pairs((0.0, 0.0)),
    "minimum": _pairs((0.0, 0.0)),
    "clip": _with_static("all", [(-1.0, 2.0), (0.0, 1.0), (0.5, 0.5)], _number),
    "where": _with_static("all", [(True,), (False,)], _pair),
    "sigmoid": _symmetric(0.0, 36.7, 40.0, 708.4, 745.1),
    "log_sigmoid": _symmetric(0.0, 36.7, 40.0, 708.4, 745.1),
    "softplus": _symmetric(0.0, 36.7, 40.0, 708.4, 745.1),
    "silu": _symmetric(0.0, 1.2784645427610738, 2.399357280520, 36.7, 708.4, 745.1, 751.7),
    "gelu": _symmetric(0.0, 0.7517915246935645, math.sqrt(2), 5.5, 8.3, 36.0, 37.5, 38.5),
    "relu": _everywhere(0.0),
    "leaky_relu": _with_static("all", [(0.01,), (0.2,), (0.0,), (-0.5,), (3.0,)], _number),
    "elu": _with_static("all", [(1.0,), (0.5,), (1.6732632423543772,), (1e-3,)], _number),
    "sum": _vectors(),
    "mean": _vectors(),
    "prod": Domain("all", _prod),
    "dot": Domain("all", _dot),
    "logsumexp": _vectors(),
    "max": _vectors(),
    "min": _vectors(),
    "select": Domain("all", _select),
}
