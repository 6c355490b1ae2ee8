"""Laws of saved models."""

import os
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

import autograd
from nn import MLP, load, save, storage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def test_a_saved_model_loads_with_the_same_architecture_and_outputs(path):
    model = MLP(3, [4, 2], activation="tanh", output_activation="sigmoid", seed=0)
    save(model, path)
    loaded = load(path)
    assert repr(loaded) == repr(model)
    x = [0.1, -2.0, 3.0]
    assert [out.data for out in loaded(x)] == [out.data for out in model(x)]


def test_the_file_is_plain_safetensors_with_pytorchs_names(path):
    model = MLP(3, [4, 2], seed=0)
    save(model, path)
    arrays = load_file(path)
    assert arrays.keys() == model.state_dict().keys()
    assert (arrays["layers.0.weight"] == model.state_dict()["layers.0.weight"]).all()


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_else(path, monkeypatch):
    save(MLP(2, [1], seed=0), path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fail)
            with pytest.raises(OSError, match="disk full"):
                save(MLP(2, [1], seed=1), path)
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]


def test_a_written_file_has_the_permissions_of_any_new_file(path):
    storage.write_atomically(path, b"content")
    plain = path.with_name("plain")
    plain.write_bytes(b"content")
    assert path.stat().st_mode == plain.stat().st_mode


def test_an_activation_that_is_a_function_is_refused_when_saving(path):
    with pytest.raises(ValueError, match="by name"):
        save(MLP(2, [2, 1], activation=autograd.tanh), path)
    assert not path.exists()


@pytest.mark.parametrize("damage", ["truncated", "no safetensors", "foreign", "lying"])
def test_a_file_that_is_no_model_is_refused_with_its_reason(path, damage):
    save(MLP(2, [1], seed=0), path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-5])
        reason = "damaged"
    elif damage == "no safetensors":
        path.write_bytes(b"no model at all")
        reason = "damaged"
    elif damage == "foreign":
        save_file(load_file(path), path)
        reason = "not written by nn.save"
    else:
        arrays = {name: array for name, array in load_file(path).items() if "bias" not in name}
        metadata = {
            "format": storage.FORMAT,
            "architecture": '{"n_inputs": 2, "n_neurons": [1], "activation": "relu"}',
        }
        save_file(arrays, path, metadata=metadata)
        reason = r"missing layers\.0\.bias"
    with pytest.raises(ValueError, match=reason):
        load(path)


def test_a_missing_file_is_said_to_be_missing():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(Path("nowhere.safetensors"))
