"""Whom the ledger knows, all of them or some: what last landed on each, and what was sent and did not land."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.known import CHUNK
from importer.ledger.namespaces import KeyRule, Namespace, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.ledger.store import Ledger

Schema = dict[str, type[pl.DataType]]
PLACE: Schema = {"run": pl.String, "part": pl.Int32, "position": pl.UInt32}
CONTACT: Schema = {"contact_id": pl.String, "fingerprint": pl.Binary, **PLACE, "landed_at": pl.Int64}
CUSTOMER: Schema = {"key": pl.String, "state": pl.String, "since": pl.Int64, **CONTACT}
MISSED: Schema = {
    "number": pl.Int64,
    "key": pl.String,
    "contact_id": pl.String,
    "state": pl.String,
    "code": pl.String,
}
OF_KEY = (
    "SELECT i.key, i.state, i.run, c.contact_id, c.fingerprint, r.id, c.part, c.position, c.landed_at FROM identity i"
    " LEFT JOIN contact c ON c.id = i.contact LEFT JOIN run r ON r.number = c.run WHERE i.namespace = ?"
)
OF_ID = (
    "SELECT NULL, 'known', NULL, c.contact_id, c.fingerprint, r.id, c.part, c.position, c.landed_at FROM contact c"
    " LEFT JOIN run r ON r.number = c.run WHERE c.namespace = ?"
)
BY_KEY = f"{OF_KEY} ORDER BY i.key"
WITHOUT_KEY = (
    " AND c.id NOT IN (SELECT contact FROM identity WHERE namespace = ? AND contact IS NOT NULL) ORDER BY c.id"
)


def namespaces(ledger: Ledger, name: str) -> list[Namespace]:
    """Give the namespaces of a mapping's name, whatever the account, in the order in which they were opened."""
    query = "SELECT id, base_url, account, name, key_fields, key_steps FROM namespace WHERE name = ? ORDER BY id"
    return [
        Namespace(number, Target(base_url, account, called), KeyRule(tuple(json.loads(fields)), steps))
        for number, base_url, account, called, fields, steps in ledger.read(query, (name,))
    ]


def all_customers(ledger: Ledger, namespace: int) -> pl.DataFrame:
    """Give every key of a namespace, and every contact that no key stands for, in the order of key and contact.

    Columns: `key` String (null: known by its id alone), `state` String (`known`, `sending`, `unknown`), `since` Int64
    (number of the run that brought the key to its contact), `contact_id` String (null unless known), `fingerprint`
    Binary (null where nobody is sure what the contact holds), `run` String, `part` Int32, `position` UInt32 (where the
    body lies that landed last), `landed_at` Int64 (ms since 1970 UTC).
    """
    return pl.concat(
        [
            ledger.frame(BY_KEY, (namespace,), CUSTOMER),
            ledger.frame(OF_ID + WITHOUT_KEY, (namespace, namespace), CUSTOMER),
        ]
    )


def find_customers(ledger: Ledger, namespace: int, keys: pl.Series, ids: pl.Series) -> pl.DataFrame:
    """Give, as `all_customers`, who is known by an id or else by a key, aligned with both (String, nulls allowed).

    All is null for somebody who was never met.
    """
    by_id = _look_up(ledger, f"{OF_ID} AND c.contact_id IN ", namespace, ids, "contact_id")
    by_key = _look_up(ledger, f"{OF_KEY} AND i.key IN ", namespace, keys, "key")
    found = by_id["state"].is_not_null()
    return pl.DataFrame([by_id[name].zip_with(found, by_key[name]) for name in CUSTOMER])


def missed_rows(ledger: Ledger, namespace: int) -> pl.DataFrame:
    """Give the rows that were sent and did not land, or of which nobody knows, oldest first.

    Columns: `number` Int64 (of the run), `key` String, `contact_id` String, `state` String (`failed`, `unknown`),
    `code` String. A row that has no outcome yet is unknown.
    """
    query = (
        "SELECT a.run, a.key, a.contact_id, CASE a.state WHEN 'failed' THEN 'failed' ELSE 'unknown' END, a.code"
        " FROM attempt a JOIN run r ON r.number = a.run WHERE r.namespace = ?"
        " AND a.state IN ('failed', 'unknown', 'intent') ORDER BY a.run, a.part, a.position"
    )
    return ledger.frame(query, (namespace,), MISSED)


def _look_up(ledger: Ledger, query: str, namespace: int, values: pl.Series, by: str) -> pl.DataFrame:
    asked = values.to_frame("asked")
    found = [pl.DataFrame(schema=CUSTOMER)]
    for chunk in asked.drop_nulls().unique(maintain_order=True).iter_slices(CHUNK):
        cells: Sequence[str | int] = (namespace, *chunk["asked"])
        found.append(ledger.frame(f"{query}({', '.join('?' * chunk.height)})", cells, CUSTOMER))
    known = pl.concat(found).with_columns(asked=by)
    return asked.join(known, on="asked", how="left", maintain_order="left").drop("asked")
