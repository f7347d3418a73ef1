"""`purge` as users run it: what it says, what it asks, what it keeps, and what it never touches."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import cut, status
from program import Finished, account, importer
from target import Target

from importer.folder import RunFolder, list_folders
from importer.folder_lock import hold_folder
from importer.ledger import lock, open_ledger
from importer.purge.purge import look, purge
from importer.session import LEDGER

MAPPING = """version: 1
name: crm
key: external_id
contact: {external_id: no, first_name: name, email: mail}
"""


class Crm:
    """A folder with a state folder in it, whose runs can be made older than they are."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target, self.state = folder, target, folder / "importer-state"
        (folder / "crm.yaml").write_text(MAPPING, "utf-8")

    def importer(self, *words: str | Path) -> Finished:
        return importer(*words, cwd=self.folder, env=account(self.target.base_url))

    def send(self, *names: str, limit: int = 1_000) -> str:
        rows = "".join(f"{n},{name},p{n}@x.example.com\n" for n, name in enumerate(names))
        (self.folder / "rows.csv").write_text(f"no,name,mail\n{rows}", "utf-8")
        words = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--max-wait", "0", "--json", "--limit")
        return str(self.importer(*words, str(limit)).document["run_id"])

    def files(self, run: str) -> set[str]:
        path = self.state / "runs" / run
        return {str(one.relative_to(path)) for one in path.rglob("*") if one.is_file()}


@pytest.fixture
def crm(tmp_path: Path, target: Target) -> Crm:
    return Crm(tmp_path, target)


NUMBERS = {"job.json", "run.json", "report.html"}
PARTS = {"parts/00000.parquet", "parts/bodies-00000.parquet", "plan/00000.parquet"}


def test_it_says_what_goes_before_it_does_and_keeps_what_is_needed(crm: Crm) -> None:
    first = crm.send("Ana", "Eva", "Luz")
    second = crm.send("Anna", "Evita", "Luzia")
    third = crm.send("Anna", "Evita", "Lucia")
    before = crm.files(first)
    listed = crm.importer("purge", "--older-than", "0d")
    assert (listed.code, "add --yes" in listed.err, crm.files(first)) == (2, True, before)
    assert f"{first}  run: all rows" in listed.out
    # The bodies of Ana and Eva lie in the second run; what undoing the third puts back does too.
    assert f"{second}  run: all but 1 of 1 parts" in listed.out
    assert f"{third}  it is the newest" in listed.out
    asked = crm.importer("purge", "--older-than", "0d", "--json")
    assert (asked.code, asked.document["done"], crm.files(first)) == (2, False, before)
    done = crm.importer("purge", "--older-than", "0d", "--yes", "--json")
    assert (done.code, done.document["done"]) == (0, True)
    assert [(run["run_id"], run["parts_kept"]) for run in done.document["runs"]] == [(first, 0), (second, 1)]
    assert (crm.files(first), crm.files(third)) == (NUMBERS, before)
    assert crm.files(second) == NUMBERS | PARTS
    again = crm.importer("purge", "--older-than", "0d")
    assert (again.code, "is to be removed" in again.out) == (0, True)


def test_what_was_purged_is_told_as_purged_and_its_numbers_stay(crm: Crm) -> None:
    first = crm.send("Ana", "Eva")
    crm.send("Anna", "Evita")
    shown = crm.importer("show", first, "--json")
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    for words in (("undo", first), ("explain", first, "1"), ("show", first, "--html")):
        told = crm.importer(*words)
        assert (told.code, "was purged on" in told.err) == (2, True)
    left = crm.importer("show", first, "--json")
    assert (left.code, left.document["created"], left.document["files"]["results"]) == (0, 2, None)
    assert left.document == {**shown.document, "files": left.document["files"]}
    assert first in crm.importer("runs").out
    undone = crm.importer("undo", "last", "--json")
    assert (undone.code, undone.document["undo"]["rows"]["put_back"]) == (11, 2)


def test_what_waits_for_somebody_stays_whole(crm: Crm) -> None:
    crm.target.script = [cut()]
    doubtful = crm.send("Ana", "Eva")
    crm.target.script = []
    unfinished = crm.send("Ana", "Evita", "Luz", "Sol", limit=1)
    kept = crm.importer("purge", "--older-than", "0d", "--yes", "--json").document
    assert kept["runs"] == []
    assert {one["run_id"]: one["why"].split(":")[0] for one in kept["needed"]} == {
        doubtful: "creates of it are unknown",
        unfinished: "it is not finished",
    }
    waiting = crm.importer("plan", "rows.csv", "-m", "crm.yaml", "--json").document["run_id"]
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    assert crm.importer("apply", waiting, "--max-wait", "0").code == 3
    # The plan is sent now, and who was in doubt is in doubt still.
    assert {doubtful, waiting} <= {one["run_id"] for one in _needed(crm)}


