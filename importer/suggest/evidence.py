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


def weigh_columns(cells: pl.DataFrame, together: int) -> list[Evidence]:
    """Look at the columns of a sample (String; null and blank cells are not filled), one Evidence each.

    `together` says how many of the first rows stood one after the other in the file.
    """
    distinct = [_distinct(cells[name]) for name in cells.columns]
    found = _forms_of([some_of(one, TRIED) for one in distinct])
    rows = pl.int_range(1, cells.height + 1, dtype=pl.Int64, eager=True)
    made = []
    for name, one, forms in zip(cells.columns, distinct, found, strict=True):
        look = look_at(cells[name], rows, dates=True)
        filled = int(one["count"].sum())
        if not filled:
            made.append(Evidence(cells.height, 0, 0, {}, look, one))
            continue
        weight, longest = int(forms.pop("weight")), int(forms.pop("longest"))
        shares = {form: count / weight for form, count in forms.items()}
        shares["country"] = _countries(one) / filled if shares["any_letter"] else 0.0
        values = tuple(one["text"]) if one.height <= FEW else ()
        counting = shares["digits"] >= STEADY and _counts_rows(cells[name], together)
        made.append(Evidence(cells.height, filled, one.height, shares, look, one, values, longest, counting))
    return made


def _distinct(cells: pl.Series) -> pl.DataFrame:
    trimmed = cells.str.strip_chars().alias("text").to_frame()
    counted = trimmed.filter(TEXT.str.len_bytes() > 0, ~TEXT.str.to_lowercase().is_in(list(BLANK_WORDS)))
    distinct = counted.group_by("text", maintain_order=True).agg(count=pl.len())
    return distinct.sort("count", descending=True, maintain_order=True)


def _forms_of(columns: Sequence[pl.DataFrame]) -> list[dict[str, float]]:
    """Count the cells of each form, of all columns in one go: asking costs more than counting."""
    if not columns:
        return []
    weight = pl.col("count")
    every = pl.concat(one.with_columns(column=pl.lit(place, pl.Int64)) for place, one in enumerate(columns))
    asked = (
        every.with_columns(find_cards(every["text"]).alias("card"))
        .lazy()
        .group_by("column")
        .agg(
            *((form.fill_null(value=False) * weight).sum().alias(name) for name, form in _FORMS.items()),
            card=(pl.col("card") * weight).sum(),
            weight=weight.sum(),
            longest=TEXT.str.len_chars().max(),
        )
        .collect(engine="in-memory")
    )
    by_column = {int(row.pop("column")): row for row in asked.iter_rows(named=True)}
    return [by_column.get(place, {}) for place in range(len(columns))]


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
