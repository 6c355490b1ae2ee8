"""Module: anything with parameters. A module's parts are its attributes, and nothing is registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autograd import Value, zero_grad
from autograd.conversion import as_float
from autograd.value import INPUT, leaf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Module:
    """The base of neurons, layers and models.

    Assign Values, modules, or lists of them to attributes; every leaf Value found there is a
    parameter, named by the path that leads to it.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.intercept = Value(2.0), Value(1.0)
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.intercept
    >>> dict(Line().named_parameters())
    {'slope': Value(2.0), 'intercept': Value(1.0)}
    """

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Each parameter with its path, in the order of the attributes.

        A parameter that several attributes share comes once, under its first path.
        """
        seen: set[Value] = set()
        for name, part in vars(self).items():
            for path, parameter in _parameters_within(name, part):
                if parameter not in seen:
                    seen.add(parameter)
                    yield path, parameter

    def parameters(self) -> list[Value]:
        """All parameters, in the order of `named_parameters()`."""
        return [parameter for _, parameter in self.named_parameters()]

    def weights_and_biases(self) -> tuple[list[Value], list[Value]]:
        """The parameters, parted: weights, which regularization shrinks, and biases, which it does not.

        A bias is a parameter whose name is `b`, `bias`, or an element of `bias` or `biases`.
        """
        weights: list[Value] = []
        biases: list[Value] = []
        for path, parameter in self.named_parameters():
            names = set(path.split(".")[-2:])
            (biases if names & {"b", "bias", "biases"} else weights).append(parameter)
        return weights, biases

    @property
    def n_parameters(self) -> int:
        """The number of parameters: weights and biases."""
        return len(self.parameters())

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        zero_grad(self.parameters())

    def label_parameters(self) -> None:
        """Label every parameter with its path, for pictures and messages."""
        for path, parameter in self.named_parameters():
            parameter.label = path

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """The parameters as PyTorch groups and names them: nested lists of Values, by name."""
        for name, part in vars(self).items():
            yield from _arrays_within(name, part)

    def state_dict(self) -> dict[str, NDArray[np.float64]]:
        """The parameters' data as arrays, with the names and shapes of PyTorch.

        The weights of a layer have the shape (n_outputs, n_inputs), its biases (n_outputs,).

        >>> from nn import MLP
        >>> {name: array.shape for name, array in MLP(3, [4]).state_dict().items()}
        {'layers.0.weight': (4, 3), 'layers.0.bias': (4,)}
        """
        import numpy as np

        return {name: np.array(_data(array)) for name, array in self.named_arrays()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters' data from arrays (or nested lists) as `state_dict()` gives them.

        Raises ValueError, and changes nothing, if the names or shapes are not exactly this module's.
        """
        import numpy as np

        own = dict(self.named_arrays())
        missing, unknown = own.keys() - state.keys(), state.keys() - own.keys()
        if missing or unknown:
            raise ValueError(
                f"the state does not fit this {type(self).__name__}: "
                f"missing {_some(missing)}; unknown {_some(unknown)}"
            )
        arrays = {name: np.asarray(state[name], dtype=np.float64) for name in own}
        for name, values in own.items():
            shape = np.shape(_data(values))
            if arrays[name].shape != shape:
                raise ValueError(
                    f"{name} of this {type(self).__name__} has the shape {shape}, "
                    f"but the state's has {arrays[name].shape}"
                )
        for name, values in own.items():
            _assign(values, arrays[name].tolist())


def _parameters_within(path: str, part: object) -> Iterator[tuple[str, Value]]:
    if isinstance(part, Value):
        if part.kind == "leaf":
            yield path, part
    elif isinstance(part, Module):
        for inner, parameter in part.named_parameters():
            yield f"{path}.{inner}", parameter
    elif isinstance(part, (list, tuple)):
        for index, element in enumerate(part):
            yield from _parameters_within(f"{path}.{index}", element)


def _arrays_within(path: str, part: object) -> Iterator[tuple[str, Any]]:
    if isinstance(part, Value):
        if part.kind == "leaf":
            yield path, part
    elif isinstance(part, Module):
        for inner, array in part.named_arrays():
            yield f"{path}.{inner}", array
    elif isinstance(part, (list, tuple)):
        if part and all(isinstance(element, Value) and element.kind == "leaf" for element in part):
            yield path, part
        else:
            for index, element in enumerate(part):
                yield from _arrays_within(f"{path}.{index}", element)


def _data(values: Any) -> Any:
    """Nested lists of Values, as nested lists of their data."""
    return values.data if isinstance(values, Value) else [_data(value) for value in values]


def _assign(values: Any, data: Any) -> None:
    if isinstance(values, Value):
        values.data = data
    else:
        for value, datum in zip(values, data, strict=True):
            _assign(value, datum)


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return (
        ", ".join(ordered[:3]) + (f" and {len(ordered) - 3} more" if len(ordered) > 3 else "")
        or "none"
    )


def as_inputs(inputs: Any, n_inputs: int, taker: str) -> list[Value]:
    """A module's argument as Values: numbers become nodes of kind "input".

    One Value or number counts as a list of one. Raises ValueError if there are not `n_inputs` of
    them, TypeError if one is neither Value nor number; both name the taker.
    """
    if isinstance(inputs, Value) or not hasattr(inputs, "__iter__"):
        inputs = [inputs]
    values = [x if x.__class__ is Value else leaf(as_float(x, taker), INPUT) for x in inputs]
    if len(values) != n_inputs:
        raise ValueError(f"{taker} takes {n_inputs} inputs, but got {len(values)}")
    return values
