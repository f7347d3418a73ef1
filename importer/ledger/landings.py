"""What landed in one run, contact by contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.store import Ledger

LANDED: Mapping[str, type[pl.DataType]] = {
    "contact_id": pl.String,
    "part": pl.Int32,
    "position": pl.UInt32,
    "created": pl.Boolean,
}


def landed_rows(ledger: Ledger, run: int) -> pl.DataFrame:
    """Give the rows of a run (its number) that surely landed, in their order.

    Columns: `contact_id` String, `part` Int32, `position` UInt32 (of the row), `created` Boolean (a create, or else an
    update).
    """
    query = (
        "SELECT contact_id, part, position, action = 'create' FROM attempt"
        " WHERE run = ? AND state IN ('created', 'updated') AND contact_id IS NOT NULL"
    )
    return ledger.frame(query, (run,), {**LANDED, "created": pl.Int64}).with_columns(pl.col("created").cast(pl.Boolean))
