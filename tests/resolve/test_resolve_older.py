"""A ledger that lost records: refused, and with `resolve --older-ledger` every create it may have made is held back."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from program import Finished, account
from target import Target
from test_resolve_program import AGAIN, export, importer

ROWS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crm.yaml").write_text(
        "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  first_name: name\n"
    )
    (tmp_path / "target.yaml").write_text("version: 1\nname: target\ncontact:\n  id: contact_id\n  external_id: ref\n")
    rows = "\n".join(f"k{n:02},Name {n}" for n in range(ROWS))
    (tmp_path / "rows.csv").write_text(f"no,name\n{rows}\n")
    return tmp_path


def run(folder: Path, target: Target, *more: str) -> Finished:
    return importer(*AGAIN, *more, cwd=folder, env=account(target.base_url))


def resolve(folder: Path, exported: str, *more: str) -> Finished:
    moment = datetime.now(UTC).isoformat()
    words = ("resolve", "last", "--export", exported, "-m", "target.yaml", "--as-of", moment, "--json")
    return importer(*words, *more, cwd=folder)


def put_back(folder: Path, copy: Path) -> None:
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        (folder / "importer-state" / name).unlink(missing_ok=True)
    shutil.copy(copy, folder / "importer-state" / "ledger.sqlite")


def test_an_older_ledger_sends_nothing_until_it_is_settled_and_then_creates_nobody_twice(
    folder: Path, target: Target
) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    assert run(folder, target, "--limit", "2").code == 7
    put_back(folder, folder / "copy")
    before = len(target.requests)
    assert run(folder, target, "--new-ledger").code == 10
    assert resolve(folder, export(target, folder)).code == 10
    done = resolve(folder, export(target, folder), "--older-ledger")
    assert (done.code, done.states) == (0, {"created": 5, "unsent": 3})
    assert len(target.requests) == before
    assert run(folder, target).code == 0
    assert (len(target.created), target.duplicates("external_id")) == (ROWS, {})


def test_a_run_that_the_ledger_forgot_whole_is_held_back_and_no_export_proves_itself_whole(
    folder: Path, target: Target
) -> None:
    importer("plan", "rows.csv", "-m", "crm.yaml", "--new-ledger", cwd=folder, env=account(target.base_url))
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    assert run(folder, target, "--limit", "5").code == 7
    put_back(folder, folder / "copy")
    filtered = export(target, folder, drop=lambda key: key == "k01")
    for more in (["--older-ledger"], []):
        done = resolve(folder, filtered, *more)
        assert (done.code, done.states) == (3, {"created": 4, "unknown": 4})
    assert run(folder, target).code == 3
    assert (len(target.created), target.duplicates("external_id")) == (5, {})


def test_what_an_older_ledger_says_has_landed_is_sent_once_more(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger").code == 0
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    text = (folder / "rows.csv").read_text()
    (folder / "rows.csv").write_text(text.replace("Name 3", "Another"))
    assert run(folder, target).code == 0
    put_back(folder, folder / "copy")
    (folder / "rows.csv").write_text(text)
    assert run(folder, target).code == 10
    assert resolve(folder, export(target, folder), "--older-ledger").code == 0
    assert run(folder, target).states == {"updated": ROWS}
    assert {contact["first_name"] for contact in target.contacts.values()} == {f"Name {n}" for n in range(ROWS)}


def test_a_sound_ledger_is_left_as_it_is(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    done = resolve(folder, export(target, folder), "--older-ledger")
    assert done.states == {"created": 3, "unsent": 5}
    assert run(folder, target).states == {"created": ROWS}


def test_a_mark_that_is_gone_is_made_anew_when_all_is_held_back(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger").code == 0
    (folder / "importer-state" / "ledger.mark").unlink()
    assert run(folder, target).code == 10
    assert resolve(folder, export(target, folder), "--older-ledger").code == 0
    assert run(folder, target).states == {"updated": ROWS}
