"""Films the page of `viz.backprop` for the README: python docs/page.py

Needs `pip install playwright` and Chromium, as the tests marked `browser` do.
"""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import viz
from autograd import Value

HERE = Path(__file__).parent
SIZE = {"width": 1100, "height": 560}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
STEP, PAUSE, DRAG = 1100, 2600, 120  # milliseconds that a frame is shown
COLOURS = 64


def loss() -> Value:
    """A squared error and a penalty on its weight, which so has three paths to the loss."""
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.6, "t")
    difference = w * x - t
    difference.label = "diff"
    error, penalty = difference.square(), w * w
    error.label, penalty.label = "error", "penalty"
    result = error + penalty
    result.label = "loss"
    return result


def frames(page: Page) -> list[tuple[Image.Image, int]]:
    """The film: through all steps, then a leaf is dragged. Each picture with its time."""
    taken = []

    def take(duration: int) -> None:
        picture = Image.open(io.BytesIO(page.screenshot()))
        taken.append((picture.convert("RGB"), duration))

    take(STEP)
    for _ in range(int(str(page.locator("#jump").get_attribute("max")))):
        page.keyboard.press("ArrowRight")
        take(STEP)
    leaf = page.locator("[data-value]", has_text="w").first
    leaf.click()
    take(PAUSE)
    box = leaf.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(24):
        page.mouse.move(x + 3 * i, y)
        take(DRAG)
    page.mouse.up()
    taken[-1] = (taken[-1][0], PAUSE)
    return taken


def main() -> None:
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder, "page.html")
        viz.backprop(loss()).save(path)
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce", color_scheme="light")
        page.goto(path.as_uri())
        pictures, durations = zip(*frames(page), strict=True)
        browser.close()
    # One palette for all, so that nothing flickers.
    sheet = Image.new("RGB", (SIZE["width"], SIZE["height"] * 3))
    for i, picture in enumerate((pictures[0], pictures[len(pictures) // 3], pictures[-1])):
        sheet.paste(picture, (0, SIZE["height"] * i))
    palette = sheet.quantize(COLOURS)
    first, *others = (picture.quantize(palette=palette, dither=0) for picture in pictures)
    first.save(
        HERE / "backprop.gif",
        save_all=True,
        append_images=others,
        duration=list(durations),
        loop=0,
        optimize=True,
    )


if __name__ == "__main__":
    main()
