"""Laws of the command `python -m nn`."""

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import correlation
from xml.etree import ElementTree

import pytest
from matplotlib import font_manager

from nn import MLP, ModelFileError, load, load_notes, load_table, save
from nn.__main__ import main
from nn.data import DATASETS, Table
from nn.report import KOREAN_FONTS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trained(tmp_path, capsys):
    """The files and the words of a short training."""

    def train(*arguments):
        assert main(["train", *arguments, "--out", str(tmp_path / "made" / "here")]) == 0
        return tmp_path / "made" / "here", capsys.readouterr()

    return train


def assert_drawn(folder, texts):
    drawing = ElementTree.parse(folder / "backprop.svg")
    drawn = {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert texts <= drawn


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
    assert_drawn(folder, {f"score of {k}" for k in range(10)} | {"loss", "cross_entropy"})


def test_korean_names_are_drawn_where_a_font_has_them(trained, tmp_path):
    # (a letter that no font has is a warning of matplotlib's, which is an error here)
    if not set(KOREAN_FONTS) & set(font_manager.get_font_names()):
        pytest.skip("no font with Korean is installed")
    lines = [f"{i % 7},{i % 5},{'남여'[i % 2]}" for i in range(40)]
    (tmp_path / "people.csv").write_text("\n".join(["키,몸무게,성별", *lines]), encoding="euc-kr")
    folder, _ = trained(str(tmp_path / "people.csv"), "--epochs", "1")
    assert (folder / "decision_boundary.png").exists()


def test_the_digits_are_learned_to_97_percent_within_seconds(capsys):
    seconds, accuracies = [], []
    for seed in range(5):
        assert main(["train", "digits", "--seed", str(seed)]) == 0
        said = capsys.readouterr().out
        found = re.search(r"in ([\d.]+) s: .*test accuracy ([\d.]+)", said)
        seconds.append(float(found[1]))
        accuracies.append(float(found[2]))
    assert min(accuracies) >= 0.97
    assert min(seconds) < 10.0  # the least, as others may keep the machine busy


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
        (["train", "moons", "--hidden", "99999999999"], "at most 10,000,000: each parameter takes"),
        (["train", "moons", "--hidden", "9000", "9000"], "has 81,045,001 parameters, but at most"),
        (["train", "moons", "--hidden", "9" * 5000], "999' is not a whole number"),
        (["train", "moons", "--epochs", "10**12"], "'10**12' is not a whole number"),
        (["train", "moons", "--seed", "-1"], "of at least 0, and at most 4,294,967,295"),
        (["train", "moons", "--lr", "fast"], "fast"),
        (["train", "moons", "--lr", "-1"], "lr must be a finite number of 0 or more"),
        (["train", "moons", "--momentum", "1"], "momentum must lie in"),
        (["train", "moons", "--l2", "-1"], "l2 must be 0 or more"),
        (["train", "moons", "--out", os.devnull + "/folder"], "cannot write to the folder"),
        (["train", "moons", "--out", __file__], "cannot write to the folder"),
        (["train", "moons", "--loss", "huber"], "choose one of hinge, squared-hinge"),
        (["train", "moons", "--optimizer", "adam", "--momentum", "0.9"], "--momentum is for sgd"),
        (["train", "moons", "--optimizer", "adam", "--nesterov"], "--nesterov is for sgd"),
        (["train", "moons", "--activation", "rleu"], "rleu"),
        (["train", "moons", "--dropout", "1"], "from 0 to below 1"),
        (["train", "moons", "--target", "kind"], "--target is for CSV files"),
        (["train", "moons", "--no-header"], "--header is for CSV files"),
        (["train", "nowhere.csv", "--missing", "fill"], "invalid choice: 'fill'"),
        (["train", "moons", "--resume"], "need --out"),
        (["train", "nowhere.csv"], "there is no CSV file nowhere.csv"),
        (["predict", "nowhere.safetensors", __file__], "there is no model file"),
        (["summary", __file__], "is damaged, or no safetensors file"),
        (["train"], "DATA"),
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
    assert "A smaller learning rate may help" in capsys.readouterr().err.splitlines()[-1]


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


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - {"digits", "moons"}))
def test_every_data_set_trains_with_what_suits_it(name, trained):
    folder, said = trained(name, "--epochs", "1", "--hidden", "3")
    assert re.search(r"train (accuracy|loss) \d\.\d+, test (accuracy|loss) \d\.\d+", said.out)
    assert len(list(folder.iterdir())) == 4


