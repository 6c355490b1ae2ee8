"""Laws of the function that `compile` returns: its arguments, its parameters, and what it gives back."""

import math
import re
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, detect_anomaly
from tests.autograd.compiler.comparison import agree, eager, written


@pytest.fixture
def weights():
    return [Value(0.5, "a"), Value(-2.0, "b"), Value(1.5, "c")]


@pytest.fixture
def neuron(weights):
    """A function of three numbers in a list and one by itself, and of three parameters."""

    def f(xs, y):
        return (autograd.dot(weights, xs) - y).tanh()

    return autograd.compile(f, [1.0, 2.0, 3.0], 0.5)


@pytest.fixture
def plain():
    """A function of two plain numbers, without parameters: the quickest calls."""
    return autograd.compile(lambda a, b: a * b + a, 1.0, 2.0)


X = np.array([[0.1, -0.2, 0.3], [1.0, 2.0, -1.0], [0.0, 0.5, 0.25], [-3.0, 1.0, 2.0]])
Y = np.array([0.5, -1.0, 0.25, 2.0])


# One sample or a batch.


def test_a_sample_gives_floats_and_a_batch_gives_arrays(neuron):
    assert type(neuron([0.1, 0.2, 0.3], 0.5)) is float
    value, gradient = neuron.value_and_grad([0.1, 0.2, 0.3], 0.5)
    assert (type(value), gradient.dtype, gradient.shape) == (float, np.float64, (3,))
    value, (by_xs, by_y) = neuron.value_and_grad([0.1, 0.2, 0.3], 0.5, wrt="inputs")
    assert [type(x) for x in (value, *by_xs, by_y)] == [float] * 5

    assert (neuron(X, Y).shape, neuron(X, Y).dtype) == ((4,), np.float64)
    value, gradient = neuron.value_and_grad(X, Y)
    assert (type(value), gradient.dtype, gradient.shape) == (float, np.float64, (3,))
    value, (by_xs, by_y) = neuron.value_and_grad(X, Y, wrt="inputs")
    assert (by_xs.shape, by_y.shape) == ((4, 3), (4,))


def test_the_value_of_a_batch_is_the_mean_and_its_gradients_are_the_means_and_shares(neuron):
    value, gradient = neuron.value_and_grad(X, Y)
    _, (by_xs, by_y) = neuron.value_and_grad(X, Y, wrt="inputs")
    each = [neuron.value_and_grad(x, y) for x, y in zip(X, Y)]
    each_by_inputs = [neuron.value_and_grad(x, y, wrt="inputs")[1] for x, y in zip(X, Y)]
    assert value == pytest.approx(np.mean([v for v, _ in each]), rel=1e-15)
    assert gradient == pytest.approx(np.mean([g for _, g in each], axis=0), rel=1e-14)
    assert by_xs == pytest.approx(np.array([xs for xs, _ in each_by_inputs]) / 4, rel=1e-14)
    assert by_y == pytest.approx(np.array([y for _, y in each_by_inputs]) / 4, rel=1e-14)
    assert neuron(X, Y) == pytest.approx([v for v, _ in each], rel=1e-14)


def test_a_batch_of_one_is_a_batch(neuron):
    assert neuron(X[:1], Y[:1]).shape == (1,)
    assert neuron(X[:1], Y[:1])[0] == pytest.approx(neuron(X[0], Y[0]), rel=1e-14)


def test_the_results_of_a_batch_have_the_shape_of_the_functions_result():
    results = {
        (4,): lambda x: x,
        (4, 1): lambda x: [x],
        (4, 3): lambda x: [x, x * x, 2.0],
        (4, 2, 2): lambda x: [[x, 1.0], [x.exp(), x]],
        (4, 1, 3): lambda x: [[x, x, x]],
    }
    for shape, f in results.items():
        found = autograd.compile(f, 1.0)(Y)
        assert found.shape == shape
        one_by_one = np.array([eager(f, y).value for y in Y.tolist()])
        assert found == pytest.approx(one_by_one, rel=1e-15)


