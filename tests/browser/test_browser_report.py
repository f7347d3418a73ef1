"""The page of a run in headless Chromium: both themes, phone and desk width."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from chromium import DESK, PHONE, Tab, find_chromium, open_tab
from faults import ANSWER, Act, cut, status
from program import account, importer
from received import Received
from sample_oracle import FOLDER
from target import Target

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here"),
    pytest.mark.parametrize("width", [PHONE, DESK]),
    pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"]),
]

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
FACTS = """(() => ({
  wide: document.documentElement.scrollWidth - innerWidth,
  headings: [...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1]),
  nameless: [...document.querySelectorAll('svg[role=img],[role=region]')].filter(e => !e.getAttribute('aria-label'))
    .length,
  captionless: [...document.querySelectorAll('table')].filter(e => !e.caption).length,
  lang: document.documentElement.lang, main: document.querySelectorAll('main').length,
  states: [...document.querySelectorAll('svg.states rect')].map(e => e.getBoundingClientRect().width),
}))()"""


def act(received: Received) -> Act:
    number = sum(received.body)
    return cut() if number % 20 == 0 else status(422) if number % 20 == 1 else ANSWER


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the pages once: a run with refused and unknown rows, a plan after it, and a check of one row."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(FOLDER / "crm_es.csv", folder / "crm.csv")
    with Target(act, adopt=True) as target:
        env = account(target.base_url)
        words = ("crm.csv", "-m", "sample_crm", "--json")
        made = {
            "run": importer("run", *words, "--new-ledger", cwd=folder, env=env),
            "plan": importer("plan", *words, "--force", cwd=folder, env=env),
            "check": importer("check", *words, cwd=folder),
        }
    for name, done in made.items():
        shutil.copy(done.document["files"]["report"], folder / f"{name}.html")
    return folder


def look(page: Path, width: int, *, dark: bool, script: str) -> tuple[Tab, Any]:
    async def opened() -> tuple[Tab, Any]:
        async with open_tab(find_chromium() or "") as tab:
            await tab.open(page.as_uri(), width=width, dark=dark)
            return tab, await tab.evaluate(script)

    return asyncio.run(opened())


@pytest.mark.parametrize("name", ["run", "plan", "check"])
def test_a_page_is_quiet_alone_and_fits_its_screen(name: str, pages: Path, width: int, dark: bool) -> None:  # noqa: FBT001  # a parameter of pytest
    page = pages / f"{name}.html"
    tab, facts = look(page, width, dark=dark, script=FACTS)
    assert tab.said == []
    assert tab.asked == [page.as_uri()]
    assert facts["wide"] <= 0
    assert facts["headings"][0] == 1
    assert facts["headings"].count(1) == 1
    assert all(after - before <= 1 for before, after in zip(facts["headings"], facts["headings"][1:], strict=False))
    assert (facts["nameless"], facts["captionless"], facts["lang"], facts["main"]) == (0, 0, "en", 1)
    assert all(piece >= 1 for piece in facts["states"])


@pytest.mark.parametrize("name", ["run", "plan"])
def test_all_text_stands_out_from_its_ground(name: str, pages: Path, width: int, dark: bool) -> None:  # noqa: FBT001  # a parameter of pytest
    _, low = look(pages / f"{name}.html", width, dark=dark, script=CONTRASTS)
    assert low == []
