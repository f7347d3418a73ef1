"""The lock file removed under a run that waits, and the same run started beside it: nobody is created twice."""

import time
from pathlib import Path

from faults import Act, limited
from program import account, importer, start
from target import Received, Target

MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact:\n  external_id: no\n  email: mail\n"
WORDS = ("run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--json", "--no-progress")
WAITING = "token-of-the-older"


def is_older(received: Received) -> bool:
    return received.headers.get("authorization") == f"Bearer {WAITING}"


def ask_older_to_wait(received: Received) -> Act | None:
    return limited("1") if is_older(received) else None


def test_a_run_that_waits_gives_way_to_the_one_that_was_started_beside_it(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING)
    rows = "".join(f"{n},m{n}@correo.example.com\n" for n in range(6))
    (tmp_path / "rows.csv").write_text(f"no,mail\n{rows}")
    with Target(ask_older_to_wait) as target:
        target.tokens[WAITING] = float("inf")
        env = account(target.base_url)
        with start(*WORDS, "--concurrency", "1", cwd=tmp_path, env={**env, "IMPORTER_TOKEN": WAITING}) as older:
            ends = time.monotonic() + 60
            while not any(received.answered for received in target.requests):
                assert time.monotonic() < ends
                time.sleep(0.02)
            (tmp_path / "importer-state" / "lock").unlink()
            newer = importer(*WORDS, cwd=tmp_path, env=env)
            _, told = older.communicate(timeout=60)
        assert newer.states == {"created": 6}
        assert (newer.code, older.returncode) == (0, 10)
        assert "another process has taken this run over" in told
        begun = next(n for n, received in enumerate(target.requests) if not is_older(received))
        assert not any(is_older(received) for received in target.requests[begun:])
        assert not target.duplicates("external_id")
