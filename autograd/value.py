"""Value: a number that knows how it was made, and how it changes what was made from it.

Every operation on Values makes a new Value: a node of the computation graph, with its parents and
its local gradients, d(node)/d(parent), which the derivative table gives. `backward()` walks that graph
from an output back to its leaves and multiplies local gradients along the way: the chain rule.

    upstream gradient of a parent  +=  local gradient  ×  upstream gradient of the node
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from math import isfinite
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Never, NoReturn

from autograd import ops
from autograd.conversion import as_float, brief, is_number
from autograd.graph import walk
from autograd.habits import ADVICE, Absent
from autograd.modes import current_mode
from autograd.ops import Operation
from autograd.substitution import stand_in
from autograd.tracing import Equality, compared, current_tracer

if TYPE_CHECKING:
    from random import Random

Recorder = Callable[[Any, Any], "Value"]


@cache
def binary(operation: Operation) -> Recorder:
    """The function that makes the node of an operation on a Value and another operand, Value or number.

    It returns NotImplemented, as operators do, for another operand that is neither.
    """
    # A call of what a slot holds is slower than a call of a variable.
    forward, local_gradients = operation.forward, operation.local_gradients

    def operator(x: Value, y: Any) -> Value:
        if y.__class__ is not Value and (y := as_operand(y)) is NotImplemented:
            return NotImplemented  # type: ignore[no-any-return]
        left, right = x.data, y.data
        if left.__class__ is not float or right.__class__ is not float:
            left, right = number(x), number(y)
        try:
            data = forward(left, right)
            local_left, local_right = local_gradients(data, left, right)
        except (ArithmeticError, ValueError):
            data, (local_left, local_right) = _ieee(operation, (left, right))
        node = _new(Value)
        node.data = data
        node.grad = 0.0
        node.label = ""
        node.backward_passes = 0
        node._left = x
        node._right = y
        node._local_left = local_left
        node._local_right = local_right
        node.operation = operation
        return node if (hook := current_mode()) is None else hook(node)

    return operator


def _operator(operation: Operation) -> tuple[Recorder, Recorder]:
    """The methods of Value for an operator: with the Value on its left, and on its right."""
    operator = binary(operation)

    def reflected(self: Value, other: Any) -> Value:
        x = as_operand(other)
        return x if x is NotImplemented else operator(x, self)

    return operator, reflected


def _method(operation: Operation) -> Callable[[Value], Value]:
    """The method of Value that computes an operation of one operand."""

    def method(self: Value) -> Value:
        return unary(operation, self)

    method.__name__ = operation.name
    method.__qualname__ = f"Value.{operation.name}"  # by which it is pickled
    method.__doc__ = f"autograd.{operation.name}(self)"
    return method


class Leaf:
    """What stands in place of an operation in a node that no operation made."""

    __slots__ = ("kind",)
    name = ""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Draw(Leaf):
    """What makes a random leaf: a function of a number drawn from [0, 1).

    `of_uniform` takes a float, and an array of them too, elementwise.
    """

    __slots__ = ("generator", "of_uniform")

    def __init__(self, generator: Random, of_uniform: Callable[[Any], Any]) -> None:
        super().__init__("constant")
        self.generator, self.of_uniform = generator, of_uniform


LEAF, INPUT, CONSTANT = Leaf("leaf"), Leaf("input"), Leaf("constant")
FROZEN = Leaf("constant")  # a parameter that training leaves alone, for now
_LEAVES = (LEAF, INPUT, CONSTANT, FROZEN)


class Value:
    """A scalar in a computation graph.

    `data` is a number: an int, a float, or a NumPy scalar. `label` names the node in pictures and in
    messages. A Value made this way is a leaf; operations make the other nodes.

    Raises TypeError if `data` is anything else, another Value included.

    >>> w, x = Value(0.5, "w"), Value(4.0, "x")
    >>> y = w * x + 1
    >>> y.backward()
    >>> y.data, w.grad, x.grad
    (3.0, 4.0, 0.5)

    Attributes:
        data: the number, a float.
        grad: d(output)/d(this node), from the backward passes so far; 0.0 before the first.
        label: a name, or "".
        backward_passes: how many passes have been added up in `grad`; 0 if none has reached it.
        data_at_backward: of a leaf, its data when the last of them came; if it is other than `data`, the
            gradient is an old one.
    """

    # The edges of a node of one or two operands stand in slots of the node itself; one of an n-ary
    # operation has tuples on the left, and a leaf None. Were they always tuples, each node would be
    # three objects for the garbage collector to visit in place of one, which takes most of the time
    # of building a large graph. `parents` and `local_gradients` read them.
    __slots__ = (
        "__weakref__",
        "_left",
        "_local_left",
        "_local_right",
        "_right",
        "backward_passes",
        "data",
        "data_at_backward",  # set by backward(), on leaves
        "grad",
        "label",
        "operation",
    )
    # NumPy's scalars leave operators to a Value, and its arrays, whose priority is 0, do not. Without
    # this NumPy 2.0 makes a bool of `np.float64(0.0) == v`.
    __array_priority__ = -1.0

    operation: Any  # an Operation, or a Leaf
    backward_passes: int
    data: float
    data_at_backward: float
    grad: float
    label: str
    _left: Any
    _right: Value | None
    _local_left: Any
    _local_right: Any

    def __init__(self, data: float, label: str = "", *more: Never) -> None:
        if more or label.__class__ is not str:
            _require_label(label, more)
        self.data = as_float(data, "Value()")
        self.grad = 0.0
        self.label = label
        self.backward_passes = 0
        self.operation = LEAF
        self._left = self._right = self._local_left = self._local_right = None

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands, in order; `x + x` has two. A leaf has none."""
        left, right = self._left, self._right
        if right is not None:
            return (left, right)
        if left is None:
            return ()
        return left if left.__class__ is tuple else (left,)

    @property
    def local_gradients(self) -> tuple[float, ...]:
        """d(this node)/d(parent) for each parent, recorded in the forward pass."""
        local_left, local_right = self._local_left, self._local_right
        if local_right is not None:
            return (local_left, local_right)
        if local_left is None:
            return ()
        return local_left if local_left.__class__ is tuple else (local_left,)

    @property
    def op(self) -> str:
        """The name of the operation that made this node: "+", "tanh", "**3"; "" for a leaf."""
        name: str = self.operation.name
        return name

    @property
    def kind(self) -> str:
        """What the node is.

        "leaf": made by `Value(...)`. "input": made by a module from its argument. "constant": made
        from a number by an operator, recorded by nothing (`no_grad`), or a parameter while it is
        frozen. "operation": all others.
        """
        kind: str = self.operation.kind
        return kind

    # The chain rule.

    def backward(self, gradient: float = 1.0) -> None:
        """Compute d(this)/d(node) for every node that this depends on, into its `grad`.

        `gradient` is the upstream gradient of this node itself. Leaves add to what their `grad` holds
        already, so several outputs can share them; other nodes replace it. The local gradients are
        those of the forward pass: changing a leaf's `data` since then changes nothing here.

        >>> a = Value(3.0)
        >>> b = a * a
        >>> b.backward()
        >>> a.grad
        6.0
        >>> b.backward()  # a second pass: a leaf accumulates, ...
        >>> a.grad, b.grad  # ... other nodes start again
        (12.0, 1.0)
        """
        gradient = as_float(gradient, "backward()")
        leaves, operations = walk(self)
        converted = [number(leaf) for leaf in leaves if leaf.data.__class__ is not float]
        # A leaf sums up this pass by itself before its earlier gradient is added: two equal passes
        # give exactly twice the gradient of one.
        earlier_gradients = [
            (leaf, number(leaf, "grad"))
            for leaf in leaves
            if leaf.grad.__class__ is not float or leaf.grad
        ]
        for leaf in leaves:
            leaf.grad = 0.0
            leaf.backward_passes += 1
            leaf.data_at_backward = leaf.data
        for node in operations:
            node.grad = 0.0
            node.backward_passes = 1

        self.grad = gradient
        for node in reversed(operations):
            upstream = node.grad
            left = node._left
            if left.__class__ is not tuple:
                left.grad += node._local_left * upstream
                if (right := node._right) is not None:
                    right.grad += node._local_right * upstream
            elif upstream or not isfinite(sum(node._local_left)):
                for parent, local in zip(left, node._local_left):
                    parent.grad += local * upstream
            # else all contributions are 0, as they are below every unit that ReLU has silenced

        for leaf, earlier in earlier_gradients:
            leaf.grad += earlier
        if converted:  # local gradients were made of what is no float
            for node in (*leaves, *operations):
                node.grad = float(node.grad)

    def zero_grad(self) -> None:
        """Forget the gradients of every leaf that this depends on.

        In a notebook, call it before `backward()` in a cell that may be run twice.

        >>> a = Value(3.0)
        >>> b = a * a
        >>> for rerun in range(2):
        ...     b.zero_grad()
        ...     b.backward()
        >>> a.grad
        6.0
        """
        leaves, _ = walk(self)
        zero_grad(leaves)

    def detach(self) -> Value:
        """A new leaf with the same data and label: gradients stop there.

        >>> (Value(2.0) * 3).detach()
        Value(6.0)
        """
        return Value(number(self), self.label)

    def item(self) -> float:
        """The number, `data`, by the name that PyTorch and NumPy give it.

        >>> Value(2.5).item()
        2.5
        """
        return number(self)

    # Operators. A number on either side becomes a constant leaf.

    __add__, __radd__ = _operator(ops.add)
    __sub__, __rsub__ = _operator(ops.sub)
    __mul__, __rmul__ = _operator(ops.mul)
    __truediv__, __rtruediv__ = _operator(ops.div)
    __mod__, __rmod__ = _operator(ops.mod)
    __floordiv__, __rfloordiv__ = _operator(ops.floordiv)

    def __divmod__(self, other: Operand) -> tuple[Value, Value]:
        """(self // other, self % other)"""
        return self // other, self % other

    def __rdivmod__(self, other: float) -> tuple[Value, Value]:
        return other // self, other % self

    def __pow__(self, exponent: Operand) -> Value:
        """`x ** 3` is one node with one parent; with a Value as exponent it has two."""
        if isinstance(exponent, Value):
            return binary(ops.pow)(self, exponent)
        if not is_number(exponent):
            return NotImplemented
        return unary(power_by(as_float(exponent)), self)

    def __rpow__(self, base: float) -> Value:
        x = as_operand(base)
        return x if x is NotImplemented else binary(ops.pow)(x, self)

    def __neg__(self) -> Value:
        return unary(ops.neg, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return unary(ops.abs, self)

    # Elementary functions as methods; `autograd.functions` explains them.

    exp = _method(ops.exp)
    exp2 = _method(ops.exp2)
    expm1 = _method(ops.expm1)
    log = _method(ops.log)
    log2 = _method(ops.log2)
    log10 = _method(ops.log10)
    log1p = _method(ops.log1p)
    sqrt = _method(ops.sqrt)
    cbrt = _method(ops.cbrt)
    square = _method(ops.square)
    reciprocal = _method(ops.reciprocal)
    sin = _method(ops.sin)
    cos = _method(ops.cos)
    tan = _method(ops.tan)
    asin = _method(ops.asin)
    acos = _method(ops.acos)
    atan = _method(ops.atan)
    sinh = _method(ops.sinh)
    cosh = _method(ops.cosh)
    tanh = _method(ops.tanh)
    asinh = _method(ops.asinh)
    acosh = _method(ops.acosh)
    atanh = _method(ops.atanh)
    sech2 = _method(ops.sech2)
    erf = _method(ops.erf)
    erfc = _method(ops.erfc)
    sign = _method(ops.sign)
    degrees = _method(ops.degrees)
    radians = _method(ops.radians)
    sigmoid = _method(ops.sigmoid)
    log_sigmoid = _method(ops.log_sigmoid)
    softplus = _method(ops.softplus)
    silu = _method(ops.silu)
    gelu = _method(ops.gelu)
    relu = _method(ops.relu)

    def hypot(self, other: Operand) -> Value:
        """autograd.hypot(self, other)"""
        return binary(ops.hypot)(self, other)

    def atan2(self, x: Operand) -> Value:
        """autograd.atan2(self, x)"""
        return binary(ops.atan2)(self, x)

    def leaky_relu(self, slope: float = 0.01) -> Value:
        """autograd.leaky_relu(self, slope)"""
        return unary(with_static(ops.leaky_relu, slope), self)

    def elu(self, alpha: float = 1.0) -> Value:
        """autograd.elu(self, alpha)"""
        return unary(with_static(ops.elu, alpha), self)

    def clip(self, low: float, high: float) -> Value:
        """autograd.clip(self, low, high)"""
        return unary(with_static(ops.clip, low, high), self)

    # What NumPy calls these: its functions call an object's method of their own name.
    fabs = __abs__
    conjugate = __pos__  # np.std and np.vdot ask for it
    arctan2 = atan2
    arcsin = asin
    arccos = acos
    arctan = atan
    arcsinh = asinh
    arccosh = acosh
    arctanh = atanh
    deg2rad = radians
    rad2deg = degrees

    # Copies. A copy of a graph is a graph; only leaves are pickled.

    def __copy__(self) -> Value:
        """A node of its own with the same data, gradient, label and parents."""
        return _copy(self, self.parents)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        """A copy of the whole graph below, in which what was shared is shared."""
        leaves, operations = walk(self)
        for node in (*leaves, *operations):
            if id(node) not in memo:
                memo[id(node)] = _copy(node, tuple([memo[id(parent)] for parent in node.parents]))
        copy: Value = memo[id(self)]
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        if self.parents:
            raise TypeError(
                f"{self!r} is a node of a graph, and only leaves can be pickled: pickle its .data, or "
                "save a model's parameters by nn.save or state_dict()"
            )
        data = number(self)
        operation = CONSTANT if isinstance(self.operation, Draw) else self.operation
        kind = _LEAVES.index(operation)
        data_at_backward = getattr(self, "data_at_backward", data)
        return _unpickle, (
            *(data, self.grad, self.label, kind),
            *(self.backward_passes, data_at_backward),
        )

    # Comparisons compare data; == and hash are identity, so that Values can be members of sets. While a
    # function is traced they are conditions for `where`, without a truth value.

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        """Whether this is the same node; within `where`, whether the data are equal."""
        is_comparable = isinstance(other, Value) or is_number(other)
        return Equality(self, other, is_equal=True) if is_comparable else NotImplemented

    def __ne__(self, other: object) -> Any:
        is_comparable = isinstance(other, Value) or is_number(other)
        return Equality(self, other, is_equal=False) if is_comparable else NotImplemented

    def __lt__(self, other: Operand) -> Any:
        if current_tracer() is not None:
            return compared(self, other, "<", f"{self!r} < {other!r}")
        return number(self) < (number(other) if isinstance(other, Value) else other)

    def __le__(self, other: Operand) -> Any:
        if current_tracer() is not None:
            return compared(self, other, "<=", f"{self!r} <= {other!r}")
        return number(self) <= (number(other) if isinstance(other, Value) else other)

    def __gt__(self, other: Operand) -> Any:
        if current_tracer() is not None:
            return compared(other, self, "<", f"{self!r} > {other!r}")
        return number(self) > (number(other) if isinstance(other, Value) else other)

    def __ge__(self, other: Operand) -> Any:
        if current_tracer() is not None:
            return compared(other, self, "<=", f"{self!r} >= {other!r}")
        return number(self) >= (number(other) if isinstance(other, Value) else other)

    # A silent conversion would lose the gradient.

    def __float__(self) -> float:
        self._lose(
            "float()",
            ".data for the number, and autograd's functions (autograd.exp, ...) in place of math's",
        )

    def __int__(self) -> int:
        self._lose("int()", "int(v.data)")

    def __complex__(self) -> complex:
        self._lose("complex()", "complex(v.data)")

    def __index__(self) -> int:
        # Python asks for it too where a list or a text is multiplied by a Value.
        self._lose(
            "an index or a count made",
            "int(v.data), or autograd.select(v, values); to multiply a list, multiply its elements",
        )

    def __round__(self, digits: int | None = None) -> NoReturn:
        self._lose("round()", "round(v.data, digits), or for printing f'{v:.2f}'")

    def __floor__(self) -> NoReturn:
        self._lose("floor()", "math.floor(v.data), or v // 1 for a Value, whose derivative is 0")

    def __ceil__(self) -> NoReturn:
        self._lose("ceil()", "math.ceil(v.data), or -(-v // 1) for a Value, whose derivative is 0")

    def __trunc__(self) -> NoReturn:
        self._lose("trunc()", "math.trunc(v.data)")

    # NumPy calls these by its own names for them.

    def rint(self) -> NoReturn:
        """Refused, as round() is."""
        self.__round__()

    def fmod(self, other: Operand) -> NoReturn:
        """Refused: its remainder has the sign of the dividend, that of % has the divisor's."""
        raise TypeError(f"fmod() takes no Values, such as {self!r}: use v % y, of the sign of y")

    def _lose(self, call: str, instead: str) -> NoReturn:
        raise TypeError(f"{call} of {self!r} would lose its gradient: use {instead}")

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self!r} has no truth value: compare it (v > 0), or test v.data, or `v is not None`"
        )

    @recursive_repr("Value(...)")
    def __repr__(self) -> str:
        label = f", {self.label!r}" if self.label else ""
        return f"Value({self.data!r}{label})"

    def __format__(self, spec: str) -> str:
        return format(number(self), spec) if spec else repr(self)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in ADVICE]


