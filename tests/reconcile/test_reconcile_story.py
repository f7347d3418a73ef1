"""Six months of a shop: each class and each cause that `importer reconcile` tells, at least once."""

import csv
import io
import json
import os
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import click
import pytest
from faults import ANSWER, Act, cut, status
from program import Finished, account
from received import Received
from target import ACCOUNT, Target

from importer.cli import group
from importer.errors import ImporterError

CRM = """
version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: name
  email: {column: email, case: lower}
  phone: {column: phone, phone: CO}
  city: city
"""
TARGET = """
version: 1
name: target
contact:
  id: contact_id
  external_id: ref
  first_name: given
  email: {column: mail, case: lower}
  city: town
"""
HEADER = "no,name,email,phone,city\n"
JANUARY = {
    "a1": "a1,Ana,ana@x.co,3105554814,Cali",
    "b2": "b2,Bea,bea@x.co,,Cali",
    "c3": "c3,Cyd,cyd@x.co,,Cali",
    "d4": "d4,Dan,dan@x.co,,Cali",
    "e5": "e5,Eva,not an email,,Cali",
    "f6": "f6,Fay,fay@x.co,,Cali",
    "g7": "g7,Gus,gus@x.co,,Cali",
    "h8": "h8,Hal,hal@x.co,,Cali",
    "i9": "i9,Ida,ida@x.co,,Cali",
}
JUNE = {
    **JANUARY,
    "b2": "b2,Bea,bea@x.co,,Bogota",
    "c3": "c3,Cyd,cyd@x.co,,Bogota",
    "e5": "e5,Eva,eva@x.co,,Cali",
    "j10": "j10,=Jon,jon@x.co,,Cali",
    "k11": "k11,Kim,not an email,,Cali",
}
REFUSED, LOST = "f6", "g7"
"""The create that the server refuses, and the one whose answer never comes."""

Line = dict[str, str]


def importer(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Finished:
    before, out, err = dict(os.environ), io.StringIO(), io.StringIO()
    os.environ.update(env or {})
    try:
        with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
            code = int(group.main([str(word) for word in words], prog_name="importer", standalone_mode=False) or 0)
    except (ImporterError, click.ClickException) as error:
        err.write(str(error))
        code = int(error.exit_code)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return Finished(code, out.getvalue(), err.getvalue())


def write(path: Path, rows: dict[str, str]) -> str:
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows.values()))
    return path.name


def lines_of(done: Finished) -> list[Line]:
    text = Path(done.document["files"]["differences"]).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def told(done: Finished) -> dict[str, tuple[str, ...]]:
    """Give class and cause by key or email, with the field where one differs."""
    return {
        " ".join(filter(None, (line["key"] or line["contact_id"], line["field"]))): (line["class"], line["cause"])
        for line in lines_of(done)
    }


def ties_out(done: Finished, here: int, there: int) -> bool:
    sides = [done.document[name] for name in ("here", "there")]
    sums = [sum(count for name, count in side.items() if name not in ("read", "sources")) for side in sides]
    return sums == [side["read"] for side in sides] == [here, there]


def fail_some(received: Received) -> Act:
    key = received.json["external_id"] if received.method == "POST" else None
    return status(422) if key == REFUSED else cut(commit=True) if key == LOST else ANSWER


@pytest.fixture
def shop(tmp_path: Path, target: Target) -> Path:
    (tmp_path / "crm.yaml").write_text(CRM)
    (tmp_path / "target.yaml").write_text(TARGET)
    target.script = fail_some
    words = ("run", write(tmp_path / "january.csv", JANUARY), "-m", "./crm.yaml", "--new-ledger", "--json")
    done = importer(*words, cwd=tmp_path, env=account(target.base_url))
    assert done.states == {"created": 6, "rejected": 1, "failed": 1, "unknown": 1}
    target.script = ()
    return tmp_path


@pytest.fixture
def reconcile(shop: Path) -> Callable[..., Finished]:
    return lambda *words: importer("reconcile", *words, "-m", "./crm.yaml", "--json", cwd=shop)


