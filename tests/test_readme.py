"""The README tells the truth: its Python prints what it says, and its commands run."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import autograd
from nn import MLP, save, squared_error

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Run elsewhere, by `make demo`.
SLOW = {"python -m nn train digits --out digits"}


def blocks(*languages: str) -> list[tuple[int, str]]:
    """Each fenced block in one of `languages`: the number of its first line, and its text."""
    fence = re.compile(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(README.count("\n", 0, m.start(1)) + 1, m[1]) for m in fence.finditer(README)]


def commands() -> list[str]:
    """Every line of the shell blocks, without prompt and comment."""
    lines = "".join(text for _, text in blocks("bash", "console", "sh")).splitlines()
    stripped = [re.sub(r"\s+#.*$|^[$!] ?", "", line).strip() for line in lines]
    return [line for line in stripped if line and not line.startswith("#")]


def promised_output(source: str) -> list[str]:
    """What the comment behind each `print(...)`, and each line that is a comment, says is printed."""
    promises = re.findall(r"^(?: *print\(.*\) *# (.*)|# ?(.*))$", source, re.MULTILINE)
    return [behind or line for behind, line in promises]


def test_python_examples_print_what_their_comments_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "readme"}
    examples = blocks("python")
    assert examples
    for line, source in examples:
        tree = ast.increment_lineno(ast.parse(source), line - 1)
        exec(compile(tree, ROOT / "README.md", "exec"), namespace)
        printed = capsys.readouterr().out.splitlines()
        assert printed == promised_output(source), f"README.md, the block at line {line}"


def test_the_source_shown_is_the_source_that_is_generated() -> None:
    net = MLP(2, [3, 1], activation="tanh")

    def error(x: Any, y: Any) -> Any:
        return squared_error(net(x), y)

    source = autograd.compile(error, [0.5, -1.0], 1.0).source
    assert source in [text for _, text in blocks("py")]


def run_python(command: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_commands_run_one_after_another(tmp_path: Path) -> None:
    assert set(commands()) >= SLOW
    for command in commands():
        match shlex.split(command):
            case ["make", target, *_]:
                assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
            case ["pip", "install" | "uninstall", *arguments]:
                names = [argument for argument in arguments if not argument.startswith("-")]
                for name in names:
                    distribution, *extras = re.split(r"[\[\],]+", name.strip("'\" ").rstrip("]"))
                    assert distribution in {"glassgrad", "autograd", "."}
                    assert set(extras) <= PROJECT["optional-dependencies"].keys()
            case ["git", "clone", _] | ["cd", _]:
                pass
            case ["python", "-m", "autograd" | "nn" | "viz", *_] if command not in SLOW:
                run_python(command, tmp_path)
            case _:
                assert command in SLOW, f"the README has an unknown command: {command}"


@pytest.mark.peer
def test_a_network_in_pytorch_reads_a_model_file_by_the_readmes_lines_and_computes_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.chdir(tmp_path)
    model = MLP(2, [16, 16, 1], seed=0)
    save(model, "moons.safetensors")
    namespace: dict[str, Any] = {"model": model}
    (source,) = [text for _, text in blocks("py") if "import torch" in text]
    exec(source, namespace)
    points = [[0.1 * k, 0.5 - 0.2 * k] for k in range(10)]
    theirs = namespace["network"](torch.tensor(points, dtype=torch.float64)).flatten().tolist()
    assert theirs == pytest.approx([model(point).data for point in points], rel=1e-12, abs=1e-12)
