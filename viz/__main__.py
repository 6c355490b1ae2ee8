"""The command `python -m viz`: an expression's value, gradients, and picture or page."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

from autograd import Value
from viz.drawing import draw
from viz.expression import FUNCTIONS, ExpressionError, columns, evaluate
from viz.page.pages import backprop
from viz.themes import THEMES

# Those that Picture.save() knows; .html is a page that steps through the backward pass.
SUFFIXES = (".svg", ".html", ".png", ".pdf", ".dot", ".gv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 2 for a wrong request."""
    given = sys.argv[1:] if arguments is None else arguments
    # argparse takes -x**2 for an option, but never what begins with a blank.
    given = [f" {each}" if re.match("-[^-ho]", each) else each for each in given]
    options = _parser().parse_intermixed_args(given)
    try:
        run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ExpressionError as error:  # as it is, so that the caret stands where it should
        print(error, file=sys.stderr)
        return 2
    except (OSError, RuntimeError, ValueError) as error:
        print(f"python -m viz: {error}", file=sys.stderr)
        return 2
    return 0


def run(options: argparse.Namespace) -> None:
    """Compute the expression, print its value and gradients, and draw it if that is asked for."""
    settings: dict[str, Any] = {}
    if options.theme is not None:
        settings["theme"] = options.theme
    if options.dot:
        settings["renderer"] = "dot"
    if settings and options.out is None:
        raise ValueError("--theme and --dot are for a picture: name its file too, as -o graph.svg")
    if options.out is not None and not options.out.parent.is_dir():
        raise ValueError(f"there is no folder {options.out.parent}: make it first")
    if options.out is not None and options.out.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"the suffix chooses the format, one of {', '.join(SUFFIXES)}, but the path is "
            f"{str(options.out)!r}"
        )
    is_page = options.out is not None and options.out.suffix.lower() == ".html"
    if is_page and not options.backward:
        raise ValueError(
            "a page steps through the backward pass: leave --no-backward out, or name a picture, as "
            "-o graph.svg"
        )
    variables: dict[str, Value] = {}
    for name, number in options.variables:
        if name in variables:
            raise ValueError(f"{name} is given twice: give it one value")
        variables[name] = Value(number, name)

    root = evaluate(options.expression, variables)
    _print(f"{' '.join(options.expression.split())} = {_written(root.data)}")
    if options.backward:
        root.backward()
        for line in _gradients(variables):
            _print(line)
    if options.out is None:
        _print("To draw it, add -o graph.svg; to step through it in a browser, -o graph.html.")
    else:
        made = backprop(root, **settings) if is_page else draw(root, **settings)
        made.save(options.out)
        _print(f"wrote {options.out}")


def _gradients(variables: dict[str, Value]) -> Iterator[str]:
    width = max(map(columns, variables), default=0)
    for name, value in variables.items():
        yield f"∂/∂{name}{' ' * (width - columns(name))} = {_written(value.grad)}"


def _written(number: float) -> str:
    return repr(number).removesuffix(".0")


def _print(text: str) -> None:
    """Print a line, on terminals without a ∂ too."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("∂", "d").encode(encoding, "replace").decode(encoding)
    print(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m viz",
        usage="python -m viz EXPRESSION [name=value ...] [-o FILE] [options]",
        description="Compute an expression and its gradients, and draw the graph of its computation, or "
        "make a page that steps through it.",
        epilog=f"Functions: {', '.join(FUNCTIONS)}.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("expression", metavar="EXPRESSION", help='in quotes: "tanh(w*x + b)"')
    add(
        "variables",
        nargs="*",
        type=_variable,
        default=[],  # so that it may be missing
        metavar="name=value",
        help="a number for each variable: w=0.5 x=2 b=-1",
    )
    add(
        "-o",
        dest="out",
        type=Path,
        metavar="FILE",
        help="the picture to write, whose suffix chooses the format, .svg, .png, ...; .html is a page "
        "that steps through the backward pass",
    )
    add("--theme", choices=list(THEMES), help="the colours of the picture")
    add("--dot", action="store_true", help="lay the picture out by the installed program `dot`")
    add(
        "--no-backward",
        dest="backward",
        action="store_false",
        help="leave the gradients out",
    )
    return parser


def _variable(text: str) -> tuple[str, float]:
    # Python reads names in this normal form, in the expression too.
    name, equals, number = map(str.strip, normalize("NFKC", text).partition("="))
    if not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not of the form name=value, as x=1.0 (is the expression in quotes?)"
        )
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{number!r} is not a number: {_number_advice(name, number)}"
        ) from None


def _number_advice(name: str, number: str) -> str:
    """What to write in place of what was meant as a number.

    >>> _number_advice("x", "1/2"), _number_advice("x", "1,5")
    ('write x=0.5', 'write a decimal point, x=1.5')
    """
    if re.fullmatch(r"[+-]?\d+,\d+", number):
        return f"write a decimal point, {name}={number.replace(',', '.')}"
    numerator, slash, denominator = number.partition("/")
    try:
        if slash:
            return f"write {name}={_written(float(numerator) / float(denominator))}"
    except (ValueError, ZeroDivisionError):
        pass  # no fraction
    return f"write {name}=1.0, for one"


if __name__ == "__main__":
    sys.exit(main())