def export(target: Target, folder: Path, *, more: str = "", drop: tuple[str, ...] = ()) -> str:
    with (folder / "target.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["contact_id", "ref", "given", "mail", "town"])
        for contact_id, contact in target.contacts.items():
            if contact["external_id"] not in drop:
                cells = (contact.get(name) for name in ("external_id", "first_name", "email", "city"))
                writer.writerow([contact_id, *cells])
        file.write(more)
    return "target.csv"


def of(target: Target, key: str) -> str:
    return next(found for found, contact in target.contacts.items() if contact["external_id"] == key)


def test_what_was_sent_and_did_not_change_is_the_same(
    reconcile: Callable[..., Finished], shop: Path, target: Target
) -> None:
    landed = {key: JANUARY[key] for key in ("a1", "b2", "c3", "d4", "h8", "i9", LOST)}
    done = reconcile(write(shop / "landed.csv", landed))
    assert (done.code, done.document["here"]["same"]) == (3, 6)
    assert told(done) == {LOST: ("cant_tell", "unknown")}
    assert ties_out(done, 7, 7)
    # Without the address the plan would mean another target than the ledger found.
    assert done.document["next"] == [
        "importer",
        "plan",
        "landed.csv",
        "-m",
        "./crm.yaml",
        "--base-url",
        target.base_url,
    ]


def test_against_what_was_sent_each_row_has_its_class_and_cause(reconcile: Callable[..., Finished], shop: Path) -> None:
    june = {key: row for key, row in JUNE.items() if key != "d4"}
    done = reconcile(write(shop / "june.csv", june))
    assert told(done) == {
        "b2 city": ("different", "changed_here"),
        "c3 city": ("different", "changed_here"),
        "d4": ("only_there", "gone_here"),
        "e5": ("only_here", "rejected"),
        "f6": ("only_here", "failed"),
        "g7": ("cant_tell", "unknown"),
        "j10": ("only_here", "never_sent"),
        "k11": ("rejected", "rejected"),
    }
    assert done.document["here"]["same"] == 3
    assert ties_out(done, 10, 7)
    by_key = {line["key"]: line for line in lines_of(done)}
    assert (by_key["b2"]["there"], by_key["b2"]["here"], by_key["b2"]["matched_by"]) == ("Cali", "Bogota", "key")
    assert (by_key["e5"]["detail"], by_key["f6"]["detail"], by_key["k11"]["detail"]) == (
        "email|email",
        "http|422",
        "email|email",
    )
    assert by_key["b2"]["since"] > "2020"


def test_against_the_targets_export_each_row_has_its_class_and_cause(
    reconcile: Callable[..., Finished], shop: Path, target: Target
) -> None:
    target.contacts[of(target, "a1")]["city"] = "Pasto"
    target.contacts[of(target, "c3")]["city"] = "Pasto"
    target.contacts[of(target, "g7")]["city"] = "Pasto"
    more = (
        "22222222-2222-4222-8222-222222222222,,Web,web@x.co,Cali\n"
        "33333333-3333-4333-8333-333333333333,i9,Ida,ida@x.co,Cali\n"
        "nonsense,l12,Lou,lou@x.co,Cali\n"
        "44444444-4444-4444-8444-444444444444,j10,Jon,jon@x.co,Cali\n"
        "55555555-5555-4555-8555-555555555555,f6,Fay,fay@x.co,Pasto\n"
        "66666666-6666-4666-8666-666666666666,e5,Eva,eva@x.co,Pasto\n"
        "77777777-7777-4777-8777-777777777777,k11,Kim,kim@x.co,Pasto\n"
    )
    june = {key: row for key, row in JUNE.items() if key != "d4"} | {"l12": "l12,Lou,lou@x.co,,Cali"}
    exported = export(target, shop, more=more, drop=("h8",))
    done = reconcile(write(shop / "june.csv", june), "--against", exported, "--other-mapping", "./target.yaml")
    lost = of(target, "h8")
    found = [(line["class"], line["cause"], line["key"], line["contact_id"], line["field"]) for line in lines_of(done)]
    assert sorted(line for line in found if line[2] != "i9") == sorted([
        ("different", "changed_there", "a1", of(target, "a1"), "city"),
        ("different", "changed_here", "b2", of(target, "b2"), "city"),
        ("different", "changed_both", "c3", of(target, "c3"), "city"),
        ("only_there", "gone_here", "d4", of(target, "d4"), ""),
        ("different", "rejected", "e5", "66666666-6666-4666-8666-666666666666", "city"),
        ("different", "failed", "f6", "55555555-5555-4555-8555-555555555555", "city"),
        ("different", "unknown", "g7", of(target, "g7"), "city"),
        ("only_here", "gone_there", "h8", lost, ""),
        ("different", "never_sent", "j10", "44444444-4444-4444-8444-444444444444", "first_name"),
        ("rejected", "rejected", "k11", "77777777-7777-4777-8777-777777777777", ""),
        ("rejected", "rejected", "l12", "", ""),
        ("only_there", "never_sent", "", "22222222-2222-4222-8222-222222222222", ""),
    ])  # fmt: skip  # a table
    # The ledger knows which of the two contacts is this customer's.
    assert [line for line in found if line[2] == "i9"] == [
        ("ambiguous", "", "i9", "33333333-3333-4333-8333-333333333333", "")
    ]
    assert (done.document["here"]["rejected"], done.document["there"]["rejected"]) == (2, 2)
    assert ties_out(done, 11, 13)
    assert done.document["not_compared"] == ["phone"]


def test_a_cell_that_looks_like_a_formula_is_guarded(
    reconcile: Callable[..., Finished], shop: Path, target: Target
) -> None:
    more = "44444444-4444-4444-8444-444444444444,j10,Jon,jon@x.co,Cali\n"
    june = write(shop / "june.csv", JUNE)
    done = reconcile(june, "--against", export(target, shop, more=more), "--other-mapping", "./target.yaml")
    assert [line["here"] for line in lines_of(done) if line["key"] == "j10"] == ["'=Jon"]
    assert Path(done.document["files"]["differences"]).stat().st_mode & 0o077 == 0


def test_two_equal_files_agree_and_nothing_is_left_behind_but_the_answer(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(CRM)
    valid = {key: row for key, row in JANUARY.items() if key != "e5"}
    write(tmp_path / "one.csv", valid)
    write(tmp_path / "two.csv", dict(reversed(valid.items())))
    done = importer("reconcile", "one.csv", "-m", "./crm.yaml", "--against", "two.csv", "-o", "d.csv", cwd=tmp_path)
    assert done.code == 0
    assert "All agree: 8 rows here and 8 rows there are the same." in done.out
    assert "no causes are told" in done.out
    write(tmp_path / "more.csv", JANUARY)
    other = importer(
        "reconcile", "more.csv", "-m", "./crm.yaml", "--against", "two.csv", "--state-dir", "s", cwd=tmp_path
    )
    assert "importer plan more.csv -m ./crm.yaml --state-dir s --new-ledger" in other.out
    assert not list((tmp_path / "importer-state" / "reconciled").iterdir())
    again = importer("reconcile", "one.csv", "-m", "./crm.yaml", "--against", "two.csv", "-o", "d.csv", cwd=tmp_path)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_the_page_says_first_what_matters_and_last_what_to_type(reconcile: Callable[..., Finished], shop: Path) -> None:
    name = write(shop / "june.csv", JUNE)
    page = importer("reconcile", name, "-m", "./crm.yaml", cwd=shop).out
    first, last = page.strip().splitlines()[0], page[page.index("differences.csv") :]
    assert first.startswith("11 rows here, 7 customers of the ledger: 4 are the same, 2 differ, 3 are only here")
    assert first.endswith("0 only there, rejected 1 here and 0 there, not to be told 1 here and 1 there.")
    assert page.strip().splitlines()[-1].startswith("  importer plan june.csv -m ./crm.yaml")
    assert f"IMPORTER_ACCOUNT_ID={ACCOUNT}" in last
    assert "`importer resolve`" in last
    assert json.loads(reconcile(name).out)["causes"]["different"] == {"changed_here": 2}


def test_without_a_ledger_what_was_sent_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(CRM)
    write(tmp_path / "one.csv", JANUARY)
    done = importer("reconcile", "one.csv", "-m", "./crm.yaml", cwd=tmp_path)
    assert (done.code, "--against" in done.err) == (10, True)


@pytest.mark.usefixtures("shop")
def test_a_mapping_with_another_key_is_refused_against_the_ledger(shop: Path) -> None:
    (shop / "crm.yaml").write_text(CRM.replace("key: external_id", "key: email"))
    done = importer("reconcile", "january.csv", "-m", "./crm.yaml", cwd=shop)
    assert (done.code, "another key" in done.err) == (8, True)
    other = importer("reconcile", "january.csv", "-m", "./crm.yaml", "--against", "january.csv", cwd=shop)
    assert "No causes are told" in other.out


@pytest.mark.parametrize("empty", ["one.csv", "two.csv"])
def test_a_file_without_rows_is_no_input(tmp_path: Path, empty: str) -> None:
    (tmp_path / "crm.yaml").write_text(CRM)
    for name in ("one.csv", "two.csv"):
        write(tmp_path / name, {} if name == empty else JANUARY)
    done = importer("reconcile", "one.csv", "-m", "./crm.yaml", "--against", "two.csv", cwd=tmp_path)
    assert (done.code, empty in done.err) == (9, True)
    assert not list((tmp_path / "importer-state" / "reconciled").iterdir())
