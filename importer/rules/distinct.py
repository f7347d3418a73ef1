"""Columns in which few cells differ: what is asked of a cell is worked out once for each of them.

Of the columns of an export most are of this kind (cities, states, flags, first names), and to look a cell up costs less
than to trim it. To find the distinct cells costs as much as to look all cells up, and from batch to batch they are
mostly the same ones: so those of earlier batches are tried first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

SAMPLE = 1_000
FEW_IN_SAMPLE = 200
"""So many distinct cells in a sample promise that a column has few, though some come late."""
ROWS_TO_A_CELL = 10
"""A column has few distinct cells when each stands, on average, in so many rows."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """A column as cells (String, null among them where it is) and for each row the place of its cell.

    No cell stands twice among them; some may be an earlier batch's and stand in no row.
    """

    cells: pl.Series
    places: pl.Series
    kind: pl.Enum
    """The cells but null; the same object as long as they are the same ones."""
    blanks: int
    """Rows whose cell is null."""


def find_distinct(
    cells: pl.DataFrame, names: Iterable[str], earlier: MutableMapping[str, pl.Enum] | None = None
) -> dict[str, Distinct]:
    """Give those columns (String) that have few distinct cells.

    `earlier` holds the distinct cells of batches before this one, by column, and grows; on any thread.
    """
    known = {} if earlier is None else earlier
    found = {}
    for name in names:
        # A series is asked by its name too, and `*` or `^…$` would be taken for a pattern.
        column = cells.get_column(name).alias("cell")
        if name in known and (again := _look_up(column, known[name])) is not None:
            found[name] = again
            continue
        if column.head(SAMPLE).n_unique() > FEW_IN_SAMPLE:
            continue
        texts = column.unique()
        if not _are_few(texts, column):
            continue
        both = pl.concat([known[name].categories.alias("cell"), texts]).unique() if name in known else texts
        kind = pl.Enum((both if _are_few(both, column) else texts).drop_nulls())
        split = _look_up(column, kind)
        if split is not None:
            found[name], known[name] = split, kind
    return found


def _are_few(texts: pl.Series, column: pl.Series) -> bool:
    return len(texts) * ROWS_TO_A_CELL <= len(column)


def _look_up(column: pl.Series, kind: pl.Enum) -> Distinct | None:
    """Give each cell's place among the known ones; None where one is not among them, or they are too many."""
    texts = kind.categories.alias("cell")
    if not _are_few(texts, column):
        return None
    places = column.cast(kind, strict=False).to_physical().cast(pl.UInt32)
    blank = column.null_count()
    if places.null_count() != blank:
        return None
    if not blank:
        return Distinct(texts, places, kind, 0)
    return Distinct(texts.extend_constant(None, 1), places.fill_null(len(texts)), kind, blank)
