"""Values → what the page computes with: a program, and what is said of it, as JSON.

The program is the graph itself: Values in topological order, each by its number, with the data and the
local gradients of a forward pass. The page multiplies and adds those as `backward()` does, in the same
order; once a leaf is edited, it evaluates what depends on it by the table's JavaScript.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from autograd import Value, topological_order
from autograd.compiler.symbols import is_written_by_name
from autograd.conversion import as_float
from autograd.modes import mode
from autograd.ops import Operation
from autograd.value import leaf, nary
from nn import Module
from viz.modules import Parameters
from viz.numbers import symbol
from viz.page.formulas import described
from viz.page.javascript import key_of
from viz.page.scene import Names
from viz.recordings import line_of


@dataclass(frozen=True)
class Run:
    """A graph computed with the data that its leaves have now.

    Attributes:
        values: the Values that were given, in topological order.
        fresh: their copies, in the same order, after a forward and a backward pass. The Values
            themselves, and their gradients, stay as they are.
        is_stale: whether the data of some Value was other than it is in the copy: a leaf has changed.
    """

    values: tuple[Value, ...]
    fresh: tuple[Value, ...]
    is_stale: bool

    @classmethod
    def of(cls, root: Value) -> Run:
        """The run of all that `root` depends on; what a user's own operation raises is passed on."""
        values = topological_order(root)
        copies: dict[Value, Value] = {}
        with mode(None):  # whatever is recorded, or forbidden, around
            for value in values:
                copies[value] = _again(value, copies)
        copies[root].backward()
        is_stale = any(not _equal(value.data, copies[value].data) for value in values)
        return cls(tuple(values), tuple(copies.values()), is_stale)

    @property
    def operations(self) -> list[Operation]:
        """The operations of the graph, each once, in the order of their first use."""
        return list(dict.fromkeys(value.operation for value in self.values if value.parents))


def _again(value: Value, copies: Mapping[Value, Value]) -> Value:
    if not value.parents:
        data = as_float(value.data, f"the data of {value.label or 'a leaf'}")
        return leaf(data, value.operation)
    parents = tuple(copies[parent] for parent in value.parents)
    operands = value.operation.arguments(tuple(parent.data for parent in parents))
    return nary(value.operation, parents, *operands)


def _equal(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def program(run: Run, names: Names, model: Module | None) -> dict[str, Any]:
    """The program of a run, and what the page says of its Values, ready for JSON.

    Numbers that JSON has no name for are strings.
    """
    index = {value: i for i, value in enumerate(run.values)}
    descending = _descending(run, model)
    values = []
    for i, (value, fresh) in enumerate(zip(run.values, run.fresh, strict=True)):
        entry: dict[str, Any] = {"name": names.short[i], "kind": value.kind}
        entry["data"] = number(fresh.data)
        if names.full[i] and names.full[i] != names.short[i]:
            entry["label"] = names.full[i]
        if value.parents:
            operation = value.operation
            entry["operation"] = _key(operation)
            entry["parents"] = [index[parent] for parent in value.parents]
            entry["locals"] = [number(local) for local in fresh.local_gradients]
        elif value in descending:
            entry["descends"] = True
        if (line := line_of(value)) is not None:
            entry["line"] = line
        values.append(entry)
    return {"values": values, "operations": _operations(run)}


def _key(operation: Operation) -> str:
    return f"own {operation.name}" if is_written_by_name(operation) else key_of(operation)


def _operations(run: Run) -> dict[str, Any]:
    """What the page has to know of each operation, by its key in the JavaScript table."""
    arity = {value.operation: len(value.parents) for value in run.values}
    operations: dict[str, Any] = {}
    for operation in run.operations:
        entry: dict[str, Any] = {"name": operation.name, "sign": symbol(operation.name)}
        if is_written_by_name(operation):
            entry["isOwn"] = True
        else:
            entry["entry"] = operation.table_name
            entry["static"] = [number(float(each)) for each in operation.static]
            entry["formula"], entry["localFormulas"] = described(operation, arity[operation])
        operations[_key(operation)] = entry
    return operations


def _descending(run: Run, model: Module | None) -> Collection[Value]:
    """The leaves that a step of gradient descent moves: the model's parameters, or all leaves."""
    leaves = [value for value in run.values if value.kind == "leaf"]
    parameters = Parameters.by_labels(leaves) if model is None else Parameters.of_model(model)
    return {value for value in leaves if value in parameters.paths} or set(leaves)


def number(x: float) -> float | str:
    """A number for JSON, which has no names for three of them.

    >>> number(0.5), number(-math.inf)
    (0.5, '-Infinity')
    """
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
