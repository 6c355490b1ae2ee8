"""Laws of the source for one sample: it gives eager's numbers, to the last bit."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.compiler.function import LONGEST
from autograd.strategies import programs
from tests.autograd.compiler.comparison import IS_CI, agree_on_sample, eager, flat, mapped, written

PROGRAMS = 2000 if IS_CI else 100
# Where Python raises an exception, where something over- or underflows, and where formulas branch.
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, inf, -inf, nan)
SPECIAL += (
    1e308,
    -1e308,
    1e154,
    1e-160,
    1e-308,
    5e-324,
    -5e-324,
    710.0,
    -746.0,
    1025.0,
    -36.0,
    600.0,
)
NUMBERS = st.sampled_from(SPECIAL) | st.floats(-4.0, 4.0) | st.floats()


def test_random_programs_give_eagers_bits_at_their_inputs_and_at_any_others():
    seen = set()

    # Hypothesis draws many a program twice.
    @settings(max_examples=3 * PROGRAMS, suppress_health_check=list(HealthCheck))
    @given(programs(), st.lists(NUMBERS, min_size=9, max_size=9))
    def check(program, numbers):
        if program not in seen:
            seen.add(program)
            fast = autograd.compile(program, *program.inputs)
            agree_on_sample(program, program.inputs, fast)
            for start in (0, 3, 6):
                agree_on_sample(program, numbers[start : start + len(program.inputs)], fast)

    check()
    assert len(seen) >= PROGRAMS


@settings(max_examples=max(PROGRAMS // 5, 50), suppress_health_check=list(HealthCheck))
@given(programs(), st.data())
def test_random_programs_of_parameters_give_eagers_bits_whatever_their_data(program, data):
    is_parameter = data.draw(st.tuples(*[st.booleans()] * len(program.inputs)), "parameters")
    parameters = [Value(x) for x, given in zip(program.inputs, is_parameter) if given]
    inputs = [x for x, given in zip(program.inputs, is_parameter) if not given]

    def f(*numbers):
        of_kind = {True: iter(parameters), False: iter(numbers)}
        return program(*(next(of_kind[given]) for given in is_parameter))

    fast = autograd.compile(f, *inputs)
    assert set(fast.parameters) == set(parameters)
    agree_on_sample(f, inputs, fast)
    for _ in range(3):
        for parameter in parameters:
            parameter.data = data.draw(NUMBERS)
        inputs = [data.draw(NUMBERS) for _ in inputs]
        agree_on_sample(f, inputs, fast)


def repeated(x, y):
    twice = x + x
    return twice * twice + x * x - (y + y + y) * twice


def shared(x, y):
    a = (x * y).tanh()
    b = (a + x) * (a - y)
    return a * b + b / (a * a + 1.0) + b


def of_constants(x, y):
    inside = Value(3.0) * 2.0 + 1.0
    return x * 2.5 + 0.1 - y / 3 + inside * x ** Value(2.0) - np.float64(0.3) * y


def powers(x, y):
    return x**2 + x**-1.0 + x**0 + x**1 + y**0.5 + 2.0**y + x**y


def decided(x, y):
    small = autograd.where(x < y, x * x, y)
    return autograd.where((x > 0.0) & (y <= 1.0), small, autograd.maximum(x, y)) + abs(x - y)


def vectors(x, y):
    several = [x, y, x * y, 0.5, -x]
    return (
        autograd.max(several) * autograd.min(several)
        + autograd.prod(several)
        + autograd.mean(several)
        + autograd.logsumexp(several)
        + autograd.dot(several, several[::-1], y)
        + autograd.select(3, several)
        + autograd.sum(several)
    )


def without_x(x, y):
    return y.exp()


@pytest.mark.parametrize("f", [repeated, shared, of_constants, powers, decided, vectors, without_x])
def test_whatever_is_shared_constant_or_chosen_the_bits_are_eagers(f):
    fast = autograd.compile(f, 0.75, 0.25)

    @given(NUMBERS, NUMBERS)
    def check(x, y):
        agree_on_sample(f, (x, y), fast)

    check()


@pytest.mark.parametrize("wrt", ["inputs", "parameters"])
def test_sums_of_3000_terms_however_written_are_eagers_to_the_last_bit(wrt):
    weights = [Value(0.1 * i - 7.0) for i in range(3000)]

    def loop(x):
        total = 0.0
        for weight in weights:
            total += weight * x
        return total

    def builtin(x):
        return sum(weight * x for weight in weights)

    def table(x):
        return autograd.sum([weight * x for weight in weights])

    def squared(x):
        total = x
        for weight in weights:
            total = weight + total
        return total * total

    for f in (loop, builtin, table, squared):
        fast = autograd.compile(f, 0.3)
        expected = eager(f, -1.7, parameters=fast.parameters)
        value, gradient = fast.value_and_grad(-1.7, wrt=wrt)
        by = expected.by_inputs if wrt == "inputs" else expected.by_parameters
        assert written([value, gradient]) == written([expected.value, by])
        assert written(fast(-1.7)) == written(expected.value)


def test_a_node_with_3000_uses_adds_up_its_gradient_in_eagers_order():
    def f(x):
        node = x.sin()
        total = node
        for i in range(3000):
            total = total + node * (0.1 * i)
        return total

    agree_on_sample(f, [1.1], autograd.compile(f, 0.3))


# Labels become names: Python's own, those that the source itself uses, those that are none, and those
# that Python takes for the same.
LABELS = ["", "class", "lambda", "None", "True", "match", "print", "len", "sum", "float"]
LABELS += ["exp", "tanh", "prod", "total", "logsumexp", "logsumexp_gradients", "pow_gradients"]
LABELS += [
    "theta",
    "np",
    "value",
    "value_and_grad",
    "batch",
    "draws",
    "inf",
    "nan",
    "math",
    "d_theta",
]
LABELS += ["v3", "d_v3", "d_x", "local", "local_2", "w", "w", "w_2", "rows", "constants", "numbers"]
LABELS += ["가중치", "가중치", "Ａ", "A", "ﬁ", "fi", "é", "e\u0301", "ª", "µ", "μ", "x̄", "०1"]
LABELS += [
    "1x",
    "w 1",
    "w-1",
    "layers.0.w1",
    "layers.1.w1",
    "layers_0_w1",
    ".",
    "'",
    '"',
    "\\",
    "a\nb",
]
LABELS += ["__builtins__", "__debug__", "_", "import os", "#", "take", "over_rows", "add_at"]


def labelled(weights, *xs):
    """Each label names a parameter and, elsewhere, a node."""
    total = Value(0.25, "start")
    for i, weight in enumerate(weights):
        node = (weight * xs[i % len(xs)]).tanh()
        node.label = LABELS[-i]
        total = total + node
    return total * autograd.logsumexp(xs) + autograd.prod(xs).exp()


def test_labels_of_any_kind_leave_the_numbers_alone():
    weights = [Value(0.01 * (i + 1), label) for i, label in enumerate(LABELS)]

    def f(theta, np, value, batch, exp, inf, logsumexp, draws, d_theta, x_0):
        return labelled(weights, theta, np, value, batch, exp, inf, logsumexp, draws, d_theta, x_0)

    arguments = [0.1 * i - 0.35 for i in range(10)]
    fast = autograd.compile(f, *arguments)
    assert len(fast.parameters) == len(weights) + 0
    agree_on_sample(f, arguments, fast)
    columns = [np.array([x, x]) for x in arguments]
    expected = eager(f, *arguments, parameters=fast.parameters)
    value, by_parameters = fast.value_and_grad(*columns)
    _, by_inputs = fast.value_and_grad(*columns, wrt="inputs")
    assert value == pytest.approx(expected.value, rel=1e-14)
    assert by_parameters == pytest.approx(expected.by_parameters, rel=1e-13, abs=1e-15)
    assert np.sum(by_inputs, axis=1) == pytest.approx(expected.by_inputs, rel=1e-13)


def test_each_label_by_itself_leaves_the_numbers_alone():
    for label in LABELS:
        weight = Value(1.5, label)

        def f(x, weight=weight, label=label):
            node = (weight * x).exp()
            node.label = label
            total = autograd.sum([weight, x, node]) + autograd.logsumexp([node, weight])
            return node + total**weight

        fast = autograd.compile(f, 0.5)
        agree_on_sample(f, [0.25], fast)
        value, (slope,) = fast.value_and_grad(np.array([0.25, 0.25]))
        expected = eager(f, 0.25, parameters=[weight])
        assert (value, slope) == pytest.approx(
            (expected.value, *expected.by_parameters), rel=1e-13
        ), label


def test_the_users_names_are_in_the_source():
    slope, shift = Value(2.0, "slope"), Value(1.0, "b")

    def line(x):
        y = slope * x + shift
        y.label = "y"
        return y.tanh()

    source = autograd.compile(line, 0.5).scalar_source
    assert "slope, b = theta" in source
    assert "y = v" in source
    assert "def value(theta, x):" in source


def test_the_source_of_the_expression_of_the_readme_is_a_list_of_assignments():
    source = autograd.compile(lambda a, b: (a * b + 1.0).tanh(), 0.5, 0.5).scalar_source
    _, forward, both = source.split("def ")
    assert forward.splitlines()[1:4] == [
        "    v1 = a * b",
        "    v2 = v1 + 1.0",
        "    v3 = tanh(v2)",
    ]
    assert both.splitlines()[1:] == [
        "    v1 = a * b",
        "    v2 = v1 + 1.0",
        "    v3 = tanh(v2)",
        "",
        "    d_v2 = sech2(v2)",
        "    d_v1 = d_v2",
        "    d_a = 0.0 + b * d_v1",
        "    d_b = 0.0 + a * d_v1",
        "    return v3, [d_a, d_b]",
    ]


# Results and arguments of other structures.


def test_results_are_nested_as_the_function_nests_them():
    weight = Value(3.0)

    def f(x, ys):
        return [x * weight, [ys[0], weight], (2.5, x), ys[1][0].exp()]

    fast = autograd.compile(f, 1.0, [2.0, [3.0, 4.0]])
    arguments = (0.5, [0.25, [-1.0, 7.0]])
    assert written(fast(*arguments)) == written(eager(f, *arguments).value)
    weight.data = -0.5
    assert written(fast(*arguments)) == written(eager(f, *arguments).value)


def test_a_list_of_one_result_stays_a_list():
    assert autograd.compile(lambda x: [x * 2.0], 1.0)(3.0) == [6.0]
    assert autograd.compile(lambda x: [[x * 2.0]], 1.0)(3.0) == [[6.0]]


@pytest.mark.parametrize("example", [[0.5, 1.5], (0.5, 1.5), np.array([0.5, 1.5])])
def test_lists_tuples_and_arrays_of_numbers_are_one_argument(example):
    def f(xs):
        return xs[0] * xs[1].exp()

    fast = autograd.compile(f, example)
    assert written(fast(example)) == written(eager(f, [0.5, 1.5]).value)
    assert written(fast(np.array([3.0, 2.0]))) == written(eager(f, [3.0, 2.0]).value)


def test_an_input_or_a_parameter_or_a_number_may_itself_be_the_result():
    weight = Value(3.0)
    cases = {
        "an input": (lambda x: x, 2.0, [1.0], []),
        "a parameter": (lambda x: weight, 3.0, [0.0], [1.0]),
        "a number": (lambda x: 5, 5.0, [0.0], []),
        "a Value made inside": (lambda x: Value(5.0), 5.0, [0.0], []),
    }
    for name, (f, value, by_inputs, by_parameters) in cases.items():
        fast = autograd.compile(f, 1.0)
        assert fast(2.0) == value, name
        assert fast.value_and_grad(2.0, wrt="inputs") == (value, by_inputs), name
        found, gradient = fast.value_and_grad(2.0)
        assert (found, gradient.tolist()) == (value, by_parameters), name


def test_a_function_without_arguments_computes_from_its_parameters():
    weights = [Value(0.5), Value(-2.0)]

    def penalty():
        return sum(weight * weight for weight in weights)

    fast = autograd.compile(penalty)
    agree_on_sample(penalty, [], fast)
    weights[0].data = 3.0
    agree_on_sample(penalty, [], fast)
    assert fast() == 13.0


def test_a_function_without_arguments_or_parameters_is_a_number():
    fast = autograd.compile(lambda: Value(2.0) * 3.0)
    assert fast() == 6.0
    assert fast.value_and_grad(wrt="inputs") == (6.0, [])
    value, gradient = fast.value_and_grad()
    assert (value, gradient.shape) == (6.0, (0,))


def test_a_number_that_is_used_nowhere_has_gradient_0():
    fast = autograd.compile(lambda x, ys: x * ys[1], 1.0, [2.0, 3.0, 4.0])
    assert fast.value_and_grad(2.0, [5.0, 6.0, 7.0], wrt="inputs") == (12.0, [6.0, [0.0, 2.0, 0.0]])


def test_a_vector_of_parameters_counts_each_parameter_once():
    weight = Value(2.0)
    fast = autograd.compile(lambda x: weight * x + weight * weight, 1.0)
    assert fast.parameters == [weight]
    assert fast.value_and_grad(3.0)[1].tolist() == [3.0 + 4.0]


# Samples that are too long.


def chain(size):
    def f(x):
        for _ in range(size // 2):  # each is an operation and an operand
            x = x.tanh()
        return x

    return f


def test_up_to_the_limit_a_sample_has_a_source_of_its_own_and_no_chain_is_too_deep():
    assert LONGEST == 20_000
    f = chain(LONGEST)
    fast = autograd.compile(f, 0.3)
    assert fast.scalar_source.count("= tanh(") == 2 * (LONGEST // 2)
    agree_on_sample(f, [0.7], fast)


def test_beyond_the_limit_a_sample_is_a_batch_of_one():
    f = chain(LONGEST + 2)
    fast = autograd.compile(f, 0.3)
    with pytest.raises(ValueError, match=r"would have 20002 operations and operands.*\.source"):
        fast.scalar_source  # noqa: B018
    expected = eager(f, 0.7)
    assert type(fast(0.7)) is float
    assert fast(0.7) == pytest.approx(expected.value, rel=1e-12)
    value, (slope,) = fast.value_and_grad(0.7, wrt="inputs")
    assert (type(value), type(slope)) == (float, float)
    assert (value, slope) == pytest.approx((expected.value, *expected.by_inputs), rel=1e-11)


def test_beyond_the_limit_results_and_gradients_keep_their_structure():
    weights = [Value(0.1 * i) for i in range(4000)]

    def f(xs, y):
        total = [autograd.dot(weights, [x] * 4000, y) for x in xs]
        return [total[0], [total[1], y]]

    def loss(xs, y):
        first, (second, third) = f(xs, y)
        return first * second + third

    arguments = ([0.5, -0.25], 3.0)
    assert list(flat(autograd.compile(f, *arguments)(*arguments))) == pytest.approx(
        list(flat(eager(f, *arguments).value))
    )
    assert mapped(type, autograd.compile(f, *arguments)(*arguments)) == [float, [float, float]]
    fast = autograd.compile(loss, *arguments)
    expected = eager(loss, *arguments, parameters=fast.parameters)
    value, ((a, b), c) = fast.value_and_grad(*arguments, wrt="inputs")
    assert [value, a, b, c] == pytest.approx([expected.value, *flat(expected.by_inputs)])
    assert fast.value_and_grad(*arguments)[1] == pytest.approx(expected.by_parameters)
