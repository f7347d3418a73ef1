"""Signals: the first ends a run cleanly, the second at once, and both leave the books consistent."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from audit import audit
from audit import read_results as read_rows
from faults import hang
from program import account, start
from small_job import WORDS, prepare, run, share
from target import Target

ROWS = 400
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}


def wait_for(target: Target, number: int) -> None:
    deadline = time.monotonic() + 30
    while len(target.created) < number:
        assert time.monotonic() < deadline, "the run did not get so far"
        time.sleep(0.002)


def assert_ends_well(folder: Path, target: Target, env: dict[str, str], doubtful: int) -> None:
    again = run(folder, env)
    rows = read_rows(Path(again.document["files"]["results"]))
    assert audit(target, rows, read=ROWS) == []
    assert not target.duplicates("external_id")
    assert sum(row["state"] == "unknown" for row in rows) <= doubtful
    assert {row["state"] for row in rows} <= {"created", "unknown"}
    assert sum(int(row["attempts"]) for row in rows) >= len(target.of("POST"))


@pytest.mark.parametrize("number", share([signal.SIGHUP], [signal.SIGINT, signal.SIGTERM]))
def test_the_first_signal_finishes_what_is_in_flight_and_writes_every_file(
    number: signal.Signals, tmp_path: Path
) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.02) as target:
        env = account(target.base_url)
        process = start(*WORDS, "--concurrency", "8", cwd=tmp_path, env=env)
        wait_for(target, 50)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in err) == (CODES[number], False), err
        assert f'"exit_code": {CODES[number]}' in out
        (folder,) = (tmp_path / "importer-state" / "runs").iterdir()
        rows = read_rows(folder / "results.csv")
        assert sum(row["state"] == "created" for row in rows) == len(target.created) < ROWS
        assert {row["state"] for row in rows} == {"created", "unsent"}
        assert f'"exit_code": {CODES[number]}' in (folder / "run.json").read_text()
        assert_ends_well(tmp_path, target, env, doubtful=0)


@pytest.mark.parametrize("second", share([signal.SIGTERM], [signal.SIGINT, signal.SIGHUP]))
def test_the_second_signal_ends_at_once_and_the_same_command_goes_on(second: signal.Signals, tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.01) as target:
        target.script = lambda _: hang() if len(target.created) >= 60 else None
        env = account(target.base_url)
        process = start(*WORDS, "--concurrency", "8", cwd=tmp_path, env=env)
        wait_for(target, 62)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=1)
        begun = time.monotonic()
        process.send_signal(second)
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - begun < 5
        assert process.returncode == 130
        assert "twice" in err
        assert "Traceback" not in err
        target.script = ()
        assert_ends_well(tmp_path, target, env, doubtful=8)


def test_a_second_signal_after_the_summary_was_printed_changes_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.02) as target:
        process = start(*WORDS, "--concurrency", "8", cwd=tmp_path, env=account(target.base_url))
        wait_for(target, 50)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stderr is not None
        # Its last note follows the document; after that only the process's end is left.
        told = [
            *iter(process.stdout.readline, "}\n"),
            *iter(process.stderr.readline, "importer: interrupted; the same command goes on from here\n"),
        ]
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        rest = "".join(process.communicate(timeout=30))
        assert (process.returncode, "Traceback" in "".join(told) + rest) == (130, False), rest


def test_a_signal_while_preparing_ends_at_once_and_nothing_was_sent(tmp_path: Path) -> None:
    prepare(tmp_path, 200_000)
    with Target() as target:
        env = account(target.base_url)
        process = start(*WORDS, cwd=tmp_path, env=env)
        runs = tmp_path / "importer-state" / "runs"
        deadline = time.monotonic() + 30
        while not runs.exists():
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in err, target.requests) == (143, False, [])


WHILE_LOADING = """
import os, runpy, signal, sys
wanted, number = sys.argv[1], int(sys.argv[2])
class Sender:
    def find_spec(self, name, *_):
        if name == wanted:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Sender())
sys.argv = ["importer", *sys.argv[3:]]
runpy.run_module("importer", run_name="__main__")
"""


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("loading", ["importer.cli", "click", "importer.commands.run", "polars"])
def test_a_signal_that_comes_while_the_program_loads_ends_it_with_its_code(
    loading: str, number: signal.Signals, tmp_path: Path
) -> None:
    prepare(tmp_path, 1)
    done = subprocess.run(
        [sys.executable, "-c", WHILE_LOADING, loading, str(int(number)), *WORDS],
        cwd=tmp_path,
        env=account("http://127.0.0.1:9"),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (CODES[number], "")
    assert done.stderr == "importer: stopped before anything was begun\n"
    assert not (tmp_path / "importer-state").exists()


def test_a_signal_that_the_caller_ignores_is_ignored(tmp_path: Path) -> None:
    prepare(tmp_path, ROWS)
    with Target(latency=0.01) as target:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            process = start(*WORDS, "--concurrency", "8", cwd=tmp_path, env=account(target.base_url))
        finally:
            signal.signal(signal.SIGHUP, before)
        wait_for(target, 50)
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, len(target.created)) == (0, ROWS), err
