"""The page as a file: what is in it, what is refused, how it is saved and shown."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
import viz
from autograd import Value, primitive
from nn import MLP, squared_error
from viz.page.document import SCRIPTS, document
from viz.page.pages import Page


class Parser(HTMLParser):
    """What a browser finds in a page: elements, and the texts of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.key = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.key = f"{tag} {dict(attrs).get('type') or ''}".strip()

    def handle_data(self, data: str) -> None:
        self.texts[self.key] = self.texts.get(self.key, "") + data

    def handle_endtag(self, tag: str) -> None:
        self.key = ""

    @property
    def program(self) -> Any:
        return json.loads(self.texts["script application/json"])


def product(label: str = "x") -> Value:
    return Value(2.0, label) * Value(3.0, "y")


def network() -> tuple[Value, MLP]:
    model = MLP(3, [4, 4, 1], activation="tanh", seed=1)
    return squared_error(model([0.5, -1.0, 2.0]), 1.0), model


# What is in it.


def test_scripts_and_styles_are_allowed_by_their_digests_and_nothing_else_is() -> None:
    page = Parser(viz.backprop(product()).html)
    (policy,) = (
        str(attributes["content"])
        for tag, attributes in page.found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == digest(page.texts["script module"])
    assert rules["style-src"] == digest(page.texts["style"])
    assert rules["img-src"] == "data:"
    assert "unsafe" not in policy


def test_a_page_names_no_other_file_and_no_address() -> None:
    loss, model = network()
    page = viz.backprop(loss, model=model)
    links = {
        value
        for _, attributes in Parser(page.html).found
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "xlink:href")
    }
    assert links == {"data:,"}  # the icon, which is empty
    assert set(re.findall(r"https?://[\w./]+", page.html)) == {"http://www.w3.org/2000/svg"}
    assert "import" not in Parser(page.html).texts["script module"]


@given(st.text())
@example(" ")
def test_no_label_ends_what_it_stands_in(label: str) -> None:
    label = label.encode("utf-8", "replace").decode()
    plain, page = (Parser(viz.backprop(product(each)).html) for each in ("x", label))
    assert [tag for tag, _ in page.found] == [tag for tag, _ in plain.found]
    for key in ("script module", "style"):
        assert page.texts[key] == plain.texts[key]
    assert len(page.program["values"]) == 3


@pytest.mark.parametrize("label", ["</script>", "<!--<script>", "\u2028", "&amp;", '"', "$style"])
def test_a_label_stands_in_the_program_as_it_is(label: str) -> None:
    page = Parser(viz.backprop(product(label)).html)
    value = page.program["values"][0]
    assert value["name"] == (label if label.isprintable() else repr(label)[1:-1])
    assert "<" not in page.texts["script application/json"]


def test_a_title_is_escaped() -> None:
    root = product()
    root.label = "<b>&"
    page = viz.backprop(root)
    assert page.title == "Backprop, step by step: <b>&, of 1 operation"
    assert f"<title>{html.escape(page.title)}</title>" in page.html


def test_a_page_of_a_small_graph_is_small() -> None:
    loss, model = network()
    for page in (viz.backprop(product()), viz.backprop(loss), viz.backprop(loss, model=model)):
        assert len(page.html.encode()) < 300_000


def test_a_page_has_the_functions_that_it_needs_and_no_others() -> None:
    script = Parser(viz.backprop(Value(0.5).tanh()).html).texts["script module"]
    assert "erf" not in script.partition("// Elements of the page.")[0]
    assert "erf" in Parser(viz.backprop(Value(0.5).erf()).html).texts["script module"]


def test_equal_computations_give_equal_pages() -> None:
    assert viz.backprop(product()).html == viz.backprop(product()).html


def test_modules_share_a_scope_without_sharing_a_name() -> None:
    names: list[str] = []
    seen: set[str] = set()
    for name in SCRIPTS:
        text = files("viz.page").joinpath(name).read_text(encoding="utf-8")
        imported = re.findall(r'^import \{[^}]*\} from "\./([\w.]+)";$', text, re.M)
        assert set(imported) <= seen, f"{name} imports from a file that comes later"
        assert text.count("import ") == len(imported)
        for module in imported:
            (wanted,) = re.findall(rf'^import \{{([^}}]*)\}} from "\./{module}";$', text, re.M)
            given_ = files("viz.page").joinpath(module).read_text(encoding="utf-8")
            for each in filter(None, map(str.strip, wanted.split(","))):
                assert re.search(rf"^export (function|const|class) {each}\b", given_, re.M)
        names += re.findall(r"^(?:export )?(?:function|const|let|class) (\w+)", text, re.M)
        seen.add(name)
    assert len(names) == len(set(names))


