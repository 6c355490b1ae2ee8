"""Grouping: which instructions of a program become one array statement.

Instructions of the same operation at the same depth, whose operands come from the same groups, are the
rows of one array, with a column for each sample. So the neurons of a layer find together again: sums of
products with the same inputs are the rows of one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from autograd import ops
from autograd.compiler.passes import FEW, varying
from autograd.compiler.program import Apply, Constant, Input, Parameter, Program, reached
from autograd.ops import Operation

# What a group is, apart from the leaves: how its statement is written.
ELEMENTWISE, MATRIX, PRODUCTS, VECTORS = "elementwise", "matrix", "products", "vectors"


@dataclass
class Group:
    """Rows of one array.

    Attributes:
        kind: "theta", "input", "random", "constants", or how the statement is written: "elementwise";
            "matrix", a matrix product; "products", a sum of products that both vary; "vectors", an
            operation of any number of operands.
        operation: what makes each row; None for leaves.
        members: the instructions, by position; row by row.
        varies: whether there is a column for each sample, or one for all.
        source: of an input, the number of the argument.
        n_leaves: of an input, how many numbers the argument has, used or not; of random leaves, how many
            a sample draws.
    """

    kind: str
    operation: Operation | None
    varies: bool
    members: list[int] = field(default_factory=list)
    source: int = -1
    n_leaves: int = 0


@dataclass
class Grouping:
    """The groups of a program, in the order in which they can be computed.

    Attributes:
        program: what was grouped.
        groups: leaves first.
        group_of, row_of: for each instruction its group, as an index, and its row there.
        parameters: the parameters' old indices, in the order in which a vector should hold them: the
            weights of a layer as its matrix has them, then its biases.
    """

    program: Program
    groups: list[Group]
    group_of: list[int]
    row_of: list[int]
    parameters: list[int]


def dot_operands(
    operands: Sequence[int], varies: Sequence[bool]
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """The weights, the inputs and the bias, if any; weights are what does not vary."""
    n = len(operands) // 2
    weights, inputs, bias = operands[:n], operands[n : 2 * n], operands[2 * n :]
    if any(varies[w] for w in weights) and not any(varies[x] for x in inputs):
        weights, inputs = inputs, weights
    return weights, inputs, bias


def group(
    program: Program, arguments: Sequence[Sequence[int]], n_parameters: int, n_draws: int
) -> Grouping:
    """Group a program's instructions.

    Args:
        program: after the passes for batches.
        arguments: for each argument the indices of its numbers.
        n_parameters, n_draws: how many numbers the vector and each sample's draws have.
    """
    instructions = program.instructions
    varies = varying(program)
    has_gradient = reached(program)
    argument_of = {
        index: (a, row) for a, part in enumerate(arguments) for row, index in enumerate(part)
    }
    groups = [
        Group("theta", None, False),
        Group("constants", None, False),
        Group("random", None, True, n_leaves=n_draws),
    ]
    groups += [
        Group("input", None, True, source=a, n_leaves=len(part)) for a, part in enumerate(arguments)
    ]
    group_of, row_of = [-1] * len(instructions), [-1] * len(instructions)
    depth = [0] * len(instructions)
    levels: dict[int, list[int]] = {}
    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Apply):
            depth[position] = level = 1 + max(map(depth.__getitem__, instruction.operands))
            levels.setdefault(level, []).append(position)
        elif isinstance(instruction, Input):
            argument, row_of[position] = argument_of[instruction.number]
            group_of[position] = 3 + argument
        elif isinstance(instruction, Constant):
            group_of[position], row_of[position] = 1, len(groups[1].members)
            groups[1].members.append(position)
        else:
            group_of[position] = 0 if isinstance(instruction, Parameter) else 2
            row_of[position] = instruction.number
    for level in sorted(levels):
        found: dict[Any, int] = {}
        for position in levels[level]:
            instruction = instructions[position]
            assert isinstance(instruction, Apply)
            kind, key = _kind_and_key(instruction, varies, group_of)
            # What has no gradient is no row among those that have one: it would be 0 times a slope.
            is_alike = (kind, varies[position], has_gradient[position], key)
            index = found.setdefault(is_alike, len(groups))
            if index == len(groups):
                groups.append(Group(kind, instruction.operation, varies[position]))
            group_of[position], row_of[position] = index, len(groups[index].members)
            groups[index].members.append(position)
    order = _layout(program, groups, varies, n_parameters)
    place = {index: row for row, index in enumerate(order)}
    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Parameter):
            row_of[position] = place[instruction.number]
    return Grouping(program, groups, group_of, row_of, order)


def _kind_and_key(instruction: Apply, varies: list[bool], group_of: list[int]) -> tuple[str, Any]:
    operation, operands = instruction
    name = operation.table_name
    identity: Any = (name, *map(repr, operation.static)) if name else operation
    if name == "dot":
        weights, inputs, bias = dot_operands(operands, varies)
        of_bias = [group_of[b] for b in bias]
        if any(varies[w] for w in weights):
            return PRODUCTS, (len(weights), *of_bias)
        return MATRIX, (tuple(inputs), *of_bias)
    if operation.arguments is tuple or (name == "sum" and len(operands) <= FEW):
        return ELEMENTWISE, (identity, *map(group_of.__getitem__, operands))
    has_index = operation.arguments is ops.index_and_vector
    return VECTORS, (identity, len(operands), group_of[operands[0]] if has_index else None)


def _layout(
    program: Program, groups: list[Group], varies: list[bool], n_parameters: int
) -> list[int]:
    """The parameters' numbers, so that a matrix of weights or a vector of biases is in one piece."""
    order: dict[int, None] = {}

    def place(positions: list[int]) -> None:
        leaves = [program.instructions[position] for position in positions]
        indices = [leaf.number for leaf in leaves if isinstance(leaf, Parameter)]
        if len(set(indices)) == len(positions) and order.keys().isdisjoint(indices):
            order.update(dict.fromkeys(indices))

    for each in groups:
        if each.kind == MATRIX:
            split = [
                dot_operands(program.instructions[member][1], varies)  # type: ignore[misc]
                for member in each.members
            ]
            place([w for weights, _, _ in split for w in weights])
            place([b for _, _, bias in split for b in bias])
    for each in groups:
        if each.kind == ELEMENTWISE:
            for operands in zip(*(program.instructions[m][1] for m in each.members)):  # type: ignore[misc]
                place(list(operands))
    order.update(dict.fromkeys(range(n_parameters)))
    return list(order)


def common_path(labels: Sequence[str]) -> str:
    """What the labels of a layer's parameters have in common: its path; "" if that is nothing.

    >>> common_path(["layers.0.neurons.0.w0", "layers.0.neurons.7.w3"])
    'layers.0'
    """
    paths = [label.split(".")[:-1] for label in labels]
    common = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths))]
    if "neurons" in common[-2:]:
        common = common[: common.index("neurons", -2)]
    return ".".join(common)
