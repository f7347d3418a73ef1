"""No full card number, however it is written, is in what a run writes or sends."""

import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest
from faults import Act, status
from program import account, importer, read_rejects, read_results
from target import Target

CARD = "4111111111111111"
GROUPS = ("4111", "1111", "1111", "1111")
MARKS = (
    *(
        "",
        " ",
        "-",
        ".",
        "_",
        "/",
        ",",
        "\t",
        "  ",
        "\n",
        ", ",
        " - ",
        "\u00a0",
        "\u2009",
        "\u202f",
        "\u2014",
        "\u2212",
    ),
    *("\u200b", "\ufeff", "\u00ad", "\x85", "\u202e"),
)
WRITTEN = (
    *(mark.join(GROUPS) for mark in MARKS),
    *("".join(chr(zero + int(digit)) for digit in CARD) for zero in (0x660, 0xFF10, 0x1D7CE)),
    *(f"{CARD}.0", "4.111111111111111E+15", "4111 1111 11111111", "3782-822463-10005", "3782.822463.10005"),
    *("\\u0020".join(GROUPS), "\\u002d".join(GROUPS), "".join(f"\\u003{digit}" for digit in CARD)),
)
MAPPING = """version: 1
name: cards
source: {delimiter: ";", encoding: utf-8}
key: external_id
contact:
  external_id: Id
  first_name: {column: Name, fold: true, on_bad: drop}
  city: {columns: [Left, Right], join: ""}
  channel: {column: Letters, replace: {x: "1"}}
  status: {sql: "Left || '-' || Right"}
  tags:
    note: Note
    json: {column: Json, parse: json}
    amount: {column: Amount, number: {decimal: ","}}
  payments:
    - {last_four: {column: Card, match: "([0-9]{4})$"}, card_holder: Name}
"""
COLUMNS = ("Id", "Name", "Left", "Right", "Letters", "Note", "Json", "Amount", "Card", "Unmapped")


def rows() -> list[dict[str, str]]:
    """Give rows with every spelling in each kind of column; with an unmapped one the row is wrong in another way."""
    found: list[dict[str, str]] = [{"Id": "fine", "Name": "Ana \U0001f469\u200d\U0001f4bb", "Card": "1111"}]
    for text in WRITTEN:
        found += [
            {"Name": text},
            {"Note": f"paid {text} ok"},
            {"Card": text},
            {"Letters": "y", "Unmapped": text, "Card": "x"},
        ]
        found.append({"Json": f'["{text}"]'})
    found += [{"Left": left, "Right": right} for left, right in (("41111111", "11111111"), ("4111 1111 ", "1111 1111"))]
    found += [
        {"Letters": "4xxx xxxx xxxx xxxx"},
        {"Letters": "4111x111 1111 1111"},
        {"Amount": "4.111.111.111.111.111"},
    ]
    return [{"Id": str(number), **row} for number, row in enumerate(found)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    broken = "".join(f"b{number};x;{text};x\n" for number, text in enumerate(WRITTEN) if "\n" not in text)
    (folder / "cards.csv").write_text(text.getvalue() + broken, "utf-8", newline="")
    (folder / "cards.yaml").write_text(MAPPING, "utf-8")
    return folder


def holds_card(text: str) -> bool:
    """Look for the digits alone: whatever is no letter or digit, and every escape, is taken out before."""
    plain = re.sub(r"\\u00(3[0-9])", lambda found: chr(int(found[1], 16)), text)
    plain = re.sub(r"\\u[0-9a-f]{4}", "", plain)
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in plain if letter.isalnum())
    return CARD in digits or "378282246310005" in digits or "4111111111111111E15" in digits


def texts_under(folder: Path) -> list[tuple[Path, str]]:
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path).select(pl.selectors.string())
            found += [(path, text) for column in frame for text in column.drop_nulls()]
        elif path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                found += [(path, cell) for row in csv.reader(file) for cell in row]
        else:
            found += [(path, line) for line in path.read_bytes().decode("utf-8", "replace").splitlines()]
    return found


def test_no_spelling_of_a_card_number_is_written_or_sent(source: Path) -> None:
    state = source / "state"
    words = ("cards.csv", "-m", "cards.yaml", "--state-dir", state, "--json")
    with Target() as target:
        how = ("--new-ledger", "--max-rejected", "100%", "-v")
        done = importer("run", *words, *how, cwd=source, env=account(target.base_url))
        sent = [str(body) for body in target.contacts.values()]
    broken = sum("\n" not in text for text in WRITTEN)
    assert done.states == {"created": 1, "rejected": len(rows()) - 1 + broken}
    assert len(sent) == 1
    cells = [cell for row in rows() for cell in row.values()]
    assert sum(map(holds_card, cells)) > 5 * len(WRITTEN) - 10  # the search finds what there is
    for path, text in [*texts_under(state), *((source, text) for text in (done.out, done.err, *sent))]:
        assert not holds_card(text), (path, ascii(text))


def test_what_comes_back_masked_is_rejected_for_the_same_reasons(source: Path) -> None:
    first = importer("check", "cards.csv", "-m", "cards.yaml", "--json", cwd=source)
    again = importer("check", first.document["files"]["rejects"], "-m", "cards.yaml", "--json", cwd=source)
    told, retold = ([set(row["_reasons"].split()) for row in read_rejects(done.document)] for done in (first, again))
    assert len(told) == len(retold)
    for before, after in zip(told, retold, strict=True):
        assert {code for code in before if code.endswith("card_number")} <= after


def refused(text: str, number: int) -> Act:
    details: list[object] = [{"path": ["x"], "value": text}, {"path": ["x"], "message": text}, text]
    return status(422, body=json.dumps({"details": [details[number % 3]]}).encode())


def test_a_card_number_in_the_servers_words_is_not_written(tmp_path: Path) -> None:
    landed = [
        Act(body=json.dumps({"id": str(uuid4()), "first_name": text}, ensure_ascii=ascii_only).encode())
        for text in WRITTEN
        for ascii_only in (True, False)
    ]
    padded = [refused("x" * length + CARD, 0) for length in range(250, 300)]
    acts = [*landed, *(refused(text, number) for number, text in enumerate(3 * WRITTEN)), *padded]
    people = "".join(f"{number};Ana\n" for number in range(len(acts)))
    (tmp_path / "one.csv").write_text(f"Id;Name\n{people}", "utf-8")
    mapping = "version: 1\nname: one\nkey: external_id\ncontact: {external_id: Id, first_name: Name}\n"
    (tmp_path / "one.yaml").write_text(mapping, "utf-8")
    with Target(acts) as target:
        words = (
            "run",
            "one.csv",
            "-m",
            "one.yaml",
            "--new-ledger",
            "--state-dir",
            "state",
            "--json",
        )
        done = importer(*words, cwd=tmp_path, env=account(target.base_url))
    assert done.states == {"created": len(landed), "failed": len(acts) - len(landed)}
    messages = [row["message"] for row in read_results(done.document) if row["state"] == "failed"]
    assert sum("[card " in message for message in messages) > 2 * len(WRITTEN)
    for path, text in texts_under(tmp_path / "state"):
        assert not holds_card(text), (path, ascii(text))
        assert "411111111111" not in text
