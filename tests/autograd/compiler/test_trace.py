"""Laws of tracing: what decides by data is refused, with its line; and a trace leaves nothing behind."""

import builtins
import inspect
import math
import random
import re
import subprocess
import sys
from contextvars import copy_context
from functools import partial

import numpy as np
import pytest

import autograd
from autograd import TraceError, Value, no_grad, where
from autograd.compiler.trace import trace
from autograd.value import Draw, drawn
from tests.autograd.compiler.comparison import agree, agree_on_sample, eager, written

WEIGHT = Value(0.75, "w")


# Functions that do not do the same for every input. The comment marks the line to be named.


def branches(x, y):
    if x > y:  # here
        return x
    return y


def branches_on_a_number(x, y):
    if x >= 0.5:  # here
        y = -y
    return x * y


def branches_on_a_parameter(x, y):
    return x if WEIGHT < 1.0 else y  # here


def branches_within_an_expression(x, y):
    z = x * 2.0
    z = (z if z >= y else y) + 1.0  # here
    return z * z


def asserts(x, y):
    assert x > 0.0  # here
    return x * y


def joins_by_and(x, y):
    return where(x > 0.0 and y > 0.0, x, y)  # here


def negates(x, y):
    return where(not x > 0.0, x, y)  # here


def compares_in_a_chain(x, y):
    return where(0.0 < x < 1.0, x, y)  # here


def counts_by_data(x, y):
    total = x
    while total < 3.0:  # here
        total = total + 0.5
    return total * y


def uses_pythons_max(x, y):
    return builtins.max(x, y) * 2.0  # here


def uses_pythons_min(x, y):
    return builtins.min([x, y, x * y])  # here


def sorts(x, y):
    low, high = sorted([x, y])  # here
    return low / high


def branches_in_a_comprehension(x, y):
    return sum(
        z
        for z in (x, y, x * y)
        if z > 0.0  # here
    )


BRANCHES = [branches, branches_on_a_number, branches_on_a_parameter, branches_within_an_expression]
BRANCHES += [asserts, joins_by_and, negates, compares_in_a_chain, counts_by_data, uses_pythons_max]
BRANCHES += [uses_pythons_min, sorts, branches_in_a_comprehension]


def branches_on_data(x, y):
    if x.data > 0.0:
        return x.exp()  # here
    return y.sin()  # here


def counts_by_numbers(x, y):
    total = y
    for _ in range(int(abs(8.0 * x.data))):
        total = total * x  # here
    return total


def bakes_a_number_in(x, y):
    z = x * y
    return z * x.data  # here


def bakes_a_parameters_number_in(x, y):
    z = x * y * WEIGHT
    return z * WEIGHT.data  # here


def bakes_a_float_in(x, y):
    scale = float(x.data)
    return y.tanh() + scale  # here


def bakes_in_what_math_computes(x, y):
    scale = math.exp(x.data)
    return x * y / scale  # here


def makes_a_value_of_data(x, y):
    fresh = Value(x.data)
    return fresh * y  # here


def detaches(x, y):
    return x.detach() * y  # here


def does_not_record(x, y):
    with no_grad():
        square = x * x
    return square * y  # here


def draws_by_itself(x, y):
    noise = random.gauss(0.0, 1.0)
    return x * y + noise  # here


def draws_by_numpy(x, y):
    noise = np.random.default_rng().normal()
    return x + y * noise  # here


def picks_by_data(x, y):
    chosen = [x, y][int(x.data > 0.0)]
    return chosen.exp()  # here


def rounds(x, y):
    return y ** round(3.0 * x.data)  # here


def differs_in_a_static_argument(x, y):
    return autograd.clip(y, -abs(x.data), 3.0)  # here


def is_longer_for_some(x, y):
    terms = [x, y, x * y]
    if y.data > 0.0:
        terms.append(x)
    return autograd.sum(terms)  # here


BAKES = [branches_on_data, counts_by_numbers, bakes_a_number_in, bakes_a_parameters_number_in]
BAKES += [bakes_a_float_in, bakes_in_what_math_computes, makes_a_value_of_data, detaches]
BAKES += [does_not_record, draws_by_itself, draws_by_numpy, picks_by_data, rounds]
BAKES += [differs_in_a_static_argument, is_longer_for_some]


