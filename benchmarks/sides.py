"""Who is measured: how each side makes its step, as a user of it who cares about speed writes it.

A side has two functions: one makes the step of micrograd's README example, the other a training step.
Each imports its own library only. Ready before the clock starts are the data in the side's own arrays,
the network with its starting parameters, and imports. What `Step.compile` does is timed once; what the
function that it returns does is timed as the step.

The loss with its penalty is the same function on each side, and each computes its value, its gradient
and the update. Where there was a choice, it is in a peer's favour:

- PyTorch's optimizer is the fused SGD, its fastest here. It adds the penalty's gradient as
  `weight_decay`, and the penalty's value is computed outside of the graph: for moons a quarter faster
  than a penalty in the loss. Compiled code has it in the loss. `loss.item()` is never asked for.
- For the README example PyTorch and JAX get arrays that exist already, and return arrays; ours gets
  floats and returns floats. PyTorch's gradients come from `torch.autograd.grad`, which leaves nothing
  to clear.
- JAX's step is one jitted function, which may reuse the memory of the parameters that it is given.
- Ours has the penalty in the traced function, where a user would write it.
- micrograd has no exp or log: it has no softmax, and no cell where one is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from benchmarks.workloads import (
    EXAMPLE_INPUTS,
    LEARNING_RATE,
    Problem,
    example,
    layers_of,
    neuron_by_neuron,
)


class Outcome(NamedTuple):
    """What a first step gave: `parameters` after the update, None where nothing is updated."""

    value: float
    gradient: Any
    parameters: Any = None


class Step(NamedTuple):
    """A step, not compiled yet.

    Attributes:
        compile: returns the step as a function. For eager code there is nothing else to do.
        outcome: reads what the first step gave, from what the function returned.
    """

    compile: Callable[[], Callable[[], Any]]
    outcome: Callable[[Any], Outcome]


class Unsuitable(Exception):
    """A side cannot do this, for the reason that the message gives."""


class Side(NamedTuple):
    """One row of the table.

    Attributes:
        needs: what must be installed: the name on PyPI, the module.
    """

    title: str
    example: Callable[[], Step]
    network: Callable[[Problem], Step]
    needs: tuple[tuple[str, str], ...] = ()


# micrograd, and our eager code.


def _example_of_values(Value: Any) -> Step:
    def call() -> list[float]:
        a, b = map(Value, EXAMPLE_INPUTS)
        g = example(a, b)
        g.backward()
        return [g.data, a.grad, b.grad]

    return Step(lambda: call, lambda result: Outcome(result[0], result[1:]))


def micrograd_example() -> Step:
    from micrograd.engine import Value  # type: ignore[import-not-found, unused-ignore]

    return _example_of_values(Value)


def our_example() -> Step:
    from autograd import Value

    return _example_of_values(Value)


def _start_at(parameters: list[Any], problem: Problem) -> None:
    start = problem.start[neuron_by_neuron(problem.network.sizes)].tolist()
    for parameter, data in zip(parameters, start, strict=True):
        parameter.data = data


def _outcome_of(parameters: list[Any], sizes: tuple[int, ...], value: float) -> Outcome:
    """What the parameters hold, in the order of the workload's vectors."""
    import numpy as np

    order = neuron_by_neuron(sizes)
    gradient, data = np.empty(len(order)), np.empty(len(order))
    gradient[order] = [parameter.grad for parameter in parameters]
    data[order] = [parameter.data for parameter in parameters]
    return Outcome(value, gradient, data)


def micrograd_network(problem: Problem) -> Step:
    """The step of micrograd's demo."""
    from micrograd.engine import Value  # type: ignore[import-not-found, unused-ignore]
    from micrograd.nn import MLP  # type: ignore[import-not-found, unused-ignore]

    network = problem.network
    if not network.hinge:
        raise Unsuitable("has no exp or log, and so no softmax")
    model = MLP(network.sizes[0], list(network.sizes[1:]))
    parameters = model.parameters()
    _start_at(parameters, problem)
    X, y = problem.X.tolist(), problem.y.tolist()

    def call() -> float:
        scores = [model(list(map(Value, row))) for row in X]
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
        penalty = network.l2 * sum(p * p for p in parameters)
        loss = sum(losses) * (1.0 / len(losses)) + penalty
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= LEARNING_RATE * p.grad
        return float(loss.data)

    return Step(lambda: call, lambda value: _outcome_of(parameters, network.sizes, value))


