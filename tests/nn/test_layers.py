"""Laws of modules: what neurons, layers and MLPs compute, and how their parameters are named."""

import math

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, Layer, Module, Neuron


def test_a_neuron_is_the_activation_of_the_weighted_sum_and_bias():
    neuron = Neuron(2, activation="sigmoid")
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = -1.0, 2.0, 0.5
    rate = neuron([1.0, 2.0])
    assert rate.data == pytest.approx(1 / (1 + math.exp(-3.5)), rel=1e-15)
    rate.backward()
    slope = rate.data * (1 - rate.data)
    assert neuron.weights[1].grad == pytest.approx(2.0 * slope, rel=1e-14)
    assert neuron.bias.grad == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(("sizes", "count"), [((3, [4, 4, 1]), 41), ((3, [4, 2]), 26)])
def test_the_lectures_networks_have_41_and_26_parameters(sizes, count):
    assert MLP(*sizes).n_parameters == count


def test_parameters_are_labelled_by_their_path_from_zero():
    labels = [parameter.label for parameter in MLP(2, [2, 1]).parameters()]
    assert labels[:4] == [
        "layers.0.neurons.0.w0",
        "layers.0.neurons.0.w1",
        "layers.0.neurons.0.b",
        "layers.0.neurons.1.w0",
    ]
    assert labels[-1] == "layers.1.neurons.0.b"


def test_one_seed_gives_one_network_and_another_seed_another():
    def weights(seed):
        return [parameter.data for parameter in MLP(3, [4, 2], seed=seed).parameters()]

    assert weights(1) == weights(1) != weights(2)


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2 / 50), ("tanh", 1 / 50)])
def test_initial_weights_have_the_variance_that_suits_the_activation(activation, variance):
    weights, biases = Layer(50, 200, activation, seed=0).weights_and_biases()
    assert np.var([w.data for w in weights]) == pytest.approx(variance, rel=0.05)
    assert {b.data for b in biases} == {0.0}


def test_a_layer_of_several_outputs_gives_a_list_and_of_one_the_value_itself():
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert [out.kind for out in Layer(2, 3)([1.0, 2.0])] == ["operation"] * 3


def test_numbers_given_to_a_module_become_inputs_and_values_stay_themselves():
    x = Value(2.0)
    score = Neuron(2, activation=None, seed=0)([x, 3.0])
    assert [parent.kind for parent in score.parents] == ["leaf", "leaf", "leaf", "input", "leaf"]
    assert score.parents[2] is x


def test_one_number_or_value_counts_as_a_list_of_one():
    layer = Layer(1, 1, activation=None, seed=0)
    assert layer(2.0).data == layer([2.0]).data == layer(Value(2.0)).data


def test_a_numpy_row_is_a_sample():
    layer = Layer(2, 1, seed=0)
    assert layer(np.array([0.5, 1.0])).data == layer([0.5, 1.0]).data


def test_the_output_layer_has_no_activation_unless_one_is_given():
    assert MLP(2, [3, 1])([1.0, 1.0]).op == "dot"
    assert MLP(2, [3, 1], output_activation="sigmoid")([1.0, 1.0]).op == "sigmoid"


def test_linear_layers_in_a_row_equal_one_matrix_and_relu_between_them_breaks_it():
    def matrix(model):
        columns = [[out.data for out in model(row)] for row in np.eye(3)]
        return np.array(columns).T

    linear = MLP(3, [5, 4, 2], activation=None, seed=0)
    x = np.array([0.3, -2.0, 1.7])
    assert [out.data for out in linear(x)] == pytest.approx(matrix(linear) @ x, abs=1e-12)
    bent = MLP(3, [5, 4, 2], activation="relu", seed=0)
    assert [out.data for out in bent(x)] != pytest.approx(matrix(bent) @ x, abs=1e-3)


