"""Laws of compiled models: every activation, every loss and every module of `nn`."""

from random import Random

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, Dropout, Maxout, Sequential
from nn.activations import NAMES
from nn.layers import Layer
from tests.autograd.compiler.comparison import agree, eager, written

# Losses, with the number of outputs that they take and targets for it.
LOSSES = {
    "hinge_loss": (nn.hinge_loss, 1, (-1, 1, 1, -1)),
    "squared_hinge_loss": (nn.squared_hinge_loss, 1, (1, -1, 1, -1)),
    "binary_cross_entropy_with_logits": (nn.binary_cross_entropy_with_logits, 1, (0, 1, 1, 0)),
    "multiclass_hinge_loss": (nn.multiclass_hinge_loss, 3, (2, 0, 1, 1)),
    "softmax_cross_entropy": (nn.softmax_cross_entropy, 3, (0, 1, 2, 1)),
    "squared_error": (nn.squared_error, 1, (0.5, -1.25, 3.0, 0.0)),
    "absolute_error": (nn.absolute_error, 1, (0.5, -1.25, 3.0, 0.0)),
    "huber_loss": (nn.huber_loss, 1, (0.5, -4.25, 3.0, 0.0)),
    "squared_error of several": (nn.squared_error, 2, ((0.5, 1.0), (-2.0, 0.25), (3.0, 3.0))),
    "absolute_error of several": (nn.absolute_error, 2, ((0.5, 1.0), (-2.0, 0.25), (3.0, 3.0))),
    "huber_loss of several": (nn.huber_loss, 2, ((0.5, 1.0), (-2.0, 0.25), (3.0, 3.0))),
}

MODELS = {
    **{
        f"MLP with {name}": lambda n, name=name: MLP(2, [3, n], activation=name, seed=1)
        for name in NAMES
    },
    "MLP of several layers": lambda n: MLP(2, [3, 3, 2, n], activation="tanh", seed=2),
    "MLP with an output activation": lambda n: MLP(
        2, [3, n], activation="relu", output_activation="tanh", seed=3
    ),
    "a linear classifier": lambda n: Layer(2, n, None, seed=4),
    "Maxout": lambda n: Sequential(Maxout(2, 3, 2, seed=5), Layer(3, n, None, seed=6)),
    "Maxout of three pieces": lambda n: Maxout(2, n, 3, seed=7),
    "Dropout after eval": lambda n: Sequential(
        Layer(2, 3, "relu", seed=8), Dropout(0.5, seed=9), Layer(3, n, None, seed=10)
    ).eval(),
    "a layer called twice": lambda n: _twice(
        Layer(2, 2, "tanh", seed=11), Layer(2, n, None, seed=12)
    ),
    "layers of other activations": lambda n: Sequential(
        Layer(2, 3, "sin", seed=13), Layer(3, 2, "prelu", seed=14), Layer(2, n, None, seed=15)
    ),
}


def _twice(layer, last):
    return Sequential(layer, layer, last)


def samples_for(targets):
    """Inputs near which nothing has a kink, with targets."""
    random = np.random.default_rng(0)
    return [
        [random.normal(size=2).tolist(), list(target) if isinstance(target, tuple) else target]
        for target in targets
    ]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_with_every_loss_agrees_with_eager_code(model, name):
    loss, n_outputs, targets = LOSSES[name]
    net = MODELS[model](n_outputs)
    for i, parameter in enumerate(net.parameters()):
        parameter.data += (
            0.125 * ((i % 5) - 2) + 0.01
        )  # biases and slopes too: nothing is at a kink

    def f(xs, y):
        return loss(net(xs), y)

    samples = samples_for(targets)
    fast = agree(f, samples)
    assert set(fast.parameters) == set(net.parameters())
    # With a plain number as the target a loss takes other ways, to the same numbers.
    for xs, y in samples:
        output = f([Value(x) for x in xs], y)
        output.zero_grad()
        output.backward()
        plain = [parameter.grad for parameter in fast.parameters]
        value, gradient = fast.value_and_grad(xs, y)
        assert written(value) == written(output.data)
        if name == "multiclass_hinge_loss":  # which then sums up fewer terms, in another order
            assert gradient == pytest.approx(plain, rel=1e-13, abs=1e-15)
        else:
            assert written(gradient) == written(plain)


