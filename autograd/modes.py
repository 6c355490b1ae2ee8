"""Modes: what becomes of each new node within a `with` block, in the current thread or task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value

Hook = Callable[["Value"], "Value"]


class _Block:
    """A `with` block: what each new node passes through, for as long as the block is open."""

    __slots__ = ("function", "is_open")

    def __init__(self, function: Hook | None) -> None:
        self.function, self.is_open = function, True


# The blocks around the code that runs, outermost first. Blocks of suspended generators may end in any
# order, and in another task than they began in. So each ends by itself, whatever stands around it.
_blocks: ContextVar[tuple[_Block, ...]] = ContextVar("autograd.blocks", default=())

# What they come to: every operation passes its new node through this function, if there is one.
_hook: ContextVar[Hook | None] = ContextVar("autograd.hook", default=None)
current_mode = _hook.get


class AnomalyError(ArithmeticError):
    """An operation made a nan or an infinity out of finite numbers; see `detect_anomaly`.

    >>> issubclass(AnomalyError, ArithmeticError)
    True
    """


@contextmanager
def mode(function: Hook | None) -> Iterator[None]:
    """Within this block each new node passes through `function`, after those of the blocks around it.

    None suspends these: what is computed within the block is recorded, whatever surrounds it.
    """
    block = _Block(function)
    try:
        _set_blocks((*_blocks.get(), block))
        yield
    finally:
        block.is_open = False
        _set_blocks(_blocks.get())


def open_modes() -> list[Hook | None]:
    """What `mode` was given for each of the blocks around the code that runs, outermost first."""
    return [block.function for block in _blocks.get() if block.is_open]


def _set_blocks(blocks: tuple[_Block, ...]) -> None:
    blocks = tuple(block for block in blocks if block.is_open)
    # An anomaly is looked for in what was computed, before anything becomes of it.
    active = sorted(_active(blocks), key=lambda block: block.function is not _check)

    def hook(node: Value) -> Value:
        for block in active:
            if block.is_open:
                assert block.function is not None
                node = block.function(node)
            else:  # it ended in another task
                _set_blocks(_blocks.get())
        return node

    _blocks.set(blocks)
    _hook.set(hook if active else None)


def _active(blocks: tuple[_Block, ...]) -> tuple[_Block, ...]:
    """The open blocks that none within them has suspended."""
    blocks = tuple(block for block in blocks if block.is_open)
    suspending = [i for i, block in enumerate(blocks) if block.function is None]
    return blocks[suspending[-1] + 1 :] if suspending else blocks


def no_grad() -> AbstractContextManager[None]:
    """Within this block operations compute, and record nothing: their results are constants.

    Threads are apart, and so are tasks. A generator that is suspended within the block has not left it:
    so a function of yours can be made a block, by `contextlib.contextmanager`.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.kind, y.parents
    (9.0, 'constant', ())
    """
    return mode(_forget)


def _forget(node: Value) -> Value:
    from autograd.value import CONSTANT, leaf

    return leaf(node.data, CONSTANT)


def is_forgetting() -> bool:
    """Whether the code that runs is within `no_grad`."""
    return any(block.function is _forget for block in _active(_blocks.get()))


@contextmanager
def recording() -> Iterator[None]:
    """Within this block results are recorded though `no_grad` surrounds it; other modes stay."""
    with ExitStack() as stack:
        if is_forgetting():
            functions = [block.function for block in _active(_blocks.get())]
            for function in (None, *(each for each in functions if each is not _forget)):
                stack.enter_context(mode(function))
        yield


def detect_anomaly() -> AbstractContextManager[None]:
    """Within this block the first nan or infinity that is made of finite numbers is an error.

    Raises AnomalyError, which names the operation, its operands and their labels. Outside such a
    block arithmetic never raises, and a nan may be noticed only at the very end.

    >>> from autograd import Value, detect_anomaly
    >>> x = Value(0.0, "x")
    >>> with detect_anomaly():
    ...     y = x.log() * 0
    Traceback (most recent call last):
        ...
    autograd.modes.AnomalyError: log made -inf out of finite operands: Value(0.0, 'x')
    """
    return mode(_check)


def is_detecting() -> bool:
    """Whether results that are not finite are looked for, by compiled code too."""
    # (at each call of compiled code, mostly outside of all blocks)
    return bool(_blocks.get()) and _check in open_modes()


def _check(node: Value) -> Value:
    if not isfinite(node.data) and all(isfinite(parent.data) for parent in node.parents):
        raise AnomalyError(
            f"{node.op} made {node.data} out of finite operands: {operands_of(node)}"
        )
    return node


def operands_of(node: Value) -> str:
    """The operands of a node for a message: the first eight, and how many more there are."""
    operands = ", ".join(map(repr, node.parents[:8]))
    return operands + (f" and {len(node.parents) - 8} more" if len(node.parents) > 8 else "")
