"""What a reader does with a page: by keys, by the mouse, by links; and what is said to them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import viz
from autograd import Value, dot, ops, softmax, topological_order
from nn import MLP, softmax_cross_entropy, squared_error
from viz.numbers import short
from viz.page.formulas import OF_VECTORS, described, formulas_of

from .conftest import FRAMES, Open, Reader
from .test_content import told
from .test_formulas import operation
from .test_steps import forks, loss_of, neuron

pytestmark = pytest.mark.browser


def product() -> Value:
    """L = (a · b) · a, in which a is used twice; at 2 and -3."""
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    c = a * b
    c.label = "c"
    d = c * a
    d.label = "L"
    return d


A, B, C, L = range(4)


# Equations.


def test_each_operand_has_its_equation_with_numbers(opened: Open) -> None:
    with opened(product()) as reader:
        reader.go(4)
        text = reader.text(".step")
        assert "Backward through L = c × a" in text
        assert "∂L/∂L = 1" in text
        assert "∂L/∂c += ∂L/∂L · local₁ = 1 × 2 = 2" in text
        assert "local₁ (by c) = a = 2" in text
        assert "∂L/∂a += ∂L/∂L · local₂ = 1 × (−6) = −6" in text
        assert "local₂ (by a) = c = −6" in text
        assert "Multiply swaps" in text
        assert "1 of 2 contributions have arrived at a: it waits" in text
        assert "through L: −6" in text
        assert "through c: still to come" in text
        assert "∂L/∂a: 0 → −6 so far" in text
        assert reader.read()[A]["badge"] == "1/2"
        reader.go(5)
        text = reader.text(".step")
        assert "∂L/∂a += ∂L/∂c · local₁ = 2 × (−3) = −6" in text
        assert "2 of 2 contributions have arrived at a: it is complete" in text
        assert "∂L/∂a: 0 → −6 → −12" in text


def test_local_gradient_contribution_and_total_are_written_differently(opened: Open) -> None:
    with opened(forks()) as reader:
        reader.go(4)
        text = reader.text(".step")
        for k in "₁₂":
            assert text.count(f"∂c/∂b += ∂c/∂c · local{k} = 1 × 1 = 1") == 1
        assert text.endswith("∂c/∂b: 0 → 1 → 2")
        # ∂c/∂b is the total, and nothing else.
        assert text.count("∂c/∂b") == 3


def test_a_gate_is_released_only_when_all_contributions_have_arrived(opened: Open) -> None:
    with opened(forks()) as reader:
        reader.go(5)
        assert "All 2 contributions have arrived, so it is released." in reader.text(".step")


def test_of_many_contributions_those_that_arrive_now_are_seen(opened: Open) -> None:
    x = Value(1.0, "x")
    total = x
    for _ in range(30):
        total = total * x
    with opened(total) as reader:
        reader.go(reader.last)
        fork = reader.page.locator(".forks > li")
        assert "31 of 31 contributions have arrived" in fork.inner_text()
        seen = fork.locator("> div > ul > li").all_inner_texts()
        assert seen[:2] == ["through v1, operand 1: 1", "through v1, operand 2: 1"]
        assert len(seen) == 12
        fork.locator("summary").click()
        assert len([each for each in fork.locator("li").all() if each.is_visible()]) == 31
        assert "∂L/∂x: 0 → … → 29 → 30 → 31" in fork.inner_text()


# Each entry's local gradients at x = 2, y = 3 (and -2 for n), as they are explained on the way back.
X, Y, N = (Value(x, name) for x, name in ((2.0, "x"), (3.0, "y"), (-2.0, "n")))
REASONS: dict[str, Callable[[], Value]] = {
    "local = L·(1 − L) = 0.881 × (1 − 0.881) = 0.881 × 0.119 = 0.105": lambda: X.sigmoid(),
    "local = 1 − L² = 1 − 0.964² = 1 − 0.929 = 0.0707": lambda: X.tanh(),
    "local = L = 7.39": lambda: X.exp(),
    "local = 1 / x = 1 / 2 = 0.5": lambda: X.log(),
    "local = cos(x) = cos(2) = −0.416": lambda: X.sin(),
    "local = −sin(x) = −sin(2) = −0.909": lambda: X.cos(),
    "local = 0.5 / L = 0.5 / 1.41 = 0.354": lambda: autograd.sqrt(X),
    "local = 3·x^2 = 3 × 2^2 = 3 × 4 = 12": lambda: X**3,
    "local = 2·n = 2 × (−2) = −4": lambda: autograd.square(N),
    "local = 3·n^2 = 3 × (−2)^2 = 3 × 4 = 12": lambda: N**3,
    "local₁ = y = 3": lambda: X * Y,
    "local₂ = −L / y = −0.667 / 3 = −0.222": lambda: X / Y,
    "local₁ = y·L / x = 3 × 8 / 2 = 24 / 2 = 12": lambda: X**Y,
    "local₂ = L·log(x) = 8 × log(2) = 8 × 0.693 = 5.55": lambda: X**Y,
    "local = 1, because x = 2 > 0": lambda: X.relu(),
    "local = 0, because n = −2 ≤ 0": lambda: N.relu(),
    "local = 0.01, because n = −2 ≤ 0": lambda: N.leaky_relu(),
    "local = 1·exp(n) = 1 × exp(−2) = 1 × 0.135 = 0.135, because n = −2 ≤ 0": lambda: N.elu(),
    "local₂ = 1, because x = 2 < y = 3": lambda: autograd.maximum(X, Y),
    "local₁ = 0, because y = 3 is the largest": lambda: autograd.max([X, Y]),
    "local₁ = 1, because x = 2 is the smallest": lambda: autograd.min([X, Y]),
    "local₁ = exp(x) / Σ exp = exp(2) / 27.5 = 7.39 / 27.5 = 0.269": lambda: autograd.logsumexp(
        [X, Y]
    ),
    "local₁ = 1 / 2 = 0.5": lambda: autograd.mean([X, Y]),
    "local₃ = x·y = 2 × 3 = 6": lambda: autograd.prod([X, Y, N]),
    "local₂ = x = 2": lambda: autograd.dot([X], [Y]),
    "local = sigmoid(x) = sigmoid(2) = 0.881": lambda: autograd.softplus(X),
    "local = 1 / (1 + x²) = 1 / (1 + 2²) = 1 / 5 = 0.2": lambda: autograd.atan(X),
    "local = 1, because x = 2 ≥ −1 and x = 2 ≤ 2": lambda: autograd.clip(X, -1.0, 2.0),
    "local₁ = exp(x − L) = exp(2 − 1000) = 0": lambda: autograd.logsumexp([X, Value(1e3, "k")]),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_local_gradient_is_explained_by_the_tables_formula_with_numbers(
    reason: str, opened: Open
) -> None:
    with opened(REASONS[reason]()) as reader:
        reader.go(3)
        # The operand that it is the slope by stands between.
        shown = re.sub(r" \(by .+?\) =", " =", reader.text(".step"))
        assert reason in shown.splitlines()
        reader.go(1)
        if "weight" not in reader.text(".step"):  # of a Σ, all products stand there
            assert reason in re.sub(r" \(by .+?\) =", " =", reader.text(".step")).splitlines()


def test_an_explanation_follows_an_edit(opened: Open) -> None:
    with opened(Value(2.0, "x").relu()) as reader:
        reader.go(3, set="0:-1")
        assert "local (by x) = 0, because x = −1 ≤ 0" in reader.text(".step")
        reader.go(3, set="0:NaN")
        assert "because" not in reader.text(".step")


def test_every_entry_explains_its_local_gradients(scripts: Callable[..., Any]) -> None:
    numbers = [(0.3,), (0.7, 1.4), (1.0, 2.0, 0.5, 0.25)]
    told = []
    for name in {**ops.TABLE, **ops.DECISIONS}:
        if name in OF_VECTORS:
            continue
        entry = operation(name)
        n = len(formulas_of(entry).operands)
        at = (1.3,) if name == "acosh" else numbers[{1: 0, 2: 1, 4: 2}[n]]
        out = entry.forward(*at)
        trees = described(entry, n)[2]
        slopes = entry.local_gradients(out, *at)
        told += [(tree, {"out": out, "operands": at}, slope) for tree, slope in zip(trees, slopes)]
    found = scripts("cases => cases.map(([tree, at]) => numberOf(decided(tree, at, []), at))", told)
    known = [(number, slope) for number, (*_, slope) in zip(found, told) if number is not None]
    assert len(known) >= len(told) - 2  # gelu's has an erf, which has no number here
    for number, slope in known:
        assert number == pytest.approx(slope, rel=1e-12, abs=1e-15) or math.isnan(number)


PATTERNS = {
    "Add distributes": lambda x, y: x + y,
    "Subtract distributes": lambda x, y: x - y,
    "Multiply swaps": lambda x, y: x * y,
    "Negate flips the sign": lambda x, y: -x,
    "Maximum routes: the larger operand, y, receives all": autograd.maximum,
    "Minimum routes: the smaller operand, x, receives all": autograd.minimum,
    "Max routes: the largest operand, y, receives all": lambda x, y: autograd.max([x, y]),
    "Relu routes: it is closed here": lambda x, y: x.relu(),
    "Relu routes: it is open here": lambda x, y: y.relu(),
    "Leaky_relu scales here by 0.01": lambda x, y: x.leaky_relu(),
    "Abs flips the sign here": lambda x, y: abs(x),
    "Mean shares out": lambda x, y: autograd.mean([x, y]),
    "its local gradients are the operands' probabilities": lambda x, y: autograd.logsumexp([x, y]),
    "Exp scales by its own output": lambda x, y: x.exp(),
    "tanh is saturated": lambda x, y: (y * 3).tanh(),
    "Sin scales the upstream gradient": lambda x, y: x.sin(),
    "Multiply swaps, then add distributes": lambda x, y: autograd.dot([x], [y]),
    "Where routes: the chosen operand, x": lambda x, y: autograd.where(True, x, y),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_pattern_of_a_gate_is_named(pattern: str, opened: Open) -> None:
    with opened(PATTERNS[pattern](Value(-2.0, "x"), Value(3.0, "y"))) as reader:
        reader.press("End")
        n = reader.last
        reader.go((n + 3) // 2)  # the last gate, first on the way back
        assert pattern in reader.text(".step")


# Keys, links, the mouse.


def test_keys_alone_step_jump_and_play(opened: Open) -> None:
    with opened(neuron()) as reader:
        steps = []
        for key in (
            "ArrowRight",
            "ArrowRight",
            "ArrowLeft",
            "End",
            "ArrowRight",
            "Home",
            "ArrowLeft",
        ):
            reader.press(key)
            steps.append(reader.step)
        assert steps == [1, 2, 1, 5, 5, 0, 0]
        reader.page.clock.install()
        reader.press(" ")
        assert reader.page.locator("#play").get_attribute("aria-label") == "Pause"
        reader.page.clock.run_for(20_000)
        assert reader.step == reader.last
        assert reader.page.locator("#play").get_attribute("aria-label") == "Play"


def test_tab_and_arrows_reach_every_node_and_every_control(opened: Open) -> None:
    root = loss_of(MLP(3, [2, 1], activation="tanh", seed=0))
    with opened(root) as reader:
        page = reader.page
        focused = "() => document.activeElement.dataset.value ?? null"
        while page.evaluate(focused) is None:
            reader.press("Tab")
        values = {page.evaluate(focused)}
        for _ in range(len(topological_order(root))):
            reader.press("ArrowDown")
            values.add(page.evaluate(focused))
        assert values == {str(i) for i in range(len(topological_order(root)))}
        reader.press("Enter")
        assert reader.page.locator(".selection").is_visible()
        ids, labels = set(), set()
        for _ in range(60):
            reader.press("Tab")
            ids.add(page.evaluate("() => document.activeElement.id"))
            labels.add(page.evaluate("() => document.activeElement.getAttribute('aria-label')"))
        everything = page.evaluate(
            """() => Array.from(document.querySelectorAll("button, input, summary"))
                .filter(each => !each.disabled && each.checkVisibility())
                .map(each => [each.id, each.getAttribute("aria-label")])"""
        )
        assert {id_ for id_, _ in everything if id_} <= ids
        assert {label for _, label in everything if label} <= labels


def test_space_on_a_node_selects_it_and_escape_unselects(opened: Open) -> None:
    with opened(product()) as reader:
        reader.page.locator("[data-value='0']").focus()
        reader.press(" ")
        assert reader.text("#selection-title") == "a"
        assert reader.step == 0
        reader.press("Escape")
        assert reader.page.locator(".selection").is_hidden()


FOCUS = "() => document.activeElement.id || document.activeElement.dataset.value || null"


@pytest.mark.parametrize("where", ["#leaf-data", ".selection .close"])
def test_the_keyboards_focus_goes_back_to_the_node_when_its_card_is_closed(
    where: str, opened: Open
) -> None:
    with opened(product()) as reader:
        reader.page.locator("[data-value='1']").focus()
        reader.press("Enter")
        reader.page.locator(where).focus()
        reader.press("Escape" if where == "#leaf-data" else "Enter")
        assert reader.page.locator(".selection").is_hidden()
        assert reader.page.evaluate(FOCUS) == str(B)


def test_a_button_at_the_end_of_its_way_keeps_the_keyboards_focus(opened: Open) -> None:
    with opened(product()) as reader:
        reader.page.locator("#last").focus()
        reader.press("Enter")
        reader.page.evaluate(FRAMES)
        assert reader.page.locator("#last").get_attribute("aria-disabled") == "true"
        assert reader.page.evaluate(FOCUS) == "last"
        reader.press("Enter")
        assert reader.step == reader.last
        reader.press("ArrowLeft")
        assert reader.step == reader.last - 1
        assert reader.page.locator("#last").get_attribute("aria-disabled") is None


def test_escape_closes_the_list_of_keys_first(opened: Open) -> None:
    with opened(product()) as reader:
        reader.go(0, node=A)
        reader.page.locator(".help summary").focus()
        reader.press("Enter")
        assert reader.page.locator(".help dl").is_visible()
        reader.press("Escape")
        assert reader.page.locator(".help dl").is_hidden()
        assert reader.page.locator(".selection").is_visible()
        reader.press("Escape")
        assert reader.page.locator(".selection").is_hidden()


def test_a_link_leads_to_a_step_with_edits_and_a_selected_node(opened: Open) -> None:
    with opened(product()) as reader:
        reader.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
        reader.page.locator("[data-value='1']").click()
        reader.page.locator("#leaf-data").fill("0.5")
        reader.page.wait_for_function("() => location.hash.includes('set')")
        link = reader.page.url
        moment = reader.read(), reader.text("#panel")
        assert link.endswith("#step=4&node=1&set=1%3A0.5")
        reader.page.goto("about:blank")
        reader.page.goto(link)
        assert (reader.read(), reader.text("#panel")) == moment
        assert reader.step == 4
        # `opened` counts what is asked for; this has been the page itself, again.
        assert set(reader.requests) == {reader.path.as_uri()}
        del reader.requests[1:]


@pytest.mark.parametrize(
    "fragment",
    [
        "step=-1",
        "step=1e9&node=99",
        "step=<script>alert(1)</script>",
        "set=0:abc_99:1_3:5_:_0",
        "node=constructor&open=__proto__&answers=0:<b>",
        "%E0%A4%A",
        "rate=x",
        "rate=",
    ],
)
def test_a_link_that_makes_no_sense_is_none(fragment: str, opened: Open) -> None:
    with opened(product(), quiz=True) as reader:
        reader.page.evaluate("fragment => { location.hash = fragment }", fragment)
        reader.press("Home", "End")
        assert reader.step == reader.last
        assert reader.numbers("data") == {A: 2.0, B: -3.0, C: -6.0, L: -12.0}
        assert reader.page.locator("#rate").input_value() == "0.1"


def test_a_leaf_is_edited_by_text_slider_and_drag(opened: Open) -> None:
    with opened(product()) as reader:
        reader.press("End")
        reader.page.locator("[data-value='0']").click()
        reader.page.locator("#leaf-data").fill("1/3")
        assert reader.numbers("data")[A] == 1 / 3
        reader.page.locator("#leaf-data").fill("−1,5")
        assert reader.numbers("data")[L] == 1.5 * 1.5 * -3
        assert reader.numbers("gradient")[A] == 2 * -1.5 * -3
        reader.page.locator(".editor input[type=range]").press("ArrowRight")
        slid = reader.numbers("data")[A]
        assert slid > -1.5
        reader.page.get_by_text("Restore", exact=True).click()
        assert reader.numbers("data")[A] == 2.0
        box = reader.page.locator("[data-value='0']").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        reader.page.mouse.move(x, y)
        reader.page.mouse.down()
        reader.page.mouse.move(x + 40, y, steps=4)
        reader.page.mouse.up()
        dragged = reader.numbers("data")
        assert dragged[A] > 2.0
        assert dragged[L] == pytest.approx(dragged[A] ** 2 * -3, rel=1e-15)
        # Dragged back to where it was, it is what was recorded.
        reader.page.get_by_text("Restore all leaves").click()
        assert reader.numbers("data")[A] == 2.0


def test_what_is_no_number_changes_nothing(opened: Open) -> None:
    with opened(product()) as reader:
        reader.page.locator("[data-value='0']").click()
        reader.page.locator("#leaf-data").fill("two")
        assert reader.page.locator("#leaf-data").get_attribute("aria-invalid") == "true"
        assert reader.numbers("data")[A] == 2.0


def test_the_picture_is_panned_and_zoomed_by_mouse_and_keys(opened: Open) -> None:
    with opened(product()) as reader:
        page = reader.page
        view = (
            "() => document.querySelector('#graph').getAttribute('viewBox').split(' ').map(Number)"
        )
        before = page.evaluate(view)
        reader.press("+")
        assert page.evaluate(view)[2] == pytest.approx(before[2] / 1.25)
        reader.press("-")
        reader.press("Shift+ArrowRight")
        assert page.evaluate(view)[0] > before[0]
        reader.press("0")
        assert page.evaluate(view) == pytest.approx(before)
        page.mouse.move(300, 200)
        page.mouse.down()
        page.mouse.move(340, 220, steps=3)
        page.mouse.up()
        moved = page.evaluate(view)
        assert (moved[0] < before[0], moved[1] < before[1]) == (True, True)
        assert moved[2:] == pytest.approx(before[2:])
        page.mouse.wheel(0, -200)
        page.wait_for_function(f"width => ({view})()[2] < width - 1", arg=moved[2])


def test_two_fingers_zoom(opened: Open) -> None:
    with opened(product()) as reader:
        widths = reader.page.evaluate(
            """() => {
                const svg = document.querySelector("#graph")
                const width = () => Number(svg.getAttribute("viewBox").split(" ")[2])
                svg.setPointerCapture = () => {}
                const touch = (type, pointerId, clientX) => svg.dispatchEvent(
                    new PointerEvent(type, {pointerId, clientX, clientY: 300, button: 0, bubbles: true}))
                const before = width()
                touch("pointerdown", 1, 300)
                touch("pointerdown", 2, 400)
                touch("pointermove", 2, 500)
                touch("pointerup", 1, 300)
                touch("pointerup", 2, 500)
                return [before, width()]
            }"""
        )
        assert widths[1] == pytest.approx(widths[0] / 2)
        assert reader.page.locator(".selection").is_hidden()


# The selected node.


def test_a_nodes_paths_have_their_products_and_their_total(opened: Open) -> None:
    with opened(product()) as reader:
        reader.go(5, node=A)
        text = re.sub(r"\s+", " ", reader.text(".paths"))
        assert "There are 2 paths" in text
        assert "a → L −6 = −6" in text
        assert "a → c → L 2 × (−3) = −6" in text
        assert "total −12 = ∂L/∂a" in text


def test_of_many_paths_some_are_shown_and_all_are_counted(opened: Open) -> None:
    x = y = Value(1.0, "x")
    for _ in range(40):
        y = y + y
    with opened(y) as reader:
        reader.go(10**6, node=0)
        assert f"20 of {2**40:,} paths are shown" in reader.text(".paths")
        assert reader.page.locator(".paths li").count() == 20
        assert reader.numbers("gradient")[0] == 2.0**40
    del x


def test_the_line_of_code_and_the_tables_formula_are_told(opened: Open) -> None:
    with viz.recording():
        root = Value(2.0, "a") * Value(3.0, "b")  # the line that made it
    with opened(root) as reader:
        reader.go(3, node=2)
        text = reader.text(".selection")
        assert "test_reading.py, line" in text
        assert "the line that made it" in text
        assert "out = x·y" in text
        assert "∂out/∂x = y" in text


def test_a_nudge_shows_the_quotient_of_differences_beside_the_gradient(opened: Open) -> None:
    with opened(product()) as reader:
        reader.go(5, node=A)
        rows = reader.page.locator(".nudge tbody tr").all_inner_texts()
        h = 0.001
        up, down = (-3 * (2 + s * h) ** 2 for s in (1, -1))
        assert [float(row.split()[-1].replace("−", "-")) for row in rows] == pytest.approx(
            [(up + 12) / h, (down + 12) / -h], abs=1e-5
        )
        assert reader.text(".nudge tfoot td") == "−12"
        reader.page.locator("#nudge").fill("0.5")
        reader.page.get_by_label("Nudge up").click()
        assert reader.numbers("data")[A] == 2.5


def test_a_step_of_descent_moves_the_leaves_and_shows_the_new_loss(opened: Open) -> None:
    model = MLP(3, [4, 1], activation="tanh", seed=1)
    root = loss_of(model)
    with opened(root, model=model) as reader:
        assert reader.page.get_by_text("Take the step").is_disabled()
        reader.press("End")
        reader.page.locator("#rate").fill("0.05")
        promised = float(str(reader.page.locator("#new-loss").get_attribute("data-exact")))
        reader.page.get_by_text("Take the step").click()
        n = len(topological_order(root))
        taken = reader.numbers("data")[n - 1]
    root.backward()
    for parameter in model.parameters():
        parameter.data -= 0.05 * parameter.grad
    fresh = loss_of(model).data
    assert promised == taken == pytest.approx(fresh, rel=1e-12)
    assert fresh < root.data


def moved(reader: Reader) -> set[str]:
    """The leaves that a step of descent would move, by their names."""
    lines = reader.page.locator(".descent li").all_inner_texts()
    return {line.split(" ← ")[0] for line in lines}


def test_inputs_and_targets_are_locked_until_a_click_unlocks_them(opened: Open) -> None:
    root = sigmoid_neuron()
    names = [value.label for value in topological_order(root)]
    w0, x0 = names.index("w0"), names.index("x0")
    with opened(root) as reader:
        reader.press("End")
        assert moved(reader) == {"w0", "w1", "b"}
        assert "Locked, as data: x0 x1" in reader.text(".descent")
        locks = reader.page.locator("#graph .locked .label").all_text_contents
        assert locks() == ["x0", "x1"]
        reader.page.locator(f"[data-value='{x0}']").click()
        reader.page.get_by_role("button", name="Unlock it").click()
        assert moved(reader) == {"w0", "w1", "x0", "b"}
        reader.page.locator(f"[data-value='{w0}']").click()
        reader.page.get_by_role("button", name="Lock it", exact=True).click()
        assert moved(reader) == {"w1", "x0", "b"}
        assert locks() == ["w0", "x1"]
        reader.page.get_by_text("Take the step").click()
        data = reader.numbers("data")
        assert data[w0] == 2.0
        assert data[x0] != -1.0
        # The address keeps the locks, as all that is seen.
        reader.page.wait_for_function("() => location.hash.includes('lock')")
        reader.go(10**6, lock=f"{x0}")
        assert moved(reader) == {"w0", "w1", "x0", "b"}


def test_descent_leaves_the_inputs_and_the_target_of_a_model_alone(opened: Open) -> None:
    model = MLP(2, [1], activation="tanh", seed=0)
    for options in ({}, {"model": model}):
        with opened(squared_error(model([0.5, -1.0]), 1.0), **options) as reader:
            reader.press("End")
            assert moved(reader) == {"w0", "w1", "b"}
            assert "Locked, as data: x0 x1" in reader.text(".descent")


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (-1.0, -1.00351, ["−1", "−1.0035"]),
        (2.0, 1.929, ["2", "1.929"]),
        (0.5, 0.2, ["0.5", "0.2"]),
        (0.123456789, 0.123456788, ["0.123456789", "0.123456788"]),
        (1e6, 1e6 + 0.5, ["1000000", "1000000.5"]),
        (0.0, 1e-9, ["0", "1e−9"]),
        (-0.0, 0.0, ["0", "0"]),
        (1e-300, 1.001e-300, ["1e−300", "1.001e−300"]),
        (3.0, 3.0, ["3", "3"]),
        (1.0, math.inf, ["1", "inf"]),
        (1.0, math.nan, ["1", "nan"]),
    ],
)
def test_numbers_before_and_after_have_digits_that_show_the_change(
    before: float, after: float, texts: list[str], scripts: Callable[..., list[str]]
) -> None:
    numbers = [js(before), js(after)]
    assert scripts("texts => apart(...texts.map(Number))", numbers) == texts


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1.0), st.sampled_from([-1, 1]))
def test_different_numbers_are_never_shown_alike(
    scripts: Callable[..., list[str]], before: float, share: float, sign: int
) -> None:
    after = before * (1 + sign * share)
    texts = scripts("numbers => apart(...numbers)", [before, after])
    assert (texts[0] == texts[1]) == (before == after)


def test_the_probabilities_of_a_softmax_are_shown_at_its_operands(opened: Open) -> None:
    scores = [Value(x, f"z{i}") for i, x in enumerate((2.0, 1.0, 0.1))]
    loss = softmax_cross_entropy(scores, 2)
    with opened(loss) as reader:
        reader.go((reader.last + 1) // 2)  # forward is done, and backward begins
        shown = reader.page.locator("#graph .edge text").all_text_contents()
        # Of one operation for the whole loss, the true class has its probability less 1.
        found = [text.removesuffix(" − 1") for text in shown if text.startswith("p ")]
        assert found == [f"p {short(p.data)}" for p in softmax(scores)]
        names = [value.label for value in topological_order(loss)]
        places = [
            reader.page.locator(f"[data-value='{names.index(score.label)}']").bounding_box()
            for score in scores
        ]
        heights = [place["y"] for place in places if place]
        assert heights == sorted(heights)


def test_a_constant_is_called_by_its_number_whatever_it_becomes(opened: Open) -> None:
    x = Value(3.0, "x")
    with opened((x - 1.0) * -2.0) as reader:
        reader.press("End")
        text = reader.text(".step")
        assert "v1 = x − 1" in text
        assert "∂L/∂(1) += " in text
        assert "v1 × (−2)" in reader.page.locator("[aria-label*='L, =']").first.get_attribute(
            "aria-label"
        )
        constant = next(i for i, shown in reader.read().items() if shown["data"] == "1")
        reader.go(10**6, set=f"{constant}:5")
        assert "v1 = x − 5" in reader.text(".step")


def test_a_folded_neuron_shows_its_products_and_can_be_stepped_through(opened: Open) -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    loss = squared_error(model([1.0, -2.0]), 0.5)
    with opened(loss, model=model) as reader:
        folded = reader.last
        reader.page.locator(".node.folded .body").first.click()
        text = reader.text(".inside")
        assert "Inside layers.0.neurons.0" in text
        neuron = model.layers[0].neurons[0]
        products = [w.data * x for w, x in zip(neuron.weights, [1.0, -2.0], strict=True)]
        for number in (*products, math.fsum(products) + neuron.bias.data):
            assert short(number) in text
        reader.page.get_by_text("Step through its parts").click()
        assert reader.last == folded + 2
        reader.page.get_by_text("Step through it at once").click()
        assert reader.last == folded


def test_a_weight_is_edited_where_it_stands_in_its_neuron(opened: Open) -> None:
    model = MLP(2, [1], activation="tanh", seed=0)
    with opened(model([1.0, -2.0]), model=model) as reader:
        reader.press("End")
        before = reader.numbers("data")
        reader.page.locator(".pin").first.click()
        assert reader.text(".selection").startswith("w0")
        assert "layers.0.neurons.0.w0" in reader.text(".selection")
        reader.page.locator("#leaf-data").fill("0.25")
        after = reader.numbers("data")
    model.layers[0].neurons[0].weights[0].data = 0.25
    assert after[max(after)] == pytest.approx(model([1.0, -2.0]).data, rel=1e-14)
    assert after != before


# The quiz.


def answer(reader: Reader, text: str, i: int = A) -> str:
    """What is said to an answer; nothing if it is right."""
    field = reader.page.locator(f"#answer-{i}")
    field.fill(text)
    field.press("Enter")
    verdict = reader.page.locator(f"#answer-{i}-verdict")
    return str(verdict.inner_text()) if verdict.count() else ""


def quiz() -> Value:
    """L = (a · b) · a: ∂L/∂c = 2, ∂L/∂b = 2 · 2, ∂L/∂a = -6 + 2 · -3."""
    return product()


def test_the_quiz_hides_each_gradient_until_it_is_found(opened: Open) -> None:
    with opened(quiz(), quiz=True) as reader:
        reader.press("End")
        assert reader.numbers("gradient") == {}
        assert {shown["gradientText"] for shown in reader.read().values()} == {"∂ ?"}
        for text in (reader.text("#panel"), reader.page.locator("#live").text_content()):
            assert "−12" not in text
        labels = reader.page.locator("[data-value='0']").get_attribute("aria-label")
        assert "gradient hidden" in labels
        reader.go(5, node=A)
        assert answer(reader, "-12") == ""
        assert reader.numbers("gradient") == {A: -12.0}
        reader.page.locator("#answer-2 ~ button", has_text="Show").click()
        assert reader.numbers("gradient") == {A: -12.0, C: 2.0}


# ∂L/∂a is -12.
RIGHT = ["-12", "−12", "-12.0", "-1.2e1", "-1.2E+01", "-24/2", "-6*2", "-6 - 6", "2·(-6)", "-12,0"]
RIGHT += ["-12.01", "- 12", "=-12", "-(3+9)", "-12.", "(-6) × 2", "-3·2²", "-3*2**2", "-3*2^2"]


def verdicts(scripts: Callable[..., Any], root: Value, i: int, texts: list[str]) -> list[str]:
    """What the page thinks of answers: "right", "rounded", or None."""
    found: list[str] = scripts(
        """([program, i, texts]) => {
            const decodedProgram = decoded(program)
            const run = evaluated(decodedProgram, {}, new Map())
            return texts.map(text => verdictOf(text, i, { program: decodedProgram, run }))
        }""",
        [told(root), i, texts],
    )
    return found


def test_the_quiz_takes_a_number_in_any_notation(opened: Open, scripts: Callable[..., Any]) -> None:
    found = verdicts(scripts, quiz(), A, RIGHT)
    assert found.count("rounded") == 1  # -12.01
    assert None not in found
    with opened(quiz(), quiz=True) as reader:
        reader.press("End")
        assert answer(reader, "−24 / 2") == ""
        assert reader.numbers("gradient")[A] == -12.0


def sigmoid_neuron() -> Value:
    """The README's: its gradients are ±0.1966 times 1, 2 or 3."""
    w, x = [Value(2.0, "w0"), Value(-3.0, "w1")], [Value(-1.0, "x0"), Value(-2.0, "x1")]
    return dot(w, x, bias=Value(-3.0, "b")).sigmoid()


