"""Laws of the source for a batch: results within the bound, and layers that are matrix products."""

from functools import reduce
from math import tau
from operator import add
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, grad
from autograd.strategies import programs
from nn import MLP
from tests.autograd.compiler.comparison import (
    IS_CI,
    agree,
    agree_on_batch,
    is_well_conditioned,
    mapped,
)

PROGRAMS = 600 if IS_CI else 70
SEEDS = st.integers(0, 2**32 - 1).map(Random)


def near(x, random):
    return x * (1.0 + random.uniform(-(2.0**-6), 2.0**-6))


def well_conditioned(f, samples):
    """Those samples at which the function's graph is one that strategies would draw."""
    return [
        sample
        for sample in samples
        if all(map(is_well_conditioned, outputs_of(f(*mapped(Value, list(sample))))))
    ]


def outputs_of(result):
    outputs = result if isinstance(result, list) else [result]
    return [output for output in outputs if isinstance(output, Value)]


def test_random_programs_with_1_to_7_samples_agree_with_eager_code():
    seen = set()

    @settings(max_examples=2 * PROGRAMS, suppress_health_check=list(HealthCheck))
    @given(programs(), SEEDS)
    def check(program, random):
        if program in seen:
            return
        seen.add(program)
        is_parameter = [random.random() < 0.4 for _ in program.inputs]
        is_parameter[0] = False  # without arguments there is no batch
        parameters = [Value(x) for x, given in zip(program.inputs, is_parameter) if given]

        def f(*numbers):
            of_kind = {True: iter(parameters), False: iter(numbers)}
            return program(*(next(of_kind[given]) for given in is_parameter))

        example = [x for x, given in zip(program.inputs, is_parameter) if not given]
        others = [[near(x, random) for x in example] for _ in range(random.choice((0, 1, 2, 6)))]
        fast = agree(f, [example, *well_conditioned(f, others)])
        assert set(fast.parameters) == set(parameters)

    check()
    assert len(seen) >= 0.8 * PROGRAMS


