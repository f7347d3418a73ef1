"""A kill in the middle, then the same command: nothing twice, nothing lost."""

import signal
import time
from pathlib import Path

import pytest
from audit import audit, read_results
from program import account, importer, start
from target import Target

ROWS = 600
MIDDLE = 150
MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  first_name: name\n"


def prepare(folder: Path) -> tuple[str, ...]:
    (folder / "crm.yaml").write_text(MAPPING)
    lines = "\n".join(f"{n:05},Name {n}" for n in range(ROWS))
    (folder / "rows.csv").write_text(f"no,name\n{lines}\n")
    return ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--concurrency", "8", "--json")


def wait_for_creates(target: Target, number: int) -> None:
    deadline = time.monotonic() + 30
    while len(target.created) < number:
        assert time.monotonic() < deadline, "the run did not get so far"
        time.sleep(0.002)


@pytest.mark.parametrize("after", [1, MIDDLE, 590])
def test_after_kill_9_the_same_command_sends_the_rest(after: int, tmp_path: Path) -> None:
    words = prepare(tmp_path)
    with Target(latency=0.02) as target:
        env = account(target.base_url)
        process = start(*words, cwd=tmp_path, env=env)
        wait_for_creates(target, after)
        process.kill()
        process.communicate()
        killed_at = len(target.created)
        done = importer(*words, cwd=tmp_path, env=env)
        rows = read_results(Path(done.document["files"]["results"]))
        assert killed_at < ROWS
        assert done.document["continued"]
        assert audit(target, rows, read=ROWS) == []
        assert not target.duplicates("external_id")
        unknown = [row for row in rows if row["state"] == "unknown"]
        assert len(unknown) <= 8
        assert {row["code"] for row in unknown} <= {"create|pending"}
        assert sum(row["state"] == "created" for row in rows) + len(unknown) == ROWS
        assert sum(int(row["attempts"]) for row in rows) >= len(target.of("POST"))
        if after == MIDDLE:
            again = importer(*words, cwd=tmp_path, env=env)
            assert again.document["requests"] == 0
            assert again.document["unknown"] == len(unknown)


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.torture), (signal.SIGTERM, 143)]
)
def test_the_first_signal_finishes_what_is_in_flight(number: signal.Signals, code: int, tmp_path: Path) -> None:
    words = prepare(tmp_path)
    with Target(latency=0.02) as target:
        env = account(target.base_url)
        process = start(*words, cwd=tmp_path, env=env)
        wait_for_creates(target, 100)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        assert '"unknown": 0' in out
        done = importer(*words, cwd=tmp_path, env=env)
        assert (done.code, done.states) == (0, {"created": ROWS})
        assert len(target.created) == ROWS
