"""What a column's cells look like: shares of the sample that have this or that form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.columns import BLANK_WORDS, Look, look_at
from importer.mapping.steps.countries import code_of
from importer.rules.cards import find_cards
from importer.rules.emails import is_no_email

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEW = 40
"""Distinct values up to which a column may be a closed set."""
TRIED = 600
"""Distinct cells whose form is looked at."""
LOCAL = 400
"""Distinct values that are tried as countries."""
TEXT = pl.col("text")
STEADY = 0.95
"""The share of steps that must be of one, since records of another shape are not in the sample."""
FEW_STEPS = 2
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]{2,}$"
_PLAIN = TEXT.str.strip_chars("'")
_FORMS = {
    "email": TEXT.str.contains(_EMAIL),
    "good_email": ~is_no_email(TEXT),
    "uuid": TEXT.str.contains("(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    "digits": _PLAIN.str.contains("^[0-9]+$"),
    "four": _PLAIN.str.contains("^[0-9]{4}$"),
    "up_to_four": _PLAIN.str.contains("^[0-9]{1,4}$"),
    "masked": TEXT.str.contains(r"^[*xX•#\s.-]{2,}[0-9]{4}$|^\[card \*+[0-9]{4}\]$"),
    "plus": TEXT.str.contains(r"^'?(?:\+|00)[0-9]"),
    "phone": TEXT.str.contains(r"^'?\(?\+?[0-9][0-9 ().\-/\u{a0}\u{2010}-\u{2013}]*$")
    & TEXT.str.count_matches("[0-9]").is_between(6, 15),
    "number": TEXT.str.contains(r"^[-+$€R ]*[0-9][0-9.,]*$"),
    "whole": TEXT.str.contains("^[0-9]{1,9}$"),
    "letters": TEXT.str.contains(r"^[\p{L}\p{M}][\p{L}\p{M} .,'\u{2019}ªº()/&\x22-]*$"),
    "any_letter": TEXT.str.contains(r"\p{L}"),
    "any_digit": TEXT.str.contains("[0-9]"),
    "two_words": TEXT.str.contains(r"\S\s+\S"),
    "comma_name": TEXT.str.contains(r"^[^,]*\p{L}[^,]*,\s*\p{L}[^,]*$"),
    "zip": _PLAIN.str.contains(r"^[A-Za-z0-9][A-Za-z0-9 -]{1,9}$") & TEXT.str.contains("[0-9]"),
    "plain_zip": _PLAIN.str.contains(r"^(?:[0-9]{4,6}|[0-9]{5}-[0-9]{3,4}|[0-9]{7}|[A-Z][0-9]{4}[A-Z]{3})$"),
    "document": TEXT.str.contains(r"(?i)^'?[A-Z]{0,5}[0-9][0-9A-Z .,/_-]{3,24}$"),
    "code": TEXT.str.contains(r"^\S{1,64}$"),
    "month": TEXT.str.contains("^(?:0?[1-9]|1[0-2])$"),
    "year": TEXT.str.contains("^20[0-9]{2}$"),
    "short_year": TEXT.str.contains("^[0-9]{2}$"),
    "mm/yy": TEXT.str.contains("^(?:0?[1-9]|1[0-2])[/-][0-9]{2}$"),
    "mm/yyyy": TEXT.str.contains("^(?:0?[1-9]|1[0-2])[/-]20[0-9]{2}$"),
    "yyyy-mm": TEXT.str.contains("^20[0-9]{2}[/-](?:0[1-9]|1[0-2])$"),
    "short": TEXT.str.len_chars() <= 60,  # noqa: PLR2004  # longer text is a note
    "json": TEXT.str.contains(r"^[\[{].*[\]}]$"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen in one column of the sample."""

    rows: int
    filled: int
    """Cells that hold more than blanks and words for nothing."""
    distinct: int
    shares: Mapping[str, float]
    """Of the filled cells, those of each form."""
    look: Look
    distinct_cells: pl.DataFrame
    """`text` String and `count`: the filled distinct cells, the most frequent first, then as they come. Never shown."""
    values: tuple[str, ...] = ()
    """The cells of a closed set, the most frequent first; empty where there are many. They may become table keys."""
    longest: int = 0
    counting: bool = False
    """Whether its cells count the rows: 1, 2, 3, … from the first, or down to the last."""

    def share(self, form: str) -> float:
        """Give the share of a form; 0 where nothing is filled."""
        return self.shares.get(form, 0.0)

    @property
    def fill(self) -> float:
        """The share of rows that are filled."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def unique(self) -> float:
        """Distinct cells per filled one: 1.0 where no cell stands twice."""
        return self.distinct / self.filled if self.filled else 0.0

    def share_of(self, texts: Sequence[str]) -> float:
        """Give the share of filled cells that are one of some texts."""
        found = int(self.distinct_cells.filter(TEXT.is_in(list(texts)))["count"].sum())
        return found / self.filled if self.filled else 0.0


def weigh_column(cells: pl.Series, together: int) -> Evidence:
    """Look at one column of the sample (String; null and blank cells are not filled).

    `together` says how many of the first cells stood one after the other in the file.
    """
    rows = pl.int_range(1, len(cells) + 1, dtype=pl.Int64, eager=True)
    look = look_at(cells, rows, dates=True)
    trimmed = cells.str.strip_chars().alias("text").to_frame()
    counted = trimmed.filter(TEXT.str.len_bytes() > 0, ~TEXT.str.to_lowercase().is_in(list(BLANK_WORDS)))
    distinct = counted.group_by("text", maintain_order=True).agg(count=pl.len())
    distinct = distinct.sort("count", descending=True, maintain_order=True)
    filled = int(distinct["count"].sum())
    if not filled:
        return Evidence(len(cells), 0, 0, {}, look, distinct)
    weight = pl.col("count")
    some = some_of(distinct, TRIED)
    asked = some.lazy().select(
        *((form.fill_null(value=False) * weight).sum().alias(name) for name, form in _FORMS.items()),
        longest=TEXT.str.len_chars().max(),
    )
    counts = asked.collect(engine="in-memory").row(0, named=True)
    longest = counts.pop("longest")
    counts["card"] = int(some.filter(find_cards(some["text"]))["count"].sum())
    counts["country"] = _countries(distinct)
    values = tuple(distinct["text"]) if distinct.height <= FEW else ()
    shares = {name: count / some["count"].sum() for name, count in counts.items()}
    return Evidence(
        *(len(cells), filled, distinct.height, shares, look, distinct, values, longest),
        counting=shares["digits"] >= STEADY and _counts_rows(cells, together),
    )


def glance_at(cells: pl.DataFrame) -> list[Evidence]:
    """Look at many columns at once, for emails only: what else they are is not told."""
    email = pl.all().str.contains(_EMAIL)
    filled = cells.select(pl.all().str.strip_chars().str.len_bytes() > 0).sum().row(0)
    emails = cells.select(email.sum()).row(0)
    nothing = pl.DataFrame(schema={"text": pl.String, "count": pl.UInt32})
    return [
        Evidence(cells.height, some or 0, some or 0, {"email": (found or 0) / some} if some else {}, Look(), nothing)
        for some, found in zip(filled, emails, strict=True)
    ]


def _counts_rows(cells: pl.Series, together: int) -> bool:
    """Whether digits go up by one from row to row from 0 or 1 on, or down by one to there."""
    numbers = cells.str.strip_chars("' ").cast(pl.Int64, strict=False).drop_nulls()
    steps = numbers.head(together).diff().drop_nulls()
    if len(steps) < FEW_STEPS:
        return False
    up, down = int((steps == 1).sum()), int((steps == -1).sum())
    enough = STEADY * len(steps)
    return bool((up >= enough and numbers[0] <= 1) or (down >= enough and numbers[-1] <= 1))


def some_of(distinct: pl.DataFrame, most: int) -> pl.DataFrame:
    """Give at most so many of the distinct cells: the most frequent, and others evenly from the first to the last."""
    return distinct if distinct.height <= most else distinct.gather_every(-(-distinct.height // most))


def _countries(distinct: pl.DataFrame) -> int:
    """Count cells that name a country; a column of very many different cells holds none."""
    if distinct.height > LOCAL:
        return 0
    found = [code_of(text) is not None for text in distinct["text"]]
    return int(distinct.filter(pl.Series(found))["count"].sum())
