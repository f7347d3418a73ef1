"""Columns in which few cells differ: what is asked of a cell is worked out once for each of them.

Of the columns of an export most are of this kind (cities, states, flags, first names), and to look a cell up costs less
than to trim it. To find the distinct cells costs as much as to look all cells up, and from batch to batch they are
mostly the same ones: so those of earlier batches are tried first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

SAMPLE = 1_000
FEW_IN_SAMPLE = 200
"""So many distinct cells in a sample promise that a column has few, though some come late."""
ROWS_TO_A_CELL = 10
"""A column has few distinct cells when each stands, on average, in so many rows."""


SMALL = 16
"""Up to so many known cells a column is compared with each, which costs less than to look its cells up."""


@dataclass
class Distinct:
    """A column (String) that has few distinct cells, some of which may be an earlier batch's and stand in no row."""

    column: pl.Series
    kind: pl.Enum
    """The cells but null; the same object as long as they are the same ones."""

    @property
    def cells(self) -> pl.Series:
        """The distinct cells, null among them where it is; none stands twice."""
        texts = self.kind.categories.alias("cell")
        return texts.extend_constant(None, 1) if self.blanks else texts

    @property
    def blanks(self) -> int:
        """Rows whose cell is null."""
        return self.column.null_count()

    @cached_property
    def places(self) -> pl.Series:
        """For each row the place of its cell; they are found when first asked for."""
        return self._known.fill_null(len(self.kind.categories)) if self.blanks else self._known

    @cached_property
    def _known(self) -> pl.Series:
        return self.column.cast(self.kind, strict=False).to_physical().cast(pl.UInt32)

    def is_whole(self) -> bool:
        """Whether each cell of the column is among those known."""
        texts = self.kind.categories
        if len(texts) > SMALL:
            return self._known.null_count() == self.blanks
        return sum(int((self.column == text).sum()) for text in texts) == len(self.column) - self.blanks


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
    """Give the column by the known cells; None where one is not among them, or they are too many."""
    if not _are_few(kind.categories, column):
        return None
    found = Distinct(column, kind)
    return found if found.is_whole() else None
