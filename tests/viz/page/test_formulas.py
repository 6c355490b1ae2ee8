"""The formulas that the page shows are those of the table: they have its values."""

from __future__ import annotations

import math
import re
from types import FunctionType
from typing import Any

import pytest

from autograd import floats, ops
from autograd.ops import Operation
from viz.page.formulas import OF_VECTORS, PARTS, Formulas, described, formulas_of, readable

STATIC: dict[str, tuple[Any, ...]] = {
    "clip": (-0.5, 40.0),
    "elu": (0.5,),
    "leaky_relu": (0.1,),
    "power": (3.0,),
    "where": (True,),
}
POINTS = {
    1: [(0.7,), (-0.4,), (0.3,)],
    2: [(0.7, 0.2), (1.5, -2.0), (0.1, 0.4)],
    4: [(1.0, 2.0, 0.5, 0.25), (1.0, 2.0, 0.25, 0.5)],
}
ELSEWHERE = {"acosh": [(1.5,), (3.0,)], "log": [(0.5,), (4.0,)]}
OF_NUMBERS = [name for name in {**ops.TABLE, **ops.DECISIONS} if name not in OF_VECTORS]


def operation(name: str) -> Operation:
    entry = {**ops.TABLE, **ops.DECISIONS}[name]
    return entry.with_static(name, *STATIC[name]) if name in STATIC else entry


def evaluated(formula: str, formulas: Formulas, numbers: tuple[float, ...], out: float) -> float:
    names = dict(zip(formulas.operands, numbers, strict=True)) | {"out": out}
    return float(eval(formula, dict(floats.FUNCTIONS) | {"max": max}, names))


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_a_formula_has_the_tables_values(name: str) -> None:
    entry = operation(name)
    formulas = formulas_of(entry)
    n_checked = 0
    for numbers in ELSEWHERE.get(name, POINTS[len(formulas.operands)]):
        try:
            out = entry.forward(*numbers)
            local_gradients = entry.local_gradients(out, *numbers)
        except ValueError:  # outside of its domain
            continue
        if isinstance(out, complex) or math.isnan(out):
            continue
        assert evaluated(formulas.value, formulas, numbers, out) == pytest.approx(out)
        for formula, local in zip(formulas.local_gradients, local_gradients, strict=True):
            assert evaluated(formula, formulas, numbers, out) == pytest.approx(local)
        n_checked += 1
    assert n_checked >= 1


def test_every_entry_of_vectors_is_described_in_words() -> None:
    of_vectors = {
        name
        for name, entry in {**ops.TABLE, **ops.DECISIONS}.items()
        if entry.arguments is not tuple
    }
    assert of_vectors == set(OF_VECTORS)


def test_every_named_part_of_the_table_is_shown_by_what_it_means() -> None:
    parts = {name for name, part in ops._shared.items() if isinstance(part, FunctionType)}
    assert parts == set(PARTS)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_what_is_shown_is_short_and_has_no_name_of_a_constant(name: str) -> None:
    entry = operation(name)
    for line in (described(entry, len(formulas_of(entry).operands)))[1]:
        assert len(line) < 100
        assert re.search("[A-Z]{2}", line) is None


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("3.0 * power(x, 2.0)", "3·x**2"),
        ("power(x, y - 1.0)", "x**(y − 1)"),
        ("LN2 * out", "ln 2·out"),
        ("10.0 - 0.05", "10 − 0.05"),
        ("x1.05", "x1.05"),
    ],
)
def test_a_formula_is_written_with_the_signs_of_mathematics(formula: str, text: str) -> None:
    assert readable(formula) == text
