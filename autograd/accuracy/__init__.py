"""How exact the table of operations is: every value and every local gradient, against mpmath.

The bound on the error of an answer f is

    4 ulp(f) + 4·2⁻⁵²·Σ|xᵢ ∂f/∂xᵢ|

and for a sum of n terms n ulp of Σ|terms| besides: as exact as the right answer for operands that are
wrong in their last bits. It holds on an operation's whole domain, where derivatives are tiny as well as
where they are not; a local gradient is judged as a function of the operands, by its own derivatives.
`python -m autograd check` measures the whole table. mpmath comes with the extra `test`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

from autograd import ops
from autograd.accuracy.closed_forms import OF_ONE, OF_VECTORS, Exact, exact, mp, ulp
from autograd.accuracy.samples import DOMAINS, Sample
from autograd.value import Value, nary

OVERFLOW = mp.ldexp(1, 1024) - mp.ldexp(1, 970)  # the least number that rounds to inf


class Row(NamedTuple):
    """A line of the table: how exact one operation's value, or one of its gradients, is."""

    operation: str
    domain: str
    samples: int
    quantity: str
    """"value", or "d/dx" for the gradient with respect to the operand x."""
    ulps: float
    """The largest error in units of the last place of the exact answer."""
    fraction: float
    """The largest error as a fraction of its bound; above 1 the bound is broken."""
    where: str
    """The operands of that largest fraction, as Python writes them, and static arguments after a `;`;
    empty if there is no error at all."""


def check(operation: str, samples: int = 10_000, seed: int = 0) -> list[Row]:
    """Measure an operation of the table at random points of its domain.

    Returns a row for its value and one for each of its local gradients; those of an n-ary operation
    share one. The same seed gives the same points. KeyError if there is no such operation.

    >>> [row.fraction < 1 for row in check("tanh", samples=100)]
    [True, True]
    """
    domain = DOMAINS[operation]
    names = ["value", *_gradient_names(operation)]
    ulps, fractions, places = [0.0] * len(names), [0.0] * len(names), [""] * len(names)
    for sample in domain.samples(samples, f"{seed} {operation}"):
        answers = zip(_computed(operation, sample), exact(operation, *sample), strict=True)
        for i, (computed, right) in enumerate(answers):
            if right is None:
                continue
            row = min(i, len(names) - 1)
            error, fraction = error_of(computed, right)
            ulps[row] = max(ulps[row], error)
            if fraction > fractions[row]:
                fractions[row], places[row] = fraction, str(sample)
    return [
        Row(operation, domain.text, samples, *columns)
        for columns in zip(names, ulps, fractions, places)
    ]


def _gradient_names(operation: str) -> list[str]:
    """d/dx for each operand, by the name it has in the entry's formulas; one for all of a vector."""
    if operation in OF_VECTORS:
        return ["gradients"]
    _, local_gradients = ops.TABLE[operation].formulas
    n = 1 if operation in OF_ONE else 2
    return [f"d/d{operand}" for operand in local_gradients.__code__.co_varnames[1 : 1 + n]]


def _computed(operation: str, sample: Sample) -> list[float]:
    """The value and the local gradients, as eager code computes them."""
    entry = ops.TABLE[operation]
    if sample.static:
        entry = entry.with_static(operation, *sample.static)
    node = nary(entry, tuple(map(Value, sample.operands)), *entry.arguments(sample.operands))
    return [node.data, *node.local_gradients]


def error_of(computed: float, right: Exact) -> tuple[float, float]:
    """The error of an answer in ulp, and as a fraction of its bound."""
    if computed == right.value:
        return 0.0, 0.0
    if mp.isinf(right.value):
        return math.inf, math.inf
    unit = ulp(right.value)
    bound = 4 * unit + mp.ldexp(right.spread, -50) + right.allowance
    if math.isfinite(computed):
        error = abs(computed - right.value)
    elif math.isinf(computed):
        error = max(OVERFLOW - math.copysign(1, computed) * right.value, 0)
    else:  # nan, which is no answer, except where every number would be within the bound
        error = 0 if bound > OVERFLOW + abs(right.value) else mp.inf
    return float(error / unit), float(error / bound)


def table(operations: Sequence[str], samples: int, seed: int) -> Iterator[list[Row]]:
    """The rows of several operations, measured on all cores, in the order given."""
    check_one = partial(check, samples=samples, seed=seed)
    if len(operations) == 1:
        yield check_one(*operations)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from pool.map(check_one, operations)


def _line(*cells: str) -> str:
    operation, domain, samples, quantity, ulps, fraction, where = cells
    return (
        f"{operation:<11} {domain:<38} {samples:>7}  {quantity:<9} {ulps:>8} {fraction:>8}  {where}"
    )


HEADING = _line("operation", "domain", "samples", "of", "ulp", "of bound", "worst at")


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """The printed lines of one operation's rows, under HEADING; the first says which operation it is."""
    shown: tuple[str, ...] = ()
    for row in rows:
        first = (row.operation, row.domain, str(row.samples))
        where = row.where if row.fraction <= 1 else f"{row.where}  BROKEN"
        yield _line(
            *(("", "", "") if first == shown else first),
            *(row.quantity, f"{row.ulps:.3g}", f"{row.fraction:.3f}", where),
        )
        shown = first
