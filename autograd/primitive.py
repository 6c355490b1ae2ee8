"""`primitive`: a user's own operation, from a float function and its derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

from autograd.conversion import as_float, brief, is_number
from autograd.modes import no_grad
from autograd.ops import Formula, Operation
from autograd.value import CONSTANT, Value, leaf, nary, number


class UserOperation(Operation):
    """An operation outside the table, whose functions are the same for every reader."""

    __slots__ = ()

    def read(self, functions: dict[str, Any]) -> tuple[Formula, Formula]:
        """The user's functions. They call autograd's functions, which take what they are given."""
        forward, local_gradients = self.formulas
        assert forward is not None
        return forward, local_gradients


def primitive(
    *, local_gradients: Callable[..., Sequence[Any]]
) -> Callable[[Callable[..., float]], Callable[..., Any]]:
    """Make an operation of a function of floats.

    The decorated function is called with floats only and returns a float; exceptions it raises are
    the caller's. `local_gradients(out, *operands)` returns d(out)/d(operand), one per operand, as a
    tuple. It is called with floats, and for higher derivatives with Values: write it in arithmetic
    and autograd's functions (`math.cos` in it is a TypeError, at the first use).

    The operation takes Values and numbers: of numbers alone it gives a float, else a Value.

    >>> @primitive(local_gradients=lambda out, x: (3 * x**2,))
    ... def cube(x):
    ...     return x * x * x
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad, y.op
    (8.0, 12.0, 'cube')
    """

    def decorate(function: Callable[..., float]) -> Callable[..., Any]:
        name = function.__name__

        def forward(*operands: float) -> float:
            out = function(*operands)
            if not is_number(out):
                raise TypeError(
                    f"{name}() must return a number (int, float or NumPy scalar) for the floats that it "
                    f"is given, but returned {_shown(out)}"
                )
            return float(out)

        def gradients_of(out: Any, *operands: Any) -> tuple[Any, ...]:
            gradients = local_gradients(out, *operands)
            if not isinstance(gradients, tuple) or len(gradients) != len(operands):
                example = "(2 * x,)" if len(operands) == 1 else "(y, x)"
                count = f"{len(gradients)}: " if isinstance(gradients, tuple) else ""
                raise TypeError(
                    f"local_gradients of {name}() must return a tuple of one number per operand, "
                    f"{len(operands)}, such as {example}, but returned {count}{brief(gradients)}, of "
                    f"type {type(gradients).__name__}"
                )
            for gradient in gradients:
                if not is_number(gradient) and not (
                    isinstance(gradient, Value) and isinstance(out, Value)
                ):
                    raise TypeError(
                        f"local_gradients of {name}() must return a tuple of numbers for numbers, but "
                        f"one of them is {_shown(gradient)}"
                    )
            return gradients

        def float_gradients(out: float, *operands: float) -> tuple[float, ...]:
            try:
                return tuple(map(float, gradients_of(out, *operands)))
            except (ArithmeticError, ValueError):
                # Python raised where IEEE 754 has an answer, which arithmetic of Values gives.
                with no_grad():
                    values = gradients_of(Value(out), *map(Value, operands))
                return tuple(v.data if isinstance(v, Value) else float(v) for v in values)

        operation = UserOperation(name, (forward, gradients_of), tuple)
        operation.local_gradients = float_gradients
        operation.table_name = ""  # no entry of the table, even if its name is that of one
        tried = False

        def apply(*operands: Any) -> Any:
            nonlocal tried
            numbers = [
                number(x) if isinstance(x, Value) else as_float(x, f"{name}()") for x in operands
            ]
            if not tried:
                # Values show at once what floats would hide: a function of `math`.
                with no_grad():
                    gradients_of(Value(forward(*numbers)), *map(Value, numbers))
                tried = True
            if not any(isinstance(x, Value) for x in operands):
                return forward(*numbers)
            parents = tuple(
                x if isinstance(x, Value) else leaf(data, CONSTANT)
                for x, data in zip(operands, numbers)
            )
            return nary(operation, parents, *numbers)

        return update_wrapper(apply, function)

    return decorate


def _shown(x: Any) -> str:
    return (
        f"{brief(x)}, of type {type(x).__name__}{'; use its .data' if isinstance(x, Value) else ''}"
    )
