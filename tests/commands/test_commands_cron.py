"""A list that comes month after month: new files, policies in the mapping, and the crontab line as cron runs it."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program import REPOSITORY, Finished, account, importer
from target import ACCOUNT, API_KEY, Target

from importer.source import Declared, open_sources
from importer.source.arrived import digest_content, oldest_first

MAPPING = """version: 1
name: crm
key: external_id
source: {{files: "exports/month-*.csv", take: {take}}}
run: {run}
contact: {{external_id: no, first_name: name, email: mail}}
"""
PAGE = (REPOSITORY / "docs" / "cron.md").read_text("utf-8")


class Crm:
    """A folder to which exports come."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target, self.clock = folder, target, 1_700_000_000
        (folder / "exports").mkdir()

    def mapping(self, take: str, run: str = "{}") -> None:
        (self.folder / "crm.yaml").write_text(MAPPING.format(take=take, run=run), "utf-8")

    def comes(self, name: str, *rows: tuple[int, str]) -> None:
        path = self.folder / "exports" / f"month-{name}.csv"
        path.write_text("no,name,mail\n" + "".join(f"{n},{who},p{n}@x.example.com\n" for n, who in rows), "utf-8")
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    def importer(self, verb: str, *words: str, **env: str) -> Finished:
        return importer(verb, "-m", "crm.yaml", *words, cwd=self.folder, env=account(self.target.base_url, **env))


@pytest.fixture
def crm(tmp_path: Path, target: Target) -> Crm:
    return Crm(tmp_path, target)


def test_each_new_file_is_a_run_the_oldest_first_and_the_same_content_is_noticed(crm: Crm) -> None:
    crm.mapping("new")
    # By name the order would be another.
    crm.comes("9", (1, "Ana"), (2, "Eva"))
    crm.comes("1", (1, "Anna"), (2, "Eva"))
    crm.comes("5", (1, "Ana"), (2, "Eva"))
    done = crm.importer("run", "--new-ledger", "--json")
    assert (done.code, done.document["exit_code"]) == (0, 0)
    assert [(run["created"], run["updated"], run["unchanged"]) for run in done.document["runs"]] == [
        (2, 0, 0),
        (0, 1, 1),
    ]
    assert "1 files hold what was imported before: left out" in done.err
    assert "month-5.csv, the newest one, is among them: if the list went back" in done.err
    assert [contact["first_name"] for contact in crm.target.contacts.values()] == ["Anna", "Eva"]
    again = crm.importer("run")
    assert (again.code, "no new file" in again.err, "imported other content since" in again.err) == (9, True, True)
    crm.comes("2", (1, "Anna"), (2, "Eva"), (3, "Luz"))
    third = crm.importer("run", "--json")
    assert [run["created"] for run in third.document["runs"]] == [1]
    named = crm.importer("run", "exports/month-2.csv", "--json")
    assert (named.code, named.states) == (0, {"unchanged": 3})
    assert f"imported by run {third.document['runs'][0]['run_id']}" in named.document["note"]
    assert len(crm.importer("run", "--force", "--json", "--limit", "1").document["runs"]) == 1


def test_a_run_that_ends_otherwise_than_0_or_3_keeps_newer_files_waiting(crm: Crm) -> None:
    crm.mapping("new")
    many = [(n, f"Ana {n}") for n in range(30)]
    crm.comes("1", *many)
    crm.comes("2", *many[:10])
    crm.comes("3", *many[:29], (40, "Sol"))
    done = crm.importer("run", "--new-ledger", "--json")
    assert (done.code, [run["exit_code"] for run in done.document["runs"]]) == (8, [0, 8])
    assert "1 of 3 new files wait" in done.err
    assert crm.importer("run", "--json").document["runs"][0]["guards"][0]["rail"] == "shrink"
    stopped = crm.importer("run", "--json", "--max-shrink", "80", "--limit", "1", "--force")
    assert (stopped.code, len(stopped.document["runs"])) == (7, 1)
    passed = crm.importer("run", "--json", "--max-shrink", "80")
    assert (passed.code, [run["exit_code"] for run in passed.document["runs"]]) == (0, [0, 0])
    crm.comes("4", *many[:28], (50, "bad"), (50, "twice"))
    crm.comes("5", *many, (60, "Luz"))
    third = crm.importer("run", "--json")
    assert (third.code, [run["exit_code"] for run in third.document["runs"]]) == (3, [3, 0])


