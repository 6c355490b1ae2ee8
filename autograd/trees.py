"""Trees: numbers in nested lists, tuples, dicts and arrays, as arguments and results of functions.

A leaf is all that is none of these; a NumPy scalar and a 0-d array are leaves. A namedtuple stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def is_array(tree: Any) -> bool:
    """Whether this is an array, or like one, of at least one axis."""
    return getattr(tree, "shape", ()) != ()


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree of the same structure, with a function of each leaf in its place.

    Of an array it is an array: of floats, of other things if they are none, or with more axes if the
    function makes arrays of one shape. (Of numbers each of which becomes a list it is nested lists.)

    >>> mapped(lambda x: 2 * x, {"w": [1, 2], "b": (3,)})
    {'w': [2, 4], 'b': (6,)}
    """
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    if isinstance(tree, tuple):
        parts = [mapped(function, part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    if isinstance(tree, list):
        return [mapped(function, part) for part in tree]
    if is_array(tree):
        import numpy as np

        array = np.asarray(tree)
        return _array([function(x) for x in array.flat], array.shape)
    return function(tree)


def paths(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Each leaf, in the order of `mapped`, with the expression for it, if the tree has this name.

    >>> [path for path, _ in paths({"w": [1, 2], "b": 3}, "p")]
    ['p["w"][0]', 'p["w"][1]', 'p["b"]']
    """
    if is_array(tree):
        import numpy as np

        for index, x in np.ndenumerate(np.asarray(tree)):
            yield f"{name}[{', '.join(map(str, index))}]", x
    elif isinstance(tree, dict):
        for key, part in tree.items():
            yield from paths(
                part, f'{name}["{key}"]' if isinstance(key, str) else f"{name}[{key!r}]"
            )
    elif hasattr(tree, "_fields"):
        for field, part in zip(tree._fields, tree):
            yield from paths(part, f"{name}.{field}")
    elif isinstance(tree, (list, tuple)):
        for i, part in enumerate(tree):
            yield from paths(part, f"{name}[{i}]")
    else:
        yield name, tree


def leaves(tree: Any) -> list[Any]:
    """The leaves, in the order of `mapped`.

    >>> leaves([1, (2, {"x": 3})])
    [1, 2, 3]
    """
    if is_array(tree):
        import numpy as np

        return list(np.asarray(tree).flat)
    if not isinstance(tree, (dict, list, tuple)):
        return [tree]
    parts = tree.values() if isinstance(tree, dict) else tree
    return [leaf for part in parts for leaf in leaves(part)]


def stacked(tree: Any) -> Any:
    """Nested lists of one shape as an array of objects; any other tree as it is."""
    if not isinstance(tree, (list, tuple)):
        return tree
    import numpy as np

    array = np.array(tree, dtype=object)
    is_regular = not any(isinstance(x, (dict, list, tuple)) for x in array.flat)
    return array if is_regular else tree


def _array(parts: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    if any(isinstance(part, (dict, list, tuple)) for part in parts):
        return _nested(iter(parts), shape)
    if all(isinstance(part, float) for part in parts):
        return np.array(parts, dtype=np.float64).reshape(shape)
    if any(is_array(part) for part in parts):
        return np.stack(parts).reshape(shape + parts[0].shape)
    array = np.empty(len(parts), dtype=object)
    array[:] = parts
    return array.reshape(shape)


def _nested(parts: Iterator[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return next(parts)
    return [_nested(parts, shape[1:]) for _ in range(shape[0])]
