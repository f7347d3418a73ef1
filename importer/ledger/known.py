"""What the ledger knows of the identities in a part: looked up many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.bulk import read_contacts
from importer.ledger.landing import LAND_KEY
from importer.ledger.sums import row_sum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.ledger.store import Ledger

CHUNK = 10_000
"""Identities in one query: many enough to hide the call, and below the 32,766 values SQLite takes."""

KEYS = (
    "SELECT key, state, contact_id, fingerprint, carried FROM identity"
    " LEFT JOIN contact ON contact.id = identity.contact WHERE identity.namespace = ? AND key IN "
)
CONTACTS = "SELECT contact_id, fingerprint, carried FROM contact WHERE namespace = ? AND contact_id IN "
LANDED: Mapping[str, type[pl.DataType]] = {"fingerprint": pl.Binary, "carried": pl.Binary}
LAST = (
    "SELECT contact_id, run.id, part, position, mapping_digest, answer.body FROM contact"
    " LEFT JOIN run ON run.number = contact.run LEFT JOIN answer ON answer.contact = contact.id"
    " WHERE contact.namespace = ? AND contact_id IN "
)


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


def last_landed(ledger: Ledger, namespace: int, ids: pl.Series) -> pl.DataFrame:
    """Give where the body that last landed on each contact lies, and what the server last answered of it.

    Aligned with `ids` (String, or null). Columns: `run` String (its id), `part` Int32, `position` UInt32,
    `mapping_digest` String (of that run), `answer` String (the contact as one JSON object); null where nothing
    is known. Who was found in an export of the target has the place of the row that was then sent.
    """
    schema: dict[str, type[pl.DataType]] = {
        "asked": pl.String,
        "run": pl.String,
        "part": pl.Int32,
        "position": pl.UInt32,
        "mapping_digest": pl.String,
        "answer": pl.Binary,
    }
    if not ledger.read("SELECT 1 FROM contact WHERE namespace = ? LIMIT 1", (namespace,)):
        # As in a first import: nobody is looked for.
        ids = pl.repeat(None, ids.len(), dtype=pl.String, eager=True)
    found = _look_up(ledger, LAST, namespace, ids, schema)
    return found.with_columns(pl.col("answer").cast(pl.String, strict=False))


def count_contacts(ledger: Ledger, namespace: int) -> int:
    """Give how many contacts a namespace knows."""
    ((count,),) = ledger.read("SELECT count(*) FROM contact WHERE namespace = ?", (namespace,))
    return int(count)


def contact_pages(ledger: Ledger, namespace: int) -> Iterator[pl.Series]:
    """Give the ids of all contacts that a namespace knows, some thousands at a time; those of a page in no order."""
    with ledger.reading() as database:
        yield from read_contacts(database, namespace)


def hash_contacts(ledger: Ledger, namespace: int) -> pl.Series:
    """Give UInt64 hashes (Polars' own) of the ids of all contacts that a namespace knows, in no order."""
    held = ledger.held(namespace)
    return pl.concat(ids.hash() for ids in contact_pages(ledger, namespace)) if held is None else held.contacts


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
