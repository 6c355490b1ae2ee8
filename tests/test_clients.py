"""Programs written for micrograd, run over its Value and over ours: the same numbers.

Each program takes the engine's `Value` as its argument, which is what the changed import line does.
micrograd's has no exponential and no logarithm; the programs that need them extend it, as people do.
"""

import math
import random
from itertools import pairwise

import pytest
from micrograd.engine import Value as MicrogradValue

from autograd import Value
from nn import MLP, SGD, Dropout, fit, hinge_loss


class Extended(MicrogradValue):
    """micrograd's Value with exp, log and tanh, in its own style."""

    def _elementary(self, data, slope, name):
        out = Extended(data, (self,), name)

        def _backward():
            self.grad += slope * out.grad

        out._backward = _backward
        return out

    def exp(self):
        return self._elementary(math.exp(self.data), math.exp(self.data), "exp")

    def log(self):
        return self._elementary(math.log(self.data), 1 / self.data, "log")

    def tanh(self):
        return self._elementary(math.tanh(self.data), 1 - math.tanh(self.data) ** 2, "tanh")

    # micrograd's operators return its own class, whose results have no exp.
    def __add__(self, other):
        return extended(super().__add__(other))

    def __mul__(self, other):
        return extended(super().__mul__(other))

    def __pow__(self, other):
        return extended(super().__pow__(other))

    def relu(self):
        return extended(super().relu())


def extended(value):
    value.__class__ = Extended
    return value


def uniform_weights(n, seed):
    generator = random.Random(seed)
    return [generator.uniform(-1, 1) for _ in range(n)]


def layers_of(value_class, sizes, seed):
    """Weights of an MLP as micrograd's users write it: a list of neurons (weights, bias) a layer."""
    numbers = iter(uniform_weights(1_000, seed))
    return [
        [([value_class(next(numbers)) for _ in range(n)], value_class(0)) for _ in range(m)]
        for n, m in pairwise(sizes)
    ]


def parameters_of(layers):
    return [p for layer in layers for weights, bias in layer for p in [*weights, bias]]


def moons_by_hand(value_class):
    """micrograd's demonstration in small: hinge loss, L2, and a learning rate that falls."""
    generator = random.Random(1)
    angles = [generator.uniform(0, math.pi) for _ in range(20)]
    points = [(math.cos(a), math.sin(a)) for a in angles[:10]]
    points += [(1 - math.cos(a), 0.5 - math.sin(a)) for a in angles[10:]]
    labels = [-1] * 10 + [1] * 10
    layers = layers_of(value_class, [2, 8, 8, 1], seed=0)
    parameters = parameters_of(layers)

    def score(point):
        x = [value_class(number) for number in point]
        for i, layer in enumerate(layers):
            sums = [sum((w * v for w, v in zip(weights, x)), bias) for weights, bias in layer]
            x = [s.relu() for s in sums] if i < len(layers) - 1 else sums
        return x[0]

    for step in range(15):
        scores = [score(point) for point in points]
        hinge = [(1 + -y * s).relu() for y, s in zip(labels, scores)]
        loss = sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= (1.0 - 0.9 * step / 15) * 0.2 * p.grad
        yield loss.data, [p.grad for p in parameters], [p.data for p in parameters]


def lecture_by_hand(value_class):
    """The lecture's last program: four samples, tanh throughout, squared errors, 20 steps."""
    samples = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    targets = [1.0, -1.0, -1.0, 1.0]
    layers = layers_of(value_class, [3, 4, 4, 1], seed=2)
    parameters = parameters_of(layers)

    def output(x):
        for layer in layers:
            x = [sum((w * v for w, v in zip(weights, x)), bias).tanh() for weights, bias in layer]
        return x[0]

    for _ in range(20):
        loss = sum((output(x) - y) ** 2 for x, y in zip(samples, targets))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad
        yield loss.data, [p.grad for p in parameters], [p.data for p in parameters]


