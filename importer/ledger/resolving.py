"""What the ledger needs when unknown creates are settled: what is open, what the run surely made, and the settling."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.ledger.attempts import settle_creates
from importer.ledger.namespaces import epoch_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.ledger.runs import Run
    from importer.ledger.store import Ledger
    from importer.outcome import State

FOUND = "create|found"
ABSENT = "create|absent"

Schema = dict[str, type[pl.DataType]]
PLACE: Schema = {"run": pl.Int64, "part": pl.Int32, "position": pl.UInt32}
UNKNOWN: Schema = {**PLACE, "key": pl.String, "intent_at": pl.Int64, "known_id": pl.String}
PAIRS: Schema = {"key": pl.String, "contact_id": pl.String}

NOT_SETTLED = (
    "SELECT a.run, a.part, a.position, a.key, a.intent_at, c.contact_id FROM attempt a"
    " JOIN run r ON r.number = a.run LEFT JOIN identity i ON i.namespace = r.namespace AND i.key = a.key"
    " LEFT JOIN contact c ON c.id = i.contact WHERE a.action = 'create' AND a.state IN ('unknown', 'intent')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What was found out, to be written at once. All frames hold `run`, `part`, `position`."""

    found: pl.DataFrame
    """Creates that landed: also `key` and `contact_id`."""
    absent: pl.DataFrame
    """Creates that certainly did not happen: also `key`."""
    held: pl.DataFrame
    """Rows that were held back because of such a create: also `source`, `row`, `key`, `code`."""


def unknown_creates(ledger: Ledger, run: Run) -> pl.DataFrame:
    """Give the creates of a run of which nobody knows whether they happened, in row order.

    Columns: `run` Int64, `part` Int32, `position` UInt32, `key` String, `intent_at` Int64 (ms since 1970 UTC, of the
    last try), `known_id` String (the contact which the key has come to stand for since, else null).
    """
    return ledger.frame(f"{NOT_SETTLED} AND a.run = ? ORDER BY a.part, a.position", (run.number,), UNKNOWN)


def pending_creates(ledger: Ledger, run: Run) -> pl.DataFrame:
    """Give, as `unknown_creates`, those of all runs of the same namespace that still hold their key back."""
    query = f"{NOT_SETTLED} AND r.namespace = ? AND i.state <> 'known' AND i.run = a.run AND i.part = a.part"
    return ledger.frame(f"{query} AND i.position = a.position", (run.namespace,), UNKNOWN)


def landed_pairs(ledger: Ledger, run: int, state: State) -> pl.DataFrame:
    """Give `key` and `contact_id` (String) of a run's rows that ended `created` or `updated`, as the server answered.

    Those that an export told are left out: no export proves itself whole.
    """
    query = "SELECT key, contact_id FROM attempt WHERE run = ? AND state = ? AND code IS NOT ?"
    return ledger.frame(query, (run, state.value, FOUND), PAIRS)


def known_pairs(ledger: Ledger, run: Run) -> pl.DataFrame:
    """Give `key` and `contact_id` (String) of all that the run's namespace knows."""
    query = "SELECT i.key, c.contact_id FROM identity i JOIN contact c ON c.id = i.contact WHERE i.namespace = ?"
    return ledger.frame(query, (run.namespace,), PAIRS)


def key_fields(ledger: Ledger, run: Run) -> tuple[str, ...]:
    """Give the mapped fields by which the run's namespace knows its customers."""
    found = ledger.read("SELECT key_fields FROM namespace WHERE id = ?", (run.namespace,))
    return tuple(json.loads(found[0][0])) if found else ()


def settle_unknown(ledger: Ledger, run: Run, settlement: Settlement, now: Callable[[], datetime]) -> None:
    """Write all of it in one transaction.

    A create that landed makes its key known, with no fingerprint: what the server holds need not be what this row
    says, so the next run sends it once more, as an update. One that did not happen leaves its key free and its row
    unsent. A row that was held back becomes unsent, and an open run with such rows is closed: only a new plan can tell
    what to do with them. Where nothing is settled nothing is written, and a waiting plan still fits. Raises StateError.
    """
    if settlement.found.is_empty() and settlement.absent.is_empty() and settlement.held.is_empty():
        return
    moment = epoch_ms(now())
    with ledger.writing() as database:
        for number in {run.number, *settlement.found["run"], *settlement.absent["run"]}:
            settle_creates(database, number, moment)
        _land(database, run, settlement.found, moment)
        _free(database, run, settlement.absent, moment)
        _let_go(database, run, settlement.held, moment)
        database.execute("UPDATE namespace SET revision = revision + 1 WHERE id = ?", (run.namespace,))


def _land(database: sqlite3.Connection, run: Run, found: pl.DataFrame, moment: int) -> None:
    rows = list(_named(found))
    database.executemany(
        "INSERT INTO contact (namespace, contact_id, run, part, position, landed_at)"
        " VALUES (:namespace, :contact_id, :run, :part, :position, :moment) ON CONFLICT DO NOTHING",
        ({**row, "namespace": run.namespace, "moment": moment} for row in rows),
    )
    database.executemany(
        "UPDATE identity SET state = 'known',"
        " contact = (SELECT id FROM contact WHERE namespace = :namespace AND contact_id = :contact_id),"
        " sum = row_sum(:namespace, :key, :contact_id)"
        " WHERE namespace = :namespace AND key = :key AND state = 'unknown' AND run = :run AND part = :part"
        " AND position = :position",
        ({**row, "namespace": run.namespace} for row in rows),
    )
    _end_rows(database, ({**row, "state": "created", "code": FOUND, "moment": moment} for row in rows))


def _free(database: sqlite3.Connection, run: Run, absent: pl.DataFrame, moment: int) -> None:
    rows = list(_named(absent))
    database.executemany(
        "DELETE FROM identity WHERE namespace = :namespace AND key = :key AND state = 'unknown' AND run = :run"
        " AND part = :part AND position = :position",
        ({**row, "namespace": run.namespace} for row in rows),
    )
    ended = {"state": "unsent", "code": ABSENT, "contact_id": None, "moment": moment}
    _end_rows(database, ({**row, **ended} for row in rows))


def _end_rows(database: sqlite3.Connection, rows: Iterable[Mapping[str, object]]) -> None:
    database.executemany(
        "UPDATE attempt SET state = :state, code = :code, contact_id = :contact_id, finished_at = :moment"
        " WHERE run = :run AND part = :part AND position = :position AND action = 'create' AND state = 'unknown'",
        rows,
    )


def _let_go(database: sqlite3.Connection, run: Run, held: pl.DataFrame, moment: int) -> None:
    if held.is_empty():
        return
    database.executemany(
        "INSERT INTO attempt (run, part, position, source, row, action, key, state, code, attempts, intent_at,"
        " finished_at) VALUES (:run, :part, :position, :source, :row, 'create', :key, 'unsent', :code, 0, :moment,"
        " :moment) ON CONFLICT DO NOTHING",
        ({**row, "run": run.number, "moment": moment} for row in _named(held)),
    )
    database.execute("UPDATE run SET state = 'closed' WHERE number = ? AND state = 'open'", (run.number,))


def _named(frame: pl.DataFrame) -> Iterator[dict[str, object]]:
    return frame.iter_rows(named=True)
