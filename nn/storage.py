"""Saving models: safetensors files, with PyTorch's names and shapes and the architecture beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from autograd.conversion import brief
from nn.activations import NAMES, PRELU
from nn.data.table import Table
from nn.facts import ABSENT, Such, parsed, require
from nn.files import write_atomically
from nn.layers import Dropout, Layer, Maxout, Neuron
from nn.module import Module
from nn.networks import MLP, Sequential

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "glassgrad 1"

# What a file tells of a model besides its arrays.
FACTS = {"architecture": object, "notes": ({str: object}, ABSENT), "table": (object, ABSENT)}

# What a file can name, with its arguments: nothing else is ever built from one, and nothing in it is
# executed.
MODULES = {kind.__name__: kind for kind in (Dropout, Layer, Maxout, MLP, Neuron, Sequential)}
_SIZE = Such(lambda x: type(x) is int and x >= 1, "a whole number of at least 1")
_ACTIVATION = (Such(lambda x: x in NAMES, f"one of {', '.join(NAMES)}"), None, ABSENT)
_UNIT = {"n_inputs": _SIZE, "activation": _ACTIVATION}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "Dropout": {"p": (float, ABSENT)},
    "Layer": {**_UNIT, "n_neurons": _SIZE},
    "Maxout": {"n_inputs": _SIZE, "n_neurons": _SIZE, "n_pieces": (_SIZE, ABSENT)},
    "MLP": {
        **_UNIT,
        "n_neurons": [_SIZE],
        "output_activation": _ACTIVATION,
        "dropout": (float, ABSENT),
    },
    "Neuron": _UNIT,
    "Sequential": {"layers": [object]},
}


class ModelFileError(ValueError):
    """A file is not what `save` (or a checkpoint of `fit`) wrote: damaged, altered or foreign.

    >>> issubclass(ModelFileError, ValueError)
    True
    """


def save(
    model: Module,
    path: str | os.PathLike[str],
    notes: Mapping[str, Any] | None = None,
    table: Table | None = None,
) -> None:
    """Write a model to a safetensors file: its parameters, and the architecture that holds them.

    The file is complete or not written at all: a crash leaves what was there before. `notes` are
    kept with it, numbers, texts, and lists and dicts of them; `load_notes` gives them back. So is the
    `table` of the data set that the model was trained on; `load_table` gives it back.

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
    if table is not None:
        facts["table"] = table.facts()
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
    arrays, facts = _read(path)
    try:
        model = _build(facts["architecture"])
        model.load_state_dict(arrays)
    except ValueError as error:
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
    notes: dict[str, Any] = _read(path).facts.get("notes", {})
    return notes


def load_table(path: str | os.PathLike[str]) -> Table | None:
    """What was learnt from the table that a model was trained on; None if it was not saved.

    Raises as `load`.

    >>> import tempfile
    >>> from nn.data import iris
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(MLP(4, [3]), f"{folder}/model.safetensors", table=Table.of(iris()))
    ...     load_table(f"{folder}/model.safetensors").classes
    ('setosa', 'versicolor', 'virginica')
    """
    facts = _read(path).facts
    if "table" not in facts:
        return None
    try:
        return Table.of_facts(facts["table"])
    except ValueError as error:
        raise ModelFileError(f"{path} does not describe a table: {error}") from error


def _read(path: str | os.PathLike[str]) -> Content:
    """What a model file holds, once it is known that a model can be made of it, and of what size."""
    arrays, facts = unpack(path)
    if "checkpoint" in facts:
        raise ModelFileError(
            f"{path} is a checkpoint, not a model: give it to fit(..., resume=path)"
        )
    try:
        require(facts, FACTS, "what it tells")
        _require_buildable(facts["architecture"], "the architecture")
        _require_shapes(facts["architecture"], arrays)
    except ValueError as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    return Content(arrays, facts)


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


def _require_buildable(architecture: Any, place: str) -> None:
    kind = Such(lambda x: isinstance(x, str) and x in MODULES, f"one of {', '.join(MODULES)}")
    require(architecture, {str: object}, place)
    require(architecture.get("kind"), kind, f"kind of {place}")
    require(architecture, {"kind": str, **ARGUMENTS[architecture["kind"]]}, place)
    if architecture["kind"] == "Sequential":
        for i, layer in enumerate(architecture["layers"]):
            _require_buildable(layer, f"layers.{i} of {place}")


def _require_shapes(
    architecture: dict[str, Any], arrays: Mapping[str, NDArray[np.float64]]
) -> None:
    """Before anything is built: a few bytes can tell of a model larger than any memory."""
    known = set()
    for name, shape in _shapes(architecture):
        if name not in arrays:
            raise ValueError(f"missing {name}, of the shape {shape}")
        if arrays[name].shape != shape:
            raise ValueError(
                f"{name} must have the shape {shape}, but the file's has {arrays[name].shape}"
            )
        known.add(name)
    if unknown := arrays.keys() - known:
        raise ValueError(f"unknown {min(unknown)}")