def test_an_activation_may_be_any_function_of_a_value():
    neuron = Neuron(1, activation=lambda v: v * v, seed=0)
    assert neuron([3.0]).data == pytest.approx((3 * neuron.weights[0].data) ** 2)


def test_a_module_finds_the_parameters_in_its_attributes_once_each():
    class Tied(Module):
        def __init__(self):
            self.scale = Value(2.0)
            self.parts = [Neuron(1, seed=0), Neuron(1, seed=1)]
            self.same = self.scale
            self.cached = self.scale * 2  # an operation is no parameter

    names = [name for name, _ in Tied().named_parameters()]
    assert names == ["scale", "parts.0.w0", "parts.0.b", "parts.1.w0", "parts.1.b"]


def test_weights_and_biases_are_told_apart():
    weights, biases = MLP(2, [3, 1]).weights_and_biases()
    assert (len(weights), len(biases)) == (9, 4)


def test_zero_grad_of_a_module_forgets_its_parameters_gradients():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    model([1.0, 2.0]).backward()
    assert any(parameter.grad for parameter in model.parameters())
    model.zero_grad()
    assert not any(parameter.grad for parameter in model.parameters())


def test_a_state_dict_has_pytorchs_names_and_shapes_and_loads_back():
    model, other = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    state = model.state_dict()
    assert {name: array.shape for name, array in state.items()} == {
        "layers.0.weight": (4, 3),
        "layers.0.bias": (4,),
        "layers.1.weight": (2, 4),
        "layers.1.bias": (2,),
    }
    assert state["layers.0.weight"][1, 2] == model.layers[0].neurons[1].weights[2].data
    other.load_state_dict(state)
    assert [v.data for v in other([1.0, 2.0, 3.0])] == [v.data for v in model([1.0, 2.0, 3.0])]


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing():
    model = MLP(3, [4, 2], seed=0)
    before = [parameter.data for parameter in model.parameters()]
    state = model.state_dict()
    state["extra"] = state.pop("layers.1.bias")
    with pytest.raises(ValueError, match=r"missing layers\.1\.bias.*unknown extra"):
        model.load_state_dict(state)
    with pytest.raises(ValueError, match=r"layers\.1\.weight.*\(2, 4\).*\(2, 5\)"):
        model.load_state_dict(MLP(3, [4, 2]).state_dict() | {"layers.1.weight": np.ones((2, 5))})
    assert [parameter.data for parameter in model.parameters()] == before


@pytest.mark.parametrize(
    ("build", "message"),
    [
        pytest.param(lambda: MLP(2, []), "at least one layer", id="no layers"),
        pytest.param(lambda: MLP(0, [1]), "n_inputs.*0", id="no inputs"),
        pytest.param(lambda: Layer(2, -1), "n_neurons.*-1", id="negative neurons"),
        pytest.param(lambda: MLP(2, [2.5]), "n_neurons.*2.5", id="half a neuron"),
        pytest.param(lambda: Neuron(2, "rleu"), "'rleu'.*relu, sigmoid, tanh", id="misspelt"),
        pytest.param(lambda: MLP(2, [1])([1.0]), "2 inputs.*got 1", id="too few inputs"),
    ],
)
def test_a_wrong_argument_is_a_value_error_that_names_it(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_an_input_that_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="'one'"):
        MLP(2, [1])(["one", 2.0])


def test_modules_print_the_call_that_makes_them():
    for code in (
        "MLP(2, [16, 1], activation='tanh')",
        "MLP(2, [1])",
        "MLP(2, [3, 2], activation=None, output_activation='sigmoid')",
        "Layer(2, 3, activation='relu')",
        "Neuron(2, activation=None)",
    ):
        assert repr(eval(code)) == code


def test_every_activation_by_name_is_the_engines_function():
    for name in ("relu", "sigmoid", "tanh"):
        neuron = Neuron(1, activation=name, seed=0)
        total = 0.7 * neuron.weights[0].data
        assert neuron([0.7]).data == getattr(autograd, name)(total)