def test_every_option_of_training_is_taken(trained):
    folder, said = trained(
        *("moons", "--epochs", "4", "--hidden", "5", "--activation", "prelu", "--dropout", "0.1"),
        *("--initializer", "he_uniform", "--loss", "binary-cross-entropy", "--l1", "1e-4"),
        *("--optimizer", "sgd", "--nesterov", "--weight-decay", "1e-4", "--clip", "1"),
        *("--schedule", "cosine", "--batch-size", "16", "--early-stopping", "3"),
        *("--checkpoint-every", "2", "--seed", "1"),
    )
    assert "activation='prelu', dropout=0.1" in said.out
    assert "of binary-cross-entropy in" in said.out
    assert (folder / "training.checkpoint").exists()


def test_a_training_of_six_epochs_equals_one_of_three_that_is_resumed(tmp_path, capsys):
    def weights(name, *arguments):
        folder = tmp_path / name
        main(["train", "iris", "--optimizer", "adam", "--out", str(folder), *arguments])
        return [p.data for p in load(folder / "model.safetensors").parameters()]

    whole = weights("whole", "--epochs", "6")
    weights("parts", "--epochs", "3", "--checkpoint-every", "1")
    assert weights("parts", "--epochs", "6", "--resume") == whole
    assert "6 epochs" in capsys.readouterr().out.splitlines()[-5]


FRUIT = "colour;grams;kind\n" + "".join(
    f"{0.1 * k:.1f};{8 + k};cherry\n{1 - 0.1 * k:.1f};{150 + k};apple\n{0.4};{60 + k};plum\n"
    for k in range(8)
)


def test_a_csv_file_is_trained_on_predicted_and_summarized(tmp_path, capsys):
    table = tmp_path / "fruit.csv"
    table.write_text(FRUIT)
    model = tmp_path / "out" / "model.safetensors"
    main(["train", str(table), "--target", "kind", "--hidden", "4", "--out", str(model.parent)])
    assert "fruit: MLP(2, [4, 3]" in capsys.readouterr().out

    new = tmp_path / "new.csv"
    new.write_text("grams,colour\n9,0.2\n155,0.8\n63,0.4\n")  # in another order, without target
    main(["predict", str(model), str(new)])
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["prediction"] for row in rows] == ["cherry", "apple", "plum"]
    best = [
        max(("apple", "cherry", "plum"), key=lambda c: float(row[f"score of {c}"])) for row in rows
    ]
    assert best == ["cherry", "apple", "plum"]

    main(["predict", str(model), str(new), "--out", str(tmp_path / "predictions.csv")])
    assert (tmp_path / "predictions.csv").read_text().startswith("prediction,score of apple,")

    main(["summary", str(model)])
    said = capsys.readouterr().out
    assert "2 layers, the input layer not counted; 27 parameters" in said
    assert "inputs: colour, grams\nclasses: apple, cherry, plum" in said


def test_two_classes_are_predicted_by_name_and_quantities_as_numbers(tmp_path, capsys):
    table = tmp_path / "table.csv"
    out = str(tmp_path / "out")
    table.write_text("x,kind\n" + "".join(f"{k},{'high' if k > 5 else 'low'}\n" for k in range(12)))
    main(["train", str(table), "--hidden", "--out", out])
    main(["predict", f"{out}/model.safetensors", str(table)])
    lines = capsys.readouterr().out.splitlines()
    rows = list(csv.DictReader(lines[lines.index("prediction,score") :]))
    assert [row["prediction"] for row in rows][:2] == ["low", "low"]
    assert [row["prediction"] for row in rows][-2:] == ["high", "high"]

    table.write_text("x,y\n" + "".join(f"{k},{2.5 * k + 0.5}\n" for k in range(12)))
    main(["train", str(table), "--hidden", "--l2", "0", "--epochs", "400", "--out", out])
    main(["predict", f"{out}/model.safetensors", str(table)])
    lines = capsys.readouterr().out.splitlines()
    numbers = [float(line) for line in lines[lines.index("prediction") + 1 :]]
    assert numbers == pytest.approx([2.5 * k + 0.5 for k in range(12)], abs=0.05)


def test_a_model_that_train_did_not_write_is_refused_by_predict(tmp_path, capsys):
    save(MLP(2, [1]), tmp_path / "model.safetensors")
    with pytest.raises(SystemExit):
        main(["predict", str(tmp_path / "model.safetensors"), "data.csv"])
    assert "load it in Python by nn.load" in capsys.readouterr().err


def test_what_train_notes_with_a_model_is_plain_data(trained):
    folder, _ = trained("iris", "--epochs", "1")
    notes = load_notes(folder / "model.safetensors")["training"]
    assert json.loads(json.dumps(notes)) == notes
    assert notes["epochs"] == 1
    table = load_table(folder / "model.safetensors")
    assert table.classes == ("setosa", "versicolor", "virginica")
    assert len(table.mean) == len(table.scale) == len(table.inputs) == 4


