"""NumPy as generated source for a batch sees it under numba.

What is quicker in our own arithmetic, or is fused with the rest of a statement, is ours; all else is
NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy

from autograd.compiler.numba_functions import FUNCTIONS, universal

_OURS = {"exp": 1, "expm1": 1, "log1p": 1, "tanh": 1, "where": 3}  # with their numbers of operands


def __getattr__(name: str) -> Any:
    """A function of ours, which is made when it is asked for, or one of NumPy's."""
    ours = name in _OURS
    function = universal(FUNCTIONS[name], _OURS[name]) if ours else getattr(numpy, name)
    globals()[name] = function
    return function
