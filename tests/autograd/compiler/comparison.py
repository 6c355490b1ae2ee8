"""What compiled functions are compared with: the same functions, run eagerly; and the bounds.

For one sample both are the same to the last bit: `written` makes that a comparison of texts. For a
batch the bound is 16·2⁻⁵³·Σ|node · adjoint|, over the nodes of the graph whose output a number is; of a
gradient that is the graph that `gradients` builds.
"""

from collections.abc import Callable, Iterator, Sequence
from math import fsum, isfinite
from typing import Any, NamedTuple

import numpy as np
from hypothesis import settings

from autograd import Value, compile, gradients, topological_order
from autograd.compiler.function import CompiledFunction
from autograd.gradcheck import kink_distance
from autograd.graph import walk
from autograd.value import INPUT, leaf

IS_CI = settings.get_current_profile_name() == "ci"
BOUND = 16 * 2.0**-53


def written(numbers: Any) -> str:
    """Nested lists of floats as text: the same text only if every bit is the same, but a nan is a nan.

    >>> written([0.0, (1.0, float("nan"))])
    '[0.0, [1.0, nan]]'
    >>> written(0.1 + 0.2) == written(0.3), written(0.0) == written(-0.0)
    (False, False)
    """
    return repr(_listed(numbers))


def _listed(numbers: Any) -> Any:
    if isinstance(numbers, (list, tuple)):
        return [_listed(number) for number in numbers]
    if isinstance(numbers, np.ndarray):
        return numbers.tolist()
    assert type(numbers) is float, f"{numbers!r} is no float"
    return numbers


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """A function applied to each element of nested lists or arrays, as nested lists."""
    if isinstance(structure, (list, tuple, np.ndarray)):
        return [mapped(function, part) for part in structure]
    return function(structure)


def flat(structure: Any) -> Iterator[Any]:
    """The elements of nested lists, in order."""
    if isinstance(structure, (list, tuple)):
        for part in structure:
            yield from flat(part)
    else:
        yield structure


class Eager(NamedTuple):
    """What a function gives when it is run with Values.

    Attributes:
        value: its result, floats in place of Values.
        by_inputs: the gradient, in the structure of the arguments.
        by_parameters: the gradient, in the order of the parameters given.
    """

    value: Any
    by_inputs: list[Any]
    by_parameters: list[float]


def eager(f: Callable[..., Any], *arguments: Any, parameters: Sequence[Value] = ()) -> Eager:
    """Run a function with Values, and `backward()` from its result, if that is one number.

    Gradients of parameters are forgotten before and after.

    >>> eager(lambda x, y: x * y[0], 2.0, [3.0])
    Eager(value=6.0, by_inputs=[3.0, [2.0]], by_parameters=[])
    """
    inputs = mapped(_input, list(arguments))
    result = f(*inputs)
    if isinstance(result, (list, tuple)):
        return Eager(mapped(_data, result), [], [])
    if not isinstance(result, Value):
        result = Value(result)
    result.zero_grad()
    result.backward()
    found = Eager(
        result.data, mapped(lambda x: x.grad, inputs), [parameter.grad for parameter in parameters]
    )
    result.zero_grad()
    return found


def _input(number: float) -> Value:
    return leaf(float(number), INPUT)


def _data(result: Any) -> float:
    return result.data if isinstance(result, Value) else float(result)


class Sized(NamedTuple):
    """Numbers, and for each one Σ|node · adjoint|, which says how far off it may be."""

    numbers: Any
    sensitivities: Any


def sized(
    f: Callable[..., Any], arguments: Sequence[Any], parameters: Sequence[Value] = ()
) -> tuple[Sized, Sized, Sized]:
    """For one sample: a function's results, and its gradients by its inputs and by parameters, all flat.

    A function of several results has no gradients.

    >>> sized(lambda x: x * x, [3.0])[1]
    Sized(numbers=array([6.]), sensitivities=array([12.]))
    """
    inputs = mapped(_input, list(arguments))
    result = f(*inputs)
    outputs = [part if isinstance(part, Value) else Value(part) for part in flat(result)]
    value = Sized(
        np.array([output.data for output in outputs]), np.array([*map(sensitivity, outputs)])
    )
    if isinstance(result, list):
        return value, Sized(np.zeros(0), np.zeros(0)), Sized(np.zeros(0), np.zeros(0))
    (output,) = outputs
    output.zero_grad()
    output.backward()

    def by(leaves: Sequence[Value]) -> Sized:
        slopes = gradients(output, leaves)
        return Sized(np.array([x.grad for x in leaves]), np.array([*map(sensitivity, slopes)]))

    sizes = value, by(list(flat(inputs))), by(parameters)
    output.zero_grad()
    return sizes


