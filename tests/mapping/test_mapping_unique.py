"""A field that must be unique is judged over the whole run, in the pass that judges repeated keys."""

import csv
from pathlib import Path

import pytest

from importer.checking import check
from importer.surroundings import Surroundings

MAPPING = """\
version: 1
name: crm
key: external_id
{more}
contact:
  external_id: No
  email: {{column: Correo, case: lower, unique: true}}
  document_number: {{column: Doc, unique: true}}
"""
ROWS = [
    ("1", "ana@example.com", "10"),
    ("2", "ANA@example.com", "11"),
    ("3", "", "12"),
    ("4", "", "10"),
    ("5", "x", "13"),
    ("6", "x", "13"),
    ("7", "eva@example.com", ""),
    ("7", "eva@example.com", ""),
]
SHARED = "email|unique"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "",
            {
                1: f"{SHARED} document_number|unique",
                2: SHARED,
                4: "document_number|unique",
                5: "email|email document_number|unique",
                6: "email|email document_number|unique",
                7: f"key|duplicate {SHARED}",
                8: f"key|duplicate {SHARED}",
            },
        ),
        (
            "duplicates: last",
            {
                1: f"{SHARED} document_number|unique",
                2: SHARED,
                4: "document_number|unique",
                5: "email|email document_number|unique",
                6: "email|email document_number|unique",
            },
        ),
    ],
)
def test_equal_values_reject_every_row_that_has_them(tmp_path: Path, more: str, expected: dict[int, str]) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING.format(more=more), "utf-8")
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("No", "Correo", "Doc"), *ROWS])
    source = str(tmp_path / "a.csv")
    summary = check([source], str(tmp_path / "crm.yaml"), tmp_path / "state", Surroundings(working_dir=tmp_path))
    with Path(str(summary.files["rejects"])).open(newline="", encoding="utf-8-sig") as file:
        found = {int(row["_row"]): row["_reasons"] for row in csv.DictReader(file)}
    assert found == expected
