"""Module: anything with parameters. A module's parts are its attributes, and nothing is registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeGuard

from autograd import Value, zero_grad
from autograd.conversion import as_float
from autograd.tracing import Watched, latest_change
from autograd.value import FROZEN, INPUT, LEAF, Leaf, leaf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Module(Watched):
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

    training = True
    unwatched = frozenset({"observer", "training"})  # `Dropout` tells of the latter itself

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

        A bias is a parameter that is named `b`, `bias` or `biases`, the numbers of list elements left
        out. The learned slopes of activations, named `slope`, are in neither list.
        """
        weights: list[Value] = []
        biases: list[Value] = []
        for path, parameter in self.named_parameters():
            names = (name for name in reversed(path.split(".")) if not name.isdigit())
            name = next(names, "")
            if name in {"b", "bias", "biases"}:
                biases.append(parameter)
            elif name != "slope":
                weights.append(parameter)
        return weights, biases

    @property
    def n_parameters(self) -> int:
        """The number of parameters: weights, biases, and slopes that are learned."""
        return len(self.parameters())

    def modules(self) -> Iterator[Module]:
        """This module, and all that it is made of."""
        yield self
        for _, module in self.named_modules():
            yield from module.modules()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(n_parameters={self.n_parameters})"

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one is made of, each with its path; not those inside them."""
        for name, part in vars(self).items():
            if isinstance(part, (Module, list, tuple)):
                yield from modules_within(name, part)

    def train(self, mode: bool = True) -> Self:
        """Set this module, and all inside it, to training (or, given False, to use); returns it.

        Only `Dropout` behaves differently in the two. `fit` sets a model to training, and `evaluate`
        and `predict` to use, while they run.
        """
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set this module, and all inside it, to use: dropout lets everything through."""
        return self.train(False)

    def freeze(self) -> Self:
        """Make the parameters constants, which no optimizer moves, until `unfreeze()`; returns itself.

        They keep their names and places, in `parameters()` and in files. Graphs that exist already
        are not changed.

        >>> from nn import MLP
        >>> model = MLP(2, [3, 1], seed=0)
        >>> model.layers[0].freeze()
        Layer(2, 3, activation='relu')
        >>> model.layers[0].neurons[0].bias.kind, model.layers[1].neurons[0].bias.kind
        ('constant', 'leaf')
        """
        return self._made(FROZEN)

    def unfreeze(self) -> Self:
        """Undo `freeze()`."""
        return self._made(LEAF)

    def _made(self, kind: Leaf) -> Self:
        for parameter in self.parameters():
            parameter.operation = kind
        latest_change[0] = object()
        return self

    def summary(self) -> None:
        """Print the layers with their shapes and parameters. The input layer is not counted.

        >>> from nn import MLP
        >>> MLP(3, [4, 4, 1]).summary()
        MLP(3, [4, 4, 1], activation='relu')
        <BLANKLINE>
        layer     kind   activation  shape  weights  biases  total
        layers.0  Layer  relu        3 → 4       12       4     16
        layers.1  Layer  relu        4 → 4       16       4     20
        layers.2  Layer  –           4 → 1        4       1      5
        <BLANKLINE>
        3 layers, the input layer not counted; 41 parameters: 32 weights, 9 biases
        """
        from nn.summary import summarize

        print(summarize(self))

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


def is_parameter(part: object) -> TypeGuard[Value]:
    """Whether something is a parameter: a leaf, frozen or not."""
    return isinstance(part, Value) and part.operation in (LEAF, FROZEN)


def modules_within(path: str, part: object) -> Iterator[tuple[str, Module]]:
    if isinstance(part, Module):
        yield path, part
    elif isinstance(part, (list, tuple)):
        for index, element in enumerate(part):
            if isinstance(element, (Module, list, tuple)):  # asked here, since most are weights
                yield from modules_within(f"{path}.{index}", element)


def _parameters_within(path: str, part: object) -> Iterator[tuple[str, Value]]:
    if is_parameter(part):
        yield path, part
    elif isinstance(part, Module):
        for inner, parameter in part.named_parameters():
            yield f"{path}.{inner}", parameter
    elif isinstance(part, (list, tuple)):
        for index, element in enumerate(part):
            yield from _parameters_within(f"{path}.{index}", element)


def _arrays_within(path: str, part: object) -> Iterator[tuple[str, Any]]:
    if is_parameter(part):
        yield path, part
    elif isinstance(part, Module):
        for inner, array in part.named_arrays():
            yield f"{path}.{inner}", array
    elif isinstance(part, (list, tuple)):
        if part and all(map(is_parameter, part)):
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


def as_values(inputs: Any, taker: str) -> list[Value]:
    """A module's argument as Values: numbers become nodes of kind "input".

    One Value or number counts as a list of one. Raises TypeError, naming the taker, if an element is
    neither Value nor number.
    """
    if isinstance(inputs, Value) or not hasattr(inputs, "__iter__"):
        inputs = [inputs]
    try:
        return [x if isinstance(x, Value) else leaf(as_float(x, taker), INPUT) for x in inputs]
    except TypeError as error:
        if any(hasattr(x, "__iter__") and not isinstance(x, str) for x in inputs):
            raise TypeError(f"{error}; one sample at a time: [model(x) for x in X]") from None
        raise


def as_inputs(inputs: Any, n_inputs: int, taker: str) -> list[Value]:
    """As `as_values`; ValueError, naming the taker, if there are not `n_inputs` of them."""
    values = as_values(inputs, taker)
    if len(values) != n_inputs:
        raise ValueError(f"{taker} takes {n_inputs} inputs, but got {len(values)}")
    return values
