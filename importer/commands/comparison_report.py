"""Writes the page of a comparison beside its differences: a by-product, which never decides how one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.commands.reporting import write_page
from importer.reconciliation import DIFFERENCES
from importer.report.comparison import Compared, comparison_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_comparison(compared: Compared, announce: Callable[[str], None]) -> Path | None:
    """Write the page of a comparison beside its differences; None, and told, where that can't be done."""
    path = _beside(compared.differences)
    if path.exists():
        announce(f"the page is not written, since {path} is there already; all else is whole")
        return None
    again = "the same command makes it"
    return path if write_page(path, lambda: comparison_page(compared), announce, lambda _stop: None, again) else None


def _beside(differences: Path) -> Path:
    """Name the page: report.html in the folder of a comparison, else as the file of differences is named."""
    if differences.name == DIFFERENCES:
        return differences.with_name("report.html")
    other = differences.with_suffix(".html")
    return other if other != differences else differences.with_name(f"{differences.name}.html")
