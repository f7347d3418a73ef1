"""Columns in which few cells differ: what is asked of a cell is worked out once for each of them.

Of the columns of an export most are of this kind (cities, states, flags, first names), and to look a cell up costs less
than to trim it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLE = 1_000
FEW_IN_SAMPLE = 200
"""So many distinct cells in a sample promise that a column has few, though some come late."""
ROWS_TO_A_CELL = 10
"""A column has few distinct cells when each stands, on average, in so many rows."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """A column as its distinct cells (String, null among them where it is) and for each row the place of its cell."""

    cells: pl.Series
    places: pl.Series


def find_distinct(cells: pl.DataFrame, names: Iterable[str]) -> dict[str, Distinct]:
    """Give those columns (String) that have few distinct cells."""
    found = {}
    for name in names:
        # A series is asked by its name too, and `*` or `^…$` would be taken for a pattern.
        column = cells.get_column(name).alias("cell")
        if column.head(SAMPLE).n_unique() > FEW_IN_SAMPLE:
            continue
        texts = column.unique()
        if len(texts) * ROWS_TO_A_CELL <= len(column):
            found[name] = _split(column, texts.drop_nulls())
    return found


def _split(column: pl.Series, texts: pl.Series) -> Distinct:
    places = column.cast(pl.Enum(texts)).to_physical().cast(pl.UInt32)
    if not places.null_count():
        return Distinct(texts, places)
    return Distinct(texts.extend_constant(None, 1), places.fill_null(len(texts)))
