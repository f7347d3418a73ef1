"""How many rows the tables that decide hold, and what they come to: kept beside the height, compared at each opening.

A row's own sum does not show that the row is missing. Pages of an older `ledger.sqlite` under a newer log (-wal) lack
rows, while the height, which comes from the log, is the newest. The tally is in the height's row, so it comes from the
log too. Triggers keep it: whatever writes, in whatever statement.

What is here is part of a released migration and never edited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

WEIGHTS = {
    "namespace": ("{0}sum", "sum"),
    "identity": ("{0}sum", "sum"),
    # Where the last landed body lies, and whether that is sure, stands for the fingerprint: the two change together.
    # Below 2**32, so that no total leaves SQLite's whole numbers.
    "contact": (
        "(({0}id * 8191 + ifnull({0}run, 0) * 131 + ifnull({0}position, 0) + ({0}fingerprint IS NULL)) & 4294967295)",
        "fingerprint, run, position",
    ),
}
"""By table, what a row counts for in SQL (`{0}` is the name before its columns), and the columns that change it.

Kept cheap: these run three times for each create.
"""


def tally_statements() -> str:
    """Give the SQL that adds tallies to `height`, counts what is there, and keeps them from then on."""
    return "\n".join(_statements(table, weight, columns) for table, (weight, columns) in WEIGHTS.items())


def _statements(table: str, weight: str, columns: str) -> str:
    rows, total, old, new = f"{table}_rows", f"{table}_total", weight.format("OLD."), weight.format("NEW.")
    return f"""
ALTER TABLE height ADD COLUMN {rows} INTEGER NOT NULL DEFAULT 0;
ALTER TABLE height ADD COLUMN {total} INTEGER NOT NULL DEFAULT 0;
UPDATE height SET ({rows}, {total}) = ({_count(table, weight)});
CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN
    UPDATE height SET {rows} = {rows} + 1, {total} = {total} + {new};
END;
CREATE TRIGGER {table}_changed AFTER UPDATE OF {columns} ON {table} BEGIN
    UPDATE height SET {total} = {total} - {old} + {new};
END;
CREATE TRIGGER {table}_taken AFTER DELETE ON {table} BEGIN
    UPDATE height SET {rows} = {rows} - 1, {total} = {total} - {old};
END;
"""  # noqa: S608  # our own names


def _count(table: str, weight: str) -> str:
    return f"SELECT count(*), coalesce(sum({weight.format('')}), 0) FROM {table}"  # noqa: S608  # our own names


HOLDS = " AND ".join(
    f"({table}_rows, {table}_total) = ({_count(table, weight)})" for table, (weight, _) in WEIGHTS.items()
)


def has_other_rows(database: sqlite3.Connection) -> bool:
    """Whether the deciding tables hold other rows than were written, all as of one moment."""
    return database.execute(f"SELECT 1 FROM height WHERE {HOLDS}").fetchone() is None  # noqa: S608  # our own names
