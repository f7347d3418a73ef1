"""Whether the index of contacts says what their table says, which SQLite's quick check does not ask.

Through the index a contact is found by its id: one that it does not lead to would stay sure of what it holds while an
update is under way, and one that it leads to wrongly would take another's place. SQLite's whole check looks each
contact up, which takes seconds for a million; here both are read from end to end, and must come to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.bulk import PAGE, read_columns

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

CELLS: Mapping[str, type[pl.DataType]] = {"namespace": pl.Int64, "contact_id": pl.String, "id": pl.Int64}
TABLE = "contact NOT INDEXED"
INDEX = "contact INDEXED BY sqlite_autoindex_contact_1"
"""SQLite's own name of the index that keeps (namespace, contact_id) unique."""
OF_INDEX = "(namespace, contact_id) >= (?, ?)"
HALF = (1 << 32) - 1


def has_wrong_index(database: sqlite3.Connection, page: int = PAGE) -> bool:
    """Whether the two differ, all as of one moment; `page` rows are read at a time."""
    return _sum(_read_table(database, page)) != _sum(_read_index(database, page))


def _sum(pages: Iterator[pl.DataFrame]) -> tuple[int, int]:
    """Give how many rows there are, and what they come to, in whatever order."""
    rows = total = 0
    for page in pages:
        rows += page.height
        # Half of each hash, so that no sum of a page leaves 64 bits.
        total += int((page.hash_rows() & HALF).sum())
    return rows, total


def _read_table(database: sqlite3.Connection, page: int) -> Iterator[pl.DataFrame]:
    ((start,),) = database.execute(f"SELECT min(id) FROM {TABLE}").fetchall()  # noqa: S608  # our own text
    while start is not None:
        query = f"SELECT id FROM {TABLE} WHERE id >= ? ORDER BY id LIMIT 1 OFFSET ?"  # noqa: S608  # our own text
        found = database.execute(query, (start, page)).fetchone()
        end = found[0] if found else None
        upto = "" if end is None else " AND id < ?"
        cells = (start,) if end is None else (start, end)
        yield read_columns(database, f"{TABLE} WHERE id >= ?{upto}", cells, CELLS)
        start = end


def _read_index(database: sqlite3.Connection, page: int) -> Iterator[pl.DataFrame]:
    order = "ORDER BY namespace, contact_id"
    first = f"SELECT namespace, contact_id FROM {INDEX} {order} LIMIT 1"  # noqa: S608  # our own text
    after = f"SELECT namespace, contact_id FROM {INDEX} WHERE {OF_INDEX} {order} LIMIT 1 OFFSET ?"  # noqa: S608  # our own text
    start = database.execute(first).fetchone()
    while start is not None:
        end = database.execute(after, (*start, page)).fetchone()
        upto = "" if end is None else " AND (namespace, contact_id) < (?, ?)"
        yield read_columns(database, f"{INDEX} WHERE {OF_INDEX}{upto}", (*start, *(end or ())), CELLS)
        start = end
