"""Codes of as many rows stand in the order of their names, in every run of the same file."""

import json
from pathlib import Path

from program import environment
from walkthrough import type_inside

FAULTS = {
    "dob": "31/31/1990",
    "email": "none",
    "gender": "?",
    "created_at": "never",
    "email_verified": "perhaps",
    "last_name": "a\u200bb",
}
MAPPING = """version: 1
name: crm
key: external_id
contact: {external_id: no, dob: dob, email: email, gender: gender, created_at: created_at,
  email_verified: {column: email_verified, boolean: {yes: [Y], no: [N]}}, last_name: last_name}
"""


def test_reasons_of_as_many_rows_are_told_in_the_order_of_names(tmp_path: Path) -> None:
    rows = [
        ",".join([str(number), *(cell if name == wrong else "" for name, cell in FAULTS.items())])
        for number, wrong in enumerate(FAULTS)
    ]
    (tmp_path / "rows.csv").write_text("\n".join([",".join(["no", *FAULTS]), *rows]) + "\n", "utf-8")
    (tmp_path / "crm.yaml").write_text(MAPPING)
    for words in (["check"], ["run", "--sandbox", "--new-ledger"]):
        code, printed = type_inside([*words, "-q", "--json", "rows.csv", "-m", "./crm.yaml"], tmp_path, environment())
        reasons = json.loads(printed)["reasons"]
        assert code == 3
        assert (list(reasons), set(reasons.values())) == (sorted(reasons), {1})
        assert len(reasons) == len(FAULTS)
