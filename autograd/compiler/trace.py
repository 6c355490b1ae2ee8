"""Tracing: a function's program, read off the graph that it builds.

The function is run again with other inputs and other parameters. If it builds another graph then, it
decides by data, or has baked a number into the graph, and the error names the line. Only the run sees
those other parameters: nothing is written into the user's Values, which others may be reading.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import index
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd.compiler.program import (
    Apply,
    Constant,
    Input,
    Instruction,
    Parameter,
    Program,
    Random,
    program_of,
)
from autograd.conversion import as_float, brief, by_position, is_number
from autograd.graph import walk
from autograd.modes import mode
from autograd.substitution import substituted
from autograd.tracing import TraceError, tracing, where_called
from autograd.value import CONSTANT, INPUT, LEAF, Draw, Value, leaf


class Signature(NamedTuple):
    """What a function takes and returns, besides its program.

    Attributes:
        place: where the function stands, for messages.
        names: of its arguments.
        arguments: the structure of its arguments: nested lists of the numbers of Input instructions.
        result: the structure of its result: nested lists of the numbers of outputs, or just 0.
        parameters: the Values that Parameter instructions mean.
        constants: Values whose data the program has as numbers, such as frozen parameters.
        draws: how each number that a call draws is made, in the order of drawing.
        settings: what the program was made for, as `Tracer.settings`.
        trace_again: gives the digest of the program that a run finds now.
        digest: of the program.
    """

    place: str
    names: tuple[str, ...]
    arguments: tuple[Any, ...]
    result: Any
    parameters: list[Value]
    constants: list[Value]
    draws: list[Draw]
    settings: list[tuple[object, str, object]]
    trace_again: Callable[[], int]
    digest: int


def trace(
    f: Callable[..., Any], examples: Sequence[Any], parameters: Collection[Value] = ()
) -> tuple[Program, Signature]:
    """Find the program of a function, by running it a few times.

    Args:
        f: takes Values, or nested lists of them, and returns a Value or nested lists of Values.
        examples: for each argument a number, or nested lists of numbers. A whole number may be used as
            an index by `select`.
        parameters: Values that count as parameters even if they are frozen, or do not occur.

    Raises TraceError if f decides by data, TypeError if an example or the result is no number.
    """
    if not callable(f):
        raise TypeError(
            f"compile() takes a function, then an example of each argument, but got {brief(f)}"
        )
    arguments, numbers = _flattened(examples)
    place = _place_of(f)
    given = frozenset(parameters)
    first = _run(f, arguments, numbers, given)
    known, constants = set(first.leaves), set(first.constants)
    changed = {leaf: _other(leaf.data) for leaf in dict.fromkeys([*first.leaves, *parameters])}
    errors: list[Exception] = []
    n_equal = 0
    for others in _others(numbers):
        try:
            again = _run(f, arguments, others, given, changed)
        except TraceError:
            raise
        except Exception as error:  # perhaps these inputs are none that it takes
            errors.append(error)
            continue
        # A leaf that is another one each time is a number that the function makes itself.
        known.intersection_update(again.leaves)
        constants.intersection_update(again.constants)
        if _digest(first, known) != _digest(again, known):
            raise TraceError(_told(f, arguments, numbers, others, changed))
        n_equal += 1
        if first.program.size > _LARGE:
            break  # once must do
    if errors and not n_equal:
        raise TraceError(
            f"{place} ran with the examples, but not with others, so it decides by data: {errors[0]!r}"
        ) from errors[0]
    found = list(dict.fromkeys([*parameters, *(leaf for leaf in first.leaves if leaf in known)]))
    signature = Signature(
        place,
        _names_of(f, len(examples)),
        arguments,
        first.result,
        found,
        [leaf for leaf in first.constants if leaf in constants] if n_equal else [],
        first.draws,
        first.settings,
        lambda: _digest(_run(f, arguments, numbers, given), known),
        _digest(first, known),
    )
    return _with_parameters(first, found), signature


_LARGE = (
    100_000  # operations and operands: such a program is checked with other inputs once, not twice
)


class _Run(NamedTuple):
    """What one run of a function built.

    `leaves` are what its Parameter instructions mean, `constants` all others but inputs and draws.
    """

    program: Program
    leaves: list[Value]
    constants: list[Value]
    result: Any
    draws: list[Draw]
    settings: list[tuple[object, str, object]]


def _run(
    f: Callable[..., Any],
    arguments: tuple[Any, ...],
    numbers: Sequence[float],
    parameters: Collection[Value],
    changed: Mapping[Value, float] = MappingProxyType({}),
) -> _Run:
    inputs = [leaf(float(number), INPUT) for number in numbers]
    # a trace records, whatever mode surrounds it
    with mode(None), substituted(changed), tracing() as tracer:
        returned = f(*[filled(argument, inputs) for argument in arguments])
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
    roles: dict[Value, Instruction] = {node: Input(i) for i, node in enumerate(inputs)}
    roles |= {node: Random(i) for i, node in enumerate(tracer.draws)}
    leaves: list[Value] = []
    constants: list[Value] = []
    for node in walk(*outputs)[0]:
        if node.operation is LEAF or node in parameters:
            roles[node] = Parameter(len(leaves))
            leaves.append(node)
        elif node not in roles:
            constants.append(node)
    return _Run(
        program_of(outputs, roles),
        leaves,
        constants,
        result,
        [node.operation for node in tracer.draws],
        list(tracer.settings.values()),
    )


def _with_parameters(run: _Run, parameters: list[Value]) -> Program:
    """The run's program, with these parameters; other leaves are constants."""
    number = {parameter: i for i, parameter in enumerate(parameters)}
    roles = [
        Parameter(number[leaf]) if leaf in number else Constant(float(leaf.data))
        for leaf in run.leaves
    ]
    instructions = [
        roles[instruction.number] if isinstance(instruction, Parameter) else instruction
        for instruction in run.program.instructions
    ]
    return run.program._replace(instructions=instructions)


