"""Source for a batch: array statements, forward, then backward.

Every array has a row for each instruction of its group and a column for each sample, or one column if
all samples share it. The local gradients are the table's, printed; what the arrays add is bookkeeping:
where rows come from in the forward pass, and where their gradients are added up in the backward pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograd import arrays, floats, ops
from autograd.compiler.grouping import (
    ELEMENTWISE,
    MATRIX,
    PRODUCTS,
    VECTORS,
    Group,
    Grouping,
    common_path,
    dot_operands,
)
from autograd.compiler.names import Names
from autograd.compiler.passes import FEW, varying
from autograd.compiler.program import Apply, Constant, Input, Parameter
from autograd.compiler.symbols import (
    ATOM,
    PRODUCT,
    SUM,
    Reader,
    Symbol,
    is_written_by_name,
    symbol,
)
from autograd.ops import Operation

_RENAMED = {"sum": "total", "mean": "average", "max": "largest", "min": "smallest", "abs": "np.abs"}
_RUNS = 8  # so few runs of rows are written as slices


@dataclass(frozen=True)
class Piece:
    """Rows of one group: all, a slice, or a list. In the array made of them they are start to stop."""

    group: int
    rows: Any  # slice or list of int
    start: int
    stop: int
    is_whole: bool
    is_distinct: bool


@dataclass(frozen=True)
class Rows:
    """An array made of rows of groups: its expression, and where each row comes from."""

    text: str
    pieces: list[Piece]
    count: int
    varies: bool


@dataclass
class _Theta:
    """The gradient by the parameters, as it is filled."""

    written: Any
    is_zeroed: bool = False


class BatchSource:
    """The source for a batch.

    Attributes:
        text: a module with the functions `value` and `value_and_grad`.
        user_operations: the user's own functions, by their names in it.
    """

    def __init__(
        self,
        grouping: Grouping,
        argument_names: Sequence[str],
        parameter_labels: Sequence[str],
        wrt: str,
        title: str,
        module: str = "autograd.compiler.array_functions",
        watched: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self._grouping = grouping
        self._program = grouping.program
        self._groups = grouping.groups
        self._varies = varying(grouping.program)
        self._group_of = np.array(grouping.group_of, dtype=np.intp)
        self._row_of = np.array(grouping.row_of, dtype=np.intp)
        self._labels = parameter_labels
        self._wrt = wrt
        self._module = module
        self._reader = Reader(_written_name, _where, {"power": _power})
        self.user_operations: dict[str, Any] = {}
        reserved = [
            *map(_written_name, floats.FUNCTIONS),
            *_OURS,
            "np",
            "batch",
            "theta",
            "d_theta",
        ]
        self._names = Names([*reserved, "draws", "constants", "value", "value_and_grad"])
        self._constants: list[str] = []  # lines of the module
        self._views: list[str] = []  # lines that give parameters their names
        self._lines: list[str] = []
        self._made: dict[bytes, Rows] = {}
        self._argument_names = [self._names.new(name) for name in argument_names]
        self._name: list[str] = ["theta", "constants", "draws", *self._argument_names]
        self._sizes = [self._size(index) for index in range(len(self._groups))]
        if self._groups[1].members:
            self._constant_rows = [self._constant(m) for m in self._groups[1].members]
        self._forward()
        outputs = self._program.outputs
        forward_lines, forward_views = list(self._lines), list(self._views)
        forward_made = dict(self._made)
        result = self._rows(list(outputs) if watched is None else [outputs[0]])
        value_lines = [*self._lines, f"return {result.text}"]
        functions = [self._define("value", forward_views, value_lines)]
        self._lines, self._made = forward_lines, forward_made
        if len(outputs) == 1 or watched is not None:
            backward = self._backward(watched or ())
            functions.append(
                self._define("value_and_grad", self._views, [*self._lines, "", *backward])
            )
        head = f'"""{title}"""\n\n{self._imports()}'
        if self._constants:
            head += "\n\n" + "\n".join(self._constants)
        self.text = "\n\n\n".join([head, *functions]) + "\n"

    def _size(self, index: int) -> int:
        group = self._groups[index]
        if group.kind == "theta":
            return len(self._grouping.parameters)
        if group.kind in ("input", "random"):
            rows = self._row_of[self._group_of == index]
            return int(rows.max()) + 1 if len(rows) else 0
        return len(group.members)

    # The frame of a function.

    def _define(self, name: str, views: list[str], body: list[str]) -> str:
        arguments = self.signature
        lines = [f"def {name}({', '.join(arguments)}):"]
        text = "\n".join(body)
        if "batch" in text:
            source = next(
                (name for name in [*self._argument_names, "draws"] if name in arguments), None
            )
            lines.append(f"    batch = {source}.shape[1]" if source else "    batch = 1")
        used = [view for view in views if view.partition(" = ")[0] in text]
        lines += [f"    {view}" for view in used]
        return "\n".join([*lines, *(f"    {line}".rstrip() for line in body)])

    @property
    def signature(self) -> list[str]:
        """The arguments of the functions."""
        theta = ["theta"] if self._grouping.parameters else []
        draws = ["draws"] if any(self._group_of == 2) else []
        return [*theta, *self._argument_names, *draws]

    def _imports(self) -> str:
        ours = sorted(
            name
            for name in self._reader.used
            if not name.startswith("np.") and name not in self.user_operations
        )
        lines = ["import numpy as np"]
        if ours:
            line = f"from {self._module} import {', '.join(ours)}"
            if len(line) > 100:
                indented = "".join(f"    {name},\n" for name in ours)
                line = f"from {self._module} import (\n{indented})"
            lines += ["", line]
        return "\n".join(lines)

    def _use(self, name: str) -> str:
        self._reader.used.add(name)
        return name

    # Rows of groups.

    def _rows(self, positions: Sequence[int], wish: str = "") -> Rows:
        """The array of these instructions' numbers, a row each; named, unless it is a whole group."""
        ids = np.array(positions, dtype=np.intp)
        key = ids.tobytes()
        if key in self._made:
            return self._made[key]
        pieces = self._pieces(ids)
        varies = any(self._groups[piece.group].varies for piece in pieces)
        texts = [self._piece_text(piece, varies and len(pieces) > 1) for piece in pieces]
        if len(pieces) == 1:
            text, (piece,) = texts[0], pieces
            if self._groups[piece.group].kind == "theta":
                text = self._view(self._path_name(positions, wish), text)
            elif not piece.is_whole and self._groups[piece.group].kind != "constants":
                text = self._assign(wish or f"{self._name[piece.group]}_rows", text)
        else:
            text = self._assign(wish or "rows", f"np.concatenate(({', '.join(texts)}))")
        rows = self._made[key] = Rows(text, pieces, len(ids), varies)
        return rows

    def _pieces(self, ids: Any) -> list[Piece]:
        groups, rows = self._group_of[ids], self._row_of[ids]
        bounds = np.flatnonzero(np.diff(groups)) + 1
        pieces = []
        for start, stop in zip([0, *bounds.tolist()], [*bounds.tolist(), len(ids)]):
            pieces += self._pieces_of_group(int(groups[start]), rows[start:stop], start)
        return pieces

    def _pieces_of_group(self, group: int, rows: Any, start: int) -> list[Piece]:
        steps = np.diff(rows)
        size = self._sizes[group]
        if len(rows) == 1 or ((steps == steps[0]).all() and steps[0] > 0):
            step = int(steps[0]) if len(rows) > 1 else 1
            first, last = int(rows[0]), int(rows[-1])
            whole = step == 1 and first == 0 and len(rows) == size
            chosen = slice(first, last + 1, step)
            return [Piece(group, chosen, start, start + len(rows), whole, True)]
        breaks = np.flatnonzero(steps != 1) + 1
        if len(breaks) < _RUNS and len(rows) > 2 * (len(breaks) + 1):
            bounds = [0, *breaks.tolist(), len(rows)]
            return [
                piece
                for a, b in pairwise(bounds)
                for piece in self._pieces_of_group(group, rows[a:b], start + a)
            ]
        distinct = len(np.unique(rows)) == len(rows)
        return [Piece(group, rows.tolist(), start, start + len(rows), False, distinct)]

    def _piece_text(self, piece: Piece, spread: bool) -> str:
        group = self._groups[piece.group]
        name = self._name[piece.group]
        if group.kind == "constants":
            numbers = np.array(self._constant_rows, dtype=object)[piece.rows].tolist()
            text = self._constant_array(
                f"np.array([{', '.join(f'[{x}]' for x in numbers)}])", "numbers"
            )
        elif group.kind == "theta":
            text = f"theta[{self._index(piece.rows)}, None]"
        elif piece.is_whole:
            text = name
        else:
            text = f"{name}[{self._index(piece.rows)}]"
        if spread and not group.varies:
            return f"np.broadcast_to({text}, ({piece.stop - piece.start}, batch))"
        return text

    def _index(self, rows: Any) -> str:
        if isinstance(rows, slice):
            step = f":{rows.step}" if rows.step != 1 else ""
            return f"{rows.start}:{rows.stop}{step}"
        return self._constant_array(f"np.array({rows})", "rows")

    def _constant_array(self, text: str, wish: str) -> str:
        for line in self._constants:
            name, _, known = line.partition(" = ")
            if known == text:
                return name
        name = self._names.new(wish)
        self._constants.append(f"{name} = {text}")
        return name

    def _assign(self, wish: str, text: str, comment: str = "") -> str:
        name = self._names.new(wish)
        self._lines.append(f"{name} = {text}" + (f"  # {comment}" if comment else ""))
        return name

    def _view(self, wish: str, text: str) -> str:
        name = self._names.new(wish)
        self._views.append(f"{name} = {text}")
        return name

    def _path_name(self, positions: Sequence[int], wish: str) -> str:
        """A name for parameters: the path that they have in common, or the label if there is one."""
        labels = [self._label(position) for position in (positions[0], positions[-1])]
        path = common_path(labels)
        if path and wish:
            return f"{path}.{wish}"
        if len(positions) == 1 and labels[0]:
            return labels[0]
        return ".".join(filter(None, [path, wish or "parameters"]))

    def _label(self, position: int) -> str:
        instruction = self._program.instructions[position]
        return self._labels[instruction.number] if isinstance(instruction, Parameter) else ""

    def _operand(self, positions: Sequence[int], wish: str = "") -> tuple[Symbol, Rows | None]:
        """One operand of an elementwise statement: a number, one row for all, or a row for each."""
        first = self._program.instructions[positions[0]]
        if isinstance(first, Constant) and len(set(map(self._constant, positions))) == 1:
            return _literal(first.data), None
        if len(positions) > 1 and len(set(positions)) == 1:
            positions = positions[:1]
        rows = self._rows(positions, wish)
        return Symbol(rows.text), rows

    def _constant(self, position: int) -> str:
        instruction = self._program.instructions[position]
        assert isinstance(instruction, Constant)
        return _number(instruction.data)

    def _apply(self, position: int) -> Apply:
        instruction = self._program.instructions[position]
        assert isinstance(instruction, Apply)
        return instruction

    # Forward.

    def _forward(self) -> None:
        for index in range(len(self._name), len(self._groups)):
            group = self._groups[index]
            assert group.operation is not None
            write = {
                ELEMENTWISE: self._elementwise,
                MATRIX: self._matrix,
                PRODUCTS: self._products,
                VECTORS: self._vectors,
            }[group.kind]
            wish, text = write(group)
            label = (
                self._program.labels.get(group.members[0], "") if len(group.members) == 1 else ""
            )
            columns = "batch" if group.varies else "1"
            self._name.append(
                self._assign(label or wish, text, f"({len(group.members)}, {columns})")
            )

    def _operands(self, group: Group) -> list[list[int]]:
        """For each operand, the positions of it, row by row."""
        return [list(column) for column in zip(*(self._apply(m).operands for m in group.members))]

    def _elementwise(self, group: Group) -> tuple[str, str]:
        operation = group.operation
        assert operation is not None
        symbols, wish = [], ""
        for positions in self._operands(group):
            operand, rows = self._operand(positions)
            symbols.append(operand)
            if rows is not None and not wish and rows.varies == group.varies:
                wish = operand.text
        wish = f"{_stem(wish)}_{_spoken(operation)}" if wish else _spoken(operation)
        if operation.table_name == "sum":
            return wish, " + ".join(operand.within(SUM) for operand in symbols)
        if is_written_by_name(operation):
            name = self._user_operation(operation, "")
            return wish, f"{name}({', '.join(operand.text for operand in symbols)})"
        return wish, self._array_forward(operation, symbols).text

    def _array_forward(self, operation: Operation, symbols: list[Symbol]) -> Symbol:
        # NumPy has these in one call.
        if operation.table_name == "relu":
            return Symbol(f"np.maximum({symbols[0].text}, 0.0)")
        if operation.table_name in ("maximum", "minimum"):
            a, b = symbols
            return Symbol(f"np.{operation.table_name}({a.text}, {b.text})")
        return self._reader.forward(operation, symbols)

    def _user_operation(self, operation: Operation, suffix: str) -> str:
        for name, known in self.user_operations.items():
            if known == (operation, suffix):
                return name
        name = self._names.new(operation.name + suffix)
        self.user_operations[name] = (operation, suffix)
        return name

    def _split(self, group: Group) -> tuple[list[int], list[int], list[list[int]]]:
        """The operands of a group of dots: all weights, row after row; all inputs; the biases."""
        split = [dot_operands(self._apply(m).operands, self._varies) for m in group.members]
        weights = [w for ws, _, _ in split for w in ws]
        inputs = [x for _, xs, _ in split for x in xs]
        biases = [[bias[0] for _, _, bias in split]] if split[0][2] else []
        return weights, inputs, biases

    def _matrix_of(self, group: Group, weights: list[int]) -> str:
        """The expression of the matrix of weights, (rows, inputs)."""
        key = np.array(weights, dtype=np.intp).tobytes() + b"matrix"
        if key not in self._made:
            k = len(group.members)
            rows = self._theta_range(weights)
            if rows is not None:
                wish = self._path_name(weights, "weight")
                n = len(weights) // k
                text = self._view(wish, f"theta[{rows.start}:{rows.stop}].reshape({k}, {n})")
            else:
                flat = self._rows(weights, "weights")
                text = self._assign("weight", f"{flat.text}.reshape({k}, {len(weights) // k})")
            self._made[key] = Rows(text, [], k, False)
        return self._made[key].text

    def _theta_range(self, positions: list[int]) -> slice | None:
        """The part of the vector that these parameters are, if they are one."""
        ids = np.array(positions, dtype=np.intp)
        rows = self._row_of[ids]
        if (self._group_of[ids] == 0).all() and (np.diff(rows) == 1).all():
            return slice(int(rows[0]), int(rows[-1]) + 1, 1)
        return None

    def _matrix(self, group: Group) -> tuple[str, str]:
        weights, inputs, biases = self._split(group)
        n = len(weights) // len(group.members)
        matrix = self._matrix_of(group, weights)
        text = f"{matrix} @ {self._rows(inputs[:n], 'inputs').text}"
        for bias in biases:
            operand, _ = self._operand(bias, "bias")
            text += f" + {operand.within(PRODUCT)}"
        path = common_path([self._label(weights[0]), self._label(weights[-1])])
        return f"{path or 'weighted'}.sum", text

    def _products(self, group: Group) -> tuple[str, str]:
        first, second, biases, (n, k) = self._factors(group)
        text = f"{self._use('total')}({self._stacked(f'{first.text} * {second.text}', n, k)})"
        for bias in biases:
            operand, _ = self._operand(bias, "bias")
            text += f" + {operand.within(PRODUCT)}"
        return "products", text

    def _factors(self, group: Group) -> tuple[Rows, Rows, list[list[int]], tuple[int, int]]:
        weights, inputs, biases = self._split(group)
        k = len(group.members)
        n = len(weights) // k
        first, second = (
            [factors[row * n + i] for i in range(n) for row in range(k)]
            for factors in (weights, inputs)
        )
        return self._rows(first), self._rows(second), biases, (n, k)

    def _stacked(self, text: str, n: int, k: int) -> str:
        """Operand after operand: of shape (n, columns) for one result, (n, k, columns) for k."""
        if k == 1:
            return text
        atom = text if " " not in text else f"({text})"
        return f"{atom}.reshape({n}, {k}, -1)"

    def _flat(self, text: str, n: int, k: int) -> Symbol:
        return Symbol(text, PRODUCT) if k == 1 else Symbol(f"({text}).reshape({n * k}, -1)")

    def _vector(self, group: Group) -> tuple[str, Rows, tuple[int, int], list[int]]:
        """The operands of a group of n-ary operations, stacked; and of `take` the indices."""
        operands = [self._apply(m).operands for m in group.members]
        indices: list[int] = []
        assert group.operation is not None
        if group.operation.table_name == "take":
            indices = [own[0] for own in operands]
            operands = [own[1:] for own in operands]
        k, n = len(operands), len(operands[0])
        rows = self._rows([own[i] for i in range(n) for own in operands])
        return self._stacked(rows.text, n, k), rows, (n, k), indices

    def _vectors(self, group: Group) -> tuple[str, str]:
        operation = group.operation
        assert operation is not None
        stacked, rows, _, indices = self._vector(group)
        name = _written_name(operation.table_name)
        wish = f"{_stem(rows.text)}_{_spoken(operation)}"
        if indices:
            index, _ = self._operand(indices)
            return wish, f"{self._use('take')}({index.text}, {stacked})"
        return wish, f"{self._use(name)}({stacked})"

    # Backward.

    def _backward(self, watched: Sequence[Sequence[int]]) -> list[str]:
        root = self._program.outputs[0]
        group, row = int(self._group_of[root]), int(self._row_of[root])
        watched_texts = [
            self._rows([self._program.outputs[i] for i in part]).text for part in watched
        ]
        root_rows = self._rows([root])
        if self._groups[group].varies:
            value, seed = f"np.sum({root_rows.text}) / batch", "np.full((1, batch), 1.0 / batch)"
        else:
            value, seed = f"{root_rows.text}[0, 0]", "np.ones((1, 1))"
        forward, self._lines = self._lines, []
        self._contributions: dict[int, list[tuple[Piece, Symbol]]] = {}
        self._theta = _Theta(np.zeros(self._sizes[0], dtype=bool))
        self._asked = self._asked_groups()
        self._gradient_names: dict[int, str] = {}
        if self._asked[group]:
            whole = self._sizes[group] == 1
            piece = Piece(group, slice(row, row + 1, 1), 0, 1, whole, True)
            self._contribute(piece, Symbol(seed), self._groups[group].varies)
        for index in range(len(self._groups) - 1, 2 + len(self._argument_names), -1):
            if index in self._contributions:
                upstream = self._gradient_of(index)
                self._gradient_names[index] = upstream
                self._propagate(self._groups[index], Symbol(upstream), Symbol(self._name[index]))
        if self._wrt == "parameters":
            gradients = "d_theta"
            allocate = (
                "zeros" if self._theta.is_zeroed or not self._theta.written.all() else "empty"
            )
            self._lines.insert(0, f"d_theta = np.{allocate}({self._sizes[0]})")
        else:
            texts = []
            for argument, name in enumerate(self._argument_names):
                index = 3 + argument
                if index in self._contributions:
                    texts.append(self._gradient_of(index))
                else:
                    texts.append(f"np.zeros({name}.shape)")
            gradients = f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
        extra = f", ({', '.join(watched_texts)},)" if watched else ""
        lines = [*self._lines, f"return {value}, {gradients}{extra}"]
        self._lines = forward
        return lines

    def _asked_groups(self) -> list[bool]:
        """Which groups depend on what the gradient is taken by."""
        leaf_class = Parameter if self._wrt == "parameters" else Input
        instructions = self._program.instructions
        asked = [isinstance(instruction, leaf_class) for instruction in instructions]
        of_group = [False] * len(self._groups)
        for position, instruction in enumerate(instructions):
            if isinstance(instruction, Apply) and any(map(asked.__getitem__, instruction.operands)):
                asked[position] = True
            if asked[position]:
                of_group[int(self._group_of[position])] = True
        return of_group

    def _is_asked(self, rows: Rows | None) -> bool:
        return rows is not None and any(self._asked[piece.group] for piece in rows.pieces)

    def _contribute_rows(self, rows: Rows, text: Symbol, varies: bool) -> None:
        """Add a gradient to the rows that it belongs to."""
        if len(rows.pieces) > 1:
            name = self._assign("d_rows", text.text)
            for piece in rows.pieces:
                part = Symbol(f"{name}[{piece.start}:{piece.stop}]")
                self._contribute(piece, part, varies)
        else:
            self._contribute(rows.pieces[0], text, varies)

    def _contribute(self, piece: Piece, text: Symbol, varies: bool) -> None:
        group = self._groups[piece.group]
        if not self._asked[piece.group]:
            return
        if group.kind == "theta":
            flat = text.within(ATOM) + (".sum(axis=1)" if varies else "[:, 0]")
            self._write_theta(piece.rows, flat, piece.is_distinct)
            return
        if varies and not group.varies:
            text = Symbol(f"{self._use('over_samples')}({text.text})")
        self._contributions.setdefault(piece.group, []).append((piece, text))

    def _write_theta(self, rows: Any, text: str, is_distinct: bool = True) -> None:
        written = self._theta.written[rows]
        target = f"d_theta[{self._index(rows)}]"
        if not is_distinct:
            self._theta.is_zeroed = True
            index = self._index(rows)
            self._lines.append(f"{self._use('add_at')}(d_theta, {index}, {text})")
        elif written.any():
            self._theta.is_zeroed |= not written.all()
            self._lines.append(f"{target} += {text}")
        else:
            self._lines.append(f"{target} = {text}")
        self._theta.written[rows] = True

    def _gradient_of(self, index: int) -> str:
        """Write the statements that add up a group's gradient; its name."""
        contributions = self._contributions.pop(index)
        wish = f"d_{self._name[index]}"
        if all(piece.is_whole for piece, _ in contributions):
            if len(contributions) == 1 and contributions[0][1].text.isidentifier():
                return contributions[0][1].text
            terms = [text.within(SUM) for _, text in contributions]
            name = self._assign(wish, " + ".join(terms[:FEW]))
            for term in terms[FEW:]:
                self._lines.append(f"{name} += {term}")
            return name
        columns = "batch" if self._groups[index].varies else "1"
        name = self._assign(wish, f"np.zeros(({self._sizes[index]}, {columns}))")
        for piece, text in contributions:
            if piece.is_whole:
                self._lines.append(f"{name} += {text.text}")
            elif piece.is_distinct:
                self._lines.append(f"{name}[{self._index(piece.rows)}] += {text.text}")
            else:
                index_text = self._index(piece.rows)
                self._lines.append(f"{self._use('add_at')}({name}, {index_text}, {text.text})")
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
        operands = [self._operand(positions) for positions in self._operands(group)]
        asked = [self._is_asked(rows) for _, rows in operands]
        symbols = [operand for operand, _ in operands]
        if operation.table_name == "sum":
            locals_: Sequence[Symbol] = [symbol(1.0)] * len(operands)
        elif is_written_by_name(operation):
            name = self._user_operation(operation, "_gradients")
            names = [self._names.new("local") if is_asked else "_" for is_asked in asked]
            unpacked = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
            arguments = ", ".join(x.text for x in (out, *symbols))
            self._lines.append(f"{unpacked} = {name}({arguments})")
            locals_ = [Symbol(name) for name in names]
        else:
            locals_ = self._array_locals(operation, out, symbols, asked)
        k = len(group.members)
        for local, (_, rows), is_asked in zip(locals_, operands, asked):
            if rows is None or not is_asked or local.text in ("0.0", "-0.0"):
                continue
            contribution = _product(local, upstream)
            if rows.count == 1 and k > 1:
                contribution = Symbol(f"{self._use('over_rows')}({contribution.text})")
            self._contribute_rows(rows, contribution, group.varies)

    def _array_locals(
        self, operation: Operation, out: Symbol, symbols: list[Symbol], asked: Sequence[bool]
    ) -> list[Symbol]:
        before = set(self._reader.used)
        locals_ = self._reader.local_gradients(operation, out, symbols)
        wanted = [local for local, is_asked in zip(locals_, asked) if is_asked]
        if sum(len(local.text) for local in wanted) <= 100 * len(wanted):
            return locals_
        # What is too long to read is a call of the formula, by its entry's name.
        self._reader.used.clear()
        self._reader.used.update(before)
        name = _IDENTIFIERS.get(operation.table_name, operation.table_name)
        function = self._use(f"{name}_gradients")
        names = [self._names.new("local") if is_asked else "_" for is_asked in asked]
        unpacked = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        arguments = [out.text, *(x.text for x in symbols), *(repr(x) for x in operation.static)]
        self._lines.append(f"{unpacked} = {function}({', '.join(arguments)})")
        return [Symbol(name) for name in names]

    def _matrix_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        weights, inputs, biases = self._split(group)
        k = len(group.members)
        n = len(weights) // k
        x = self._rows(inputs[:n])
        matrix = self._matrix_of(group, weights)
        summed = upstream
        if group.varies and not x.varies:
            summed = Symbol(f"{self._use('over_samples')}({upstream.text})")
        by_weights = f"{summed.text} @ {x.text}.T"
        rows = self._theta_range(weights)
        if rows is not None and self._asked[0]:
            if self._theta.written[rows].any():
                self._write_theta(rows, f"({by_weights}).reshape({k * n})")
            else:
                target = f"d_theta[{rows.start}:{rows.stop}].reshape({k}, {n})"
                self._lines.append(f"np.dot({summed.text}, {x.text}.T, out={target})")
                self._theta.written[rows] = True
        elif rows is None and self._is_asked(flat := self._rows(weights)):
            self._contribute_rows(flat, Symbol(f"({by_weights}).reshape({k * n}, 1)"), varies=False)
        for bias in biases:
            _, bias_rows = self._operand(bias)
            if bias_rows is not None and self._is_asked(bias_rows):
                contribution = upstream
                if bias_rows.count == 1 and k > 1:
                    contribution = Symbol(f"{self._use('over_rows')}({upstream.text})")
                self._contribute_rows(bias_rows, contribution, group.varies)
        if self._is_asked(x):
            self._contribute_rows(x, Symbol(f"{matrix}.T @ {upstream.text}", PRODUCT), group.varies)

    def _products_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        first, second, biases, (n, k) = self._factors(group)
        for factor, other in ((first, second), (second, first)):
            if self._is_asked(factor):
                stacked = self._stacked(other.text, n, k)
                text = self._flat(f"{stacked} * {upstream.text}", n, k)
                self._contribute_rows(factor, text, group.varies)
        for bias in biases:
            _, rows = self._operand(bias)
            if rows is not None and self._is_asked(rows):
                contribution = upstream
                if rows.count == 1 and k > 1:
                    contribution = Symbol(f"{self._use('over_rows')}({upstream.text})")
                self._contribute_rows(rows, contribution, group.varies)

    def _vectors_backward(self, group: Group, upstream: Symbol, out: Symbol) -> None:
        operation = group.operation
        assert operation is not None
        stacked, rows, (n, k), indices = self._vector(group)
        if operation.table_name in _DECIDED or not self._is_asked(rows):
            return
        if operation.table_name == "sum":
            local = f"np.ones(({n}, 1))" if k == 1 else f"np.ones(({n}, 1, 1))"
        elif operation.table_name == "mean":
            local = (
                f"np.full(({n}, 1), {1.0 / n!r})"
                if k == 1
                else f"np.full(({n}, 1, 1), {1.0 / n!r})"
            )
        elif indices:
            index, _ = self._operand(indices)
            local = f"{self._use('take_gradients')}({index.text}, {stacked})"
        else:
            local = f"{self._use(operation.table_name + '_gradients')}({out.text}, {stacked})"
        self._contribute_rows(rows, self._flat(f"{local} * {upstream.text}", n, k), group.varies)


