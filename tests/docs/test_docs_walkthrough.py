"""Every page of docs that types commands is typed as it stands, and prints what it says."""

from pathlib import Path

import pytest
from page_events import playing
from program import REPOSITORY
from walkthrough import Reader, read_page

ELSEWHERE = {"story"}
"""Pages that a test of their own follows."""
DOCS = sorted((REPOSITORY / "docs").glob("*.md"))
PAGES = [path for path in (REPOSITORY / "README.md", *DOCS) if path.stem not in ELSEWHERE and read_page(path)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_what_a_page_types_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    with playing(page, tmp_path) as (env, events):
        assert Reader(tmp_path, env).follow(page, events) > 0


def test_the_pages_that_lead_through_the_main_job_are_among_them() -> None:
    assert {page.stem for page in PAGES} >= {
        *("README", "start", "how-to-first-import", "how-to-mend-rejects", "how-to-settle-unknown-rows", "how-to-undo"),
        *("how-to-reconcile", "how-to-ten-million-rows", "guard-rails", "cron"),
    }
