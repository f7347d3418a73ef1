"""What an older ledger is told before anything is sent again: whoever may have been created is held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.ledger.attempts import PENDING_CREATE, settle_creates
from importer.ledger.keys import as_key
from importer.ledger.mark import mark_of, read_mark
from importer.ledger.namespaces import SUM, epoch_ms, insert_namespace, set_keys
from importer.ledger.store import rise
from importer.ledger.sums import row_sum

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

    import polars as pl

    from importer.ledger.namespaces import KeyRule, Target
    from importer.ledger.store import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The creates of one run, as its folder tells."""

    run_id: str
    folder: str
    target: Target
    keys: KeyRule
    sets_key: bool
    """Whether it surely sent: customers were known by its keys from then on, `--change-key` or not."""
    creates: Iterator[pl.DataFrame]
    """By parts: `part` Int32, `position` UInt32, `source` Int32, `row` Int64, `key` String."""


def hold_back(ledger: Ledger, runs: Iterator[Planned], *, sent_by: datetime, now: datetime) -> int:
    """Make unknown every create that these runs planned and the ledger does not know; give how many.

    `runs` come newest first. `sent_by` is when the last of them can have been sent. Nothing is sure any more of what
    any contact holds, so each is sent once more, as an update. All of it is one transaction, which lifts the ledger to
    its mark: stopped before, it is refused as before. Raises StateError.
    """
    mark = read_mark(mark_of(ledger.path))
    held, keyed = 0, set[int]()
    with ledger.writing() as database:
        moment = rise(database, epoch_ms(sent_by))
        for planned in runs:
            namespace = _namespace(database, planned, now)
            if planned.sets_key and namespace not in keyed:
                set_keys(database, namespace, planned.keys)
                keyed.add(namespace)
            run = _run(database, planned, namespace, now)
            settle_creates(database, run, epoch_ms(now))
            for creates in planned.creates:
                held += _hold(database, namespace, run, creates, moment)
        database.execute("UPDATE contact SET fingerprint = NULL WHERE fingerprint IS NOT NULL")
        database.execute("DELETE FROM answer")
        database.execute("UPDATE namespace SET revision = revision + 1")
        database.execute(SUM)
        database.execute("UPDATE height SET commits = max(commits, ?)", (mark.commits if mark else 0,))
    return held


def _namespace(database: sqlite3.Connection, planned: Planned, now: datetime) -> int:
    target = (planned.target.base_url, planned.target.account, planned.target.name)
    insert_namespace(database, planned.target, planned.keys, epoch_ms(now))
    return _number(database, "SELECT id FROM namespace WHERE base_url = ? AND account = ? AND name = ?", target)


def _run(database: sqlite3.Connection, planned: Planned, namespace: int, now: datetime) -> int:
    database.execute(
        "INSERT INTO run (id, namespace, verb, state, source_digest, mapping_digest, revision, started_at, folder)"
        " VALUES (?, ?, 'run', 'closed', '', '', 0, ?, ?) ON CONFLICT DO NOTHING",
        (planned.run_id, namespace, epoch_ms(now), planned.folder),
    )
    # A plan that the ledger thinks was never applied may have been.
    database.execute("UPDATE run SET state = 'closed' WHERE id = ? AND state = 'planned'", (planned.run_id,))
    return _number(database, "SELECT number FROM run WHERE id = ?", (planned.run_id,))


def _number(database: sqlite3.Connection, query: str, cells: tuple[str, ...]) -> int:
    ((number,),) = database.execute(query, cells).fetchall()
    return int(number)


def _hold(database: sqlite3.Connection, namespace: int, run: int, creates: pl.DataFrame, moment: int) -> int:
    # A part that an earlier version wrote may hold a key in another form.
    named = [{**row, "key": as_key(row["key"])} for row in creates.iter_rows(named=True)]
    rows = [(namespace, row["key"], run, row["part"], row["position"]) for row in named]
    # A row that ended in this run was not sent again by it.
    written = database.executemany(
        "INSERT INTO identity (namespace, key, state, run, part, position, sum)"
        " SELECT ?1, ?2, 'unknown', ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM attempt WHERE run = ?3 AND part = ?4 AND position = ?5 AND state <> 'unsent')"
        " ON CONFLICT DO NOTHING",
        [(*row, row_sum(namespace, row[1], None)) for row in rows],
    )
    held = written.rowcount
    database.executemany(
        "INSERT INTO attempt (run, part, position, source, row, action, key, state, code, attempts, intent_at,"
        " finished_at) SELECT ?1, ?2, ?3, ?4, ?5, 'create', ?6, 'unknown', ?7, 1, ?8, ?8 FROM identity"
        " WHERE namespace = ?9 AND identity.key = ?6 AND run = ?1 AND part = ?2 AND position = ?3"
        " AND identity.state = 'unknown'"
        " ON CONFLICT DO UPDATE SET state = 'unknown', code = excluded.code, intent_at = excluded.intent_at"
        " WHERE state = 'unsent'",
        [
            (
                run,
                row["part"],
                row["position"],
                row["source"],
                row["row"],
                row["key"],
                PENDING_CREATE,
                moment,
                namespace,
            )
            for row in named
        ],
    )
    return held
