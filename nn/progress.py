"""A progress bar for terminals and notebooks alike."""

from __future__ import annotations

import sys
from typing import Any


def progress_bar(total: int, *, unit: str, initial: int = 0, show: bool = True) -> Any:
    """A tqdm bar, on stderr; in a notebook one line of a cell's output, empty when it is done.

    tqdm's own bar for notebooks needs ipywidgets, and its plain one would stay in the saved notebook,
    a line for each time it was drawn.

    >>> progress_bar(10, unit="batch", show=False).total
    10
    """
    from tqdm import tqdm

    options: dict[str, Any] = {}
    if show and notebook_shell() is not None:
        options = {"file": _OutputLine(), "leave": False, "ncols": 100}
    return tqdm(
        total=total, unit=unit, initial=initial, disable=not show, mininterval=0.5, **options
    )


def notebook_shell() -> Any:
    """IPython's shell if we run in a notebook, else None."""
    ipython = sys.modules.get("IPython")  # present if we run inside it
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


class _OutputLine:
    """A text file whose last line is all that is seen of it: a display that is updated in place."""

    def __init__(self) -> None:
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        self._display = display(  # type: ignore[no-untyped-call, unused-ignore]
            {"text/plain": ""}, raw=True, display_id=True
        )

    def write(self, text: str) -> None:
        line = text.rpartition("\r")[2].rstrip()
        if line or not text.strip("\r\n "):
            self._display.update({"text/plain": line}, raw=True)

    def flush(self) -> None:
        pass
