"""What the ledger knows of a key counts before any email; and what a comparison leaves in the state folder."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Finished, account, environment, start
from target import Target
from test_reconcile_story import importer, lines_of, ties_out, told

from importer.folder_lock import hold_folder

CRM = """
version: 1
name: crm
key: external_id
contact: {external_id: no, first_name: name, email: mail, phone: {column: phone, phone: CO, on_bad: reject}}
"""
OTHER = "version: 1\nname: other\ncontact: {id: id, first_name: name, email: mail}\n"
Compare = Callable[..., Finished]


@pytest.fixture
def compare(tmp_path: Path, target: Target) -> Compare:
    """Send Ana and Bea, then compare rows with an export that has ids and no keys, its `K1` and `K2` filled in."""
    (tmp_path / "crm.yaml").write_text(CRM)
    (tmp_path / "other.yaml").write_text(OTHER)
    header, sent = "no,name,mail,phone\n", "K1,Ana,home@x.co,\nK2,Bea,bea@x.co,\n"
    (tmp_path / "sent.csv").write_text(header + sent)
    env = account(target.base_url)
    assert importer("run", "sent.csv", "-m", "./crm.yaml", "--new-ledger", "-q", cwd=tmp_path, env=env).code == 0

    def call(here: list[str], there: list[str]) -> Finished:
        ids = {key: found for key, (found,) in target.creates_by("external_id").items()}
        (tmp_path / "here.csv").write_text(header + "".join(f"{row}\n" for row in here))
        rows = "".join(f"{row.replace('K1', ids['K1']).replace('K2', ids['K2'])}\n" for row in there)
        (tmp_path / "there.csv").write_text(f"id,name,mail\n{rows}")
        words = ("--against", "there.csv", "--other-mapping", "./other.yaml", "--json")
        return importer("reconcile", "here.csv", "-m", "./crm.yaml", *words, cwd=tmp_path)

    return call


def test_an_email_joins_no_two_customers_whom_the_ledger_knows_apart(compare: Compare) -> None:
    done = compare(["K1,Ana,home@x.co,"], ["K2,Bea,home@x.co"])
    assert [(line["class"], line["cause"], line["key"]) for line in lines_of(done)] == [
        ("only_here", "gone_there", "K1"),
        ("only_there", "gone_here", ""),
    ]


def test_an_email_joins_nobody_to_a_contact_of_another_key(compare: Compare) -> None:
    done = compare(["K9,New,bea@x.co,"], ["K2,Bea,bea@x.co"])
    assert [line["class"] for line in lines_of(done)] == ["only_here", "only_there"]


def test_a_key_that_the_ledger_knows_finds_its_contact_in_an_export_without_keys(compare: Compare) -> None:
    done = compare(["K1,Ana,new@x.co,", "K2,Bea,bea@x.co,"], ["K1,Ana,home@x.co", "K2,Bea,bea@x.co"])
    assert told(done) == {"K1 email": ("different", "changed_here")}
    assert (done.document["matched"], done.document["match"][:3]) == ({"ledger": 2}, ["id", "ledger", "key"])


def test_a_new_customer_is_still_found_by_email(compare: Compare) -> None:
    done = compare(["K9,New,new@x.co,"], ["11111111-1111-4111-8111-111111111111,New,new@x.co"])
    assert (done.code, done.document["matched"]) == (0, {"email": 1})


def test_a_rejected_customer_is_rejected_on_both_sides_whatever_joins_the_two(compare: Compare) -> None:
    there = ["K1,Ana,home@x.co", "11111111-1111-4111-8111-111111111111,New,new@x.co"]
    done = compare(["K1,Ana,home@x.co,1", "K9,New,new@x.co,1"], there)
    assert [(line["class"], line["cause"], line["matched_by"]) for line in lines_of(done)] == [
        ("rejected", "rejected", "id"),
        ("rejected", "rejected", "email"),
    ]
    assert (done.document["here"]["rejected"], done.document["there"]["rejected"]) == (2, 2)
    assert (done.document["details"], ties_out(done, 2, 2)) == ({"phone|phone": 2}, True)


def test_who_is_rejected_on_both_sides_is_one_customer_with_the_reasons_of_both(compare: Compare) -> None:
    done = compare(["K1,Ana,home@x.co,1", "K2,Bea,no email,1"], ["K1,Ana,no email", "K2,Bea,no email"])
    assert [(line["class"], line["detail"], line["here_row"], line["there_row"]) for line in lines_of(done)] == [
        ("rejected", "phone|phone email|email", "1", "1"),
        ("rejected", "email|email phone|phone", "2", "2"),
    ]
    assert done.document["causes"] == {"rejected": {"rejected": 2}}
    assert (done.document["details"], ties_out(done, 2, 2)) == ({"email|email": 2, "phone|phone": 2}, True)


def test_what_a_killed_comparison_left_goes_when_the_next_begins(compare: Compare, tmp_path: Path) -> None:
    kept = tmp_path / "importer-state" / "reconciled"
    left, answered, alive = (kept / f"20260101T00000{number}-abcdef" for number in range(3))
    for folder in (left, answered, alive):
        (folder / "here" / "parts").mkdir(parents=True)
        (folder / "here" / "parts" / "values-00000.parquet").write_text("customers")
    (answered / "differences.csv").write_text("an answer")
    with hold_folder(alive):
        done = compare(["K1,Ana,home@x.co,"], ["K1,Ana,home@x.co"])
    answer = Path(done.document["files"]["differences"]).parent
    assert sorted(kept.iterdir()) == sorted([answered, alive, answer])
    assert [path.name for path in answered.iterdir()] == ["differences.csv"]
    assert sorted(path.name for path in answer.iterdir()) == ["differences.csv", "report.html"]
    assert list(alive.rglob("*.parquet"))


def test_a_damaged_part_of_an_old_run_stops_nothing_and_is_told(compare: Compare, tmp_path: Path) -> None:
    (part,) = (tmp_path / "importer-state" / "runs").glob("*/parts/00000.parquet")
    part.write_bytes(b"damaged")
    done = compare(["K1,Ana,new@x.co,"], ["K1,Ana,home@x.co"])
    assert [(line["class"], line["cause"], line["detail"]) for line in lines_of(done)] == [
        ("different", "forgotten", "body|gone")
    ]
    assert (
        done.document["note"]
        == "Files of 1 earlier run can't be read any more: what they sent or rejected is not known."
    )


def test_an_interrupted_comparison_says_that_nothing_is_left_of_it(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(CRM)
    (tmp_path / "one.csv").write_text("no,name,mail,phone\n" + "".join(f"{n},Ana,a{n}@x.co,\n" for n in range(300_000)))
    process = start(
        "reconcile", "one.csv", "-m", "./crm.yaml", "--against", "one.csv", "-v", cwd=tmp_path, env=environment()
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told_last = process.communicate(timeout=60)
    assert (process.returncode, "stopped" in told_last, "goes on" in told_last) == (130, True, False)
    assert not list((tmp_path / "importer-state" / "reconciled").iterdir())


def test_a_folder_that_is_not_there_is_told_before_anything_is_read(tmp_path: Path) -> None:
    done = importer("reconcile", "one.csv", "-m", "./crm.yaml", "-o", "nowhere/d.csv", cwd=tmp_path)
    assert (done.code, "nowhere" in done.err) == (2, True)
