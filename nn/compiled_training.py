"""Training by a compiled function: a batch is a few array statements, the parameters are one vector.

While an epoch lasts, that vector is what counts, and the parameters' Values rest. After it they get
their data and gradients, and the optimizer its state. No step takes Python for each parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any, NoReturn

import numpy as np

from autograd import TraceError, Value, zero_grad
from autograd.compiler.function import CompiledFunction
from autograd.graph import walk
from autograd.value import LEAF
from nn.batches import ADVICE, Batches, EagerSteps, Outcome, clear_gradients, clip_gradients
from nn.compiled_evaluation import count_right_of_batch, scores
from nn.compiled_models import compile_loss, generators_of
from nn.gradients import clip_factor, norm_of
from nn.module import Module
from nn.optimizers import Optimizer
from nn.penalties import l1_of_vector, l2_of_vector
from nn.rows import Array, Rows


class CompiledSteps:
    """Training by compiled code: `nn.batches.Steps`, of these batches."""

    _compiled: CompiledFunction

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        # What the optimizer held when the function was compiled; None before.
        self._optimized: list[Value] | None = None

    def prepare(self) -> None:
        """Compile the model and the loss; again if somebody has changed the model since.

        Raises TraceError if that is not possible, and what the model and the loss raise in eager code.
        """
        batches = self._batches
        if self._optimized is None:
            self._X, self._y = Rows(batches.X, "X"), Rows(batches.y, "y")
        elif self._compiled.is_current() and batches.optimizer.parameters == self._optimized:
            return
        self._compiled, loss = compile_loss(
            self._loss_and_more(),
            batches.model,
            batches.loss,
            self._X,
            self._y,
            classes=batches.classes,
            parameters=self._all_parameters(),
            has_auxiliary=True,
        )
        self._optimized = [*batches.optimizer.parameters]
        self._generators = generators_of(batches.model, self._compiled)
        self._find_parameters({*walk(loss)[0], *self._penalized()})

    def _find_parameters(self, reached: set[Value]) -> None:
        """Note where the compiled function has whose parameters; `reached` are those that matter."""
        batches = self._batches
        place = {parameter: i for i, parameter in enumerate(self._compiled.parameters)}
        self._held = np.array([place[parameter] for parameter in batches.optimizer.parameters])
        self._layers = [
            _rows([place[parameter] for parameter in own])
            for own in batches.gradient_norms.parameters.values()
        ]
        in_layers, self._is_weight = np.zeros((2, len(place)), dtype=bool)
        for rows in self._layers:
            in_layers[rows] = True
        self._in_layers = bool(in_layers[self._held].all())
        for weight in self._penalized():
            self._is_weight[place[weight]] = True
        self._has_penalties = bool(self._is_weight.any())
        kind = _Vectors if _moves_vectors(batches) else _Values
        self._parameters: _Values = kind(batches, self._compiled, place, reached)

    def _all_parameters(self) -> list[Value]:
        """What counts as a parameter, be it frozen or not used: so neither needs another function."""
        batches = self._batches
        of_model = batches.model.parameters() if isinstance(batches.model, Module) else []
        of_layers = batches.gradient_norms.parameters.values()
        return list(
            dict.fromkeys(
                [
                    *batches.optimizer.parameters,
                    *of_model,
                    *self._penalized(),
                    *(parameter for own in of_layers for parameter in own),
                ]
            )
        )

    def _penalized(self) -> list[Value]:
        batches = self._batches
        weights = batches.weights if batches.l1 or batches.l2 else []
        if any(weight.parents for weight in weights) or len(set(weights)) < len(weights):
            raise TraceError(
                "weights_and_biases() of the model gives weights that are no leaves, or one twice"
            )
        return weights

    def _loss_and_more(self) -> Callable[[Any, Any], list[Any]]:
        """What is compiled: the loss of a sample; the scores, if they count; what layers put out."""
        batches = self._batches
        model, loss = batches.model, batches.loss  # which it closes over, and so depends on

        def loss_and_more(x: Any, target: Any) -> list[Any]:
            outputs: dict[str, list[Value]] = {path: [] for path in batches.watch.layers}
            with batches.watch.listening(lambda path, own: outputs[path].extend(own)):
                output = model(x)
                of_sample = loss(output, target)
            self._watched = [path for path, own in outputs.items() if own]
            return [
                of_sample,
                *([scores(output)] if batches.classes else []),
                *(outputs[path] for path in self._watched),
            ]

        return loss_and_more

    @contextmanager
    def epoch(self, order: list[int]) -> Iterator[None]:
        """Within this block samples are met in this order. After it, parameters are up to date."""
        self._order = np.array(order)
        self._batches.watch.restart()
        self._parameters.begin()
        try:
            yield
        finally:
            self._parameters.end()

    @np.errstate(all="ignore")
    def step(self, start: int, stop: int, place: str) -> Outcome:
        """Train on a batch: the compiled function, the penalties, the clipping, the optimizer's step."""
        batches = self._batches
        indices = self._order[start:stop]
        targets = self._y.take(indices)
        theta = self._parameters.theta
        states = [generator.getstate() for generator in self._generators]
        mean, gradient, *rest = self._compiled.value_grad_and_auxiliary(
            self._X.take(indices), targets, theta=theta
        )
        l1, l2 = self._add_penalties(theta, gradient)
        objective = mean + l1 + l2
        norms = [norm_of(gradient[rows]) for rows in self._layers]
        if not (isfinite(objective) and self._are_finite(gradient, norms)):
            self._report_fault(indices, place, states)
        batches.gradient_norms.add(norms)
        self._parameters.move(theta, gradient)
        arrays = list(rest[0]) if rest else []
        n_right = count_right_of_batch(arrays.pop(0), targets) if batches.classes else 0
        for path, outputs in zip(self._watched, arrays):
            if outputs.shape[1] < len(indices):  # the samples share one column
                outputs = np.broadcast_to(outputs, (len(outputs), len(indices)))
            units = len(batches.watch.layers[path].neurons)
            batches.watch.count_batch(path, outputs.reshape(-1, units, len(indices)))
        return Outcome(objective, [mean * len(indices)], l1, l2, n_right)

    def _add_penalties(self, theta: Array, gradient: Array) -> tuple[float, float]:
        """Both penalties; their gradients are added to the loss's."""
        l1 = l2 = 0.0
        if self._has_penalties:
            weights = np.where(self._is_weight, theta, 0.0)
            if self._batches.l1:
                l1, slope = l1_of_vector(weights, self._batches.l1)
                gradient += slope
            if self._batches.l2:
                l2, slope = l2_of_vector(weights, self._batches.l2)
                gradient += slope
        return l1, l2

    def _are_finite(self, gradient: Array, norms: list[float]) -> bool:
        """Whether the gradients of what the optimizer holds are."""
        if self._in_layers and isfinite(sum(norms)):
            return True
        return bool(np.isfinite(gradient[self._held]).all())

    def _report_fault(self, indices: Array, place: str, states: list[Any]) -> NoReturn:
        """Compute the batch again in eager code, which finds the first operation at fault."""
        self._parameters.end()
        for generator, state in zip(self._generators, states):
            generator.setstate(state)
        EagerSteps(self._batches, self._X, self._y).differentiate(indices, place)
        raise FloatingPointError(
            f"the loss or its gradient became inf or nan in {place}, though not in eager code: some "
            f"number on the way is near the largest of all. {ADVICE}"
        )


