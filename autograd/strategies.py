"""Hypothesis strategies for tests of derivatives: numbers, Values, and random programs.

    from hypothesis import given
    from autograd.strategies import programs

    @given(programs())
    def test_my_compiler(program):
        assert my_compiler(program)(*program.inputs) == program(*program.inputs)

A program is a function of a few numbers, made of the operations of the derivative table, with shared
nodes; it prints as the Python code that it runs. It can be trusted to be well-behaved at its inputs:
each node there is well-conditioned, away from kinks and poles, and of moderate size, as are its local
gradients. So what a test finds is a fault, and not the amplified rounding of one number.

Needs Hypothesis, which `pip install glassgrad[test]` brings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

try:
    from hypothesis import reject
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "autograd.strategies needs Hypothesis: pip install 'glassgrad[test]', or pip install hypothesis"
    ) from error

import autograd
from autograd import ops
from autograd.gradcheck import kink_distance
from autograd.value import Value


def finite_floats(
    min_value: float | None = None, max_value: float | None = None
) -> st.SearchStrategy[float]:
    """Floats, within the bounds if given, neither nan nor infinite; subnormal ones among them.

    >>> from hypothesis import find
    >>> find(finite_floats(), lambda x: x > 2.5)
    3.0
    """
    return st.floats(min_value, max_value, allow_nan=False, allow_infinity=False)


def values(
    elements: st.SearchStrategy[float] | None = None, label: str = ""
) -> st.SearchStrategy[Value]:
    """Leaves: a new Value at each draw, its data from `elements` (finite floats if not given).

    >>> from hypothesis import find
    >>> find(values(), lambda v: v > 2.5)
    Value(3.0)
    """
    return st.builds(Value, finite_floats() if elements is None else elements, st.just(label))


# How an entry is written, where it is not simply called by its name: its operands and its static
# arguments are filled in.
_OPERATORS = {
    "+": "{} + {}",
    "-": "{} - {}",
    "*": "{} * {}",
    "/": "{} / {}",
    "%": "{} % {}",
    "//": "{} // {}",
    "**": "{} ** {}",
    "power": "{} ** {}",
    "neg": "-{}",
}
_MPMATHS_OPERATORS = _OPERATORS | {"//": "floor_divide({}, {})"}  # its numbers have no //


@dataclass(frozen=True)
class Step:
    """One node of a program.

    Attributes:
        entry: the name of its entry in the derivative table.
        operands: for each operand a number, if it is a float, or else the position of a node: the
            inputs count first, then the steps.
        static: the entry's static arguments.
    """

    entry: str
    operands: tuple[int | float, ...]
    static: tuple[Any, ...] = ()

    def source(self, names: Sequence[str], operators: Mapping[str, str] = _OPERATORS) -> str:
        """This step as a Python expression, given the names of the nodes."""
        operands = [repr(x) if isinstance(x, float) else names[x] for x in self.operands]
        static = [repr(x) for x in self.static]
        if self.entry in operators:
            atoms = [f"({x})" if x.startswith("-") else x for x in operands]
            return operators[self.entry].format(*atoms, *static)
        if self.entry == "dot":
            ws, xs, *bias = ops.weights_inputs_bias(operands)
            arguments = [_list(ws), _list(xs), *bias]
        elif self.entry == "where":
            arguments = [*static, *operands]
        elif is_nary(self.entry):
            arguments = [*static, _list(operands)]
        else:
            arguments = [*operands, *static]
        return f"{self.entry}({', '.join(arguments)})"


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(items)}]"


def is_nary(entry: str) -> bool:
    """Whether an entry of the table takes any number of operands."""
    return entry not in ops.DERIVATIVES and ops.TABLE[entry].arguments is not tuple


@dataclass(frozen=True, repr=False)
class Program:
    """A function of numbers, as the steps it is computed by; the last one is its result.

    It is called with floats, with Values, or with mpmath's numbers (which needs mpmath), and answers
    in kind. It prints as its source.

    Attributes:
        inputs: the floats that it was made to be called with.
        steps: its nodes, in topological order.

    >>> program = Program((0.5, 2.0), (Step("tanh", (0,)), Step("*", (2, 1)), Step("+", (3, 2))))
    >>> program
    from autograd import tanh
    <BLANKLINE>
    def program(x0, x1):  # at 0.5, 2.0
        v0 = tanh(x0)
        v1 = v0 * x1
        return v1 + v0
    >>> program(*program.inputs) == 3 * autograd.tanh(0.5)
    True
    """

    inputs: tuple[float, ...]
    steps: tuple[Step, ...]

    @property
    def ops(self) -> tuple[str, ...]:
        """The table's name of each step's operation."""
        return tuple(step.entry for step in self.steps)

    @cached_property
    def source(self) -> str:
        """Python code that defines the function, ready to be pasted and run."""
        names = sorted(set(self.ops) - _OPERATORS.keys())
        imports = f"from autograd import {', '.join(names)}\n\n" if names else ""
        return imports + self._definition()

    def _definition(self, operators: Mapping[str, str] = _OPERATORS) -> str:
        arguments = [f"x{i}" for i in range(len(self.inputs))]
        names = [*arguments, *(f"v{i}" for i in range(len(self.steps)))]
        written = [step.source(names, operators) for step in self.steps]
        lines = [f"v{i} = {text}" for i, text in enumerate(written[:-1])] + [
            f"return {written[-1]}"
        ]
        at = ", ".join(map(repr, self.inputs))
        header = f"def program({', '.join(arguments)}):  # at {at}"
        return "\n    ".join([header, *lines])

    @cached_property
    def _function(self) -> Callable[..., Any]:
        return _define(self._definition(), vars(autograd))

    @cached_property
    def _mpmath_function(self) -> Callable[..., Any]:
        from autograd.oracle import FUNCTIONS

        return _define(self._definition(_MPMATHS_OPERATORS), FUNCTIONS)

    def __call__(self, *numbers: Any) -> Any:
        is_mpmath = any(type(x).__module__.startswith("mpmath.") for x in numbers)
        return (self._mpmath_function if is_mpmath else self._function)(*numbers)

    def __repr__(self) -> str:
        return self.source

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Hypothesis would print the fields of a dataclass. These lines can be pasted as they stand.
        printer.text(f"\n{self.source}\n")


def _define(source: str, functions: dict[str, Any]) -> Callable[..., Any]:
    namespace = dict(functions)
    exec(source, namespace)
    function: Callable[..., Any] = namespace["program"]
    return function


# What is drawn. Numbers shrink towards 0 and 1; those so small that they are all but 0 would only
# lead out of the domains.
_numbers = st.floats(-4.0, 4.0).map(lambda x: x if abs(x) > 2.0**-10 else 0.0)
_positions = st.one_of([st.integers(0, last) for last in (1, 2, 3, 4)])
_operands = _positions | _numbers
_UNARY = st.tuples(_positions)
_PAIRS = st.tuples(_positions, _operands) | st.tuples(_operands, _positions)
_VECTORS = st.lists(_operands, min_size=1, max_size=4).map(tuple)
BINARY = {"+", "-", "*", "/", "%", "//", "**", "atan2", "hypot", "maximum", "minimum", "where"}
_STATIC: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "clip": st.tuples(_numbers, _numbers).map(lambda bounds: tuple(sorted(bounds))),
    "elu": st.tuples(st.sampled_from([1.0, 0.5, 2.0])),
    "leaky_relu": st.tuples(st.sampled_from([0.01, 0.5, -1.0])),
    "power": st.tuples(st.sampled_from([2.0, 3.0, 1.0, 0.0, -1.0, -2.0, 0.5, 1.5, -2.5, 5.0])),
    "select": st.tuples(_positions),
    "where": st.tuples(st.booleans()),
}
# The table's `identity` is no function of the package.
ENTRIES = [name for name in ops.TABLE if name != "identity"]


@cache
def _drafts(entry: str) -> st.SearchStrategy[Step]:
    """Steps of an entry, whose positions are places in a queue of nodes; `_Builder` resolves them."""
    operands = _VECTORS if is_nary(entry) else _PAIRS if entry in BINARY else _UNARY
    return st.builds(Step, st.just(entry), operands, _STATIC.get(entry, st.just(())))


def programs(ops: Collection[str] | None = None, max_nodes: int = 8) -> st.SearchStrategy[Program]:
    """Random programs: a few inputs, and up to `max_nodes` operations on them and on one another.

    Args:
        ops: names of entries of the derivative table; the whole table if not given.
        max_nodes: the largest number of operations, at least 1.

    They shrink to few operations on simple numbers. Raises ValueError for a name that the table does
    not have.

    >>> from hypothesis import find
    >>> find(programs(ops=["tanh", "*"], max_nodes=2), lambda program: "tanh" in program.ops)
    from autograd import tanh
    <BLANKLINE>
    def program(x0):  # at 0.0
        return tanh(x0)
    """
    entries = ENTRIES if ops is None else list(ops)
    unknown = [name for name in entries if name not in ENTRIES]
    if unknown or not entries:
        raise ValueError(f"programs() takes names among {ENTRIES}, but got {unknown or entries}")
    if max_nodes < 1:
        raise ValueError(f"programs() takes max_nodes of at least 1, but got {max_nodes!r}")
    # Most entries are of one operand. Those of several come more often, for the sake of shared nodes.
    weighted = [entry for entry in entries for _ in range(3 if _is_joining(entry) else 1)]
    return _programs(st.sampled_from(weighted).flatmap(_drafts), max_nodes)


def _is_joining(entry: str) -> bool:
    return entry in BINARY or is_nary(entry)


_inputs = st.lists(_numbers, min_size=1, max_size=3)


@st.composite
def _programs(draw: st.DrawFn, drafts: st.SearchStrategy[Step], max_nodes: int) -> Program:
    builder = _Builder(draw(_inputs))
    count = draw(st.integers(1, max_nodes))
    for _ in range(4 * count):
        builder.add(draw(drafts))
        if len(builder.steps) == count:
            break
    if not builder.steps:
        reject()
    return builder.program()


@dataclass
class _Node:
    value: Value
    # Σ|input · gradient| over all nodes below: the relative error of a node's value is about
    # 2⁻⁵³ · error / |value|.
    error: float


class _Builder:
    """A program in the making."""

    def __init__(self, inputs: list[float]) -> None:
        self.inputs = inputs
        self.steps: list[Step] = []
        self.nodes = [_Node(Value(x), 0.0) for x in inputs]
        # Positions of nodes; first those that no step uses yet, so that most come to be used.
        self.queue = list(range(len(inputs)))

    def add(self, draft: Step) -> None:
        """Add the step to the program, with the first operands for which it can be computed well."""
        for shift in range(len(self.queue)):
            step = _resolve(draft, self.queue[shift:] + self.queue[:shift])
            node = _evaluate(step, self.nodes)
            if node is not None:
                self.queue.sort(key=lambda position: position in step.operands)
                self.queue.insert(0, len(self.nodes))
                self.steps.append(step)
                self.nodes.append(node)
                return

    def program(self) -> Program:
        """The program, without the inputs and the steps that its result does not depend on."""
        n = len(self.inputs)
        used = {len(self.nodes) - 1}
        for position, step in reversed(list(enumerate(self.steps, start=n))):
            if position in used:
                used.update(x for x in step.operands if not isinstance(x, float))
        renumbered = {old: new for new, old in enumerate(sorted(used))}
        return Program(
            tuple(x for i, x in enumerate(self.inputs) if i in used),
            tuple(
                Step(
                    step.entry,
                    tuple(x if isinstance(x, float) else renumbered[x] for x in step.operands),
                    step.static,
                )
                for position, step in enumerate(self.steps, start=n)
                if position in used
            ),
        )


def _resolve(draft: Step, order: list[int]) -> Step:
    operands = tuple(
        x if isinstance(x, float) else order[(x + i) % len(order)]
        for i, x in enumerate(draft.operands)
    )
    static = draft.static
    if draft.entry == "select":
        static = (static[0] % len(operands),)
    if draft.entry == "dot" and len(operands) == 1:
        operands *= 2
    return Step(draft.entry, operands, static)


_SMALLEST, _LARGEST = 2.0**-40, 32.0
_LARGEST_GRADIENT = 1024.0
_WORST_CONDITION = 2.0**20
_NEAREST_KINK = 2.0**-10


def _evaluate(step: Step, nodes: list[_Node]) -> _Node | None:
    """The step's node; None if it is not finite, moderate, well-conditioned and clear of a kink."""
    if all(isinstance(x, float) for x in step.operands):
        return None
    used = [Value(x) if isinstance(x, float) else nodes[x].value for x in step.operands]
    errors = [abs(x) if isinstance(x, float) else nodes[x].error for x in step.operands]
    value = _function_of(step.entry, len(used), step.static)(*used)
    error = abs(value.data) + math.fsum(
        abs(local) * e for local, e in zip(value.local_gradients, errors)
    )
    is_good = (
        _is_moderate(value.data, _LARGEST)
        and all(_is_moderate(local, _LARGEST_GRADIENT) for local in value.local_gradients)
        and error <= _WORST_CONDITION * abs(value.data)
        and kink_distance(value) >= _NEAREST_KINK
    )
    return _Node(value.detach(), error) if is_good else None


@lru_cache(maxsize=1024)
def _function_of(entry: str, count: int, static: tuple[Any, ...]) -> Callable[..., Value]:
    names = [f"x{i}" for i in range(count)]
    body = Step(entry, tuple(range(count)), static).source(names)
    function: Callable[..., Value] = eval(f"lambda {', '.join(names)}: {body}", vars(autograd))
    return function


def _is_moderate(x: float, largest: float) -> bool:
    return x == 0.0 or _SMALLEST <= abs(x) <= largest
