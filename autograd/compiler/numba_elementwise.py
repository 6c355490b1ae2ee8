"""Functions of floats made functions of arrays, as NumPy's broadcast, for code that numba compiles.

Where all arrays are of one shape, which they nearly always are, the work is one loop over memory from its
beginning to its end. That is a loop that the processor can do several steps of at once, which the loops
that numba makes of its universal functions often are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import overload

from autograd.compiler.numba_functions import compiled


def elementwise(function: Any, arity: int, n_results: int = 0) -> Any:
    """A function of floats, applied to each element of two-dimensional arrays, or floats among them.

    Args:
        function: compiled by numba; its arguments and results are floats.
        arity: the number of its arguments.
        n_results: how many floats it returns in a tuple, and so how many arrays are returned; 0 for one
            float and one array.
    """

    def stub(*operands: Any) -> Any:
        raise NotImplementedError  # numba takes what follows in its place

    names = [f"x{i}" for i in range(arity)]

    @overload(stub)
    def implement(*operands: Any) -> Callable[..., Any]:
        if len(operands) == 1 and isinstance(operands[0], types.BaseTuple):
            operands = tuple(operands[0])
        are_arrays = [isinstance(operand, types.Array) for operand in operands]
        return _defined(_text(names, are_arrays, n_results), function=function)
    ...