def _shapes(architecture: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The names and shapes of the arrays that a model has, one after the other."""
    kind, activation = architecture["kind"], architecture.get("activation")
    layers: Any = architecture.get("layers", ())
    units: tuple[int, ...] = ()
    if kind == "MLP":
        sizes = [architecture["n_inputs"], *architecture["n_neurons"]]
        functions = [activation] * (len(sizes) - 2) + [architecture.get("output_activation")]
        layers = (
            {"kind": "Layer", "n_inputs": n_inputs, "n_neurons": n_neurons, "activation": function}
            for n_inputs, n_neurons, function in zip(sizes, sizes[1:], functions)
        )
    elif kind in ("Layer", "Maxout", "Neuron"):
        units += (architecture["n_neurons"],) if kind != "Neuron" else ()
        units += (architecture.get("n_pieces", 2),) if kind == "Maxout" else ()
        yield "weight", (*units, architecture["n_inputs"])
        yield "bias", units
        if activation == PRELU:
            yield "slope", units
    for i, layer in enumerate(layers):
        for name, shape in _shapes(layer):
            yield f"layers.{i}.{name}", shape


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
    """The content of a file; `unpack` is the way back. Raises ValueError for facts it would refuse."""
    try:
        told = json.dumps(facts)
        parsed(told)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a file cannot hold {brief(facts)}: {error}") from error
    return signed(arrays, told)


def signed(arrays: Mapping[str, NDArray[np.float64]], told: str) -> bytes:
    """A safetensors file with this text, and its own digest."""
    import hashlib

    from safetensors.numpy import save as to_bytes

    metadata = {"format": FORMAT, "facts": told, "sha256": _NO_DIGEST}
    content = to_bytes(dict(arrays), metadata=metadata)
    place = content.index(b'"sha256":"' + _NO_DIGEST.encode()) + len('"sha256":"')
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:place] + digest + content[place + len(digest) :]


def unpack(path: str | os.PathLike[str]) -> Content:
    """Read a file that `pack` made the content of. Raises ModelFileError, FileNotFoundError."""
    import hashlib

    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no model file {path}")
    if not os.path.isfile(path):
        raise ModelFileError(f"{path} is no file, but a folder, a pipe or a device")
    # Only what the digest vouches for is read any further than its header.
    with open(path, "rb") as file:
        try:
            start, metadata, held = _header(file)
        except ValueError as error:
            raise ModelFileError(f"{path} is damaged, or no safetensors file: {error}") from error
        found, digest = metadata.get("format"), metadata.get("sha256", "")
        if found != FORMAT:
            raise ModelFileError(
                f"{path} is a safetensors file, but was not written by nn.save: its metadata says "
                f"{brief(found)} where {FORMAT!r} is expected. It holds {_listed(held)}: build the "
                "model in code, and give it model.load_state_dict(safetensors.numpy.load_file(path))"
            )
        try:
            content = start + file.read()
            blank = content.replace(digest.encode(errors="replace"), _NO_DIGEST.encode(), 1)
        except MemoryError:
            raise ModelFileError(f"{path} is larger than memory") from None
    if hashlib.sha256(blank).hexdigest() != digest:
        raise ModelFileError(
            f"{path} is damaged: its content was changed after it had been written, as its SHA-256 "
            "digest shows"
        )
    try:
        facts = parsed(metadata.get("facts", ""))
        require(facts, {str: object}, "what it tells")
        if others := {array["dtype"] for array in held.values()} - {"F64"}:
            raise ValueError(f"it has an array of {min(others)}, where F64 is expected")
        return Content(from_bytes(content), facts)
    except (SafetensorError, ValueError) as error:
        raise ModelFileError(f"{path} is damaged: {error}") from error


_MAX_HEADER = 100_000_000  # bytes, as safetensors has it
_TENSOR = {"dtype": str, "shape": [int], "data_offsets": [int]}


def _header(file: BinaryIO) -> tuple[bytes, dict[str, str], dict[str, Any]]:
    """How a file begins, its metadata, and what it tells of its arrays. Raises ValueError."""
    size, start = os.fstat(file.fileno()).st_size, file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(size, _MAX_HEADER):
        raise ValueError(f"its header would be {length} bytes long")
    start += file.read(length)
    header = parsed(start[8:])
    require(header, {str: object}, "its header")
    metadata = header.pop("__metadata__", {})
    require(metadata, {str: str}, "its metadata")
    require(header, {str: _TENSOR}, "its header")
    arrays = header.values()
    told = 8 + length + max((max(array["data_offsets"]) for array in arrays), default=0)
    if told != size:
        raise ValueError(f"its header tells of {told} bytes, but it has {size}")
    return start, metadata, header


def _listed(arrays: Mapping[str, Any]) -> str:
    """The first arrays of a file, with their shapes, for a message."""
    told = [f"{name} of shape {tuple(arrays[name]['shape'])}" for name in sorted(arrays)]
    return ", ".join(told[:4]) + (f" and {len(told) - 4} more" if len(told) > 4 else "")
