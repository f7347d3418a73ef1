"""The runs: which were planned, which is under way, and how each ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.errors import GuardRailError, StateError, UsageError
from importer.ledger.attempts import settle_creates
from importer.ledger.namespaces import epoch_ms
from importer.ledger.owner import LOST, take_over

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from importer.ledger.namespaces import Namespace
    from importer.ledger.store import Ledger


class RunState(StrEnum):
    """Where a run stands. Only an open one sends; a closed one was left behind for another and never goes on."""

    PLANNED = "planned"
    OPEN = "open"
    FINISHED = "finished"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is known by when it begins."""

    id: str
    verb: str
    source_digest: str
    mapping_digest: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the ledger knows it."""

    number: int
    """Its place in the order of beginning, by which the other tables know it."""
    id: str
    namespace: int | None
    verb: str
    state: RunState
    source_digest: str
    mapping_digest: str
    revision: int
    """The namespace's revision when this run was planned or begun."""
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    counts: Mapping[str, Any]
    folder: str
    owner: int
    """The number of its newest stretch of sending: see owner.py."""


ROWS = "row"
"""The place under which all rows are counted: `filled` are those that were not rejected."""


@dataclass(frozen=True, slots=True)
class ColumnCount:
    """How one mapped field fared over a run's rows."""

    place: str
    filled: int
    rejected: int
    dropped: int


COLUMNS = (
    "number, id, namespace, verb, state, source_digest, mapping_digest, revision, started_at, finished_at, exit_code,"
    " counts, folder, owner"
)


def runs(ledger: Ledger) -> list[Run]:
    """Give every run, newest first."""
    return _select(ledger, "ORDER BY number DESC")


def find_run(ledger: Ledger, run_id: str) -> Run | None:
    """Give the run of that id, or the newest one for `last`; None when there is none."""
    if run_id == "last":
        return next(iter(_select(ledger, "ORDER BY number DESC LIMIT 1")), None)
    return next(iter(_select(ledger, "WHERE id = ?", (run_id,))), None)


def newest_unfinished(ledger: Ledger, namespace: Namespace) -> Run | None:
    """Give the namespace's newest open run, which the same source and mapping go on with; None when there is none."""
    found = _select(ledger, "WHERE namespace = ? AND state = 'open' ORDER BY number DESC LIMIT 1", (namespace.id,))
    return next(iter(found), None)


def plan_run(ledger: Ledger, namespace: Namespace | None, new: NewRun, now: Callable[[], datetime]) -> Run:
    """Keep a run that prepares or plans and sends nothing yet. It closes no other run. No namespace: a `check`."""
    with ledger.writing() as database:
        _insert(database, namespace, new, RunState.PLANNED, epoch_ms(now()))
    return _one(ledger, new.id)


def begin_run(ledger: Ledger, namespace: Namespace, new: NewRun, now: Callable[[], datetime]) -> Run:
    """Begin a run that sends. Whatever run of the namespace is still open is settled and closed."""
    moment = epoch_ms(now())
    with ledger.writing() as database:
        _close_open(database, namespace, moment)
        owner = take_over(database, _insert(database, namespace, new, RunState.OPEN, moment))
    ledger.name_sender(new.id)
    return replace(_one(ledger, new.id), owner=owner)


def resume_run(ledger: Ledger, run: Run, now: Callable[[], datetime]) -> Run:
    """Go on with an open run: creates that a dead process left without outcome become unknown.

    Raises GuardRailError when the run is not open. Whoever went on with it before writes nothing more.
    """
    if run.state is not RunState.OPEN:
        raise GuardRailError(f"run {run.id} is {run.state}: it doesn't go on. Begin a new one.")
    with ledger.writing() as database:
        settle_creates(database, run.number, epoch_ms(now()))
        database.execute("UPDATE namespace SET revision = revision + 1 WHERE id = ?", (run.namespace,))
        owner = take_over(database, run.number)
    ledger.name_sender(run.id)
    return replace(_one(ledger, run.id), owner=owner)


def apply_run(ledger: Ledger, namespace: Namespace, run: Run, now: Callable[[], datetime]) -> Run:
    """Begin to send a planned run. Whatever run of the namespace is still open is settled and closed.

    Raises GuardRailError when the run is not merely planned, or when the ledger moved since it was.
    """
    if run.state is not RunState.PLANNED or run.namespace != namespace.id:
        raise GuardRailError(
            f"run {run.id} is {run.state}, or of another account or mapping: plan again, and apply that."
        )
    moment = epoch_ms(now())
    with ledger.writing() as database:
        _close_open(database, namespace, moment)
        begun = database.execute(
            "UPDATE run SET state = 'open' WHERE number = ? AND state = 'planned'"
            " AND revision = (SELECT revision FROM namespace WHERE id = run.namespace)",
            (run.number,),
        )
        if begun.rowcount != 1:
            raise GuardRailError(f"run {run.id}: the ledger moved since it was planned. Plan again, and apply that.")
        database.execute("UPDATE namespace SET revision = revision + 1 WHERE id = ?", (namespace.id,))
        owner = take_over(database, run.number)
    ledger.name_sender(run.id)
    return replace(_one(ledger, run.id), owner=owner)


