"""The functions that generated source for one sample calls under numba: those of its reader, by name.

The same names as in `scalar_functions.py`, and those that source takes from `math` otherwise.
"""

from autograd import ops
from autograd.compiler.numba_functions import FUNCTIONS, local_gradients

globals().update({k: f for k, f in FUNCTIONS.items() if k.isidentifier() and k != "__builtins__"})
globals().update(
    {
        f"{name}_gradients": local_gradients(operation)
        for name, operation in (ops.TABLE | ops.DECISIONS).items()
        if name.isidentifier()
    }
)
pow_gradients = local_gradients(ops.pow)
total = FUNCTIONS["sum"]
