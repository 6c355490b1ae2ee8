"""The studies' results are complete, and those of the code as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nn import sweep
from notebooks import studies
from notebooks.studies.__main__ import main

every_study = pytest.mark.parametrize("name", studies.names())


@every_study
def test_the_kept_results_are_all_there_so_that_a_notebook_runs_none(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = import_module(f"notebooks.studies.{name}")

    def run(**_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(study, "run", run)
    found = studies.results(name)
    assert len(found) > 0
    assert found.failed == []


@every_study
def test_the_kept_results_are_of_the_code_as_it_is(name: str) -> None:
    kept = (studies.RESULTS / f"{name}.sha256").read_text(encoding="utf-8")
    assert kept == studies.digest(name), f"run python -m notebooks.studies {name}"


def test_the_command_refuses_an_unknown_study_before_it_runs_any(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["race", "unknown"])
    assert "but got 'unknown'" in capsys.readouterr().err


def test_an_unknown_study_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(ValueError, match=r"the studies are .*, but got 'unknown'"):
        studies.results("unknown")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A study named toy, whose results are kept in a folder of its own."""
    (tmp_path / "toy.py").write_text(
        '"""A toy."""\n\nGRID = {"a": [1, 2]}\nSEEDS = 3\n\n\n'
        "def run(a: int, seed: int) -> int:\n    return 10 * a + seed\n"
    )
    monkeypatch.setattr(studies, "FOLDER", tmp_path)
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(studies, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "notebooks.studies.toy", raising=False)
    # another process would not find the module
    with ThreadPoolExecutor(1) as executor:
        monkeypatch.setattr(studies, "sweep", partial(sweep, executor=executor))
        yield tmp_path
    sys.modules.pop("notebooks.studies.toy", None)


def test_computing_writes_every_run_in_order_and_reading_gives_the_same(toy: Path) -> None:
    computed = studies.compute("toy")
    assert computed.results() == [10, 11, 12, 20, 21, 22]
    assert studies.results("toy").runs == computed.runs
    lines = (toy / "toy.jsonl").read_text().splitlines()
    assert len(lines) == 6
    assert lines == sorted(lines)
    assert not (toy / "toy.unfinished").exists()
    assert (toy / "toy.sha256").read_text() == studies.digest("toy")


def test_failed_runs_leave_the_old_results(toy: Path) -> None:
    studies.compute("toy")
    old = (toy / "toy.jsonl").read_text()
    del sys.modules["notebooks.studies.toy"]
    (toy / "toy.py").write_text((toy / "toy.py").read_text().replace("10 * a", "10 // (a - 1)"))
    with (
        pytest.warns(RuntimeWarning, match="3 of 6 runs failed"),
        pytest.raises(RuntimeError, match="3 runs of toy failed: ZeroDivisionError"),
    ):
        studies.compute("toy")
    assert (toy / "toy.jsonl").read_text() == old


def test_a_digest_changes_with_the_code_that_a_study_imports_and_not_with_its_docstring(
    toy: Path,
) -> None:
    (toy / "other.py").write_text('"""Another."""\n\nfrom .toy import run\n')
    code, before = (toy / "toy.py").read_text(), studies.digest("other")
    (toy / "toy.py").write_text(code.replace("A toy.", "A toy study."))
    assert studies.digest("other") == before
    (toy / "toy.py").write_text(code.replace("10 * a", "20 * a"))
    assert studies.digest("other") != before