def marked_places(f):
    """Where the marked lines of a function stand, as messages say it."""
    lines, start = inspect.getsourcelines(f)
    return [
        f"{__file__}:{start + i}: `{line.strip()}`"
        for i, line in enumerate(lines)
        if line.endswith("# here\n")
    ]


def message_of(f, *examples):
    with pytest.raises(TraceError) as caught:
        autograd.compile(f, *examples)
    return str(caught.value)


@pytest.mark.parametrize("f", BRANCHES)
def test_a_branch_on_a_comparison_is_an_error_that_names_the_line_and_the_cure(f):
    message = message_of(f, 0.75, 0.25)
    (place,) = marked_places(f)
    assert message.startswith(f"{place} branches on Value(")
    assert "autograd.where(condition, a, b)" in message


@pytest.mark.parametrize("f", BAKES)
def test_what_follows_from_data_is_an_error_that_names_the_first_line_that_differs(f):
    message = message_of(f, 0.75, 0.25)
    assert message.startswith(tuple(marked_places(f)))
    assert "is not the same for every input" in message
    assert "not with their .data" in message


def test_in_a_notebook_the_line_is_that_of_the_cell():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
cell = '''import autograd
def f(x):
    return x if x > 0 else -x
try:
    autograd.compile(f, 1.0)
except autograd.TraceError as error:
    print(error)
'''
shell.run_cell(cell, store_history=True)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("Cell In[1], line 3: `return x if x > 0 else -x` branches on")


def test_the_line_is_the_users_even_where_the_operation_is_made_by_a_module():
    from nn import Neuron

    neuron = Neuron(2, seed=0)

    def through_a_neuron(xs):
        return neuron([xs[0], xs[1].data])  # here

    message = message_of(through_a_neuron, [0.5, -1.0])
    assert message.startswith(marked_places(through_a_neuron)[0])


def test_a_branch_in_a_function_called_by_the_function_is_named_where_it_stands():
    message = message_of(lambda x, y: branches(x * y, y) + 1.0, 0.75, 0.25)
    assert message.startswith(marked_places(branches)[0])


def test_results_that_are_others_for_other_inputs_are_an_error():
    assert "is not the same for every input" in message_of(
        lambda x: [x, x] if x.data > 0.0 else [x], 1.0
    )
    assert "is not the same for every input" in message_of(
        lambda x, y: x if x.data > 0.0 else y, 1.0, 2.0
    )
    assert "is not the same for every input" in message_of(lambda x: x.data, 1.0)


def test_a_function_that_fails_with_other_inputs_is_an_error_that_shows_that_one():
    def picky(x):
        if x.data != 2.5:
            raise KeyError("only 2.5")
        return x * x

    with pytest.raises(TraceError, match=r"decides by data: KeyError\('only 2.5'\)") as caught:
        autograd.compile(picky, 2.5)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_of_the_function_itself_comes_through_as_it_is():
    def broken(x):
        return x.no_such_method()

    with pytest.raises(AttributeError, match="no_such_method"):
        autograd.compile(broken, 1.0)


@pytest.mark.parametrize("conversion", [float, math.exp, int, bool])
def test_converting_a_value_is_the_type_error_that_it_is_in_eager_code(conversion):
    with pytest.raises(TypeError):
        conversion(Value(1.0))
    with pytest.raises(TypeError):
        autograd.compile(lambda x: x * conversion(x), 1.0)


# What may be done with conditions.


def nested_choices(x, y):
    inner = where(y < 0.0, x * y, where(y <= 1.0, x + y, x - y))
    return where(x >= y, inner, where(x > -1.0, y.sin(), y.cos()))


def joined_conditions(x, y):
    either = where((x < 0.0) | (y < 0.0), x, y)
    both = where((x < 1.0) & (y > -1.0), x * x, y * y)
    three = where(((x < 0.5) | (y < 0.5)) & (x > y), 1.0, 2.0)
    return either * both + three