def test_nested_lists_of_unequal_lengths_are_flat_in_the_arrays_of_a_batch():
    def f(parts):
        return parts[0][0] * parts[1][0] + parts[1][1] * parts[2]

    fast = autograd.compile(f, [[1.0], [2.0, 3.0], 4.0])
    samples = [[[1.0], [2.0, 3.0], 4.0], [[0.5], [-1.0, 2.0], 3.0]]
    assert [fast(sample) for sample in samples] == [14.0, 5.5]
    assert fast(samples).tolist() == [14.0, 5.5]
    assert fast.value_and_grad(samples[0], wrt="inputs")[1] == [[[2.0], [1.0, 4.0], 3.0]]
    value, (gradient,) = fast.value_and_grad(samples, wrt="inputs")
    assert value == 9.75
    assert (2.0 * gradient).tolist() == [[2.0, 1.0, 4.0, 3.0], [-1.0, 0.5, 3.0, 2.0]]
    assert autograd.compile(lambda x: [x, [x, x]], 1.0)(Y).shape == (4, 3)


# Arguments of every kind.

KINDS = {
    "lists": lambda xs: xs.tolist(),
    "tuples": lambda xs: tuple(map(tuple, xs.tolist())) if xs.ndim == 2 else tuple(xs.tolist()),
    "Fortran order": np.asfortranarray,
    "every second of an array": lambda xs: np.repeat(xs, 2, axis=0)[::2],
    "backwards": lambda xs: xs[::-1].copy()[::-1],
    "transposed": lambda xs: xs.T.copy().T,
    "read-only": lambda xs: np.frombuffer(xs.tobytes()).reshape(xs.shape),
    "big endian": lambda xs: xs.astype(">f8"),
    "long double": lambda xs: xs.astype(np.longdouble),
    "a list of arrays": list,
    "a list of array.array": lambda xs: [array("d", x) for x in xs] if xs.ndim == 2 else xs,
    "a subclass": lambda xs: xs.view(np.recarray),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_may_come_in_any_layout(kind, neuron):
    expected = written(
        [*neuron.value_and_grad(X, Y), *neuron.value_and_grad(X, Y, wrt="inputs")[1]]
    )
    xs, y = KINDS[kind](X), KINDS[kind](Y)
    found = [*neuron.value_and_grad(xs, y), *neuron.value_and_grad(xs, y, wrt="inputs")[1]]
    assert written(found) == expected
    assert written(neuron(xs, y)) == written(neuron(X, Y))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_may_come_in_any_layout(kind, neuron):
    expected = written(neuron.value_and_grad(X[0], 0.5, wrt="inputs"))
    x = KINDS[kind](X)[0]
    assert written(neuron.value_and_grad(x, np.float64(0.5), wrt="inputs")) == expected
    assert written(neuron.value_and_grad(x, np.array(0.5), wrt="inputs")) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.int8, np.uint8, np.bool_])
def test_numbers_of_any_dtype_are_taken_as_float64(dtype, neuron):
    xs, y = np.abs(X).astype(dtype), np.abs(Y).astype(dtype)
    exact = xs.astype(np.float64), y.astype(np.float64)
    assert written(neuron.value_and_grad(xs, y)) == written(neuron.value_and_grad(*exact))
    assert written(neuron(xs[1], y[1])) == written(neuron(exact[0][1], exact[1][1]))
    assert written(neuron(list(xs[1]), y[1])) == written(neuron(exact[0][1], exact[1][1]))


@pytest.mark.parametrize(
    "one", [1, True, np.float32(1.0), np.int16(1), np.bool_(True), np.array(1.0)]
)
def test_whole_numbers_bools_and_scalars_are_numbers(one, plain):
    assert plain(one, 2.0) == 3.0
    assert written(plain.value_and_grad(one, one, wrt="inputs")) == "[2.0, [2.0, 1.0]]"