def verdict(reader: Reader, i: int, text: str) -> str:
    """What the page says of an answer: in the card, where it may have asked for nothing more."""
    reader.page.locator(f"[data-value='{i}']").click()
    if said := answer(reader, text, i):
        return said
    return next(p for p in reader.page.locator(".found").all_inner_texts() if f"have {text}" in p)


def test_who_multiplies_what_the_page_shows_is_right_rounded(opened: Open) -> None:
    root = sigmoid_neuron()
    root.backward()
    values = topological_order(root)
    z = values.index(root.parents[0])
    with opened(root, quiz=True) as reader:
        reader.press("End")
        assert verdict(reader, z, "0.731*0.269").startswith("Right, rounded")
        for parent, local in zip(root.parents[0].parents, root.parents[0].local_gradients):
            text = f"{0.197 * local:.3g}"
            said = verdict(reader, values.index(parent), text)
            assert said.startswith(f"Right, rounded: you have {text}, and ")
            assert short(parent.grad)[:4] in said
        assert len(reader.numbers("gradient")) == 6


# Answers to ∂L/∂z = 0.1966, and of L = tanh(x) · tanh(x) to ∂L/∂x, which are 0.42 · 0.762 twice.
ROUNDED = [
    "0.197",
    ".197",
    "0,197",
    "0.1966",
    "0.20",
    " 0.20 ",
    "0.2",
    "2e-1",
    "1.97e-1",
    "0.19661",
]
ROUNDED += ["0.731*0.269", "0.731·(1−0.731)", "197/1000", "0.1967", "0.19664"]
NOT_ROUNDED = [
    "0.25",
    "1/4",
    "0.731",
    "0.269",
    "1",
    "0",
    "0.3",
    "0.1",
    "-0.197",
    "0.19",
    "0.21",
    "0.198",
]
NOT_ROUNDED += ["0.534", "0.000", "19.7", "0.1976", "inf", "nan"]


