"""Recordings: what was computed before something failed, to be drawn."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from weakref import WeakKeyDictionary

from autograd import Value
from autograd.modes import mode
from autograd.tracing import users_line

# The file and the line of the caller's code that made a Value, for as long as the Value lives.
_lines: WeakKeyDictionary[Value, tuple[str, int]] = WeakKeyDictionary()
_NOTEBOOK = re.compile(r"ipykernel_\d+|^<ipython-input")


@dataclass(eq=False)
class Recording:
    """The Values that were computed in a `recording()` block.

    Attributes:
        values: the operations, in the order in which they were computed.
        error: what was raised in the block; None if nothing was.

    >>> with recording() as computation:
    ...     y = Value(3.0, "x") * 2 + 1
    >>> [value.op for value in computation.values], computation.ends == [y]
    (['*', '+'], True)
    """

    values: list[Value] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def ends(self) -> list[Value]:
        """The Values that no other was computed from: the results, or what was there at the failure."""
        used = {parent for value in self.values for parent in value.parents}
        return [value for value in self.values if value not in used]

    def __repr__(self) -> str:
        failed = "" if self.error is None else f", then {type(self.error).__name__}"
        return f"<Recording of {len(self.values)} operations{failed}: viz.draw() draws it>"


@contextmanager
def recording() -> Iterator[Recording]:
    """Within this block all that is computed is kept, so that it can be drawn even if it fails.

    In a notebook, run the failing code in such a block, and draw the recording in the next cell.
    `viz.backprop` then tells for each node which line of code made it.

    >>> import viz
    >>> x = Value(0.0, "x")
    >>> try:
    ...     with viz.recording() as computation:
    ...         y = (x + 1.0).log() * "2"
    ... except TypeError:
    ...     picture = viz.draw(computation)
    >>> computation
    <Recording of 2 operations, then TypeError: viz.draw() draws it>
    """
    result = Recording()

    def keep(node: Value) -> Value:
        if node.parents:  # within no_grad() there are none
            result.values.append(node)
            _lines[node] = users_line()
        return node

    with mode(keep):
        try:
            yield result
        except BaseException as error:
            result.error = error
            raise


def line_of(value: Value) -> str | None:
    """Which line of code made a Value, if it was made in a `recording()` block.

    >>> print(line_of(Value(1.0) * 2))
    None
    """
    if (line := _lines.get(value)) is None:
        return None
    path, number = line
    text = linecache.getline(path, number).strip()
    file = "notebook cell" if _NOTEBOOK.search(path) else PurePath(path).name
    return f"{file}, line {number}" + (f": {text}" if text else "")
