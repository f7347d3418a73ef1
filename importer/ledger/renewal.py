"""A ledger and its mark, compared when it is opened; the mark is made anew where it tells nothing of this ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.durable import sync_folder
from importer.errors import StateError
from importer.ledger.mark import Height, check_mark, make_mark, mark_of, read_mark, read_senders

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def read_old_mark(path: Path, *, older: bool) -> Height | None:
    """Give what the mark of the ledger at `path` says; with `older` None too where it is damaged. Raises StateError."""
    try:
        return read_mark(mark_of(path))
    except StateError:
        if not older:
            raise
        return None


def is_behind(path: Path, mark: Height | None, found: Height | None, *, older: bool) -> bool:
    """Whether a ledger lost records; raises StateError then, unless such a one is wanted."""
    try:
        check_mark(path, mark, found)
    except StateError:
        if not older:
            raise
        return True
    return False


def is_lasting(path: Path, height: Height, mark: Height | None) -> bool:
    """Whether the mark is this ledger's and names its runs: then it stays as it is. Raises StateError."""
    return mark is not None and mark.ledger == height.ledger and read_senders(mark_of(path)) is not None


def renew_mark(path: Path, database: sqlite3.Connection, height: Height, mark: Height | None, *, behind: bool) -> None:
    """Make the mark anew where it is none of this ledger's, or names no runs yet. Raises StateError."""
    if is_lasting(path, height, mark) or (behind and mark is not None and mark.ledger == height.ledger):
        return
    if behind:
        # It stays so until what it lacks is held back; and which runs sent, nobody knows.
        needed = max(height.commits, mark.commits if mark else 0) + 1
        make_mark(mark_of(path), Height(height.ledger, needed))
    else:
        sent = database.execute("SELECT id FROM run WHERE state <> 'planned' AND namespace IS NOT NULL ORDER BY number")
        make_mark(mark_of(path), height, [run for (run,) in sent])
    sync_folder(path.parent)
