"""A watched training as an animation: a GIF, or a page that plays the same frames."""

from __future__ import annotations

import io
import os
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from autograd.conversion import as_count, brief
from nn.files import write_atomically
from viz.watch import Frame, Watch, png_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

LAST_FRAME_SECONDS = 1.0


def animate(
    watch: Watch, path: str | os.PathLike[str], *, fps: float = 8.0, max_frames: int = 100
) -> None:
    """Write a watched training as an animation: a .gif, or an .html page that plays the same frames.

    The page holds everything it needs: it works without a network, and has a slider. The last
    frame stays for a second. The file appears complete or not at all.

    Args:
        watch: a Watch that has been a callback of `fit`.
        path: the file to write; its suffix chooses the format.
        fps: how many frames a second, at most 50, which is what browsers can show of a GIF.
        max_frames: of more frames so many are shown, evenly spaced, among them the first and the last.

    Raises ValueError for another suffix, a Watch that has recorded nothing, or an argument out of its
    range; TypeError if the first argument is no Watch or the second no path; FileNotFoundError if
    there is no such folder. All of it before any drawing.

    >>> animate(Watch([[0.0, 1.0]], [1]), "training.mp4")
    Traceback (most recent call last):
        ...
    ValueError: the suffix chooses the format, .gif or .html, but the path is 'training.mp4'
    """
    if not isinstance(watch, Watch):
        raise TypeError(
            f"animate() takes a Watch, then the path to write, but got {brief(watch)}, which is "
            f"of type {type(watch).__name__}: give fit(..., callbacks=[watch]) a watch = viz.Watch(X, y)"
        )
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"the second argument must be the path to write, as 'training.gif', but got "
            f"{brief(path)}, which is of type {type(path).__name__}"
        )
    path = Path(path)
    formats = {".gif": _gif, ".html": _page}
    if (write := formats.get(path.suffix.lower())) is None:
        raise ValueError(
            f"the suffix chooses the format, {' or '.join(formats)}, but the path is "
            f"{os.fspath(path)!r}"
        )
    if not 0 < fps <= 50:
        raise ValueError(f"fps must be above 0 and at most 50, but is {fps!r}")
    as_count(max_frames, "max_frames")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder for the animation {path}: make it first")
    if not watch.frames:
        raise ValueError(
            "this Watch has recorded nothing: give it to fit(..., callbacks=[watch]) first"
        )
    epochs = [frame.epoch for frame in _spaced(watch.frames, max_frames)]
    write_atomically(path, write({epoch: _image(watch.draw(epoch)) for epoch in epochs}, fps))


def _image(figure: Figure) -> Image:
    """A figure in 256 colours: small, and without dithering, so that what stays does not flicker."""
    from PIL import Image

    image = Image.open(io.BytesIO(png_of(figure))).convert("RGB")
    return image.quantize(dither=Image.Dither.NONE)


def _gif(images: dict[int, Image], fps: float) -> bytes:
    first, *others = images.values()
    duration = [1000 / fps] * len(others) + [max(1000 / fps, 1000 * LAST_FRAME_SECONDS)]
    content = io.BytesIO()
    first.save(content, "GIF", save_all=True, append_images=others, duration=duration, loop=0)
    return content.getvalue()


# matplotlib's own player has its buttons' symbols from the web.
PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A training, epoch by epoch</title>
<style>
  body { font: 16px sans-serif; max-width: 1200px; margin: 1em auto; text-align: center; }
  img { width: 100%; }
  form { display: flex; gap: 1em; align-items: center; padding: 0 2em; }
  button { font: inherit; width: 6em; padding: 0.3em; }
  input { flex: 1; }
  output { width: 6em; text-align: left; }
</style>
<main>
$images
</main>
<form onsubmit="return false">
  <button type="button">Play</button>
  <input type="range" min="0" max="$last" value="0" aria-label="frame">
  <output>epoch</output>
</form>
<script>
  const images = document.querySelectorAll("img")
  const [button, slider, output] = document.querySelector("form").elements
  let timer = null
  function show(k) {
    images.forEach((image, i) => { image.hidden = i !== k })
    slider.value = k
    output.value = images[k].alt
  }
  function stop() {
    clearTimeout(timer)
    timer = null
    button.textContent = "Play"
  }
  function play() {
    const atEnd = Number(slider.value) === images.length - 1
    button.textContent = "Pause"
    timer = setTimeout(() => {
      show(atEnd ? 0 : Number(slider.value) + 1)
      play()
    }, atEnd ? $hold : $step)
  }
  button.onclick = () => { timer === null ? play() : stop() }
  slider.oninput = () => { stop(); show(Number(slider.value)) }
  show(0)
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play()
</script>
</html>
""")


def _page(images: dict[int, Image], fps: float) -> bytes:
    elements: list[str] = []
    for epoch, image in images.items():
        image.save(png := io.BytesIO(), "PNG")
        source = f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"
        hidden = " hidden" if elements else ""
        elements.append(f'<img src="{source}" alt="epoch {epoch}"{hidden}>')
    page = PAGE.substitute(
        images="\n".join(elements),
        last=len(elements) - 1,
        step=round(1000 / fps),
        hold=round(max(1000 / fps, 1000 * LAST_FRAME_SECONDS)),
    )
    return page.encode()


def _spaced(frames: Sequence[Frame], n: int) -> Sequence[Frame]:
    """n of the frames, evenly spaced, the last one always among them.

    >>> _spaced(range(10), 4), _spaced(range(3), 4), _spaced(range(3), 1)
    ([0, 3, 6, 9], range(0, 3), [2])
    """
    if len(frames) <= n:
        return frames
    last = len(frames) - 1
    return [frames[round(i * last / (n - 1))] for i in range(n - 1)] + [frames[last]]
