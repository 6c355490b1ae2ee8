"""Laws of modules: what neurons, layers and MLPs compute, and how their parameters are named."""

import copy
import math
import pickle
import random

import numpy as np
import pytest

import autograd
import viz
from autograd import Value
from nn import MLP, Dropout, Layer, Maxout, Module, Neuron, Sequential
from nn.activations import ACTIVATIONS, NAMES, RECTIFIERS, prelu
from nn.initializers import INITIALIZERS


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


@pytest.mark.parametrize("activation", [*NAMES, None])
def test_weights_start_with_hes_variance_for_relu_and_its_relatives_and_xaviers_for_all_else(
    activation,
):
    weights, biases = Layer(50, 200, activation, seed=0).weights_and_biases()
    variance = 2 / 50 if activation in RECTIFIERS else 2 / (50 + 200)
    assert np.var([w.data for w in weights]) == pytest.approx(variance, rel=0.05)
    assert {b.data for b in biases} == {0.0}


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("uniform", 1 / 3),
        ("normal", 0.01**2),
        ("xavier_normal", 2 / 250),
        ("xavier_uniform", 2 / 250),
        ("he_normal", 2 / 50),
        ("he_uniform", 2 / 50),
        ("zeros", 0.0),
    ],
)
def test_an_initializer_has_the_variance_of_its_name(name, variance):
    weights, _ = Layer(50, 200, seed=0, initializer=name).weights_and_biases()
    data = [w.data for w in weights]
    assert np.var(data) == pytest.approx(variance, rel=0.05)
    assert np.mean(data) == pytest.approx(0.0, abs=4 * math.sqrt(variance / len(data)))
    assert name in INITIALIZERS
    if "uniform" in name:
        assert max(map(abs, data)) <= math.sqrt(3 * variance)


def test_weights_may_start_as_a_number_or_by_a_function_that_is_told_the_sizes():
    weights, _ = MLP(2, [3, 1], initializer=0.25).weights_and_biases()
    assert {w.data for w in weights} == {0.25}
    sizes = []
    MLP(2, [3, 1], seed=0, initializer=lambda random, *given: float(sizes.append(given) or 0.0))
    assert sizes == [(2, 3)] * 6 + [(3, 1)] * 3


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
        pytest.param(lambda: Neuron(2, "rleu"), "'rleu'.*prelu, relu, sigmoid", id="misspelt"),
        pytest.param(lambda: MLP(2, [1])([1.0]), "2 inputs.*got 1", id="too few inputs"),
        pytest.param(lambda: Layer(2, 2, initializer="kaiming"), "'kaiming'.*he_normal", id="init"),
        pytest.param(lambda: Maxout(2, 2, 0), "n_pieces.*0", id="no pieces"),
        pytest.param(lambda: Dropout(1.0), "probability.*1.0", id="all dropped"),
        pytest.param(lambda: MLP(2, [1], dropout=-0.5), "probability.*-0.5", id="negative p"),
        pytest.param(lambda: Sequential(), "at least one layer", id="empty sequence"),
    ],
)
def test_a_wrong_argument_is_a_value_error_that_names_it(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_an_input_that_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="'one'"):
        MLP(2, [1])(["one", 2.0])


def test_a_sequence_of_functions_is_a_type_error_that_says_where_activations_go():
    with pytest.raises(TypeError, match="to the layer it belongs to"):
        Sequential(Layer(2, 2), autograd.tanh)


def test_a_module_of_ones_own_prints_its_name_and_size():
    class Own(Module):
        def __init__(self):
            self.gain = Value(1.0)

    assert repr(Own()) == "Own(n_parameters=1)"


def test_modules_print_the_call_that_makes_them():
    for code in (
        "MLP(2, [16, 1], activation='tanh')",
        "MLP(2, [1])",
        "MLP(2, [3, 2], activation=None, output_activation='sigmoid')",
        "Layer(2, 3, activation='relu')",
        "Neuron(2, activation=None)",
        "MLP(2, [3, 1], activation='relu', dropout=0.5)",
        "Maxout(2, 3, 4)",
        "Sequential(Layer(2, 3, activation='sin'), Dropout(0.5))",
    ):
        assert repr(eval(code)) == code


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"identity"}))
def test_an_activation_by_name_is_the_engines_function(name):
    neuron = Neuron(1, activation=name, seed=0)
    total = 0.7 * neuron.weights[0].data
    assert neuron([0.7]).data == getattr(autograd, name)(total)


def test_the_identity_by_name_is_no_activation_and_adds_no_node():
    assert Neuron(1, "identity", seed=0)([2.0]).op == Neuron(1, None, seed=0)([2.0]).op == "dot"


@pytest.mark.parametrize("x", [2.0, -2.0])
def test_a_parametric_relu_learns_the_slope_of_its_negative_side(x):
    neuron = Neuron(1, "prelu", initializer=1.0)
    y = neuron([x])
    y.backward()
    assert y.data == (x if x > 0 else 0.25 * x)
    assert neuron.slope.grad == (0.0 if x > 0 else x)
    assert neuron.weights[0].grad == (x if x > 0 else 0.25 * x)