for _name, _advice in ADVICE.items():
    setattr(Value, _name, Absent(_name, _advice))


def _copy(node: Value, parents: tuple[Value, ...]) -> Value:
    copy = _new(Value)
    for slot in Value.__slots__:
        if slot != "__weakref__" and hasattr(node, slot):
            setattr(copy, slot, getattr(node, slot))
    if node._left.__class__ is tuple:
        copy._left = parents
    elif parents:
        copy._left, copy._right = parents if len(parents) == 2 else (*parents, None)
    return copy


def _unpickle(
    data: float, grad: float, label: str, kind: int, backward_passes: int, data_at_backward: float
) -> Value:
    value = Value(data, label)
    value.operation = _LEAVES[kind]
    value.grad, value.backward_passes = grad, backward_passes
    value.data_at_backward = data_at_backward
    return value


Operand = Value | float

_new = Value.__new__


def leaf(data: float, kind: Leaf) -> Value:
    """A leaf of a kind that `Value(...)` does not make, from a float."""
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.label = ""
    node.backward_passes = 0
    node.operation = kind
    node._left = node._right = node._local_left = node._local_right = None
    return node


def drawn(draw: Draw) -> Value:
    """A random leaf: a constant that a compiled function draws anew at each call."""
    node = leaf(draw.of_uniform(stand_in(draw.generator).random()), draw)
    if (tracer := current_tracer()) is not None:
        tracer.draws.append(node)
    return node


