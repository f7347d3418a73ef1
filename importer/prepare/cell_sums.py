"""Sums of a row's cells, by which a later run sees whether a body differs because of its row or of the mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.value import Value

BETWEEN = "\x1f"


def sum_cells(cells: pl.DataFrame, values: Sequence[Value]) -> tuple[pl.Series, pl.Series]:
    """Give `mapped_cells` and `all_cells`, UInt32: CRC-32 of what the mapping reads of each row, and of all its cells.

    Both, since a mapping that reads other columns than before says nothing by the first, and an export that tells the
    hour in every row says nothing by the second. Null and "" count alike. 32 bits are enough to count by: two rows that
    differ have the same sum once in four thousand million.
    """
    read = {column for value in values for column in value.reads}
    whole = _sums(cells, cells.columns)
    mapped = whole if read.issuperset(cells.columns) else _sums(cells, [name for name in cells.columns if name in read])
    return mapped.alias("mapped_cells"), whole.alias("all_cells")


def _sums(cells: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    # By series and not by name: a column may be called what Polars takes for a pattern.
    filled = [pl.lit(cells.get_column(name)).fill_null("") for name in columns]
    texts = cells.select(pl.concat_str(filled, separator=BETWEEN)).to_series() if filled else _nothing(cells.height)
    return pl.Series(list(map(crc32, texts.cast(pl.Binary).to_list())), dtype=pl.UInt32)


def _nothing(height: int) -> pl.Series:
    return pl.repeat("", height, dtype=pl.String, eager=True)
