"""Saving models: safetensors files, with PyTorch's names and shapes and the architecture beside them."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from nn.activations import NAMES
from nn.layers import Dropout, Layer, Maxout, Neuron
from nn.module import Module
from nn.networks import MLP, Sequential

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "glassgrad 1"

# What a file can name: nothing else is ever built from one, and nothing in it is executed.
MODULES = {kind.__name__: kind for kind in (Dropout, Layer, Maxout, MLP, Neuron, Sequential)}


class ModelFileError(ValueError):
    """A file is not what `save` (or a checkpoint of `fit`) wrote: damaged, altered or foreign.

    >>> issubclass(ModelFileError, ValueError)
    True
    """


def save(
    model: Module, path: str | os.PathLike[str], notes: Mapping[str, Any] | None = None
) -> None:
    """Write a model to a safetensors file: its parameters, and the architecture that holds them.

    The file is complete or not written at all: a crash leaves what was there before. `notes` are
    kept with it, numbers, texts, and lists and dicts of them; `load_notes` gives them back.

    Raises ValueError for a model that `load` could not rebuild: one with a part that is not of this
    package or stands in two places, or whose activation is a function of one's own.

    >>> import tempfile
    >>> model = MLP(2, [3, 1], seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, f"{folder}/model.safetensors")
    ...     load(f"{folder}/model.safetensors")
    MLP(2, [3, 1], activation='relu')
    """
    architecture = _architecture(model)
    _require_rebuilt(model, _build(architecture))
    facts = {"architecture": architecture, "notes": dict(notes or {})}
    write_atomically(path, pack(model.state_dict(), facts))


def load(path: str | os.PathLike[str]) -> Any:
    """Rebuild a model from a file that `save` wrote. Nothing in the file is executed.

    Raises ModelFileError, a ValueError, with the reason, for a file that is damaged, was altered, or
    was not written by `save`; FileNotFoundError if there is none.

    >>> load("nowhere.safetensors")
    Traceback (most recent call last):
        ...
    FileNotFoundError: there is no model file nowhere.safetensors
    """
    arrays, facts = unpack(path)
    if "checkpoint" in facts:
        raise ModelFileError(
            f"{path} is a checkpoint, not a model: give it to fit(..., resume=path)"
        )
    try:
        model = _build(facts["architecture"])
        model.load_state_dict(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    return model


def load_notes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The notes that were saved with a model. Raises as `load`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(MLP(2, [1]), f"{folder}/model.safetensors", notes={"epochs": 3})
    ...     load_notes(f"{folder}/model.safetensors")
    {'epochs': 3}
    """
    notes: dict[str, Any] = unpack(path).facts.get("notes", {})
    return notes


def _architecture(model: Module) -> dict[str, Any]:
    kind = type(model).__name__
    if MODULES.get(kind) is not type(model):
        raise ValueError(
            f"nn.save writes {', '.join(MODULES)}, but got {model!r}: write its state_dict() by "
            "safetensors.numpy.save_file, say, and build the model in code"
        )
    if isinstance(model, Sequential):
        return {"kind": kind, "layers": [_architecture(layer) for layer in model.layers]}
    assert isinstance(model, (Dropout, Layer, Maxout, MLP, Neuron))
    config = model.config()
    for name in ("activation", "output_activation"):
        activation = config.get(name)
        if callable(activation):
            raise ValueError(
                f"the activation {activation!r} is a function, which a file cannot hold: build the "
                f"model with one of {', '.join(NAMES)} by name"
            )
    return {"kind": kind, **config}


def _require_rebuilt(model: Module, twin: Module) -> None:
    """A model's arguments do not tell of parts that were exchanged, or are shared."""
    parts, twins = ([repr(part) for part in whole.modules()] for whole in (model, twin))
    if parts != twins or model.n_parameters != twin.n_parameters:
        raise ValueError(
            f"{model!r} cannot be rebuilt from its arguments, since a part of it was exchanged or is "
            "shared: put it together as a Sequential() of different layers, or save its state_dict()"
        )


def _build(architecture: Any) -> Module:
    arguments = dict(architecture)
    kind = MODULES[arguments.pop("kind")]
    if kind is Sequential:
        return Sequential(*map(_build, arguments["layers"]))
    return kind(**arguments)


# The format: a safetensors file whose metadata holds facts, as JSON, and a digest of the whole file.


class Content(NamedTuple):
    """What a file of ours holds: arrays by name, and facts that JSON can tell."""

    arrays: dict[str, NDArray[np.float64]]
    facts: dict[str, Any]


_NO_DIGEST = "0" * 64  # stands in the place of the digest while it is computed


def pack(arrays: Mapping[str, NDArray[np.float64]], facts: Mapping[str, Any]) -> bytes:
    """The content of a file; `unpack` is the way back."""
    import hashlib

    from safetensors.numpy import save as to_bytes

    metadata = {"format": FORMAT, "facts": json.dumps(facts), "sha256": _NO_DIGEST}
    content = to_bytes(dict(arrays), metadata=metadata)
    place = content.index(b'"sha256":"' + _NO_DIGEST.encode()) + len('"sha256":"')
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:place] + digest + content[place + len(digest) :]


def unpack(path: str | os.PathLike[str]) -> Content:
    """Read a file that `pack` made the content of. Raises ModelFileError, FileNotFoundError."""
    import hashlib

    from safetensors.numpy import load as from_bytes

    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no model file {path}")
    with open(path, "rb") as file:
        content = file.read()
    # Only what the digest vouches for is read any further than its header.
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        metadata = header.get("__metadata__", {})
        found, digest = metadata.get("format"), metadata.get("sha256")
    except (AttributeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} is damaged, or no safetensors file: {error}") from error
    if found != FORMAT:
        raise ModelFileError(
            f"{path} is a safetensors file, but was not written by nn.save: its metadata says "
            f"{found!r} where {FORMAT!r} is expected. It holds {_listed(header)}: build the model in "
            "code, and give it model.load_state_dict(safetensors.numpy.load_file(path))"
        )
    blank = content.replace(str(digest).encode(errors="replace"), _NO_DIGEST.encode(), 1)
    if hashlib.sha256(blank).hexdigest() != digest:
        raise ModelFileError(
            f"{path} is damaged: its content was changed after it had been written, as its SHA-256 "
            "digest shows"
        )
    return Content(from_bytes(content), json.loads(metadata["facts"]))


def _listed(header: Mapping[str, Any]) -> str:
    """The first arrays of a safetensors file, with their shapes, for a message."""
    shapes = [
        f"{name} of shape {tuple(facts.get('shape', ()))}"
        for name, facts in sorted(header.items())
        if name != "__metadata__" and isinstance(facts, dict)
    ]
    more = f" and {len(shapes) - 4} more" if len(shapes) > 4 else ""
    return (", ".join(shapes[:4]) + more) or "no arrays"


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that whoever opens it, even after a crash, finds the old content or the new."""
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    # In the same folder, so that the rename moves no data; another name for each writer.
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
