"""Models and losses as compiled functions, which do what eager code does, or are refused."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from copy import copy
from math import isfinite
from pathlib import Path
from random import Random
from typing import Any

from autograd import TraceError, Value
from autograd.compiler.function import CompiledFunction
from autograd.compiler.surroundings import Surroundings
from autograd.substitution import substituted
from autograd.tracing import line_of
from nn.evaluation import Loss, count_right
from nn.layers import dropout_generators
from nn.rows import Array, Rows

MOST_COMPARED = 10  # samples that eager code computes as well


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
    of_function = [] if function is None else function.generators
    return list(dict.fromkeys([*dropout_generators(model), *of_function]))


def drawing_ahead(generators: Sequence[Random]) -> AbstractContextManager[None]:
    """Within this block numbers are drawn that the generators, which stay as they are, draw later."""
    return substituted({}, {generator: copy(generator) for generator in generators})


def require_unchanged(surroundings: Surroundings) -> None:
    """Raises TraceError if the calls that were made since have changed something."""
    if (change := surroundings.difference()) is not None:
        raise TraceError(f"a call changes {change.what}, as a call of compiled code would not")


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

    Every class, or the least and the largest targets, meet the loss in eager code once, so that one that
    it refuses is an error before all else, and the loss's own. Some samples, of different targets, are
    computed by both. Returns the eager loss of the first sample too. Raises TraceError if f cannot be
    compiled, if compiled code computes something else, or if a call of the model or the loss changes it.
    """
    compiled, failure = None, None
    try:
        compiled = traced(f, X.example(), y.example(is_class=classes), **options)
    except TraceError as error:
        failure = error
    generators, surroundings = generators_of(model, compiled), Surroundings([model, loss])
    firsts = y.first_of_each() if classes else y.extremes()
    spread = [i * len(X) // MOST_COMPARED for i in range(MOST_COMPARED)]
    chosen = list(dict.fromkeys([*firsts, *spread]))[:MOST_COMPARED]
    losses: list[Value] = []
    with drawing_ahead(generators):
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
    require_unchanged(surroundings)
    with drawing_ahead(generators):
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
