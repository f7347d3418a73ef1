"""Measure a run in which nothing changed, with nothing sent to get there: what follows preparing, wall and processor.

    python bench/unchanged.py [--rows 100000] [--rounds 3] [--work FOLDER] [--stages]

The ledger is made by planning the file once and recording through the journal what a target would answer. Then the
same file is run again and again, each time in a process of its own. `--stages` profiles one more run and tells the
functions that take most of what follows preparing. FOLDER should lie in memory (/dev/shm).
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import random
import subprocess
import sys
import tempfile
import time
import uuid
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from send import ACCOUNT, make_file

from importer.folder import RunFolder, read_kept
from importer.guard import Limits
from importer.ledger import Journal, apply_run, find_run, finish_run, outcomes
from importer.outcome import Action, Outcome, State
from importer.pipeline import Sending, Surroundings, plan, run
from importer.plan import tasks
from importer.session import Wanted, open_session
from importer.settings import Account, Secret
from importer.upload import SendOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from importer.summary import Summary
    from importer.task import Task

MAPPING = str(Path(__file__).resolve().parent / "bench.yaml")
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
AT_ONCE = 20_000
FUNCTIONS = 40
"""How many a profile tells."""


def wanted_of(source: Path, state: Path, *, new: bool = False) -> Wanted:
    """Give what a run is opened for; nobody listens at its URL."""
    token = Secret(ACCOUNT["IMPORTER_TOKEN"])
    account = Account(base_url="http://127.0.0.1:9", account_id=ACCOUNT["IMPORTER_ACCOUNT_ID"], token=token)
    return Wanted((str(source),), MAPPING, account, state, new_ledger=new)


def seed(source: Path, state: Path) -> None:
    """Plan the file, and record that all of it landed."""
    wanted, around = wanted_of(source, state, new=True), Surroundings()
    planned = plan(wanted, around)
    with open_session(wanted, working_dir=Path.cwd(), now=around.now) as session:
        folder = RunFolder(state / "runs" / planned.run_id)
        found = find_run(session.ledger, planned.run_id)
        assert found is not None  # noqa: S101  # for mypy: it was just planned
        begun = apply_run(session.ledger, session.namespace, found, around.now)
        journal = Journal(session.ledger.path, session.namespace, begun, around.now)
        done = partial(outcomes, session.ledger, begun.number)
        asyncio.run(_record(journal, folder, done))
        finish_run(session.ledger, begun, {}, 0, around.now)


async def _record(journal: Journal, folder: RunFolder, done: Callable[[int], pl.DataFrame]) -> None:
    chance = random.Random(1)
    async with journal:
        for rows in tasks(folder.parts, folder.plan, done, chunk=AT_ONCE, sums=read_kept(folder).sums):
            await journal.commit((), rows)
            await journal.commit([(task, _landed(task, chance)) for task in rows], ())


def _landed(task: Task, chance: random.Random) -> Outcome:
    contact = task.contact_id or str(uuid.UUID(int=chance.getrandbits(128)))
    state, status = (State.CREATED, 201) if task.action is Action.CREATE else (State.UPDATED, 200)
    answer = b'{"id":"%s",%s' % (contact.encode(), task.body[1:])
    return Outcome(state, contact, status, answer=answer)


def run_again(source: Path, state: Path, clock: str) -> Summary:
    """Run the file; its seconds are those of `clock`."""
    around = Surroundings(monotonic=CLOCKS[clock])
    account = wanted_of(source, state).account
    sending = Sending(account=account, chunk_size=5_000, options=SendOptions(), limits=Limits())
    return run(wanted_of(source, state), sending, around)


def tell_once(source: Path, state: Path, clock: str) -> None:
    """Run the file and print its summary; the clock `stages` prints the functions that take most instead."""
    if clock != "stages":
        print(json.dumps(run_again(source, state, clock).document()))
        return
    profile = cProfile.Profile()
    profile.runcall(run_again, source, state, "wall")
    pstats.Stats(profile).sort_stats("cumulative").print_stats("importer|Cursor|Frame|zlib|json|fsync", FUNCTIONS)


def measure(source: Path, state: Path, clock: str) -> float:
    """Give rows a second of all that follows preparing, of a process of its own."""
    words = [sys.executable, __file__, "--once", clock, str(source), str(state)]
    told = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    if told["requests"] or told["created"] or told["updated"]:
        sys.exit("something changed, so this measures something else")
    return float(told["read"] / (told["seconds"]["total"] - told["seconds"]["prepare"]))


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--once"]:
        clock, file, ledger = sys.argv[2:]
        tell_once(Path(file), Path(ledger), clock)
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--stages", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.work) as folder:
        work = Path(folder)
        source, state = make_file(options.rows, work), work / "state"
        seed(source, state)
        for clock in CLOCKS:
            rate = median(measure(source, state, clock) for _ in range(options.rounds))
            print(f"{clock}: {rate:,.0f} rows/s after preparing, {1e6 / rate:.2f} µs a row")
        if options.stages:
            subprocess.run([sys.executable, __file__, "--once", "stages", str(source), str(state)], check=True)


if __name__ == "__main__":
    main()
