"""Published suites of others, run against ours; docs/conformance.md lists and explains every disagreement.

`pytest -m conformance` fetches them from package registries; where none answers they are skipped.
"""

from pathlib import Path

import pytest
from conformance_page import PAGE, SUITES, section, told
from known_reasons import reason_of

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]


@pytest.mark.parametrize("name", SUITES)
def test_every_disagreement_with_a_published_suite_is_listed_and_explained(name: str, tmp_path: Path) -> None:
    suite = SUITES[name](tmp_path)
    assert suite.cases
    assert [case.name for case in suite.disagreements if reason_of(case) is None] == []
    assert section(PAGE.read_text("utf-8"), name) == told(suite), (
        f"write it anew: python tests/conformance/conformance_page.py {name}"
    )
