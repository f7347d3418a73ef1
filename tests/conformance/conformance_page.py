"""Writes the tables of docs/conformance.md from what the published suites come to.

    python tests/conformance/conformance_page.py

It fetches them from the package registries, so it needs them. A test says when the page is out of date.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from known_reasons import reason_of
from published_case import Suite
from suite_csv import run_csv_spectrum, run_papa_parse
from suite_emails import run_django, run_email_validator
from suite_numbers import run_documents, run_phones

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
SUITES: dict[str, Callable[[Path], Suite]] = {
    "csv-spectrum": run_csv_spectrum,
    "papa-parse": run_papa_parse,
    "django": run_django,
    "email-validator": run_email_validator,
    "phones": run_phones,
    "documents": run_documents,
}


def told(suite: Suite) -> str:
    """Give what the page says of a suite: how many cases, and each disagreement under its reason."""
    differ = suite.disagreements
    left_out = f"; {suite.left_out:,} left out, since we have no like of what they try" if suite.left_out else ""
    lines = [f"{suite.package}: {len(suite.cases):,} cases, {len(differ)} disagreements{left_out}.", ""]
    by_reason: dict[str, list[str]] = {}
    for case in differ:
        by_reason.setdefault(reason_of(case) or "NOT EXPLAINED", []).append(case.name)
    lines += [f"* {reason} ({', '.join(names)})" for reason, names in by_reason.items()]
    return "\n".join(lines).strip() + "\n"


def section(page: str, name: str) -> str:
    """Give what stands between the markers of a suite."""
    found = re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", page, re.DOTALL)
    return found[1] if found else ""


def main() -> None:
    """Run the suites named, or all, and write their sections."""
    page = PAGE.read_text("utf-8")
    for name in sys.argv[1:] or SUITES:
        with tempfile.TemporaryDirectory() as folder:
            new = told(SUITES[name](Path(folder)))
        page = page.replace(
            f"<!-- begin {name} -->\n{section(page, name)}<!-- end {name} -->",
            f"<!-- begin {name} -->\n{new}<!-- end {name} -->",
        )
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