def test_a_file_that_breaks_the_command_is_named_and_the_document_ends_as_the_command_does(crm: Crm) -> None:
    crm.mapping("new")
    crm.comes("1", (1, "Ana"))
    crm.comes("2", (1, "Anna"))
    crm.comes("3", (1, "Anne"))
    wrong = crm.folder / "exports" / "month-2.csv"
    wrong.write_text("other\n1\n", "utf-8")
    os.utime(wrong, (crm.clock - 1, crm.clock - 1))
    done = crm.importer("run", "--new-ledger", "--json")
    assert (done.code, done.document["exit_code"], len(done.document["runs"])) == (4, 4, 1)
    again = crm.importer("run")
    assert (again.code, again.out) == (4, "")
    assert "2 of 2 new files wait for the same command, " in again.err
    assert "month-2.csv first" in again.err
    assert [contact["first_name"] for contact in crm.target.contacts.values()] == ["Ana"]


def test_an_older_file_that_comes_late_is_told(crm: Crm) -> None:
    crm.mapping("new")
    crm.comes("2", (1, "Ana"))
    assert crm.importer("run", "--new-ledger").code == 0
    crm.comes("1", (1, "Anna"))
    os.utime(crm.folder / "exports" / "month-1.csv", (1, 1))
    crm.comes("3", (1, "Anne"))
    assert "month-1.csv: new, but older" in crm.importer("plan").err
    done = crm.importer("run", "--json")
    assert [run["updated"] for run in done.document["runs"]] == [1, 1]
    assert "month-1.csv: new, but older than a file that was imported already" in done.err
    crm.comes("4", (1, "Ana Eva"))
    assert "older than" not in crm.importer("run").err


def test_what_lets_a_held_file_pass_is_told_for_it_alone(crm: Crm) -> None:
    crm.mapping("new")
    many = [(n, f"Ana {n}") for n in range(40)]
    crm.comes("1", *many)
    assert crm.importer("run", "--new-ledger").code == 0
    crm.comes("2", *many[:20])
    crm.comes("3", *many[:5])
    held = crm.importer("run")
    (told,) = [line for line in held.out.splitlines() if line.startswith("  importer ")]
    assert (held.code, told.endswith("month-2.csv -m crm.yaml --max-shrink 50%")) == (8, True)
    env = account(crm.target.base_url)
    assert importer(*told.split()[1:], cwd=crm.folder, env=env).code == 0
    assert crm.importer("run").code == 8


