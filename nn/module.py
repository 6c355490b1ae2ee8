"""Module: anything with parameters. A module's parts are its attributes, and nothing is registered."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Set
from random import Random
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Self, TypeGuard

from autograd import Value, zero_grad
from autograd.conversion import as_float, brief, by_position
from autograd.tracing import Watched, latest_change
from autograd.value import FROZEN, INPUT, LEAF, Leaf, leaf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Module(Watched):
    """The base of neurons, layers and models.

    Assign Values, modules, or lists, dicts, dataclasses and NumPy arrays of them, nested or not, to
    attributes; every leaf Value found there is a parameter, named by the path that leads to it. One that
    stands where it is not found (in a set, an object of another class, an attribute of the class) is a
    TypeError.

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
        for name, part in attributes(self):
            for path, parameter in _parameters_within(name, part):
                if parameter not in seen:
                    seen.add(parameter)
                    yield path, parameter

    def parameters(self) -> list[Value]:
        """All parameters, in the order of `named_parameters()`."""
        found = [parameter for _, parameter in self.named_parameters()]
        _require_all_found(self, found)
        return found

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
        for name, part in attributes(self):
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
        for name, part in attributes(self):
            yield from _arrays_within(name, part)

    def state_dict(self) -> dict[str, NDArray[np.float64]]:
        """The parameters' data as arrays, with the names and shapes of PyTorch.

        The weights of a layer have the shape (n_outputs, n_inputs), its biases (n_outputs,).

        >>> from nn import MLP
        >>> {name: array.shape for name, array in MLP(3, [4]).state_dict().items()}
        {'layers.0.weight': (4, 3), 'layers.0.bias': (4,)}
        """
        import numpy as np

        return {name: np.array(_data(array)) for name, array in self._arrays().items()}

    def _arrays(self) -> dict[str, Any]:
        """`named_arrays()`, in which nothing is missing."""
        self.parameters()  # for its check
        named = list(self.named_arrays())
        arrays = dict(named)
        if len(arrays) < len(named):
            twice = next(name for i, (name, _) in enumerate(named) if name in dict(named[:i]))
            raise ValueError(
                f"two parts of this {type(self).__name__} are named {twice}: rename one"
            )
        return arrays

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters' data from arrays (or nested lists) as `state_dict()` gives them.

        Layers may be numbered otherwise, as in PyTorch, where activations count too (`0.weight`,
        `2.weight`; `fc1.weight`): they are taken in the order of their numbers.

            model.load_state_dict(safetensors.numpy.load_file("torch.safetensors"))

        Raises TypeError for what is no mapping to numbers, ValueError if the names or shapes are not
        this module's, and changes nothing then.
        """
        import numpy as np

        if not isinstance(state, Mapping):
            raise TypeError(
                "load_state_dict() takes a mapping from names to arrays, such as "
                f"safetensors.numpy.load_file(path) gives, but got {brief(state)}"
            )
        own = self._arrays()
        state = _renumbered(state, own)
        missing, unknown = own.keys() - state.keys(), state.keys() - own.keys()
        if missing or unknown:
            raise ValueError(
                f"the state does not fit this {type(self).__name__}: missing {_some(missing)}; unknown "
                f"{_some(unknown)}: build the module that was saved, or rename what the state holds"
            )
        arrays = {name: _float64(name, state[name]) for name in own}
        for name, values in own.items():
            shape = np.shape(_data(values))
            if arrays[name].shape != shape:
                raise ValueError(
                    f"{name} of this {type(self).__name__} has the shape {shape}, "
                    f"but the state's has {arrays[name].shape}: build the module with its sizes"
                )
        for name, values in own.items():
            _assign(values, arrays[name].tolist())


def is_parameter(part: object) -> TypeGuard[Value]:
    """Whether something is a parameter: a leaf, frozen or not."""
    return isinstance(part, Value) and part.operation in (LEAF, FROZEN)


def attributes(thing: object) -> Iterator[tuple[str, Any]]:
    """An object's attributes, by name, those in slots too."""
    yield from getattr(thing, "__dict__", {}).items()
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                yield name, getattr(thing, name)


def elements(part: object) -> Iterable[tuple[Any, Any]]:
    """What a list, a dict, a dataclass or an array of objects holds, with its place; else nothing."""
    if isinstance(part, (list, tuple, deque)):
        return enumerate(part)
    if isinstance(part, Mapping):
        return part.items()
    if is_array(part):
        import numpy as np

        return ((".".join(map(str, place)) or "0", x) for place, x in np.ndenumerate(part))
    return attributes(part) if is_container(part) else ()


def is_container(part: object) -> bool:
    """Whether something is looked into for parameters and modules, beside modules."""
    return (
        isinstance(part, (list, tuple, deque, Mapping))
        or is_array(part)
        or hasattr(type(part), "__dataclass_fields__")
    )


def is_array(part: object) -> TypeGuard[NDArray[np.object_]]:
    """Whether something is an array of objects."""
    return hasattr(part, "flat") and getattr(getattr(part, "dtype", None), "kind", "") == "O"


def modules_within(path: str, part: object) -> Iterator[tuple[str, Module]]:
    """The modules in an attribute, each with its path; not those inside them."""
    if isinstance(part, Module):
        yield path, part
        return
    for place, element in elements(part):
        if not isinstance(element, (Value, float)):  # asked here, since most are weights
            yield from modules_within(f"{path}.{place}", element)