def our_network(problem: Problem) -> Step:
    """Eager code with our nn."""
    import autograd
    import nn

    network = problem.network
    model = _our_model(problem)
    parameters = model.parameters()
    optimizer = nn.SGD(parameters, lr=LEARNING_RATE)
    loss_of = nn.hinge_loss if network.hinge else nn.softmax_cross_entropy
    X, y = problem.X.tolist(), problem.y.tolist()

    def call() -> float:
        loss = autograd.mean([loss_of(model(row), yi) for row, yi in zip(X, y, strict=True)])
        if network.l2:
            loss = loss + nn.l2_penalty(parameters, network.l2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.data

    return Step(lambda: call, lambda value: _outcome_of(parameters, network.sizes, value))


# Our compiled code.


def _our_model(problem: Problem) -> Any:
    import nn

    model = nn.MLP(problem.network.sizes[0], problem.network.sizes[1:], seed=0)
    _start_at(model.parameters(), problem)
    return model


def _compiled_example(jit: bool) -> Step:
    import autograd

    def compile() -> Callable[[], Any]:
        fast = autograd.compile(lambda a, b: example(a, b), *EXAMPLE_INPUTS, jit=jit)
        value_and_grad = fast.value_and_grad
        a, b = EXAMPLE_INPUTS
        return lambda: value_and_grad(a, b, wrt="inputs")

    return Step(compile, lambda result: Outcome(*result))


def _compiled(problem: Problem, parameters: list[Any], f: Callable[..., Any], jit: bool) -> Step:
    """The step of a traced function of one sample and its label."""
    import numpy as np

    import autograd

    X, y = problem.X, problem.y
    fast: Any = None
    theta: Any = None

    def compile() -> Callable[[], Any]:
        nonlocal fast, theta
        fast = autograd.compile(f, X[0].tolist(), y[0].item(), jit=jit)
        theta = fast.read()
        value_and_grad = fast.value_and_grad

        def call() -> tuple[float, Any]:
            nonlocal theta
            value, gradient = value_and_grad(X, y, theta=theta)
            theta -= LEARNING_RATE * gradient
            return value, gradient

        return call

    def outcome(result: tuple[float, Any]) -> Outcome:
        # The compiler has an order of its own.
        order = neuron_by_neuron(problem.network.sizes).tolist()
        places = dict(zip(map(id, parameters), order, strict=True))
        mine = [places[id(parameter)] for parameter in fast.parameters]
        gradient, after = np.zeros(len(order)), problem.start.copy()
        gradient[mine], after[mine] = result[1], theta
        return Outcome(result[0], gradient, after)

    return Step(compile, outcome)


def _compiled_network(problem: Problem, jit: bool) -> Step:
    import nn

    network = problem.network
    model = _our_model(problem)
    loss_of: Any = nn.hinge_loss if network.hinge else nn.softmax_cross_entropy

    def f(x: Any, y: Any) -> Any:
        loss = loss_of(model(x), y)
        if network.l2:
            loss = loss + nn.l2_penalty(model.parameters(), network.l2)
        return loss

    return _compiled(problem, model.parameters(), f, jit)


def loops_network(problem: Problem) -> Step:
    """The same network without nn: loops over Values, one multiplication and one addition at a time."""
    import autograd
    from autograd import Value

    network = problem.network
    layers = [
        ([[Value(w) for w in row] for row in W.tolist()], [Value(b) for b in biases.tolist()])
        for W, biases in layers_of(problem.start, network.sizes)
    ]
    parameters = [
        parameter
        for rows, biases in layers
        for row, bias in zip(rows, biases, strict=True)
        for parameter in (*row, bias)
    ]

    def f(x: Any, y: Any) -> Any:
        outputs = x
        for number, (rows, biases) in enumerate(layers):
            inputs, outputs = outputs, []
            for row, bias in zip(rows, biases, strict=True):
                total = bias
                for w, xi in zip(row, inputs, strict=True):
                    total = total + w * xi
                outputs.append(total.relu() if number < len(layers) - 1 else total)
        if network.hinge:
            loss = (1.0 - y * outputs[0]).relu()
        else:
            loss = autograd.logsumexp(outputs) - autograd.select(y, outputs)
        if network.l2:
            squares = parameters[0] * parameters[0]
            for parameter in parameters[1:]:
                squares = squares + parameter * parameter
            loss = loss + network.l2 * squares
        return loss

    return _compiled(problem, parameters, f, jit=False)


# PyTorch.


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    return torch


def _torch_example(compiled: bool) -> Step:
    torch = _torch()
    a, b = (torch.tensor(x, requires_grad=True) for x in EXAMPLE_INPUTS)

    def compile() -> Callable[[], Any]:
        f = torch.compile(example) if compiled else example

        def call() -> tuple[Any, Any]:
            g = f(a, b)
            return g, torch.autograd.grad(g, (a, b))

        return call

    return Step(compile, lambda result: Outcome(result[0].item(), [x.item() for x in result[1]]))


def _torch_network(problem: Problem, compiled: bool) -> Step:
    torch = _torch()
    from torch.nn import functional as F
    from torch.nn.utils import parameters_to_vector

    network = problem.network
    modules: list[Any] = []
    for n_in, n_out in pairwise(network.sizes):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    parameters = list(model.parameters())
    with torch.no_grad():
        starts = [part for layer in layers_of(problem.start, network.sizes) for part in layer]
        for parameter, start in zip(parameters, starts, strict=True):
            parameter.copy_(torch.from_numpy(start))
    X, y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)
    l2 = network.l2
    decays = bool(l2) and not compiled  # the optimizer adds the gradient of the penalty
    optimizer = torch.optim.SGD(
        parameters, lr=LEARNING_RATE, weight_decay=2 * l2 if decays else 0.0, fused=True
    )

    def penalty() -> Any:
        vector = parameters_to_vector(parameters)
        return l2 * torch.dot(vector, vector)

    def loss_of(X: Any, y: Any) -> Any:
        scores = model(X)
        if network.hinge:
            loss = torch.relu(1 - y * scores.squeeze(1)).mean()
        else:
            loss = F.cross_entropy(scores, y)
        return loss + penalty() if l2 and not decays else loss

    def compile() -> Callable[[], Any]:
        function = torch.compile(loss_of) if compiled else loss_of

        def call() -> Any:
            optimizer.zero_grad(set_to_none=True)
            loss = function(X, y)
            loss.backward()
            if decays:
                with torch.no_grad():
                    loss = loss + penalty()
            optimizer.step()
            return loss

        return call

    def outcome(loss: Any) -> Outcome:
        with torch.no_grad():
            gradient = torch.cat([parameter.grad.ravel() for parameter in parameters]).numpy()
            after = parameters_to_vector(parameters).numpy()
        if decays:
            gradient = gradient + 2.0 * l2 * problem.start
        return Outcome(loss.item(), gradient, after)

    return Step(compile, outcome)


