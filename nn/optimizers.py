"""Optimizers: how parameters follow their gradients. Formulas and argument names are PyTorch's.

Each formula stands once, in a method `update`, in arithmetic that floats and NumPy's arrays share:
`step()` applies it to one parameter after the other, and it moves a vector of them just as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from autograd import Value, zero_grad
from autograd.conversion import as_float, brief, is_number


class Optimizer:
    """What all optimizers share: parameters, what is remembered of each, and the step.

    One of your own names its settings, gives each state its first value, and has a method `update`,
    which takes a parameter, its gradient and the states, and returns the new parameter and the new
    states. `update` computes in plain arithmetic and changes nothing in place; for a root, write
    `** 0.5`. Every setting is an argument of the constructor and an attribute, both by its name.

    >>> class Momentum(Optimizer):
    ...     setting_names = ("lr",)
    ...
    ...     def __init__(self, parameters, lr):
    ...         super().__init__(parameters, lr, {"velocity": 0.0})
    ...
    ...     def update(self, parameter, gradient, velocity):
    ...         velocity = 0.9 * velocity - self.lr * gradient
    ...         return parameter + velocity, velocity
    >>> w = Value(1.0)
    >>> optimizer = Momentum([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data, optimizer.state
    (0.0, {'velocity': [-1.0]})

    Attributes:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        n_steps: how many steps were made.
        state: what is remembered: by name, a list of one float per parameter.
    """

    setting_names: ClassVar[tuple[str, ...]]
    update: Callable[..., tuple[Any, ...]]

    def __init__(
        self, parameters: Iterable[Value], lr: float, initial_state: Mapping[str, float]
    ) -> None:
        self.parameters = parameter_list(parameters, f"{type(self).__name__}()")
        self.lr = _at_least_0("lr", lr)
        self.n_steps = 0
        self.state = {
            name: [initial] * len(self.parameters) for name, initial in initial_state.items()
        }

    def step(self) -> None:
        """Move every parameter by its gradient. A frozen one stays as it is, and so does its state."""
        moving = [i for i, parameter in enumerate(self.parameters) if parameter.kind == "leaf"]
        parameters = [self.parameters[i] for i in moving]
        data = [parameter.data for parameter in parameters]
        gradients = [parameter.grad or 0.0 for parameter in parameters]  # None as in PyTorch
        states = [[column[i] for i in moving] for column in self.state.values()]
        new_data, *new_states = _apply(self.update, data, gradients, *states)
        for parameter, number in zip(parameters, new_data):
            parameter.data = number
        for column, numbers in zip(self.state.values(), new_states, strict=True):
            for i, number in zip(moving, numbers):
                column[i] = number
        self.n_steps += 1

    def step_vector(
        self, data: Any, gradient: Any, states: Sequence[Any], moving: Any = None
    ) -> tuple[Any, list[Any]]:
        """`step()` on vectors in place of Values: the new data and the new states.

        Args:
            data, gradient: NumPy vectors with a number for each parameter.
            states: in the order of `state`, each a vector too, or one number that all parameters share.
            moving: a vector of truth values: which parameters to move. By default all.

        >>> import numpy as np
        >>> sgd = SGD([Value(1.0), Value(2.0)], lr=0.5, momentum=0.9)
        >>> data, (velocity,) = sgd.step_vector(np.array([1.0, 2.0]), np.array([2.0, 4.0]), [0.0])
        >>> data.tolist(), velocity.tolist()
        ([0.0, 0.0], [2.0, 4.0])
        """
        import numpy as np

        if moving is None:
            data, *states = self._moved(data, gradient, states)
        else:
            columns = [np.array(np.broadcast_to(column, data.shape)) for column in (data, *states)]
            part, *parts = (column[moving] for column in columns)
            for column, new in zip(columns, self._moved(part, gradient[moving], parts)):
                column[moving] = new
            data, *states = columns
        self.n_steps += 1
        return data, list(states)

    def _moved(self, data: Any, gradient: Any, states: Sequence[Any]) -> Sequence[Any]:
        """What `update` makes of vectors."""
        import numpy as np

        is_ours = type(self).update.__module__ == __name__
        if is_ours or len(data) > 1:
            arrays = [data, gradient, *states] if is_ours else _read_only(data, gradient, *states)
            try:
                with np.errstate(all="ignore"):
                    moved = self.update(*arrays)
                shapes = list(map(np.shape, moved))
                if shapes[0] == data.shape and all(s in ((), data.shape) for s in shapes):
                    return moved
            except Exception:
                if is_ours:
                    raise
        # One of a user's own may take numbers alone: it may branch on them, or give them to math.
        columns = [np.broadcast_to(x, data.shape).tolist() for x in (data, gradient, *states)]
        return [np.array(column) for column in _apply(self.update, *columns)]

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters."""
        zero_grad(self.parameters)

    def state_dict(self) -> dict[str, Any]:
        """All that a later training needs to go on exactly from here, as data that JSON can hold.

        >>> SGD([Value(1.0)], lr=0.1).state_dict()["settings"]
        {'lr': 0.1, 'momentum': 0.0, 'weight_decay': 0.0, 'nesterov': False}
        """
        return {
            "optimizer": type(self).__name__,
            "settings": self._settings(),
            "n_steps": self.n_steps,
            "state": {name: list(column) for name, column in self.state.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the settings, the number of steps and the states that `state_dict()` gave.

        The parameters' data is the model's to restore. Raises ValueError, and changes nothing, if the
        state is one of another optimizer, or of another number of parameters, or is not complete.

        >>> w = Value(1.0)
        >>> optimizer = Adam([w], lr=0.5)
        >>> optimizer.load_state_dict(Adam([w], lr=0.1).state_dict())
        >>> optimizer.lr
        0.1
        """
        name = type(self).__name__
        _require_names("the state of an optimizer", state, self.state_dict())
        if state["optimizer"] != name:
            raise ValueError(
                f"the state is one of {state['optimizer']!r}, but this optimizer is {name!r}: load it "
                "into an optimizer of the same class"
            )
        _require_names(f"the settings of {name}", state["settings"], self.setting_names)
        _require_names(f"the state of {name}", state["state"], self.state)
        try:
            twin = type(self)(self.parameters, **state["settings"])
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} does not take the state's settings: {error}") from error
        n_steps = state["n_steps"]
        if not isinstance(n_steps, int) or n_steps < 0:
            raise ValueError(
                f"n_steps of the state must be a whole number of 0 or more, but is {n_steps!r}"
            )
        twin.n_steps = n_steps
        for column, numbers in state["state"].items():
            twin.state[column] = _floats(column, numbers, len(self.parameters))
        vars(self).update(vars(twin))

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={number!r}" for name, number in self._settings().items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {settings})"

    def _settings(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in self.setting_names}


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum.

    velocity ← momentum · velocity + gradient;  parameter ← parameter - lr · velocity

    Args:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        momentum: how much of the last velocity is kept, from 0 (none) to below 1.
        weight_decay: adds weight_decay · parameter to the gradient, of biases too; see `l2_penalty`.
        nesterov: steps along gradient + momentum · velocity instead, as if one step ahead (Nesterov
            1983, in the form of Sutskever et al. 2013).

    Raises ValueError for an empty list of parameters, a learning rate or weight decay below 0, a
    momentum outside [0, 1), or nesterov without momentum.

    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * 3).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.7
    """

    setting_names = ("lr", "momentum", "weight_decay", "nesterov")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, {"velocity": 0.0})
        self.momentum = _below_1("momentum", momentum)
        self.weight_decay = _at_least_0("weight_decay", weight_decay)
        self.nesterov = _flag("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True needs a momentum above 0: give momentum=0.9, say")

    def update(self, parameter: Any, gradient: Any, velocity: Any) -> tuple[Any, Any]:
        """The formula: the new parameter and velocity."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * parameter
        if not self.momentum:
            return parameter - self.lr * gradient, velocity
        velocity = self.momentum * velocity + gradient
        direction = gradient + self.momentum * velocity if self.nesterov else velocity
        return parameter - self.lr * direction, velocity


class RMSprop(Optimizer):
    """Gradient descent in which each parameter's gradient is divided by its usual size (Hinton 2012).

    average_square ← alpha · average_square + (1 - alpha) · gradient²
    parameter ← parameter - lr · gradient / (√average_square + eps)

    Args:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        alpha: how much of the last average is kept, from 0 to below 1.
        eps: keeps small gradients from being blown up.
        weight_decay: adds weight_decay · parameter to the gradient, of biases too; see `l2_penalty`.
        momentum: if above 0, the quotients add up to a velocity, as the gradients do in `SGD`.
        centered: divides by the deviation from the average gradient instead (Graves 2013). Where
            rounding takes the square of that deviation below 0, 0 counts; PyTorch's becomes nan.

    Raises ValueError for an empty list of parameters, a momentum or alpha outside [0, 1), or another
    setting below 0.

    >>> w = Value(1.0)
    >>> optimizer = RMSprop([w], lr=0.1, alpha=0.75)
    >>> (w * 3).backward()
    >>> optimizer.step()  # by lr · 3 / √(0.25 · 3²)
    >>> round(w.data, 6)
    0.8
    """

    setting_names = ("lr", "alpha", "eps", "weight_decay", "momentum", "centered")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        initial_state = {"average_square": 0.0, "average_gradient": 0.0, "velocity": 0.0}
        super().__init__(parameters, lr, initial_state)
        self.alpha = _below_1("alpha", alpha)
        self.eps = _at_least_0("eps", eps)
        self.weight_decay = _at_least_0("weight_decay", weight_decay)
        self.momentum = _below_1("momentum", momentum)
        self.centered = _flag("centered", centered)

    def update(
        self,
        parameter: Any,
        gradient: Any,
        average_square: Any,
        average_gradient: Any,
        velocity: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """The formula: the new parameter, averages and velocity."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * parameter
        average_square = _average(self.alpha, average_square, gradient * gradient)
        square = average_square
        if self.centered:
            average_gradient = _average(self.alpha, average_gradient, gradient)
            variance = average_square - average_gradient * average_gradient
            square = 0.5 * (variance + abs(variance))  # 0 where rounding made it negative
        direction = gradient / (square**0.5 + self.eps)
        if self.momentum:
            direction = velocity = self.momentum * velocity + direction
        return parameter - self.lr * direction, average_square, average_gradient, velocity


class Adam(Optimizer):
    """RMSprop with momentum, both averages corrected for their start at 0 (Kingma and Ba 2015).

    average_gradient ← β₁ · average_gradient + (1 - β₁) · gradient
    average_square ← β₂ · average_square + (1 - β₂) · gradient²
    parameter ← parameter - lr · m / (√v + eps),  m = average_gradient / (1 - β₁ᵗ) and
    v = average_square / (1 - β₂ᵗ) in the parameter's step t

    Args:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        betas: β₁ and β₂, how much of the last averages is kept, each from 0 to below 1.
        eps: keeps small gradients from being blown up.
        weight_decay: adds weight_decay · parameter to the gradient, of biases too. The division
            takes much of that away again: `AdamW` decays in full.

    Raises ValueError for an empty list of parameters, betas outside [0, 1), or another setting
    below 0.

    >>> w = Value(1.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * 3).backward()
    >>> optimizer.step()  # the first step is lr, whatever the gradient's size
    >>> round(w.data, 6)
    0.9
    """

    setting_names = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        # Each parameter counts its own steps: one that was frozen at first starts at 0 when it thaws.
        initial_state = {"step": 0.0, "average_gradient": 0.0, "average_square": 0.0}
        super().__init__(parameters, lr, initial_state)
        self.betas = _two_below_1("betas", betas)
        self.eps = _at_least_0("eps", eps)
        self.weight_decay = _at_least_0("weight_decay", weight_decay)

    def update(
        self,
        parameter: Any,
        gradient: Any,
        step: Any,
        average_gradient: Any,
        average_square: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """The formula: the new parameter, count of steps and averages."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * parameter
        return self._move(parameter, gradient, step, average_gradient, average_square)

    def _move(
        self,
        parameter: Any,
        gradient: Any,
        step: Any,
        average_gradient: Any,
        average_square: Any,
    ) -> tuple[Any, Any, Any, Any]:
        beta1, beta2 = self.betas
        step = step + 1.0
        average_gradient = _average(beta1, average_gradient, gradient)
        average_square = _average(beta2, average_square, gradient * gradient)
        m = average_gradient / (1.0 - beta1**step)
        v = average_square / (1.0 - beta2**step)
        parameter = parameter - self.lr * m / (v**0.5 + self.eps)
        return parameter, step, average_gradient, average_square


class AdamW(Adam):
    """Adam, with a weight decay that is not divided by the gradient's size (Loshchilov and Hutter 2019).

    First parameter ← (1 - lr · weight_decay) · parameter, then `Adam`'s step.

    Args: as for `Adam`, but for weight_decay, which shrinks every parameter, biases too.

    >>> w = Value(1.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> optimizer.step()  # with no gradient it only decays
    >>> w.data
    0.95
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(
        self,
        parameter: Any,
        gradient: Any,
        step: Any,
        average_gradient: Any,
        average_square: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """The formula: the new parameter, count of steps and averages."""
        decayed = (1.0 - self.lr * self.weight_decay) * parameter
        return self._move(decayed, gradient, step, average_gradient, average_square)


class Adagrad(Optimizer):
    """Gradient descent whose steps shrink with all the gradients that there were (Duchi et al. 2011).

    sum_of_squares ← sum_of_squares + gradient²
    parameter ← parameter - lr / (1 + (t - 1) · lr_decay) · gradient / (√sum_of_squares + eps)
    in the parameter's step t

    Args:
        parameters: the Values to train.
        lr: the learning rate; may be changed between steps.
        lr_decay: how fast the learning rate falls besides.
        weight_decay: adds weight_decay · parameter to the gradient, of biases too; see `l2_penalty`.
        initial_accumulator_value: where sum_of_squares starts.
        eps: keeps small gradients from being blown up.

    Raises ValueError for an empty list of parameters, or a setting below 0.

    >>> w = Value(1.0)
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> (w * 3).backward()
    >>> optimizer.step()  # the first step is lr, whatever the gradient's size
    >>> round(w.data, 6)
    0.9
    """

    setting_names = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        initial = _at_least_0("initial_accumulator_value", initial_accumulator_value)
        super().__init__(parameters, lr, {"step": 0.0, "sum_of_squares": initial})
        self.initial_accumulator_value = initial
        self.lr_decay = _at_least_0("lr_decay", lr_decay)
        self.weight_decay = _at_least_0("weight_decay", weight_decay)
        self.eps = _at_least_0("eps", eps)

    def update(
        self, parameter: Any, gradient: Any, step: Any, sum_of_squares: Any
    ) -> tuple[Any, Any, Any]:
        """The formula: the new parameter, count of steps and sum."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * parameter
        lr = self.lr / (1.0 + step * self.lr_decay)
        sum_of_squares = sum_of_squares + gradient * gradient
        parameter = parameter - lr * gradient / (sum_of_squares**0.5 + self.eps)
        return parameter, step + 1.0, sum_of_squares


def parameter_list(parameters: Iterable[Value], taker: str) -> list[Value]:
    """The parameters as a list.

    Raises TypeError, naming the taker, for a model in place of its parameters or for what is no
    Value; ValueError for none at all, for one that comes twice, or for a result of operations.

    >>> parameter_list((Value(1.0), Value(2.0)), "SGD()")
    [Value(1.0), Value(2.0)]
    """
    if hasattr(parameters, "parameters"):
        raise TypeError(
            f"{taker} takes a list of parameters, but got a model, "
            f"{type(parameters).__name__}: give model.parameters()"
        )
    if isinstance(parameters, Mapping) or not hasattr(parameters, "__iter__"):
        advice = (
            "[parameter]"
            if isinstance(parameters, Value)
            else "model.parameters(), or a list of Values"
        )
        raise TypeError(
            f"{taker} takes a list of parameters, but got {brief(parameters)}: give {advice}"
        )
    values = list(parameters)
    if not values:
        again = (
            ", anew, since a generator gives them once" if hasattr(parameters, "__next__") else ""
        )
        raise ValueError(f"{taker} needs parameters, but got none: give model.parameters(){again}")
    positions: dict[Value, int] = {}
    for position, value in enumerate(values):
        if not isinstance(value, Value):
            raise TypeError(
                f"{taker} takes a list of Values, but element {position} is {brief(value)}, "
                f"which is of type {type(value).__name__}: give model.parameters()"
            )
        # "constant" is what a frozen parameter is.
        if value.kind not in ("leaf", "constant"):
            raise ValueError(
                f"{taker} takes parameters, which are leaves, but element {position}, {value!r}, "
                f"is an {value.kind}"
            )
        if value in positions:
            raise ValueError(
                f"{taker} takes each parameter once, but elements {positions[value]} and {position} "
                f"are the same, {value!r}"
            )
        positions[value] = position
    return values


def _average(kept: float, average: Any, new: Any) -> Any:
    """An exponential moving average, moved on by a new number."""
    return kept * average + (1.0 - kept) * new


def _apply(
    update: Callable[..., tuple[Any, ...]],
    data: list[float],
    gradients: list[float],
    *states: list[float],
) -> list[Any]:
    """The new data and the new states that an update gives, applied to one parameter after the other."""
    if not data:
        return [data, *states]
    try:
        return list(zip(*map(update, data, gradients, *states)))
    except ArithmeticError:
        # Python raised where IEEE 754 has an inf or nan: 0 / 0, if eps is 0. NumPy gives it.
        import numpy as np

        with np.errstate(all="ignore"):
            columns = update(*map(np.array, (data, gradients, *states)))
            return [column.tolist() for column in columns]


def _read_only(*vectors: Any) -> list[Any]:
    import numpy as np

    views = [np.asarray(vector)[...] for vector in vectors]
    for view in views:
        view.flags.writeable = False
    return views


def _at_least_0(name: str, number: float) -> float:
    number = as_float(number, name)
    if not 0.0 <= number < math.inf:
        raise ValueError(f"{name} must be a finite number of 0 or more, but is {number!r}")
    return number


def _below_1(name: str, number: float) -> float:
    number = as_float(number, name)
    if not 0.0 <= number < 1.0:
        raise ValueError(f"{name} must lie in [0, 1), but is {number!r}")
    return number


def _two_below_1(name: str, numbers: Collection[float]) -> tuple[float, float]:
    if not hasattr(numbers, "__len__") or is_number(numbers) or len(numbers) != 2:
        raise ValueError(f"{name} must be two numbers in [0, 1), but is {numbers!r}")
    first, second = numbers
    return _below_1(f"{name}[0]", first), _below_1(f"{name}[1]", second)


def _flag(name: str, flag: bool) -> bool:
    if flag not in (False, True):
        raise ValueError(f"{name} must be True or False, but is {flag!r}")
    return bool(flag)


def _plain(setting: Any) -> Any:
    # `lr` may have been set to one of NumPy's numbers, which JSON does not know.
    if isinstance(setting, tuple):
        return list(setting)
    return float(setting) if is_number(setting) and not isinstance(setting, bool) else setting


def _require_names(what: str, given: Any, expected: Collection[str]) -> None:
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} must be a dict, but is {given!r:.60}")
    missing = [name for name in expected if name not in given]
    unknown = [str(name) for name in given if name not in expected]
    if missing or unknown:
        raise ValueError(
            f"{what} must have {', '.join(expected) or 'nothing'}: "
            f"missing {', '.join(missing) or 'none'}; unknown {', '.join(unknown) or 'none'}"
        )


def _floats(name: str, given: Any, length: int) -> list[float]:
    numbers = list(given) if hasattr(given, "__iter__") else [given]
    if len(numbers) != length or not all(map(is_number, numbers)):
        raise ValueError(
            f"{name} of the state must be {length} numbers, one per parameter, "
            f"but is {len(numbers)}: {given!r:.60}"
        )
    return [float(number) for number in numbers]
