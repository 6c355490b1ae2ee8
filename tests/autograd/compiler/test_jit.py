"""Laws of `compile(..., jit=True)`: the same source through numba, within the bound of eager code."""

import sys
from math import inf, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import autograd
import nn
from autograd import Value, ops
from autograd.compiler import array_functions, numba_source
from autograd.strategies import programs
from tests.autograd.compiler.comparison import (
    IS_CI,
    Sized,
    flat,
    is_well_conditioned,
    mapped,
    require_within_bound,
    sized,
)

pytestmark = pytest.mark.jit
numba = pytest.importorskip("numba", reason="numba is not installed")

from autograd.compiler import (  # noqa: E402
    numba_array_functions,
    numba_functions,
    numba_numpy,
    numba_scalar_functions,
)
from autograd.compiler.numba_elementwise import elementwise  # noqa: E402

# Where something over- or underflows, and where formulas branch.
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.5, 1e-9, inf, -inf, nan, 1e308, -1e308]
SPECIAL += [1e154, 1e-160, 1e-308, 5e-324, -5e-324, 710.0, 709.79, -746.0, -745.14, 1025.0, 600.0]
SPECIAL += [-36.0, -700.0, 30.0, 2.0**53, 0.625, -0.625]


def agrees(f, samples, wrt="parameters"):
    """Assert that a function compiled by numba is within the bound of eager code, and return it.

    It is called with the first sample by itself, and with all of them as a batch. A sample is a list of
    arguments. Each way of calling takes numba some seconds, so there are no more than these two.
    """
    fast = autograd.compile(f, *samples[0], jit=True)
    each = [sized(f, sample, fast.parameters) for sample in samples]
    which = {"inputs": 1, "parameters": 2}[wrt]
    value, gradient = fast.value_and_grad(*samples[0], wrt=wrt)
    require_within_bound("value", [value], each[0][0])
    require_within_bound("gradient", list(flat(mapped(float, gradient))), each[0][which])
    columns = [np.array(column) for column in zip(*samples)]
    value, gradient = fast.value_and_grad(*columns, wrt=wrt)
    values, slopes = (
        Sized(*(np.array([of_sample[i][j] for of_sample in each]) for j in (0, 1)))
        for i in (0, which)
    )
    require_within_bound("mean", [value], Sized(*(x.mean(axis=0) for x in values)))
    if wrt == "inputs":
        found = np.concatenate([part.reshape(len(samples), -1) for part in gradient], axis=1)
        require_within_bound("by inputs", found, Sized(*(x / len(samples) for x in slopes)))
    else:
        require_within_bound("by parameters", gradient, Sized(*(x.mean(axis=0) for x in slopes)))
    return fast


# Random programs.


def drawn_programs(count):
    """Different random programs, so many of them."""
    found = []

    @settings(max_examples=4 * count, database=None, suppress_health_check=list(HealthCheck))
    @given(programs())
    def collect(program):
        if program not in found and len(program.steps) > 1:
            found.append(program)

    collect()
    assert len(found) >= count
    return found[-count:]


@pytest.mark.parametrize("number", range(2 if IS_CI else 1))
def test_random_programs_agree_with_eager_code(number):
    joined = drawn_programs(4)  # numba takes less for one long function than for several
    random = np.random.default_rng(number)

    def f(*inputs):
        total = 0.0
        for program in joined:
            own, inputs = inputs[: len(program.inputs)], inputs[len(program.inputs) :]
            total = total + program(*own)
        return total

    example = [x for program in joined for x in program.inputs]
    near = (example * random.uniform(1 - 2.0**-6, 1 + 2.0**-6, size=(6, len(example)))).tolist()
    good = [sample for sample in near if is_well_conditioned(f(*map(Value, sample)))]
    agrees(f, [example, *good], wrt="inputs")


@settings(max_examples=200 if IS_CI else 50, suppress_health_check=list(HealthCheck))
@given(programs(max_nodes=3))
def test_sources_find_all_functions_that_they_import(program):
    fast = autograd.compile(program, *program.inputs, jit=True)
    for is_batch in (False, True):
        fast._module(is_batch, "inputs")  # imports it, and compiles nothing yet


