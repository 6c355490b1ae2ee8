"""Optimizers: how parameters follow their gradients. Formulas and argument names are PyTorch's."""

from __future__ import annotations

from collections.abc import Iterable

from autograd import Value, zero_grad


class SGD:
    """Stochastic gradient descent, with momentum.

    velocity ← momentum · velocity + gradient;  parameter ← parameter - lr · velocity

    Args:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        momentum: how much of the last velocity is kept, from 0 (none) to below 1.

    Raises ValueError for an empty list of parameters, a learning rate below 0, or a momentum outside
    [0, 1).

    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * 3).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.7
    """

    def __init__(self, parameters: Iterable[Value], lr: float, momentum: float = 0.0) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("an optimizer needs parameters: give model.parameters()")
        if not lr >= 0.0:
            raise ValueError(f"the learning rate lr must be 0 or more, but is {lr!r}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"momentum must lie in [0, 1), but is {momentum!r}")
        self.lr = lr
        self.momentum = momentum
        self._velocities = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move every parameter against its gradient."""
        lr, momentum = self.lr, self.momentum
        if not momentum:
            for parameter in self.parameters:
                parameter.data -= lr * parameter.grad
            return
        for index, parameter in enumerate(self.parameters):
            velocity = momentum * self._velocities[index] + parameter.grad
            self._velocities[index] = velocity
            parameter.data -= lr * velocity

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        zero_grad(self.parameters)
