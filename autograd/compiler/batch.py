"""Source for a batch: array statements, forward, then backward.

Instructions that belong together have become groups; each group is one statement here, and its rows are
one array. What a statement computes is the table's formula, printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd import ops
from autograd.compiler import numba_source
from autograd.compiler.backward import Backward
from autograd.compiler.grouping import (
    ELEMENTWISE,
    MATRIX,
    PRODUCTS,
    VECTORS,
    Group,
    Grouping,
    common_path,
)
from autograd.compiler.names import import_of, names_in
from autograd.compiler.rows import Writer, written_name
from autograd.compiler.symbols import PRODUCT, SUM, Symbol, is_written_by_name
from autograd.ops import Operation


class BatchSource:
    """The source for a batch.

    Attributes:
        text: a module with the functions `value` and `value_and_grad`, which numba compiles under `jit`.
        user_operations: the user's own functions, by their names in it.
    """

    def __init__(
        self,
        grouping: Grouping,
        argument_names: Sequence[str],
        parameter_labels: Sequence[str],
        wrt: str,
        title: str,
        watched: Sequence[Sequence[int]] | None = None,
        jit: bool = False,
    ) -> None:
        self._jit = jit
        writer = self._writer = Writer(grouping, argument_names, parameter_labels)
        self.user_operations = writer.user_operations
        self._forward()
        outputs = grouping.program.outputs
        lines, views, made = list(writer.lines), list(writer.views), dict(writer.made)
        result = writer.rows(list(outputs) if watched is None else [outputs[0]])
        functions = [self._define("value", [*writer.lines, f"return {result.text}"], writer.views)]
        if len(outputs) == 1 or watched is not None:
            writer.lines, writer.views, writer.made = lines, views, made
            lines = Backward(writer, wrt, watched or ()).lines
            functions.append(self._define("value_and_grad", lines, writer.views))
        head = f'"""{title}"""\n\n{self._imports(functions)}'
        if writer.constants:
            head += "\n\n" + "\n".join(writer.constants)
        self.text = "\n\n\n".join([head, *functions]) + "\n"

    # The frame of a function.

    def _define(self, name: str, body: list[str], views: list[str]) -> str:
        arguments = self.signature
        lines = [f"def {name}({', '.join(arguments)}):"]
        if self._jit:
            lines.insert(0, numba_source.DECORATOR)
        text = "\n".join(line.partition("  # ")[0] for line in body)
        sources = [*self._writer.argument_names, *(["draws"] if "draws" in arguments else [])]
        counts = "batch" in text or _has_name("ones", text)
        for index, source in enumerate(self._writer.argument_names, start=3):
            if _has_name(source, text) or (counts and source == sources[0]):
                lines.append(f"    {source} = {self._in_columns(index, source)}")
        if counts:
            lines.append(f"    batch = {sources[0]}.shape[1]" if sources else "    batch = 1")
        if _has_name("ones", text):
            lines.append("    ones = np.ones(batch)")
        used = [view for view in views if view.partition(" = ")[0] in text]
        lines += [f"    {view}" for view in used]
        return "\n".join([*lines, *(f"    {line}".rstrip() for line in body)])

    def _in_columns(self, index: int, name: str) -> str:
        """An argument, which has a row for each sample, with a column for each instead."""
        n = self._writer.sizes[index]
        if n == 1:
            return f"{name}.reshape(1, -1)"
        text = (
            f"np.ascontiguousarray({name}.T)" if index in self._writer.elementwise else f"{name}.T"
        )
        return f"{text}  # ({n}, batch)"

    @property
    def signature(self) -> list[str]:
        """The arguments of the functions."""
        theta = ["theta"] if self._writer.grouping.parameters else []
        draws = ["draws"] if any(self._writer.group_of == 2) else []
        return [*theta, *self._writer.argument_names, *draws]

    def _imports(self, functions: list[str]) -> str:
        # A formula may have been printed and not been used.
        used = self._writer.reader.used & names_in("\n".join(functions))
        ours = sorted(name for name in used if name not in self._writer.user_operations)
        if self._jit:
            modules = ("autograd.compiler.numba_array_functions", "autograd.compiler.numba_numpy")
            return "\n".join(numba_source.imports(ours, *modules))
        lines = ["import numpy as np"]
        if ours:
            lines += ["", import_of(ours, "autograd.compiler.array_functions")]
        return "\n".join(lines)

    def _forward(self) -> None:
        for index in range(len(self._writer.name_of), len(self._writer.groups)):
            group = self._writer.groups[index]
            assert group.operation is not None
            write = {
                ELEMENTWISE: self._elementwise,
                MATRIX: self._matrix,
                PRODUCTS: self._products,
                VECTORS: self._vectors,
            }[group.kind]
            wish, text = write(group)
            label = (
                self._writer.program.labels.get(group.members[0], "")
                if len(group.members) == 1
                else ""
            )
            columns = "batch" if group.varies else "1"
            self._writer.name_of.append(
                self._writer.assign(label or wish, text, f"({len(group.members)}, {columns})")
            )

    def _elementwise(self, group: Group) -> tuple[str, str]:
        operation = group.operation
        assert operation is not None
        symbols, wish = [], ""
        for positions in self._writer.operands(group):
            operand, rows = self._writer.operand(positions, operation=operation)
            symbols.append(operand)
            if rows is not None and not wish and rows.varies == group.varies:
                wish = operand.text
        wish = f"{_stem(wish)}_{_spoken(operation)}" if wish else _spoken(operation)
        if operation.table_name == "sum":
            return wish, " + ".join(operand.within(SUM) for operand in symbols)
        if is_written_by_name(operation):
            name = self._writer.user_operation(operation, "")
            return wish, f"{name}({', '.join(operand.text for operand in symbols)})"
        return wish, self._array_forward(operation, symbols).text

    def _array_forward(self, operation: Operation, symbols: list[Symbol]) -> Symbol:
        # NumPy has these in one call.
        if operation.table_name == "relu":
            return Symbol(f"np.maximum({symbols[0].text}, 0.0)")
        if operation.table_name in ("maximum", "minimum"):
            a, b = symbols
            return Symbol(f"np.{operation.table_name}({a.text}, {b.text})")
        return self._writer.reader.forward(operation, symbols)

    def _matrix(self, group: Group) -> tuple[str, str]:
        weights, inputs, biases = self._writer.split(group)
        n = len(weights) // len(group.members)
        matrix = self._writer.matrix_of(group, weights)
        text = f"{matrix} @ {self._writer.columns_of_matrix(inputs[:n], 'inputs').text}"
        for bias in biases:
            operand, _ = self._writer.operand(bias, "bias")
            text += f" + {operand.within(PRODUCT)}"
        path = common_path([self._writer.label(weights[0]), self._writer.label(weights[-1])])
        return f"{path or 'weighted'}.sum", text

    def _products(self, group: Group) -> tuple[str, str]:
        first, second, biases, (n, k) = self._writer.factors(group)
        stacked = self._writer.stacked(f"{first.text} * {second.text}", n, k)
        text = f"{self._writer.use('total')}({stacked})"
        for bias in biases:
            operand, _ = self._writer.operand(bias, "bias")
            text += f" + {operand.within(PRODUCT)}"
        return "products", text

    def _vectors(self, group: Group) -> tuple[str, str]:
        operation = group.operation
        assert operation is not None
        stacked, rows, _, index = self._writer.vector(group)
        name = written_name(operation.table_name)
        wish = f"{_stem(rows.text)}_{_spoken(operation)}"
        return wish, f"{self._writer.use(name)}({', '.join([*index, stacked])})"


def _has_name(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.]){name}\b", text) is not None


_SPOKEN = {
    **{name: name for name in ops.TABLE if name.isidentifier()},
    **{"+": "plus", "-": "minus", "*": "times", "/": "over", "**": "power"},
    **{"%": "modulo", "//": "whole"},
    **{"where <": "where", "where <=": "where", "take": "chosen", "dot": "sum"},
    **dict.fromkeys(ops.DERIVATIVES, "slope"),
}


def _stem(name: str) -> str:
    """A name without what the last operation added to it."""
    return re.sub(f"_({'|'.join(sorted(set(_SPOKEN.values())))})(_[0-9]+)?$", "", name)


def _spoken(operation: Operation) -> str:
    return _SPOKEN.get(operation.table_name, operation.table_name or operation.name)