# Entries of the table. Local gradients take the value first.

ELEMENTWISE = [
    name
    for name, operation in ops.TABLE.items()
    if operation.arguments is tuple and name not in ("identity", "where")
]
STATIC = {"power": 5.5, "leaky_relu": 0.1, "elu": 1.5}
IDENTIFIERS = {"+": "", "-": "", "*": "", "/": "divide", "%": "mod", "//": "", "**": "pow"}


def grid(name):
    """Operands of an entry: arrays of special values, in all combinations, and of random ones."""
    random = np.random.default_rng(0)
    if name in STATIC:
        return [np.array([*SPECIAL, *random.normal(0.0, 3.0, size=208)]).reshape(4, -1)]
    if name == "clip":
        return [np.array([SPECIAL])]
    if ops.TABLE[name].formulas[1].__code__.co_argcount == 2:
        return [np.array([*SPECIAL, *random.normal(0.0, 3.0, size=208)]).reshape(4, -1)]
    numbers = [*SPECIAL, *random.normal(0.0, 3.0, size=8)]
    return list(np.meshgrid(numbers, numbers))


def agrees_up_to_rounding(function, reference, operands, static):
    """Assert that two functions of arrays differ by no more than what operands' last bits change."""
    with np.errstate(all="ignore"):
        exact = np.broadcast_to(reference(*operands, *static), np.shape(operands[0]))
        allowed = 8.0 * np.spacing(np.abs(exact))
        for i, x in enumerate(operands):
            before, after = (
                reference(*operands[:i], x * (1.0 + h), *operands[i + 1 :], *static)
                for h in (-(2.0**-20), 2.0**-20)
            )
            change = np.abs(after - before)
            allowed = allowed + 2.0**-49 * 2.0**19 * np.where(np.isfinite(change), change, 0.0)
        found = np.broadcast_to(function(*operands, *static), exact.shape)
        same = (found == exact) | (np.isnan(found) & np.isnan(exact))
        wrong = ~(same | (np.abs(found - exact) <= allowed))
    if wrong.any():
        where = [x[wrong][0] for x in operands]
        raise AssertionError(f"{found[wrong][0]!r} in place of {exact[wrong][0]!r} at {where}")


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_entry_of_the_table_is_the_same_for_numba_and_for_numpy(name):
    operation, operands = ops.TABLE[name], grid(name)
    static = (-0.5, 0.625) if name == "clip" else (STATIC[name],) if name in STATIC else ()
    forward, gradients = operation.read(array_functions.arrays.FUNCTIONS)
    identifier = IDENTIFIERS.get(name, name)
    if name.isidentifier():
        ours = getattr(numba_array_functions, name)
        agrees_up_to_rounding(ours, forward, operands, static)
    if identifier:
        ours = getattr(numba_array_functions, f"{identifier}_gradients")
        with np.errstate(all="ignore"):
            out = forward(*operands, *static)
            count = len(gradients(out, *operands, *static))
        assert len(ours(out, *operands, *static)) == count
        for i in range(count):
            agrees_up_to_rounding(
                lambda *x, i=i: ours(forward(*x), *x)[i],
                lambda *x, i=i: gradients(forward(*x), *x)[i],
                operands,
                static,
            )


# Functions of vectors: of n operands, k rows and some samples.

REDUCTIONS = ["total", "average", "largest", "smallest", "argmax", "argmin", "prod", "logsumexp"]
GRADIENTS = ["prod_gradients", "logsumexp_gradients", "max_gradients", "min_gradients"]


def vectors(shape):
    """Operands: moderate ones, and such as make a tie, a nan or an infinity of a sample."""
    xs = np.random.default_rng(1).normal(size=shape)
    xs[..., 1] = xs[0, ..., 1]
    if shape[-1] > 4:
        xs[-1, ..., 2], xs[-1, ..., 3], xs[..., 4] = inf, nan, -inf
    return xs


