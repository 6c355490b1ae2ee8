"""Laws of saved models."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from nn import (
    MLP,
    Dropout,
    Layer,
    Maxout,
    ModelFileError,
    Module,
    Neuron,
    Sequential,
    load,
    load_notes,
    save,
    storage,
)

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    "model",
    [
        MLP(2, [3, 1], activation="prelu", dropout=0.5),
        Sequential(Maxout(2, 3), Dropout(0.25), Sequential(Layer(3, 2, "sin"), Layer(2, 1, None))),
        Layer(2, 2, activation="gelu"),
        Neuron(3, activation="prelu"),
    ],
    ids=["MLP", "Sequential", "Layer", "Neuron"],
)
def test_every_module_of_the_package_is_rebuilt_from_its_file(path, model):
    save(model, path)
    loaded = load(path)
    assert repr(loaded) == repr(model)
    state, expected = loaded.state_dict(), model.state_dict()
    assert state.keys() == expected.keys()
    assert all(np.array_equal(state[name], expected[name]) for name in expected)


def test_notes_come_back_as_they_were_saved(path):
    notes = {"classes": ["ä", '"0"'], "mean": [0.1, 1e300], "digest": "0" * 64}
    save(MLP(2, [1]), path, notes)
    assert load_notes(path) == notes


def test_a_model_with_a_part_of_ones_own_is_refused_when_saving(path):
    class Own(Module):
        pass

    with pytest.raises(ValueError, match="state_dict"):
        save(Own(), path)
    with pytest.raises(ValueError, match="state_dict"):
        save(Sequential(Layer(2, 2), Own()), path)
    assert not path.exists()


def test_a_model_whose_parts_were_exchanged_or_are_shared_is_refused_when_saving(path):
    exchanged = MLP(2, [3, 3, 1])
    exchanged.layers[1] = Layer(3, 3, "tanh")
    part = Layer(2, 2)
    for model in (exchanged, Sequential(part, part)):
        with pytest.raises(ValueError, match="cannot be rebuilt"):
            save(model, path)
    assert not path.exists()


def test_writers_at_the_same_time_leave_one_whole_file_and_nothing_else(path):
    models = [MLP(8, [30, 1], seed=seed) for seed in range(3)]

    def write(model):
        for _ in range(20):
            save(model, path)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write, models))  # raises what they raise
    assert [p.data for p in load(path).parameters()] in [
        [p.data for p in model.parameters()] for model in models
    ]
    assert os.listdir(path.parent) == [path.name]


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


def test_an_activation_that_is_a_function_is_refused_when_saving(path):
    with pytest.raises(ValueError, match="by name"):
        save(MLP(2, [2, 1], activation=lambda v: v * v), path)
    assert not path.exists()


def test_a_truncated_file_is_refused_as_damaged(path):
    save(MLP(2, [1], seed=0), path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ModelFileError, match=r"model\.safetensors is damaged"):
        load(path)


def test_a_file_of_something_else_is_refused_as_no_safetensors_file(path):
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelFileError, match="no safetensors file"):
        load(path)


def test_a_safetensors_file_of_another_program_is_refused_as_not_ours(path):
    save(MLP(2, [1], seed=0), path)
    save_file(load_file(path), path)
    with pytest.raises(ModelFileError, match=r"not written by nn\.save.*weight of shape \(1, 2\)"):
        load(path)
    model = MLP(2, [1], seed=1)
    model.load_state_dict(load_file(path))  # as the message says
    assert model([0.5, -1.0]).data == MLP(2, [1], seed=0)([0.5, -1.0]).data


def test_a_weight_changed_in_the_file_is_noticed(path):
    save(MLP(2, [1], seed=0), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="changed after it had been written"):
        load(path)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"architecture": {"kind": "MLP", "n_inputs": 2, "n_neurons": [1]}}, r"missing layers\.0"),
        ({"architecture": {"kind": "os.system", "command": "true"}}, "os.system"),
        ({"architecture": {"kind": "MLP", "n_inputs": -2, "n_neurons": [1]}}, "n_inputs"),
        ({"architecture": {"kind": "Layer", "colour": "red"}}, "colour"),
        ({"architecture": None}, "does not describe a model"),
        ({}, "architecture"),
    ],
    ids=["no arrays", "not a module", "impossible", "unknown argument", "nothing", "empty"],
)
def test_a_file_that_lies_about_its_architecture_is_refused_and_nothing_is_executed(
    path, facts, reason
):
    path.write_bytes(storage.pack({}, facts))
    with pytest.raises(ModelFileError, match=reason):
        load(path)


MODELS = [
    MLP(2, [3, 1], activation="prelu", dropout=0.5, seed=0),
    Sequential(Maxout(2, 3), Dropout(0.25), Sequential(Layer(3, 2, "prelu"), Layer(2, 1, None))),
]


def write(path, architecture, model=MODELS[0]):
    facts = {"architecture": architecture, "notes": {}}
    path.write_bytes(storage.signed(model.state_dict(), json.dumps(facts)))


@pytest.mark.parametrize(
    "architecture",
    [
        {"kind": "MLP", "n_inputs": 4_000_000, "n_neurons": [1]},
        {"kind": "MLP", "n_inputs": 10**30, "n_neurons": [1]},
        {"kind": "MLP", "n_inputs": 2, "n_neurons": [10**30, 1]},
        {"kind": "MLP", "n_inputs": 2, "n_neurons": [1] * 100_000},
        {"kind": "Layer", "n_inputs": 2, "n_neurons": 10**15},
        {"kind": "Maxout", "n_inputs": 2, "n_neurons": 1, "n_pieces": 10**15},
        {"kind": "Neuron", "n_inputs": 10**15},
        {
            "kind": "Sequential",
            "layers": [{"kind": "Layer", "n_inputs": 10**9, "n_neurons": 10**9}],
        },
    ],
    ids=lambda architecture: str(architecture)[:60],
)
def test_a_file_that_tells_of_a_huge_model_is_refused_before_anything_is_built(
    architecture, path, monkeypatch
):
    write(path, architecture)
    monkeypatch.setattr(storage, "_build", pytest.fail)
    with pytest.raises(ModelFileError, match="the shape"):
        load(path)


@pytest.mark.parametrize("size", [2.0, 2.5, True, "2", None, 0, -1, [2], 1e400])
def test_a_size_is_a_whole_number_of_at_least_1_and_nothing_else(size, path):
    for architecture in (
        {"kind": "MLP", "n_inputs": size, "n_neurons": [1]},
        {"kind": "MLP", "n_inputs": 2, "n_neurons": [3, size]},
        {"kind": "Layer", "n_inputs": 2, "n_neurons": size},
    ):
        write(path, architecture)
        with pytest.raises(ModelFileError, match="must be a whole number of at least 1"):
            load(path)


def test_a_file_that_ends_at_any_byte_is_refused(path):
    for length in range(len(SAVED)):
        path.write_bytes(SAVED[:length])
        with pytest.raises(ModelFileError, match="damaged"):
            load(path)


@pytest.mark.parametrize("length", [0, 7, 10**8 + 1, 2**63, 2**64 - 1])
def test_a_header_of_an_absurd_length_is_refused(length, path):
    path.write_bytes(length.to_bytes(8, "little") + SAVED[8:])
    with pytest.raises(ModelFileError, match="no safetensors file"):
        load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and devices")
def test_what_is_no_file_is_refused_without_reading_it_and_a_link_is_followed(path):
    os.mkfifo(path)
    for other in (path, path.parent, "/dev/zero"):
        with pytest.raises(ModelFileError, match="is no file, but a"):
            load(other)
    whole, link = path.with_name("whole"), path.with_name("link")
    whole.write_bytes(SAVED)
    link.symlink_to(whole)
    assert repr(load(link)) == "MLP(3, [2, 1], activation='relu')"
    with open(whole, "ab") as file:
        file.truncate(2**40)  # a file with a hole, which takes no room
    with pytest.raises(ModelFileError, match="but it has 1099511627776"):
        load(whole)


@pytest.mark.parametrize(
    "told",
    ["3", "{", "", "null", "[]", "[" * 100_000, '{"a":' * 100_000, "9" * 5000, '{"a": 1, "a": 2}'],
    ids=lambda told: told[:9],
)
def test_facts_that_are_no_facts_are_refused_by_name(told, path):
    path.write_bytes(storage.signed(MODELS[0].state_dict(), told))
    for read in (load, load_notes):
        with pytest.raises(ModelFileError, match=r"model\.safetensors is damaged"):
            read(path)


def test_notes_that_a_file_could_not_give_back_are_refused_when_saving(path):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for notes in ({"deep": deep}, {"a": {1: "one", "1": "another"}}):
        with pytest.raises(ValueError, match="a file cannot hold"):
            save(MLP(2, [1]), path, notes)
    while deep:  # (freed by recursion, it would end Python)
        (deep,) = deep
    assert not path.exists()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["MLP", "relu", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def other_facts(draw, facts):
    """Facts of a file, with one to three places replaced, removed, added, or nested deeper."""
    facts = json.loads(json.dumps(facts))
    for _ in range(draw(st.integers(1, 3))):
        part = facts
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            key = draw(st.sampled_from(keys)) if keys else None
            inner = part[key] if keys else None
            if not inner or not isinstance(inner, (dict, list)) or draw(st.integers(0, 3)) == 0:
                break
            part = inner
        if key is None:
            continue
        match draw(st.sampled_from(["replace", "remove", "add", "nest"])):
            case "replace":
                part[key] = draw(anything)
            case "remove":
                del part[key]
            case "add" if isinstance(part, dict):
                part[draw(st.sampled_from(["kind", "layers", "seed", "x"]))] = draw(anything)
            case "add":
                part.append(draw(anything))
            case _:
                for _ in range(draw(st.sampled_from([1, 60, 120]))):
                    part[key] = [part[key]]
    return facts


@given(st.data())
@settings(max_examples=500)
def test_a_signed_file_of_other_facts_is_a_model_or_refused_by_name(tmp_path_factory, data):
    model = data.draw(st.sampled_from(MODELS))
    saved = {"architecture": storage._architecture(model), "notes": {"mean": [0.5, {"a": None}]}}
    told = json.dumps(data.draw(other_facts(saved)))
    path = tmp_path_factory.getbasetemp() / "signed.safetensors"
    path.write_bytes(storage.signed(model.state_dict(), told))
    try:
        loaded, notes = load(path), load_notes(path)
    except ModelFileError:
        return
    assert loaded.n_parameters == model.n_parameters
    assert isinstance(notes, dict)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("layers.0.bias"),
        lambda state: state.update(other=np.zeros(1)),
        lambda state: state.update({"layers.0.bias": np.zeros((3, 1))}),
        lambda state: state.update({"layers.0.bias": np.zeros(3, np.float32)}),
        lambda state: state.update({"layers.0.bias": np.zeros((0, 10**9))}),
    ],
    ids=["missing", "unknown", "another shape", "another type", "empty"],
)
def test_other_arrays_than_the_models_are_refused_by_name(change, path):
    state = MODELS[0].state_dict()
    change(state)
    path.write_bytes(
        storage.signed(state, json.dumps({"architecture": storage._architecture(MODELS[0])}))
    )
    with pytest.raises(ModelFileError, match=re.escape(str(path))):
        load(path)


def test_a_weight_that_is_nan_is_saved_and_loaded(path):
    model = MLP(2, [1], seed=0)
    model.parameters()[0].data = float("nan")
    save(model, path)
    assert np.isnan(load(path).parameters()[0].data)


SAVED = storage.pack(
    MLP(3, [2, 1], seed=0).state_dict(),
    {"architecture": storage._architecture(MLP(3, [2, 1])), "notes": {}},
)
positions = st.integers(0, len(SAVED) - 1)


@st.composite
def damaged(draw):
    """The bytes of a saved model after one to three accidents."""
    content = bytearray(SAVED)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(positions) % max(1, len(content))
        match draw(st.sampled_from(["flip", "cut", "insert", "drop", "overwrite"])):
            case "flip":
                content[at : at + 1] = bytes([content[at] ^ (1 << draw(st.integers(0, 7)))])
            case "cut":
                del content[at + 1 :]
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=9))
            case "drop":
                del content[at : at + draw(st.integers(1, 40))]
            case "overwrite":
                new = draw(st.binary(min_size=1, max_size=9))
                content[at : at + len(new)] = new
        content = content or bytearray(b"?")
    return bytes(content)


@given(damaged())
@settings(max_examples=1000)
def test_a_thousand_damaged_files_are_each_refused_by_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(content)
    if content != SAVED:
        with pytest.raises(ModelFileError, match=re.escape(str(path))):
            load(path)


KILLED_SAVES = """
import json, os, random, signal, sys, time
from nn import MLP, load, save
folder, n_kills = sys.argv[1], int(sys.argv[2])
path = os.path.join(folder, "model.safetensors")
old, new = MLP(8, [30, 1], seed=0), MLP(8, [30, 1], seed=1)
known = [[p.data for p in model.parameters()] for model in (old, new)]
start = time.perf_counter()
for model in (new, old) * 5:
    save(model, path)
pair = (time.perf_counter() - start) / 5  # longer on a busy machine: a kill may fall into either save
left, met = 0, [0, 0]
for kill in range(n_kills):
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(told, b"!")
        while True:
            save(new, path)
            save(old, path)
    os.read(ready, 1)
    os.close(ready), os.close(told)
    time.sleep(random.uniform(0.0, max(0.01, 3 * pair)))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    loaded = [p.data for p in load(path).parameters()]  # raises if the file is not whole
    met[known.index(loaded)] += 1
    left += any(name.endswith(".tmp") for name in os.listdir(folder))
    save(old, path)  # removes what was left
    assert os.listdir(folder) == ["model.safetensors"]
print(json.dumps({"met": met, "killed within a save": left}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system with fork and SIGKILL")
def test_a_save_killed_at_200_random_moments_leaves_the_old_file_or_the_new_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_SAVES, str(tmp_path), "200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sum(told["met"]) == 200
    assert min(told["met"]) > 10
    assert told["killed within a save"] > 10


def test_a_missing_file_is_said_to_be_missing():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load(Path("nowhere.safetensors"))
