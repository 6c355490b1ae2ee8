"""Laws of Value and backward()."""

import copy
import gc
import math
import operator
import pickle
import threading
import weakref
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, mean, no_grad, topological_order
from autograd.reductions import dots

numbers = st.floats(-1e3, 1e3)


def micrograd_example():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return a, b, g


def test_the_example_of_micrograds_readme_gives_its_published_digits():
    a, b, g = micrograd_example()
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_x_plus_x_has_two_parents_and_the_gradient_2():
    x = Value(3.0)
    y = x + x
    y.backward()
    assert y.parents == (x, x)
    assert x.grad == 2.0


def test_a_chain_of_a_million_additions_builds_differentiates_prints_and_is_freed():
    x = Value(0.0)
    y = first = x + 1
    for _ in range(999_999):
        y = y + 1
    y.backward()
    assert (y.data, x.grad, repr(y)) == (1e6, 1.0, "Value(1000000.0)")
    freed = weakref.ref(first)
    gc.disable()  # reference counts alone free a graph: it has no cycles
    try:
        del y, first
        assert freed() is None
    finally:
        gc.enable()


@given(st.lists(numbers, min_size=2, max_size=5), st.data())
def test_a_second_backward_exactly_doubles_leaf_gradients_and_no_others(data, draw):
    leaves = [Value(x) for x in data]
    nodes = list(leaves)
    for _ in range(draw.draw(st.integers(1, 12))):
        left, right = (draw.draw(st.sampled_from(nodes)) for _ in range(2))
        operator = draw.draw(st.sampled_from(["__add__", "__sub__", "__mul__"]))
        nodes.append(getattr(left, operator)(right))
    root = nodes[-1]
    root.backward()
    once = [node.grad for node in topological_order(root)]
    root.backward()
    for node, gradient in zip(topological_order(root), once, strict=True):
        expected = gradient if node.parents else 2 * gradient
        assert node.grad == expected or math.isnan(gradient) or math.isinf(gradient)


def test_a_leaf_accumulates_over_several_outputs():
    x = Value(3.0)
    (x * x).backward()
    (5 * x).backward()
    assert (x.grad, x.backward_passes) == (11.0, 2)


def test_backward_from_a_leaf_adds_the_upstream_gradient_to_it():
    x = Value(3.0)
    x.backward()
    x.backward(2.5)
    assert x.grad == 3.5


def test_backward_starts_from_the_given_upstream_gradient():
    x = Value(3.0)
    (x * x).backward(10)
    assert x.grad == 60.0


def test_backward_uses_the_local_gradients_of_the_forward_pass():
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert x.grad == 6.0


def test_zero_grad_of_a_root_forgets_every_leaf_below_it_and_no_other():
    a, b, other = Value(1.0), Value(2.0), Value(3.0)
    root = a * b + a
    root.backward()
    other.backward()
    root.zero_grad()
    assert [(v.grad, v.backward_passes) for v in (a, b, other)] == [(0.0, 0), (0.0, 0), (1.0, 1)]


def test_a_node_knows_whether_a_backward_pass_has_reached_it():
    x, aside = Value(2.0), Value(3.0)
    y = x * x
    assert (x.backward_passes, y.backward_passes, y.grad) == (0, 0, 0.0)
    y.backward()
    y.backward()
    assert (x.backward_passes, y.backward_passes, aside.backward_passes) == (2, 1, 0)


def test_a_leaf_remembers_the_data_that_its_gradient_was_computed_for():
    x = Value(3.0)
    y = x * x
    assert not hasattr(x, "data_at_backward")
    y.backward()
    x.data = 4.0
    assert (x.data_at_backward, copy.copy(x).data_at_backward) == (3.0, 3.0)
    assert pickle.loads(pickle.dumps(x)).data_at_backward == 3.0
    y.backward()
    assert x.data_at_backward == 4.0