def test_a_slope_is_a_parameter_but_neither_weight_nor_bias():
    layer = Layer(2, 3, "prelu")
    weights, biases = layer.weights_and_biases()
    assert (layer.n_parameters, len(weights), len(biases)) == (12, 6, 3)
    assert layer.neurons[1].slope.label == "neurons.1.slope"
    assert layer.state_dict()["slope"].tolist() == [0.25] * 3


def test_a_maxout_neuron_is_the_largest_of_its_sums_and_sends_its_gradient_there():
    layer = Maxout(1, 1, 2)
    layer.load_state_dict({"weight": [[[1.0], [-1.0]]], "bias": [[0.0, 0.0]]})
    for x, slope in ((3.0, 1.0), (-3.0, -1.0)):  # |x|
        value = Value(x)
        y = layer(value)
        y.backward()
        assert (y.data, value.grad) == (3.0, slope)
    assert layer.neurons[0][1].bias.label == "neurons.0.1.b"


def test_dropout_ignores_a_fraction_p_and_keeps_the_mean():
    dropout = Dropout(0.25, seed=0)
    outputs = [v.data for v in dropout([1.0] * 20_000)]
    assert set(outputs) == {0.0, 1 / 0.75}
    assert outputs.count(0.0) / len(outputs) == pytest.approx(0.25, abs=0.012)  # 4 sigma
    assert np.mean(outputs) == pytest.approx(1.0, abs=0.017)


def test_dropout_lets_everything_through_unchanged_after_eval_and_ignores_again_after_train():
    x = Value(3.0)
    model = Sequential(Dropout(0.99, seed=0))
    assert model.eval()([x]) is x
    assert model.train()([x]) is not x


def test_an_mlp_drops_outputs_of_hidden_neurons_only():
    model = MLP(2, [50, 3], seed=0, dropout=0.5)
    scores = model([1.0, 1.0])
    assert [score.op for score in scores] == ["dot"] * 3
    assert [score.data for score in scores] != [score.data for score in model([1.0, 1.0])]
    model.eval()
    assert [score.data for score in model([1.0, 1.0])] == [
        score.data for score in MLP(2, [50, 3], seed=0)([1.0, 1.0])
    ]


def test_the_masks_of_dropout_are_the_streams_numbers_one_for_each_input():
    dropout = Dropout(0.3, seed=5)
    stream = random.Random(5)
    for _ in range(3):
        expected = [0.0 if stream.random() < 0.3 else 1.0 / 0.7 for _ in range(4)]
        assert [output.data for output in dropout([1.0] * 4)] == expected


def test_a_compiled_function_draws_the_masks_that_eager_code_would():
    model, twin = (MLP(3, [20, 20, 1], seed=0, dropout=0.4) for _ in range(2))
    xs = np.random.default_rng(0).normal(size=(50, 3))
    compiled = autograd.compile(model, xs[0].tolist())
    for _ in range(2):  # the stream goes on from call to call
        expected = [twin(x).data for x in xs.tolist()]
        assert compiled(xs).tolist() == pytest.approx(expected, rel=1e-12)
    assert [compiled(x) for x in xs[:3].tolist()] == [twin(x).data for x in xs[:3].tolist()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model.eval(), "training of Dropout.* was True, and now it is False"),
        (
            lambda model: setattr(model.dropout, "p", 0.0),
            "p of Dropout.* was 0.4, and now it is 0.0",
        ),
    ],
    ids=["mode", "p"],
)
def test_a_function_compiled_with_dropout_is_for_its_mode_and_its_p(change, message):
    model = MLP(3, [4, 1], seed=0, dropout=0.4)
    compiled = autograd.compile(model, [0.5, 0.5, 0.5])
    change(model)
    with pytest.raises(RuntimeError, match=message):
        compiled([0.5, 0.5, 0.5])


def test_masks_are_constants_to_pictures_copies_and_pickles():
    (output,) = [Dropout(0.5, seed=0)([1.0])]
    _, mask = output.parents
    assert (mask.kind, mask.op, mask.parents) == ("constant", "", ())
    for twin in (
        copy.copy(mask),
        copy.deepcopy(output).parents[1],
        pickle.loads(pickle.dumps(mask)),
    ):
        assert (twin.data, twin.kind) == (mask.data, "constant")
    assert viz.draw(output).svg.count("constant") == viz.draw(Value(1.0) * 2.0).svg.count(
        "constant"
    )


def test_a_sequence_computes_one_module_after_another():
    first, second = Layer(2, 3, "tanh", seed=0), Layer(3, 1, None, seed=1)
    model = Sequential(first, second)
    assert model([0.5, -1.0]).data == second(first([0.5, -1.0])).data
    assert first.neurons[2].weights[1].label == "layers.0.neurons.2.w1"


