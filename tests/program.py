"""Runs the program as its users do: as a process, in a folder of its own, with a clean environment."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from target import ACCOUNT, TOKEN

REPOSITORY = Path(__file__).parent.parent
STATES = ("created", "updated", "unchanged", "rejected", "failed", "unknown", "unsent")


@dataclass(frozen=True)
class Finished:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one document of `--json`."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def states(self) -> dict[str, int]:
        """The states that some row is in."""
        return {state: self.document[state] for state in STATES if self.document[state]}


def environment(**more: str) -> dict[str, str]:
    """Give what the program finds around it: nothing of ours but the path."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "NO_COLOR": "1", **more}


def account(base_url: str, **more: str) -> dict[str, str]:
    """Give the settings of a real run against a server on loopback."""
    return environment(IMPORTER_BASE_URL=base_url, IMPORTER_ACCOUNT_ID=ACCOUNT, IMPORTER_TOKEN=TOKEN, **more)


def importer(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Finished:
    """Run `importer WORDS` in `cwd` to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "importer", *map(str, words)],
        cwd=cwd,
        env=environment() if env is None else env,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return Finished(done.returncode, done.stdout, done.stderr)


def start(*words: str | Path, cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start `importer WORDS` and leave it running."""
    return subprocess.Popen(
        [sys.executable, "-m", "importer", *map(str, words)],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def read_results(document: dict[str, Any]) -> list[dict[str, str]]:
    """Read the results.csv that a document names."""
    with Path(document["files"]["results"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_rejects(document: dict[str, Any]) -> list[dict[str, str]]:
    """Read the rejects.csv that a document names."""
    with Path(document["files"]["rejects"]).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def adds_up(document: dict[str, Any]) -> bool:
    """Whether the seven states add up to the rows read."""
    return bool(document["read"] == sum(document[state] for state in STATES))
