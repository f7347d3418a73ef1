"""Weighs the columns of a sample: all of them closely, or of a very wide file those whose headers say something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.suggest.dates import read_dates
from importer.suggest.draft import Column
from importer.suggest.evidence import glance_at
from importer.suggest.evidence import weigh_columns as weigh_cells
from importer.suggest.headers import Heading, read_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from importer.suggest.sample import Sample

CLOSELY = 250
"""Columns that are looked at closely; each takes some thousandths of a second."""
SECRET = "secret"  # noqa: S105  # what headers.csv calls the codes that nobody may send
EMAILS = 0.9
_DATA = re.compile(r"\S@\S+\.\S|(?:\d[ ().-]?){9}")


@dataclass(frozen=True, slots=True)
class Weighed:
    """The columns that may become fields, and those that may not."""

    columns: tuple[Column, ...]
    secret: tuple[str, ...] = ()
    """Columns of security codes and passwords."""
    unnamed: int = 0
    """Columns whose headers look like a customer's data."""
    glanced: int = 0
    """Columns that were looked at for emails only."""


def weigh_columns(sample: Sample, today: date) -> Weighed:
    """Look at every column of a sample that may be mapped."""
    headings = {name: read_header(name) for name in sample.cells.columns}
    secret = tuple(name for name, heading in headings.items() if heading.meaning == SECRET)
    unnamed = [name for name in headings if looks_like_data(name)]
    names = [name for name in headings if name not in {*secret, *unnamed}]
    close = _chosen(names, headings, sample)
    glanced = [name for name in names if name not in close]
    seen = dict(zip(glanced, glance_at(sample.cells.select(glanced)), strict=True)) if glanced else {}
    closely = [name for name in names if name in close]
    seen |= dict(zip(closely, weigh_cells(sample.cells.select(closely), sample.together), strict=True))
    columns = [
        Column(name, position, headings[name], seen[name], read_dates(seen[name], today))
        if name in close
        else Column(name, position, Heading(name, None), seen[name], None)
        for position, name in enumerate(sample.cells.columns)
        if name in seen
    ]
    return Weighed(tuple(columns), secret, len(unnamed), len(glanced))


def looks_like_data(name: str) -> bool:
    """Whether a header holds an email address or a long number, so that no mapping may show it."""
    return _DATA.search(name) is not None


def _chosen(names: Sequence[str], headings: dict[str, Heading], sample: Sample) -> frozenset[str]:
    if len(names) <= CLOSELY:
        return frozenset(names)
    emails = glance_at(sample.cells.select(names))
    telling = [
        name
        for name, seen in zip(names, emails, strict=True)
        if headings[name].meaning not in {None, "none"} or seen.share("email") >= EMAILS
    ]
    return frozenset(telling[:CLOSELY])
