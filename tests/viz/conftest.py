"""A real browser for the tests marked `browser`: the system's Chromium, driven by Playwright.

Nothing is downloaded: where either is missing, these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visit:
    """A file opened in the browser.

    Attributes:
        page: Playwright's.
        requests: the addresses of all that the file has asked for, itself first.
        errors: what its scripts have raised, said on the console, and put into dialogs.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


# Not for the whole session: as long as it runs, Playwright keeps an event loop in this thread, which
# tests of other modules would take for their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is on the PATH")
    # Chromium's sandbox refuses to work for root.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = [*ARGUMENTS, *["--no-sandbox"][:is_root]]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(browser: Browser) -> Callable[[Path], AbstractContextManager[Visit]]:
    """Opens a file: `with visit(path) as visited: ...`. One at a time, since all share a window."""
    page = browser.new_page()
    page.set_default_timeout(10_000)
    visited = Visit(page)

    def close(dialog: Dialog) -> None:
        visited.errors.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: visited.requests.append(request.url))
    page.on("pageerror", lambda error: visited.errors.append(error.message))
    page.on("console", lambda message: visited.errors.append(message.text))
    page.on("dialog", close)

    @contextmanager
    def visit(path: Path) -> Iterator[Visit]:
        page.set_viewport_size({"width": 1600, "height": 1000})
        visited.requests, visited.errors = [], []
        page.goto(path.as_uri())
        yield visited
        page.goto("about:blank")  # what the file runs ends here

    return visit
