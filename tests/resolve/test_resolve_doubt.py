"""Whom an export may hold under another name is never absent: keys that a spreadsheet rewrote, emails, documents."""

import json
from pathlib import Path

import polars as pl
import pytest
from program import account
from target import Target
from test_resolve_program import AGAIN, cut_some, endings, importer, resolve, rows_of

from importer.resolve.doubt import Doubts

IDS = [f"{number:08}-0000-4000-8000-000000000000" for number in range(9)]
WRITTEN = [
    ("Peña", "Pen\u0303a"),
    ("0007", "7"),
    ("7", "0007.0"),
    ("María  Ruiz", "MARI\u0301A RUIZ"),
    ("A 1", "a\u00a01"),
    ("AB12", "\uff21\uff22\uff11\uff12"),
    ("12345678901234567", "1.23457E+16"),
    ("12345678901234567", "1,2E+16"),
    ("12345678901234567", "12345678901234500"),
    ("99999999", "1.00000E+08"),
    ("Groß", "GROSS"),
    ("12345", "12,345"),
    ("1234567", "1.234.567"),
    ("+57 300", "57300"),
    ('["007","ñ"]', '["7","Ñ"]'),
]
OTHERS = [("0007", "70"), ("A1", "A2"), ("12345678901234567", "1.23E+17"), ("12345", "1,2345"), ("Ana", "Anna")]


def doubted(key: str, seen: str, known: dict[str, list[str]] | None = None) -> bool:
    sought = pl.DataFrame({"key": [key], "kind": ["key"], "text": [key]})
    doubts = Doubts(sought, pl.DataFrame(known or {"key": [], "contact_id": []}, schema_overrides=TEXTS))
    return doubts.find(pl.DataFrame({"key": [seen], "contact_id": [IDS[0]]})).to_list() == [key]


TEXTS = {"key": pl.String, "contact_id": pl.String}


@pytest.mark.parametrize(("key", "seen"), WRITTEN)
def test_a_key_that_is_written_otherwise_is_doubted(key: str, seen: str) -> None:
    assert doubted(key, seen)


@pytest.mark.parametrize(("key", "seen"), OTHERS)
def test_another_key_is_not(key: str, seen: str) -> None:
    assert not doubted(key, seen)


def test_a_record_that_is_surely_somebody_else_casts_no_doubt() -> None:
    assert not doubted("007", "7", {"key": ["7"], "contact_id": [IDS[0]]})
    assert doubted("007", "7", {"key": ["7"], "contact_id": [IDS[1]]})


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [("email", "eva@example.com", "EVA@example.com"), ("phone", "+573001234567", "+573001234567"),
     ("document_number", "00123456", "123456")],
)  # fmt: skip  # three cases
def test_a_record_that_bears_the_rows_email_document_or_phone_keeps_it_from_being_sent_again(
    field: str, ours: str, theirs: str, tmp_path: Path, target: Target
) -> None:
    (tmp_path / "crm.yaml").write_text(
        f"version: 1\nname: crm\nkey: external_id\ncontact: {{external_id: no, first_name: name, {field}: extra}}\n"
    )
    (tmp_path / "target.yaml").write_text(
        f"version: 1\nname: t\ncontact: {{id: contact_id, external_id: ref, {field}: extra}}\n"
    )
    rows = "".join(f"k{n:02},Name {n},{ours if n == 4 else ''}\n" for n in range(8))
    (tmp_path / "rows.csv").write_text(f"no,name,extra\n{rows}")
    target.script = cut_some
    words = (*AGAIN, "--new-ledger", "--concurrency", "2")
    first = importer(*words, cwd=tmp_path, env=account(target.base_url))
    assert first.states == {"created": 5, "unknown": 3}, json.dumps(first.document["reasons"])
    held = "".join(f"{contact_id},{one['external_id']},\n" for contact_id, one in target.contacts.items())
    (tmp_path / "e.csv").write_text(f"contact_id,ref,extra\n{held}{IDS[0]},somebody,{theirs}\n")
    done = resolve(tmp_path, "e.csv")
    assert (done.code, endings(done)) == (3, {"found": 2, "ambiguous": 1})
    # A row whose body is gone can't be looked for.
    (tmp_path / "e.csv").write_text(f"contact_id,ref,extra\n{held}")
    bodies = next((tmp_path / "importer-state" / "runs").glob("*/parts/bodies-00000.parquet"))
    content = bodies.read_bytes()
    bodies.unlink()
    assert endings(resolve(tmp_path, "e.csv")) == {"unproven": 1}
    bodies.write_bytes(content)
    done = resolve(tmp_path, "e.csv")
    assert (endings(done), rows_of(done)["k04"]["state"]) == ({"absent": 1}, "unsent")