def gpt_by_hand(value_class, width=8, heads=2, block=6, steps=4):
    """A GPT of scalars in the style of microgpt, with Adam by hand: one word a step."""
    words, letters = ["anna", "eve", "otto", "ada"], "abcdeinotv"
    boundary, n_letters = len(letters), len(letters) + 1
    generator = random.Random(42)

    def matrix(rows, columns):
        return [
            [value_class(generator.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)
        ]

    shapes = {
        "token": (n_letters, width),
        "position": (block, width),
        "head": (n_letters, width),
        **dict.fromkeys("qkvo", (width, width)),
        "up": (4 * width, width),
        "down": (width, 4 * width),
    }
    weights = {name: matrix(*shape) for name, shape in shapes.items()}
    parameters = [p for rows in weights.values() for row in rows for p in row]

    def linear(x, name):
        return [sum(w * v for w, v in zip(row, x)) for row in weights[name]]

    def normalized(x):
        scale = (sum(v * v for v in x) / len(x) + 1e-5) ** -0.5
        return [v * scale for v in x]

    def softmax(scores):
        top = max(s.data for s in scores)
        exponentials = [(s - top).exp() for s in scores]
        total = sum(exponentials)
        return [e / total for e in exponentials]

    def logits_at(token, position, keys, values):
        pairs = zip(weights["token"][token], weights["position"][position])
        x = normalized([t + p for t, p in pairs])
        inside = normalized(x)
        query = linear(inside, "q")
        keys.append(linear(inside, "k"))
        values.append(linear(inside, "v"))
        mixed, size = [], width // heads
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            scores = [
                sum(q * k for q, k in zip(query[part], key[part])) / size**0.5 for key in keys
            ]
            chances = softmax(scores)
            mixed += [
                sum(c * value[part][j] for c, value in zip(chances, values)) for j in range(size)
            ]
        x = [a + b for a, b in zip(x, linear(mixed, "o"))]
        hidden = [h.relu() for h in linear(normalized(x), "up")]
        x = [a + b for a, b in zip(x, linear(hidden, "down"))]
        return linear(x, "head")

    m, v = [0.0] * len(parameters), [0.0] * len(parameters)
    for step in range(steps):
        word = words[step % len(words)]
        tokens = [boundary, *map(letters.index, word), boundary]
        keys, values, losses = [], [], []
        for position, (token, following) in enumerate(pairwise(tokens)):
            chances = softmax(logits_at(token, position, keys, values))
            losses.append(-chances[following].log())
        loss = (1 / len(losses)) * sum(losses)
        loss.backward()
        rate = 0.01 * (1 - step / steps)
        gradients = [p.grad for p in parameters]
        for i, p in enumerate(parameters):
            m[i] = 0.85 * m[i] + 0.15 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            m_hat, v_hat = m[i] / (1 - 0.85 ** (step + 1)), v[i] / (1 - 0.99 ** (step + 1))
            p.data -= rate * m_hat / (v_hat**0.5 + 1e-8)
            p.grad = 0
        yield loss.data, gradients, [p.data for p in parameters]


@pytest.mark.parametrize("program", [moons_by_hand, lecture_by_hand, gpt_by_hand])
def test_a_program_for_micrograd_gives_its_numbers_over_our_value(program):
    theirs = list(program(MicrogradValue if program is moons_by_hand else Extended))
    ours = list(program(Value))
    assert len(ours) == len(theirs) > 3
    for (loss, gradients, data), (their_loss, their_gradients, their_data) in zip(ours, theirs):
        assert loss == pytest.approx(their_loss, rel=1e-12)
        assert gradients == pytest.approx(their_gradients, rel=1e-12, abs=1e-12)
        assert data == pytest.approx(their_data, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("program", [moons_by_hand, lecture_by_hand, gpt_by_hand])
def test_a_program_for_micrograd_learns(program):
    losses = [loss for loss, _, _ in program(Value)]
    assert losses[-1] < losses[0]


def test_pythons_seed_fixes_a_program_that_gives_no_other():
    def trained():
        random.seed(1337)
        model = MLP(2, [4, 1], dropout=0.25)
        samples, labels = [[0.1 * i, 1.0 - 0.2 * i] for i in range(8)], [1, -1] * 4
        optimizer = SGD(model.parameters(), lr=0.1)
        options = {"epochs": 2, "batch_size": 3, "progress": False}
        fit(model, hinge_loss, samples, labels, optimizer=optimizer, **options)
        dropout = Dropout(0.5)
        ignored = [x.data for x in dropout([Value(1.0) for _ in range(20)])]
        return [p.data for p in model.parameters()], ignored

    assert trained() == trained()
    random.seed(1337)
    first = MLP(2, [1]).parameters()[0].data
    assert MLP(2, [1]).parameters()[0].data != first
