"""The pages of runs and comparisons in headless Chromium: both themes, phone and desk width."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from chromium import DESK, PHONE, Tab, find_chromium, open_tab
from sample_pages import NAMES, make_pages

pytestmark = [
    pytest.mark.timeout(600),  # a dozen runs come first
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
]
SCREENS = [(width, dark) for width in (PHONE, DESK) for dark in (False, True)]

CONTRASTS = """(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(Number).map(x => x / 255)
    .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2] };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return c } return 'rgb(255, 255, 255)' };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = [];
  for (let node; node = walker.nextNode();) { const e = node.parentElement;
    if (!node.data.trim() || e.closest('svg')) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(node.data.slice(0, 40)) }
  return low })()"""
FACTS = f"""(() => ({{
  wide: document.documentElement.scrollWidth - innerWidth,
  headings: [...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1]),
  nameless: [...document.querySelectorAll('svg[role=img],[role=region]')].filter(e => !e.getAttribute('aria-label'))
    .length,
  captionless: [...document.querySelectorAll('table')].filter(e => !e.caption).length,
  lang: document.documentElement.lang, main: document.querySelectorAll('main').length,
  low: {CONTRASTS},
  states: [...document.querySelectorAll('svg.states rect')].map(e => e.getBoundingClientRect().width),
}}))()"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the pages once."""
    folder = tmp_path_factory.mktemp("pages")
    make_pages(folder)
    return folder


async def look(page: Path, script: str) -> AsyncIterator[tuple[Tab, Any]]:
    """Open a page on each screen, and give what a script comes to there."""
    for width, dark in SCREENS:
        async with open_tab(find_chromium() or "") as tab:
            await tab.open(page.as_uri(), width=width, dark=dark)
            yield tab, await tab.evaluate(script)


def facts_of(page: Path, script: str) -> list[tuple[Tab, Any]]:
    async def collected() -> list[tuple[Tab, Any]]:
        return [one async for one in look(page, script)]

    return asyncio.run(collected())


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_quiet_alone_and_fits_its_screen(name: str, pages: Path) -> None:
    page = pages / f"{name}.html"
    for tab, facts in facts_of(page, FACTS):
        assert tab.said == []
        assert tab.asked == [page.as_uri()]
        assert facts["wide"] <= 0
        assert facts["headings"][0] == 1
        assert facts["headings"].count(1) == 1
        assert all(after - before <= 1 for before, after in zip(facts["headings"], facts["headings"][1:], strict=False))
        assert (facts["nameless"], facts["captionless"], facts["lang"], facts["main"]) == (0, 0, "en", 1)
        assert facts["states"]
        assert all(piece >= 1 for piece in facts["states"])
        assert facts["low"] == []
