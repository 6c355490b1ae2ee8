"""The benchmarks run, report each of their rows, and refuse to compare what differs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import report
from benchmarks.eager import require_agreement
from benchmarks.measure import Measurement, difference, measure_step
from benchmarks.sides import (
    COMPILED,
    JAX,
    LOOPS,
    MICROGRAD,
    TORCH,
    TORCH_COMPILED,
    Outcome,
    Step,
    Unsuitable,
)
from benchmarks.workloads import (
    CIFAR,
    DIGITS,
    EXAMPLE_INPUTS,
    EXAMPLE_RESULTS,
    MOONS,
    NETWORKS,
    README,
    TITLES,
    Network,
    example,
    layers_of,
    n_parameters,
    neuron_by_neuron,
    random_problem,
    value_and_gradient,
)


def lines_of(*command_line: str) -> list[str]:
    """What a benchmark prints."""
    pytest.importorskip("micrograd", reason="micrograd, of the extra `bench`, is not installed")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", *command_line],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [line.strip() for line in done.stdout.splitlines()]


def test_the_eager_benchmark_prints_every_row() -> None:
    lines = lines_of("benchmarks.eager", "--quick")
    for row in (
        "README example",
        "micrograd's demo step over each Value",
        "our nn's step beside it",
        "data in lists, no scikit-learn: over each Value",
        "data in lists, no scikit-learn: our nn's step",
        "1,000 nodes, collector off",
        "10,000 nodes, collector off",
        "1,000 nodes, collector on",
        "10,000 nodes, collector on",
        "growth from 1,000 to 10,000, collector off",
        "growth from 1,000 to 10,000, collector on",
        "built",
        "after backward",
    ):
        assert sum(line.startswith(row) for line in lines) == 1, row


def test_results_that_differ_from_micrograds_are_not_reported() -> None:
    require_agreement("a row", [1.0, 2.0 + 1e-12], [1.0, 2.0])
    with pytest.raises(SystemExit, match="a row: result 1"):
        require_agreement("a row", [1.0, 2.0 + 1e-8], [1.0, 2.0])


def test_the_benchmark_measures_every_row_of_ours_and_micrograds() -> None:
    lines = lines_of(
        "benchmarks",
        "--quick",
        "--only=readme,moons,growth",
        "--rows=micrograd,eager,compiled,loops",
    )
    for row, n_columns in {
        "micrograd": 2,
        "ours eager": 2,
        "ours compiled": 2,
        "ours compiled / micrograd": 2,
        "ours compiled, from explicit loops": 2,
        "to compile": 3,
        "a step of 64 samples": 3,
        "README example: ours compiled, times as fast as micrograd": 3,
        "moons step: ours compiled, times as fast as micrograd": 3,
    }.items():
        found = [line.split("   ") for line in lines if line.startswith(row + "   ")]
        assert found, row
        for _, *cells in found:
            assert len([cell for cell in cells if cell]) == n_columns, row
    blanks = [line for line in lines if "–" in line]
    assert len(blanks) == 1
    assert blanks[0].startswith("ours compiled, from explicit loops")
    assert any(line.endswith("the example has no nn to do without") for line in lines)


# The reference, which every side is checked against.


def test_the_reference_of_the_example_is_what_micrograds_readme_prints() -> None:
    a, b = EXAMPLE_INPUTS
    assert [f"{number:.4f}" for number in EXAMPLE_RESULTS] == ["24.7041", "138.8338", "645.5773"]
    assert example(a, b, relu=lambda x: max(x, 0.0)) == pytest.approx(EXAMPLE_RESULTS[0], rel=1e-15)


@pytest.mark.parametrize(
    "network", [Network((3, 5, 4, 1), 7, hinge=True, l2=0.05), Network((3, 6, 4), 7)]
)
def test_the_references_gradient_is_the_slope_of_its_value(network: Network) -> None:
    problem = random_problem(network)
    y = 2.0 * (np.arange(network.batch) % 2) - 1.0 if network.hinge else problem.y
    _, gradient = value_and_gradient(network, problem.X, y, problem.start)
    direction = np.random.default_rng(2).normal(size=problem.start.shape)
    step = 1e-6
    above, below = (
        value_and_gradient(network, problem.X, y, problem.start + sign * step * direction)[0]
        for sign in (1, -1)
    )
    assert (above - below) / (2 * step) == pytest.approx(gradient @ direction, rel=1e-6)


def test_an_order_neuron_by_neuron_keeps_a_neurons_weights_and_bias_together() -> None:
    sizes = (2, 3, 1)
    vector = np.arange(float(n_parameters(sizes)))
    (W, b), (V, c) = layers_of(vector, sizes)
    expected = [*W[0], b[0], *W[1], b[1], *W[2], b[2], *V[0], c[0]]
    assert vector[neuron_by_neuron(sizes)].tolist() == expected


def test_the_networks_have_the_published_numbers_of_parameters() -> None:
    # micrograd's demo prints 337; 3072 · 100 + 100 + 100 · 10 + 10.
    assert n_parameters(NETWORKS[MOONS].sizes) == 337
    assert n_parameters(NETWORKS[CIFAR].sizes) == 308310


# What may not be reported.

RIGHT = Outcome(2.0, np.array([1.0, -3.0]), np.array([0.5, 0.25]))


def constant_step(outcome: Outcome) -> Step:
    return Step(lambda: lambda: None, lambda result: outcome)


def test_a_result_within_a_billionth_of_the_reference_has_a_time() -> None:
    close = Outcome(2.0 + 1e-10, RIGHT.gradient * (1 + 1e-10), RIGHT.parameters)
    assert difference(close, RIGHT) == ""
    measurement = measure_step(lambda: constant_step(close), RIGHT, quick=True, jit=False)
    assert measurement.step is not None
    assert measurement.step > 0.0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("value", 2.0 + 1e-8),
        ("value", float("nan")),
        ("gradient", np.array([1.0, -3.0 + 1e-8])),
        ("gradient", np.array([1.0])),
        ("parameters", np.array([0.5, 0.25 + 1e-9])),
    ],
)
def test_a_wrong_result_has_no_time(field: str, wrong: Any) -> None:
    outcome = RIGHT._replace(**{field: wrong})
    measurement = measure_step(lambda: constant_step(outcome), RIGHT, quick=True, jit=False)
    assert measurement.step is None
    assert measurement.reason.startswith(f"WRONG RESULT: {field}")


@pytest.mark.jit
def test_a_jit_that_makes_no_machine_code_has_no_time() -> None:
    pytest.importorskip("numba", reason="numba, of the extra `jit`, is not installed")
    measurement = measure_step(lambda: constant_step(RIGHT), RIGHT, quick=True, jit=True)
    assert measurement.step is None
    assert measurement.reason == "numba has compiled nothing"


def test_a_side_that_cannot_says_why() -> None:
    def unsuitable() -> Step:
        raise Unsuitable("has no exp")

    def failing() -> Step:
        return Step(lambda: 1 // 0, lambda result: RIGHT)  # type: ignore[arg-type, return-value]

    assert measure_step(unsuitable, RIGHT, quick=True, jit=False).reason == "has no exp"
    reason = measure_step(failing, RIGHT, quick=True, jit=False).reason
    assert reason.startswith("ZeroDivisionError: ")


def test_what_is_not_installed_is_a_blank_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    results = command.measure_all([README], [TORCH, JAX], [], n_rounds=2, quick=True)
    assert [m.step for cell in results.values() for m in cell] == [None] * 4
    assert report.missing(results) == [
        "PyTorch eager (README example): torch is not installed",
        "JAX jit (README example): jax is not installed",
    ]
    table = report.step_table(results, [README], [TORCH, JAX])
    assert table.rows == [["PyTorch eager", "–"], ["JAX jit", "–"]]


def test_torch_compile_needs_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: object())
    monkeypatch.setattr(command.shutil, "which", lambda name: None)
    assert "needs a C++ compiler" in command.unavailable(MOONS, TORCH_COMPILED, quick=False)
    assert command.unavailable(MOONS, TORCH, quick=False) == ""


# The report.


def test_ratios_are_taken_within_a_round() -> None:
    series = report.of_rounds([2.0, 8.0, None, 9.0], [1.0, 2.0, 3.0, 3.0])
    assert series.ratios == [2.0, 4.0, 3.0]
    assert str(series) == "3 (2 to 4)"
    assert str(report.of_rounds([None], [1.0])) == "–"


def test_a_bound_holds_by_the_median_of_the_rounds() -> None:
    results: report.Results = {
        (DIGITS, TORCH): [Measurement(step) for step in (3.0, 1.0, 2.0)],
        (DIGITS, COMPILED): [Measurement(1.0)] * 3,
        (MOONS, MICROGRAD): [Measurement(5999.0)] * 3,
        (MOONS, COMPILED): [Measurement(1.0)] * 3,
        (CIFAR, LOOPS): [
            Measurement(1.0, compilation, 0.5e9) for compilation in (14.0, 16.0, 17.0)
        ],
    }
    assert [row[1:] for row in report.bound_table(results).rows] == [
        ["5,999 (5,999 to 5,999)", "≥ 6,000", "NO"],
        ["2 (1 to 3)", "≥ 1", "yes"],
        ["16 (14 to 17) s", "≤ 15 s", "NO"],
        ["0.5 (0.5 to 0.5) GB", "≤ 1 GB", "yes"],
    ]


def test_a_busy_machine_is_reported() -> None:
    shares = [Measurement(1.0, share=share) for share in (1.0, 0.95, 0.5)]
    (line,) = report.disturbed({(MOONS, COMPILED): shares})
    assert line.startswith("The machine was busy: in 1 of 3 measurements")
    assert report.disturbed({(MOONS, COMPILED): shares[:2]}) == []


def test_a_table_is_aligned_and_in_markdown_one_of_markdown() -> None:
    table = report.Table(["A step takes", TITLES[MOONS]], [["ours", "52 µs"]])
    assert table.lines(markdown=False) == ["A step takes   moons step", "ours                52 µs"]
    assert table.lines(markdown=True) == [
        "| A step takes | moons step |",
        "| ------------ | ---------: |",
        "| ours         |      52 µs |",
    ]


def test_names_are_chosen_in_the_tables_order_and_unknown_ones_refused() -> None:
    assert command.chosen("c, a", ["a", "b", "c"], "rows") == ["a", "c"]
    assert command.chosen(None, ["a", "b"], "rows") == ["a", "b"]
    with pytest.raises(SystemExit, match=r"'d' is none of the rows: a, b"):
        command.chosen("d", ["a", "b"], "rows")
