"""Generated source becomes a module, in memory: what runs is the text that was just generated.

No file is written or read. `linecache` is told of the text, so that tracebacks, debuggers and
`inspect.getsource` show it.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from itertools import count
from types import ModuleType
from typing import Any
from weakref import finalize

_numbers = count(1)


def load(text: str, names: Mapping[str, Any]) -> ModuleType:
    """Run source as a module; `names` are functions that it calls and does not import.

    >>> load("def value(x):\\n    return twice(x)\\n", {"twice": lambda x: 2.0 * x}).value(3.0)
    6.0
    """
    filename = f"<compiled {next(_numbers)}>"
    # without a time of change, which keeps linecache from looking for a file
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = ModuleType("autograd.compiled")
    finalize(module, linecache.cache.pop, filename, None).atexit = False
    vars(module).update(names)
    exec(compile(text, filename, "exec", dont_inherit=True), vars(module))
    return module