def test_a_number_operand_becomes_a_constant_leaf_on_its_own_side():
    x = Value(2.0)
    for y, position in ((x + 3, 1), (3 + x, 0), (x - 3, 1), (3 - x, 0), (x * 3, 1), (3 / x, 0)):
        constant = y.parents[position]
        assert (constant.kind, constant.data, constant.parents) == ("constant", 3.0, ())
        assert y.parents[1 - position] is x


def test_kinds_and_operation_names_tell_how_a_node_was_made():
    x = Value(2.0, "x")
    assert (x.kind, x.op, x.label) == ("leaf", "", "x")
    made = (x + x, x - x, x * x, x / x, x**3, x**0.5, x**x, -x, abs(x), x.tanh(), dot([x], [x]))
    names = ["+", "-", "*", "/", "**3", "**0.5", "**", "neg", "abs", "tanh", "dot"]
    assert [node.op for node in made] == names
    assert {node.kind for node in made} == {"operation"}


def test_a_static_exponent_is_no_parent_and_a_number_raised_to_a_value_is():
    x = Value(3.0)
    assert (x**2).parents == (x,)
    assert [parent.kind for parent in (2**x).parents] == ["constant", "leaf"]


IEEE = {
    "1 / v(0.0)": (lambda v: 1 / v(0.0), math.inf),
    "-1 / v(0.0)": (lambda v: -1 / v(0.0), -math.inf),
    "v(0.0) / 0": (lambda v: v(0.0) / 0, math.nan),
    "v(-1.0).log()": (lambda v: v(-1.0).log(), math.nan),
    "v(0.0).log()": (lambda v: v(0.0).log(), -math.inf),
    "v(1000.0).exp()": (lambda v: v(1000.0).exp(), math.inf),
    "v(-8.0) ** (1 / 3)": (lambda v: v(-8.0) ** (1 / 3), math.nan),
    "v(-8.0) ** v(1 / 3)": (lambda v: v(-8.0) ** v(1 / 3), math.nan),
    "v(0.0) ** -1": (lambda v: v(0.0) ** -1, math.inf),
    "v(10.0) ** 400": (lambda v: v(10.0) ** 400, math.inf),
    "v(0.0) ** 0": (lambda v: v(0.0) ** 0, 1.0),
    "v(math.nan).relu()": (lambda v: v(math.nan).relu(), math.nan),
    "v(math.inf) - v(math.inf)": (lambda v: v(math.inf) - v(math.inf), math.nan),
    "autograd.sum([v(math.inf), v(-math.inf)])": (
        lambda v: autograd.sum([v(math.inf), v(-math.inf)]),
        math.nan,
    ),
    "autograd.sum([v(1e308), v(1e308)])": (lambda v: autograd.sum([v(1e308), v(1e308)]), math.inf),
    "v(-1000.0).sigmoid()": (lambda v: v(-1000.0).sigmoid(), 0.0),
    "autograd.logsumexp([v(1e4), v(-1e4)])": (lambda v: autograd.logsumexp([v(1e4), v(-1e4)]), 1e4),
    "autograd.logsumexp([v(-math.inf), v(-math.inf)])": (
        lambda v: autograd.logsumexp([v(-math.inf), v(-math.inf)]),
        -math.inf,
    ),
}


@pytest.mark.parametrize("expression", IEEE)
def test_arithmetic_is_that_of_ieee_754_and_never_raises(expression):
    compute, expected = IEEE[expression]
    result = compute(Value)
    assert isinstance(result.data, float)
    assert result.data == expected or (math.isnan(result.data) and math.isnan(expected))
    assert all(type(local) is float for local in result.local_gradients)


