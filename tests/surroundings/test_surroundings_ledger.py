"""A ledger that can't be used, seen from the command line: exit 10, what to do, and nothing sent."""

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from audit import audit
from audit import read_results as read_rows
from program import account, importer, start
from small_job import WORDS, prepare, run, share
from target import Target

ROWS = 150


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:12_288] = b"\x5a" * 4096
    path.write_bytes(content)


def text(path: Path) -> None:
    path.write_text("these are my notes\n" * 500)


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Target, Path]]:
    """Import once; each test takes a copy of the folder."""
    place = tmp_path_factory.mktemp("imported")
    prepare(place, ROWS)
    with Target(adopt=True) as target:
        assert run(place, account(target.base_url)).code == 0
        yield target, place


@pytest.mark.parametrize(
    ("damage", "cure"),
    [
        (cut, "Put back a copy"),
        (empty, "Give the right --state-dir"),
        (overwrite, "Put back a copy"),
        (text, "Put back a copy"),
        (foreign, "Give the right --state-dir"),
        (newer, "Install that version"),
        (Path.unlink, "Put the ledger back"),
        (folder, "Find out who put it there"),
    ],
)
def test_a_ledger_that_can_not_be_used_ends_with_10_and_what_to_do(
    damage: Callable[[Path], None], cure: str, imported: tuple[Target, Path], tmp_path: Path
) -> None:
    target, place = imported
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    before = len(target.requests)
    damage(tmp_path / "importer-state" / "ledger.sqlite")
    done = importer("run", "rows.csv", "-m", "crm.yaml", cwd=tmp_path, env=account(target.base_url))
    assert (done.code, cure in done.err) == (10, True), done.err
    assert "ledger.sqlite" in done.err
    assert len(target.requests) == before


@pytest.mark.parametrize("seed", share(range(2), range(2, 40)))
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_sent(
    seed: int, imported: tuple[Target, Path], tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311  # seeded on purpose
    target, place = imported
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "importer-state" / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    spot = chance.randrange(len(content))
    content[spot] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    before = len(target.of("POST"))
    done = importer("run", "rows.csv", "-m", "crm.yaml", cwd=tmp_path, env=account(target.base_url))
    assert done.code in (0, 8, 10), done.err
    assert "bug" not in done.err
    assert len(target.of("POST")) == before, f"bit flipped in byte {spot}"


def test_a_second_run_at_once_ends_with_6_and_sends_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.05) as target:
        env = account(target.base_url)
        first = start(*WORDS, "--concurrency", "2", cwd=tmp_path, env=env)
        while not target.created:
            assert first.poll() is None
        second = run(tmp_path, env)
        assert (second.code, "another run holds" in second.err) == (6, True)
        first.communicate(timeout=60)
        assert first.returncode == 0
        assert not target.duplicates("external_id")


def test_a_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.05) as target:
        env = account(target.base_url)
        first = start(*WORDS, "--concurrency", "2", cwd=tmp_path, env=env)
        while not target.created:
            assert first.poll() is None
        first.kill()
        first.communicate()
        done = run(tmp_path, env)
        assert audit(target, read_rows(Path(done.document["files"]["results"])), read=ROWS) == []


def test_a_finished_run_again_asks_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        run(tmp_path, env)
        before = len(target.requests)
        again = run(tmp_path, env)
        assert (again.code, len(target.requests)) == (0, before)


@pytest.mark.parametrize("change", share(["a row on top"], ["a cell", "the mapping", "the address"]))
def test_what_is_not_the_same_job_is_never_gone_on_with(change: str, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    rows, mapping = tmp_path / "rows.csv", tmp_path / "crm.yaml"
    with Target() as target, Target() as other:
        stopped = run(tmp_path, account(target.base_url), "--limit", "40")
        assert stopped.code == 7
        if change == "a cell":
            rows.write_text(rows.read_text().replace("Name 99,", "Another,"))
        elif change == "a row on top":
            rows.write_text(rows.read_text().replace("mail\n", "mail\n99999,First,f@correo.example.com\n", 1))
        elif change == "the mapping":
            mapping.write_text(mapping.read_text().replace("name: crm", "name: crm") + "  city: {value: Quito}\n")
        used = other if change == "the address" else target
        done = run(tmp_path, account(used.base_url))
        assert not done.document["continued"]
        assert done.code == 0
        assert not target.duplicates("external_id")
        assert not other.duplicates("external_id")


def test_a_state_folder_taken_away_stops_before_every_customer_is_created_again(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target() as target:
        env = account(target.base_url)
        run(tmp_path, env)
        (tmp_path / "importer-state").rename(tmp_path / "elsewhere")
        done = importer("run", "rows.csv", "-m", "crm.yaml", cwd=tmp_path, env=env)
        assert (done.code, len(target.created)) == (10, ROWS)
        assert subprocess.run(["ls", tmp_path], capture_output=True, text=True, check=True).stdout.count("state") == 0
