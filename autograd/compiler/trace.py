"""Tracing: a function's program, read off the graph that it builds.

The function is run again with other inputs and other parameters. If it builds another graph then, it
decides by data, or has baked a number into the graph, and the error names the line.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import index
from typing import Any, NamedTuple

from autograd.compiler.program import Apply, Constant, Input, Parameter, Program, Random, program_of
from autograd.conversion import as_float, brief, is_number
from autograd.graph import walk
from autograd.modes import mode
from autograd.ops import Operation
from autograd.tracing import TraceError, Tracer, line_of, tracing
from autograd.value import CONSTANT, INPUT, LEAF, Draw, Value, leaf


class Trace(NamedTuple):
    """What a function was found to do.

    Attributes:
        program: its program.
        names: of its arguments.
        arguments: the structure of its arguments: nested lists of the numbers' indices.
        result: the structure of its result, likewise: an int, or nested lists.
        parameters: the Values that the program's Parameter instructions mean.
        draws: how each number that a call draws is made, in the order of drawing.
        settings: what the program was made for, as `Tracer.settings`.
        place: where the function stands, for messages.
    """

    program: Program
    names: tuple[str, ...]
    arguments: tuple[Any, ...]
    result: Any
    parameters: list[Value]
    draws: list[Draw]
    settings: list[tuple[object, str, object]]
    place: str


def trace(
    f: Callable[..., Any], examples: Sequence[Any], parameters: Collection[Value] = ()
) -> Trace:
    """Find the program of a function, by running it a few times.

    Args:
        f: takes Values, or nested lists of them, and returns a Value or nested lists of Values.
        examples: for each argument a number, or nested lists of numbers. A whole number may be used as
            an index by `select`.
        parameters: Values that count as parameters even if they are frozen, or do not occur.

    Raises TraceError if f decides by data, TypeError if an example or the result is no number.
    """
    arguments, numbers = _flattened(examples)
    place = _place_of(f)
    first = _run(f, arguments, numbers)
    runs = [_run_again(f, arguments, other, first) for other in _others(numbers)]
    seconds = [run for run in runs if not isinstance(run, Exception)]
    errors = [run for run in runs if isinstance(run, Exception)]
    if errors and not seconds:
        raise TraceError(
            f"{place} ran with the examples, but not with others, so it decides by data: {errors[0]!r}"
        ) from errors[0]
    # A leaf that the function makes itself is a constant; one that it finds is a parameter.
    found = _parameters(first.outputs)
    for second in seconds:
        found &= _parameters(second.outputs)
    ordered = [leaf for leaf in walk(*first.outputs)[0] if leaf in found]
    ordered += [p for p in parameters if p not in found]
    roles = {p: Parameter(i) for i, p in enumerate(dict.fromkeys([*parameters, *ordered]))}
    program = first.program(roles)
    for second in seconds:
        if not _is_same_program(program, second.program(roles)):
            raise TraceError(_told(f, arguments, numbers, first, second))
    return Trace(
        program,
        _names_of(f, len(examples)),
        arguments,
        first.result,
        list(roles),
        [node.operation for node in first.tracer.draws],
        list(first.tracer.settings.values()),
        place,
    )


class _Run(NamedTuple):
    inputs: list[Value]
    outputs: list[Value]
    result: Any
    tracer: Tracer

    def program(self, parameters: dict[Value, Parameter]) -> Program:
        inputs = {node: Input(i) for i, node in enumerate(self.inputs)}
        draws = {node: Random(i) for i, node in enumerate(self.tracer.draws)}
        return program_of(self.outputs, {**parameters, **inputs, **draws})


def _run(f: Callable[..., Any], arguments: tuple[Any, ...], numbers: list[float]) -> _Run:
    inputs = [leaf(number, INPUT) for number in numbers]
    token = mode.set(None)  # a trace records, whatever mode surrounds it
    try:
        with tracing() as tracer:
            returned = f(*[filled(argument, inputs) for argument in arguments])
    finally:
        mode.reset(token)
    outputs: list[Value] = []

    def number_of(part: Any) -> Any:
        if isinstance(part, (list, tuple)) or getattr(part, "shape", ()) != ():
            return [number_of(element) for element in part]
        if not isinstance(part, Value):
            if not is_number(part):
                raise TypeError(
                    f"compile() takes a function that returns a Value or a list of them, but "
                    f"{_place_of(f)} returned {brief(part)}, which is of type {type(part).__name__}"
                )
            part = leaf(float(part), CONSTANT)
        outputs.append(part)
        return len(outputs) - 1

    result = number_of(returned)
    if not outputs:
        raise TypeError(f"compile() takes a function that returns numbers; {_place_of(f)} has none")
    return _Run(inputs, outputs, result, tracer)


def _run_again(
    f: Callable[..., Any], arguments: tuple[Any, ...], numbers: list[float], first: _Run
) -> _Run | Exception:
    """Run with other inputs and other parameters; the exception, if that makes one."""
    with _changed(_parameters(first.outputs)):
        try:
            return _run(f, arguments, numbers)
        except TraceError:
            raise
        except Exception as error:  # perhaps these inputs are none that it takes
            return error


def _parameters(outputs: Sequence[Value]) -> set[Value]:
    leaves, _ = walk(*outputs)
    return {leaf for leaf in leaves if leaf.operation is LEAF}


@contextmanager
def _changed(parameters: Iterable[Value]) -> Iterator[None]:
    """Within this block parameters are other numbers."""
    before = [(parameter, parameter.data) for parameter in parameters]
    try:
        for parameter, data in before:
            parameter.data = _other(data)
        yield
    finally:
        for parameter, data in before:
            parameter.data = data


def _others(numbers: list[float]) -> list[list[float]]:
    """Other inputs: of the opposite sign, and of another size."""
    return [
        [_other_label(x) if isinstance(x, int) else _other(x) for x in numbers],
        [_other_label(x) if isinstance(x, int) else 1.0625 * x + 0.0009765625 for x in numbers],
    ]


def _other(x: float) -> float:
    return -1.375 * x - 0.03125


def _other_label(label: int) -> int:
    """Another class, of those that there surely are: of 0 1 ... n - 1, or of -1 and +1."""
    return label - 1 if label > 0 else 1


# Structures: nested lists of indices, one for each number.


def _flattened(examples: Sequence[Any]) -> tuple[tuple[Any, ...], list[float]]:
    numbers: list[float] = []

    def number_of(part: Any, position: int) -> Any:
        if isinstance(part, (list, tuple)) or getattr(part, "shape", ()) != ():
            return [number_of(element, position) for element in part]
        if isinstance(part, Value) or not is_number(part):
            as_float(part, f"example {position} of compile()")
        if getattr(part, "shape", None) == ():
            part = part.item()
        # A whole number stays one: it may be a label.
        numbers.append(index(part) if isinstance(part, int) else float(part))
        return len(numbers) - 1

    arguments = tuple(number_of(example, i) for i, example in enumerate(examples))
    wrong = [x for x in numbers if x - x != 0.0]
    if wrong:
        raise ValueError(f"compile() takes examples that are finite numbers, but one is {wrong[0]}")
    return arguments, numbers


def filled(structure: Any, items: Sequence[Any]) -> Any:
    """A structure, with items in place of their indices."""
    if isinstance(structure, list):
        return [filled(part, items) for part in structure]
    return items[structure]


# Differences, and the line that makes them.


def _is_same_program(a: Program, b: Program) -> bool:
    return (
        len(a.instructions) == len(b.instructions)
        and a.outputs == b.outputs
        and all(map(_is_same_instruction, a.instructions, b.instructions))
    )


def _is_same_instruction(a: Any, b: Any) -> bool:
    if a.__class__ is not b.__class__:
        return False
    if a.__class__ is Apply:
        return a.operands == b.operands and _is_same_operation(a.operation, b.operation)
    return a == b or (a.__class__ is Constant and a.data != a.data and b.data != b.data)


def _is_same_operation(a: Operation, b: Operation) -> bool:
    # A user's own has no name in the table.
    return a is b or (a.table_name == b.table_name != "" and a.static == b.static)


def _told(
    f: Callable[..., Any],
    arguments: tuple[Any, ...],
    numbers: list[float],
    first: _Run,
    second: _Run,
) -> str:
    """Say which line made the first operation that is not always the same."""
    parameters = _parameters(first.outputs)
    other = [float(node.data) for node in second.inputs]
    made = [_made(f, arguments, numbers, parameters)]
    with _changed(parameters):
        made.append(_made(f, arguments, other, parameters))
    place = _place_of(f)
    for one, another in zip(*made):
        if one != another:
            place = another[-1]
            break
    else:
        if len(made[0]) != len(made[1]):
            place = max(made, key=len)[min(map(len, made))][-1]
    return (
        f"{place} is not the same for every input, as a compiled function must be: branch by "
        "autograd.where in place of `if`, and compute with Values, not with their .data"
    )


def _made(
    f: Callable[..., Any], arguments: tuple[Any, ...], numbers: list[float], parameters: set[Value]
) -> list[tuple[Any, ...]]:
    """What a run makes, in order: each operation, the constants among its operands, and its line."""
    made: list[tuple[Any, ...]] = []

    def note(node: Value) -> Value:
        constants = [
            parent.data
            for parent in node.parents
            if not parent.parents
            and parent.operation is not INPUT
            and not isinstance(parent.operation, Draw)
            and parent not in parameters
        ]
        made.append((node.op, constants, _users_line()))
        return node

    token = mode.set(note)
    try:
        with tracing():
            inputs = [leaf(number, INPUT) for number in numbers]
            f(*[filled(argument, inputs) for argument in arguments])
    except Exception:  # what was made until then is what counts
        pass
    finally:
        mode.reset(token)
    return made


def _users_line() -> str:
    frame = sys._getframe(2)
    package = __name__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in (
        package,
        "nn",
    ):
        frame = frame.f_back
    return line_of(frame.f_code.co_filename, frame.f_lineno)


def _place_of(f: Any) -> str:
    """A function for a message: its name, and where it stands."""
    name = getattr(f, "__qualname__", type(f).__qualname__)
    code = getattr(inspect.unwrap(f), "__code__", None)
    if code is None:
        return str(name)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})"


def _names_of(f: Any, count: int) -> tuple[str, ...]:
    """The names of a function's first arguments, as far as they are to be had and are different."""
    try:
        parameters = [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        parameters = []
    names = parameters[:count]
    return tuple(names) if len(names) == count else tuple(f"x{i}" for i in range(count))
