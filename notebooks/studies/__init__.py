"""The long studies behind the lecture's claims, and what they found.

Each study is a module: `run` trains once, for some parameters and a seed, and returns what was measured;
`GRID` and `SEEDS` say for which. The results of all runs are kept in notebooks/results, a line of JSON
each, where the notebooks find them:

    results("race")                        all runs of the study, read, not run

They are computed anew by

    python -m notebooks.studies            every study
    python -m notebooks.studies race       only that one
"""

from __future__ import annotations

import re
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from nn import Sweep, sweep
from nn.files import write_atomically

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "results"


def names() -> list[str]:
    """The names of the studies."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def results(name: str) -> Sweep:
    """All runs of a study: from its file, and what that lacks is run.

    Raises ValueError if there is no such study.
    """
    return _sweep(name, RESULTS / f"{name}.jsonl")


def compute(name: str) -> Sweep:
    """Run a study from nothing. Its old results stay until all the new ones are there.

    If that is interrupted, the next call goes on where it was. Raises ValueError if there is no such
    study, RuntimeError if runs failed.
    """
    unfinished = RESULTS / f"{name}.unfinished"
    study = _sweep(name, unfinished)
    if study.interrupted:
        raise KeyboardInterrupt
    if study.failed:
        raise RuntimeError(f"{len(study.failed)} runs of {name} failed: {study.failed[0].error}")
    # in an order that does not depend on which worker was first
    lines = sorted(unfinished.read_bytes().splitlines(keepends=True))
    write_atomically(RESULTS / f"{name}.jsonl", b"".join(lines))
    write_atomically(RESULTS / f"{name}.sha256", digest(name).encode())
    unfinished.unlink()
    return study


def digest(name: str) -> str:
    """A fingerprint of a study's code, without its docstring, that is kept beside its results.

    The studies that it imports from are in it.
    """
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8").partition('"""\n\n')[2]
    others = re.findall(r"^from \.(\w+) import", text, re.MULTILINE)
    return sha256("".join([text, *map(digest, others)]).encode()).hexdigest() + "\n"


def _sweep(name: str, path: Path) -> Sweep:
    if name not in names():
        raise ValueError(f"the studies are {', '.join(names())}, but got {name!r}")
    study = import_module(f"{__name__}.{name}")
    return sweep(study.run, study.GRID, study.SEEDS, path=path)