# JAX.


def jax_example() -> Step:
    import jax

    inputs = tuple(map(jax.numpy.asarray, EXAMPLE_INPUTS))

    def compile() -> Callable[[], Any]:
        f = jax.jit(jax.value_and_grad(lambda a, b: example(a, b, jax.nn.relu), argnums=(0, 1)))
        return lambda: jax.block_until_ready(f(*inputs))

    return Step(compile, lambda result: Outcome(float(result[0]), list(map(float, result[1]))))


def jax_network(problem: Problem) -> Step:
    import jax
    import numpy as np
    from jax import numpy as jnp

    network = problem.network

    def loss_of(layers: Any, X: Any, y: Any) -> Any:
        *hidden, (W, b) = layers
        for W_hidden, b_hidden in hidden:
            X = jax.nn.relu(X @ W_hidden.T + b_hidden)
        scores = X @ W.T + b
        if network.hinge:
            loss = jnp.mean(jax.nn.relu(1 - y * scores[:, 0]))
        else:
            own = jnp.take_along_axis(scores, y[:, None], axis=1)[:, 0]
            loss = jnp.mean(jax.nn.logsumexp(scores, axis=1) - own)
        if network.l2:
            loss += network.l2 * sum(jnp.sum(part**2) for part in jax.tree.leaves(layers))
        return loss

    def sgd(layers: Any, X: Any, y: Any) -> tuple[Any, Any]:
        value, gradients = jax.value_and_grad(loss_of)(layers, X, y)
        return value, jax.tree.map(lambda p, slope: p - LEARNING_RATE * slope, layers, gradients)

    def vector(layers: Any) -> Any:
        return np.concatenate([np.ravel(part) for part in jax.tree.leaves(layers)])

    start = jax.tree.map(jnp.array, layers_of(problem.start, network.sizes))
    layers = start
    X, y = jnp.asarray(problem.X), jnp.asarray(problem.y)

    def compile() -> Callable[[], Any]:
        step = jax.jit(sgd, donate_argnums=0)

        def call() -> Any:
            nonlocal layers
            value, layers = step(layers, X, y)
            jax.block_until_ready((value, layers))
            return value

        return call

    def outcome(value: Any) -> Outcome:
        after = vector(layers)
        # The step keeps its gradient to itself.
        initial = jax.tree.map(jnp.array, layers_of(problem.start, network.sizes))
        gradients = jax.jit(jax.grad(loss_of))(initial, X, y)
        return Outcome(float(value), vector(gradients), after)

    return Step(compile, outcome)


MICROGRAD, TORCH, TORCH_COMPILED, JAX = "micrograd", "torch", "torch-compiled", "jax"
EAGER, COMPILED, JIT = "eager", "compiled", "jit"

SIDES = {
    MICROGRAD: Side(
        "micrograd", micrograd_example, micrograd_network, (("micrograd", "micrograd"),)
    ),
    TORCH: Side(
        "PyTorch eager",
        lambda: _torch_example(False),
        lambda problem: _torch_network(problem, False),
        (("torch", "torch"),),
    ),
    TORCH_COMPILED: Side(
        "PyTorch compiled",
        lambda: _torch_example(True),
        lambda problem: _torch_network(problem, True),
        (("torch", "torch"),),
    ),
    JAX: Side("JAX jit", jax_example, jax_network, (("jax", "jax"),)),
    EAGER: Side("ours eager", our_example, our_network),
    COMPILED: Side(
        "ours compiled",
        lambda: _compiled_example(False),
        lambda problem: _compiled_network(problem, False),
    ),
    JIT: Side(
        "ours compiled, jit",
        lambda: _compiled_example(True),
        lambda problem: _compiled_network(problem, True),
        (("numba", "numba"),),
    ),
}

# Ours compiled, but without nn: the code is the same, so that only the time to compile is reported.
LOOPS = "loops"
LOOPS_TITLE = "ours compiled, from explicit loops"