def conditions_and_bools(x, y):
    return (
        where((x > 0.0) & True, x, y)
        + where(False | (x > 0.0), x.exp(), y)
        + where((x > 0.0) & False, x, y)
        + where(True | (x > 0.0), x, y)
    )


def conditions_of_numbers(x, y):
    return where(True, x, y) * where(1.0 > 2.0, x, y) + where(2.0 > x, 3.0, 4.0)  # noqa: SIM300


@pytest.mark.parametrize(
    "f", [nested_choices, joined_conditions, conditions_and_bools, conditions_of_numbers]
)
def test_conditions_choose_anew_for_every_sample(f):
    fast = autograd.compile(f, 0.75, 0.25)
    points = [(x, y) for x in (-2.0, -0.5, 0.25, 0.75, 3.0) for y in (-1.5, -0.25, 0.3, 0.8, 2.0)]
    agree(f, points, fast)
    for x in (-1.0, -0.0, 0.0, 0.5, 1.0, math.nan, math.inf, -math.inf):
        for y in (-1.0, 0.0, 0.5, 1.0, math.nan, math.inf):
            agree_on_sample(f, (x, y), fast)


@pytest.mark.parametrize("a", [1.0, 2.0, math.inf])
@pytest.mark.parametrize("b", [1.0, 2.0, math.inf])
def test_comparisons_of_constants_choose_once_for_all(a, b):
    def f(x):
        # Numbers made inside, or of frozen parameters.
        one, other = Value(a), Value(b)
        chosen = where(one < other, 2.0 * x, 3.0 * x) + where(one <= other, x.exp(), x.sin())
        # A number only after a choice, by which another choice is made.
        late = autograd.sqrt(where(one <= other, 2.25, x * x + 1.0))
        return chosen * x + where(late < 1.25, 5.0 * x, 7.0 * x * x)

    agree(f, [[0.75], [-1.5], [0.25]])


def test_an_infinite_gradient_goes_where_eager_code_sends_it_and_not_to_what_was_compared():
    def f(x, y):
        joined = autograd.sqrt(where((x < 0.5) | (y < 0.5), x, 7.0))
        return (
            autograd.sqrt(where(x < y, x, 2.0)) + autograd.sqrt(where(y <= x, 3.0, y * y)) + joined
        )

    fast = autograd.compile(f, 0.25, 0.75)
    assert eager(f, 0.0, 0.5).by_inputs[0] == math.inf
    for point in ((0.0, 0.5), (-1.0, 0.0), (0.5, 0.0), (0.0, 0.0)):
        agree_on_sample(f, point, fast)
        expected = eager(f, *point)
        columns = [np.array([x]) for x in point]
        assert written(fast.value_and_grad(*columns, wrt="inputs")) == written(
            [expected.value, [[x] for x in expected.by_inputs]]
        )


def test_a_condition_is_written_as_it_was_written():
    texts = []

    def f(x):
        texts.append(repr((x < 2.0) & (x >= WEIGHT)))
        return x

    autograd.compile(f, 1.0)
    assert texts[0] == "Condition((Value(1.0) < 2.0) & (Value(1.0) >= Value(0.75, 'w')))"


@pytest.mark.parametrize("other", ["2", None, [1.0]])
def test_a_comparison_with_what_is_no_number_is_a_type_error(other):
    with pytest.raises(TypeError, match="not supported between"):
        autograd.compile(lambda x: where(x < other, x, 1.0), 1.0)


def test_a_choice_between_what_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match=r"where\(\) takes Values or numbers, but got"):
        autograd.compile(lambda x: where(x < 0.5, x, "y"), 1.0)


def test_equality_of_values_is_identity_and_may_be_branched_on():
    fast = autograd.compile(lambda x, y: x * 2.0 if x == y or x in {y: 0} else x * 3.0, 1.0, 1.0)
    assert fast(1.0, 1.0) == 3.0


def compares_a_label(score, y):
    return score * 2.0 if y == 1 else -score  # here


def looks_a_label_up(score, y):
    return score * 2.0 if y in (0, 1) else -score  # here


