"""The contacts and the day's requests, in one SQLite file that only its owner can read."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from importer.errors import StateError

APPLICATION_ID = 0x5A4E4442
"""Tells a sandbox's store from any other SQLite file."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, contact TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, requests INTEGER NOT NULL);
"""


class Store:
    """Keeps contacts as JSON by id, in the order of their creation. Each write is committed when its call returns.

    A commit survives the death of the process, not a power cut: this is a sandbox.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file, mode 0600. Raises StateError for a file that is no sandbox's store."""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            path.chmod(0o600)
            self._database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"sandbox store {path}: can't be opened ({error}); choose another with --store") from None
        try:
            self._prepare(path)
        except sqlite3.Error as error:
            self._database.close()
            raise StateError(f"sandbox store {path}: can't be used ({error}); choose another with --store") from None
        except StateError:
            self._database.close()
            raise

    def _prepare(self, path: Path) -> None:
        mark = self._one("PRAGMA application_id")
        empty = self._one("SELECT count(*) FROM sqlite_master") == 0
        if mark != APPLICATION_ID and not (mark == 0 and empty):
            raise StateError(f"sandbox store {path}: it is another program's database; choose another with --store")
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(f"PRAGMA application_id={APPLICATION_ID}")
        self._database.executescript(SCHEMA)

    def _one(self, query: str) -> int:
        return int(self._database.execute(query).fetchone()[0])

    def find(self, contact_id: str) -> dict[str, Any] | None:
        """Give a contact, or None."""
        found = self._database.execute("SELECT contact FROM contacts WHERE id = ?", (contact_id,)).fetchone()
        return None if found is None else dict(json.loads(found[0]))

    def put(self, contact: dict[str, Any]) -> str:
        """Insert or replace a contact by its `id` and give its JSON."""
        text = json.dumps(contact, ensure_ascii=False, separators=(",", ":"))
        self._database.execute(
            "INSERT INTO contacts (id, contact) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET contact = excluded.contact",
            (contact["id"], text),
        )
        return text

    def read(self, start: int, stop: int) -> list[str]:
        """Give the JSON of the contacts from `start` to before `stop`, counted from 0."""
        rows = self._database.execute(
            "SELECT contact FROM contacts ORDER BY number LIMIT ? OFFSET ?", (max(0, stop - start), start)
        )
        return [text for (text,) in rows]

    def count(self) -> int:
        """Give the number of contacts."""
        return self._one("SELECT count(*) FROM contacts")

    def count_day(self, day: str, limit: int) -> int:
        """Add one request to a day that is below `limit`; give how many it had before."""
        before = self._database.execute("SELECT requests FROM days WHERE day = ?", (day,)).fetchone()
        requests = 0 if before is None else int(before[0])
        if requests < limit:
            self._database.execute(
                "INSERT INTO days VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET requests = requests + 1", (day,)
            )
        return requests

    def close(self) -> None:
        """Close the file; what was committed stays."""
        self._database.close()
