"""What users of micrograd and of PyTorch look for in a Value, and what to use in its place."""

from __future__ import annotations

from typing import Any

_GRAPH = "viz.draw(root) draws the graph"
_NUMBER = "a Value is one number: use .data, or .item()"
_SHAPE = "a Value is one number: of many, make a list or a NumPy array of Values"
_GRADIENT = (
    "every Value gets a gradient: .detach() cuts it off, no_grad() records nothing, and a model's "
    "freeze() holds its parameters"
)
_NOTES = (
    "keep what you note about a Value in a dict keyed by it, as moments = {p: 0.0 for p in parameters} "
    "and then moments[p]"
)

ADVICE = {
    # micrograd, and programs made after it
    "_prev": f"its operands are .parents, in order; {_GRAPH}",
    "_children": f"its operands are .parents, in order; {_GRAPH}",
    "children": f"its operands are .parents, in order; {_GRAPH}",
    "_op": f"the name of its operation is .op; {_GRAPH}",
    "_backward": (
        "backward() multiplies the .local_gradients of each node; an operation of your own is made by "
        "autograd.primitive"
    ),
    "_local_grads": "they are .local_gradients",
    "name": "its name is .label",
    "value": "the number is .data",
    **dict.fromkeys(
        (
            *("m", "v", "s", "m_hat", "v_hat", "momentum", "velocity", "cache", "state"),
            *("mean", "var", "exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg"),
            *("prev_grad", "grad_squared", "g", "g2", "r", "t", "step", "steps", "lr"),
        ),
        _NOTES,
    ),
    **dict.fromkeys(
        (
            *(
                "color",
                "colour",
                "_color",
                "_colour",
                "my_color",
                "my_colour",
                "fillcolor",
                "style",
            ),
            *("id", "uid", "visited", "depth", "level", "position", "pos", "x", "y", "tag", "note"),
        ),
        f"{_NOTES}; {_GRAPH}",
    ),
    # PyTorch
    **dict.fromkeys(("requires_grad", "requires_grad_", "retain_grad"), _GRADIENT),
    **dict.fromkeys(("numpy", "tolist", "cpu", "cuda", "to"), _NUMBER),
    **dict.fromkeys(
        ("shape", "dtype", "ndim", "size", "numel", "dim", "T", "view", "reshape"), _SHAPE
    ),
    "grad_fn": "the name of its operation is .op, its operands are .parents",
    "is_leaf": "a leaf has no .parents; .kind says what a node is",
    "clamp": "use .clip(low, high)",
    "pow": "use x ** exponent",
}


class Absent:
    """An attribute that a class does not have: who reads or sets it is told what to use instead.

    `hasattr` is False, and no other attribute costs any more to read or to set than without it. A
    subclass that has attributes of its own may have this one.
    """

    def __init__(self, name: str, advice: str) -> None:
        self._name = name
        self._message = f"a Value has no attribute {name!r}: {advice}"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        own = getattr(instance, "__dict__", {})
        if instance is None or self._name not in own:
            raise AttributeError(self._message)
        return own[self._name]

    def __set__(self, instance: Any, value: Any) -> None:
        if not hasattr(instance, "__dict__"):
            raise AttributeError(self._message)
        instance.__dict__[self._name] = value

    def __delete__(self, instance: Any) -> None:
        if self._name not in getattr(instance, "__dict__", {}):
            raise AttributeError(self._message)
        del instance.__dict__[self._name]
