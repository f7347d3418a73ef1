"""What docs/security.md promises beyond what other tests hold."""

import re
import subprocess
import sys
from pathlib import Path

from program import REPOSITORY, account, environment
from target import Target
from walkthrough import type_inside

PAGE = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
LOAD = """
import importlib, sys
from importer.cli import group
for name in {names}:
    importlib.import_module(f"importer.commands.{{name}}")
for words in (["suggest", "a.csv", "-o", "a.yaml"], ["check", "a.csv", "-m", "a.yaml", "-q"], ["runs"]):
    assert group.main(words, standalone_mode=False, prog_name="importer") in (0, None), words
print(*({{"importer.http", "aiohttp", "httpx"}} & sys.modules.keys()))
"""
LIST = "Customer No,First name,E-mail\n" + "".join(f"C{number},Zoe,z{number}@x.example.com\n" for number in range(30))


def test_what_sends_nothing_loads_nothing_that_could(tmp_path: Path) -> None:
    (told,) = re.findall(r"(?s)no\s+other\s+host\.\s(.*?)\sdo\s+not\s+even\s+load", PAGE)
    names = re.findall(r"`(\w+)`", told)
    assert {"check", "suggest", "reconcile", "undo"} <= set(names)
    (tmp_path / "a.csv").write_text(LIST, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(names=names)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, [""]), done.stderr


def test_every_file_that_a_run_leaves_is_told_and_only_its_owners(tmp_path: Path, target: Target) -> None:
    (tmp_path / "a.csv").write_text(LIST + "C99,Zoe,none\n", "utf-8")
    (tmp_path / "a.yaml").write_text(
        "version: 1\nname: a\nkey: external_id\n"
        "contact: {external_id: Customer No, first_name: First name, email: E-mail}\n"
    )
    env = account(target.base_url)
    assert type_inside(["run", "a.csv", "-m", "a.yaml", "--new-ledger", "-q"], tmp_path, env)[0] == 3
    assert type_inside(["reconcile", "a.csv", "-m", "a.yaml", "-q"], tmp_path, env)[0] == 3
    state = tmp_path / "importer-state"
    told = set(re.findall(r"`(?:[A-Za-z]+/)*([\w.-]+?)/?`", PAGE))
    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
        if path.is_file():
            assert path.name in told or path.parent.name in told, path.relative_to(state)
