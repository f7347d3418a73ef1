"""A ledger that lost records: refused, and with `resolve --older-ledger` every create it may have made is held back."""

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import program
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


def resolve(folder: Path, exported: str, *more: str, which: str = "last") -> Finished:
    moment = datetime.now(UTC).isoformat()
    words = ("resolve", which, "--export", exported, "-m", "target.yaml", "--as-of", moment, "--json")
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


def test_a_sound_ledger_is_left_as_it_is(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    done = resolve(folder, export(target, folder), "--older-ledger")
    assert done.states == {"created": 3, "unsent": 5}
    assert run(folder, target).states == {"created": ROWS}


def test_a_mark_that_is_gone_is_made_anew_when_all_is_held_back(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger").code == 0
    (folder / "importer-state" / "ledger.mark").unlink()
    assert run(folder, target).code == 10
    # Nobody can tell which runs there were but the user.
    for _ in range(2):
        assert resolve(folder, export(target, folder), "--older-ledger").code == 10
    assert resolve(folder, export(target, folder), "--older-ledger", "--runs-complete").code == 0
    assert run(folder, target).states == {"updated": ROWS}


@pytest.mark.parametrize("lost", ["the folder", "job.json", "the mark and job.json"])
def test_a_run_whose_folder_is_gone_is_never_passed_over(lost: str, folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    (folder / "rows.csv").write_text((folder / "rows.csv").read_text() + "k99,Name 99\n")
    newest = Path(run(folder, target).document["files"]["run"]).parent
    put_back(folder, folder / "copy")
    shutil.move(newest, folder / "aside")
    if lost != "the folder":
        shutil.copytree(folder / "aside", newest)
        (newest / "job.json").unlink()
    if "mark" in lost:
        (folder / "importer-state" / "ledger.mark").unlink()
    for words in (["--older-ledger"], ["--older-ledger", "--runs-complete"], []):
        assert resolve(folder, export(target, folder), *words).code == 10
    assert run(folder, target).code == 10
    shutil.rmtree(newest, ignore_errors=True)
    shutil.move(folder / "aside", newest)
    for path in newest.parent.iterdir():
        words = ["--older-ledger", "--runs-complete"]
        assert resolve(folder, export(target, folder), *words, which=path.name).code == 0
    assert run(folder, target).states == {"updated": ROWS + 1}


@pytest.mark.parametrize("lost", ["parts", "plan", "a damaged part", "a damaged job.json"])
def test_a_run_whose_parts_are_gone_is_told_what_they_are_needed_for(lost: str, folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    newest = Path(run(folder, target).document["files"]["run"]).parent
    put_back(folder, folder / "copy")
    shutil.copytree(newest, folder / "aside")
    if lost == "a damaged part":
        (newest / "parts" / "00000.parquet").write_bytes(b"PAR1")
    elif lost == "a damaged job.json":
        (newest / "job.json").write_text("{")
    else:
        shutil.rmtree(newest / lost)
    words = ("--export", export(target, folder), "-m", "target.yaml", "--as-of", "2027-01-01T00:00:00Z")
    refused = program.importer("resolve", "last", *words, "--older-ledger", cwd=folder)
    assert refused.code == 10
    assert "docs/faults.md" in refused.err
    assert "begins anew" not in refused.err
    shutil.rmtree(newest)
    shutil.move(folder / "aside", newest)
    assert resolve(folder, export(target, folder), "--older-ledger").code == 0
    assert run(folder, target).states == {"created": ROWS}
    assert not target.duplicates("external_id")


def test_the_folder_of_a_run_that_the_older_ledger_saw_end_may_be_gone(folder: Path, target: Target) -> None:
    first = Path(run(folder, target, "--new-ledger").document["files"]["run"]).parent
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    (folder / "rows.csv").write_text("no,name\nk99,Name 99\n")
    assert run(folder, target).code == 0
    put_back(folder, folder / "copy")
    shutil.rmtree(first)
    assert resolve(folder, export(target, folder), "--older-ledger").code == 0
    assert run(folder, target).states == {"updated": 1}


def test_a_plan_that_sent_before_its_folder_said_so_is_held_back(folder: Path, target: Target) -> None:
    env = account(target.base_url)
    words = ("plan", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json")
    planned = importer(*words, cwd=folder, env=env).document["run_id"]
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    job = folder / "importer-state" / "runs" / planned / "job.json"
    before = job.read_bytes()
    assert importer("apply", planned, "--limit", "2", cwd=folder, env=env).code == 7
    # As a kill between the ledger's word and the folder's leaves it.
    job.write_bytes(before)
    assert importer("apply", planned, cwd=folder, env=env).code == 0
    assert '"verb": "apply"' in job.read_text()
    job.write_bytes(before)
    put_back(folder, folder / "copy")
    assert resolve(folder, export(target, folder), "--older-ledger").states == {"created": ROWS}
    assert run(folder, target).states == {"updated": ROWS}


def test_a_mere_plan_holds_nothing_back(folder: Path, target: Target) -> None:
    env = account(target.base_url)
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    assert run(folder, target, "--limit", "2").code == 7
    (folder / "others.csv").write_text("no,name\nx1,Name 1\n")
    assert importer("plan", "others.csv", "-m", "crm.yaml", cwd=folder, env=env).code == 11
    put_back(folder, folder / "copy")
    assert resolve(folder, export(target, folder), "--older-ledger").code == 0
    assert importer("run", "others.csv", "-m", "crm.yaml", "--json", cwd=folder, env=env).states == {"created": 1}


def test_the_targets_own_export_tells_a_new_state_folder_whom_there_is(folder: Path, target: Target) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "5").code == 7
    shutil.move(folder / "importer-state", folder / "lost")
    with (folder / "all.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["contact_id", "ref", "name"])
        lines.writerows([key, one["external_id"], one["first_name"]] for key, one in target.contacts.items())
    (folder / "all.yaml").write_text(
        (folder / "crm.yaml").read_text().replace("  external_id: no", "  id: contact_id\n  external_id: ref")
    )
    words = ("run", "all.csv", "-m", "all.yaml", "--new-ledger", "--json")
    assert importer(*words, cwd=folder, env=account(target.base_url)).states == {"updated": 5}
    assert run(folder, target).states == {"created": 3, "unchanged": 5}
    assert target.duplicates("external_id") == {}


@pytest.mark.parametrize("more", [[], ["no mark"]])
def test_an_older_ledger_takes_over_the_key_that_the_newest_run_changed_to(
    more: list[str], folder: Path, target: Target
) -> None:
    assert run(folder, target, "--new-ledger", "--limit", "3").code == 7
    shutil.copy(folder / "importer-state" / "ledger.sqlite", folder / "copy")
    text = (folder / "crm.yaml").read_text()
    (folder / "crm.yaml").write_text(text.replace("key: external_id", "key: first_name"))
    assert run(folder, target, "--change-key").states == {"created": ROWS}
    put_back(folder, folder / "copy")
    if more:
        (folder / "importer-state" / "ledger.mark").unlink()
    (folder / "target.yaml").write_text(
        "version: 1\nname: t\ncontact:\n  id: contact_id\n  external_id: ref\n  first_name: ref\n"
    )
    assert resolve(folder, export(target, folder), "--older-ledger", "--runs-complete").code == 3
    created = len(target.created)
    assert run(folder, target).states == {"unknown": ROWS}
    (folder / "crm.yaml").write_text(text)
    assert run(folder, target).code == 8
    assert len(target.created) == created