@pytest.mark.parametrize("name", REDUCTIONS + GRADIENTS)
@pytest.mark.parametrize("shape", [(5, 6), (1, 2), (4, 3, 6)])
def test_functions_of_vectors_are_the_same_for_numba_and_for_numpy(name, shape):
    xs = vectors(shape)
    ours, theirs = (getattr(m, name) for m in (numba_array_functions, array_functions))
    arguments = (xs,) if name in REDUCTIONS else (xs[0] if len(shape) == 3 else xs[:1], xs)
    with np.errstate(all="ignore"):
        expected = theirs(*arguments)
    found = ours(*arguments)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2.0**-49, atol=2.0**-51)


@pytest.mark.parametrize("xs_shape", [(4, 6), (4, 1), (4, 3, 6), (4, 3, 1)])
@pytest.mark.parametrize("columns", [1, 6])
def test_an_index_chooses_by_row_and_by_sample_as_it_does_for_numpy(xs_shape, columns):
    k = xs_shape[1] if len(xs_shape) == 3 else 1
    xs = np.random.default_rng(2).normal(size=xs_shape)
    index = np.arange(k * columns).reshape(k, columns) % 4.0
    for name, close in (("take", 0.0), ("cross_entropy", 2.0**-49)):
        ours, theirs = (getattr(m, name) for m in (numba_array_functions, array_functions))
        out = ours(index, xs)
        np.testing.assert_allclose(out, theirs(index, xs), rtol=close)
        name += "_gradients"
        ours, theirs = (getattr(m, name) for m in (numba_array_functions, array_functions))
        found, expected = ours(out, index, xs), theirs(out, index, xs)
        np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=close)


def test_sums_of_gradients_are_the_same_for_numba_and_for_numpy():
    gradient = np.random.default_rng(3).normal(size=(5, 7))
    for name in ("over_rows", "over_samples"):
        ours, theirs = (getattr(m, name) for m in (numba_array_functions, array_functions))
        np.testing.assert_allclose(ours(gradient), theirs(gradient), rtol=2.0**-49)
    rows = np.array([3, 0, 3, 1, 3])
    for target, contribution in ((np.zeros(4), gradient[:, 0]), (np.zeros((4, 7)), gradient)):
        ours, theirs = target.copy(), target.copy()
        numba_array_functions.add_at(ours, rows, contribution)
        array_functions.add_at(theirs, rows, contribution)
        np.testing.assert_allclose(ours, theirs, rtol=2.0**-49)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "logsumexp", "max", "min"])
def test_functions_of_tuples_are_the_same_for_numba_and_for_floats(name):
    operation = ops.TABLE[name]
    forward = numba_functions.FUNCTIONS[name]
    gradients = getattr(numba_scalar_functions, f"{name}_gradients")
    for xs in ([0.3, -2.0, 4.0, 4.0], [1e200, 1e200, 1e-300, 1e-90], [-800.0, 3.0, 0.0, 0.5]):
        out = operation.forward(xs)
        assert forward(tuple(xs)) == pytest.approx(out, rel=1e-15)
        expected = operation.local_gradients(out, xs)
        assert gradients(out, tuple(xs)) == pytest.approx(expected, rel=1e-15)


def test_a_dot_of_tuples_has_a_bias_or_none():
    dot = numba_functions.FUNCTIONS["dot"]
    assert dot((1.0, 2.0), (3.0, 4.0)) == 11.0
    assert dot((1.0, 2.0), (3.0, 4.0), 0.5) == 11.5


# Functions of arrays.


def test_functions_of_floats_broadcast_as_numpys_do():
    hypot = elementwise(numba.njit(lambda x, y: (x + 2.0 * y, x * y)), 2, n_results=2)
    a, b = np.arange(3.0).reshape(3, 1), np.arange(4.0).reshape(1, 4)
    for x, y in ((a, b), (a, 2.0), (a, a), (3.0, b), (b + a, np.asfortranarray(b + a))):
        first, second = hypot(x, y)
        np.testing.assert_array_equal(first, x + 2.0 * y)
        np.testing.assert_array_equal(second, x * y)
    assert hypot(1.0, 2.0) == (5.0, 2.0)


def test_numpy_is_numpys_but_for_what_is_ours():
    assert numba_numpy.concatenate is np.concatenate
    condition = np.array([[True, False]])
    np.testing.assert_array_equal(numba_numpy.where(condition, 1.0, -0.0), [[1.0, -0.0]])


