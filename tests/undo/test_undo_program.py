"""`undo` as users run it: what is kept and why, what is marked deleted, what an export puts back, what is in doubt."""

import json
from pathlib import Path
from typing import Any

from faults import cut
from program import Finished, account, adds_up, importer, read_results
from target import Target

MAPPING = """version: 1
name: crm
key: external_id
contact: {id: id, external_id: no, first_name: name, email: mail, city: city}
"""
HERS, HIS = "0f2c1a34-0000-4000-8000-00000000aaaa", "0f2c1a34-0000-4000-8000-00000000bbbb"


class Crm:
    """A folder in which one customer list comes again and again."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target = folder, target
        (folder / "crm.yaml").write_text(MAPPING, "utf-8")

    def send(self, *rows: str) -> Finished:
        (self.folder / "rows.csv").write_text("\n".join(["id,no,name,mail,city", *rows]) + "\n", "utf-8")
        return self.importer("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--max-wait", "0")

    def importer(self, *words: str) -> Finished:
        done = importer(*words, "--json", cwd=self.folder, env=account(self.target.base_url))
        assert not done.out or adds_up(done.document)
        return done

    def undo(self, run: Finished, *words: str) -> Finished:
        return self.importer("undo", run.document["run_id"], *words)

    def of(self, number: str) -> dict[str, Any]:
        (found,) = [one for one in self.target.contacts.values() if one.get("external_id") == number]
        return found


def row(number: int, city: str = "Cali", contact: str = "") -> str:
    return f"{contact},{number},Ana {number},a{number}@x.example.com,{city}"


def told(planned: Finished) -> dict[str, int]:
    return {ending: count for ending, count in planned.document["undo"]["rows"].items() if count}


def test_a_contact_that_a_later_run_sent_is_kept_and_who_is_marked_deleted_comes_back_as_the_same(
    tmp_path: Path, target: Target
) -> None:
    crm = Crm(tmp_path, target)
    crm.send(row(1), row(2), row(3))
    bad = crm.send(row(1, "Lima"), row(2, "Lima"), row(3), row(4, "Lima"))
    later = crm.send(row(1, "Quito"), row(2, "Lima"), row(3), row(4, "Lima"))
    assert told(crm.undo(bad)) == {"put_back": 1, "created": 1, "later": 1}
    asked = crm.undo(bad, "--delete-created")
    assert (asked.code, "1 contacts would be marked deleted" in asked.err) == (2, True)
    planned = crm.undo(bad, "--delete-created", "--yes")
    assert (planned.code, told(planned)) == (11, {"put_back": 1, "deleted": 1, "later": 1})
    assert planned.document["undo"]["later"] == {later.document["run_id"]: 1}
    assert planned.document["files"]["rejects"] is None
    done = crm.importer("apply", planned.document["run_id"])
    assert (done.code, done.states) == (3, {"updated": 2, "rejected": 1})
    assert [one["code"] for one in read_results(done.document) if one["state"] == "rejected"] == ["undo|later"]
    assert (crm.of("1")["city"], crm.of("2")["city"]) == ("Quito", "Cali")
    assert crm.of("4")["deleted_at"] is not None
    assert told(crm.undo(bad)) == {"later": 3}
    # The same file again: nobody is created anew, and the deleted one is not deleted any more.
    again = crm.send(row(1, "Lima"), row(2, "Lima"), row(3), row(4, "Lima"))
    assert again.states == {"updated": 3, "unchanged": 1}
    assert (len(target.created), crm.of("4")["deleted_at"], crm.of("2")["city"]) == (4, None, "Lima")
    assert crm.send(row(1, "Lima"), row(2, "Lima"), row(3), row(4, "Lima")).states == {"unchanged": 4}


def test_a_taken_back_run_can_be_taken_back_and_a_plan_that_the_ledger_left_behind_is_refused(
    tmp_path: Path, target: Target
) -> None:
    crm = Crm(tmp_path, target)
    crm.send(row(1))
    second, stale = crm.send(row(1, "Lima")), crm.undo(crm.send(row(1, "Quito")))
    taken = crm.undo(Finished(0, json.dumps({"run_id": "last"}), ""))
    crm.importer("apply", taken.document["run_id"])
    assert crm.of("1")["city"] == "Lima"
    refused = crm.importer("apply", stale.document["run_id"])
    assert (refused.code, "the ledger" in refused.err) == (8, True)
    crm.importer("apply", crm.undo(second).document["run_id"])
    assert crm.of("1")["city"] == "Cali"
    # A run that changed nobody is not what is meant.
    assert crm.send(row(1)).states == {"unchanged": 1}
    crm.importer("apply", crm.importer("undo", "last").document["run_id"])
    assert crm.of("1")["city"] == "Lima"


def test_whom_no_run_sent_before_only_an_export_can_put_back(tmp_path: Path) -> None:
    with Target(adopt=True) as target:
        crm = Crm(tmp_path, target)
        target.contacts = {HERS: {"external_id": "1", "city": "Loja", "first_name": "Eva", "email": "e@x.example.com"}}
        sent = crm.send(row(1, contact=HERS), row(2, contact=HIS))
        planned = crm.undo(sent)
        assert (planned.code, told(planned)) == (3, {"not_known": 2})
        (tmp_path / "export.csv").write_text(f"id,no,name,mail,city\n{HERS},1,Eva,e@x.example.com,\n", "utf-8")
        planned = crm.undo(sent, "--export", "export.csv", "-m", "crm.yaml")
        assert (planned.code, told(planned)) == (11, {"put_back": 1, "not_known": 1})
        crm.importer("apply", planned.document["run_id"])
        assert {name: crm.of("1")[name] for name in ("first_name", "city")} == {"first_name": "Eva", "city": None}
        assert not list((tmp_path / "importer-state").rglob("export.parquet"))


def test_what_nobody_knows_is_counted_apart(tmp_path: Path, target: Target) -> None:
    crm = Crm(tmp_path, target)
    crm.send(row(1))
    target.script = [cut(commit=True)] * 20
    doubtful = crm.send(row(1, "Lima"), row(2))
    assert doubtful.states == {"unknown": 2}
    target.script = ()
    planned = crm.undo(doubtful)
    assert (planned.document["read"], told(planned)) == (2, {"put_back": 1, "in_doubt": 1})
    assert crm.importer("apply", planned.document["run_id"]).states == {"updated": 1, "rejected": 1}
    assert crm.of("1")["city"] == "Cali"


def test_what_an_undo_must_leave_is_told_with_what_is_to_be_done_first(tmp_path: Path, target: Target) -> None:
    crm = Crm(tmp_path, target)
    target.script = [cut(commit=True)] * 20
    doubtful = crm.send(row(1)).document["run_id"]
    target.script = ()
    env = account(target.base_url)
    page = importer("undo", doubtful, cwd=tmp_path, env=env)
    assert (page.code, "settle them with `importer resolve`, then undo again" in page.out) == (3, True)
    first = crm.send(row(2)).document["run_id"]
    crm.send(row(2, "Lima"))
    later = importer("undo", first, cwd=tmp_path, env=env)
    assert (later.code, "take the later runs back first, then undo again" in later.out) == (3, True)
    assert "Nothing is left to do" not in page.out + later.out


def test_a_run_that_sent_nothing_is_no_run_to_take_back(tmp_path: Path, target: Target) -> None:
    crm = Crm(tmp_path, target)
    crm.send(row(1))
    crm.importer("plan", "rows.csv", "-m", "crm.yaml")
    nothing = crm.send(row(1))
    assert "changed no contact" in crm.undo(nothing).err
    refused = crm.importer("undo", "20260101T000000-abcdef")
    assert (refused.code, "sent anything" in refused.err) == (2, True)