@pytest.mark.parametrize("f", [compares_a_label, looks_a_label_up])
def test_equality_with_a_number_which_would_be_false_is_an_error_that_names_the_line(f):
    message = message_of(f, 0.5, 1)
    assert message.startswith(marked_places(f)[0])
    assert "by ==" in message
    assert bool(Value(1.0) == 1.0) is False  # in eager code identity
    assert len({Value(1.0), Value(1.0)}) == 2


def sinc_by_if(x):
    return x * 0.0 + 1.0 if x == 0 else autograd.sin(x) / x


@pytest.mark.parametrize("x", [0.0, 0.3, -1e-9])
def test_the_advice_about_equality_is_right_when_followed_to_the_letter(x):
    advice = re.search(r"use autograd\.(where\(x == 0, a, b\))", message_of(sinc_by_if, 0.5))[1]

    def filled_in(x):
        safe = eval(advice, {"where": where, "x": x, "a": 1.0, "b": x})
        return eval(advice, {"where": where, "x": x, "a": 1.0, "b": autograd.sin(safe) / safe})

    fast = autograd.compile(filled_in, 0.5)
    expected = math.sin(x) / x if x else 1.0
    assert (fast(x), fast([x])[0], filled_in(Value(x)).data) == (expected, expected, expected)


def test_equality_is_decided_anew_for_each_sample():
    def f(x, y):
        return where((x == y) | (x == 2), x, 10.0 * y) + where(y != 1.0, 0.0, 100.0)

    fast = autograd.compile(f, 0.5, 0.75)
    points = [(0.5, 0.5), (2.0, 1.0), (3.0, 1.0), (-0.0, 0.0), (1.0, 1.0)]
    expected = [0.5, 102.0, 110.0, 0.0, 101.0]
    assert [fast(*point) for point in points] == expected
    assert [f(*map(Value, point)).data for point in points] == expected
    assert fast(*np.array(points).T).tolist() == expected


# What a trace finds.


def test_parameters_are_the_leaves_found_and_numbers_made_inside_are_constants():
    a, b, unused = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "unused")

    def f(x):
        assert unused.data == 4.0 or unused.data != 0.0
        return a * x + b * Value(5.0) + 6.0

    fast = autograd.compile(f, 1.0)
    assert set(fast.parameters) == {a, b}
    assert fast(10.0) == 2.0 * 10.0 + 3.0 * 5.0 + 6.0


def test_frozen_parameters_are_numbers_baked_in():
    from nn import Layer

    layer = Layer(2, 2, activation="tanh", seed=0)
    layer.neurons[0].freeze()
    fast = autograd.compile(lambda xs: autograd.sum(layer(xs)), [0.5, 0.5])
    assert set(fast.parameters) == set(layer.neurons[1].parameters())
    before = fast([1.0, 2.0])
    layer.neurons[1].bias.data = 100.0
    assert fast([1.0, 2.0]) != before


def test_values_that_were_computed_before_are_parameters_below_and_not_beside():
    weight = Value(2.0, "w")
    square = weight * weight  # of which the graph is known, so it is computed anew

    fast = autograd.compile(lambda x: square * x, 1.0)
    assert fast.parameters == [weight]
    weight.data = 5.0
    assert fast.value_and_grad(1.0)[0] == 25.0


def test_a_whole_number_may_be_a_label_and_any_other_number():
    def f(label, xs):
        return autograd.select(label, xs) * label

    fast = autograd.compile(f, 1, [1.0, 2.0, 3.0])
    assert [fast(label, [5.0, 6.0, 7.0]) for label in (0, 1, 2)] == [0.0, 6.0, 14.0]
    assert fast(np.array([2, 0, 1]), np.ones((3, 3))).tolist() == [2.0, 0.0, 1.0]


@pytest.mark.parametrize("label", [0, 1, 2, -1, np.int64(1), np.array(2)])
def test_any_label_will_do_as_the_example(label):
    fast = autograd.compile(lambda y, x: autograd.sum([y * x, x]), label, 0.5)
    assert fast(7, 2.0) == 16.0


