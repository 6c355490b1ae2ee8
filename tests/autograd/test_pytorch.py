"""Agreement with PyTorch, in float64: values, gradients, and conventions at the edges."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from nn import MLP, SGD, fit, hinge_loss, softmax_cross_entropy
from nn.data import moons

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.peer

UNARY = {
    "exp": (lambda x: x.exp(), lambda x: x.exp()),
    "log": (lambda x: x.log(), lambda x: x.log()),
    "tanh": (lambda x: x.tanh(), lambda x: x.tanh()),
    "sigmoid": (lambda x: x.sigmoid(), lambda x: x.sigmoid()),
    "relu": (lambda x: x.relu(), lambda x: x.relu()),
    "abs": (abs, abs),
    "neg": (lambda x: -x, lambda x: -x),
    "sign": (lambda x: x.sign(), lambda x: x.sign()),
    "cube": (lambda x: x**3, lambda x: x**3),
    "root": (lambda x: x**0.5, lambda x: x**0.5),
    "reciprocal": (lambda x: x**-1, lambda x: x**-1),
    "power 0": (lambda x: x**0, lambda x: x**0),
    "2 to x": (lambda x: 2**x, lambda x: 2**x),
}
BINARY = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
}
# Here we follow IEEE 754's pow and NumPy: PyTorch takes the square root, and calls nan's sign 0.
DIFFERENT = {("root", -math.inf), ("sign", math.nan)}
EDGES = [
    0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    1e3,
    -1e3,
    math.inf,
    -math.inf,
    math.nan,
]  # the same nan object as in DIFFERENT


# Among subnormal numbers PyTorch's power has an infinite gradient where ours is right.
moderate = st.just(0.0) | st.floats(2.0**-10, 30.0) | st.floats(-30.0, -(2.0**-10))


def close(ours, theirs, rel=1e-12):
    return ours == pytest.approx(theirs, rel=rel, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", EDGES)
def test_unary_operations_agree_with_pytorch_at_edges_and_elsewhere(name, x):
    if (name, x) in DIFFERENT:
        return
    ours, theirs = UNARY[name]
    v, t = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    ours(v).backward()
    theirs(t).backward()
    assert close(ours(v).data, theirs(t).item())
    if math.isnan(x):
        return  # PyTorch's gradient at nan is nan or not, by the operation; ours is not specified
    assert close(v.grad, t.grad.item())


@pytest.mark.parametrize("name", BINARY)
@given(x=moderate, y=moderate)
def test_binary_operations_agree_with_pytorch(name, x, y):
    operator = BINARY[name]
    a, b = Value(x), Value(y)
    s, t = (torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (x, y))
    ours, theirs = operator(a, b), operator(s, t)
    ours.backward()
    theirs.backward()
    assert close(ours.data, theirs.item())
    assert close(a.grad, s.grad.item())
    assert close(b.grad, t.grad.item())


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6))
def test_reductions_agree_with_pytorch(xs):
    for ours, theirs in (
        (autograd.sum, torch.sum),
        (autograd.mean, torch.mean),
        (autograd.logsumexp, lambda t: torch.logsumexp(t, 0)),
    ):
        values = [Value(x) for x in xs]
        tensor = torch.tensor(xs, dtype=torch.float64, requires_grad=True)
        result, expected = ours(values), theirs(tensor)
        result.backward()
        expected.backward()
        scale = 1e-13 * sum(map(abs, xs))
        assert result.data == pytest.approx(expected.item(), rel=1e-14, abs=scale)
        assert [value.grad for value in values] == pytest.approx(tensor.grad.tolist(), rel=1e-10)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6), st.data())
def test_cross_entropy_agrees_with_pytorch(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    values = [Value(score) for score in scores]
    tensor = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
    loss = softmax_cross_entropy(values, label)
    expected = torch.nn.functional.cross_entropy(tensor, torch.tensor([label]))
    loss.backward()
    expected.backward()
    assert close(loss.data, expected.item(), rel=1e-10) or loss.data == pytest.approx(
        expected.item(), abs=1e-13
    )
    assert [value.grad for value in values] == pytest.approx(tensor.grad[0].tolist(), abs=1e-13)


def test_a_second_backward_accumulates_as_pytorchs_does():
    x, t = Value(3.0), torch.tensor(3.0, requires_grad=True)
    y, u = x * x, t * t
    for _ in range(2):
        y.backward()
        u.backward(retain_graph=True)
    assert x.grad == t.grad.item() == 12.0


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_training_with_sgd_follows_pytorchs_step_by_step(momentum):
    data = moons(n_samples=60)
    model = MLP(2, [5, 1], activation="tanh", seed=0)
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    theirs = theirs.double()
    names = {"layers.0.": "0.", "layers.1.": "2."}
    theirs.load_state_dict(
        {names[k[:9]] + k[9:]: torch.tensor(v) for k, v in model.state_dict().items()}
    )
    fit(
        model,
        hinge_loss,
        data.X_train,
        data.y_train,
        optimizer=SGD(model.parameters(), lr=0.05, momentum=momentum),
        epochs=100,
        batch_size=len(data.X_train),
        l2=0.01,
        seed=0,
        progress=False,
    )
    X = torch.tensor(data.X_train, dtype=torch.float64)
    y = torch.tensor(data.y_train, dtype=torch.float64)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.05, momentum=momentum)
    for _ in range(100):
        optimizer.zero_grad()
        loss = torch.relu(1 - y * theirs(X)[:, 0]).mean()
        for layer in (theirs[0], theirs[2]):
            loss = loss + 0.01 * (layer.weight**2).sum()
        loss.backward()
        optimizer.step()
    for ours, expected in zip(
        model.state_dict().values(), theirs.state_dict().values(), strict=True
    ):
        assert ours == pytest.approx(expected.numpy(), abs=1e-12)
