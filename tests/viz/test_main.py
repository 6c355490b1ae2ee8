"""Laws of the command `python -m viz`."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import viz.__main__
from autograd import Value
from viz.__main__ import main

ROOT = Path(__file__).parents[2]
NEURON = ["tanh(w*x + b)", "w=0.5", "x=2", "b=-1"]
HEAVY = {"matplotlib", "numpy", "scipy", "sklearn"}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says on stderr when it refuses."""
    try:
        status = main(arguments)
    except SystemExit as exit_:  # by argparse
        status = exit_.code  # type: ignore[assignment]
    assert status == 2
    return capsys.readouterr().err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "viz", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
    )


# What it prints.


def test_it_prints_the_value_and_the_gradient_of_each_variable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(NEURON) == 0
    assert capsys.readouterr().out == (
        "tanh(w*x + b) = 0\n∂/∂w = 2\n∂/∂x = 0.5\n∂/∂b = 1\n"
        "To draw it, add -o graph.svg; to step through it in a browser, -o graph.html.\n"
    )


def test_equals_signs_are_aligned_by_columns_of_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["기울기*x + shift", "기울기=2", "x=3", "shift=1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:4] == [
        "∂/∂기울기 = 3",
        "∂/∂x      = 2",
        "∂/∂shift  = 1",
    ]


def test_numbers_are_printed_with_all_their_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["x/3", "x=1"]) == 0
    assert capsys.readouterr().out.startswith(f"x/3 = {1 / 3!r}\n∂/∂x = {1 / 3!r}\n")


@pytest.mark.parametrize("number", ["inf", "-inf", "nan", "1e300", "-1"])
def test_a_value_is_any_float(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["x", f"x={number}"]) == 0
    assert capsys.readouterr().out.startswith(f"x = {float(number)!r}".removesuffix(".0"))


def test_without_backward_there_are_no_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NEURON, "--no-backward"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("tanh(w*x + b) = 0\n")
    assert "∂" not in out


