"""Names in generated source: the user's labels, where there are any."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

_LONGEST = 80  # characters of a name


class Names:
    """Gives out names, each once.

    >>> names = Names(["exp"])
    >>> names.new("layers.0.neurons.3.w1"), names.new("exp"), names.new("w"), names.new("w")
    ('layers_0_neurons_3_w1', 'exp_', 'w', 'w_2')
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = {*reserved, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
        self._taken: dict[str, int] = {}

    def new(self, wish: str) -> str:
        """An identifier like the one wished for, and unlike all others."""
        # In this form Python reads identifiers: without it, two that look different may be the same.
        wish = unicodedata.normalize("NFKC", wish)
        name = re.sub(r"\W+", "_", wish).strip("_")[:_LONGEST] or "v"
        if name[0].isdigit():
            name = f"v{name}"
        if not name.isidentifier():
            name = "v"
        if name in self._reserved:
            name += "_"
        count = self._taken.get(name, 0) + 1
        self._taken[name] = count
        if count == 1:
            return name
        return self.new(f"{name[: _LONGEST - 10]}_{count}")


def names_in(source: str) -> set[str]:
    """The identifiers in a source, and in its comments.

    >>> sorted(names_in("y = np.exp(x)"))
    ['exp', 'np', 'x', 'y']
    """
    return set(re.findall(r"[^\W\d]\w*", source))


def import_of(names: Collection[str], module: str) -> str:
    """The statement that imports names from a module, in several lines if one would be too long.

    >>> import_of(["erf", "total"], "functions")
    'from functions import erf, total'
    """
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 100:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
