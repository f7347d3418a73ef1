"""Measure what recording adds to a row: intent and outcome through the journal, less the same loop without it.

    python bench/ledger.py [--rows 100000] [--rounds 3] [--work FOLDER]

All rows are creates. Contact ids are random and answers have 900 bytes, as a real target's; every commit is synced.
What closing takes (the log's last pages, once) is left out. FOLDER should lie where fsync is fast (/dev/shm) if the
disk is not meant. The goal is at most 30 µs of processor time a row at 32 and at 128 requests in flight.
"""

import argparse
import asyncio
import random
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Protocol

from importer.ledger import Journal, KeyRule, NewRun, Target, begin_run, open_ledger, open_namespace
from importer.outcome import Action, Outcome, State
from importer.task import Task

ANSWER = b'{"id":"' + b"x" * 890 + b'"}'
IN_FLIGHT = (32, 128)


class Records(Protocol):
    """The one call that is measured."""

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Record."""


class Nothing:
    """Records nothing, but waits its turn like one who does."""

    async def commit(self, outcomes: Sequence[tuple[Task, Outcome]], intents: Sequence[Task]) -> None:
        """Let the others go on."""
        _ = outcomes, intents
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Cost:
    """Microseconds a row."""

    wall: float
    processor: float


def now() -> datetime:
    """Give the time in UTC."""
    return datetime.now(UTC)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    print("| in flight | added, wall µs a row | added, processor µs a row |\n|---|---|---|")
    for in_flight in IN_FLIGHT:
        added = [measure(options.rows, in_flight, options.work) for _ in range(options.rounds)]
        print(f"| {in_flight} | {median(c.wall for c in added):.1f} | {median(c.processor for c in added):.1f} |")


def measure(rows: int, in_flight: int, work: Path) -> Cost:
    """Record so many rows with the journal and without; give the difference."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=work) as folder:
        recorded = asyncio.run(record(Path(folder), rows, in_flight))
    plain = asyncio.run(drive(Nothing(), rows, in_flight))
    return Cost(recorded.wall - plain.wall, recorded.processor - plain.processor)


async def record(folder: Path, rows: int, in_flight: int) -> Cost:
    """Drive a journal on a new ledger."""
    with open_ledger(folder / "ledger.sqlite", create=True) as ledger:
        namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
        run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", folder), now)
        async with Journal(ledger.path, namespace, run, now, time.monotonic, time.thread_time) as journal:
            return await drive(journal, rows, in_flight)


async def drive(records: Records, rows: int, in_flight: int) -> Cost:
    """Let so many workers take rows, each committing its last outcome with its next intent."""
    left = iter(tasks(rows))

    async def work() -> None:
        held: list[tuple[Task, Outcome]] = []
        for task, outcome in left:
            await records.commit(held, [task])
            held = [(task, outcome)]
        await records.commit(held, [])

    wall, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return Cost((time.perf_counter() - wall) / rows * 1e6, (time.process_time() - processor) / rows * 1e6)


def tasks(rows: int) -> Iterator[tuple[Task, Outcome]]:
    """Give creates and what comes of them."""
    chance = random.Random(1)
    for row in range(rows):
        contact = str(uuid.UUID(int=chance.getrandbits(128)))
        task = Task(row // 5000, row % 5000, 0, row + 1, Action.CREATE, f"k{row:09}", None, b"{}", b"f" * 16)
        yield task, Outcome(State.CREATED, contact, 201, answer=ANSWER)


if __name__ == "__main__":
    main()
