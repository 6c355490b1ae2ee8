"""The functions that generated source for one sample calls: those of the float reader, by name.

For each entry of the table `tanh_gradients(out, x)` and the like give all local gradients. Where Python
raises an exception these do too, and the sample is computed again by IEEE arithmetic.
"""

from autograd import floats, ops

globals().update(
    {k: f for k, f in floats.FUNCTIONS.items() if k.isidentifier() and k != "__builtins__"}
)
globals().update(
    {
        f"{name}_gradients": operation.local_gradients
        for name, operation in (ops.TABLE | ops.DECISIONS).items()
        if name.isidentifier()
    }
)
pow_gradients = ops.pow.local_gradients
total = floats.total
take = ops.take.forward
cross_entropy = ops.cross_entropy.forward
argmax, argmin = (ops.DECISIONS[name].forward for name in ("argmax", "argmin"))
