"""What the ledger knows of the identities in a part: looked up many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.landing import LAND_KEY
from importer.ledger.sums import row_sum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.store import Ledger

CHUNK = 10_000
"""Identities in one query: many enough to hide the call, and below the 32,766 values SQLite takes."""

KEYS = (
    "SELECT key, state, contact_id, fingerprint, carried FROM identity"
    " LEFT JOIN contact ON contact.id = identity.contact WHERE identity.namespace = ? AND key IN "
)
CONTACTS = "SELECT contact_id, fingerprint, carried FROM contact WHERE namespace = ? AND contact_id IN "
LANDED: Mapping[str, type[pl.DataType]] = {"fingerprint": pl.Binary, "carried": pl.Binary}


def known_keys(ledger: Ledger, namespace: int, keys: pl.Series) -> pl.DataFrame:
    """Give what is known of each key, aligned with `keys` (String, nulls allowed).

    Columns: `state` String (`known`, `sending`, `unknown`; null for a key never met), `contact_id` String and
    `fingerprint` Binary (of what last landed on that contact, null when none is sure) and `carried` Binary (hash of
    what the landed update carried, null when all of it was).
    """
    schema: dict[str, type[pl.DataType]] = {"asked": pl.String, "state": pl.String, "contact_id": pl.String, **LANDED}
    return _look_up(ledger, KEYS, namespace, keys, schema)


def known_contacts(ledger: Ledger, namespace: int, ids: pl.Series) -> pl.DataFrame:
    """Give `fingerprint` and `carried`, as `known_keys`, of each contact, aligned with `ids` (String, or null)."""
    return _look_up(ledger, CONTACTS, namespace, ids, {"asked": pl.String, **LANDED})


def adopt(ledger: Ledger, namespace: int, run: int, rows: pl.DataFrame) -> None:
    """Let keys belong to the contact ids that unchanged rows brought for them, durably.

    `rows`: `key` String, `contact_id` String, `part` Int32, `position` Int64. Rows that are sent need no call: their
    key follows when they land.
    """
    if rows.is_empty():
        return
    with ledger.writing() as database:
        database.executemany(
            LAND_KEY,
            (
                (namespace, key, namespace, contact, *place, row_sum(namespace, key, contact))
                for key, contact, *place in rows.select(
                    "key", "contact_id", pl.lit(run), "part", "position"
                ).iter_rows()
            ),
        )


def _look_up(
    ledger: Ledger, query: str, namespace: int, values: pl.Series, schema: dict[str, type[pl.DataType]]
) -> pl.DataFrame:
    asked = values.to_frame("asked")
    found = [pl.DataFrame(schema=schema)]
    # Bound one by one, not as one JSON text: SQLite's JSON ends a text at its first NUL.
    for chunk in asked.drop_nulls().iter_slices(CHUNK):
        marks = ", ".join("?" * chunk.height)
        found.append(ledger.frame(f"{query}({marks})", (namespace, *chunk["asked"]), schema))
    return asked.join(pl.concat(found), on="asked", how="left", maintain_order="left").drop("asked")