def _parameters_within(path: str, part: object) -> Iterator[tuple[str, Value]]:
    if is_parameter(part):
        yield path, part
    elif isinstance(part, Module):
        for inner, parameter in part.named_parameters():
            yield f"{path}.{inner}", parameter
    else:
        for place, element in elements(part):
            yield from _parameters_within(f"{path}.{place}", element)


def _arrays_within(path: str, part: object) -> Iterator[tuple[str, Any]]:
    if is_parameter(part):
        yield path, part
    elif isinstance(part, Module):
        for inner, array in part.named_arrays():
            yield f"{path}.{inner}", array
    elif is_array(part) and part.size and all(map(is_parameter, part.flat)):
        yield path, part.tolist()
    elif isinstance(part, (list, tuple)) and part and all(map(is_parameter, part)):
        yield path, part
    else:
        for place, element in elements(part):
            yield from _arrays_within(f"{path}.{place}", element)


def _require_all_found(module: Module, found: Iterable[Value]) -> None:
    """TypeError for a parameter in a place that is not looked into: it would never be trained."""
    known = set(found)
    stack: list[tuple[str, Any]] = [("", module)]
    seen: set[int] = set()
    while stack:
        path, part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        inner: Iterable[tuple[Any, Any]] = (
            attributes(part) if isinstance(part, Module) else elements(part)
        )
        stack += [(f"{path}.{place}", x) for place, x in inner if x.__class__ not in _PLAIN]
        for name, hidden in _hidden(part):
            # A module around this one is no part of it.
            if isinstance(hidden, Module) and module in hidden.modules():
                continue
            for _, parameter in _parameters_within("", hidden):
                if parameter.operation is LEAF and parameter not in known:
                    place = ".".join(str(x) for x in (path, name) if x).strip(".")
                    raise TypeError(
                        f"{place} of this {type(module).__name__} holds a parameter, {parameter!r}, "
                        "where none is looked for, so that it would never be trained: parameters and "
                        "modules belong in attributes that are set on self, or in lists or dicts of them"
                    )


_PLAIN = frozenset({Value, float, int, str, bool, type(None), FunctionType, Random})


def _hidden(part: Any) -> Iterator[tuple[Any, Any]]:
    """What a part holds that is not looked into, with its place."""
    if isinstance(part, Module):
        for kind in type(part).__mro__:
            for name, thing in vars(kind).items():
                if isinstance(thing, (Value, Module, list, dict)):
                    yield name, thing
    elif isinstance(part, Set):
        yield from ((type(part).__name__, x) for x in part)
    elif not (
        isinstance(part, (type, ModuleType))
        or is_container(part)
        or type(part).__module__.partition(".")[0] in _OURS
    ):
        yield from attributes(part)


_OURS = {"autograd", "nn", "viz"}  # such as an optimizer, which holds parameters of others


def _data(values: Any) -> Any:
    """Nested lists of Values, as nested lists of their data."""
    return values.data if isinstance(values, Value) else [_data(value) for value in values]


def _assign(values: Any, data: Any) -> None:
    if isinstance(values, Value):
        values.data = data
    else:
        for value, datum in zip(values, data, strict=True):
            _assign(value, datum)


def _renumbered(state: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """A state whose layers have other numbers, with this module's names; else the state as it is."""
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in own))
    found = [(re.fullmatch(r"(.*?)(\d+)\.(\w+)", str(name)), name) for name in state]
    numbers = {int(match[2]) for match, _ in found if match}
    if not (
        own.keys() != state.keys()
        and all(match for match, _ in found)
        and len({match[1] for match, _ in found if match}) == 1
        and len(numbers) == len(layers)
    ):
        return state
    layer = dict(zip(sorted(numbers), layers))
    return {
        f"{layer[int(match[2])]}.{match[3]}".strip("."): state[name]
        for match, name in found
        if match
    }


def _float64(name: str, array: Any) -> NDArray[np.float64]:
    import numpy as np

    try:
        return np.asarray(by_position(array), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} of a state must be an array of numbers, but is {brief(array)}"
        ) from error


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
    if inputs.__class__ is not list:
        inputs = _in_order(inputs, taker)
    try:
        return [x if isinstance(x, Value) else leaf(as_float(x, taker), INPUT) for x in inputs]
    except TypeError as error:
        if any(hasattr(x, "__iter__") and not isinstance(x, str) for x in inputs):
            raise TypeError(f"{error}; one sample at a time: [model(x) for x in X]") from None
        raise


def _in_order(inputs: Any, taker: str) -> Any:
    """A sample that is no list as something that iterates over its numbers."""
    if isinstance(inputs, Value) or not hasattr(inputs, "__iter__"):
        return [inputs]
    if isinstance(inputs, (Mapping, Set)):
        raise TypeError(
            f"{taker} takes numbers in an order, but got {brief(inputs)}, which is of type "
            f"{type(inputs).__name__}: give a list"
        )
    inputs = by_position(inputs)
    return [inputs] if getattr(inputs, "shape", None) == () else inputs


def as_inputs(inputs: Any, n_inputs: int, taker: str) -> list[Value]:
    """As `as_values`; ValueError, naming the taker, if there are not `n_inputs` of them."""
    values = as_values(inputs, taker)
    if len(values) != n_inputs:
        raise ValueError(f"{taker} takes {n_inputs} inputs, but got {len(values)}")
    return values