def require_within_bound(what: str, numbers: Any, expected: Sized) -> None:
    """Assert that numbers are those expected, within the bound."""
    numbers = np.asarray(numbers, dtype=np.float64)
    assert numbers.shape == expected.numbers.shape, what
    errors = np.abs(numbers - expected.numbers)
    worst = np.max(errors - BOUND * expected.sensitivities, initial=0.0)
    assert worst == 0.0, f"{what}: {numbers} in place of {expected.numbers}"


def agree(
    f: Callable[..., Any], samples: Sequence[Sequence[Any]], fast: Any = None
) -> CompiledFunction:
    """Assert that a compiled function agrees with the eager one, on single samples and on a batch.

    Args:
        f: the function.
        samples: lists of its arguments; the first is the example.
        fast: the function compiled, if it is already.

    Returns the compiled function.
    """
    fast = compile(f, *samples[0]) if fast is None else fast
    for sample in samples[:2]:
        agree_on_sample(f, sample, fast)
    if samples[0]:  # without arguments there is no batch
        agree_on_batch(f, samples, fast)
    return fast


def agree_on_batch(f: Callable[..., Any], samples: Sequence[Sequence[Any]], fast: Any) -> None:
    """Assert that values of a batch, and gradients by inputs and by parameters, are within the bound."""
    size = len(samples)
    columns = [_stacked(column) for column in zip(*samples)]
    each = [sized(f, sample, fast.parameters) for sample in samples]
    values, by_inputs, by_parameters = (
        Sized(*(np.array([of_sample[i][j] for of_sample in each]) for j in (0, 1)))
        for i in (0, 1, 2)
    )
    results = fast(*columns)
    assert len(results) == size
    require_within_bound("values", results.reshape(size, -1), values)
    if values.numbers.shape[1] > 1 or results.ndim > 1:
        return
    mean = Sized(values.numbers.mean(), values.sensitivities.mean())
    value, gradient = fast.value_and_grad(*columns, wrt="inputs")
    require_within_bound("mean", value, mean)
    assert [len(part) for part in gradient] == [size] * len(columns)
    flattened = np.concatenate([part.reshape(size, -1) for part in gradient], axis=1)
    require_within_bound("by inputs", flattened, Sized(*(x / size for x in by_inputs)))
    value, gradient = fast.value_and_grad(*columns)
    require_within_bound("mean", value, mean)
    require_within_bound("by parameters", gradient, Sized(*(x.mean(axis=0) for x in by_parameters)))


def _stacked(column: Sequence[Any]) -> Any:
    try:
        return np.array(column, dtype=np.float64)
    except ValueError:  # nested lists of unequal lengths
        return list(column)


def agree_on_sample(f: Callable[..., Any], sample: Sequence[Any], fast: Any) -> None:
    """Assert that value and gradients for one sample are eager's, to the last bit."""
    expected = eager(f, *sample, parameters=fast.parameters)
    assert written(fast(*sample)) == written(expected.value)
    if not isinstance(expected.value, list):
        by_inputs = fast.value_and_grad(*sample, wrt="inputs")
        assert written(by_inputs) == written([expected.value, expected.by_inputs])
        by_parameters = fast.value_and_grad(*sample)
        assert written(by_parameters) == written([expected.value, expected.by_parameters])


def sensitivity(output: Value) -> float:
    """Σ|node · adjoint| over the graph of a node.

    >>> x = Value(3.0)
    >>> sensitivity(x * x)  # 9 for the product, and 3 · 6 for x
    27.0
    """
    leaves, operations = walk(output)
    adjoints = dict.fromkeys((*leaves, *operations), 0.0)
    adjoints[output] = 1.0
    for node in reversed(operations):
        for parent, local in zip(node.parents, node.local_gradients):
            adjoints[parent] += local * adjoints[node]
    return fsum(abs(node.data * adjoint) for node, adjoint in adjoints.items())


def is_well_conditioned(output: Value) -> bool:
    """Whether a graph is one that `autograd.strategies` would draw: no node near a kink or a pole."""
    errors: dict[Value, float] = {}
    for node in topological_order(output):
        if not node.parents:
            errors[node] = abs(node.data)
            continue
        error = abs(node.data) + fsum(
            abs(local) * errors[parent] for parent, local in zip(node.parents, node.local_gradients)
        )
        if not (
            all(isfinite(x) and abs(x) <= 1024.0 for x in (node.data, *node.local_gradients))
            and error <= 2.0**20 * abs(node.data)
            and kink_distance(node) >= 2.0**-10
        ):
            return False
        errors[node] = error
    return True
