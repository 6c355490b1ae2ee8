"""What `jit=True` adds: numba's decorator on the generated source, and what numba is not given.

The source is that for Python but for its imports and this decorator; and one sample's numbers come in
vectors, since numba takes no nested lists.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from types import ModuleType
from typing import Any

from autograd.compiler.loading import load
from autograd.compiler.names import import_of
from autograd.compiler.program import Apply, Program
from autograd.compiler.symbols import is_written_by_name

DECORATOR = '@njit(error_model="numpy", forceinline=True)'

# How many operations and operands numba is given for one sample, and how many statements for a batch.
# The time that it takes grows faster than their number: for so many it is 15 seconds to a minute.
LONGEST = 2_000
LONGEST_OF_BATCH = 300


def require_numba() -> None:
    """Raise ImportError, which says what to install, if numba is not there."""
    try:
        import numba  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "compile(..., jit=True) needs numba: pip install 'glassgrad[jit]', or pip install numba"
        ) from error


def refuse_user_operations(program: Program, place: str) -> None:
    """Raise ValueError if a program has operations of the user's own, which numba cannot compile."""
    names = dict.fromkeys(
        instruction.operation.name
        for instruction in program.instructions
        if isinstance(instruction, Apply) and is_written_by_name(instruction.operation)
    )
    if names:
        raise ValueError(
            f"compile(..., jit=True) takes autograd's own operations, but {place} uses "
            f"{', '.join(f'{name}()' for name in names)}, made by autograd.primitive: leave jit away, "
            "or write it in autograd's functions"
        )


def refuse_length(size: int, place: str) -> None:
    """Raise ValueError if source for one sample is too long for numba."""
    if size > LONGEST:
        raise ValueError(
            f"one sample of {place} is {size} operations and operands, and numba takes up to {LONGEST} "
            "of them in reasonable time: give a batch, if only of one sample (one more axis in front of "
            "each argument), or leave jit away"
        )


def refuse_statements(text: str, place: str) -> None:
    """Raise ValueError if source for a batch has too many statements for numba."""
    count = max(function.count("\n    ") for function in text.split("\ndef ")[1:])
    if count > LONGEST_OF_BATCH:
        raise ValueError(
            f"a batch of {place} takes {count} statements on arrays, and numba takes up to "
            f"{LONGEST_OF_BATCH} of them in reasonable time: leave jit away"
        )


def functions() -> dict[str, Any]:
    """The functions of numba's reader, by their names in the table."""
    from autograd.compiler.numba_functions import FUNCTIONS

    return FUNCTIONS


def imports(names: Collection[str], module: str, numpy: str = "") -> list[str]:
    """The lines that import numba's decorator, and functions of ours; `numpy` is a module of ours."""
    ours = [f"import {numpy} as np"] if numpy else []
    if names:
        ours.append(import_of(names, module))
    return ["from numba import njit", *(["", *ours] if ours else [])]


@lru_cache(maxsize=32)
def load_compiled(text: str) -> ModuleType:
    """Run source that numba compiles at its first call, unless this process had the same one lately."""
    return load(text, {})


def plain(array: Any) -> Any:
    """An array of floats as numba knows it: it compiles anew for others, such as read-only ones."""
    return array if array.flags.carray else array.copy()