class _Values:
    """The parameters of a training, which stay in their Values.

    So it must be for an optimizer whose step is its own, and for clipping by a function.

    Args:
        batches: what is trained.
        compiled: the compiled function.
        place: where it has each parameter.
        reached: the leaves that the objective depends on.
    """

    def __init__(
        self,
        batches: Batches,
        compiled: CompiledFunction,
        place: dict[Value, int],
        reached: set[Value],
    ) -> None:
        self._batches, self._compiled = batches, compiled
        self._held = np.array([place[parameter] for parameter in batches.optimizer.parameters])
        cleared = {*batches.optimizer.parameters, *batches.others}
        self._reached = [p for p in compiled.parameters if p in reached and p in cleared]
        self._unreached = [p for p in compiled.parameters if p not in reached and p in cleared]
        # What neither the model nor the optimizer has, nobody clears: its gradient adds up.
        self._strays = [p for p in compiled.parameters if p in reached and p not in cleared]
        self._reached_rows = _rows([place[parameter] for parameter in self._reached])
        self._stray_rows = _rows([place[parameter] for parameter in self._strays])

    @property
    def theta(self) -> Array:
        """Their data now, in the order of the compiled function."""
        return self._compiled.read()

    def begin(self) -> None:
        """Begin an epoch with what the Values and the optimizer hold."""

    def end(self) -> None:
        """See to it that the Values and the optimizer hold what eager training would have left."""

    def move(self, theta: Array, gradient: Array) -> None:
        """Clip this gradient, found at theta, and make the optimizer's step."""
        clear_gradients(self._batches)
        self._write_gradients(theta, gradient)
        self._add_to_strays(theta, gradient[self._stray_rows], 1)
        clip_gradients(self._batches)
        self._batches.optimizer.step()

    def _write_gradients(self, theta: Array, gradient: Array) -> None:
        rows = self._reached_rows
        for parameter, slope, data in zip(
            self._reached, gradient[rows].tolist(), theta[rows].tolist()
        ):
            parameter.grad = slope
            parameter.backward_passes = 1
            parameter.data_at_backward = data

    def _add_to_strays(self, theta: Array, gradient: Array, passes: int) -> None:
        rows = self._stray_rows
        for parameter, slope, data in zip(self._strays, gradient.tolist(), theta[rows].tolist()):
            parameter.grad += slope
            parameter.backward_passes += passes
            parameter.data_at_backward = data


