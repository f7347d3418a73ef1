"""A small job for tests of what surrounds it: a mapping, a file, and the program started under limits."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from program import Finished, importer

MAPPING = """version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: name
  email: mail
"""
LONG = pytest.mark.torture
WORDS = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json")
LIMITED = """
import resource, runpy, sys
sys.dont_write_bytecode = True
name, value = sys.argv[1], int(sys.argv[2])
resource.setrlimit(getattr(resource, name), (value, value))
sys.argv = ["importer", *sys.argv[3:]]
runpy.run_module("importer", run_name="__main__")
"""


def share(everyday: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """Give the cases of every day, and the others as those of the torture."""
    return [*everyday, *(pytest.param(case, marks=LONG) for case in others)]


def prepare(folder: Path, rows: int = 200, bad: int = 0) -> None:
    """Write crm.yaml and rows.csv into a folder; the first `bad` rows have no email."""
    (folder / "crm.yaml").write_text(MAPPING)
    lines = [f"{n:05},Name {n},{'no email' if n < bad else f'a{n}@correo.example.com'}" for n in range(rows)]
    (folder / "rows.csv").write_text("no,name,mail\n" + "\n".join(lines) + "\n")


def run(folder: Path, env: Mapping[str, str], *more: str) -> Finished:
    """Run the job in its folder."""
    return importer(*WORDS, *more, cwd=folder, env=dict(env))


def run_limited(folder: Path, env: Mapping[str, str], limit: str, value: int, *more: str) -> Finished:
    """Run the job under one of `resource`'s limits."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, limit, str(value), *WORDS, *more],
        cwd=folder,
        # A limit must not leave half a compiled module behind for the next program.
        env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
