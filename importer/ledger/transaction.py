"""One transaction of the ledger: begun, counted, made durable, and then told to the mark."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.ledger.mark import Mark

PRIMARY = 0xFF
"""The part of a code that says what kind of error it is (https://www.sqlite.org/rescode.html)."""
PATIENCE = 30
"""Seconds for which another process may write before that is an error."""


@contextmanager
def transaction(database: sqlite3.Connection, mark: Mark) -> Iterator[None]:
    """Commit what the block writes and then move the mark, or undo it."""
    begin(database)
    with undone_if_it_fails(database):
        yield
        commits = count_commit(database)
    commit(database, mark, commits)


def begin(database: sqlite3.Connection) -> None:
    """Begin to write, when no other process does any more."""
    database.execute("BEGIN IMMEDIATE")


def begin_at_once(database: sqlite3.Connection) -> bool:
    """Begin to write if no other process does; False where one does. It waits for nobody if `patience` is 0."""
    try:
        begin(database)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def be_patient(database: sqlite3.Connection, seconds: int) -> None:
    """Let this connection wait so long for another process that writes."""
    database.execute(f"PRAGMA busy_timeout = {seconds * 1000}")


@contextmanager
def undone_if_it_fails(database: sqlite3.Connection) -> Iterator[None]:
    """Undo the transaction in which the block raises."""
    try:
        yield
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def count_commit(database: sqlite3.Connection) -> int:
    """Count this transaction, as the last thing that it writes: give how many there are with it."""
    ((commits,),) = database.execute("UPDATE height SET commits = commits + 1 RETURNING commits").fetchall()
    return int(commits)


def commit(database: sqlite3.Connection, mark: Mark, commits: int) -> None:
    """Make a counted transaction durable, then move the mark; or undo it."""
    with undone_if_it_fails(database):
        database.execute("COMMIT")
    mark.write(commits)
