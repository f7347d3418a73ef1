"""What SQLite and the ledger's own checks report, told as StateError with what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from importer.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COPY = (
    "Put back a copy of ledger.sqlite with its -wal. One that is older than what was sent is told apart: then "
    "`importer resolve RUN --older-ledger` settles what it lacks. An empty one would create every customer again."
)
MIXED = (
    "holds other customers than were recorded: it is of another time than its log (-wal) beside it, or damaged. Put "
    "both, and ledger.mark, back together as they last were. If the newest ledger.sqlite is gone, rename "
    "ledger.sqlite-wal, so that the older one stands alone, and settle what it lacks with `importer resolve RUN "
    "--older-ledger`."
)
CURES = {
    "SQLITE_FULL": "The disk is full. Make room and run the same command again; it goes on from there.",
    "SQLITE_IOERR": "The disk reported an error. Check it before anything else, then run the same command again.",
    "SQLITE_CORRUPT": f"It is damaged. {COPY}",
    "SQLITE_NOTADB": f"This is not a ledger, or it is damaged. {COPY}",
    "SQLITE_READONLY": "It can't be written. Check the permissions of the file, its folder and the disk.",
    "SQLITE_CANTOPEN": "It can't be opened. Check the permissions of the file and its folder.",
    "SQLITE_BUSY": "Another process keeps it busy. Run this again when that one has ended.",
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into StateError."""
    try:
        yield
    except sqlite3.Error as error:
        raise as_state_error(path, error) from None
    except UnicodeDecodeError:
        raise StateError(f"{path}: {CURES['SQLITE_CORRUPT']}") from None


def as_state_error(path: Path, error: sqlite3.Error) -> StateError:
    """Say what SQLite reported about `path`, and what to do. Its texts name tables and columns, never cells.

    What Python's own module reports has no name and may hold a cell that it could not read: it is left out.
    """
    name = getattr(error, "sqlite_errorname", "")
    if not name:
        return StateError(f"{path}: {CURES['SQLITE_CORRUPT']}")
    cure = next((text for start, text in CURES.items() if name.startswith(start)), "Nothing more was written.")
    return StateError(f"{path}: {error} ({name}). {cure}")
