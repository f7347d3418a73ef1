"""Runs a sandbox as its own process, for a run that has no server of its own."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import importer
from importer.errors import SettingsError, StateError
from importer.sandbox.options import Put

READY = b"ready "
READY_SECONDS = 20.0
END_SECONDS = 5.0
LAST_WORDS = 400
TOKEN_VARIABLE = "IMPORTER_SANDBOX_TOKEN"  # noqa: S105  # the variable's name, not a token


@contextmanager
def start_sandbox(
    store: Path, *, token: str, put: Put = "merge", ready_seconds: float = READY_SECONDS
) -> Iterator[str]:
    """Give the base URL of a sandbox that adopts unknown ids; it ends with the block, and with this process.

    It has its own session, so a Ctrl-C on the terminal is not its. `token` goes through the environment. Raises
    StateError or SettingsError, with its own words, where it ends before it is ready; StateError where it is too slow.
    """
    with tempfile.TemporaryFile() as words:
        process = _launch(store, put, token, words)
        with process:
            try:
                yield _await_ready(process, words, ready_seconds)
            finally:
                _end(process)


def _launch(store: Path, put: Put, token: str, words: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "importer", "sandbox", "--port", "0", "--store", str(store.absolute())]
    # Settings and secrets of the real account stay here; the variable names the one token that is its.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMPORTER_")}
    environment[TOKEN_VARIABLE] = token
    return subprocess.Popen(  # noqa: S603  # our own command, no shell
        [*command, "--put", put, "--adopt", "--watch-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        start_new_session=True,
        env=environment,
        # `-m` looks in the working directory first: there it finds this very package, not a user's folder of that name.
        cwd=Path(importer.__file__).parents[1],
    )


def _await_ready(process: subprocess.Popen[bytes], words: IO[bytes], seconds: float) -> str:
    deadline = time.monotonic() + seconds
    line = _read_line(process, deadline)
    if line.startswith(READY) and line.endswith(b"\n"):
        return line.removeprefix(READY).strip().decode()
    late = time.monotonic() >= deadline
    _end(process)
    if late:
        raise StateError(
            f"the sandbox was not ready within {seconds:g} s; try again, or start `importer sandbox` alone"
        )
    words.seek(0)
    said = words.read()[-LAST_WORDS:].decode(errors="replace").strip()
    kind = SettingsError if process.returncode == SettingsError.exit_code else StateError
    raise kind(f"the sandbox did not start (exit {process.returncode}): {said or 'it said nothing'}")


def _read_line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    out = process.stdout
    line = b""
    while out is not None and not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([out], [], [], left)[0]:
            return line
        part = os.read(out.fileno(), 4_096)
        if not part:
            return line
        line += part
    return line


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
