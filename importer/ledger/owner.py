"""Whose a run is: each stretch of sending takes the next number, and who holds an older one writes nothing more.

The lock keeps two processes apart, but its file can be removed, or lie on a disk that does not lock. Then two could go
on with one run and send the same row twice; here the ledger itself tells the older one to stop before it sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import StateError

if TYPE_CHECKING:
    import sqlite3

LOST = (
    "another process has taken this run over, or begun a newer one: was the lock file removed? Nothing more was sent "
    "from here. Let the other one end, then run the same command again; it goes on from there."
)


def take_over(database: sqlite3.Connection, run: int) -> int:
    """Inside a transaction: make a run one's own and give the number of the stretch that begins."""
    ((owner,),) = database.execute(
        "UPDATE run SET owner = owner + 1 WHERE number = ? RETURNING owner", (run,)
    ).fetchall()
    return int(owner)


def count_as_owner(database: sqlite3.Connection, run: int, owner: int, moment: int) -> tuple[int, int]:
    """Inside a transaction: as `rise` and `count_commit` in one, for a run that is one's own.

    Gives the time, and how many transactions there are with this one. Raises StateError when the run is closed, or
    another process goes on with it.
    """
    found = database.execute(
        "SELECT newest, commits FROM height"
        " WHERE EXISTS (SELECT 1 FROM run WHERE number = ? AND owner = ? AND state = 'open')",
        (run, owner),
    ).fetchall()
    if not found:
        raise StateError(LOST)
    ((newest, commits),) = found
    risen, counted = max(int(newest), moment), int(commits) + 1
    # Not told by RETURNING: for that SQLite makes a table of its own, which took ten times as long as all else here.
    database.execute("UPDATE height SET newest = ?, commits = ?", (risen, counted))
    return risen, counted
