"""Rows of arrays: where the numbers that a statement takes come from, and how that is written.

Each group of instructions is an array with a row for each instruction, and a column for each sample, or
one column if all samples share it. A statement's operand is a whole such array, or some of its rows, or
rows of several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograd import arrays, floats, ops
from autograd.compiler.grouping import Group, Grouping, common_path, dot_operands
from autograd.compiler.names import Names
from autograd.compiler.passes import varying
from autograd.compiler.program import Apply, Constant, Parameter
from autograd.compiler.symbols import ATOM, CHOICE, PRODUCT, Reader, Symbol, symbol
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


class Writer:
    """The lines of a function, as they are written, and the names in it.

    Attributes:
        groups, group_of, row_of: of the program, as `Grouping` has them.
        varies: whether each instruction's number differs between samples.
        name_of: the name of each group's array.
        sizes: how many rows each group has.
        lines: the statements so far.
        views: those that give parameters their names, which come first.
        constants: arrays of numbers and of rows, which stand above the function.
        user_operations: the user's own functions by name: the operation, and "" or "_gradients".
        elementwise: the groups whose rows are used elsewhere than, all of them, in matrix products.
    """

    def __init__(
        self, grouping: Grouping, argument_names: Sequence[str], parameter_labels: Sequence[str]
    ) -> None:
        self.grouping = grouping
        self.program = grouping.program
        self.groups = grouping.groups
        self.group_of = np.array(grouping.group_of, dtype=np.intp)
        self.row_of = np.array(grouping.row_of, dtype=np.intp)
        self.varies = varying(grouping.program)
        self._labels = parameter_labels
        self.reader = Reader(written_name, _where, {"power": _power})
        self.names = Names([*map(written_name, floats.FUNCTIONS), *_HELPERS, *_RESERVED])
        self.argument_names = [self.names.new(name) for name in argument_names]
        self.name_of = ["theta", "constants", "draws", *self.argument_names]
        self.sizes = [self._size(index) for index in range(len(self.groups))]
        self.lines: list[str] = []
        self.views: list[str] = []
        self.constants: list[str] = []
        self.user_operations: dict[str, tuple[Operation, str]] = {}
        self.made: dict[bytes, Rows] = {}
        self.elementwise: set[int] = set()
        self._numbers = [self._constant(member) for member in self.groups[1].members]

    def operands(self, group: Group) -> list[list[int]]:
        """For each operand, the positions of it, row by row."""
        return [list(column) for column in zip(*(self.apply(m).operands for m in group.members))]

    def apply(self, position: int) -> Apply:
        instruction = self.program.instructions[position]
        assert isinstance(instruction, Apply)
        return instruction

    def split(self, group: Group) -> tuple[list[int], list[int], list[list[int]]]:
        """The operands of a group of dots: all weights, row after row; all inputs; the biases."""
        split = [dot_operands(self.apply(m).operands, self.varies) for m in group.members]
        if len(split) == 1 and not group.varies:
            # A penalty: the order does not matter, so let it be the one that they have in `theta`.
            ((weights, inputs, bias),) = split
            order = sorted(
                range(len(weights)),
                key=lambda i: (self.group_of[weights[i]], self.row_of[weights[i]]),
            )
            split = [([weights[i] for i in order], [inputs[i] for i in order], bias)]
        weights = [w for ws, _, _ in split for w in ws]
        inputs = [x for _, xs, _ in split for x in xs]
        biases = [[bias[0] for _, _, bias in split]] if split[0][2] else []
        return weights, inputs, biases

    def factors(self, group: Group) -> tuple[Rows, Rows, list[list[int]], tuple[int, int]]:
        weights, inputs, biases = self.split(group)
        k = len(group.members)
        n = len(weights) // k
        first, second = (
            [factors[row * n + i] for i in range(n) for row in range(k)]
            for factors in (weights, inputs)
        )
        return self.rows(first), self.rows(second), biases, (n, k)

    def vector(self, group: Group) -> tuple[str, Rows, tuple[int, int], list[str]]:
        """The operands of a group of n-ary operations, stacked; and the index, if one decides."""
        operands = [self.apply(m).operands for m in group.members]
        index: list[str] = []
        assert group.operation is not None
        if group.operation.arguments is ops.index_and_vector:
            indices = [own[0] for own in operands]
            operands = [own[1:] for own in operands]
            index = [self.rows(indices[:1] if len(set(indices)) == 1 else indices).text]
        k, n = len(operands), len(operands[0])
        rows = self.rows([own[i] for i in range(n) for own in operands])
        return self.stacked(rows.text, n, k), rows, (n, k), index

    def stacked(self, text: str, n: int, k: int) -> str:
        """Operand after operand: of shape (n, columns) for one result, (n, k, columns) for k."""
        if k == 1:
            return text
        atom = text if " " not in text else f"({text})"
        return f"{atom}.reshape({n}, {k}, -1)"

    def flat(self, text: str, n: int, k: int) -> Symbol:
        return Symbol(text, PRODUCT) if k == 1 else Symbol(f"({text}).reshape({n * k}, -1)")

    def rows(self, positions: Sequence[int], wish: str = "") -> Rows:
        """The array of these instructions' numbers, a row each; named, unless it is a whole group."""
        rows = self._rows(positions, wish)
        self.elementwise.update(piece.group for piece in rows.pieces)
        return rows

    def columns_of_matrix(self, positions: Sequence[int], wish: str = "") -> Rows:
        """The same, for the right-hand side of a matrix product."""
        rows = self._rows(positions, wish)
        if len(rows.pieces) > 1 or not rows.pieces[0].is_whole:
            self.elementwise.update(piece.group for piece in rows.pieces)
        return rows

    def _rows(self, positions: Sequence[int], wish: str) -> Rows:
        ids = np.array(positions, dtype=np.intp)
        key = ids.tobytes()
        if key in self.made:
            return self.made[key]
        pieces = self._pieces(ids)
        varies = any(self.groups[piece.group].varies for piece in pieces)
        texts = [self._piece_text(piece, varies and len(pieces) > 1) for piece in pieces]
        if len(pieces) == 1:
            text, (piece,) = texts[0], pieces
            if self.groups[piece.group].kind == "theta":
                text = self.view(self.path_name(positions, wish), text)
            elif not piece.is_whole and self.groups[piece.group].kind != "constants":
                text = self.assign(wish or f"{self.name_of[piece.group]}_rows", text)
        else:
            text = self.assign(wish or "rows", f"np.concatenate(({', '.join(texts)}))")
        rows = self.made[key] = Rows(text, pieces, len(ids), varies)
        return rows

    def operand(
        self, positions: Sequence[int], wish: str = "", operation: Operation | None = None
    ) -> tuple[Symbol, Rows | None]:
        """One operand of an elementwise statement: a number, one row for all, or a row for each."""
        first = self.program.instructions[positions[0]]
        if isinstance(first, Constant) and len(set(map(self._constant, positions))) == 1:
            divides = operation is not None and operation.table_name in ("/", "%", "//")
            if first.data or not divides:  # 1.0 / 0.0, as written, is Python's, which raises
                return _literal(first.data), None
        if len(positions) > 1 and len(set(positions)) == 1:
            positions = positions[:1]
        rows = self.rows(positions, wish)
        return Symbol(rows.text), rows

    def matrix_of(self, group: Group, weights: list[int]) -> str:
        """The expression of the matrix of weights, (rows, inputs)."""
        k = len(group.members)
        # a matrix of one column and its transpose are the same weights, in other shapes
        key = np.array(weights, dtype=np.intp).tobytes() + b"%d rows" % k
        if key not in self.made:
            rows = self.theta_range(weights)
            if rows is not None:
                wish = self.path_name(weights, "weight")
                n = len(weights) // k
                text = self.view(wish, f"theta[{rows.start}:{rows.stop}].reshape({k}, {n})")
            else:
                flat = self.rows(weights, "weights")
                text = self.assign("weight", f"{flat.text}.reshape({k}, {len(weights) // k})")
            self.made[key] = Rows(text, [], k, False)
        return self.made[key].text

    def theta_range(self, positions: list[int]) -> slice | None:
        """The part of the vector that these parameters are, if they are one."""
        ids = np.array(positions, dtype=np.intp)
        rows = self.row_of[ids]
        if (self.group_of[ids] == 0).all() and (np.diff(rows) == 1).all():
            return slice(int(rows[0]), int(rows[-1]) + 1, 1)
        return None

    def assign(self, wish: str, text: str, comment: str = "") -> str:
        name = self.names.new(wish)
        self.lines.append(f"{name} = {text}" + (f"  # {comment}" if comment else ""))
        return name

    def view(self, wish: str, text: str) -> str:
        name = self.names.new(wish)
        self.views.append(f"{name} = {text}")
        return name

    def use(self, name: str) -> str:
        self.reader.used.add(name)
        return name

    def user_operation(self, operation: Operation, suffix: str) -> str:
        for name, known in self.user_operations.items():
            if known == (operation, suffix):
                return name
        name = self.names.new(operation.name + suffix)
        self.user_operations[name] = (operation, suffix)
        return name

    def index(self, rows: Any) -> str:
        if isinstance(rows, slice):
            step = f":{rows.step}" if rows.step != 1 else ""
            return f"{rows.start}:{rows.stop}{step}"
        return self._constant_array(f"np.array({rows})", "rows")

    def label(self, position: int) -> str:
        instruction = self.program.instructions[position]
        return self._labels[instruction.number] if isinstance(instruction, Parameter) else ""

    def path_name(self, positions: Sequence[int], wish: str) -> str:
        """A name for parameters: the path that they have in common, or the label if there is one."""
        labels = [self.label(position) for position in (positions[0], positions[-1])]
        path = common_path(labels)
        if path and wish:
            return f"{path}.{wish}"
        if len(positions) == 1 and labels[0]:
            return labels[0]
        return ".".join(filter(None, [path, wish or "parameters"]))

    def _pieces(self, ids: Any) -> list[Piece]:
        groups, rows = self.group_of[ids], self.row_of[ids]
        bounds = np.flatnonzero(np.diff(groups)) + 1
        pieces = []
        for start, stop in zip([0, *bounds.tolist()], [*bounds.tolist(), len(ids)]):
            pieces += self._pieces_of_group(int(groups[start]), rows[start:stop], start)
        return pieces

    def _pieces_of_group(self, group: int, rows: Any, start: int) -> list[Piece]:
        steps = np.diff(rows)
        size = self.sizes[group]
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
        group = self.groups[piece.group]
        name = self.name_of[piece.group]
        if group.kind == "constants":
            numbers = np.array(self._numbers, dtype=object)[piece.rows].tolist()
            text = self._constant_array(
                f"np.array([{', '.join(f'[{x}]' for x in numbers)}])", "numbers"
            )
        elif group.kind == "theta":
            text = f"theta[{self.index(piece.rows)}, None]"
        elif piece.is_whole:
            text = name
        else:
            text = f"{name}[{self.index(piece.rows)}]"
        if isinstance(piece.rows, slice) and piece.rows.step != 1:
            text += ".copy()"  # for matrix products and reshape, which like memory in one piece
        if spread and not group.varies:
            return f"np.broadcast_to({text}, ({piece.stop - piece.start}, batch))"
        return text

    def _constant_array(self, text: str, wish: str) -> str:
        for line in self.constants:
            name, _, known = line.partition(" = ")
            if known == text:
                return name
        name = self.names.new(wish)
        self.constants.append(f"{name} = {text}")
        return name

    def _constant(self, position: int) -> str:
        instruction = self.program.instructions[position]
        assert isinstance(instruction, Constant)
        return _number(instruction.data)

    def _size(self, index: int) -> int:
        group = self.groups[index]
        if group.kind == "theta":
            return len(self.grouping.parameters)
        if group.kind in ("input", "random"):
            return group.n_leaves
        return len(group.members)


# Names that generated source has for something else.
_HELPERS = (
    *("add_at", "average", "largest", "over_rows", "over_samples", "smallest", "take", "total"),
    *(
        f"{name}_gradients"
        for name in ("divide", "pow", *ops.TABLE, *ops.DECISIONS)
        if name.isidentifier()
    ),
)
_RESERVED = (
    "np",
    "batch",
    "ones",
    "theta",
    "d_theta",
    "draws",
    "constants",
    "value",
    "value_and_grad",
)


def written_name(name: str) -> str:
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
    return Symbol(f"np.where({condition.text}, {a.within(CHOICE)}, {b.within(CHOICE)})", ATOM, mask)


def _number(data: float) -> str:
    """A number as the source writes it."""
    return (
        repr(data) if data - data == 0.0 else f"{'-' if data < 0 else ''}np.{repr(data).strip('-')}"
    )


def _literal(data: float) -> Symbol:
    return symbol(data) if data - data == 0.0 else Symbol(_number(data), PRODUCT)
