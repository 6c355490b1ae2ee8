"""Checkpoints: all that a training needs to go on to the last bit as if it had never been stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from autograd import Value
from autograd.conversion import brief
from autograd.value import FROZEN, LEAF, Leaf
from nn.facts import Such, require
from nn.files import write_atomically
from nn.history import BY_LAYER, SERIES, History
from nn.layers import dropout_generators
from nn.module import Module
from nn.optimizers import Optimizer
from nn.storage import ModelFileError, pack, unpack


def _is_state(state: Any) -> bool:
    """Whether this is the state of a generator, as JSON has it."""
    try:
        version, internal, gauss = state
        Random().setstate((version, tuple(internal), gauss))
    except (TypeError, ValueError, OverflowError):
        return False
    return gauss is None or isinstance(gauss, float)


# What a checkpoint tells besides its arrays.
FACTS = {
    "settings": {str: object},
    "optimizer": {"optimizer": str, "settings": {str: object}, "n_steps": int},
    "frozen": [int],
    "history": {
        **{name: [float] for name in SERIES},
        **{name: {str: [float]} for name in BY_LAYER},
        "interrupted": bool,
    },
    "ended": bool,
    "random": [Such(_is_state, "the state of a generator")],
}


def write_checkpoint(
    path: str | os.PathLike[str],
    model: object,
    optimizer: Optimizer,
    random: Random,
    history: History,
    settings: Mapping[str, Any],
    *,
    ended: bool,
) -> None:
    """Write the state of a training after an epoch; a crash leaves the file that was there before.

    `settings` are what the training must be continued with; `ended` tells that a callback ended it.
    """
    import numpy as np

    state = optimizer.state_dict()
    arrays = {f"optimizer.{name}": np.array(s) for name, s in state.pop("state").items()}
    parameters = _parameters(model, optimizer)
    arrays["parameters"] = np.array([parameter.data for parameter in parameters])
    facts = {
        "settings": dict(settings),
        "optimizer": state,
        "frozen": [i for i, parameter in enumerate(parameters) if parameter.operation is FROZEN],
        "history": history.to_dict(),
        "ended": ended,
        "random": [generator.getstate() for generator in (random, *dropout_generators(model))],
    }
    write_atomically(path, pack(arrays, {"checkpoint": facts}))


def read_checkpoint(
    path: str | os.PathLike[str],
    model: object,
    optimizer: Optimizer,
    random: Random,
    settings: Mapping[str, Any],
) -> tuple[History, bool]:
    """Restore the state of a training, in the parameters, the optimizer and the generators.

    Returns its history, and whether a callback had ended it. Raises ModelFileError for a file that is
    no checkpoint, ValueError for one of another training, and changes nothing then; FileNotFoundError
    if there is none.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no checkpoint {path}: begin without resume")
    arrays, facts = unpack(path)
    if "checkpoint" not in facts:
        raise ModelFileError(f"{path} is a model, not a checkpoint of fit(): nn.load reads it")
    generators = [random, *dropout_generators(model)]
    parameters = _parameters(model, optimizer)
    try:
        saved = facts["checkpoint"]
        require(saved, FACTS, "the checkpoint")
        new = _state_of(arrays, saved)
    except ValueError as error:
        raise ModelFileError(f"{path} is no checkpoint of fit(): {error}") from error
    for name, expected in settings.items():
        if saved["settings"].get(name) != expected:
            raise ValueError(
                f"{path} is a checkpoint of another training: its {name} is "
                f"{brief(saved['settings'].get(name))}, but here it is {expected!r}"
            )
    for what, n_saved, n_here in (
        ("generators of dropout", len(new.generators) - 1, len(generators) - 1),
        ("parameters", len(new.parameters), len(parameters)),
    ):
        if n_saved != n_here:
            raise ValueError(
                f"{path} is a checkpoint of another model: it has {n_saved} {what}, "
                f"but here are {n_here}"
            )
    old = _State(
        [(parameter.data, parameter.operation) for parameter in parameters],
        optimizer.state_dict(),
        [generator.getstate() for generator in generators],
    )
    try:
        optimizer.load_state_dict(new.optimizer)
        _set(parameters, generators, new)
    except ValueError as error:
        raise ModelFileError(f"{path} is no checkpoint of fit(): {error}") from error
    except BaseException:  # Ctrl-C, if another than `fit` has taken it over
        optimizer.load_state_dict(old.optimizer)
        _set(parameters, generators, old)
        raise
    return History.from_dict(saved["history"]), saved["ended"]


class _State(NamedTuple):
    """The state of a training: parameters with what they are, the optimizer, the generators."""

    parameters: list[tuple[float, Leaf]]
    optimizer: dict[str, Any]
    generators: list[tuple[Any, ...]]


def _state_of(arrays: Mapping[str, Any], saved: dict[str, Any]) -> _State:
    """What a file holds. Raises ValueError if it does not fit together."""
    for name, array in arrays.items():
        if name != "parameters" and not name.startswith("optimizer."):
            raise ValueError(f"it has an array {brief(name)}")
        if array.ndim != 1:
            raise ValueError(f"{name} is of the shape {array.shape}, and no vector")
    if "parameters" not in arrays:
        raise ValueError("it has no parameters")
    data = arrays["parameters"].tolist()
    frozen = set(saved["frozen"])
    if not frozen <= set(range(len(data))):
        raise ValueError(f"of {len(data)} parameters it says that {brief(max(frozen))} is frozen")
    columns = {
        name.removeprefix("optimizer."): array.tolist()
        for name, array in arrays.items()
        if name.startswith("optimizer.")
    }
    return _State(
        [(number, FROZEN if i in frozen else LEAF) for i, number in enumerate(data)],
        {**saved["optimizer"], "state": columns},
        [(version, tuple(internal), gauss) for version, internal, gauss in saved["random"]],
    )


def _set(parameters: list[Value], generators: list[Random], state: _State) -> None:
    for parameter, (data, operation) in zip(parameters, state.parameters):
        parameter.data = data
        parameter.operation = operation
    for generator, inner in zip(generators, state.generators):
        generator.setstate(inner)


def _parameters(model: object, optimizer: Optimizer) -> list[Value]:
    """The optimizer's parameters, then those of the model that it does not hold."""
    others = model.parameters() if isinstance(model, Module) else ()
    return list(dict.fromkeys([*optimizer.parameters, *others]))