def test_no_file_of_the_state_folder_is_taken_for_an_export(crm: Crm) -> None:
    crm.mapping("new")
    mapping = crm.folder / "crm.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace("exports/month-*.csv", "**/*.csv"), "utf-8")
    crm.comes("1", (1, "Ana"), (2, "Eva"), (2, "Eva"))
    assert crm.importer("run", "--new-ledger", "--json").document["runs"][0]["rejected"] == 2
    again = crm.importer("run")
    assert (again.code, "month-1.csv, the newest one" in again.err) == (9, True)
    assert crm.importer("check", "--json").document["read"] == 3


def test_a_pattern_that_is_relative_to_the_mapping_is_not_told_otherwise(crm: Crm) -> None:
    crm.mapping("new")
    none = crm.importer("run", "--new-ledger")
    assert (none.code, str(crm.folder) in none.err, "current folder" in none.err) == (9, True, False)


def test_the_newest_file_alone_and_what_plan_and_check_read(crm: Crm) -> None:
    crm.mapping("newest")
    assert crm.importer("run", "--new-ledger").code == 9
    assert crm.importer("run").code == 10
    crm.comes("1", (1, "Ana"))
    crm.comes("2", (1, "Ana"), (2, "Eva"))
    assert crm.importer("check", "--json").document["read"] == 2
    assert crm.importer("run", "--new-ledger", "--json").states == {"created": 2}
    assert crm.importer("run").code == 9
    crm.mapping("new")
    assert crm.importer("plan", "--json").document["read"] == 1
    assert crm.importer("check", "--json").document["read"] == 2


def test_what_is_typed_counts_before_the_environment_and_that_before_the_mapping(crm: Crm) -> None:
    crm.mapping("new", "{max_rejected: 100%, canary: 2}")
    rows = [(n, f"Ana {n}") for n in range(30)]
    crm.comes("1", *rows, *rows[:10])
    held = crm.importer("run", "--new-ledger", "--json", "--max-rejected", "10%")
    assert (held.code, held.document["runs"][0]["guards"][0]["rail"]) == (8, "rejected")
    assert crm.importer("run", "--json", IMPORTER_MAX_REJECTED="20").code == 8
    planned = crm.importer("plan", "--json")
    assert (planned.code, planned.document["guards"]) == (11, [])
    done = importer("apply", "last", "--json", cwd=crm.folder, env=account(crm.target.base_url))
    assert (done.code, done.document["created"], done.document["guards"]) == (3, 20, [])


def test_an_edit_of_the_policies_lets_a_stopped_run_go_on(crm: Crm) -> None:
    crm.mapping("new")
    crm.comes("1", (1, "Ana"), (2, "Eva"))
    first = crm.importer("run", "--new-ledger", "--limit", "1", "--json").document["runs"][0]
    crm.mapping("newest", "{rate: 50}")
    second = crm.importer("run", "--json").document
    assert (second["run_id"], second["continued"], second["created"]) == (first["run_id"], True, 2)


def test_a_content_is_known_by_the_same_digest_before_and_after_it_is_opened(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(b"no,name\n1,Ana\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        opened = open_sources([str(path)], Declared(None, None, '"', None, None), beside=tmp_path)
        assert digest_content(str(path)) == opened.digest()
    os.utime(packed, (1, 1))
    assert oldest_first([str(tmp_path / "*")]) == [str(packed), str(plain)]


def fence(kind: str, number: int = 0) -> str:
    return str(re.findall(f"```{kind}\n(.*?)```", PAGE, re.DOTALL)[number])


def at_home(text: str, folder: Path, target: Target) -> str:
    """Put a page's example where a test may try it."""
    return text.replace("/srv/crm", str(folder)).replace("11111111-2222-4333-8444-555555555555", ACCOUNT) + (
        f"IMPORTER_BASE_URL={target.base_url}\n" if "SHELL=" in text else ""
    )


def test_the_crontab_of_the_docs_runs_under_crons_own_environment(tmp_path: Path, target: Target) -> None:
    for name in ("exports", "secrets", ".venv/bin", "home"):
        (tmp_path / name).mkdir(parents=True)
    program = tmp_path / ".venv" / "bin" / "importer"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m importer "$@"\n')
    program.chmod(0o755)
    key = tmp_path / "secrets" / "api-key"
    key.write_text(API_KEY)
    key.chmod(0o600)
    (tmp_path / "crm.yaml").write_text(at_home(fence("yaml"), tmp_path, target), "utf-8")
    (tmp_path / "exports" / "customers-1.csv").write_text("Customer No,Correo\n1,ana@x.example.com\n", "utf-8")
    lines = at_home(fence("crontab"), tmp_path, target).splitlines()
    settings = dict(line.split("=", 1) for line in lines if re.match("[A-Z_]+=", line))
    jobs = [re.fullmatch(r"(?:[-0-9*/,]+ ){5}(.+)", line) for line in lines if not re.match("[A-Z_]+=", line)]
    env = {"HOME": str(tmp_path / "home"), "LOGNAME": "crm", "PATH": "/usr/bin:/bin", **settings}

    def cron(line: str) -> int:
        assert "%" not in line
        return subprocess.run(
            ["/bin/sh", "-c", line], cwd=tmp_path / "home", env=env, timeout=60, check=False
        ).returncode

    run, doctor, purge = (job[1] for job in jobs if job)
    assert cron(run) == 10
    assert cron(run.replace("crm.yaml", "crm.yaml --new-ledger")) == 0
    assert [contact["email"] for contact in target.contacts.values()] == ["ana@x.example.com"]
    assert cron(run) == 9
    assert "no new file" in (tmp_path / "importer.log").read_text("utf-8")
    assert cron(doctor.partition("||")[0]) == 0
    assert cron(purge) == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_the_units_of_the_docs_are_right(tmp_path: Path) -> None:
    for number, name in enumerate(("importer-crm.service", "importer-crm.timer")):
        unit = fence("ini", number).replace("/srv/crm/.venv/bin/importer", "/bin/true").replace("User=crm\n", "")
        (tmp_path / name).write_text(unit.replace("WorkingDirectory=/srv/crm", f"WorkingDirectory={tmp_path}"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