def test_of_a_sigmoid_what_rounds_to_its_slope_is_right_and_nothing_else(
    scripts: Callable[..., Any],
) -> None:
    found = verdicts(scripts, sigmoid_neuron(), 5, ROUNDED + NOT_ROUNDED)
    assert found == ["rounded"] * len(ROUNDED) + [None] * len(NOT_ROUNDED)


def squares() -> Value:
    t = Value(1.0, "x").tanh()
    t.label = "t"
    return t * t


@pytest.mark.parametrize(
    ("make", "i", "right", "wrong"),
    [
        # Sums of rounded contributions: 0.762 + 0.762; then 1.52 · 0.42.
        (squares, 1, ["1.524", "1.52", "1.523", "1.5"], ["0.762", "2", "1"]),
        (squares, 0, ["0.638", "0.64", "1.52*0.42"], ["0.42", "0.32", "0.581", "1.52", "0.65"]),
        # A factor near 1 that is left out is found, though it would round.
        (lambda: Value(0.2, "x").tanh(), 0, ["0.961", "0.96"], ["1", "1.0", "0.197"]),
        # A dead unit's gradient is 0, and a tiny one is not.
        (lambda: Value(-2.0, "x").relu() * 3, 0, ["0", "0.0", "-0"], ["0.001", "3", "-6"]),
        (lambda: Value(-9.0, "x").sigmoid(), 0, ["1.23e-4", "0.000123"], ["0", "0.001", "1.23e-3"]),
        (lambda: Value(3e-200, "x") * 1e200, 0, ["1e200", "1.00e200"], ["1e199", "3e-200", "0"]),
        (lambda: Value(1.0, "x") / Value(0.0, "y"), 0, ["inf", "∞", "1/0"], ["-inf", "0", "1e308"]),
        (lambda: Value(math.nan, "x") * Value(2.0, "y"), 1, ["nan", "NaN"], ["0", "2", "inf"]),
        (lambda: Value(7.0, "x") * 1234567, 0, ["1234567", "1.23e6", "1,234,567"], ["1234", "7"]),
        (
            lambda: Value(1.0, "가") * Value(1 / 3, "나"),
            0,
            ["1/3", "0.333", "0.33"],
            ["0.34", ".3", "1"],
        ),
    ],
)
def test_what_follows_from_what_is_shown_is_right_and_a_wrong_factor_is_not(
    make: Callable[[], Value],
    i: int,
    right: list[str],
    wrong: list[str],
    scripts: Callable[..., Any],
) -> None:
    found = dict(zip(right + wrong, verdicts(scripts, make(), i, right + wrong), strict=True))
    assert [text for text, verdict in found.items() if verdict is not None] == right


