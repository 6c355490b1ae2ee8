"""Which neuron and layer each node of a graph is put into."""

from collections.abc import Iterator

import pytest

from autograd import Value, gradients, sum, topological_order
from nn import (
    MLP,
    Dropout,
    Layer,
    Maxout,
    Module,
    Neuron,
    Sequential,
    binary_cross_entropy_with_logits,
    hinge_loss,
    l2_penalty,
    squared_error,
)
from viz.modules import Parameters, clusters_of


def parts(root: Value, model: Module | None = None) -> dict[str, list[str]]:
    """The operations of each module, and of none under "", in topological order."""
    values = topological_order(root)
    parameters = Parameters.by_labels(values) if model is None else Parameters.of_model(model)
    clusters = clusters_of(values, parameters)
    found: dict[str, list[str]] = {}
    for value in values:
        if value.parents:
            path = "/".join(cluster.title for cluster in clusters.get(value, ()))
            found.setdefault(path, []).append(value.op)
    return found


def test_a_neuron_is_its_sum_and_its_activation_and_the_loss_is_outside() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    assert parts(squared_error(model([1.0, 2.0]), 1.0)) == {
        "layers.0/neurons.0": ["dot", "tanh"],
        "layers.0/neurons.1": ["dot", "tanh"],
        "layers.1/neurons.0": ["dot"],
        "": ["-", "square"],
    }


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "sigmoid", "gelu", "sin"])
def test_every_activation_belongs_to_its_neuron(activation: str) -> None:
    out = Layer(2, 1, activation, seed=0)([1.0, 2.0])
    (path,) = parts(out)
    assert path == "Layer/neurons.0"


def test_a_learned_slope_belongs_to_its_neuron() -> None:
    out = Layer(2, 1, "prelu", seed=0)([1.0, 2.0])
    assert parts(out) == {"Layer/neurons.0": ["dot", "*", "where"]}


def test_the_pieces_of_a_maxout_neuron_and_their_maximum_are_one_neuron() -> None:
    out = Sequential(Maxout(2, 1, 3, seed=0))([1.0, 2.0])
    assert parts(out) == {"layers.0/neurons.0": ["dot", "dot", "dot", "max"]}


def test_the_mask_of_a_dropout_belongs_to_no_layer() -> None:
    model = Sequential(Layer(2, 2, seed=0), Dropout(0.5, seed=1), Layer(2, 1, None, seed=2))
    assert parts(model([1.0, 2.0]))[""] == ["*", "*"]


def test_a_second_activation_is_not_the_neurons() -> None:
    out = Layer(2, 1, "tanh", seed=0)([1.0, 2.0]).sigmoid()
    assert parts(out) == {"Layer/neurons.0": ["dot", "tanh"], "": ["sigmoid"]}


def test_a_loss_of_the_score_itself_is_told_from_an_activation() -> None:
    model = MLP(2, [1], seed=0)
    loss = binary_cross_entropy_with_logits(model([1.0, 2.0]), 0)
    expected = {"layers.0/neurons.0": ["dot"], "": ["softplus"]}
    assert parts(loss, model) == expected
    assert parts(loss) == expected
    hidden = MLP(2, [1, 1], activation="softplus", seed=0)
    assert parts(hidden([1.0, 2.0]))["layers.0/neurons.0"] == ["dot", "softplus"]


def test_a_penalty_is_no_part_of_the_neurons_whose_weights_it_takes() -> None:
    model = MLP(2, [1], seed=0)
    weights, _ = model.weights_and_biases()
    objective = model([1.0, 2.0]) + l2_penalty(weights, 0.1)
    assert parts(objective)["layers.0/neurons.0"] == ["dot"]


