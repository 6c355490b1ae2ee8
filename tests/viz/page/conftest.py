"""The page, as a reader drives it: by keys, by the mouse, and by its address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import viz
from viz.page.document import SCRIPTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# What stands in the picture: for each Value its exact numbers, none where they are not to be seen, and
# the texts that are read.
READ = """
() => Object.fromEntries(Array.from(document.querySelectorAll("#graph [data-value]"), group => {
    const data = group.querySelector(".data"), gradient = group.querySelector(".gradient")
    const number = text => text === undefined ? null : text
    return [group.dataset.value, {
        data: number(data.dataset.exact), dataText: data.textContent,
        gradient: number(gradient.dataset.exact), gradientText: gradient.textContent,
        badge: group.querySelector(".badge").textContent,
    }]
}))
"""

# Two frames are painted.
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Reader:
    """A reader of a page.

    Attributes:
        page: Playwright's.
        requests, errors: as `Visit` has them.
    """

    page: Page
    path: Path
    requests: list[str]
    errors: list[str]

    def go(self, step: int | str, **state: Any) -> None:
        """Follow a link into the page."""
        fragment = "&".join([f"step={step}", *(f"{name}={text}" for name, text in state.items())])
        self.page.evaluate("fragment => { location.hash = fragment }", fragment)
        # The listener runs in a task of its own.
        self.page.evaluate("() => new Promise(resolve => setTimeout(resolve))")

    def edit(self, edits: Mapping[int, float], step: int = 10**6) -> None:
        """Follow a link that edits leaves, to the last step if not to another."""
        self.go(step, set="_".join(f"{i}:{number!r}" for i, number in edits.items()))

    def read(self) -> dict[int, dict[str, Any]]:
        """What stands in the picture, by the number of the Value."""
        return {int(i): shown for i, shown in self.page.evaluate(READ).items()}

    def numbers(self, what: str) -> dict[int, float]:
        """The exact numbers in the picture: of "data" or "gradient"."""
        return {
            i: float(shown[what]) for i, shown in self.read().items() if shown[what] is not None
        }

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    @property
    def step(self) -> int:
        return int(self.page.locator("#jump").input_value())

    @property
    def last(self) -> int:
        return int(str(self.page.locator("#jump").get_attribute("max")))


Open = Callable[..., AbstractContextManager[Reader]]


@pytest.fixture(scope="module")
def opened(visit: Any, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Opens the page of a Value: `with opened(loss, quiz=True) as reader: ...`."""
    folder, numbers = tmp_path_factory.mktemp("pages"), count()

    @contextmanager
    def open_page(root: Any, *, width: int = 0, **options: Any) -> Iterator[Reader]:
        path = folder / f"page{next(numbers)}.html"
        viz.backprop(root, **options).save(path)
        with visit(path) as visited:
            if width:
                visited.page.set_viewport_size({"width": width, "height": 800})
                visited.page.evaluate(FRAMES)  # the page takes notice
            yield Reader(visited.page, path, visited.requests, visited.errors)
            assert visited.requests == [path.as_uri()]
            assert visited.errors == []

    return open_page


@pytest.fixture(scope="module")
def scripts(browser: Browser) -> Iterator[Callable[[str], Any]]:
    """Evaluates an expression in which the functions of the page's modules can be used."""
    modules = "\n".join(
        re.sub(
            r"^export ",
            "",
            re.sub(
                r'^import \{[^}]*\} from "[^"]*";$',
                "",
                files("viz.page").joinpath(name).read_text(encoding="utf-8"),
                flags=re.M,
            ),
            flags=re.M,
        )
        for name in SCRIPTS
        if name != "main.js"
    )
    page = browser.new_page()
    page.goto("about:blank")
    yield lambda expression, argument=None: page.evaluate(
        f"argument => {{ {modules}\nreturn ({expression})(argument) }}", argument
    )
    page.close()