def test_all_files_of_the_page_are_in_the_package() -> None:
    written = {path.name for path in Path(viz.page.__path__[0]).iterdir() if path.suffix == ".js"}
    assert written == {*SCRIPTS, "functions.js"}


# What is refused.


def test_a_list_of_values_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"one Value, but got 2.*autograd\.sum"):
        viz.backprop([product(), product()])  # type: ignore[arg-type]


@pytest.mark.parametrize("root", [3.0, None, "x", [], [1.0]])
def test_what_is_no_value_is_refused(root: Any) -> None:
    with pytest.raises(TypeError, match=r"backprop\(\) takes the Value .* but got"):
        viz.backprop(root)


def test_a_model_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"got the model.*viz\.backprop\(loss, model=model\)"):
        viz.backprop(MLP(2, [1]))  # type: ignore[arg-type]


def test_options_that_are_unknown_are_refused() -> None:
    with pytest.raises(ValueError, match=r"auto, light, dark, cs231n, but got 'pink'"):
        viz.backprop(product(), theme="pink")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="renderer must be one of wasm, dot"):
        viz.backprop(product(), renderer="svg")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"model must be an nn\.Module"):
        viz.backprop(product(), model="mlp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_nodes must be a whole number"):
        viz.backprop(product(), max_nodes="many")  # type: ignore[arg-type]


def test_a_graph_too_large_is_refused_with_what_helps() -> None:
    loss, model = network()
    with pytest.raises(ValueError, match=r"23 nodes.*more than 20.*model=model.*max_nodes=23"):
        viz.backprop(loss, max_nodes=20)
    assert viz.backprop(loss, model=model, max_nodes=20)
    with pytest.raises(ValueError, match="15 nodes") as refused:
        viz.backprop(loss, model=model, max_nodes=10)
    assert "model=model" not in str(refused.value)
    xs = [Value(1.0) for _ in range(10)]
    many = autograd.sum(autograd.sum(xs) for _ in range(9))
    with pytest.raises(ValueError, match=r"99 edges between 20 nodes.*max_nodes=25"):
        viz.backprop(many, max_nodes=20)
    assert viz.backprop(many, max_nodes=25)


def test_a_recording_of_one_result_is_a_root() -> None:
    with viz.recording() as computation:
        y = product()
    assert viz.backprop(computation).title == viz.backprop(y).title
    with viz.recording() as two:
        _ = product(), product()
        kept = [product(), product()]
    assert len(kept) == 2
    with pytest.raises(ValueError, match=r"this recording has \d results"):
        viz.backprop(two)


def test_what_an_own_operation_raises_is_passed_on() -> None:
    fails = False

    @primitive(local_gradients=lambda out, x: (1.0,))
    def own(x: float) -> float:
        if fails:
            raise ArithmeticError("no")
        return x

    y = own(Value(1.0))
    fails = True
    with pytest.raises(ArithmeticError, match="no"):
        viz.backprop(y)


# Saved and shown.


def test_a_page_is_saved_as_html_and_as_nothing_else(tmp_path: Path) -> None:
    page = viz.backprop(product())
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page.html
    with pytest.raises(ValueError, match=r"saved as \.html.*viz\.draw"):
        page.save(tmp_path / "page.svg")
    with pytest.raises(FileNotFoundError, match="make it first"):
        page.save(tmp_path / "none" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_notebook_gets_a_sandboxed_frame_and_a_picture() -> None:
    page = viz.backprop(product())
    bundle, _ = page._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    shown = Parser(bundle["text/html"])
    attributes = next(attributes for tag, attributes in shown.found if tag == "iframe")
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == page.html
    image = next(attributes for tag, attributes in shown.found if tag == "img")
    png = str(image["src"]).removeprefix("data:image/png;base64,")
    assert png == bundle["image/png"]
    assert base64.b64decode(png).startswith(b"\x89PNG")
    assert bundle["text/plain"] == repr(page)


def test_the_still_picture_has_the_gradients_though_no_backward_was_called() -> None:
    loss, model = network()
    page = viz.backprop(loss, model=model)
    loss.backward()
    assert page.picture.svg.count("∂") > 40
    assert "∂ –" not in page.picture.svg
    assert "neurons.0" in page.picture.svg
    assert isinstance(page, Page)


def test_a_theme_is_the_pages_and_the_pictures() -> None:
    page = viz.backprop(product(), theme="dark")
    assert '<html lang="en" data-theme="dark">' in page.html
    assert "#14171c" in page.picture.svg
    assert "#ffffff" in viz.backprop(product()).picture.svg


def test_a_placeholder_in_a_title_is_text() -> None:
    page = document("$script $$ ${x}", "<svg/>", {}, [], "auto")
    assert "<title>$script $$ ${x}</title>" in page
