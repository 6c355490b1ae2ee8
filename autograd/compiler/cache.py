"""Generated source in files: so that tracebacks show it, and what is made of it once is kept.

A file is named after its contents. The directory is the user's cache for this package (on Linux it is
~/.cache/glassgrad), or what the environment variable GLASSGRAD_CACHE names; where nothing can be
written, a temporary one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

LARGEST = 500  # files: when there are more, the oldest half goes


def directory() -> Path:
    """Where sources are kept; it exists and can be written to."""
    folder = _usable(os.environ.get("GLASSGRAD_CACHE"))
    folder.mkdir(parents=True, exist_ok=True)  # somebody may have deleted it
    return folder


@cache
def _usable(named: str | None) -> Path:
    from platformdirs import user_cache_path

    path = Path(named) if named else user_cache_path("glassgrad", appauthor=False)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError:
        return Path(tempfile.mkdtemp(prefix="glassgrad-"))


def load(text: str, names: Mapping[str, Any]) -> ModuleType:
    """Import source from a file of its own; `names` are functions that it calls and does not import."""
    path = _written(text)
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    vars(module).update(names)
    spec.loader.exec_module(module)
    return module


def _written(text: str) -> Path:
    contents = text.encode()
    folder = directory()
    path = folder / f"compiled_{hashlib.sha256(contents).hexdigest()[:20]}.py"
    try:
        if path.read_bytes() == contents:
            return path
    except OSError:
        pass
    _make_room(folder)
    # A name of its own until it is complete: another process may be writing the same.
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(contents)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _make_room(folder: Path) -> None:
    files = list(folder.glob("compiled_*.py"))
    if len(files) > LARGEST:
        for old in sorted(files, key=_age)[: LARGEST // 2]:
            for file in (old, *folder.glob(f"__pycache__/{old.stem}.*")):
                file.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process has deleted it
        return 0.0
