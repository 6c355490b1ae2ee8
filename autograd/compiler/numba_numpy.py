"""NumPy as generated source for a batch sees it under numba.

Its own `where` makes an array; ours is part of the loop that a whole statement becomes.
"""

from __future__ import annotations

from typing import Any

import numpy
from numba import vectorize

from autograd.compiler.numba_functions import Decorator


def _where(condition: bool, a: float, b: float) -> float:
    return a if condition else b


_vectorize: Decorator = vectorize
where = _vectorize(_where)


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)
