"""Passes: from a program to one that computes the same in fewer or larger steps. Each takes linear time.

A sample alone is computed as eager code would, to the last bit, so only `fold_constants` prepares for
that. The others regroup sums, and are for batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from autograd import ops
from autograd.compiler.program import Apply, Constant, Instruction, Parameter, Program, rebuilt
from autograd.value import compute

Replacements = Iterator[tuple[int, Any]]


def fold_constants(program: Program) -> Program:
    """Compute what is made of constants alone.

    >>> from autograd.compiler.trace import trace
    >>> print(fold_constants(trace(lambda x: x * (2 * x.__class__(3.0)), (1.0,)).program))
    v0 = input 0
    v1 = constant 6.0
    v2 = v0 * v1
    return v2
    """
    folded: list[Instruction] = list(program.instructions)

    def replacements() -> Replacements:
        for position, instruction in enumerate(folded):
            if isinstance(instruction, Apply) and all(
                isinstance(folded[operand], Constant) for operand in instruction.operands
            ):
                numbers = tuple(folded[operand][0] for operand in instruction.operands)
                operation = instruction.operation
                data = compute(operation, *operation.arguments(numbers))
                instruction = folded[position] = Constant(float(data))
            yield position, instruction

    return rebuilt(program, replacements())


def for_batches(program: Program) -> Program:
    """The program that a batch is computed by."""
    for apply_pass in (fold_constants, skip_choices, share_equal, join_sums, recognize_dots):
        program = apply_pass(program)
    return program


def skip_choices(program: Program) -> Program:
    """Replace what is one of its operands, chosen once for all, by that operand."""

    def replacements() -> Replacements:
        for position, instruction in enumerate(program.instructions):
            chosen = _chosen(instruction)
            yield position, instruction if chosen is None else chosen

    return rebuilt(program, replacements())


def _chosen(instruction: Instruction) -> int | None:
    if isinstance(instruction, Apply):
        operation, operands = instruction
        if operation.table_name in ("identity", "select", "where"):
            choice = operation.forward(*operation.arguments(range(len(operands))))
            return operands[choice]
        if operation.table_name in ("sum", "mean", "prod", "max", "min") and len(operands) == 1:
            return operands[0]
    return None


def share_equal(program: Program) -> Program:
    """Compute equal expressions once."""
    first: dict[Any, int] = {}
    # Positions of operands change as earlier ones are found to be equal.
    standing_for = list(range(len(program.instructions)))

    def replacements() -> Replacements:
        for position, instruction in enumerate(program.instructions):
            if isinstance(instruction, Apply):
                operation, operands = instruction
                operands = tuple([standing_for[operand] for operand in operands])
                identity = (operation.table_name, *operation.static) if operation.table_name else ()
                key: Any = (identity or operation, operands)
                instruction = Apply(operation, operands)
            else:
                # repr tells 0.0 from -0.0, and nan is nan
                key = (type(instruction), repr(instruction[0]))
            earlier = first.setdefault(key, position)
            standing_for[position] = earlier
            yield position, instruction if earlier == position else earlier

    return rebuilt(program, replacements())


def _uses(program: Program) -> list[int]:
    counts = Counter(program.outputs)
    for instruction in program.instructions:
        if isinstance(instruction, Apply):
            counts.update(instruction.operands)
    return [counts[position] for position in range(len(program.instructions))]


def join_sums(program: Program) -> Program:
    """Make one `sum` of additions of additions, however they were written: loops, `sum()`, `+=`.

    Only sums that nothing else uses are joined. A 0 to begin with is left out.
    """
    instructions = program.instructions
    uses = _uses(program)
    terms: dict[int, list[int]] = {}  # of each sum, in order
    joined: set[int] = set()

    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Apply) and instruction.operation.table_name in ("+", "sum"):
            own: list[int] = []
            for operand in instruction.operands:
                if operand in terms and uses[operand] == 1:
                    joined.add(operand)
                    # A loop adds to the first: extend its list rather than copy it at every step.
                    if not own:
                        own = terms[operand]
                    else:
                        own += terms[operand]
                elif not _is_zero(instructions[operand]):
                    own.append(operand)
            terms[position] = own

    def replacements() -> Replacements:
        for position, instruction in enumerate(instructions):
            own = terms.get(position)
            if own is None:
                yield position, instruction
            elif position in joined:
                yield position, Constant(0.0)  # nothing refers to it any more
            elif len(own) == 1:
                yield position, own[0]
            elif not own:
                yield position, Constant(0.0)
            else:
                yield position, Apply(ops.sum, tuple(own))

    return rebuilt(program, replacements())


def _is_zero(instruction: Instruction) -> bool:
    return isinstance(instruction, Constant) and instruction.data == 0.0


def recognize_dots(program: Program) -> Program:
    """Make a `dot` of each sum of at least two products; of what else is in the sum, one is its bias.

    Products that are used elsewhere too, and sums of squares of one number, are products as well. A dot
    without a bias takes one from the sum that it is part of. What the weights are is decided by who is
    the same for every sample: parameters come first.
    """
    instructions = program.instructions
    uses = _uses(program)
    varies = varying(program)

    def product(position: int) -> tuple[int, int] | None:
        instruction = instructions[position]
        if uses[position] == 1 and isinstance(instruction, Apply):
            name = instruction.operation.table_name
            if name == "*":
                left, right = instruction.operands
                return (right, left) if varies[left] and not varies[right] else (left, right)
            if name == "square":
                (factor,) = instruction.operands
                return factor, factor
        return None

    def is_open_dot(position: int) -> bool:
        instruction = instructions[position]
        return (
            isinstance(instruction, Apply)
            and instruction.operation.table_name == "dot"
            and len(instruction.operands) % 2 == 0
            and uses[position] == 1
        )

    def replacements() -> Replacements:
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, Apply) and instruction.operation.table_name == "sum":
                terms = instruction.operands
                pairs = [product(term) for term in terms]
                rest = [term for term, pair in zip(terms, pairs) if pair is None]
                found = [pair for pair in pairs if pair is not None]
                if len(found) >= 2 and len(rest) <= 1:
                    weights, inputs = zip(*found)
                    yield position, Apply(ops.dot, (*weights, *inputs, *rest))
                    continue
                if len(terms) == 2 and is_open_dot(terms[0]) != is_open_dot(terms[1]):
                    dot, bias = terms if is_open_dot(terms[0]) else reversed(terms)
                    dot_operands = instructions[dot].operands  # type: ignore[union-attr]
                    yield position, Apply(ops.dot, (*dot_operands, bias))
                    continue
            yield position, instruction

    return rebuilt(program, replacements())


def varying(program: Program) -> list[bool]:
    """Whether each instruction's number differs between the samples of a batch."""
    varies: list[bool] = []
    for instruction in program.instructions:
        if isinstance(instruction, Apply):
            varies.append(any(map(varies.__getitem__, instruction.operands)))
        else:
            varies.append(not isinstance(instruction, (Parameter, Constant)))
    return varies


Pass = Callable[[Program], Program]
