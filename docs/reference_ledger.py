"""Writes ledger.md: the tables as they stand after all migrations, with what ledger_tables.yaml says of each column."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import yaml

from importer.ledger.keys import know_keys
from importer.ledger.schema import MIGRATIONS
from importer.ledger.store import migrate
from importer.ledger.sums import know_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent


class About(TypedDict):
    """What is said of a table."""

    about: str
    columns: dict[str, str]


TABLES: dict[str, About] = yaml.safe_load((FOLDER / "ledger_tables.yaml").read_text("utf-8"))


def ledger_page() -> str:
    """Give the page of the ledger's tables. Raises KeyError for a table or a column of which nothing is said."""
    intro = (FOLDER / "ledger_intro.md").read_text("utf-8").replace("{VERSION}", str(len(MIGRATIONS)))
    return intro + "\n".join(_tables()).rstrip() + "\n"


def _tables() -> Iterator[str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        know_sums(database)
        know_keys(database)
        migrate(database)
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in [*(one for one in TABLES if one in names), *(one for one in names if one not in TABLES)]:
            yield f"## `{name}`\n\n{TABLES[name]['about']}\n\n| column | type | |\n|---|---|---|"
            for _, column, kind, needed, _, place in database.execute(f"PRAGMA table_info({name})"):
                blank = "" if needed or place else ", may be null"
                key = " (key)" if place else ""
                yield f"| `{column}`{key} | {kind}{blank} | {TABLES[name]['columns'][column]} |"
            yield ""
