"""What became of the rows of a run that were, or were about to be, sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.outcome import Action, State

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from importer.ledger.store import Ledger

PENDING_CREATE = "create|pending"
PENDING_UPDATE = "update|pending"

OUTCOMES: Mapping[str, type[pl.DataType]] = {
    "part": pl.Int32,
    "position": pl.UInt32,
    "source": pl.Int32,
    "row": pl.Int64,
    "action": pl.String,
    "state": pl.String,
    "contact_id": pl.String,
    "http_status": pl.Int32,
    "code": pl.String,
    "message": pl.String,
    "attempts": pl.Int32,
    "finished_at": pl.Int64,
}


def outcomes(ledger: Ledger, run: int, part: int | None = None) -> pl.DataFrame:
    """Give the rows of a run, or of one part of it, for which the ledger knows of an intent.

    Ordered by part and position (a row's place in its part, from 0). Columns: `part` Int32, `position` UInt32, `source`
    Int32, `row` Int64, `action` String, `state` String (a word of `outcome.State`), `contact_id` String, `http_status`
    Int32, `code` String, `message` String, `attempts` Int32, `finished_at` Datetime (ms, UTC), `settled` Boolean.

    A row that is not settled may be sent again by this run: it is `unsent`, or an update whose intent got no outcome,
    which is `unknown` (`update|pending`) until it is. A create without outcome is `unknown` (`create|pending`) and
    settled.
    """
    where, cells = ("WHERE run = ?", (run,)) if part is None else ("WHERE run = ? AND part = ?", (run, part))
    query = f"SELECT {', '.join(OUTCOMES)} FROM attempt {where} ORDER BY part, position"  # noqa: S608  # our own names
    pending = pl.col("state") == "intent"
    creating = pl.col("action") == Action.CREATE
    return ledger.frame(query, cells, OUTCOMES).with_columns(
        state=pl.when(pending).then(pl.lit(State.UNKNOWN.value)).otherwise("state"),
        code=pl.when(pending & creating)
        .then(pl.lit(PENDING_CREATE))
        .when(pending)
        .then(pl.lit(PENDING_UPDATE))
        .otherwise("code"),
        finished_at=pl.col("finished_at").cast(pl.Datetime("ms", "UTC")),
        settled=~((pending & ~creating) | (pl.col("state") == State.UNSENT)),
    )


def has_landed(ledger: Ledger, run: int) -> bool:
    """Whether anything of a run has landed."""
    return bool(ledger.read("SELECT 1 FROM attempt WHERE run = ? AND state IN ('created', 'updated') LIMIT 1", (run,)))


def settle_creates(database: sqlite3.Connection, run: int, moment: int) -> None:
    """Inside a transaction: the creates of a run whose intent got no outcome become unknown, their keys with them.

    Updates without outcome stay as they are; the run may send them again.
    """
    database.execute(
        "UPDATE identity SET state = 'unknown' FROM attempt JOIN run ON run.number = attempt.run"
        " WHERE attempt.run = ? AND attempt.state = 'intent' AND attempt.action = 'create'"
        " AND identity.namespace = run.namespace AND identity.key = attempt.key AND identity.state = 'sending'",
        (run,),
    )
    database.execute(
        "UPDATE attempt SET state = 'unknown', code = ?, finished_at = ?"
        " WHERE run = ? AND state = 'intent' AND action = 'create'",
        (PENDING_CREATE, moment, run),
    )
