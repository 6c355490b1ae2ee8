"""Source for one sample: an assignment per instruction, forward, then backward.

It does what eager code does, operation by operation and in the same order, so the results are the same
to the last bit. Such a list of assignments is called a Wengert list (Wengert 1964).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import floats, ops
from autograd.compiler import numba_source
from autograd.compiler.names import Names, import_of, names_in
from autograd.compiler.program import (
    Apply,
    Constant,
    Input,
    Parameter,
    Program,
    Random,
    reached,
)
from autograd.compiler.symbols import (
    CHOICE,
    NEGATION,
    PRODUCT,
    SUM,
    Reader,
    Symbol,
    is_written_by_name,
    static,
    symbol,
)
from autograd.ops import Operation, decides_by
from autograd.value import _ieee

# Names that Python itself or the reader of the source might take for something else.
_RENAMED = {"sum": "total", "max": "largest", "min": "smallest"}

# Formulas whose choices never raise an exception in the branch not taken, so that an `if` will do.
_HARMLESS = {"/", "abs", "clip", "exp2", "leaky_relu", "maximum", "minimum", "relu", "sign"}
_HARMLESS |= {"where <", "where <=", *ops.DERIVATIVES}

# Those whose vector formulas are written out, operand by operand.
_WRITTEN_OUT = {"dot", "mean", "select", "sum"}

_TERMS = 50  # in one statement: Python's parser is recursive


def _if(condition: Symbol, a: Symbol, b: Symbol) -> Symbol:
    text = f"{a.within(SUM)} if {condition.text} else {b.within(CHOICE)}"
    return Symbol(text, CHOICE)


class ScalarSource:
    """The source for one sample, and the functions that it needs beyond those it imports.

    Attributes:
        text: a module with two functions, `value` and `value_and_grad`. Under `jit` numba compiles
            them; vectors are arrays then, nested lists in arguments are such vectors, and those in
            results are flat lists.
        user_operations: the user's own functions, by their names in it.
    """

    def __init__(
        self,
        program: Program,
        arguments: Sequence[Any],
        argument_names: Sequence[str],
        parameter_labels: Sequence[str],
        result: Any,
        wrt: str,
        title: str,
        jit: bool = False,
    ) -> None:
        self._program = program
        self._jit = jit
        self._reader = Reader(_written_name, _if)
        self.user_operations: dict[str, Any] = {}
        self._names = Names(
            [
                *map(_written_name, floats.FUNCTIONS),
                *(f"{_IDENTIFIERS.get(name, name)}_gradients" for name in ops.TABLE),
                "theta",
                "draws",
                "np",
                "inf",
                "nan",
                "value",
                "value_and_grad",
            ]
        )
        self._argument_names = [self._names.new(name) for name in argument_names]
        self._arguments = arguments
        self._symbols: list[Symbol] = []
        self._wrt = wrt
        self._uses_numpy = False
        self._name_leaves(parameter_labels)
        forward = self._forward()
        returned = self._returned(
            result, [self._symbols[output].text for output in program.outputs]
        )
        functions = [self._define("value", [*forward, f"return {returned}"])]
        if len(program.outputs) == 1 and not isinstance(result, list):
            functions.append(
                self._define("value_and_grad", [*forward, "", *self._backward(returned)])
            )
        self.text = (
            "\n\n\n".join([f'"""{title}"""\n\n{self._imports(functions)}'.rstrip(), *functions])
            + "\n"
        )

    # The leaves.

    def _name_leaves(self, parameter_labels: Sequence[str]) -> None:
        inputs: dict[int, str] = {}
        for name, structure in zip(self._argument_names, self._arguments):
            for path, number in _paths(structure, ""):
                inputs[number] = self._names.new(name + path) if path else name
        parameters = [self._names.new(label or f"w{i}") for i, label in enumerate(parameter_labels)]
        self._inputs, self._parameters = inputs, parameters
        self._draws: dict[int, str] = {}
        count = 1
        for position, instruction in enumerate(self._program.instructions):
            if isinstance(instruction, Input):
                name = inputs[instruction.number]
            elif isinstance(instruction, Parameter):
                name = parameters[instruction.number]
            elif isinstance(instruction, Random):
                name = self._draws[instruction.number] = self._names.new(
                    f"draw{instruction.number}"
                )
            elif isinstance(instruction, Constant):
                self._symbols.append(_constant(instruction.data, self._reader.used))
                continue
            else:
                name = self._names.new(self._program.labels.get(position, f"v{count}"))
                count += 1
            self._symbols.append(Symbol(name))

    def _define(self, name: str, body: list[str]) -> str:
        arguments = [*(["theta"] if self._parameters else []), *self._argument_names]
        if self._draws:
            arguments.append("draws")
        lines = [f"def {name}({', '.join(arguments)}):"]
        if self._jit:
            lines.insert(0, numba_source.DECORATOR)
            lines += [f"    {name} = theta[{i}]" for i, name in enumerate(self._parameters)]
        elif self._parameters:
            lines.append(f"    {_unpacked(self._parameters)} = theta")
        for argument, structure in zip(self._argument_names, self._arguments):
            if isinstance(structure, list):
                if self._jit:
                    numbers = enumerate(number for _, number in _paths(structure, ""))
                    lines += [f"    {self._inputs[x]} = {argument}[{i}]" for i, x in numbers]
                else:
                    lines += _unpacking(argument, structure, self._inputs)
        lines += [f"    {name} = draws[{index}]" for index, name in self._draws.items()]
        return "\n".join([*lines, *(f"    {line}".rstrip() for line in body)])

    def _returned(self, structure: Any, texts: Sequence[str]) -> str:
        """The result: nested lists, of which numba returns the elements in one list."""
        if self._jit and isinstance(structure, list):
            return f"[{', '.join(texts[number] for _, number in _paths(structure, ''))}]"
        return _structured(structure, texts)

    def _imports(self, definitions: list[str]) -> str:
        # A formula may have been printed and not been used.
        used = self._reader.used & names_in("\n".join(definitions))
        functions = numba_source.functions() if self._jit else floats.FUNCTIONS
        mathematical = sorted(name for name in used if _is_of_math(name, functions))
        ours = sorted(
            name
            for name in used
            if name not in self.user_operations and not _is_of_math(name, functions)
        )
        ours = [name for name in ours if name not in ("abs",)]
        lines = []
        if mathematical:
            lines.append(f"from math import {', '.join(mathematical)}")
        if self._jit:
            if self._uses_numpy:
                lines += ["", "import numpy as np"]
            lines += numba_source.imports(ours, "autograd.compiler.numba_scalar_functions")
        elif ours:
            lines += ["", import_of(ours, "autograd.compiler.scalar_functions")]
        return "\n".join(lines).strip()

    # Forward.

    def _forward(self) -> list[str]:
        lines = []
        for position, instruction in enumerate(self._program.instructions):
            if isinstance(instruction, Apply):
                operands = [self._symbols[operand] for operand in instruction.operands]
                expression = self._expression(instruction.operation, operands)
                lines.append(f"{self._symbols[position].text} = {expression.text}")
        return lines

    def _expression(self, operation: Operation, operands: list[Symbol]) -> Symbol:
        if is_written_by_name(operation):
            name = self._user_operation(operation, operation.forward)
            return Symbol(f"{name}({', '.join(operand.text for operand in operands)})")
        return self._reader.forward(operation, operands)

    def _user_operation(self, operation: Operation, function: Any, suffix: str = "") -> str:
        for name, known in self.user_operations.items():
            if known is function:
                return name
        name = self._names.new(operation.name + suffix)
        self.user_operations[name] = function
        return name

    # Backward.

    def _backward(self, returned: str) -> list[str]:
        instructions = self._program.instructions
        leaf_class = Parameter if self._wrt == "parameters" else Input
        asked = [isinstance(instruction, leaf_class) for instruction in instructions]
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, Apply):
                asked[position] = any(
                    asked[operand] and not decides_by(instruction.operation, i)
                    for i, operand in enumerate(instruction.operands)
                )
        (root,) = self._program.outputs
        contributions: dict[int, list[Symbol]] = {}
        gradients: dict[int, str] = {}
        lines: list[str] = []
        for position in range(len(instructions) - 1, -1, -1):
            instruction = instructions[position]
            if not isinstance(instruction, Apply) or not asked[position]:
                continue
            if position == root:
                upstream: Symbol | None = None  # 1, which multiplies nothing
            elif position in contributions:
                upstream = Symbol(self._names.new(f"d_{self._symbols[position].text}"))
                lines += _sum(upstream.text, contributions.pop(position))
            else:
                continue
            operands = [self._symbols[operand] for operand in instruction.operands]
            locals_ = self._locals(
                instruction.operation,
                self._symbols[position],
                operands,
                [asked[operand] for operand in instruction.operands],
                lines,
            )
            for i, (operand, local) in enumerate(zip(instruction.operands, locals_)):
                if asked[operand] and not decides_by(instruction.operation, i):
                    contributions.setdefault(operand, []).append(_product(local, upstream))
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, leaf_class):
                if position == root:
                    gradients[instruction.number] = "1.0"
                elif position in contributions:
                    name = self._names.new(f"d_{self._symbols[position].text}")
                    # from 0.0, as a leaf's gradient begins: so no zero is negative
                    lines += _sum(name, [Symbol("0.0"), *contributions[position]])
                    gradients[instruction.number] = name
        if self._wrt == "parameters":
            every = [gradients.get(index, "0.0") for index in range(len(self._parameters))]
            structure: list[Any] = list(range(len(every)))
        else:
            every = [gradients.get(index, "0.0") for index in range(len(self._inputs))]
            structure = list(self._arguments)
        if not self._jit or self._has_few_inputs():
            return [*lines, f"return {returned}, {_structured(structure, every)}"]
        self._uses_numpy = True
        name = self._names.new("gradient")
        lines.append(f"{name} = np.empty({len(every)})")
        lines += [f"{name}[{i}] = {text}" for i, text in enumerate(every)]
        return [*lines, f"return {returned}, {name}"]

    def _has_few_inputs(self) -> bool:
        """Whether numba returns the gradient by the inputs as a list, which is quickest for a few."""
        return self._wrt == "inputs" and 0 < len(self._inputs) == len(self._arguments)

    def _locals(
        self,
        operation: Operation,
        out: Symbol,
        operands: list[Symbol],
        asked: list[bool],
        lines: list[str],
    ) -> list[Symbol]:
        """The local gradients, as expressions; those that are long to write get names, in `lines`."""
        if is_written_by_name(operation):
            name = self._user_operation(operation, operation.local_gradients, "_gradients")
            return self._named_locals(Symbol(name), [out, *operands], len(operands), asked, lines)
        is_vector = operation.arguments is not tuple
        if not is_vector or operation.table_name in _WRITTEN_OUT:
            before = set(self._reader.used)
            locals_ = self._reader.local_gradients(operation, out, operands)
            if operation.table_name in _HARMLESS or not any(" if " in x.text for x in locals_):
                return locals_
            self._reader.used -= self._reader.used - before
        arguments = [out, *operation.arguments(tuple(operands)), *operation.static]
        function = f"{_IDENTIFIERS.get(operation.table_name, operation.table_name)}_gradients"
        self._reader.used.add(function)
        return self._named_locals(Symbol(function), arguments, len(operands), asked, lines)

    def _named_locals(
        self, function: Symbol, arguments: list[Any], n: int, asked: list[bool], lines: list[str]
    ) -> list[Symbol]:
        names = [self._names.new("local") if is_asked else "_" for is_asked in asked]
        written = ", ".join(
            f"({', '.join(x.text for x in a)},)" if isinstance(a, tuple) else static(a)
            for a in arguments
        )
        lines.append(f"{_unpacked(names)} = {function.text}({written})")
        return [Symbol(name) for name in names]


_IDENTIFIERS = {"**": "pow", "where <": "where_less", "where <=": "where_less_equal"}


def _written_name(name: str) -> str:
    return _RENAMED.get(name, name)


def _is_of_math(name: str, functions: dict[str, Any]) -> bool:
    # math.prod is another function than the table's
    return name in dir(math) and functions.get(name) in (getattr(math, name), None)


def _constant(data: float, used: set[str]) -> Symbol:
    if math.isfinite(data):
        return symbol(data)
    used.add("nan" if math.isnan(data) else "inf")
    text = repr(data)
    return Symbol(text, NEGATION if text.startswith("-") else PRODUCT)


def _product(local: Symbol, upstream: Symbol | None) -> Symbol:
    if upstream is None:
        return local
    if local.text == "1.0":
        return upstream
    if local.text == "-1.0":
        return -upstream
    return local * upstream


def _sum(name: str, terms: list[Symbol]) -> list[str]:
    """Statements that add up terms from the left."""
    first, *rest = (term.within(SUM) for term in terms)
    lines = [f"{name} = {' + '.join([first, *rest[:_TERMS]])}"]
    for start in range(_TERMS, len(rest), _TERMS):
        lines.append(f"{name} = {' + '.join([name, *rest[start : start + _TERMS]])}")
    return lines


def _unpacked(names: Sequence[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)


def _unpacking(name: str, structure: Any, inputs: dict[int, str]) -> list[str]:
    """The assignment that gives each number in an argument its name."""

    def targets(part: Any) -> str:
        if not isinstance(part, list):
            return inputs[part]
        return f"[{', '.join(map(targets, part))}]"

    return [f"    {targets(structure)} = {name}"]


def _paths(structure: Any, path: str) -> list[tuple[str, int]]:
    if not isinstance(structure, list):
        return [(path, structure)]
    return [item for i, part in enumerate(structure) for item in _paths(part, f"{path}_{i}")]


def _structured(structure: Any, texts: Sequence[str]) -> str:
    if not isinstance(structure, list):
        return str(texts[structure])
    return f"[{', '.join(_structured(part, texts) for part in structure)}]"


def interpret(
    program: Program,
    inputs: Sequence[float],
    theta: Sequence[float],
    draws: Sequence[float],
    wrt: str | None,
) -> tuple[list[float], list[float]]:
    """What the source computes, where Python raises an exception and IEEE 754 has an answer.

    Returns the results and, for the one result, the gradient by the inputs or the parameters.
    """
    data: list[float] = []
    local_gradients: dict[int, Sequence[float]] = {}
    for position, instruction in enumerate(program.instructions):
        if isinstance(instruction, Apply):
            operation, positions = instruction
            operands = operation.arguments(tuple([data[operand] for operand in positions]))
            try:
                out = operation.forward(*operands)
                local_gradients[position] = operation.local_gradients(out, *operands)
            except (ArithmeticError, ValueError):
                out, local_gradients[position] = _ieee(operation, operands)
            data.append(out)
        elif isinstance(instruction, Constant):
            data.append(instruction.data)
        else:
            source = {Input: inputs, Parameter: theta, Random: draws}[type(instruction)]
            data.append(source[instruction.number])
    results = [data[output] for output in program.outputs]
    if wrt is None:
        return results, []
    (root,) = program.outputs
    gradients = [0.0] * len(data)
    gradients[root] = 1.0
    has_gradient = reached(program)
    for position in range(len(data) - 1, -1, -1):
        instruction = program.instructions[position]
        if has_gradient[position] and isinstance(instruction, Apply):
            upstream = gradients[position]
            for i, (operand, local) in enumerate(
                zip(instruction.operands, local_gradients[position])
            ):
                if decides_by(instruction.operation, i):
                    continue
                if upstream or not math.isfinite(local):
                    gradients[operand] += local * upstream
    leaf_class = Parameter if wrt == "parameters" else Input
    asked = [0.0] * (len(theta) if wrt == "parameters" else len(inputs))
    for position, instruction in enumerate(program.instructions):
        if isinstance(instruction, leaf_class):
            asked[instruction.number] = gradients[position]
    return results, asked