# Whole functions.


def test_the_readmes_example_is_exact_and_takes_the_direct_path():
    def f(a, b):
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
        return g

    fast = autograd.compile(f, 1.0, 1.0, jit=True)
    value, gradient = fast.value_and_grad(-4.0, 2.0, wrt="inputs")
    assert (value, gradient) == autograd.compile(f, 1.0, 1.0).value_and_grad(
        -4.0, 2.0, wrt="inputs"
    )
    assert f"{value:.4f} {gradient[0]:.4f} {gradient[1]:.4f}" == "24.7041 138.8338 645.5773"
    assert fast._direct is not None
    assert fast.value_and_grad(-4.0, 2.0, wrt="inputs") == (value, gradient)


def rows(model, count=5):
    """Inputs near which nothing has a kink, and shifted parameters: no bias is 0."""
    for i, parameter in enumerate(model.parameters()):
        parameter.data += 0.125 * (i % 5 - 2) + 0.01
    return np.random.default_rng(5).normal(size=(count, 2)).tolist()


def test_a_softmax_classifier_with_labels_agrees_with_eager_code():
    model = nn.MLP(2, [4, 3], activation="tanh", seed=1)
    samples = [[row, i % 3] for i, row in enumerate(rows(model))]
    fast = agrees(lambda xs, label: nn.softmax_cross_entropy(model(xs), label), samples)
    with pytest.raises(IndexError, match="no position 3 among 3 values"):
        fast.value_and_grad(samples[0][0], 3)
    columns = np.array([row for row, _ in samples]), np.array([0, 1, 2, -1, 0])
    with pytest.raises(IndexError, match="no position -1 among 3 values"):
        fast.value_and_grad(*columns)
    with pytest.raises(IndexError, match="whole number"):
        fast.value_and_grad(samples[0][0], 1.5)


def test_a_hinge_classifier_with_a_penalty_agrees_with_eager_code():
    model = nn.MLP(2, [4, 3, 1], activation="relu", seed=2)
    samples = [[row, 1 - 2 * (i % 2)] for i, row in enumerate(rows(model))]

    def loss(xs, y):
        penalty = autograd.sum([parameter**2 for parameter in model.parameters()])
        return (1.0 - model(xs) * y).relu() + 0.01 * penalty

    agrees(loss, samples)


def test_gradients_by_inputs_agree_with_eager_code_for_shared_and_nested_operands():
    weights = [Value(0.1 * i - 0.35, f"w{i}") for i in range(7)]

    def f(table, y):
        windows = [autograd.dot(weights[i : i + 2], row, y) for i, row in enumerate(table)]
        chosen = autograd.max([table[0][0], y, 0.3]) + autograd.where(y < 0.1, y * y, y / 3.0)
        scores = autograd.logsumexp(windows) * autograd.logsumexp(table[0])
        column = [row[0] for row in table]  # rows of an array with others in between
        odd = autograd.dot(weights[::3], column) + autograd.dot(windows, windows)
        return scores + odd * chosen + autograd.prod(windows)

    random = np.random.default_rng(6)
    samples = [[random.uniform(0.4, 2.0, size=(3, 2)).tolist(), 0.7 + 0.1 * i] for i in range(3)]
    agrees(f, samples, wrt="inputs")


def test_dropout_agrees_with_eager_code_under_one_seed():
    def model_and_loss():
        hidden = nn.Layer(2, 6, "tanh", seed=3)
        model = nn.Sequential(hidden, nn.Dropout(0.5, seed=4), nn.Layer(6, 1, None, seed=5))
        return model, lambda xs: model(xs) ** 2

    model, loss = model_and_loss()
    fast = autograd.compile(loss, [0.5, 0.5], jit=True)
    _, eager_loss = model_and_loss()
    xs = rows(model, 0) or np.random.default_rng(7).normal(size=(4, 2))
    model.load_state_dict(model_and_loss()[0].state_dict())
    for _ in range(2):
        expected = np.mean([eager_loss([Value(x) for x in row]).data for row in xs])
        assert fast.value_and_grad(xs)[0] == pytest.approx(expected, rel=1e-14)
        expected = eager_loss([Value(x) for x in xs[0]]).data
        assert fast.value_and_grad(xs[0])[0] == pytest.approx(expected, rel=1e-14)


