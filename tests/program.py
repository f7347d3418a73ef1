"""Runs the program as its users do: as a process, in a folder of its own, with a clean environment."""

import atexit
import csv
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nursery import read_message, send_message
from target import ACCOUNT, TOKEN

REPOSITORY = Path(__file__).parent.parent
LONGEST = 100
"""Seconds that a command may take."""
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
    world = environment() if env is None else env
    run = _run_anew if needs_start(world) else _run_forked
    done = run(list(map(str, words)), cwd, world)
    assert "Traceback" not in done.err, done.err
    assert TOKEN not in done.out + done.err
    return done


def needs_start(world: dict[str, str]) -> bool:
    """Whether something in an environment counts while Python starts, so that no forked process will do."""
    usual = environment()
    return any(
        world.get(name) != usual.get(name)
        for name in {*world, *usual}
        if not name.startswith("IMPORTER_") and name not in ("NO_COLOR", "HOME", "COLUMNS")
    )


def _run_anew(words: list[str], cwd: Path, world: dict[str, str]) -> Finished:
    done = subprocess.run(
        [sys.executable, "-m", "importer", *words],
        cwd=cwd,
        env=world,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def _run_forked(words: list[str], cwd: Path, world: dict[str, str]) -> Finished:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as connection:
        out, err = (Path(folder) / name for name in ("out", "err"))
        connection.settimeout(LONGEST)
        connection.connect(_nursery())
        send_message(connection, {"words": words, "cwd": str(cwd), "env": world, "out": str(out), "err": str(err)})
        process = read_message(connection)
        try:
            code = read_message(connection)
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise
        return Finished(code, out.read_text("utf-8"), err.read_text("utf-8"))


@cache
def _nursery() -> str:
    """Start the process that forks, once for all tests of this one; it ends with us."""
    folder = tempfile.TemporaryDirectory()
    address = str(Path(folder.name) / "socket")
    nursery = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("nursery.py")), address],
        env=environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )

    def end() -> None:
        nursery.kill()
        nursery.communicate()
        folder.cleanup()

    atexit.register(end)
    assert nursery.stdout is not None
    assert nursery.stdout.readline() == "ready\n"
    return address


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