@pytest.mark.parametrize("label", [3, -1, 0.5, math.nan])
def test_a_label_that_means_no_class_is_an_index_error_for_a_sample_and_for_a_batch(label):
    xs = [1.0, 2.0, 3.0]
    fast = autograd.compile(autograd.select, 0, xs)
    with pytest.raises(IndexError, match="3 values"):
        fast(label, xs)
    with pytest.raises(IndexError, match="3 values"):
        fast.value_and_grad(label, xs, wrt="inputs")
    with pytest.raises(IndexError, match="3 values"):
        fast(np.array([0, label]), np.array([xs, xs]))


def test_the_function_is_run_at_most_three_times():
    runs = []

    def f(x):
        runs.append(x.kind)
        return x * WEIGHT

    autograd.compile(f, 1.0)
    assert runs == ["input"] * 3


# What a trace leaves behind: nothing.


def test_parameters_keep_data_gradients_and_counts_through_a_trace_and_through_a_failed_one():
    weights = [Value(0.1), Value(-0.0), Value(math.inf), Value(math.nan), Value(1e300)]
    for weight in weights[:2]:
        (weight * 2.0).backward()

    def state():
        return repr([(w.data, w.grad, w.backward_passes, w.label, w.kind) for w in weights])

    before = state()
    autograd.compile(lambda x: autograd.sum([w * x for w in weights]), 0.5)
    assert state() == before
    for failing in (
        lambda x: autograd.sum([w * x for w in weights]) * x.data,
        lambda x: weights[0] * x if x > 0.0 else weights[1] * x,
        lambda x: autograd.sum([w * x for w in weights]) * (1 / 0 if x.data != 0.5 else 1.0),
        lambda x: autograd.sum([w * x for w in weights]) and None,
    ):
        with pytest.raises((TraceError, TypeError)):
            autograd.compile(failing, 0.5)
        assert state() == before


def test_generators_stand_where_they_stood_after_a_trace_and_after_a_failed_one():
    generator = random.Random(7)
    draw = Draw(generator, lambda uniform: 2.0 * uniform)
    before = generator.getstate()

    def noisy(x):
        return x * drawn(draw) + drawn(draw)

    autograd.compile(noisy, 0.5)
    assert generator.getstate() == before
    message_of(lambda x: noisy(x) * x.data, 0.5)
    message_of(lambda x: noisy(x) if x > 0.0 else x, 0.5)
    assert generator.getstate() == before


def test_comparisons_are_bools_again_after_a_trace_and_after_a_failed_one():
    autograd.compile(lambda x: x * x, 0.5)
    assert (Value(1.0) < Value(2.0)) is True
    message_of(branches, 0.75, 0.25)
    assert (Value(1.0) < Value(2.0)) is True


def test_a_trace_records_within_no_grad_too():
    with no_grad():
        fast = autograd.compile(lambda x: x * x, 0.5)
        assert Value(2.0).exp().parents == ()
    assert fast.value_and_grad(3.0, wrt="inputs") == (9.0, [6.0])


def test_a_trace_within_detect_anomaly_finds_no_anomaly_of_its_own():
    with autograd.detect_anomaly():
        # With the other inputs that a trace tries, this is the logarithm of a negative number.
        fast = autograd.compile(lambda x: x.log(), 0.5)
        with pytest.raises(autograd.AnomalyError):
            Value(0.0).log()
    assert fast(1.0) == 0.0


def test_a_trace_may_compile_another_function_on_its_way():
    outer = autograd.compile(lambda x: x * autograd.compile(lambda y: y * y, 0.5)(3.0), 0.5)
    assert outer(2.0) == 18.0


def test_a_trace_in_another_context_leaves_this_one_alone():
    seen = []

    def f(x):
        copy_context().run(lambda: seen.append(Value(1.0) < Value(2.0)))
        return x

    autograd.compile(f, 0.5)
    assert {type(condition).__name__ for condition in seen} == {"Condition"}
    assert (Value(1.0) < Value(2.0)) is True


# Wrong functions, examples and results.


class Unnumbered:
    def __repr__(self):
        return "Unnumbered()"


@pytest.mark.parametrize(
    "example", ["0.5", None, 1j, Value(1.0), Unnumbered(), [0.5, "x"], [[1.0], [None]], {}, b"1"]
)
def test_an_example_that_is_no_number_is_a_type_error_that_names_it(example):
    with pytest.raises(TypeError, match=r"example 1 of compile\(\) takes a number"):
        autograd.compile(lambda x, y: x, 0.5, example)


