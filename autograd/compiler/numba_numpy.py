"""NumPy as generated source for a batch sees it under numba.

What is quicker in our own arithmetic, or in one loop with the rest of a statement, is ours; all else is
NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy
from numba import vectorize

from autograd.compiler import numba_elementary
from autograd.compiler.numba_elementwise import elementwise


def _where(condition: bool, a: float, b: float) -> Any:
    return numba_elementary.where(condition, a, b)


_vectorize: numba_elementary.Decorator = vectorize
where = _vectorize(_where)


def __getattr__(name: str) -> Any:
    """A function of ours, which is made when it is asked for, or one of NumPy's."""
    if name in ("exp", "expm1", "log1p", "tanh"):
        function = elementwise(getattr(numba_elementary, name), 1)
    else:
        function = getattr(numpy, name)
    globals()[name] = function
    return function