def test_a_memory_mapped_array_is_an_array(neuron, tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert written(neuron.value_and_grad(mapped, Y)) == written(neuron.value_and_grad(X, Y))
    assert written(neuron(mapped[1:3], Y[1:3])) == written(neuron(X[1:3], Y[1:3]))


def test_arguments_are_never_changed_and_never_given_back(weights):
    def f(xs, y):
        return [xs[0], y, weights[0] * xs[1], xs[2].exp()]

    def loss(xs, y):
        return xs[0] + y

    xs, y, theta = X.copy(), Y.copy(), np.array([0.5])
    fast, fast_loss = autograd.compile(f, [1.0] * 3, 1.0), autograd.compile(loss, [1.0] * 3, 1.0)
    identity = autograd.compile(lambda y: y, 1.0)
    found = [fast(xs, y), identity(y), *fast_loss.value_and_grad(xs, y, wrt="inputs")[1]]
    found += [fast_loss.value_and_grad(xs, y, theta=[])[1]]
    assert (xs == X).all()
    assert (y == Y).all()
    assert (theta == 0.5).all()
    for array_ in found:
        assert not np.shares_memory(array_, xs)
        assert not np.shares_memory(array_, y)


def test_results_may_be_written_to(neuron, plain):
    found = [
        neuron(X, Y),
        neuron.value_and_grad(X, Y)[1],
        *neuron.value_and_grad(X, Y, wrt="inputs")[1],
    ]
    found += [autograd.compile(lambda x: 3.0, 1.0)(Y), autograd.compile(lambda x: [x, 1.0], 1.0)(Y)]
    found += [neuron.read(), neuron.value_and_grad(X[0], 0.5)[1], plain(Y, Y)]
    for array_ in found:
        array_ += 1.0


def test_each_gradient_is_a_vector_of_its_own(neuron):
    first = neuron.value_and_grad(X, Y)[1]
    kept = first.copy()
    second = neuron.value_and_grad(2.0 * X, Y)[1]
    assert not np.shares_memory(first, second)
    assert (first == kept).all()
    assert (second != kept).any()
    a, b = (neuron.value_and_grad(factor * X, Y, wrt="inputs")[1] for factor in (1.0, 2.0))
    assert not any(np.shares_memory(i, j) for i in a for j in b)
    c, d = autograd.compile(lambda x, y: x + y, 1.0, 1.0).value_and_grad(Y, Y, wrt="inputs")[1]
    assert not np.shares_memory(c, d)


# Arguments that are wrong.


def test_a_mixture_of_one_sample_and_a_batch_is_a_type_error_that_says_which_is_which(neuron):
    message = "one sample or a batch, not a mixture: xs is a batch of 4, y is one sample"
    for call in (neuron, neuron.value_and_grad, neuron.backward):
        with pytest.raises(TypeError, match=message):
            call(X, 0.5)
    with pytest.raises(TypeError, match="xs is one sample, y is a batch of 4"):
        neuron(X[0], Y)


def test_batches_of_unequal_sizes_are_a_value_error_that_names_both(neuron):
    with pytest.raises(ValueError, match="xs has 4, y has 3 samples"):
        neuron.value_and_grad(X, Y[:3])


def test_an_empty_batch_is_a_value_error(neuron, plain):
    with pytest.raises(ValueError, match="a batch of no samples"):
        neuron(X[:0], Y[:0])
    with pytest.raises(ValueError, match="a batch of no samples"):
        plain.value_and_grad([], [], wrt="inputs")


@pytest.mark.parametrize(
    "wrong", [[1.0, 2.0], [[[1.0, 2.0, 3.0]]], 1.0, [[1.0] * 4], np.ones((3, 2))]
)
def test_a_wrong_shape_is_a_value_error_with_both_shapes(wrong, neuron):
    shapes = rf"xs of .* for the shape \(3,\), or \(batch, 3\).* {re.escape(str(np.shape(wrong)))}"
    with pytest.raises(ValueError, match=shapes):
        neuron(wrong, 0.5)
    with pytest.raises(ValueError, match=r"y of .* for the shape \(\), or \(batch\) .* \(4, 3\)"):
        neuron(X, X)


WRONG = [
    "x",
    None,
    1j,
    Value(1.0),
    [1.0, 2.0, "3"],
    [1.0, None, 2.0],
    [Value(1.0)] * 3,
    {},
    object(),
]
WRONG += [[[1.0], [1.0, 2.0]], np.array(["1", "2", "3"])]
WRONG += [np.array([1j, 2j, 3j]), np.array([0, 1, 2], dtype="M8[s]"), b"abc", 10**400]


@pytest.mark.parametrize("wrong", WRONG, ids=map(str, range(len(WRONG))))
def test_what_is_no_number_is_a_type_error_that_names_the_argument(wrong, neuron, plain):
    for call in (neuron, neuron.value_and_grad, neuron.backward):
        with pytest.raises(TypeError, match=r"xs of .* takes numbers of shape \(3,\)"):
            call(wrong, 0.5)
    plain.value_and_grad(1.0, 2.0, wrt="inputs")
    with pytest.raises(TypeError, match=r"b of .* takes numbers of shape \(\)"):
        plain.value_and_grad(1.0, wrong, wrt="inputs")


def test_a_value_as_argument_is_told_of_its_data(neuron, plain):
    with pytest.raises(TypeError, match=r"\.data"):
        plain(Value(1.0), 2.0)
    with pytest.raises(TypeError, match=r"\.data"):
        neuron([Value(1.0), Value(2.0), Value(3.0)], 0.5)


@pytest.mark.parametrize("wrong", [1.0, None, "x", [[1.0], [2.0]], [[1.0], [2.0, None], 4.0]])
def test_what_does_not_fit_nested_lists_of_unequal_lengths_is_told_so(wrong):
    fast = autograd.compile(lambda parts: parts[0][0] * parts[1][1], [[1.0], [2.0, 3.0], 4.0])
    with pytest.raises((TypeError, ValueError), match=r"parts of .* takes nested lists of numbers"):
        fast(wrong)
    with pytest.raises((TypeError, ValueError), match=r"parts of .* takes nested lists of numbers"):
        fast([[[1.0], [2.0, 3.0], 4.0], wrong])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_arguments_is_a_type_error_before_and_after_the_first_call(count, plain):
    for _ in range(2):
        with pytest.raises(TypeError, match=rf"for 2 arguments \(a, b\), but got {count}"):
            plain(*[1.0] * count)
        with pytest.raises(TypeError, match=rf"for 2 arguments \(a, b\), but got {count}"):
            plain.value_and_grad(*[1.0] * count, wrt="inputs")
        plain.value_and_grad(1.0, 2.0, wrt="inputs")


@pytest.mark.parametrize("wrt", ["weights", "", None, "input", 0])
def test_a_gradient_by_anything_else_is_a_value_error(wrt, neuron, plain):
    with pytest.raises(ValueError, match='"parameters" or "inputs", but is'):
        neuron.value_and_grad(X, Y, wrt=wrt)
    plain.value_and_grad(1.0, 2.0, wrt="inputs")
    with pytest.raises(ValueError, match='"parameters" or "inputs", but is'):
        plain.value_and_grad(1.0, 2.0, wrt=wrt)


@pytest.mark.parametrize("result", [2, 1])
def test_gradients_of_a_function_that_returns_a_list_are_a_type_error(result, weights):
    fast = autograd.compile(lambda x: [x * weights[0]] * result, 1.0)
    for wrt in ("inputs", "parameters"):
        with pytest.raises(TypeError, match="a function that returns one number"):
            fast.value_and_grad(2.0, wrt=wrt)
        with pytest.raises(TypeError, match="a function that returns one number"):
            fast.value_and_grad(Y, wrt=wrt)
    with pytest.raises(TypeError, match="a function that returns one number"):
        fast.backward(2.0)


# Parameters.


def test_parameters_are_read_at_each_call(neuron, weights):
    before = neuron(X, Y), neuron(X[0], Y[0])
    weights[1].data = 7.5
    assert (neuron(X, Y) != before[0]).any()
    assert neuron(X[0], Y[0]) != before[1]
    assert neuron.read().tolist() == [0.5, 7.5, 1.5]


def test_theta_stands_for_the_parameters_and_leaves_them_alone(neuron, weights):
    theta = np.array([2.0, -1.0, 0.25])
    values = [neuron(X, Y, theta=theta), neuron(X[0], 0.5, theta=theta)]
    found = [neuron.value_and_grad(X, Y, theta=theta, wrt=wrt) for wrt in ("parameters", "inputs")]
    one = [neuron.value_and_grad(X[0], 0.5, theta=theta, wrt=w) for w in ("parameters", "inputs")]
    assert [w.data for w in weights] == [0.5, -2.0, 1.5]
    assert theta.tolist() == [2.0, -1.0, 0.25]
    neuron.write(theta)
    assert written(values) == written([neuron(X, Y), neuron(X[0], 0.5)])
    for wrt, of_batch, of_sample in zip(("parameters", "inputs"), found, one):
        assert written(neuron.value_and_grad(X, Y, wrt=wrt)) == written(of_batch)
        assert written(neuron.value_and_grad(X[0], 0.5, wrt=wrt)) == written(of_sample)


@pytest.mark.parametrize("kind", [*KINDS, "objects"])
def test_theta_may_come_in_any_layout(kind, neuron):
    theta = np.array([2.0, -1.0, 0.25])
    laid_out = theta.astype(object) if kind == "objects" else KINDS[kind](theta)
    expected = written(neuron.value_and_grad(X, Y, theta=theta))
    assert written(neuron.value_and_grad(X, Y, theta=laid_out)) == expected
    neuron.write(laid_out)
    assert neuron.read().tolist() == theta.tolist()


@pytest.mark.parametrize("shape", [(2,), (4,), (0,), (3, 1), (1, 3), ()])
def test_theta_of_another_shape_is_a_value_error_with_both(shape, neuron):
    message = rf"theta of .* is a vector of 3 numbers, but has the shape {re.escape(str(shape))}"
    with pytest.raises(ValueError, match=message):
        neuron.value_and_grad(X, Y, theta=np.zeros(shape))
    with pytest.raises(ValueError, match=message):
        neuron.write(np.zeros(shape))


@pytest.mark.parametrize("theta", ["abc", [1.0, None, 2.0], [1j, 2.0, 3.0], [Value(1.0)] * 3, {}])
def test_theta_that_is_no_vector_of_numbers_is_a_type_error(theta, neuron):
    with pytest.raises(TypeError, match=r"theta of .* is a vector of 3 numbers"):
        neuron.value_and_grad(X, Y, theta=theta)
    with pytest.raises(TypeError, match=r"theta of .* is a vector of 3 numbers"):
        neuron.write(theta)


@given(st.lists(st.floats(), min_size=3, max_size=3))
def test_what_is_written_is_read_again_to_the_last_bit(numbers):
    weights = [Value(0.0) for _ in range(3)]
    fast = autograd.compile(lambda x: autograd.sum([w * x for w in weights]), 1.0)
    theta = np.array(numbers)
    fast.write(theta)
    assert written(fast.read()) == written(numbers)
    assert all(type(weight.data) is float for weight in weights)
    theta[:] = 0.0
    assert written(fast.read()) == written(numbers)


def test_backward_adds_what_eager_backward_adds(weights):
    def f(xs, y):
        return (autograd.dot(weights, xs) - y).tanh()

    fast = autograd.compile(f, [1.0] * 3, 1.0)
    for weight, earlier in zip(weights, (0.25, 0.0, -1.0)):
        weight.grad = earlier
    assert fast.backward([0.1, 0.2, 0.3], 0.5) == f([Value(x) for x in (0.1, 0.2, 0.3)], 0.5).data
    compiled = [(w.grad, w.backward_passes, w.data_at_backward, w.data) for w in weights]
    for weight, earlier in zip(weights, (0.25, 0.0, -1.0)):
        weight.grad, weight.backward_passes = earlier, 0
    f([Value(x) for x in (0.1, 0.2, 0.3)], 0.5).backward()
    assert compiled == [(w.grad, w.backward_passes, w.data_at_backward, w.data) for w in weights]


def test_two_backward_passes_add_up_to_twice_one(neuron, weights):
    value = neuron.backward(X, Y)
    once = [w.grad for w in weights]
    assert (value, once) == (
        neuron.value_and_grad(X, Y)[0],
        neuron.value_and_grad(X, Y)[1].tolist(),
    )
    neuron.backward(X, Y)
    assert [w.grad for w in weights] == [2.0 * grad for grad in once]
    assert [w.backward_passes for w in weights] == [2] * 3


def test_backward_of_a_function_without_parameters_computes_the_value(plain):
    assert plain.backward(2.0, 3.0) == 8.0


def test_parameters_come_in_the_order_of_gradients_whatever_the_order_of_use():
    a, b, c, d = (Value(float(i), label) for i, label in enumerate("abcd"))

    def f(x, y):
        return d * x.exp() + autograd.dot([c, a], [x, y], b) * d

    fast = autograd.compile(f, 0.5, 0.25)
    for point in ((0.5, 0.25), (-1.0, 2.0)):
        by_name = dict(zip(fast.parameters, fast.value_and_grad(*point)[1].tolist()))
        expected = eager(f, *point, parameters=[a, b, c, d]).by_parameters
        assert [by_name[parameter] for parameter in (a, b, c, d)] == expected


# Infinite and not a number: IEEE 754, in one sample and in batches, and no warning.

IEEE = {
    "1 / x": lambda x: 1.0 / x,
    "x / y": lambda x: x / (x - 1.0),
    "log": lambda x: x.log(),
    "sqrt": lambda x: x.sqrt(),
    "exp": lambda x: x.exp(),
    "0 · inf": lambda x: x.exp() * 0.0,
    "inf - inf": lambda x: x.exp() - x.exp(),
    "power": lambda x: x**0.5 + x**-1.0,
    "x to the x": lambda x: x**x,
    "log of a sum": lambda x: autograd.logsumexp([x, 2.0 * x, 1.0]),
    "largest": lambda x: autograd.max([x, 2.0, -x]),
    "smallest": lambda x: autograd.min([x * x, 2.0, -x]),
    "maximum": lambda x: autograd.maximum(x, 0.5) * autograd.minimum(x, 0.5),
    "clip": lambda x: x.clip(-1.0, 1.0) + x.relu() + abs(x),
    "no bound": lambda x: x.clip(-math.inf, 1.0) - x.clip(0.0, math.inf),
    "x to the inf": lambda x: x**math.inf + x**-math.inf,
    "x to the nan": lambda x: x**math.nan,
    "infinite slope": lambda x: x.leaky_relu(math.inf) + x.elu(-math.inf),
    "dot": lambda x: autograd.dot([x, x], [x, -1.0], 2.0),
    "product": lambda x: autograd.prod([x, x, 0.0]),
    "mean": lambda x: autograd.mean([x, -x, x * x]),
    "where": lambda x: autograd.where(x > 0.0, x.log(), -1.0),
    "atanh": lambda x: x.atanh() + x.acosh() + x.asin(),
    "activations": lambda x: x.sigmoid() + x.softplus() + x.silu() + x.gelu() + x.tanh() + x.elu(),
    "log_sigmoid": lambda x: x.log_sigmoid(),
    "hypot": lambda x: autograd.hypot(x, x) + autograd.atan2(x, x),
    "cbrt": lambda x: x.cbrt() + x.sign(),
    "exp2": lambda x: x.exp2() + x.expm1() + x.sinh() + x.cosh(),
    "1 / sign": lambda x: 1.0 / x.sign(),
    "a long sum": lambda x: autograd.sum([x * float(i) for i in range(-6, 6)]),
    "sin": lambda x: x.sin() + x.cos() + x.tan() + x.atan() + x.erf(),
}
# What batches do not promise: NumPy's power takes the root for an exponent of 0.5, and the root of -inf
# is nan, where C's pow has inf; and a partial product may overflow though the whole product does not.
LEFT_OUT = {("power", -math.inf), ("product", 1e200)}
POINTS = [0.0, -0.0, 1.0, -1.0, 1000.0, -1000.0, math.inf, -math.inf, math.nan, 1e200, 5e-324]


@pytest.mark.parametrize("name", IEEE)
def test_a_sample_follows_ieee_754_as_eager_code_does_to_the_last_bit(name):
    f = IEEE[name]
    fast = autograd.compile(f, 0.25)
    for x in POINTS:
        expected = eager(f, x)
        assert written(fast(x)) == written(expected.value), x
        found = fast.value_and_grad(x, wrt="inputs")
        assert written(found) == written([expected.value, expected.by_inputs]), x


@pytest.mark.parametrize("name", IEEE)
def test_a_batch_has_infinities_and_nans_where_eager_code_has_them_and_warns_of_none(name):
    f = IEEE[name]
    fast = autograd.compile(f, 0.25)
    points = [x for x in POINTS if (name, x) not in LEFT_OUT]
    expected = [eager(f, x) for x in points]
    values = np.array([each.value for each in expected])
    slopes = np.array([each.by_inputs[0] for each in expected])
    np.testing.assert_allclose(fast(np.array(points)), values, rtol=1e-12)
    for x, value, slope in zip(points, values, slopes):
        found, ((gradient,),) = fast.value_and_grad(np.array([x]), wrt="inputs")
        np.testing.assert_allclose([found, gradient], [value, slope], rtol=1e-12, err_msg=str(x))


def test_one_wrong_sample_leaves_the_others_of_its_batch_alone():
    fast = autograd.compile(lambda x: x.log() * 2.0, 1.0)
    value, (gradient,) = fast.value_and_grad(np.array([1.0, 0.0, 2.0, -1.0]), wrt="inputs")
    assert math.isnan(value)
    assert gradient[[0, 2]].tolist() == [0.5, 0.25]
    assert np.isinf(gradient[1])


def test_parameters_that_are_not_finite_are_numbers_like_others():
    weight = Value(1.0)
    fast = autograd.compile(lambda x: (weight * x).exp(), 1.0)
    for weight.data in (math.inf, -math.inf, math.nan, 1e308):
        expected = eager(lambda x: (weight * x).exp(), 2.0, parameters=[weight])
        value, gradient = fast.value_and_grad(2.0)
        assert written([value, gradient]) == written([expected.value, expected.by_parameters])
        value, gradient = fast.value_and_grad(np.array([2.0]))
        assert written([value, gradient]) == written([expected.value, expected.by_parameters])


# Anomalies.


def test_within_detect_anomaly_the_operation_at_fault_is_named():
    weight = Value(2.0, "w")
    fast = autograd.compile(lambda x: (weight * x).log() * 3.0, 1.0)
    with detect_anomaly():
        assert fast(0.5) == 0.0
        for call in (fast, fast.value_and_grad, fast.backward):
            with pytest.raises(autograd.AnomalyError, match=r"log made -inf .* Value\(0\.0\)"):
                call(0.0)
            with pytest.raises(autograd.AnomalyError, match=r"log made nan .* Value\(-6\.0\)"):
                call(np.array([1.0, 2.0, -3.0, 0.0]))
    assert fast(0.0) == -math.inf
    assert weight.grad == 0.0


def test_within_detect_anomaly_the_quickest_calls_are_watched_too():
    fast = autograd.compile(lambda x: 1.0 / x, 1.0)
    fast.value_and_grad(1.0, wrt="inputs")
    with detect_anomaly(), pytest.raises(autograd.AnomalyError, match="/ made inf"):
        fast.value_and_grad(0.0, wrt="inputs")


def test_within_detect_anomaly_theta_is_what_is_looked_into_and_parameters_stay():
    weight = Value(2.0, "w")
    fast = autograd.compile(lambda x: (weight * x).log(), 1.0)
    with detect_anomaly(), pytest.raises(autograd.AnomalyError, match=r"Value\(-1\.0\)"):
        fast.value_and_grad(0.5, theta=[-2.0])
    assert (weight.data, weight.grad) == (2.0, 0.0)


def test_within_detect_anomaly_an_infinity_on_the_way_to_a_finite_result_is_found():
    fast = autograd.compile(lambda x: 1.0 / (1.0 / x), 1.0)
    assert fast.value_and_grad(0.0, wrt="inputs")[0] == 0.0
    with detect_anomaly():
        for argument in (0.0, np.array([1.0, 0.0])):
            with pytest.raises(autograd.AnomalyError, match="/ made inf"):
                fast(argument)
            with pytest.raises(autograd.AnomalyError, match="/ made inf"):
                fast.value_and_grad(argument, wrt="inputs")


def test_within_detect_anomaly_arguments_of_any_structure_come_as_the_function_takes_them():
    weight = Value(1.0)

    def f(parts, y):
        return (parts[0][0] * weight).log() + parts[1][1] * parts[2] - y

    sample = [[[1.0], [2.0, 3.0], 4.0], 0.5]
    wrong = [[[-1.0], [2.0, 3.0], 4.0], 0.5]
    fast = autograd.compile(f, *sample)
    batch = [[sample[0], wrong[0]], [0.5, 0.5]]
    with detect_anomaly():
        assert fast(*sample) == 11.5
        assert fast([sample[0]] * 2, [0.5, 1.5]).tolist() == [11.5, 10.5]
        for arguments in (wrong, batch):
            with pytest.raises(autograd.AnomalyError, match=r"log made nan .* Value\(-1\.0\)"):
                fast(*arguments)


def test_what_came_in_wrong_is_no_anomaly():
    fast = autograd.compile(lambda x: x * 2.0, 1.0)
    with detect_anomaly():
        assert fast(math.inf) == math.inf
        assert np.isnan(fast(np.array([1.0, math.nan]))).tolist() == [False, True]


# Users' own operations.


@autograd.primitive(local_gradients=lambda out, x: (2.0 * x,))
def squared(x):
    return x * x


def another_of_that_name():
    @autograd.primitive(local_gradients=lambda out, x: (3.0 * x**2,))
    def squared(x):
        return x * x * x

    return squared


cubed = another_of_that_name()


@autograd.primitive(local_gradients=lambda out, x, y: (y * x ** (y - 1.0), out * autograd.log(x)))
def tanh(x, y):  # another function than the table's of this name
    return math.pow(x, y)


def test_users_operations_agree_with_eager_code_two_of_one_name_and_those_of_two_operands():
    weights = [Value(0.5), Value(1.25)]

    def f(xs):
        rows = [squared(x * w) + cubed(x) for x, w in zip(xs, weights)]
        powers = [tanh(x, w) for x, w in zip(xs, weights)]
        return autograd.sum(rows) * autograd.tanh(powers[0]) + powers[1] + squared(weights[0])

    agree(f, [[[0.5, 2.0]], [[1.5, 0.75]], [[3.0, 0.1]]])


def test_users_operations_stand_in_the_source_by_name():
    fast = autograd.compile(lambda x: squared(x) + cubed(x), 1.0)
    for source in (fast.scalar_source, fast.source):
        assert "= squared(x)" in source
        assert "= squared_2(x)" in source


def test_what_a_users_operation_raises_comes_through():
    @autograd.primitive(local_gradients=lambda out, x: (1.0,))
    def picky(x):
        if x > 100.0:
            raise ValueError("too large for me")
        return x

    fast = autograd.compile(lambda x: picky(x) * 2.0, 1.0)
    assert fast(2.0) == 4.0
    for call in (fast, lambda x: fast.value_and_grad(x, wrt="inputs")):
        with pytest.raises(ValueError, match="too large for me"):
            call(101.0)
        with pytest.raises(ValueError, match="too large for me"):
            call(np.array([1.0, 101.0]))


def test_where_python_raises_in_a_users_derivative_ieee_754_answers():
    @autograd.primitive(local_gradients=lambda out, x: (0.5 / out,))
    def root(x):
        return math.sqrt(x)

    fast = autograd.compile(lambda x: root(x) + x, 1.0)
    assert fast.value_and_grad(0.0, wrt="inputs") == (0.0, [math.inf])
    assert fast.value_and_grad(np.array([0.0, 4.0]), wrt="inputs")[1][0].tolist() == [
        math.inf,
        0.625,
    ]


# Threads.


def test_threads_that_call_one_function_get_each_their_own_results():
    weights = [Value(0.1 * i) for i in range(20)]

    def f(xs):
        return autograd.dot(weights, xs).tanh() + autograd.logsumexp(xs)

    def everything(fast, batch):
        return written([*fast.value_and_grad(batch), fast(batch), fast(batch[0].tolist())])

    random = np.random.default_rng(0)
    batches = [random.normal(size=(3 + i % 5, 20)) for i in range(40)]
    alone = autograd.compile(f, [1.0] * 20)
    expected = [everything(alone, batch) for batch in batches]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            for _ in range(5):
                shared = autograd.compile(
                    f, [1.0] * 20
                )  # whose sources are made by whoever is first
                assert list(pool.map(partial(everything, shared), batches)) == expected
    finally:
        sys.setswitchinterval(interval)


def test_threads_may_trace_at_the_same_time():
    def compiled(factor):
        weight = Value(float(factor))
        fast = autograd.compile(lambda x: autograd.where(x < weight, x * weight, x), 1.0)
        return fast(0.5), fast(np.array([0.5, 100.0])).tolist()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(compiled, range(1, 60)))
    assert found == [(0.5 * i, [0.5 * i, 100.0]) for i in range(1, 60)]


def test_a_division_by_a_zero_that_is_written_is_no_exception_in_a_batch():
    fast = autograd.compile(lambda x: x / 0.0 + 0.0 / x, 1.0)
    value, (gradient,) = fast.value_and_grad(np.ones(2), wrt="inputs")
    assert value == np.inf
    assert gradient.tolist() == [np.inf, np.inf]


@pytest.mark.parametrize(
    "wrong", ["1", None, [1.0], 1j, Value(1.0), np.array([1.0, 2.0])], ids=repr
)
def test_a_parameter_whose_data_is_no_number_is_refused_and_named(wrong):
    v, w = Value(2.0, "v"), Value(3.0, "w")
    fast = autograd.compile(lambda x: v * x + w, 1.0)
    w.data = wrong
    for call in (
        lambda: fast(1.0),
        lambda: fast([1.0, 2.0]),
        lambda: fast.value_and_grad(1.0),
        lambda: fast.backward(1.0),
        fast.read,
    ):
        with pytest.raises(TypeError, match="the data of 'w'"):
            call()
    w.data = np.float32(3)
    assert fast(1.0) == 5.0