def number(value: Value, attribute: str = "data") -> float:
    """The data of a Value, or its gradient, as the float that it must be, if it can be made one.

    Both are slots, which anything can be written into: what is no float is found where it is used.
    Raises TypeError, naming the Value, if it is no number at all.
    """
    held = getattr(value, attribute)
    if held.__class__ is not float:
        if held is None and attribute == "grad":
            held = 0.0  # as PyTorch forgets a gradient
        if not is_number(held):
            made_by = f"a node made by {value.op}" if value.op else "a leaf without a label"
            name = repr(value.label) if value.label else made_by
            cure = "a float"
            if isinstance(held, Value):
                cure = f"its number, as in w.{attribute} = (w - 0.1).data"
            raise TypeError(
                f"the {attribute} of {name} is {brief(held)}, of type {type(held).__name__}, but must "
                f"be a number (int, float or NumPy scalar): assign {cure}"
            )
        held = float(held)
        setattr(value, attribute, held)
    return held


def _require_label(label: Any, more: tuple[Any, ...]) -> None:
    """TypeError for arguments of Value() that are not a number and a label."""
    if more or not isinstance(label, str):
        given = ", ".join(["a number", *map(brief, (label, *more))])
        raise TypeError(
            f"Value() takes a number and a label, a string, but got {given}: a node with operands is "
            "made by an operation, and an operation of your own by autograd.primitive"
        )