@pytest.mark.parametrize("example", [math.nan, math.inf, [0.5, -math.inf], np.array([math.nan])])
def test_an_example_that_is_not_finite_is_a_value_error(example):
    with pytest.raises(ValueError, match="examples that are finite numbers"):
        autograd.compile(lambda x: x, example)


@pytest.mark.parametrize("result", [None, "x", 1j, {"a": 1.0}, Unnumbered(), [Value(1.0), None]])
def test_a_result_that_is_no_number_is_a_type_error_that_shows_it(result):
    with pytest.raises(TypeError, match=r"returned .* which is of type"):
        autograd.compile(lambda x: result, 0.5)


@pytest.mark.parametrize("result", [[], [[]], ()])
def test_a_function_without_results_is_a_type_error(result):
    with pytest.raises(TypeError, match="has none"):
        autograd.compile(lambda x: result, 0.5)


@pytest.mark.parametrize("f", [None, 3.0, Value(1.0), "f", [len]])
def test_what_is_no_function_is_a_type_error(f):
    with pytest.raises(TypeError, match=r"compile\(\) takes a function"):
        autograd.compile(f, 0.5)


def test_too_few_examples_are_the_type_error_of_the_call():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'y'"):
        autograd.compile(branches, 0.5)


@pytest.mark.parametrize(
    "kind", ["list", "tuple", "array", "float32", "int array", "numpy scalars"]
)
def test_examples_come_as_lists_tuples_arrays_and_scalars(kind):
    numbers = {
        "list": [1.0, 2.0],
        "tuple": (1.0, 2.0),
        "array": np.array([1.0, 2.0]),
        "float32": np.array([1.0, 2.0], dtype=np.float32),
        "int array": np.array([1, 2]),
        "numpy scalars": [np.float64(1.0), np.int64(2)],
    }[kind]
    assert autograd.compile(lambda xs: xs[0] * xs[1] + len(xs), numbers)([3.0, 4.0]) == 14.0


def test_an_empty_list_is_an_argument_of_no_numbers():
    fast = autograd.compile(lambda xs, y: autograd.sum([*xs, y]), [], 1.0)
    assert fast([], 2.0) == 2.0
    assert fast.value_and_grad([], 2.0, wrt="inputs") == (2.0, [[], 1.0])


# Names for messages, and for arguments in the source.


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return x * self.factor

    def method(self, z):
        return z * self.factor


def keywords(x, *, scale=2.0):
    return x * scale


def variadic(*xs):
    return xs[0] * xs[1]


def with_default(x, scale=3.0):
    return x * scale


@pytest.mark.parametrize(
    ("f", "n", "names"),
    [
        (Scale(2.0), 1, ("x",)),
        (Scale(2.0).method, 1, ("z",)),
        (keywords, 1, ("x",)),
        (variadic, 2, ("x0", "x1")),
        (with_default, 1, ("x",)),
        (with_default, 2, ("x", "scale")),
        (partial(with_default, scale=4.0), 1, ("x",)),
        (Value.exp, 1, ("self",)),
        (autograd.atan2, 2, ("y", "x")),
    ],
    ids=[
        "object",
        "method",
        "keywords",
        "variadic",
        "default",
        "both",
        "partial",
        "operation",
        "function",
    ],
)
def test_any_callable_compiles_and_its_arguments_keep_their_names(f, n, names):
    _, signature = trace(f, [0.5] * n)
    assert signature.names == names
    fast = autograd.compile(f, *[0.5] * n)
    arguments = [0.25 * (i + 1) for i in range(n)]
    agree_on_sample(f, arguments, fast)
    agree(f, [arguments, [0.3] * n], fast)
    assert re.search(rf"def value\(.*{', '.join(names)}\)", fast.scalar_source)


def test_a_compiled_function_prints_what_it_is():
    text = repr(autograd.compile(with_default, 0.5))
    line = inspect.getsourcelines(with_default)[1]
    assert text == (
        f"<compiled with_default ({__file__}:{line}) of (x), 0 parameters, 3 operations and operands>"
    )
