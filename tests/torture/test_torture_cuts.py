"""A create whose answer is lost: the server holds one, its row is unknown, and nobody sends it again."""

from pathlib import Path

import pytest
from audit import audit, read_results
from faults import ANSWER, Act, cut, limited, reset
from program import account, importer
from received import Received
from target import Target

MAPPING = "version: 1\nname: crm\nkey: external_id\ncontact: {external_id: no, first_name: name}\n"
AGAIN = ("run", "rows.csv", "-m", "crm.yaml", "--concurrency", "1", "--json")


def prepare(folder: Path, rows: int) -> None:
    (folder / "crm.yaml").write_text(MAPPING)
    (folder / "rows.csv").write_text("no,name\n" + "".join(f"k{n},Name {n}\n" for n in range(rows)))


@pytest.mark.parametrize("fault", [cut(commit=True), reset(commit=True)], ids=["FIN", "RST"])
@pytest.mark.parametrize("before", [0, 1], ids=["fresh", "reused"])
def test_committed_and_then_cut_the_server_holds_one_and_the_row_is_unknown(
    before: int, fault: Act, tmp_path: Path, target: Target
) -> None:
    prepare(tmp_path, before + 1)
    target.script = [*[ANSWER] * before, fault]
    done = importer(*AGAIN, "--new-ledger", cwd=tmp_path, env=account(target.base_url))
    rows = read_results(Path(done.document["files"]["results"]))
    assert (done.code, rows[-1]["state"]) == (3, "unknown")
    assert [len(target.creates_by("external_id")[f"k{n}"]) for n in range(before + 1)] == [1] * (before + 1)
    assert len({received.connection for received in target.requests}) == 1
    assert audit(target, rows, read=before + 1) == []
    assert [int(row["attempts"]) for row in rows] == [1] * (before + 1)


def test_no_later_run_creates_it_either(tmp_path: Path, target: Target) -> None:
    prepare(tmp_path, 2)
    target.script = [cut(commit=True)]
    env = account(target.base_url)
    assert importer(*AGAIN, "--new-ledger", cwd=tmp_path, env=env).states == {"created": 1, "unknown": 1}
    prepare(tmp_path, 3)
    assert importer(*AGAIN, cwd=tmp_path, env=env).states == {"created": 1, "unchanged": 1, "unknown": 1}
    assert len(target.of("POST")) == 3
    assert not target.duplicates("external_id")


def test_a_retry_after_as_long_as_the_servers_keep_alive_leaves_no_row_unknown(tmp_path: Path) -> None:
    rows = 40
    prepare(tmp_path, rows)

    def limit_twice(received: Received) -> Act:
        return limited("1") if received.number in {12, 30} else ANSWER

    with Target(limit_twice, idle_seconds=1.0) as target:
        env = account(target.base_url, IMPORTER_CONCURRENCY="4")
        words = [word for word in AGAIN if word not in ("--concurrency", "1")]
        done = importer(*words, "--new-ledger", cwd=tmp_path, env=env)
        assert (done.code, done.states) == (0, {"created": rows})
        assert len(target.requests) == rows + 2
