"""Measure what the parts that we stand on take by themselves on this machine: the least that ours can come to.

    python bench/floors.py URL [--rows 20000] [--work FOLDER]
    python bench/floors.py URL --in-flight 32 [--rows 20000]

URL is that of `server.py`. Microseconds of processor time for each row, Python's start left out; with `--in-flight`
only the requests a second that aiohttp alone makes of so many under way:

* aiohttp on uvloop, 32 in flight: post a body of 700 bytes, read the answer, take its JSON apart;
* SQLite, 32 rows a commit: insert an intent, update it with its outcome, insert the contact under its random id;
* SQLite: look keys up, 10,000 a query, and fetch what is known of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path

import aiohttp
import uvloop

IN_FLIGHT = 32
ASKED = 10_000
BODY = json.dumps({"external_id": "C000000001", "notes": "x" * 660}).encode()
TABLES = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE attempt (run, part, position, key, state, contact_id, status, at, PRIMARY KEY (run, part, position))
    WITHOUT ROWID;
CREATE TABLE contact (id INTEGER PRIMARY KEY, contact_id TEXT UNIQUE, fingerprint BLOB);
CREATE TABLE identity (namespace, key, contact, PRIMARY KEY (namespace, key)) WITHOUT ROWID;
"""
KNOWN = (
    "SELECT key, contact_id, fingerprint FROM identity JOIN contact ON contact.id = identity.contact"
    " WHERE namespace = 1 AND key IN "
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--in-flight", type=int)
    options = parser.parse_args()
    if options.in_flight:
        print(f"{options.rows / _send(options.url, options.rows, options.in_flight)[1]:.1f}")
        return
    print("| alone | CPU µs a row |\n|---|---|")
    print(f"| aiohttp on uvloop: a request | {_send(options.url, options.rows, IN_FLIGHT)[0]:.1f} |")
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as folder,
        closing(sqlite3.connect(Path(folder) / "floor.sqlite", isolation_level=None)) as database,
    ):
        database.executescript(TABLES)
        print(f"| SQLite: intent, outcome and contact, 32 a commit | {_record(database, options.rows):.1f} |")
        print(f"| SQLite: look a key up | {_look_up(database, options.rows):.1f} |")


def _send(url: str, rows: int, in_flight: int) -> tuple[float, float]:
    """Give microseconds of processor time a row, and seconds for all."""

    async def work() -> None:
        left = iter(range(rows))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

            async def post() -> None:
                for _ in left:
                    async with session.post(f"{url}/contacts", data=BODY) as answer:
                        json.loads(await answer.read())

            await asyncio.gather(*(post() for _ in range(in_flight)))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        begun, at = time.process_time(), time.perf_counter()
        runner.run(work())
        return (time.process_time() - begun) / rows * 1e6, time.perf_counter() - at


def _record(database: sqlite3.Connection, rows: int) -> float:
    chance = random.Random(1)
    ids = [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(rows)]
    begun = time.process_time()
    for start in range(0, rows, IN_FLIGHT):
        some = range(start, min(start + IN_FLIGHT, rows))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO attempt (run, part, position, key, state) VALUES (1, 0, ?, ?, 'intent')",
            [(row, f"k{row:09}") for row in some],
        )
        database.executemany("INSERT INTO identity VALUES (1, ?, ?)", [(f"k{row:09}", row) for row in some])
        database.execute("COMMIT")
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "UPDATE attempt SET state = 'created', contact_id = ?, status = 201, at = 1"
            " WHERE run = 1 AND part = 0 AND position = ?",
            [(ids[row], row) for row in some],
        )
        database.executemany("INSERT INTO contact VALUES (?, ?, ?)", [(row, ids[row], b"f" * 16) for row in some])
        database.execute("COMMIT")
    return (time.process_time() - begun) / rows * 1e6


def _look_up(database: sqlite3.Connection, rows: int) -> float:
    begun = time.process_time()
    found = 0
    for start in range(0, rows, ASKED):
        keys = [f"k{row:09}" for row in range(start, min(start + ASKED, rows))]
        marks = ", ".join("?" * len(keys))
        found += len(database.execute(f"{KNOWN}({marks})", keys).fetchall())
    if found != rows:
        raise SystemExit(f"{found} of {rows} were found")
    return (time.process_time() - begun) / rows * 1e6


if __name__ == "__main__":
    main()