def finish_run(
    ledger: Ledger,
    run: Run,
    counts: Mapping[str, Any],
    exit_code: int,
    now: Callable[[], datetime],
    *,
    state: RunState = RunState.FINISHED,
) -> None:
    """Keep how a run, or this stretch of it, ended: FINISHED, or OPEN (PLANNED) when it is to go on later.

    Raises StateError when another process has taken the run over, or closed it by beginning a newer one: were it open
    again, it would go on with a plan that the newer one has outdated.
    """
    with ledger.writing() as database:
        kept = database.execute(
            "UPDATE run SET state = ?, counts = ?, exit_code = ?, finished_at = ?"
            " WHERE number = ? AND owner = ? AND state <> 'closed'",
            (state, json.dumps(dict(counts)), exit_code, epoch_ms(now()), run.number, run.owner),
        )
        if kept.rowcount != 1:
            raise StateError(LOST)


def keep_column_counts(ledger: Ledger, run: Run, counts: Sequence[ColumnCount]) -> None:
    """Keep how each mapped field fared, in place of what was kept for this run before."""
    with ledger.writing() as database:
        database.execute("DELETE FROM column_count WHERE run = ?", (run.number,))
        database.executemany(
            "INSERT INTO column_count (run, place, filled, rejected, dropped) VALUES (?, ?, ?, ?, ?)",
            [(run.number, count.place, count.filled, count.rejected, count.dropped) for count in counts],
        )


def newest_column_counts(ledger: Ledger, namespace: Namespace) -> tuple[ColumnCount, ...]:
    """Give the counts of the namespace's newest run that had any and was to send; nothing when there is none."""
    found = ledger.read(
        "SELECT place, filled, rejected, dropped FROM column_count WHERE run = (SELECT max(run.number) FROM run"
        " WHERE namespace = ? AND state <> 'planned' AND EXISTS (SELECT 1 FROM column_count WHERE run = run.number))",
        (namespace.id,),
    )
    return tuple(ColumnCount(*row) for row in found)


def _close_open(database: sqlite3.Connection, namespace: Namespace, moment: int) -> None:
    unfinished = database.execute("SELECT number FROM run WHERE namespace = ? AND state = 'open'", (namespace.id,))
    for (number,) in unfinished.fetchall():
        settle_creates(database, number, moment)
        database.execute("UPDATE run SET state = 'closed' WHERE number = ?", (number,))


def _insert(
    database: sqlite3.Connection, namespace: Namespace | None, new: NewRun, state: RunState, moment: int
) -> int:
    number = namespace.id if namespace else None
    if state is RunState.OPEN:
        database.execute("UPDATE namespace SET revision = revision + 1 WHERE id = ?", (number,))
    if database.execute("SELECT 1 FROM run WHERE id = ?", (new.id,)).fetchone():
        raise UsageError(f"there is a run {new.id} already")
    ((inserted,),) = database.execute(
        "INSERT INTO run (id, namespace, verb, state, source_digest, mapping_digest, revision, started_at, folder)"
        " VALUES (?, ?, ?, ?, ?, ?, coalesce((SELECT revision FROM namespace WHERE id = ?), 0), ?, ?)"
        " RETURNING number",
        (new.id, number, new.verb, state, new.source_digest, new.mapping_digest, number, moment, str(new.folder)),
    ).fetchall()
    return int(inserted)


def _one(ledger: Ledger, run_id: str) -> Run:
    (found,) = _select(ledger, "WHERE id = ?", (run_id,))
    return found


def _select(ledger: Ledger, rest: str, cells: Sequence[Any] = ()) -> list[Run]:
    rows = ledger.read(f"SELECT {COLUMNS} FROM run {rest}", cells)  # noqa: S608  # `rest` is this file's own text
    return [_run(row) for row in rows]


def _run(row: tuple[Any, ...]) -> Run:
    number, run_id, namespace, verb, state, source, mapping, revision, started, finished, *told = row
    code, counts, folder, owner = told
    return Run(
        number=number,
        id=run_id,
        namespace=namespace,
        verb=verb,
        state=RunState(state),
        source_digest=source,
        mapping_digest=mapping,
        revision=revision,
        started_at=_moment(started),
        finished_at=None if finished is None else _moment(finished),
        exit_code=code,
        counts=json.loads(counts),
        folder=folder,
        owner=owner,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
