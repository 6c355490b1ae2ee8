"""A template, a style sheet, a program, a picture → one HTML file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from viz.page.javascript import table
from viz.themes import THEMES, Theme

# In the order in which they stand in the page, each after those that it imports from.
SCRIPTS = (
    "dom.js",
    "numbers.js",
    "graph.js",
    "steps.js",
    "explain.js",
    "quiz.js",
    "state.js",
    "view.js",
    "card.js",
    "stepcard.js",
    "quizcard.js",
    "nodecard.js",
    "descentcard.js",
    "main.js",
)
PAGE_THEMES = ("auto", *THEMES)
# What the page's colours are besides those of pictures: the tint behind what happens, thin lines, what
# the mouse is on, and what the keyboard is on.
LIGHT_TINTS = {"tint": "#fff1b8", "line": "#d9d9d9", "hover": "#0000000f", "focus": "#6a4bd8"}
DARK_TINTS = {"tint": "#4a3f12", "line": "#3a4048", "hover": "#ffffff1a", "focus": "#b7a6ff"}

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const|class|let)", re.MULTILINE)


def document(title: str, picture: str, program: Any, operations: Iterable[Any], theme: str) -> str:
    """The page as HTML.

    Args:
        title: its title, a text.
        picture: an SVG element.
        program: what the page's program reads, ready for JSON.
        operations: the operations that it computes.
        theme: one of `PAGE_THEMES`.

    Scripts and styles are allowed by their digests and nothing else is: the page can load nothing, and
    no text in it can become a script.
    """
    # The table's names are its own: it shares no scope with the page's program.
    script = f"const TABLE = (() => {{\n{table(operations)}\nreturn TABLE;\n}})();\n{_script()}"
    style = _style()
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(chr(10) + script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",  # the icon, which is empty: without one, browsers ask for it
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
    return Template(_text("page.html")).substitute(
        title=html.escape(title),
        theme=theme,
        policy=html.escape(policy, quote=True),
        style=style,
        picture=picture,
        program=_json(program),
        script=script,
    )


def _json(data: Any) -> str:
    """JSON that can stand in a script element: < would end it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _text(name: str) -> str:
    return files("viz.page").joinpath(name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """The page's modules as one: they share a scope, so imports and exports fall away."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _text(name))) for name in SCRIPTS)


@cache
def _style() -> str:
    light, dark = _variables(THEMES["light"], LIGHT_TINTS), _variables(THEMES["dark"], DARK_TINTS)
    rules = [
        f":root {{{light}}}",
        f'@media (prefers-color-scheme: dark) {{:root[data-theme="auto"] {{{dark}}}}}',
        f':root[data-theme="dark"] {{{dark}}}',
        f':root[data-theme="cs231n"] {{{_variables(THEMES["cs231n"], LIGHT_TINTS)}}}',
    ]
    return "\n".join([*rules, _text("page.css")])


def _variables(theme: Theme, tints: dict[str, str]) -> str:
    colours = {
        "background": theme.background,
        "ink": theme.ink,
        "quiet": theme.quiet,
        "fill": theme.fill,
        "positive": theme.positive,
        "negative": theme.negative,
        "value": theme.value or theme.ink,
        **({"gradient": theme.gradient} if theme.gradient else {}),
        **tints,
    }
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
