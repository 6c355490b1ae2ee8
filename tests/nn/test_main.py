"""Laws of the command `python -m nn`."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nn import MLP, load
from nn.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trained(tmp_path, capsys):
    """The files and the words of a short training."""

    def train(*arguments):
        assert main(["train", *arguments, "--out", str(tmp_path / "made" / "here")]) == 0
        return tmp_path / "made" / "here", capsys.readouterr()

    return train


def test_training_on_moons_reports_accuracy_and_writes_every_file(trained):
    folder, said = trained("moons", "--epochs", "3", "--hidden", "4")
    assert re.search(r"train accuracy 0\.\d+, test accuracy 0\.\d+", said.out)
    assert "MLP(2, [4, 1], activation='relu') with 17 parameters, 3 epochs" in said.out
    names = {"model.safetensors", "learning_curves.png", "decision_boundary.png", "backprop.svg"}
    assert {path.name for path in folder.iterdir()} == names
    assert all(str(folder / name) in said.out for name in names)
    assert repr(load(folder / "model.safetensors")) == "MLP(2, [4, 1], activation='relu')"
    assert (folder / "decision_boundary.png").read_bytes().startswith(b"\x89PNG")


def test_training_on_digits_draws_the_confusion_and_the_gradients_of_ten_scores(trained):
    folder, said = trained("digits", "--epochs", "1", "--hidden")
    assert "MLP(64, [10])" in said.out
    assert (folder / "confusion.png").exists()
    drawing = ElementTree.parse(folder / "backprop.svg")
    texts = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {f"score of {k}" for k in range(10)} | {"loss", "logsumexp"} <= texts


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "moons", "--epochs", "1", "--hidden", "2"]) == 0
    assert "wrote" not in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_one_seed_gives_one_model_file(tmp_path):
    for name in ("one", "two"):
        main(["train", "moons", "--epochs", "1", "--seed", "7", "--out", str(tmp_path / name)])
    one, two = (load(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert isinstance(one, MLP)
    assert [p.data for p in one.parameters()] == [p.data for p in two.parameters()]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train", "didgits"], "didgits"),
        (["train", "moons", "--hidden", "16", "0"], "'0' is not a whole number"),
        (["train", "moons", "--hidden", "16,16"], "'16,16' is not a whole number"),
        (["train", "moons", "--epochs", "-1"], "'-1' is not a whole number"),
        (["train", "moons", "--lr", "fast"], "fast"),
        (["train", "moons", "--lr", "-1"], "lr must be 0 or more"),
        (["train", "moons", "--momentum", "1"], "momentum must lie in"),
        (["train", "moons", "--l2", "-1"], "l2 must be 0 or more"),
        (["train", "moons", "--out", os.devnull + "/folder"], "cannot write to the folder"),
        (["train", "moons", "--out", __file__], "cannot write to the folder"),
        (["train"], "dataset"),
        ([], "train"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else value,
)
def test_a_wrong_command_is_one_clear_line_on_stderr_and_exit_status_2(arguments, reason, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert reason in said.err


def test_a_training_that_diverges_ends_with_one_line_of_advice(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "moons", "--lr", "1e200", "--epochs", "2"])
    assert stopped.value.code == 2
    assert "a smaller learning rate may help" in capsys.readouterr().err.splitlines()[-1]


def test_a_folder_that_cannot_be_written_to_is_found_out_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr("nn.__main__.fit", lambda *_, **__: pytest.fail("it has begun to train"))
    with pytest.raises(SystemExit):
        main(["train", "moons", "--out", str(Path(__file__) / "below")])


def test_the_command_runs_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "nn", "train", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert "--batch-size" in result.stdout
