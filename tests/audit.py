"""Compares what a run says in results.csv with what the test server holds. Imports nothing of the importer."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from target import Target

COLUMNS = ["source", "row", "line", "key", "action", "state", "contact_id", "http_status", "code", "message"]
COLUMNS += ["attempts", "finished_at"]
STATES = {"created", "updated", "unchanged", "rejected", "failed", "unknown", "unsent"}
HELD = {"created", "updated", "unchanged", "unknown"}
"""The states of a row whose key may stand on the server."""

Row = dict[str, str]


def read_results(path: Path) -> list[Row]:
    """Give the rows of a results.csv by the contract's columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def tally(rows: Iterable[Row]) -> Counter[str]:
    """Count the rows by state."""
    return Counter(row["state"] for row in rows)


def audit(target: Target, rows: list[Row], *, read: int | None = None, field: str = "external_id") -> list[str]:
    """Give what does not tie out; an empty list is what a test wants.

    `rows` are of read_results; `read` is how many rows the sources have; `field` is the body's field of the key. The
    server's contacts must be of runs over these rows only.
    """
    return [
        *check_rows(rows, read),
        *check_creates(target, rows, field),
        *check_landed(target, rows, field),
    ]


def check_rows(rows: list[Row], read: int | None) -> list[str]:
    """Find rows with no state or several, and a sum that is not what was read."""
    found = [
        f"row {row['source']}:{row['row']} has state {row['state']!r}" for row in rows if row["state"] not in STATES
    ]
    times = Counter((row["source"], row["row"]) for row in rows)
    found += [f"row {source}:{row} is there {count} times" for (source, row), count in times.items() if count > 1]
    if read is not None and len(rows) != read:
        found.append(f"{read} rows were read, but {len(rows)} have a state")
    return found


def check_creates(target: Target, rows: list[Row], field: str) -> list[str]:
    """Find keys created twice with no row unknown, and contacts for which no row accounts."""
    states: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        states[row["key"]].add(row["state"] if row["action"] != "update" else "updated")
    found = []
    for key, ids in target.creates_by(field).items():
        of_key = states.get(str(key), set())
        if len(ids) > 1 and "unknown" not in of_key:
            found.append(f"key {key} was created {len(ids)} times and no row says unknown")
        if not of_key & HELD:
            found.append(f"key {key} stands on the server, but its rows say {sorted(of_key) or 'nothing'}")
    return found


def check_landed(target: Target, rows: list[Row], field: str) -> list[str]:
    """Find rows said to have landed whose id the server does not know, or knows with another key."""
    found = []
    for row in rows:
        if row["state"] not in {"created", "updated", "unchanged"}:
            continue
        contact = target.contacts.get(row["contact_id"])
        if contact is None:
            found.append(f"row {row['source']}:{row['row']} is {row['state']}, but its contact is not on the server")
        elif row["key"] and str(contact.get(field)) != row["key"]:
            found.append(f"row {row['source']}:{row['row']} is {row['state']} as a contact of another key")
    return found