# Recording: compute the value and the local gradients, then make the node. This is the engine's hot
# path, so `binary`, `unary` and `nary`, which differ in how they unpack operands, share no calls.


def unary(operation: Operation, x: Value) -> Value:
    """The node of an operation on one Value."""
    operand = x.data
    if operand.__class__ is not float:
        operand = number(x)
    try:
        data = operation.forward(operand)
        local_gradients = operation.local_gradients(data, operand)
    except (ArithmeticError, ValueError):
        data, local_gradients = _ieee(operation, (operand,))
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.label = ""
    node.backward_passes = 0
    node._left, node._right = x, None
    (node._local_left,) = local_gradients
    node._local_right = None
    node.operation = operation
    return node if (hook := current_mode()) is None else hook(node)


def nary(operation: Operation, parents: tuple[Value, ...], *operands: Any) -> Value:
    """The node of an operation on vectors; `operands` is the parents' data, as the entry takes it."""
    try:
        data = operation.forward(*operands)
        local_gradients = operation.local_gradients(data, *operands)
    except (ArithmeticError, ValueError):
        data, local_gradients = _ieee(operation, operands)
    except TypeError:
        for parent in parents:
            number(parent)  # says which holds no number, if that was it
        raise
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.label = ""
    node.backward_passes = 0
    node._left, node._right = parents, None
    node._local_left, node._local_right = local_gradients, None
    node.operation = operation
    return node if (hook := current_mode()) is None else hook(node)