def test_results_keep_their_structure():
    weight = Value(3.0)

    def f(x, ys):
        return [x * weight, [ys[0], weight], (2.5, x), ys[1][0].exp()]

    fast = autograd.compile(f, 1.0, [2.0, [3.0, 4.0]], jit=True)
    expected = [1.5, [0.25, 3.0], [2.5, 0.5], 1.0]
    assert fast(0.5, [0.25, [0.0, 7.0]]) == expected
    batch = fast(np.array([0.5, 0.5]), [[0.25, [0.0, 7.0]]] * 2)
    assert batch.tolist() == [list(flat(expected))] * 2


def test_functions_without_arguments_or_without_parameters_have_gradients_of_no_numbers():
    weights = [Value(0.5), Value(-2.0)]
    penalty = autograd.compile(lambda: autograd.dot(weights, weights), jit=True)
    assert penalty() == 4.25
    assert penalty.value_and_grad()[1].tolist() == [1.0, -4.0]
    assert penalty.value_and_grad(wrt="inputs") == (4.25, [])
    number = autograd.compile(lambda x, ys: 5.0 + 0.0 * ys[1], 1.0, [1.0, 2.0], jit=True)
    value, gradient = number.value_and_grad(2.0, [3.0, 4.0])
    assert (value, gradient.shape) == (5.0, (0,))
    assert number.value_and_grad(2.0, [3.0, 4.0], wrt="inputs") == (5.0, [0.0, [0.0, 0.0]])


def test_arithmetic_is_that_of_ieee_754_for_a_sample_and_for_a_batch():
    def f(x, y):
        return [1.0 / x, y.log(), y.sqrt(), (800.0 - y).exp(), y**0.5, x * inf, y / x, x**-1.0]

    fast = autograd.compile(f, 1.0, 1.0, jit=True)
    expected = [inf, nan, nan, inf, nan, nan, -inf, inf]
    np.testing.assert_array_equal(fast(0.0, -1.0), expected)
    np.testing.assert_array_equal(fast(np.zeros(2), np.full(2, -1.0)), [expected] * 2)
    reciprocal = autograd.compile(lambda x: 1.0 / x, 1.0, jit=True)
    for _ in range(2):  # the second time by the direct path
        assert reciprocal.value_and_grad(0.0, wrt="inputs") == (inf, [-inf])
    value, (slopes,) = reciprocal.value_and_grad(np.zeros(2), wrt="inputs")
    assert (value, slopes.tolist()) == (inf, [-inf, -inf])


def test_arrays_of_any_kind_and_batches_of_any_size_are_compiled_once():
    weight = Value(2.0)
    fast = autograd.compile(lambda xs, y: weight * xs[0] + xs[1] * y, [0.5, 0.5], 1.0, jit=True)
    X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    read_only = X.copy()
    read_only.flags.writeable = False
    unaligned = np.frombuffer(b"." + X.tobytes(), dtype=np.uint8)[1:].view(np.float64)
    kinds = [X, X.astype(np.float32), X.astype(int), np.asfortranarray(X), read_only, X.tolist()]
    kinds += [X.repeat(2, axis=1)[:, ::2], unaligned.reshape(2, 2), np.ma.array(X)]
    for kind in kinds:
        assert fast.value_and_grad(kind, y)[0] == (2.0 + 10.0 + 6.0 + 24.0) / 2
    for theta in (np.array([2]), [2.0], np.array([2.0, 0.0])[::2], np.broadcast_to(2.0, 1)):
        assert fast.value_and_grad(X, y, theta=theta)[0] == 21.0
        assert fast.value_and_grad(X[:1], y[:1], theta=theta)[0] == 12.0
        assert fast.value_and_grad([1.0, 2.0], 5.0, theta=theta)[0] == 12.0
    for module in fast._modules.values():
        assert len(module.value_and_grad.signatures) == 1


# Sources.

DECORATOR = '@njit(error_model="numpy", forceinline=True)'


