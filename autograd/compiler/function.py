"""CompiledFunction: what `compile` returns. It chooses the source for what it is given, and runs it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from math import isfinite
from random import Random
from types import ModuleType
from typing import Any

import numpy as np

from autograd.compiler import numba_source
from autograd.compiler.arguments import Arguments, flat, numbers_in, shape_of, structured
from autograd.compiler.batch import BatchSource
from autograd.compiler.draws import draw_all
from autograd.compiler.grouping import group
from autograd.compiler.loading import load
from autograd.compiler.memory import reserve
from autograd.compiler.passes import fold_constants, regroup
from autograd.compiler.program import Parameter, Program
from autograd.compiler.scalar import ScalarSource, interpret
from autograd.compiler.surroundings import Change, Surroundings
from autograd.compiler.trace import filled, trace
from autograd.conversion import brief
from autograd.modes import is_detecting
from autograd.substitution import substituted
from autograd.value import Value, number

# Operations and operands in straight-line code. A sample of more is a batch of one.
LONGEST = 20_000

_NO_DRAWS = np.empty((0, 1))

Vector = Any  # a float64 array of shape (number of parameters,)


class CompiledFunction:
    """A function and its gradients, by generated code; see `compile`.

    Arguments have the shapes of the examples, for one sample; for a batch each has one more axis in
    front. Parameters are read from their Values at each call, unless `theta` is given.

    Args:
        f, examples, jit: as for `compile`.
        parameters: Values that count as parameters even if they are frozen, or do not occur.
        has_auxiliary: whether f returns a list, of which the first number is to be differentiated, and
            the rest are results besides.

    Attributes:
        parameters: the Values that are its parameters, in the order of `theta` and of gradients: a
            layer's weights row by row, then its biases.
    """

    parameters: list[Value]
    _is_same: Callable[[], bool] | None  # as in Surroundings

    def __init__(
        self,
        f: Callable[..., Any],
        examples: Sequence[Any],
        *,
        jit: bool = False,
        parameters: Collection[Value] = (),
        has_auxiliary: bool = False,
    ) -> None:
        if jit:
            numba_source.require_numba()
        self._f = f
        self._jit = jit
        program, signature = trace(f, examples, parameters)
        self._signature = signature
        self._place = signature.place
        self._has_auxiliary = has_auxiliary
        self._n_outputs = len(program.outputs)
        program = fold_constants(program)
        if jit:
            numba_source.refuse_user_operations(program, self._place)
        self._grouping = group(
            regroup(program),
            [flat(argument) for argument in signature.arguments],
            len(signature.parameters),
            len(signature.draws),
        )
        order = self._grouping.parameters
        self.parameters = [signature.parameters[number] for number in order]
        self._size = program.size
        # The program for one sample; None if such code would be too long.
        self._longest = numba_source.LONGEST if jit else LONGEST
        self._program = _renumbered(program, order) if program.size <= self._longest else None
        self._arguments = Arguments(signature)
        self._n_arguments = len(signature.names)
        self._modules: dict[tuple[bool, str], ModuleType] = {}
        self._largest_batch = 0
        # The quickest calls are those with plain numbers, and nothing else to look after.
        self._is_plain = (
            all(shape == () for shape in self._arguments.shapes)
            and not (self.parameters or signature.draws or signature.settings or has_auxiliary)
            and self._program is not None
        )
        self._direct: Callable[..., Any] | None = None
        self._look_around()

    # Calls.

    def __call__(self, *args: Any, theta: Vector | None = None) -> Any:
        """f's value: for one sample a float, or what f returns with floats in place of Values.

        For a batch an array of shape (batch,), or (batch, ...) with the shape of f's result. `theta` is
        as for `value_and_grad`.
        """
        self._require_current()
        samples, batch = self._arguments.read(args)
        vector = self.read() if theta is None else self._vector(theta)
        generators = self._copied_generators()
        draws = self._draws(1 if batch is None else batch)
        if batch is None and self._has_scalar_source():
            results = self._scalar_value(samples, vector, draws)
        else:
            results = self._batch_value(samples, vector, draws, batch or 1)
            if batch is None:
                results = filled(self._signature.result, results[:, 0].tolist())
            else:
                shape = shape_of(self._signature.result)
                results = (
                    results[0]
                    if isinstance(self._signature.result, int)
                    else results.T.reshape(batch, *(shape or (-1,)))
                )
        self._look_for_anomalies(args, vector, generators)
        return results

    def value_and_grad(
        self, *args: Any, theta: Vector | None = None, wrt: str = "parameters"
    ) -> tuple[Any, Any]:
        """The value, the mean over a batch, and its gradient.

        Args:
            args: as for a call.
            theta: the parameters' data, a float64 vector in the order of `parameters`, in place of what
                their Values hold. A loop that holds it saves reading them at each step.
            wrt: "parameters" for the gradient as a new vector in that order; "inputs" for a list with
                the gradient by each argument, in its shape: nested lists for one sample, arrays for a
                batch.

        Raises TypeError if f returns several numbers, or for arguments that fit neither a sample nor a
        batch.
        """
        if (
            self._direct is not None
            and wrt == "inputs"
            and theta is None
            and not is_detecting()
            and len(args) == self._n_arguments
            and (self._is_same is None or self._is_same())
        ):
            for arg in args:
                if arg.__class__ is not float:
                    break
            else:
                try:
                    result: tuple[Any, Any] = self._direct(*args)
                    if isfinite(result[0]):
                        return result
                except (ArithmeticError, ValueError):
                    pass  # IEEE 754 has an answer
        value, gradient, *_ = self.value_grad_and_auxiliary(*args, theta=theta, wrt=wrt)
        return value, gradient

    def value_grad_and_auxiliary(
        self, *args: Any, theta: Vector | None = None, wrt: str = "parameters"
    ) -> Any:
        """As `value_and_grad`; and of a function with auxiliary results a tuple of these.

        Each is an array with a row for each number and a column for each sample, or one column if it is
        the same for all.
        """
        if wrt not in ("parameters", "inputs"):
            raise ValueError(f'wrt must be "parameters" or "inputs", but is {wrt!r}')
        if isinstance(self._signature.result, list) and not self._has_auxiliary:
            raise TypeError(
                f"value_and_grad() takes a function that returns one number, but {self._place} "
                f"returns a list of {self._n_outputs}"
            )
        self._require_current()
        samples, batch = self._arguments.read(args)
        vector = self.read() if theta is None else self._vector(theta)
        generators = self._copied_generators()
        draws = self._draws(1 if batch is None else batch)
        if batch is None and not self._has_auxiliary and self._has_scalar_source():
            result = self._scalar_value_and_grad(samples, vector, draws, wrt)
            if self._is_plain and wrt == "inputs":
                self._direct = self._module(False, wrt).value_and_grad
        else:
            result = self._batch_value_and_grad(samples, vector, draws, batch or 1, wrt)
            if wrt == "inputs":
                value, gradients, *rest = result
                result = (value, self._gradients_by_inputs(gradients, batch), *rest)
        self._look_for_anomalies(args, vector, generators)
        return result

    def backward(self, *args: Any) -> float:
        """Compute the value, the mean over a batch, and add its gradient to the parameters' `grad`."""
        value, gradient = self.value_and_grad(*args)
        for parameter, slope in zip(self.parameters, gradient.tolist()):
            parameter.grad += slope
            parameter.backward_passes += 1
            parameter.data_at_backward = parameter.data
        return float(value)

    def read(self) -> Vector:
        """The parameters' data, as one vector in the order of `parameters`."""
        try:
            return np.array(array("d", [parameter.data for parameter in self.parameters]))
        except TypeError:
            for parameter in self.parameters:
                number(parameter)  # says which holds no number
            raise

    def write(self, theta: Vector) -> None:
        """Set the parameters' data from a vector such as `read()` gives.

        Raises ValueError if it has another length.
        """
        for parameter, data in zip(self.parameters, self._vector(theta).tolist()):
            parameter.data = data

    @property
    def generators(self) -> list[Random]:
        """What a call draws random numbers from."""
        return list(dict.fromkeys(draw.generator for draw in self._signature.draws))

    @property
    def n_rows(self) -> int:
        """How many numbers are computed for each sample of a batch."""
        return sum(len(each.members) for each in self._grouping.groups if each.varies)

    # Sources.

    @property
    def source(self) -> str:
        """The generated source for a batch."""
        return self._batch_source(self._first_wrt).text

    @property
    def scalar_source(self) -> str:
        """The generated source for one sample.

        Raises ValueError if it would be too long to be made; such a sample counts as a batch of one.
        """
        if self._program is None:
            raise ValueError(
                f"the source for one sample of {self._place} would have {self._size} "
                f"operations and operands, and is made up to {self._longest}: there is .source, for a "
                "batch"
            )
        return self._scalar_source(self._first_wrt).text

    def __repr__(self) -> str:
        examples = ", ".join(self._signature.names)
        return (
            f"<compiled {self._place} of ({examples}), {len(self.parameters)} parameters, "
            f"{self._size} operations and operands>"
        )

    @property
    def _first_wrt(self) -> str:
        return "parameters" if self.parameters else "inputs"

    def _title(self, of: str, wrt: str) -> str:
        name = self._place.partition(" ")[0].rpartition(".")[2].replace("<lambda>", "a lambda")
        if name != "a lambda" and not name.isidentifier():  # nothing else is fit to stand in source
            name = "a function"
        return f"{name}({', '.join(self._signature.names)}) of {of}, and its gradient by the {wrt}."

    def _scalar_source(self, wrt: str) -> ScalarSource:
        assert self._program is not None
        return ScalarSource(
            self._program,
            self._signature.arguments,
            self._signature.names,
            [parameter.label for parameter in self.parameters],
            self._signature.result,
            wrt,
            self._title("one sample", wrt),
            jit=self._jit,
        )

    def _has_scalar_source(self) -> bool:
        """Whether a sample has source of its own, and is no batch of one."""
        if self._jit and self._program is None:
            numba_source.refuse_length(self._size, self._place)
        return self._program is not None

    def _batch_source(self, wrt: str) -> BatchSource:
        watched = None
        if self._has_auxiliary:
            watched = [flat(part) for part in self._signature.result[1:]]
        return BatchSource(
            self._grouping,
            self._signature.names,
            [parameter.label for parameter in self._signature.parameters],
            wrt,
            self._title("a batch, a column for each sample", wrt),
            watched=watched,
            jit=self._jit,
        )

    def _module(self, is_batch: bool, wrt: str) -> ModuleType:
        """The module for a batch or for one sample, generated at its first use."""
        module = self._modules.get((is_batch, wrt))
        if module is None:
            if is_batch:
                source = self._batch_source(wrt)
                names = {
                    name: elementwise(operation, suffix)
                    for name, (operation, suffix) in source.user_operations.items()
                }
                if self._jit:
                    numba_source.refuse_statements(source.text, self._place)
                module = self._load(source.text, names)
            else:
                scalar = self._scalar_source(wrt)
                module = self._load(scalar.text, scalar.user_operations)
            self._modules[is_batch, wrt] = module
        return module

    def _load(self, text: str, names: dict[str, Any]) -> ModuleType:
        return numba_source.load_compiled(text) if self._jit else load(text, names)

    # One sample.

    def _leading(self, theta: Any) -> list[Any]:
        return [theta] if self.parameters else []

    def _scalar_value(self, samples: list[Any], theta: Vector, draws: Any) -> Any:
        arguments = self._of_sample(samples, theta, draws)
        try:
            results = self._module(False, self._first_wrt).value(*arguments)
        except (ArithmeticError, ValueError):
            results, _ = self._interpreted(samples, theta, draws, None)
            return filled(self._signature.result, results)
        if self._jit and isinstance(results, list):
            return filled(self._signature.result, results)
        return results

    def _scalar_value_and_grad(
        self, samples: list[Any], theta: Vector, draws: Any, wrt: str
    ) -> tuple[Any, Any]:
        arguments = self._of_sample(samples, theta, draws)
        is_flat = self._jit
        try:
            value, gradient = self._module(False, wrt).value_and_grad(*arguments)
        except (ArithmeticError, ValueError):
            (value,), gradient = self._interpreted(samples, theta, draws, wrt)
            is_flat = True
        if wrt == "parameters":
            return value, np.asarray(gradient)
        if is_flat:
            gradient = gradient if isinstance(gradient, list) else gradient.tolist()
            gradient = [filled(argument, gradient) for argument in self._signature.arguments]
        return value, gradient

    def _of_sample(self, samples: list[Any], theta: Vector, draws: Any) -> list[Any]:
        """The arguments of the source for one sample: floats, lists of them, or vectors for numba."""
        drawn = [draws[:, 0].tolist()] if self._signature.draws else []
        if not self._jit:
            return [*self._leading(theta.tolist()), *samples, *drawn]
        vectors = [
            x if isinstance(x, float) else np.array(flat(x), dtype=np.float64)
            for x in (*samples, *drawn)
        ]
        return [*self._leading(numba_source.plain(theta)), *vectors]

    def _interpreted(
        self, samples: list[Any], theta: Vector, draws: Any, wrt: str | None
    ) -> tuple[list[float], Any]:
        assert self._program is not None
        inputs = [number for sample in samples for number in flat(sample)]
        return interpret(self._program, inputs, theta.tolist(), draws[:, 0].tolist(), wrt)

    # A batch.

    def _batch_value(self, samples: list[Any], theta: Vector, draws: Any, batch: int) -> Any:
        arguments = self._of_batch(samples, theta, draws, batch)
        results = self._run(self._module(True, self._first_wrt).value, arguments)
        # an array of its own: not one column for all, nor the caller's argument
        return np.array(np.broadcast_to(results, (len(results), batch)))

    def _batch_value_and_grad(
        self, samples: list[Any], theta: Vector, draws: Any, batch: int, wrt: str
    ) -> Any:
        arguments = self._of_batch(samples, theta, draws, batch)
        value, *rest = self._run(self._module(True, wrt).value_and_grad, arguments)
        return (float(value), *rest)

    def _run(self, function: Callable[..., Any], arguments: list[Any]) -> Any:
        if self._jit:  # compiled code has no warnings
            return function(*arguments)
        with np.errstate(all="ignore"):
            return function(*arguments)

    def _of_batch(self, samples: list[Any], theta: Vector, draws: Any, batch: int) -> list[Any]:
        """The arguments of the source for a batch: arrays with a row for each sample, but for draws."""
        rows = [
            np.ascontiguousarray(sample, dtype=np.float64).reshape(batch, -1) for sample in samples
        ]
        drawn = [draws] if self._signature.draws else []
        if batch > self._largest_batch:
            reserve(2 * 8 * self.n_rows * batch)  # numbers and their gradients
            self._largest_batch = batch
        arguments = [*self._leading(theta), *rows, *drawn]
        return list(map(numba_source.plain, arguments)) if self._jit else arguments

    def _gradients_by_inputs(self, gradients: Any, batch: int | None) -> list[Any]:
        gradients_by = []
        for gradient, argument, shape in zip(
            gradients, self._signature.arguments, self._arguments.shapes
        ):
            if batch is None:
                gradients_by.append(structured(argument, gradient[:, 0].tolist()))
            else:
                # a copy: two arguments may have one gradient
                shape = (-1,) if shape is None else shape
                gradients_by.append(np.array(gradient.T).reshape(batch, *shape))
        return gradients_by

    def _draws(self, batch: int) -> Any:
        return draw_all(self._signature.draws, batch) if self._signature.draws else _NO_DRAWS

    def _vector(self, theta: Any) -> Vector:
        vector = numbers_in(theta)
        if vector is None:
            raise TypeError(
                f"theta of {self._place} is a vector of {len(self.parameters)} numbers, but got "
                f"{brief(theta)}"
            )
        if vector.shape != (len(self.parameters),):
            raise ValueError(
                f"theta of {self._place} is a vector of {len(self.parameters)} numbers, but has "
                f"the shape {vector.shape}"
            )
        return np.ascontiguousarray(vector, dtype=np.float64)

    # What may have changed since the trace, and what went wrong.

    def is_current(self) -> bool:
        """Whether what f finds outside of its arguments is as it was, or does not matter."""
        return self._change() is None

    def _require_current(self) -> None:
        if (change := self._change()) is not None:
            raise RuntimeError(
                f"{self._place} was compiled while {change.what} {change.how}: set it back, or "
                "compile again"
            )

    def _change(self) -> Change | None:
        """What has changed that f's graph depends on; None if nothing has."""
        for thing, attribute, value in self._signature.settings:
            now = getattr(thing, attribute)
            if now != value:
                how = f"was {value!r}, and now it is {now!r}"
                return Change(f"{attribute} of {thing!r}", how)
        if self._is_same is None or self._is_same():
            return None
        surroundings = self._surroundings
        change = surroundings.difference()
        if change is None:
            self._is_same = surroundings.is_same
            return None
        try:
            if self._signature.trace_again() != self._signature.digest:
                return change
        except Exception:
            return change
        self._look_around()
        return None

    def _look_around(self) -> None:
        signature = self._signature
        self._surroundings = Surroundings(
            [self._f],
            signature.constants,
            [*signature.parameters, *signature.constants],
            self._size,
        )
        self._is_same = self._surroundings.is_same

    def _look_for_anomalies(
        self, args: tuple[Any, ...], theta: Vector, generators: Mapping[Random, Random]
    ) -> None:
        """Within `detect_anomaly`, do it again in eager code, which finds the first operation at fault.

        `generators` are as those were before the call: eager code draws the same numbers again.
        """
        if not is_detecting():
            return
        samples, batch = self._arguments.read(args)
        with substituted(dict(zip(self.parameters, theta.tolist())), generators):
            if batch is None:
                self._f(*[_leaves(sample) for sample in samples])
            else:
                for i in range(batch):
                    self._f(
                        *[
                            _leaves(structured(structure, np.ravel(sample[i]).tolist()))
                            for structure, sample in zip(self._arguments.structures, samples)
                        ]
                    )

    def _copied_generators(self) -> dict[Random, Random]:
        """The generators as they are now; none if nobody will ask for them."""
        return {each: copy(each) for each in self.generators} if is_detecting() else {}


def elementwise(operation: Any, suffix: str) -> Callable[..., Any]:
    """A user's own operation, or its local gradients, applied to each element of arrays."""
    if not suffix:
        one = operation.forward
        return lambda *arrays: np.frompyfunc(one, len(arrays), 1)(*arrays).astype(np.float64)
    several = operation.local_gradients

    def gradients(*arrays: Any) -> list[Any]:
        n = len(arrays) - 1
        if n == 1:
            columns = [np.frompyfunc(lambda *numbers: several(*numbers)[0], 2, 1)(*arrays)]
        else:
            columns = list(
                np.frompyfunc(lambda *numbers: tuple(several(*numbers)), n + 1, n)(*arrays)
            )
        return [column.astype(np.float64) for column in columns]

    return gradients


def _leaves(sample: Any) -> Any:
    if isinstance(sample, list):
        return [_leaves(part) for part in sample]
    return Value(sample)


def _renumbered(program: Program, order: list[int]) -> Program:
    """The program, with the parameters in another order."""
    place = {index: new for new, index in enumerate(order)}
    instructions = [
        Parameter(place[instruction.number]) if isinstance(instruction, Parameter) else instruction
        for instruction in program.instructions
    ]
    return program._replace(instructions=instructions)
