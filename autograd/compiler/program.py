"""A program: the graph of a function as a flat list of instructions, each made of earlier ones.

>>> from autograd.compiler.trace import trace
>>> program, signature = trace(lambda x: (x + 1.0) * x, (2.0,))
>>> print(program)
v0 = input 0
v1 = constant 1.0
v2 = v0 + v1
v3 = v2 * v0
return v3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd.graph import walk
from autograd.ops import Operation, decides_by
from autograd.value import Value


class Input(NamedTuple):
    """A number that a call is given; they are counted over all arguments."""

    number: int


class Parameter(NamedTuple):
    """A number that a call finds in the vector of parameters."""

    number: int


class Constant(NamedTuple):
    """A number that the function has by itself."""

    data: float


class Random(NamedTuple):
    """A number that each call draws anew, such as a unit's factor in dropout."""

    number: int


class Apply(NamedTuple):
    """An operation of the derivative table; `operands` are the positions of its operands."""

    operation: Operation
    operands: tuple[int, ...]


Instruction = Input | Parameter | Constant | Random | Apply


class Program(NamedTuple):
    """Instructions in topological order, and which of them are the results.

    Attributes:
        instructions: every operand stands before what is made of it.
        outputs: the positions of the results.
        labels: the names that the user gave to some of them, by position.
    """

    instructions: list[Instruction]
    outputs: tuple[int, ...]
    labels: dict[int, str]

    @property
    def size(self) -> int:
        """The number of operations and their operands: how long straight-line code would be."""
        return sum(
            1 + len(instruction.operands)
            for instruction in self.instructions
            if isinstance(instruction, Apply)
        )

    def __str__(self) -> str:
        lines = [
            f"v{position} = {_written(instruction)}"
            for position, instruction in enumerate(self.instructions)
        ]
        return "\n".join([*lines, f"return {', '.join(f'v{output}' for output in self.outputs)}"])


def _written(instruction: Instruction) -> str:
    if not isinstance(instruction, Apply):
        return f"{type(instruction).__name__.lower()} {instruction[0]}"
    name = instruction.operation.name
    operands = [f"v{operand}" for operand in instruction.operands]
    if len(operands) == 2 and name in ("+", "-", "*", "/", "%", "//", "**"):
        return f"{operands[0]} {name} {operands[1]}"
    return f"{name} {' '.join(operands)}"


def reached(program: Program) -> list[bool]:
    """Whether each instruction has a gradient: not what is only decided by, nor what that is made of."""
    has_gradient = [False] * len(program.instructions)
    for output in program.outputs:
        has_gradient[output] = True
    for position in range(len(has_gradient) - 1, -1, -1):
        instruction = program.instructions[position]
        if has_gradient[position] and isinstance(instruction, Apply):
            for i, operand in enumerate(instruction.operands):
                if not decides_by(instruction.operation, i):
                    has_gradient[operand] = True
    return has_gradient


def program_of(outputs: Sequence[Value], leaves: Mapping[Value, Instruction]) -> Program:
    """The program that computes nodes of a graph; a leaf that is not among `leaves` is a constant.

    Operations stand in the order in which `backward()` meets them, from its end.
    """
    found, operations = walk(*outputs)
    instructions: list[Instruction] = []
    position: dict[Value, int] = {}
    labels: dict[int, str] = {}
    new = tuple.__new__  # several times faster than Apply(...) is
    for leaf in found:
        position[leaf] = len(instructions)
        instructions.append(leaves.get(leaf) or Constant(float(leaf.data)))
    number = position.__getitem__
    for node in operations:
        position[node] = len(instructions)
        if node.label:
            labels[len(instructions)] = node.label
        instructions.append(new(Apply, (node.operation, tuple(map(number, node.parents)))))
    return Program(instructions, tuple(map(number, outputs)), labels)


def rebuilt(program: Program, replaced: Mapping[int, Instruction | int]) -> Program:
    """The program of what is needed only, after some of its instructions have been replaced.

    `replaced` gives, by position, the new instruction (whose operands are old positions), or an int: an
    earlier position that stands for this one from now on. The same program if nothing is replaced.
    """
    if not replaced:
        return program
    instructions = list(program.instructions)
    stands_for: dict[int, int] = {}
    for position, new in sorted(replaced.items()):
        if isinstance(new, int):
            stands_for[position] = stands_for.get(new, new)
        else:
            instructions[position] = new
    seen = stands_for.get
    needed = bytearray(len(instructions))
    for output in program.outputs:
        needed[seen(output, output)] = 1
    for position in range(len(instructions) - 1, -1, -1):
        if needed[position] and isinstance(instruction := instructions[position], Apply):
            for operand in instruction.operands:
                needed[seen(operand, operand)] = 1
    kept: list[Instruction] = []
    place: dict[int, int] = {}
    for position, instruction in enumerate(instructions):
        if needed[position]:
            place[position] = len(kept)
            if isinstance(instruction, Apply):
                operands = tuple(
                    [place[seen(operand, operand)] for operand in instruction.operands]
                )
                instruction = Apply(instruction.operation, operands)
            kept.append(instruction)
    labels = {
        place[position]: label for position, label in program.labels.items() if needed[position]
    }
    return Program(kept, tuple(place[seen(output, output)] for output in program.outputs), labels)
