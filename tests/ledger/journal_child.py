"""Commits intents and outcomes for ever and prints each row whose outcome is acknowledged; made to be killed.

Usage: journal_child.py LEDGER LARGEST_FILE (bytes, -1 for any). Row n creates key `k<n>` as contact `c<n>`.
"""

import asyncio
import resource
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from importer.ledger import Journal, KeyRule, NewRun, Target, begin_run, open_ledger, open_namespace
from importer.outcome import Action, Outcome, State
from importer.task import Task


def now() -> datetime:
    return datetime.now(UTC)


async def main(path: Path) -> None:
    rows = count()
    with open_ledger(path, create=True) as ledger:
        namespace = open_namespace(ledger, Target("u", "a", "n"), KeyRule(("key",), "d"), now)
        run = begin_run(ledger, namespace, NewRun("r", "run", "s", "m", path.parent), now)

        async def work(journal: Journal) -> None:
            held: list[tuple[Task, Outcome]] = []
            while True:
                row = next(rows)
                task = Task(row // 100, row % 100, 0, row + 1, Action.CREATE, f"k{row}", None, b"{}", b"f" * 16)
                await journal.commit(held, [task])
                for done, _ in held:
                    print(done.row - 1, flush=True)  # noqa: T201  # what the parent reads
                held = [(task, Outcome(State.CREATED, f"c{row}", 201, answer=b"{}"))]

        async with Journal(path, namespace, run, now) as journal:
            await asyncio.gather(*(work(journal) for _ in range(8)))


if __name__ == "__main__":
    # A limit must not leave half a compiled module behind for the next program.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    asyncio.run(main(Path(sys.argv[1])))