def test_a_link_holds_the_answers(opened: Open) -> None:
    with opened(quiz(), quiz=True) as reader:
        reader.go(5, answers="0:-24/2_1:5_3:1")
        assert reader.numbers("gradient") == {A: -12.0, L: 1.0}


WRONG = {
    "12": ("sign is wrong", A),
    "0": ("sign of one contribution is wrong", A),
    "-6": ("path is forgotten", A),
    "-9": ("upstream gradient is missing", A),  # -6 + -3: the local gradients alone
    "3": ("local gradient is missing", A),  # 1 + 2: the upstream gradients alone
    "-4": ("sign is wrong", B),
    "2": ("", B),
    "-6 ": ("local gradient is wrong", B),
    "-24": ("upstream gradient is wrong", B),
    "17": ("A factor is wrong", B),
    "": ("no number", A),
    "six": ("no number", A),
    "1/": ("no number", A),
    "1 2": ("no number", A),
    "(1": ("no number", A),
}


@pytest.mark.parametrize("text", WRONG)
def test_the_quiz_names_the_wrong_factor(text: str, opened: Open) -> None:
    fault, i = WRONG[text]
    with opened(quiz(), quiz=True) as reader:
        reader.press("End")
        said = answer(reader, text, i)
        assert said
        assert fault in said
        assert i not in reader.numbers("gradient")
        assert reader.page.locator("#live").text_content() == said
        if "path" in fault:
            assert "1 of 2 contributions" in said


