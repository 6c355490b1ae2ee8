"""Checkpoints: all that a training needs to go on to the last bit as if it had never been stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Any

from autograd import Value
from autograd.value import FROZEN, LEAF
from nn.files import write_atomically
from nn.history import History
from nn.layers import dropout_generators
from nn.module import Module
from nn.optimizers import Optimizer
from nn.storage import ModelFileError, pack, unpack


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
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no checkpoint {path}: begin without resume")
    arrays, facts = unpack(path)
    if "checkpoint" not in facts:
        raise ModelFileError(f"{path} is a model, not a checkpoint of fit(): nn.load reads it")
    saved = facts["checkpoint"]
    for name, expected in settings.items():
        if saved["settings"].get(name) != expected:
            raise ValueError(
                f"{path} is a checkpoint of another training: its {name} is "
                f"{saved['settings'].get(name)!r}, but here it is {expected!r}"
            )
    generators = (random, *dropout_generators(model))
    parameters = _parameters(model, optimizer)
    for what, n_saved, n_here in (
        ("generators of dropout", len(saved["random"]) - 1, len(generators) - 1),
        ("parameters", len(arrays["parameters"]), len(parameters)),
    ):
        if n_saved != n_here:
            raise ValueError(
                f"{path} is a checkpoint of another model: it has {n_saved} {what}, "
                f"but here are {n_here}"
            )
    state = {
        name.removeprefix("optimizer."): array.tolist()
        for name, array in arrays.items()
        if name.startswith("optimizer.")
    }
    optimizer.load_state_dict({**saved["optimizer"], "state": state})
    for parameter, data in zip(parameters, arrays["parameters"].tolist()):
        parameter.data = data
        parameter.operation = LEAF
    for i in saved["frozen"]:
        parameters[i].operation = FROZEN
    for generator, (version, internal, gauss) in zip(generators, saved["random"]):
        generator.setstate((version, tuple(internal), gauss))
    return History.from_dict(saved["history"]), saved["ended"]


def _parameters(model: object, optimizer: Optimizer) -> list[Value]:
    """The optimizer's parameters, then those of the model that it does not hold."""
    others = model.parameters() if isinstance(model, Module) else ()
    return list(dict.fromkeys([*optimizer.parameters, *others]))
