"""What runs before and after a run did to the contacts it sent something to; read by scanning all attempts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.known import CHUNK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ledger.runs import Run
    from importer.ledger.store import Ledger

TOUCHED = "('created', 'updated', 'unknown', 'intent')"
"""States in which a request may have changed the contact."""
HERE = f"SELECT contact_id FROM attempt WHERE run = ?1 AND state IN {TOUCHED}"  # noqa: S608  # our own text
# SQLite takes the bare columns from the row that has the maximum (its documentation of `max()` says so).
BEFORE = (
    "SELECT a.contact_id, max(a.run), r.id, a.part, a.position, a.action, a.state FROM attempt a"  # noqa: S608  # our own text
    f" JOIN run r ON r.number = a.run WHERE a.run < ?1 AND r.namespace = ?2 AND a.state IN {TOUCHED}"
    f" AND a.contact_id IN ({HERE}) GROUP BY a.contact_id"
)
AFTER = (
    "SELECT a.contact_id, a.run, r.id, r.source_digest, a.state FROM attempt a JOIN run r ON r.number = a.run"  # noqa: S608  # our own text
    f" WHERE a.run > ?1 AND r.namespace = ?2 AND a.state IN {TOUCHED} AND a.contact_id IN ({HERE})"
    " ORDER BY a.run, a.part, a.position"
)
FORMER = (
    "SELECT contact_id, body FROM former_answer f JOIN contact ON contact.id = f.contact"
    " WHERE f.run = ? AND contact.run = f.run AND namespace = ? AND contact_id IN "
)
PLACED: Mapping[str, type[pl.DataType]] = {
    "contact_id": pl.String,
    "number": pl.Int64,
    "run": pl.String,
    "part": pl.Int32,
    "position": pl.UInt32,
    "action": pl.String,
    "state": pl.String,
}
LATER: Mapping[str, type[pl.DataType]] = {
    "contact_id": pl.String,
    "number": pl.Int64,
    "run": pl.String,
    "source_digest": pl.String,
    "state": pl.String,
}


def touched_before(ledger: Ledger, run: Run) -> pl.DataFrame:
    """Give by whom each contact that a run sent something to was touched last before it.

    Columns: `contact_id` String, each once; `number` Int64 and `run` String (that run), `part` Int32, `position`
    UInt32, `action` String, `state` String (`created`, `updated`; `unknown` or `intent`: nobody knows whether it
    landed). Contacts that no run touched before are left out.
    """
    return ledger.frame(BEFORE, (run.number, run.namespace), PLACED)


def touched_after(ledger: Ledger, run: Run) -> pl.DataFrame:
    """Give what later runs sent to the contacts that a run sent something to, oldest first.

    Columns: `contact_id` String, `number` Int64 and `run` String (the later run), `source_digest` String (of it),
    `state` String as in `touched_before`.
    """
    return ledger.frame(AFTER, (run.number, run.namespace), LATER)


def former_answers(ledger: Ledger, run: Run, ids: pl.Series) -> pl.Series:
    """Give what the server had stored of each contact before a run's update, aligned with `ids`; String, JSON.

    Null where that is not known, or where another run has updated the contact since.
    """
    asked = ids.to_frame("asked")
    schema: dict[str, type[pl.DataType]] = {"asked": pl.String, "body": pl.Binary}
    found = [pl.DataFrame(schema=schema)]
    for chunk in asked.drop_nulls().unique(maintain_order=True).iter_slices(CHUNK):
        marks = ", ".join("?" * chunk.height)
        found.append(ledger.frame(f"{FORMER}({marks})", (run.number, run.namespace, *chunk["asked"]), schema))
    joined = asked.join(pl.concat(found), on="asked", how="left", maintain_order="left")
    return joined["body"].cast(pl.String, strict=False)