def test_a_csv_file_of_large_quantities_is_learned_and_predicted_in_its_own_units(tmp_path, capsys):
    table = tmp_path / "houses.csv"
    lines = [f"{50 + k},{k % 4},{20_000 + 3_000 * k + 5_000 * (k % 4)}.5" for k in range(60)]
    table.write_text("\n".join(["size,rooms,price", *lines]))
    model = tmp_path / "out" / "model.safetensors"
    main(["train", str(table), "--hidden", "--epochs", "60", "--out", str(model.parent)])
    main(["predict", str(model), str(table)])
    printed = capsys.readouterr().out.splitlines()
    prices = [float(line) for line in printed[printed.index("prediction") + 1 :]]
    expected = [float(line.split(",")[2]) for line in lines]
    assert prices == pytest.approx(expected, abs=2_000)


def predictions(arguments, capsys):
    capsys.readouterr()
    main(["predict", *map(str, arguments)])
    return [row["prediction"] for row in csv.DictReader(capsys.readouterr().out.splitlines())]


COMMANDS = re.findall(r"^python -m nn (\S.*)$", (ROOT / "docs/tables.md").read_text(), re.MULTILINE)
TABLES = Path(__file__).parent / "tables"


@pytest.mark.parametrize(
    ("train", "predict"), list(zip(COMMANDS[::2], COMMANDS[1::2])), ids=lambda line: line.split()[1]
)
def test_a_well_known_file_is_trained_on_and_predicted_by_the_commands_of_the_documentation(
    train, predict, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for path in TABLES.iterdir():
        (tmp_path / path.name).symlink_to(path)
    assert main(train.split()) == 0
    found = predictions(predict.split()[1:], capsys)
    folder, name = predict.split()[1].split("/")[0], predict.split()[-1]
    table = load_table(f"{folder}/model.safetensors")
    with open(name, newline="", encoding="utf-8") as file:
        lines = file.read().split("\n")[table.has_header :][:60]
    if table.task == "regression":
        place = 0 if table.target == 0 else -1
        answers = [float(re.split(r"[;,\s]+", line.strip())[place]) for line in lines]
        assert correlation(answers, list(map(float, found))) > 0.7
    else:
        answers = [row[table.target] for row in csv.reader(lines, skipinitialspace=True)]
        pairs = [pair for pair in zip(found, answers, strict=True) if pair[0]]
        assert len(pairs) >= 50
        assert sum(one == other for one, other in pairs) >= 0.8 * len(pairs)


def test_the_documentation_of_tables_in_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "titanic.csv").symlink_to(TABLES / "titanic.csv")
    page = (ROOT / "docs/tables.md").read_text()
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], names)
    assert len(names["survived"]) == 60
    assert set(names["survived"]) == {"0", "1"}


def test_the_loss_decides_whether_whole_numbers_are_classes(tmp_path, capsys):
    table = tmp_path / "rooms.csv"
    table.write_text("a,rooms\n" + "".join(f"{i},{i % 4}\n" for i in range(40)))
    for options, of in [
        ([], "of cross-entropy in"),
        (["--loss", "squared-error"], "of squared-error in"),
        (["--loss", "huber"], "of huber in"),
        (["--task", "regression"], "of squared-error in"),
        (["--task", "classification"], "of cross-entropy in"),
    ]:
        main(["train", str(table), "--epochs", "1", *options])
        assert of in capsys.readouterr().out


def test_a_target_in_front_of_a_file_without_header_is_left_out_when_it_is_predicted(
    tmp_path, capsys
):
    lines = [f"{1 + i % 3},{i % 3 + i / 100:.2f},{(i % 3) * 2 + i / 50:.2f}" for i in range(60)]
    table, rest = tmp_path / "wine.data", tmp_path / "rest.data"
    table.write_text("\n".join(lines))
    rest.write_text("\n".join(line.partition(",")[2] for line in lines))
    main(["train", str(table), "--target", "0", "--out", str(tmp_path / "w")])
    model = tmp_path / "w" / "model.safetensors"
    expected = [line[0] for line in lines]
    assert predictions([model, table], capsys) == predictions([model, rest], capsys) == expected


