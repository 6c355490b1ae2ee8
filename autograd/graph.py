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
    push, pop, see, place = stack.append, stack.pop, seen.add, operations.append
    while stack:
        node = pop()
        if node is None:
            place(pop())
            continue
        while node not in seen:
            see(node)
            left = node._left
            if left is None:
                leaves.append(node)
                break
            push(node)
            push(None)
            if left.__class__ is tuple:
                # A neuron met again with another sample has nothing new below it.
                if len(left) <= 8 or not seen.issuperset(left):
                    stack.extend([parent for parent in reversed(left) if parent not in seen])
                break
            right = node._right
            if right is not None and right not in seen:
                push(right)
            node = left
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
