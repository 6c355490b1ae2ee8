"""SVG → PNG and PDF, for viewers and papers that take no SVG."""

from __future__ import annotations

import re
from pathlib import Path

_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"')
PIXELS_PER_POINT = 4 / 3
# Shapes times the pixels of the longest side: resvg draws some ten millions of these in a second.
MOST_WORK = 20_000_000


def size_in_pixels(svg: str) -> tuple[int, int]:
    """Width and height of a picture on a page, in CSS pixels."""
    match = _SIZE.search(svg)
    assert match is not None
    width, height = (float(number) * PIXELS_PER_POINT for number in match.groups())
    return round(width), round(height)


def png(svg: str, scale: float = 2.0) -> bytes:
    """A picture as PNG; `scale` pixels for each CSS pixel, 2 being sharp on today's screens.

    A picture of thousands of lines that is metres long has fewer, or it would take minutes.

    Letters come from the system's fonts, or else from matplotlib's own, which every installation has.
    """
    import resvg_py

    work = max(size_in_pixels(svg)) * svg.count("/>")
    scale = min(scale, MOST_WORK / work)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=_in_pixels(svg),
            zoom=scale,
            font_files=[str(path) for path in _fonts()],
            sans_serif_family="DejaVu Sans",
        )
    )


def pdf(svg: str) -> bytes:
    """A picture as PDF, its lines and letters as such. RuntimeError if the converter is missing."""
    try:
        import vl_convert
    except ImportError as error:
        raise RuntimeError(
            "PDF needs a converter that is not installed: run `pip install vl-convert-python`, or save "
            "as .svg or .png instead"
        ) from error
    return bytes(vl_convert.svg_to_pdf(_in_pixels(svg)))


def without_size(svg: str) -> str:
    """A picture that takes the width of what it stands in."""
    head, bracket, rest = svg.partition(">")
    return re.sub(r' (?:width|height)="[^"]*"', "", head) + bracket + rest


def _in_pixels(svg: str) -> str:
    """A picture as the rasterizers take it: without units, and without styles for browsers."""
    width, height = size_in_pixels(svg)
    head, bracket, rest = without_size(svg).partition(">")
    head = re.sub(r' style="[^"]*"', "", head)
    return f'{head} width="{width}" height="{height}"{bracket}{rest}'


def _fonts() -> list[Path]:
    from matplotlib import get_data_path

    return sorted(Path(get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf"))
