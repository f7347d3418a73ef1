"""`doctor` as users run it: what is fine, what is to be looked at, what is broken, and that no contact is touched."""

import os
import sqlite3
from pathlib import Path

import pytest
from faults import cut, slow, status
from program import Finished, environment, importer
from target import ACCOUNT, API_KEY, TOKEN, Target

from importer.ledger import lock

MAPPING = """version: 1
name: crm
key: external_id
source: {files: "in/*.csv"}
update: full
contact: {external_id: no, first_name: name, email: mail}
"""


class Crm:
    """A folder in which the next run waits."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target = folder, target
        (folder / "crm.yaml").write_text(MAPPING, "utf-8")
        (folder / "in").mkdir()
        self.comes()

    def comes(self, *more: str) -> None:
        rows = "".join(f"{n},Ana,p{n}@x.example.com\n" for n in range(25))
        (self.folder / "in" / "a.csv").write_text(f"no,name,mail\n{rows}{''.join(more)}", "utf-8")

    def env(self, **more: str) -> dict[str, str]:
        said = {"IMPORTER_BASE_URL": self.target.base_url, "IMPORTER_ACCOUNT_ID": ACCOUNT, "IMPORTER_API_KEY": API_KEY}
        return environment(**{name: value for name, value in {**said, **more}.items() if value})

    def doctor(self, *words: str, **more: str) -> Finished:
        return importer("doctor", "-m", "crm.yaml", "--json", *words, cwd=self.folder, env=self.env(**more))

    def run(self, *words: str, **more: str) -> Finished:
        return importer("run", "-m", "crm.yaml", "--new-ledger", *words, cwd=self.folder, env=self.env(**more))


@pytest.fixture
def crm(tmp_path: Path, target: Target) -> Crm:
    return Crm(tmp_path, target)


def verdicts(done: Finished, verdict: str) -> dict[str, str]:
    return {one["about"]: one["told"] for one in done.document["findings"] if one["verdict"] == verdict}


def test_all_is_well_after_a_run_and_nothing_but_a_sign_in_is_asked(crm: Crm) -> None:
    first = crm.doctor()
    assert (first.code, set(verdicts(first, "look"))) == (0, {"state"})
    assert not (crm.folder / "importer-state").exists()
    assert crm.run().code == 0
    crm.target.requests.clear()
    done = crm.doctor()
    assert (done.code, verdicts(done, "look"), verdicts(done, "broken")) == (0, {}, {})
    fine = verdicts(done, "ok")
    assert set(fine) == {"settings", "mapping", "source", "state", "ledger", "account", "guards", "sign-in"}
    assert "25 contacts of mapping name 'crm'" in fine["account"]
    assert "held against one of 25 rows" in fine["guards"]
    assert [(one.method, one.path.rpartition("/")[2]) for one in crm.target.requests] == [("GET", "authorize")]
    with sqlite3.connect(crm.folder / "importer-state" / "ledger.sqlite") as ledger:
        # 25 creates, a sign-in of the run and one of the second look; the first look had no ledger to count in.
        assert ledger.execute("SELECT sum(requests) FROM request_day").fetchone() == (27,)
    quiet = importer("doctor", "-m", "crm.yaml", "-q", cwd=crm.folder, env=crm.env())
    assert (quiet.code, quiet.out) == (0, "")
    assert API_KEY not in done.out


@pytest.mark.parametrize(
    ("settings", "code", "about"),
    [
        ({"IMPORTER_ACCOUNT_ID": ""}, 4, "settings"),
        ({"IMPORTER_ACCOUNT_ID": "7"}, 4, "settings"),
        ({"IMPORTER_API_KEY": ""}, 4, "settings"),
        ({"IMPORTER_API_KEY": "wrong"}, 4, "sign-in"),
        ({"IMPORTER_ACCOUNT_ID": ACCOUNT.replace("1", "9")}, 10, "account"),
    ],
)
def test_settings_that_would_stop_a_run_are_told_with_its_code(
    settings: dict[str, str], code: int, about: str, crm: Crm
) -> None:
    crm.run()
    done = crm.doctor(**settings)
    assert (done.code, set(verdicts(done, "broken"))) == (code, {about})
    crm.comes("99,Eva,p99@x.example.com\n")
    assert crm.run(**settings).code == (code if about != "account" else 0)


def test_a_target_that_does_not_answer_and_one_that_is_another(crm: Crm) -> None:
    crm.target.script = lambda _: cut()
    assert crm.doctor().code == 7
    crm.target.script = lambda _: status(404)
    wrong = crm.doctor()
    assert (wrong.code, "check IMPORTER_BASE_URL" in verdicts(wrong, "broken")["sign-in"]) == (4, True)


def test_a_ready_token_and_a_misspelt_variable_are_to_be_looked_at(crm: Crm) -> None:
    done = crm.doctor(IMPORTER_API_KEY="", IMPORTER_TOKEN=TOKEN, IMPORTER_CANARI="5", IMPORTER_CANARY="5")
    looked = verdicts(done, "look")
    assert done.code == 0
    assert "did you mean IMPORTER_CANARY?" in looked["settings"]
    assert "usually lasts an hour" in looked["sign-in"]
    assert crm.target.requests == []


@pytest.mark.parametrize(
    ("name", "value"), [("CANARY", "many"), ("UNTIL", "25:99"), ("MAX_SHRINK", "nan"), ("RATE", "0")]
)
def test_a_policy_of_the_environment_that_would_stop_a_run_is_told(name: str, value: str, crm: Crm) -> None:
    settings = {f"IMPORTER_{name}": value}
    done = crm.doctor(**settings)
    assert (done.code, crm.run(**settings).code) == (2, 2)
    assert f"IMPORTER_{name}: " in verdicts(done, "broken")["settings"]


def test_each_file_that_the_next_run_takes_is_looked_at_and_not_the_newest_alone(crm: Crm) -> None:
    (crm.folder / "crm.yaml").write_text(MAPPING.replace('"in/*.csv"', '"in/*.csv", take: new'), "utf-8")
    assert crm.run().code == 0
    (crm.folder / "in" / "b.csv").write_text("no,name\n1,Ana\n", "utf-8")
    os.utime(crm.folder / "in" / "b.csv", (1, 1))
    crm.comes("99,Eva,p99@x.example.com\n")
    done = crm.doctor()
    assert (done.code, crm.run().code) == (4, 4)
    assert "b.csv" in verdicts(done, "broken")["source"]


def test_a_source_without_the_mapping_that_reads_it_is_refused(crm: Crm) -> None:
    done = importer("doctor", "in/a.csv", cwd=crm.folder, env=crm.env())
    assert (done.code, "add -m" in done.err) == (2, True)


def test_a_list_that_would_stop_a_run_is_told_with_its_code(crm: Crm) -> None:
    (crm.folder / "in" / "a.csv").write_text("no,name,email\n1,Ana,a@x.example.com\n", "utf-8")
    done = crm.doctor()
    assert (done.code, "no column 'mail'" in verdicts(done, "broken")["source"]) == (4, True)
    (crm.folder / "in" / "a.csv").unlink()
    assert (crm.doctor().code, crm.run().code) == (9, 9)
    (crm.folder / "crm.yaml").write_text("version: 1\n", "utf-8")
    assert set(verdicts(crm.doctor(), "broken")) == {"mapping"}


def test_a_state_that_would_stop_a_run_is_told_and_what_waits_in_it(crm: Crm) -> None:
    crm.target.script = [slow(0), cut()]
    assert crm.run("--limit", "3", "--max-wait", "0").code == 7
    state = crm.folder / "importer-state"
    with lock(state):
        assert crm.doctor().code == 6
    waiting = [one["told"] for one in crm.doctor().document["findings"] if one["verdict"] == "look"]
    assert ["is not finished" in waiting[0], "are unknown" in waiting[1]] == [True, True]
    (state / "ledger.sqlite").write_bytes(b"no ledger")
    assert crm.doctor().code == 10
    (state / "ledger.sqlite").unlink()
    gone = crm.doctor()
    assert (gone.code, "the ledger is gone" in verdicts(gone, "broken")["ledger"]) == (10, True)
