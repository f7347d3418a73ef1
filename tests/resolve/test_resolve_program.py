"""`importer resolve` after runs against a server whose answers were lost; in this process, which is quick."""

import csv
import io
import json
import os
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from audit import Row, audit, read_results
from faults import ANSWER, Act, cut, status
from program import Finished, account
from received import Received
from target import Target

from importer.cli import group
from importer.errors import ImporterError

MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  first_name: name\n"
EXPORT = "version: 1\nname: target\ncontact:\n  id: contact_id\n  external_id: ref\n"
LOST, NEVER = {"k02", "k05"}, {"k04"}
"""Keys whose create was committed and then cut, and keys that were cut before."""
AGAIN = ("run", "rows.csv", "-m", "crm.yaml", "--json")


def importer(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Finished:
    before, out, err = dict(os.environ), io.StringIO(), io.StringIO()
    os.environ.update(env or {})
    try:
        with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
            code = int(group.main([str(word) for word in words], prog_name="importer", standalone_mode=False) or 0)
    except (ImporterError, click.ClickException) as error:
        code = int(error.exit_code)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return Finished(code, out.getvalue(), err.getvalue())


def cut_some(received: Received) -> Act:
    key = received.json["external_id"] if received.method == "POST" else None
    return cut(commit=True) if key in LOST else cut(commit=False) if key in NEVER else ANSWER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crm.yaml").write_text(MAPPING)
    (tmp_path / "target.yaml").write_text(EXPORT)
    rows = "\n".join(f"k{n:02},Name {n}" for n in range(8))
    (tmp_path / "rows.csv").write_text(f"no,name\n{rows}\n")
    return tmp_path


@pytest.fixture
def first(folder: Path, target: Target) -> Finished:
    target.script = cut_some
    done = importer(*AGAIN, "--new-ledger", "--concurrency", "2", cwd=folder, env=account(target.base_url))
    assert (done.code, done.states) == (3, {"created": 5, "unknown": 3})
    target.script = ()
    return done


def export(
    target: Target, folder: Path, *, drop: Callable[[str], bool] = lambda _: False, more: str = "", name: str = "e.csv"
) -> str:
    with (folder / name).open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["contact_id", "ref"])
        for contact_id, contact in target.contacts.items():
            if not drop(contact["external_id"]):
                lines.writerow([contact_id, contact["external_id"]])
        file.write(more)
    return name


def resolve(folder: Path, exported: str, *, as_of: datetime | None = None, run: str = "last") -> Finished:
    moment = (as_of or datetime.now(UTC)).isoformat()
    words = ("resolve", run, "--export", exported, "-m", "target.yaml", "--as-of", moment, "--json")
    return importer(*words, cwd=folder)


def endings(done: Finished) -> dict[str, int]:
    counted = done.document["resolve"]
    return {name: counted[name] for name in ("found", "absent", "ambiguous", "older", "unproven") if counted[name]}


def rows_of(done: Finished) -> dict[str, Row]:
    return {row["key"]: row for row in read_results(Path(done.document["files"]["results"]))}


def test_a_whole_and_later_export_settles_every_row_and_the_next_run_sends_what_is_missing(
    folder: Path, target: Target, first: Finished
) -> None:
    done = resolve(folder, export(target, folder))
    assert (done.code, endings(done)) == (0, {"found": 2, "absent": 1})
    assert done.states == {"created": 7, "unsent": 1}
    rows = rows_of(done)
    assert {key: rows[key]["contact_id"] for key in LOST} == {
        key: target.creates_by("external_id")[key][0] for key in LOST
    }
    assert {key: rows[key]["code"] for key in LOST | NEVER} == {
        "k02": "create|found", "k05": "create|found", "k04": "create|absent",
    }  # fmt: skip  # the three on one line
    assert json.loads(Path(done.document["files"]["run"]).read_text())["exit_code"] == 7
    again = importer(*AGAIN, cwd=folder, env=account(target.base_url))
    assert (again.code, again.states) == (0, {"created": 1, "updated": 2, "unchanged": 5})
    assert audit(target, list(rows_of(again).values()), read=8) == []
    assert not target.duplicates("external_id")
    assert first.document["run_id"] == done.document["run_id"]


def test_once_settled_it_stays_so(folder: Path, target: Target, first: Finished) -> None:
    exported = export(target, folder)
    resolve(folder, exported)
    done = resolve(folder, exported, run=first.document["run_id"])
    assert (done.code, endings(done), done.states) == (0, {}, {"created": 7, "unsent": 1})


