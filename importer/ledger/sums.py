"""Checksums of the rows that decide who is created: SQLite has none, so a flipped bit in a key would not be seen."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING
from zlib import crc32

import polars as pl

from importer.ledger.bulk import BETWEEN, OF_PAGE, key_pages

if TYPE_CHECKING:
    import sqlite3

WRONG = "SELECT 1 FROM namespace WHERE sum <> row_sum(id, base_url, account, name, key_fields, key_steps, key_columns)"
# As `row_sum` makes the text, but for the namespace before it, which is that of all of a page.
TEXTS = f"CAST(group_concat(key || char(0) || ifnull(contact_id, 'None'), {BETWEEN}) AS BLOB)"
FOUND = f"identity LEFT JOIN contact ON contact.id = identity.contact WHERE {OF_PAGE}"
IDENTITIES = f"SELECT {TEXTS}, group_concat(identity.sum) FROM {FOUND}"  # noqa: S608  # our own text


def row_sum(*cells: str | int | None) -> int:
    """Give the CRC-32 of a row's cells, which any single flipped bit changes.

    Of an identity: namespace, key, contact id (None where it has none). Of a namespace: id, base URL, account, name,
    key fields, key steps, key columns.
    """
    return crc32("\0".join(map(str, cells)).encode())


def identity_sum(namespace: int, key: str | None, contact: str | None) -> int:
    """Give `row_sum` of an identity, quickly: it is asked for twice for each create."""
    return crc32(f"{namespace}\0{key}\0{contact}".encode())


def know_sums(database: sqlite3.Connection) -> None:
    """Let SQL on this connection call `row_sum`."""
    database.create_function("row_sum", -1, row_sum, deterministic=True)


def has_wrong_namespace(database: sqlite3.Connection) -> bool:
    """Whether any namespace differs from what was written."""
    return database.execute(WRONG).fetchone() is not None


def has_wrong_identity(database: sqlite3.Connection, *, but: int | None = None) -> bool:
    """Whether any identity differs from what was written; those of the namespace `but` are not asked."""
    pages = key_pages(database, but=but)
    return any(_differs(page[0], *database.execute(IDENTITIES, page).fetchone()) for page in pages)


def differs(namespace: int, page: pl.DataFrame) -> bool:
    """Whether any identity of a page (`key`, `contact_id` String, `sum` Int64) differs from what was written."""
    texts = page.select(pl.concat_str("key", pl.lit("\0"), pl.col("contact_id").fill_null("None")).cast(pl.Binary))
    begun = crc32(f"{namespace}\0".encode())
    return list(map(crc32, texts.to_series().to_list(), repeat(begun))) != page["sum"].to_list()


def _differs(namespace: int, texts: bytes | None, sums: str | None) -> bool:
    if texts is None or sums is None:
        return False
    begun, written = crc32(f"{namespace}\0".encode()), f"[{sums}]"
    found: bool = list(map(crc32, texts.split(b"\xff"), repeat(begun))) != json.loads(written)
    return found
