"""Picture: a drawing that shows itself in a notebook and can be saved."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from nn.files import write_atomically
from viz import raster

CELL_WIDTH = 700  # in CSS pixels: that of a cell's output on a small screen, or nearly


class Picture:
    """What `draw` and `network` return: it shows itself in a notebook, and can be saved.

    It stays as it was drawn, whatever becomes of the Values.

    Attributes:
        title: what it shows, in a line.
        svg: the picture; rendered once, when it is first asked for. RuntimeError if Graphviz gives
            up, which takes a graph of thousands of nodes.
        source: the graph in DOT, the language of Graphviz; None for a picture not made by it.

    >>> import viz
    >>> from autograd import Value
    >>> picture = viz.draw(Value(1.0, "x") * 2)
    >>> picture.source.startswith("digraph"), picture.svg.startswith("<svg")
    (True, True)
    """

    def __init__(self, title: str, render: Callable[[], str], source: str | None = None) -> None:
        self.title = title
        self.source = source
        self._render = render

    @cached_property
    def svg(self) -> str:
        return self._render()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; the suffix chooses the format.

        .svg, .html and .png are for every picture, .dot and .gv for graphs; .pdf needs
        `pip install vl-convert-python`.

        The file appears complete or not at all: an interrupted save leaves an older file as it was.
        Raises ValueError for another suffix, OSError if the file cannot be written, and RuntimeError
        for a PDF if its converter is not installed.
        """
        path = Path(path)
        formats: dict[str, Callable[[], bytes]] = {
            ".svg": lambda: f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n'.encode(),
            ".html": lambda: self._page().encode(),
            ".png": lambda: raster.png(self.svg),
            ".pdf": lambda: raster.pdf(self.svg),
        }
        if (source := self.source) is not None:
            formats |= dict.fromkeys((".dot", ".gv"), source.encode)
        try:
            content = formats[path.suffix.lower()]
        except KeyError:
            raise ValueError(
                f"the suffix chooses the format, one of {', '.join(formats)}, but the path is "
                f"{os.fspath(path)!r}"
            ) from None
        if not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder for the picture {path}: make it first")
        write_atomically(path, content())

    def _page(self) -> str:
        return (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{html.escape(self.title)}</title>\n{self.svg}\n</html>\n"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # Hosted viewers and notebooks that are not trusted show no SVG; they take the PNG.
        width, height = raster.size_in_pixels(self.svg)
        # JupyterLab shows an SVG as an image, which ignores styles: a wide one of a fixed size is cut
        # off, and one without a size is as wide as the cell.
        is_wide = width > CELL_WIDTH
        bundle = {
            "image/svg+xml": raster.without_size(self.svg) if is_wide else self.svg,
            "image/png": b64encode(raster.png(self.svg)).decode(),
            "text/plain": repr(self),
        }
        return bundle, {"image/png": {"width": width, "height": height}}

    def __repr__(self) -> str:
        return f"<{self.title}: .save(path) writes its picture>"