def test_gradients_at_the_edges_follow_the_stated_conventions():
    def gradients(f, *data):
        leaves = [Value(x) for x in data]
        f(*leaves).backward()
        return tuple(leaf.grad for leaf in leaves)

    assert gradients(lambda x: x.relu(), 0.0) == (0.0,)
    assert gradients(abs, 0.0) == (0.0,)
    assert gradients(lambda x: x**0, 0.0) == (0.0,)
    assert gradients(lambda x, y: x**y, 0.0, 0.0)[0] == 0.0
    assert gradients(lambda x, y: x**y, 0.0, 2.0) == (0.0, 0.0)
    assert gradients(lambda x: 1 / x, 0.0) == (-math.inf,)


def test_a_sum_is_the_exact_sum_rounded_once_in_whatever_order():
    terms = [1e100, 1.0, -1e100, 1e-3, 0.1, 0.2, 0.3]
    exact = float(sum(map(Fraction, terms)))
    assert autograd.sum(map(Value, terms)).data == exact
    assert autograd.sum(map(Value, reversed(terms))).data == exact
    assert dot(map(Value, terms), [Value(1.0)] * len(terms)).data == exact


def test_dot_has_weights_then_inputs_then_bias_as_parents_and_each_others_data_as_gradients():
    w, x, b = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], Value(11.0)
    y = dot(w, x, b)
    assert y.data == 42.0
    assert y.parents == (*w, *x, b)
    assert y.local_gradients == (5.0, 7.0, 2.0, 3.0, 1.0)


def test_n_ary_operations_accept_numbers_beside_values_and_give_floats_for_floats():
    x = Value(2.0)
    assert [parent.kind for parent in mean([x, 4.0]).parents] == ["leaf", "constant"]
    assert mean([x, 4.0]).data == 3.0
    assert (mean([2.0, 4.0]), autograd.sum([1, 2]), dot([1.0], [2.0], 3.0)) == (3.0, 3.0, 5.0)
    mixed = dot([x, 3.0], [1.0, x], 1)
    mixed.backward()
    assert (mixed.data, x.grad) == (9.0, 4.0)


def test_n_ary_operations_refuse_no_operands_unequal_lengths_and_what_is_no_number():
    with pytest.raises(ValueError, match="at least one"):
        mean([])
    with pytest.raises(ValueError, match="2 weights and 1 inputs"):
        dot([Value(1.0), Value(2.0)], [Value(1.0)])
    with pytest.raises(TypeError, match="'three'"):
        autograd.sum([Value(1.0), "three"])


def test_no_grad_records_nothing_in_this_thread_alone():
    x = Value(2.0)
    elsewhere = []
    with no_grad():
        inside = x * x + 1
        thread = threading.Thread(target=lambda: elsewhere.append(x * x))
        thread.start()
        thread.join()
    assert (inside.data, inside.parents, inside.kind) == (5.0, (), "constant")
    assert elsewhere[0].parents == (x, x)
    assert (x * x).parents == (x, x)


def test_no_grad_ends_when_an_exception_leaves_it():
    x = Value(2.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x + x).parents == (x, x)


def test_detach_cuts_the_graph():
    x = Value(2.0, "x")
    copy = x.detach()
    (copy * x).backward()
    assert (copy.kind, copy.label, x.grad, copy.grad) == ("leaf", "x", 2.0, 2.0)


