"""The backward pass of a batch: where the gradients of rows are added up.

Group after group, from the last: a group's gradient is the sum of what the statements that use its rows
contribute, each the upstream gradient times the table's local gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiler.grouping import ELEMENTWISE, MATRIX, PRODUCTS, VECTORS, Group
from autograd.compiler.program import Apply, Input, Parameter
from autograd.compiler.rows import Piece, Rows, Writer
from autograd.compiler.symbols import ATOM, PRODUCT, SUM, Symbol, is_written_by_name, static, symbol
from autograd.ops import Operation, decides_by


class Backward:
    """Writes the backward pass behind a forward pass.

    Attributes:
        lines: the statements of both.
    """

    def __init__(self, writer: Writer, wrt: str, watched: Sequence[Sequence[int]]) -> None:
        self._writer = writer
        self._wrt = wrt
        self._asked = self._asked_groups()
        self._contributions: dict[int, list[tuple[Piece, Symbol]]] = {}  # of each group, so far
        self._written = np.zeros(writer.sizes[0], dtype=bool)  # the part of d_theta that is
        self._must_be_zeroed = False
        root = writer.rows([writer.program.outputs[0]])
        others = [writer.rows([writer.program.outputs[i] for i in part]).text for part in watched]
        forward, writer.lines = writer.lines, []
        self._seed(root)
        for index in range(len(writer.groups) - 1, 2 + len(writer.argument_names), -1):
            if index in self._contributions:
                upstream = Symbol(self._gradient_of(index))
                self._propagate(writer.groups[index], upstream, Symbol(writer.name_of[index]))
        gradients = self._gradients_of_leaves()
        value = f"{root.text}.sum() / batch" if root.varies else f"{root.text}[0, 0]"
        returned = [value, gradients, *([f"({', '.join(others)},)"] if watched else [])]
        self.lines = [*forward, "", *writer.lines, f"return {', '.join(returned)}"]

    def _seed(self, root: Rows) -> None:
        """Begin with the gradient of the mean over the batch: 1 / batch for each sample."""
        seed = "np.full((1, batch), 1.0 / batch)" if root.varies else "np.ones((1, 1))"
        self._contribute(root.pieces[0], Symbol(seed), root.varies)

    def _gradients_of_leaves(self) -> str:
        """What is returned as the gradient; writes the statements that remain for that."""
        writer = self._writer
        if self._wrt == "parameters":
            allocate = "empty" if self._written.all() and not self._must_be_zeroed else "zeros"
            writer.lines.insert(0, f"d_theta = np.{allocate}({writer.sizes[0]})")
            return "d_theta"
        texts = []
        for index, name in enumerate(writer.argument_names, start=3):
            is_reached = index in self._contributions
            texts.append(self._gradient_of(index) if is_reached else f"np.zeros({name}.shape)")
        return f"({', '.join(texts)},)"

    def _asked_groups(self) -> list[bool]:
        """Which groups depend on what the gradient is taken by."""
        leaf_class = Parameter if self._wrt == "parameters" else Input
        instructions = self._writer.program.instructions
        asked = [isinstance(instruction, leaf_class) for instruction in instructions]
        of_group = [False] * len(self._writer.groups)
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, Apply):
                asked[position] = any(
                    asked[operand] and not decides_by(instruction.operation, i)
                    for i, operand in enumerate(instruction.operands)
                )
            if asked[position]:
                of_group[int(self._writer.group_of[position])] = True
        return of_group

    def _is_asked(self, rows: Rows | None) -> bool:
        return rows is not None and any(self._asked[piece.group] for piece in rows.pieces)

    def _contribute_operand(self, group: Group, rows: Rows | None, text: Symbol) -> None:
        """Add a group's gradient by one operand, which has a row for each row, or one for all."""
        if rows is not None and self._is_asked(rows):
            if rows.count == 1 and len(group.members) > 1:
                text = Symbol(f"{self._writer.use('over_rows')}({text.text})")
            self._contribute_rows(rows, text, group.varies)

    def _contribute_rows(self, rows: Rows, text: Symbol, varies: bool) -> None:
        """Add a gradient to the rows that it belongs to."""
        if len(rows.pieces) > 1:
            name = self._writer.assign("d_rows", text.text)
            for piece in rows.pieces:
                part = Symbol(f"{name}[{piece.start}:{piece.stop}]")
                self._contribute(piece, part, varies)
        else:
            self._contribute(rows.pieces[0], text, varies)

    def _contribute(self, piece: Piece, text: Symbol, varies: bool) -> None:
        group = self._writer.groups[piece.group]
        if not self._asked[piece.group]:
            return
        if group.kind == "theta":
            flat = text.within(ATOM) + (".dot(ones)" if varies else "[:, 0]")
            self._write_theta(piece.rows, flat, piece.is_distinct)
            return
        if varies and not group.varies:
            text = Symbol(f"{self._writer.use('over_samples')}({text.text})")
        self._contributions.setdefault(piece.group, []).append((piece, text))

    def _write_theta(self, rows: Any, text: str, is_distinct: bool = True) -> None:
        written = self._written[rows]
        target = f"d_theta[{self._writer.index(rows)}]"
        if not is_distinct:
            self._must_be_zeroed = True
            index = self._writer.index(rows)
            self._writer.lines.append(f"{self._writer.use('add_at')}(d_theta, {index}, {text})")
        elif written.any():
            self._must_be_zeroed |= not written.all()
            self._writer.lines.append(f"{target} += {text}")
        else:
            self._writer.lines.append(f"{target} = {text}")
        self._written[rows] = True

    def _gradient_of(self, index: int) -> str:
        """Write the statements that add up a group's gradient; its name."""
        contributions = self._contributions.pop(index)
        wish = f"d_{self._writer.name_of[index]}"
        if all(piece.is_whole for piece, _ in contributions):
            if len(contributions) == 1 and contributions[0][1].text.isidentifier():
                return contributions[0][1].text
            first, *rest = (text.within(SUM) for _, text in contributions)
            one_line = " + ".join([first, *rest])
            if len(one_line) < _WIDTH:
                return self._writer.assign(wish, one_line)
            name = self._writer.assign(wish, "(")
            lines = [f"    {first}", *(f"    + {term}" for term in rest), ")"]
            self._writer.lines += lines
            return name
        columns = "batch" if self._writer.groups[index].varies else "1"
        name = self._writer.assign(wish, f"np.zeros(({self._writer.sizes[index]}, {columns}))")
        for piece, text in contributions:
            if piece.is_whole:
                self._writer.lines.append(f"{name} += {text.text}")
            elif piece.is_distinct:
                self._writer.lines.append(
                    f"{name}[{self._writer.index(piece.rows)}] += {text.text}"
                )
            else:
                index_text = self._writer.index(piece.rows)
                self._writer.lines.append(
                    f"{self._writer.use('add_at')}({name}, {index_text}, {text.text})"
                )
        return name

    def _propagate(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        {
            ELEMENTWISE: self._elementwise_backward,
            MATRIX: self._matrix_backward,
            PRODUCTS: self._products_backward,
            VECTORS: self._vectors_backward,
        }[group.kind](group, upstream, out)

    def _elementwise_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        operation = group.operation
        assert operation is not None
        operands = [
            self._writer.operand(positions, operation=operation)
            for positions in self._writer.operands(group)
        ]
        asked = [self._is_asked(rows) for _, rows in operands]
        symbols = [operand for operand, _ in operands]
        if operation.table_name == "sum":
            locals_: Sequence[Symbol] = [symbol(1.0)] * len(operands)
        elif is_written_by_name(operation):
            name = self._writer.user_operation(operation, "_gradients")
            locals_ = self._named_locals(name, [x.text for x in (out, *symbols)], asked)
        else:
            locals_ = self._array_locals(operation, out, symbols, asked)
        for i, (local, (_, rows)) in enumerate(zip(locals_, operands)):
            if not decides_by(operation, i):
                self._contribute_operand(group, rows, _product(local, upstream))

    def _array_locals(
        self, operation: Operation, out: Symbol, symbols: list[Symbol], asked: Sequence[bool]
    ) -> list[Symbol]:
        before = set(self._writer.reader.used)
        locals_ = self._writer.reader.local_gradients(operation, out, symbols)
        wanted = [local for local, is_asked in zip(locals_, asked) if is_asked]
        is_short = sum(len(local.text) for local in wanted) <= 100 * len(wanted)
        if is_short or operation.table_name in ops.DERIVATIVES:
            return locals_
        # What is too long to read is a call of the formula, by its entry's name.
        self._writer.reader.used.clear()
        self._writer.reader.used.update(before)
        name = _IDENTIFIERS.get(operation.table_name, operation.table_name)
        function = self._writer.use(f"{name}_gradients")
        arguments = [out.text, *(x.text for x in symbols), *map(static, operation.static)]
        return self._named_locals(function, arguments, asked)

    def _named_locals(
        self, function: str, arguments: list[str], asked: Sequence[bool]
    ) -> list[Symbol]:
        names = [self._writer.names.new("local") if is_asked else "_" for is_asked in asked]
        unpacked = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        self._writer.lines.append(f"{unpacked} = {function}({', '.join(arguments)})")
        return [Symbol(name) for name in names]

    def _matrix_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        weights, inputs, biases = self._writer.split(group)
        k = len(group.members)
        n = len(weights) // k
        x = self._writer.columns_of_matrix(inputs[:n])
        matrix = self._writer.matrix_of(group, weights)
        for bias in biases:
            self._contribute_operand(group, self._writer.operand(bias)[1], upstream)
        if k == 1 and weights == inputs:  # a sum of squares
            if self._is_asked(x):
                self._contribute_rows(x, 2.0 * upstream * Symbol(x.text), group.varies)
            return
        summed = upstream
        if group.varies and not x.varies:
            summed = Symbol(f"{self._writer.use('over_samples')}({upstream.text})")
        by_weights = f"{summed.text} @ {x.text}.T"
        rows = self._writer.theta_range(weights)
        if rows is not None and self._asked[0]:
            if self._written[rows].any():
                self._write_theta(rows, f"({by_weights}).reshape({k * n})")
            else:
                target = f"d_theta[{rows.start}:{rows.stop}].reshape({k}, {n})"
                self._writer.lines.append(f"np.dot({summed.text}, {x.text}.T, out={target})")
                self._written[rows] = True
        elif rows is None and self._is_asked(flat := self._writer.rows(weights)):
            self._contribute_rows(flat, Symbol(f"({by_weights}).reshape({k * n}, 1)"), varies=False)
        if self._is_asked(x):
            times = (
                "*" if k == 1 else "@"
            )  # a column times a row: NumPy is faster without the matrix
            text = Symbol(f"{matrix}.T {times} {upstream.text}", PRODUCT)
            self._contribute_rows(x, text, group.varies)

    def _products_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        first, second, biases, (n, k) = self._writer.factors(group)
        for factor, other in ((first, second), (second, first)):
            if self._is_asked(factor):
                stacked = self._writer.stacked(other.text, n, k)
                text = self._writer.flat(f"{stacked} * {upstream.text}", n, k)
                self._contribute_rows(factor, text, group.varies)
        for bias in biases:
            self._contribute_operand(group, self._writer.operand(bias)[1], upstream)

    def _vectors_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        operation = group.operation
        assert operation is not None
        stacked, rows, (n, k), index = self._writer.vector(group)
        if not self._is_asked(rows):
            return
        column = f"({n}, 1)" if k == 1 else f"({n}, 1, 1)"
        if operation.table_name == "sum":
            local = f"np.ones({column})"
        elif operation.table_name == "mean":
            local = f"np.full({column}, {1.0 / n!r})"
        else:
            function = self._writer.use(f"{operation.table_name}_gradients")
            local = f"{function}({', '.join([out.text, *index, stacked])})"
        self._contribute_rows(
            rows, self._writer.flat(f"{local} * {upstream.text}", n, k), group.varies
        )


_WIDTH = 80  # of a sum that is written in one line
_IDENTIFIERS = {"/": "divide", "%": "mod", "**": "pow"}


def _product(local: Symbol, upstream: Symbol) -> Symbol:
    if local.text == "1.0":
        return upstream
    if local.text == "-1.0":
        return -upstream
    if local.mask:
        return Symbol(f"{upstream.within(PRODUCT)} * {local.mask}", PRODUCT)
    return local * upstream
