"""One row's whole way, as users ask for it."""

from pathlib import Path
from typing import Any

from faults import status
from program import Finished, account, importer
from target import Target

MAPPING = """version: 1
name: crm
key: external_id
contact:
  external_id: no
  first_name: {column: name, strip: "*", case: title}
  email: mail
  phone: {column: phone, phone: CO}
  gender: {column: sex, values: {H: MALE, M: FEMALE}}
  source: {value: crm}
"""
ROWS = """no,name,mail,phone,sex
1,*ana*,a1@x.example.com,3105554814,M
2,eva,a2@x.example.com,12,Z
3,4111 1111 1111 1111,a3@x.example.com,,H
4,luz,a4@x.example.com,,
"""


def send(folder: Path, target: Target) -> Finished:
    (folder / "crm.yaml").write_text(MAPPING, "utf-8")
    (folder / "rows.csv").write_text(ROWS, "utf-8")
    return importer(
        "run", "rows.csv", "-m", "crm.yaml", "--new-ledger", "--max-rejected", "100%", "--json",
        cwd=folder, env=account(target.base_url),
    )  # fmt: skip  # one command


def explained(folder: Path, row: str, *words: str) -> dict[str, Any]:
    told = importer("explain", "last", row, "--json", *words, cwd=folder)
    assert told.code == 0, told.err
    return told.document


def test_a_row_is_told_from_its_cells_to_the_servers_answer(tmp_path: Path, target: Target) -> None:
    send(tmp_path, target)
    told = explained(tmp_path, "rows.csv:1", "--cells", "--unmasked")
    assert (told["state"], told["http_status"], told["request"]) == ("created", 201, "POST /contacts")
    ways = {way["place"]: way for way in told["fields"]}
    assert ways["first_name"]["cells"] == {"name": "*ana*"}
    assert [tuple(step.values()) for step in ways["first_name"]["steps"]] == [
        ("cell, trimmed", "*ana*"),
        ("strip", "ana"),
        ("case", "Ana"),
    ]
    assert ways["phone"]["steps"][-1] == {"step": "phone", "result": "+573105554814"}
    assert ways["gender"]["steps"][-1] == {"step": "values", "result": "FEMALE"}
    (contact,) = [one for one in target.contacts.values() if one["external_id"] == "1"]
    assert told["body"] == contact
    assert told["answer"]["first_name"] == "Ana"


def test_why_a_row_is_rejected_and_what_is_left_out_is_said_and_nothing_is_shown_unmasked(
    tmp_path: Path, target: Target
) -> None:
    send(tmp_path, target)
    told = explained(tmp_path, "2", "--cells")
    assert (told["state"], told["code"], told["request"], told["dropped"]) == (
        "rejected", "gender|enum", None, ["phone|phone"],
    )  # fmt: skip  # one comparison
    assert any("gender" in sentence for sentence in told["why"])
    page = importer("explain", "last", "1", "--cells", cwd=tmp_path).out
    assert "a1@x.example" not in page
    assert "*xxx*" in page
    for words in ((), ("--json",), ("--unmasked",), ("--unmasked", "--json")):
        assert "1111 1111" not in importer("explain", "last", "3", "--cells", *words, cwd=tmp_path).out


def test_why_nothing_was_sent_for_an_unchanged_row_is_said(tmp_path: Path, target: Target) -> None:
    send(tmp_path, target)
    send(tmp_path, target)
    told = explained(tmp_path, "4")
    assert (told["state"], told["request"]) == ("unchanged", None)
    assert "no request was made" in told["why"][0]


def test_what_a_write_policy_keeps_out_of_an_update_is_said(tmp_path: Path, target: Target) -> None:
    text = MAPPING.replace("first_name: {", "first_name: {write: create_only, ").replace(
        "crm}", "crm, write: if_blank}"
    )
    for name in ("eva", "luz"):
        (tmp_path / "own.yaml").write_text(text, "utf-8")
        (tmp_path / "rows.csv").write_text(f"no,name,mail,phone,sex\n1,{name},{name}@x.example.com,,\n", "utf-8")
        env = account(target.base_url)
        assert importer("run", "rows.csv", "-m", "own.yaml", "--new-ledger", cwd=tmp_path, env=env).code == 0
    assert explained(tmp_path, "1", "--cells")["notes"] == [
        "first_name is left out of this update: `write: create_only`.",
        "source is left out of this update: `write: if_blank`.",
    ]


def test_cells_are_shown_only_on_request_and_only_as_they_were_then(tmp_path: Path, target: Target) -> None:
    target.script = [status(422)] * 9
    done = send(tmp_path, target)
    assert done.document["failed"] == 2
    told = explained(tmp_path, "4")
    assert (told["state"], told["http_status"], told["fields"], told["notes"]) == ("failed", 422, [], [])
    (tmp_path / "rows.csv").write_text(ROWS.replace("luz", "sol"), "utf-8")
    (note,) = explained(tmp_path, "4", "--cells")["notes"]
    assert note.startswith("The source has other content than when the run was made")
    for row, why in (("9", "has no row 9"), ("other.csv:1", "no source other.csv"), ("x", "names no row")):
        refused = importer("explain", "last", row, cwd=tmp_path)
        assert (refused.code, why in refused.err) == (2, True)


def test_a_row_of_a_check_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "crm.yaml").write_text(MAPPING, "utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    importer("check", "rows.csv", "-m", "crm.yaml", cwd=tmp_path)
    told = explained(tmp_path, "2", "--cells")
    assert (told["state"], told["code"]) == ("rejected", "gender|enum")
    assert [way["broken"] for way in told["fields"] if way["place"] == "gender"] == [["gender|enum"]]