_DECIDED = {"argmax", "argmin", "largest", "smallest"}
_IDENTIFIERS = {"/": "divide", "**": "pow"}

# The helpers of our own that generated source may call, besides the table's.
_OURS = (
    *("add_at", "average", "largest", "over_rows", "over_samples", "smallest", "take", "total"),
    *(f"{name}_gradients" for name in ("divide", "pow", "take", *ops.TABLE) if name.isidentifier()),
)


def _written_name(name: str) -> str:
    if name in _RENAMED:
        return _RENAMED[name]
    function = arrays.FUNCTIONS.get(name)
    return f"np.{function.__name__}" if isinstance(function, np.ufunc) else name


def _power(x: Symbol, exponent: Any) -> Symbol:
    if not isinstance(exponent, Symbol) and exponent in (1.0, 2.0):
        return x if exponent == 1.0 else Symbol(f"np.square({x.text})")
    return Symbol(f"np.power({x.text}, {symbol(exponent).text})")


def _where(condition: Symbol, a: Symbol, b: Symbol) -> Symbol:
    mask = ""
    if (a.text, b.text) == ("1.0", "0.0"):
        mask = f"({condition.text})"
    elif (a.text, b.text) == ("0.0", "1.0"):
        mask = f"~({condition.text})"
    return Symbol(f"np.where({condition.text}, {a.text}, {b.text})", ATOM, mask)


def _product(local: Symbol, upstream: Symbol) -> Symbol:
    if local.text == "1.0":
        return upstream
    if local.text == "-1.0":
        return -upstream
    if local.mask:
        return Symbol(f"{upstream.within(PRODUCT)} * {local.mask}", PRODUCT)
    return local * upstream


def _number(data: float) -> str:
    """A number as the source writes it."""
    return (
        repr(data) if data - data == 0.0 else f"{'-' if data < 0 else ''}np.{repr(data).strip('-')}"
    )


def _literal(data: float) -> Symbol:
    return symbol(data) if data - data == 0.0 else Symbol(_number(data), PRODUCT)


def _stem(name: str) -> str:
    """A name without what the last operation added to it."""
    return re.sub(f"_({'|'.join(sorted(set(_SPOKEN.values())))})(_[0-9]+)?$", "", name)


_SPOKEN = {
    **{name: name for name in ops.TABLE if name.isidentifier()},
    **{"+": "plus", "-": "minus", "*": "times", "/": "over", "**": "power"},
    **{"where <": "where", "where <=": "where", "take": "chosen", "dot": "sum"},
}


def _spoken(operation: Operation) -> str:
    return _SPOKEN.get(operation.table_name, operation.table_name or operation.name)
