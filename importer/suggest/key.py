"""Which field customers are known by: proposed only where the sample shows that nearly all have one and all differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.columns import BLANK_WORDS
from importer.suggest.assign import names_of

if TYPE_CHECKING:
    from importer.suggest.draft import Draft, Line

CANDIDATES = ("external_id", "document_number", "email")
"""In the order in which they are taken: a number that was given stays, people change their email."""
FILLED, DIFFERENT = 0.97, 0.985
"""The shares from which on a key is proven; what is left over is rejected row by row, never sent."""
NAMED = 0.95
"""Both shares for a customer number, which its header names too."""
REPEATED = 0.9
"""The share of different numbers below which they repeat by rule and not by mistake."""
ENOUGH = 20
"""Rows that a document or an email must have been seen in; a customer number is named by its header."""


@dataclass(frozen=True, slots=True)
class Key:
    """The proposed key and its evidence."""

    fields: tuple[str, ...]
    """Empty where none is proven."""
    why: tuple[str, ...]
    """Of the key, or of each field that could have been one."""


def propose_key(draft: Draft, cells: pl.DataFrame) -> Key:
    """Give the first field that is proven, or why none is."""
    sure = draft.sure
    refused: list[str] = []
    for name in CANDIDATES:
        if name not in sure:
            continue
        found = _weigh([sure[name]], cells)
        named = name == "external_id"
        if found.proves(NAMED, NAMED) if named else found.proves(FILLED, DIFFERENT) and cells.height >= ENOUGH:
            return Key((name,), (found.told,))
        refused.append(f"{name}: {found.told}")
        if named and "country" in sure and found.filled >= NAMED and found.different < REPEATED:
            both = _weigh([sure["country"], sure[name]], cells)
            if both.proves(NAMED, DIFFERENT):
                return Key(("country", name), (f"{name} repeats from country to country, and with it {both.told}",))
    return Key((), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Weight:
    filled: float
    different: float
    told: str

    def proves(self, filled: float, different: float) -> bool:
        return self.filled >= filled and self.different >= different


def _weigh(lines: list[Line], cells: pl.DataFrame) -> _Weight:
    parts = cells.select(_value(line).alias(str(place)) for place, line in enumerate(lines))
    filled = parts.drop_nulls()
    distinct = filled.unique().height
    told = f"{filled.height:,} of {cells.height:,} rows looked at have one"
    repeats = filled.height - distinct
    told += " and all differ" if not repeats else f", {repeats:,} of them not for the first time"
    return _Weight(filled.height / cells.height, distinct / filled.height if filled.height else 0.0, told)


def _value(line: Line) -> pl.Expr:
    texts = [pl.col(name).str.strip_chars().str.strip_chars("'").str.to_lowercase() for name in names_of(line)]
    return pl.coalesce(
        pl.when((text.str.len_bytes() > 0) & ~text.is_in(list(BLANK_WORDS))).then(text) for text in texts
    )
