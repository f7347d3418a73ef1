"""The sandbox as its own process: it says when it is ready, and ends with whoever started it."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from serving import HEADERS, TOKEN

from importer.errors import StateError
from importer.sandbox.process import start_sandbox

SERVE = """
import sys
from pathlib import Path
from importer.sandbox import SandboxOptions, serve
serve(SandboxOptions(Path(sys.argv[1]), watch_stdin=sys.argv[2] == "watch"))
"""
PARENT = """
import os, sys
from pathlib import Path
from importer.sandbox.process import start_sandbox
with start_sandbox(Path(sys.argv[1]), token="made-up") as url:
    print(url, flush=True)
    os.kill(os.getpid(), 9)
"""


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_gone(port: int) -> None:
    deadline = time.monotonic() + 10
    while is_listening(port):
        assert time.monotonic() < deadline, "the sandbox still listens"
        time.sleep(0.02)


def wait_until_stored(store: Path) -> None:
    deadline = time.monotonic() + 10
    with closing(sqlite3.connect(store)) as database:
        while not database.execute("SELECT count(*) FROM contacts").fetchone()[0]:
            assert time.monotonic() < deadline, "nothing was stored"
            time.sleep(0.02)


def serve(store: Path, watch: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, str(store), watch],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(tmp_path: Path, number: signal.Signals) -> None:
    with serve(tmp_path / "store.sqlite", "no") as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert is_listening(urlsplit(ready.removeprefix("ready ").strip()).port or 0)
        process.send_signal(number)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_it_ends_with_its_stdin(tmp_path: Path) -> None:
    with serve(tmp_path / "store.sqlite", "watch") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready http://127.0.0.1:")
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_a_run_has_its_sandbox_for_as_long_as_it_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTER_TOKEN", "the-real-one")
    monkeypatch.chdir(tmp_path)
    Path("importer").mkdir()
    with start_sandbox(Path("store.sqlite"), token=TOKEN) as url:
        request = urllib.request.Request(  # noqa: S310  # loopback
            f"{url}/contacts/99999999-8888-4777-8666-555555555555", b'{"city":"Cali"}', HEADERS, method="PUT"
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # loopback
            assert json.load(answer)["data"][0]["city"] == "Cali"
        port = urlsplit(url).port or 0
    assert not is_listening(port)
    assert (tmp_path / "store.sqlite").exists()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path / "store.sqlite")], stdout=subprocess.PIPE, check=False, text=True
    )
    assert killed.returncode == -signal.SIGKILL
    wait_until_gone(urlsplit(killed.stdout.strip()).port or 0)


def test_why_it_could_not_start_is_said(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    store.write_bytes(os.urandom(4_096))
    with pytest.raises(StateError, match=r"did not start .*store"), start_sandbox(store, token=TOKEN):
        pass


def test_it_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with (
        pytest.raises(StateError, match="not ready"),
        start_sandbox(tmp_path / "store.sqlite", token=TOKEN, ready_seconds=0),
    ):
        pass


def test_a_request_under_way_does_not_hold_the_end_up(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "importer", "sandbox", "--port", "0", "--store", str(tmp_path / "store.sqlite")]
    with subprocess.Popen(
        [*command, "--latency-ms", "60000", "--watch-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "IMPORTER_SANDBOX_TOKEN": TOKEN},
    ) as process:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().decode().removeprefix("ready ").strip()).port or 0
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
            connection.sendall(f"POST /contacts HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode())
            wait_until_stored(tmp_path / "store.sqlite")
            assert process.communicate(timeout=10) == (b"", b"")
        assert process.returncode == 0
