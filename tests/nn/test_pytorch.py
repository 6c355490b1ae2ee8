"""Agreement with PyTorch, in float64: losses, optimizers, clipping and schedules."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

import autograd
from autograd import Value
from autograd.value import FROZEN, LEAF
from nn import MLP, Layer, ModelFileError, load
from nn.gradients import clip_grad_norm, clip_grad_value
from nn.losses import (
    absolute_error,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
    squared_hinge_loss,
)
from nn.optimizers import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.penalties import elastic_penalty
from nn.schedules import cosine_decay, step_decay

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file = pytest.importorskip("safetensors.torch").save_file
pytestmark = pytest.mark.peer
F = torch.nn.functional


def tensor(numbers, requires_grad=True):
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=requires_grad)


# Losses.

EXTREMES = [-1e4, -1.0, 0.0, 1.0, 1e4]
numbers = st.sampled_from(EXTREMES) | st.floats(-1e4, 1e4) | st.floats(-8.0, 8.0)
lists = st.lists(numbers, min_size=2, max_size=6)

OF_ONE_SCORE = {
    "hinge": (hinge_loss, lambda s, y: F.relu(1.0 - (2 * y - 1) * s), [-1, 1]),
    "squared hinge": (
        squared_hinge_loss,
        lambda s, y: F.relu(1.0 - (2 * y - 1) * s) ** 2,
        [-1, 1],
    ),
    "binary cross-entropy": (
        binary_cross_entropy_with_logits,
        lambda s, y: F.binary_cross_entropy_with_logits(s, y.double()),
        [0, 1],
    ),
}
OF_SCORES = {
    "softmax cross-entropy": (softmax_cross_entropy, F.cross_entropy),
    "multiclass hinge": (
        multiclass_hinge_loss,
        lambda s, label: s.shape[1] * F.multi_margin_loss(s, label),
    ),
    "multiclass hinge, margin 10": (
        lambda s, label: multiclass_hinge_loss(s, label, margin=10.0),
        lambda s, label: s.shape[1] * F.multi_margin_loss(s, label, margin=10.0),
    ),
}
OF_OUTPUTS = {
    "squared error": (squared_error, F.mse_loss),
    "absolute error": (absolute_error, F.l1_loss),
    "huber": (huber_loss, F.huber_loss),
    "huber, delta 3": (
        lambda o, t: huber_loss(o, t, delta=3.0),
        lambda o, t: F.huber_loss(o, t, delta=3.0),
    ),
}


def assert_agree(ours, values, theirs, leaf):
    """Both losses and both gradients are the same."""
    ours.backward()
    theirs.backward()
    scale = max(abs(value.data) for value in values)  # of which differences are taken
    assert ours.data == pytest.approx(theirs.item(), rel=1e-14, abs=1e-15 * scale)
    gradients = leaf.grad.flatten().tolist()
    assert [value.grad for value in values] == pytest.approx(gradients, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", OF_ONE_SCORE)
@given(score=numbers, is_positive=st.booleans())
def test_losses_of_one_score_agree_with_pytorch(name, score, is_positive):
    ours, theirs, classes = OF_ONE_SCORE[name]
    value, leaf = Value(score), tensor(score)
    y = torch.tensor(int(is_positive))
    assert_agree(ours(value, classes[is_positive]), [value], theirs(leaf, y), leaf)


@pytest.mark.parametrize("name", OF_SCORES)
@given(scores=lists, data=st.data())
def test_losses_of_several_scores_agree_with_pytorch(name, scores, data):
    ours, theirs = OF_SCORES[name]
    label = data.draw(st.integers(0, len(scores) - 1))
    values, leaf = [Value(score) for score in scores], tensor([scores])
    assert_agree(ours(values, label), values, theirs(leaf, torch.tensor([label])), leaf)


@given(score=numbers, y=st.floats(0.0, 1.0))
def test_soft_binary_targets_agree_with_pytorch(score, y):
    value, leaf = Value(score), tensor(score)
    theirs = F.binary_cross_entropy_with_logits(leaf, tensor(y, requires_grad=False))
    assert_agree(binary_cross_entropy_with_logits(value, y), [value], theirs, leaf)


@given(scores=lists, smoothing=st.sampled_from([0.0, 0.1, 1.0]), data=st.data())
def test_soft_targets_and_label_smoothing_agree_with_pytorch(scores, smoothing, data):
    weights = data.draw(st.lists(st.floats(0.01, 1), min_size=len(scores), max_size=len(scores)))
    probabilities = [weight / math.fsum(weights) for weight in weights]
    label = data.draw(st.integers(0, len(scores) - 1))
    for ours, theirs in (
        (probabilities, tensor([probabilities], requires_grad=False)),
        (label, torch.tensor([label])),
    ):
        values, leaf = [Value(score) for score in scores], tensor([scores])
        assert_agree(
            softmax_cross_entropy(values, ours, label_smoothing=smoothing),
            values,
            F.cross_entropy(leaf, theirs, label_smoothing=smoothing),
            leaf,
        )


@pytest.mark.parametrize("name", OF_OUTPUTS)
@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
def test_losses_of_outputs_agree_with_pytorch(name, pairs):
    ours, theirs = OF_OUTPUTS[name]
    outputs, targets = zip(*pairs)
    values, leaf = [Value(output) for output in outputs], tensor(outputs)
    expected = theirs(leaf, tensor(targets, requires_grad=False))
    assert_agree(ours(values, targets), values, expected, leaf)


@pytest.mark.parametrize("name", OF_OUTPUTS)
@given(output=numbers, target=numbers)
def test_losses_of_one_output_agree_with_pytorch(name, output, target):
    ours, theirs = OF_OUTPUTS[name]
    value, leaf = Value(output), tensor(output)
    expected = theirs(leaf, tensor(target, requires_grad=False))
    assert_agree(ours(value, target), [value], expected, leaf)


@given(lists, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_penalties_agree_with_pytorch(weights, l1, l2):
    values, leaf = [Value(weight) for weight in weights], tensor(weights)
    penalty = elastic_penalty(values, l1, l2)
    expected = l1 * leaf.abs().sum() + l2 * (leaf**2).sum()
    assert_agree(penalty, values, expected, leaf)


# Optimizers: a hundred steps from the same start, on which each side finds its own gradients.

OPTIMIZERS = [
    (SGD, {"lr": 0.05}),
    (SGD, {"lr": 0.05, "weight_decay": 0.1}),
    (SGD, {"lr": 0.02, "momentum": 0.9}),
    (SGD, {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}),
    (SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    (SGD, {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True}),
    (RMSprop, {}),
    (RMSprop, {"lr": 0.003, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.1}),
    (RMSprop, {"lr": 0.003, "momentum": 0.5}),
    (RMSprop, {"lr": 0.003, "centered": True}),
    (RMSprop, {"lr": 0.003, "centered": True, "momentum": 0.5, "weight_decay": 0.1}),
    (Adam, {}),
    (Adam, {"lr": 0.03, "betas": (0.8, 0.99), "eps": 1e-4}),
    (Adam, {"lr": 0.03, "weight_decay": 0.1}),
    (Adam, {"lr": 0.01, "betas": (0.0, 0.999)}),
    (AdamW, {}),
    (AdamW, {"lr": 0.03, "weight_decay": 0.3}),
    (Adagrad, {}),
    (Adagrad, {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1}),
    (Adagrad, {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-4}),
]
every_optimizer = pytest.mark.parametrize(
    ("cls", "settings"),
    OPTIMIZERS,
    ids=[
        ", ".join([cls.__name__, *(f"{name}={x}" for name, x in settings.items())])
        for cls, settings in OPTIMIZERS
    ],
)

# A network of two inputs and three hidden units, fitted to x y.
SAMPLES = [(x, y, x * y) for x in (-1.0, 0.25, 0.75) for y in (-0.75, 0.5, 1.0)]
_random = Random(0)
START = [_random.gauss(0.0, 0.7) for _ in range(13)]


def network_loss(theta, tanh):
    loss = 0.0
    for x, y, target in SAMPLES:
        output = theta[12]
        for k in range(0, 12, 4):
            output = output + theta[k] * tanh(theta[k + 1] * x + theta[k + 2] * y + theta[k + 3])
        loss = loss + (output - target) ** 2
    return loss / len(SAMPLES)


def both(cls, settings):
    ours = cls([Value(number) for number in START], **({"lr": 0.01} | settings))
    theirs = [tensor(number) for number in START]
    peer = getattr(torch.optim, cls.__name__)(theirs, **({"lr": 0.01} | settings))
    return ours, peer, theirs


def step_both(ours, peer, theirs):
    ours.zero_grad()
    network_loss(ours.parameters, autograd.tanh).backward()
    ours.step()
    peer.zero_grad()
    network_loss(theirs, torch.tanh).backward()
    peer.step()


def assert_same(ours, theirs):
    expected = [number.item() for number in theirs]
    # The absolute part is for a parameter that is just passing 0.
    assert [w.data for w in ours.parameters] == pytest.approx(expected, rel=1e-12, abs=1e-14)


@every_optimizer
def test_an_optimizer_follows_pytorchs_for_a_hundred_steps(cls, settings):
    ours, peer, theirs = both(cls, settings)
    start = network_loss(START, math.tanh)
    for _ in range(100):
        step_both(ours, peer, theirs)
        assert_same(ours, theirs)
    assert network_loss([w.data for w in ours.parameters], math.tanh) < start


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam, AdamW, Adagrad])
def test_default_settings_are_pytorchs(cls):
    ours = cls([Value(1.0)], **({"lr": 0.01} if cls is SGD else {}))
    theirs = getattr(torch.optim, cls.__name__)([tensor(1.0)], lr=0.01)
    for name in ours.setting_names:
        if name in theirs.defaults and name != "lr":
            assert getattr(ours, name) == theirs.defaults[name]
    if cls is not SGD:
        assert ours.lr == getattr(torch.optim, cls.__name__)([tensor(1.0)]).defaults["lr"]


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam, AdamW, Adagrad])
def test_a_parameter_that_thaws_goes_on_as_pytorchs_does(cls):
    momentum = {"momentum": 0.9} if cls in (SGD, RMSprop) else {"lr_decay": 0.1}
    ours, peer, theirs = both(cls, {} if cls in (Adam, AdamW) else momentum)
    for step in range(60):
        is_frozen = 10 <= step < 40 or step >= 50
        ours.parameters[3].operation = FROZEN if is_frozen else LEAF
        theirs[3].requires_grad_(not is_frozen)
        step_both(ours, peer, theirs)
        assert_same(ours, theirs)


@pytest.mark.parametrize("cls", [RMSprop, Adam, AdamW, Adagrad])
def test_without_eps_0_divided_by_0_is_nan_in_both(cls):
    ours, theirs = Value(1.0), tensor(1.0)
    theirs.grad = tensor(0.0, requires_grad=False)
    cls([ours], eps=0.0).step()
    getattr(torch.optim, cls.__name__)([theirs], eps=0.0).step()
    assert math.isnan(ours.data)
    assert math.isnan(theirs.item())


# Clipping.

gradients_strategy = st.lists(
    st.floats(-1e6, 1e6) | st.sampled_from([0.0, math.inf, math.nan]), min_size=1, max_size=6
)


@given(gradients_strategy, st.floats(1e-3, 1e3))
def test_clipping_agrees_with_pytorch(gradients, bound):
    for clip, peer in (
        (clip_grad_norm, torch.nn.utils.clip_grad_norm_),
        (clip_grad_value, torch.nn.utils.clip_grad_value_),
    ):
        ours, theirs = [Value(0.0) for _ in gradients], [tensor(0.0) for _ in gradients]
        for value, leaf, gradient in zip(ours, theirs, gradients, strict=True):
            value.grad, leaf.grad = gradient, tensor(gradient, requires_grad=False)
        norm, expected = clip(ours, bound), peer(theirs, bound)
        if norm is not None:
            assert norm == pytest.approx(expected.item(), rel=1e-14, abs=1e-150, nan_ok=True)
        assert [value.grad for value in ours] == pytest.approx(
            [leaf.grad.item() for leaf in theirs], rel=1e-14, abs=0.0, nan_ok=True
        )


# Schedules.


@pytest.mark.parametrize(
    ("schedule", "peer", "settings"),
    [
        (step_decay(1), "StepLR", {"step_size": 1, "gamma": 0.1}),
        (step_decay(7, gamma=0.5), "StepLR", {"step_size": 7, "gamma": 0.5}),
        (cosine_decay(50), "CosineAnnealingLR", {"T_max": 50}),
        (cosine_decay(60, floor=0.25), "CosineAnnealingLR", {"T_max": 60, "eta_min": 0.2}),
    ],
    ids=["step of 1", "step of 7", "cosine", "cosine with a floor"],
)
def test_schedules_agree_with_pytorchs_for_fifty_epochs(schedule, peer, settings):
    optimizer = torch.optim.SGD([tensor(1.0)], lr=0.8)
    scheduler = getattr(torch.optim.lr_scheduler, peer)(optimizer, **settings)
    for epoch in range(51):
        (lr,) = scheduler.get_last_lr()
        assert 0.8 * schedule(epoch) == pytest.approx(lr, rel=1e-12, abs=1e-16)
        optimizer.step()
        scheduler.step()


# Models.


def test_a_model_has_the_outputs_of_the_pytorch_model_whose_state_it_loads(tmp_path):
    linear, tanh = torch.nn.Linear, torch.nn.Tanh
    twelve = [part for _ in range(12) for part in (linear(2, 2), tanh())]
    for theirs, ours in (
        (torch.nn.Sequential(linear(2, 3), tanh(), linear(3, 2)), MLP(2, [3, 2], "tanh")),
        (torch.nn.Sequential(*twelve), MLP(2, [2] * 12, "tanh", "tanh")),
        (linear(2, 3), Layer(2, 3, None)),
    ):
        theirs = theirs.double()
        save_file(theirs.state_dict(), tmp_path / "torch.safetensors")
        for state in (theirs.state_dict(), load_file(tmp_path / "torch.safetensors")):
            ours.load_state_dict(state)
            outputs = [value.data for value in ours([0.5, -0.75])]
            assert outputs == pytest.approx(theirs(tensor([0.5, -0.75])).tolist(), rel=1e-12)


def test_loading_a_file_of_pytorchs_says_how_it_can_be_loaded(tmp_path):
    save_file(
        torch.nn.Sequential(torch.nn.Linear(2, 3)).state_dict(), tmp_path / "torch.safetensors"
    )
    with pytest.raises(ModelFileError, match=r"0\.weight of shape \(3, 2\).*load_state_dict\("):
        load(tmp_path / "torch.safetensors")