def test_a_frozen_layer_keeps_its_place_and_its_names_and_its_parameters_become_constants():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    before = model.state_dict()
    model.layers[0].freeze()
    assert [p.kind for p in model.parameters()] == ["constant"] * 9 + ["leaf"] * 4
    assert model.state_dict().keys() == before.keys()
    assert {parent.kind for parent in model([1.0, 2.0]).parents} == {"leaf", "operation"}
    model.unfreeze()
    assert {p.kind for p in model.parameters()} == {"leaf"}


def test_a_frozen_model_survives_copies_and_pickles():
    model = MLP(2, [1], seed=0).freeze()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [(p.data, p.kind, p.label) for p in twin.parameters()] == [
            (p.data, "constant", p.label) for p in model.parameters()
        ]


@pytest.mark.parametrize(
    ("model", "total"),
    [
        (MLP(3, [4, 4, 1]), "3 layers, the input layer not counted; 41 parameters"),
        (MLP(3, [4, 2]), "2 layers, the input layer not counted; 26 parameters"),
        (
            Sequential(Maxout(2, 4), Dropout(0.5), Layer(4, 2, "prelu")),
            "2 layers, the input layer not counted; 36 parameters: 24 weights, 10 biases, 2 slopes",
        ),
        (
            MLP(3072, [100, 10]).layers[0],
            "1 layer, the input layer not counted; 307,300 parameters",
        ),
        (
            Sequential(Layer(1, 1).freeze()),
            "1 layer, the input layer not counted; 2 parameters: 1 weight, 1 bias; 2 of them frozen",
        ),
    ],
    ids=["3-4-4-1", "3-4-2", "mixed", "a layer", "frozen"],
)
def test_a_summary_counts_layers_without_the_inputs_and_every_parameter(model, total, capsys):
    assert model.summary() is None
    printed = capsys.readouterr().out
    assert total in printed.splitlines()[-1]
    assert printed.startswith(repr(model))


def test_parameters_beside_modules_have_a_line_of_their_own_and_the_lines_add_up(capsys):
    class Gained(Module):
        def __init__(self):
            self.net = MLP(2, [4, 1])
            self.gains = [Value(1.0), Value(2.0)]

    Gained().summary()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[3:-2]]
    assert [line[0] for line in lines] == ["Gained", "net.layers.0", "net.layers.1"]
    assert [int(line[-1]) for line in lines] == [2, 12, 5]


def test_an_activation_given_as_one_of_our_functions_is_the_one_of_that_name():
    for function in (autograd.relu, Value.relu):
        layer = Layer(2, 3, function, seed=0)
        assert layer.activation == "relu"
        assert (
            layer.state_dict()["weight"].tolist()
            == Layer(2, 3, seed=0).state_dict()["weight"].tolist()
        )
    assert Neuron(2, prelu).slope.data == 0.25


def test_the_activation_of_a_layer_can_be_changed():
    layer = Layer(1, 2, "relu", initializer=1.0)
    assert [out.data for out in layer([-1.0])] == [0.0, 0.0]
    layer.activation = "leaky_relu"
    assert [out.data for out in layer([-1.0])] == [-0.01, -0.01]
    layer.activation = "prelu"
    assert [out.data for out in layer([-1.0])] == [-0.25, -0.25]
    assert layer.n_parameters == 6
    with pytest.raises(ValueError, match="no activation named 'rleu'"):
        layer.activation = "rleu"


@pytest.mark.parametrize("activation", NAMES)
def test_a_model_is_pickled_with_its_activation(activation):
    model = MLP(2, [2, 1], activation=activation, seed=0)
    twin = pickle.loads(pickle.dumps(model))
    assert twin([0.5, -1.0]).data == model([0.5, -1.0]).data


def test_a_part_called_b_does_not_make_its_weights_biases():
    class Two(Module):
        def __init__(self):
            self.a, self.b = Neuron(2), Neuron(2)

    weights, biases = Two().weights_and_biases()
    assert (len(weights), len(biases)) == (4, 2)


def test_numpys_whole_numbers_count_as_whole_numbers():
    model = MLP(np.int64(2), [np.int64(3), 1], seed=np.int64(0))
    assert model.state_dict().keys() == MLP(2, [3, 1], seed=0).state_dict().keys()
    assert type(model.sizes[0]) is int


def test_a_summary_has_a_line_a_layer_with_its_shape_weights_and_biases(capsys):
    MLP(3, [4, 2], activation="tanh").summary()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["layers.0", "Layer", "tanh", "3", "→", "4", "12", "4", "16"] in lines
    assert ["layers.1", "Layer", "–", "4", "→", "2", "8", "2", "10"] in lines


@pytest.mark.parametrize(
    "batch", [[[1.0, 2.0], [3.0, 4.0]], [(1.0, 2.0)], np.ones((2, 2)), [[Value(1.0)], 2.0]]
)
def test_a_batch_is_refused_with_the_way_to_call_a_model_on_it(batch: object) -> None:
    with pytest.raises(
        TypeError, match=r"MLP takes a number .*; one sample at a time: \[model\(x\) for"
    ):
        MLP(2, [1], seed=0)(batch)
    with pytest.raises(TypeError, match=r"which is of type str$"):
        MLP(2, [1], seed=0)(["a", "b"])