@pytest.mark.usefixtures("first")
def test_a_filtered_export_makes_nothing_sendable(folder: Path, target: Target) -> None:
    done = resolve(folder, export(target, folder, drop=lambda key: key in {"k01", "k02"}))
    assert (done.code, endings(done)) == (3, {"found": 1, "unproven": 2})
    assert (done.document["resolve"]["evidence"], done.document["resolve"]["missing"]) == (5, 1)
    before = len(target.of("POST"))
    again = importer(*AGAIN, cwd=folder, env=account(target.base_url))
    assert (again.code, again.document["unknown"], len(target.of("POST"))) == (3, 2, before)


@pytest.mark.usefixtures("first")
def test_an_empty_export_makes_nothing_sendable(folder: Path, target: Target) -> None:
    done = resolve(folder, export(target, folder, drop=lambda _: True, more=""))
    assert done.code in (3, 9)
    again = importer(*AGAIN, cwd=folder, env=account(target.base_url))
    assert again.document["unknown"] == 3


@pytest.mark.usefixtures("first")
def test_an_older_export_settles_nothing(folder: Path, target: Target) -> None:
    done = resolve(folder, export(target, folder), as_of=datetime.now(UTC) - timedelta(hours=1))
    assert (done.code, endings(done)) == (3, {"older": 3})


@pytest.mark.usefixtures("first")
def test_a_key_that_stands_twice_stays_unknown(folder: Path, target: Target) -> None:
    other = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
    done = resolve(folder, export(target, folder, more=f"{other},k02\n"))
    assert (done.code, endings(done)) == (3, {"found": 1, "absent": 1, "ambiguous": 1})


@pytest.mark.usefixtures("first")
def test_a_contact_that_is_listed_twice_is_one(folder: Path, target: Target) -> None:
    lost = target.creates_by("external_id")["k02"][0]
    done = resolve(folder, export(target, folder, more=f"{lost},k02\n"))
    assert (done.code, endings(done)) == (0, {"found": 2, "absent": 1})


@pytest.mark.parametrize("line", ["not-an-id,k04", "only-one-cell", ",k04"])
@pytest.mark.usefixtures("first")
def test_a_record_that_can_not_be_read_might_be_the_one(line: str, folder: Path, target: Target) -> None:
    done = resolve(folder, export(target, folder, more=f"{line}\n"))
    assert done.code == 3
    assert "absent" not in endings(done)
    assert rows_of(done)["k04"]["state"] == "unknown"


@pytest.mark.usefixtures("first")
def test_another_customers_contact_is_nobodys_new_one(folder: Path, target: Target) -> None:
    taken = target.creates_by("external_id")["k00"][0]
    done = resolve(folder, export(target, folder, more=f"{taken},k04\n"))
    assert rows_of(done)["k04"]["state"] == "unknown"
    assert endings(done) == {"found": 2, "ambiguous": 1}


@pytest.mark.usefixtures("first")
def test_a_mapping_that_makes_other_keys_settles_nothing(folder: Path, target: Target) -> None:
    (folder / "target.yaml").write_text(EXPORT.replace("external_id: ref", "external_id: {column: ref, case: upper}"))
    done = resolve(folder, export(target, folder))
    assert (done.code, endings(done)) == (3, {"ambiguous": 2, "unproven": 1})


@pytest.mark.usefixtures("first")
def test_a_row_held_back_by_an_earlier_run_is_let_go(folder: Path, target: Target) -> None:
    env = account(target.base_url)
    (folder / "rows.csv").write_text((folder / "rows.csv").read_text().replace("Name 4", "Name four"))
    held = importer(*AGAIN, cwd=folder, env=env)
    assert held.states == {"unchanged": 5, "unknown": 3}
    done = resolve(folder, export(target, folder))
    assert (done.code, endings(done)) == (0, {"found": 2, "absent": 1})
    assert done.states == {"unchanged": 5, "unsent": 3}
    again = importer(*AGAIN, cwd=folder, env=env)
    assert (again.code, again.states) == (0, {"created": 1, "updated": 2, "unchanged": 5})
    assert not target.duplicates("external_id")


def test_what_a_killed_run_left_in_flight_is_settled_too(folder: Path, target: Target, first: Finished) -> None:
    with sqlite3.connect(folder / "importer-state" / "ledger.sqlite") as ledger:
        # As kill -9 leaves it: intents without outcome, no numbers written.
        ledger.execute("UPDATE attempt SET state = 'intent', finished_at = NULL, code = NULL WHERE state = 'unknown'")
        ledger.execute("UPDATE identity SET state = 'sending' WHERE state = 'unknown'")
        ledger.execute("UPDATE run SET state = 'open', finished_at = NULL")
    ledger.close()
    for name in ("run", "results"):
        Path(first.document["files"][name]).unlink()
    done = resolve(folder, export(target, folder))
    assert (done.code, endings(done)) == (0, {"found": 2, "absent": 1})
    again = importer(*AGAIN, cwd=folder, env=account(target.base_url))
    assert again.document["continued"]
    assert (again.code, again.states) == (0, {"created": 8})
    assert not target.duplicates("external_id")