def compute(operation: Operation, *operands: Any) -> float:
    """The value of an operation on floats alone, which no graph records."""
    try:
        return operation.forward(*operands)  # type: ignore[no-any-return]
    except (ArithmeticError, ValueError):
        return _ieee(operation, operands)[0]


def _ieee(operation: Operation, operands: tuple[Any, ...]) -> tuple[float, tuple[float, ...]]:
    if not operation.table_name:  # a user's own
        raise
    # Python raised where IEEE 754 has an answer: inf or nan. NumPy gives it.
    from autograd.arrays import ieee

    return ieee(operation, operands)


@lru_cache(maxsize=256)
def power_by(exponent: float) -> Operation:
    """The operation `x ** exponent`, named after it."""
    return ops.power.with_static(f"**{exponent:g}", exponent)


def with_static(operation: Operation, *static: float) -> Operation:
    """An operation with its static arguments, named as the call is written."""
    # Plain floats: the cache would give one's enumeration member to all for whom it is an equal number.
    return _with_static(operation, *[as_float(x, f"{operation.name}()") for x in static])


@lru_cache(maxsize=256)
def _with_static(operation: Operation, *static: float) -> Operation:
    arguments = ", ".join(f"{x:g}" for x in static)
    return operation.with_static(f"{operation.name}({arguments})", *static)


def zero_grad(values: Iterable[Value]) -> None:
    """Forget the gradients of these Values, as if no backward pass had reached them.

    >>> a = Value(3.0)
    >>> (a * a).backward()
    >>> zero_grad([a])
    >>> a.grad, a.backward_passes
    (0.0, 0)
    """
    for value in values:
        value.grad = 0.0
        value.backward_passes = 0


def as_operand(x: Any) -> Any:
    """x itself if it is a Value, a constant leaf if it is a number, else NotImplemented."""
    if is_number(x):
        return leaf(float(x), CONSTANT)
    return x if isinstance(x, Value) else NotImplemented
