"""Killed at any moment, or out of disk: what was acknowledged is there, and the file is sound."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from importer.ledger import (
    NewRun,
    Target,
    begin_run,
    known_keys,
    newest_unfinished,
    open_ledger,
    outcomes,
    require_namespace,
    resume_run,
)

CHILD = Path(__file__).with_name("journal_child.py")
IN_FLIGHT = 8


def now() -> datetime:
    return datetime.now(UTC)


def run_child(path: Path, acknowledged: int, largest_file: int = -1) -> tuple[set[int], int, str]:
    """Kill the child when so many rows are acknowledged; give what it acknowledged, its exit code and stderr."""
    command = [sys.executable, str(CHILD), str(path), str(largest_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        seen = set()
        for line in child.stdout:
            seen.add(int(line))
            if len(seen) == acknowledged:
                child.send_signal(signal.SIGKILL)
        return seen, child.wait(), child.stderr.read()


def assert_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("acknowledged", [1, 23, 148, 397])
def test_a_killed_process_loses_nothing_acknowledged_and_leaves_at_most_what_was_in_flight(
    tmp_path: Path, acknowledged: int
) -> None:
    path = tmp_path / "ledger.sqlite"
    seen, _, _ = run_child(path, acknowledged)
    with open_ledger(path, create=False) as ledger:
        namespace = require_namespace(ledger, Target("u", "a", "n"))
        run = newest_unfinished(ledger, namespace)
        assert run is not None
        before = outcomes(ledger, run.number)
        landed = set(before.filter(state="created")["row"] - 1)
        assert seen <= landed
        doubtful = before.filter(state="unknown")
        assert doubtful.height <= IN_FLIGHT
        resume_run(ledger, run, now)
        after = outcomes(ledger, run.number)
        assert after.filter(state="created").height == len(landed)
        assert after.filter(pl.col("code") == "create|pending")["row"].to_list() == doubtful["row"].to_list()
        known = known_keys(ledger, namespace.id, pl.Series([f"k{row - 1}" for row in doubtful["row"]], dtype=pl.String))
        assert set(known["state"]) <= {"unknown"}
    assert_sound(path)


def test_a_full_disk_ends_the_run_with_everything_acknowledged_kept(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    seen, code, said = run_child(path, 1_000_000, largest_file=600_000)
    assert code == 1
    assert "StateError" in said
    assert "ledger.sqlite" in said
    assert_sound(path)
    with open_ledger(path, create=False) as ledger:
        namespace = require_namespace(ledger, Target("u", "a", "n"))
        begun = begin_run(ledger, namespace, NewRun("r2", "run", "s", "m", tmp_path), now)
        assert seen
        assert seen <= set(outcomes(ledger, begun.number - 1).filter(state="created")["row"] - 1)
