"""Batches: how an epoch is trained, and how eager code trains a batch. `fit` runs them.

A batch is trained by eager code, which records a graph and walks back through it, or by a compiled
function, see `nn.compiled_training`. What an epoch adds up is the same.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, Protocol

import autograd
from autograd import TraceError, Value, topological_order, zero_grad
from autograd.modes import operands_of
from autograd.value import FROZEN
from nn.evaluation import Loss, are_classes, count_right, modules_in_mode, modules_of
from nn.gradients import clip_grad_norm
from nn.history import GradientNorms, Watch
from nn.module import Module
from nn.optimizers import Optimizer
from nn.penalties import l1_penalty, l2_penalty
from nn.samples import rows


class Model(Protocol):
    """What can be trained: a `Module` that is called with a sample, or anything that looks like one."""

    def __call__(self, sample: Any, /) -> Any: ...

    def weights_and_biases(self) -> tuple[list[Value], list[Value]]: ...


class Outcome(NamedTuple):
    """What came of a batch.

    Attributes:
        objective: the mean loss with the penalties.
        losses: numbers whose sum is that of the samples' losses.
        l1, l2: the penalties.
        n_right: how many samples were predicted right; 0 if the targets are no classes.
    """

    objective: float
    losses: Sequence[float]
    l1: float
    l2: float
    n_right: int


class Steps(Protocol):
    """A way to train batches."""

    def prepare(self) -> None:
        """Get ready for the model as it is now. Raises TraceError if this is no way to train it."""

    def epoch(self, order: list[int]) -> AbstractContextManager[None]:
        """Within this block samples are met in this order. After it, parameters are up to date."""

    def step(self, start: int, stop: int, place: str) -> Outcome:
        """Train on a batch, the samples `order[start:stop]`.

        Raises FloatingPointError, which names the place, for a loss or a gradient that is not finite.
        """


@dataclass
class Batches:
    """The samples of a training, and how an epoch of batches is trained on them.

    Attributes:
        compiled: True if compiled code must train, None if it shall where it can, False if not.
        n: how many batches an epoch has.
        weights: what the penalties cover.
        watch, gradient_norms: what is counted on the way.
        classes: whether the targets are classes.
        others: parameters of the model that the optimizer does not hold. They have gradients too, which
            nobody else clears.
        may_have_changed: whether the model may be another one than in the last epoch.
    """

    model: Model
    loss: Loss
    X: Any
    y: Any
    optimizer: Optimizer
    size: int
    l1: float
    l2: float
    clip: float | Callable[[list[Value]], object] | None
    compiled: bool | None

    def __post_init__(self) -> None:
        self.n = math.ceil(len(self.X) / self.size)
        self.weights, _ = self.model.weights_and_biases()
        self.watch = Watch(self.model)
        self.gradient_norms = GradientNorms(self.model)
        self.classes = are_classes(self.y)
        held = set(self.optimizer.parameters)
        all_parameters = self.model.parameters() if isinstance(self.model, Module) else []
        self.others = [parameter for parameter in all_parameters if parameter not in held]
        self._steps: Steps | None = None
        self.may_have_changed = True

    def train(
        self, epoch: int, random: Random, bar: Any, stop: Callable[[], bool]
    ) -> dict[str, Any]:
        """Make a step for each batch; returns the epoch's figures, as `History.append` takes them."""
        if self.may_have_changed:
            self._modules = modules_of(self.model)
        with modules_in_mode(self._modules, training=True):
            return self._train(self._prepared(), epoch, random, bar, stop)

    def _train(
        self, steps: Steps, epoch: int, random: Random, bar: Any, stop: Callable[[], bool]
    ) -> dict[str, Any]:
        order = list(range(len(self.X)))
        random.shuffle(order)
        losses: list[float] = []
        l1_penalties: list[float] = []
        l2_penalties: list[float] = []
        n_right = n_met = 0
        with steps.epoch(order):
            for number in range(self.n):
                if stop():
                    raise KeyboardInterrupt
                start, n_met = n_met, min(n_met + self.size, len(order))
                outcome = steps.step(start, n_met, f"epoch {epoch}, batch {number + 1}")
                losses += outcome.losses
                l1_penalties.append(outcome.l1)
                l2_penalties.append(outcome.l2)
                n_right += outcome.n_right
                if bar.disable:
                    continue
                postfix = {"loss": f"{outcome.objective:.3g}"}
                if self.classes:
                    postfix["accuracy"] = f"{n_right / n_met:.3f}"
                bar.set_postfix(postfix, refresh=False)
                bar.update()
        l1_mean, l2_mean = (math.fsum(terms) / self.n for terms in (l1_penalties, l2_penalties))
        return {
            "loss": math.fsum(losses) / n_met,
            "penalty": l1_mean + l2_mean,
            "l1_penalty": l1_mean,
            "l2_penalty": l2_mean,
            **({"accuracy": n_right / n_met} if self.classes else {}),
            **self.gradient_norms.figures(),
            **self.watch.figures(),
        }

    def _prepared(self) -> Steps:
        """The steps to train by; compiled ones, unless that is not wanted or not possible."""
        if self._steps is None:
            if self.compiled is False:
                self._steps = EagerSteps(self, rows(self.X), rows(self.y))
            else:
                from nn.compiled_training import CompiledSteps

                self._steps = CompiledSteps(self)
        if not self.may_have_changed:
            return self._steps
        self.may_have_changed = False
        try:
            self._steps.prepare()
        except TraceError as error:
            if self.compiled:
                raise
            warnings.warn(
                "fit() trains in eager code, which takes many times as long, since the model or the "
                f"loss cannot be compiled: {error}. compiled=False trains so without a warning",
                stacklevel=4,  # the line that calls fit()
            )
            self._steps = EagerSteps(self, rows(self.X), rows(self.y))
        return self._steps