def test_slopes_of_random_programs_agree_with_eager_code_in_batches_and_so_do_their_gradients():
    seen = set()

    @settings(max_examples=PROGRAMS // 2, suppress_health_check=list(HealthCheck))
    @given(programs(max_nodes=4), SEEDS)
    def check(program, random):
        first, *rest = program.inputs
        weights = [Value(x) for x in rest]  # which the function that is differentiated closes over

        def slope(x):
            return grad(lambda own: program(own, *weights))(x)

        samples = well_conditioned(slope, [[first], [near(first, random)], [near(first, random)]])
        if program not in seen and samples:
            agree_on_batch(slope, samples, autograd.compile(slope, *samples[0]))
            seen.add(program)

    check()
    assert len(seen) >= 0.2 * PROGRAMS


# What the inputs of several copies of a program are: the copies become rows of the same arrays.
ROLES = ("input", "parameter", "constant", "shared input", "shared parameter", "shared constant")
JOINED = {
    "list": lambda outputs, weights: outputs,
    "sum": lambda outputs, weights: autograd.sum(outputs),
    "loop": lambda outputs, weights: reduce(add, outputs),
    "mean": lambda outputs, weights: autograd.mean(outputs),
    "logsumexp": lambda outputs, weights: autograd.logsumexp(outputs),
    "max": lambda outputs, weights: autograd.max(outputs),
    "dot": lambda outputs, weights: autograd.dot(weights, outputs),
    "products": lambda outputs, weights: reduce(
        add, [output * weight for output, weight in zip(outputs, weights)], 0.0
    ),
    "pairs": lambda outputs, weights: reduce(
        add, [a * b for a, b in zip(outputs, outputs[::-1])], weights[0]
    ),
}


class Rows:
    """Several copies of a program: a function of two lists, of numbers by copy and of shared ones."""

    def __init__(self, program, random):
        self.program = program
        self.count = random.randrange(1, 6)
        self.roles = [random.choice(ROLES) for _ in program.inputs]
        self.how = random.choice(sorted(JOINED))
        self.numbers = [[near(x, random) for _ in range(self.count)] for x in program.inputs]
        # In which order the copies take their numbers: slices of arrays, or rows from all over them.
        self.orders = [
            random.choice((sorted, list))(random.sample(range(self.count), self.count))
            for _ in program.inputs
        ]
        self.weights = [Value(random.uniform(0.5, 1.5)) for _ in range(self.count)]
        self.own = [
            [Value(x, f"p{i}.{row}") for row, x in enumerate(numbers)]
            for i, numbers in enumerate(self.numbers)
        ]

    def example(self, random):
        of_role = {
            role: [
                near(x, random) for x, own in zip(self.program.inputs, self.roles) if own == role
            ]
            for role in ("input", "shared input")
        }
        by_copy = [near(x, random) for x in of_role["input"] for _ in range(self.count)]
        return [by_copy or [0.5], of_role["shared input"] or [0.5]]

    def __call__(self, by_copy, shared):
        outputs = []
        for copy in range(self.count):
            own, common = list(by_copy), list(shared)
            arguments = []
            for i, role in enumerate(self.roles):
                row = self.orders[i][copy]
                if role == "input":
                    arguments.append(own[row])
                    own = own[self.count :]
                elif role == "shared input":
                    arguments.append(common.pop(0))
                elif role == "parameter":
                    arguments.append(self.own[i][row])
                elif role == "shared parameter":
                    arguments.append(self.own[i][0])
                else:
                    arguments.append(self.numbers[i][row if role == "constant" else 0])
            outputs.append(self.program(*arguments))
        return JOINED[self.how](outputs, self.weights)


def test_several_copies_of_a_program_agree_with_eager_code_as_rows_of_arrays():
    n_checked = 0

    @settings(max_examples=PROGRAMS // 2, suppress_health_check=list(HealthCheck))
    @given(programs(max_nodes=5), SEEDS)
    def check(program, random):
        nonlocal n_checked
        rows = Rows(program, random)
        samples = well_conditioned(rows, [rows.example(random) for _ in range(4)])
        if samples:
            n_checked += 1
            agree(rows, samples)

    check()
    assert n_checked >= 0.25 * PROGRAMS


# Layers, however they are written.


def rows_of(layer):
    return [(neuron.weights, neuron.bias) for neuron in layer.neurons]


def in_a_loop(weights, inputs, bias):
    total = 0.0
    for weight, x in zip(weights, inputs):
        total += weight * x
    return total + bias


def from_the_bias(weights, inputs, bias):
    total = bias
    for weight, x in zip(weights, inputs):
        total = total + x * weight
    return total


def by_builtin_sum(weights, inputs, bias):
    return sum(w * x for w, x in zip(weights, inputs)) + bias


def by_sum_from_the_bias(weights, inputs, bias):
    return sum([w * x for w, x in zip(weights, inputs)], bias)


def by_the_tables_sum(weights, inputs, bias):
    return bias + autograd.sum([w * x for w, x in zip(weights, inputs)])


def by_one_sum(weights, inputs, bias):
    return autograd.sum([*(w * x for w, x in zip(weights, inputs)), bias])


def in_mixed_order(weights, inputs, bias):
    products = [w * x if i % 2 else x * w for i, (w, x) in enumerate(zip(weights, inputs))]
    return bias + reduce(add, products)


def in_halves(weights, inputs, bias):
    products = [w * x for w, x in zip(weights, inputs)]
    middle = len(products) // 2
    return (sum(products[:middle]) + bias) + sum(products[middle:])


def by_dot(weights, inputs, bias):
    return autograd.dot(weights, inputs, bias)


def by_dot_of_inputs(weights, inputs, bias):
    return autograd.dot(inputs, weights) + bias


def by_numpy(weights, inputs, bias):
    return np.dot(np.array(weights), np.array(inputs)) + bias


def by_numpys_product_and_sum(weights, inputs, bias):
    return np.sum(np.array(inputs) * np.array(weights)) + bias


WAYS = [
    in_a_loop,
    from_the_bias,
    by_builtin_sum,
    by_sum_from_the_bias,
    by_the_tables_sum,
    by_one_sum,
]
WAYS += [in_mixed_order, in_halves, by_dot, by_dot_of_inputs, by_numpy, by_numpys_product_and_sum]


def compiled_by_hand(model, way, loss):
    def net(xs, y):
        for layer in model.layers[:-1]:
            xs = [way(weights, xs, bias).tanh() for weights, bias in rows_of(layer)]
        (((weights, bias),),) = [rows_of(model.layers[-1])]
        return loss(way(weights, xs, bias), y)

    return autograd.compile(net, [0.5] * 5, 1.0)


def compiled_from_modules(model, loss):
    def net(xs, y):
        return loss(model(xs), y)

    return autograd.compile(net, [0.5] * 5, 1.0)


def compiled_in_loops(model, loss):
    return compiled_by_hand(model, in_a_loop, loss)


@pytest.mark.parametrize("way", WAYS)
def test_layers_written_by_hand_have_the_very_source_of_those_of_nn(way):
    model = MLP(5, [4, 3, 1], activation="tanh", seed=0)
    by_hand = compiled_by_hand(model, way, lambda score, y: (score - y).square())
    by_nn = compiled_from_modules(model, lambda score, y: (score - y).square())
    assert by_hand.source == by_nn.source
    assert by_hand.parameters == by_nn.parameters


def test_a_layer_is_one_matrix_product_and_its_backward_pass_two():
    model = MLP(5, [4, 3, 1], activation="tanh", seed=0)
    source = compiled_from_modules(model, lambda score, y: (score - y).square()).source
    _, value, both = source.split("\ndef ")
    for function in (value, both):
        for layer in range(3):
            assert function.count(f"layers_{layer}_weight @ ") == 1
    assert both.count("np.dot(") == 3
    # Of the first layer's inputs nobody asks for the gradient, and a column times a row is no sum.
    assert both.count("layers_1_weight.T @ ") == both.count("layers_2_weight.T * ") == 1
    assert "layers_0_weight.T" not in both
    assert "layers_0_weight" in value
    assert "layers_2_bias" in value


def test_the_parameters_stand_in_the_order_of_layers_weights_by_row_thehas_biases():
    model = MLP(5, [4, 3, 1], activation="tanh", seed=0)
    fast = compiled_from_modules(model, lambda score, y: (score - y).square())
    expected = []
    for layer in model.layers:
        for neuron in layer.neurons:
            expected += neuron.weights
        expected += [neuron.bias for neuron in layer.neurons]
    assert fast.parameters == expected


@pytest.mark.parametrize("build", [compiled_from_modules, compiled_in_loops])
def test_a_source_is_as_long_for_wide_layers_as_for_narrow_ones_and_grows_by_the_layer(build):
    def lines(*widths):
        model = MLP(5, [*widths, 1], activation="tanh", seed=0)
        return len(build(model, lambda score, y: (score - y).square()).source.splitlines())

    assert lines(4, 3) == lines(8, 6) == lines(40, 30)
    assert lines(4, 4, 4, 4) - lines(4, 4, 4) == lines(4, 4, 4) - lines(4, 4) > 0


def test_the_source_of_two_layers_is_the_lectures_formula():
    model = MLP(3, [4, 1], activation="relu", seed=0)
    fast = autograd.compile(lambda xs: model(xs), [0.5] * 3)
    value = fast.source.split("\ndef ")[1]
    assert value.strip().splitlines() == [
        "value(theta, xs):",
        "    xs = xs.T  # (3, batch)",
        "    layers_0_weight = theta[0:12].reshape(4, 3)",
        "    layers_0_bias = theta[12:16, None]",
        "    layers_1_weight = theta[16:20].reshape(1, 4)",
        "    layers_1_bias = theta[20:21, None]",
        "    layers_0_sum = layers_0_weight @ xs + layers_0_bias  # (4, batch)",
        "    layers_0_relu = np.maximum(layers_0_sum, 0.0)  # (4, batch)",
        "    layers_1_sum = layers_1_weight @ layers_0_relu + layers_1_bias  # (1, batch)",
        "    return layers_1_sum",
    ]


CHOSEN = {
    "a number": lambda x: autograd.where(False, x, 0.5).sin(),
    "a number in a sum": lambda x: x + autograd.select(1, [x, Value(2.0)]).exp() * x,
    "numbers twice": lambda x: (
        autograd.where(True, Value(2.0), x) * autograd.where(False, x, 3.0).sqrt()
    ),
    "a number among rows": lambda x: autograd.sum(
        [autograd.where(i > 1, x, float(i)).cos() * x for i in range(4)]
    ),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_left_to_compute_from_numbers_after_choices_is_computed(name):
    fast = agree(CHOSEN[name], [[0.75], [-1.5]])
    assert fast.value_and_grad(np.ones((3,)), wrt="inputs")[1][0].shape == (3,)


# Structures of many kinds. Each takes lists of numbers; `samples` are drawn for it.


def parameters(count, scale=1.0, seed=0):
    random = Random(seed)
    return [Value(random.gauss(0.0, scale), f"w{i}") for i in range(count)]


def samples(*shapes, size=4):
    """Random arguments of these shapes; () is a number."""
    random = np.random.default_rng(0)
    return [[random.normal(size=shape).tolist() for shape in shapes] for _ in range(size)]


def dense(weights, xs, n_outputs):
    rows = [weights[i * len(xs) : (i + 1) * len(xs)] for i in range(n_outputs)]
    return [autograd.dot(row, xs) for row in rows]


def recurrent():
    weights = parameters(3 * 3 + 3 * 2 + 3, 0.5)

    def f(sequence):
        state = [0.0, 0.0, 0.0]
        for xs in sequence:
            state = [
                autograd.tanh(a + b + c)
                for a, b, c in zip(
                    dense(weights[:9], state, 3), dense(weights[9:15], xs, 3), weights[15:]
                )
            ]
        return sum(state)

    return f, samples((5, 2))


def convolution():
    weights, bias = parameters(3), parameters(1)

    def f(xs):
        windows = [xs[i : i + 3] for i in range(len(xs) - 2)]
        maps = [autograd.relu(autograd.dot(weights, window, bias[0])) for window in windows]
        return autograd.sum([a * a for a in maps])

    return f, samples((8,))


def image_convolution():
    weights = parameters(2 * 9)

    def f(image):
        features = []
        for kernel in (weights[:9], weights[9:]):
            for i in range(3):
                for j in range(3):
                    window = [x for row in image[i : i + 3] for x in row[j : j + 3]]
                    features.append(sum(w * x for w, x in zip(kernel, window)))
        pooled = [autograd.max(features[:9]), autograd.max(features[9:])]
        return pooled[0].sigmoid() * pooled[1]

    return f, samples((5, 5))


def siamese():
    weights = parameters(4 * 3)

    def f(xs, ys):
        a, b = ([v.tanh() for v in dense(weights, part, 4)] for part in (xs, ys))
        return autograd.sum([(u - v).square() for u, v in zip(a, b)])

    return f, samples((3,), (3,))


def attention():
    weights = parameters(3 * 2 * 2)

    def f(tokens):
        queries, keys, values = (
            [dense(weights[4 * i : 4 * i + 4], token, 2) for token in tokens] for i in range(3)
        )
        out = []
        for query in queries:
            shares = autograd.softmax([autograd.dot(query, key) / 2**0.5 for key in keys])
            out += [autograd.dot(shares, column) for column in zip(*values)]
        return autograd.mean([v * v for v in out])

    return f, samples((4, 2))


def products_of_inputs():
    def f(xs, ys):
        return autograd.dot(xs, ys) * autograd.dot(xs, xs) + autograd.dot(ys, ys, xs[0])

    return f, samples((4,), (4,))


def many_softmaxes():
    weights = parameters(5)

    def f(xss):
        return sum(weight * (autograd.logsumexp(xs) - xs[1]) for weight, xs in zip(weights, xss))

    return f, samples((5, 3))


def probabilities():
    def f(xss):
        return [autograd.softmax(xs) for xs in xss]

    return f, samples((4, 3))


def reductions_in_rows():
    weights = parameters(4)

    def f(xss):
        several = []
        for xs in xss:
            several += [
                autograd.max(xs),
                autograd.min(xs),
                autograd.prod(xs),
                autograd.mean(xs),
                autograd.select(2, xs),
                autograd.sum(xs),
            ]
        return autograd.dot(weights * 6, several)

    return f, samples((4, 3))


def long_sums():
    weights = parameters(30)

    # More terms than are written with plus signs, and no products.
    def f(xs):
        return autograd.sum([x.exp() for x in xs]) + sum(x.sin() for x in xs) * weights[0]

    return f, samples((30,))


def labels_by_select():
    weights = parameters(3 * 2)

    def f(xs, label):
        scores = dense(weights, xs, 3)
        return autograd.logsumexp(scores) - autograd.select(label, scores)

    return f, [[xs, label] for (xs,), label in zip(samples((2,), size=5), (0, 2, 1, 1, 0))]


def labels_in_rows():
    weights = parameters(3)

    def f(xss, labels):
        return sum(w * autograd.select(i, xs) for w, xs, i in zip(weights, xss, labels))

    return f, [[xss, ls] for (xss,), ls in zip(samples((3, 4), size=2), ([0, 3, 1], [2, 2, 0]))]


def embeddings():
    vectors = [parameters(3, seed=i) for i in range(4)]

    def f(words):
        picked = [[autograd.select(word, column) for column in zip(*vectors)] for word in words]
        return autograd.dot(picked[0], picked[1]).tanh() + autograd.logsumexp(picked[2])

    return f, [[[0, 3, 1]], [[2, 2, 0]], [[1, 0, 3]]]


def penalized():
    weights = parameters(6)

    def f(xs):
        penalty = 0.01 * sum(w * w for w in weights) + 0.001 * sum(abs(w) for w in weights)
        return dense(weights, xs, 1)[0].tanh() + penalty

    return f, samples((6,))


def of_parameters_alone():
    weights = parameters(4)

    def f(x):
        return autograd.sum([w.exp() for w in weights]) * weights[0]

    return f, samples(())


def of_parameters_and_a_few_inputs():
    weights = parameters(4)

    def f(x):
        scale = autograd.logsumexp(weights)
        return [weight / scale for weight in weights] + [x * scale, x, weights[1], 3.0]

    return f, samples(())


def several_results():
    weights = parameters(2)

    def f(xs, y):
        return [[xs[0] * weights[0], y], [weights[1], xs[1].exp()], [2.0, xs[1]]]

    return f, samples((2,), ())


def matrices_of_inputs():
    def f(a, b):
        product = [[autograd.dot(row, column) for column in zip(*b)] for row in a]
        return autograd.sum([x for row in product for x in row]) * product[0][1]

    return f, samples((2, 3), (3, 2))


def three_dimensions():
    weights = parameters(2)

    def f(xsss):
        return sum(x * weights[i] + x * x for i, xss in enumerate(xsss) for xs in xss for x in xs)

    return f, samples((2, 3, 2))


def same_weights_at_many_depths():
    weights = parameters(4)

    def f(xs):
        for _ in range(4):
            xs = [(x + y).tanh() for x, y in zip(dense(weights, xs, 2), xs)]
        return xs[0] * xs[1]

    return f, samples((2,))


def tied_weights():
    weights = parameters(6)

    # An autoencoder whose second layer is the first one's transpose.
    def f(xs):
        hidden = [h.sigmoid() for h in dense(weights, xs, 2)]
        back = [autograd.dot([weights[i], weights[3 + i]], hidden) for i in range(3)]
        return autograd.mean([(a - b).square() for a, b in zip(xs, back)])

    return f, samples((3,))


def chosen_by_data():
    weights = parameters(3)

    def f(xs):
        chosen = [autograd.where(x > w, x * w, x - w) for x, w in zip(xs, weights)]
        both = [autograd.where((x > 0.0) & (x < 1.0), c, -c) for x, c in zip(xs, chosen)]
        return autograd.maximum(both[0], both[1]) * autograd.minimum(both[1], both[2]) + abs(
            both[0]
        )

    return f, samples((3,))


def many_powers():
    weights = parameters(3)

    def f(xs):
        return sum(
            abs(x) ** w + x**3 + x**2 + abs(x) ** 1.5 + abs(x) ** -0.5 + 2.0**x
            for x, w in zip(xs, weights)
        )

    return f, samples((3,))


def mixture_of_gaussians():
    means, logits = parameters(3), parameters(3, seed=1)

    def f(x):
        terms = [
            logit - 0.5 * (x - mean).square() - 0.5 * autograd.log(tau)
            for logit, mean in zip(logits, means)
        ]
        return autograd.logsumexp(terms) - autograd.logsumexp(logits)

    return f, samples(())


STRUCTURES = [recurrent, convolution, image_convolution, siamese, attention, products_of_inputs]
STRUCTURES += [many_softmaxes, probabilities, reductions_in_rows, long_sums, labels_by_select]
STRUCTURES += [
    labels_in_rows,
    embeddings,
    penalized,
    of_parameters_alone,
    of_parameters_and_a_few_inputs,
]
STRUCTURES += [several_results, matrices_of_inputs, three_dimensions, same_weights_at_many_depths]
STRUCTURES += [tied_weights, chosen_by_data, many_powers, mixture_of_gaussians]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_structures_of_many_kinds_agree_with_eager_code(structure):
    f, of_structure = structure()
    agree(f, of_structure)


# Weights used as a matrix and as its transpose, of sizes whose shapes are easily confused.


def mlp_and_its_slope(n_inputs, widths):
    net = MLP(n_inputs, widths, "tanh", seed=0)

    def f(xs):
        return autograd.sum([s.sin() for s in grad(lambda own: net(own))(xs)]) * net(xs)

    return f


def tied_autoencoder(n_inputs, width, has_biases):
    matrix = [parameters(n_inputs, seed=i) for i in range(width)]
    biases = parameters(width, seed=9) if has_biases else [0.0] * width

    def f(xs):
        hidden = [autograd.dot(row, xs, b).tanh() for row, b in zip(matrix, biases)]
        outputs = [autograd.dot(column, hidden) for column in zip(*matrix)]
        again = [autograd.dot(row, outputs) for row in matrix]  # the same weights at a third depth
        return autograd.sum([(o - x).square() for o, x in zip(outputs, xs)]) + again[0] * again[-1]

    return f


def squares_with_several_biases(n):
    weights, shifts = parameters(n), parameters(2, seed=1)

    def f(xs):
        rows = [autograd.dot(weights, weights, shift) for shift in shifts]
        return autograd.dot(rows, [xs[0], 1.0]) + autograd.dot(weights[:1] * n, weights)

    return f


WIDTHS = [[1], [3, 1], [1, 1], [1, 3, 1], [2, 2, 1]]
TRANSPOSED = {
    **{f"MLP {n} {widths}": (n, mlp_and_its_slope(n, widths)) for n in (1, 2) for widths in WIDTHS},
    **{
        f"autoencoder {n} {width} {has_biases}": (n, tied_autoencoder(n, width, has_biases))
        for n in (1, 2, 3)
        for width in (1, 2)
        for has_biases in (True, False)
    },
    **{f"squares of {n}": (1, squares_with_several_biases(n)) for n in (1, 2, 3)},
}


@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_matrix_of_one_row_or_column_is_told_from_its_transpose(name):
    n_inputs, f = TRANSPOSED[name]
    for batch in (1, 2, 3):
        each = [[[0.25 * (i + 1) - 0.5 * row for i in range(n_inputs)]] for row in range(batch)]
        agree_on_batch(f, each, autograd.compile(f, *each[0]))
