"""Passes: from a program to one that computes the same in fewer or larger steps. Each takes linear time.

A sample alone is computed as eager code would, to the last bit, so only `fold_constants` prepares for
that. The others regroup sums, and are for batches.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from autograd import ops
from autograd.compiler.program import Apply, Constant, Instruction, Parameter, Program, rebuilt
from autograd.value import compute

Replaced = dict[int, Instruction | int]


def fold_constants(program: Program) -> Program:
    """Compute what is made of constants alone.

    >>> from autograd import Value
    >>> from autograd.compiler.trace import trace
    >>> program, signature = trace(lambda x: x * (2 * Value(3.0)), (1.0,))
    >>> print(fold_constants(program))
    v0 = input 0
    v1 = constant 6.0
    v2 = v0 * v1
    return v2
    """
    numbers: dict[int, float] = {}
    replaced: Replaced = {}
    for position, instruction in enumerate(program.instructions):
        if isinstance(instruction, Constant):
            numbers[position] = instruction.data
        elif isinstance(instruction, Apply) and all(x in numbers for x in instruction.operands):
            operation, operands = instruction
            arguments = operation.arguments(tuple([numbers[operand] for operand in operands]))
            numbers[position] = float(compute(operation, *arguments))
            replaced[position] = Constant(numbers[position])
    return rebuilt(program, replaced)


def regroup(program: Program) -> Program:
    """The program that a batch is computed by, from one whose constants are folded."""
    while (simpler := fold_constants(skip_choices(program))) is not program:
        program = simpler  # what was chosen may be a constant, and what is made of it another
    for apply_pass in (join_sums, recognize_dots, share_equal):
        program = apply_pass(program)
    return program


def skip_choices(program: Program) -> Program:
    """Replace what is one of its operands, chosen once for all, by that operand."""
    replaced: Replaced = {}
    numbers = {
        position: instruction.data
        for position, instruction in enumerate(program.instructions)
        if isinstance(instruction, Constant)
    }
    for position, instruction in enumerate(program.instructions):
        if isinstance(instruction, Apply):
            operation, operands = instruction
            if operation.table_name in ("identity", "select", "where"):
                choice = operation.forward(*operation.arguments(range(len(operands))))
                replaced[position] = operands[choice]
            elif operation.table_name in ("where <", "where <=") and (
                operands[2] in numbers and operands[3] in numbers
            ):
                compared = numbers[operands[2]], numbers[operands[3]]
                replaced[position] = operands[int(operation.forward(0, 1, *compared))]
            elif len(operands) == 1 and operation.table_name in (
                "sum",
                "mean",
                "prod",
                "max",
                "min",
            ):
                replaced[position] = operands[0]
    return rebuilt(program, replaced)


def share_equal(program: Program) -> Program:
    """Compute equal expressions once."""
    first: dict[Any, int] = {}
    replaced: Replaced = {}
    meanings: dict[Any, Any] = {}  # of operations: two objects may be the same entry and numbers
    for position, instruction in enumerate(program.instructions):
        if isinstance(instruction, Apply):
            operation, operands = instruction
            if replaced:
                operands = tuple([replaced.get(operand, operand) for operand in operands])  # type: ignore[misc]
            if operation not in meanings:
                static = tuple(map(repr, operation.static))
                meanings[operation] = (
                    (operation.table_name, static) if operation.table_name else operation
                )
            key: Any = (meanings[operation], operands)
        else:
            # repr tells 0.0 from -0.0, and nan is nan
            key = (type(instruction), repr(instruction[0]))
        earlier = first.setdefault(key, position)
        if earlier != position:
            replaced[position] = earlier
    return rebuilt(program, replaced)


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
    terms: dict[int, list[int]] = {}  # of each sum that is not part of another one
    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Apply) and instruction.operation.table_name in ("+", "sum"):
            own: list[int] = []
            for operand in instruction.operands:
                if operand in terms and uses[operand] == 1:
                    inner = terms.pop(operand)
                    # A loop adds to the first: extend its list rather than copy it at every step.
                    if own:
                        own += inner
                    else:
                        own = inner
                elif not _is_zero(instructions[operand]):
                    own.append(operand)
            terms[position] = own
    replaced: Replaced = {}
    for position, own in terms.items():
        if len(own) > 1:
            replaced[position] = Apply(ops.sum, tuple(own))
        else:
            replaced[position] = own[0] if own else Constant(0.0)
    return rebuilt(program, replaced)


def _is_zero(instruction: Instruction) -> bool:
    return isinstance(instruction, Constant) and instruction.data == 0.0


def recognize_dots(program: Program) -> Program:
    """Make a `dot` of each sum of at least two products, with one other term as its bias.

    A product is one that nothing else uses; a square is one too. A dot without a bias takes one from the
    sum that it is part of. Weights are what is the same for every sample, as parameters are.
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

    def without_bias(position: int) -> tuple[int, ...] | None:
        instruction = instructions[position]
        if (
            isinstance(instruction, Apply)
            and instruction.operation.table_name == "dot"
            and len(instruction.operands) % 2 == 0
            and uses[position] == 1
        ):
            return instruction.operands
        return None

    def is_uniform(pairs: list[tuple[int, int]]) -> bool:
        # A loss times y and a penalty times λ are no rows of one matrix.
        kinds = {(varies[a], varies[b]) for a, b in pairs}
        return len(kinds) == 1 and (
            len(pairs) > FEW
            or not any(isinstance(instructions[x], Constant) for pair in pairs for x in pair)
        )

    replaced: Replaced = {}
    for position, instruction in enumerate(instructions):
        if isinstance(instruction, Apply) and instruction.operation.table_name == "sum":
            terms = instruction.operands
            products = [product(term) for term in terms]
            rest = [term for term, pair in zip(terms, products) if pair is None]
            pairs = [pair for pair in products if pair is not None]
            if len(pairs) >= 2 and len(rest) <= 1 and is_uniform(pairs):
                weights, inputs = zip(*pairs)
                replaced[position] = Apply(ops.dot, (*weights, *inputs, *rest))
            elif len(terms) == 2:
                for dot, bias in (terms, terms[::-1]):
                    operands = without_bias(dot)
                    if operands is not None and without_bias(bias) is None:
                        replaced[position] = Apply(ops.dot, (*operands, bias))
    return rebuilt(program, replaced)


FEW = 8  # terms: so few are written with plus signs, if there is no reason to do otherwise


def varying(program: Program) -> list[bool]:
    """Whether each instruction's number differs between the samples of a batch."""
    varies: list[bool] = []
    for instruction in program.instructions:
        if isinstance(instruction, Apply):
            varies.append(any(map(varies.__getitem__, instruction.operands)))
        else:
            varies.append(not isinstance(instruction, (Parameter, Constant)))
    return varies