class EagerSteps:
    """Training in eager code.

    Args:
        batches: what is trained.
        X, y: its samples and targets, as the model and the loss are to get them.
    """

    def __init__(self, batches: Batches, X: Any, y: Any) -> None:
        self._batches, self._X, self._y = batches, X, y
        self._order: list[int] = []

    def prepare(self) -> None:
        """Every model can be trained so."""

    @contextmanager
    def epoch(self, order: list[int]) -> Iterator[None]:
        """Within this block samples are met in this order. After it, parameters are up to date."""
        self._order = order
        with self._batches.watch.epoch():
            yield

    def step(self, start: int, stop: int, place: str) -> Outcome:
        """Train on a batch: the backward pass, the clipping, the optimizer's step."""
        batches = self._batches
        outcome = self.differentiate(self._order[start:stop], place)
        batches.gradient_norms.add()
        clip_gradients(batches)
        batches.optimizer.step()
        return outcome

    def differentiate(self, indices: Sequence[int], place: str) -> Outcome:
        """Compute the objective of these samples, and its gradients, into the parameters."""
        batches = self._batches
        targets = [self._y[i] for i in indices]
        outputs = [batches.model(self._X[i]) for i in indices]
        sample_losses = [batches.loss(*pair) for pair in zip(outputs, targets)]
        l1_term = l1_penalty(batches.weights, batches.l1)
        l2_term = l2_penalty(batches.weights, batches.l2)
        objective = autograd.mean(sample_losses) + l1_term + l2_term
        clear_gradients(batches)
        objective.backward()
        _require_finite(objective, batches.optimizer.parameters, place)
        return Outcome(
            objective.data,
            [sample_loss.data for sample_loss in sample_losses],
            l1_term.data,
            l2_term.data,
            count_right(outputs, targets) if batches.classes else 0,
        )


def clear_gradients(batches: Batches) -> None:
    """Forget the gradients of the last batch."""
    batches.optimizer.zero_grad()
    zero_grad(batches.others)


def clip_gradients(batches: Batches) -> None:
    """Clip the gradients that the parameters hold, if that is asked for."""
    if callable(batches.clip):
        batches.clip(batches.optimizer.parameters)
    elif batches.clip is not None:
        clip_grad_norm(batches.optimizer.parameters, batches.clip)


ADVICE = (
    "A smaller learning rate may help, or clip=1.0, or scaling the inputs and targets to about 1."
)


def _require_finite(objective: Value, parameters: Sequence[Value], place: str) -> None:
    if not math.isfinite(objective.data):
        raise FloatingPointError(
            f"the loss became {objective.data} in {place}: {_first_fault(objective)}. {ADVICE}"
        )
    for parameter in parameters:
        if not math.isfinite(parameter.grad):
            raise FloatingPointError(
                f"the gradient of {parameter.label or 'a parameter'} became {parameter.grad} in "
                f"{place}, though the loss is {objective.data:.6g}. {ADVICE}"
            )


def _first_fault(root: Value) -> str:
    """Where a number that is not finite came from: a leaf, or the first operation that made one."""
    for node in topological_order(root):  # leaves first, operands before what is made of them
        if math.isfinite(node.data):
            continue
        if node.kind == "leaf" or node.operation is FROZEN:
            return f"the parameter {node.label or repr(node)} is {node.data} already"
        if not node.parents:
            return (
                f"a number among the inputs or targets is {node.data}: leave such samples out, or fill "
                "a number in"
            )
        return f"the first operation at fault is {node.op}, of {operands_of(node)}"
    raise AssertionError("all numbers are finite")