def without_imports(source):
    """The title and the functions."""
    title, *functions = source.replace(f"{DECORATOR}\n", "").split("\n\n\ndef ")
    return [title.splitlines()[0], *functions]


def test_the_source_for_a_batch_is_the_same_but_for_imports_and_decorators():
    model = nn.MLP(2, [4, 3], activation="tanh", seed=1)

    def loss(xs, label):
        return nn.softmax_cross_entropy(model(xs), label) + xs[0].erf()

    plain, jitted = (autograd.compile(loss, [0.5, 0.5], 1, jit=jit).source for jit in (False, True))
    assert jitted.count(f"\n{DECORATOR}\ndef ") == jitted.count("\ndef ") == 2
    assert without_imports(plain) == without_imports(jitted)


def test_the_source_for_a_sample_takes_vectors_and_returns_one():
    weights = [Value(2.0, "slope"), Value(1.0, "shift")]
    fast = autograd.compile(lambda xs: weights[0] * xs[1] + weights[1], [1.0, 2.0], jit=True)
    source = fast.scalar_source
    assert (
        "    slope = theta[0]\n    shift = theta[1]\n    xs_0 = xs[0]\n    xs_1 = xs[1]\n" in source
    )
    assert "    gradient = np.empty(2)\n    gradient[0] = d_slope\n" in source
    assert fast.value_and_grad([0.0, 5.0])[1].tolist() == [5.0, 1.0]


def test_the_same_source_is_compiled_once_in_a_process():
    def compiled():
        model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
        fast = autograd.compile(lambda xs: model(xs).erf(), [0.5, 0.5], jit=True)
        fast.value_and_grad(np.ones((4, 2)))
        return fast._module(True, "parameters").value_and_grad

    first = compiled()
    assert (
        compiled() is first
    )  # though the first function is gone, as in a notebook's cell run again
    assert len(first.signatures) == 1
    assert not first.stats.cache_path  # and no file is written


# What numba is not given.


def test_an_operation_of_the_users_own_is_refused_by_its_name():
    @autograd.primitive(local_gradients=lambda out, x: (3 * x**2,))
    def cube(x):
        return x * x * x

    with pytest.raises(
        ValueError, match=r"jit=True\) takes autograd's own .* uses cube\(\), made by"
    ):
        autograd.compile(lambda x: cube(x) + 1.0, 0.5, jit=True)
    folded = autograd.compile(lambda x: x * cube(Value(2.0).detach().data), 0.5, jit=True)
    assert folded(3.0) == 24.0


def test_a_sample_that_is_too_long_is_refused_and_a_batch_of_it_is_not():
    def f(xs):
        return autograd.sum([x * x for x in xs])

    n = numba_source.LONGEST // 4
    fast = autograd.compile(f, [0.5] * n, jit=True)
    assert fast._size > numba_source.LONGEST
    sample = np.full(n, 2.0)
    told = (
        rf"is {fast._size} operations and operands, and numba takes up to {numba_source.LONGEST} .*"
    )
    for call in (fast, lambda xs: fast.value_and_grad(xs, wrt="inputs")):
        with pytest.raises(ValueError, match=told + r"give a batch.*or leave jit away"):
            call(sample)
    with pytest.raises(ValueError, match=r"is made up to 2000: there is \.source"):
        fast.scalar_source  # noqa: B018
    assert fast(sample[np.newaxis]).tolist() == [4.0 * n]


def test_a_batch_of_too_many_statements_is_refused():
    def f(x):
        for _ in range(numba_source.LONGEST_OF_BATCH // 2 + 1):  # with as many for gradients
            x = x.sin()
        return x

    fast = autograd.compile(f, 0.5, jit=True)
    told = r"takes 3\d\d statements on arrays, and numba takes up to 300 of them .*leave jit away"
    with pytest.raises(ValueError, match=told):
        fast(np.ones(2))
    with pytest.raises(ValueError, match=told):
        fast.value_and_grad(np.ones(2), wrt="inputs")


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r"needs numba: pip install 'glassgrad\[jit\]'"):
        autograd.compile(lambda x: x, 1.0, jit=True)
