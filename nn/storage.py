"""Saving models: safetensors files, with PyTorch's names and shapes and the architecture beside them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from nn.layers import ACTIVATIONS, MLP

FORMAT = "glassgrad 1"


def save(model: MLP, path: str | os.PathLike[str]) -> None:
    """Write an MLP to a safetensors file.

    The file is complete or not written at all: a crash leaves what was there before. Raises
    ValueError for a model that `load` could not rebuild: one whose activation is not known by name.

    >>> import tempfile
    >>> model = MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/model.safetensors")
    ...     load(f"{folder}/model.safetensors")
    MLP(2, [3, 1], activation='relu')
    """
    import json

    from safetensors.numpy import save as to_bytes

    metadata = {"format": FORMAT, "architecture": json.dumps(_architecture(model))}
    write_atomically(path, to_bytes(model.state_dict(), metadata=metadata))


def load(path: str | os.PathLike[str]) -> MLP:
    """Rebuild a model from a file that `save` wrote. Nothing in the file is executed.

    Raises ValueError, with the reason, for a file that is damaged or was not written by `save`;
    FileNotFoundError if there is none.

    >>> load("nowhere.safetensors")
    Traceback (most recent call last):
        ...
    FileNotFoundError: there is no model file nowhere.safetensors
    """
    import json

    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no model file {path}")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged, or no safetensors file: {error}") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{path} is a safetensors file, but was not written by nn.save: its metadata says "
            f"{metadata.get('format')!r} where {FORMAT!r} is expected"
        )
    try:
        model = MLP(**json.loads(metadata["architecture"]))
        model.load_state_dict(state)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not describe a model: {error}") from error
    return model


def _architecture(model: MLP) -> dict[str, Any]:
    if not isinstance(model, MLP):
        raise ValueError(f"nn.save writes an MLP, but got {model!r}; see its state_dict() instead")
    activations = (model.layers[0].activation, model.layers[-1].activation)
    for activation in activations:
        if activation is not None and activation not in ACTIVATIONS:
            raise ValueError(
                f"the activation {activation!r} is a function, which a file cannot hold: build the "
                f"model with one of {', '.join(sorted(ACTIVATIONS))} by name"
            )
    n_inputs, *n_neurons = model.sizes
    return {
        "n_inputs": n_inputs,
        "n_neurons": n_neurons,
        "activation": activations[0],
        "output_activation": activations[1],
    }


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that whoever opens it, even after a crash, finds the old content or the new."""
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")  # a rename moves no data
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