# Texts and numbers.


@settings(max_examples=20)
@given(st.lists(st.floats(allow_nan=True), min_size=200, max_size=200))
def test_short_numbers_are_those_of_pictures(
    scripts: Callable[..., list[str]], numbers: list[float]
) -> None:
    ties = [
        s * (k + 0.5) * 10.0**e for s in (1, -1) for k in (112, 113, 100, 999) for e in range(-6, 4)
    ]
    numbers = [
        *numbers,
        *(x / 1024 for x in numbers if x),
        *ties,
        0.125,
        1.125,
        99999.5,
        1e5,
        5e-324,
    ]
    written = scripts("texts => texts.map(Number).map(short)", [js(x) for x in numbers])
    assert written == [short(x) for x in numbers]


def js(number: float) -> str:
    return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number) or (
        "NaN" if math.isnan(number) else repr(number)
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("6", [6]),
        ("-.5", [-0.5]),
        ("1,5", [1.5]),
        ("1,500", [1.5, 1500]),
        ("1,234.5", [1234.5]),
        ("12/2", [6]),
        ("2^-1", [0.5]),
        ("-2^2", [-4]),
        ("2*-3", [-6]),
        ("½", [0.5]),
        ("2·10⁻³", [0.002]),
        ("3²", [9]),
        ("−0,197", [-0.197, -197]),
        ("０．１９７", [0.197]),
        ("－２×３", [-6]),
        ("2 x 3", [6]),
        ("≈ 0.2", [0.2]),
        ("∂L/∂a = -.5", [-0.5]),
        (" 0.20 ", [0.2]),
        ("+.5", [0.5]),
        ("1.5·10^-3", [0.0015]),
        ("inf", [math.inf]),
        ("-∞", [-math.inf]),
        ("1/0", [math.inf]),
        ("", []),
        ("1e", []),
        ("--", []),
        ("1,2,3", []),
        ("alert(1)", []),
        ("((((", []),
        ("9" * 400, [math.inf]),
    ],
)
def test_a_number_is_read_as_it_is_written(
    text: str, numbers: list[float], scripts: Callable[..., list[float]]
) -> None:
    found = scripts("text => readings(text).map(({ number }) => number)", text)
    assert found == pytest.approx(numbers)
