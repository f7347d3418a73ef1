"""A disk that fills up, or fails, at every point: exit 10 or success, and the same command then ends well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from audit import audit, read_results
from program import Finished, account
from seeded import RUNNER
from target import Target

ROWS, MOST = 80, 4
MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact: {external_id: no, first_name: name}\n"
STEP = 4_096
SHORT = (14 * STEP, 40 * STEP)
LONG = [size for size in range(0, 100 * STEP, STEP) if size not in SHORT]
LAST_SYNC = 40


def run(folder: Path, target: Target, *limit: str, before: tuple[str, ...] = ()) -> Finished:
    done = subprocess.run(
        [*before, sys.executable, RUNNER, "5", str(MOST), "rows.csv", "crm.yaml", *limit],
        cwd=folder,
        env=account(target.base_url),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Finished(done.returncode, done.stdout, done.stderr)


def prepare(folder: Path) -> None:
    (folder / "crm.yaml").write_text(MAPPING)
    (folder / "rows.csv").write_text("no,name\n" + "".join(f"k{n},Name {n}\n" for n in range(ROWS)))


def ends_well(folder: Path, target: Target) -> None:
    done = run(folder, target)
    assert done.code in (0, 3), done.err
    rows = read_results(Path(done.document["files"]["results"]))
    assert audit(target, rows, read=ROWS) == []
    assert not target.duplicates("external_id")
    assert sum(row["state"] == "unknown" for row in rows) <= MOST


@pytest.mark.parametrize("size", [*SHORT, *(pytest.param(size, marks=pytest.mark.torture) for size in LONG)])
def test_no_room_for_a_file_beyond_a_size(size: int, tmp_path: Path, target: Target) -> None:
    prepare(tmp_path)
    first = run(tmp_path, target, str(size))
    assert first.code in (0, 10), first.err
    assert first.code == 0 or str(tmp_path) in first.err or "importer-state" in first.err
    ends_well(tmp_path, target)


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_a_sync_that_fails_at_its_nth_call(tmp_path: Path) -> None:
    tracer = find_tracer()
    codes = set()
    for number in range(1, LAST_SYNC):
        folder = tmp_path / str(number)
        folder.mkdir()
        prepare(folder)
        inject = f"inject=fsync,fdatasync:error=EIO:when={number}"
        with Target() as target:
            words = (tracer, "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync,fdatasync", "-e", inject)
            first = run(folder, target, before=words)
            assert first.code in (0, 10), f"call {number}: {first.err}"
            codes.add(first.code)
            ends_well(folder, target)
    assert codes >= {10}


def find_tracer() -> str:
    """Give the program that makes single system calls fail, or skip and say so."""
    tracer = shutil.which("strace")
    works = tracer and subprocess.run([tracer, "-qq", "-o", os.devnull, "true"], check=False).returncode == 0
    if tracer is None or not works:
        pytest.skip("NOT TESTED: failing syncs need strace and the right to trace, which this machine does not give")
    return tracer
