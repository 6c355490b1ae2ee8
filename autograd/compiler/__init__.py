"""The compiler: trace → program → readable Python source → fast function.

    trace.py      runs a function with Values, and reads its program off the graph
    surroundings.py  what the graph depends on besides inputs, and whether that has changed since
    program.py    the program: a flat list of instructions
    passes.py     programs to better programs: constants folded, dots recognised, ...
    symbols.py    the derivative table's formulas, printed
    scalar.py     source for one sample, operation by operation
    grouping.py   which instructions become one array statement
    batch.py      source for a batch; rows.py: where its operands come from; backward.py: its gradients
    names.py      names in source; loading.py: source becomes a module
    function.py   the function that users call; arguments.py, draws.py, memory.py: what its calls need
    numba_*.py    what `jit=True` adds: source and functions for numba

The package is not named `compile`, which is its function: a module of that name would take its place in
`autograd` when it is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.compiler.function import CompiledFunction


def compile(f: Callable[..., Any], *examples: Any, jit: bool = False) -> CompiledFunction:
    """A function that computes what f does, many times faster, and its gradients.

    f is called a few times, with Values in place of the numbers in `examples`, and Python source that
    does the same is generated from the graph. For one sample it is a list of scalar assignments, whose
    results are the eager ones to the last bit; for a batch it is NumPy, in which the neurons of a layer
    are one matrix product.

        fast = compile(f, *examples)
        fast(*args)                 the value; of a batch, all values
        fast.value_and_grad(*args)  with gradients by the parameters, or by the inputs
        fast.source                 the generated source

    Args:
        f: takes numbers, or nested lists of them, and returns one, or nested lists of them. It must do
            the same for every input: branch by `where`, not by `if`. (An `if` on Values is always
            refused; one on their `data`, which are plain floats, is noticed only if the inputs that are
            tried lead to another branch.) Whole numbers may be labels, for `select`. Values that it
            finds elsewhere, such as a model's, are its parameters; frozen ones count as numbers.
            Whatever else it finds there is read now, and not at each call.
        examples: an example of each argument. What the numbers are does not matter, but they must be
            some that f can take.
        jit: compile the source to machine code by numba, at the first call of each kind, which takes
            seconds, in each process. Results are within the bound for batches. Needs
            `pip install 'glassgrad[jit]'`.

    Derivatives of `grad(f)` can be compiled as well. Where a formula of the table branches, a trace
    keeps both branches, of which one may have an infinite slope: then second derivatives are nan where
    eager ones, which know only the branch taken, are finite (of hypot at the origin, say).

    A call first looks whether what f depends on has changed: closed-over variables, globals, default
    arguments, attributes, elements of lists, dicts and arrays, a model's layers, activations and mode.
    If so, and if f does something else now, that is a RuntimeError which names the change: compile
    again, or make the number an argument or a Value. Not noticed are changes in arrays and lists of more
    than 1,000 elements that are also longer than f's program, in objects of compiled extensions
    (DataFrames, tensors) and in libraries, and of files, the environment or the clock.

    Raises TraceError, which names the line, if f does not do the same for every input; TypeError if an
    example or a result is no number. With jit, ImportError if numba is not there; ValueError for an
    operation of the user's own (`primitive`), and at a call with one sample that is too long for numba.

    >>> fast = compile(lambda a, b: (a * b + 1.0).tanh(), 0.5, 0.5)
    >>> fast(1.0, 0.0), fast.value_and_grad(1.0, -1.0, wrt="inputs")
    (0.7615941559557649, (0.0, [-1.0, 1.0]))
    """
    from autograd.compiler.function import CompiledFunction

    return CompiledFunction(f, examples, jit=jit)