@pytest.mark.parametrize(
    "wrong", ["3", 1j, None, [1.0], np.array([1.0, 2.0]), np.complex128(1)], ids=repr
)
def test_a_wrong_input_is_a_type_error_that_says_what_was_given(wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Value(wrong)


def test_a_value_of_a_value_is_refused_with_advice():
    with pytest.raises(TypeError, match=r"detach\(\)"):
        Value(Value(1.0))


def test_an_operator_refuses_what_is_no_number():
    for wrong in ("3", 1j, None, [1.0]):
        with pytest.raises(TypeError):
            Value(1.0) + wrong
        with pytest.raises(TypeError):
            wrong * Value(1.0)
        with pytest.raises(TypeError):
            Value(1.0) ** wrong


@pytest.mark.parametrize(
    "number", [3, True, np.float32(3), np.int64(3), np.array(3.0), Fraction(3, 1)], ids=repr
)
def test_ints_numpy_scalars_and_0d_arrays_count_as_numbers(number):
    x = Value(number)
    assert type(x.data) is float
    total = Value(1.0) + number
    assert (total.data, type(total.parents[1].data)) == (1.0 + float(number), float)


# What a leaf's data is used by; each must find that it is no number, and name the leaf.
USES = {
    "w + 1": lambda w: w + 1,
    "1 - w": lambda w: 1 - w,
    "w * w": lambda w: w * w,
    "2 ** w": lambda w: 2**w,
    "w ** 2": lambda w: w**2,
    "w % 2": lambda w: w % 2,
    "-w": lambda w: -w,
    "abs": abs,
    "tanh": lambda w: w.tanh(),
    "relu": lambda w: w.relu(),
    "clip": lambda w: w.clip(0, 1),
    "maximum": lambda w: autograd.maximum(1.0, w),
    "where": lambda w: autograd.where(True, 1.0, w),
    "sum": lambda w: autograd.sum([w, 1.0]),
    "max": lambda w: autograd.max([1.0, w]),
    "min": lambda w: autograd.min([1.0, w]),
    "softmax": lambda w: autograd.softmax([w, 1.0]),
    "select": lambda w: autograd.select(1, [1.0, w]),
    "select by it": lambda w: autograd.select(w, [1.0, 2.0]),
    "dot": lambda w: dot([w], [2.0]),
    "bias": lambda w: dot([1.0], [2.0], w),
    "neuron": lambda w: dots([([w], Value(0.0))], [Value(2.0)]),
    "w < 1": lambda w: w < 1,
    "w <= 1": lambda w: w <= 1,
    "1 < w": lambda w: 1 < w,  # noqa: SIM300
    "w >= w": lambda w: w >= w,
    "backward": lambda w: w.backward(),
    "gradients": lambda w: autograd.gradients(w * w, [w]),
    "detach": lambda w: w.detach(),
    "item": lambda w: w.item(),
    "format": lambda w: f"{w:.2f}",
    "pickle": pickle.dumps,
    "sum of an array": lambda w: np.sum(np.array([w, w])),
}
NO_NUMBERS = {
    "a Value": lambda w: w - 0.1,
    "itself": lambda w: w,
    "text": lambda w: "1",
    "None": lambda w: None,
    "a list": lambda w: [1.0],
    "a complex number": lambda w: 1j,
    "an array": lambda w: np.array([1.0, 2.0]),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("given", NO_NUMBERS)
def test_data_that_is_no_number_is_refused_at_the_first_use_and_the_leaf_is_named(use, given):
    w = Value(1.0, "w")
    w.data = NO_NUMBERS[given](w)
    with pytest.raises(TypeError, match=r"the data of 'w' is .*of type"):
        USES[use](w)


def test_a_value_assigned_as_data_is_answered_with_its_number():
    w = Value(1.0)
    w.data = w - 0.1
    with pytest.raises(TypeError, match=r"w\.data = \(w - 0\.1\)\.data"):
        w + 1
    assert repr(w) == "Value(Value(0.9))"
    w.data = w
    assert "..." in repr(w)


def test_data_made_no_number_after_the_forward_pass_is_refused_before_any_gradient_changes():
    v, w = Value(2.0, "v"), Value(3.0, "w")
    y = v * w
    y.backward()
    w.data = "3"
    with pytest.raises(TypeError, match="the data of 'w'"):
        y.backward()
    assert (v.grad, w.grad) == (3.0, 2.0)


@pytest.mark.parametrize(
    "number", [3, True, np.float32(3), np.float64(3), np.int64(3), np.array(3.0)], ids=repr
)
def test_whole_numbers_and_numpys_assigned_as_data_go_on_as_floats(number):
    for f in (
        lambda w: w * w,
        lambda w: 2 * w.relu(),
        lambda w: dot([w], [w], w),
        lambda w: autograd.max([w, 0.0]),
        lambda w: w.clip(0, 1) + w,
    ):
        w = Value(0.0)
        w.data = number
        y, expected = f(w), f(Value(float(number)))
        y.backward()
        assert (y.data, type(y.data)) == (expected.data, float)
        assert {type(node.grad) for node in topological_order(y)} == {float}
        assert type(w.data) is float


def test_a_gradient_set_to_none_begins_again_at_0_and_one_that_is_no_number_is_refused():
    a = Value(2.0, "a")
    a.grad = None
    (a * a).backward()
    assert a.grad == 4.0
    a.grad = np.float64(1.0)
    (a * a).backward()
    assert (a.grad, type(a.grad)) == (5.0, float)
    for wrong in ("x", a, [1.0], np.array([1.0, 2.0])):
        a.grad = wrong
        with pytest.raises(TypeError, match="the grad of 'a'"):
            (a * a).backward()


@pytest.mark.parametrize("gradient", ["x", None, [1.0], Value(1.0), 1j], ids=repr)
def test_backward_takes_a_number_as_the_upstream_gradient(gradient):
    with pytest.raises(TypeError, match=r"backward\(\) takes a number"):
        Value(1.0).backward(gradient)


def test_a_value_takes_a_number_and_a_label_and_says_where_nodes_come_from():
    a = Value(1.0)
    for wrong in ((2.0, 3.0), (1, 2, 3), (2.0, None), (2.0, (a,), "tanh")):
        with pytest.raises(TypeError, match=r"a number and a label, a string.*primitive"):
            Value(*wrong)


def test_a_larger_array_is_left_to_numpy_which_works_element_by_element():
    products = Value(2.0) * np.array([1.0, 2.0])
    assert [product.data for product in products] == [2.0, 4.0]


def test_comparisons_compare_data_and_equality_is_identity():
    a, b = Value(1.0), Value(1.0)
    assert a <= b
    assert a >= 1
    assert not a < b
    assert Value(2.0) > a
    assert (3 > a) is True  # noqa: SIM300
    assert a == a
    assert a != b
    assert len({a, b, a}) == 2


CONVERSIONS = {
    **{
        f.__name__: f for f in (float, int, complex, bool, round, operator.index, range, np.float64)
    },
    **{f.__name__: f for f in (math.exp, math.floor, math.ceil, math.trunc)},
    "round to digits": lambda v: round(v, 2),
    "list index": [1, 2].__getitem__,
    "array of floats": lambda v: np.array([v], dtype=float),
    "np.floor": lambda v: np.floor(np.array([v])),
    "np.ceil": lambda v: np.ceil(np.array([v])),
    "np.trunc": lambda v: np.trunc(np.array([v])),
    "np.round": lambda v: np.round(np.array([v])),
}


@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_a_conversion_that_would_lose_the_gradient_is_a_type_error_with_advice(conversion):
    with pytest.raises(TypeError, match=r"Value\(1.5, 'x'\).*v?\.data"):
        CONVERSIONS[conversion](Value(1.5, "x"))


def test_equality_is_identity_wherever_it_has_a_truth_value():
    a, b = Value(1.0), Value(1.0)
    assert bool(a == 1.0) is False
    assert bool(a != 1.0) is True
    assert bool(1.0 == a) is False  # noqa: SIM300
    assert a not in [b, 1.0]
    assert a in [b, a]
    assert [b, a].index(a) == 1
    assert {a: "a", b: "b"}[b] == "b"
    assert 1.0 not in {a}
    assert a != "a"
    assert a != None  # noqa: E711
    assert repr(a == 1.0) == "Equality(Value(1.0) == 1.0)"


def test_a_softmax_of_nothing_is_refused_in_its_own_name():
    with pytest.raises(ValueError, match=r"softmax\(\) of no values"):
        autograd.softmax([])


def test_the_complement_of_a_truth_value_is_no_condition():
    for x in (Value(1.0), Value(-1.0)):  # ~ of a bool is -2 or -1, and both are true
        with pytest.raises(TypeError, match=r"True or False.*where\(c, b, a\)"):
            autograd.where(~int(x > 0.0), 1.0, x)


def test_within_where_equality_compares_data():
    a, b, c = Value(1.0), Value(1.0), Value(2.0)

    def holds(condition):
        return autograd.where(condition, 1.0, 0.0) == 1.0

    for equal in (a == 1, 1.0 == a, a == np.float64(1), np.float64(1) == a, a == b):  # noqa: SIM300
        assert holds(equal)
    for unequal in (a != 1, 1.0 != a, a != b, a == c, a == 2.0, a == math.nan):  # noqa: SIM300
        assert not holds(unequal)
    assert holds(Value(-0.0) == 0)
    assert holds((a == 1) & (c > 1))
    assert holds((c > 1) & (a == b))
    assert holds((a == 2) | (c == 2))
    assert not holds((a == 1) & (c != 2))


@pytest.mark.parametrize("is_negated", [False, True])
@pytest.mark.parametrize("x", [0.0, -0.0, 0.3, -1e-9])
def test_a_function_may_be_filled_in_at_one_number(x, is_negated):
    def sinc(x):
        if is_negated:
            safe = autograd.where(x != 0, x, 1.0)
            return autograd.where(x != 0, autograd.sin(safe) / safe, 1.0)
        safe = autograd.where(x == 0, 1.0, x)
        return autograd.where(x == 0, 1.0, autograd.sin(safe) / safe)

    v = Value(x)
    y = sinc(v)
    y.backward()
    expected = math.sin(x) / x if x else 1.0
    assert y.data == expected
    assert v.grad == pytest.approx((math.cos(x) - expected) / x if x else 0.0, abs=1e-8)
    fast = autograd.compile(sinc, 0.7)
    assert (fast(x), fast([x])[0]) == (expected, expected)
    assert fast.value_and_grad(x, wrt="inputs") == (expected, [v.grad])


@pytest.mark.parametrize("condition", [True, np.True_, np.array(True), 1], ids=repr)
def test_a_condition_may_be_a_truth_value(condition):
    assert autograd.where(condition, 1.0, 2.0) == 1.0


@pytest.mark.parametrize(
    "condition", ["x", None, [True], (), np.array([True]), Value(1.0)], ids=repr
)
def test_a_condition_that_is_none_is_a_type_error(condition):
    with pytest.raises(TypeError, match=r"where\(\) takes a comparison, True or False .* but got"):
        autograd.where(condition, 1.0, 2.0)


def test_format_formats_the_data():
    assert f"{Value(1 / 3):.4f}" == "0.3333"
    assert str(Value(0.5, "x")) == "Value(0.5, 'x')"


def test_a_value_has_no_room_for_misspelt_attributes():
    with pytest.raises(AttributeError, match="gradient"):
        _ = Value(1.0).gradient
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 1.0


def test_topological_order_has_every_node_once_and_parents_first():
    _, _, root = micrograd_example()
    order = topological_order(root)
    position = {node: index for index, node in enumerate(order)}
    assert len(position) == len(order)
    assert order[-1] is root
    for node in order:
        assert all(position[parent] < position[node] for parent in node.parents)


def test_a_subclass_may_have_attributes_of_names_that_a_value_has_not():
    class Weight(Value):
        def __init__(self, data, name):
            super().__init__(data)
            self.name = name

    w = Weight(2.0, "mine")
    w.m = 0.5
    assert (w.name, w.m, (w * w).data, hasattr(w, "v")) == ("mine", 0.5, 4.0, False)
    del w.m
    with pytest.raises(AttributeError, match="dict keyed by it"):
        _ = w.m
