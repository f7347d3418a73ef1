"""Writes docs/img/*.png: pages of runs of the sample files, as headless Chromium shows them. `make screenshots`."""

import asyncio
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chromium import DESK, PHONE, find_chromium, open_tab
from sample_pages import make_pages

IMAGES = Path(__file__).parent / "img"
READERS_FOLDER, READERS_CLONE, READERS_TARGET = "/home/ana/shop", "/home/ana/importer", "https://contacts.example.com"
"""Of whom the docs tell: for the folder in which the pages are made, this repository, and the server of the tests."""
LARGEST = 150_000
"""Bytes of one picture."""


@dataclass(frozen=True)
class Picture:
    """What is shown of a page."""

    page: str
    width: int
    height: int
    dark: bool = False
    part: str = ""
    """The heading from which on; from the top of the page where there is none."""


PICTURES = {
    "run": Picture("run", DESK, 860),
    "reasons": Picture("run", DESK, 700, dark=True, part="What was wrong with the file"),
    "plan": Picture("plan", DESK, 760, part="What the plan changes"),
    "comparison": Picture("comparison", DESK, 860),
    "phone": Picture("run", PHONE, 800, dark=True),
}
SCROLL = "[...document.querySelectorAll('h2')].find(e => e.textContent === {part!r}).getBoundingClientRect().top"


async def draw(folder: Path, chromium: str) -> None:
    """Write each picture."""
    async with open_tab(chromium) as tab:
        for name, picture in PICTURES.items():
            await tab.open((folder / f"{picture.page}.html").as_uri(), width=picture.width, dark=picture.dark)
            top = await tab.evaluate(SCROLL.format(part=picture.part)) if picture.part else 0
            await tab.picture(IMAGES / f"{name}.png", picture.height, top=top)


def name_readers(text: str, folder: Path) -> str:
    """Give a page as the reader of the docs would have it."""
    text = text.replace(str(folder), READERS_FOLDER).replace(str(Path(__file__).parents[1]), READERS_CLONE)
    return re.sub(r"http://127\.0\.0\.1:\d+", READERS_TARGET, text)


def main() -> int:
    """Make the pages and the pictures; give the exit code."""
    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write("there is no Chromium here: install one, or leave the pictures as they are\n")
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_pages(folder)
        for page in folder.glob("*.html"):
            page.write_text(name_readers(page.read_text("utf-8"), folder), "utf-8")
        asyncio.run(draw(folder, chromium))
    large = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > LARGEST]
    if large:
        sys.stderr.write(f"larger than {LARGEST:,} bytes: {', '.join(large)}\n")
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main())
