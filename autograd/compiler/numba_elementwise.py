"""Functions of floats made functions of arrays, as NumPy's broadcast, for code that numba compiles.

Where all arrays are of one shape, which they nearly always are, the work is one loop over memory, from
beginning to end. The processor can do several steps of such a loop at once; with the loops that numba
makes of its universal functions it often cannot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from autograd.compiler.numba_functions import compiled


def elementwise(function: Any, arity: int, n_results: int = 0) -> Any:
    """A function of floats, applied to each element of two-dimensional arrays, with floats among them.

    Args:
        function: what numba has compiled, or can: its arguments are floats.
        arity: the number of its arguments.
        n_results: how many floats it returns in a tuple, and so how many arrays are returned; 0 if it
            returns one float, which makes one array.

    >>> import math
    >>> elementwise(math.hypot, 2)(np.array([[3.0, 5.0]]), np.array([[4.0], [12.0]]))
    array([[ 5.        ,  6.40312424],
           [12.36931688, 13.        ]])
    """
    names = [f"x{i}" for i in range(arity)]
    arguments = ", ".join(names)
    namespace = {"function": function, "np": np}

    def implementation(*operands: Any) -> Any:
        arrays = [name for name, x in zip(names, operands) if isinstance(x, types.Array)]
        return _defined(_loops(names, arrays, n_results), namespace)

    # The types of the operands decide which of its loops a call becomes.
    chosen = _defined([f"def chosen({arguments}): ..."], {})
    choose = _defined(
        [f"def choose({arguments}): return implementation({arguments})"],
        {"implementation": implementation},
    )
    overload(chosen)(choose)
    return compiled(
        _defined([f"def called({arguments}): return chosen({arguments})"], {"chosen": chosen})
    )


def _loops(names: list[str], arrays: list[str], n_results: int) -> list[str]:
    """The lines of a function that loops over the elements of those operands that are arrays."""
    results = [f"out{i}" for i in range(max(n_results, 1))]
    returned = f"({', '.join(results)},)" if n_results else results[0]

    def statement(index: str, elements: dict[str, str]) -> str:
        targets = ", ".join(f"{result}{index}" for result in results)
        arguments = ", ".join(elements.get(name, name) for name in names)
        return f"{targets}{',' if n_results else ''} = function({arguments})"

    lines = [f"def loops({', '.join(names)}):"]
    if not arrays:
        return [*lines, f"    return function({', '.join(names)})"]
    same = " and ".join(f"{a}.shape == {arrays[0]}.shape" for a in arrays[1:])
    lines.append(f"    if {same or True}:")
    lines += [f"        {result} = np.empty({arrays[0]}.shape)" for result in results]
    lines += [f"        flat_{result} = {result}.reshape(-1)" for result in results]
    lines += [f"        flat_{a} = np.ascontiguousarray({a}).reshape(-1)" for a in arrays]
    lines.append(f"        for i in range({arrays[0]}.size):")
    flat = statement("[i]", {a: f"flat_{a}[i]" for a in arrays}).replace("out", "flat_out")
    lines += [f"            {flat}", f"        return {returned}"]
    if same:
        for axis, name in enumerate(("rows", "columns")):
            sizes = ", ".join(f"{a}.shape[{axis}]" for a in arrays)
            lines.append(f"    {name} = max({sizes})")
        lines += [f"    {result} = np.empty((rows, columns))" for result in results]
        elements = {a: f"{a}[min(i, {a}.shape[0] - 1), min(j, {a}.shape[1] - 1)]" for a in arrays}
        lines += ["    for i in range(rows):", "        for j in range(columns):"]
        lines += [f"            {statement('[i, j]', elements)}", f"    return {returned}"]
    return lines


def _defined(lines: list[str], namespace: dict[str, Any]) -> Any:
    """The function that lines of source define."""
    namespace = dict(namespace)
    exec("\n".join(lines), namespace)
    return namespace[lines[0].partition("(")[0].removeprefix("def ")]
