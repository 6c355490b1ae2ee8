"""Models and losses as compiled functions: their data, and whether they do what eager code does."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import fsum, isfinite, nan
from operator import is_
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from autograd import TraceError, Value, no_grad
from autograd.compiler.function import CompiledFunction
from autograd.conversion import is_number
from autograd.tracing import line_of
from nn.evaluation import (
    Loss,
    are_classes,
    count_right,
    mode,
    modules_in_mode,
    modules_of,
)
from nn.layers import dropout_generators
from nn.module import Module

Array = Any  # a NumPy array

MOST_NUMBERS = 2**22  # in the arrays of a batch whose size is ours to choose, about: 32 MB
MOST_COMPARED = 10  # samples that eager code computes as well


# Data.


class Rows:
    """Samples, or targets, as one array, of which only what is asked for is read.

    Args:
        samples: an array, which may be a memory-mapped one, or nested lists of one shape.
        name: of them, for messages.

    Raises TraceError for all else, such as samples of unequal lengths: no compiled function takes them.

    >>> rows = Rows([[0.5, 1.0], [2, 3]], "X")
    >>> rows.take([1, 0]).tolist(), rows[1]
    ([[2.0, 3.0], [0.5, 1.0]], [2, 3])
    """

    def __init__(self, samples: Any, name: str) -> None:
        self._is_list = isinstance(samples, (list, tuple))
        if not self._is_list and not hasattr(samples, "tolist"):
            raise TraceError(
                f"{name} is of type {type(samples).__name__}, but arrays and lists are compiled for"
            )
        try:
            array = np.asarray(samples)
            if array.dtype.kind == "O" and all(map(is_number, array.flat)):
                array = array.astype(np.float64)
        except Exception as error:
            raise TraceError(f"{name} is not numbers, as many for each sample: {error}") from error
        if array.dtype.kind not in "fiub":
            raise TraceError(f"{name} is not numbers, but of the type {array.dtype}")
        self._samples, self._array = samples, array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, i: int) -> Any:
        """A sample as eager code gets it."""
        return self._samples[i] if self._is_list else self._array[i].tolist()

    def take(self, indices: Any) -> Array:
        """An array of the samples at these indices, or in this slice."""
        return self._array[indices]

    def example(self, *, is_class: bool = False) -> Any:
        """A sample to compile for: finite numbers, whole ones as ints, which may be labels."""
        if self._array.dtype.kind in "iub":
            return self._array[0].tolist()
        first = self._array[:1].astype(np.float64)
        first[~np.isfinite(first)] = 0.5
        return int(first[0]) if is_class else first[0].tolist()

    def first_of_each(self) -> list[int]:
        """Where each distinct number comes first, of targets that are single numbers."""
        found: dict[Any, int] = {}
        if self._is_list:
            for i, number in enumerate(self._samples):
                # Its type counts: a loss may refuse the label 1.0.
                found.setdefault((type(number), float(number)), i)
        else:
            for start in range(0, len(self), MOST_NUMBERS):
                part = self._array[start : start + MOST_NUMBERS]
                for number, first in zip(*np.unique(part, return_index=True)):
                    found.setdefault(float(number), start + int(first))
        return list(found.values())


# Functions.


def traced(f: Callable[..., Any], *examples: Any, **options: Any) -> CompiledFunction:
    """`CompiledFunction` of f. Whatever goes wrong is a TraceError that names the line of the user's."""
    try:
        return CompiledFunction(f, examples, **options)
    except TraceError:
        raise
    except Exception as error:
        raise TraceError(
            f"{_origin(error)} raised {type(error).__name__}: {error} (while a function is traced, its "
            "samples and targets are Values: write autograd.select(label, scores) in place of "
            "scores[label], and autograd.where in place of `if`)"
        ) from error


_PACKAGES = tuple(str(Path(__file__).parents[1] / name) for name in ("autograd", "nn"))


def _origin(error: Exception) -> str:
    """The line that an error comes from: the innermost that is not of these packages."""
    frames = traceback.extract_tb(error.__traceback__)
    others = [frame for frame in frames if not frame.filename.startswith(_PACKAGES)]
    return line_of(others[-1].filename, others[-1].lineno or 0) if others else "a call of the model"