class _Vectors(_Values):
    """The parameters of a training, and the optimizer's states, as vectors while an epoch lasts."""

    def begin(self) -> None:
        optimizer = self._batches.optimizer
        self._theta = self._compiled.read()
        self._states = [self._vector(list(column)) for column in optimizer.state.values()]
        can_move = np.zeros(len(self._theta), dtype=bool)
        can_move[self._held] = [p.operation is LEAF for p in optimizer.parameters]
        self._moving = None if can_move.all() else can_move
        self._last: tuple[Array, Array] | None = None  # theta before the last step, its gradient
        self._stray_gradient = np.zeros(len(self._strays))
        self._n_steps = 0

    @property
    def theta(self) -> Array:
        return self._theta

    def move(self, theta: Array, gradient: Array) -> None:
        batches = self._batches
        self._stray_gradient += gradient[self._stray_rows]
        if batches.clip is not None:
            assert not callable(batches.clip)
            moving = slice(None) if self._moving is None else self._moving
            factor = clip_factor(norm_of(gradient[moving]), batches.clip)
            gradient[moving] *= factor
        moved = batches.optimizer.step_vector(theta, gradient, self._states, self._moving)
        self._n_steps += 1
        self._last = theta, gradient
        self._theta, self._states = moved

    def end(self) -> None:
        if self._last is None:
            return
        optimizer = self._batches.optimizer
        for parameter, data in zip(self._compiled.parameters, self._theta.tolist()):
            parameter.data = data
        for column, vector in zip(optimizer.state.values(), self._states, strict=True):
            column[:] = np.broadcast_to(vector, self._theta.shape)[self._held].tolist()
        zero_grad(self._unreached)
        self._write_gradients(*self._last)
        self._add_to_strays(self._last[0], self._stray_gradient, self._n_steps)
        self._last = None

    def _vector(self, column: list[float]) -> Any:
        """A state, in the order of theta; just its number if all parameters have the same."""
        if column.count(column[0]) == len(column):
            return np.float64(column[0])
        vector = np.zeros(len(self._theta))
        vector[self._held] = column
        return vector


def _moves_vectors(batches: Batches) -> bool:
    """Whether the optimizer's step, and the clipping, can do with vectors alone."""
    kind = type(batches.optimizer)
    return (
        isinstance(batches.optimizer, Optimizer)
        and kind.step is Optimizer.step
        and kind.zero_grad is Optimizer.zero_grad
        and not callable(batches.clip)
    )


def _rows(places: Sequence[int]) -> Any:
    """An index for rows: a slice if they are consecutive, which is quicker."""
    if places and list(places) == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[-1] + 1)
    return np.array(places, dtype=np.intp)