@pytest.mark.usefixtures("first")
def test_a_waiting_plan_does_not_outlive_it(folder: Path, target: Target) -> None:
    env = account(target.base_url)
    planned = importer("plan", "rows.csv", "-m", "crm.yaml", "--json", cwd=folder, env=env)
    assert resolve(folder, export(target, folder)).code == 0
    assert importer("apply", planned.document["run_id"], cwd=folder, env=env).code == 8


@pytest.mark.usefixtures("first")
def test_wrong_use_is_told_before_anything_is_settled(folder: Path, target: Target) -> None:
    exported = export(target, folder)
    words = ("resolve", "last", "--export", exported, "-m")
    assert importer(*words, "target.yaml", "--as-of", "2026-03-01T10:00:00", cwd=folder).code == 2
    assert resolve(folder, exported, as_of=datetime.now(UTC) + timedelta(hours=1)).code == 2
    assert resolve(folder, exported, run="20260101T000000-abcdef").code == 2
    now = datetime.now(UTC).isoformat()
    assert importer(*words, "crm.yaml", "--as-of", now, cwd=folder).code == 4
    assert resolve(folder, "nowhere.csv").code == 9
    shutil.move(folder / "importer-state", folder / "elsewhere")
    lost = resolve(folder, exported)
    assert (lost.code, (folder / "importer-state").exists()) == (10, False)


@pytest.mark.usefixtures("first")
def test_the_page_ends_with_what_to_type_next(folder: Path, target: Target) -> None:
    words = ("resolve", "last", "-m", "target.yaml", "--as-of", datetime.now(UTC).isoformat(), "--export")
    filtered = importer(*words, export(target, folder, drop=lambda key: key == "k01"), cwd=folder)
    assert "It lacks 1 of 5 contacts" in filtered.out
    assert "importer resolve 2" in filtered.out
    whole = importer(*words, export(target, folder), cwd=folder)
    assert f"importer run rows.csv -m {folder / 'crm.yaml'}" in whole.out.splitlines()[-1]


@pytest.mark.parametrize("verb", ["run", "apply"])
def test_unknown_updates_are_to_be_sent_again_and_not_to_be_settled(verb: str, folder: Path, target: Target) -> None:
    env = account(target.base_url)
    assert importer(*AGAIN, "--new-ledger", cwd=folder, env=env).code == 0
    (folder / "rows.csv").write_text("no,name\nk01,Another\n")
    target.script = lambda received: status(500) if received.method == "PUT" else None
    words = ["run", "rows.csv", "-m", "crm.yaml"]
    if verb == "apply":
        planned = importer("plan", "rows.csv", "-m", "crm.yaml", "--json", cwd=folder, env=env)
        words = ["apply", planned.document["run_id"]]
    done = importer(*words, cwd=folder, env=env)
    assert done.code == 3
    assert "importer resolve" not in done.out
    assert "1 updates may have landed or not" in done.out
    moment = datetime.now(UTC).isoformat()
    told = ("resolve", "last", "--export", export(target, folder), "-m", "target.yaml", "--as-of", moment)
    for page in (done.out, importer(*told, cwd=folder, env=env).out):
        again = shlex.split(next(line for line in page.splitlines() if line.startswith("  importer run")))
        assert again[:3] == ["importer", "run", "rows.csv"]
    target.script = ()
    assert importer(*again[1:], "--json", cwd=folder, env=env).states == {"updated": 1}


def test_resolve_and_show_tell_the_next_command_with_the_brakes_that_were_typed(
    folder: Path, target: Target, first: Finished
) -> None:
    assert first.code == 3
    env = account(target.base_url)
    words = ("--export", export(target, folder), "-m", "target.yaml", "--as-of", datetime.now(UTC).isoformat())
    for command in (("resolve", "last", *words), ("show", "last")):
        told = importer(*command, cwd=folder, env=env).out
        (again,) = (shlex.split(line) for line in told.splitlines() if line.startswith("  importer run"))
        assert again[-2:] == ["--concurrency", "2"]
        assert not {"--new-ledger", "--json"} & set(again)
    assert importer(*again[1:], cwd=folder, env=env).code == 0
