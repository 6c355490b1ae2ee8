"""The page on every screen: its room, its colours, its accessibility, its speed; and no text is run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd import Value, primitive
from nn import MLP

from .conftest import Open
from .test_reading import product
from .test_steps import forks, loss_of, neuron

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
NETWORK = MLP(3, [4, 4, 1], activation="tanh", seed=1)
GRAPHS: dict[str, tuple[Callable[[], Value], dict[str, Any]]] = {
    "neuron": (neuron, {}),
    "forks": (forks, {}),
    "network": (lambda: loss_of(NETWORK), {"model": NETWORK}),
    "quiz": (product, {"quiz": True}),
}

# Where anything stands out of what holds it; texts may leave by a fraction of a pixel.
MISPLACED = """
() => {
    const faults = []
    const inside = (inner, outer) =>
        inner.left >= outer.left - 1 && inner.right <= outer.right + 1
        && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1
    for (const node of document.querySelectorAll("#graph .node")) {
        const outline = node.querySelector("path, polygon").getBoundingClientRect()
        for (const text of node.querySelectorAll("g > text")) {
            if (text.closest(".badge")) continue
            if (!inside(text.getBoundingClientRect(), outline)) faults.push(text.textContent)
        }
    }
    for (const part of document.querySelectorAll("#panel *, #controls *, header *")) {
        const {left, right} = part.getBoundingClientRect()
        if (part.closest(".scrolling, details:not([open]) > dl") || right === left) continue
        if (left < -1 || right > innerWidth + 1) faults.push(part.textContent)
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways")
    return faults
}
"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GRAPHS)
def test_all_has_room_at_every_width(name: str, width: int, opened: Open) -> None:
    make, options = GRAPHS[name]
    with opened(make(), width=width, **options) as reader:
        for step in range(reader.last + 1):
            reader.go(step, node=step % 4)
            assert reader.page.evaluate(MISPLACED) == []


def test_the_longest_numbers_have_room_in_every_box(opened: Open) -> None:
    root = loss_of(NETWORK)
    with opened(root) as reader:
        leaves = range(len(reader.read()))
        reader.press("End")
        reader.page.evaluate(
            """() => document.querySelectorAll("#graph .data, #graph .gradient").forEach(text => {
                text.textContent = text.matches(".gradient") ? "∂ −1.23e−300" : "−1.23e−300"
            })"""
        )
        assert reader.page.evaluate(MISPLACED) == []
        assert len(leaves) == 64


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("neuron", 1280, "light"),
        ("forks", 390, "dark"),
        ("network", 1280, "dark"),
        ("network", 390, "light"),
        ("quiz", 1280, "dark"),
        ("quiz", 390, "light"),
    ],
)
def test_axe_finds_no_serious_fault(name: str, width: int, scheme: str, opened: Open) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    make, options = GRAPHS[name]
    with opened(make(), width=width, **options) as reader:
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.evaluate(axe)
        found = []
        for step, node in ((0, 0), (reader.last // 2 + 1, 1), (reader.last, 3)):
            reader.go(step, node=node)
            result = reader.page.evaluate("() => axe.run()")
            assert {"color-contrast", "button-name"} <= {each["id"] for each in result["passes"]}
            found += [
                (each["id"], each["nodes"][0]["target"])
                for each in result["violations"]
                if each["impact"] in ("serious", "critical")
            ]
        reader.page.emulate_media(color_scheme="no-preference")
    assert found == []


def colours(reader: Any) -> tuple[str, str]:
    """Of the page, and of the text in the picture."""
    return tuple(
        reader.page.evaluate(
            """() => [getComputedStyle(document.documentElement).backgroundColor,
                      getComputedStyle(document.querySelector("#graph text.label")).fill]"""
        )
    )


def test_colours_go_by_the_system_until_the_reader_chooses(opened: Open) -> None:
    with opened(neuron()) as reader:
        reader.page.emulate_media(color_scheme="light")
        light = colours(reader)
        reader.page.emulate_media(color_scheme="dark")
        dark = colours(reader)
        assert light == ("rgb(255, 255, 255)", "rgb(26, 26, 26)")
        assert dark == ("rgb(20, 23, 28)", "rgb(242, 242, 242)")
        reader.page.locator("#theme").click()
        assert colours(reader) == light
        reader.page.locator("#theme").click()
        assert colours(reader) == dark
        reader.page.emulate_media(color_scheme="no-preference")
    with opened(neuron(), theme="dark") as reader:
        assert colours(reader) == dark


def test_nothing_moves_for_those_who_want_no_motion(opened: Open) -> None:
    with opened(neuron()) as reader:
        reader.go(4)
        flowing = "() => getComputedStyle(document.querySelector('.edge.sent path')).animationName"
        assert reader.page.evaluate(flowing) == "flow"
        reader.page.emulate_media(reduced_motion="reduce")
        assert reader.page.evaluate(flowing) == "none"
        reader.page.emulate_media(reduced_motion="no-preference")


def test_each_step_is_said_to_those_who_listen(opened: Open) -> None:
    with opened(product()) as reader:
        reader.go(3)
        heard = []
        for _ in range(2):
            reader.press("ArrowRight")
            heard.append(reader.page.locator("#live").text_content())
        assert heard == [
            "Step 4 of 5. Backward through L = c × a. ∂L/∂c is 2. "
            "∂L/∂a is −6 so far, 1 of 2 contributions.",
            "Step 5 of 5. Backward through c = a × b. ∂L/∂a is −12, 2 of 2 contributions. ∂L/∂b is 4.",
        ]
        label = reader.page.locator("[data-value='2']").get_attribute("aria-label")
        assert label == "c, = a × b, value -6, gradient 2"


# How large, how fast.


def long_computation(n_operations: int) -> Value:
    """Operations on four leaves, a third of them forks."""
    values = [Value(0.3 + 0.1 * i, f"x{i}") for i in range(4)]
    while len(values) < n_operations:
        a, b = values[-1], values[-3]
        values.append((a * b, a + b, a.tanh())[len(values) % 3])
    return values[-1]


def test_a_page_of_200_nodes_opens_in_a_second_and_stays_fluid(opened: Open) -> None:
    with opened(long_computation(210)) as reader:
        assert len(reader.read()) >= 200
        openings = []
        for _ in range(3):  # the best of them: other tests may run beside this one
            started = time.perf_counter()
            reader.page.reload()
            reader.page.wait_for_selector("html.running")
            openings.append(time.perf_counter() - started)
        del reader.requests[1:]
        times = reader.page.evaluate(
            """() => {
                const times = []
                const steps = (key, n) => Array(n).fill(key)
                for (const key of [...steps("ArrowRight", 40), "End", ...steps("ArrowLeft", 20)]) {
                    const started = performance.now()
                    document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}))
                    document.body.getBoundingClientRect()
                    times.push(performance.now() - started)
                }
                return times.sort((a, b) => a - b)
            }"""
        )
    assert min(openings) < 1.0
    assert times[len(times) // 2] < 50  # milliseconds


# What others write is shown, and never run.

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>throw 'run'</script>",
    "</style><img src=x.png onerror=alert(1)>",
    "<!--<script>",
    "]]>--><svg onload=alert(1)>",
    "${alert(1)}$program$$",
    "`+alert(1)+`",
    "' onfocus='alert(1)",
    '" autofocus onfocus="alert(1)',
    "javascript:alert(1)",
    "\u2028alert(1)\u2029",
    "constructor",
    "__proto__",
    "&lt;b&gt;&amp;",
]


def hostile_graph(label: str) -> Value:
    def own(x: float) -> float:
        return x

    own.__name__ = label
    x, y = Value(2.0, label), Value(3.0, f"y {label}")
    result = primitive(local_gradients=lambda out, x: (1.0,))(own)(x * y) * x
    result.label = f"{label} z"
    return result


def walk_through(reader: Any) -> None:
    """See everything that a page says of its nodes."""
    for step in range(reader.last + 1):
        reader.go(step, node=step % len(reader.read()))
    reader.page.locator("[data-value='0']").focus()
    reader.press("Enter", "End")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_never_run_and_loads_nothing(label: str, opened: Open) -> None:
    with opened(hostile_graph(label)) as reader:
        counts = "() => document.querySelectorAll('script, img, style, a, foreignObject').length"
        before = reader.page.evaluate(counts)
        assert before == 3  # the style, the program's data, and the program
        walk_through(reader)
        assert reader.page.evaluate(counts) == before
        assert reader.numbers("gradient")[0] == 12.0
        shown = reader.page.locator(".node .label").first.text_content()
        assert label[:5].strip() in shown


@settings(max_examples=settings.default.max_examples // 5)
@given(st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace").decode()))
def test_no_label_breaks_the_page(opened: Open, label: str) -> None:
    with opened(hostile_graph(label), quiz=True) as reader:
        walk_through(reader)
        assert reader.step == reader.last


def test_the_pages_policy_forbids_what_it_does_not_bring(opened: Open) -> None:
    with opened(product()) as reader:
        forbidden = reader.page.evaluate(
            """() => new Promise(resolve => {
                const seen = []
                document.addEventListener("securitypolicyviolation", event => {
                    seen.push(event.effectiveDirective)
                    if (seen.length === 3) resolve(seen.sort())
                })
                fetch("x.json").catch(() => {})
                new Image().src = "x.png"
                try { document.body.innerHTML = "<b>x</b>" } catch {}
            })"""
        )
        assert forbidden == ["connect-src", "img-src", "require-trusted-types-for"]
        assert reader.page.locator("#graph").is_visible()
        reader.errors.clear()
        del reader.requests[1:]


# In a notebook.

FRAME = '<!doctype html><meta charset="utf-8"><title>A notebook</title><body>{}</body>'


def test_in_a_notebook_it_runs_in_a_sandbox_without_an_address(visit: Any, tmp_path: Path) -> None:
    bundle, _ = viz.backprop(product())._repr_mimebundle_()
    path = tmp_path / "notebook.html"
    path.write_text(FRAME.format(bundle["text/html"]), encoding="utf-8")
    with visit(path) as visited:
        frame = visited.page.frame_locator("iframe")
        frame.locator("html.running").wait_for()
        frame.locator("#last").click()
        assert frame.locator("[data-value='0'] .gradient").text_content() == "∂ −12"
        assert visited.page.locator("img").is_hidden()
        assert visited.page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
        visited.page.wait_for_timeout(300)  # it would write its state into the address
        assert [each for each in visited.requests if not each.startswith(("data:", "about:"))] == [
            path.as_uri()
        ]
        assert visited.errors == []


def test_a_viewer_that_takes_frame_and_style_away_shows_the_picture(
    visit: Any, tmp_path: Path
) -> None:
    bundle, _ = viz.backprop(product())._repr_mimebundle_()
    left = re.sub(r"<(style|iframe)\b.*?</\1>", "", bundle["text/html"], flags=re.S)
    path = tmp_path / "untrusted.html"
    path.write_text(FRAME.format(left), encoding="utf-8")
    with visit(path) as visited:
        size = visited.page.locator("img").evaluate("img => [img.naturalWidth, img.naturalHeight]")
        assert min(size) > 100
        assert visited.page.locator("img").is_visible()


def test_without_scripts_the_picture_shows_the_whole_computation(
    browser: Any, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    viz.backprop(product()).save(path)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert "∂ −12" in str(page.locator("#graph").text_content())
    assert page.locator("#controls").is_hidden()
    context.close()