def test_every_option_of_a_table_is_taken_and_each_thing_done_is_told(tmp_path, capsys):
    table = tmp_path / "t.txt"
    rows = [f"{i}|{i * i}|{'NA' if i == 3 else 'rgb'[i % 3]}|{i % 5}" for i in range(30)]
    table.write_text("\n".join(["1|2|3|4", *rows]))
    options = (
        "--target 4 --task regression --header --delimiter | --drop 0 --missing drop --epochs 1"
    )
    main(["train", str(table), *options.split(), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    for line in (
        "t.txt: read: 30 rows of 4 columns, delimited by bars",
        "t.txt: header: the first line (1, 2, 3, 4)",
        "t.txt: missing: 1 of 30 rows left out, which miss '3' 1",
        "t.txt: one-hot: '3' ('b', 'g', 'r')",
        "t.txt: task: regression of",
        "t.txt: standardized: '2'",
        "t.txt: held out: 8 of 29 samples",
    ):
        assert line in said
    main(["summary", str(tmp_path / "out" / "model.safetensors")])
    assert "inputs: 2, 3=b, 3=g, 3=r" in capsys.readouterr().out


def test_rows_that_miss_a_cell_are_predicted_as_the_training_dealt_with_them(tmp_path, capsys):
    table, new = tmp_path / "t.csv", tmp_path / "new.csv"
    table.write_text("a,b\n" + "".join(f"{'' if i == 5 else i},{i / 4}\n" for i in range(30)))
    new.write_text("a\n1\n?\n3\n")
    model = tmp_path / "out" / "model.safetensors"
    for missing, answers in (("drop", [True, False, True]), ("mean", [True, True, True])):
        main(["train", str(table), "--missing", missing, "--out", str(model.parent)])
        assert [bool(cell) for cell in predictions([model, new], capsys)] == answers


def drawn_with(monkeypatch, tmp_path, content):
    """The Axes that the pictures of a training on a table were drawn on: of its curves, of its data."""
    from matplotlib.figure import Figure

    axes = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: axes.append(self.axes[0]))
    (tmp_path / "t.csv").write_text(content)
    main(["train", str(tmp_path / "t.csv"), "--out", str(tmp_path / "out")])
    return axes


def test_the_pictures_of_a_table_have_its_names_and_units(tmp_path, monkeypatch):
    content = "petal length,petal width,species\n" + "".join(
        f"{1 + k * 2 + i / 60},{100 + 50 * k + i},{kind}\n"
        for i in range(12)
        for k, kind in enumerate(("setosa", "versicolor", "virginica"))
    )
    _, ax = drawn_with(monkeypatch, tmp_path, content)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("petal length", "petal width")
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["setosa", "versicolor", "virginica"]
    low, high = ax.get_ylim()
    assert 80 < low < 120
    assert 200 < high < 260
    assert_drawn(tmp_path / "out", {f"score of {name}" for name in names})

    content = "size,price\n" + "".join(f"{50 + i},{1000 * i + 500}.5\n" for i in range(40))
    curves, ax = drawn_with(monkeypatch, tmp_path, content)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("size", "price")
    assert ax.get_xlim()[0] > 40
    assert curves.get_ylabel() == "loss, in standard deviations of price"


def test_a_table_that_no_training_wrote_is_no_model_file(tmp_path):
    model = MLP(2, [1])
    save(model, tmp_path / "model.safetensors")
    assert load_table(tmp_path / "model.safetensors") is None
    table = Table.of(DATASETS["iris"](0))
    monster = replace(table, scale=(0.0,) * 4)
    save(model, tmp_path / "model.safetensors", table=monster)
    with pytest.raises(
        ModelFileError, match=r"does not describe a table: the columns of the table 'iris'"
    ):
        load_table(tmp_path / "model.safetensors")


@pytest.mark.parametrize("notes", [{"results": 0.9}, {"training": 3}, {"training": {"data": "x"}}])
def test_a_model_with_notes_of_ones_own_is_summarized_and_not_predicted_with(
    notes, tmp_path, capsys
):
    save(MLP(2, [1]), tmp_path / "model.safetensors", notes)
    main(["summary", str(tmp_path / "model.safetensors")])
    assert "3 parameters" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["predict", str(tmp_path / "model.safetensors"), "data.csv"])


@pytest.mark.parametrize("name", ["data", "features", "mean", "epochs", "results", "classes"])
def test_notes_of_another_form_are_not_taken_for_those_of_train(name, tmp_path, capsys):
    main(["train", "iris", "--epochs", "1", "--out", str(tmp_path)])
    path = tmp_path / "model.safetensors"
    notes = load_notes(path)
    for other in (None, True, [[]], {"a": "b"}):
        notes["training"][name] = other
        save(load(path), path, notes)
        assert main(["summary", str(path)]) == 0
        assert "trained on" not in capsys.readouterr().out
        with pytest.raises(SystemExit):
            main(["predict", str(path), __file__])
        assert "was not written by 'python -m nn train'" in capsys.readouterr().err


def test_a_reader_that_has_read_enough_ends_the_command_quietly(tmp_path):
    save(MLP(2, [1]), tmp_path / "model.safetensors")
    command = f"{sys.executable} -m nn summary {tmp_path / 'model.safetensors'} | true"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