@pytest.mark.parametrize("expression", ["-x**2", "-(x*x)", "-x * x"])
def test_an_expression_may_begin_with_a_minus(
    expression: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([expression, "x=3"]) == 0
    assert capsys.readouterr().out.startswith(f"{expression} = -9\n∂/∂x = -6\n")


def test_names_are_read_in_pythons_normal_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ﬁ + fi", "ﬁ=1"]) == 0
    assert "∂/∂fi = 2" in capsys.readouterr().out


# What it draws.


def test_a_picture_is_written_where_options_and_values_mix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "graph.svg"
    expression, *values = NEURON
    assert main([expression, "-o", str(path), *values]) == 0
    assert capsys.readouterr().out.endswith(f"∂/∂b = 1\nwrote {path}\n")
    texts = {each.text for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")}
    assert {"w", "0.5", "∂ 2", "tanh"} <= texts


def test_a_picture_without_backward_shows_no_gradient(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    assert main([*NEURON, "--no-backward", "-o", str(path)]) == 0
    texts = [each.text for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("∂ –") == 6


def test_a_page_is_written_for_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "graph.html"
    assert main([*NEURON, "-o", str(path), "--theme", "dark"]) == 0
    assert capsys.readouterr().out.endswith(f"wrote {path}\n")
    page = path.read_text(encoding="utf-8")
    assert "<title>Backprop, step by step: L, of 3 operations</title>" in page
    assert 'data-theme="dark"' in page


def test_a_page_without_a_backward_pass_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "graph.html"
    said = refused([*NEURON, "--no-backward", "-o", str(path)], capsys)
    assert "a page steps through the backward pass: leave --no-backward out" in said
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ([], {}),
        (["--theme", "dark"], {"theme": "dark"}),
        (["--dot"], {"renderer": "dot"}),
        (["--theme", "cs231n", "--dot"], {"theme": "cs231n", "renderer": "dot"}),
    ],
)
def test_options_reach_the_picture(
    options: list[str], settings: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[dict[str, Any]] = []

    def draw(root: Any, **given: Any) -> Any:
        seen.append(given)
        return viz.Picture("", lambda: "")

    monkeypatch.setattr(viz.__main__, "draw", draw)
    assert main([*NEURON, "-o", str(tmp_path / "graph.svg"), *options]) == 0
    assert seen == [settings]


# What it refuses.


def test_an_error_of_the_expression_keeps_its_caret(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(["tanh(w*z + b)", "w=0.5", "b=-1"], capsys) == (
        "tanh(w*z + b)\n       ^\nz has no value: give one, as z=1.0 (given: w, b)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: EXPRESSION\n"),
        (["", "x=1"], "the expression is empty"),
        (["x", "x=abc"], "'abc' is not a number: write x=1.0"),
        (["x", "x="], "'' is not a number"),
        (["x", "x=0,5"], "'0,5' is not a number: write a decimal point, x=0.5"),
        (["x", "x=1/2"], "'1/2' is not a number: write x=0.5"),
        (["x", "x=-3/4"], "write x=-0.75"),
        (["x", "x=1/0"], "'1/0' is not a number: write x=1.0, for one"),
        (["x", "x=a/b"], "'a/b' is not a number: write x=1.0, for one"),
        (["x", "+", "b"], "'+' is not of the form name=value"),
        (["x", "=1"], "'' cannot be the name of a variable"),
        (["x", "2x=1"], "'2x' cannot be the name of a variable"),
        (["x", "x=1", "x=2"], "x is given twice"),
        (["x", "ﬁ=1", "fi=1"], "fi is given twice"),
        (["x", "x=1", "y=1"], "y is given but not used"),
        (["x", "x=1", "tanh=1"], "'tanh' cannot be the name of a variable"),
        (["x", "x=1", "--theme", "dark"], "name its file too, as -o graph.svg"),
        (["x", "x=1", "--dot"], "name its file too, as -o graph.svg"),
        (["x", "x=1", "--theme", "pink"], "pink"),
        (["x", "x=1", "-o", "graph.jpeg"], ".svg, .html, .png"),
        (["x", "x=1", "-o", "graph"], ".svg, .html, .png"),
        (["x", "x=1", "-o", "/no/such/folder/graph.svg"], "there is no folder /no/such/folder"),
    ],
)
def test_a_wrong_request_ends_with_the_reason(
    arguments: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in refused(arguments, capsys)
    assert not list(tmp_path.iterdir())


def test_a_suffix_is_refused_before_anything_is_computed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main([*NEURON, "-o", "graph.jpeg"])
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert "the suffix chooses the format, one of .svg" in captured.err


def test_the_suffixes_are_those_of_a_picture(tmp_path: Path) -> None:
    picture = viz.__main__.draw(Value(1.0))
    with pytest.raises(ValueError, match=re.escape(f"one of {', '.join(viz.__main__.SUFFIXES)}, ")):
        picture.save(tmp_path / "graph.jpeg")


def test_a_missing_dot_program_is_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    assert "not on the PATH" in refused(["1", "--dot", "-o", str(tmp_path / "graph.svg")], capsys)


# In a process of its own.


def test_it_runs_as_a_module() -> None:
    done = run(*NEURON, PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tanh(w*x + b) = 0\n∂/∂w = 2\n∂/∂x = 0.5\n∂/∂b = 1\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_without_the_sign_gets_a_letter(encoding: str) -> None:
    done = run(*NEURON, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall("d/d.*", done.stdout) == ["d/dw = 2", "d/dx = 0.5", "d/db = 1"]


def test_a_name_the_terminal_cannot_show_ends_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sys.stdout.reconfigure(encoding="ascii")  # type: ignore[union-attr]
    assert main(["가 + 1", "가=2"]) == 0
    assert "d/d? = 1" in capsys.readouterr().out


def test_without_a_picture_nothing_heavy_is_loaded() -> None:
    code = f"import sys; from viz.__main__ import main; main({NEURON!r}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "viz.expression" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_reader_that_has_read_enough_ends_the_command_quietly() -> None:
    command = f"{sys.executable} -m viz 1 | true"
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=buffered, capture_output=True, text=True
    )
    assert done.stderr == ""