@pytest.mark.parametrize("name", LOSSES)
def test_dropout_in_training_agrees_with_eager_code_under_every_loss(name):
    loss, n_outputs, targets = LOSSES[name]
    generator = Random(0)
    net = Sequential(
        Dropout(0.2, generator),
        Layer(2, 6, "tanh", seed=1),
        Dropout(0.5, generator),
        Layer(6, n_outputs, None, seed=2),
    )

    def f(xs, y):
        return loss(net(xs), y)

    samples = samples_for(targets)
    fast = autograd.compile(f, *samples[0])
    for _ in range(3):
        state = generator.getstate()
        expected = [eager(f, *sample, parameters=fast.parameters) for sample in samples]
        after = generator.getstate()

        generator.setstate(state)
        found = [fast.value_and_grad(*sample) for sample in samples]
        assert written(found) == written([[each.value, each.by_parameters] for each in expected])
        assert generator.getstate() == after

        generator.setstate(state)
        value, gradient = fast.value_and_grad(*(np.array(column) for column in zip(*samples)))
        assert value == pytest.approx(np.mean([each.value for each in expected]), rel=1e-13)
        mean = np.mean([each.by_parameters for each in expected], axis=0)
        assert gradient == pytest.approx(mean, rel=1e-12, abs=1e-15)
        assert generator.getstate() == after


def test_penalties_within_the_function_agree_with_eager_code():
    net = MLP(2, [3, 1], activation="tanh", seed=0)

    def f(xs, y):
        weights = net.weights_and_biases()[0]
        l2 = 0.01 * autograd.sum([w * w for w in weights])
        l1 = 0.001 * autograd.sum([abs(w) for w in weights])
        return nn.hinge_loss(net(xs), y) + l2 + l1

    agree(f, samples_for(LOSSES["hinge_loss"][2]))


def test_labels_come_in_arrays_of_any_whole_numbers():
    net = MLP(2, [3, 3], activation="tanh", seed=0)
    fast = autograd.compile(lambda xs, y: nn.softmax_cross_entropy(net(xs), y), [0.5, 0.5], 0)
    xs, labels = np.random.default_rng(0).normal(size=(5, 2)), np.array([0, 2, 1, 1, 2])
    expected = [
        nn.softmax_cross_entropy(net(x), int(label)).data for x, label in zip(xs.tolist(), labels)
    ]
    for dtype in (np.int64, np.int8, np.uint8, np.float64):
        assert fast(xs, labels.astype(dtype)) == pytest.approx(expected, rel=1e-13)
    assert [fast(x, label) for x, label in zip(xs, labels)] == pytest.approx(expected, rel=1e-13)


def test_a_label_that_is_no_class_is_an_index_error():
    net = MLP(2, [3, 3], activation="tanh", seed=0)
    fast = autograd.compile(lambda xs, y: nn.softmax_cross_entropy(net(xs), y), [0.5, 0.5], 0)
    for label in (3, -1, 0.5):
        with pytest.raises(IndexError, match="among 3 values"):
            fast([0.5, 0.5], label)
        with pytest.raises(IndexError, match="among 3 values"):
            fast.value_and_grad(np.ones((2, 2)), np.array([0, label]))


def test_all_outputs_of_a_model_come_as_an_array():
    net = MLP(2, [4, 3], activation="relu", seed=0)
    fast = autograd.compile(lambda xs: net(xs), [0.5, 0.5])
    xs = np.random.default_rng(0).normal(size=(20, 2))
    expected = np.array([[output.data for output in net(x)] for x in xs.tolist()])
    np.testing.assert_allclose(fast(xs), expected, rtol=1e-13, atol=1e-15)


def test_a_step_of_gradient_descent_on_the_vector_lowers_the_loss_as_an_eager_one_does():
    def trained(step):
        net = MLP(2, [8, 1], activation="tanh", seed=0)
        random = np.random.default_rng(1)
        xs = random.normal(size=(30, 2))
        step(net, xs, np.sign(xs[:, 0] * xs[:, 1]))
        return np.array([parameter.data for parameter in net.parameters()])

    def by_vector(net, xs, y):
        fast = autograd.compile(lambda x, t: nn.hinge_loss(net(x), t), [0.5, 0.5], 1)
        theta = fast.read()
        for _ in range(25):
            theta -= 0.1 * fast.value_and_grad(xs, y, theta=theta)[1]
        fast.write(theta)

    def by_values(net, xs, y):
        for _ in range(25):
            nn_loss = autograd.mean(
                [nn.hinge_loss(net(x), t) for x, t in zip(xs.tolist(), y.tolist())]
            )
            nn_loss.zero_grad()
            nn_loss.backward()
            for parameter in net.parameters():
                parameter.data -= 0.1 * parameter.grad

    np.testing.assert_allclose(trained(by_vector), trained(by_values), rtol=1e-10)