def _others(numbers: Sequence[float]) -> Iterator[list[float]]:
    """Other inputs: of the opposite sign, and of another size."""
    yield [_other_label(x) if isinstance(x, int) else _other(x) for x in numbers]
    yield [_other_label(x) if isinstance(x, int) else 1.0625 * x + 0.0009765625 for x in numbers]


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

    arguments = tuple(number_of(by_position(example), i) for i, example in enumerate(examples))
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


def _digest(run: _Run, known: Collection[Value]) -> int:
    """A number that is another one, for all practical purposes, if the program is another one.

    Leaves that are not `known` count as the numbers that they hold.
    """

    def meaning(instruction: Instruction) -> Any:
        if isinstance(instruction, Apply):
            operation = instruction.operation
            # A user's own has no name in the table.
            name = operation.table_name or id(operation)
            return name, operation.static, instruction.operands
        if isinstance(instruction, Parameter):
            leaf = run.leaves[instruction.number]
            return "leaf", id(leaf) if leaf in known else repr(leaf.data)
        if isinstance(instruction, Constant):
            return repr(instruction.data)
        return type(instruction).__name__, instruction.number

    instructions = tuple(map(meaning, run.program.instructions))
    return hash((instructions, run.program.outputs, repr(run.result)))


def _told(
    f: Callable[..., Any],
    arguments: tuple[Any, ...],
    numbers: Sequence[float],
    others: Sequence[float],
    changed: Mapping[Value, float],
) -> str:
    """Say which line made the first operation that is not always the same."""
    made = [
        _made(f, arguments, numbers, {leaf: leaf.data for leaf in changed}),
        _made(f, arguments, others, changed),
    ]
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
    f: Callable[..., Any],
    arguments: tuple[Any, ...],
    numbers: Sequence[float],
    parameters: Mapping[Value, float],
) -> list[tuple[Any, ...]]:
    """What a run makes, in order: each operation, what its operands are, and its line."""
    made: list[tuple[Any, ...]] = []
    inputs = [leaf(float(number), INPUT) for number in numbers]
    # What a node is, whatever its data: which input, which parameter, or which operation so far.
    known: dict[Value, Any] = {node: ("input", i) for i, node in enumerate(inputs)}
    known |= {parameter: id(parameter) for parameter in parameters}

    def meaning(operand: Value) -> Any:
        if isinstance(operand.operation, Draw):
            return "draw"
        return known.get(operand, repr(operand.data))

    def note(node: Value) -> Value:
        operands = [meaning(parent) for parent in node.parents]
        made.append((node.op, operands, where_called()))
        known[node] = len(made)
        return node

    # (an exception ends it early: what was made until then is what counts)
    with suppress(Exception), mode(None), mode(note), substituted(parameters), tracing():
        f(*[filled(argument, inputs) for argument in arguments])
    return made


def _place_of(f: Any) -> str:
    """A function for a message: its name, and where it stands."""
    name = getattr(f, "__qualname__", type(f).__qualname__)
    code = getattr(inspect.unwrap(f), "__code__", None)
    if code is None:
        return str(name)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})"


def _names_of(f: Any, count: int) -> tuple[str, ...]:
    """The names of a function's first arguments, if all of them are to be had, and are names."""
    try:
        parameters = [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        parameters = []
    names = parameters[:count]
    if len(names) == count and all(name.isidentifier() for name in names):
        return tuple(names)
    return tuple(f"x{i}" for i in range(count))
