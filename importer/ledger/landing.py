"""One transaction of the journal: outcomes, intents, counts and ticks, written as the ledger's rules say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.outcome import LANDED, Action, State

if TYPE_CHECKING:
    import sqlite3

    from importer.ledger.namespaces import Target
    from importer.outcome import Outcome
    from importer.task import Task, Tick

LAND_KEY = (
    "INSERT INTO identity (namespace, key, state, contact, run, part, position)"
    " VALUES (?, ?, 'known', (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?), ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET state = 'known', contact = excluded.contact, run = excluded.run,"
    " part = excluded.part, position = excluded.position WHERE contact IS NOT excluded.contact"
)
"""Cells: namespace, key, namespace, contact id (which the ledger holds), run, part, position."""


@dataclass(slots=True)
class Batch:
    """What waits to be written together, outcomes before intents."""

    outcomes: list[tuple[Task, Outcome]] = field(default_factory=list)
    intents: list[Task] = field(default_factory=list)
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    """With the time of each, ms since 1970 UTC."""
    requests: dict[str, int] = field(default_factory=dict)
    """By UTC day, YYYY-MM-DD."""


def write(database: sqlite3.Connection, target: Target, namespace: int, run: int, batch: Batch, moment: int) -> None:
    """Write a batch inside a transaction. Raises StateError when it contradicts what is recorded already."""
    # Cells are bound as plain str and int, never as enums: sqlite3 looks for an adapter of any subclass first.
    if batch.outcomes:
        _write_outcomes(database, run, batch.outcomes, moment)
        _write_landed(database, namespace, run, batch.outcomes, moment)
        _write_creates(database, namespace, run, batch.outcomes)
    if batch.intents:
        _write_intents(database, namespace, run, batch.intents, moment)
    database.executemany(
        "INSERT INTO tick (run, at, done, in_flight, flight_limit, latency_ms, waiting) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(run, at, t.done, t.in_flight, t.limit, t.latency_ms, t.waiting) for at, t in batch.ticks],
    )
    database.executemany(
        "INSERT INTO request_day (base_url, account, day, requests) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests",
        [(target.base_url, target.account, day, number) for day, number in batch.requests.items()],
    )


def _write_intents(database: sqlite3.Connection, namespace: int, run: int, tasks: list[Task], moment: int) -> None:
    written = database.executemany(
        "INSERT INTO attempt (run, part, position, source, row, action, key, contact_id, state, attempts, intent_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intent', 1, ?)"
        " ON CONFLICT DO UPDATE SET state = 'intent', attempts = attempts + 1, intent_at = excluded.intent_at,"
        " http_status = NULL, code = NULL, message = NULL, finished_at = NULL WHERE state IN ('intent', 'unsent')",
        [(run, t.part, t.position, t.source, t.row, t.action.value, t.key, t.contact_id, moment) for t in tasks],
    )
    _all_of(written, tasks, "a row that this run settled already was about to be sent again")
    creates = [t for t in tasks if t.action is Action.CREATE]
    if creates:
        written = database.executemany(
            "INSERT INTO identity (namespace, key, state, run, part, position) VALUES (?, ?, 'sending', ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET state = 'sending' WHERE state = 'sending' AND run = excluded.run"
            " AND part = excluded.part AND position = excluded.position",
            [(namespace, t.key, run, t.part, t.position) for t in creates],
        )
        _all_of(written, creates, "a customer whom the ledger already knows was about to be created")
    if len(creates) < len(tasks):
        database.executemany(
            "UPDATE contact SET fingerprint = NULL WHERE namespace = ? AND contact_id = ? AND fingerprint IS NOT NULL",
            [(namespace, t.contact_id) for t in tasks if t.action is Action.UPDATE],
        )


def _write_outcomes(database: sqlite3.Connection, run: int, outcomes: list[tuple[Task, Outcome]], moment: int) -> None:
    written = database.executemany(
        "UPDATE attempt SET state = ?, contact_id = coalesce(?, contact_id), http_status = ?, code = ?, message = ?,"
        " finished_at = ?, attempts = attempts - ? WHERE run = ? AND part = ? AND position = ? AND state = 'intent'",
        [
            (
                *(o.state.value, o.contact_id, o.http_status, o.code, o.message, moment),
                *(_never_left(o), run, t.part, t.position),
            )
            for t, o in outcomes
        ],
    )
    _all_of(written, outcomes, "an outcome came for a row without an open intent")


def _write_landed(
    database: sqlite3.Connection, namespace: int, run: int, outcomes: list[tuple[Task, Outcome]], moment: int
) -> None:
    landed = [
        (t, o.contact_id if t.action is Action.CREATE else t.contact_id, o.answer)
        for t, o in outcomes
        if o.state in LANDED
    ]
    if not landed:
        return
    database.executemany(
        "INSERT INTO contact (namespace, contact_id, fingerprint, run, part, position, landed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint,"
        " run = excluded.run, part = excluded.part, position = excluded.position, landed_at = excluded.landed_at",
        [(namespace, contact, t.fingerprint, run, t.part, t.position, moment) for t, contact, _ in landed],
    )
    database.executemany(
        LAND_KEY,
        [
            (namespace, t.key, namespace, contact, run, t.part, t.position)
            for t, contact, _ in landed
            if t.key is not None
        ],
    )
    database.executemany(
        "INSERT OR REPLACE INTO answer (contact, body)"
        " VALUES ((SELECT id FROM contact WHERE namespace = ? AND contact_id = ?), ?)",
        [(namespace, contact, answer) for _, contact, answer in landed if answer is not None],
    )
    # An update that landed without telling the stored form has made the one we hold untrue.
    database.executemany(
        "DELETE FROM answer WHERE contact = (SELECT id FROM contact WHERE namespace = ? AND contact_id = ?)",
        [(namespace, contact) for _, contact, answer in landed if answer is None],
    )


def _write_creates(
    database: sqlite3.Connection, namespace: int, run: int, outcomes: list[tuple[Task, Outcome]]
) -> None:
    creates = [(t, o.state) for t, o in outcomes if t.action is Action.CREATE and o.state not in LANDED]
    database.executemany(
        "UPDATE identity SET state = 'unknown' WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t, state in creates if state is State.UNKNOWN],
    )
    database.executemany(
        "DELETE FROM identity WHERE namespace = ? AND key = ? AND state = 'sending' AND run = ?",
        [(namespace, t.key, run) for t, state in creates if state is not State.UNKNOWN],
    )


def _never_left(outcome: Outcome) -> int:
    return int(outcome.state is State.UNSENT and outcome.http_status is None)


def _all_of(written: sqlite3.Cursor, rows: list[Task] | list[tuple[Task, Outcome]], otherwise: str) -> None:
    if written.rowcount != len(rows):
        raise StateError(f"the ledger refused a record: {otherwise}. Nothing more was sent; plan again.")
