"""Out of disk at any file, or a disk that fails: the run ends with 10, and the same command goes on to the end."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from audit import audit
from audit import read_results as read_rows
from fixed_run import RUN_ID
from program import account
from small_job import prepare, run, run_limited, share
from target import Target

ROWS, BAD = 60, 5
IN_FLIGHT = 16
DRIVER = Path(__file__).with_name("fixed_run.py")
WRITES, SYNCS = "write,pwrite64", "fsync,fdatasync"
FILES = [
    *("parts/00000.parquet", "parts/bodies-00000.parquet", "parts/cells-00000.parquet", "plan.new/00000.parquet"),
    *(".job.json.new", "rejects.csv.part", ".results.csv.new", ".run.json.new"),
]

strace = shutil.which("strace")
needs_strace = pytest.mark.skipif(strace is None, reason="strace is not installed: no fault is injected into syscalls")


def inject(folder: Path, env: dict[str, str], url: str, fault: str, *only: str) -> tuple[int, str]:
    """Run the job with a fault in some system calls, on some paths only if any are given; its exit code and stderr."""
    assert strace is not None
    calls = fault.partition(":")[0]
    words = [strace, "-f", "--seccomp-bpf", "-qqq", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={fault}"]
    for path in only:
        words += ["-P", str(folder / "importer-state" / path)]
    done = subprocess.run(
        [*words, sys.executable, "-B", DRIVER, url],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return done.returncode, done.stderr


def assert_ends_well(folder: Path, target: Target, env: dict[str, str]) -> None:
    """Let the same command run to its end, and find every row once on the server."""
    again = run(folder, env)
    assert again.code == 3, again.err
    rows = read_rows(Path(again.document["files"]["results"]))
    assert audit(target, rows, read=ROWS) == []
    assert not target.duplicates("external_id")
    assert {row["state"] for row in rows} <= {"created", "unchanged", "rejected", "unknown"}
    assert sum(row["state"] == "unknown" for row in rows) <= IN_FLIGHT


@pytest.mark.parametrize("size", share([60_000, 130_000], [0, 900, 9_000, 100_000, 200_000, 300_000]))
def test_when_no_file_may_grow_the_run_ends_with_10_and_goes_on(size: int, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, BAD)
    with Target() as target:
        env = account(target.base_url)
        done = run_limited(tmp_path, env, "RLIMIT_FSIZE", size)
        assert (done.code, done.out) == (10, ""), done.err
        assert "importer: importer-state/l" in done.err
        assert len(target.requests) <= ROWS
        assert_ends_well(tmp_path, target, env)


@needs_strace
@pytest.mark.parametrize("name", share(FILES[1::3], [*FILES[::3], *FILES[2::3]]))
def test_a_disk_that_is_full_for_one_file_ends_with_10_and_the_run_goes_on(name: str, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, BAD)
    with Target() as target:
        env = account(target.base_url)
        code, said = inject(tmp_path, env, target.base_url, f"{WRITES}:error=ENOSPC", f"runs/{RUN_ID}/{name}")
        assert code == 10, said
        assert RUN_ID in said
        assert "disk may be full" in said or "No space left" in said
        assert_ends_well(tmp_path, target, env)


@needs_strace
@pytest.mark.parametrize("call", share([120], [1, 20, 60]))
def test_a_disk_that_is_full_for_the_ledger_ends_with_10_and_the_run_goes_on(call: int, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, BAD)
    with Target() as target:
        env = account(target.base_url)
        fault = f"{WRITES}:error=ENOSPC:when={call}+"
        code, said = inject(tmp_path, env, target.base_url, fault, "ledger.sqlite", "ledger.sqlite-wal")
        assert code == 10, said
        assert "ledger.sqlite" in said
        assert "disk is full" in said
        assert_ends_well(tmp_path, target, env)


def fail_sync(number: int, folder: Path) -> tuple[int, str]:
    """Let the `number`th sync of each thread fail, hold that nothing is lost, and give exit code and stderr."""
    prepare(folder, ROWS, BAD)
    with Target() as target:
        env = account(target.base_url)
        code, said = inject(folder, env, target.base_url, f"{SYNCS}:error=EIO:when={number}")
        assert_ends_well(folder, target, env)
        return code, said


@needs_strace
@pytest.mark.parametrize("number", [7])
def test_a_sync_that_fails_ends_the_run_with_10_and_it_goes_on(number: int, tmp_path: Path) -> None:
    code, said = fail_sync(number, tmp_path)
    assert code == 10, said
    assert "importer: " in said


@needs_strace
@pytest.mark.torture
@pytest.mark.parametrize("number", range(1, 41))
def test_whichever_sync_fails_the_run_ends_with_10_and_goes_on(number: int, tmp_path: Path) -> None:
    code, said = fail_sync(number, tmp_path)
    # Behind the last sync of a run there is none to fail.
    assert code in (3, 10), said
    assert (code == 10) == bool(said), said


@needs_strace
@pytest.mark.torture
@pytest.mark.parametrize("number", range(1, 260, 7))
def test_whichever_write_of_the_ledger_fails_the_run_ends_with_10_and_goes_on(number: int, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS, BAD)
    with Target() as target:
        env = account(target.base_url)
        code, said = inject(tmp_path, env, target.base_url, f"pwrite64:error=EIO:when={number}")
        assert code in (3, 10), said
        assert_ends_well(tmp_path, target, env)