def _needed(crm: Crm) -> list[dict[str, str]]:
    found: list[dict[str, str]] = crm.importer("purge", "--older-than", "0d", "--yes", "--json").document["needed"]
    return found


def test_younger_runs_stay_and_ages_are_days_or_weeks(crm: Crm) -> None:
    first = crm.send("Ana")
    crm.send("Anna")
    before = crm.files(first)
    assert crm.importer("purge", "--older-than", "1w", "--yes").code == 0
    assert crm.files(first) == before
    assert crm.importer("purge", "--older-than", "soon", "--yes").code == 2


def test_rejects_of_an_old_run_that_an_unfinished_one_reads_stay(crm: Crm) -> None:
    (crm.folder / "rows.csv").write_text("no,name,mail\n1,Ana,none\n2,Eva,none\n3,Sol,s@x.example.com\n", "utf-8")
    words = ("-m", "crm.yaml", "--new-ledger", "--json")
    first = crm.importer("run", "rows.csv", *words)
    rejects = Path(first.document["files"]["rejects"])
    rejects.write_text(rejects.read_text("utf-8-sig").replace("none", "a@x.example.com"), "utf-8-sig")
    assert crm.importer("run", rejects, *words, "--limit", "1").code == 7
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    assert crm.importer("run", rejects, *words).document["continued"] is True


def test_what_dead_processes_left_goes_and_what_a_live_one_holds_stays(crm: Crm) -> None:
    crm.send("Ana")
    old = "20200101T000000-00000"
    dead, live = crm.state / "runs" / f"{old}1", crm.state / "runs" / f"{old}2"
    compared, old_result = crm.state / "reconciled" / f"{old}3", crm.state / "reconciled" / f"{old}4"
    for path in (dead / "parts", live / "parts", compared / "here", old_result):
        path.mkdir(parents=True)
        (path / "00000.parquet").write_bytes(b"half a file")
    with hold_folder(live), hold_folder(compared):
        assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    assert [path.exists() for path in (dead, live, compared, old_result)] == [False, True, True, False]
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    assert [path.exists() for path in (live, compared)] == [False, False]


def test_a_run_under_way_a_ledger_gone_and_a_link_are_left_alone(crm: Crm) -> None:
    first = crm.send("Ana")
    crm.send("Anna")
    outside = crm.folder / "outside"
    outside.mkdir()
    (outside / "precious").write_text("all")
    (crm.state / "runs" / first / "linked").symlink_to(outside, target_is_directory=True)
    with lock(crm.state):
        assert crm.importer("purge", "--older-than", "0d", "--yes").code == 6
    shutil.move(crm.state / LEDGER, crm.folder / LEDGER)
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 10
    assert "results.csv" in crm.files(first)
    shutil.move(crm.folder / LEDGER, crm.state / LEDGER)
    assert crm.importer("purge", "--older-than", "0d", "--yes").code == 0
    assert (crm.files(first), (outside / "precious").exists()) == (NUMBERS | PARTS, True)
    assert importer("purge", "--older-than", "1d", "--state-dir", "nowhere", cwd=crm.folder).code == 10


def test_a_purge_stopped_after_any_file_is_ended_by_the_next_and_nothing_is_sent_otherwise(crm: Crm) -> None:
    first = crm.send("Ana", "Eva")
    crm.send("Ana", "Evita")
    now = datetime.now(UTC) + timedelta(days=1)
    copies = [crm.folder / f"copy-{number}" for number in range(3)]
    for number, copy in enumerate(copies):
        shutil.copytree(crm.state, copy)
        with pytest.raises(KeyboardInterrupt):
            purge(copy, now, now, _stop_after(copy, now, number))
        folder = RunFolder(copy / "runs" / first)
        assert folder.bodies(0).exists()
        crm.target.requests.clear()
        crm.target.script = [status(500)]
        words = ("run", "rows.csv", "-m", "crm.yaml", "--state-dir", str(copy), "--json")
        assert crm.importer(*words).states == {"unchanged": 2}
        assert crm.target.requests == []
        purge(copy, now, now, lambda _: None)
        with lock(copy), open_ledger(copy / LEDGER, create=False) as ledger:
            assert look(ledger, copy, now, now).thinned == ()
        assert not folder.results.exists()
        assert folder.bodies(0).exists()
    assert len(list_folders(crm.state)) == 2


def _stop_after(state: Path, now: datetime, files: int) -> Callable[[object], None]:
    """Do what a purge does, up to some file, and stop there as a kill would."""

    def stop(_chosen: object) -> None:
        with open_ledger(state / LEDGER, create=False) as ledger:
            (thinned, *_) = look(ledger, state, now, now).thinned
        document = thinned.facts.folder.read_json(thinned.facts.folder.job)
        thinned.facts.folder.write_json(thinned.facts.folder.job, {**document, "purged": now.isoformat()})
        for path in thinned.files[:files]:
            path.unlink()
        raise KeyboardInterrupt

    return stop
