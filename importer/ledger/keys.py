"""Keys as the ledger compares them: in Unicode's composed form, so that one name typed two ways is one customer."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def as_key(text: str | None) -> str | None:
    """Give a key as NFC (Unicode Standard Annex 15); None stays."""
    return text if text is None or text.isascii() else unicodedata.normalize("NFC", text)


def know_keys(database: sqlite3.Connection) -> None:
    """Let SQL on this connection call `as_key`."""
    database.create_function("as_key", 1, as_key, deterministic=True)