def generators_of(model: object, function: CompiledFunction | None) -> list[Random]:
    """What a model, and the function compiled of it, draw random numbers from."""
    draws = [] if function is None else function._signature.draws
    return list(dict.fromkeys([*dropout_generators(model), *(draw.generator for draw in draws)]))


@contextmanager
def restored(generators: Sequence[Random]) -> Iterator[None]:
    """After this block the generators are as before."""
    states = [generator.getstate() for generator in generators]
    try:
        yield
    finally:
        for generator, state in zip(generators, states):
            generator.setstate(state)


def compile_loss(
    f: Callable[[Any, Any], list[Any]],
    model: Any,
    loss: Loss,
    X: Rows,
    y: Rows,
    *,
    classes: bool,
    **options: Any,
) -> tuple[CompiledFunction, Value]:
    """A function of a sample and a target, of which the loss comes first, compiled and compared.

    Every class meets the loss in eager code once, so that one that it refuses is an error before all
    else, and the loss's own. Some samples, of different classes, are computed by both. Returns the eager
    loss of the first sample too. Raises TraceError if f cannot be compiled, or if compiled code computes
    something else.
    """
    compiled, failure = None, None
    try:
        compiled = traced(f, X.example(), y.example(is_class=classes), **options)
    except TraceError as error:
        failure = error
    generators = generators_of(model, compiled)
    firsts = y.first_of_each() if classes else []
    spread = [i * len(X) // MOST_COMPARED for i in range(MOST_COMPARED)]
    chosen = list(dict.fromkeys([*firsts, *spread]))[:MOST_COMPARED]
    losses: list[Value] = []
    with restored(generators):
        for i in chosen:
            output = model(X[i])
            losses.append(loss(output, y[i]))
            if classes:
                count_right([output], [y[i]])
        for i in firsts[MOST_COMPARED:]:
            loss(output, y[i])
    if compiled is None:
        assert failure is not None
        raise failure
    with restored(generators):
        numbers = called(compiled, X.take(chosen), y.take(chosen))
    require_agreement(numbers.reshape(len(chosen), -1)[:, 0].tolist(), [x.data for x in losses])
    return compiled, losses[0]


def called(compiled: CompiledFunction, *arrays: Array) -> Array:
    """A call of a compiled function, for the first time: what goes wrong is a TraceError."""
    try:
        return compiled(*arrays)
    except Exception as error:
        raise TraceError(f"compiled code raised {type(error).__name__}: {error}") from error


def require_agreement(compiled: Sequence[float], eager: Sequence[float]) -> None:
    """Raises TraceError if compiled code does not compute what eager code does.

    A trace notices what decides by data, but not what decides by identity: a dict that is asked for the
    target has none that is a Value. Nor does it notice all that changes from call to call.
    """
    for ours, expected in zip(compiled, eager, strict=True):
        if isfinite(ours) != isfinite(expected) or (
            abs(ours - expected) > 1e-6 * max(1.0, abs(expected))
        ):
            raise TraceError(
                f"compiled code computes {ours:.6g} where eager code computes {expected:.6g}: something "
                "changes between calls, or decides by identity, as a dict does that is asked for the "
                "target, which is a Value while a function is traced; autograd.select can decide"
            )


class Snapshot:
    """What models and lists are made of, to find out later whether somebody has changed them.

    >>> from nn import MLP
    >>> model = MLP(2, [3, 1])
    >>> snapshot = Snapshot(model)
    >>> model.layers[0].neurons[0].bias.data = 1.0  # what a parameter is does not count
    >>> snapshot.is_current()
    True
    >>> model.layers[0].activation = "tanh"
    >>> snapshot.is_current()
    False
    """

    def __init__(self, *things: object) -> None:
        self._parts: list[
            tuple[Any, Any]
        ] = []  # modules with their attributes, lists with elements
        stack: list[Any] = list(things)
        seen: set[int] = set()
        while stack:
            thing = stack.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            contents = _contents(thing)
            self._parts.append((thing, contents))
            elements = contents.values() if isinstance(contents, dict) else contents
            stack += [x for x in elements if isinstance(x, (Module, list, tuple))]

    def is_current(self) -> bool:
        """Whether all parts consist of the same objects as they did."""
        for thing, before in self._parts:
            now = _contents(thing)
            if len(now) != len(before):
                return False
            if isinstance(now, dict):
                if not all(map(is_, map(now.get, before), before.values())):
                    return False
            elif not all(map(is_, now, before)):
                return False
        return True


def _contents(thing: Any) -> Any:
    """The elements of a list, or the attributes of something else but for those that `fit` sets."""
    if isinstance(thing, (list, tuple)):
        return tuple(thing)
    attributes = dict(getattr(thing, "__dict__", {}))
    attributes.pop("training", None)
    attributes.pop("observer", None)
    return attributes


# Evaluation.


class CompiledEvaluation:
    """`nn.evaluate` of a model over samples, compiled once, and again when the model has changed.

    Raises TraceError if that is not possible.
    """

    def __init__(self, model: Any, loss: Loss, X: Any, y: Any) -> None:
        self._model, self._loss = model, loss
        self._X, self._y = Rows(X, "X"), Rows(y, "y")
        self._classes = are_classes(y)
        self._compile()

    def _compile(self) -> None:
        def loss_and_scores(x: Any, target: Any) -> list[Any]:
            output = self._model(x)
            return [self._loss(output, target), *(scores(output) if self._classes else [])]

        self._snapshot, self._modules = Snapshot(self._model), modules_of(self._model)
        with no_grad(), modules_in_mode(self._modules, training=False):
            self._compiled, _ = compile_loss(
                loss_and_scores, self._model, self._loss, self._X, self._y, classes=self._classes
            )

    def figures(self) -> tuple[float, float]:
        """The mean loss, and the accuracy, with the parameters as they are now."""
        if not self._snapshot.is_current():
            self._compile()
        losses: list[float] = []
        n_right = 0
        with modules_in_mode(self._modules, training=False):
            for part in chunks(self._compiled, len(self._X)):
                targets = self._y.take(part)
                numbers = self._compiled(self._X.take(part), targets).reshape(len(targets), -1).T
                losses += numbers[0].tolist()
                if self._classes:
                    n_right += count_right_of_batch(numbers[1:], targets)
        n = len(self._X)
        return fsum(losses) / n, n_right / n if self._classes else nan


def compiled_predictions(model: Any, X: Any) -> list[int]:
    """`nn.predict`, compiled. Raises TraceError if that is not possible."""
    samples = Rows(X, "X")
    with no_grad(), mode(model, training=False):
        compiled = traced(lambda x: scores(model(x)), samples.example())
        ends = [0, len(samples) - 1]
        eager = [number.data for i in ends for number in scores(model(samples[i]))]
        require_agreement(called(compiled, samples.take(ends)).ravel().tolist(), eager)
    labels: list[int] = []
    with mode(model, training=False):
        for part in chunks(compiled, len(samples)):
            labels += predicted_classes(compiled(samples.take(part)).T).tolist()
    return labels


def scores(output: Any) -> list[Any]:
    """The Values in a model's output: one, or a list of them."""
    return [output] if isinstance(output, Value) else list(output)


def chunks(compiled: CompiledFunction, n: int) -> Iterator[slice]:
    """Slices of n samples, each of as many as memory should hold the numbers of at once."""
    n_numbers = len(compiled._grouping.program.instructions) - len(compiled.parameters)
    size = max(1, MOST_NUMBERS // max(1, n_numbers))
    return (slice(start, start + size) for start in range(0, n, size))


def predicted_classes(scores: Array) -> Array:
    """`predicted_class` of a batch: of an array of shape (number of scores, batch)."""
    if len(scores) == 1:
        return np.where(scores[0] > 0.0, 1, -1)
    if np.isnan(scores).any():
        # As Python's max has it: a nan that comes first is the largest, and all others are nothing.
        stand_ins = np.array([np.inf] + [-np.inf] * (len(scores) - 1))[:, np.newaxis]
        scores = np.where(np.isnan(scores), stand_ins, scores)
    return np.argmax(scores, axis=0)


def count_right_of_batch(scores: Array, targets: Array) -> int:
    """`count_right` of a batch: of scores of shape (number of scores, batch)."""
    labels = predicted_classes(scores)
    return int(np.count_nonzero((labels == targets) | ((labels == -1) & (targets == 0))))
