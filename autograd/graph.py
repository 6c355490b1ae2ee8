"""Walks of the computation graph. None recurses: a chain of a million nodes is an ordinary graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.value import Value


def walk(*roots: Value) -> tuple[list[Value], list[Value]]:
    """The nodes that the roots depend on, roots included, each once: the leaves, then the operations.

    The operations are in topological order, parents before what is computed from them.
    """
    leaves: list[Value] = []
    operations: list[Value] = []
    seen: set[Value] = set()
    # A node goes back on the stack beneath its parents, with None above it: when None is met again,
    # all its parents have been placed.
    stack: list[Any] = list(reversed(roots))
    push, pop, see = stack.append, stack.pop, seen.add
    while stack:
        node = pop()
        if node is None:
            operations.append(pop())
        elif node not in seen:
            see(node)
            parents = node.parents
            if not parents:
                leaves.append(node)
                continue
            push(node)
            push(None)
            if len(parents) > 8 and seen.issuperset(parents):
                continue  # a neuron met again with another sample: nothing new below it
            for parent in reversed(parents):
                if parent not in seen:
                    push(parent)
    return leaves, operations


def topological_order(*roots: Value) -> list[Value]:
    """Every node that the roots depend on, roots included, each once; parents before children.

    >>> from autograd import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', '*', '+']
    """
    leaves, operations = walk(*roots)
    return leaves + operations
