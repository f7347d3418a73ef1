"""Leaves a refused ledger as it was found: closing must not copy its log into its file."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def close_unmerged(path: Path, database: sqlite3.Connection) -> None:
    """Close a connection to the file at `path` and leave its -wal beside it.

    SQLite copies the log into the file when the last connection closes, for which that one must be able to write: here
    it is one that only reads. The copy that a user put back, or the log, would be gone else.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as last:
        last.execute("SELECT 1 FROM sqlite_schema").fetchone()
        database.close()
    database.close()