def test_every_call_has_neurons_of_its_own() -> None:
    model = MLP(2, [1], seed=0)
    loss = hinge_loss(model([1.0, 2.0]), 1) + hinge_loss(model([3.0, 4.0]), -1)
    values = topological_order(loss)
    clusters = clusters_of(values, Parameters.by_labels(values))
    sums = [value for value in values if value.op == "dot"]
    assert [clusters[total][-1].title for total in sums] == ["neurons.0"] * 2
    assert clusters[sums[0]] != clusters[sums[1]]
    # The weights serve both calls, so they are in neither.
    assert not any(weight in clusters for weight in model.parameters())


def test_labels_of_ones_own_are_known_by_the_model() -> None:
    neuron = Neuron(2, "sigmoid", seed=0)
    neuron.weights[0].label = "slope of the roof"
    out = neuron([1.0, 2.0])
    assert parts(out) == {"": ["dot", "sigmoid"]}
    assert parts(out, neuron) == {"Neuron": ["dot", "sigmoid"]}


def test_operations_of_modules_of_ones_own_are_in_no_frame() -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.slope, self.intercept = Value(2.0), Value(1.0)

        def __call__(self, x: float) -> Value:
            return self.slope * x + self.intercept

    line = Line()
    assert parts(line(3.0), line) == {"": ["*", "+"]}


def test_a_layer_inside_a_module_of_ones_own_is_named_by_its_path() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.scale = Value(2.0)
            self.hidden, self.unit = Layer(1, 2, "tanh", seed=0), Neuron(2, None, seed=1)

        def __call__(self, x: list[float]) -> Value:
            return self.unit(self.hidden(x)) * self.scale

    net = Net()
    assert parts(net([3.0]), net) == {
        "hidden/neurons.0": ["dot", "tanh"],
        "hidden/neurons.1": ["dot", "tanh"],
        "unit": ["dot"],
        "": ["*"],
    }


def test_a_model_that_names_only_some_of_its_parameters_has_frames_for_their_neurons() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.first, self.last = Layer(1, 1, "tanh", seed=0), Layer(1, 1, None, seed=1)

        def named_parameters(self) -> Iterator[tuple[str, Value]]:
            return (pair for pair in super().named_parameters() if pair[0].startswith("last"))

    net = Net()
    assert parts(net.last([net.first([1.0])]), net) == {
        "": ["dot", "tanh"],
        "last/neurons.0": ["dot"],
    }


def calls(root: Value) -> list[tuple[str, ...]]:
    """The frames of each sum, in topological order."""
    values = topological_order(root)
    clusters = clusters_of(values, Parameters.by_labels(values))
    return [tuple(c.name for c in clusters[v]) for v in values if v.op == "dot"]


def test_a_layer_used_again_and_again_has_a_call_each_time() -> None:
    cell = Layer(2, 1, "tanh", seed=0)
    state = Value(0.0, "h0")
    for step in range(3):
        state = cell([float(step), state])
    assert len(set(calls(state))) == 3


def test_the_same_inputs_given_twice_are_two_calls() -> None:
    layer = Layer(2, 2, "tanh", seed=0)
    x = [Value(1.0), Value(2.0)]
    frames = calls(sum([*layer(x), *layer(x)]))
    assert len(set(frames)) == 4
    assert len({layer for layer, _ in frames}) == 2


def test_products_and_differences_of_parameters_are_no_neurons() -> None:
    model = MLP(2, [1], seed=0)
    w = model.parameters()[0]
    assert parts((w - 1.0).square() * 0.1 + model([1.0, 2.0]))[""] == ["-", "square", "*", "+"]


def test_second_derivatives_are_in_no_frame() -> None:
    x = [Value(1.0), Value(2.0)]
    (gradient, _) = gradients(MLP(2, [2, 1], activation="tanh", seed=0)(x), x)
    found = parts(gradient)
    assert all(set(ops) <= {"dot", "tanh"} for path, ops in found.items() if path)


def test_labels_that_only_look_like_words_make_no_modules() -> None:
    w, b = Value(1.0, "w0"), Value(2.0, "layer.b")
    assert parts(w * 2 + b) == {"": ["*", "+"]}
